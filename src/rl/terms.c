/* One function per equation. Each thread works on its own panels; the sums of all metrics are kept panel by panel and
 * added up in the order of the panels, so that no result depends on the number of threads. */
#include "rl/terms.h"

#include "base/purposes.h"

#include <math.h>
#include <string.h>

void tally(team *t, metric id, const float *lane_values) {
  const learner *l = t->learner;
  for (int p = t->first; p < t->first + t->count; ++p) {
    double sum = 0.0;
    for (int i = 0; i < LANES; ++i) sum += (double)lane_values[(ptrdiff_t)p * LANES + i];
    l->sums[(int)id * l->panels + p] += sum;
  }
}

/* Every evaluation starts here: the network's raw outputs on the thread's panels. */
static const float *forward(team *t, evaluation *e, const float *x) {
  mlp_forward(t->learner->kernels, &e->tape, e->weights, x, t->first, t->count);
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
  switch (role_head(e->role, l->levels)) {
  case HEAD_CATEGORICAL:
    softmax(t, e);
    break;
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

/* features of one part into a joined input (P x inputs x 16) */
static void join(team *t, float *in, int inputs, const float *part, int at, int d) {
  for (int p = t->first; p < t->first + t->count; ++p)
    memcpy(in + ((ptrdiff_t)p * inputs + at) * LANES, part + (ptrdiff_t)p * d * LANES,
           sizeof(float) * (size_t)d * LANES);
}

/* (x, u, a) of a critic, or (x, u) of one that does not see the disturbance */
static void join_all(team *t, float *in, role r, const float *x, const float *u, const float *a) {
  const learner *l = t->learner;
  const int inputs = l->nets[r].inputs;
  join(t, in, inputs, x, 0, l->no);
  join(t, in, inputs, u, l->no, l->nu);
  if (l->algorithm->sees_a & ROLE(r)) join(t, in, inputs, a, l->no + l->nu, l->na);
}

enum { RENORMALISE_AFTER = 100000 }; // updates, CrossQ's: until then the running statistics follow too slowly

static norm_part part_of(const team *t) {
  const learner *l = t->learner;
  return (norm_part){.pool = l->pool,
                     .thread = t->thread,
                     .threads = t->threads,
                     .first = t->first,
                     .count = t->count,
                     .panels = l->panels,
                     .blocks = 2};
}

/* A normed critic at the replayed (x, u, a) and at the (x', u', a') of its target, one batch. CrossQ (Bhatt et al.
 * 2024), eq. (2): returns the values at x'; those at x are in the tape. */
static const float *critic_jointly(team *t, role r, const float *x2, const float *u2, const float *a2) {
  learner *l = t->learner;
  const net *n = &l->nets[r];
  const batch *b = &l->batch;
  const norm_part part = part_of(t);
  const ptrdiff_t half = (ptrdiff_t)l->panels * LANES;
  join_all(t, n->joint.in[0], r, b->x, b->u, b->a);
  join_all(t, n->joint.in[0] + half * n->inputs, r, x2, u2, a2);
  norm_forward(l->kernels, &n->norm, &n->joint, n->state.w, l->count->update >= RENORMALISE_AFTER, &part);
  if (l->set.corners && r == ROLE_QH) norm_fold_batch(l->kernels, &n->norm, &n->shape, n->state.w, &part);
  return mlp_out(&n->joint.tape) + half;
}

/* The value of a critic at other (x, u, a) than those it is trained at. */
const float *critic_elsewhere(team *t, evaluation_id id, const float *x, const float *u, const float *a) {
  evaluation *e = eval_of(t, id);
  join_all(t, e->in, e->role, x, u, a);
  return forward(t, e, e->in);
}

/* The value of a critic at (x, u, a); a critic that does not see the disturbance ignores a. A normed one is evaluated
 * at x where its target is. */
const float *critic(team *t, evaluation_id id, const float *x, const float *u, const float *a) {
  const evaluation *e = eval_of(t, id);
  const bool normed = t->learner->nets[e->role].state.norm != NULL;
  if (normed && e->next) return critic_jointly(t, e->role, x, u, a);
  if (normed && e->tape.kind == TAPE_TRAIN) return mlp_out(&e->tape);
  return critic_elsewhere(t, id, x, u, a);
}

/* The disturbance of mu_h at x: mu_h(x), or mu_h(x, u) with learn.mu_h_sees_u. */
const float *answer(team *t, evaluation_id id, const float *x, const float *u) {
  const learner *l = t->learner;
  if (!learner_sees_u(l)) return play(t, id, x);
  evaluation *e = eval_of(t, id);
  const int inputs = l->nets[e->role].inputs;
  join(t, e->in, inputs, x, 0, l->no);
  join(t, e->in, inputs, u, l->no, l->nu);
  return play(t, id, e->in);
}

/* even samples of one array (P x d x 16), odd samples of another */
static const float *alternate(team *t, float *out, const float *even, const float *odd, int d) {
  const lanes w = own(t, d);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) out[i] = i % 2 ? odd[i] : even[i]; // LANES is even
  return out;
}

/* The disturbances of mu_h at x against pi_h's control and, where there is one, against pi's. A mu_h(x, u) is trained
 * where AT_MU_H is: on even samples against pi_h, on odd ones against pi; REST_MU_H has the other half. */
answers answer_both(team *t, const float *uh, const float *u) {
  learner *l = t->learner;
  const float *x = l->batch.x;
  if (!learner_sees_u(l) || !u) {
    const float *a = answer(t, AT_MU_H, x, uh);
    return (answers){a, a};
  }
  const float *a = answer(t, AT_MU_H, x, alternate(t, l->half, uh, u, l->nu));
  const float *rest = answer(t, REST_MU_H, x, alternate(t, l->half, u, uh, l->nu));
  return (answers){alternate(t, l->answers[0], a, rest, l->na), alternate(t, l->answers[1], rest, a, l->na)};
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
const float *corner(team *t, int c) {
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

/* min over {mu_h(x'), corners} of Qbar_h(x', uh2, a), uh2 the control of safest_next; without it the disturbance is the
 * control. Departs from [RIS] eq. (22), which has mu_h alone: where the disturbance enters linearly its worst value is
 * a corner, and a slow mu_h then does no harm. */
const float *worst_next(team *t, const float *uh2, const float *qh) {
  learner *l = t->learner;
  if (!l->set.corners) return qh;
  const lanes w = own(t, 1);
  memcpy(l->worst + w.start, qh + w.start, sizeof(float) * (size_t)w.n);
  for (int c = 0; c < 1 << l->na; ++c) {
    const float *a = corner(t, c);
    const float *q = critic_elsewhere(t, NEXT_QH, l->batch.x2, uh2 ? uh2 : a, a);
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

/* Back through a critic from its dout; of a normed one the target's half has none. */
static void critic_back(team *t, const evaluation *e) {
  const learner *l = t->learner;
  const net *n = &l->nets[e->role];
  const lanes w = own(t, 1);
  if (!n->state.norm) {
    mlp_backward(l->kernels, &e->tape, n->state.w, NULL, 0, 0, t->first, t->count);
    return;
  }
  const norm_part part = part_of(t);
  memset(mlp_dout(&e->tape) + (ptrdiff_t)l->panels * LANES + w.start, 0, sizeof(float) * (size_t)w.n);
  norm_backward(l->kernels, &n->norm, &n->joint, n->state.w, &part);
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
  critic_back(t, e);
}

/* Slopes dQ/du, dQ/da of a critic at the players' actions. */
void slope(team *t, evaluation_id id) {
  const learner *l = t->learner;
  evaluation *e = eval_of(t, id);
  const net *n = &l->nets[e->role];
  fill(t, mlp_dout(&e->tape), 1.0f);
  mlp_backward(l->kernels, &e->tape, e->weights, e->dx, l->no, n->inputs - l->no, t->first, t->count);
}

/* Slopes of a critic at n samples of the thread's own, into `dx`; those lie side by side first, in `packed`. */
static void slope_at(team *t, const evaluation *e, float *dx, float *packed, const int *sample, int n) {
  const learner *l = t->learner;
  const int d = l->nets[e->role].inputs - l->no;
  mlp_slope_at(l->kernels, &e->tape, e->weights, packed, l->no, d, sample, n, t->first);
  packed += own(t, d).start;
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < d; ++k)
      dx[(sample[i] / LANES * d + k) * LANES + sample[i] % LANES] = packed[(i / LANES * d + k) * LANES + i % LANES];
}

/* Slopes of min_j Q_j, all in the dx of critic one: each sample goes back through the smaller critic alone. */
const float *back_of_min(team *t, evaluation_id one, evaluation_id two) {
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
  slope_at(t, e1, e1->dx, e2->dx, order, firsts);
  slope_at(t, e2, e1->dx, e2->dx, order + firsts, seconds);
  return smaller;
}

void slope_of_min(team *t, evaluation_id one, evaluation_id two) {
  tally(t, METRIC_MEAN_Q, back_of_min(t, one, two));
}

/* d loss / d output of a trained player through its head and network */
void back(team *t, evaluation_id id) {
  learner *l = t->learner;
  const duro_kernels *k = l->kernels;
  evaluation *e = eval_of(t, id);
  const lanes w = own(t, e->d);
  float *dz = mlp_dout(&e->tape);
  switch (role_head(e->role, l->levels)) {
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
  case HEAD_CATEGORICAL:
    break;
  }
  mlp_backward(k, &e->tape, e->weights, NULL, 0, 0, t->first, t->count);
}

/* dy (P x d x 16) = or += weight[sample] dx, dx being features [at, at + d) of a critic's slopes */
void descend(team *t, float *dy, int d, const evaluation *q, int at, const float *weight, bool add) {
  const int width = t->learner->nets[q->role].inputs - t->learner->no;
  for (int p = t->first; p < t->first + t->count; ++p)
    for (int i = 0; i < d; ++i) {
      float *out = dy + ((ptrdiff_t)p * d + i) * LANES;
      const float *dx = q->dx + ((ptrdiff_t)p * width + at + i) * LANES, *w = weight + (ptrdiff_t)p * LANES;
      for (int j = 0; j < LANES; ++j) out[j] = (add ? out[j] : 0.0f) + w[j] * dx[j];
    }
}

/* sums of squared slopes with respect to the control, for learner.c's running means */
static void sum_squares(team *t, int which, const evaluation *q) {
  const learner *l = t->learner;
  const int width = l->nets[q->role].inputs - l->no, n = l->nu * LANES;
  for (int p = t->first; p < t->first + t->count; ++p) {
    const float *dx = q->dx + (ptrdiff_t)p * width * LANES;
    double sum = 0.0;
    for (int i = 0; i < n; ++i) sum += (double)dx[i] * (double)dx[i];
    l->squares[which * l->panels + p] = sum;
  }
}

/* one over the root mean square of a slope; 1 where slopes are not scaled, or before the first is known */
float scale_of(const learner *l, int which) {
  const double square = l->mean_square ? l->mean_square[which] : 1.0;
  return square > 0.0 ? (float)(1.0 / sqrt(square)) : 1.0f;
}

/* L = E[ alpha log pi - min_j Q_j(x, u[, mu]) - lambda(x) Q_h(x, u[, mu_h]) ], u ~ pi, or + lambda Q_c(x, u);
 * optionally each sample divided by 1 + lambda(x), which bounds the step where lambda is large. [RIS] eq. (28)-(30),
 * [DRAC]. Departs from it where learn.hold is set: the slopes of the reward's part and of Q_h are divided by their
 * running root mean squares, and with blend a share of each takes the multiplier's place. */
void task_loss(team *t) {
  learner *l = t->learner;
  evaluation *e = eval_of(t, AT_PI);
  const lanes w = own(t, 1);
  const bool held = learner_has(l, ROLE_LAMBDA), costs = learner_has(l, ROLE_QC), blend = l->hold == HOLD_BLEND;
  const evaluation *q = !held ? NULL : eval_of(t, costs ? TASK_QC : TASK_QH);
  const float *lambda = held ? eval_of(t, AT_LAMBDA)->y : NULL, *value = held ? mlp_out(&q->tape) : NULL;
  if (l->mean_square) sum_squares(t, SLOPE_REWARD, eval_of(t, TASK_Q1)), sum_squares(t, SLOPE_SAFETY, q);
  const float reward = mean_weight(t) * scale_of(l, SLOPE_REWARD), safety = mean_weight(t) * scale_of(l, SLOPE_SAFETY);
  float *weight = l->weight, *entropy = e->dlogp; // dlogp is filled last
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    weight[i] =
        blend ? -reward * reward_share(l, value[i]) : -reward / (held && l->set.divide ? 1.0f + lambda[i] : 1.0f);
    entropy[i] = -e->logp[i];
  }
  tally(t, METRIC_ENTROPY, entropy);
  descend(t, e->dy, l->nu, eval_of(t, TASK_Q1), 0, weight, false);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    e->dlogp[i] = blend ? l->alpha * reward : -l->alpha * weight[i];
    if (blend)
      weight[i] = -safety * (1.0f - reward_share(l, value[i]));
    else if (held)
      weight[i] *= safety / reward * (costs ? -lambda[i] : lambda[i]);
  }
  if (held) {
    descend(t, e->dy, l->nu, q, 0, weight, true);
    tally(t, METRIC_MEAN_LAMBDA, lambda);
    tally(t, costs ? METRIC_MEAN_QC : METRIC_MEAN_QH_TASK, value);
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

/* do both pi_h and pi train mu_h(x, u)? */
static bool shared_adversary(const learner *l) {
  return learner_sees_u(l) && learner_has(l, ROLE_PI);
}

/* The worst by Q_h(x, u, .) of the disturbance a, where Q_h is qa, and, if they are looked at, the corners. */
static float *worst_of(team *t, const float *u, const float *a, const float *qa, bool corners) {
  learner *l = t->learner;
  const lanes w = own(t, 1), wa = own(t, l->na);
  memcpy(l->worst + w.start, qa + w.start, sizeof(float) * (size_t)w.n);
  memcpy(l->worst_a + wa.start, a + wa.start, sizeof(float) * (size_t)wa.n);
  for (int c = 0; corners && c < 1 << l->na; ++c) {
    const float *at_corner = corner(t, c);
    const float *q = critic(t, CORNER_QH, l->batch.x, u, at_corner);
    for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
      if (q[i] >= l->worst[i]) continue;
      l->worst[i] = q[i];
      for (int j = 0; j < l->na; ++j) {
        const ptrdiff_t at = (i / LANES * l->na + j) * LANES + i % LANES;
        l->worst_a[at] = at_corner[at];
      }
    }
  }
  return l->worst_a;
}

/* The disturbance that pi_h meets: the worst of mu_h and the corners, on a share of the batch the replayed one. */
static const float *worst_disturbance(team *t) {
  const learner *l = t->learner;
  const lanes w = own(t, 1);
  const float *a = shared_adversary(l) ? l->answers[0] : eval_of(t, AT_MU_H)->y;
  float *worst = worst_of(t, eval_of(t, AT_PI_H)->y, a, mlp_out(&eval_of(t, SAFE_QH)->tape), l->set.corners);
  const int replayed = (int)((double)(l->panels * LANES) * l->set.random_share);
  for (ptrdiff_t i = w.start; i < w.start + w.n && i < replayed; ++i)
    for (int j = 0; j < l->na; ++j) {
      const ptrdiff_t at = (i / LANES * l->na + j) * LANES + i % LANES;
      worst[at] = l->batch.a[at];
    }
  return worst;
}

/* Holds pi to min_a Q_h(x, u, a) over mu_h and the corners in place of Q_h(x, u, mu_h): mu_h(x) answers pi_h, not pi,
 * and one that has saturated on the wrong side holds nobody. (theory, section 4: the task constraint needs the minimum
 * at u ~ pi) */
void hold_to_corners(team *t, const float *u, const float *a) {
  const learner *l = t->learner;
  if (!l->set.corners_task) return;
  critic(t, TASK_QH, l->batch.x, u, worst_of(t, u, a, mlp_out(&eval_of(t, TASK_QH)->tape), true));
  slope(t, TASK_QH);
}

/* pi_h ascends E Q_h(x, pi_h(x), mu_h(x)). [RIS] eq. (23). Departs from it when learn.corners or learn.random_share is
 * set: then pi_h meets another disturbance than mu_h's. */
void safety_policy_loss(team *t) {
  learner *l = t->learner;
  evaluation *e = eval_of(t, AT_PI_H), *q = eval_of(t, SAFE_QH);
  const lanes w = own(t, 1);
  const float *value = mlp_out(&q->tape);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) l->weight[i] = value[i] >= 0.0f ? 1.0f : 0.0f;
  tally(t, METRIC_FEASIBLE, l->weight);
  tally(t, METRIC_MEAN_QH_SAFE, value);
  if (l->set.corners || l->set.random_share > 0.0) {
    critic(t, WORST_QH, l->batch.x, e->y, worst_disturbance(t));
    slope(t, WORST_QH);
    q = eval_of(t, WORST_QH);
  }
  fill(t, l->weight, -mean_weight(t));
  descend(t, e->dy, l->nu, q, 0, l->weight, false);
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

/* mu_h descends E Q_h(x, pi_h(x), mu_h(x)); mu_h(x, u) descends it on even samples and E Q_h(x, u, mu_h(x, u)), u ~ pi,
 * on odd ones. [RIS] eq. (24) */
void safety_adversary_loss(team *t) {
  learner *l = t->learner;
  evaluation *e = eval_of(t, AT_MU_H);
  fill(t, l->weight, mean_weight(t));
  if (!shared_adversary(l)) {
    descend(t, e->dy, l->na, eval_of(t, SAFE_QH), l->nu, l->weight, false);
  } else {
    const lanes w = own(t, 1);
    for (ptrdiff_t i = w.start + 1; i < w.start + w.n; i += 2) l->weight[i] = 0.0f;
    descend(t, e->dy, l->na, eval_of(t, SAFE_QH), l->nu, l->weight, false);
    for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) l->weight[i] = i % 2 ? mean_weight(t) : 0.0f;
    descend(t, e->dy, l->na, eval_of(t, TASK_QH), l->nu, l->weight, true);
  }
  back(t, AT_MU_H);
}

/* d L_lambda / d lambda of the mean number of violating steps: ascends E Q_c - cost_limit. Not clipped, since the mean
 * is what is held. SAC-Lag (theory, section 5) */
static void cost_multiplier_slope(team *t, float *slope_of_lambda) {
  const learner *l = t->learner;
  const lanes w = own(t, 1);
  const float *cost = mlp_out(&eval_of(t, TASK_QC)->tape), limit = (float)l->set.cost_limit;
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) slope_of_lambda[i] = mean_weight(t) * (limit - cost[i]);
}

/* L_A = E[ I lambda clip(Q_h(x, u, mu_h) - margin) ], dual ascent where a finite multiplier exists;
 * L_B = E[ (1 - I) (lambda - lambda_max)^2 / (2 lambda_max) ], saturation outside the set; I = [Q_h(x, pi_h, mu_h) >=
 * 0]. [DRAC]; the scale of L_B is ours: unscaled its gradient, up to 100 times that of L_A, drowns it in Adam's
 * moments. Without the value of a safety policy I = 1. */
static void safety_multiplier_slope(team *t, float *slope_of_lambda) {
  const learner *l = t->learner;
  const lanes w = own(t, 1);
  const bool judged = learner_has(l, ROLE_PI_H) && l->set.evaluate_pi_h;
  const float *task = mlp_out(&eval_of(t, TASK_QH)->tape), *safe = judged ? mlp_out(&eval_of(t, SAFE_QH)->tape) : NULL;
  const float *lambda = eval_of(t, AT_LAMBDA)->y;
  const float *expected = l->levels ? expected_hold(t) : NULL, top = (float)l->set.lambda_max;
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const float inside = expected ? expected[i] : clipped_value(l, task[i]), outside = lambda[i] / top - 1.0f;
    slope_of_lambda[i] = mean_weight(t) * (!safe || safe[i] >= 0.0f ? inside : outside);
  }
}

/* lambda descends L_lambda, on its turns. [RIS] eq. (31), [DRAC] */
void multiplier_loss(team *t) {
  if (!t->lambda_turn) return;
  float *dy = eval_of(t, AT_LAMBDA)->dy;
  if (learner_has(t->learner, ROLE_QC))
    cost_multiplier_slope(t, dy);
  else
    safety_multiplier_slope(t, dy);
  back(t, AT_LAMBDA);
}
