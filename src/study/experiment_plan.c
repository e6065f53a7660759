/* From an experiment to its jobs: solve, train, attack, compare the sets. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/mujoco.h"
#include "io/number.h"
#include "io/path.h"
#include "run/solved.h"
#include "study/attack_session.h"
#include "study/experiment.h"

const char *experiment_stage_name(experiment_stage stage) {
  static const char *const names[STAGES] = {"solve", "train", "attack", "sets"};
  return names[stage];
}

void experiment_run_folder(char *out, const char *folder, const experiment_group *g, int run, int seed) {
  char part[2 * EXPERIMENT_NAME + 40];
  snprintf(part, sizeof part, "runs/%s/%s-%" PRId64, g->name, g->runs[run].name, g->seeds.value[seed]);
  run_path(out, folder, part);
}

void experiment_solution_folder(char *out, const char *folder, const experiment_group *g) {
  char part[EXPERIMENT_NAME + 16];
  snprintf(part, sizeof part, "solutions/%s", g->name);
  run_path(out, folder, part);
}

void experiment_config_path(char *out, const experiment *e, const experiment_run *r) {
  char folder[RUN_PATH];
  path_folder(folder, sizeof folder, e->path);
  if (r->config[0] == '/' || strcmp(folder, ".") == 0)
    snprintf(out, RUN_PATH, "%s", r->config);
  else
    run_path(out, folder, r->config);
}

/* A file that an experiment names lies beside it; a name of the library stays as it is. */
static void environment_word(char *out, const experiment *e, const experiment_group *g) {
  const experiment_run as_file = {.config = g->environment};
  if (duro_env_is_file(g->environment))
    experiment_config_path(out, e, &as_file);
  else
    snprintf(out, RUN_PATH, "%s", g->environment);
}

/* ---- checks ---- */

static duro_status assign_all(run_config *config, const word_list *set, const char *path) {
  char file[RUN_FILE], word[RUN_PATH];
  duro_status status = DURO_OK;
  run_file_setting(file, config->ops);
  for (int i = 0; !status && i < set->count; i++) {
    run_place_word(word, set->word[i], file, path);
    status = duro_settings_assign(config->groups, GROUPS, word);
  }
  return status;
}

/* the file among the settings of the environment can be read before hours of training */
static duro_status check_file(const run_config *config) {
  char file[RUN_FILE];
  duro_env *env;
  run_file_setting(file, config->ops);
  const duro_status status = file[0] ? duro_env_create(&env, config->ops, config->env) : DURO_OK;
  if (file[0] && !status) duro_env_destroy(env);
  return status;
}

static duro_status check_run(const experiment *e, const experiment_group *g, const experiment_run *r,
                             const run_how *how) {
  char environment[RUN_PATH], path[RUN_PATH];
  const duro_algorithm_info *info;
  run_config *config = duro_allocate(sizeof *config);
  if (!config) return DURO_ERROR_MEMORY;
  environment_word(environment, e, g);
  if (r->config) experiment_config_path(path, e, r);
  duro_status status =
      r->config ? run_config_load(config, environment, path, NULL, how) : run_config_create(config, environment, how);
  if (!status) {
    status = assign_all(config, &g->set, e->path);
    if (!status) status = assign_all(config, &r->set, e->path);
    if (!status) status = check_file(config);
    if (!status) status = duro_algorithm_find(&info, r->algorithm);
    run_config_release(config);
  }
  duro_release(config);
  return status;
}

/* Attackers are known before hours of training. */
static duro_status check_attackers(const experiment *e, const experiment_group *g, const word_list *attackers) {
  const char *names[ATTACKERS + 2] = {"all", "sweep"};
  for (int i = 0; i < ATTACKERS; i++) names[i + 2] = attacker_name((attacker)i);
  for (int i = 0; i < attackers->count; i++) {
    bool known = false;
    for (int k = 0; k < ATTACKERS + 2; k++) known = known || strcmp(attackers->word[i], names[k]) == 0;
    if (known) continue;
    const char *near = duro_nearest(attackers->word[i], names, ATTACKERS + 2);
    return duro_fail(DURO_ERROR_FORMAT, "%s: group %s: unknown attacker \"%.80s\"%s%s%s", e->path, g->name,
                     attackers->word[i], near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  }
  return DURO_OK;
}

static duro_status check_group(const experiment *e, const experiment_group *g, const run_how *how) {
  duro_status status = check_attackers(e, g, &g->attackers);
  if (!status) status = check_attackers(e, g, &g->sweep);
  for (int k = 0; !status && k < g->n_runs; k++) {
    char reason[1024];
    status = check_run(e, g, &g->runs[k], how);
    snprintf(reason, sizeof reason, "%s", duro_error());
    if (status) status = duro_fail(status, "%s: run %s of group %s: %s", e->path, g->runs[k].name, g->name, reason);
  }
  return status;
}

duro_status experiment_check(const experiment *e, const char *only, const run_how *how) {
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < e->n_groups; i++)
    if (!only || strcmp(only, e->groups[i].name) == 0) status = check_group(e, &e->groups[i], how);
  return status;
}

/* ---- jobs ---- */

/* What the planning of a group needs. */
typedef struct planner {
  experiment_plan *plan;
  const experiment *e;
  const char *folder;
  int group;
  const experiment_group *g;
  const run_how *how;
  int reference;                         /* the run whose adversary attacks the others, -1: none */
  int solution;                          /* job, -1: none */
  char environment[RUN_PATH], fact[128]; /* the word, and what decides its motion beside the bytes of its file */
  char file[RUN_FILE];                   /* of run_file_setting */
} planner;

/* What the job at the end of the list does; where memory runs out, the job lacks something. */
static void note_task(experiment_plan *plan, job *j, experiment_task task) {
  const size_t count = (size_t)plan->list.count;
  experiment_task *larger = count ? duro_allocate(count * sizeof *larger) : NULL;
  if (!larger) {
    j->lacking = true;
    return;
  }
  if (count > 1) memcpy(larger, plan->tasks, (count - 1) * sizeof *larger);
  duro_release(plan->tasks);
  plan->tasks = larger;
  plan->tasks[count - 1] = task;
}

/* Adds a job and its place in the experiment; its index is list.count - 1. */
static job *add(planner *p, experiment_stage stage, int run, int seed, const char *detail) {
  experiment_plan *plan = p->plan;
  char kind[256], name[384], stem[384], files[RUN_PATH];
  const char *command = experiment_stage_name(stage);
  snprintf(kind, sizeof kind, "%s %s%s%s%s", command, p->g->name, run < 0 ? "" : "/",
           run < 0 ? "" : p->g->runs[run].name, detail);
  if (run < 0)
    snprintf(name, sizeof name, "%s", kind);
  else
    snprintf(name, sizeof name, "%s %s/%s-%" PRId64 "%s", command, p->g->name, p->g->runs[run].name,
             p->g->seeds.value[seed], detail);
  snprintf(stem, sizeof stem, "%s", name);
  for (char *c = stem; *c; c++)
    if (*c == ' ' || *c == '/') *c = '-';
  run_path(files, p->folder, "jobs");
  job *j = jobs_add(&plan->list, kind, name, files, stem);
  note_task(plan, j, (experiment_task){stage, p->group, run, seed});
  job_word(j, "%s", command);
  return j;
}

static void add_words(job *j, const word_list *words) {
  for (int i = 0; i < words->count; i++) job_word(j, "%s", words->word[i]);
}

/* An assignment; a file in it decides by its bytes. */
static void add_assignment(const planner *p, job *j, const char *option, const char *word) {
  char placed[RUN_PATH];
  const size_t length = strlen(p->file);
  run_place_word(placed, word, p->file, p->e->path);
  job_word(j, "%s%s", option, placed);
  if (length && strncmp(placed, p->file, length) == 0 && placed[length]) job_input(j, placed + length);
}

static void add_set(const planner *p, job *j, const word_list *set, const char *prefix) {
  for (int i = 0; i < set->count; i++) {
    if (strncmp(set->word[i], prefix, strlen(prefix)) != 0) continue;
    job_word(j, "--set");
    add_assignment(p, j, "", set->word[i]);
  }
}

/* A configuration, and the files that it names. */
static void add_config(const planner *p, job *j, const char *path) {
  job_word(j, "--config");
  job_word(j, "%s", path);
  job_input(j, path);
  run_config *config = p->file[0] ? duro_allocate(sizeof *config) : NULL;
  if (config && !run_config_load(config, p->environment, path, NULL, p->how)) {
    job_setting_files(j, &config->groups[GROUP_ENV]);
    run_config_release(config);
  }
  duro_release(config);
}

/* What it includes, and the MuJoCo in which it runs, decide too; one that does not open fails in its first job. */
static void look_at_environment(planner *p) {
  const duro_env_ops *ops;
  environment_word(p->environment, p->e, p->g);
  if (duro_env_open(&ops, p->environment, p->how ? &p->how->open : NULL)) return;
  snprintf(p->fact, sizeof p->fact, "source %s mujoco %s", ops->source ? ops->source->hash : "-",
           ops->model ? duro_env_mujoco_version() : "-");
  run_file_setting(p->file, ops);
  duro_env_close(ops);
}

/* The environment, and the bytes of its file where it is one. */
static void add_environment(const planner *p, job *j) {
  job_word(j, "%s", p->environment);
  if (duro_env_is_file(p->environment)) job_input(j, p->environment);
  job_fact(j, p->fact);
}

static void plan_solution(planner *p) {
  char folder[RUN_PATH];
  p->solution = -1;
  if (!p->g->solution.count) return;
  job *j = add(p, STAGE_SOLVE, -1, -1, "");
  experiment_solution_folder(folder, p->folder, p->g);
  add_environment(p, j);
  add_words(j, &p->g->solution);
  add_set(p, j, &p->g->set, "env.");
  job_word(j, "--threads=1");
  job_word(j, "--force");
  job_word(j, "--out");
  job_word(j, "%s", folder);
  job_place(j, folder);
  p->solution = p->plan->list.count - 1;
}

/* Trains; *reference is the job of the run whose adversary attacks the curves, -1: none. */
static int plan_training(planner *p, int run, int seed, int reference) {
  char folder[RUN_PATH], path[RUN_PATH];
  const experiment_run *r = &p->g->runs[run];
  job *j = add(p, STAGE_TRAIN, run, seed, "");
  add_environment(p, j);
  job_word(j, "--algorithm=%s", r->algorithm);
  if (r->config) {
    experiment_config_path(path, p->e, r);
    add_config(p, j, path);
  }
  job_word(j, "--set");
  job_word(j, "train.look_at_all=true"); // the curves of the page
  add_set(p, j, &p->g->set, "");
  add_set(p, j, &r->set, "");
  job_word(j, "--seed=%" PRId64, p->g->seeds.value[seed]);
  job_word(j, "--threads=1");
  if (reference >= 0) {
    experiment_run_folder(folder, p->folder, p->g, p->reference, seed);
    job_word(j, "--adversary");
    job_word(j, "%s", folder);
    job_after(j, reference);
  }
  job_word(j, "--go-on");
  job_word(j, "--force");
  job_word(j, "--out");
  experiment_run_folder(folder, p->folder, p->g, run, seed);
  job_word(j, "%s", folder);
  job_place(j, folder);
  return p->plan->list.count - 1;
}

/* One call of duro attack on a run. */
typedef struct attack_call {
  int run, seed;
  const word_list *attackers;
  const char *option, *value, *detail; /* of a sweep; NULL: none */
  int training, reference, before;     /* jobs; before: the last attack of this run, -1: none */
} attack_call;

static void join_words(text *out, const word_list *words) {
  for (int i = 0; i < words->count; i++) text_add(out, "%s%s", i ? "," : "", words->word[i]);
}

static int plan_attack(planner *p, const attack_call *call) {
  const experiment_group *g = p->g;
  char folder[RUN_PATH], detail[160] = "";
  text attackers = {0};
  if (call->option) snprintf(detail, sizeof detail, " %s", call->detail);
  job *j = add(p, STAGE_ATTACK, call->run, call->seed, detail);
  experiment_run_folder(folder, p->folder, g, call->run, call->seed);
  job_word(j, "%s", folder);
  job_place(j, folder);
  join_words(&attackers, call->attackers);
  j->lacking = j->lacking || attackers.failed;
  job_word(j, "--attackers=%s", attackers.bytes && !attackers.failed ? attackers.bytes : "");
  text_release(&attackers);
  job_word(j, "--episodes=%" PRId64, g->episodes);
  if (g->starts) job_word(j, "--starts=%s", g->starts);
  if (g->margin >= 0) job_word(j, "--margin=%.9g", g->margin);
  if (call->reference >= 0) {
    experiment_run_folder(folder, p->folder, g, p->reference, call->seed);
    job_word(j, "--adversary");
    job_word(j, "%s", folder);
    job_after(j, call->reference);
  }
  if (p->solution >= 0) {
    experiment_solution_folder(folder, p->folder, g);
    job_word(j, "--solution");
    job_word(j, "%s", folder);
    job_after(j, p->solution);
  }
  add_words(j, &g->attack);
  if (call->option && strcmp(call->option, "--set") == 0)
    add_assignment(p, j, "--set=", call->value);
  else if (call->option)
    job_word(j, "%s=%s", call->option, call->value);
  job_word(j, "--threads=1");
  job_after(j, call->training);
  if (call->before >= 0) job_after(j, call->before); // they write the same table
  return p->plan->list.count - 1;
}

static void join_levels(char *out, size_t size, const experiment_levels *levels) {
  size_t used = 0;
  for (int i = 0; i < levels->count && used < size; i++)
    used += (size_t)duro_format(out + used, size - used, "%s%.9g", i ? "," : "", levels->value[i]);
}

/* The matrix, and then the sweeps. */
static void plan_attacks(planner *p, int run, int seed, int training, int reference) {
  const experiment_group *g = p->g;
  char value[EXPERIMENT_LEVELS * 20];
  attack_call call = {.run = run, .seed = seed, .training = training, .reference = reference, .before = -1};
  call.attackers = &g->attackers;
  if (g->attackers.count) call.before = plan_attack(p, &call);
  call.attackers = &g->sweep;
  const struct {
    const char *option;
    const experiment_levels *levels;
  } sweeps[] = {{"--amplitude", &g->amplitudes}, {"--noise", &g->noises}};
  for (int s = 0; s < 2; s++) {
    if (!sweeps[s].levels->count) continue;
    join_levels(value, sizeof value, sweeps[s].levels);
    call.option = sweeps[s].option, call.value = value, call.detail = sweeps[s].option + 2;
    call.before = plan_attack(p, &call);
  }
  for (int i = 0; i < g->changes.count; i++) {
    call.option = "--set", call.value = call.detail = g->changes.word[i];
    call.before = plan_attack(p, &call);
  }
}

/* Algorithms without a safety critic learn no set. */
static bool learns_set(const experiment_run *r) {
  const duro_algorithm_info *info;
  return duro_algorithm_find(&info, r->algorithm) == DURO_OK && strstr(info->roles, "Qh");
}

static void plan_sets(planner *p, int run, int seed, int training) {
  char folder[RUN_PATH];
  if (!learns_set(&p->g->runs[run])) return;
  job *j = add(p, STAGE_SETS, run, seed, "");
  experiment_run_folder(folder, p->folder, p->g, run, seed);
  job_word(j, "%s", folder);
  job_place(j, folder);
  job_word(j, "--threads=1");
  job_after(j, training);
  if (strcmp(p->g->sets, "solution") != 0) return;
  experiment_solution_folder(folder, p->folder, p->g);
  job_word(j, "--solution");
  job_word(j, "%s", folder);
  for (int i = 0; i < p->g->attack.count; i++) // what the attacks take, sets take
    if (!strcmp(p->g->attack.word[i], "--" SOLVED_ACCEPT)) job_word(j, "--" SOLVED_ACCEPT);
  job_after(j, p->solution);
}

/* The reference of a group is trained first, since it attacks the others. */
static duro_status plan_group(planner *p) {
  const experiment_group *g = p->g;
  const int seeds = g->seeds.count;
  int *training = duro_allocate((size_t)g->n_runs * (size_t)seeds * sizeof *training), reference = -1;
  if (!training) return DURO_ERROR_MEMORY;
  for (int r = 0; g->reference && r < g->n_runs; r++)
    if (strcmp(g->runs[r].name, g->reference) == 0) reference = r;
  p->reference = reference;
  look_at_environment(p);
  plan_solution(p);
  for (int s = 0; reference >= 0 && s < seeds; s++)
    training[reference * seeds + s] = plan_training(p, reference, s, -1);
  for (int r = 0; r < g->n_runs; r++)
    for (int s = 0; r != reference && s < seeds; s++)
      training[r * seeds + s] = plan_training(p, r, s, reference < 0 ? -1 : training[reference * seeds + s]);
  for (int r = 0; r < g->n_runs; r++)
    for (int s = 0; s < seeds; s++) {
      const bool own = reference < 0 || r == reference;
      plan_attacks(p, r, s, training[r * seeds + s], own ? -1 : training[reference * seeds + s]);
    }
  for (int r = 0; r < g->n_runs; r++)
    for (int s = 0; g->sets && s < seeds; s++) plan_sets(p, r, s, training[r * seeds + s]);
  duro_release(training);
  return DURO_OK;
}

duro_status experiment_plan_make(experiment_plan *plan, const experiment *e, const char *folder, const char *only,
                                 const run_how *how) {
  *plan = (experiment_plan){.list.root = folder};
  const char *names[WORDS_MOST];
  bool found = !only;
  for (int i = 0; i < e->n_groups; i++) {
    planner p = {.plan = plan, .e = e, .folder = folder, .group = i, .g = &e->groups[i], .how = how};
    if (i < WORDS_MOST) names[i] = p.g->name;
    if (only && strcmp(only, p.g->name) != 0) continue;
    found = true;
    const duro_status status = plan_group(&p);
    if (status) return status;
  }
  if (found) return jobs_prepare(&plan->list);
  const char *near = duro_nearest(only, names, e->n_groups < WORDS_MOST ? e->n_groups : WORDS_MOST);
  return duro_fail(DURO_ERROR_ARGUMENT, "group '%s' is unknown%s%s%s", only, near ? "; did you mean '" : "",
                   near ? near : "", near ? "'?" : "");
}

duro_status experiment_plan_add_page(experiment_plan *plan, const experiment *e, const char *folder, const char *only) {
  char files[RUN_PATH];
  const int count = plan->list.count;
  run_path(files, folder, "jobs");
  job *j = jobs_add(&plan->list, "page", "page", files, "page");
  note_task(plan, j, (experiment_task){STAGES, -1, -1, -1});
  job_word(j, "experiment");
  job_word(j, "%s", e->path);
  job_input(j, e->path);
  job_word(j, "--page");
  if (only) job_word(j, "--only");
  if (only) job_word(j, "%s", only);
  job_word(j, "--out");
  job_word(j, "%s", folder);
  for (int i = 0; i < count; i++) job_after(j, i);
  j->anyway = true;
  return jobs_prepare(&plan->list);
}

void experiment_plan_release(experiment_plan *plan) {
  jobs_release(&plan->list);
  duro_release(plan->tasks);
  plan->tasks = NULL;
}

double experiment_seconds(const experiment_plan *plan, experiment_stage stage, int group, int run, int seed) {
  double sum = 0;
  bool done = false;
  for (int i = 0; i < plan->list.count; i++) {
    const experiment_task *task = &plan->tasks[i];
    const job *j = &plan->list.jobs[i];
    if (task->stage != stage || task->group != group || task->run != run || task->seed != seed) continue;
    if (j->state != JOB_DONE) return NAN;
    sum += j->seconds;
    done = true;
  }
  return done ? sum : NAN;
}
