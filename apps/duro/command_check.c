/* duro check: whether an environment keeps the promises that solvers, learners and attacks build on. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/purposes.h"
#include "check.h"
#include "cli/cli.h"
#include "run.h"

enum {
  NX = DURO_MAX_STATE,
  NU = DURO_MAX_ACTION,
  GUARD = 8,
  WALK = 20,
  STARTS = 8,
  EPISODE = 300,
  CANDIDATES = 5,
  AHEAD = 8
};

typedef struct check_options {
  const char *config;
  int64_t samples, seed;
  cli_words set;
} check_options;

#define OPTION(field) offsetof(check_options, field)
static const cli_option options[] = {
    {"config", "FILE", CLI_TEXT, OPTION(config), 0, 0, NULL,
     "Read settings from a YAML file; other groups are ignored."},
    {"set", "ENV.K=V", CLI_LIST, OPTION(set), 0, 0, NULL,
     "Change a number of the environment, env.name=value; may be repeated."},
    {"samples", "N", CLI_INT, OPTION(samples), 10, 1e6, NULL, "Random states to look at; default 300."},
    {"seed", "N", CLI_INT, OPTION(seed), 0, 9007199254740992.0, NULL, "Seed of what is random; default 1."},
};
static const cli_command command = {
    .name = "check",
    .words = "ENV",
    .max_words = 1,
    .about =
        "Tries whether an environment (a name, a C file, a MuJoCo model) keeps its promises: the same input gives the "
        "same output, all is finite, nothing is written outside its buffers, no state is hidden, what it says of "
        "itself is true, and ending early does not pay (a heuristic; the rest holds for the states tried). Of few "
        "states, a coarse grid tells whether safety can be kept from the starts. Exit status 1 when a promise is "
        "broken.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* A check under way. */
typedef struct check {
  const duro_env *env;
  void *worker, *other;
  int samples, failures;
  uint64_t seed;
} check;

typedef struct sample {
  double x[NX], u[NU], a[NU];
} sample;

/* The outcome of one promise, one paragraph. */
static void tell(check *c, const char *verdict, const char *promise, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  c->failures += strcmp(verdict, "BROKEN") == 0;
  cli_wrap(text, printf("  %-7s %-14s ", verdict, promise), 25);
  fflush(stdout);
}

/* ---- where to look ---- */

static duro_stream stream_at(const check *c, uint64_t index) {
  return duro_stream_at(c->seed, (uint32_t)DURO_PURPOSE_SPARE, index);
}

static void draw_actions(const check *c, sample *s, duro_stream *stream) {
  for (int i = 0; i < c->env->spec.nu; i++) s->u[i] = 2.0 * duro_stream_uniform(stream) - 1.0;
  for (int i = 0; i < c->env->spec.na; i++) s->a[i] = 2.0 * duro_stream_uniform(stream) - 1.0;
}

/* half of the samples lie anywhere in the region of interest, half where a random walk from a start leads */
static sample draw(const check *c, int index) {
  const duro_env_spec *spec = &c->env->spec;
  sample s = {0};
  duro_stream stream = stream_at(c, (uint64_t)index);
  if (index % 2 == 0) {
    for (int i = 0; i < spec->nx; i++)
      s.x[i] = spec->x_low[i] + (spec->x_high[i] - spec->x_low[i]) * duro_stream_uniform(&stream);
  } else {
    c->env->ops->reset(c->env, s.x, &stream, DURO_START_TRAIN);
    for (uint32_t t = duro_stream_below(&stream, WALK); t > 0; t--) {
      double x2[NX];
      duro_step out;
      draw_actions(c, &s, &stream);
      duro_env_step(c->env, c->worker, x2, &out, s.x, s.u, s.a);
      if (out.end || !isfinite(out.h)) break;
      memcpy(s.x, x2, sizeof x2);
    }
  }
  draw_actions(c, &s, &stream);
  return s;
}

static bool same(const double *one, const double *two, int count) {
  return memcmp(one, two, sizeof *one * (size_t)count) == 0;
}

static bool all_finite(const double *x, int count) {
  for (int i = 0; i < count; i++)
    if (!isfinite(x[i])) return false;
  return true;
}

/* "x = 1.5, theta = 0.2, ..." */
static const char *describe(const check *c, const double *x) {
  static char text[256];
  int used = 0;
  for (int i = 0; i < c->env->spec.nx && i < 4 && used < 200; i++)
    used += snprintf(text + used, sizeof text - (size_t)used, "%s%.30s = %.4g", i ? ", " : "", c->env->spec.x_names[i],
                     x[i]);
  if (c->env->spec.nx > 4) snprintf(text + used, sizeof text - (size_t)used, ", ...");
  return text;
}

/* ---- promises ---- */

static void check_region(check *c) {
  const duro_env_spec *s = &c->env->spec;
  for (int i = 0; i < s->nx; i++)
    if (!(s->x_low[i] < s->x_high[i] && isfinite(s->x_low[i]) && isfinite(s->x_high[i]))) {
      tell(c, "BROKEN", "region", "the region of %s goes from %g to %g", s->x_names[i], s->x_low[i], s->x_high[i]);
      return;
    }
  tell(c, "ok", "region", "%d states, %d observations, %d controls, %d disturbances; %d steps of %g s", s->nx, s->no,
       s->nu, s->na, s->horizon, s->dt);
}

static void check_starts(check *c, duro_start start, const char *promise) {
  const int nx = c->env->spec.nx;
  int unsafe = 0;
  for (int k = 0; k < c->samples; k++) {
    double x[NX] = {0}, y[NX] = {0};
    duro_stream one = stream_at(c, (uint64_t)k), two = one;
    c->env->ops->reset(c->env, x, &one, start);
    c->env->ops->reset(c->env, y, &two, start);
    if (!same(x, y, nx)) {
      tell(c, "BROKEN", promise, "two starts from the same random stream differ: %s", describe(c, x));
      return;
    }
    const double h = c->env->ops->constraint(c->env, x);
    if (!all_finite(x, nx) || !isfinite(h)) {
      tell(c, "BROKEN", promise, "a start is not finite: %s, h = %g", describe(c, x), h);
      return;
    }
    unsafe += h < 0.0;
  }
  if (unsafe)
    tell(c, start == DURO_START_EVAL ? "BROKEN" : "note", promise, "%d of %d starts violate the constraint already",
         unsafe, c->samples);
  else
    tell(c, "ok", promise, "%d starts are finite and safe, and come again from the same stream", c->samples);
}

/* the same samples forwards, backwards by another worker, and forwards again */
static void check_purity(check *c) {
  const int nx = c->env->spec.nx;
  double(*first)[NX] = cli_allocate((size_t)c->samples, sizeof *first);
  duro_step *out = cli_allocate((size_t)c->samples, sizeof *out);
  int wrong = -1;
  for (int pass = 0; pass < 3 && wrong < 0; pass++)
    for (int k = 0; k < c->samples && wrong < 0; k++) {
      const int i = pass == 1 ? c->samples - 1 - k : k;
      const sample s = draw(c, i);
      double x2[NX] = {0};
      duro_step again = {0};
      duro_env_step(c->env, pass == 1 ? c->other : c->worker, x2, &again, s.x, s.u, s.a);
      if (pass == 0) {
        memcpy(first[i], x2, sizeof x2);
        out[i] = again;
      } else if (!same(x2, first[i], nx) || !same(&again.r, &out[i].r, 1) || !same(&again.h, &out[i].h, 1) ||
                 again.end != out[i].end) {
        wrong = i;
      }
    }
  free(first);
  free(out);
  if (wrong >= 0)
    tell(c, "BROKEN", "pure step",
         "the same step has two results, from %s: something is kept between steps, or in the worker",
         describe(c, draw(c, wrong).x));
  else
    tell(c, "ok", "pure step", "%d steps have the same bits again, in another order and by another worker", c->samples);
}

static void check_finite(check *c) {
  const duro_env *env = c->env;
  for (int k = 0; k < c->samples; k++) {
    const sample s = draw(c, k);
    double x2[NX] = {0};
    float obs[DURO_MAX_OBS] = {0};
    duro_step out = {0};
    duro_env_step(env, c->worker, x2, &out, s.x, s.u, s.a);
    env->ops->observe(env, obs, s.x);
    bool finite = all_finite(x2, env->spec.nx) && isfinite(out.r) && isfinite(out.h);
    for (int i = 0; i < env->spec.no; i++) finite = finite && isfinite(obs[i]);
    if (!finite) {
      tell(c, "BROKEN", "finite", "a step or observation is not finite, from %s: r = %g, h = %g", describe(c, s.x),
           out.r, out.h);
      return;
    }
    const double h = env->ops->constraint(env, x2);
    if (!same(&h, &out.h, 1)) {
      tell(c, "BROKEN", "finite", "a step says h = %.17g, the constraint of its state is %.17g, at %s", out.h, h,
           describe(c, x2));
      return;
    }
  }
  sample s = draw(c, 0);
  double x2[NX] = {0};
  duro_step out = {0};
  s.x[0] = NAN;
  duro_env_step(env, c->worker, x2, &out, s.x, s.u, s.a);
  if (isfinite(out.h) || isfinite(out.r) || out.end)
    tell(c, "BROKEN", "finite", "%s = nan goes unnoticed: r = %g, h = %g, wanted nan of both and no end",
         env->spec.x_names[0], out.r, out.h);
  else
    tell(c, "ok", "finite", "%d steps and observations are finite, and nan in the state comes out as nan", c->samples);
}

/* A buffer with guards about it: a pattern that a function must leave alone. */
typedef struct guarded {
  double before[GUARD], value[NX], after[GUARD];
} guarded;

static const double pattern = 1234.5678;

static void guard(guarded *g, const double *value, int count) {
  for (size_t i = 0; i < sizeof *g; i += sizeof pattern) memcpy((char *)g + i, &pattern, sizeof pattern);
  if (value) memcpy(g->value, value, sizeof *value * (size_t)count);
}

/* all but the first `count` values are as guard() left them */
static bool intact(const guarded *g, int count) {
  for (int i = 0; i < GUARD; i++)
    if (!same(&g->before[i], &pattern, 1) || !same(&g->after[i], &pattern, 1)) return false;
  for (int i = count; i < NX; i++)
    if (!same(&g->value[i], &pattern, 1)) return false;
  return true;
}

static const char *find_stray_write(const check *c, const sample *s, int index) {
  const duro_env *env = c->env;
  const int nx = env->spec.nx, nu = env->spec.nu, na = env->spec.na;
  guarded x, u, a, x2, obs, start;
  duro_step out[3];
  memset(out, 0x5a, sizeof out);
  guard(&x, s->x, nx), guard(&u, s->u, nu), guard(&a, s->a, na), guard(&x2, NULL, 0), guard(&obs, NULL, 0);
  guard(&start, NULL, 0);
  env->ops->step(env, c->worker, x2.value, &out[1], x.value, u.value, a.value);
  if (!intact(&x2, nx)) return "step writes outside x2";
  if (!intact(&x, nx) || !same(x.value, s->x, nx)) return "step writes into x";
  if (!intact(&u, nu) || !same(u.value, s->u, nu) || !intact(&a, na) || !same(a.value, s->a, na))
    return "step writes into the actions";
  for (size_t i = 0; i < sizeof out[0]; i++)
    if (((unsigned char *)&out[0])[i] != 0x5a || ((unsigned char *)&out[2])[i] != 0x5a)
      return "step writes beside its result";
  for (int i = 0; i < nx; i++)
    if (same(&x2.value[i], &pattern, 1)) return "step leaves a state unwritten";
  env->ops->observe(env, (float *)(void *)obs.value, s->x);
  if (!intact(&obs, (env->spec.no + 1) / 2)) return "observe writes outside obs";
  if (env->spec.no % 2 &&
      memcmp((float *)(void *)obs.value + env->spec.no, (const float *)(const void *)&pattern + 1, 4) != 0)
    return "observe writes outside obs";
  duro_stream stream = stream_at(c, (uint64_t)index);
  env->ops->reset(env, start.value, &stream, index % 2 ? DURO_START_TRAIN : DURO_START_EVAL);
  return intact(&start, nx) ? NULL : "reset writes outside x";
}

static void check_buffers(check *c) {
  for (int k = 0; k < c->samples; k++) {
    const sample s = draw(c, k);
    const char *wrong = find_stray_write(c, &s, k);
    if (wrong) {
      tell(c, "BROKEN", "buffers", "%s, from %s", wrong, describe(c, s.x));
      return;
    }
  }
  tell(c, "ok", "buffers", "step, observe and reset write their output, all of it, and nothing else (%d tries)",
       c->samples);
}

static void check_ends(check *c) {
  int terminated = 0, truncated = 0, safe = 0, running = 0;
  for (int k = 0; k < c->samples; k++) {
    const sample s = draw(c, k);
    double x2[NX] = {0};
    duro_step out = {0};
    duro_env_step(c->env, c->worker, x2, &out, s.x, s.u, s.a);
    if (out.end != DURO_RUNNING && out.end != DURO_TERMINATED && out.end != DURO_TRUNCATED) {
      tell(c, "BROKEN", "ends", "the end of a step is %d; wanted running, terminated or truncated", (int)out.end);
      return;
    }
    terminated += out.end == DURO_TERMINATED;
    truncated += out.end == DURO_TRUNCATED;
    running += out.end == DURO_RUNNING;
    safe += out.end == DURO_TERMINATED && out.h >= 0.0;
  }
  if (!running)
    tell(c, "BROKEN", "ends", "every one of %d steps ends the episode", c->samples);
  else if (safe)
    tell(c, "note", "ends", "%d of %d failures have h >= 0; they count as unsafe all the same, so h should say so",
         safe, terminated);
  else
    tell(c, "ok", "ends", "%d of %d steps fail, all with h < 0, and %d are cut off for another reason", terminated,
         c->samples, truncated);
}

/* differences of h along each state, of a ten-thousandth of the region */
static void check_gradient(check *c) {
  const duro_env_spec *spec = &c->env->spec;
  int flat = 0;
  for (int k = 0; k < c->samples; k++) {
    sample s = draw(c, k);
    const double here = c->env->ops->constraint(c->env, s.x);
    bool moves = false;
    for (int i = 0; i < spec->nx; i++) {
      const double kept = s.x[i];
      s.x[i] += 1e-4 * (spec->x_high[i] - spec->x_low[i]);
      const double slope = c->env->ops->constraint(c->env, s.x) - here;
      s.x[i] = kept;
      if (!isfinite(slope)) {
        tell(c, "BROKEN", "slope of h", "it is not finite along %s, at %s", spec->x_names[i], describe(c, s.x));
        return;
      }
      moves |= slope != 0.0;
    }
    flat += !moves;
  }
  if (flat == c->samples)
    tell(c, "BROKEN", "slope of h", "h is the same everywhere: nothing tells safe from unsafe");
  else if (2 * flat > c->samples)
    tell(c, "note", "slope of h", "h is flat at %d of %d states; learning sees no way back from there", flat,
         c->samples);
  else
    tell(c, "ok", "slope of h", "finite, and not 0 at %d of %d states", c->samples - flat, c->samples);
}

/* ---- what the environment says of itself ---- */

/* |difference| within rounding of numbers of this size */
static bool near(double one, double two, double size) {
  return fabs(one - two) <= 1e-9 * (1.0 + fabs(size));
}

static double period(const duro_env_spec *s, int j) {
  return s->x_high[j] - s->x_low[j];
}

/* what changes of a step when state j does, against what the spec says; NULL where it says nothing false */
static const char *false_fact(const duro_env_spec *s, int j, const double *x2, const duro_step *out, const double *y2,
                              const duro_step *other, double by) {
  const uint64_t bit = j < DURO_MASK_BITS ? (uint64_t)1 << j : 0;
  const bool turned = s->x_periodic && s->x_periodic[j] && by == period(s, j);
  bool needed_same = s->h_needs != 0; // of the next state, what h needs has not changed
  for (int i = 0; i < s->nx; i++) needed_same = needed_same && (!(s->h_needs >> i & 1) || x2[i] == y2[i]);
  if (needed_same && (out->h != other->h || (out->end == DURO_TERMINATED) != (other->end == DURO_TERMINATED)))
    return "h_needs leaves out a state with which h or failing changes";
  for (int i = 0; i < s->nx; i++) {
    if (s->x_needs && !(s->x_needs[i] & bit) && x2[i] != y2[i])
      return "x_needs leaves it out, but the next state changes";
    const double wanted = x2[i] + (i == j ? by : 0.0);
    if (s->x_shift & bit && !near(y2[i], wanted, wanted))
      return "x_shift names it, but the next state does not just shift";
    const double off = i == j ? remainder(y2[i] - x2[i], period(s, j)) : y2[i] - x2[i];
    if (turned && !near(off, 0.0, x2[i])) return "x_periodic names it, but a whole period changes the next state";
  }
  return turned && !near(out->h, other->h, out->h) ? "x_periodic names it, but a whole period changes h" : NULL;
}

static const char *find_false_fact(const check *c, const sample *s, int j, double by) {
  double x[NX], x2[NX] = {0}, y2[NX] = {0};
  duro_step out = {0}, other = {0};
  memcpy(x, s->x, sizeof x);
  x[j] += by;
  duro_env_step(c->env, c->worker, x2, &out, s->x, s->u, s->a);
  duro_env_step(c->env, c->worker, y2, &other, x, s->u, s->a);
  const char *wrong = false_fact(&c->env->spec, j, x2, &out, y2, &other, by);
  if (wrong) return wrong;
  // the constraint is asked by itself too
  out.h = c->env->ops->constraint(c->env, s->x), other.h = c->env->ops->constraint(c->env, x);
  const bool needed = !c->env->spec.h_needs || c->env->spec.h_needs >> j & 1;
  return needed || out.h == other.h ? NULL : "h_needs leaves it out, but h changes with it";
}

static void check_facts(check *c) {
  const duro_env_spec *s = &c->env->spec;
  if (!s->x_needs && !s->h_needs && !s->x_shift && !s->x_periodic) {
    tell(c, "ok", "facts", "none are stated");
    return;
  }
  for (int k = 0; k < c->samples; k++) {
    const sample at = draw(c, k);
    for (int j = 0; j < s->nx; j++) {
      const double steps[] = {0.01 * period(s, j), -0.3 * period(s, j), period(s, j)};
      for (int i = 0; i < 3; i++) {
        const char *wrong = find_false_fact(c, &at, j, steps[i]);
        if (!wrong) continue;
        tell(c, "BROKEN", "facts", "%s: %s (by %g, from %s)", s->x_names[j], wrong, steps[i], describe(c, at.x));
        return;
      }
    }
  }
  tell(c, "ok", "facts", "x_needs, h_needs, x_shift and x_periodic, where stated, hold at %d states", c->samples);
}

/* ---- can safety be kept from where episodes start? ---- */

static void check_start_set(check *c) {
  const size_t nx = (size_t)c->env->spec.nx, count = (size_t)c->samples;
  double *x = cli_allocate(2 * count, nx * sizeof *x), *V = cli_allocate(2 * count, sizeof *V);
  text grid = {0};
  int lost[2] = {0};
  double worst = INFINITY;
  for (size_t k = 0; k < 2 * count; k++) { // first the starts of evaluation
    duro_stream stream = stream_at(c, k % count);
    c->env->ops->reset(c->env, x + k * nx, &stream, k < count ? DURO_START_EVAL : DURO_START_TRAIN);
  }
  const bool told = check_set(V, &grid, c->env, x, (int)(2 * count));
  for (size_t k = 0; told && k < 2 * count; k++) {
    lost[k >= count] += V[k] < 0.0;
    if (k < count) worst = fmin(worst, V[k]);
  }
  if (!told)
    tell(c, "note", "start set", "no quick grid tells whether safety can be kept from the starts: %s", grid.bytes);
  else
    tell(c, lost[0] ? "note" : "ok", "start set",
         "on a coarse grid of %s, gamma_h .99, V_h is below 0 at %d of %d starts of evaluation and at %d of training; "
         "the smallest of evaluation is %.3g%s",
         grid.bytes, lost[0], c->samples, lost[1], worst,
         lost[0] ? ". Where it is below, the worst disturbance wins whatever is done; duro solve tells more" : "");
  text_release(&grid);
  free(x);
  free(V);
}

/* ---- does ending early pay? ---- */

enum { NOTHING, RANDOM, PUSH, CAREFUL, PLAYERS };

/* the smallest h when u is held for a while against a */
static double look_ahead(const check *c, const double *x, const double *u, const double *a) {
  double at[NX], next[NX], worst = INFINITY;
  memcpy(at, x, sizeof at);
  for (int t = 0; t < AHEAD; t++) {
    duro_step out = {0};
    duro_env_step(c->env, c->worker, next, &out, at, u, a);
    worst = out.h < worst ? out.h : worst;
    if (out.end || !isfinite(out.h)) return worst - (double)(AHEAD - t);
    memcpy(at, next, sizeof at);
  }
  return worst;
}

/* control of a simple player: none, random, one that is held, or what keeps h up for a while */
static void play(const check *c, int player, double *u, const double *x, const double *a, const double *held,
                 duro_stream *stream) {
  const int nu = c->env->spec.nu;
  for (int i = 0; i < nu; i++)
    u[i] = player == RANDOM ? 2.0 * duro_stream_uniform(stream) - 1.0 : player == PUSH ? held[i] : 0.0;
  if (player != CAREFUL) return;
  double best = look_ahead(c, x, u, a);
  for (int k = 0; k < CANDIDATES; k++) {
    double other[NU];
    for (int i = 0; i < nu; i++) other[i] = duro_stream_uniform(stream) < 0.5 ? -1.0 : 1.0;
    const double h = look_ahead(c, x, other, a);
    if (h > best) best = h, memcpy(u, other, sizeof other);
  }
}

/* What an episode earned: after[t] in its first t steps. */
typedef struct episode {
  double after[EPISODE + 1];
  int length;
  bool failed, broken;
} episode;

/* all players meet the same start and the same disturbance, which is held */
static void play_episode(const check *c, episode *e, int start, int player) {
  duro_stream begin = stream_at(c, 900000 + (uint64_t)start);
  duro_stream stream = stream_at(c, 910000 + (uint64_t)(start * PLAYERS + player));
  sample s = {0};
  double held[NU];
  duro_step out = {0};
  c->env->ops->reset(c->env, s.x, &begin, DURO_START_EVAL);
  draw_actions(c, &s, &begin);
  memcpy(held, s.u, sizeof held);
  *e = (episode){0};
  while (e->length < EPISODE && e->length < c->env->spec.horizon && !out.end) {
    double x2[NX];
    play(c, player, s.u, s.x, s.a, held, &stream);
    duro_env_step(c->env, c->worker, x2, &out, s.x, s.u, s.a);
    e->after[e->length + 1] = e->after[e->length] + out.r;
    e->length++;
    memcpy(s.x, x2, sizeof x2);
    if (!isfinite(out.r)) e->broken = true; // told elsewhere
    if (e->broken) return;
  }
  e->failed = out.end == DURO_TERMINATED;
}

static double total(const episode *e) {
  return e->after[e->length];
}

/* the episode of the highest return among those that failed, or survived; NULL where there is none */
static const episode *best_of(const episode *all, bool failed) {
  const episode *best = NULL;
  for (int i = 0; i < PLAYERS; i++)
    if (!all[i].broken && all[i].failed == failed && (!best || total(&all[i]) > total(best))) best = &all[i];
  return best;
}

/* failing earned more, and the survivor lost by going on after that time */
static bool failing_pays(const episode *failed, const episode *survived) {
  const int t = failed->length < survived->length ? failed->length : survived->length;
  return total(failed) > total(survived) && total(survived) < survived->after[t];
}

static void check_returns(check *c) {
  episode *all = cli_allocate(PLAYERS, sizeof *all);
  int both = 0, pays = 0, count[2] = {0};
  double sum[2] = {0};
  for (int start = 0; start < STARTS; start++) {
    for (int player = 0; player < PLAYERS; player++) {
      play_episode(c, &all[player], start, player);
      if (all[player].broken) continue;
      sum[all[player].failed] += total(&all[player]);
      count[all[player].failed]++;
    }
    const episode *failed = best_of(all, true), *survived = best_of(all, false);
    if (!failed || !survived) continue;
    both++;
    pays += failing_pays(failed, survived);
  }
  free(all);
  const double mean[2] = {sum[0] / fmax(count[0], 1), sum[1] / fmax(count[1], 1)};
  if (both)
    tell(c,
         2 * pays > both ? "BROKEN"
         : pays          ? "note"
                         : "ok",
         "ending early",
         "from %d of %d starts failing paid more than going on; mean return of %d simple episodes that failed: %.4g, "
         "of %d "
         "that did not: %.4g",
         pays, both, count[1], mean[1], count[0], mean[0]);
  else if (count[1] && mean[1] < 0.0)
    tell(c, "note", "ending early",
         "all %d simple episodes failed, with a mean return of %.4g: when steps cost, ending at "
         "once pays",
         count[1], mean[1]);
  else
    tell(c, "ok", "ending early",
         "no start had an episode that failed and one that did not, to compare (%d failed, mean return "
         "%.4g; %d did not, %.4g)",
         count[1], mean[1], count[0], mean[0]);
}

/* ---- all of it ---- */

static int check_all(check *c) {
  check_region(c);
  if (!c->failures) {
    check_starts(c, DURO_START_TRAIN, "starts");
    check_starts(c, DURO_START_EVAL, "eval starts");
    check_buffers(c);
    check_purity(c);
    check_finite(c);
    check_ends(c);
    check_gradient(c);
    check_facts(c);
    check_returns(c);
  }
  if (!c->failures) { // a grid asks what was promised above
    check_start_set(c);
  }
  if (!c->failures) {
    printf("sound as far as it was tried\n");
    return CLI_DONE;
  }
  printf("%d %s broken\n", c->failures, c->failures == 1 ? "promise is" : "promises are");
  return CLI_FAILED;
}

static duro_status configure(run_config *config, const check_options *given, const char *environment) {
  duro_status status =
      given->config ? run_config_load(config, environment, given->config) : run_config_create(config, environment);
  if (status) return status;
  if (!config->ops)
    status = duro_fail(DURO_ERROR_ARGUMENT, "no environment is given; wanted duro check ENV, see duro envs");
  for (int i = 0; !status && i < given->set.count; i++)
    status = duro_settings_assign(&config->groups[GROUP_ENV], 1, given->set.word[i]);
  if (status) run_config_release(config);
  return status;
}

static int check_configured(const run_config *config, const check_options *given) {
  duro_env *env;
  duro_status status = duro_env_create(&env, config->ops, config->env);
  if (status) return cli_report(status);
  check c = {.env = env, .samples = (int)given->samples, .seed = (uint64_t)given->seed};
  status = duro_env_worker_create(env, &c.worker);
  if (!status) status = duro_env_worker_create(env, &c.other);
  if (!status) printf("%s\n", config->ops->name);
  const int result = status ? cli_report(status) : check_all(&c);
  duro_env_worker_destroy(env, c.worker);
  duro_env_worker_destroy(env, c.other);
  duro_env_destroy(env);
  return result;
}

int command_check(int argc, char **argv) {
  check_options given = {.samples = 300, .seed = 1};
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  run_config config;
  const duro_status status = configure(&config, &given, words.count ? words.word[0] : NULL);
  if (status) return cli_report(status);
  const int result = check_configured(&config, &given);
  run_config_release(&config);
  return result;
}
