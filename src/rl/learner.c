#include "rl/learner.h"

#include "base/error.h"
#include "base/math.h"
#include "base/purposes.h"
#include "env/needs.h"
#include "policy/levels.h"

#include <string.h>

const char *const metric_names[METRIC_COUNT] = {
#define METRIC_NAME(id, name, roles) name,
    METRICS(METRIC_NAME)
#undef METRIC_NAME
};
const unsigned metric_roles[METRIC_COUNT] = {
#define METRIC_ROLES(id, name, roles) roles,
    METRICS(METRIC_ROLES)
#undef METRIC_ROLES
};

/* role and kind of every evaluation */
static const struct {
  role role;
  bool next;
  tape_kind kind;
} plan[EVALUATION_COUNT] = {
    [NEXT_PI] = {ROLE_PI, false, TAPE_VALUE},       [NEXT_MU] = {ROLE_MU, false, TAPE_VALUE},
    [NEXT_PI_H] = {ROLE_PI_H, false, TAPE_VALUE},   [NEXT_MU_H] = {ROLE_MU_H, false, TAPE_VALUE},
    [NEXT_Q1] = {ROLE_Q1, true, TAPE_VALUE},        [NEXT_Q2] = {ROLE_Q2, true, TAPE_VALUE},
    [NEXT_QH] = {ROLE_QH, true, TAPE_VALUE},        [NEXT_QC] = {ROLE_QC, true, TAPE_VALUE},
    [AT_QC] = {ROLE_QC, false, TAPE_TRAIN},         [TASK_QC] = {ROLE_QC, false, TAPE_INPUT},
    [AT_Q1] = {ROLE_Q1, false, TAPE_TRAIN},         [AT_Q2] = {ROLE_Q2, false, TAPE_TRAIN},
    [AT_QH] = {ROLE_QH, false, TAPE_TRAIN},         [AT_PI] = {ROLE_PI, false, TAPE_TRAIN},
    [AT_MU] = {ROLE_MU, false, TAPE_TRAIN},         [AT_PI_H] = {ROLE_PI_H, false, TAPE_TRAIN},
    [AT_MU_H] = {ROLE_MU_H, false, TAPE_TRAIN},     [REST_MU_H] = {ROLE_MU_H, false, TAPE_VALUE},
    [AT_LAMBDA] = {ROLE_LAMBDA, false, TAPE_TRAIN}, [TASK_Q1] = {ROLE_Q1, false, TAPE_INPUT},
    [TASK_Q2] = {ROLE_Q2, false, TAPE_INPUT},       [TASK_QH] = {ROLE_QH, false, TAPE_INPUT},
    [SAFE_QH] = {ROLE_QH, false, TAPE_INPUT},       [CORNER_QH] = {ROLE_QH, false, TAPE_VALUE},
    [WORST_QH] = {ROLE_QH, false, TAPE_INPUT},
};

bool learner_has(const learner *l, role r) {
  return l->algorithm->roles & ROLE(r);
}

bool learner_averages(const learner *l, role r) {
  return l->set.average > 0.0 && (r == ROLE_PI || r == ROLE_PI_H);
}

const scales *learner_scales(const learner *l) {
  return l->scales.factor ? &l->scales : NULL;
}

void learner_measure(learner *l) {
  if (l->scales.factor && l->scales.factor[FACTOR_KNOWN] <= 0.0f) replay_measure(&l->replay, &l->scales);
  if (l->floor && l->floor->known <= 0.0f) replay_measure_floor(&l->replay, l->floor);
}

const float *learner_frozen(const learner *l, role r) {
  const mlp_state *s = &l->nets[r].state;
  return learner_averages(l, r) || s->norm ? s->bar : s->w;
}

bool learner_sees_u(const learner *l) {
  return l->set.mu_h_sees_u && learner_has(l, ROLE_MU_H) && learner_has(l, ROLE_PI_H);
}

/* Mean of what the last layer of a normed critic sees. Values of many steps' rewards or costs lie far from zero; Q_h
 * does not, and there a mean that moves fast falls after the minimum in its own target. */
#define CENTRE 0.25f

static float *take(duro_arena *arena, size_t n) {
  return duro_arena_take(arena, n * sizeof(float));
}

/* memory: exactly what a checkpoint stores, in the order of the roles table */
static void layout_memory(learner *l, int64_t capacity) {
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!learner_has(l, (role)r)) continue;
    net *n = &l->nets[r];
    n->state.w = take(&l->memory, n->shape.params);
    n->state.m = take(&l->memory, n->shape.params);
    n->state.v = take(&l->memory, n->shape.params);
    n->state.bar = roles[r].target || learner_averages(l, (role)r) ? take(&l->memory, n->shape.params) : NULL;
    if (!n->state.norm) continue;
    const size_t features = (size_t)norm_features(&n->shape);
    n->norm.mean = take(&l->memory, 2 * features);
    n->norm.variance = n->norm.mean ? n->norm.mean + features : NULL;
  }
  l->log_alpha = take(&l->memory, 4 * LANES);
  l->count = duro_arena_take(&l->memory, sizeof *l->count);
  l->mean_square = l->hold == HOLD_MULTIPLIER ? NULL : duro_arena_take(&l->memory, sizeof(double) * SLOPES);
  if (strcmp(l->set.normalize, "auto") == 0) {
    l->scales.shift = take(&l->memory, (size_t)l->no), l->scales.scale = take(&l->memory, (size_t)l->no);
    l->scales.factor = take(&l->memory, FACTORS);
  }
  // where nothing but the reward keeps pi from failing, it costs what it costs
  l->floor = l->set.clip_failures && l->hold == HOLD_BLEND ? duro_arena_take(&l->memory, sizeof *l->floor) : NULL;
  l->replay.rows = take(&l->memory, (size_t)(capacity * l->replay.stride));
}

/* The batch of a normed critic has the target's half beside its own. */
static void layout_tape(learner *l, evaluation *e, tape_kind kind) {
  net *n = &l->nets[e->role];
  if (n->state.norm && kind == TAPE_TRAIN) {
    norm_tape_layout(&n->joint, &l->work, &n->shape, &l->scratch, 2 * l->panels);
    e->tape = n->joint.tape;
  } else
    mlp_tape_layout(&e->tape, &l->work, &n->shape, kind, &l->scratch, l->panels);
  e->weights = e->next ? n->state.norm ? n->norm.folded : n->state.bar : n->state.norm ? n->state.bar : n->state.w;
}

static void layout_evaluation(learner *l, evaluation_id id) {
  evaluation *e = &l->eval[id];
  const role r = plan[id].role;
  if (!learner_has(l, r) || (id == REST_MU_H && !learner_sees_u(l))) return;
  const size_t lanes = (size_t)l->panels * LANES;
  const net *n = &l->nets[r];
  const head h = role_head(r, l->levels);
  *e = (evaluation){.role = r, .next = plan[id].next};
  e->d = role_outputs(r, l->nu, l->na, 0) / (roles[r].head == HEAD_GAUSSIAN ? 2 : 1);
  layout_tape(l, e, plan[id].kind);
  if (n->inputs > l->no) e->in = take(&l->work, lanes * (size_t)n->inputs);
  if (roles[r].critic) {
    e->dx = plan[id].kind == TAPE_INPUT ? take(&l->work, lanes * (size_t)(n->inputs - l->no)) : NULL;
    return;
  }
  e->y = take(&l->work, lanes * (size_t)e->d);
  if (h == HEAD_CATEGORICAL) {
    e->logs = take(&l->work, lanes * (size_t)l->vectors), e->prob = take(&l->work, lanes * (size_t)l->vectors);
    e->logp = take(&l->work, lanes);
    return;
  }
  e->dy = take(&l->work, lanes * (size_t)e->d);
  if (h != HEAD_GAUSSIAN) return;
  e->eps = take(&l->work, lanes * (size_t)e->d);
  e->logp = take(&l->work, lanes);
  e->dlogp = take(&l->work, lanes);
}

static void layout_work(learner *l) {
  const size_t lanes = (size_t)l->panels * LANES, nu = (size_t)l->nu, na = (size_t)l->na, no = (size_t)l->no;
  mlp_scratch_layout(&l->scratch, &l->work, (int)l->set.width, l->panels);
  for (int r = 0; r < ROLE_COUNT; ++r)
    if (l->nets[r].state.norm) norm_layout(&l->nets[r].norm, &l->work, &l->nets[r].shape);
  for (int id = 0; id < EVALUATION_COUNT; ++id) layout_evaluation(l, (evaluation_id)id);
  batch *b = &l->batch;
  b->x = take(&l->work, lanes * no), b->x2 = take(&l->work, lanes * no);
  b->u = take(&l->work, lanes * nu), b->a = take(&l->work, lanes * na);
  b->r = take(&l->work, lanes), b->h = take(&l->work, lanes);
  b->h2 = take(&l->work, lanes), b->failed = take(&l->work, lanes);
  l->target = take(&l->work, lanes), l->target_h = take(&l->work, lanes);
  l->next_noise = take(&l->work, lanes * (nu > na ? nu : na));
  l->worst = take(&l->work, lanes), l->worst_a = take(&l->work, lanes * na);
  l->corner = take(&l->work, lanes * na), l->weight = take(&l->work, lanes);
  if (l->vectors) {
    const size_t all = lanes * (size_t)l->vectors;
    l->vector = take(&l->work, lanes * nu), l->value = take(&l->work, all), l->value_h = take(&l->work, all);
  }
  if (learner_sees_u(l)) l->half = take(&l->work, lanes * nu);
  for (int i = 0; i < 2 && learner_sees_u(l); ++i) l->answers[i] = take(&l->work, lanes * na);
  l->order = duro_arena_take(&l->work, sizeof(int) * lanes);
  size_t scratch = 0;
  for (int r = 0; r < ROLE_COUNT; ++r) {
    const size_t n = learner_has(l, (role)r) ? mlp_step_scratch(&l->nets[r].shape) : 0;
    scratch = n > scratch ? n : scratch;
  }
  for (int i = 0; i < duro_pool_threads(l->pool); ++i) l->step_scratch[i] = take(&l->work, scratch);
  l->sees = duro_arena_take(&l->work, no + nu + na);
  l->squares = duro_arena_take(&l->work, sizeof(double) * SLOPES * (size_t)l->panels);
  l->sums = duro_arena_take(&l->work, sizeof(double) * METRIC_COUNT * (size_t)l->panels);
}

duro_status learner_check_settings(const duro_train_settings *train, const duro_learn_settings *learn) {
  duro_train_settings t = *train;
  duro_learn_settings l = *learn;
  const duro_status status =
      duro_settings_check(&(duro_settings_group){"train", duro_train_rows, duro_train_rows_count, &t});
  if (status) return status;
  return duro_settings_check(&(duro_settings_group){"learn", duro_learn_rows, duro_learn_rows_count, &l});
}

/* what no single row says */
static duro_status check(const duro_learn_settings *s) {
  if (s->width % 16) return duro_fail(DURO_ERROR_ARGUMENT, "learn.width is %d; wanted a multiple of 16", (int)s->width);
  if (s->batch % 16) return duro_fail(DURO_ERROR_ARGUMENT, "learn.batch is %d; wanted a multiple of 16", (int)s->batch);
  if (s->lambda >= s->lambda_max)
    return duro_fail(DURO_ERROR_ARGUMENT, "learn.lambda is %g; wanted less than learn.lambda_max = %g", s->lambda,
                     s->lambda_max);
  if (s->lambda_every % s->player_every)
    return duro_fail(DURO_ERROR_ARGUMENT, "learn.lambda_every is %d; wanted a multiple of learn.player_every = %d",
                     (int)s->lambda_every, (int)s->player_every);
  return DURO_OK;
}

/* What policies over levels of the controls do not go with. */
static duro_status check_levels(const algorithm *algorithm, const duro_env *env, const duro_learn_settings *s) {
  const int nu = env->spec.nu, levels = (int)s->levels;
  if (levels == 1) return duro_fail(DURO_ERROR_ARGUMENT, "learn.levels is 1; wanted 0, or at least 2");
  if (!algorithm->discrete)
    return duro_fail(DURO_ERROR_ARGUMENT, "learn.levels is %d; %s has no form over levels of the controls", levels,
                     algorithm->info.name);
  if (levels_count(nu, levels) > LEVELS_MOST)
    return duro_fail(DURO_ERROR_ARGUMENT, "learn.levels is %d; with the %d controls of %s wanted at most %d vectors",
                     levels, nu, env->ops->name, (int)LEVELS_MOST);
  const struct {
    bool set;
    const char *name, *wanted;
  } apart[] = {{strcmp(s->critic, "plain") != 0, "critic", "plain"},
               {s->mu_h_sees_u, "mu_h_sees_u", "false"},
               {!s->evaluate_pi_h, "evaluate_pi_h", "true"},
               {s->target_noise > 0.0, "target_noise", "0"},
               {s->random_share > 0.0, "random_share", "0"}};
  for (size_t i = 0; i < sizeof apart / sizeof *apart; ++i)
    if (apart[i].set)
      return duro_fail(DURO_ERROR_ARGUMENT, "learn.levels is %d; wanted learn.%s=%s with it", levels, apart[i].name,
                       apart[i].wanted);
  return DURO_OK;
}

/* Hides from Q_h, pi_h and mu_h what safety does not depend on. A Q_h of pi depends on all that pi sees. */
static void hide_observations(learner *l, const duro_env *env) {
  const role safety[] = {ROLE_QH, ROLE_PI_H, ROLE_MU_H};
  if (!l->set.needed_only || !l->set.evaluate_pi_h || !learner_has(l, ROLE_PI_H)) return;
  memset(l->sees, true, (size_t)l->no + (size_t)l->nu + (size_t)l->na);
  if (!env_needed_observations(l->sees, env)) return;
  for (size_t i = 0; i < sizeof safety / sizeof *safety; ++i) l->nets[safety[i]].shape.sees = l->sees;
}

/* First weights. The multiplier starts at learn.lambda everywhere near zero input; one multiplier for all states is a
 * network of zeros, of which only the last bias ever has a slope. */
static void initialise(learner *l) {
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!learner_has(l, (role)r)) continue;
    net *n = &l->nets[r];
    duro_stream stream = duro_stream_at(l->seed, DURO_PURPOSE_INITIALISE, (uint64_t)r);
    mlp_init(n->state.w, &n->shape, &stream);
    if (r == ROLE_LAMBDA) {
      if (l->set.scalar || l->algorithm->scalar) memset(n->state.w, 0, n->shape.params * sizeof(float));
      const float share = (float)(l->set.lambda / l->set.lambda_max);
      n->state.w[n->shape.layer[n->shape.layers - 1].b] = m_logf(share / (1.0f - share));
    }
    if (n->state.norm)
      norm_initialise(l->kernels, &n->shape, &n->state);
    else if (n->state.bar)
      memcpy(n->state.bar, n->state.w, n->shape.params * sizeof(float));
  }
  l->log_alpha[0] = m_logf((float)l->set.alpha);
  for (int i = 0; l->scales.factor && i < l->no; ++i) l->scales.scale[i] = 1.0f;
  if (l->scales.factor) l->scales.factor[FACTOR_R] = l->scales.factor[FACTOR_H] = 1.0f;
  for (int r = 0; r < STEPPED_COUNT; ++r) l->count->power1[r] = l->count->power2[r] = 1.0;
}

/* updates of a whole run: one set after each step of all environments, from the step that ends the warm-up on */
static int64_t planned_updates(const duro_train_settings *train) {
  const int64_t rounds = (train->steps + train->envs - 1) / train->envs;
  const int64_t warm = (train->warmup + train->envs - 1) / train->envs;
  return rounds >= warm ? (rounds - warm + 1) * train->updates : 0;
}

/* 1 - gamma_h shrinks geometrically from its first to its last value over a share of training, then stays */
static float discount_at(const learner *l) {
  const float first = 1.0f - (float)l->set.gamma_h, last = 1.0f - (float)l->set.gamma_h_end;
  const double length = l->set.gamma_h_share * (double)l->updates_planned;
  const double done = length > 0.0 ? (double)l->count->update / length : 1.0;
  if (first == last || done >= 1.0) return 1.0f - last;
  const float a = m_logf(first), b = m_logf(last);
  return 1.0f - m_expf(a + (float)done * (b - a));
}

/* learning rates fall linearly over the last share of training */
static float rate_at(const learner *l) {
  const double all = (double)l->updates_planned, start = all * (1.0 - l->set.decay_share);
  const double at = (double)l->count->update;
  if (at <= start || all <= start) return 1.0f;
  const double done = at < all ? (at - start) / (all - start) : 1.0;
  return (float)(1.0 - done * (1.0 - l->set.decay_to));
}

static void begin_update(learner *l) {
  l->gamma_h = discount_at(l);
  l->rate_factor = rate_at(l);
  l->alpha = m_expf(l->log_alpha[0]);
  l->player_turn = (l->count->update + 1) % l->set.player_every == 0;
  l->lambda_turn = (l->count->update + 1) % l->set.lambda_every == 0;
  memset(l->sums, 0, sizeof(double) * METRIC_COUNT * (size_t)l->panels);
}

/* Running mean of the squared slopes: plain over the first hundred updates, exponential from then on. The next update
 * divides by it, so that the threads need not meet for it. */
static void average_slopes(learner *l) {
  const int64_t turns = l->count->update / l->set.player_every; // that came before
  const double share = turns < 100 ? 1.0 / (double)(turns + 1) : .01;
  for (int i = 0; i < SLOPES; ++i) {
    double sum = 0.0;
    for (int p = 0; p < l->panels; ++p) sum += l->squares[i * l->panels + p];
    l->mean_square[i] +=
        share * (sum / (double)(l->panels * LANES * (l->vectors ? l->vectors : l->nu)) - l->mean_square[i]);
  }
}

static void end_update(learner *l) {
  if (l->mean_square && l->player_turn) average_slopes(l);
  for (int m = 0; m < METRIC_COUNT; ++m) {
    if (m >= METRIC_MEAN_Q && !l->player_turn) continue;
    double sum = 0.0;
    for (int p = 0; p < l->panels; ++p) sum += l->sums[m * l->panels + p];
    l->totals[m] += sum / (double)(l->panels * LANES * (m == METRIC_LOSS_Q ? 2 : 1));
    ++l->total_count[m];
  }
  ++l->count->update;
}

/* only an algorithm with Q_h and pi has two slopes to weigh */
static hold hold_of(const algorithm *algorithm, const duro_learn_settings *s) {
  const unsigned both = ROLE(ROLE_PI) | ROLE(ROLE_QH);
  if ((algorithm->roles & both) != both || strcmp(s->hold, "multiplier") == 0) return HOLD_MULTIPLIER;
  return strcmp(s->hold, "blend") == 0 ? HOLD_BLEND : HOLD_SCALED;
}

duro_status learner_create(learner **out, const algorithm *algorithm, const duro_env *env,
                           const duro_train_settings *train, const duro_learn_settings *learn, duro_pool *pool) {
  *out = NULL;
  duro_status status = learner_check_settings(train, learn);
  if (!status) status = check(learn);
  if (!status && learn->levels) status = check_levels(algorithm, env, learn);
  if (!status && algorithm->acts == ROLE_MU_H && env->spec.nu != env->spec.na)
    status = duro_fail(DURO_ERROR_ARGUMENT,
                       "%s acts by its adversary; wanted as many controls as disturbances, not %d and %d",
                       algorithm->info.name, env->spec.nu, env->spec.na);
  if (status) return status;
  const duro_kernels *kernels;
  if ((status = duro_kernels_select(&kernels, train->simd))) return status;
  learner *l = duro_allocate(sizeof *l);
  if (!l) return DURO_ERROR_MEMORY;
  const duro_env_spec *spec = &env->spec;
  *l = (learner){.algorithm = algorithm,
                 .set = *learn,
                 .hold = hold_of(algorithm, learn),
                 .kernels = kernels,
                 .env_name = env->ops->name,
                 .h_scale = spec->h_scale,
                 .no = spec->no,
                 .nu = spec->nu,
                 .na = spec->na,
                 .levels = (int)learn->levels,
                 .vectors = levels_count(spec->nu, (int)learn->levels),
                 .panels = (int)(learn->batch / LANES),
                 .seed = (uint64_t)train->seed,
                 .updates_planned = planned_updates(train),
                 .pool = pool};
  const bool corners = spec->na >= 1 && spec->na <= 4; // 2^na are not too many
  l->set.corners &= corners, l->set.corners_task &= corners;
  for (int r = 0; r < ROLE_COUNT; ++r) {
    const bool sees_u = roles[r].critic || (r == ROLE_MU_H && learner_sees_u(l)), sees_a = algorithm->sees_a & ROLE(r);
    l->nets[r].inputs = spec->no + (sees_u ? spec->nu : 0) + (sees_a ? spec->na : 0);
    mlp_shape(&l->nets[r].shape, l->nets[r].inputs, (int)learn->width, (int)learn->layers,
              role_outputs((role)r, spec->nu, spec->na, (int)learn->levels));
    const bool normed = roles[r].critic && learner_has(l, (role)r) && strcmp(learn->critic, "normed") == 0;
    l->nets[r].state.norm = normed ? &l->nets[r].norm : NULL;
    l->nets[r].norm.centre = r == ROLE_QH ? 0.0f : CENTRE;
  }
  l->replay = (replay){.no = spec->no,
                       .nu = spec->nu,
                       .na = spec->na,
                       .capacity = train->replay,
                       .stride = replay_stride(spec->no, spec->nu, spec->na)};
  layout_memory(l, train->replay);
  layout_work(l);
  if ((status = duro_arena_allocate(&l->memory)) || (status = duro_arena_allocate(&l->work))) {
    learner_destroy(l);
    return status;
  }
  layout_memory(l, train->replay);
  layout_work(l);
  l->replay.count = &l->count->replayed;
  l->replay.scales = learner_scales(l);
  l->replay.floor = l->floor;
  hide_observations(l, env);
  initialise(l);
  begin_update(l);
  *out = l;
  return DURO_OK;
}

void learner_destroy(learner *l) {
  if (!l) return;
  duro_arena_release(&l->memory);
  duro_arena_release(&l->work);
  duro_release(l->blocks);
  duro_release(l);
}

void learner_update(learner *l, int thread, int threads) {
  team t = {
      .learner = l, .thread = thread, .threads = threads, .player_turn = l->player_turn, .lambda_turn = l->lambda_turn};
  int first, count;
  ranks_panels(l, l->transport ? l->transport->rank : 0, &first, &count);
  duro_pool_share(&t.first, &t.count, count, 1, thread, threads);
  t.first += first;
  replay_sample(&l->replay, &l->batch, t.first, t.count, l->seed, l->count->update);
  algorithm_update(&t); // ends with learn(), where the team has met
  if (thread == 0) {
    end_update(l);
    begin_update(l);
  }
  duro_pool_barrier(l->pool);
}

static void add(duro_tensor *tensors, int *n, const char *name, duro_dtype type, int64_t rows, int64_t columns,
                void *data) {
  tensors[(*n)++] =
      (duro_tensor){.name = name, .type = type, .rank = columns ? 2 : 1, .shape = {rows, columns}, .data = data};
}

/* A normed critic under its own name is the plain network that is deployed. */
static void add_network(duro_tensor *tensors, int *n, int r, const net *net) {
  const mlp_state *s = &net->state;
  const int64_t params = (int64_t)net->shape.params;
  add(tensors, n, roles[r].name, DURO_F32, params, 0, s->norm ? s->bar : s->w);
  if (s->norm) add(tensors, n, roles[r].raw, DURO_F32, params, 0, s->w);
  add(tensors, n, roles[r].moment1, DURO_F32, params, 0, s->m);
  add(tensors, n, roles[r].moment2, DURO_F32, params, 0, s->v);
  if (s->norm)
    add(tensors, n, roles[r].norm, DURO_F32, 2, s->norm->n, s->norm->mean);
  else if (s->bar)
    add(tensors, n, roles[r].slow, DURO_F32, params, 0, s->bar);
}

int learner_tensors(const learner *l, duro_tensor *tensors) {
  int n = 0;
  for (int r = 0; r < ROLE_COUNT; ++r)
    if (learner_has(l, (role)r)) add_network(tensors, &n, r, &l->nets[r]);
  add(tensors, &n, "log_alpha", DURO_F32, 4, LANES, l->log_alpha);
  add(tensors, &n, "counters", DURO_I64, (int64_t)(sizeof *l->count / 8), 0, l->count);
  if (l->mean_square) add(tensors, &n, "mean_square_slopes", DURO_F64, SLOPES, 0, l->mean_square);
  if (l->scales.factor) {
    add(tensors, &n, "obs_shift", DURO_F32, l->no, 0, l->scales.shift);
    add(tensors, &n, "obs_scale", DURO_F32, l->no, 0, l->scales.scale);
    add(tensors, &n, "factors", DURO_F32, FACTORS, 0, l->scales.factor);
  }
  if (l->floor) add(tensors, &n, "reward_floor", DURO_F32, 2, 0, l->floor);
  const int64_t held = l->count->replayed < l->replay.capacity ? l->count->replayed : l->replay.capacity;
  add(tensors, &n, "replay", DURO_F32, held, l->replay.stride, l->replay.rows);
  return n;
}

void learner_restore(learner *l) {
  for (int r = 0; r < ROLE_COUNT; ++r)
    if (l->nets[r].state.norm) norm_restore(l->kernels, &l->nets[r].shape, &l->nets[r].state);
  begin_update(l);
}

void learner_plan(learner *l, const duro_train_settings *train) {
  l->updates_planned = planned_updates(train);
  begin_update(l);
}

void learner_report_fault(learner *l, int r) {
  int none = 0;
  atomic_compare_exchange_strong(&l->fault, &none, r + 1);
}

duro_status learner_fault(const learner *l) {
  const int fault = atomic_load(&l->fault);
  if (!fault) return DURO_OK;
  const char *name = fault - 1 == ROLE_ALPHA ? "alpha" : roles[fault - 1].name;
  return duro_fail(
      DURO_ERROR_NOT_FINITE,
      "loss or gradient of network \"%s\" is not finite at update %lld, step %lld, environment %s, seed %llu", name,
      (long long)l->count->update, (long long)l->count->step, l->env_name, (unsigned long long)l->seed);
}
