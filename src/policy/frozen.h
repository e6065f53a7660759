/* What a frozen policy is made of. */
#ifndef DURO_POLICY_FROZEN_H
#define DURO_POLICY_FROZEN_H

#include "base/memory.h"
#include "duro/policy.h"
#include "nn/mlp.h"
#include "policy/levels.h"
#include "policy/roles.h"

#include <stdatomic.h>

enum {
  MAX_WIDTH = 1024,
  MAX_OBS = 1024,   // most observations
  MAX_ACTION = 128, // most controls or disturbances
  MAX_IN = MAX_OBS + 2 * MAX_ACTION
};

typedef struct policy_net {
  mlp shape;
  bool present;
  float *params;             // as mlp_shape lays them out, for many observations at once
  float *wt[MLP_MAX_LAYERS]; // (in x ldo) transposed weights, for one
  float *b[MLP_MAX_LAYERS];  // (ldo)
} policy_net;

/* Scratch for many observations, too large for a stack: each call takes one from here, or makes one where all are in
 * use, and leaves it for the next. */
enum { POLICY_ROOMS = 32 };
typedef struct policy_rooms {
  _Atomic(void *) free[POLICY_ROOMS];
} policy_rooms;

struct duro_policy {
  duro_policy_info info;
  char algorithm[96], environment[96], deployed[16];
  float lambda_max, h_unit;
  bool corners, greedy;
  float *obs_shift, *obs_scale; // (no), or NULL
  const duro_kernels *kernels;
  duro_arena arena;
  policy_rooms *rooms;
  policy_net nets[ROLE_COUNT];
};

/* Does a player see the control beside the observation? Only mu_h may. */
static inline bool policy_sees_u(const duro_policy *policy, role r) {
  return policy->nets[r].shape.layer[0].in > policy->info.no;
}

/* Who plays where no task does; RAC has no safety policy: its own task policy stands in. */
static inline role policy_safest(const duro_policy *policy) {
  return policy->nets[ROLE_PI_H].present ? ROLE_PI_H : ROLE_PI;
}

/* Corners of the box of disturbances that the safety critic is asked at beside mu_h; 0 where it does not see them. */
static inline int policy_disturbance_corners(const duro_policy *policy) {
  const duro_policy_info *info = &policy->info;
  const bool sees_a = policy->nets[ROLE_QH].shape.layer[0].in > info->no + info->nu;
  return policy->corners && sees_a && info->na <= 4 ? 1 << info->na : 0;
}

/* Controls that the safety policy chooses from beside pi_h: the corners of the box, or where there are levels all of
 * their vectors; 0: none. */
static inline int policy_candidates(const duro_policy *policy) {
  const duro_policy_info *info = &policy->info;
  if (!policy->greedy || !policy->nets[ROLE_QH].present) return 0;
  if (info->levels) return levels_count(info->nu, info->levels);
  return info->nu <= 4 ? 1 << info->nu : 0;
}

/* Control i of candidate number c. */
static inline float policy_candidate(const duro_policy *policy, int c, int i) {
  return levels_control(c, i, policy->info.levels ? policy->info.levels : 2);
}

/* The role of each duro_policy_net. */
extern const role policy_role[];

#endif
