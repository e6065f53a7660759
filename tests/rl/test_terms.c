/* Every term of the losses (theory, section 4): its value and sign from formulas written here in double precision, its
 * gradient against central differences of them over every parameter. */
#include "learner_test.h"

enum { SAMPLES = 32 };

/* parameters of every role in double; the trained one is varied */
typedef struct nets {
  const learner *l;
  double *w[ROLE_COUNT], *bar[ROLE_COUNT];
} nets;

static double *to_double(const float *x, size_t n) {
  double *y = malloc(sizeof(double) * n);
  for (size_t i = 0; i < n; ++i) y[i] = (double)x[i];
  return y;
}

static nets copy_nets(const learner *l) {
  nets n = {.l = l};
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!learner_has(l, (role)r)) continue;
    n.w[r] = to_double(l->nets[r].state.w, l->nets[r].shape.params);
    if (l->nets[r].state.bar) n.bar[r] = to_double(l->nets[r].state.bar, l->nets[r].shape.params);
  }
  return n;
}

static void free_nets(nets *n) {
  for (int r = 0; r < ROLE_COUNT; ++r) free(n->w[r]), free(n->bar[r]);
}

/* one sample of the batch, cart-pole has one control and one disturbance */
static void observation(const learner *l, double *x, int s, bool next) {
  for (int k = 0; k < l->no; ++k) x[k] = lane(next ? l->batch.x2 : l->batch.x, l->no, s, k);
}

static double action(const nets *n, role r, const double *x) {
  double z;
  reference(&n->l->nets[r].shape, n->w[r], x, &z);
  return tanh(z);
}

static double value(const nets *n, role r, bool bar, const double *x, double u, double a) {
  double in[16], q;
  memcpy(in, x, sizeof(double) * (size_t)n->l->no);
  in[n->l->no] = u;
  in[n->l->no + 1] = a;
  reference(&n->l->nets[r].shape, bar ? n->bar[r] : n->w[r], in, &q);
  return q;
}

static double min_q(const nets *n, bool bar, const double *x, double u, double a) {
  return fmin(value(n, ROLE_Q1, bar, x, u, a), value(n, ROLE_Q2, bar, x, u, a));
}

/* u ~ pi and its log-probability by the change of variables, at the noise that the learner drew */
static double sample_pi(const nets *n, const double *x, double eps, double *logp) {
  double z[2];
  reference(&n->l->nets[ROLE_PI].shape, n->w[ROLE_PI], x, z);
  const double low = (double)LOG_STD_LOW, high = (double)LOG_STD_HIGH;
  const double log_std = low + .5 * (high - low) * (tanh(z[1]) + 1.0), pre = z[0] + exp(log_std) * eps;
  *logp = -.5 * eps * eps - log_std - .5 * log(2.0 * acos(-1.0)) - log(1.0 - tanh(pre) * tanh(pre));
  return tanh(pre);
}

static double noise(const learner *l, evaluation_id id, int s) {
  return lane(l->eval[id].eps, 1, s, 0);
}

static double multiplier(const nets *n, const double *x) {
  double z;
  reference(&n->l->nets[ROLE_LAMBDA].shape, n->w[ROLE_LAMBDA], x, &z);
  return n->l->set.lambda_max / (1.0 + exp(-z));
}

static double disturbance(const nets *n, role r, const double *x) {
  return n->w[r] ? action(n, r, x) : 0.0;
}

/* y = r + gamma (1 - failed) (min Qbar - alpha log pi) */
static double reference_y(const nets *n, int s) {
  const learner *l = n->l;
  double x2[16], logp;
  observation(l, x2, s, true);
  const double u2 = sample_pi(n, x2, noise(l, NEXT_PI, s), &logp), a2 = disturbance(n, ROLE_MU, x2);
  const double next = (1.0 - lane(l->batch.failed, 1, s, 0)) * (min_q(n, true, x2, u2, a2) - (double)l->alpha * logp);
  return l->set.reward_scale * lane(l->batch.r, 1, s, 0) + l->set.gamma * next;
}

/* minimum over mu_h(x), and over the corners where they are asked for */
static double worst(const nets *n, bool bar, const double *x, double u, double *a) {
  *a = action(n, ROLE_MU_H, x);
  double least = value(n, ROLE_QH, bar, x, u, *a);
  for (int c = -1; c <= 1 && n->l->set.corners; c += 2) {
    const double q = value(n, ROLE_QH, bar, x, u, c);
    if (q < least) least = q, *a = c;
  }
  return least;
}

/* y_h = (1 - gamma_h) h + gamma_h min{h, Qbar_h}, a failure counting as min(h', -1) */
static double reference_yh(const nets *n, int s) {
  const learner *l = n->l;
  double x2[16], a;
  observation(l, x2, s, true);
  const double h = lane(l->batch.h, 1, s, 0), g = (double)l->gamma_h;
  double next = worst(n, true, x2, action(n, ROLE_PI_H, x2), &a);
  if (lane(l->batch.failed, 1, s, 0) > 0.0) next = fmin(lane(l->batch.h2, 1, s, 0), -1.0);
  return (1.0 - g) * h + g * fmin(h, next);
}

/* the loss of one role at one sample; `fixed` holds what the loss does not differentiate through */
typedef struct constants {
  double y[SAMPLES], yh[SAMPLES], u[SAMPLES], lambda[SAMPLES], mu_h[SAMPLES], pi_h[SAMPLES], worst_a[SAMPLES];
  double task[SAMPLES], safe[SAMPLES];
} constants;

static double loss_at(const nets *n, const constants *c, role r, int s) {
  const learner *l = n->l;
  double x[16], logp, a;
  observation(l, x, s, false);
  const double u = lane(l->batch.u, 1, s, 0), ra = lane(l->batch.a, 1, s, 0);
  switch (r) {
  case ROLE_Q1:
  case ROLE_Q2:
    return pow(value(n, r, false, x, u, ra) - c->y[s], 2);
  case ROLE_QH:
    return pow(value(n, r, false, x, u, ra) - c->yh[s], 2);
  case ROLE_PI: {
    const double v = sample_pi(n, x, noise(l, AT_PI, s), &logp), lambda = c->lambda[s];
    double loss = (double)l->alpha * logp - min_q(n, false, x, v, disturbance(n, ROLE_MU, x));
    if (learner_has(l, ROLE_QH)) loss -= lambda * value(n, ROLE_QH, false, x, v, c->mu_h[s]);
    return loss / (l->set.divide ? 1.0 + lambda : 1.0);
  }
  case ROLE_MU:
    return min_q(n, false, x, c->u[s], action(n, ROLE_MU, x));
  case ROLE_PI_H:
    return -value(n, ROLE_QH, false, x, action(n, ROLE_PI_H, x), c->worst_a[s]);
  case ROLE_MU_H:
    return value(n, ROLE_QH, false, x, c->pi_h[s], action(n, ROLE_MU_H, x));
  case ROLE_LAMBDA: {
    const double lambda = multiplier(n, x), top = l->set.lambda_max;
    if (c->safe[s] >= 0.0) return lambda * fmin(fmax(c->task[s] - l->set.margin, l->set.clip_low), 1.0);
    return (lambda - top) * (lambda - top) / (2.0 * top);
  }
  case ROLE_QC:
  case ROLE_COUNT:
    break;
  }
  (void)a;
  return 0.0;
}

static double loss(const nets *n, const constants *c, role r) {
  double sum = 0.0;
  for (int s = 0; s < SAMPLES; ++s) sum += loss_at(n, c, r, s);
  return sum / SAMPLES;
}

static void fix_constants(const nets *n, constants *c) {
  const learner *l = n->l;
  const int replayed = (int)(SAMPLES * l->set.random_share);
  for (int s = 0; s < SAMPLES; ++s) {
    double x[16], logp, a;
    observation(l, x, s, false);
    c->y[s] = reference_y(n, s);
    c->u[s] = sample_pi(n, x, noise(l, AT_PI, s), &logp);
    if (!learner_has(l, ROLE_QH)) continue;
    c->yh[s] = reference_yh(n, s);
    c->lambda[s] = multiplier(n, x);
    c->mu_h[s] = action(n, ROLE_MU_H, x);
    c->pi_h[s] = action(n, ROLE_PI_H, x);
    worst(n, false, x, c->pi_h[s], &a);
    c->worst_a[s] = s < replayed ? lane(l->batch.a, 1, s, 0) : a;
    c->task[s] = value(n, ROLE_QH, false, x, c->u[s], c->mu_h[s]);
    c->safe[s] = value(n, ROLE_QH, false, x, c->pi_h[s], c->mu_h[s]);
  }
}

/* the gradient that a step would use */
static float *gradient_of(learner *l, evaluation_id id) {
  const mlp_tape *tape = &l->eval[id].tape;
  float *g = calloc(tape->net->params, sizeof(float));
  for (int i = 0; i < tape->net->layers; ++i) {
    const mlp_layer *layer = &tape->net->layer[i];
    mlp_weight_gradient(l->kernels, tape, g + layer->w, g + layer->b, i, 0, layer->out, l->panels);
  }
  return g;
}

static bool is_parameter(const mlp *net, size_t i) {
  for (int k = 0; k < net->layers; ++k) {
    const mlp_layer *layer = &net->layer[k];
    if (i >= layer->w && i < layer->w + (size_t)(layer->out * layer->ld))
      return (int)((i - layer->w) % (size_t)layer->ld) < layer->in;
    if (i >= layer->b && i < layer->b + (size_t)layer->out) return true;
  }
  return false;
}

static void check_role(const learner *l, nets *n, const constants *c, role r, evaluation_id id) {
  float *g = gradient_of((learner *)(uintptr_t)l, id);
  const mlp *net = &l->nets[r].shape;
  const double step = 1e-6;
  double largest = 0.0, off = 0.0;
  for (size_t i = 0; i < net->params; ++i) {
    if (!is_parameter(net, i)) {
      assert_true(g[i] == 0.0f); // paddings never move
      continue;
    }
    const double keep = n->w[r][i];
    n->w[r][i] = keep + step;
    const double up = loss(n, c, r);
    n->w[r][i] = keep - step;
    const double down = loss(n, c, r);
    n->w[r][i] = keep;
    const double slope_here = (up - down) / (2.0 * step);
    largest = fmax(largest, fabs(slope_here));
    off = fmax(off, fabs(slope_here - (double)g[i]));
  }
  // float32 through three layers and heads, against differences that are good to about 1e-9 of the loss
  if (!(largest > 1e-6 && off <= 2e-5 * largest + 1e-7))
    fail_msg("%s: gradient off by %g, largest %g", roles[r].name, off, largest);
  free(g);
}

static void run_drac_terms(fixture *f) {
  team *t = &f->t;
  learner *l = f->l;
  const batch *b = &l->batch;
  const float *u2 = play(t, NEXT_PI, b->x2), *a2 = play(t, NEXT_MU, b->x2);
  const float *y = reward_target(t, critic(t, NEXT_Q1, b->x2, u2, a2), critic(t, NEXT_Q2, b->x2, u2, a2));
  const float *uh2 = play(t, NEXT_PI_H, b->x2), *ah2 = play(t, NEXT_MU_H, b->x2);
  const float *yh = safety_target(t, worst_next(t, uh2, critic(t, NEXT_QH, b->x2, uh2, ah2)));
  critic(t, AT_Q1, b->x, b->u, b->a), critic_loss(t, AT_Q1, y, METRIC_LOSS_Q);
  critic(t, AT_Q2, b->x, b->u, b->a), critic_loss(t, AT_Q2, y, METRIC_LOSS_Q);
  critic(t, AT_QH, b->x, b->u, b->a), critic_loss(t, AT_QH, yh, METRIC_LOSS_QH);
  const float *uh = play(t, AT_PI_H, b->x), *ah = play(t, AT_MU_H, b->x);
  critic(t, SAFE_QH, b->x, uh, ah), safety_player_losses(t);
  const float *u = play(t, AT_PI, b->x), *a = play(t, AT_MU, b->x);
  play(t, AT_LAMBDA, b->x);
  critic(t, TASK_Q1, b->x, u, a), critic(t, TASK_Q2, b->x, u, a), critic(t, TASK_QH, b->x, u, ah);
  slope_of_min(t, TASK_Q1, TASK_Q2), slope(t, TASK_QH);
  task_loss(t), performance_loss(t), multiplier_loss(t);
}

static void check_targets(const nets *n, const constants *c) {
  const learner *l = n->l;
  for (int s = 0; s < SAMPLES; ++s) {
    assert_true(fabs(lane(l->target, 1, s, 0) - c->y[s]) <= 5e-6 * (1.0 + fabs(c->y[s])));
    if (learner_has(l, ROLE_QH)) assert_true(fabs(lane(l->target_h, 1, s, 0) - c->yh[s]) <= 5e-6);
  }
}

static void check_drac(void (*change)(duro_learn_settings *)) {
  fixture f = make_fixture("DRAC", change);
  run_drac_terms(&f);
  nets n = copy_nets(f.l);
  constants c = {0};
  fix_constants(&n, &c);
  check_targets(&n, &c);
  int inside = 0;
  for (int s = 0; s < SAMPLES; ++s) inside += c.safe[s] >= 0.0;
  assert_in_range(inside, 1, SAMPLES - 1); // both parts of the multiplier's loss are seen
  static const evaluation_id at[ROLE_COUNT] = {AT_PI, AT_MU, AT_PI_H, AT_MU_H, AT_Q1, AT_Q2, AT_QH, AT_LAMBDA};
  for (int r = 0; r < ROLE_COUNT; ++r)
    if (learner_has(f.l, (role)r)) check_role(f.l, &n, &c, (role)r, at[r]);
  free_nets(&n);
  free_fixture(&f);
}

static void plain(duro_learn_settings *s) {
  s->critic_clip = 1e6;
}

static void tuned(duro_learn_settings *s) {
  s->critic_clip = 1e6;
  s->divide = s->corners = true;
  s->random_share = .3;
  s->margin = .25;
  s->lambda = 5.0;
  s->reward_scale = .5;
}

static void test_drac(void **unused) {
  (void)unused;
  check_drac(plain);
  check_drac(tuned);
}

static void test_sac(void **unused) {
  (void)unused;
  fixture f = make_fixture("SAC", plain);
  team *t = &f.t;
  const batch *b = &f.l->batch;
  const float *u2 = play(t, NEXT_PI, b->x2);
  const float *y = reward_target(t, critic(t, NEXT_Q1, b->x2, u2, NULL), critic(t, NEXT_Q2, b->x2, u2, NULL));
  critic(t, AT_Q1, b->x, b->u, b->a), critic_loss(t, AT_Q1, y, METRIC_LOSS_Q);
  critic(t, AT_Q2, b->x, b->u, b->a), critic_loss(t, AT_Q2, y, METRIC_LOSS_Q);
  const float *u = play(t, AT_PI, b->x);
  critic(t, TASK_Q1, b->x, u, NULL), critic(t, TASK_Q2, b->x, u, NULL);
  slope_of_min(t, TASK_Q1, TASK_Q2);
  task_loss(t);
  nets n = copy_nets(f.l);
  constants c = {0};
  fix_constants(&n, &c);
  check_targets(&n, &c);
  check_role(f.l, &n, &c, ROLE_Q1, AT_Q1);
  check_role(f.l, &n, &c, ROLE_Q2, AT_Q2);
  check_role(f.l, &n, &c, ROLE_PI, AT_PI);
  free_nets(&n);
  free_fixture(&f);
}

/* L_alpha = E[ -log_alpha (log pi + Hbar) ]: its gradient is in Adam's first moment after one step */
static void test_temperature(void **unused) {
  (void)unused;
  fixture f = make_fixture("SAC", plain);
  play(&f.t, AT_PI, f.l->batch.x);
  double mean = 0.0;
  for (int s = 0; s < SAMPLES; ++s) mean += lane(f.l->eval[AT_PI].logp, 1, s, 0) / SAMPLES;
  const double gradient = -(mean + f.l->set.entropy);
  const float before = f.l->log_alpha[0];
  learn(&f.t, ROLE(ROLE_ALPHA));
  assert_true(fabs((double)f.l->log_alpha[LANES] - .1 * gradient) <= 1e-6 * fabs(gradient));
  // more entropy than wanted lowers the temperature
  assert_true((f.l->log_alpha[0] > before) == (-mean < f.l->set.entropy));
  free_fixture(&f);
}

/* the clipped error is what is propagated */
static void clipped(duro_learn_settings *s) {
  s->critic_clip = .25;
}

static void test_clip(void **unused) {
  (void)unused;
  fixture f = make_fixture("SAC", clipped);
  const batch *b = &f.l->batch;
  float y[SAMPLES];
  critic(&f.t, AT_Q1, b->x, b->u, b->a);
  const float *q = mlp_out(&f.l->eval[AT_Q1].tape), *dq = mlp_dout(&f.l->eval[AT_Q1].tape);
  for (int s = 0; s < SAMPLES; ++s) y[s] = q[s] + (s % 3 == 0 ? -9.0f : s % 3 == 1 ? 9.0f : .125f);
  critic_loss(&f.t, AT_Q1, y, METRIC_LOSS_Q);
  for (int s = 0; s < SAMPLES; ++s) {
    const double error = s % 3 == 0 ? .25 : s % 3 == 1 ? -.25 : -.125;
    assert_true(fabs((double)dq[s] - 2.0 * error / SAMPLES) < 1e-7);
  }
  free_fixture(&f);
}

static void test_not_finite(void **unused) {
  (void)unused;
  fixture f = make_fixture("DRAC", plain);
  f.l->nets[ROLE_QH].state.w[5] = NAN;
  learner_update(f.l, 0, 1);
  assert_int_equal(learner_fault(f.l), DURO_ERROR_NOT_FINITE);
  const char *text = duro_error();
  assert_true(strstr(text, "\"Qh\"") && strstr(text, "update") && strstr(text, "cartpole") && strstr(text, "seed"));
  free_fixture(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_drac), cmocka_unit_test(test_sac),        cmocka_unit_test(test_temperature),
      cmocka_unit_test(test_clip), cmocka_unit_test(test_not_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
