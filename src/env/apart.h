/* Calls of functions that others wrote, in a process of its own: a crash or a hang there is a sentence here. */
#ifndef DURO_ENV_APART_H
#define DURO_ENV_APART_H

#include "duro/env.h"

typedef enum env_call {
  ENV_CALL_NONE, /* ours */
  ENV_CALL_LOAD,
  ENV_CALL_CONFIGURE,
  ENV_CALL_RESET,
  ENV_CALL_OBSERVE,
  ENV_CALL_H,
  ENV_CALL_STEP,
  ENV_CALL_REWARD,
  ENV_CALL_END,
  ENV_CALL_TARGET,
  ENV_CALL_SEVERAL, /* at once, by several threads */
  ENV_CALL_CONTROL  /* of a controller */
} env_call;

enum { ENV_CALL_PIECES = 16, ENV_CALL_STATES = 6, ENV_CALL_NAME = 32 };

/* Memory that a call is given, between pages that nothing may touch. */
typedef struct env_piece {
  const char *name;             /* "x2" */
  const char *low, *high;       /* with the pages around it */
  const char *first, *past_end; /* what may be touched */
  bool output;                  /* may be written */
} env_piece;

/* What the child notes before it calls, in memory that its parent sees as well. */
typedef struct env_calls {
  volatile int call;       /* env_call under way */
  volatile int64_t number; /* of calls so far: the child lives while it grows */
  volatile int done;       /* it came to its end */
  int nx, nu, na;          /* of what the call sees; nx is 0 where it sees no state */
  double x[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
  char x_names[ENV_CALL_STATES][ENV_CALL_NAME];
  int n_pieces;
  env_piece pieces[ENV_CALL_PIECES];
  char fault[200]; /* "it writes past the end of x2" */
} env_calls;

/* Zeroed memory that a child shares; NULL, with duro_error(), where there is none. */
void *env_share(size_t bytes);
void env_unshare(void *memory, size_t bytes);

/* Notes the sizes and the names of an environment. */
void env_calls_about(env_calls *calls, const duro_env *env);
/* Notes a call and what it is given; each of x, u and a may be NULL. */
void env_calls_note(env_calls *calls, env_call call, const double *x, const double *u, const double *a);
/* Says that the child goes on, in work of our own. */
void env_calls_go_on(env_calls *calls);

/* "gap = 12, speed = 3, ..." */
void env_calls_state(char *text, size_t size, const env_calls *calls, const double *x);

/* Runs work(context) in a child. Fails when the child crashes, ends, or computes for `seconds` (or waits for ten times
 * as long) without a further call; duro_error() then names the call, what it was given, and what happened. */
duro_status env_apart(env_calls *calls, void (*work)(void *context), void *context, double seconds);

#endif
