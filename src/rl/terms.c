/* One function per equation. Each thread works on its own panels; the sums of all metrics are kept panel by panel and
 * added up in the order of the panels, so that no result depends on the number of threads. */
#include "base/math.h"
#include "base/purposes.h"
#include "rl/learner.h"

#include <string.h>

#define BETA1 .9 /* Adam's, as the field leaves them */
#define BETA2 .999

/* the lanes [start, start + n) of an array of d features that belong to this thread */
typedef struct lanes {
  ptrdiff_t start;
  int n;
} lanes;

static lanes own(const team *t, int d) {
  return (lanes){(ptrdiff_t)t->first * d * LANES, t->count * d * LANES};
}

static evaluation *eval_of(team *t, evaluation_id id) {
  return &t->learner->eval[id];
}

/* per-sample 1/B of every mean */
static float mean_weight(const team *t) {
  return 1.0f / (float)(t->learner->panels * LANES);
}

static void tally(team *t, metric id, const float *lane_values) {
  const learner *l = t->learner;
  for (int p = t->first; p < t->first + t->count; ++p) {
    double sum = 0.0;
    for (int i = 0; i < LANES; ++i) sum += (double)lane_values[(ptrdiff_t)p * LANES + i];
    l->sums[(int)id * l->panels + p] += sum;
  }
}

static void fill(team *t, float *lane_values, float value) {
  const lanes w = own(t, 1);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) lane_values[i] = value;
}

/* Every evaluation starts here: the network's raw outputs on the thread's panels. */
static const float *forward(team *t, evaluation *e, const float *x) {
  const mlp_state *state = &t->learner->nets[e->role].state;
  mlp_forward(t->learner->kernels, &e->tape, e->bar ? state->bar : state->w, x, t->first, t->count);
  return mlp_out(&e->tape);
}

static void draw(team *t, float *out, int d, uint32_t purpose, int64_t index) {
  const lanes w = own(t, d);
  t->learner->kernels->normals(out + w.start, (int)w.start, w.n, t->learner->seed, purpose, (uint64_t)index);
}

/* Exploration of the safety target: clipped noise on the actions of pi_h and mu_h at x'. */
static void add_target_noise(team *t, evaluation *e, int which) {
  learner *l = t->learner;
  const float scale = (float)l->set.target_noise;
  if (scale == 0.0f) return;
  draw(t, l->next_noise, e->d, DURO_PURPOSE_TARGET_NOISE, 4 * l->count->update + which);
  const lanes w = own(t, e->d);
  float *y = e->y + w.start;
  const float *noise = l->next_noise + w.start;
  for (int i = 0; i < w.n; ++i) y[i] = m_clampf(y[i] + scale * noise[i], -1.0f, 1.0f);
}

/* The action, or multiplier, of a player at x. */
const float *play(team *t, evaluation_id id, const float *x) {
  learner *l = t->learner;
  const duro_kernels *k = l->kernels;
  evaluation *e = eval_of(t, id);
  const float *z = forward(t, e, x);
  const lanes w = own(t, e->d);
  switch (roles[e->role].head) {
  case HEAD_GAUSSIAN:
    if (id == NEXT_PI)
      draw(t, e->eps, e->d, DURO_PURPOSE_TARGET_NOISE, 4 * l->count->update);
    else
      draw(t, e->eps, e->d, DURO_PURPOSE_POLICY_NOISE, l->count->update);
    k->gaussian(e->y + w.start, e->logp + own(t, 1).start, z + own(t, 2 * e->d).start, e->eps + w.start, e->d,
                t->count);
    break;
  case HEAD_CONTROL:
  case HEAD_DISTURB:
    k->tanh(e->y + w.start, z + w.start, w.n);
    if (id == NEXT_PI_H) add_target_noise(t, e, 1);
    if (id == NEXT_MU_H) add_target_noise(t, e, 2);
    break;
  case HEAD_BOUNDED:
    k->sigmoid(e->y + w.start, z + w.start, w.n, (float)l->set.lambda_max);
    break;
  case HEAD_VALUE:
    break;
  }
  return e->y;
}

/* features of one part into the joined input of a critic */
static void join(team *t, evaluation *e, const float *part, int at, int d) {
  const int inputs = t->learner->nets[e->role].inputs;
  for (int p = t->first; p < t->first + t->count; ++p)
    memcpy(e->in + ((ptrdiff_t)p * inputs + at) * LANES, part + (ptrdiff_t)p * d * LANES,
           sizeof(float) * (size_t)d * LANES);
}

/* The value of a critic at (x, u, a); a critic that does not see the disturbance ignores a. */
const float *critic(team *t, evaluation_id id, const float *x, const float *u, const float *a) {
  const learner *l = t->learner;
  evaluation *e = eval_of(t, id);
  join(t, e, x, 0, l->no);
  join(t, e, u, l->no, l->nu);
  if (l->algorithm->sees_a & ROLE(e->role)) join(t, e, a, l->no + l->nu, l->na);
  return forward(t, e, e->in);
}

/* y = r + gamma (min_j Qbar_j(x', u') - alpha log pi(u'|x')), without the bootstrap after a failure.
 * [RIS] eq. (26); with a performance adversary Qbar_j(x', u', mu(x')). */
const float *reward_target(team *t, const float *q1, const float *q2) {
  const learner *l = t->learner;
  const lanes w = own(t, 1);
  const float gamma = (float)l->set.gamma, scale = (float)l->set.reward_scale;
  const float *logp = eval_of(t, NEXT_PI)->logp;
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const float q = q1[i] < q2[i] ? q1[i] : q2[i];
    const float next = (1.0f - l->batch.failed[i]) * (q - l->alpha * logp[i]);
    l->target[i] = scale * l->batch.r[i] + gamma * next;
  }
  return l->target;
}

/* corner number c of the disturbance box, on the thread's panels */
static const float *corner(team *t, int c) {
  const learner *l = t->learner;
  for (int p = t->first; p < t->first + t->count; ++p)
    for (int i = 0; i < l->na; ++i)
      for (int j = 0; j < LANES; ++j) l->corner[((ptrdiff_t)p * l->na + i) * LANES + j] = (c >> i & 1) ? 1.0f : -1.0f;
  return l->corner;
}

/* The control at x' whose value Q_h is: pi_h(x'); u2 ~ pi where learn.evaluate_pi_h is off. */
const float *safest_next(team *t, const float *u2) {
  return t->learner->set.evaluate_pi_h ? play(t, NEXT_PI_H, t->learner->batch.x2) : u2;
}

/* min over {mu_h(x'), corners} of Qbar_h(x', pi_h(x'), a). Departs from [RIS] eq. (22), which has mu_h alone: where the
 * disturbance enters linearly its worst value is a corner, and a slow mu_h then does no harm. Without u2 the
 * disturbance is the control. */
const float *worst_next(team *t, const float *u2, const float *qh) {
  learner *l = t->learner;
  if (!l->set.corners) return qh;
  const lanes w = own(t, 1);
  memcpy(l->worst + w.start, qh + w.start, sizeof(float) * (size_t)w.n);
  for (int c = 0; c < 1 << l->na; ++c) {
    const float *a = corner(t, c);
    const float *q = critic(t, NEXT_QH, l->batch.x2, u2 ? u2 : a, a);
    for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) l->worst[i] = q[i] < l->worst[i] ? q[i] : l->worst[i];
  }
  return l->worst;
}

/* y_h = (1 - gamma_h) h + gamma_h min{h, Qbar_h(x', pi_h(x'), mu_h(x'))}; after a failure the bootstrapped value is
 * min(h', -1). [RIS] eq. (22); h is scaled. */
const float *safety_target(team *t, const float *qh) {
  const learner *l = t->learner;
  const lanes w = own(t, 1);
  const bool ahead = l->set.ahead;
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const float h2 = l->batch.h2[i], h = ahead ? h2 : l->batch.h[i];
    const bool failed = l->batch.failed[i] > 0.0f;
    const float next = failed ? (h2 < -1.0f ? h2 : -1.0f) : qh[i];
    l->target_h[i] = ahead && failed ? next : (1.0f - l->gamma_h) * h + l->gamma_h * (h < next ? h : next);
  }
  return l->target_h;
}

/* y_c = c + gamma Qbar_c(x', u'), c = [x' violates]; a failure violates for ever after, so that it never pays to end
 * early. SAC-Lag (theory, section 5) */
const float *cost_target(team *t, const float *qc) {
  const learner *l = t->learner;
  const lanes w = own(t, 1);
  const float gamma = (float)l->set.gamma, all = 1.0f / (1.0f - gamma);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const float cost = l->batch.h2[i] < 0.0f ? 1.0f : 0.0f;
    l->target_h[i] = l->batch.failed[i] > 0.0f ? all : fmaf(gamma, qc[i], cost);
  }
  return l->target_h;
}

/* L = E (Q - y)^2, the error clipped before it is propagated. [RIS] eq. (21), (25) */
void critic_loss(team *t, evaluation_id id, const float *y, metric loss) {
  learner *l = t->learner;
  evaluation *e = eval_of(t, id);
  const lanes w = own(t, 1);
  const float clip = (float)l->set.critic_clip, weight = 2.0f * mean_weight(t);
  const float *q = mlp_out(&e->tape);
  float *dq = mlp_dout(&e->tape);
  bool finite = true;
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const float error = q[i] - y[i];
    finite &= isfinite(error) != 0;
    l->weight[i] = error * error;
    dq[i] = weight * m_clampf(error, -clip, clip);
  }
  if (!finite) learner_report_fault(l, (int)e->role);
  tally(t, loss, l->weight);
  mlp_backward(l->kernels, &e->tape, l->nets[e->role].state.w, NULL, 0, 0, t->first, t->count);
}

/* Slopes dQ/du, dQ/da of a critic at the players' actions. */
void slope(team *t, evaluation_id id) {
  const learner *l = t->learner;
  evaluation *e = eval_of(t, id);
  const net *n = &l->nets[e->role];
  fill(t, mlp_dout(&e->tape), 1.0f);
  mlp_backward(l->kernels, &e->tape, n->state.w, e->dx, l->no, n->inputs - l->no, t->first, t->count);
}

/* Slopes of a critic at n samples of the thread's own, into `dx`; those lie side by side first, in `packed`. */
static void slope_at(team *t, const evaluation *e, float *dx, float *packed, const int *sample, int n) {
  const learner *l = t->learner;
  const net *critic_net = &l->nets[e->role];
  const int d = critic_net->inputs - l->no;
  mlp_slope_at(l->kernels, &e->tape, critic_net->state.w, packed, l->no, d, sample, n, t->first);
  packed += own(t, d).start;
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < d; ++k)
      dx[(sample[i] / LANES * d + k) * LANES + sample[i] % LANES] = packed[(i / LANES * d + k) * LANES + i % LANES];
}

/* Slopes of min_j Q_j, all in the dx of critic one: each sample goes back through the smaller critic alone. */
void slope_of_min(team *t, evaluation_id one, evaluation_id two) {
  const learner *l = t->learner;
  evaluation *e1 = eval_of(t, one), *e2 = eval_of(t, two);
  const lanes w = own(t, 1);
  const float *q1 = mlp_out(&e1->tape), *q2 = mlp_out(&e2->tape);
  float *smaller = l->weight;
  int *order = l->order + w.start, firsts = 0, seconds = 0;
  for (int i = 0; i < w.n; ++i) {
    const int at = (int)w.start + i;
    const bool first = q1[at] < q2[at];
    smaller[at] = first ? q1[at] : q2[at];
    order[firsts] = order[w.n - 1 - seconds] = at; // the place that it does not belong to is written again
    firsts += first, seconds += !first;
  }
  tally(t, METRIC_MEAN_Q, smaller);
  slope_at(t, e1, e1->dx, e2->dx, order, firsts);
  slope_at(t, e2, e1->dx, e2->dx, order + firsts, seconds);
}

/* d loss / d output of a trained player through its head and network */
static void back(team *t, evaluation_id id) {
  learner *l = t->learner;
  const duro_kernels *k = l->kernels;
  evaluation *e = eval_of(t, id);
  const lanes w = own(t, e->d);
  float *dz = mlp_dout(&e->tape);
  switch (roles[e->role].head) {
  case HEAD_GAUSSIAN: {
    const ptrdiff_t z = own(t, 2 * e->d).start;
    k->gaussian_back(dz + z, e->dy + w.start, e->dlogp + own(t, 1).start, e->y + w.start, mlp_out(&e->tape) + z,
                     e->eps + w.start, e->d, t->count);
    break;
  }
  case HEAD_CONTROL:
  case HEAD_DISTURB:
    k->tanh_back(dz + w.start, e->dy + w.start, e->y + w.start, w.n);
    break;
  case HEAD_BOUNDED:
    k->sigmoid_back(dz + w.start, e->dy + w.start, e->y + w.start, w.n, (float)l->set.lambda_max);
    break;
  case HEAD_VALUE:
    break;
  }
  mlp_backward(k, &e->tape, l->nets[e->role].state.w, NULL, 0, 0, t->first, t->count);
}

/* dy (P x d x 16) = or += weight[sample] dx, dx being features [at, at + d) of a critic's slopes */
static void descend(team *t, float *dy, int d, const evaluation *q, int at, const float *weight, bool add) {
  const int width = t->learner->nets[q->role].inputs - t->learner->no;
  for (int p = t->first; p < t->first + t->count; ++p)
    for (int i = 0; i < d; ++i) {
      float *out = dy + ((ptrdiff_t)p * d + i) * LANES;
      const float *dx = q->dx + ((ptrdiff_t)p * width + at + i) * LANES, *w = weight + (ptrdiff_t)p * LANES;
      for (int j = 0; j < LANES; ++j) out[j] = (add ? out[j] : 0.0f) + w[j] * dx[j];
    }
}

/* L = E[ alpha log pi - min_j Q_j(x, u[, mu]) - lambda(x) Q_h(x, u[, mu_h]) ], u ~ pi, or + lambda Q_c(x, u);
 * optionally each sample divided by 1 + lambda(x), which bounds the step where lambda is large. [RIS] eq. (28)-(30),
 * [DRAC] */
void task_loss(team *t) {
  learner *l = t->learner;
  evaluation *e = eval_of(t, AT_PI);
  const lanes w = own(t, 1);
  const bool held = learner_has(l, ROLE_LAMBDA), costs = learner_has(l, ROLE_QC);
  const float *lambda = held ? eval_of(t, AT_LAMBDA)->y : NULL;
  float *weight = l->weight, *entropy = e->dlogp; // dlogp is filled last
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    weight[i] = -mean_weight(t) / (held && l->set.divide ? 1.0f + lambda[i] : 1.0f);
    entropy[i] = -e->logp[i];
  }
  tally(t, METRIC_ENTROPY, entropy);
  descend(t, e->dy, l->nu, eval_of(t, TASK_Q1), 0, weight, false);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    e->dlogp[i] = -l->alpha * weight[i];
    if (held) weight[i] *= costs ? -lambda[i] : lambda[i];
  }
  if (held) {
    const evaluation *q = eval_of(t, costs ? TASK_QC : TASK_QH);
    descend(t, e->dy, l->nu, q, 0, weight, true);
    tally(t, METRIC_MEAN_LAMBDA, lambda);
    tally(t, costs ? METRIC_MEAN_QC : METRIC_MEAN_QH_TASK, mlp_out(&q->tape));
  }
  back(t, AT_PI);
}

/* mu descends E min_j Q_j(x, u, mu(x)), u ~ pi. [DRAC] */
void performance_loss(team *t) {
  learner *l = t->learner;
  evaluation *e = eval_of(t, AT_MU);
  fill(t, l->weight, mean_weight(t));
  descend(t, e->dy, l->na, eval_of(t, TASK_Q1), l->nu, l->weight, false);
  back(t, AT_MU);
}

/* The disturbance that pi_h meets: the worst of mu_h(x) and the corners by Q_h, on a share of the batch the replayed
 * one. */
static const float *worst_disturbance(team *t) {
  learner *l = t->learner;
  const lanes w = own(t, 1), wa = own(t, l->na);
  memcpy(l->worst + w.start, mlp_out(&eval_of(t, SAFE_QH)->tape) + w.start, sizeof(float) * (size_t)w.n);
  memcpy(l->worst_a + wa.start, eval_of(t, AT_MU_H)->y + wa.start, sizeof(float) * (size_t)wa.n);
  for (int c = 0; l->set.corners && c < 1 << l->na; ++c) {
    const float *a = corner(t, c), *q = critic(t, CORNER_QH, l->batch.x, eval_of(t, AT_PI_H)->y, a);
    for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
      if (q[i] >= l->worst[i]) continue;
      l->worst[i] = q[i];
      for (int j = 0; j < l->na; ++j) {
        const ptrdiff_t at = (i / LANES * l->na + j) * LANES + i % LANES;
        l->worst_a[at] = a[at];
      }
    }
  }
  const int replayed = (int)((double)(l->panels * LANES) * l->set.random_share);
  for (ptrdiff_t i = w.start; i < w.start + w.n && i < replayed; ++i)
    for (int j = 0; j < l->na; ++j) {
      const ptrdiff_t at = (i / LANES * l->na + j) * LANES + i % LANES;
      l->worst_a[at] = l->batch.a[at];
    }
  return l->worst_a;
}

/* pi_h ascends, mu_h descends E Q_h(x, pi_h(x), mu_h(x)), from one backward pass of Q_h. [RIS] eq. (23), (24).
 * Departs from them when learn.corners or learn.random_share is set: then pi_h meets another disturbance than mu_h's.
 */
void safety_player_losses(team *t) {
  learner *l = t->learner;
  evaluation *pi_h = eval_of(t, AT_PI_H), *mu_h = eval_of(t, AT_MU_H), *q = eval_of(t, SAFE_QH);
  const lanes w = own(t, 1);
  const float *value = mlp_out(&q->tape);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) l->weight[i] = value[i] >= 0.0f ? 1.0f : 0.0f;
  tally(t, METRIC_FEASIBLE, l->weight);
  tally(t, METRIC_MEAN_QH_SAFE, value);
  slope(t, SAFE_QH);
  fill(t, l->weight, mean_weight(t));
  descend(t, mu_h->dy, l->na, q, l->nu, l->weight, false);
  back(t, AT_MU_H);
  if (l->set.corners || l->set.random_share > 0.0) {
    critic(t, WORST_QH, l->batch.x, pi_h->y, worst_disturbance(t));
    slope(t, WORST_QH);
    q = eval_of(t, WORST_QH);
  }
  fill(t, l->weight, -mean_weight(t));
  descend(t, pi_h->dy, l->nu, q, 0, l->weight, false);
  back(t, AT_PI_H);
}

/* mu_h, whose action is the control, descends E Q_h(x, mu_h(x)): [RIS] eq. (24) against a frozen protagonist. */
void lone_adversary_loss(team *t) {
  evaluation *e = eval_of(t, AT_MU_H);
  tally(t, METRIC_MEAN_QH_SAFE, mlp_out(&eval_of(t, SAFE_QH)->tape));
  slope(t, SAFE_QH);
  fill(t, t->learner->weight, mean_weight(t));
  descend(t, e->dy, e->d, eval_of(t, SAFE_QH), 0, t->learner->weight, false);
  back(t, AT_MU_H);
}

/* L_A = E[ I lambda clip(Q_h(x, u, mu_h) - margin) ], dual ascent where a finite multiplier exists;
 * L_B = E[ (1 - I) (lambda - lambda_max)^2 / (2 lambda_max) ], saturation outside the set; I = [Q_h(x, pi_h, mu_h) >=
 * 0]. [DRAC]; the scale of L_B is ours: unscaled its gradient, up to 100 times that of L_A, drowns it in Adam's
 * moments. Without the value of a safety policy I = 1; with a cost critic cost_limit - Q_c stands for Q_h - margin. */
void multiplier_loss(team *t) {
  learner *l = t->learner;
  if (!t->lambda_turn) return;
  evaluation *e = eval_of(t, AT_LAMBDA);
  const lanes w = own(t, 1);
  const bool costs = learner_has(l, ROLE_QC), judged = learner_has(l, ROLE_PI_H) && l->set.evaluate_pi_h;
  const float *task = mlp_out(&eval_of(t, costs ? TASK_QC : TASK_QH)->tape);
  const float *safe = judged ? mlp_out(&eval_of(t, SAFE_QH)->tape) : NULL;
  const float sign = costs ? -1.0f : 1.0f, bound = (float)(costs ? l->set.cost_limit : l->set.margin);
  const float low = (float)l->set.clip_low, top = (float)l->set.lambda_max;
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const float inside = m_clampf(sign * (task[i] - bound), low, 1.0f), outside = e->y[i] / top - 1.0f;
    e->dy[i] = mean_weight(t) * (!safe || safe[i] >= 0.0f ? inside : outside);
  }
  back(t, AT_LAMBDA);
}

static evaluation_id trained(int r) {
  static const evaluation_id id[ROLE_COUNT] = {
      [ROLE_PI] = AT_PI, [ROLE_MU] = AT_MU, [ROLE_PI_H] = AT_PI_H,     [ROLE_MU_H] = AT_MU_H, [ROLE_Q1] = AT_Q1,
      [ROLE_Q2] = AT_Q2, [ROLE_QH] = AT_QH, [ROLE_LAMBDA] = AT_LAMBDA, [ROLE_QC] = AT_QC};
  return id[r];
}

/* coefficients of the next Adam step of a role */
static adam_step next_step(const learner *l, int r) {
  const bool is_critic = r < ROLE_COUNT && roles[r].critic;
  const double rate = is_critic          ? l->set.rate_critic
                      : r == ROLE_LAMBDA ? l->set.rate_lambda
                      : r == ROLE_ALPHA  ? l->set.rate_alpha
                                         : l->set.rate_player;
  return adam_coefficients(rate * (double)l->rate_factor, BETA1, BETA2, l->count->power1[r] * BETA1,
                           l->count->power2[r] * BETA2, 1e-8, is_critic ? l->set.tau : l->set.average);
}

/* L_alpha = E[ -log_alpha (log pi(u|x) + Hbar) ], Hbar = entropy x nu. [RIS] eq. (27), by the gradient on log_alpha */
static void temperature_step(learner *l) {
  double sum = 0.0;
  const float *logp = l->eval[AT_PI].logp;
  for (int i = 0; i < l->panels * LANES; ++i) sum += (double)logp[i] + l->set.entropy * (double)l->nu;
  float *a = l->log_alpha, gradient[LANES] = {(float)(-sum / (double)(l->panels * LANES))};
  const adam_step step = next_step(l, ROLE_ALPHA);
  if (!l->kernels->adam(a, a + LANES, a + 2 * LANES, NULL, gradient, LANES, &step)) learner_report_fault(l, ROLE_ALPHA);
}

void learn(team *t, unsigned mask) {
  learner *l = t->learner;
  duro_pool_barrier(l->pool);
  int index = 0, count = 0;
  for (int r = 0; r < ROLE_COUNT; ++r) count += (mask & ROLE(r)) != 0;
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!(mask & ROLE(r))) continue;
    const adam_step step = next_step(l, r);
    if (!mlp_step(l->kernels, &l->eval[trained(r)].tape, &l->nets[r].state, &step, l->step_scratch[t->thread],
                  l->panels, index++, count, t->thread, t->threads))
      learner_report_fault(l, r);
  }
  if (t->thread == 0 && mask & ROLE(ROLE_ALPHA)) temperature_step(l);
  duro_pool_barrier(l->pool);
  if (t->thread != 0) return;
  for (int r = 0; r < STEPPED_COUNT; ++r) {
    if (!(mask & ROLE(r))) continue;
    ++l->count->steps[r];
    l->count->power1[r] *= BETA1;
    l->count->power2[r] *= BETA2;
  }
}
