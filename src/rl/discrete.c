/* The terms of categorical policies (learn.levels): expectations over all K control vectors in place of samples. The
 * critics are asked at each vector, so no gradient of theirs with respect to the control is needed; the disturbance
 * stays a continuous player. Arrays over the vectors are (P x K x 16). */
#include "rl/terms.h"

#include "policy/levels.h"

#include <math.h>
#include <string.h>

/* where the values of a sample begin; they lie LANES apart */
static ptrdiff_t first_of(const learner *l, ptrdiff_t sample) {
  return sample / LANES * l->vectors * LANES + sample % LANES;
}

/* E[v], v of the vectors of a sample under its probabilities */
static float expectation(const learner *l, const float *prob, const float *v) {
  float sum = 0.0f;
  for (int k = 0; k < l->vectors; ++k) sum += prob[k * LANES] * v[k * LANES];
  return sum;
}

/* control vector k in all lanes */
static const float *vector(team *t, int k) {
  const learner *l = t->learner;
  for (int p = t->first; p < t->first + t->count; ++p)
    for (int i = 0; i < l->nu; ++i) {
      const float u = levels_control(k, i, l->levels);
      for (int j = 0; j < LANES; ++j) l->vector[((ptrdiff_t)p * l->nu + i) * LANES + j] = u;
    }
  return l->vector;
}

/* values (P x 16) into place k of an array over the vectors */
static void put(team *t, float *all, int k, const float *values) {
  const learner *l = t->learner;
  for (int p = t->first; p < t->first + t->count; ++p)
    memcpy(all + ((ptrdiff_t)p * l->vectors + k) * LANES, values + (ptrdiff_t)p * LANES, sizeof *all * LANES);
}

void softmax(team *t, evaluation *e) {
  const learner *l = t->learner;
  const int count = l->vectors;
  const lanes w = own(t, 1);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const ptrdiff_t at = first_of(l, i);
    const float *z = mlp_out(&e->tape) + at;
    float *logs = e->logs + at, *prob = e->prob + at, sum = 0.0f;
    const int best = levels_best(z, count, LANES);
    for (int k = 0; k < count; ++k) {
      logs[k * LANES] = z[k * LANES] - z[best * LANES];
      prob[k * LANES] = m_expf(logs[k * LANES]);
      sum += prob[k * LANES];
    }
    const float log_sum = m_logf(sum);
    for (int k = 0; k < count; ++k) prob[k * LANES] /= sum, logs[k * LANES] -= log_sum;
    e->logp[i] = expectation(l, prob, logs);
    for (int c = 0; c < l->nu; ++c)
      e->y[(i / LANES * l->nu + c) * LANES + i % LANES] = levels_control(best, c, l->levels);
  }
}

/* ---- targets ---- */

/* y = r + gamma E[ min_j Qbar_j(x', u) - alpha log pi(u|x') ], u ~ pi, without the bootstrap after a failure;
 * Christodoulou 2019. With a performance adversary Qbar_j(x', u, mu(x')). */
const float *expected_target(team *t, const float *a2) {
  learner *l = t->learner;
  const evaluation *e = eval_of(t, NEXT_PI);
  const lanes w = own(t, 1);
  const float gamma = (float)l->set.gamma, scale = (float)l->set.reward_scale;
  fill(t, l->target, 0.0f);
  for (int k = 0; k < l->vectors; ++k) {
    const float *u = vector(t, k);
    const float *q1 = critic(t, NEXT_Q1, l->batch.x2, u, a2), *q2 = critic(t, NEXT_Q2, l->batch.x2, u, a2);
    for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
      const ptrdiff_t at = first_of(l, i) + (ptrdiff_t)k * LANES;
      const float q = q1[i] < q2[i] ? q1[i] : q2[i];
      l->target[i] += e->prob[at] * (q - l->alpha * e->logs[at]);
    }
  }
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const float next = (1.0f - l->batch.failed[i]) * l->target[i];
    l->target[i] = scale * l->batch.r[i] + gamma * next;
  }
  return l->target;
}

/* ---- values of all vectors ---- */

/* Q_h(x, u, a) of every vector, the least over a of mu_h's answer to pi_h and, where they are looked at, the corners.
 */
const float *safety_values(team *t, const float *a, bool corners) {
  learner *l = t->learner;
  const lanes w = own(t, 1);
  for (int k = 0; k < l->vectors; ++k) {
    const float *u = vector(t, k);
    const float *q = critic(t, CORNER_QH, l->batch.x, u, a);
    memcpy(l->worst + w.start, q + w.start, sizeof(float) * (size_t)w.n);
    for (int c = 0; corners && c < 1 << l->na; ++c) {
      q = critic(t, CORNER_QH, l->batch.x, u, corner(t, c));
      for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) l->worst[i] = q[i] < l->worst[i] ? q[i] : l->worst[i];
    }
    put(t, l->value_h, k, l->worst);
  }
  return l->value_h;
}

/* min_j Q_j(x, u[, a]) of every vector; where there is a performance adversary its slope is summed up on the way: mu
 * descends E min_j Q_j(x, u, mu(x)), u ~ pi. [DRAC] */
const float *task_values(team *t, const float *a) {
  learner *l = t->learner;
  const evaluation *e = eval_of(t, AT_PI);
  const lanes w = own(t, 1);
  for (int k = 0; k < l->vectors; ++k) {
    const float *u = vector(t, k);
    const float *q1 = critic(t, TASK_Q1, l->batch.x, u, a), *q2 = critic(t, TASK_Q2, l->batch.x, u, a);
    if (!a) {
      for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) l->weight[i] = q1[i] < q2[i] ? q1[i] : q2[i];
      put(t, l->value, k, l->weight);
      continue;
    }
    put(t, l->value, k, back_of_min(t, TASK_Q1, TASK_Q2));
    for (ptrdiff_t i = w.start; i < w.start + w.n; ++i)
      l->weight[i] = mean_weight(t) * e->prob[first_of(l, i) + (ptrdiff_t)k * LANES];
    descend(t, eval_of(t, AT_MU)->dy, l->na, eval_of(t, TASK_Q1), l->nu, l->weight, k > 0);
  }
  if (a) back(t, AT_MU);
  return l->value;
}

/* E[v] under pi, into the scratch of a term */
static const float *expected(team *t, const float *v) {
  const learner *l = t->learner;
  const evaluation *e = eval_of(t, AT_PI);
  const lanes w = own(t, 1);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i)
    l->weight[i] = expectation(l, e->prob + first_of(l, i), v + first_of(l, i));
  return l->weight;
}

/* ---- losses of the policies ---- */

/* d/dz of the mean over the batch of -E[ log pi(u|x) ], u ~ softmax(score / temperature), pi = softmax(z): what is
 * wanted of pi is known exactly, so it is regressed on. The slope of E[ temperature log pi - score ], u ~ pi, has the
 * same zero, but vanishes where pi is certain, and a policy that is certain of the wrong vector stays there. */
static void regress(const learner *l, float *dz, const float *prob, const float *score, float temperature,
                    float weight) {
  float wanted[LEVELS_MOST], sum = 0.0f;
  const int best = levels_best(score, l->vectors, 1);
  for (int k = 0; k < l->vectors; ++k) sum += wanted[k] = m_expf((score[k] - score[best]) / temperature);
  for (int k = 0; k < l->vectors; ++k) dz[k * LANES] = weight * (prob[k * LANES] - wanted[k] / sum);
}

/* pi_h(x) = argmax_u min_a Q_h(x, u, a), [RIS] Algorithm 1, for eq. (23), by the cross entropy; of several the first.
 * What it does is its mode, whose value Q_h is. */
void greedy_safety_loss(team *t, const float *values) {
  learner *l = t->learner;
  const evaluation *e = eval_of(t, AT_PI_H);
  const float *value = mlp_out(&eval_of(t, SAFE_QH)->tape);
  const lanes w = own(t, 1);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) l->weight[i] = value[i] >= 0.0f ? 1.0f : 0.0f;
  tally(t, METRIC_FEASIBLE, l->weight);
  tally(t, METRIC_MEAN_QH_SAFE, value);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const ptrdiff_t at = first_of(l, i);
    const int best = levels_best(values + at, l->vectors, LANES);
    float *dz = mlp_dout(&e->tape) + at;
    for (int k = 0; k < l->vectors; ++k)
      dz[k * LANES] = mean_weight(t) * (e->prob[at + (ptrdiff_t)k * LANES] - (k == best ? 1.0f : 0.0f));
  }
  back(t, AT_PI_H);
}

/* sums of squared distances of the values of a sample from their mean, for learner.c's running means: what a slope with
 * respect to the control is where that is continuous */
static void sum_spreads(team *t, int which, const float *values) {
  const learner *l = t->learner;
  for (int p = t->first; p < t->first + t->count; ++p) {
    double sum = 0.0;
    for (ptrdiff_t i = (ptrdiff_t)p * LANES; i < (ptrdiff_t)(p + 1) * LANES; ++i) {
      const float *v = values + first_of(l, i);
      double mean = 0.0;
      for (int k = 0; k < l->vectors; ++k) mean += (double)v[k * LANES];
      mean /= l->vectors;
      for (int k = 0; k < l->vectors; ++k) sum += ((double)v[k * LANES] - mean) * ((double)v[k * LANES] - mean);
    }
    l->squares[which * l->panels + p] = sum;
  }
}

/* learn.hold=blend over vectors: their order is that of the constrained problem (theory, section 3), those of which Q_h
 * is above margin and band by reward, all others behind them by Q_h, with a straight blend in between. Whatever the
 * values are, the first kind has scores of at least 0 and the second of at most 0. */
static void blend(const learner *l, float *score, const float *q, const float *qh, float reward, float safety) {
  float least = q[0], safest = qh[0];
  for (int k = 1; k < l->vectors; ++k) {
    least = q[k * LANES] < least ? q[k * LANES] : least;
    safest = qh[k * LANES] > safest ? qh[k * LANES] : safest;
  }
  for (int k = 0; k < l->vectors; ++k) {
    const float share = reward_share(l, qh[k * LANES]);
    score[k] = share * reward * (q[k * LANES] - least) + (1.0f - share) * safety * (qh[k * LANES] - safest);
  }
}

/* The improvement of pi, [RIS] eq. (28) to (30), [DRAC], with its solution over vectors: pi(u|x) is proportional to
 * exp(score(x, u) / alpha), score = min_j Q_j(x, u[, mu]) + lambda(x) Q_h(x, u[, mu_h]); Christodoulou 2019.
 * With learn.hold the spreads of both over the vectors take the place of the slopes. values_h: NULL where nothing holds
 * pi. */
void soft_task_loss(team *t, const float *values, const float *values_h) {
  learner *l = t->learner;
  const evaluation *e = eval_of(t, AT_PI);
  const lanes w = own(t, 1);
  const float *lambda = values_h ? eval_of(t, AT_LAMBDA)->y : NULL;
  if (l->mean_square) sum_spreads(t, SLOPE_REWARD, values), sum_spreads(t, SLOPE_SAFETY, values_h);
  const float reward = scale_of(l, SLOPE_REWARD), safety = scale_of(l, SLOPE_SAFETY);
  tally(t, METRIC_MEAN_Q, expected(t, values));
  if (values_h) tally(t, METRIC_MEAN_QH_TASK, expected(t, values_h)), tally(t, METRIC_MEAN_LAMBDA, lambda);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) l->weight[i] = -e->logp[i];
  tally(t, METRIC_ENTROPY, l->weight);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const ptrdiff_t at = first_of(l, i);
    const float price = lambda ? safety * lambda[i] : 0.0f;
    float score[LEVELS_MOST];
    if (l->hold == HOLD_BLEND)
      blend(l, score, values + at, values_h + at, reward, safety);
    else
      for (int k = 0; k < l->vectors; ++k)
        score[k] =
            reward * values[at + (ptrdiff_t)k * LANES] + (lambda ? price * values_h[at + (ptrdiff_t)k * LANES] : 0.0f);
    regress(l, mlp_dout(&e->tape) + at, e->prob + at, score, l->alpha * reward, mean_weight(t));
  }
  back(t, AT_PI);
}

/* E[ clip(Q_h(x, u, mu_h) - margin) ], u ~ pi, in the scratch of a term */
const float *expected_hold(team *t) {
  const learner *l = t->learner;
  const evaluation *e = eval_of(t, AT_PI);
  const lanes w = own(t, 1);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) {
    const ptrdiff_t at = first_of(l, i);
    float sum = 0.0f;
    for (int k = 0; k < l->vectors; ++k)
      sum += e->prob[at + (ptrdiff_t)k * LANES] * clipped_value(l, l->value_h[at + (ptrdiff_t)k * LANES]);
    l->weight[i] = sum;
  }
  return l->weight;
}
