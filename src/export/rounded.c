/* Policies whose weights are rounded to 16 bits. */
#include "export/rounded.h"

#include <math.h>
#include <string.h>

#include "base/purposes.h"
#include "export/inputs.h"
#include "policy/policy.h"

enum { MOST = 32767, OBSERVATIONS = 20000 };

float export_step_of(const float *values, size_t n) {
  float most = 0.0f;
  int exponent;
  for (size_t i = 0; i < n; i++) most = fmaxf(most, fabsf(values[i]));
  if (most == 0.0f || !isfinite(most)) return 1.0f;
  frexpf(most, &exponent);
  return ldexpf(1.0f, exponent - 15 > -126 ? exponent - 15 : -126); // 1 / 2^126 is the smallest that is not subnormal
}

static void round_weights(float *weights, size_t n) {
  const float step = export_step_of(weights, n);
  for (size_t i = 0; i < n; i++) {
    const float whole = rintf(weights[i] / step);
    if (!isfinite(weights[i])) continue; // is refused later
    weights[i] = step * (whole > MOST ? (float)MOST : whole < -MOST ? (float)-MOST : whole);
  }
}

/* The parameters of a network, rounded; NULL where memory ran out. */
static float *copy_rounded(const policy_net *net) {
  float *params = duro_allocate(sizeof *params * net->shape.params);
  if (!params) return NULL;
  memcpy(params, net->params, sizeof *params * net->shape.params);
  for (int i = 0; i < net->shape.layers; i++) {
    const mlp_layer *layer = &net->shape.layer[i];
    round_weights(params + layer->w, (size_t)layer->out * (size_t)layer->ld);
  }
  return params;
}

static void describe(policy_parts *parts, const duro_policy *policy) {
  const duro_policy_info *info = &policy->info;
  *parts = (policy_parts){.algorithm = info->algorithm,
                          .environment = info->environment,
                          .deployed = info->deployed,
                          .no = info->no,
                          .nu = info->nu,
                          .na = info->na,
                          .levels = info->levels,
                          .step = info->step,
                          .update = info->update,
                          .margin = info->margin,
                          .corners = policy->corners,
                          .greedy = policy->greedy,
                          .h_unit = info->h_unit,
                          .obs_shift = policy->obs_shift,
                          .obs_scale = policy->obs_scale,
                          .lambda_max = (double)policy->lambda_max};
}

duro_status export_round(duro_policy **rounded, const duro_policy *policy) {
  policy_parts parts;
  float *owned[ROLE_COUNT] = {NULL};
  duro_status status = DURO_OK;
  *rounded = NULL;
  describe(&parts, policy);
  for (int r = 0; !status && r < ROLE_COUNT; r++) {
    const policy_net *net = &policy->nets[r];
    if (!net->present) continue;
    owned[r] = copy_rounded(net);
    if (!owned[r]) status = DURO_ERROR_MEMORY;
    parts.net[r].params = owned[r], parts.net[r].inputs = net->shape.layer[0].in;
    parts.width = net->shape.layer[0].out, parts.hidden = net->shape.layers - 1;
  }
  if (!status) status = policy_create(rounded, &parts);
  for (int r = 0; r < ROLE_COUNT; r++) duro_release(owned[r]);
  return status;
}

/* the largest difference of an action */
static void compare(double *most, const plan *p, const duro_policy *policy, const float *obs, duro_act act) {
  float u[MAX_ACTION], other[MAX_ACTION];
  duro_policy_act(p->policy, u, obs, act, 0);
  duro_policy_act(policy, other, obs, act, 0);
  for (int i = 0; i < policy->info.nu; i++) {
    const double apart = fabs((double)u[i] - (double)other[i]);
    if (apart > *most) *most = apart; // gcc 12 for aarch64 ends with an internal error at the loop with fmax
  }
}

void export_measure_rounding(rounding *out, const plan *rounded, const duro_policy *policy) {
  float obs[MAX_OBS], u[MAX_ACTION];
  duro_stream stream = duro_stream_at(3, DURO_PURPOSE_EXPORT, 0);
  *out = (rounding){.observations = OBSERVATIONS};
  for (int k = 0; k < OBSERVATIONS; k++) {
    export_inputs_draw(rounded, obs, &stream, k % 2);
    if (rounded->task) compare(&out->task, rounded, policy, obs, DURO_ACT_TASK);
    if (rounded->safe) compare(&out->safe, rounded, policy, obs, DURO_ACT_SAFETY);
    const bool replaced = duro_policy_act(policy, u, obs, rounded->act, rounded->margin);
    out->decisions += replaced != duro_policy_act(rounded->policy, u, obs, rounded->act, rounded->margin);
    if (rounded->value)
      out->value = fmax(out->value, fabs((double)duro_policy_safety_value(policy, obs) -
                                         (double)duro_policy_safety_value(rounded->policy, obs)));
  }
}
