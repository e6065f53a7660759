/* What every environment promises: starts, buffers, the same bits again, numbers that are finite, ends and slopes. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "env/opened.h"
#include "study/check_inside.h"

enum { DIRT = 16384, MOST_KEPT = 2000 };
#define BESIDE 0.1    /* s of processor time that each of two threads takes side by side */
#define BESIDE_MOST 2 /* s by the clock, on a machine that is busy with other things */

void check_region(check *c) {
  const duro_env_spec *s = &c->env->spec;
  if (!s->x_low || !s->x_high) {
    check_tell(c, DURO_CHECK_BROKEN, "region", "no region of interest is named");
    return;
  }
  for (int i = 0; i < s->nx; i++)
    if (!(s->x_low[i] < s->x_high[i] && isfinite(s->x_low[i]) && isfinite(s->x_high[i]))) {
      check_tell(c, DURO_CHECK_BROKEN, "region", "the region of %s goes from %g to %g", s->x_names[i], s->x_low[i],
                 s->x_high[i]);
      return;
    }
  check_tell(c, DURO_CHECK_OK, "region", "%d states, %d observations, %d controls, %d disturbances; %d steps of %g s",
             s->nx, s->no, s->nu, s->na, s->horizon, s->dt);
}

/* ---- starts ---- */

/* the first state that lies outside of the region, by a hundredth of it; -1 where none does */
static int outside(const duro_env_spec *s, const double *x) {
  for (int i = 0; i < s->nx; i++) {
    const double allowed = 0.01 * (s->x_high[i] - s->x_low[i]);
    if (s->x_periodic && s->x_periodic[i]) continue;
    if (x[i] < s->x_low[i] - allowed || x[i] > s->x_high[i] + allowed) return i;
  }
  return -1;
}

/* Draws a start twice, on other canvases; false where that tells something. */
static bool draw_start(check *c, double *x, int k, duro_start start, const char *promise) {
  double again[CHECK_X] = {0};
  duro_stream one = check_stream(c, (uint64_t)k), two = one;
  const size_t bytes = sizeof *x * (size_t)c->env->spec.nx;
  c->canvas = 0x5a, check_reset(c, x, &one, start);
  c->canvas = 0xa5, check_reset(c, again, &two, start);
  if (!check_same(x, again, bytes)) {
    const bool canvas = check_same(&one, &two, sizeof one);
    check_tell(c, DURO_CHECK_BROKEN, promise, "two starts from the same random stream differ%s: %s",
               canvas ? "; reset leaves a state unwritten, or keeps something between its calls" : "",
               check_state(c, x));
    return false;
  }
  const double h = check_h(c, x);
  if (check_all_finite(x, c->env->spec.nx) && isfinite(h)) return true;
  check_tell(c, DURO_CHECK_BROKEN, promise, "a start is not finite: %s, h = %g", check_state(c, x), h);
  return false;
}

static void check_starts_of(check *c, duro_start start, const char *promise) {
  const duro_env_spec *s = &c->env->spec;
  int unsafe = 0, beyond = 0;
  double stray[CHECK_X] = {0};
  for (int k = 0; k < c->n; k++) {
    double x[CHECK_X] = {0};
    if (!draw_start(c, x, k, start, promise)) return;
    unsafe += check_h(c, x) < 0.0;
    if (outside(s, x) >= 0 && !beyond++) memcpy(stray, x, sizeof stray);
  }
  const int i = outside(s, stray);
  if (unsafe)
    check_tell(c, start == DURO_START_EVAL ? DURO_CHECK_BROKEN : DURO_CHECK_WARNING, promise,
               "%d of %d starts violate the constraint already", unsafe, c->n);
  else if (beyond)
    check_tell(
        c, DURO_CHECK_NOTE, promise,
        "%d of %d starts lie outside of the region, which grids and pictures see: %s = %.4g, and the region goes "
        "from %g to %g",
        beyond, c->n, s->x_names[i], stray[i], s->x_low[i], s->x_high[i]);
  else
    check_tell(c, DURO_CHECK_OK, promise,
               "%d starts are finite, safe and in the region, and come again from the same stream", c->n);
}

void check_starts(check *c) {
  check_starts_of(c, DURO_START_TRAIN, "starts");
  check_starts_of(c, DURO_START_EVAL, "eval starts");
}

/* ---- buffers ---- */

/* the first number that differs, in the bits */
static int first_other(const void *one, const void *two, size_t size, int count) {
  for (int i = 0; i < count; i++)
    if (!check_same((const char *)one + size * (size_t)i, (const char *)two + size * (size_t)i, size)) return i;
  return -1;
}

/* a step and an observation on two canvases: what stays as it was is unwritten */
static bool paint_twice(check *c, const sample *s) {
  const duro_env_spec *spec = &c->env->spec;
  outcome one, two;
  float obs[2][DURO_MAX_OBS] = {{0}};
  c->canvas = 0x5a, check_step(c, c->worker, &one, s), check_observe(c, obs[0], s->x);
  c->canvas = 0xa5, check_step(c, c->worker, &two, s), check_observe(c, obs[1], s->x);
  const int i = first_other(one.x2, two.x2, sizeof *one.x2, spec->nx);
  const int j = first_other(obs[0], obs[1], sizeof **obs, spec->no);
  unsigned char canvas[sizeof(double)];
  memset(canvas, 0xa5, sizeof canvas);
  if (i >= 0)
    check_tell(c, DURO_CHECK_BROKEN, "buffers", "step %s, x2[%d], from %s",
               check_same(&two.x2[i], canvas, sizeof *two.x2) ? "leaves a state unwritten"
                                                              : "makes a state that depends on what x2 held before",
               i, check_sample(c, s));
  else if (j >= 0)
    check_tell(c, DURO_CHECK_BROKEN, "buffers", "observe %s, obs[%d] of .no = %d, at %s",
               check_same(&obs[1][j], canvas, sizeof **obs) ? "leaves a number unwritten"
                                                            : "makes a number that depends on what obs held before",
               j, spec->no, check_state(c, s->x));
  return i < 0 && j < 0;
}

/* inputs lie in pages that cannot be written, and everything lies between pages that cannot be read: what goes wrong
 * there ends the child, and its parent tells */
void check_buffers(check *c) {
  for (int k = 0; k < c->n; k++) {
    const sample s = check_draw(c, k);
    if (!paint_twice(c, &s)) return;
  }
  check_tell(c, DURO_CHECK_OK, "buffers",
             "step, observe and reset write their output, all of it, and touch nothing beside what they are given (%d "
             "tries)",
             c->n);
}

/* ---- the same bits again ---- */

/* leaves a pattern where the next function has its local variables */
static void __attribute__((noinline)) soil(unsigned char pattern) {
  volatile unsigned char dirt[DIRT];
  for (size_t i = 0; i < sizeof dirt; i++) dirt[i] = pattern;
}

/* All that is kept of a sample. */
typedef struct kept {
  sample s;
  outcome step;
  float obs[DURO_MAX_OBS];
  double h;
} kept;

static void take(check *c, void *worker, kept *k) {
  check_step(c, worker, &k->step, &k->s);
  check_observe(c, k->obs, k->s.x);
  k->h = check_h(c, k->s.x);
}

/* which of its results differ; NULL where none do */
static const char *differs(const check *c, const kept *one, const kept *two) {
  if (!check_same(one->step.x2, two->step.x2, sizeof(double) * (size_t)c->env->spec.nx)) return "step has two results";
  if (!check_same(&one->step.out.r, &two->step.out.r, sizeof(double))) return "reward has two results";
  if (!check_same(&one->step.out.h, &two->step.out.h, sizeof(double)) || !check_same(&one->h, &two->h, sizeof(double)))
    return "h has two results";
  if (one->step.out.end != two->step.out.end) return "end has two results";
  return check_same(one->obs, two->obs, sizeof(float) * (size_t)c->env->spec.no) ? NULL : "observe has two results";
}

/* A pass over all samples, compared with what was kept. */
typedef struct pass {
  check *c;
  const kept *all;
  void *worker;
  bool backwards;
  unsigned char canvas;
  pthread_barrier_t *together; // of those side by side
  const char *wrong;
  int where;
} pass;

static void *run_pass(void *context) {
  pass *p = context;
  p->c->canvas = p->canvas;
  for (int k = 0; k < p->c->n && !p->wrong; k++) {
    p->where = p->backwards ? p->c->n - 1 - k : k;
    kept again = {.s = p->all[p->where].s};
    soil(p->canvas);
    take(p->c, p->worker, &again);
    p->wrong = differs(p->c, &again, &p->all[p->where]);
  }
  return NULL;
}

static bool run_in_thread(pass *p) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, run_pass, p)) return false;
  return pthread_join(thread, NULL) == 0;
}

/* s of processor time of this thread */
static double thread_time(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* steps of one of two threads that run side by side, without guards */
static void *run_beside(void *context) {
  pass *p = context;
  const duro_env *env = p->c->env;
  kept now = *p->all; // once: a race is found by calls, and copies would only take their time
  pthread_barrier_wait(p->together);
  const double until = thread_time() + BESIDE, most = duro_clock() + BESIDE_MOST;
  while (!p->wrong && thread_time() < until && duro_clock() < most)
    for (int k = 0; k < p->c->n && !p->wrong; k++) {
      p->where = p->backwards ? p->c->n - 1 - k : k;
      const kept *old = &p->all[p->where];
      now.h = old->h;
      env->ops->step(env, p->worker, now.step.x2, &now.step.out, old->s.x, old->s.u, old->s.a);
      env->ops->observe(env, now.obs, old->s.x);
      p->wrong = differs(p->c, &now, old);
    }
  return NULL;
}

static void run_two(check *c, pass *one, pass *two) {
  pthread_t thread;
  pthread_barrier_t together;
  if (pthread_barrier_init(&together, NULL, 2)) return;
  one->together = two->together = &together;
  env_calls_note(c->calls, ENV_CALL_SEVERAL, NULL, NULL, NULL);
  opened_watch(c->env->ops, NULL); // they would note one over the other
  if (!pthread_create(&thread, NULL, run_beside, two)) {
    run_beside(one);
    pthread_join(thread, NULL);
  }
  opened_watch(c->env->ops, c->calls);
  c->calls->call = ENV_CALL_NONE;
  pthread_barrier_destroy(&together);
  one->together = two->together = NULL;
}

/* the samples as a batch: the same bits as one by one */
static const char *run_batch(check *c, const kept *all, int *where) {
  const duro_env_spec *s = &c->env->spec;
  const size_t n = (size_t)c->n, nx = (size_t)s->nx, nu = (size_t)s->nu, na = (size_t)s->na;
  double *memory = duro_allocate(sizeof(double) * n * (2 * nx + nu + na));
  duro_step *out = duro_allocate(sizeof *out * n);
  const char *wrong = NULL;
  double *x = memory, *x2 = x + n * nx, *u = x2 + n * nx, *a = u + n * nu;
  for (size_t i = 0; memory && out && i < n; i++) {
    memcpy(x + i * nx, all[i].s.x, sizeof *x * nx);
    memcpy(u + i * nu, all[i].s.u, sizeof *u * nu);
    memcpy(a + i * na, all[i].s.a, sizeof *a * na);
  }
  if (memory && out) duro_env_step_many(c->env, c->worker, c->n, x2, out, x, u, a);
  for (size_t i = 0; memory && out && i < n && !wrong; i++) {
    kept now = all[i];
    memcpy(now.step.x2, x2 + i * nx, sizeof *x2 * nx);
    now.step.out = out[i];
    *where = (int)i;
    wrong = differs(c, &now, &all[i]);
  }
  duro_release(memory);
  duro_release(out);
  return wrong;
}

static const char *find_impure(check *c, kept *all, int *where) {
  pass passes[] = {{.worker = c->worker, .canvas = 0x5a},
                   {.worker = c->other, .canvas = 0xa5, .backwards = true},
                   {.worker = c->worker, .canvas = 0x33}};
  for (int k = 0; k < c->n; k++) {
    all[k].s = check_draw(c, k);
    soil(0x5a);
    take(c, c->worker, &all[k]);
  }
  for (int i = 0; i < 3; i++) {
    passes[i].c = c, passes[i].all = all;
    if (i < 2)
      run_pass(&passes[i]);
    else
      run_in_thread(&passes[i]);
    *where = passes[i].where;
    if (passes[i].wrong) return passes[i].wrong;
  }
  return run_batch(c, all, where);
}

static bool find_race(check *c, const kept *all) {
  pass one = {.c = c, .all = all, .worker = c->worker}, two = one;
  two.worker = c->other, two.backwards = true;
  run_two(c, &one, &two);
  return one.wrong || two.wrong;
}

static void check_kept(check *c) {
  kept *all = duro_allocate(sizeof *all * (size_t)c->n);
  int where = 0;
  if (!all) return;
  const char *wrong = find_impure(c, all, &where);
  if (wrong)
    check_tell(c, DURO_CHECK_BROKEN, "pure step",
               "%s, from %s: something is kept between calls, or read before it is written, or taken from an address",
               wrong, check_sample(c, &all[where].s));
  else if (!c->options->quick && !check_is_slow(c->env) && find_race(c, all))
    check_tell(c, DURO_CHECK_BROKEN, "pure step",
               "two threads that call it at once get other results than one alone: something static is used");
  else
    check_tell(c, DURO_CHECK_OK, "pure step",
               "%d steps have the same bits again: in another order, elsewhere in memory, by another thread%s", c->n,
               c->options->quick ? "" : ", in a batch and side by side");
  duro_release(all);
}

void check_purity(check *c) {
  const int n = c->n;
  c->n = n < MOST_KEPT ? n : MOST_KEPT; // what is kept of each is large
  check_kept(c);
  c->n = n;
}

/* ---- ends ---- */

void check_ends(check *c) {
  int terminated = 0, truncated = 0, safe = 0, running = 0;
  for (int k = 0; k < c->n; k++) {
    const sample s = check_draw(c, k);
    outcome o;
    check_step(c, c->worker, &o, &s);
    terminated += o.out.end == DURO_TERMINATED;
    truncated += o.out.end == DURO_TRUNCATED;
    running += o.out.end == DURO_RUNNING;
    safe += o.out.end == DURO_TERMINATED && o.out.h >= 0.0;
  }
  if (!running)
    check_tell(c, DURO_CHECK_BROKEN, "ends", "every one of %d steps ends the episode", c->n);
  else if (safe)
    check_tell(c, DURO_CHECK_NOTE, "ends",
               "%d of %d failures have h >= 0; they count as unsafe all the same, so h should say so", safe,
               terminated);
  else
    check_tell(c, DURO_CHECK_OK, "ends", "%d of %d steps fail, all with h < 0, and %d are cut off for another reason",
               terminated, c->n, truncated);
}

/* ---- slope of h ---- */

enum { FLAT, SLOPED, JUMPS, ENDLESS };

/* differences of h along each state, of a ten-thousandth of the region; a jump is a tenth of h_scale there, and as
 * large over a hundredth of that way */
static int slope_at(check *c, sample *s, int *axis) {
  const duro_env_spec *spec = &c->env->spec;
  const double here = check_h(c, s->x);
  int found = FLAT;
  for (int i = 0; i < spec->nx; i++) {
    const double kept = s->x[i], range = spec->x_high[i] - spec->x_low[i];
    s->x[i] = kept + 1e-4 * range;
    const double far = check_h(c, s->x) - here;
    s->x[i] = kept;
    *axis = i;
    if (!isfinite(far)) return ENDLESS;
    if (fabs(far) > 0.1 * spec->h_scale) found = JUMPS;
    if (far != 0.0 && found == FLAT) found = SLOPED;
  }
  return found;
}

void check_slope(check *c) {
  int flat = 0, jumps = 0, axis = 0;
  bool other = false; // h has another value somewhere
  double first = 0.0;
  for (int k = 0; k < c->n; k++) {
    sample s = check_draw(c, k);
    const double here = check_h(c, s.x);
    if (k == 0) first = here;
    other |= here != first;
    const int found = slope_at(c, &s, &axis);
    flat += found == FLAT, jumps += found == JUMPS;
    if (found != ENDLESS) continue;
    check_tell(c, DURO_CHECK_BROKEN, "slope of h", "it is not finite along %s, at %s", c->env->spec.x_names[axis],
               check_state(c, s.x));
    return;
  }
  if (flat == c->n && !other)
    check_tell(c, DURO_CHECK_BROKEN, "slope of h", "h is the same everywhere: nothing tells safe from unsafe");
  else if (2 * flat > c->n)
    check_tell(c, 10 * flat > 9 * c->n ? DURO_CHECK_WARNING : DURO_CHECK_NOTE, "slope of h",
               "h is flat at %d of %d states; learning sees no way back from there", flat, c->n);
  else if (jumps)
    check_tell(
        c, DURO_CHECK_NOTE, "slope of h",
        "h changes by a tenth of h_scale = %g within a ten-thousandth of the region at %d of %d states, as if it "
        "jumped",
        c->env->spec.h_scale, jumps, c->n);
  else
    check_tell(c, DURO_CHECK_OK, "slope of h", "finite, and not 0 at %d of %d states", c->n - flat, c->n);
}
