/* Certificates of runs from C, and the filter of commands against the same filter from C. */
#define _GNU_SOURCE // nftw
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "duro/certified.h"
#include "duro/filter.h"
#include "io/scratch.h"
#include "study/evaluation.h"

static const char rude[] = "void control(double *u, const double *x, double *memory) {\n"
                           "  (void)memory;\n  u[0] = x[0] < 0 ? -1 : 1;\n}\n";

/* its pushes are steady, so that a filter that holds on longer makes another loop */
static const char idle[] = "void control(double *u, const double *x, double *memory) {\n"
                           "  (void)memory, (void)x;\n  u[0] = 0.25;\n}\n";

static void ok(duro_status status) {
  if (status) fail_msg("%s", duro_error());
}

static int write_file(const char *path, const char *words) {
  FILE *file = fopen(path, "w");
  if (!file) return -1;
  fputs(words, file);
  return fclose(file);
}

/* the folder is the working folder, since the results of controllers go to runs/ there */
static int begin(void **state) {
  if (scratch_create(state) || chdir(scratch)) return -1;
  return write_file("rude.c", rude) || write_file("idle.c", idle) ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
  (void)about, (void)kind, (void)place;
  return remove(path);
}

static int end(void **state) {
  (void)state;
  return chdir("/") || nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static duro_certified_options options_of(void) {
  static const char *const settings[] = {"certificate.method=cones"};
  duro_certified_options options = duro_certified_options_default();
  options.environment = "double-integrator";
  options.settings = settings, options.n_settings = 1;
  options.states = 300, options.threads = 1;
  return options;
}

/* ---- duro/certified.h ---- */

static int questions;
static duro_status count(void *context) {
  (void)context;
  questions++;
  return DURO_OK;
}

static duro_status stop(void *context) {
  (void)context;
  return DURO_ERROR_STOPPED;
}

static void a_certificate_is_made_and_taken(void **unused) {
  (void)unused;
  duro_certified made, taken;
  duro_certified_options options = options_of();
  options.ask = count;
  ok(duro_certified_run(&made, "rude.c", &options));
  assert_true(questions > 0 && made.made);
  assert_int_equal(made.states, 300);
  assert_int_equal(made.own + made.nearest + made.fallback + made.none, 300);
  assert_int_equal(made.none, 0);
  assert_true(made.own > 200 && made.nearest + made.fallback > 0);
  assert_true(made.share_own.low < made.share_own.value && made.share_own.value < made.share_own.high);
  options = options_of();
  options.settings = NULL, options.n_settings = 0, options.threads = 2;
  options.certificate = "runs/rude/certified/set.certificate";
  ok(duro_certified_run(&taken, "rude.c", &options));
  assert_false(taken.made);
  assert_int_equal(taken.own, made.own);
  assert_int_equal(taken.nearest, made.nearest);
}

static void wrong_ones_are_refused(void **unused) {
  (void)unused;
  duro_certified out;
  duro_certified_options options = options_of();
  options.struct_size = 1;
  assert_int_equal(duro_certified_run(&out, "rude.c", &options), DURO_ERROR_ARGUMENT);
  options = options_of(), options.states = 0;
  assert_int_equal(duro_certified_run(&out, "rude.c", &options), DURO_ERROR_ARGUMENT);
  options = options_of(), options.certificate = "here", options.solution = "there";
  assert_int_equal(duro_certified_run(&out, "rude.c", &options), DURO_ERROR_ARGUMENT);
  options = options_of(), options.ask = stop;
  assert_int_equal(duro_certified_run(&out, "rude.c", &options), DURO_ERROR_STOPPED);
  assert_int_equal(duro_certified_run(&out, "nowhere", NULL), DURO_ERROR_FILE);
}

/* ---- --hysteresis against duro_filter_options ---- */

static void push(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                 const double *x) {
  (void)player, (void)worker, (void)replaced, (void)obs, (void)x;
  for (ptrdiff_t i = 0; i < n; i++) u[i] = 0.25f;
}

enum { EPISODES = 40 };

/* what the command finds against the random disturbance behind the filter */
static duro_status keep(void *context) {
  (void)context;
  return DURO_OK;
}
static void seen_begin(void *context, const evaluation *e) {
  (void)context, (void)e;
}
static void seen_row(void *context, duro_attack_kind scenario, const char *filter, const duro_eval_summary *s) {
  if (scenario == DURO_ATTACK_RANDOM && filter[0]) *(duro_eval_summary *)context = *s;
}
static void seen_absent(void *context, duro_attack_kind scenario, duro_policy_net net) {
  (void)context, (void)scenario, (void)net;
}
static duro_status seen_saved(void *context, const evaluation *e, const char *summary) {
  (void)context, (void)e, (void)summary;
  return DURO_OK;
}

static duro_status evaluate(duro_eval_summary *out, const char *hysteresis) {
  const evaluation_watcher watcher = {.context = out,
                                      .ask = keep,
                                      .begin = seen_begin,
                                      .row = seen_row,
                                      .absent = seen_absent,
                                      .end = seen_begin,
                                      .saved = seen_saved};
  const run_how how = {.environment = "double-integrator"};
  evaluation_options asked = evaluation_options_default();
  asked.filter = "runs/rude/certified/set.certificate";
  asked.hysteresis = hysteresis;
  asked.episodes = EPISODES;
  asked.threads = 1;
  return evaluation_run(&asked, "idle.c", NULL, &watcher, &how);
}

static void play_in_c(duro_eval_summary *out, int64_t *replaced, double hysteresis) {
  static duro_episode episodes[EPISODES];
  const duro_env_ops *ops;
  duro_env *env;
  duro_certificate *certificate;
  duro_filter *filter;
  duro_player player;
  duro_filter_options options = duro_filter_options_default();
  options.hysteresis = hysteresis;
  ok(duro_env_find(&ops, "double-integrator"));
  ok(duro_env_create(&env, ops, NULL));
  ok(duro_certificate_load(&certificate, "runs/rude/certified/set.certificate", ops));
  ok(duro_filter_of_certificate(&filter, certificate, &options));
  const duro_player own = duro_player_own(push, NULL, 1);
  ok(duro_player_filtered(&player, filter, &own));
  const duro_attack random = duro_attack_of(DURO_ATTACK_RANDOM);
  const duro_eval_options how = {.episodes = EPISODES, .seed = 1, .threads = 1, .start = DURO_START_EVAL};
  ok(duro_player_run(episodes, env, &player, &random, &how));
  duro_eval_summarize(out, episodes, EPISODES);
  *replaced = duro_filter_count(filter).interventions;
  duro_filter_destroy(filter);
  duro_certificate_destroy(certificate);
  duro_env_destroy(env);
}

static void hysteresis_is_that_of_the_library(void **unused) {
  (void)unused;
  static const struct {
    const char *word;
    double value;
  } levels[] = {{NULL, 0}, {"0.02", 0.02}, {"0.2", 0.2}};
  double before = NAN;
  int64_t replaced;
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    duro_eval_summary by_command = {0}, in_c;
    ok(evaluate(&by_command, levels[i].word));
    play_in_c(&in_c, &replaced, levels[i].value);
    assert_true(in_c.return_mean == by_command.return_mean); // bit for bit
    assert_true(in_c.h_min == by_command.h_min);
    assert_int_equal(in_c.violating, by_command.violating);
    assert_true(replaced > 0 && in_c.return_mean != before);
    before = in_c.return_mean;
  }
  duro_eval_summary none;
  assert_int_equal(evaluate(&none, "-0.1"), DURO_ERROR_ARGUMENT);
  assert_int_equal(evaluate(&none, "much"), DURO_ERROR_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_certificate_is_made_and_taken),
      cmocka_unit_test(wrong_ones_are_refused),
      cmocka_unit_test(hysteresis_is_that_of_the_library),
  };
  return cmocka_run_group_tests_name("certified", tests, begin, end);
}
