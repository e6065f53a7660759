/* Short evaluations during training. */
#include "watch.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "run.h"
#include "text.h"

static duro_status fail_to_write(const char *path) {
  return duro_fail(DURO_ERROR_FILE, "%s cannot be written: %s", path, strerror(errno));
}

static duro_status start_file(FILE **file, char *path, const char *folder, const char *name, const char *header) {
  run_path(path, folder, name);
  *file = fopen(path, "w");
  return *file && fputs(header, *file) >= 0 && fflush(*file) == 0 ? DURO_OK : fail_to_write(path);
}

static duro_status add_line(FILE *file, const char *path, text *line) {
  const bool written = fputs(line->bytes, file) >= 0 && fflush(file) == 0;
  text_release(line);
  return written ? DURO_OK : fail_to_write(path);
}

duro_status watch_start(watch *w, const char *folder) {
  w->episodes = cli_allocate((size_t)w->set->look_episodes, sizeof *w->episodes);
  run_path(w->policies, folder, "policies");
  duro_status status = start_file(&w->file, w->path, folder, "eval/during.csv",
                                  "step,scenario,acting,adversary,return,violating,episodes,h_min\n");
  if (!status && watch_judges(w->set))
    status = start_file(&w->verdicts, w->verdicts_path, folder, "eval/verdicts.csv",
                        "step,passes,violating,h_min,score,best\n");
  return status;
}

bool watch_judges(const duro_train_settings *set) {
  return set->look_at_all || set->choose;
}

/* One scenario of a look. */
typedef struct scene {
  duro_attack attack;
  duro_act act;
} scene;

/* The scenario that people are told of: mu_h of the given adversary, else the policy's own, else random
 * disturbances. */
static scene first_scene(watch *w, const duro_policy *policy) {
  const duro_act act = run_plain_act(policy);
  if (w->adversary) {
    snprintf(w->scenario, sizeof w->scenario, "mu_h of %s", w->adversary_name);
    return (scene){{.kind = DURO_ATTACK_SAFETY, .policy = w->adversary}, act};
  }
  const bool own = duro_policy_has(policy, DURO_NET_MU_H);
  snprintf(w->scenario, sizeof w->scenario, own ? "own mu_h" : "random");
  return (scene){{.kind = own ? DURO_ATTACK_SAFETY : DURO_ATTACK_RANDOM, .policy = own ? policy : NULL}, act};
}

enum { MAX_SCENES = 16 };

/* Every scenario that policy and adversary allow, beside the first; with the filter those that break a policy most. */
static int other_scenes(scene *out, const watch *w, const duro_policy *policy, const scene *first) {
  static const struct {
    duro_attack_kind kind;
    duro_policy_net net;
    bool filtered;
  } all[] = {
      // what breaks a policy most is played behind the filter as well
      {DURO_ATTACK_NONE, DURO_NET_PI, false},     {DURO_ATTACK_RANDOM, DURO_NET_PI, false},
      {DURO_ATTACK_CONSTANT, DURO_NET_PI, false}, {DURO_ATTACK_SQUARE, DURO_NET_PI, false},
      {DURO_ATTACK_SAFETY, DURO_NET_MU_H, false}, {DURO_ATTACK_PERFORMANCE, DURO_NET_MU, false},
      {DURO_ATTACK_SEARCH, DURO_NET_PI, false},   {DURO_ATTACK_CONSTANT, DURO_NET_PI, true},
      {DURO_ATTACK_SQUARE, DURO_NET_PI, true},    {DURO_ATTACK_SAFETY, DURO_NET_MU_H, true},
      {DURO_ATTACK_SEARCH, DURO_NET_PI, true},
  };
  const duro_policy *owner = w->adversary ? w->adversary : policy;
  int n = 0;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    const bool learned = all[i].kind == DURO_ATTACK_SAFETY || all[i].kind == DURO_ATTACK_PERFORMANCE;
    if (learned && !duro_policy_has(owner, all[i].net)) continue;
    if (all[i].filtered && !duro_policy_can(policy, DURO_ACT_FILTERED)) continue;
    if (all[i].kind == first->attack.kind && !all[i].filtered) continue;
    if (all[i].kind == DURO_ATTACK_SEARCH && !w->set->look_search) continue;
    out[n++] = (scene){{.kind = all[i].kind,
                        .policy = learned ? owner : NULL,
                        .search = {.population = 32, .iterations = (w->set->look_search + 31) / 32}},
                       all[i].filtered ? DURO_ACT_FILTERED : run_plain_act(policy)};
  }
  return n;
}

static duro_status record(watch *w, const scene *s, const duro_train_progress *now, const duro_eval_summary *summary) {
  text line = {0};
  text_add(&line, "%lld,%s,%s,", (long long)now->step, duro_attack_name(s->attack.kind),
           s->act == DURO_ACT_FILTERED ? "filtered"
           : s->act == DURO_ACT_SAFETY ? "pi_h"
                                       : "pi");
  text_add_field(&line, s->attack.policy ? w->scenario : "");
  text_add(&line, ",");
  text_add_number(&line, summary->return_mean);
  text_add(&line, ",%lld,%lld,", (long long)summary->violating, (long long)summary->episodes);
  text_add_number(&line, summary->h_min);
  text_add(&line, "\n");
  return add_line(w->file, w->path, &line);
}

/* Plays one scenario and adds it to the judgement of the snapshot. */
static duro_status play(watch *w, const scene *s, const duro_policy *policy, const duro_train_progress *now,
                        duro_eval_summary *summary) {
  const duro_eval_options options = {.episodes = w->set->look_episodes,
                                     .seed = w->set->seed,
                                     .threads = w->set->threads,
                                     .start = DURO_START_EVAL,
                                     .act = s->act,
                                     .margin = (float)duro_policy_about(policy)->margin};
  const duro_status status = duro_eval_run(w->episodes, w->env, policy, &s->attack, &options);
  if (status) return status;
  duro_eval_summarize(summary, w->episodes, options.episodes);
  w->present.violating += summary->violating;
  w->present.h_min = fmin(w->present.h_min, summary->h_min / w->env->spec.h_scale);
  if (s->attack.kind == DURO_ATTACK_NONE) w->present.score = summary->return_mean;
  return record(w, s, now, summary);
}

static bool better(const watch_judgement *a, const watch_judgement *b) {
  if (!b->step) return true;
  if (a->passes != b->passes) return a->passes;
  if (a->passes) return a->score >= b->score;
  return a->violating != b->violating ? a->violating < b->violating : a->h_min >= b->h_min;
}

/* eval/verdicts.csv: a row for each snapshot. */
static duro_status record_verdict(watch *w, bool best) {
  text line = {0};
  const watch_judgement *p = &w->present;
  text_add(&line, "%" PRId64 ",%d,%" PRId64 ",", p->step, p->passes, p->violating);
  text_add_number(&line, p->h_min);
  text_add(&line, ",");
  text_add_number(&line, p->score);
  text_add(&line, ",%d\n", best);
  return add_line(w->verdicts, w->verdicts_path, &line);
}

/* Judges the snapshot called `name`; the best so far is the one that is deployed, if there is a choice. */
static duro_status judge(watch *w, const char *name) {
  if (w->present.passes && !w->first_pass.step) w->first_pass = w->present;
  const bool best = better(&w->present, &w->best);
  const duro_status status = record_verdict(w, best);
  if (status || !best) return status;
  w->best = w->present;
  if (!w->set->choose) return DURO_OK;
  char path[CLI_PATH], line[80];
  const int length = snprintf(line, sizeof line, "%s\n", name);
  run_path(path, w->policies, "chosen");
  return duro_file_write(path, line, (size_t)length);
}

/* policies/step-<n>.safetensors */
static duro_status keep(watch *w, const duro_trainer *trainer) {
  char name[64], path[CLI_PATH];
  snprintf(name, sizeof name, "step-%" PRId64 ".safetensors", w->present.step);
  run_path(path, w->policies, name);
  const duro_status status = duro_trainer_save_policy(trainer, path);
  return status || !w->verdicts ? status : judge(w, name);
}

static duro_status look(watch *w, const duro_policy *policy, const duro_train_progress *now) {
  const scene first = first_scene(w, policy);
  scene others[MAX_SCENES];
  const int n = watch_judges(w->set) ? other_scenes(others, w, policy, &first) : 0;
  duro_eval_summary summary;
  w->present = (watch_judgement){.h_min = INFINITY, .step = now->step, .seconds = now->seconds};
  duro_status status = play(w, &first, policy, now, &summary);
  if (status) return status;
  w->last = (watch_result){summary.episodes, summary.violating, summary.return_mean};
  static const char *const names[] = {"return", "violating"};
  status = duro_events_scalars(w->events, now->step, "eval", names,
                               (double[]){w->last.return_mean, (double)w->last.violating}, 2);
  for (int i = 0; !status && i < n; i++) status = play(w, &others[i], policy, now, &summary);
  w->present.passes = !w->present.violating && w->present.h_min >= w->set->choose_margin;
  if (!duro_policy_has(policy, DURO_NET_PI)) w->present.score = w->present.h_min;
  return status;
}

duro_status watch_look(watch *w, duro_trainer *trainer, const duro_train_progress *now) {
  if (now->step < w->next && now->step < now->steps) return DURO_OK;
  const int64_t stride = now->steps / w->set->looks > 1 ? now->steps / w->set->looks : 1;
  w->next = (now->step / stride + 1) * stride;
  duro_policy *policy;
  duro_status status = duro_trainer_policy(trainer, &policy);
  if (status) return status;
  status = look(w, policy, now);
  duro_policy_destroy(policy);
  return status ? status : keep(w, trainer);
}

void watch_print_choice(const watch *w) {
  const watch_judgement *b = &w->best;
  if (!b->step) return;
  printf("%s: step %" PRId64 ", %s, worst h %.3g, return %.5g\n", w->set->choose ? "chosen" : "best snapshot", b->step,
         b->passes      ? "safe in its whole look"
         : b->violating ? "though it violated"
                        : "though its margin is thin",
         b->h_min, b->score);
  if (w->first_pass.step)
    printf("first safe snapshot: step %" PRId64 ", after %.1f s\n", w->first_pass.step, w->first_pass.seconds);
}

void watch_stop(watch *w) {
  if (w->file) fclose(w->file);
  if (w->verdicts) fclose(w->verdicts);
  free(w->episodes);
  w->file = w->verdicts = NULL;
  w->episodes = NULL;
}
