/* The one table of roles: it drives allocation, checkpoints, logs, averaging and the loading of frozen policies. */
#ifndef DURO_POLICY_ROLES_H
#define DURO_POLICY_ROLES_H

#include "duro/base.h"

typedef enum role {
  ROLE_PI,   /* task policy */
  ROLE_MU,   /* performance adversary */
  ROLE_PI_H, /* safety policy */
  ROLE_MU_H, /* safety adversary */
  ROLE_Q1,   /* reward critics */
  ROLE_Q2,
  ROLE_QH,     /* safety critic */
  ROLE_LAMBDA, /* multiplier */
  ROLE_QC,     /* cost critic */
  ROLE_COUNT
} role;

#define ROLE(r) (1u << (unsigned)(r))

typedef enum head {
  HEAD_GAUSSIAN,   /* u = tanh(mean + std eps): 2 nu outputs */
  HEAD_CONTROL,    /* u = tanh(z): nu outputs */
  HEAD_DISTURB,    /* a = tanh(z): na outputs */
  HEAD_VALUE,      /* one linear output */
  HEAD_BOUNDED,    /* lambda_max sigmoid(z) */
  HEAD_CATEGORICAL /* one of the control vectors of levels.h, softmax(z): an output for each */
} head;

typedef struct role_info {
  const char *name;
  const char *moment1, *moment2, *slow; /* names of Adam's moments and of the slow copy in a checkpoint */
  const char *raw, *norm; /* of a normed critic: what is trained, where `name` is folded, and its running statistics */
  head head;
  bool critic; /* sees the actions beside the observation */
  bool target; /* has a slow copy */
  bool frozen; /* part of a frozen policy */
} role_info;

extern const role_info roles[ROLE_COUNT];

/* The head of a role: that of the table, or where policies choose between levels (0: they do not) HEAD_CATEGORICAL in
 * place of those that make controls. */
head role_head(role r, int levels);
/* Outputs of it for nu controls and na disturbances. */
int role_outputs(role r, int nu, int na, int levels);

#endif
