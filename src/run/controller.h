/* A controller in a C file that knows nothing of duro: a function of the state, and of what it remembers. */
#ifndef DURO_RUN_CONTROLLER_H
#define DURO_RUN_CONTROLLER_H

#include "duro/player.h"
#include "duro/policy.h"

typedef struct controller controller;

/* Is the word a C file or a shared object, and not a folder? */
bool controller_is(const char *word);
/* Compiles (.c) or copies (.so) and loads the function `control` of a file; `control_memory`, an int, says how many
 * numbers it remembers. It is to play `env`, whose sizes are taken. It is tried before, in a process of its own, on a
 * thousand states of the region of interest: one that crashes there, does not come back or gives no finite control is
 * refused. After a failure there is nothing to close. */
duro_status controller_open(controller **c, const char *path, const duro_env *env,
                            const duro_env_open_options *options);
/* NULL is fine. */
void controller_close(controller *c);
duro_player controller_player(const controller *c);
/* What stands for it where a policy is asked for: a policy without networks, named by the hash of the file. */
duro_status controller_policy(duro_policy **policy, const controller *c, const duro_env *env);

#endif
