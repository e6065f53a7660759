#include "rl/collect.h"

#include "base/error.h"
#include "base/math.h"
#include "base/purposes.h"

#include "policy/levels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

typedef enum opponent { OPPONENT_NONE, OPPONENT_RANDOM, OPPONENT_CONSTANT, OPPONENT_MU, OPPONENT_MU_H } opponent;

typedef enum player { PLAYER_TASK, PLAYER_SAFETY, PLAYER_FILTER } player;

enum { BLOCKS = 8 }; // counter blocks of a slot: room for 32 words

static float *take(duro_arena *arena, size_t n) {
  return duro_arena_take(arena, n * sizeof(float));
}

/* does pi_h, or the filter, play some episodes beside the policy that acts in the others? */
static bool shares(const collector *c, double share) {
  return share > 0.0 && learner_has(c->learner, ROLE_PI_H) && c->learner->algorithm->acts != ROLE_PI_H;
}

static bool plays_filter(const collector *c) {
  return shares(c, c->set.play_filter);
}

static bool plays_pi_h(const collector *c) {
  return shares(c, c->set.play_pi_h) || plays_filter(c);
}

static bool plays(const collector *c, int r) {
  return learner_has(c->learner, (role)r) && (r == (int)c->learner->algorithm->acts || r == ROLE_MU || r == ROLE_MU_H ||
                                              (r == ROLE_PI_H && plays_pi_h(c)) || (r == ROLE_QH && plays_filter(c)));
}

static void layout_memory(collector *c) {
  c->episode = duro_arena_take(&c->memory, sizeof(int64_t) * (size_t)c->batch->n);
  c->gain = duro_arena_take(&c->memory, sizeof(double) * (size_t)c->batch->n);
  if (c->set.restarts <= 0.0) return;
  const size_t n = (size_t)c->batch->n, nx = (size_t)c->env->spec.nx;
  c->past = duro_arena_take(&c->memory, sizeof(double) * n * (size_t)c->set.restart_steps * nx);
  c->violated = duro_arena_take(&c->memory, sizeof(int64_t) * n);
  c->edge = duro_arena_take(&c->memory, sizeof(double) * EDGE * nx);
  c->edge_made = duro_arena_take(&c->memory, sizeof(int64_t));
}

static void layout_work(collector *c) {
  const learner *l = c->learner;
  const size_t lanes = (size_t)c->panels * LANES, wide = (size_t)(l->nu > l->na ? l->nu : l->na);
  mlp_scratch_layout(&c->scratch, &c->work, (int)l->set.width, c->panels);
  for (int r = 0; r < ROLE_COUNT; ++r)
    if (plays(c, r)) mlp_tape_layout(&c->tape[r], &c->work, &l->nets[r].shape, TAPE_VALUE, &c->scratch, c->panels);
  c->obs = take(&c->work, lanes * (size_t)l->no);
  c->obs_u = learner_sees_u(l) ? take(&c->work, lanes * (size_t)(l->no + l->nu)) : NULL;
  c->u = take(&c->work, lanes * (size_t)l->nu);
  c->u_h = take(&c->work, lanes * (size_t)l->nu);
  c->a_mu = take(&c->work, lanes * (size_t)l->na);
  c->a_mu_h = take(&c->work, lanes * (size_t)l->na);
  c->logp = take(&c->work, lanes);
  c->noise = take(&c->work, lanes * wide);
  c->joined = plays_filter(c) ? take(&c->work, lanes * (size_t)(l->no + l->nu + l->na)) : NULL;
  c->value = plays_filter(c) ? take(&c->work, lanes) : NULL;
  c->player = duro_arena_take(&c->work, sizeof(int) * (size_t)c->batch->n);
  c->opponent = duro_arena_take(&c->work, sizeof(int) * (size_t)c->batch->n);
}

/* number of the present episode of a slot, over all slots */
static uint64_t episode_index(const collector *c, int i) {
  return (uint64_t)i + (uint64_t)c->batch->n * (uint64_t)c->episode[i];
}

/* The adversary of an episode, a pure function of seed and episode. [theory: chosen] */
static opponent draw_opponent(const collector *c, int i) {
  const bool mu = learner_has(c->learner, ROLE_MU), mu_h = learner_has(c->learner, ROLE_MU_H);
  if (!mu && !mu_h) return OPPONENT_NONE;
  duro_stream stream = duro_stream_at(c->learner->seed, DURO_PURPOSE_ADVERSARY_CHOICE, episode_index(c, i));
  double at = duro_stream_uniform(&stream);
  if ((at -= c->set.against_mu_h) < 0.0) return mu_h ? OPPONENT_MU_H : OPPONENT_MU;
  if ((at -= c->set.against_mu) < 0.0) return mu ? OPPONENT_MU : OPPONENT_MU_H;
  if ((at -= c->set.against_random) < 0.0) return OPPONENT_RANDOM;
  return at < c->set.against_constant ? OPPONENT_CONSTANT : OPPONENT_NONE;
}

static player draw_player(const collector *c, int i) {
  if (!plays_pi_h(c)) return PLAYER_TASK;
  duro_stream stream = duro_stream_at(c->learner->seed, DURO_PURPOSE_PLAYER, episode_index(c, i));
  const double at = duro_stream_uniform(&stream);
  if (at < c->set.play_pi_h) return PLAYER_SAFETY;
  return at < c->set.play_pi_h + c->set.play_filter ? PLAYER_FILTER : PLAYER_TASK;
}

/* who plays, a function of seed and episode */
static void draw_players(collector *c, int i) {
  c->opponent[i] = (int)draw_opponent(c, i);
  c->player[i] = (int)draw_player(c, i);
}

/* Starts near the edge, if the episode is one of those; false: it is not. Where the constraint was lost once, and what
 * came before it, is what the safety players have to know and hand-made starts seldom show. */
static bool restart(collector *c, int i) {
  if (c->set.restarts <= 0.0 || !*c->edge_made) return false;
  duro_stream stream = duro_stream_at(c->learner->seed, DURO_PURPOSE_RESTART, episode_index(c, i));
  if (duro_stream_uniform(&stream) >= c->set.restarts) return false;
  const uint32_t held = *c->edge_made < EDGE ? (uint32_t)*c->edge_made : EDGE;
  duro_env_batch_place(c->batch, i, c->edge + (ptrdiff_t)duro_stream_below(&stream, held) * c->env->spec.nx);
  return true;
}

static void begin_episode(collector *c, int i) {
  if (!restart(c, i)) {
    duro_stream stream = duro_stream_at(c->learner->seed, DURO_PURPOSE_RESET_TRAIN, episode_index(c, i));
    const bool near = duro_stream_uniform(&stream) < c->set.eval_starts;
    duro_env_batch_reset(c->batch, i, &stream, near ? DURO_START_EVAL : DURO_START_TRAIN);
  }
  draw_players(c, i);
  c->gain[i] = 0.0;
  if (c->violated) c->violated[i] = c->batch->h[i] < 0.0;
}

static duro_status create_workers(collector *c, int threads) {
  c->workers = duro_allocate(sizeof *c->workers * (size_t)threads);
  if (!c->workers) return DURO_ERROR_MEMORY;
  for (int i = 0; i < threads; ++i) {
    const duro_status status = duro_env_worker_create(c->env, &c->workers[i]);
    if (status) return status;
  }
  return DURO_OK;
}

static duro_status check(const duro_train_settings *train) {
  const double shares = train->against_mu_h + train->against_mu + train->against_random + train->against_constant;
  if (shares > 1.0 + 1e-9)
    return duro_fail(DURO_ERROR_ARGUMENT, "the shares train.against_* sum to %g; wanted at most 1", shares);
  if (train->play_pi_h + train->play_filter > 1.0 + 1e-9)
    return duro_fail(DURO_ERROR_ARGUMENT, "train.play_pi_h and train.play_filter sum to %g; wanted at most 1",
                     train->play_pi_h + train->play_filter);
  if (train->replay < train->envs)
    return duro_fail(DURO_ERROR_ARGUMENT, "train.replay is %lld; wanted at least train.envs = %lld",
                     (long long)train->replay, (long long)train->envs);
  return DURO_OK;
}

duro_status collector_create(collector **out, learner *l, const duro_env *env, const duro_train_settings *train) {
  *out = NULL;
  duro_status status = check(train);
  if (status) return status;
  collector *c = duro_allocate(sizeof *c);
  if (!c) return DURO_ERROR_MEMORY;
  *c = (collector){.learner = l, .env = env, .set = *train, .bad_slot = -1};
  c->panels = ((int)train->envs + LANES - 1) / LANES;
  if ((status = duro_env_batch_create(&c->batch, env, (int)train->envs)) ||
      (status = create_workers(c, duro_pool_threads(l->pool)))) {
    collector_destroy(c);
    return status;
  }
  c->batch->amplitude = train->amplitude;
  layout_memory(c);
  layout_work(c);
  if ((status = duro_arena_allocate(&c->memory)) || (status = duro_arena_allocate(&c->work))) {
    collector_destroy(c);
    return status;
  }
  layout_memory(c);
  layout_work(c);
  for (int i = 0; i < c->batch->n; ++i) begin_episode(c, i);
  *out = c;
  return DURO_OK;
}

void collector_destroy(collector *c) {
  if (!c) return;
  for (int i = 0; c->workers && i < duro_pool_threads(c->learner->pool); ++i)
    duro_env_worker_destroy(c->env, c->workers[i]);
  duro_release(c->workers);
  duro_env_batch_destroy(c->batch);
  duro_arena_release(&c->memory);
  duro_arena_release(&c->work);
  duro_release(c);
}

/* slots [first, first + count): whole panels but for the last */
typedef struct share {
  int panel, panels, first, count;
} share;

static void normals(collector *c, const share *s, int d, duro_stream key) {
  const int start = s->panel * d * LANES;
  c->learner->kernels->normals(c->noise + start, start, s->panels * d * LANES, key.seed, key.purpose, key.index);
}

/* y (P x d x 16) = clip(tanh(net(x)) + scale noise) */
static void act_tanh(collector *c, const share *s, float *y, const float *x, role r, float scale, duro_stream key) {
  const learner *l = c->learner;
  const int d = roles[r].head == HEAD_DISTURB ? l->na : l->nu;
  mlp_forward(l->kernels, &c->tape[r], l->nets[r].state.w, x, s->panel, s->panels);
  const int start = s->panel * d * LANES, n = s->panels * d * LANES;
  l->kernels->tanh(y + start, mlp_out(&c->tape[r]) + start, n);
  normals(c, s, d, key);
  for (int i = start; i < start + n; ++i) y[i] = m_clampf(y[i] + scale * c->noise[i], -1.0f, 1.0f);
}

/* u ~ pi(.|x) */
static void act_gaussian(collector *c, const share *s, duro_stream key) {
  const learner *l = c->learner;
  const mlp_tape *tape = &c->tape[ROLE_PI];
  mlp_forward(l->kernels, tape, l->nets[ROLE_PI].state.w, c->obs, s->panel, s->panels);
  normals(c, s, l->nu, key);
  const int start = s->panel * l->nu * LANES;
  l->kernels->gaussian(c->u + start, c->logp + s->panel * LANES, mlp_out(tape) + 2 * start, c->noise + start, l->nu,
                       s->panels);
}

/* u ~ pi(.|x) of a categorical policy; the first vector at which the sum of probabilities passes a uniform number. */
static void act_categorical(collector *c, const share *s, float *u, role r, duro_stream key) {
  const learner *l = c->learner;
  mlp_forward(l->kernels, &c->tape[r], l->nets[r].state.w, c->obs, s->panel, s->panels);
  for (int i = s->first; i < s->first + s->count; ++i) {
    const float *z = mlp_out(&c->tape[r]) + ((ptrdiff_t)(i / LANES) * l->vectors * LANES + i % LANES);
    const float top = z[levels_best(z, l->vectors, LANES) * LANES];
    float weight[LEVELS_MOST], sum = 0.0f;
    for (int k = 0; k < l->vectors; ++k) sum += weight[k] = m_expf(z[k * LANES] - top);
    duro_stream stream = key;
    stream.block = (uint32_t)(i * BLOCKS);
    float left = sum * duro_stream_uniformf(&stream);
    int chosen = 0;
    for (; chosen < l->vectors - 1 && left >= weight[chosen]; ++chosen) left -= weight[chosen];
    for (int j = 0; j < l->nu; ++j)
      u[((i / LANES) * l->nu + j) * LANES + i % LANES] = levels_control(chosen, j, l->levels);
  }
}

/* d uniform values in [-1, 1] for slot i, from the stream `key` */
static void uniform(float *out, int i, int d, duro_stream key) {
  key.block = (uint32_t)(i * BLOCKS);
  for (int j = 0; j < d; ++j) out[j] = 2.0f * duro_stream_uniformf(&key) - 1.0f;
}

/* one of the control vectors, all alike, for slot i */
static void uniform_vector(const learner *l, float *u, int i, duro_stream key) {
  key.block = (uint32_t)(i * BLOCKS);
  const int chosen = (int)duro_stream_below(&key, (uint32_t)l->vectors);
  for (int j = 0; j < l->nu; ++j) u[j] = levels_control(chosen, j, l->levels);
}

static void from_panels(float *row, const float *x, int i, int d) {
  for (int j = 0; j < d; ++j) row[j] = x ? x[((i / LANES) * d + j) * LANES + i % LANES] : 0.0f;
}

/* the corner of the disturbance box that slot i meets for its whole episode */
static void hold_corner(const collector *c, float *a, int i) {
  duro_stream key = duro_stream_at(c->learner->seed, DURO_PURPOSE_CORNER, episode_index(c, i));
  for (int j = 0; j < c->learner->na; ++j) a[j] = duro_stream_below(&key, 2) ? 1.0f : -1.0f;
}

/* row i of an array (P x width x 16), from feature `at` on */
static void to_panels(float *x, int width, int at, const float *row, int i, int d) {
  for (int j = 0; j < d; ++j) x[((i / LANES) * width + at + j) * LANES + i % LANES] = row[j];
}

/* The observation of slot i, as the networks see it, from feature 0 of an array (P x width x 16) on. */
static void see(const collector *c, float *x, int width, int i) {
  const int no = c->learner->no;
  const float *obs = c->batch->obs + i * no;
  const scales *s = learner_scales(c->learner);
  for (int j = 0; j < no; ++j)
    x[((i / LANES) * width + j) * LANES + i % LANES] = s ? (obs[j] - s->shift[j]) * s->scale[j] : obs[j];
}

/* corner number k of the disturbance box, as the disturbance of slots' joined inputs */
static void join_corner(collector *c, const share *s, int k) {
  const learner *l = c->learner;
  float a[DURO_MAX_ACTION];
  for (int j = 0; j < l->na; ++j) a[j] = (k >> j & 1) ? 1.0f : -1.0f;
  for (int i = s->first; i < s->first + s->count; ++i)
    to_panels(c->joined, l->nets[ROLE_QH].inputs, l->no + l->nu, a, i, l->na);
}

/* The least Q_h over the corners beside mu_h, where the filter looks at them, into c->value. */
static const float *least_value(collector *c, const share *s) {
  learner *l = c->learner;
  const mlp_tape *tape = &c->tape[ROLE_QH];
  mlp_forward(l->kernels, tape, learner_frozen(l, ROLE_QH), c->joined, s->panel, s->panels);
  for (int i = s->first; i < s->first + s->count; ++i) c->value[i] = mlp_out(tape)[i];
  for (int k = 0; l->set.filter_corners && l->na <= 4 && k < 1 << l->na; ++k) {
    join_corner(c, s, k);
    mlp_forward(l->kernels, tape, learner_frozen(l, ROLE_QH), c->joined, s->panel, s->panels);
    for (int i = s->first; i < s->first + s->count; ++i)
      c->value[i] = mlp_out(tape)[i] < c->value[i] ? mlp_out(tape)[i] : c->value[i];
  }
  return c->value;
}

/* The filter: the control of pi where Q_h(x, u, mu_h) >= the margin, else that of pi_h, into c->u of its slots. */
static void filter(collector *c, const share *s) {
  learner *l = c->learner;
  const int no = l->no, nu = l->nu, na = l->na, width = l->nets[ROLE_QH].inputs;
  const bool sees_u = learner_sees_u(l);
  for (int i = s->first; i < s->first + s->count; ++i) {
    float u[DURO_MAX_ACTION];
    from_panels(u, c->u, i, nu);
    see(c, c->joined, width, i);
    to_panels(c->joined, width, no, u, i, nu);
    if (!sees_u) continue;
    see(c, c->obs_u, no + nu, i);
    to_panels(c->obs_u, no + nu, no, u, i, nu);
  }
  mlp_forward(l->kernels, &c->tape[ROLE_MU_H], l->nets[ROLE_MU_H].state.w, sees_u ? c->obs_u : c->obs, s->panel,
              s->panels);
  const int start = s->panel * na * LANES;
  l->kernels->tanh(c->a_mu_h + start, mlp_out(&c->tape[ROLE_MU_H]) + start, s->panels * na * LANES);
  for (int i = s->first; i < s->first + s->count; ++i) {
    float a[DURO_MAX_ACTION];
    from_panels(a, c->a_mu_h, i, na);
    to_panels(c->joined, width, no + nu, a, i, na);
  }
  const float *value = least_value(c, s), margin = (float)l->set.filter_margin;
  for (int i = s->first; i < s->first + s->count; ++i) {
    if (c->player[i] != PLAYER_FILTER || value[i] >= margin) continue;
    float u[DURO_MAX_ACTION];
    from_panels(u, c->u_h, i, nu);
    to_panels(c->u, nu, 0, u, i, nu);
  }
}

/* controls of the thread's slots, into the batch */
static void choose_controls(collector *c, const share *s, uint64_t round) {
  learner *l = c->learner;
  const int no = l->no, nu = l->nu;
  const duro_stream explore = duro_stream_at(l->seed, DURO_PURPOSE_EXPLORE, round);
  for (int i = s->first; i < s->first + s->count; ++i) see(c, c->obs, no, i);
  if (l->levels)
    act_categorical(c, s, c->u, l->algorithm->acts, explore);
  else if (l->algorithm->acts == ROLE_PI)
    act_gaussian(c, s, explore);
  else
    act_tanh(c, s, c->u, c->obs, l->algorithm->acts, (float)c->set.explore_noise, explore);
  const duro_stream explore_safely = duro_stream_at(l->seed, DURO_PURPOSE_SAFE_EXPLORE, round);
  if (plays_pi_h(c) && l->levels)
    act_categorical(c, s, c->u_h, ROLE_PI_H, explore_safely);
  else if (plays_pi_h(c))
    act_tanh(c, s, c->u_h, c->obs, ROLE_PI_H, (float)c->set.explore_noise, explore_safely);
  if (plays_filter(c)) filter(c, s);
  const bool warm = l->count->step < c->set.warmup;
  const duro_stream warmup = duro_stream_at(l->seed, DURO_PURPOSE_WARMUP, round);
  for (int i = s->first; i < s->first + s->count; ++i) {
    float *u = c->batch->u + i * nu;
    if (warm && l->levels)
      uniform_vector(l, u, i, warmup);
    else if (warm)
      uniform(u, i, nu, warmup);
    else
      from_panels(u, c->player[i] == PLAYER_SAFETY ? c->u_h : c->u, i, nu);
  }
}

/* what mu_h sees of the thread's slots: x, or (x, u) */
static const float *seen_by_mu_h(collector *c, const share *s) {
  const learner *l = c->learner;
  if (!learner_sees_u(l)) return c->obs;
  const int no = l->no, nu = l->nu;
  for (int i = s->first; i < s->first + s->count; ++i) {
    see(c, c->obs_u, no + nu, i);
    to_panels(c->obs_u, no + nu, no, c->batch->u + i * nu, i, nu);
  }
  return c->obs_u;
}

/* disturbances of the thread's slots, into the batch; after the controls, which mu_h may see */
static void choose_disturbances(collector *c, const share *s, uint64_t round) {
  learner *l = c->learner;
  const int na = l->na;
  const float scale = (float)c->set.adversary_noise;
  // indices 2 round and 2 round + 1 keep the two adversaries' noise apart; uniform draws have a purpose of their own
  if (learner_has(l, ROLE_MU))
    act_tanh(c, s, c->a_mu, c->obs, ROLE_MU, scale, duro_stream_at(l->seed, DURO_PURPOSE_ADVERSARY_NOISE, 2 * round));
  if (learner_has(l, ROLE_MU_H))
    act_tanh(c, s, c->a_mu_h, seen_by_mu_h(c, s), ROLE_MU_H, scale,
             duro_stream_at(l->seed, DURO_PURPOSE_ADVERSARY_NOISE, 2 * round + 1));
  const duro_stream random = duro_stream_at(l->seed, DURO_PURPOSE_RANDOM_DISTURBANCE, round);
  for (int i = s->first; i < s->first + s->count; ++i) {
    float *a = c->batch->a + i * na;
    switch ((opponent)c->opponent[i]) {
    case OPPONENT_NONE:
      from_panels(a, NULL, i, na);
      break;
    case OPPONENT_RANDOM:
      uniform(a, i, na, random);
      break;
    case OPPONENT_CONSTANT:
      hold_corner(c, a, i);
      break;
    case OPPONENT_MU:
      from_panels(a, c->a_mu, i, na);
      break;
    case OPPONENT_MU_H:
      from_panels(a, c->a_mu_h, i, na);
      break;
    }
  }
}

static bool all_finite(const float *x, int n) {
  for (int i = 0; i < n; ++i)
    if (!isfinite(x[i])) return false;
  return true;
}

/* The state of slot i into the past of its episode; once that violates or fails for the first time, its past is a place
 * to start from. */
static void remember(collector *c, int i) {
  const duro_env_batch *b = c->batch;
  const int64_t t = b->t[i], most = c->set.restart_steps;
  const size_t nx = (size_t)c->env->spec.nx;
  double *past = c->past + (size_t)i * (size_t)most * nx;
  memcpy(past + (size_t)(t % most) * nx, b->x + (size_t)i * nx, nx * sizeof *past);
  if (c->violated[i] || (b->out[i].h >= 0.0 && b->out[i].end != DURO_TERMINATED)) return;
  c->violated[i] = true;
  for (int64_t k = t; k >= 0 && k > t - most; --k, ++*c->edge_made)
    memcpy(c->edge + (size_t)(*c->edge_made % EDGE) * nx, past + (size_t)(k % most) * nx, nx * sizeof *past);
}

/* the transition of slot i into the replay, and what it says for the report */
static void record(collector *c, int i) {
  learner *l = c->learner;
  const duro_env_batch *b = c->batch;
  const duro_step *out = &b->out[i];
  const char *bad = !isfinite(out->r)                         ? "reward"
                    : !isfinite(out->h)                       ? "constraint value h"
                    : !all_finite(b->obs2 + i * l->no, l->no) ? "observation"
                                                              : NULL;
  if (bad) {
    if (c->bad_slot < 0) c->bad_slot = i, c->bad_what = bad;
    return;
  }
  const transition t = {.x = b->obs + i * l->no,
                        .u = b->u + i * l->nu,
                        .a = b->a + i * l->na,
                        .x2 = b->obs2 + i * l->no,
                        .r = (float)out->r,
                        .h = (float)(b->h[i] / l->h_scale),
                        .h2 = (float)(out->h / l->h_scale),
                        .failed = out->end == DURO_TERMINATED};
  replay_add(&l->replay, &t);
  if (c->past) remember(c, i);
  c->gain[i] += out->r;
  c->violating += out->h < 0.0;
  ++c->stepped;
  if (out->end == DURO_RUNNING && b->t[i] + 1 < c->set.horizon) return;
  ++c->ended;
  c->gain_sum += c->gain[i];
}

void collector_step(collector *c, int thread, int threads) {
  learner *l = c->learner;
  share s;
  duro_pool_share(&s.panel, &s.panels, c->panels, 1, thread, threads);
  duro_pool_share(&s.first, &s.count, c->batch->n, LANES, thread, threads);
  if (s.count > 0) {
    const uint64_t round = (uint64_t)(l->count->step / c->batch->n);
    choose_controls(c, &s, round);
    choose_disturbances(c, &s, round);
    duro_env_batch_step(c->batch, c->workers[thread], s.first, s.count);
  }
  duro_pool_barrier(l->pool);
  if (thread == 0) {
    for (int i = 0; i < c->batch->n; ++i) record(c, i);
    l->count->step += c->batch->n;
  }
  duro_pool_barrier(l->pool);
  for (int i = s.first; i < s.first + s.count; ++i) {
    if (c->batch->out[i].end == DURO_RUNNING && c->batch->t[i] + 1 < c->set.horizon) {
      duro_env_batch_advance(c->batch, i);
      continue;
    }
    ++c->episode[i];
    begin_episode(c, i);
  }
}

int collector_tensors(const collector *c, duro_tensor *tensors) {
  const int64_t n = c->batch->n;
  tensors[0] = (duro_tensor){"env.x", DURO_F64, 2, {n, c->env->spec.nx}, c->batch->x};
  tensors[1] = (duro_tensor){"env.t", DURO_I64, 1, {n}, c->batch->t};
  tensors[2] = (duro_tensor){"env.episode", DURO_I64, 1, {n}, c->episode};
  tensors[3] = (duro_tensor){"env.return", DURO_F64, 1, {n}, c->gain};
  if (!c->past) return 4;
  const int64_t nx = c->env->spec.nx;
  tensors[4] = (duro_tensor){"env.past", DURO_F64, 3, {n, c->set.restart_steps, nx}, c->past};
  tensors[5] = (duro_tensor){"env.violated", DURO_I64, 1, {n}, c->violated};
  tensors[6] = (duro_tensor){"env.edge", DURO_F64, 2, {EDGE, nx}, c->edge};
  tensors[7] = (duro_tensor){"env.edge_made", DURO_I64, 1, {1}, c->edge_made};
  return 8;
}

duro_status collector_restore(collector *c) {
  const duro_env_spec *spec = &c->env->spec;
  if (c->past && *c->edge_made < 0)
    return duro_fail(DURO_ERROR_FORMAT, "the checkpoint has a negative counter of states near the edge");
  for (int i = 0; i < c->batch->n; ++i) {
    const double *x = c->batch->x + (ptrdiff_t)i * spec->nx;
    if (c->episode[i] < 0 || c->batch->t[i] < 0)
      return duro_fail(DURO_ERROR_FORMAT, "environment %d of the checkpoint has a negative counter", i);
    for (int k = 0; k < spec->nx; ++k)
      if (!isfinite(x[k])) return duro_fail(DURO_ERROR_FORMAT, "environment %d of the checkpoint is not finite", i);
    c->env->ops->observe(c->env, c->batch->obs + (ptrdiff_t)i * spec->no, x);
    draw_players(c, i);
  }
  return DURO_OK;
}

duro_status collector_fault(const collector *c) {
  if (c->bad_slot < 0) return DURO_OK;
  const learner *l = c->learner;
  const char *why = duro_env_trouble(c->env);
  return duro_fail(DURO_ERROR_NOT_FINITE, "%s of environment %d (%s) is not finite at step %lld, seed %llu%s%s",
                   c->bad_what, c->bad_slot, l->env_name, (long long)l->count->step, (unsigned long long)l->seed,
                   why ? "; " : "", why ? why : "");
}
