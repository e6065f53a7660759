/* The backups of the critics against exact dynamic programming: the values that the targets bootstrap from come from a
 * grid over the double integrator instead of a network, so that iterating the targets is value iteration. */
#include "learner_test.h"

enum { N = 101, CELLS = N * N, PAIRS = 4 }; // bang-bang control and disturbance
#define HALF 5.5                            // domain [-HALF, HALF]^2; V = h outside
#define DT .1
#define UM 1.0

static double node(int i) {
  return -HALF + 2.0 * HALF * i / (N - 1);
}

static double constraint(double x1, double x2) {
  return fmin(5.0 - fabs(x1), 5.0 - fabs(x2));
}

/* a problem on the grid: the strength of the disturbance and the target that is iterated */
typedef struct problem {
  double am;
  bool ends; // leaving the domain ends the episode
  double (*exact)(double discount, double h, double r, double next, bool left);
  const float *(*target)(fixture *f, double discount, const float *next);
} problem;

/* T V = (1 - gamma_h) h + gamma_h min{h, max_u min_a V(x')}, written out in double precision [RIS] eq. (18) */
static double exact_safety(double discount, double h, double r, double next, bool left) {
  (void)r, (void)left;
  return (1.0 - discount) * h + discount * fmin(h, next);
}
static const float *target_of_safety(fixture *f, double discount, const float *next) {
  f->l->gamma_h = (float)discount;
  return safety_target(&f->t, next);
}

/* T V = r + gamma max_u min_a V(x'), nothing after leaving the domain */
static double exact_reward(double discount, double h, double r, double next, bool left) {
  (void)h;
  return r + (left ? 0.0 : discount * next);
}
static const float *target_of_reward(fixture *f, double discount, const float *next) {
  f->l->set.gamma = discount, f->l->alpha = 0.0f;
  return reward_target(&f->t, next, next);
}

/* successor number p of a cell: u = +-1, a = +-1 */
static void successor(double am, int cell, int p, double *x1, double *x2) {
  const double u = p & 1 ? 1.0 : -1.0, a = p & 2 ? 1.0 : -1.0;
  *x1 = node(cell / N) + DT * node(cell % N);
  *x2 = node(cell % N) + DT * (UM * u + am * a);
}

static bool outside(double x1, double x2) {
  return fabs(x1) > HALF || fabs(x2) > HALF;
}

/* to stay near the origin */
static double reward(int cell) {
  return 1.0 - (pow(node(cell / N), 2) + pow(node(cell % N), 2)) / (HALF * HALF);
}

/* bilinear interpolation, h outside the domain */
static double lookup(const double *v, double x1, double x2) {
  if (outside(x1, x2)) return constraint(x1, x2);
  const double s1 = (x1 + HALF) / (2.0 * HALF) * (N - 1), s2 = (x2 + HALF) / (2.0 * HALF) * (N - 1);
  const int i = s1 < N - 2 ? (int)s1 : N - 2, j = s2 < N - 2 ? (int)s2 : N - 2;
  const double f = s1 - i, g = s2 - j;
  return (1 - f) * ((1 - g) * v[i * N + j] + g * v[i * N + j + 1]) +
         f * ((1 - g) * v[(i + 1) * N + j] + g * v[(i + 1) * N + j + 1]);
}

static double max_min(const double q[PAIRS]) {
  return fmax(fmin(q[0], q[2]), fmin(q[1], q[3]));
}

/* one sweep of max_u min_a over every cell, in double precision */
static double exact_sweep(const problem *p, double *out, const double *v, double discount) {
  double change = 0.0;
  for (int c = 0; c < CELLS; ++c) {
    double q[PAIRS];
    for (int k = 0; k < PAIRS; ++k) {
      double x1, x2;
      successor(p->am, c, k, &x1, &x2);
      q[k] = p->exact(discount, constraint(node(c / N), node(c % N)), reward(c), lookup(v, x1, x2), outside(x1, x2));
    }
    out[c] = max_min(q);
    change = fmax(change, fabs(out[c] - v[c]));
  }
  return change;
}

/* the same sweep through the learner's target of Q(x, u, a) for every pair */
static double learner_sweep(const problem *p, fixture *f, double *out, const double *v, double discount) {
  const batch *b = &f->l->batch;
  const int samples = f->l->panels * LANES, cells = samples / PAIRS;
  float *next = malloc(sizeof(float) * (size_t)samples);
  double change = 0.0;
  for (int first = 0; first < CELLS; first += cells) {
    for (int s = 0; s < samples; ++s) {
      const int c = first + s / PAIRS < CELLS ? first + s / PAIRS : CELLS - 1;
      double x1, x2;
      successor(p->am, c, s % PAIRS, &x1, &x2);
      b->r[s] = (float)reward(c);
      b->h[s] = (float)constraint(node(c / N), node(c % N));
      b->h2[s] = (float)constraint(x1, x2);
      b->failed[s] = p->ends && outside(x1, x2);
      next[s] = (float)lookup(v, x1, x2);
    }
    const float *y = p->target(f, discount, next);
    for (int k = 0; k < cells && first + k < CELLS; ++k) {
      double q[PAIRS];
      for (int i = 0; i < PAIRS; ++i) q[i] = (double)y[k * PAIRS + i];
      out[first + k] = max_min(q);
      change = fmax(change, fabs(out[first + k] - v[first + k]));
    }
  }
  free(next);
  return change;
}

static void large_batch(duro_learn_settings *s) {
  s->batch = 4096;
}

/* to a residual at which the fixed point is within 1e-3: residual / (1 - discount) */
static void solve(const problem *p, fixture *f, double *v, double discount) {
  double *next = malloc(sizeof(double) * CELLS);
  for (int c = 0; c < CELLS; ++c) v[c] = constraint(node(c / N), node(c % N));
  double change = 1.0;
  while (change > 1e-3 * (1.0 - discount)) {
    change = f ? learner_sweep(p, f, next, v, discount) : exact_sweep(p, next, v, discount);
    memcpy(v, next, sizeof(double) * CELLS);
  }
  free(next);
}

/* both within 1e-3 of the fixed point, and float32 targets */
static void check_fixed_point(const problem *p, const double *mine, double discount) {
  double *exact = malloc(sizeof(double) * CELLS);
  solve(p, NULL, exact, discount);
  for (int c = 0; c < CELLS; ++c) assert_true(fabs(mine[c] - exact[c]) <= 2.1e-3);
  free(exact);
}

/* the exact maximal robust invariant set, theory section 8, Euler: +-(x1 + k dt x2) <= 5 + r dt^2 k (k - 1) / 2 */
static bool in_exact_set(double am, double x1, double x2) {
  if (fabs(x1) > 5.0 || fabs(x2) > 5.0) return false;
  const double r = UM - am;
  for (int k = 1; k <= 102; ++k)
    if (fabs(x1 + k * DT * x2) > 5.0 + r * DT * DT * k * (k - 1) / 2.0) return false;
  return true;
}

static double overlap(double am, const double *v) {
  int both = 0, either = 0;
  for (int c = 0; c < CELLS; ++c) {
    const bool mine = v[c] >= 0.0, exact = in_exact_set(am, node(c / N), node(c % N));
    both += mine && exact;
    either += mine || exact;
  }
  return (double)both / either;
}

/* the discount is optimistic: no state of the exact set is lost, but for interpolation next to its edge */
static void check_optimism(double am, const double *v) {
  for (int c = 0; c < CELLS; ++c)
    if (in_exact_set(am, 1.02 * node(c / N), 1.02 * node(c % N))) assert_true(v[c] >= 0.0);
}

static void test_safety(void **unused) {
  (void)unused;
  fixture f = make_fixture("DRAC", large_batch);
  double *mine = malloc(sizeof(double) * CELLS);
  const problem p = {.5, false, exact_safety, target_of_safety};
  // overlap with the exact set, theory 2.1 (201 x 201); a grid of half the resolution moves it by up to .02
  const double discount[] = {.9, .95, .99}, wanted[] = {.48, .54, .84};
  for (int i = 0; i < 3; ++i) {
    solve(&p, &f, mine, discount[i]);
    if (i < 2) check_fixed_point(&p, mine, discount[i]);
    assert_true(fabs(overlap(p.am, mine) - wanted[i]) <= .02);
    check_optimism(p.am, mine);
  }
  free(mine);
  free_fixture(&f);
}

/* RAC's safety target without a disturbance: the ordinary controlled invariant set, larger than the robust one */
static void test_safety_of_rac(void **unused) {
  (void)unused;
  fixture f = make_fixture("RAC", large_batch);
  double *mine = malloc(sizeof(double) * CELLS);
  const problem p = {0.0, false, exact_safety, target_of_safety};
  solve(&p, &f, mine, .95);
  check_fixed_point(&p, mine, .95);
  check_optimism(p.am, mine);
  solve(&p, &f, mine, .99);
  check_optimism(p.am, mine);
  assert_true(overlap(p.am, mine) > overlap(.5, mine));
  free(mine);
  free_fixture(&f);
}

/* the reward target of a zero-sum game, as RSAC and DRAC have it */
static void test_reward_of_game(void **unused) {
  (void)unused;
  fixture f = make_fixture("RSAC", large_batch);
  double *mine = malloc(sizeof(double) * CELLS), *calm = malloc(sizeof(double) * CELLS);
  const problem p = {.5, true, exact_reward, target_of_reward}, alone = {0.0, true, exact_reward, target_of_reward};
  solve(&p, &f, mine, .9);
  check_fixed_point(&p, mine, .9);
  solve(&alone, &f, calm, .9);
  check_fixed_point(&alone, calm, .9);
  free(mine), free(calm);
  free_fixture(&f);
}

/* A system that drifts: x' = x + k d on a line of nodes d apart, k = 1 .. 4, and leaves it on the right for ever. With
 * c = [|x'| > 5] the discounted number of violating steps is gamma^(n - 1) / (1 - gamma), n the step at which 5 is
 * passed. The safety value of the policy that does nothing is backed up from the end of its trajectory. */
enum { LINE = 96, SPEEDS = 4 };
#define SPACING .11

static double place(int i) {
  return -HALF + SPACING * i;
}

static void drift(fixture *f, double *v, const float *(*target)(team *, const float *), double after) {
  const batch *b = &f->l->batch;
  const int samples = LINE * SPEEDS;
  float *next = malloc(sizeof(float) * (size_t)samples);
  for (int sweep = 0; sweep < LINE + 1; ++sweep) { // the longest trajectory
    for (int s = 0; s < samples; ++s) {
      const int i = s / SPEEDS, to = i + 1 + s % SPEEDS;
      b->h[s] = (float)(5.0 - fabs(place(i))), b->h2[s] = (float)(5.0 - fabs(place(to)));
      b->failed[s] = to >= LINE;
      next[s] = to >= LINE ? (float)after : (float)v[to * SPEEDS + s % SPEEDS];
    }
    const float *y = target(&f->t, next);
    for (int s = 0; s < samples; ++s) v[s] = (double)y[s];
  }
  free(next);
}

static void line_batch(duro_learn_settings *s) {
  s->batch = LINE * SPEEDS;
  s->gamma = .9;
}

static void test_cost(void **unused) {
  (void)unused;
  fixture f = make_fixture("SAC-Lag", line_batch);
  double v[LINE * SPEEDS] = {0.0};
  drift(&f, v, cost_target, 1e9); // what follows a failure has no weight
  for (int s = 0; s < LINE * SPEEDS; ++s) {
    // steps at the left of -5 violate as well
    double wanted = 0.0, weight = 1.0;
    int i = s / SPEEDS;
    for (; place(i + 1 + s % SPEEDS) <= 5.0; i += 1 + s % SPEEDS, weight *= .9)
      wanted += place(i + 1 + s % SPEEDS) < -5.0 ? weight : 0.0;
    wanted += weight / (1.0 - .9);
    assert_true(fabs(v[s] - wanted) <= 1e-5); // float32 sums of up to 96 terms, at most 10
  }
  free_fixture(&f);
}

static void test_value_of_a_policy(void **unused) {
  (void)unused;
  fixture f = make_fixture("RAC", line_batch);
  f.l->gamma_h = .9f;
  double v[LINE * SPEEDS] = {0.0}, wanted[LINE * SPEEDS];
  drift(&f, v, safety_target, 1e9);
  for (int s = LINE * SPEEDS - 1; s >= 0; --s) {
    const int i = s / SPEEDS, to = i + 1 + s % SPEEDS;
    const double h = 5.0 - fabs(place(i)), h2 = 5.0 - fabs(place(to));
    const double next = to >= LINE ? fmin(h2, -1.0) : wanted[to * SPEEDS + s % SPEEDS];
    wanted[s] = .1 * h + .9 * fmin(h, next);
    assert_true(fabs(v[s] - wanted[s]) <= 1e-5);
  }
  free_fixture(&f);
}

/* y = r + gamma (1 - failed) V(x') with the temperature at zero: evaluation of u = -1 on a chain of states, whose value
 * is the geometric sum r / (1 - gamma) where nothing fails, and r alone on the step that fails */
static void test_reward(void **unused) {
  (void)unused;
  fixture f = make_fixture("SAC", NULL);
  learner *l = f.l;
  l->alpha = 0.0f;
  float q1[32], q2[32];
  for (int s = 0; s < 32; ++s) {
    l->batch.r[s] = 1.0f;
    l->batch.failed[s] = s == 31 ? 1.0f : 0.0f;
    q1[s] = q2[s] = 0.0f;
    l->eval[NEXT_PI].logp[s] = 3.0f; // has no weight at alpha = 0
  }
  // state s leads to s + 1; 30 and 31 to themselves
  const float *y = NULL;
  for (int sweep = 0; sweep < 4000; ++sweep) {
    y = reward_target(&f.t, q1, q2);
    float next[32];
    for (int s = 0; s < 32; ++s) next[s] = y[s < 30 ? s + 1 : s];
    memcpy(q1, next, sizeof q1);
    for (int s = 0; s < 32; ++s) q2[s] = next[s] + (s % 2 ? 5.0f : 0.0f); // the smaller critic counts
  }
  const double gamma = f.learn.gamma;
  for (int s = 0; s < 31; ++s) assert_true(fabs((double)y[s] - 1.0 / (1.0 - gamma)) < 1e-2);
  assert_true(y[31] == 1.0f);
  // with a temperature, entropy is paid for the next action
  l->alpha = .5f;
  q1[0] = q2[0] = 2.0f;
  y = reward_target(&f.t, q1, q2);
  assert_true(fabs((double)y[0] - (1.0 + gamma * (2.0 - .5 * 3.0))) < 1e-6);
  free_fixture(&f);
}

/* termination is failure: the bootstrapped value is min(h', -1); a truncation bootstraps */
static void test_failure(void **unused) {
  (void)unused;
  fixture f = make_fixture("DRAC", NULL);
  learner *l = f.l;
  l->gamma_h = .9f;
  float qh[32];
  for (int s = 0; s < 32; ++s)
    l->batch.h[s] = .5f, l->batch.h2[s] = s % 2 ? -.1f : -3.0f, l->batch.failed[s] = s < 16, qh[s] = .2f;
  const float *y = safety_target(&f.t, qh);
  for (int s = 0; s < 32; ++s) {
    const double next = s >= 16 ? .2 : s % 2 ? -1.0 : -3.0;
    assert_true(fabs((double)y[s] - (.1 * .5 + .9 * next)) < 1e-6);
  }
  free_fixture(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_safety),  cmocka_unit_test(test_safety_of_rac),     cmocka_unit_test(test_reward_of_game),
      cmocka_unit_test(test_cost),    cmocka_unit_test(test_value_of_a_policy), cmocka_unit_test(test_reward),
      cmocka_unit_test(test_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
