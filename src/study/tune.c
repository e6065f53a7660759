/* The search for settings: what is drawn, which trainings come next, and who goes on. */
#include "study/tune.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"
#include "base/purposes.h"
#include "env/mujoco.h"
#include "io/number.h"
#include "io/path.h"
#include "io/table.h"
#include "study/attack_session.h"

/* ---- configurations ---- */

/* Six digits say what was drawn, and are all that is used of it. */
static void draw(char out[TUNE_VALUE], const tune_setting *s, duro_stream *stream) {
  const double at = duro_stream_uniform(stream);
  if (s->scale == TUNE_CHOICE) {
    const int i = (int)(at * s->choices.count);
    snprintf(out, TUNE_VALUE, "%s", s->choices.word[i < s->choices.count ? i : s->choices.count - 1]);
    return;
  }
  const bool logs = s->scale == TUNE_LOG;
  const double low = logs ? (double)m_logf((float)s->low) : s->low;
  const double high = logs ? (double)m_logf((float)s->high) : s->high;
  double value = low + at * (high - low);
  if (logs) value = (double)m_expf((float)value);
  if (s->whole) value = rint(value);
  duro_format(out, TUNE_VALUE, s->whole ? "%.0f" : "%.6g", fmax(s->low, fmin(s->high, value)));
}

static void draw_all(tune *t) {
  const tune_file *f = t->file;
  for (int i = 1; i < t->count; i++) {
    duro_stream stream = duro_stream_at((uint64_t)f->seed, DURO_PURPOSE_TUNE, (uint64_t)i);
    for (int k = 0; k < f->n_settings; k++) draw(t->all[i].value[k], &f->settings[k], &stream);
  }
}

/* ---- checks ---- */

static void environment_word(char *out, const tune_file *f) {
  char folder[RUN_PATH];
  path_folder(folder, sizeof folder, f->path);
  if (!duro_env_is_file(f->environment) || f->environment[0] == '/' || strcmp(folder, ".") == 0)
    snprintf(out, RUN_PATH, "%s", f->environment);
  else
    run_path(out, folder, f->environment);
}

static duro_status configure(run_config *config, const tune *t) {
  const tune_file *f = t->file;
  char environment[RUN_PATH];
  environment_word(environment, f);
  duro_status status = run_config_create(config, environment, t->how);
  if (status) return status;
  if (f->preset) status = run_config_preset(config, f->preset);
  char file[RUN_FILE], word[RUN_PATH];
  if (!status) run_file_setting(file, config->ops);
  for (int i = 0; !status && i < f->set.count; i++) {
    run_place_word(word, f->set.word[i], file, f->path);
    status = duro_settings_assign(config->groups, GROUPS, word);
  }
  if (!status) status = run_config_algorithm(config, f->algorithm);
  if (status) run_config_release(config);
  return status;
}

/* Tries the ends of a range, or the choices. */
static duro_status check_range(run_config *config, tune_setting *s) {
  char value[TUNE_VALUE];
  static const char *const own[] = {"train.seed", "train.steps", "train.threads", "train.choose", "train.look_at_all"};
  bool taken = strncmp(s->name, "learn.", 6) != 0 && strncmp(s->name, "train.", 6) != 0;
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) taken = taken || strcmp(s->name, own[i]) == 0;
  if (taken)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "%s is not to be tuned; wanted a setting learn.* or train.* that the search "
                     "does not need itself",
                     s->name);
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < s->choices.count; i++)
    status = strlen(s->choices.word[i]) < TUNE_VALUE
                 ? duro_settings_set(config->groups, GROUPS, s->name, s->choices.word[i])
                 : duro_fail(DURO_ERROR_ARGUMENT, "a choice of %s is longer than %d bytes", s->name, TUNE_VALUE - 1);
  for (int end = 0; !status && !s->choices.count && end < 2; end++) {
    duro_number_text(value, end ? s->high : s->low);
    status = duro_settings_set(config->groups, GROUPS, s->name, value);
  }
  for (int g = 0; !status && g < GROUPS; g++) // an integer is drawn as one
    for (int i = 0; i < config->groups[g].count; i++) {
      char name[256];
      snprintf(name, sizeof name, "%s.%s", config->groups[g].prefix, config->groups[g].rows[i].name);
      if (strcmp(name, s->name) == 0) s->whole = config->groups[g].rows[i].kind == DURO_INT;
    }
  return status;
}

static duro_status check_attackers(const tune_file *f) {
  const char *names[ATTACKERS];
  for (int i = 0; i < ATTACKERS; i++) names[i] = attacker_name((attacker)i);
  if (f->attackers.count > TUNE_JUDGED / 2)
    return duro_fail(DURO_ERROR_ARGUMENT, "%d attackers are named; wanted at most %d", f->attackers.count,
                     TUNE_JUDGED / 2);
  for (int i = 0; i < f->attackers.count; i++) {
    bool known = false;
    for (int k = 0; k < ATTACKERS; k++) known = known || strcmp(f->attackers.word[i], names[k]) == 0;
    if (known) continue;
    const char *near = duro_nearest(f->attackers.word[i], names, ATTACKERS);
    return duro_fail(DURO_ERROR_ARGUMENT, "unknown attacker \"%.80s\"%s%s%s", f->attackers.word[i],
                     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  }
  return DURO_OK;
}

/* The settings are the file's alone, but for what they turn out to be. */
static duro_status check(tune *t) {
  run_config *config = duro_allocate(sizeof *config);
  tune_file *f = (tune_file *)(uintptr_t)t->file;
  if (!config) return DURO_ERROR_MEMORY;
  duro_status status = configure(config, t);
  const bool configured = !status;
  if (!status && !f->steps) f->steps = config->train.steps;
  for (int i = 0; !status && i < f->n_settings; i++) status = check_range(config, &f->settings[i]);
  if (!status) status = check_attackers(f);
  if (configured) run_config_release(config);
  duro_release(config);
  char reason[1024];
  snprintf(reason, sizeof reason, "%s", duro_error());
  return status ? duro_fail(status, "%s: %s", f->path, reason) : DURO_OK;
}

duro_status tune_create(tune *t, const tune_file *f, const char *folder, const run_how *how) {
  *t = (tune){.file = f, .folder = folder, .how = how, .count = (int)f->configurations + 1, .best = -1};
  const duro_status status = check(t);
  if (status) return status;
  t->all = duro_allocate((size_t)t->count * sizeof *t->all);
  if (!t->all) return DURO_ERROR_MEMORY;
  draw_all(t);
  return DURO_OK;
}

void tune_destroy(tune *t) {
  jobs_release(&t->list);
  duro_release(t->owner);
  duro_release(t->all);
  t->owner = NULL, t->all = NULL;
}

/* ---- rungs ---- */

int64_t tune_steps(const tune *t, int rung) {
  const int64_t steps = (int64_t)ceil(t->file->rungs[rung] * (double)t->file->steps);
  return steps < t->file->steps ? steps : t->file->steps;
}

int tune_kept(const tune_file *f, int count) {
  const int kept = (int)ceil(f->keep * count);
  return kept < 1 ? 1 : kept < count ? kept : count;
}

bool tune_before(const tune *t, int rung, int a, int b) {
  const struct tune_score *x = &t->all[a].at[rung], *y = &t->all[b].at[rung];
  const double one = (double)x->violating * (double)y->episodes, other = (double)y->violating * (double)x->episodes;
  if (one < other || one > other) return one < other;
  if (x->score < y->score || x->score > y->score) return x->score > y->score;
  return a < b;
}

/* ---- jobs ---- */

static void run_folder(char *out, const tune *t, int configuration, int64_t seed) {
  char part[64];
  snprintf(part, sizeof part, "runs/%d-%" PRId64, configuration, seed);
  run_path(out, t->folder, part);
}

static void judge_folder(char *out, const tune *t, bool is_default, int64_t seed) {
  char part[64];
  snprintf(part, sizeof part, "judged/%s-%" PRId64, is_default ? "default" : "chosen", seed);
  run_path(out, t->folder, part);
}

/* Adds a job of a configuration, -1: of the judging. NULL after a failure. */
static job *add(tune *t, int owner, const char *kind, const char *name) {
  char files[RUN_PATH], stem[256];
  int *larger = duro_allocate((size_t)(t->list.count + 1) * sizeof *larger);
  if (!larger) return NULL;
  if (t->list.count) memcpy(larger, t->owner, (size_t)t->list.count * sizeof *larger);
  duro_release(t->owner);
  t->owner = larger;
  snprintf(stem, sizeof stem, "%s", name);
  for (char *c = stem; *c; c++)
    if (*c == ' ' || *c == '/') *c = '-';
  run_path(files, t->folder, "jobs");
  job *j = jobs_add(&t->list, kind, name, files, stem);
  t->owner[t->list.count - 1] = owner;
  return j;
}

static void add_set(job *j, const char *name, const char *value) {
  job_word(j, "--set");
  job_word(j, "%s=%s", name, value);
}

/* The training of a configuration from its start. */
static void add_training(const tune *t, job *j, int configuration, int64_t seed, int64_t steps) {
  const tune_file *f = t->file;
  char environment[RUN_PATH], file[RUN_FILE] = "", word[RUN_PATH];
  const duro_env_ops *ops = NULL; // where it does not open, its first job fails
  environment_word(environment, f);
  if (!duro_env_open(&ops, environment, t->how ? &t->how->open : NULL)) run_file_setting(file, ops);
  job_word(j, "train");
  job_word(j, "%s", environment);
  job_word(j, "--algorithm=%s", f->algorithm);
  if (f->preset) job_word(j, "--preset=%s", f->preset);
  for (int i = 0; i < f->set.count; i++) {
    run_place_word(word, f->set.word[i], file, f->path);
    job_word(j, "--set");
    job_word(j, "%s", word);
    if (file[0] && strncmp(word, file, strlen(file)) == 0 && word[strlen(file)]) job_input(j, word + strlen(file));
  }
  for (int k = 0; configuration > 0 && k < f->n_settings; k++)
    add_set(j, f->settings[k].name, t->all[configuration].value[k]);
  job_word(j, "--seed=%" PRId64, seed);
  job_word(j, "--steps=%" PRId64, steps);
  job_word(j, "--threads=1");
  if (duro_env_is_file(environment)) job_input(j, environment);
  if (!ops) return;
  char fact[128];
  snprintf(fact, sizeof fact, "source %s mujoco %s", ops->source ? ops->source->hash : "-",
           ops->model ? duro_env_mujoco_version() : "-");
  duro_env_close(ops);
  job_fact(j, fact);
}

/* Other rungs would have led the same folder elsewhere, so that they begin anew. */
static void add_rungs(const tune *t, job *j) {
  text rungs = {0};
  for (int r = 0; r < t->file->n_rungs; r++) text_add(&rungs, " %" PRId64, tune_steps(t, r));
  if (text_status(&rungs) == DURO_OK) job_fact(j, rungs.bytes);
  j->lacking = j->lacking || rungs.failed;
  text_release(&rungs);
}

/* One seed of a configuration in a rung; `before` is its job in the rung before, -1 in the first one. */
static duro_status add_rung(tune *t, int rung, int configuration, int64_t seed, int before) {
  char kind[64], name[128], folder[RUN_PATH];
  snprintf(kind, sizeof kind, "train rung %d", rung + 1);
  snprintf(name, sizeof name, "train %d-%" PRId64 " rung %d", configuration, seed, rung + 1);
  run_folder(folder, t, configuration, seed);
  job *j = add(t, configuration, kind, name);
  if (!j) return DURO_ERROR_MEMORY;
  if (rung) {
    job_word(j, "train");
    job_word(j, "--resume");
    job_word(j, "%s", folder);
    job_word(j, "--steps=%" PRId64, tune_steps(t, rung));
    job_word(j, "--threads=1");
    job_after(j, before);
  } else {
    add_training(t, j, configuration, seed, tune_steps(t, 0));
    add_set(j, "train.look_at_all", "true");
    add_set(j, "train.choose", "false");
    job_word(j, "--go-on");
    job_word(j, "--force");
    job_word(j, "--out");
    job_word(j, "%s", folder);
    add_rungs(t, j);
  }
  job_place(j, folder);
  return DURO_OK;
}

/* The training of other seeds, with choice and trial, and its attackers. */
static duro_status add_judging(tune *t, int configuration, bool is_default, int64_t seed) {
  char name[128], folder[RUN_PATH];
  const char *who = is_default ? "default" : "chosen";
  judge_folder(folder, t, is_default, seed);
  snprintf(name, sizeof name, "train %s-%" PRId64, who, seed);
  job *j = add(t, -1, "train judged", name);
  if (!j) return DURO_ERROR_MEMORY;
  add_training(t, j, configuration, seed, t->file->steps);
  job_word(j, "--go-on");
  job_word(j, "--force");
  job_word(j, "--out");
  job_word(j, "%s", folder);
  job_place(j, folder);
  const int training = t->list.count - 1;
  snprintf(name, sizeof name, "attack %s-%" PRId64, who, seed);
  if (!(j = add(t, -1, "attack judged", name))) return DURO_ERROR_MEMORY;
  text attackers = {0};
  for (int i = 0; i < t->file->attackers.count; i++)
    text_add(&attackers, "%s%s", i ? "," : "", t->file->attackers.word[i]);
  job_word(j, "attack");
  job_word(j, "%s", folder);
  job_word(j, "--attackers=%s", attackers.bytes && !attackers.failed ? attackers.bytes : "");
  j->lacking = j->lacking || attackers.failed;
  text_release(&attackers);
  job_word(j, "--episodes=%" PRId64, t->file->episodes);
  job_word(j, "--threads=1");
  job_place(j, folder);
  job_after(j, training);
  return DURO_OK;
}

/* ---- what trainings left ---- */

/* The step at which a training was told to go on with the next rung: what was looked at later is of that one. */
static duro_status end_of_rung(double *end, const tune *t, int rung, const char *folder) {
  char path[RUN_PATH];
  sheet plan;
  bool there;
  *end = INFINITY;
  if (rung + 1 == t->file->n_rungs) return DURO_OK;
  run_path(path, folder, "plan.csv");
  const duro_status status = sheet_read_if_there(&plan, &there, path);
  if (status) return status;
  for (int row = 0; row < plan.rows; row++)
    if ((int64_t)sheet_number(&plan, row, "steps") == tune_steps(t, rung + 1)) *end = sheet_number(&plan, row, "step");
  sheet_release(&plan);
  return DURO_OK;
}

/* The looks of the second half of a rung: violating episodes by the better of the ways of acting of this run, and the
 * return without disturbance. */
static duro_status read_looks(struct tune_score *sum, const tune *t, int rung, int configuration, int64_t seed) {
  char path[RUN_PATH], folder[RUN_PATH];
  sheet looks;
  run_folder(folder, t, configuration, seed);
  run_path(path, folder, "eval/during.csv");
  double end;
  duro_status status = end_of_rung(&end, t, rung, folder);
  if (!status) status = sheet_read(&looks, path);
  if (status) return status;
  const double last = (double)tune_steps(t, rung);
  int64_t violating[2] = {0}, episodes[2] = {0}, plain = 0;
  double score = 0;
  for (int row = 0; row < looks.rows; row++) {
    const double step = sheet_number(&looks, row, "step");
    if (step <= last / 2 || step > end) continue;
    const int way = strcmp(sheet_cell(&looks, row, "acting"), "filtered") == 0;
    violating[way] += (int64_t)sheet_number(&looks, row, "violating");
    episodes[way] += (int64_t)sheet_number(&looks, row, "episodes");
    if (strcmp(sheet_cell(&looks, row, "scenario"), "none") != 0) continue;
    score += sheet_number(&looks, row, "return");
    plain++;
  }
  sheet_release(&looks);
  if (!episodes[0] || !plain)
    return duro_fail(DURO_ERROR_FORMAT, "%s has no looks in the second half of %.0f steps; wanted more train.looks",
                     path, last);
  const bool better =
      episodes[1] && (double)violating[1] * (double)episodes[0] < (double)violating[0] * (double)episodes[1];
  sum->violating += violating[better];
  sum->episodes += episodes[better];
  sum->score += score / (double)plain;
  return DURO_OK;
}

static duro_status read_rung(tune *t, int rung, const int *who, int count) {
  const seed_list *seeds = &t->file->seeds;
  for (int i = 0; i < count; i++) {
    tune_configuration *c = &t->all[who[i]];
    if (c->failed == rung + 1) continue;
    c->at[rung] = (struct tune_score){0};
    for (int s = 0; s < seeds->count; s++) {
      const duro_status status = read_looks(&c->at[rung], t, rung, who[i], seeds->value[s]);
      if (status) return status;
    }
    c->at[rung].score /= seeds->count;
    c->rungs = rung + 1;
  }
  return DURO_OK;
}

/* Best first, with insertion: there are few. */
static int sort(int *out, const tune *t, int rung, const int *who, int count) {
  int n = 0;
  for (int i = 0; i < count; i++) {
    if (t->all[who[i]].failed == rung + 1) continue;
    int at = n++;
    for (; at && tune_before(t, rung, who[i], out[at - 1]); at--) out[at] = out[at - 1];
    out[at] = who[i];
  }
  return n;
}

/* Who goes on, the best first, and the default one in any case; out may not be who. */
static int promote(int *out, const tune *t, int rung, const int *who, int count) {
  const int n = sort(out, t, rung, who, count), kept = n ? tune_kept(t->file, n) : 0;
  for (int i = kept; i < n; i++)
    if (out[i] == 0) {
      out[kept] = 0;
      return kept + 1;
    }
  return kept;
}

/* ---- the plan ---- */

static bool all_done(const tune *t) {
  return jobs_count(&t->list, JOB_DONE) == t->list.count;
}

/* Job of a configuration and seed in the list: the last one, -1 where there is none. */
static int last_job(const tune *t, int configuration, int seed) {
  for (int i = t->list.count - 1; i >= 0; i--)
    if (t->owner[i] == configuration && seed-- == 0)
      return i; // the seeds of a rung stand in a row, the last one at the end
  return -1;
}

static duro_status plan_rung(tune *t, int rung, const int *who, int count) {
  const seed_list *seeds = &t->file->seeds;
  for (int i = 0; i < count; i++) {
    if (t->all[who[i]].failed == rung + 1) continue;
    int before[DOCUMENT_SEEDS];
    for (int s = 0; s < seeds->count; s++) before[s] = rung ? last_job(t, who[i], seeds->count - 1 - s) : -1;
    for (int s = 0; s < seeds->count; s++) {
      const duro_status status = add_rung(t, rung, who[i], seeds->value[s], before[s]);
      if (status) return status;
    }
  }
  return jobs_prepare(&t->list);
}

static duro_status plan_judging(tune *t) {
  const seed_list *judges = &t->file->judges;
  duro_status status = DURO_OK;
  for (int k = 0; k < 2; k++)
    for (int s = 0; !status && (k || t->best) && s < judges->count; s++)
      status = add_judging(t, k ? 0 : t->best, k, judges->value[s]);
  return status ? status : jobs_prepare(&t->list);
}

static tune_judged *judged_of(tune *t, bool is_default, const char *attacker) {
  for (int i = 0; i < t->n_judged; i++)
    if (t->judged[i].is_default == is_default && strcmp(t->judged[i].attacker, attacker) == 0) return &t->judged[i];
  if (t->n_judged == TUNE_JUDGED) return NULL;
  tune_judged *j = &t->judged[t->n_judged++];
  *j = (tune_judged){.is_default = is_default, .h_min = INFINITY};
  snprintf(j->attacker, sizeof j->attacker, "%s", attacker);
  return j;
}

/* The rows of the deployed way of acting. */
static duro_status read_judged(tune *t, bool is_default, int64_t seed) {
  char folder[RUN_PATH], path[RUN_PATH];
  duro_policy *policy;
  sheet matrix;
  judge_folder(folder, t, is_default, seed);
  run_path(path, folder, "attack/matrix.csv");
  duro_status status = duro_policy_load(&policy, folder);
  if (status) return status;
  const char *deployed = duro_policy_about(policy)->deployed;
  char acting[32];
  snprintf(acting, sizeof acting, "%s", deployed[0] ? deployed : duro_policy_act_name(run_plain_act(policy)));
  duro_policy_destroy(policy);
  if ((status = sheet_read(&matrix, path))) return status;
  for (int row = 0; row < matrix.rows; row++) {
    if (strcmp(sheet_cell(&matrix, row, "acting"), acting) != 0) continue;
    tune_judged *j = judged_of(t, is_default, sheet_cell(&matrix, row, "attacker"));
    if (!j) break;
    j->violating += (int64_t)sheet_number(&matrix, row, "violating");
    j->episodes += (int64_t)sheet_number(&matrix, row, "episodes");
    j->return_mean += sheet_number(&matrix, row, "return_mean") / t->file->judges.count;
    j->h_min = fmin(j->h_min, sheet_number(&matrix, row, "h_min"));
  }
  sheet_release(&matrix);
  return DURO_OK;
}

static duro_status read_all_judged(tune *t) {
  duro_status status = DURO_OK;
  t->n_judged = 0;
  for (int k = 0; k < 2; k++)
    for (int s = 0; !status && (k || t->best) && s < t->file->judges.count; s++)
      status = read_judged(t, k, t->file->judges.value[s]);
  return status;
}

/* `who` and `next` (count) take the numbers that are in a rung */
static duro_status plan_from(tune *t, int *who, int *next) {
  int count = t->count;
  duro_status status = DURO_OK;
  for (int i = 0; i < count; i++) who[i] = i;
  for (int rung = 0; rung < t->file->n_rungs; rung++) {
    status = plan_rung(t, rung, who, count);
    if (status || !all_done(t)) return status;
    status = read_rung(t, rung, who, count);
    if (status) return status;
    const bool last = rung + 1 == t->file->n_rungs;
    count = last ? sort(next, t, rung, who, count) : promote(next, t, rung, who, count);
    if (!count)
      return duro_fail(DURO_ERROR_NOT_FINITE, "every training of rung %d failed; jobs/*.log says why", rung + 1);
    memcpy(who, next, (size_t)count * sizeof *who);
  }
  t->best = who[0];
  status = plan_judging(t);
  if (status || !all_done(t)) return status;
  status = read_all_judged(t);
  t->finished = !status;
  return status;
}

duro_status tune_plan(tune *t) {
  jobs_release(&t->list);
  duro_release(t->owner);
  t->owner = NULL;
  t->list = (job_list){.root = t->folder};
  t->finished = false, t->best = -1;
  int *who = duro_allocate(2 * (size_t)t->count * sizeof *who);
  if (!who) return DURO_ERROR_MEMORY;
  const duro_status status = plan_from(t, who, who + t->count);
  duro_release(who);
  return status;
}

bool tune_note_failures(tune *t) {
  bool any = false;
  for (int i = 0; i < t->list.count; i++) {
    if (t->list.jobs[i].state != JOB_FAILED) continue;
    any = true;
    if (t->owner[i] < 0 || !t->list.jobs[i].rejected) return false;
  }
  for (int i = 0; i < t->list.count; i++)
    if (t->list.jobs[i].state == JOB_FAILED) t->all[t->owner[i]].failed = t->all[t->owner[i]].rungs + 1;
  return any;
}

/* ---- results ---- */

static void add_cells(text *out, const tune *t, int i) {
  const tune_file *f = t->file;
  for (int k = 0; k < f->n_settings; k++) {
    text_add(out, ",");
    if (i) text_add_field(out, t->all[i].value[k]);
  }
}

static duro_status save_rungs(const tune *t) {
  char path[RUN_PATH];
  text out = {0};
  text_add(&out, "configuration");
  for (int k = 0; k < t->file->n_settings; k++) {
    text_add(&out, ",");
    text_add_field(&out, t->file->settings[k].name);
  }
  text_add(&out, ",rung,steps,seeds,violating,episodes,share,return,best\n");
  for (int i = 0; i < t->count; i++) {
    const tune_configuration *c = &t->all[i];
    for (int r = 0; r < c->rungs + (c->failed > 0); r++) {
      const struct tune_score *s = &c->at[r];
      const bool there = r < c->rungs, best = i == t->best && r + 1 == t->file->n_rungs;
      text_add(&out, i ? "%d" : "default", i);
      add_cells(&out, t, i);
      text_add(&out, ",%d,%" PRId64 ",%d,", r + 1, tune_steps(t, r), t->file->seeds.count);
      if (there) text_add(&out, "%" PRId64 ",%" PRId64, s->violating, s->episodes);
      text_add(&out, there ? "," : ",,");
      text_add_number(&out, there ? (double)s->violating / (double)s->episodes : NAN);
      text_add(&out, ",");
      text_add_number(&out, there ? s->score : NAN);
      text_add(&out, ",%d\n", best);
    }
  }
  run_path(path, t->folder, "tune.csv");
  const duro_status status = text_save(&out, path);
  text_release(&out);
  return status;
}

static duro_status save_judged(const tune *t) {
  char path[RUN_PATH];
  text out = {0};
  text_add(&out, "configuration,attacker,seeds,violating,episodes,return,h_min\n");
  for (int i = 0; i < t->n_judged; i++) {
    const tune_judged *j = &t->judged[i];
    text_add(&out, "%s,%s,%d,%" PRId64 ",%" PRId64 ",", j->is_default ? "default" : "chosen", j->attacker,
             t->file->judges.count, j->violating, j->episodes);
    text_add_number(&out, j->return_mean);
    text_add(&out, ",");
    text_add_number(&out, j->h_min);
    text_add(&out, "\n");
  }
  run_path(path, t->folder, "judged.csv");
  const duro_status status = text_save(&out, path);
  text_release(&out);
  return status;
}

/* Every setting of the best one, resolved; the file of an environment lies beside it. */
static duro_status save_best(const tune *t) {
  char path[RUN_PATH];
  run_config *config = duro_allocate(sizeof *config);
  if (!config) return DURO_ERROR_MEMORY;
  duro_status status = configure(config, t);
  if (status) {
    duro_release(config);
    return status;
  }
  config->train.steps = t->file->steps;
  for (int k = 0; !status && t->best > 0 && k < t->file->n_settings; k++)
    status = duro_settings_set(config->groups, GROUPS, t->file->settings[k].name, t->all[t->best].value[k]);
  duro_env *env = NULL;
  if (!status) status = duro_env_create(&env, config->ops, config->env);
  if (!status) status = run_keep_environment(config, env, t->folder);
  run_path(path, t->folder, "best.yaml");
  if (!status) status = run_config_save(config, env, path);
  duro_env_destroy(env);
  run_config_release(config);
  duro_release(config);
  return status;
}

duro_status tune_save(const tune *t) {
  duro_status status = save_rungs(t);
  if (!status) status = save_judged(t);
  return status ? status : save_best(t);
}
