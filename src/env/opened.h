/* Environments that come from files. */
#ifndef DURO_ENV_OPENED_H
#define DURO_ENV_OPENED_H

#include "duro/env.h"

/* What each of them begins with; `ops` is what the caller of duro_env_open holds. */
typedef struct opened {
  duro_env_ops ops; /* first: the one is found from the other */
  duro_env_source source;
  void (*close)(struct opened *self); /* releases what is its own, not the struct */
} opened;

/* Fills in the rest of `*file` (zeroed memory of duro_allocate) for the source in it; close is for a success only.
 * mjcf_open adds to the source the files that the model names, plugin_open to its hash those that a C file includes. */
duro_status plugin_open(opened **file, duro_env_source *source, const duro_env_open_options *options);
duro_status mjcf_open(opened **file, duro_env_source *source);

/* Has a plugin tell of every call of its functions before it is made; NULL ends that. Others tell of nothing. */
struct env_calls;
void opened_watch(const duro_env_ops *ops, struct env_calls *calls);

/* The part of a path after the last slash, without its ending. */
void opened_name(char *name, size_t size, const char *path);

#endif
