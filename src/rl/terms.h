/* What the terms share: of policies with a density in terms.c, of categorical ones in discrete.c. */
#ifndef DURO_RL_TERMS_H
#define DURO_RL_TERMS_H

#include "base/math.h"
#include "rl/learner.h"

/* the lanes [start, start + n) of an array of d features that belong to this thread */
typedef struct lanes {
  ptrdiff_t start;
  int n;
} lanes;

static inline lanes own(const team *t, int d) {
  return (lanes){(ptrdiff_t)t->first * d * LANES, t->count * d * LANES};
}

static inline evaluation *eval_of(team *t, evaluation_id id) {
  return &t->learner->eval[id];
}

/* per-sample 1/B of every mean */
static inline float mean_weight(const team *t) {
  return 1.0f / (float)(t->learner->panels * LANES);
}

static inline void fill(team *t, float *lane_values, float value) {
  const lanes w = own(t, 1);
  for (ptrdiff_t i = w.start; i < w.start + w.n; ++i) lane_values[i] = value;
}

/* The share of the slope of the reward with learn.hold=blend: none where Q_h is below the margin, all above the band.
 */
static inline float reward_share(const learner *l, float qh) {
  return m_clampf((qh - (float)l->set.margin) / (float)l->set.hold_band, 0.0f, 1.0f);
}

/* What dual ascent of the multiplier sees of Q_h. [DRAC] L_A */
static inline float clipped_value(const learner *l, float qh) {
  return m_clampf(qh - (float)l->set.margin, (float)l->set.clip_low, 1.0f);
}

/* adds (P x 16) values to a metric */
void tally(team *t, metric id, const float *lane_values);
/* one over the root mean square of a slope; 1 where slopes are not scaled, or before the first is known */
float scale_of(const learner *l, int which);
/* corner number c of the disturbance box, on the thread's panels */
const float *corner(team *t, int c);
/* d loss / d output of a trained player through its head and network; of a categorical one it lies in the tape */
void back(team *t, evaluation_id id);
/* dy (P x d x 16) = or += weight[sample] dx, dx being features [at, at + d) of a critic's slopes */
void descend(team *t, float *dy, int d, const evaluation *q, int at, const float *weight, bool add);
/* (P x 16) min_j Q_j, the learner's scratch; its slopes are in the dx of critic one */
const float *back_of_min(team *t, evaluation_id one, evaluation_id two);

/* learn.levels: what dual ascent sees of Q_h under pi, the learner's scratch */
const float *expected_hold(team *t);
/* log-probabilities and probabilities of a categorical policy, its entropy and its mode, from its outputs */
void softmax(team *t, evaluation *e);

#endif
