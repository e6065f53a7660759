/* Learned sets of a run from C: a row for each policy, what is kept, and what is refused. */
#define _GNU_SOURCE // nftw
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duro/learned.h"
#include "duro/run.h"
#include "io/scratch.h"
#include "io/table.h"

static duro_status train_one(const char *environment, const char *algorithm, const char *folder) {
  static const char *const tiny[] = {"train.steps=2000",  "train.warmup=640",      "train.envs=32",
                                     "train.replay=5000", "train.report_every=20", "learn.width=16",
                                     "learn.batch=32",    "train.choose=false",    "train.looks=2",
                                     "train.threads=1",   "train.trial=0"};
  duro_run_config *config;
  duro_status status = duro_run_config_create(&config, environment, algorithm, "paper", NULL);
  if (status) return status;
  for (size_t i = 0; !status && i < sizeof tiny / sizeof *tiny; i++) status = duro_run_config_set(config, tiny[i]);
  if (!status) status = duro_train_run(NULL, config, in_scratch(folder), NULL);
  duro_run_config_destroy(config);
  return status;
}

static int train(void **state) {
  return scratch_create(state) || train_one("double-integrator", "RIS", "ris") ||
                 train_one("double-integrator", "SAC", "sac") || train_one("pendulum", "RIS", "pendulum")
             ? -1
             : 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
  (void)about, (void)kind, (void)place;
  return remove(path);
}

static int remove_all(void **state) {
  (void)state;
  return nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

enum { MOST = 8 };
typedef struct seen {
  int rows, asked;
  duro_learned_row row[MOST];
  int stop_after; /* rows; 0: never */
} seen;

static duro_status look_on(const duro_learned_row *row, void *context) {
  seen *s = context;
  assert_true(s->rows < MOST);
  s->row[s->rows++] = *row;
  return s->rows == s->stop_after ? DURO_ERROR_STOPPED : DURO_OK;
}

static duro_status count(void *context) {
  seen *s = context;
  s->asked++;
  return DURO_OK;
}

static duro_learned_options options_of(seen *s) {
  duro_learned_options options = duro_learned_options_default();
  options.points = 31, options.starts = 40, options.threads = 1;
  options.row = look_on, options.ask = count, options.context = s;
  return options;
}

static int count_rows(void) {
  sheet table;
  assert_int_equal(sheet_read(&table, in_scratch("ris/sets/summary.csv")), DURO_OK);
  const int rows = table.rows;
  sheet_release(&table);
  return rows;
}

/* the shares are those of duro_set_compare, which has tests of its own against the polytope */
static void measures_every_policy_and_keeps_it(void **state) {
  (void)state;
  seen s = {.stop_after = 1};
  duro_learned_options options = options_of(&s);
  assert_int_equal(duro_learned_run(in_scratch("ris"), &options), DURO_ERROR_STOPPED);
  assert_int_equal(count_rows(), 1);
  const double first = s.row[0].iou;
  s = (seen){0};
  assert_int_equal(duro_learned_run(in_scratch("ris"), &options), DURO_OK);
  assert_true(s.rows > 1 && s.asked > 0);
  assert_int_equal(count_rows(), s.rows);
  assert_true(fabs(s.row[0].iou - first) <= 0); // the row that was kept
  for (int i = 0; i < s.rows; i++) {
    const duro_learned_row *r = &s.row[i];
    assert_int_equal(r->cells, 31 * 31);
    assert_string_equal(r->reference, "exact");
    assert_true(r->deployed == (i == s.rows - 1));
    assert_true(i == 0 || r->deployed || r->step > s.row[i - 1].step);
    assert_true(r->exact > 0.3 && r->exact < 0.4); // 41.66 of 11 x 11, see docs/linear-systems.md
    assert_true(fabs(r->learned - r->false_safe - (r->exact - r->false_unsafe)) < 1e-12); // in both sets
  }
}

static void what_is_there_is_not_measured_again(void **state) {
  (void)state;
  seen s = {0};
  duro_learned_options options = options_of(&s);
  assert_int_equal(duro_learned_run(in_scratch("ris"), &options), DURO_OK);
  const int rows = s.rows;
  s = (seen){0};
  assert_int_equal(duro_learned_run(in_scratch("ris"), &options), DURO_OK);
  assert_int_equal(s.rows, rows);
  assert_int_equal(s.asked, 0);
  options.again = true;
  assert_int_equal(duro_learned_run(in_scratch("ris"), &options), DURO_OK);
  assert_true(s.asked > 0);
}

static void assert_refused(const char *folder, const duro_learned_options *options, duro_status status,
                           const char *because) {
  assert_int_equal(duro_learned_run(in_scratch(folder), options), status);
  if (!strstr(duro_error(), because)) fail_msg("'%s' does not say '%s'", duro_error(), because);
}

static void what_is_wrong_is_named(void **state) {
  (void)state;
  seen s = {0};
  duro_learned_options options = options_of(&s);
  assert_refused("sac", &options, DURO_ERROR_ARGUMENT, "no safety critic");
  assert_refused("pendulum", &options, DURO_ERROR_ARGUMENT, "no exact set of pendulum is known");
  assert_refused("nowhere", &options, DURO_ERROR_FILE, "nowhere");
  options.starts = 0;
  assert_refused("ris", &options, DURO_ERROR_ARGUMENT, "starts is 0");
  options = options_of(&s), options.struct_size = 3;
  assert_refused("ris", &options, DURO_ERROR_ARGUMENT, "3 bytes");
  options = options_of(&s), options.solution = in_scratch("nowhere");
  assert_refused("ris", &options, DURO_ERROR_FILE, "nowhere");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(measures_every_policy_and_keeps_it),
      cmocka_unit_test(what_is_there_is_not_measured_again),
      cmocka_unit_test(what_is_wrong_is_named),
  };
  return cmocka_run_group_tests(tests, train, remove_all);
}
