/* What is exported of a policy, whatever the language. */
#ifndef DURO_EXPORT_PLAN_H
#define DURO_EXPORT_PLAN_H

#include "duro/export.h"
#include "export/template.h"
#include "policy/frozen.h"

enum { PLAN_PREFIX = DURO_EXPORT_NAME };

typedef struct plan {
  const duro_policy *policy;
  const duro_policy *original; /* the same, or of which `policy` is the rounded copy */
  bool int16;                  /* weights are multiples of a power of two, 16 bits each */
  const duro_env *env;         /* or NULL */
  char prefix[PLAN_PREFIX], upper[PLAN_PREFIX];
  duro_act act;
  float margin;
  double limit;
  bool task, safe, filter, value; /* what can be had: pi, pi_h, the filter, V */
  bool sees_a;                    /* does Q_h see the disturbance? */
  int corners, greedy;            /* corners of the disturbance and candidates of the control that are looked at */
  int vectors;                    /* control vectors between which policies choose; 0: any control */
  role safest;                    /* who the safety policy is */
  unsigned nets;                  /* roles whose networks are needed */
  float low[MAX_OBS], high[MAX_OBS], fallback[MAX_ACTION];
} plan;

/* Checks the options. Views of policy and options. */
duro_status export_plan_make(plan *p, const duro_policy *policy, const duro_export_options *options);
/* Outputs of a network that are used: of a pi with a density the means alone. */
int export_plan_outputs(const plan *p, role r);
static inline bool export_plan_needs(const plan *p, role r) {
  return p->nets & ROLE(r);
}
/* The prefix, or one made of the environment's name and what it is of, "_policy". */
duro_status export_plan_name(char out[DURO_EXPORT_NAME], const char *environment, const char *what, const char *prefix);
/* Fails where a file is there whose first bytes do not hold `mark`. */
duro_status export_plan_check_file(const char *path, const char *mark);
/* Writes PREFIX<ending> of the template and its n words; a file that no export made is not replaced. */
duro_status export_plan_write(const char *folder, const char *prefix, const char *ending, const char *template,
                              const template_word *words, int n);

#endif
