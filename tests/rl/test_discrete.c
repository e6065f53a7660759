/* Categorical policies over levels of the controls: every term and its gradient from formulas in double precision, the
 * expected backup against dynamic programming and a closed form, what temperature and saturation lead to, play while
 * collecting, the bits of a team, and files. */
#include "terms_test.h"

#include "duro/policy.h"
#include "duro/train.h"
#include "policy/levels.h"
#include "rl/terms.h"
#include "rl/trainer.h"

#include <unistd.h>

enum { LEVELS = 3 }; /* of cart-pole's one control, so as many vectors */

/* ---- control vectors ---- */

static void test_vectors(void **unused) {
  (void)unused;
  static const float five[] = {-1.0f, -.5f, 0.0f, .5f, 1.0f};
  for (int k = 0; k < 5; ++k) assert_true(levels_control(k, 0, 5) == five[k]);
  // a product: every pair once, the first control fastest
  assert_int_equal(levels_count(2, 3), 9);
  for (int k = 0; k < 9; ++k) {
    assert_true(levels_control(k, 0, 3) == (float)(k % 3 - 1));
    assert_true(levels_control(k, 1, 3) == (float)(k / 3 - 1));
  }
  // an odd number has a zero in the middle, and all are symmetric
  for (int n = 2; n <= 64; ++n)
    for (int k = 0; k < n; ++k) assert_true(levels_control(k, 0, n) == -levels_control(n - 1 - k, 0, n));
  assert_int_equal(levels_count(6, 2), 64);
  assert_int_equal(levels_count(7, 2), LEVELS_MOST + 1);
  assert_int_equal(levels_count(128, 64), LEVELS_MOST + 1); // no overflow
}

/* ---- the same in double precision ---- */

/* probabilities of a categorical policy at x, and the number of its mode */
static int policy_at(const nets *n, role r, const double *x, double *prob) {
  double sum = 0.0;
  int best = 0;
  reference(&n->l->nets[r].shape, n->w[r], x, prob);
  for (int k = 1; k < LEVELS; ++k) best = prob[k] > prob[best] ? k : best;
  for (int k = 0; k < LEVELS; ++k) sum += prob[k] = exp(prob[k]);
  for (int k = 0; k < LEVELS; ++k) prob[k] /= sum;
  return best;
}

static double u_of(int k) {
  return 2.0 * k / (LEVELS - 1) - 1.0;
}

/* what the losses do not differentiate through, at one sample */
typedef struct held {
  double y, yh, lambda, inside, safe, a_mu, a_mu_h, u_h, prob[LEVELS], q[LEVELS], qh[LEVELS], worst[LEVELS];
} held;

static double next_of(const nets *n, int s) {
  double x2[16], prob[LEVELS], sum = 0.0;
  observation(n->l, x2, s, true);
  policy_at(n, ROLE_PI, x2, prob);
  for (int k = 0; k < LEVELS; ++k)
    sum += prob[k] * (min_q(n, true, x2, u_of(k), action(n, ROLE_MU, x2, 0.0)) - (double)n->l->alpha * log(prob[k]));
  return (1.0 - lane(n->l->batch.failed, 1, s, 0)) * sum;
}

static double next_safety(const nets *n, int s) {
  const learner *l = n->l;
  double x2[16], prob[LEVELS], a;
  observation(l, x2, s, true);
  const double u = u_of(policy_at(n, ROLE_PI_H, x2, prob)), g = (double)l->gamma_h;
  const double h2 = lane(l->batch.h2, 1, s, 0), h = l->set.ahead ? h2 : lane(l->batch.h, 1, s, 0);
  const bool failed = lane(l->batch.failed, 1, s, 0) > 0.0;
  const double next = failed ? fmin(h2, -1.0) : worst(n, true, x2, u, l->set.corners, &a);
  return failed && l->set.ahead ? next : (1.0 - g) * h + g * fmin(h, next);
}

static void hold_sample(const nets *n, held *c, int s) {
  const learner *l = n->l;
  double x[16], prob[LEVELS], a;
  observation(l, x, s, false);
  if (n->w[ROLE_PI]) {
    c->y = l->set.reward_scale * lane(l->batch.r, 1, s, 0) + l->set.gamma * next_of(n, s);
    policy_at(n, ROLE_PI, x, c->prob);
    c->a_mu = action(n, ROLE_MU, x, 0.0);
    for (int k = 0; k < LEVELS; ++k) c->q[k] = min_q(n, false, x, u_of(k), c->a_mu);
  }
  if (!n->w[ROLE_QH]) return;
  c->yh = next_safety(n, s);
  c->u_h = u_of(policy_at(n, ROLE_PI_H, x, prob));
  c->a_mu_h = action(n, ROLE_MU_H, x, 0.0);
  c->safe = value(n, ROLE_QH, false, x, c->u_h, c->a_mu_h);
  for (int k = 0; k < LEVELS; ++k) {
    c->worst[k] = worst(n, false, x, u_of(k), l->set.corners, &a);
    c->qh[k] = worst(n, false, x, u_of(k), l->set.corners_task, &a);
  }
  if (!n->w[ROLE_LAMBDA]) return;
  c->lambda = multiplier(n, x), c->inside = 0.0;
  for (int k = 0; k < LEVELS; ++k) c->inside += c->prob[k] * fmin(fmax(c->qh[k] - l->set.margin, l->set.clip_low), 1.0);
}

/* the policy that pi is to become: softmax of score / alpha */
static void soft_policy(const nets *n, const held *c, double *wanted) {
  const learner *l = n->l;
  const double r = l->mean_square ? sqrt(l->mean_square[SLOPE_REWARD]) : 1.0;
  const double h = l->mean_square ? sqrt(l->mean_square[SLOPE_SAFETY]) : 1.0;
  double least = c->q[0], safest = c->qh[0], sum = 0.0;
  for (int k = 1; k < LEVELS; ++k) least = fmin(least, c->q[k]), safest = fmax(safest, c->qh[k]);
  for (int k = 0; k < LEVELS; ++k) {
    const double share = fmin(fmax((c->qh[k] - l->set.margin) / l->set.hold_band, 0.0), 1.0);
    const double score = l->hold == HOLD_BLEND ? share * (c->q[k] - least) / r + (1.0 - share) * (c->qh[k] - safest) / h
                                               : c->q[k] / r + c->lambda * c->qh[k] / h;
    sum += wanted[k] = exp(score / ((double)l->alpha / r));
  }
  for (int k = 0; k < LEVELS; ++k) wanted[k] /= sum;
}

static double loss_of(const nets *n, const held *c, role r, int s) {
  const learner *l = n->l;
  const double top = l->set.lambda_max;
  double x[16], prob[LEVELS], wanted[LEVELS], sum = 0.0;
  observation(l, x, s, false);
  const double u = lane(l->batch.u, 1, s, 0), a = lane(l->batch.a, 1, s, 0);
  switch (r) {
  case ROLE_Q1:
  case ROLE_Q2:
    return pow(value(n, r, false, x, u, a) - c->y, 2);
  case ROLE_QH:
    return pow(value(n, r, false, x, u, a) - c->yh, 2);
  case ROLE_PI:
    soft_policy(n, c, wanted);
    policy_at(n, r, x, prob);
    for (int k = 0; k < LEVELS; ++k) sum -= wanted[k] * log(prob[k]);
    return sum;
  case ROLE_MU:
    for (int k = 0; k < LEVELS; ++k) sum += c->prob[k] * min_q(n, false, x, u_of(k), action(n, ROLE_MU, x, 0.0));
    return sum;
  case ROLE_PI_H: {
    int best = 0;
    policy_at(n, r, x, prob);
    for (int k = 1; k < LEVELS; ++k) best = c->worst[k] > c->worst[best] ? k : best;
    return -log(prob[best]);
  }
  case ROLE_MU_H:
    return value(n, ROLE_QH, false, x, c->u_h, action(n, ROLE_MU_H, x, 0.0));
  case ROLE_LAMBDA: {
    const double lambda = multiplier(n, x);
    return c->safe < 0.0 ? (lambda - top) * (lambda - top) / (2.0 * top) : lambda * c->inside;
  }
  case ROLE_QC:
  case ROLE_COUNT:
    break;
  }
  return 0.0;
}

static double mean_loss(const nets *n, const held *c, role r) {
  double sum = 0.0;
  for (int s = 0; s < SAMPLES; ++s) sum += loss_of(n, &c[s], r, s);
  return sum / SAMPLES;
}

static void check_gradient(learner *l, nets *n, const held *c, role r, evaluation_id id) {
  float *g = gradient_of(l, id);
  const double step = 1e-6;
  double largest = 0.0, off = 0.0;
  for (size_t i = 0; i < l->nets[r].shape.params; ++i) {
    if (!is_parameter(&l->nets[r].shape, i)) continue;
    const double keep = n->w[r][i];
    n->w[r][i] = keep + step;
    const double up = mean_loss(n, c, r);
    n->w[r][i] = keep - step;
    const double down = mean_loss(n, c, r);
    n->w[r][i] = keep;
    largest = fmax(largest, fabs(up - down) / (2.0 * step));
    off = fmax(off, fabs((up - down) / (2.0 * step) - (double)g[i]));
  }
  // as in test_terms: float32 through three layers and heads
  if (!(largest > 1e-6 && off <= 2e-5 * largest + 1e-7))
    fail_msg("%s, %s: gradient off by %g, largest %g", l->algorithm->info.name, roles[r].name, off, largest);
  free(g);
}

/* nothing moves; logits of a few units, so that probabilities differ */
static void still(duro_learn_settings *s) {
  s->levels = LEVELS;
  s->rate_critic = s->rate_player = s->rate_alpha = s->rate_lambda = s->tau = 0.0;
  s->player_every = s->lambda_every = 1;
  s->critic_clip = 1e6, s->margin = .05, s->lambda = 3.0;
}

static void with_corners(duro_learn_settings *s) {
  still(s);
  s->corners = s->corners_task = s->ahead = true;
}

static void blended(duro_learn_settings *s) {
  with_corners(s);
  s->corners_task = false, s->hold_band = .3;
  snprintf(s->hold, sizeof s->hold, "blend");
}

static void scaled(duro_learn_settings *s) {
  still(s);
  s->corners = true;
  snprintf(s->hold, sizeof s->hold, "scaled");
}

static fixture make_discrete(const char *name, void (*change)(duro_learn_settings *)) {
  fixture f = make_fixture(name, change);
  const role policies[] = {ROLE_PI, ROLE_PI_H};
  for (int p = 0; p < 2; ++p) {
    net *n = &f.l->nets[policies[p]];
    for (size_t i = 0; learner_has(f.l, policies[p]) && i < n->shape.params; ++i) n->state.w[i] *= 2.0f;
  }
  if (f.l->mean_square) f.l->mean_square[SLOPE_REWARD] = .3, f.l->mean_square[SLOPE_SAFETY] = .02;
  return f;
}

static void check_terms(const char *name, void (*change)(duro_learn_settings *)) {
  static const struct {
    role role;
    evaluation_id id;
  } trained[] = {{ROLE_Q1, AT_Q1}, {ROLE_Q2, AT_Q2},     {ROLE_QH, AT_QH},     {ROLE_PI, AT_PI},
                 {ROLE_MU, AT_MU}, {ROLE_PI_H, AT_PI_H}, {ROLE_MU_H, AT_MU_H}, {ROLE_LAMBDA, AT_LAMBDA}};
  fixture f = make_discrete(name, change);
  learner *l = f.l;
  algorithm_update(&f.t);
  nets n = copy_nets(l);
  held c[SAMPLES] = {{0}};
  double q = 0.0, qh = 0.0, entropy = 0.0;
  for (int s = 0; s < SAMPLES; ++s) {
    hold_sample(&n, &c[s], s);
    // float32 against double, values of a few units
    if (n.w[ROLE_PI]) assert_true(fabs(lane(l->target, 1, s, 0) - c[s].y) <= 5e-6 * (1.0 + fabs(c[s].y)));
    if (n.w[ROLE_QH]) assert_true(fabs(lane(l->target_h, 1, s, 0) - c[s].yh) <= 5e-6);
    for (int k = 0; k < LEVELS && n.w[ROLE_PI]; ++k)
      q += c[s].prob[k] * c[s].q[k], qh += c[s].prob[k] * c[s].qh[k], entropy -= c[s].prob[k] * log(c[s].prob[k]);
  }
  for (size_t i = 0; i < sizeof trained / sizeof *trained; ++i)
    if (learner_has(l, trained[i].role)) check_gradient(l, &n, c, trained[i].role, trained[i].id);
  const metric metrics[] = {METRIC_MEAN_Q, METRIC_MEAN_QH_TASK, METRIC_ENTROPY};
  const double wanted[] = {q, qh, entropy};
  for (int m = 0; m < 3 && n.w[ROLE_PI]; ++m) {
    double sum = 0.0;
    for (int p = 0; p < l->panels; ++p) sum += l->sums[(int)metrics[m] * l->panels + p];
    if (m != 1 || n.w[ROLE_QH]) assert_true(fabs(sum - wanted[m]) <= 1e-5 * (1.0 + fabs(wanted[m])));
  }
  free_nets(&n);
  free_fixture(&f);
}

static void test_terms(void **unused) {
  (void)unused;
  void (*const changes[])(duro_learn_settings *) = {still, with_corners, blended, scaled};
  for (int i = 0; i < algorithm_count; ++i)
    for (int k = 0; k < 4 && algorithms[i].discrete; ++k) check_terms(algorithms[i].info.name, changes[k]);
}

/* ---- blend ---- */

/* Whatever the reward says: among three vectors of which the last alone is above margin and band, that one is best;
 * where none is, the one of the largest Q_h; where all are, the one of the largest Q. The policy that descends the loss
 * finds it, from wherever it begins. */
static void test_order(void **unused) {
  (void)unused;
  static const struct {
    float q[LEVELS], qh[LEVELS];
    int best;
  } cases[] = {{{-1.0f, 0.0f, -300.0f}, {-.2f, -.1f, .7f}, 2},
               {{-5.0f, 400.0f, 9.0f}, {-.1f, -.2f, -.3f}, 0},
               {{1.0f, 3.0f, 2.0f}, {.9f, .7f, 1.2f}, 1},
               {{900.0f, 800.0f, 7.0f}, {.3f, .6f, .7f}, 1}}; // the first lies in the lower tenth of the band
  fixture f = make_discrete("DRAC", blended);
  learner *l = f.l;
  l->alpha = .01f, l->set.margin = .28;
  for (int s = 0; s < SAMPLES; ++s)
    for (int k = 0; k < LEVELS; ++k) {
      const ptrdiff_t at = (s / LANES * LEVELS + k) * LANES + s % LANES;
      l->value[at] = cases[s % 4].q[k], l->value_h[at] = cases[s % 4].qh[k];
    }
  l->mean_square[SLOPE_REWARD] = 100.0 * 100.0, l->mean_square[SLOPE_SAFETY] = .1 * .1;
  play(&f.t, AT_PI, l->batch.x), play(&f.t, AT_LAMBDA, l->batch.x);
  evaluation *e = &l->eval[AT_PI];
  for (int i = 0; i < SAMPLES * LEVELS; ++i)
    e->tape.out[i] = i / LANES % LEVELS == 0 ? 25.0f : 0.0f; // certain of the first
  softmax(&f.t, e);
  for (int step = 0; step < 1000; ++step) { // on the outputs themselves
    soft_task_loss(&f.t, l->value, l->value_h);
    for (int i = 0; i < SAMPLES * LEVELS; ++i) e->tape.out[i] -= (float)SAMPLES * mlp_dout(&e->tape)[i];
    softmax(&f.t, e);
  }
  for (int s = 0; s < SAMPLES; ++s) {
    const float *y = e->tape.out + (s / LANES * LEVELS) * LANES + s % LANES;
    if (levels_best(y, LEVELS, LANES) != cases[s % 4].best)
      fail_msg("case %d: vector %d is best; wanted %d", s % 4, levels_best(y, LEVELS, LANES), cases[s % 4].best);
  }
  free_fixture(&f);
}

/* ---- one state, whose soft-optimal policy is known ---- */

/* r(u) = u - u^2 / 2 for ever: pi(u) is proportional to exp(r(u) / alpha), and the value of the state is
 * alpha log sum exp(r / alpha) / (1 - gamma). Every control that was met is counted. */
static int met[LEVELS], met_others;

static double reward_of(double u) {
  return u - .5 * u * u;
}

static duro_status state_create(duro_env *env) {
  static const char *const names[] = {"x"}, *const units[] = {""};
  static const double low[] = {-1.0}, high[] = {1.0};
  env->spec = (duro_env_spec){.nx = 1,
                              .no = 1,
                              .nu = 1,
                              .horizon = 10,
                              .dt = .1,
                              .h_scale = 1,
                              .x_names = names,
                              .x_units = units,
                              .x_low = low,
                              .x_high = high};
  return DURO_OK;
}
static void state_reset(const duro_env *env, double *x, duro_stream *s, duro_start start) {
  (void)env, (void)s, (void)start;
  x[0] = 0.0;
}
static void state_observe(const duro_env *env, float *obs, const double *x) {
  (void)env;
  obs[0] = (float)x[0];
}
static double state_h(const duro_env *env, const double *x) {
  (void)env, (void)x;
  return 1.0;
}
static void state_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                       const double *a) {
  (void)env, (void)worker, (void)a;
  x2[0] = x[0];
  *out = (duro_step){.r = reward_of(u[0]), .h = 1.0, .end = DURO_RUNNING};
  bool known = false;
  for (int k = 0; k < LEVELS; ++k)
    if (u[0] == u_of(k)) ++met[k], known = true;
  met_others += !known;
}
static const duro_env_ops state_ops = {.name = "state",
                                       .title = "for tests",
                                       .create = state_create,
                                       .reset = state_reset,
                                       .observe = state_observe,
                                       .constraint = state_h,
                                       .step = state_step};

static duro_trainer *train_state(duro_env **env, double alpha, double rate_alpha, double share) {
  duro_train_settings train;
  duro_learn_settings learn;
  duro_trainer *t;
  default_settings(&train, &learn);
  train.threads = 1, train.envs = 16, train.steps = 16 * 6000, train.warmup = 320, train.horizon = 10;
  learn.levels = LEVELS, learn.gamma = .5, learn.alpha = alpha, learn.rate_alpha = rate_alpha;
  learn.player_every = 1, learn.rate_player = 3e-3, learn.rate_critic = 1e-3, learn.tau = .05;
  learn.decay_share = .5, learn.decay_to = .01, learn.entropy_share = share;
  if (duro_env_create(env, &state_ops, NULL)) fail_msg("%s", duro_error());
  memset(met, 0, sizeof met), met_others = 0;
  if (duro_trainer_create(&t, *env, "SAC", &train, &learn)) fail_msg("%s", duro_error());
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  return t;
}

/* softmax of r / alpha; returns its entropy */
static double soft_optimum(double *prob, double alpha) {
  double sum = 0.0, entropy = 0.0;
  for (int k = 0; k < LEVELS; ++k) sum += prob[k] = exp(reward_of(u_of(k)) / alpha);
  for (int k = 0; k < LEVELS; ++k) prob[k] /= sum, entropy -= prob[k] * log(prob[k]);
  return entropy;
}

static void check_state(duro_trainer *t, double alpha, double tolerance) {
  const learner *l = t->learner;
  double prob[LEVELS], mine[LEVELS], x = 0.0, q, sum = 0.0;
  nets n = copy_nets(l);
  soft_optimum(prob, alpha);
  policy_at(&n, ROLE_PI, &x, mine);
  for (int k = 0; k < LEVELS; ++k) {
    if (!(fabs(mine[k] - prob[k]) <= tolerance)) fail_msg("pi of vector %d is %g; wanted %g", k, mine[k], prob[k]);
    sum += exp(reward_of(u_of(k)) / alpha);
  }
  for (int k = 0; k < LEVELS; ++k) {
    q = min_q(&n, false, &x, u_of(k), 0.0);
    const double wanted = reward_of(u_of(k)) + .5 * alpha * log(sum) / .5;
    if (!(fabs(q - wanted) <= tolerance)) fail_msg("Q of vector %d is %g; wanted %g", k, q, wanted);
  }
  free_nets(&n);
}

static void test_soft_optimum(void **unused) {
  (void)unused;
  duro_env *env;
  duro_trainer *t = train_state(&env, .7, 0.0, .3);
  check_state(t, .7, .01); // what Adam leaves at a twentieth of its rates
  // while collecting, controls come from the set, and as often as pi says; the first 320 of 96000 were uniform
  double prob[LEVELS];
  soft_optimum(prob, .7);
  assert_int_equal(met_others, 0);
  // the second half of training at its end's policy: 96000 draws have a deviation of .0016
  for (int k = 0; k < LEVELS; ++k) assert_true(fabs(met[k] / 96000.0 - prob[k]) < .03);
  duro_trainer_destroy(t);
  duro_env_destroy(env);
}

/* alpha comes to where the entropy is the wanted share of log K */
static void test_temperature(void **unused) {
  (void)unused;
  const double share = .6;
  double low = .01, high = 10.0, prob[LEVELS];
  while (high - low > 1e-9) {
    const double middle = .5 * (low + high);
    if (soft_optimum(prob, middle) < share * log(LEVELS))
      low = middle;
    else
      high = middle;
  }
  duro_env *env;
  duro_trainer *t = train_state(&env, 1.0, 3e-3, share);
  const double alpha = exp((double)t->learner->log_alpha[0]);
  if (!(fabs(alpha - low) <= .03 * low)) fail_msg("alpha is %g; wanted %g", alpha, low);
  check_state(t, low, .02);
  duro_trainer_destroy(t);
  duro_env_destroy(env);
}

/* ---- bits and files ---- */

static duro_trainer *make(const duro_env *env, const char *algorithm, int levels, int threads, const char *simd) {
  duro_train_settings train;
  duro_learn_settings learn;
  duro_trainer *t;
  assert_int_equal(duro_train_preset(&train, &learn, "recipe"), DURO_OK);
  train.steps = 16 * 80, train.warmup = 16 * 20, train.horizon = 12, train.envs = 16, train.replay = 256;
  train.play_pi_h = train.play_filter = .3, train.threads = threads;
  snprintf(train.simd, sizeof train.simd, "%s", simd);
  learn.width = 16, learn.batch = 48, learn.levels = levels;
  if (duro_trainer_create(&t, env, algorithm, &train, &learn)) fail_msg("%s", duro_error());
  return t;
}

static uint64_t hash_of(const duro_env *env, const char *algorithm, int levels, int threads, const char *simd) {
  duro_trainer *t = make(env, algorithm, levels, threads, simd);
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  const uint64_t hash = duro_trainer_hash(t);
  duro_trainer_destroy(t);
  return hash;
}

/* one control, and two */
static const struct {
  const char *env;
  int levels;
} worlds[] = {{"cartpole", 4}, {"quadrotor", 3}};

static void test_teams(void **unused) {
  (void)unused;
  for (int i = 0; i < algorithm_count; ++i)
    for (int e = 0; e < 2 && algorithms[i].discrete; ++e) {
      duro_env *env = make_env(worlds[e].env);
      const char *name = algorithms[i].info.name;
      const uint64_t one = hash_of(env, name, worlds[e].levels, 1, "auto");
      for (int threads = 2; threads <= 3; ++threads)
        if (hash_of(env, name, worlds[e].levels, threads, "auto") != one) fail_msg("%s: other bits of a team", name);
      for (int v = 0; duro_kernels_at(v); ++v)
        if (hash_of(env, name, worlds[e].levels, 1, duro_kernels_at(v)->name) != one)
          fail_msg("%s: %s kernels give other bits", name, duro_kernels_at(v)->name);
      duro_env_destroy(env);
    }
}

static void new_path(char *path) {
  strcpy(path, "/tmp/duro-discrete-XXXXXX");
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
}

static void check_resume(const duro_env *env, const char *algorithm, int levels) {
  char path[64];
  new_path(path);
  const uint64_t wanted = hash_of(env, algorithm, levels, 1, "auto");
  duro_trainer *t = make(env, algorithm, levels, 1, "auto");
  duro_trainer_stop_at(t, 16 * 50);
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_ERROR_STOPPED);
  assert_int_equal(duro_trainer_save(t, path), DURO_OK);
  duro_trainer_destroy(t);
  t = make(env, algorithm, levels, 2, "auto");
  if (duro_trainer_resume(t, path, 0.0, NULL)) fail_msg("%s", duro_error());
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  assert_true(duro_trainer_hash(t) == wanted);
  duro_trainer_destroy(t);
  for (int other = 0; other <= 2; other += 2) { // neither without levels nor with others
    t = make(env, algorithm, other, 1, "auto");
    assert_int_equal(duro_trainer_resume(t, path, 0.0, NULL), DURO_ERROR_ARGUMENT);
    assert_non_null(strstr(duro_error(), "learn.levels"));
    assert_int_not_equal(duro_trainer_start_from(t, path), DURO_OK);
    assert_non_null(strstr(duro_error(), "levels is"));
    duro_trainer_destroy(t);
  }
  unlink(path);
}

static void test_resume(void **unused) {
  (void)unused;
  duro_env *env = make_env("cartpole");
  check_resume(env, "SAC", 3);
  check_resume(env, "DRAC", 5);
  duro_env_destroy(env);
}

/* A policy acts by its mode, is the same from a file and straight from its trainer, and acts within the set whoever of
 * its parts acts. */
static void check_policy(const duro_env *env, int levels) {
  char path[64];
  duro_policy *straight, *loaded;
  const int no = env->spec.no, nu = env->spec.nu;
  new_path(path);
  duro_trainer *t = make(env, "DRAC", levels, 1, "auto");
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_save_policy(t, path), DURO_OK);
  assert_int_equal(duro_trainer_policy(t, &straight), DURO_OK);
  if (duro_policy_load(&loaded, path)) fail_msg("%s", duro_error());
  assert_true(duro_policy_hash(straight) == duro_policy_hash(loaded));
  assert_int_equal(duro_policy_about(loaded)->levels, levels);
  duro_stream s = duro_stream_at(9, 100, 0);
  for (int i = 0; i < 200; ++i) {
    float obs[64], u[8], other[8];
    for (int k = 0; k < no; ++k) obs[k] = 2.0f * duro_stream_normalf(&s);
    for (int act = DURO_ACT_TASK; act <= DURO_ACT_FILTERED; ++act) {
      const bool one = duro_policy_act(straight, u, obs, (duro_act)act, .1f);
      assert_true(one == duro_policy_act(loaded, other, obs, (duro_act)act, .1f));
      assert_memory_equal(u, other, sizeof *u * (size_t)nu);
      for (int c = 0; c < nu; ++c) {
        bool member = false;
        for (int k = 0; k < levels; ++k) member = member || u[c] == levels_control(k, 0, levels);
        assert_true(member);
      }
    }
  }
  duro_policy_destroy(straight), duro_policy_destroy(loaded);
  duro_trainer_destroy(t);
  unlink(path);
}

static void test_policy(void **unused) {
  (void)unused;
  for (int e = 0; e < 2; ++e) {
    duro_env *env = make_env(worlds[e].env);
    check_policy(env, worlds[e].levels);
    duro_env_destroy(env);
  }
}

/* ---- refusals ---- */

static void refused(const char *env_name, const char *algorithm, void (*change)(duro_learn_settings *),
                    const char *word) {
  duro_env *env = make_env(env_name);
  duro_train_settings train;
  duro_learn_settings learn;
  duro_trainer *t;
  default_settings(&train, &learn);
  learn.levels = 3;
  change(&learn);
  assert_int_equal(duro_trainer_create(&t, env, algorithm, &train, &learn), DURO_ERROR_ARGUMENT);
  if (!strstr(duro_error(), word) || !strstr(duro_error(), "learn.levels"))
    fail_msg("%s; wanted a word about %s", duro_error(), word);
  duro_env_destroy(env);
}

static void one_level(duro_learn_settings *s) {
  s->levels = 1;
}
static void many_levels(duro_learn_settings *s) {
  s->levels = 9;
}
static void nothing(duro_learn_settings *s) {
  (void)s;
}
static void normed(duro_learn_settings *s) {
  snprintf(s->critic, sizeof s->critic, "normed");
}
static void sees_u(duro_learn_settings *s) {
  s->mu_h_sees_u = true;
}
static void of_pi(duro_learn_settings *s) {
  s->evaluate_pi_h = false;
}
static void noisy(duro_learn_settings *s) {
  s->target_noise = .1;
}
static void replayed(duro_learn_settings *s) {
  s->random_share = .1;
}

static void test_refusals(void **unused) {
  (void)unused;
  refused("cartpole", "DRAC", one_level, "at least 2");
  refused("quadrotor", "DRAC", many_levels, "at most 64"); // 9 x 9
  refused("cartpole", "RAC", nothing, "RAC");
  refused("cartpole", "SAC-Lag", nothing, "SAC-Lag");
  refused("cartpole", "DRAC", normed, "learn.critic=plain");
  refused("cartpole", "DRAC", sees_u, "learn.mu_h_sees_u=false");
  refused("cartpole", "DRAC", of_pi, "learn.evaluate_pi_h=true");
  refused("cartpole", "DRAC", noisy, "learn.target_noise=0");
  refused("cartpole", "DRAC", replayed, "learn.random_share=0");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_vectors),      cmocka_unit_test(test_terms),       cmocka_unit_test(test_order),
      cmocka_unit_test(test_soft_optimum), cmocka_unit_test(test_temperature), cmocka_unit_test(test_teams),
      cmocka_unit_test(test_resume),       cmocka_unit_test(test_policy),      cmocka_unit_test(test_refusals)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
