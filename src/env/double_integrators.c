/* Several double integrators side by side: a game of up to 32 states whose answer is known, V = min_i V_i. */
#include <math.h>
#include <stddef.h>

#include "base/memory.h"
#include "env/builtin.h"
#include "env/double_integrators.h"
#include "env/draw.h"
#include "env/facts.h"
#include "env/game.h"
#include "env/motions.h"

#define DURO_SETTINGS_OF dis_settings
static const duro_setting rows[] = {DIS_ROWS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

#define COPY(k) "x1_" #k, "x2_" #k
#define UNITS "m", "m/s"
static const char *const names[] = {COPY(1), COPY(2),  COPY(3),  COPY(4),  COPY(5),  COPY(6),  COPY(7),  COPY(8),
                                    COPY(9), COPY(10), COPY(11), COPY(12), COPY(13), COPY(14), COPY(15), COPY(16)};
static const char *const units[] = {UNITS, UNITS, UNITS, UNITS, UNITS, UNITS, UNITS, UNITS,
                                    UNITS, UNITS, UNITS, UNITS, UNITS, UNITS, UNITS, UNITS};
_Static_assert(sizeof names / sizeof *names == 2 * DIS_MOST && sizeof units == sizeof names, "each state has a name");

static void describe_one(dis_shared *shared, const di_settings *s, int k) {
  const double edge[2] = {s->bound_x1 * 1.1, s->bound_x2 * 1.1}; // a tenth beyond the box
  for (int i = 0; i < 2; i++) {
    shared->low[2 * k + i] = -edge[i];
    shared->high[2 * k + i] = edge[i];
    shared->fail_low[2 * k + i] = -s->fail_bound;
    shared->fail_high[2 * k + i] = s->fail_bound;
  }
  shared->needs[2 * k] = (uint64_t)3 << 2 * k;
  shared->needs[2 * k + 1] = (uint64_t)2 << 2 * k;
}

static duro_status dis_create(duro_env *env) {
  const dis_settings *s = env->settings;
  const duro_status status = di_check(&s->each);
  if (status) return status;
  dis_shared *shared = duro_allocate(sizeof *shared);
  if (!shared) return DURO_ERROR_MEMORY;
  const int count = (int)s->count;
  *shared = (dis_shared){.count = count, .order = di_order_of(&s->each)};
  uint64_t positions = 0;
  for (int k = 0; k < count; k++) {
    describe_one(shared, &s->each, k);
    positions |= (uint64_t)1 << 2 * k;
  }
  env->shared = shared;
  env->spec = (duro_env_spec){.nx = 2 * count,
                              .no = 2 * count,
                              .nu = count,
                              .na = count,
                              .horizon = (int)s->horizon,
                              .dt = s->dt,
                              .h_scale = s->h_scale,
                              .x_names = names,
                              .x_units = units,
                              .x_low = shared->low,
                              .x_high = shared->high,
                              .slice = {0, 1},
                              .x_needs = shared->needs,
                              .x_shift = positions,
                              .x_fail_low = shared->fail_low,
                              .x_fail_high = shared->fail_high};
  return DURO_OK;
}

static void dis_destroy(duro_env *env) {
  duro_release(env->shared);
}

static void dis_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const dis_shared *shared = env->shared;
  for (int k = 0; k < shared->count; k++)
    di_start(&((const dis_settings *)env->settings)->each, shared->order, x + 2 * k, stream, start);
}

MOTIONS(double_integrators)
MOTION_RATES(double_integrators)

static double slack(const di_settings *s, const double *x) {
  return env_min(s->bound_x1 - fabs(x[0]), s->bound_x2 - fabs(x[1]));
}

/* the point that is nearest to its bounds */
static void dis_draw(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  const dis_settings *s = env->settings;
  const double *x = now->path + now->t * env->spec.nx;
  int worst = 0;
  for (int k = 1; k < ((const dis_shared *)env->shared)->count; k++)
    if (slack(&s->each, x + 2 * k) < slack(&s->each, x + 2 * worst)) worst = k;
  di_draw(env, &s->each, d, now, 2 * worst);
}

static void dis_facts(const duro_env *env, duro_facts *f) {
  const dis_settings *s = env->settings;
  di_facts(env, &s->each, f, ((const dis_shared *)env->shared)->count);
}

const duro_env_ops duro_double_integrators = {
    .name = "double-integrators",
    .title = "several double integrators at once: a game of many states whose exact safe set is known",
    .settings = rows,
    .n_settings = sizeof rows / sizeof *rows,
    .settings_size = sizeof(dis_settings),
    .create = dis_create,
    .destroy = dis_destroy,
    .reset = dis_reset,
    MOTION_OPS,
    .rates = one_rate,
    .draw = dis_draw,
    .facts = dis_facts,
};
