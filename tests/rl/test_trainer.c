/* The trainer as its caller sees it: faults, checkpoints, frozen policies, settings it refuses. */
#include "duro/io.h"
#include "duro/nn.h"
#include "learner_test.h"

#include <unistd.h>

/* a system that moves on a line and can be told to give NaN from a step on */
typedef struct broken {
  DURO_SETTING_FIELD_INT(mode)
} broken;
#define DURO_SETTINGS_OF broken
static const duro_setting broken_rows[] = {
    DURO_SETTINGS_ROW(INT, mode, 0, 0, 3, NULL, "", "1: NaN reward, 2: NaN state, 3: NaN h, once x is large.")};

static duro_status broken_create(duro_env *env) {
  static const char *const names[] = {"x"}, *const units[] = {"m"};
  static const double low[] = {-1}, high[] = {1};
  env->spec = (duro_env_spec){.nx = 1,
                              .no = 1,
                              .nu = 1,
                              .na = 1,
                              .horizon = 50,
                              .dt = .1,
                              .h_scale = 1,
                              .x_names = names,
                              .x_units = units,
                              .x_low = low,
                              .x_high = high};
  return DURO_OK;
}
static void broken_reset(const duro_env *env, double *x, duro_stream *s, duro_start start) {
  (void)env, (void)start;
  x[0] = duro_stream_uniform(s) - .5;
}
static void broken_observe(const duro_env *env, float *obs, const double *x) {
  (void)env;
  obs[0] = (float)x[0];
}
static double broken_h(const duro_env *env, const double *x) {
  (void)env;
  return 1.0 - fabs(x[0]);
}
static void broken_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                        const double *a) {
  (void)worker;
  const int64_t mode = ((const broken *)env->settings)->mode;
  const bool bad = fabs(x[0]) > .8;
  x2[0] = bad && mode == 2 ? NAN : x[0] + .1 * (u[0] + .2 * a[0]);
  out->r = bad && mode == 1 ? NAN : -x2[0] * x2[0];
  out->h = bad && mode == 3 ? NAN : 1.0 - fabs(x2[0]);
  out->end = out->h < -.2 ? DURO_TERMINATED : DURO_RUNNING;
}
static const duro_env_ops broken_ops = {.name = "broken",
                                        .title = "for tests",
                                        .settings = broken_rows,
                                        .n_settings = 1,
                                        .settings_size = sizeof(broken),
                                        .create = broken_create,
                                        .reset = broken_reset,
                                        .observe = broken_observe,
                                        .constraint = broken_h,
                                        .step = broken_step};

/* saves at every report, as a caller would */
static char saved_path[] = "/tmp/duro-nan-XXXXXX";
static int64_t saved_step;

static duro_status save(duro_trainer *t, const duro_train_progress *p, void *context) {
  (void)context;
  saved_step = p->step;
  return duro_trainer_save(t, saved_path);
}

static duro_status train_broken(int64_t mode, const char *algorithm) {
  const broken settings = {.mode = mode};
  duro_env *env;
  assert_int_equal(duro_env_create(&env, &broken_ops, &settings), DURO_OK);
  duro_train_settings train;
  duro_learn_settings learn;
  default_settings(&train, &learn);
  train.steps = 1600, train.warmup = 64, train.seed = 77, train.report_every = 1;
  saved_step = 0;
  duro_trainer *t;
  assert_int_equal(duro_trainer_create(&t, env, algorithm, &train, &learn), DURO_OK);
  const duro_status status = duro_trainer_run(t, save, NULL);
  duro_trainer_destroy(t);
  duro_env_destroy(env);
  return status;
}

static void test_nan(void **unused) {
  (void)unused;
  const int fd = mkstemp(saved_path);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(train_broken(0, "DRAC"), DURO_OK);
  assert_int_equal(train_broken(0, "SAC"), DURO_OK);
  static const char *const what[] = {"", "reward", "observation", "constraint"};
  for (int mode = 1; mode <= 3; ++mode) {
    assert_int_equal(train_broken(mode, "SAC"), DURO_ERROR_NOT_FINITE);
    const char *text = duro_error();
    if (!strstr(text, mode == 2 ? "broken" : what[mode]) || !strstr(text, "broken") || !strstr(text, "step") ||
        !strstr(text, "seed 77"))
      fail_msg("mode %d: %s", mode, text);
    // it ended within the step that went wrong, and what was saved before is whole
    const char *step = strstr(text, "at step ");
    assert_true(step && saved_step > 0 && atoll(step + 8) == saved_step + 16);
    duro_policy *policy;
    assert_int_equal(duro_policy_load(&policy, saved_path), DURO_OK);
    assert_int_equal(duro_policy_about(policy)->step, saved_step);
    duro_policy_destroy(policy);
  }
  unlink(saved_path);
}

/* what a single thread was seen to play, after so many steps of warm-up */
enum { WARM = 64, SEEN = 400 };
static double seen_x[SEEN], seen_u[SEEN];
static int seen_steps;

static void watched_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x,
                         const double *u, const double *a) {
  const int at = seen_steps++ - WARM;
  if (at >= 0 && at < SEEN) seen_x[at] = x[0], seen_u[at] = u[0];
  broken_step(env, worker, x2, out, x, u, a);
}

/* share of the steps in which the control is pi_h's; no player learns, so that pi_h is the same to the end */
static double share_of_pi_h(double play_pi_h, const char *algorithm) {
  duro_env_ops ops = broken_ops;
  ops.step = watched_step;
  duro_env *env;
  assert_int_equal(duro_env_create(&env, &ops, NULL), DURO_OK);
  duro_train_settings train;
  duro_learn_settings learn;
  default_settings(&train, &learn);
  train.steps = WARM + SEEN + 1000, train.warmup = WARM, train.threads = 1, train.horizon = 5;
  train.play_pi_h = play_pi_h, train.explore_noise = 0;
  learn.rate_player = 0;
  seen_steps = 0;
  duro_trainer *t;
  duro_policy *policy;
  assert_int_equal(duro_trainer_create(&t, env, algorithm, &train, &learn), DURO_OK);
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_policy(t, &policy), DURO_OK);
  int same = 0;
  for (int i = 0; i < SEEN && duro_policy_has(policy, DURO_NET_PI_H); i++) {
    const float obs = (float)seen_x[i];
    float u;
    duro_policy_act(policy, &u, &obs, DURO_ACT_SAFETY, 0);
    same += fabs((double)u - seen_u[i]) < 1e-6; // float: pi's samples come as near once in 1e6
  }
  duro_policy_destroy(policy);
  duro_trainer_destroy(t);
  duro_env_destroy(env);
  return (double)same / SEEN;
}

/* 400 steps are 80 episodes of 5, dealt with probability .5: outside (.3, .7) once in 3000 seeds, and this is one */
static void test_pi_h_plays_its_share(void **unused) {
  (void)unused;
  assert_true(share_of_pi_h(0, "DRAC") <= .01);
  assert_true(share_of_pi_h(1, "DRAC") >= 1);
  const double half = share_of_pi_h(.5, "DRAC");
  assert_true(half > .3 && half < .7);
  assert_true(share_of_pi_h(1, "SAC") <= 0); // has none
}

/* the report stops training with the status it returns */
typedef struct seen {
  int reports, snapshots;
  int64_t last;
} seen;

static duro_status count(duro_trainer *t, const duro_train_progress *p, void *context) {
  seen *s = context;
  const char *const *names;
  assert_true(duro_trainer_metrics(t, &names) > 8);
  assert_string_equal(names[0], "step");
  assert_true((int64_t)p->metrics[0] == p->step && p->step > s->last);
  s->last = p->step;
  ++s->reports;
  s->snapshots += p->snapshot;
  return s->reports == 3 ? DURO_ERROR_STOPPED : DURO_OK;
}

static void test_reports(void **unused) {
  (void)unused;
  duro_env *env = make_env("double-integrator");
  duro_train_settings train;
  duro_learn_settings learn;
  default_settings(&train, &learn);
  train.steps = 16000, train.warmup = 160, train.report_every = 20, train.checkpoint_every = 40;
  duro_trainer *t;
  assert_int_equal(duro_trainer_create(&t, env, "DRAC", &train, &learn), DURO_OK);
  seen s = {0};
  assert_int_equal(duro_trainer_run(t, count, &s), DURO_ERROR_STOPPED);
  assert_int_equal(s.reports, 3);
  assert_int_equal(s.snapshots, 1); // updates 20, 40, 60
  duro_trainer_destroy(t);
  duro_env_destroy(env);
}

/* a saved checkpoint gives the policy that was trained, and its actions are those of the trainer's networks, bit for
 * bit */
static void test_checkpoint(void **unused) {
  (void)unused;
  duro_env *env = make_env("cartpole");
  duro_train_settings train;
  duro_learn_settings learn;
  default_settings(&train, &learn);
  train.steps = 1600, train.warmup = 320, learn.player_every = 1;
  duro_trainer *t;
  assert_int_equal(duro_trainer_create(&t, env, "DRAC", &train, &learn), DURO_OK);
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  char path[] = "/tmp/duro-checkpoint-XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(duro_trainer_save(t, path), DURO_OK);
  duro_policy *frozen, *loaded;
  assert_int_equal(duro_trainer_policy(t, &frozen), DURO_OK);
  assert_int_equal(duro_policy_load(&loaded, path), DURO_OK);
  assert_string_equal(duro_policy_about(loaded)->algorithm, "DRAC");
  assert_string_equal(duro_policy_about(loaded)->environment, "cartpole");
  assert_int_equal(duro_policy_about(loaded)->step, 1600);
  // everything a later resume needs is there: networks, slow copies, moments, replay, counters, environment states
  duro_tensor_file *file;
  assert_int_equal(duro_tensors_open(&file, path), DURO_OK);
  static const char *const wanted[] = {"pi",     "pi.m",   "pi.v",        "mu_h",      "Q1_bar",
                                       "Qh_bar", "lambda", "log_alpha",   "counters",  "replay",
                                       "env.x",  "env.t",  "env.episode", "env.return"};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i) assert_non_null(duro_tensors_find(file, wanted[i]));
  const duro_tensor *pi = duro_tensors_find(file, "pi");
  mlp shape;
  mlp_shape(&shape, 4, 16, 2, 2);
  assert_int_equal(pi->shape[0], shape.params);
  for (int i = 0; i < 50; ++i) {
    duro_stream s = duro_stream_at(9, 9, (uint64_t)i);
    float obs[4], u1, u2, a1, a2;
    double x[16], z[2], wide[1024];
    for (int k = 0; k < 4; ++k) obs[k] = duro_stream_normalf(&s), x[k] = (double)obs[k];
    duro_policy_act(frozen, &u1, obs, DURO_ACT_TASK, 0);
    duro_policy_act(loaded, &u2, obs, DURO_ACT_TASK, 0);
    duro_policy_disturb(frozen, &a1, obs, DURO_NET_MU_H);
    duro_policy_disturb(loaded, &a2, obs, DURO_NET_MU_H);
    assert_true(u1 == u2 && a1 == a2);
    assert_true(duro_policy_safety_value(frozen, obs) == duro_policy_safety_value(loaded, obs));
    for (size_t k = 0; k < shape.params; ++k) wide[k] = (double)((const float *)pi->data)[k];
    reference(&shape, wide, x, z);
    assert_true(fabs((double)u1 - tanh(z[0])) < 2e-6);
    // the filter takes over exactly where the safety critic is below the margin
    float f;
    const bool filtered = duro_policy_act(loaded, &f, obs, DURO_ACT_FILTERED, 1e9f);
    assert_true(filtered);
    assert_false(duro_policy_act(loaded, &f, obs, DURO_ACT_FILTERED, -1e9f));
    assert_true(f == u1);
  }
  duro_tensors_close(file);
  unlink(path);
  duro_policy_destroy(frozen);
  duro_policy_destroy(loaded);
  duro_trainer_destroy(t);
  duro_env_destroy(env);
}

/* Q_h(x, u, mu_h(x, u)) of the saved networks, in double precision */
static double safety_of(const duro_tensor_file *file, const double *x, double u, double *a) {
  static const struct {
    const char *name;
    int in;
  } net[] = {{"mu_h", 5}, {"Qh", 6}};
  double in[6], out = 0.0;
  memcpy(in, x, sizeof(double) * 4);
  in[4] = u;
  for (int i = 0; i < 2; ++i) {
    const duro_tensor *t = duro_tensors_find(file, net[i].name);
    double wide[2048];
    mlp shape;
    mlp_shape(&shape, net[i].in, 16, 2, 1);
    assert_int_equal(t->shape[0], shape.params);
    for (size_t k = 0; k < shape.params; ++k) wide[k] = (double)((const float *)t->data)[k];
    reference(&shape, wide, in, &out);
    if (i == 0) *a = in[5] = tanh(out);
  }
  return out;
}

/* A frozen mu_h(x, u) answers the control it meets, and the filter judges pi's control by that answer. */
static void test_frozen_mu_h_sees_u(void **unused) {
  (void)unused;
  duro_env *env = make_env("cartpole");
  duro_train_settings train;
  duro_learn_settings learn;
  default_settings(&train, &learn);
  train.steps = 3200, train.warmup = 320, learn.mu_h_sees_u = true, learn.rate_player = .01;
  duro_trainer *t;
  assert_int_equal(duro_trainer_create(&t, env, "DRAC", &train, &learn), DURO_OK);
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  char path[] = "/tmp/duro-checkpoint-XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(duro_trainer_save(t, path), DURO_OK);
  duro_policy *policy;
  duro_tensor_file *file;
  if (duro_policy_load(&policy, path)) fail_msg("%s", duro_error());
  assert_int_equal(duro_tensors_open(&file, path), DURO_OK);
  int seen = 0;
  for (int i = 0; i < 50; ++i) {
    duro_stream s = duro_stream_at(9, 9, (uint64_t)i);
    float obs[4], u, safe, a, other;
    double x[4], wanted, wanted_other;
    for (int k = 0; k < 4; ++k) obs[k] = duro_stream_normalf(&s), x[k] = (double)obs[k];
    duro_policy_act(policy, &u, obs, DURO_ACT_TASK, 0);
    duro_policy_act(policy, &safe, obs, DURO_ACT_SAFETY, 0);
    duro_policy_respond(policy, &a, obs, &u, DURO_NET_MU_H);
    duro_policy_disturb(policy, &other, obs, DURO_NET_MU_H); // against pi_h
    // float32 through two networks of three layers, values of order one
    const double value = safety_of(file, x, (double)u, &wanted);
    assert_true(fabs((double)a - wanted) < 5e-6);
    assert_true(fabs((double)duro_policy_safety_value(policy, obs) - safety_of(file, x, (double)safe, &wanted_other)) <
                5e-6);
    assert_true(fabs((double)other - wanted_other) < 5e-6);
    seen += fabs(wanted - wanted_other) > 1e-3;
    float f;
    assert_false(duro_policy_act(policy, &f, obs, DURO_ACT_FILTERED, (float)(value - 1e-5)));
    assert_true(duro_policy_act(policy, &f, obs, DURO_ACT_FILTERED, (float)(value + 1e-5)));
  }
  assert_true(seen > 10); // the control makes a difference
  duro_tensors_close(file);
  unlink(path);
  duro_policy_destroy(policy);
  duro_trainer_destroy(t);
  duro_env_destroy(env);
}

static void refused(void (*change)(duro_train_settings *, duro_learn_settings *), const char *word) {
  duro_env *env = make_env("cartpole");
  duro_train_settings train;
  duro_learn_settings learn;
  default_settings(&train, &learn);
  change(&train, &learn);
  duro_trainer *t;
  assert_int_equal(duro_trainer_create(&t, env, "DRAC", &train, &learn), DURO_ERROR_ARGUMENT);
  assert_null(t);
  if (!strstr(duro_error(), word)) fail_msg("%s; wanted a word about %s", duro_error(), word);
  duro_env_destroy(env);
}

static void odd_batch(duro_train_settings *t, duro_learn_settings *l) {
  (void)t, l->batch = 100;
}
static void odd_width(duro_train_settings *t, duro_learn_settings *l) {
  (void)t, l->width = 50;
}
static void high_lambda(duro_train_settings *t, duro_learn_settings *l) {
  (void)t, l->lambda = 60;
}
static void odd_lambda(duro_train_settings *t, duro_learn_settings *l) {
  (void)t, l->player_every = 2, l->lambda_every = 3;
}
static void shares(duro_train_settings *t, duro_learn_settings *l) {
  (void)l, t->against_random = .9;
}
static void kernels(duro_train_settings *t, duro_learn_settings *l) {
  (void)l, strcpy(t->simd, "mmx");
}

static void test_refusals(void **unused) {
  (void)unused;
  refused(odd_batch, "learn.batch");
  refused(odd_width, "learn.width");
  refused(high_lambda, "learn.lambda");
  refused(odd_lambda, "learn.lambda_every");
  refused(shares, "train.against");
  refused(kernels, "mmx");
  const duro_algorithm_info *info;
  assert_int_equal(duro_algorithm_find(&info, "drac"), DURO_OK);
  assert_string_equal(info->name, "DRAC");
  assert_int_equal(duro_algorithm_find(&info, "DRAK"), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "DRAC"));
}

/* what `duro algorithms` says of an algorithm is what its row trains */
static void test_roles_text(void **unused) {
  (void)unused;
  for (int i = 0; i < algorithm_count; ++i) {
    char text[128] = "";
    for (int r = 0; r < ROLE_COUNT; ++r)
      if (algorithms[i].roles & ROLE(r)) strcat(strcat(text, roles[r].name), " ");
    strcat(text, algorithms[i].roles & ROLE(ROLE_ALPHA) ? "alpha " : "");
    text[strlen(text) - 1] = '\0'; // the last blank
    assert_string_equal(algorithms[i].info.roles, text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nan),        cmocka_unit_test(test_pi_h_plays_its_share), cmocka_unit_test(test_reports),
      cmocka_unit_test(test_checkpoint), cmocka_unit_test(test_frozen_mu_h_sees_u),   cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_roles_text)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
