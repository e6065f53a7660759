/* Memory through the allocator hooks, and arenas. */
#include "base/memory.h"

#include "base/error.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT ((size_t)64)

static struct {
  void *(*allocate)(size_t bytes, void *context);
  void (*release)(void *memory, void *context);
  void *context;
} hook;

void duro_set_allocator(void *(*allocate)(size_t bytes, void *context), void (*release)(void *memory, void *context),
                        void *context) {
  assert(!allocate == !release);
  hook.allocate = allocate;
  hook.release = release;
  hook.context = context;
}

/* zeroed bytes as the hook aligns them; calloc leaves large fresh blocks untouched until they are used */
static void *allocate_raw(size_t bytes) {
  if (!hook.allocate) return calloc(1, bytes);
  void *raw = hook.allocate(bytes, hook.context);
  return raw ? memset(raw, 0, bytes) : NULL;
}

void *duro_allocate(size_t bytes) {
  void *raw = bytes <= SIZE_MAX - ALIGNMENT ? allocate_raw(bytes + ALIGNMENT) : NULL;
  if (!raw) {
    duro_fail(DURO_ERROR_MEMORY, "out of memory: %zu bytes are not to be had", bytes);
    return NULL;
  }

  // the next aligned byte leaves at least 16 in front of it, where the raw address is kept
  char *memory = (char *)raw + (ALIGNMENT - (uintptr_t)raw % ALIGNMENT);
  memcpy(memory - sizeof raw, &raw, sizeof raw);
  return memory;
}

void duro_release(void *memory) {
  if (!memory) return;
  void *raw;
  memcpy(&raw, (char *)memory - sizeof raw, sizeof raw);
  if (hook.release)
    hook.release(raw, hook.context);
  else
    free(raw);
}

void *duro_arena_take(duro_arena *arena, size_t bytes) {
  // a sum that overflows sticks at the top, so that the allocation fails
  size_t limit = SIZE_MAX - ALIGNMENT;
  size_t piece = bytes <= limit ? (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : SIZE_MAX;
  size_t start = arena->used;
  arena->used = piece <= SIZE_MAX - start ? start + piece : SIZE_MAX;
  if (!arena->base) return NULL;

  assert(arena->used <= arena->size && "the two passes over the layout differ");
  return arena->base + start;
}

duro_status duro_arena_allocate(duro_arena *arena) {
  assert(!arena->base);
  arena->base = duro_allocate(arena->used);
  if (!arena->base) return DURO_ERROR_MEMORY;
  arena->size = arena->used;
  arena->used = 0;
  return DURO_OK;
}

void duro_arena_release(duro_arena *arena) {
  duro_release(arena->base);
  *arena = (duro_arena){0};
}
