/* Numbers on the way: all finite, and of about the size that learning wants. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "study/check_inside.h"

enum { WIDE = 200000, WIDE_QUICK = 20000, WIDE_MODEL = 2000, TRIES = 4 };
enum { WALKS = 96, WALKS_QUICK = 16, WALKS_MODEL = 12, LONGEST = 500, LONGEST_MODEL = 100 };
static const double budget = 3, budget_quick = .1; // s of each part below, for what is slow

/* what of a step is not finite, in words; NULL where all is */
static const char *not_finite(const check *c, const outcome *o) {
  if (!check_all_finite(o->x2, c->env->spec.nx)) return "the next state is";
  if (!isfinite(o->out.h)) return "h of the next state is";
  return isfinite(o->out.r) ? NULL : "the reward is";
}

/* tries the observation and h of the state and a step from it; false where that tells something */
static bool try_sample(check *c, const sample *s, outcome *o, float *obs, const char *where) {
  const double here = check_h(c, s->x);
  if (!isfinite(here)) {
    check_tell(c, DURO_CHECK_BROKEN, "finite", "h = %g %s, at %s", here, where, check_state(c, s->x));
    return false;
  }
  check_observe(c, obs, s->x);
  for (int i = 0; i < c->env->spec.no; i++)
    if (!isfinite(obs[i])) {
      check_tell(c, DURO_CHECK_BROKEN, "finite", "obs[%d] = %g %s, at %s", i, (double)obs[i], where,
                 check_state(c, s->x));
      return false;
    }
  check_step(c, c->worker, o, s);
  const char *wrong = not_finite(c, o);
  if (wrong) {
    const char *why = duro_env_trouble(c->env);
    check_tell(c, DURO_CHECK_BROKEN, "finite", "%s not finite %s, from %s%s%s", wrong, where, check_sample(c, s),
               why ? ": " : "", why ? why : "");
    return false;
  }
  const double h = check_h(c, o->x2);
  if (h != o->out.h) {
    check_tell(c, DURO_CHECK_BROKEN, "finite", "a step says h = %.17g, the constraint of its state is %.17g, at %s",
               o->out.h, h, check_state(c, o->x2));
    return false;
  }
  if (o->out.end == DURO_RUNNING || o->out.end == DURO_TERMINATED || o->out.end == DURO_TRUNCATED) return true;
  check_tell(c, DURO_CHECK_BROKEN, "ends", "the end of a step is %d; wanted running, terminated or truncated",
             (int)o->out.end);
  return false;
}

/* nan in the state has to come out */
static bool try_nan(check *c) {
  sample s = check_draw(c, 0);
  outcome o;
  s.x[0] = NAN;
  check_step(c, c->worker, &o, &s);
  if (!isfinite(o.out.h) && !isfinite(o.out.r) && o.out.end == DURO_RUNNING) return true;
  check_tell(c, DURO_CHECK_BROKEN, "finite", "%s = nan goes unnoticed: r = %g, h = %g, wanted nan of both and no end",
             c->env->spec.x_names[0], o.out.r, o.out.h);
  return false;
}

void check_finite(check *c) {
  const bool quick = c->options->quick;
  const int wanted = check_is_slow(c->env) ? WIDE_MODEL : quick ? WIDE_QUICK : WIDE;
  const double until = duro_clock() + (quick ? budget_quick : budget);
  float obs[DURO_MAX_OBS];
  outcome o;
  int tried = 0;
  for (; tried < wanted && (tried % 64 || duro_clock() < until); tried++) {
    const sample s = check_wide(c, tried);
    if (!try_sample(c, &s, &o, obs, "in the region")) return;
  }
  if (try_nan(c))
    check_tell(
        c, DURO_CHECK_OK, "finite",
        "%d steps and observations from the whole region, its corners and faces are finite, and nan in the state "
        "comes out as nan",
        tried);
}

/* ---- walks ---- */

/* Sizes of what was met: sum of magnitudes and range of each. */
typedef struct sizes {
  double sum[DURO_MAX_OBS], low[DURO_MAX_OBS], high[DURO_MAX_OBS];
  double h, r;
  int64_t count;
} sizes;

static void measure(const check *c, sizes *z, const float *obs, const outcome *o) {
  for (int i = 0; i < c->env->spec.no; i++) {
    const double v = (double)obs[i];
    z->sum[i] += fabs(v);
    z->low[i] = z->count ? fmin(z->low[i], v) : v;
    z->high[i] = z->count ? fmax(z->high[i], v) : v;
  }
  z->h += fabs(o->out.h), z->r += fabs(o->out.r);
  z->count++;
}

enum { ANY, HELD, SWITCHED, WORST, CAREFUL, PLAYERS };

static void draw_corner(double *value, int count, duro_stream *stream) {
  for (int i = 0; i < count; i++) value[i] = duro_stream_uniform(stream) < 0.5 ? -1.0 : 1.0;
}

/* of a few corners the pair after which h is least, or the control after which it is largest under one disturbance */
static void choose(check *c, sample *s, duro_stream *stream, bool careful) {
  sample tried = *s;
  double best = INFINITY;
  draw_corner(tried.a, c->env->spec.na, stream);
  for (int k = 0; k < TRIES; k++) {
    outcome o;
    draw_corner(tried.u, c->env->spec.nu, stream);
    if (!careful) draw_corner(tried.a, c->env->spec.na, stream);
    check_step(c, c->worker, &o, &tried);
    const double h = careful ? -o.out.h : o.out.h;
    if (!(h < best)) continue;
    best = h;
    *s = tried;
  }
}

static void play(check *c, int player, int t, sample *s, duro_stream *stream) {
  const bool turn = t == 0 || (player == SWITCHED && duro_stream_uniform(stream) < 0.1);
  if (player == ANY)
    check_actions(c, s, stream);
  else if (player == WORST || player == CAREFUL)
    choose(c, s, stream, player == CAREFUL);
  else if (turn)
    draw_corner(s->u, c->env->spec.nu, stream), draw_corner(s->a, c->env->spec.na, stream);
}

/* one episode of two simple players; false where it told something */
static bool walk(check *c, sizes *z, int64_t *steps, int index) {
  const int longest = check_is_slow(c->env) ? LONGEST_MODEL : LONGEST;
  duro_stream stream = check_stream(c, 800000 + (uint64_t)index);
  sample s = {0};
  check_reset(c, s.x, &stream, index % 2 ? DURO_START_TRAIN : DURO_START_EVAL);
  for (int t = 0; t < longest && t < c->env->spec.horizon; t++) {
    float obs[DURO_MAX_OBS];
    char where[40];
    outcome o;
    snprintf(where, sizeof where, "after %d steps of an episode", t);
    play(c, index % PLAYERS, t, &s, &stream);
    if (!try_sample(c, &s, &o, obs, where)) return false;
    if (check_h(c, s.x) >= 0.0) measure(c, z, obs, &o); // far outside anything may be large
    ++*steps;
    if (o.out.end) break;
    memcpy(s.x, o.x2, sizeof s.x);
  }
  return true;
}

/* ---- about 1 ---- */

/* of the mean magnitude, to be quiet about */
static const double least = .01, most = 20, most_of_h = 50, most_of_reward = 100;

static bool fits(double size, double top) {
  return size >= least && size <= top;
}

static void tell_observations(check *c, const sizes *z) {
  const duro_env_spec *s = &c->env->spec;
  int worst = -1, still = 0, many = 0;
  double worst_size = 1.0;
  for (int i = 0; i < s->no; i++) {
    const double size = z->sum[i] / (double)z->count;
    const bool constant = z->low[i] == z->high[i];
    still += constant;
    if (fits(size, most) || constant) continue;
    many++;
    if (worst >= 0 && fabs(log(size)) <= fabs(log(worst_size))) continue;
    worst = i, worst_size = size;
  }
  if (worst >= 0)
    check_tell(c, DURO_CHECK_WARNING, "scale",
               "%d of %d observations are far from 1: the mean magnitude of obs[%d] is %.2g over %lld safe states, and "
               "it goes from %.3g to %.3g; networks see it as it is, so scale it in observe",
               many, s->no, worst, worst_size, (long long)z->count, z->low[worst], z->high[worst]);
  if (still) check_tell(c, DURO_CHECK_NOTE, "scale", "%d of %d observations never change", still, s->no);
}

static void tell_h_and_reward(check *c, const sizes *z) {
  const double scale = c->env->spec.h_scale, h = z->h / (double)z->count, r = z->r / (double)z->count;
  if (!fits(h / scale, most_of_h))
    check_tell(
        c, DURO_CHECK_WARNING, "scale",
        "the mean magnitude of h is %.2g over %lld safe states, and of h / h_scale %.2g; learning wants about 1: "
        "set .h_scale to about %.1g",
        h, (long long)z->count, h / scale, h);
  if (r == 0.0)
    check_tell(c, DURO_CHECK_NOTE, "scale", "the reward was 0 at all of %lld safe states", (long long)z->count);
  else if (!fits(r, most_of_reward))
    check_tell(c, DURO_CHECK_WARNING, "scale",
               "the mean magnitude of the reward is %.2g over %lld safe states; learning wants about 1: scale it by "
               "about %.1g",
               r, (long long)z->count, 1.0 / r);
}

static void tell_sizes(check *c, const sizes *z) {
  const int before = c->findings->count;
  tell_observations(c, z);
  tell_h_and_reward(c, z);
  double smallest = INFINITY, largest = 0.0;
  for (int i = 0; i < c->env->spec.no; i++) smallest = fmin(smallest, z->sum[i]), largest = fmax(largest, z->sum[i]);
  const double n = (double)z->count;
  if (c->findings->count == before)
    check_tell(c, DURO_CHECK_OK, "scale",
               "mean magnitudes: observations %.2g to %.2g, h / h_scale %.2g, reward %.2g; learning wants about 1",
               smallest / n, largest / n, z->h / n / c->env->spec.h_scale, z->r / n);
}

void check_walks(check *c) {
  const bool quick = c->options->quick;
  const int wanted = check_is_slow(c->env) ? WALKS_MODEL : quick ? WALKS_QUICK : WALKS;
  const double until = duro_clock() + (quick ? budget_quick : budget);
  sizes z = {0};
  int played = 0;
  int64_t steps = 0;
  for (; played < wanted && (played < PLAYERS || duro_clock() < until); played++)
    if (!walk(c, &z, &steps, played)) return;
  check_tell(c, DURO_CHECK_OK, "episodes", "%lld steps of %d episodes of random, held and adverse actions are finite",
             (long long)steps, played);
  if (z.count) tell_sizes(c, &z);
}

/* ---- what the players move ---- */

/* whether another value of one action changes the next state, or the reward */
static void turn_one(check *c, const sample *s, const double *action, bool *moves, bool *pays) {
  sample other = *s;
  double *turned = (double *)(void *)((char *)&other + ((const char *)action - (const char *)s));
  outcome one, two;
  *turned = *action > 0.0 ? -1.0 : 1.0;
  check_step(c, c->worker, &one, s);
  check_step(c, c->worker, &two, &other);
  *moves |= !check_same(one.x2, two.x2, sizeof(double) * (size_t)c->env->spec.nx);
  *pays |= one.out.r != two.out.r;
}

/* of one player; false where that tells something */
static bool check_player(check *c, int count, size_t offset, const char *word, const char *letter) {
  bool all = true;
  for (int i = 0; i < count; i++) {
    bool moves = false, pays = false;
    for (int k = 0; k < c->n && !moves; k++) {
      const sample s = check_draw(c, k);
      turn_one(c, &s, (const double *)(const void *)((const char *)&s + offset) + i, &moves, &pays);
    }
    if (moves) continue;
    char which[16] = "";
    if (count > 1) snprintf(which, sizeof which, " %s[%d]", letter, i);
    check_tell(c, DURO_CHECK_WARNING, "inputs", "the %s%s changes %s, at any of %d states%s", word, which,
               pays ? "the reward and no state" : "nothing", c->n,
               letter[0] == 'a' ? "; without one, leave .na at 0" : "");
    all = false;
  }
  return all;
}

void check_inputs(check *c) {
  const duro_env_spec *s = &c->env->spec;
  bool all = check_player(c, s->nu, offsetof(sample, u), "control", "u");
  all &= check_player(c, s->na, offsetof(sample, a), "disturbance", "a");
  if (all && s->na == 0)
    check_tell(c, DURO_CHECK_OK, "inputs", "every control changes the next state, and there is no disturbance");
  else if (all)
    check_tell(c, DURO_CHECK_OK, "inputs", "every control and every disturbance changes the next state");
}
