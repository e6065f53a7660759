/* Whole updates: what they log is what docs/algorithms says of each metric, every role steps at its own rate, and a
 * team does what one thread does. */
#include "learner_test.h"

#include "duro/train.h"

/* ---- metrics ---- */

static double sum_of(const fixture *f, metric id) {
  double sum = 0.0;
  for (int p = 0; p < f->l->panels; ++p) sum += f->l->sums[(int)id * f->l->panels + p];
  return sum;
}

static const float *out_of(const fixture *f, evaluation_id id) {
  return mlp_out(&f->l->eval[id].tape);
}

static void assert_sum(const fixture *f, metric id, double wanted) {
  const double sum = sum_of(f, id);
  if (!(fabs(sum - wanted) <= 1e-5 * (1.0 + fabs(wanted))))
    fail_msg("%s: %s sums up to %.9g; wanted %.9g", f->l->algorithm->info.name, metric_names[id], sum, wanted);
}

static double squares(const fixture *f, evaluation_id id, const float *y) {
  double sum = 0.0;
  for (int i = 0; i < f->l->panels * LANES; ++i) sum += pow((double)out_of(f, id)[i] - (double)y[i], 2);
  return sum;
}

static double plain(const fixture *f, const float *values) {
  double sum = 0.0;
  for (int i = 0; i < f->l->panels * LANES; ++i) sum += (double)values[i];
  return sum;
}

static void check_task_metrics(const fixture *f) {
  const learner *l = f->l;
  double least = 0.0;
  for (int i = 0; i < l->panels * LANES; ++i)
    least += fmin((double)out_of(f, TASK_Q1)[i], (double)out_of(f, TASK_Q2)[i]);
  assert_sum(f, METRIC_MEAN_Q, least);
  assert_sum(f, METRIC_LOSS_Q, squares(f, AT_Q1, l->target) + squares(f, AT_Q2, l->target));
  assert_sum(f, METRIC_ENTROPY, -plain(f, l->eval[AT_PI].logp));
  if (learner_has(l, ROLE_LAMBDA)) assert_sum(f, METRIC_MEAN_LAMBDA, plain(f, l->eval[AT_LAMBDA].y));
  if (learner_has(l, ROLE_QC)) {
    assert_sum(f, METRIC_LOSS_QC, squares(f, AT_QC, l->target_h));
    assert_sum(f, METRIC_MEAN_QC, plain(f, out_of(f, TASK_QC)));
  }
  if (learner_has(l, ROLE_QH)) assert_sum(f, METRIC_MEAN_QH_TASK, plain(f, out_of(f, TASK_QH)));
}

static void check_metrics(const char *name, void (*change)(duro_learn_settings *)) {
  fixture f = make_fixture(name, change);
  const learner *l = f.l;
  l->algorithm->update(&f.t);
  if (learner_has(l, ROLE_PI)) check_task_metrics(&f);
  if (learner_has(l, ROLE_QH)) assert_sum(&f, METRIC_LOSS_QH, squares(&f, AT_QH, l->target_h));
  if (learner_has(l, ROLE_MU_H)) {
    double feasible = 0.0;
    for (int i = 0; i < l->panels * LANES; ++i) feasible += out_of(&f, SAFE_QH)[i] >= 0.0f;
    assert_sum(&f, METRIC_MEAN_QH_SAFE, plain(&f, out_of(&f, SAFE_QH)));
    if (learner_has(l, ROLE_PI_H)) assert_sum(&f, METRIC_FEASIBLE, feasible);
  }
  free_fixture(&f);
}

static void with_everything(duro_learn_settings *s) {
  s->corners = s->corners_task = s->divide = true;
  s->random_share = .3, s->target_noise = .1;
  snprintf(s->hold, sizeof s->hold, "blend");
}

static void test_metrics(void **unused) {
  (void)unused;
  for (int i = 0; i < algorithm_count; ++i) {
    check_metrics(algorithms[i].info.name, NULL);
    check_metrics(algorithms[i].info.name, with_everything);
  }
}

/* ---- steps ---- */

static void four_rates(duro_learn_settings *s) {
  s->rate_critic = 1e-3, s->rate_player = 2e-3, s->rate_lambda = 3e-3, s->rate_alpha = 4e-3;
}

/* The first step of Adam is the rate for every parameter that has a gradient. */
static void check_rates(const char *name) {
  fixture f = make_fixture(name, four_rates);
  learner *l = f.l;
  float *before[ROLE_COUNT];
  for (int r = 0; r < ROLE_COUNT; ++r) {
    const size_t size = learner_has(l, (role)r) ? l->nets[r].shape.params * sizeof(float) : 0;
    before[r] = size ? malloc(size) : NULL;
    if (size) memcpy(before[r], l->nets[r].state.w, size);
  }
  const float alpha = l->log_alpha[0];
  l->algorithm->update(&f.t);
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!before[r]) continue;
    const double rate = roles[r].critic ? 1e-3 : r == ROLE_LAMBDA ? 3e-3 : 2e-3;
    double most = 0.0;
    for (size_t i = 0; i < l->nets[r].shape.params; ++i)
      most = fmax(most, fabs((double)l->nets[r].state.w[i] - (double)before[r][i]));
    if (!(most > .97 * rate && most < 1.03 * rate))
      fail_msg("%s: %s steps by %.6g; wanted %.6g", name, roles[r].name, most, rate);
    assert_int_equal(l->count->steps[r], 1);
    assert_true(fabs(l->count->power1[r] - .9) < 1e-12 && fabs(l->count->power2[r] - .999) < 1e-12);
    free(before[r]);
  }
  if (learner_has(l, ROLE_PI)) assert_true(fabs(fabs((double)(l->log_alpha[0] - alpha)) - 4e-3) < 1e-4);
  free_fixture(&f);
}

static void test_rates(void **unused) {
  (void)unused;
  for (int i = 0; i < algorithm_count; ++i) check_rates(algorithms[i].info.name);
}

/* ---- noise, faults ---- */

static void much_noise(duro_learn_settings *s) {
  s->target_noise = .5;
}

/* Clipped noise on the actions of the safety players at x', independent of each other, and nowhere else. */
static void test_target_noise(void **unused) {
  (void)unused;
  fixture f = make_fixture("DRAC", much_noise);
  learner *l = f.l;
  f.t.player_turn = true;
  l->algorithm->update(&f.t);
  static const evaluation_id noisy[] = {NEXT_PI_H, NEXT_MU_H}, calm[] = {AT_PI_H, AT_MU_H, NEXT_MU};
  const int n = l->panels * LANES;
  double noise[2][64], product = 0.0;
  for (int k = 0; k < 2; ++k) {
    const evaluation *e = &l->eval[noisy[k]];
    double square = 0.0;
    for (int i = 0; i < n; ++i) {
      assert_true(e->y[i] >= -1.0f && e->y[i] <= 1.0f);
      noise[k][i] = (double)e->y[i] - tanh((double)out_of(&f, noisy[k])[i]);
      square += noise[k][i] * noise[k][i];
    }
    // standard deviation .5 but for what is clipped, 32 samples
    assert_true(sqrt(square / n) > .25 && sqrt(square / n) < .75);
  }
  for (int i = 0; i < n; ++i) product += noise[0][i] * noise[1][i];
  assert_true(fabs(product / n) < .15); // of .25 where they are the same
  for (int k = 0; k < 3; ++k)
    for (int i = 0; i < n; ++i)
      assert_true(fabs((double)l->eval[calm[k]].y[i] - tanh((double)out_of(&f, calm[k])[i])) < 1e-5);
  free_fixture(&f);
}

/* A target that is no number is a fault of that critic at once. */
static void test_fault_of_a_target(void **unused) {
  (void)unused;
  fixture f = make_fixture("SAC", NULL);
  learner *l = f.l;
  critic(&f.t, AT_Q2, l->batch.x, l->batch.u, l->batch.a);
  for (int i = 0; i < l->panels * LANES; ++i) l->target[i] = 0.0f;
  critic_loss(&f.t, AT_Q2, l->target, METRIC_LOSS_Q);
  assert_int_equal(learner_fault(l), DURO_OK);
  l->target[l->panels * LANES - 1] = NAN;
  critic_loss(&f.t, AT_Q2, l->target, METRIC_LOSS_Q);
  assert_int_equal(learner_fault(l), DURO_ERROR_NOT_FINITE);
  assert_non_null(strstr(duro_error(), "\"Q2\""));
  free_fixture(&f);
}

/* h = 0 is safe: a state at the edge costs nothing, and one beyond it costs 1. */
static void test_cost_at_the_edge(void **unused) {
  (void)unused;
  fixture f = make_fixture("SAC-Lag", NULL);
  learner *l = f.l;
  const int n = l->panels * LANES;
  static const float zero[64];
  for (int i = 0; i < n; ++i) l->batch.failed[i] = 0.0f, l->batch.h2[i] = i % 2 ? -1e-6f : 0.0f;
  const float *y = cost_target(&f.t, zero);
  for (int i = 0; i < n; ++i) assert_true(y[i] == (float)(i % 2));
  free_fixture(&f);
}

/* ---- teams ---- */

typedef struct trace {
  double row[16][32];
  int rows, columns;
} trace;

static duro_status on_report(duro_trainer *t, const duro_train_progress *now, void *context) {
  trace *r = context;
  const char *const *names;
  r->columns = duro_trainer_metrics(t, &names);
  for (int i = 0; now->metrics && i < r->columns && r->rows < 16; ++i)
    r->row[r->rows][i] = strstr(names[i], "second") || isnan(now->metrics[i]) ? 0.0 : now->metrics[i];
  r->rows += now->metrics != NULL;
  return DURO_OK;
}

static uint64_t train(trace *rows, const char *env_name, const char *algorithm, int variant, int threads) {
  duro_train_settings train;
  duro_learn_settings learn;
  duro_env *env = make_env(env_name);
  duro_trainer *trainer;
  default_settings(&train, &learn);
  train.threads = threads, train.steps = 16 * 24, train.warmup = 16 * 12, train.report_every = 4;
  learn.batch = 80; // five panels
  learn.player_every = learn.lambda_every = 1;
  if (variant) with_everything(&learn);
  if (variant == 2) learn.mu_h_sees_u = true, snprintf(learn.hold, sizeof learn.hold, "scaled");
  *rows = (trace){0};
  assert_int_equal(duro_trainer_create(&trainer, env, algorithm, &train, &learn), DURO_OK);
  assert_int_equal(duro_trainer_run(trainer, on_report, rows), DURO_OK);
  const uint64_t hash = duro_trainer_hash(trainer);
  duro_trainer_destroy(trainer);
  duro_env_destroy(env);
  return hash;
}

/* The single thread is what the tests of the terms look at; a team has the same networks and the same metrics. */
static void check_team(const char *env, const char *algorithm, int variant) {
  static trace one, team;
  const uint64_t wanted = train(&one, env, algorithm, variant, 1);
  for (int threads = 2; threads <= 5; threads += 3) {
    const uint64_t hash = train(&team, env, algorithm, variant, threads);
    if (hash != wanted || team.rows != one.rows || memcmp(team.row, one.row, sizeof one.row) != 0)
      fail_msg("%s on %s (variant %d): %d threads make another training than one", algorithm, env, variant, threads);
  }
}

static void test_teams(void **unused) {
  (void)unused;
  for (int i = 0; i < algorithm_count; ++i)
    for (int variant = 0; variant < 3; ++variant) {
      check_team("cartpole", algorithms[i].info.name, variant);
      if (!algorithms[i].hidden) check_team("quadrotor", algorithms[i].info.name, variant);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_metrics),          cmocka_unit_test(test_rates),
                                     cmocka_unit_test(test_target_noise),     cmocka_unit_test(test_fault_of_a_target),
                                     cmocka_unit_test(test_cost_at_the_edge), cmocka_unit_test(test_teams)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
