/* The backups of the critics against exact dynamic programming: the values that the targets bootstrap from come from a
 * grid over the double integrator instead of a network, so that iterating the targets is value iteration. */
#include "learner_test.h"

enum { N = 101, CELLS = N * N, PAIRS = 4 }; // bang-bang control and disturbance
#define HALF 5.5                            // domain [-HALF, HALF]^2; V = h outside
#define DT .1
#define UM 1.0
#define AM .5

static double node(int i) {
  return -HALF + 2.0 * HALF * i / (N - 1);
}

static double constraint(double x1, double x2) {
  return fmin(5.0 - fabs(x1), 5.0 - fabs(x2));
}

/* successor number p of a cell: u = +-1, a = +-1 */
static void successor(int cell, int p, double *x1, double *x2) {
  const double u = p & 1 ? 1.0 : -1.0, a = p & 2 ? 1.0 : -1.0;
  *x1 = node(cell / N) + DT * node(cell % N);
  *x2 = node(cell % N) + DT * (UM * u + AM * a);
}

/* bilinear interpolation, h outside the domain */
static double lookup(const double *v, double x1, double x2) {
  if (fabs(x1) > HALF || fabs(x2) > HALF) return constraint(x1, x2);
  const double s1 = (x1 + HALF) / (2.0 * HALF) * (N - 1), s2 = (x2 + HALF) / (2.0 * HALF) * (N - 1);
  const int i = s1 < N - 2 ? (int)s1 : N - 2, j = s2 < N - 2 ? (int)s2 : N - 2;
  const double f = s1 - i, g = s2 - j;
  return (1 - f) * ((1 - g) * v[i * N + j] + g * v[i * N + j + 1]) +
         f * ((1 - g) * v[(i + 1) * N + j] + g * v[(i + 1) * N + j + 1]);
}

static double max_min(const double q[PAIRS]) {
  return fmax(fmin(q[0], q[2]), fmin(q[1], q[3]));
}

/* T V = (1 - gamma_h) h + gamma_h min{h, max_u min_a V(x')}, written out in double precision [RIS] eq. (18) */
static double exact_sweep(double *out, const double *v, double gamma_h) {
  double change = 0.0;
  for (int c = 0; c < CELLS; ++c) {
    double q[PAIRS];
    for (int p = 0; p < PAIRS; ++p) {
      double x1, x2;
      successor(c, p, &x1, &x2);
      q[p] = lookup(v, x1, x2);
    }
    const double h = constraint(node(c / N), node(c % N));
    out[c] = (1.0 - gamma_h) * h + gamma_h * fmin(h, max_min(q));
    change = fmax(change, fabs(out[c] - v[c]));
  }
  return change;
}

/* the same sweep through safety_target: Q_h(x, u, a) for every pair, then max_u min_a */
static double learner_sweep(fixture *f, double *out, const double *v, double gamma_h) {
  learner *l = f->l;
  l->gamma_h = (float)gamma_h;
  const int samples = l->panels * LANES, cells = samples / PAIRS;
  float *qh = malloc(sizeof(float) * (size_t)samples);
  double change = 0.0;
  for (int first = 0; first < CELLS; first += cells) {
    for (int s = 0; s < samples; ++s) {
      const int c = first + s / PAIRS < CELLS ? first + s / PAIRS : CELLS - 1;
      double x1, x2;
      successor(c, s % PAIRS, &x1, &x2);
      l->batch.h[s] = (float)constraint(node(c / N), node(c % N));
      l->batch.h2[s] = (float)constraint(x1, x2);
      l->batch.failed[s] = 0.0f;
      qh[s] = (float)lookup(v, x1, x2);
    }
    const float *y = safety_target(&f->t, qh);
    for (int k = 0; k < cells && first + k < CELLS; ++k) {
      double q[PAIRS];
      for (int p = 0; p < PAIRS; ++p) q[p] = (double)y[k * PAIRS + p];
      out[first + k] = max_min(q);
      change = fmax(change, fabs(out[first + k] - v[first + k]));
    }
  }
  free(qh);
  return change;
}

static void large_batch(duro_learn_settings *s) {
  s->batch = 4096;
}

/* to a residual at which the fixed point is within 1e-3: residual / (1 - gamma_h) */
static void solve(fixture *f, double *v, double gamma_h) {
  double *next = malloc(sizeof(double) * CELLS);
  for (int c = 0; c < CELLS; ++c) v[c] = constraint(node(c / N), node(c % N));
  double change = 1.0;
  while (change > 1e-3 * (1.0 - gamma_h)) {
    change = f ? learner_sweep(f, next, v, gamma_h) : exact_sweep(next, v, gamma_h);
    memcpy(v, next, sizeof(double) * CELLS);
  }
  free(next);
}

/* the exact maximal robust invariant set, theory section 8, Euler: +-(x1 + k dt x2) <= 5 + r dt^2 k (k - 1) / 2 */
static bool in_exact_set(double x1, double x2) {
  if (fabs(x1) > 5.0 || fabs(x2) > 5.0) return false;
  const double r = UM - AM;
  for (int k = 1; k <= 102; ++k)
    if (fabs(x1 + k * DT * x2) > 5.0 + r * DT * DT * k * (k - 1) / 2.0) return false;
  return true;
}

static double overlap(const double *v) {
  int both = 0, either = 0;
  for (int c = 0; c < CELLS; ++c) {
    const bool mine = v[c] >= 0.0, exact = in_exact_set(node(c / N), node(c % N));
    both += mine && exact;
    either += mine || exact;
  }
  return (double)both / either;
}

static void test_safety(void **unused) {
  (void)unused;
  fixture f = make_fixture("DRAC", large_batch);
  double *mine = malloc(sizeof(double) * CELLS), *exact = malloc(sizeof(double) * CELLS);
  // overlap with the exact set, theory 2.1 (201 x 201); a grid of half the resolution moves it by up to .02
  const double discount[] = {.9, .95, .99}, wanted[] = {.48, .54, .84};
  for (int i = 0; i < 3; ++i) {
    solve(&f, mine, discount[i]);
    if (i < 2) {
      solve(NULL, exact, discount[i]);
      // both within 1e-3 of the fixed point, and float32 targets
      for (int c = 0; c < CELLS; ++c) assert_true(fabs(mine[c] - exact[c]) <= 2.1e-3);
    }
    assert_true(fabs(overlap(mine) - wanted[i]) <= .02);
    // the discount is optimistic: no state of the exact set is lost, but for interpolation next to its edge
    for (int c = 0; c < CELLS; ++c)
      if (in_exact_set(1.02 * node(c / N), 1.02 * node(c % N))) assert_true(mine[c] >= 0.0);
  }
  free(mine), free(exact);
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
      cmocka_unit_test(test_safety),
      cmocka_unit_test(test_reward),
      cmocka_unit_test(test_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
