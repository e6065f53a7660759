/* Where the check looks, and how it calls. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/purposes.h"
#include "io/number.h"
#include "study/check_inside.h"

enum { WALK = 20, CORNER_AXES = 10 };

/* ---- words ---- */

const char *check_state(check *c, const double *x) {
  env_calls_state(c->text, sizeof c->text, c->calls, x);
  return c->text;
}

static void add_actions(check *c, const char *letter, const double *value, int count) {
  for (int i = 0; i < count && i < 3; i++) {
    const size_t used = strlen(c->text);
    char index[8] = "";
    if (count > 1) snprintf(index, sizeof index, "[%d]", i);
    duro_format(c->text + used, sizeof c->text - used, ", %s%s = %.6g", letter, index, value[i]);
  }
}

const char *check_sample(check *c, const sample *s) {
  check_state(c, s->x);
  add_actions(c, "u", s->u, c->env->spec.nu);
  add_actions(c, "a", s->a, c->env->spec.na);
  return c->text;
}

bool check_same(const void *one, const void *two, size_t bytes) {
  return memcmp(one, two, bytes) == 0;
}

bool check_all_finite(const double *x, int count) {
  for (int i = 0; i < count; i++)
    if (!isfinite(x[i])) return false;
  return true;
}

/* ---- calls ---- */

/* every call has its buffers elsewhere: at the beginning of their pages or at the end */
static void move(check *c) {
  guard_flip(c->guard);
  if (c->env->ops->settings_size) c->env->settings = guard_theirs(c->guard, GUARD_SETTINGS);
}

static const void *give(const check *c, guard_piece piece, const void *value, size_t bytes) {
  if (bytes) memcpy(guard_ours(c->guard, piece), value, bytes);
  return guard_theirs(c->guard, piece);
}

static void *blank(const check *c, guard_piece piece, size_t bytes) {
  memset(guard_ours(c->guard, piece), c->canvas, bytes);
  return guard_theirs(c->guard, piece);
}

void check_step(check *c, void *worker, outcome *result, const sample *s) {
  const duro_env_spec *spec = &c->env->spec;
  const size_t nx = sizeof(double) * (size_t)spec->nx, nu = sizeof(double) * (size_t)spec->nu,
               na = sizeof(double) * (size_t)spec->na;
  move(c);
  const double *x = give(c, GUARD_X, s->x, nx), *u = give(c, GUARD_U, s->u, nu), *a = give(c, GUARD_A, s->a, na);
  memset(result, 0, sizeof *result);
  env_calls_note(c->calls, ENV_CALL_STEP, s->x, s->u, s->a);
  c->env->ops->step(c->env, worker, blank(c, GUARD_X2, nx), &result->out, x, u, a);
  c->calls->call = ENV_CALL_NONE;
  memcpy(result->x2, guard_ours(c->guard, GUARD_X2), nx);
}

void check_reset(check *c, double *x, duro_stream *stream, duro_start start) {
  const size_t bytes = sizeof(double) * (size_t)c->env->spec.nx;
  move(c);
  env_calls_note(c->calls, ENV_CALL_RESET, NULL, NULL, NULL);
  c->env->ops->reset(c->env, blank(c, GUARD_START, bytes), stream, start);
  c->calls->call = ENV_CALL_NONE;
  memcpy(x, guard_ours(c->guard, GUARD_START), bytes);
}

double check_h(check *c, const double *x) {
  move(c);
  env_calls_note(c->calls, ENV_CALL_H, x, NULL, NULL);
  const double h = c->env->ops->constraint(c->env, give(c, GUARD_X, x, sizeof(double) * (size_t)c->env->spec.nx));
  c->calls->call = ENV_CALL_NONE;
  return h;
}

void check_observe(check *c, float *obs, const double *x) {
  const size_t bytes = sizeof(float) * (size_t)c->env->spec.no;
  move(c);
  env_calls_note(c->calls, ENV_CALL_OBSERVE, x, NULL, NULL);
  const double *given = give(c, GUARD_X, x, sizeof(double) * (size_t)c->env->spec.nx);
  c->env->ops->observe(c->env, blank(c, GUARD_OBS, bytes), given);
  c->calls->call = ENV_CALL_NONE;
  memcpy(obs, guard_ours(c->guard, GUARD_OBS), bytes);
}

/* ---- where to look ---- */

duro_stream check_stream(const check *c, uint64_t index) {
  return duro_stream_at(c->options->seed, (uint32_t)DURO_PURPOSE_SPARE, index);
}

void check_actions(const check *c, sample *s, duro_stream *stream) {
  for (int i = 0; i < c->env->spec.nu; i++) s->u[i] = 2.0 * duro_stream_uniform(stream) - 1.0;
  for (int i = 0; i < c->env->spec.na; i++) s->a[i] = 2.0 * duro_stream_uniform(stream) - 1.0;
}

sample check_draw(check *c, int index) {
  const duro_env_spec *spec = &c->env->spec;
  sample s = {0};
  duro_stream stream = check_stream(c, (uint64_t)index);
  if (index % 2 == 0) {
    for (int i = 0; i < spec->nx; i++)
      s.x[i] = spec->x_low[i] + (spec->x_high[i] - spec->x_low[i]) * duro_stream_uniform(&stream);
  } else {
    check_reset(c, s.x, &stream, DURO_START_TRAIN);
    for (uint32_t t = duro_stream_below(&stream, WALK); t > 0; t--) {
      outcome next;
      check_actions(c, &s, &stream);
      check_step(c, c->worker, &next, &s);
      if (next.out.end || !isfinite(next.out.h)) break;
      memcpy(s.x, next.x2, sizeof s.x);
    }
  }
  check_actions(c, &s, &stream);
  return s;
}

/* a share of the region that is small more often than not, down to a millionth */
static double little(duro_stream *stream) {
  return duro_stream_uniform(stream) < 0.3 ? 0.0 : pow(10.0, -6.0 * duro_stream_uniform(stream));
}

/* share of the way from one edge to the other, of a state that is to be at an edge, in the middle or at 0 */
static double special(const duro_env_spec *spec, int i, duro_stream *stream) {
  const double range = spec->x_high[i] - spec->x_low[i], off = little(stream);
  switch (duro_stream_below(stream, 4)) {
  case 0:
    return 0.5 * off;
  case 1:
    return 1.0 - 0.5 * off;
  case 2:
    return 0.5 + (duro_stream_uniform(stream) - 0.5) * off;
  default: // 0, where that is in the region
    return fmin(1.0, fmax(0.0, -spec->x_low[i] / range + (duro_stream_uniform(stream) - 0.5) * off));
  }
}

static void draw_action(double *value, int count, duro_stream *stream) {
  const uint32_t kind = duro_stream_below(stream, 4); // even, nothing, corners twice
  for (int i = 0; i < count; i++) {
    const double drawn = 2.0 * duro_stream_uniform(stream) - 1.0;
    value[i] = kind == 0 ? drawn : kind == 1 ? 0.0 : drawn < 0.0 ? -1.0 : 1.0;
  }
}

sample check_wide(const check *c, int64_t index) {
  const duro_env_spec *spec = &c->env->spec;
  const int axes = spec->nx < CORNER_AXES ? spec->nx : CORNER_AXES;
  duro_stream stream = check_stream(c, 2000000 + (uint64_t)index);
  const uint32_t kind = duro_stream_below(&stream, 4); // even twice, some states special, all of them
  sample s = {0};
  for (int i = 0; i < spec->nx; i++) {
    double share = duro_stream_uniform(&stream);
    if (kind == 3 || (kind == 2 && duro_stream_below(&stream, (uint32_t)spec->nx + 1) < 2))
      share = special(spec, i, &stream);
    if (index < INT64_C(1) << axes) share = index >> (i < axes ? i : 0) & 1 ? 1.0 : 0.0;
    s.x[i] = share >= 1.0 ? spec->x_high[i] : spec->x_low[i] + (spec->x_high[i] - spec->x_low[i]) * share;
  }
  draw_action(s.u, spec->nu, &stream);
  draw_action(s.a, spec->na, &stream);
  return s;
}
