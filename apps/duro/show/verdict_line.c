/* What is known of the safety of a policy, in words. */
#include "show/verdict_line.h"

#include <stdio.h>

#include "cli/cli.h"
#include "duro/verdict.h"

duro_status cli_verdict(const char *folder, const char *summary, const duro_policy *policy) {
  duro_verdict v;
  duro_act acts[2];
  const int count = duro_verdict_acts(acts, policy);
  for (int i = 0; i < count; i++) {
    const duro_status status = duro_verdict_read(&v, folder, summary, policy, acts[i]);
    if (status) return status;
    printf("verdict:");
    cli_wrap(v.sentence, 8, 2);
  }
  if (!v.missing[0]) return DURO_OK;
  printf("not tried:");
  cli_wrap(v.missing, 10, 2);
  cli_print("next: %s\n", v.next);
  return DURO_OK;
}
