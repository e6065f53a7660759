/* Buffers for calls of others' functions, between pages that nothing may touch, and read-only where they are inputs. */
#ifndef DURO_ENV_GUARD_H
#define DURO_ENV_GUARD_H

#include "env/apart.h"

typedef enum guard_piece {
  GUARD_X,
  GUARD_U,
  GUARD_A,
  GUARD_SETTINGS,
  GUARD_X2,
  GUARD_OBS,
  GUARD_START,
  GUARD_PIECES
} guard_piece;

typedef struct guard guard;

/* Buffers of an environment's sizes. `calls` learns where they are, so that a fault in them is named. */
duro_status guard_create(guard **g, env_calls *calls, const duro_env *env);
void guard_destroy(guard *g);
/* Moves all buffers: from the first byte after a page to the last before one, or back. Contents do not move. */
void guard_flip(guard *g);
/* A buffer as it is given to others, and the same bytes as we may write them. */
void *guard_theirs(const guard *g, guard_piece piece);
void *guard_ours(const guard *g, guard_piece piece);

#endif
