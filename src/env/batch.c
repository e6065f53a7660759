/* Many episodes side by side. */
#include <assert.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/env.h"
#include "env/many.h"

typedef struct batch_memory {
  duro_env_batch batch; // first: the public view is the whole
  duro_arena arena;
} batch_memory;

static void lay_out(duro_env_batch *b, duro_arena *arena) {
  const duro_env_spec *s = &b->env->spec;
  const size_t n = (size_t)b->n;
  b->x = duro_arena_take(arena, n * (size_t)s->nx * sizeof *b->x);
  b->x2 = duro_arena_take(arena, n * (size_t)s->nx * sizeof *b->x2);
  b->obs = duro_arena_take(arena, n * (size_t)s->no * sizeof *b->obs);
  b->obs2 = duro_arena_take(arena, n * (size_t)s->no * sizeof *b->obs2);
  b->u = duro_arena_take(arena, n * (size_t)s->nu * sizeof *b->u);
  b->a = duro_arena_take(arena, n * (size_t)s->na * sizeof *b->a);
  b->h = duro_arena_take(arena, n * sizeof *b->h);
  b->out = duro_arena_take(arena, n * sizeof *b->out);
  b->t = duro_arena_take(arena, n * sizeof *b->t);
}

duro_status duro_env_batch_create(duro_env_batch **batch, const duro_env *env, int n) {
  *batch = NULL;
  if (n < 1) return duro_fail(DURO_ERROR_ARGUMENT, "a batch of %d episodes; wanted at least 1", n);
  batch_memory *m = duro_allocate(sizeof *m);
  if (!m) return DURO_ERROR_MEMORY;
  m->batch.env = env;
  m->batch.n = n;
  m->batch.amplitude = 1.0;
  lay_out(&m->batch, &m->arena);
  const duro_status status = duro_arena_allocate(&m->arena);
  if (status) {
    duro_release(m);
    return status;
  }
  lay_out(&m->batch, &m->arena);
  *batch = &m->batch;
  return DURO_OK;
}

void duro_env_batch_destroy(duro_env_batch *batch) {
  if (!batch) return;
  batch_memory *m = (batch_memory *)batch;
  duro_arena_release(&m->arena);
  duro_release(m);
}

/* what follows from the state x of slot i */
static void begin(duro_env_batch *b, int i, const double *x) {
  const duro_env *env = b->env;
  env->ops->observe(env, b->obs + (size_t)i * (size_t)env->spec.no, x);
  b->h[i] = env->ops->constraint(env, x);
  b->t[i] = 0;
}

void duro_env_batch_reset(duro_env_batch *b, int i, duro_stream *stream, duro_start start) {
  assert(i >= 0 && i < b->n);
  const duro_env *env = b->env;
  double *x = b->x + (size_t)i * (size_t)env->spec.nx;
  env->ops->reset(env, x, stream, start);
  begin(b, i, x);
}

void duro_env_batch_place(duro_env_batch *b, int i, const double *x) {
  assert(i >= 0 && i < b->n);
  double *own = b->x + (size_t)i * (size_t)b->env->spec.nx;
  memcpy(own, x, (size_t)b->env->spec.nx * sizeof *own);
  begin(b, i, own);
}

/* episodes whose actions lie on the stack: so many at most, and no more than there is room for */
enum { BLOCK = 64, ROOM = 1024 };
_Static_assert(ROOM >= DURO_MAX_ACTION, "one action must fit");

static void widen(double *restrict out, const float *restrict in, int count) {
  for (int i = 0; i < count; i++) out[i] = (double)in[i];
}

/* NaN stays NaN, so that the caller notices */
static void clip_scale(double *x, int count, double scale) {
  for (int i = 0; i < count; i++) x[i] = scale * (x[i] < -1.0 ? -1.0 : x[i] > 1.0 ? 1.0 : x[i]);
}

void duro_env_batch_step(duro_env_batch *b, void *worker, int first, int count) {
  assert(first >= 0 && count >= 0 && count <= b->n - first);
  const duro_env_spec *s = &b->env->spec;
  const int wide = s->nu > s->na ? s->nu : s->na, most = wide * BLOCK > ROOM ? ROOM / wide : BLOCK;
  for (int done = 0; done < count; done += most) {
    const int n = count - done < most ? count - done : most;
    const size_t i = (size_t)first + (size_t)done;
    double u[ROOM], a[ROOM];
    double *x2 = b->x2 + i * (size_t)s->nx;
    widen(u, b->u + i * (size_t)s->nu, n * s->nu);
    widen(a, b->a + i * (size_t)s->na, n * s->na);
    if (b->amplitude == 1.0) {
      duro_env_step_many(b->env, worker, n, x2, b->out + i, b->x + i * (size_t)s->nx, u, a);
    } else {
      clip_scale(u, n * s->nu, 1.0);
      clip_scale(a, n * s->na, b->amplitude);
      env_step_unclipped(b->env, worker, n, x2, b->out + i, b->x + i * (size_t)s->nx, u, a);
    }
    env_observe(b->env, n, b->obs2 + i * (size_t)s->no, x2);
  }
}

void duro_env_batch_advance(duro_env_batch *b, int i) {
  assert(i >= 0 && i < b->n);
  const size_t nx = (size_t)b->env->spec.nx, no = (size_t)b->env->spec.no, k = (size_t)i;
  memcpy(b->x + k * nx, b->x2 + k * nx, nx * sizeof *b->x);
  memcpy(b->obs + k * no, b->obs2 + k * no, no * sizeof *b->obs);
  b->h[i] = b->out[i].h;
  b->t[i]++;
}
