/* What is known of the safety of a policy, in words. */
#ifndef DURO_SHOW_VERDICT_LINE_H
#define DURO_SHOW_VERDICT_LINE_H

#include "duro/policy.h"

/* Prints the verdict on a run's policy, what it did not meet yet, and the command that tries it: of what is to be
 * deployed, or, where training did not say, alone and behind the filter. `summary`: see duro_verdict_read. */
duro_status cli_verdict(const char *folder, const char *summary, const duro_policy *policy);

#endif
