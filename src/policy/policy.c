#include "policy/policy.h"

#include "base/error.h"
#include "base/math.h"
#include "duro/io.h"
#include "io/hash.h"
#include "policy/frozen.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = sizeof((duro_policy *)0)->algorithm };

const role policy_role[] = {
    [DURO_NET_PI] = ROLE_PI,     [DURO_NET_PI_H] = ROLE_PI_H, [DURO_NET_MU] = ROLE_MU,
    [DURO_NET_MU_H] = ROLE_MU_H, [DURO_NET_QH] = ROLE_QH,     [DURO_NET_LAMBDA] = ROLE_LAMBDA,
};

static void layout(duro_policy *policy, bool scaled) {
  const size_t no = (size_t)policy->info.no;
  policy->obs_shift = scaled ? duro_arena_take(&policy->arena, sizeof(float) * no) : NULL;
  policy->obs_scale = scaled ? duro_arena_take(&policy->arena, sizeof(float) * no) : NULL;
  for (int r = 0; r < ROLE_COUNT; ++r) {
    policy_net *n = &policy->nets[r];
    if (!n->present) continue;
    n->params = duro_arena_take(&policy->arena, sizeof(float) * n->shape.params);
    for (int i = 0; i < n->shape.layers; ++i) {
      const size_t ldo = (size_t)round16(n->shape.layer[i].out);
      n->wt[i] = duro_arena_take(&policy->arena, sizeof(float) * (size_t)n->shape.layer[i].in * ldo);
      n->b[i] = duro_arena_take(&policy->arena, sizeof(float) * ldo);
    }
  }
}

static void fill(policy_net *n, const float *params) {
  memcpy(n->params, params, sizeof(float) * n->shape.params);
  for (int i = 0; i < n->shape.layers; ++i) {
    const mlp_layer *layer = &n->shape.layer[i];
    const int ldo = round16(layer->out);
    for (int o = 0; o < layer->out; ++o)
      for (int k = 0; k < layer->in; ++k)
        n->wt[i][(ptrdiff_t)k * ldo + o] = params[layer->w + (size_t)o * (size_t)layer->ld + (size_t)k];
    memcpy(n->b[i], params + layer->b, sizeof(float) * (size_t)ldo);
  }
}

duro_status policy_create(duro_policy **out, const policy_parts *parts) {
  *out = NULL;
  duro_policy *policy = duro_allocate(sizeof *policy);
  if (!policy) return DURO_ERROR_MEMORY;
  policy->rooms = duro_allocate(sizeof *policy->rooms);
  if (!policy->rooms) {
    duro_policy_destroy(policy);
    return DURO_ERROR_MEMORY;
  }
  snprintf(policy->algorithm, NAME, "%s", parts->algorithm);
  snprintf(policy->environment, NAME, "%s", parts->environment);
  snprintf(policy->deployed, sizeof policy->deployed, "%s", parts->deployed ? parts->deployed : "");
  policy->info = (duro_policy_info){.algorithm = policy->algorithm,
                                    .environment = policy->environment,
                                    .deployed = policy->deployed,
                                    .no = parts->no,
                                    .nu = parts->nu,
                                    .na = parts->na,
                                    .step = parts->step,
                                    .update = parts->update,
                                    .margin = parts->margin,
                                    .h_unit = parts->h_unit > 0.0 ? parts->h_unit : 1.0,
                                    .levels = parts->levels};
  policy->lambda_max = (float)parts->lambda_max;
  policy->h_unit = parts->h_unit > 0.0 ? (float)parts->h_unit : 1.0f;
  policy->corners = parts->corners, policy->greedy = parts->greedy;
  policy->kernels = duro_kernels_at(0);
  for (int r = 0; r < ROLE_COUNT; ++r) {
    const bool inert = roles[r].head == HEAD_DISTURB && parts->na == 0; // it has no output, and nobody asks it
    policy->nets[r].present = roles[r].frozen && parts->net[r].params && !inert;
    mlp_shape(&policy->nets[r].shape, parts->net[r].inputs, parts->width, parts->hidden,
              role_outputs((role)r, parts->nu, parts->na, parts->levels));
  }
  layout(policy, parts->obs_scale);
  const duro_status status = duro_arena_allocate(&policy->arena);
  if (status) {
    duro_policy_destroy(policy);
    return status;
  }
  layout(policy, parts->obs_scale);
  for (int i = 0; parts->obs_scale && i < parts->no; ++i)
    policy->obs_shift[i] = parts->obs_shift[i], policy->obs_scale[i] = parts->obs_scale[i];
  for (int r = 0; r < ROLE_COUNT; ++r)
    if (policy->nets[r].present) fill(&policy->nets[r], parts->net[r].params);
  *out = policy;
  return DURO_OK;
}

void policy_fall_back(duro_policy *policy, bool greedy) {
  policy->greedy = greedy;
}

void duro_policy_destroy(duro_policy *policy) {
  if (!policy) return;
  duro_arena_release(&policy->arena);
  for (int i = 0; policy->rooms && i < POLICY_ROOMS; ++i) duro_release(policy->rooms->free[i]);
  duro_release(policy->rooms);
  duro_release(policy);
}

const duro_policy_info *duro_policy_about(const duro_policy *policy) {
  return &policy->info;
}

static void add_net(duro_hasher *hasher, const policy_net *n) {
  for (int i = 0; i < n->shape.layers; ++i) {
    duro_hash_integer(hasher, n->shape.layer[i].in);
    duro_hash_integer(hasher, n->shape.layer[i].out);
  }
  duro_hash_floats(hasher, n->params, n->shape.params);
}

uint64_t duro_policy_hash(const duro_policy *policy) {
  const duro_policy_info *info = &policy->info;
  duro_hasher hasher;
  duro_hash_begin(&hasher, "policy");
  duro_hash_text(&hasher, info->algorithm);
  duro_hash_text(&hasher, info->environment);
  duro_hash_integer(&hasher, info->no);
  duro_hash_integer(&hasher, info->nu);
  duro_hash_integer(&hasher, info->na);
  duro_hash_real(&hasher, info->margin);
  duro_hash_real(&hasher, (double)policy->lambda_max);
  duro_hash_real(&hasher, (double)policy->h_unit);
  duro_hash_integer(&hasher, policy->corners);
  duro_hash_integer(&hasher, policy->greedy);
  if (info->levels) duro_hash_integer(&hasher, info->levels);
  if (policy->obs_scale) {
    duro_hash_floats(&hasher, policy->obs_shift, (size_t)info->no);
    duro_hash_floats(&hasher, policy->obs_scale, (size_t)info->no);
  }
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!policy->nets[r].present) continue;
    duro_hash_text(&hasher, roles[r].name);
    add_net(&hasher, &policy->nets[r]);
  }
  return duro_hash_end(&hasher);
}

bool duro_policy_has(const duro_policy *policy, duro_policy_net which) {
  return policy->nets[policy_role[which]].present;
}

const char *duro_policy_net_name(duro_policy_net which) {
  return roles[policy_role[which]].name;
}

/* What the networks see of obs (no): into `seen`. */
static void see(const duro_policy *policy, float *seen, const float *obs) {
  const int no = policy->info.no;
  for (int i = 0; i < no; ++i)
    seen[i] = policy->obs_scale ? (obs[i] - policy->obs_shift[i]) * policy->obs_scale[i] : obs[i];
}

// raw outputs of a network; y has room for MAX_WIDTH values
static void evaluate(const duro_policy *policy, float *y, const float *x, role r) {
  const policy_net *n = &policy->nets[r];
  assert(n->present);
  float other[MAX_WIDTH];
  for (int i = 0; i < n->shape.layers; ++i) {
    // the last layer writes to y
    const bool to_y = (n->shape.layers - 1 - i) % 2 == 0;
    const float *in = i == 0 ? x : (to_y ? other : y);
    const bool last = i == n->shape.layers - 1;
    policy->kernels->decide(to_y ? y : other, in, n->wt[i], n->b[i], n->shape.layer[i].in,
                            round16(n->shape.layer[i].out), !last);
  }
}

static void squashed(const duro_policy *policy, float *action, const float *x, role r, int d) {
  float z[MAX_WIDTH];
  evaluate(policy, z, x, r);
  for (int i = 0; i < d; ++i) action[i] = m_tanhf(z[i]);
}

/* u of pi or pi_h: the mode */
static void choose(const duro_policy *policy, float *u, const float *x, role r) {
  const duro_policy_info *info = &policy->info;
  if (!info->levels) {
    squashed(policy, u, x, r, info->nu);
    return;
  }
  float z[MAX_WIDTH];
  evaluate(policy, z, x, r);
  const int best = levels_best(z, levels_count(info->nu, info->levels), 1);
  for (int i = 0; i < info->nu; ++i) u[i] = levels_control(best, i, info->levels);
}

/* a of an adversary at (obs, u), of which it sees the first or both */
static void respond(const duro_policy *policy, float *a, const float *obs_u, role r) {
  squashed(policy, a, obs_u, r, policy->info.na);
}

/* corner number c of a box of d actions */
static void corner(float *action, int d, int c) {
  for (int i = 0; i < d; ++i) action[i] = (c >> i & 1) ? 1.0f : -1.0f;
}

/* Q_h(x, u, a), the least over a of mu_h and, where the policy looks at them, the corners. */
static float safety_critic(const duro_policy *policy, const float *seen, const float *u) {
  const duro_policy_info *info = &policy->info;
  float in[MAX_IN], y[MAX_WIDTH];
  memcpy(in, seen, sizeof(float) * (size_t)info->no);
  memcpy(in + info->no, u, sizeof(float) * (size_t)info->nu);
  float *a = in + info->no + info->nu;
  memset(a, 0, sizeof *a * (size_t)info->na); // a file may hold a Q_h that sees a disturbance, and no mu_h
  if (policy->nets[ROLE_MU_H].present) respond(policy, a, in, ROLE_MU_H);
  evaluate(policy, y, in, ROLE_QH);
  float least = y[0];
  for (int c = 0; c < policy_disturbance_corners(policy); ++c) {
    corner(a, info->na, c);
    evaluate(policy, y, in, ROLE_QH);
    least = y[0] < least ? y[0] : least;
  }
  return least;
}

/* u: what the safety policy does, pi_h, or where the policy looks at them the best by Q_h of pi_h and the candidates.
 * Returns its Q_h, or 0 where nobody asked for it. */
static float act_safely(const duro_policy *policy, float *u, const float *seen, bool value_wanted) {
  const int nu = policy->info.nu, candidates = policy_candidates(policy);
  float other[MAX_IN];
  choose(policy, u, seen, policy_safest(policy));
  if (!candidates && !value_wanted) return 0.0f;
  float best = safety_critic(policy, seen, u);
  for (int c = 0; c < candidates; ++c) {
    for (int i = 0; i < nu; ++i) other[i] = policy_candidate(policy, c, i);
    const float value = safety_critic(policy, seen, other);
    if (!(value > best)) continue;
    best = value;
    memcpy(u, other, sizeof *u * (size_t)nu);
  }
  return best;
}

const char *duro_policy_act_name(duro_act act) {
  static const char *const names[] = {
      [DURO_ACT_TASK] = "pi", [DURO_ACT_SAFETY] = "pi_h", [DURO_ACT_FILTERED] = "filtered"};
  return names[act];
}

bool duro_policy_can(const duro_policy *policy, duro_act act) {
  switch (act) {
  case DURO_ACT_TASK:
    return duro_policy_has(policy, DURO_NET_PI);
  case DURO_ACT_SAFETY:
    return duro_policy_has(policy, DURO_NET_PI_H);
  case DURO_ACT_FILTERED:
    break;
  }
  return duro_policy_has(policy, DURO_NET_PI) && duro_policy_has(policy, DURO_NET_PI_H) &&
         duro_policy_has(policy, DURO_NET_QH) && (policy->info.na == 0 || duro_policy_has(policy, DURO_NET_MU_H));
}

bool duro_policy_act(const duro_policy *policy, float *u, const float *obs, duro_act act, float margin) {
  float seen[MAX_OBS];
  see(policy, seen, obs);
  if (act == DURO_ACT_SAFETY) {
    act_safely(policy, u, seen, false);
    return false;
  }
  choose(policy, u, seen, ROLE_PI);
  if (act != DURO_ACT_FILTERED || safety_critic(policy, seen, u) >= margin) return false;
  act_safely(policy, u, seen, false);
  return true;
}

void duro_policy_respond(const duro_policy *policy, float *a, const float *obs, const float *u, duro_policy_net which) {
  assert(which == DURO_NET_MU || which == DURO_NET_MU_H);
  float in[MAX_IN];
  see(policy, in, obs);
  memcpy(in + policy->info.no, u, sizeof *in * (size_t)policy->info.nu);
  respond(policy, a, in, policy_role[which]);
}

void duro_policy_disturb(const duro_policy *policy, float *a, const float *obs, duro_policy_net which) {
  float u[MAX_IN] = {0}, seen[MAX_OBS];
  see(policy, seen, obs);
  if (policy_sees_u(policy, policy_role[which])) choose(policy, u, seen, policy_safest(policy));
  duro_policy_respond(policy, a, obs, u, which);
}

float duro_policy_safety_value(const duro_policy *policy, const float *obs) {
  float u[MAX_IN], seen[MAX_OBS];
  see(policy, seen, obs);
  return act_safely(policy, u, seen, true) * policy->h_unit;
}

float duro_policy_judge(const duro_policy *policy, const float *obs, const float *u) {
  float seen[MAX_OBS];
  see(policy, seen, obs);
  return safety_critic(policy, seen, u);
}

float duro_policy_multiplier(const duro_policy *policy, const float *obs) {
  float z[MAX_WIDTH], seen[MAX_OBS];
  see(policy, seen, obs);
  evaluate(policy, z, seen, ROLE_LAMBDA);
  return policy->lambda_max * m_sigmoidf(z[0]);
}
