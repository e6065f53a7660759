/* Memory through the allocator hooks. */
#ifndef DURO_BASE_MEMORY_H
#define DURO_BASE_MEMORY_H

#include "duro/base.h"

/* Zeroed memory aligned to 64 bytes, or NULL with the error text set (bytes == 0 gives a valid pointer). */
void *duro_allocate(size_t bytes) __attribute__((malloc));
/* Releases memory of duro_allocate; NULL is fine. */
void duro_release(void *memory);

/* A block that is handed out piece by piece and never grows. First pass with base == NULL measures, second pass
 * hands out: run the same layout code twice. */
typedef struct duro_arena {
  char *base; /* NULL while measuring */
  size_t used, size;
} duro_arena;

/* Next piece, aligned to 64 bytes; NULL while measuring. Asserts that it fits. */
void *duro_arena_take(duro_arena *arena, size_t bytes);
/* Allocates what the measuring pass counted and rewinds. */
duro_status duro_arena_allocate(duro_arena *arena);
void duro_arena_release(duro_arena *arena);

#endif
