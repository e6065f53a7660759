/* Every public call that may take memory, in small pieces of work that give back all of it: the tests let their
 * allocations fail, and repeat them for a long time. */
#ifndef TESTS_STUDY_PUBLIC_CALLS_H
#define TESTS_STUDY_PUBLIC_CALLS_H

#include <ftw.h>

#include "duro/duro.h"
#include "io/scratch.h"

/* what a piece of work may begin with; made while there is memory */
typedef struct world {
  duro_env *env;       /* a double integrator */
  duro_trainer *ready; /* DRAC on it, trained for a moment */
  duro_policy *policy; /* of that */
  duro_grid *grid;     /* its solution */
  float V[81];
  duro_grid_plan plan;
} world;

typedef struct public_call {
  const char *name;
  duro_status (*work)(const world *w);
  int least;  /* allocations that it makes at least */
  int stride; /* beyond the first twenty every so many is tried */
} public_call;

/* after a failure there is nothing to clean; made: where the pointer to it would stand */
static inline duro_status clean_at(duro_status status, const void *made, int line) {
  const void *what;
  memcpy(&what, made, sizeof what);
  if (status && what) fail_msg("line %d leaves a pointer behind: %s", line, duro_error());
  return status;
}
#define clean(status, made) clean_at(status, made, __LINE__)

/* ---- env ---- */

static inline duro_status make_env(duro_env **env, const char *name) {
  const duro_env_ops *ops;
  *env = NULL;
  const duro_status status = duro_env_find(&ops, name);
  return status ? status : clean(duro_env_create(env, ops, NULL), env);
}

static duro_status create_environments(const world *w) {
  (void)w;
  duro_status status = DURO_OK;
  for (int i = 0; !status && duro_env_builtin(i); ++i) {
    if (duro_env_builtin(i)->model) continue; // MuJoCo takes its own memory, and ends the program without
    duro_env *env;
    void *worker = NULL;
    if ((status = clean(duro_env_create(&env, duro_env_builtin(i), NULL), &env))) break;
    status = duro_env_worker_create(env, &worker);
    if (!status) duro_env_worker_destroy(env, worker);
    duro_env_destroy(env);
  }
  return status;
}

static duro_status step_a_batch(const world *w) {
  duro_env_batch *batch;
  duro_status status = clean(duro_env_batch_create(&batch, w->env, 16), &batch);
  if (status) return status;
  duro_stream stream = duro_stream_at(1, 2, 3);
  for (int i = 0; i < 16; ++i) duro_env_batch_reset(batch, i, &stream, DURO_START_TRAIN);
  duro_env_batch_step(batch, NULL, 0, 16);
  for (int i = 0; i < 16; ++i) duro_env_batch_advance(batch, i);
  duro_env_batch_destroy(batch);
  return DURO_OK;
}

static duro_status open_a_file(const world *w) {
  (void)w;
  const duro_env_ops *ops;
  duro_env *env = NULL;
  duro_status status = clean(duro_env_open(&ops, DURO_SOURCE_DIR "/tests/recipe/tanks.c", NULL), &ops);
  if (status) return status;
  status = clean(duro_env_create(&env, ops, NULL), &env);
  if (!status) status = duro_env_source_save(ops->source, in_scratch("source"));
  if (!status) status = duro_env_source_check(ops->source, ops->source->hash, in_scratch("source"));
  duro_env_destroy(env);
  duro_env_close(ops);
  return status;
}

static duro_status write_a_formula(const world *w) {
  duro_formula *formula;
  duro_status status = clean(duro_formula_create(&formula, w->env), &formula);
  duro_formula_destroy(formula);
  return status;
}

static duro_status check_an_environment(const world *w) {
  duro_check_options options = duro_check_options_default();
  duro_check_findings findings;
  options.quick = true, options.samples = 10;
  return duro_check_environment(&findings, w->env->ops, NULL, &options);
}

/* ---- io ---- */

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *at) {
  (void)about, (void)kind, (void)at;
  return remove(path);
}

static duro_status keep_settings(const world *w) {
  (void)w;
  duro_train_settings train, again;
  duro_learn_settings learn;
  const duro_settings_group group = {"train", duro_train_rows, duro_train_rows_count, &train};
  const duro_settings_group other = {"train", duro_train_rows, duro_train_rows_count, &again};
  if (duro_train_preset(&train, &learn, "paper")) return DURO_ERROR_ARGUMENT;
  duro_settings_default(&other);
  duro_status status = duro_settings_save(&group, 1, in_scratch("settings.yaml"));
  if (!status) status = duro_settings_load_whole(&other, 1, in_scratch("settings.yaml"));
  if (!status) status = duro_settings_load(&other, 1, in_scratch("settings.yaml"));
  if (!status) status = duro_settings_parse(&other, 1, "train:\n  seed: 4\n", 17, "text");
  if (!status) status = duro_settings_assign(&other, 1, "train.seed=5");
  return status;
}

static duro_status keep_tensors(const world *w) {
  (void)w;
  float values[3] = {1, 2, 3};
  const duro_tensor tensor = {"values", DURO_F32, 1, {3}, values};
  const duro_note note = {"of", "a test"}, other = {"of", "another test"};
  const int64_t shape[] = {3};
  duro_tensor_file *file = NULL;
  duro_status status = duro_tensors_save(in_scratch("tensors"), &tensor, 1, &note, 1);
  if (!status) status = duro_tensors_change_notes(in_scratch("tensors"), &other, 1);
  if (!status) status = clean(duro_tensors_open(&file, in_scratch("tensors")), &file);
  if (file) duro_tensors_close(file);
  if (!status) status = duro_npy_save(in_scratch("values.npy"), DURO_F32, 1, shape, values);
  return status;
}

static duro_status keep_rows(const world *w) {
  (void)w;
  static const char *const names[] = {"step", "return"};
  duro_csv *csv = NULL;
  duro_table table;
  duro_status status = clean(duro_csv_create(&csv, in_scratch("rows.csv"), names, 2), &csv);
  if (!status) status = duro_csv_row(csv, (double[]){1, 2.5});
  if (!status) status = duro_csv_sync(csv);
  duro_csv_close(csv);
  csv = NULL;
  if (!status) status = clean(duro_csv_resume(&csv, in_scratch("rows.csv"), names, 2, 1), &csv);
  if (!status) duro_csv_close(csv);
  if (!status && !(status = duro_table_read(&table, in_scratch("rows.csv")))) duro_table_release(&table);
  return status;
}

static duro_status keep_events(const world *w) {
  (void)w;
  static const char *const names[] = {"return"};
  duro_events *events = NULL;
  duro_status status = duro_folder_create(in_scratch("events"));
  if (!status) status = clean(duro_events_create(&events, in_scratch("events")), &events);
  if (!status) status = duro_events_scalars(events, 1, "train", names, (double[]){2.5}, 1);
  if (!status) status = duro_events_sync(events);
  duro_events_close(events);
  events = NULL;
  if (!status) status = clean(duro_events_resume(&events, in_scratch("events"), 1), &events);
  if (!status) duro_events_close(events);
  (void)nftw(in_scratch("events"), remove_one, 8, FTW_DEPTH | FTW_PHYS); // each has a file of its own
  return status;
}

static duro_status keep_an_origin(const world *w) {
  (void)w;
  char text[DURO_TEXT_SIZE];
  const duro_run_info info = {.environment = "e", .algorithm = "a", .command = "duro \xff", .simd = "s", .mujoco = ""};
  duro_status status = duro_run_json_save(in_scratch("run.json"), &info);
  return status ? status : duro_run_json_get(text, sizeof text, in_scratch("run.json"), "algorithm");
}

static duro_status keep_bytes(const world *w) {
  (void)w;
  char *bytes = NULL;
  size_t size;
  duro_status status = duro_file_write(in_scratch("bytes"), "abc", 3);
  if (!status) status = duro_folder_create(in_scratch("folder"));
  if (!status) status = clean(duro_file_read(&bytes, &size, in_scratch("bytes")), &bytes);
  if (!status) duro_file_release(bytes);
  return status;
}

/* ---- nn, policy, rl ---- */

static duro_status make_a_network(const world *w) {
  (void)w;
  duro_mlp *net;
  float x[16] = {0}, y[16];
  const duro_status status = clean(duro_mlp_create(&net, 3, 16, 2, 1, 16, "auto", 1, 0), &net);
  if (status) return status;
  duro_mlp_forward(net, y, x, 1);
  duro_mlp_destroy(net);
  return DURO_OK;
}

static inline void small_training(duro_train_settings *train, duro_learn_settings *learn) {
  assert_int_equal(duro_train_preset(train, learn, "paper"), DURO_OK);
  train->threads = 1, train->envs = 16, train->warmup = 16, train->steps = 64, train->replay = 64;
  learn->width = learn->batch = 16;
}

static inline duro_status make_trainer(duro_trainer **trainer, const duro_env *env) {
  duro_train_settings train;
  duro_learn_settings learn;
  small_training(&train, &learn);
  return clean(duro_trainer_create(trainer, env, "DRAC", &train, &learn), trainer);
}

static duro_status train_a_policy(const world *w) {
  duro_trainer *trainer;
  duro_policy *policy = NULL;
  duro_status status = make_trainer(&trainer, w->env);
  if (!status) status = duro_trainer_run(trainer, NULL, NULL);
  if (!status) status = clean(duro_trainer_policy(trainer, &policy), &policy);
  duro_policy_destroy(policy);
  duro_trainer_destroy(trainer);
  return status;
}

static duro_status save_a_training(const world *w) {
  duro_status status = duro_folder_create(in_scratch("checkpoints"));
  if (!status) status = duro_trainer_save(w->ready, in_scratch("trained"));
  if (!status) status = duro_trainer_save_policy(w->ready, in_scratch("policy"));
  if (!status) status = duro_trainer_save_start(w->ready, in_scratch("start"));
  return status ? status : duro_trainer_checkpoint(w->ready, in_scratch("checkpoints"), true);
}

static duro_status resume_a_training(const world *w) {
  duro_trainer *whole = NULL, *parts = NULL, *begun = NULL;
  duro_status status = make_trainer(&whole, w->env);
  if (!status) status = make_trainer(&parts, w->env);
  if (!status) status = make_trainer(&begun, w->env);
  if (!status) status = duro_trainer_resume(whole, in_scratch("kept"), 0, NULL);
  if (!status) status = duro_trainer_resume(parts, in_scratch("kept-checkpoints"), 0, NULL);
  if (!status) status = duro_trainer_start_from(begun, in_scratch("kept"));
  duro_trainer_destroy(whole);
  duro_trainer_destroy(parts);
  duro_trainer_destroy(begun);
  return status;
}

static duro_status load_a_policy(const world *w) {
  (void)w;
  duro_policy *policy;
  const duro_status status = clean(duro_policy_load(&policy, in_scratch("kept-policy")), &policy);
  duro_policy_destroy(policy);
  return status;
}

/* ---- eval ---- */

static inline duro_eval_options few_episodes(void) {
  return (duro_eval_options){.episodes = 4, .seed = 1, .threads = 1, .horizon = 3, .start = DURO_START_EVAL};
}

static duro_status play(const world *w, duro_attack_kind kind) {
  duro_episode episodes[4];
  duro_attack attack = duro_attack_of(kind);
  const bool searches = kind == DURO_ATTACK_SEARCH || kind == DURO_ATTACK_STARTS;
  if (searches) attack.search = (duro_search_settings){.population = 16, .iterations = 2, .starts = 64};
  if (kind == DURO_ATTACK_SAFETY) attack.policy = w->policy;
  if (kind == DURO_ATTACK_GRID) attack.grid = w->grid;
  const duro_eval_options how = few_episodes();
  return duro_eval_run(episodes, w->env, w->policy, &attack, &how);
}

static duro_status play_against_random(const world *w) {
  return play(w, DURO_ATTACK_RANDOM);
}
static duro_status play_against_mu_h(const world *w) {
  return play(w, DURO_ATTACK_SAFETY);
}
static duro_status play_against_a_grid(const world *w) {
  return play(w, DURO_ATTACK_GRID);
}
static duro_status play_against_a_search(const world *w) {
  return play(w, DURO_ATTACK_SEARCH);
}
static duro_status play_from_found_starts(const world *w) {
  return play(w, DURO_ATTACK_STARTS);
}

static duro_status play_a_grid(const world *w) {
  duro_episode episodes[4];
  duro_player player;
  const duro_attack attack = duro_attack_of(DURO_ATTACK_CONSTANT);
  const duro_eval_options how = few_episodes();
  const duro_status status = duro_player_grid(&player, w->grid, false);
  return status ? status : duro_player_run(episodes, w->env, &player, &attack, &how);
}

/* a player behind the filter, which is destroyed, if there is one */
static duro_status play_behind(const world *w, duro_status status, duro_filter *filter) {
  const double one = 1;
  duro_episode episodes[4];
  duro_player player, task = duro_player_constant(&one, 1);
  const duro_attack attack = duro_attack_of(DURO_ATTACK_CONSTANT);
  const duro_eval_options how = few_episodes();
  if (!status) status = duro_player_filtered(&player, filter, &task);
  if (!status) status = duro_player_run(episodes, w->env, &player, &attack, &how);
  duro_filter_destroy(filter);
  return status;
}

static duro_status play_behind_a_grid(const world *w) {
  duro_filter *filter = NULL;
  const duro_status status = clean(duro_filter_of_grid(&filter, w->grid, NULL), &filter);
  return play_behind(w, status, filter);
}

static duro_status play_behind_a_policy(const world *w) {
  duro_filter *filter = NULL;
  const duro_status status = clean(duro_filter_of_policy(&filter, w->policy, NULL), &filter);
  return play_behind(w, status, filter);
}

static duro_status trace_an_episode(const world *w) {
  double x[8], h[4];
  float u[3], a[3];
  int64_t steps;
  const duro_attack attack = duro_attack_of(DURO_ATTACK_RANDOM);
  const duro_eval_options how = few_episodes();
  return duro_eval_trace(x, u, a, h, &steps, w->env, w->policy, &attack, 0, &how);
}

static duro_status train_an_attacker(const world *w) {
  const duro_eval_options how = few_episodes();
  const duro_response_task task = {
      .env = w->env, .policy = w->policy, .act = DURO_ACT_TASK, .amplitude = 1, .starts = &how, .threads = 1};
  duro_response_plan plan[8];
  duro_response response[1];
  if (duro_response_plans(plan, 8, DURO_RESPONSE_REACH, 1, 2) < 1) return DURO_ERROR_ARGUMENT;
  const duro_status status = duro_response_train(response, plan, 1, &task, NULL, NULL);
  if (!status) duro_response_release(response, 1);
  return status;
}

static duro_status compare_sets(const world *w) {
  duro_set_truth *truth = NULL;
  duro_set_cells cells;
  duro_set_overlap overlap;
  duro_set_keeping keeping;
  const duro_set_options options = {.threads = 1, .horizon = 3, .starts = 4};
  duro_status status = clean(duro_set_truth_exact(&truth, w->env), &truth);
  if (!status) status = duro_set_cells_make(&cells, w->env, truth, 5);
  if (!status) status = duro_set_compare(&overlap, w->policy, truth, &cells, &options);
  if (!status) status = duro_set_keep(&keeping, w->policy, truth, &cells, &options);
  duro_set_truth_destroy(truth);
  return status;
}

/* ---- game ---- */

static duro_status solve_a_game(const world *w) {
  (void)w;
  static const int32_t successor[] = {0, 1, 1, 0};
  static const double h[] = {1, -1}, reward[] = {1, 0, 0, 1};
  const duro_game game = {
      .states = 2, .controls = 2, .disturbances = 1, .successor = successor, .reward = reward, .h = h};
  duro_game_settings settings;
  const duro_settings_group group = duro_game_settings_group(&settings);
  duro_settings_default(&group);
  duro_game *read = NULL;
  duro_game_solution *solution = NULL, *again = NULL;
  duro_status status = duro_game_save(&game, in_scratch("game"));
  if (!status) status = clean(duro_game_load(&read, in_scratch("game")), &read);
  if (!status) status = clean(duro_game_solve(&solution, read, &settings, NULL, NULL), &solution);
  if (!status) status = duro_game_solution_save(solution, in_scratch("solution"));
  if (!status) status = clean(duro_game_solution_load(&again, in_scratch("solution")), &again);
  duro_game_solution_release(solution);
  duro_game_solution_release(again);
  duro_game_release(read);
  return status;
}

static inline void small_grid(duro_grid_settings *settings) {
  const duro_settings_group group = duro_grid_settings_group(settings);
  duro_settings_default(&group);
  settings->threads = 1, settings->discount = .5;
}

static inline duro_status make_grid(duro_grid **grid, duro_grid_plan *plan, const duro_env *env) {
  duro_grid_settings settings;
  const int n = 9;
  small_grid(&settings);
  *grid = NULL;
  duro_status status = duro_grid_plan_make(plan, env, &settings, &n, 1, NULL, NULL);
  return status ? status : clean(duro_grid_create(grid, env, &settings, plan), grid);
}

static duro_status solve_a_grid(const world *w) {
  duro_grid *grid;
  duro_grid_plan plan;
  static float field[81 * 2];
  duro_status status = make_grid(&grid, &plan, w->env);
  if (!status) status = duro_grid_solve_safety(grid, NULL, NULL);
  if (!status) status = duro_grid_solve_task(grid, NULL, NULL);
  if (!status) status = duro_grid_read(grid, DURO_GRID_SAFETY_ADVERSARY, field);
  if (!status) status = duro_grid_save(grid, in_scratch("grid"));
  if (!status) status = duro_grid_resume(grid, in_scratch("grid"));
  duro_grid_destroy(grid);
  return status;
}

/* in continuous time, with a bound of its own beside V */
static duro_status solve_a_reach_game(const world *w) {
  duro_grid *grid;
  duro_grid_plan plan;
  duro_grid_settings settings;
  const int n = 9;
  small_grid(&settings);
  settings.discount = 1, settings.time = .1;
  snprintf(settings.method, sizeof settings.method, "hj");
  snprintf(settings.goal, sizeof settings.goal, "reach-avoid");
  snprintf(settings.target, sizeof settings.target, "%s in [0, 1]", w->env->spec.x_names[0]);
  duro_status status = duro_grid_plan_make(&plan, w->env, &settings, &n, 1, NULL, NULL);
  if (status) return status;
  status = clean(duro_grid_create(&grid, w->env, &settings, &plan), &grid);
  if (!status) status = duro_grid_solve_safety(grid, NULL, NULL);
  duro_grid_destroy(grid);
  return status;
}

static duro_status certify(const world *w, const char *method) {
  duro_certificate *certificate;
  duro_certificate_settings settings;
  const duro_settings_group group = duro_certificate_settings_group(&settings);
  duro_settings_default(&group);
  snprintf(settings.method, sizeof settings.method, "%s", method);
  settings.threads = 1, settings.depth = 2;
  duro_status status =
      clean(duro_certificate_make(&certificate, w->env, &w->plan, w->V, &settings, NULL, NULL), &certificate);
  if (status) return status;
  status = duro_certificate_save(certificate, in_scratch("certificate"));
  (void)duro_certificate_volume(certificate);
  duro_certificate_destroy(certificate);
  if (!status)
    status = clean(duro_certificate_load(&certificate, in_scratch("certificate"), w->env->ops), &certificate);
  if (status) return status;
  duro_filter *filter = NULL;
  status = clean(duro_filter_of_certificate(&filter, certificate, NULL), &filter);
  status = play_behind(w, status, filter);
  if (!status && strcmp(method, "cones") == 0)
    status = duro_export_certificate_c(in_scratch("exported"), certificate, w->env, NULL);
  duro_certificate_destroy(certificate);
  return status;
}

static duro_status certify_cells(const world *w) {
  return certify(w, "grid");
}
static duro_status certify_cones(const world *w) {
  return certify(w, "cones");
}

static duro_status make_an_integrator(const world *w) {
  duro_integrator_spec spec;
  duro_integrator *integrator = NULL;
  duro_status status = duro_integrator_spec_of(&spec, w->env);
  if (!status) status = clean(duro_integrator_create(&integrator, &spec), &integrator);
  duro_integrator_destroy(integrator);
  return status;
}

static duro_status make_polytopes(const world *w) {
  (void)w;
  static const double low[] = {-1, -1}, high[] = {1, 1}, A[] = {1, .1, 0, 1}, B[] = {0, .1}, E[] = {0, .02};
  const duro_linear system = {2, 1, 1, A, B, E};
  duro_polytope *box, *both = NULL, *product = NULL, *reduced = NULL, *before = NULL, *set = NULL;
  duro_invariance info;
  double volume, radius, centre[2], value, where[2], excess, xy[64];
  int count;
  duro_status status = clean(duro_polytope_create_box(&box, 2, low, high), &box);
  if (!status) status = clean(duro_polytope_create_intersection(&both, box, box), &both);
  if (!status) status = clean(duro_polytope_create_product(&product, box, box), &product);
  if (!status) status = clean(duro_polytope_create_reduced(&reduced, both), &reduced);
  if (!status) status = duro_polytope_volume(&volume, box);
  if (!status) status = duro_polytope_ball(&radius, centre, box);
  if (!status) status = duro_polytope_support(&value, where, box, high);
  if (!status) status = duro_polytope_excess(&excess, box, reduced);
  if (!status) status = duro_polytope_vertices(xy, &count, box, 32);
  if (!status) status = clean(duro_linear_before(&before, &system, box), &before);
  if (!status) status = clean(duro_linear_invariant(&set, &info, &system, box, 3, 1e-9), &set);
  duro_polytope *const made[] = {box, both, product, reduced, before, set};
  for (size_t i = 0; i < sizeof made / sizeof *made; ++i) duro_polytope_destroy(made[i]);
  return status;
}

/* ---- run ---- */

static inline duro_status configure(duro_run_config **config) {
  static const char *const set[] = {"train.threads=1",   "train.envs=16",   "train.warmup=16",
                                    "train.steps=64",    "train.replay=64", "learn.width=16",
                                    "learn.batch=16",    "train.looks=1",   "train.look_episodes=2",
                                    "train.choose=true", "train.trial=1",   "train.trial_episodes=4"};
  duro_status status = clean(duro_run_config_create(config, "double-integrator", "DRAC", "paper", NULL), config);
  for (size_t i = 0; !status && i < sizeof set / sizeof *set; ++i) status = duro_run_config_set(*config, set[i]);
  return status;
}

static inline duro_status train_into(const char *folder) {
  duro_run_config *config = NULL;
  duro_run_options options = duro_run_options_default();
  options.replace = true;
  duro_status status = configure(&config);
  if (!status) status = duro_train_run(NULL, config, folder, &options);
  duro_run_config_destroy(config);
  return status;
}

static duro_status train_a_run(const world *w) {
  (void)w;
  return train_into(in_scratch("run"));
}

static duro_status open_a_run(const world *w) {
  (void)w;
  duro_run *run;
  uint64_t hash;
  duro_run_config *config = NULL;
  duro_status status = clean(duro_run_open(&run, in_scratch("kept-run"), NULL, 0, NULL), &run);
  if (!status) duro_run_close(run);
  if (!status) status = duro_run_hash(&hash, in_scratch("kept-run"));
  if (!status)
    status = clean(duro_run_config_load(&config, NULL, in_scratch("kept-run/config.yaml"), NULL, NULL), &config);
  duro_run_config_destroy(config);
  return status;
}

/* ---- study ---- */

static duro_status attack_a_run(const world *w) {
  (void)w;
  duro_matrix_options options = duro_matrix_options_default();
  options.attackers = "none,random", options.episodes = 4, options.threads = 1;
  (void)nftw(in_scratch("kept-run/attack"), remove_one, 8, FTW_DEPTH | FTW_PHYS); // what is known is not played
  return duro_attack_run(in_scratch("kept-run"), &options);
}

static duro_status read_a_verdict(const world *w) {
  duro_verdict verdict;
  return duro_verdict_read(&verdict, in_scratch("kept-run"), NULL, w->policy, DURO_ACT_TASK);
}

static duro_status measure_a_set(const world *w) {
  (void)w;
  duro_learned_options options = duro_learned_options_default();
  options.points = 9, options.starts = 16, options.threads = 1, options.again = true;
  return duro_learned_run(in_scratch("kept-run"), &options);
}

static duro_status certify_a_run(const world *w) {
  (void)w;
  static const char *const settings[] = {"certificate.method=cones"};
  duro_certified certified = {.struct_size = sizeof certified};
  duro_certified_options options = duro_certified_options_default();
  options.settings = settings, options.n_settings = 1, options.states = 16, options.threads = 1;
  return duro_certified_run(&certified, in_scratch("kept-run"), &options);
}

static duro_status make_a_card(const world *w) {
  (void)w;
  duro_card_options options = duro_card_options_default();
  options.threads = 1, options.scratch = scratch;
  return duro_card_make(NULL, in_scratch("kept-run"), &options);
}

static duro_status verify_a_card(const world *w) {
  (void)w;
  duro_card_counts counts = {.struct_size = sizeof counts};
  duro_card_options options = duro_card_options_default();
  options.threads = 1, options.scratch = scratch, options.lines = "policy";
  return duro_card_verify(&counts, in_scratch("kept-run/card.json"), in_scratch("kept-run"), &options);
}

static duro_status plan_an_experiment(const world *w) {
  (void)w;
  duro_experiment *experiment;
  const duro_experiment_options options = duro_experiment_options_default();
  const duro_status status = clean(
      duro_experiment_open(&experiment, in_scratch("kept.yaml"), in_scratch("experiment"), &options), &experiment);
  duro_experiment_close(experiment);
  return status;
}

static duro_status plan_a_search(const world *w) {
  (void)w;
  duro_tune *tune;
  const duro_tune_options options = duro_tune_options_default();
  const duro_status status =
      clean(duro_tune_open(&tune, in_scratch("kept-search.yaml"), in_scratch("search"), &options), &tune);
  duro_tune_close(tune);
  return status;
}

static duro_status export_a_policy(const world *w) {
  duro_export_options options = duro_export_default(w->policy);
  options.env = w->env;
  duro_status status = duro_export_c(in_scratch("exported"), w->policy, &options);
  if (!status) status = duro_export_onnx(in_scratch("exported"), w->policy, &options);
  return status ? status : duro_export_grid_c(in_scratch("exported"), w->grid, NULL);
}

static const public_call public_calls[] = {
    {"environments", create_environments, 5, 1},
    {"a batch of environments", step_a_batch, 1, 1},
    {"a C file", open_a_file, 3, 1},
    {"a formula", write_a_formula, 1, 1},
    {"the check of an environment", check_an_environment, 1, 1},
    {"settings", keep_settings, 2, 1},
    {"tensors", keep_tensors, 3, 1},
    {"rows", keep_rows, 3, 1},
    {"events", keep_events, 1, 1},
    {"run.json", keep_an_origin, 2, 1},
    {"bytes", keep_bytes, 1, 1},
    {"a network", make_a_network, 1, 1},
    {"training", train_a_policy, 5, 1},
    {"checkpoints", save_a_training, 4, 1},
    {"taking up", resume_a_training, 8, 1},
    {"a policy", load_a_policy, 3, 1},
    {"random disturbances", play_against_random, 1, 1},
    {"mu_h", play_against_mu_h, 1, 1},
    {"a grid as adversary", play_against_a_grid, 1, 1},
    {"a search", play_against_a_search, 1, 1},
    {"starts that are found", play_from_found_starts, 1, 1},
    {"a grid that plays", play_a_grid, 1, 1},
    {"a player behind the filter of a grid", play_behind_a_grid, 1, 1},
    {"a player behind the filter of a policy", play_behind_a_policy, 1, 1},
    {"a trace", trace_an_episode, 1, 1},
    {"an attacker", train_an_attacker, 4, 1},
    {"sets", compare_sets, 3, 1},
    {"a game", solve_a_game, 4, 1},
    {"a grid", solve_a_grid, 4, 1},
    {"a reach game", solve_a_reach_game, 4, 1},
    {"a certificate of cells", certify_cells, 3, 1},
    {"a certificate of cones", certify_cones, 3, 1},
    {"an integrator", make_an_integrator, 2, 1},
    {"polytopes", make_polytopes, 8, 1},
    {"a run", train_a_run, 40, 11},
    {"a run that is opened", open_a_run, 20, 97},
    {"attacks on a run", attack_a_run, 20, 97},
    {"a verdict", read_a_verdict, 3, 11},
    {"the set of a run", measure_a_set, 20, 97},
    {"the certificate of a run", certify_a_run, 20, 97},
    {"a card", make_a_card, 20, 97},
    {"a card that is checked", verify_a_card, 20, 97},
    {"the plan of an experiment", plan_an_experiment, 20, 11},
    {"the plan of a search", plan_a_search, 5, 11},
    {"exports", export_a_policy, 3, 11},
};
enum { PUBLIC_CALLS = sizeof public_calls / sizeof *public_calls };

/* The scratch folder with all that is below it; scratch_remove knows files alone. */
static inline int remove_scratch(void **unused) {
  (void)unused;
  return nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void make_world(world *w) {
  static world none;
  *w = none;
  assert_int_equal(make_env(&w->env, "double-integrator"), DURO_OK);
  assert_int_equal(make_trainer(&w->ready, w->env), DURO_OK);
  assert_int_equal(duro_trainer_run(w->ready, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_policy(w->ready, &w->policy), DURO_OK);
  assert_int_equal(duro_folder_create(in_scratch("kept-checkpoints")), DURO_OK);
  assert_int_equal(duro_folder_create(in_scratch("exported")), DURO_OK);
  assert_int_equal(duro_trainer_checkpoint(w->ready, in_scratch("kept-checkpoints"), true), DURO_OK);
  assert_int_equal(duro_trainer_save(w->ready, in_scratch("kept")), DURO_OK);
  assert_int_equal(duro_trainer_save_policy(w->ready, in_scratch("kept-policy")), DURO_OK);
  assert_int_equal(make_grid(&w->grid, &w->plan, w->env), DURO_OK);
  assert_int_equal(duro_grid_solve_safety(w->grid, NULL, NULL), DURO_OK);
  if (train_into(in_scratch("kept-run"))) fail_msg("%s", duro_error());
  static const char words[] = "title: T\ngroups:\n  - name: di\n    environment: double-integrator\n"
                              "    runs: [{algorithm: DRAC, set: [learn.width=16]}]\n";
  static const char search[] = "title: A search\nenvironment: double-integrator\nalgorithm: RIS\nsettings:\n"
                               "  learn.margin: {low: 0.05, high: 0.15}\nconfigurations: 2\njudge_seeds: [101]\n";
  assert_int_equal(duro_file_write(in_scratch("kept-search.yaml"), search, sizeof search - 1), DURO_OK);
  assert_int_equal(duro_file_write(in_scratch("kept.yaml"), words, sizeof words - 1), DURO_OK);
  assert_int_equal(duro_grid_read(w->grid, DURO_GRID_SAFETY_VALUE, w->V), DURO_OK);
}

static inline void destroy_world(world *w) {
  duro_grid_destroy(w->grid);
  duro_policy_destroy(w->policy);
  duro_trainer_destroy(w->ready);
  duro_env_destroy(w->env);
}

#endif
