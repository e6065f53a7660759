/* What is known of the safety of a policy, in words. */
#include "show/verdict_line.h"

#include <stdio.h>

#include "cli/cli.h"
#include "duro/verdict.h"

static duro_status print(duro_verdict *v, const char *folder, const char *summary, const duro_policy *policy,
                         duro_act act) {
  const duro_status status = duro_verdict_read(v, folder, summary, policy, act);
  if (status) return status;
  printf("verdict:");
  cli_wrap(v->sentence, 8, 2);
  return DURO_OK;
}

duro_status cli_verdict(const char *folder, const char *summary, const duro_policy *policy) {
  duro_verdict v;
  const duro_act act = duro_verdict_act(policy);
  duro_status status = print(&v, folder, summary, policy, act);
  const bool both = !duro_policy_about(policy)->deployed[0] && duro_policy_can(policy, DURO_ACT_FILTERED);
  if (!status && both) status = print(&v, folder, summary, policy, DURO_ACT_FILTERED);
  if (status || !v.missing[0]) return status;
  printf("not tried:");
  cli_wrap(v.missing, 10, 2);
  cli_print("next: %s\n", v.next);
  return DURO_OK;
}
