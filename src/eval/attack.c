/* Adversaries of an evaluation. */
#include "eval/attack.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/purposes.h"
#include "eval/ambush.h"
#include "eval/search.h"
#include "game/grid.h"

static const struct {
  const char *name;
  bool learned;        /* plays a network of the attack's policy */
  duro_policy_net net; /* which one */
} kinds[] = {
    [DURO_ATTACK_NONE] = {"none", false, DURO_NET_PI},
    [DURO_ATTACK_RANDOM] = {"random", false, DURO_NET_PI},
    [DURO_ATTACK_SAFETY] = {"safety", true, DURO_NET_MU_H},
    [DURO_ATTACK_PERFORMANCE] = {"performance", true, DURO_NET_MU},
    [DURO_ATTACK_CONSTANT] = {"constant", false, DURO_NET_PI},
    [DURO_ATTACK_SQUARE] = {"square", false, DURO_NET_PI},
    [DURO_ATTACK_LEARNED] = {"learned", false, DURO_NET_PI},
    [DURO_ATTACK_GRID] = {"grid", false, DURO_NET_PI},
    [DURO_ATTACK_SEARCH] = {"search", false, DURO_NET_PI},
    [DURO_ATTACK_STARTS] = {"starts", false, DURO_NET_PI},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *duro_attack_name(duro_attack_kind kind) {
  return (unsigned)kind < KINDS ? kinds[kind].name : "unknown";
}

duro_attack duro_attack_of(duro_attack_kind kind) {
  return (duro_attack){.kind = kind, .amplitude = 1};
}

int64_t duro_attack_rollouts(const duro_attack *attack, const duro_env *env) {
  const duro_search_settings *s = &attack->search;
  const bool starts = attack->kind == DURO_ATTACK_STARTS;
  if (!starts && attack->kind != DURO_ATTACK_SEARCH) return 1;
  const int64_t population = s->population ? s->population : starts ? AMBUSH_POPULATION : SEARCH_POPULATION;
  const int64_t iterations = s->iterations ? s->iterations : starts ? AMBUSH_ITERATIONS : SEARCH_ITERATIONS;
  const int nets = !attack->policy
                       ? 0
                       : duro_policy_has(attack->policy, DURO_NET_MU_H) + duro_policy_has(attack->policy, DURO_NET_MU);
  if (!starts) return population * iterations + nets + (attack->grid ? 1 : 0);
  const int64_t drawn = s->starts ? s->starts : AMBUSH_STARTS;
  return drawn * (ambush_scripted(env->spec.na) + nets) + population * iterations;
}

int duro_attack_half_period(int64_t episode, int na) {
  static const int half_periods[] = {2, 5, 10, 20, 40, 80};
  const int bits = na < ATTACK_CORNER_BITS ? na : ATTACK_CORNER_BITS;
  const int64_t corner = episode & ((INT64_C(1) << bits) - 1);
  return half_periods[(corner + (episode >> bits)) % (int64_t)(sizeof half_periods / sizeof *half_periods)];
}

attack_episode duro_attack_begin(int64_t seed, int64_t episode) {
  return (attack_episode){
      .episode = episode,
      .noise = duro_stream_at((uint64_t)seed, DURO_PURPOSE_EVAL_DISTURBANCE, (uint64_t)episode),
  };
}

static duro_status check_network(const duro_attack *attack, const duro_env *env) {
  const char *name = kinds[attack->kind].name;
  const duro_policy_net net = kinds[attack->kind].net;
  if (!attack->policy || !duro_policy_has(attack->policy, net))
    return duro_fail(DURO_ERROR_ARGUMENT, "the %s adversary needs a policy with the network %s", name,
                     duro_policy_net_name(net));
  const duro_policy_info *about = duro_policy_about(attack->policy);
  if (about->no != env->spec.no || about->na != env->spec.na)
    return duro_fail(DURO_ERROR_ARGUMENT, "the %s adversary maps %d observations to %d disturbances; %s wants %d to %d",
                     name, about->no, about->na, env->ops->name, env->spec.no, env->spec.na);
  return DURO_OK;
}

/* pi, or pi_h of an attacker that has nothing else */
static duro_act attacker_act(const duro_policy *attacker) {
  return duro_policy_can(attacker, DURO_ACT_TASK) ? DURO_ACT_TASK : DURO_ACT_SAFETY;
}

static duro_status check_attacker(const duro_policy *attacker, const duro_env *env) {
  if (!attacker || !duro_policy_can(attacker, attacker_act(attacker)))
    return duro_fail(DURO_ERROR_ARGUMENT, "the learned adversary needs a policy whose controls are the disturbances");
  const duro_policy_info *about = duro_policy_about(attacker);
  if (about->no == env->spec.no && about->nu == env->spec.na) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "the learned adversary maps %d observations to %d controls; %s wants %d to %d",
                   about->no, about->nu, env->ops->name, env->spec.no, env->spec.na);
}

static duro_status check_grid(const duro_attack *attack, const duro_env *env) {
  if (!attack->grid)
    return duro_fail(DURO_ERROR_ARGUMENT, "the %s adversary needs the solution of a grid", kinds[attack->kind].name);
  const duro_env *solved = duro_grid_env(attack->grid);
  if (solved->spec.nx != env->spec.nx || solved->spec.nu != env->spec.nu || solved->spec.na != env->spec.na)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "the grid is of %s (%d states, %d controls, %d disturbances); %s has %d, %d, %d",
                     solved->ops->name, solved->spec.nx, solved->spec.nu, solved->spec.na, env->ops->name, env->spec.nx,
                     env->spec.nu, env->spec.na);
  const duro_grid_settings *how = duro_grid_settings_of(attack->grid);
  const duro_status status = grid_want_safe_set(how);
  if (status) return status;
  if (how->disturbance && how->amplitude > 0) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "the grid was solved without disturbance: it knows no attack");
}

static duro_status check_search(const duro_attack *attack, const duro_env *env) {
  const duro_search_settings *s = &attack->search;
  if (s->population < 0 || s->population > 65536 || (s->population > 0 && s->population < 4))
    return duro_fail(DURO_ERROR_ARGUMENT, "the population of the search is %lld; wanted 4 to 65536",
                     (long long)s->population);
  if (s->iterations < 0 || s->iterations > 1000000)
    return duro_fail(DURO_ERROR_ARGUMENT, "the iterations of the search are %lld; wanted 1 to 1000000",
                     (long long)s->iterations);
  if (s->starts < 0 || s->starts > 100000000)
    return duro_fail(DURO_ERROR_ARGUMENT, "the starts of the search are %lld; wanted 1 to 100000000",
                     (long long)s->starts);
  const int64_t usual = attack->kind == DURO_ATTACK_STARTS ? AMBUSH_POPULATION : SEARCH_POPULATION;
  const int64_t population = s->population ? s->population : usual;
  if (s->elite < 0 || s->elite > population)
    return duro_fail(DURO_ERROR_ARGUMENT, "the elite of the search is %lld; wanted 1 to its population, %lld",
                     (long long)s->elite, (long long)population);
  duro_attack part = *attack;
  duro_status status = DURO_OK;
  for (part.kind = DURO_ATTACK_SAFETY; !status && part.policy && part.kind <= DURO_ATTACK_PERFORMANCE; part.kind++)
    if (duro_policy_has(part.policy, kinds[part.kind].net)) status = check_network(&part, env);
  return status || !attack->grid ? status : check_grid(attack, env);
}

duro_status duro_attack_check(const duro_attack *attack, const duro_env *env) {
  if ((unsigned)attack->kind >= KINDS)
    return duro_fail(DURO_ERROR_ARGUMENT, "attack kind %d does not exist", (int)attack->kind);
  if (!(attack->amplitude >= 0 && attack->amplitude <= 1000))
    return duro_fail(DURO_ERROR_ARGUMENT, "the amplitude of the attack is %g; wanted 0 to 1000", attack->amplitude);
  if (env->spec.na == 0 && attack->kind != DURO_ATTACK_NONE)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s has no disturbance, so the %s adversary has nothing to move",
                     env->ops->name, kinds[attack->kind].name);
  if (kinds[attack->kind].learned) return check_network(attack, env);
  switch (attack->kind) {
  case DURO_ATTACK_LEARNED:
    return check_attacker(attack->policy, env);
  case DURO_ATTACK_GRID:
    return check_grid(attack, env);
  case DURO_ATTACK_SEARCH:
  case DURO_ATTACK_STARTS:
    return check_search(attack, env);
  default:
    return DURO_OK;
  }
}

duro_status duro_attack_worker_create(const duro_attack *attack, void **worker) {
  *worker = NULL;
  return attack->grid ? duro_env_worker_create(duro_grid_env(attack->grid), worker) : DURO_OK;
}

void duro_attack_worker_destroy(const duro_attack *attack, void *worker) {
  if (attack->grid) duro_env_worker_destroy(duro_grid_env(attack->grid), worker);
}

static void corner(float *a, int64_t number, int na, bool opposite) {
  for (int j = 0; j < na; j++) a[j] = attack_corner_up(number, j, na) != opposite ? 1.0f : -1.0f;
}

/* its candidates are the grid's, whose amplitude is taken out */
static void act_grid(float *a, const duro_attack *attack, const duro_env *env, const attack_view *view, int i) {
  double worst[DURO_MAX_ACTION];
  const double scale = duro_grid_settings_of(attack->grid)->amplitude;
  duro_grid_safety_disturbance(attack->grid, view->worker, worst, view->x + i * env->spec.nx,
                               view->u + i * env->spec.nu);
  for (int j = 0; j < env->spec.na; j++) a[j] = (float)(worst[j] / scale);
}

static void act_alone(float *a, const duro_attack *attack, const duro_env *env, const attack_view *view, int i) {
  attack_episode *e = &view->episode[i];
  const int na = env->spec.na;
  switch (attack->kind) {
  case DURO_ATTACK_RANDOM:
    for (int j = 0; j < na; j++) a[j] = 2 * duro_stream_uniformf(&e->noise) - 1;
    return;
  case DURO_ATTACK_CONSTANT:
    corner(a, e->episode, na, false);
    return;
  case DURO_ATTACK_SQUARE:
    corner(a, e->episode, na, e->t / duro_attack_half_period(e->episode, na) % 2 == 1);
    return;
  case DURO_ATTACK_GRID:
    act_grid(a, attack, env, view, i);
    return;
  case DURO_ATTACK_SEARCH:
    memcpy(a, e->sequence + e->t * na, (size_t)na * sizeof *a);
    return;
  default:
    memset(a, 0, (size_t)na * sizeof *a);
    return;
  }
}

/* mu or mu_h, against the controls it meets */
static void act_network(float *a, const duro_attack *attack, const duro_env *env, const attack_view *view) {
  enum { BLOCK = 64 };
  const int no = env->spec.no, nu = env->spec.nu;
  for (int done = 0; done < view->n; done += BLOCK) {
    const int n = view->n - done < BLOCK ? view->n - done : BLOCK;
    float u[BLOCK * DURO_MAX_ACTION];
    for (int i = 0; i < n * nu; i++) u[i] = (float)view->u[done * nu + i];
    duro_policy_respond_many(attack->policy, n, a + done * env->spec.na, view->obs + done * no, u,
                             kinds[attack->kind].net);
  }
}

void duro_attack_act(float *a, const duro_attack *attack, const duro_env *env, const attack_view *view) {
  assert((unsigned)attack->kind < KINDS);
  const int na = env->spec.na;
  if (kinds[attack->kind].learned)
    act_network(a, attack, env, view);
  else if (attack->kind == DURO_ATTACK_LEARNED)
    duro_policy_act_many(attack->policy, view->n, a, NULL, view->obs, attacker_act(attack->policy), 0);
  else
    for (int i = 0; i < view->n; i++) act_alone(a + i * na, attack, env, view, i);
  const float scale = attack->kind == DURO_ATTACK_SEARCH ? 1.0f : attack_amplitude(attack); // a sequence has it already
  for (int i = 0; scale != 1.0f && i < view->n * na; i++) a[i] *= scale;
}
