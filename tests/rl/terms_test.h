/* The terms of the losses (theory, section 4) written out in double precision, for every algorithm and option. */
#ifndef TESTS_RL_TERMS_TEST_H
#define TESTS_RL_TERMS_TEST_H

#include "learner_test.h"

enum { SAMPLES = 32 };

/* the gradient that a step would use */
static inline float *gradient_of(learner *l, evaluation_id id) {
  const mlp_tape *tape = &l->eval[id].tape;
  float *g = calloc(tape->net->params, sizeof(float));
  for (int i = 0; i < tape->net->layers; ++i) {
    const mlp_layer *layer = &tape->net->layer[i];
    mlp_weight_gradient(l->kernels, tape, g + layer->w, g + layer->b, i, 0, layer->out, l->panels);
  }
  return g;
}

static inline bool is_parameter(const mlp *net, size_t i) {
  for (int k = 0; k < net->layers; ++k) {
    const mlp_layer *layer = &net->layer[k];
    if (i >= layer->w && i < layer->w + (size_t)(layer->out * layer->ld))
      return (int)((i - layer->w) % (size_t)layer->ld) < layer->in;
    if (i >= layer->b && i < layer->b + (size_t)layer->out) return true;
  }
  return false;
}

/* parameters of every role in double; the trained one is varied */
typedef struct nets {
  const learner *l;
  double *w[ROLE_COUNT], *bar[ROLE_COUNT];
} nets;

static inline double *to_double(const float *x, size_t n) {
  double *y = malloc(sizeof(double) * n);
  for (size_t i = 0; i < n; ++i) y[i] = (double)x[i];
  return y;
}

static inline nets copy_nets(const learner *l) {
  nets n = {.l = l};
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!learner_has(l, (role)r)) continue;
    n.w[r] = to_double(l->nets[r].state.w, l->nets[r].shape.params);
    if (l->nets[r].state.bar) n.bar[r] = to_double(l->nets[r].state.bar, l->nets[r].shape.params);
  }
  return n;
}

static inline void free_nets(nets *n) {
  for (int r = 0; r < ROLE_COUNT; ++r) free(n->w[r]), free(n->bar[r]);
}

/* one sample of the batch; cart-pole has one control and one disturbance */
static inline void observation(const learner *l, double *x, int s, bool next) {
  for (int k = 0; k < l->no; ++k) x[k] = lane(next ? l->batch.x2 : l->batch.x, l->no, s, k);
}

/* a network of (x, u, a), or of as much of that as it sees */
static inline double value(const nets *n, role r, bool bar, const double *x, double u, double a) {
  double in[16], z;
  memcpy(in, x, sizeof(double) * (size_t)n->l->no);
  in[n->l->no] = u;
  in[n->l->no + 1] = a;
  reference(&n->l->nets[r].shape, bar ? n->bar[r] : n->w[r], in, &z);
  return z;
}

/* Q_h; where the adversary is alone its disturbance is the control */
static inline double safety(const nets *n, bool bar, const double *x, double u, double a) {
  return value(n, ROLE_QH, bar, x, n->l->algorithm->acts == ROLE_MU_H ? a : u, a);
}

/* pi_h(x), mu(x), and mu_h(x) or mu_h(x, u); 0 without such a player */
static inline double action(const nets *n, role r, const double *x, double u) {
  return n->w[r] ? tanh(value(n, r, false, x, u, 0.0)) : 0.0;
}

static inline double min_q(const nets *n, bool bar, const double *x, double u, double a) {
  return fmin(value(n, ROLE_Q1, bar, x, u, a), value(n, ROLE_Q2, bar, x, u, a));
}

/* u ~ pi and its log-probability by the change of variables, at the noise that the learner drew */
static inline double sample_pi(const nets *n, const double *x, evaluation_id id, int s, double *logp) {
  const double eps = lane(n->l->eval[id].eps, 1, s, 0);
  double z[2];
  reference(&n->l->nets[ROLE_PI].shape, n->w[ROLE_PI], x, z);
  const double low = (double)LOG_STD_LOW, high = (double)LOG_STD_HIGH;
  const double log_std = low + .5 * (high - low) * (tanh(z[1]) + 1.0), pre = z[0] + exp(log_std) * eps;
  *logp = -.5 * eps * eps - log_std - .5 * log(2.0 * acos(-1.0)) - log(1.0 - tanh(pre) * tanh(pre));
  return tanh(pre);
}

static inline double multiplier(const nets *n, const double *x) {
  return n->l->set.lambda_max / (1.0 + exp(-value(n, ROLE_LAMBDA, false, x, 0.0, 0.0)));
}

/* y = r + gamma (1 - failed) (min Qbar - alpha log pi) */
static inline double reference_y(const nets *n, int s) {
  const learner *l = n->l;
  double x2[16], logp;
  observation(l, x2, s, true);
  const double u2 = sample_pi(n, x2, NEXT_PI, s, &logp), a2 = action(n, ROLE_MU, x2, u2);
  const double next = (1.0 - lane(l->batch.failed, 1, s, 0)) * (min_q(n, true, x2, u2, a2) - (double)l->alpha * logp);
  return l->set.reward_scale * lane(l->batch.r, 1, s, 0) + l->set.gamma * next;
}

/* minimum over mu_h, and over the corners where they are asked for; RAC knows no disturbance */
static inline double worst(const nets *n, bool bar, const double *x, double u, bool corners, double *a) {
  *a = action(n, ROLE_MU_H, x, u);
  double least = safety(n, bar, x, u, *a);
  for (int c = -1; c <= 1 && corners && n->w[ROLE_MU_H]; c += 2) {
    const double q = safety(n, bar, x, u, c);
    if (q < least) least = q, *a = c;
  }
  return least;
}

/* y_h = (1 - gamma_h) h + gamma_h min{h, Qbar_h}, a failure counting as min(h', -1); with learn.ahead the
 * value of x' alone, h' in the place of h. The value is that of pi_h, or of
 * pi where there is no pi_h or it is not to be evaluated */
static inline double reference_yh(const nets *n, int s) {
  const learner *l = n->l;
  double x2[16], a, logp;
  observation(l, x2, s, true);
  const bool ahead = l->set.ahead, failed = lane(l->batch.failed, 1, s, 0) > 0.0;
  const double h2 = lane(l->batch.h2, 1, s, 0), h = ahead ? h2 : lane(l->batch.h, 1, s, 0), g = (double)l->gamma_h;
  const bool safest = !n->w[ROLE_PI] || (n->w[ROLE_PI_H] && l->set.evaluate_pi_h);
  double next = worst(n, true, x2, safest ? action(n, ROLE_PI_H, x2, 0.0) : sample_pi(n, x2, NEXT_PI, s, &logp),
                      l->set.corners, &a);
  if (failed) next = fmin(h2, -1.0);
  if (failed && ahead) return next;
  return (1.0 - g) * h + g * fmin(h, next);
}

/* y_c = [h' < 0] + gamma Qbar_c(x', u'); 1 + gamma + gamma^2 + ... after a failure */
static inline double reference_yc(const nets *n, int s) {
  const learner *l = n->l;
  double x2[16], logp;
  observation(l, x2, s, true);
  if (lane(l->batch.failed, 1, s, 0) > 0.0) return 1.0 / (1.0 - l->set.gamma);
  const double next = value(n, ROLE_QC, true, x2, sample_pi(n, x2, NEXT_PI, s, &logp), 0.0);
  return (lane(l->batch.h2, 1, s, 0) < 0.0) + l->set.gamma * next;
}

/* what the losses do not differentiate through */
typedef struct constants {
  double y[SAMPLES], yh[SAMPLES], yc[SAMPLES], u[SAMPLES], lambda[SAMPLES], pi_h[SAMPLES], worst_a[SAMPLES];
  double held_a[SAMPLES];              /* the disturbance under which pi is held */
  double task[SAMPLES], safe[SAMPLES]; /* Q_h, or Q_c, under pi and under pi_h */
} constants;

static inline void fix_constants(const nets *n, constants *c) {
  const learner *l = n->l;
  const int replayed = (int)(SAMPLES * l->set.random_share);
  for (int s = 0; s < SAMPLES; ++s) {
    double x[16], logp, a;
    observation(l, x, s, false);
    if (n->w[ROLE_PI]) c->y[s] = reference_y(n, s), c->u[s] = sample_pi(n, x, AT_PI, s, &logp);
    if (n->w[ROLE_LAMBDA]) c->lambda[s] = multiplier(n, x);
    if (n->w[ROLE_QC]) c->yc[s] = reference_yc(n, s), c->task[s] = value(n, ROLE_QC, false, x, c->u[s], 0.0);
    if (!n->w[ROLE_QH]) continue;
    c->yh[s] = reference_yh(n, s);
    c->task[s] = worst(n, false, x, c->u[s], l->set.corners_task, &c->held_a[s]);
    c->pi_h[s] = action(n, ROLE_PI_H, x, 0.0);
    worst(n, false, x, c->pi_h[s], l->set.corners, &a);
    c->worst_a[s] = s < replayed ? lane(l->batch.a, 1, s, 0) : a;
    c->safe[s] = value(n, ROLE_QH, false, x, c->pi_h[s], action(n, ROLE_MU_H, x, c->pi_h[s]));
  }
}

static inline double multiplier_loss_at(const nets *n, const constants *c, double lambda, int s) {
  const duro_learn_settings *set = &n->l->set;
  if (n->w[ROLE_QC]) return lambda * (set->cost_limit - c->task[s]);
  const bool judged = n->w[ROLE_PI_H] && set->evaluate_pi_h;
  const double top = set->lambda_max;
  if (judged && c->safe[s] < 0.0) return (lambda - top) * (lambda - top) / (2.0 * top);
  return lambda * fmin(fmax(c->task[s] - set->margin, set->clip_low), 1.0);
}

/* alpha log pi - min Q - lambda Q_h, or + lambda Q_c; with learn.hold each part over its root mean square, with blend a
 * share for each in place of the multiplier */
static inline double task_loss_at(const nets *n, const constants *c, const double *x, int s) {
  const learner *l = n->l;
  double logp;
  const double u = sample_pi(n, x, AT_PI, s, &logp), lambda = c->lambda[s];
  const double task = -min_q(n, false, x, u, action(n, ROLE_MU, x, u)), entropy = (double)l->alpha * logp;
  const double safety = n->w[ROLE_QH] ? value(n, ROLE_QH, false, x, u, c->held_a[s]) : 0.0;
  const double r = l->mean_square ? sqrt(l->mean_square[SLOPE_REWARD]) : 1.0;
  const double h = l->mean_square ? sqrt(l->mean_square[SLOPE_SAFETY]) : 1.0;
  if (strcmp(l->set.hold, "blend") == 0 && n->w[ROLE_QH]) {
    const double share = fmin(fmax((c->task[s] - l->set.margin) / l->set.hold_band, 0.0), 1.0); // of the reward
    return (entropy + share * task) / r - (1.0 - share) * safety / h;
  }
  double loss = (entropy + task) / r - lambda * safety / h;
  if (n->w[ROLE_QC]) loss += lambda * value(n, ROLE_QC, false, x, u, 0.0);
  return loss / (l->set.divide ? 1.0 + lambda : 1.0);
}

/* the loss of one role at one sample */
static inline double loss_at(const nets *n, const constants *c, role r, int s) {
  const learner *l = n->l;
  double x[16];
  observation(l, x, s, false);
  const double u = lane(l->batch.u, 1, s, 0), a = lane(l->batch.a, 1, s, 0);
  switch (r) {
  case ROLE_Q1:
  case ROLE_Q2:
    return pow(value(n, r, false, x, u, a) - c->y[s], 2);
  case ROLE_QH:
    return pow(value(n, r, false, x, u, a) - c->yh[s], 2);
  case ROLE_QC:
    return pow(value(n, r, false, x, u, a) - c->yc[s], 2);
  case ROLE_PI:
    return task_loss_at(n, c, x, s);
  case ROLE_MU:
    return min_q(n, false, x, c->u[s], action(n, ROLE_MU, x, 0.0));
  case ROLE_PI_H:
    return -value(n, ROLE_QH, false, x, action(n, ROLE_PI_H, x, 0.0), c->worst_a[s]);
  case ROLE_MU_H: {
    // one that sees the control meets pi's on the odd samples
    const bool odd = l->set.mu_h_sees_u && n->w[ROLE_PI] && s % 2;
    const double v = odd ? c->u[s] : c->pi_h[s];
    return safety(n, false, x, v, action(n, ROLE_MU_H, x, v));
  }
  case ROLE_LAMBDA:
    return multiplier_loss_at(n, c, multiplier(n, x), s);
  case ROLE_COUNT:
    break;
  }
  return 0.0;
}

static inline double loss(const nets *n, const constants *c, role r) {
  double sum = 0.0;
  for (int s = 0; s < SAMPLES; ++s) sum += loss_at(n, c, r, s);
  return sum / SAMPLES;
}

#endif
