/* The steps of an update: Adam and the slow copies of every role that has a gradient, and the temperature. */
#include "base/math.h"
#include "rl/learner.h"

#define BETA1 .9        /* Adam's, as the field leaves them */
#define BETA1_NORMED .5 /* CrossQ's (Bhatt et al. 2024) */
#define BETA2 .999

static double beta1_of(const learner *l, int r) {
  return r < ROLE_COUNT && l->nets[r].state.norm ? BETA1_NORMED : BETA1;
}

evaluation_id learner_trained(int r) {
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
  const double beta1 = beta1_of(l, r);
  return adam_coefficients(rate * (double)l->rate_factor, beta1, BETA2, l->count->power1[r] * beta1,
                           l->count->power2[r] * BETA2, 1e-8, is_critic ? l->set.tau : l->set.average);
}

/* Hbar: entropy x nu, of a categorical policy a share of log K, the entropy of the uniform one */
static double wanted_entropy(const learner *l) {
  return l->vectors ? l->set.entropy_share * (double)m_logf((float)l->vectors) : l->set.entropy * (double)l->nu;
}

/* L_alpha = E[ -log_alpha (log pi(u|x) + Hbar) ]. [RIS] eq. (27), by the gradient on log_alpha */
static void temperature_step(learner *l) {
  double sum = 0.0;
  const float *logp = l->eval[AT_PI].logp;
  const double wanted = wanted_entropy(l);
  for (int i = 0; i < l->panels * LANES; ++i) sum += (double)logp[i] + wanted;
  float *a = l->log_alpha, gradient[LANES] = {(float)(-sum / (double)(l->panels * LANES))};
  const adam_step step = next_step(l, ROLE_ALPHA);
  if (!l->kernels->adam(a, a + LANES, a + 2 * LANES, NULL, gradient, LANES, &step)) learner_report_fault(l, ROLE_ALPHA);
}

void learn(team *t, unsigned mask) {
  learner *l = t->learner;
  if (l->transport) ranks_meet(t, mask);
  duro_pool_barrier(l->pool);
  int index = 0, count = 0;
  for (int r = 0; r < ROLE_COUNT; ++r) count += (mask & ROLE(r)) != 0;
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!(mask & ROLE(r))) continue;
    const adam_step step = next_step(l, r);
    if (!mlp_step(l->kernels, &l->eval[learner_trained(r)].tape, &l->nets[r].state, &step, l->step_scratch[t->thread],
                  l->nets[r].state.norm ? 2 * l->panels : l->panels, index++, count, t->thread, t->threads))
      learner_report_fault(l, r);
  }
  if (t->thread == 0 && mask & ROLE(ROLE_ALPHA)) temperature_step(l);
  duro_pool_barrier(l->pool);
  if (t->thread != 0) return;
  for (int r = 0; r < STEPPED_COUNT; ++r) {
    if (!(mask & ROLE(r))) continue;
    ++l->count->steps[r];
    l->count->power1[r] *= beta1_of(l, r);
    l->count->power2[r] *= BETA2;
  }
}
