/* How a frozen policy is made. */
#ifndef DURO_POLICY_POLICY_H
#define DURO_POLICY_POLICY_H

#include "duro/policy.h"
#include "nn/mlp.h"
#include "policy/roles.h"

/* What a policy is made from: views, copied by policy_create. Nets that are not there have params NULL. */
typedef struct policy_parts {
  const char *algorithm, *environment, *deployed; /* deployed: see duro_policy_info, or NULL */
  int no, nu, na, width, hidden;
  int levels; /* values of each control that the policies choose from; 0: any */
  int64_t step, update;
  double margin; /* of the safety filter */
  bool corners;  /* does it look at the corners of the disturbance box beside mu_h? */
  bool greedy; /* is its safety policy the best of pi_h and the corners of the control box, or all vectors of levels? */
  double h_unit;                      /* what 1 of Q_h means, h scaled; 0: 1 */
  const float *obs_shift, *obs_scale; /* (no) networks see (obs - shift) scale; NULL: obs */
  double lambda_max;                  /* of the multiplier */
  struct {
    const float *params; /* padded, as mlp_shape lays it out */
    int inputs;
  } net[ROLE_COUNT];
} policy_parts;

/* Changes who its safety policy is. While nobody uses it. */
void policy_fall_back(duro_policy *policy, bool greedy);
enum { POLICY_PATH = 4096 };
/* The file that duro_policy_load reads, (POLICY_PATH): the policy that a run folder chose, else its newest checkpoint;
 * or the path itself if it is a file. */
duro_status policy_file(char *path, const char *given);
duro_status policy_create(duro_policy **policy, const policy_parts *parts);

#endif
