/* Evaluations: a team of threads over episodes, and the trajectory of one. Episode i is a function of (seed, i)
 * alone. */
#include "duro/eval.h"

#include <math.h>

#include "base/error.h"
#include "base/pool.h"
#include "eval/ambush.h"
#include "eval/player.h"
#include "eval/search.h"
#include "game/grid.h"

duro_eval_options duro_eval_options_default(void) {
  return (duro_eval_options){.episodes = 1000, .seed = 1, .start = DURO_START_EVAL, .act = DURO_ACT_TASK};
}

static duro_status check_region(const duro_env *env, const duro_eval_options *options) {
  if (options->region != DURO_REGION_ANY && options->starts)
    return duro_fail(DURO_ERROR_ARGUMENT, "starts are given; wanted no region from which to draw them");
  const duro_policy *claims = options->claims;
  if (options->region != DURO_REGION_ANY && !options->grid && !claims)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "starts inside or outside of a set need the solution of a grid, or a policy that claims one");
  if (claims && !duro_policy_has(claims, DURO_NET_QH))
    return duro_fail(DURO_ERROR_ARGUMENT, "a policy of %s claims no set: it has no Qh",
                     duro_policy_about(claims)->algorithm);
  if (claims && duro_policy_about(claims)->no != env->spec.no)
    return duro_fail(DURO_ERROR_ARGUMENT, "the policy that claims a set has %d observations; %s has %d",
                     duro_policy_about(claims)->no, env->ops->name, env->spec.no);
  if (options->region == DURO_REGION_INSIDE && !isfinite(options->region_margin))
    return duro_fail(DURO_ERROR_ARGUMENT, "the margin of the starts is %g; wanted a finite number",
                     options->region_margin);
  if (options->grid && duro_grid_env(options->grid)->spec.nx != env->spec.nx)
    return duro_fail(DURO_ERROR_ARGUMENT, "the grid for the starts has %d states; %s has %d",
                     duro_grid_env(options->grid)->spec.nx, env->ops->name, env->spec.nx);
  return options->grid ? grid_want_safe_set(duro_grid_settings_of(options->grid)) : DURO_OK;
}

static duro_status check_options(const duro_env *env, const duro_eval_options *options) {
  if (options->episodes < 1)
    return duro_fail(DURO_ERROR_ARGUMENT, "episodes is %lld; wanted at least 1", (long long)options->episodes);
  if (options->first < 0 || options->first > INT64_MAX / 2)
    return duro_fail(DURO_ERROR_ARGUMENT, "the first episode is %lld; wanted 0 to 2^62", (long long)options->first);
  if (options->threads < 0 || options->threads > DURO_MAX_THREADS)
    return duro_fail(DURO_ERROR_ARGUMENT, "threads is %lld; wanted 0 to 256", (long long)options->threads);
  if (options->horizon < 0 || options->horizon > INT32_MAX)
    return duro_fail(DURO_ERROR_ARGUMENT, "horizon is %lld; wanted 0 to %d", (long long)options->horizon, INT32_MAX);
  if (!(options->observation_noise >= 0 && options->observation_noise <= 1e6))
    return duro_fail(DURO_ERROR_ARGUMENT, "the observation noise is %g; wanted 0 to 1e6", options->observation_noise);
  return check_region(env, options);
}

/* Checks what the caller may have got wrong and fills `run`. */
static duro_status prepare(rollout *run, atomic_bool *stop, const duro_env *env, const duro_player *player,
                           const duro_attack *attack, const duro_eval_options *options) {
  duro_status status = check_options(env, options);
  if (!status) status = player_check(player, env);
  if (!status && options->starts && attack->kind == DURO_ATTACK_STARTS)
    status = duro_fail(DURO_ERROR_ARGUMENT, "the starts are given; wanted none, for the adversary seeks them itself");
  if (status) return status;
  atomic_init(stop, false);
  *run = (rollout){env, player, attack, options, options->horizon ? options->horizon : env->spec.horizon, stop};
  return duro_attack_check(attack, env);
}

/* What is wrong with an episode, if something is. */
static duro_status judge(const rollout *run, const duro_episode *episode, int64_t i) {
  const duro_eval_options *options = run->options;
  if (!isnan(episode->episode_return)) return DURO_OK;
  if (episode->length < 0)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "episode %lld: none of 10000 starts drawn from the %s distribution of %s lies %s the set of %s",
                     (long long)i, options->start == DURO_START_TRAIN ? "training" : "evaluation", run->env->ops->name,
                     options->region == DURO_REGION_INSIDE ? "inside" : "outside",
                     options->grid ? "the grid" : "the policy that claims it");
  const char *why = duro_env_trouble(run->env);
  return duro_fail(
      DURO_ERROR_NOT_FINITE,
      "episode %lld, step %lld of %s (seed %lld, adversary %s): an action, state, reward or h is not finite%s%s",
      (long long)i, (long long)episode->length, run->env->ops->name, (long long)options->seed,
      duro_attack_name(run->attack->kind), why ? "; " : "", why ? why : "");
}

/* One of the team. */
typedef struct member {
  struct team *team;
  int thread;
  fleet *fleet;
  search *search; /* NULL unless it is wanted, like the next */
  ambush *ambush;
} member;

/* A team at work on episodes: each thread takes the next ones that nobody has. */
typedef struct team {
  const rollout *run;
  duro_episode *out;
  int threads, batch; /* most episodes that a thread has at a time */
  member member[256];
  atomic_llong next;
  duro_status status; /* of the report */
} team;

/* Tells the caller about episodes that are over for certain: those begun less what all threads have in hand. */
static void report(void *context) {
  team *t = context;
  const duro_eval_options *options = t->run->options;
  const int64_t next = atomic_load_explicit(&t->next, memory_order_relaxed), open = (int64_t)t->threads * t->batch;
  const int64_t begun = next < options->episodes ? next : options->episodes;
  if (t->status) return;
  t->status = options->report(begun > open ? begun - open : 0, options->episodes, options->report_context);
  if (t->status) atomic_store(t->run->stop, true);
}

/* Takes up to `most` episodes from *first on; 0 when there are none left. */
static int take(member *m, int64_t *first, int most) {
  team *t = m->team;
  const int64_t all = t->run->options->episodes;
  *first = atomic_fetch_add_explicit(&t->next, most, memory_order_relaxed);
  if (m->thread == 0 && t->run->options->report) report(t);
  if (atomic_load_explicit(t->run->stop, memory_order_relaxed) || *first >= all) return 0;
  return all - *first < most ? (int)(all - *first) : most;
}

static bool take_one(void *context, job *next) {
  member *m = context;
  int64_t i;
  if (take(m, &i, 1) == 0) return false;
  *next = (job){.episode = m->team->run->options->first + i, .out = &m->team->out[i]};
  return true;
}

/* One search for a start and a sequence; the start goes to the caller who asks for it. */
static void lay_ambush(const rollout *run, ambush *a, duro_episode *out, int64_t i) {
  const int64_t number = run->options->first + i;
  ambush_run(a, &out[i], number);
  eval_tell_start(run->options, run->env, number, ambush_start(a));
}

static void team_work(void *context, int thread, int threads) {
  (void)threads;
  team *t = context;
  member *m = &t->member[thread];
  int64_t first;
  if (m->ambush) {
    while (take(m, &first, 1) > 0) lay_ambush(t->run, m->ambush, t->out, first);
    return;
  }
  if (!m->search) {
    fleet_play(m->fleet, t->run->attack, take_one, m);
    return;
  }
  for (int count; (count = take(m, &first, t->batch)) > 0;)
    search_run(m->search, t->out + first, t->run->options->first + first, count);
}

enum { SIDE_BY_SIDE = DURO_PLAYER_SIDE }; // four panels: as many as the kernels hold in registers

/* Episodes of a thread at a time: no more than leave something for the others. */
static int choose_batch(const duro_eval_options *options, int threads, int most) {
  const int64_t share = (options->episodes + threads - 1) / threads;
  return share < most ? (int)share : most;
}

static duro_status team_create(team *t, int threads) {
  const bool searches = t->run->attack->kind == DURO_ATTACK_SEARCH, lurks = t->run->attack->kind == DURO_ATTACK_STARTS;
  t->threads = threads;
  t->batch = choose_batch(t->run->options, threads, lurks ? 1 : searches ? SEARCH_STARTS : SIDE_BY_SIDE);
  duro_status status = DURO_OK;
  for (int i = 0; i < threads && !status; i++) {
    member *m = &t->member[i];
    *m = (member){.team = t, .thread = i};
    status = fleet_create(&m->fleet, t->run, searches || lurks ? SIDE_BY_SIDE : t->batch);
    if (!status && i == 0 && t->run->options->report) fleet_poll(m->fleet, report, t);
    if (!status && searches) status = search_create(&m->search, t->run, m->fleet);
    if (!status && lurks) status = ambush_create(&m->ambush, t->run, m->fleet);
  }
  return status;
}

static void team_destroy(team *t) {
  for (int i = 0; i < t->threads; i++) {
    search_destroy(t->member[i].search);
    ambush_destroy(t->member[i].ambush);
    fleet_destroy(t->member[i].fleet);
  }
}

static duro_status team_run(team *t, int threads) {
  duro_pool *pool = NULL;
  duro_status status = team_create(t, threads);
  if (!status) status = duro_pool_create(&pool, threads);
  if (!status) duro_pool_run(pool, team_work, t);
  duro_pool_destroy(pool);
  team_destroy(t);
  return status ? status : t->status;
}

duro_status duro_player_run(duro_episode *out, const duro_env *env, const duro_player *player,
                            const duro_attack *attack, const duro_eval_options *options) {
  rollout run;
  atomic_bool stop;
  duro_status status = prepare(&run, &stop, env, player, attack, options);
  if (status) return status;
  team t = {.run = &run, .out = out};
  const int threads = duro_threads(options->threads);
  status = team_run(&t, threads < options->episodes ? threads : (int)options->episodes);
  for (int64_t i = 0; i < options->episodes && !status; i++) status = judge(&run, &out[i], options->first + i);
  if (!status && options->report)
    status = options->report(options->episodes, options->episodes, options->report_context);
  return status;
}

duro_status duro_eval_run(duro_episode *out, const duro_env *env, const duro_policy *policy, const duro_attack *attack,
                          const duro_eval_options *options) {
  duro_player player;
  const duro_status status = duro_player_policy(&player, policy, options->act, options->margin);
  return status ? status : duro_player_run(out, env, &player, attack, options);
}

/* hands out the one job of a trace */
static bool take_traced(void *context, job *next) {
  const job **left = context;
  if (!*left) return false;
  *next = **left;
  *left = NULL;
  return true;
}

/* Lets a search find the sequence of `traced`, and of an adversary of both the start. */
static duro_status seek(const rollout *run, job *traced, search *s, ambush *lurking) {
  if (s) {
    search_run(s, traced->out, traced->episode, 1);
    traced->sequence = search_sequence(s, 0);
  }
  if (lurking) {
    ambush_run(lurking, traced->out, traced->episode);
    traced->sequence = ambush_sequence(lurking);
    traced->start = ambush_start(lurking);
    traced->start_value = traced->out->start_value;
  }
  return s || lurking ? judge(run, traced->out, traced->episode) : DURO_OK;
}

/* Plays an episode into `traced`; a search comes before. */
static duro_status trace(const rollout *run, job *traced) {
  fleet *f = NULL;
  search *s = NULL;
  ambush *lurking = NULL;
  duro_attack attack = *run->attack;
  const bool searches = attack.kind == DURO_ATTACK_SEARCH, lurks = attack.kind == DURO_ATTACK_STARTS;
  duro_status status = fleet_create(&f, run, searches || lurks ? SIDE_BY_SIDE : 1);
  if (!status && searches) status = search_create(&s, run, f);
  if (!status && lurks) status = ambush_create(&lurking, run, f);
  if (!status) status = seek(run, traced, s, lurking);
  if (lurks) attack.kind = DURO_ATTACK_SEARCH; // plays what was found
  const job *left = traced;
  if (!status) fleet_play(f, &attack, take_traced, &left);
  search_destroy(s);
  ambush_destroy(lurking);
  fleet_destroy(f);
  return status ? status : judge(run, traced->out, traced->episode);
}

duro_status duro_player_trace(double *x, float *u, float *a, double *h, int64_t *steps, const duro_env *env,
                              const duro_player *player, const duro_attack *attack, int64_t episode,
                              const duro_eval_options *options) {
  rollout run;
  atomic_bool stop;
  *steps = 0;
  duro_eval_options alone = *options; // whoever asks for one episode reads its start in x
  alone.begun = NULL;
  const duro_status status = prepare(&run, &stop, env, player, attack, &alone);
  if (status) return status;
  if (options->starts && episode >= options->episodes)
    return duro_fail(DURO_ERROR_ARGUMENT, "episode %lld of %lld starts; wanted one of them", (long long)episode,
                     (long long)options->episodes);
  duro_episode played = {.length = 0};
  job traced = {.episode = options->first + episode, .to = {x, u, a, h}, .out = &played};
  const duro_status ended = trace(&run, &traced);
  *steps = played.length > 0 ? played.length : 0;
  return ended;
}

duro_status duro_eval_trace(double *x, float *u, float *a, double *h, int64_t *steps, const duro_env *env,
                            const duro_policy *policy, const duro_attack *attack, int64_t episode,
                            const duro_eval_options *options) {
  duro_player player;
  *steps = 0;
  const duro_status status = duro_player_policy(&player, policy, options->act, options->margin);
  return status ? status : duro_player_trace(x, u, a, h, steps, env, &player, attack, episode, options);
}
