/* The method from C, with the installed library alone: method FOLDER SOLUTION FILE RESULTS DURO checks an environment,
 * asks a solution of it, trains into FOLDER with looks, choice and trial, opens what is deployed, plays it, attacks it,
 * judges it, compares its learned sets, and runs the experiment of FILE into RESULTS by the program DURO. */
#include <duro/duro.h>
#include <stdio.h>

static int fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, duro_error());
  return 1;
}

static int check(const duro_env_ops *ops) {
  duro_check_findings findings;
  duro_check_options options = duro_check_options_default();
  options.quick = true;
  if (duro_check_environment(&findings, ops, NULL, &options)) return fail("check");
  printf("%s: %d findings, %d broken\n", ops->name, findings.count, duro_check_count(&findings, DURO_CHECK_BROKEN));
  return 0;
}

static duro_status report(const duro_run_progress *now, void *context) {
  int *rows = context;
  *rows += now->train != NULL;
  return DURO_OK;
}

static int train(duro_run_config *config, const char *folder) {
  static const char *const set[] = {"train.steps=3200",      "train.warmup=640",  "train.envs=32",
                                    "train.report_every=10", "train.replay=5000", "learn.width=16",
                                    "learn.batch=32",        "train.looks=4",     "train.look_episodes=4",
                                    "train.look_search=32",  "train.trial=2",     "train.trial_episodes=4",
                                    "train.trial_search=32"};
  int rows = 0;
  duro_run_result result;
  duro_run_options options = duro_run_options_default();
  options.report = report, options.context = &rows;
  for (size_t i = 0; i < sizeof set / sizeof *set; i++)
    if (duro_run_config_set(config, set[i])) return fail("set");
  if (duro_train_run(&result, config, folder, &options)) return fail("train");
  printf("trained %d steps, %d rows, %d looks, step %d is deployed\n", (int)result.step, rows, (int)result.looks,
         (int)result.deployed);
  return 0;
}

/* a controller of the caller's own */
static void brake(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                  const double *x) {
  (void)player, (void)worker, (void)replaced, (void)obs;
  for (int i = 0; i < n; i++) u[i] = x[2 * i + 1] > 0 ? -1 : 1;
}

static int play(const duro_run *run) {
  enum { EPISODES = 8 };
  duro_episode episodes[EPISODES];
  const duro_attack attack = duro_attack_of(DURO_ATTACK_CONSTANT);
  const duro_eval_options options = {.episodes = EPISODES, .seed = 1, .threads = 1, .start = DURO_START_EVAL};
  const duro_env *env = duro_run_env(run);
  if (duro_eval_run(episodes, env, duro_run_policy(run), &attack, &options)) return fail("eval");
  const duro_player own = duro_player_own(brake, NULL, env->spec.nu);
  if (duro_player_run(episodes, env, &own, &attack, &options)) return fail("player");
  printf("played %d episodes of %s\n", EPISODES, duro_policy_about(duro_run_policy(run))->algorithm);
  return 0;
}

/* what lies in the set that was solved, and what not */
static int ask(const char *folder, const duro_env_ops *ops) {
  const double inside[] = {0, 0}, outside[] = {4.9, 3};
  duro_solution *solution;
  if (duro_solution_open(&solution, folder, ops, NULL)) return fail("solution");
  const duro_grid *grid = duro_solution_grid(solution);
  printf("solved: %d at rest, %d towards the wall\n", duro_grid_safety_at(grid, inside) >= 0,
         duro_grid_safety_at(grid, outside) >= 0);
  duro_solution_close(solution);
  return 0;
}

static int judge(const char *folder, const duro_run *run) {
  duro_verdict verdict;
  const duro_policy *policy = duro_run_policy(run);
  duro_act acts[2];
  if (duro_verdict_acts(acts, policy) < 1) return fail("acts");
  if (duro_verdict_read(&verdict, folder, NULL, policy, acts[0])) return fail("verdict");
  printf("verdict after %d attackers: %s\n", verdict.attackers, verdict.kind == DURO_VERDICT_UNTRIED ? "none" : "one");
  return 0;
}

static duro_status count_cells(const duro_matrix_progress *now, void *context) {
  int *cells = context;
  *cells += now->cell && !now->cell->absent;
  return DURO_OK;
}

static int attack(const char *folder) {
  int cells = 0;
  duro_matrix_options options = duro_matrix_options_default();
  options.attackers = "none,constant,safety", options.episodes = 8, options.threads = 1;
  options.report = count_cells, options.context = &cells;
  if (duro_attack_run(folder, &options)) return fail("attack");
  printf("attacked in %d cells\n", cells);
  return 0;
}

static duro_status count_rows(const duro_learned_row *row, void *context) {
  int *rows = context;
  *rows += row->exact > 0;
  return DURO_OK;
}

/* the learned sets against the exact one */
static int compare(const char *folder) {
  int rows = 0;
  duro_learned_options options = duro_learned_options_default();
  options.points = 21, options.starts = 20, options.threads = 1;
  options.row = count_rows, options.context = &rows;
  if (duro_learned_run(folder, &options)) return fail("sets");
  printf("compared more than one set: %d\n", rows > 1);
  return 0;
}

/* a certificate of the run's system, and the share of its set in which the policy needs no filter */
static int certify(const char *folder) {
  static const char *const settings[] = {"certificate.method=cones"};
  duro_certified found;
  duro_certified_options options = duro_certified_options_default();
  options.settings = settings, options.n_settings = 1;
  options.states = 64, options.threads = 1;
  if (duro_certified_run(&found, folder, &options)) return fail("certify");
  printf("certified: %d of %d states are kept\n", (int)(found.own + found.nearest + found.fallback), (int)found.states);
  return 0;
}

/* the card is found again; the line of the certificate is left to duro-recheck, which is not asked here */
static int card(const char *folder) {
  char path[4096];
  duro_card_counts counts;
  duro_card_options options = duro_card_options_default();
  options.threads = 1;
  if (duro_card_make(NULL, folder, &options)) return fail("card");
  snprintf(path, sizeof path, "%s/card.json", folder);
  if (duro_card_verify(&counts, path, folder, &options)) return fail("verify");
  printf("card: more than ten lines are the same: %d, %d different, %d unknown\n", counts.same > 10,
         (int)counts.different, (int)counts.unknown);
  return 0;
}

/* a file with two seeds, trained by the program that was installed with the library */
static int experiment(const char *file, const char *folder, const char *program) {
  duro_experiment *all;
  duro_experiment_job job;
  duro_experiment_options options = duro_experiment_options_default();
  options.program = program, options.parallel = 2;
  if (duro_experiment_open(&all, file, folder, &options)) return fail("experiment");
  const duro_status status = duro_experiment_run(all);
  int done = 0;
  for (int i = 0; !status && i < duro_experiment_jobs(all); i++)
    done += !duro_experiment_job_at(&job, all, i) && job.state == DURO_JOB_DONE;
  printf("experiment: %d of %d jobs are done\n", done, duro_experiment_jobs(all));
  duro_experiment_close(all);
  return status ? fail("experiment") : 0;
}

int main(int argc, char **argv) {
  duro_run_config *config;
  duro_run *run;
  if (argc != 6) return 2;
  if (duro_run_config_create(&config, "double-integrator", "DRAC", "recipe", NULL)) return fail("configuration");
  int failed = check(duro_run_config_env(config, NULL));
  if (!failed) failed = ask(argv[2], duro_run_config_env(config, NULL));
  if (!failed) failed = train(config, argv[1]);
  duro_run_config_destroy(config);
  if (failed) return failed;
  if (duro_run_open(&run, argv[1], NULL, 0, NULL)) return fail("open");
  failed = play(run);
  if (!failed) failed = attack(argv[1]);
  if (!failed) failed = judge(argv[1], run);
  if (!failed) failed = compare(argv[1]);
  if (!failed) failed = certify(argv[1]);
  if (!failed) failed = card(argv[1]);
  if (!failed) failed = experiment(argv[3], argv[4], argv[5]);
  duro_run_close(run);
  return failed;
}
