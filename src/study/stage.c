/* One episode: what is played. */
#include "study/stage.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"

static bool is_folder(const char *path) {
  struct stat about;
  return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

static duro_status open_environment(stage *s, const char *word) {
  duro_status status = s->given->config ? run_config_load(&s->config, word, s->given->config, NULL, s->how)
                                        : run_config_create(&s->config, word, s->how);
  if (status) return status;
  for (int i = 0; !status && i < s->given->set.count; i++)
    status = duro_settings_assign(&s->config.groups[GROUP_ENV], 1, s->given->set.word[i]);
  if (!status) status = duro_env_create(&s->bare, s->config.ops, s->config.env);
  s->env = s->bare;
  return status;
}

static duro_status open_run(stage *s, const char *folder) {
  if (s->given->config || s->given->control)
    return duro_fail(DURO_ERROR_ARGUMENT, "a %s is for an environment; %s is a run, which has its own",
                     s->given->config ? "configuration" : "control", folder);
  const duro_status status = run_open(&s->run, folder, s->given->set.word, s->given->set.count, s->how);
  s->trained = !status;
  s->env = s->run.env;
  return status;
}

duro_status stage_open(stage *s, const char *word) {
  duro_status status = is_folder(word) ? open_run(s, word) : open_environment(s, word);
  if (status) return status;
  snprintf(s->name, sizeof s->name, "%s", s->trained ? s->run.name : s->env->ops->name);
  if (s->given->solution) status = solved_open(&s->solved, s->given->solution, s->env->ops, 1, s->given->accept);
  if (status || !s->given->adversary) return status;
  if (!is_folder(s->given->adversary)) return duro_policy_load(&s->attacker, s->given->adversary);
  status = run_open(&s->adversary, s->given->adversary, NULL, 0, s->how);
  s->attacked = !status;
  return status;
}

void stage_close(stage *s) {
  if (s->trained) run_close(&s->run);
  if (s->attacked) run_close(&s->adversary);
  duro_policy_destroy(s->attacker);
  solved_close(&s->solved);
  duro_env_destroy(s->bare);
  run_config_release(&s->config);
}

static duro_attack_kind default_attack(const stage *s, const duro_policy *policy) {
  if (s->attacker) return DURO_ATTACK_LEARNED;
  if (s->solved.grid) return DURO_ATTACK_GRID;
  return policy && duro_policy_has(policy, DURO_NET_MU_H) ? DURO_ATTACK_SAFETY : DURO_ATTACK_NONE;
}

/* the networks of the safety and the performance attack */
static duro_status check_networks(const run *owner, duro_attack_kind kind) {
  const duro_policy_net net = kind == DURO_ATTACK_SAFETY ? DURO_NET_MU_H : DURO_NET_MU;
  if (!owner)
    return duro_fail(DURO_ERROR_ARGUMENT, "the %s attack needs networks; wanted a run, or another one that attacks",
                     duro_attack_name(kind));
  if (duro_policy_has(owner->policy, net)) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT,
                   "%s has no network %s for the %s attack; wanted another attack, or another run that attacks",
                   owner->folder, duro_policy_net_name(net), duro_attack_name(kind));
}

static duro_status choose_attack(stage *s, bool chosen, duro_attack_kind kind) {
  const run *owner = s->attacked ? &s->adversary : s->trained ? &s->run : NULL;
  if (!chosen) kind = default_attack(s, owner ? owner->policy : NULL);
  s->attack =
      (duro_attack){.amplitude = 1, .kind = kind, .policy = owner ? owner->policy : NULL, .grid = s->solved.grid};
  switch (kind) {
  case DURO_ATTACK_SAFETY:
  case DURO_ATTACK_PERFORMANCE:
    return check_networks(owner, kind);
  case DURO_ATTACK_LEARNED:
    s->attack.policy = s->attacker;
    return s->attacker ? DURO_OK : duro_fail(DURO_ERROR_ARGUMENT, "the learned attack needs the file of an attacker");
  case DURO_ATTACK_GRID:
    return s->solved.grid ? DURO_OK : duro_fail(DURO_ERROR_ARGUMENT, "the grid attack needs a solution");
  case DURO_ATTACK_SEARCH:
    return s->trained ? DURO_OK
                      : duro_fail(DURO_ERROR_ARGUMENT, "the search attack needs a run to attack; %s is none", s->name);
  default:
    return DURO_OK;
  }
}

static duro_status choose_act(stage *s) {
  const bool filter = s->given->filter && strcmp(s->given->filter, "on") == 0;
  if (!s->trained && filter) return duro_fail(DURO_ERROR_ARGUMENT, "a safety filter needs a run; %s is none", s->name);
  if (!s->trained) return DURO_OK;
  if (filter && !duro_policy_can(s->run.policy, DURO_ACT_FILTERED))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s has no safety filter: it needs pi, pi_h, mu_h and Qh", s->run.folder);
  s->act = filter ? DURO_ACT_FILTERED : run_plain_act(s->run.policy);
  return DURO_OK;
}

duro_status stage_choose(stage *s, bool chosen, duro_attack_kind kind) {
  const duro_status status = choose_attack(s, chosen, kind);
  return status ? status : choose_act(s);
}

duro_status stage_play(const stage *s, trajectory *t) {
  const stage_options *given = s->given;
  const duro_eval_options how = {
      .episodes = 1,
      .seed = given->seed,
      .threads = 1,
      .horizon = given->steps,
      .start = DURO_START_EVAL,
      .act = s->act,
      .margin = s->trained ? (float)duro_policy_about(s->run.policy)->margin : 0,
  };
  const duro_status status = trajectory_create(t, &s->env->spec, given->steps ? given->steps : s->env->spec.horizon);
  if (status) return status;
  if (!s->trained) {
    const bool random = given->control && strcmp(given->control, "random") == 0;
    return trajectory_play(t, s->env, random, &s->attack, given->episode, &how);
  }
  return duro_eval_trace(t->x, t->u, t->a, t->h, &t->steps, s->env, s->run.policy, &s->attack, given->episode, &how);
}

bool stage_failed(const trajectory *t, const duro_env *env) {
  const duro_env_spec *spec = &env->spec;
  double x2[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
  duro_step out = {0};
  void *worker;
  const int64_t k = t->steps - 1;
  if (k < 0 || duro_env_worker_create(env, &worker)) return false;
  for (int i = 0; i < spec->nu; i++) u[i] = (double)t->u[k * spec->nu + i];
  for (int i = 0; i < spec->na; i++) a[i] = (double)t->a[k * spec->na + i];
  duro_env_step(env, worker, x2, &out, t->x + k * spec->nx, u, a);
  duro_env_worker_destroy(env, worker);
  return out.end == DURO_TERMINATED;
}
