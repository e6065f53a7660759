/* How a frozen policy is made. */
#ifndef DURO_POLICY_POLICY_H
#define DURO_POLICY_POLICY_H

#include "duro/policy.h"
#include "nn/mlp.h"
#include "policy/roles.h"

/* What a policy is made from: views, copied by policy_create. Nets that are not there have params NULL. */
typedef struct policy_parts {
  const char *algorithm, *environment;
  int no, nu, na, width, hidden;
  int64_t step, update;
  double margin;     /* of the safety filter */
  double lambda_max; /* of the multiplier */
  struct {
    const float *params; /* padded, as mlp_shape lays it out */
    int inputs;
  } net[ROLE_COUNT];
} policy_parts;

duro_status policy_create(duro_policy **policy, const policy_parts *parts);

#endif
