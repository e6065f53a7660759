/* Guarded buffers: one piece of memory, seen at two addresses. */
#include "env/guard.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

enum { AROUND = 16 }; // pages on either side that are never there

struct guard {
  char *ours, *theirs;
  size_t bytes; // of all
  size_t first[GUARD_PIECES], room[GUARD_PIECES],
      size[GUARD_PIECES]; // where each begins, the pages and the bytes it has
  bool at_end;
};

static const struct {
  const char *name;
  bool output;
} about[GUARD_PIECES] = {{"x", false}, {"u", false},  {"a", false}, {"the settings", false},
                         {"x2", true}, {"obs", true}, {"x", true}};

static void lay_out(guard *g, const duro_env *env) {
  const duro_env_spec *s = &env->spec;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), real = sizeof(double);
  const size_t size[GUARD_PIECES] = {(size_t)s->nx * real,    (size_t)s->nu * real, (size_t)s->na * real,
                                     env->ops->settings_size, (size_t)s->nx * real, (size_t)s->no * sizeof(float),
                                     (size_t)s->nx * real};
  size_t at = 0;
  for (int i = 0; i < GUARD_PIECES; i++) {
    g->size[i] = size[i];
    g->room[i] = 2 * (size[i] / page + 1) * page; // so that the two places do not overlap
    g->first[i] = at + AROUND * page;
    at = g->first[i] + g->room[i] + AROUND * page;
  }
  g->bytes = at;
}

static duro_status no_memory(void) {
  return duro_fail(DURO_ERROR_MEMORY, "out of memory for guarded buffers: %s", strerror(errno));
}

static duro_status map(guard *g) {
  const int file = memfd_create("duro-guard", MFD_CLOEXEC);
  if (file < 0) return no_memory();
  const bool sized = ftruncate(file, (off_t)g->bytes) == 0;
  if (sized) g->ours = mmap(NULL, g->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (sized) g->theirs = mmap(NULL, g->bytes, PROT_NONE, MAP_SHARED, file, 0);
  close(file);
  return !sized || g->ours == MAP_FAILED || g->theirs == MAP_FAILED ? no_memory() : DURO_OK;
}

static duro_status open_pieces(const guard *g) {
  for (int i = 0; i < GUARD_PIECES; i++)
    if (mprotect(g->theirs + g->first[i], g->room[i], PROT_READ | (about[i].output ? PROT_WRITE : 0)))
      return no_memory();
  return DURO_OK;
}

/* tells of the places where the buffers are now */
static void tell(const guard *g, env_calls *calls) {
  const size_t around = (size_t)sysconf(_SC_PAGESIZE) * AROUND;
  calls->n_pieces = GUARD_PIECES;
  for (int i = 0; i < GUARD_PIECES; i++) {
    const char *piece = g->theirs + g->first[i];
    calls->pieces[i] = (env_piece){.name = about[i].name,
                                   .low = piece - around,
                                   .high = piece + g->room[i] + around,
                                   .first = piece,
                                   .past_end = g->size[i] ? piece + g->room[i] : piece,
                                   .output = about[i].output};
  }
}

duro_status guard_create(guard **out, env_calls *calls, const duro_env *env) {
  *out = NULL;
  guard *g = duro_allocate(sizeof *g);
  if (!g) return DURO_ERROR_MEMORY;
  g->ours = g->theirs = MAP_FAILED;
  lay_out(g, env);
  duro_status status = map(g);
  if (!status) status = open_pieces(g);
  if (status) {
    guard_destroy(g);
    return status;
  }
  tell(g, calls);
  *out = g;
  return DURO_OK;
}

void guard_destroy(guard *g) {
  if (!g) return;
  if (g->ours != MAP_FAILED) munmap(g->ours, g->bytes);
  if (g->theirs != MAP_FAILED) munmap(g->theirs, g->bytes);
  duro_release(g);
}

void guard_flip(guard *g) {
  g->at_end = !g->at_end;
}

static size_t place(const guard *g, guard_piece piece) {
  return g->first[piece] + (g->at_end ? g->room[piece] - g->size[piece] : 0);
}

void *guard_theirs(const guard *g, guard_piece piece) {
  return g->theirs + place(g, piece);
}

void *guard_ours(const guard *g, guard_piece piece) {
  return g->ours + place(g, piece);
}
