/* Short evaluations during training. */
#include "run/watch.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/table.h"
#include "io/text.h"
#include "run/run.h"

#define DURO_SETTINGS_OF watch_settings
static const duro_setting rows[] = {WATCH_SETTINGS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

duro_settings_group watch_settings_group(watch_settings *values) {
  return (duro_settings_group){"train", rows, sizeof rows / sizeof *rows, values};
}

static duro_status start_file(duro_growing *file, const char *folder, const char *name, const char *header,
                              int64_t last) {
  char path[RUN_PATH];
  run_path(path, folder, name);
  return last < 0 ? duro_growing_create(file, path, header, strlen(header))
                  : duro_growing_csv(file, path, header, (double)last);
}

static duro_status add_line(duro_growing *file, text *line) {
  duro_status status = text_status(line);
  if (!status) status = duro_growing_append(file, line->bytes, line->length);
  text_release(line);
  return status;
}

/* Step at which the look after one at or before `step` is due. */
static int64_t look_after(const watch *w, int64_t step, int64_t steps) {
  const int64_t stride = steps / w->set->looks > 1 ? steps / w->set->looks : 1;
  return (step / stride + 1) * stride;
}

/* The first scenario of the last look, for people, and when the next one is due: what was due when training stopped
 * is made up for. */
static duro_status recall_look(watch *w, const char *folder) {
  char path[RUN_PATH];
  sheet looks;
  run_path(path, folder, "eval/during.csv");
  const duro_status status = sheet_read(&looks, path);
  if (status) return status;
  int row = looks.rows - 1;
  while (row > 0 && sheet_number(&looks, row - 1, "step") >= sheet_number(&looks, row, "step")) row--;
  if (row >= 0) {
    w->next = look_after(w, (int64_t)sheet_number(&looks, row, "step"), w->train->steps);
    const char *by = sheet_cell(&looks, row, "adversary");
    snprintf(w->scenario, sizeof w->scenario, "%s", *by ? by : sheet_cell(&looks, row, "scenario"));
    w->last = (watch_result){(int64_t)sheet_number(&looks, row, "episodes"),
                             (int64_t)sheet_number(&looks, row, "violating"), sheet_number(&looks, row, "return")};
  }
  sheet_release(&looks);
  return DURO_OK;
}

/* The best snapshot so far, and the first that passed; when that was is not known any more. */
static duro_status recall_verdicts(watch *w, const char *folder) {
  char path[RUN_PATH];
  sheet verdicts;
  run_path(path, folder, "eval/verdicts.csv");
  const duro_status status = sheet_read(&verdicts, path);
  if (status) return status;
  for (int row = 0; row < verdicts.rows; row++) {
    const watch_judgement j = {.passes = sheet_number(&verdicts, row, "passes") > 0,
                               .violating = (int64_t)sheet_number(&verdicts, row, "violating"),
                               .filtered = (int64_t)sheet_number(&verdicts, row, "filtered"),
                               .h_min = sheet_number(&verdicts, row, "h_min"),
                               .score = sheet_number(&verdicts, row, "score"),
                               .step = (int64_t)sheet_number(&verdicts, row, "step"),
                               .seconds = NAN};
    if (j.passes && !w->first_pass.step) w->first_pass = j;
    w->judged++, w->passed += j.passes;
    if (sheet_number(&verdicts, row, "best") > 0) w->best = j;
  }
  sheet_release(&verdicts);
  return DURO_OK;
}

static duro_status point_at_best(const watch *w) {
  char path[RUN_PATH], line[80];
  run_path(path, w->policies, "chosen");
  if (!w->best.step) {
    (void)unlink(path);
    return DURO_OK;
  }
  const int length = snprintf(line, sizeof line, "step-%" PRId64 ".safetensors\n", w->best.step);
  return duro_file_write(path, line, (size_t)length);
}

/* Does policies/chosen name a snapshot that a trial chose? It stays until the trial of the longer training, which may
 * choose another one. */
static duro_status is_of_trial(bool *is, const watch *w) {
  char path[RUN_PATH], *name;
  size_t size;
  bool there;
  *is = false;
  run_path(path, w->policies, "chosen");
  duro_status status = duro_file_read_if_there(&name, &size, &there, path);
  if (status || !there) return status;
  name[strcspn(name, "\r\n")] = '\0';
  const bool plain = name[0] && !strchr(name, '/');
  if (plain) run_path(path, w->policies, name);
  duro_file_release(name);
  duro_kind kind = DURO_KIND_NOTHING;
  if (plain) status = duro_file_look(&kind, path);
  if (status || kind == DURO_KIND_NOTHING) return status;
  duro_tensor_file *file;
  if ((status = duro_tensors_open(&file, path))) return status;
  *is = duro_tensors_note(file, "deployed");
  duro_tensors_close(file);
  return DURO_OK;
}

/* Snapshots of looks that are cut off, and are made again. */
static void remove_later_snapshots(const watch *w, int64_t last) {
  char path[RUN_PATH];
  DIR *directory = opendir(w->policies);
  if (!directory) return;
  for (const struct dirent *entry; (entry = readdir(directory));) {
    if (strncmp(entry->d_name, "step-", 5) != 0 || strtoll(entry->d_name + 5, NULL, 10) <= last) continue;
    run_path(path, w->policies, entry->d_name);
    (void)unlink(path);
  }
  closedir(directory);
}

static duro_status recall(watch *w, const char *folder, int64_t last) {
  remove_later_snapshots(w, last);
  duro_status status = recall_look(w, folder);
  if (!status && watch_judges(w->set)) status = recall_verdicts(w, folder);
  if (!status && w->set->choose) status = is_of_trial(&w->tried, w);
  return status || !w->set->choose || w->tried ? status : point_at_best(w);
}

duro_status watch_start(watch *w, const char *folder, int64_t last) {
  w->file.fd = w->verdicts.fd = -1;
  w->episodes = duro_allocate((size_t)w->set->look_episodes * sizeof *w->episodes);
  if (!w->episodes) return DURO_ERROR_MEMORY;
  run_path(w->policies, folder, "policies");
  duro_status status = start_file(&w->file, folder, "eval/during.csv",
                                  "step,scenario,acting,adversary,return,violating,episodes,h_min\n", last);
  if (!status && watch_judges(w->set))
    status = start_file(&w->verdicts, folder, "eval/verdicts.csv", "step,passes,violating,filtered,h_min,score,best\n",
                        last);
  return status || last < 0 ? status : recall(w, folder, last);
}

bool watch_judges(const watch_settings *set) {
  return set->look_at_all || set->choose;
}

/* One scenario of a look. */
typedef struct scene {
  duro_attack attack;
  duro_act act;
} scene;

/* The scenario that people are told of: mu_h of the given adversary, else the policy's own, else random
 * disturbances; none where there is no disturbance. */
static scene first_scene(watch *w, const duro_policy *policy) {
  const duro_act act = run_plain_act(policy);
  if (!w->env->spec.na) {
    snprintf(w->scenario, sizeof w->scenario, "none");
    return (scene){{.kind = DURO_ATTACK_NONE}, act};
  }
  if (w->adversary) {
    snprintf(w->scenario, sizeof w->scenario, "mu_h of %s", w->adversary_name);
    return (scene){{.amplitude = 1, .kind = DURO_ATTACK_SAFETY, .policy = w->adversary}, act};
  }
  const bool own = duro_policy_has(policy, DURO_NET_MU_H);
  snprintf(w->scenario, sizeof w->scenario, own ? "own mu_h" : "random");
  return (scene){{.amplitude = 1, .kind = own ? DURO_ATTACK_SAFETY : DURO_ATTACK_RANDOM, .policy = own ? policy : NULL},
                 act};
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
    if (!w->env->spec.na && all[i].kind != DURO_ATTACK_NONE) continue;
    if (learned && !duro_policy_has(owner, all[i].net)) continue;
    if (all[i].filtered && !duro_policy_can(policy, DURO_ACT_FILTERED)) continue;
    if (all[i].kind == first->attack.kind && !all[i].filtered) continue;
    if (all[i].kind == DURO_ATTACK_SEARCH && !w->set->look_search) continue;
    out[n++] = (scene){{.amplitude = 1,
                        .kind = all[i].kind,
                        .policy = learned ? owner : NULL,
                        .search = {.population = 32, .iterations = (w->set->look_search + 31) / 32}},
                       all[i].filtered ? DURO_ACT_FILTERED : run_plain_act(policy)};
  }
  return n;
}

static duro_status record(watch *w, const scene *s, const duro_train_progress *now, const duro_eval_summary *summary) {
  text line = {0};
  text_add(&line, "%lld,%s,%s,", (long long)now->step, duro_attack_name(s->attack.kind), duro_policy_act_name(s->act));
  text_add_field(&line, s->attack.policy ? w->scenario : "");
  text_add(&line, ",");
  text_add_number(&line, summary->return_mean);
  text_add(&line, ",%lld,%lld,", (long long)summary->violating, (long long)summary->episodes);
  text_add_number(&line, summary->h_min);
  text_add(&line, "\n");
  return add_line(&w->file, &line);
}

/* Plays one scenario and adds it to the judgement of the snapshot. */
static duro_status play(watch *w, const scene *s, const duro_policy *policy, const duro_train_progress *now,
                        duro_eval_summary *summary) {
  const duro_eval_options options = {.episodes = w->set->look_episodes,
                                     .first = DURO_EVAL_LOOKS,
                                     .seed = w->train->seed,
                                     .threads = w->train->threads,
                                     .start = DURO_START_EVAL,
                                     .act = s->act,
                                     .margin = (float)duro_policy_about(policy)->margin};
  const duro_status status = duro_eval_run(w->episodes, w->env, policy, &s->attack, &options);
  if (status) return status;
  duro_eval_summarize(summary, w->episodes, options.episodes);
  w->present.violating += summary->violating + summary->cut_off;
  if (s->act == DURO_ACT_FILTERED) w->present.filtered += summary->violating + summary->cut_off;
  w->present.h_min =
      fmin(w->present.h_min, summary->h_min / (w->env->spec.h_scale * duro_policy_about(policy)->h_unit));
  if (s->attack.kind == DURO_ATTACK_NONE) w->present.score = summary->return_mean;
  return record(w, s, now, summary);
}

static bool better(const watch_judgement *a, const watch_judgement *b) {
  if (!b->step) return true;
  if (a->passes != b->passes) return a->passes;
  if (a->passes) return a->score >= b->score;
  if (a->filtered != b->filtered) return a->filtered < b->filtered;
  return a->violating != b->violating ? a->violating < b->violating : a->h_min >= b->h_min;
}

/* eval/verdicts.csv: a row for each snapshot. */
static duro_status record_verdict(watch *w, bool best) {
  text line = {0};
  const watch_judgement *p = &w->present;
  text_add(&line, "%" PRId64 ",%d,%" PRId64 ",%" PRId64 ",", p->step, p->passes, p->violating, p->filtered);
  text_add_number(&line, p->h_min);
  text_add(&line, ",");
  text_add_number(&line, p->score);
  text_add(&line, ",%d\n", best);
  return add_line(&w->verdicts, &line);
}

/* Judges the present snapshot; the best so far is the one that is deployed, if there is a choice. */
static duro_status judge(watch *w) {
  if (w->present.passes && !w->first_pass.step) w->first_pass = w->present;
  w->judged++, w->passed += w->present.passes;
  const bool best = better(&w->present, &w->best);
  const duro_status status = record_verdict(w, best);
  if (status || !best) return status;
  w->best = w->present;
  return w->set->choose && !w->tried ? point_at_best(w) : DURO_OK;
}

/* policies/step-<n>.safetensors */
static duro_status keep(watch *w, const duro_trainer *trainer) {
  char name[64], path[RUN_PATH];
  snprintf(name, sizeof name, "step-%" PRId64 ".safetensors", w->present.step);
  run_path(path, w->policies, name);
  const duro_status status = duro_trainer_save_policy(trainer, path);
  return status || w->verdicts.fd < 0 ? status : judge(w);
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
  w->next = look_after(w, now->step, now->steps);
  duro_policy *policy;
  duro_status status = duro_trainer_policy(trainer, &policy);
  if (status) return status;
  status = look(w, policy, now);
  duro_policy_destroy(policy);
  return status ? status : keep(w, trainer);
}

duro_status watch_sync(const watch *w) {
  const duro_status status = duro_growing_sync(&w->file);
  return status || w->verdicts.fd < 0 ? status : duro_growing_sync(&w->verdicts);
}

void watch_stop(watch *w) {
  if (!w->episodes) return; // was not started
  duro_growing_close(&w->file);
  duro_growing_close(&w->verdicts);
  duro_release(w->episodes);
  w->episodes = NULL;
}
