/* The attack matrix from C: cells, what is kept, and what is refused. */
#define _GNU_SOURCE // nftw
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "duro/matrix.h"
#include "duro/run.h"
#include "io/scratch.h"
#include "io/table.h"

static int train(void **state) {
  static const char *const tiny[] = {"train.steps=2000",  "train.warmup=640",      "train.envs=32",
                                     "train.replay=5000", "train.report_every=20", "learn.width=16",
                                     "learn.batch=32",    "train.choose=false",    "train.looks=1",
                                     "train.threads=1",   "train.trial=0"};
  duro_run_config *config;
  if (scratch_create(state) || duro_run_config_create(&config, "double-integrator", "DRAC", "paper", NULL)) return -1;
  for (size_t i = 0; i < sizeof tiny / sizeof *tiny; i++)
    if (duro_run_config_set(config, tiny[i])) return -1;
  const duro_status status = duro_train_run(NULL, config, in_scratch("run"), NULL);
  duro_run_config_destroy(config);
  return status ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place) {
  (void)about, (void)kind, (void)place;
  return remove(path);
}

static int remove_all(void **state) {
  (void)state;
  return nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

enum { MOST = 32 };
typedef struct seen {
  int cells, reports;
  duro_matrix_cell cell[MOST];
  char attacker[MOST][32];
  int stop_after; /* cells; 0: never */
} seen;

static duro_status look_on(const duro_matrix_progress *now, void *context) {
  seen *s = context;
  s->reports++;
  assert_true(now->share >= 0 && now->share <= 1);
  if (!now->cell) return DURO_OK;
  assert_true(s->cells < MOST);
  s->cell[s->cells] = *now->cell;
  snprintf(s->attacker[s->cells], sizeof *s->attacker, "%s", now->cell->attacker);
  s->cells++;
  return s->stop_after && s->cells == s->stop_after ? DURO_ERROR_STOPPED : DURO_OK;
}

static duro_matrix_options options_of(seen *s) {
  duro_matrix_options options = duro_matrix_options_default();
  options.attackers = "constant,best-safety", options.amplitudes = "0,1.5", options.filter = "both";
  options.episodes = 12, options.updates = 60, options.attacker_seeds = 1, options.threads = 1;
  options.report = look_on, options.context = s;
  return options;
}

static int count_rows(void) {
  sheet matrix;
  assert_int_equal(sheet_read(&matrix, in_scratch("run/attack/matrix.csv")), DURO_OK);
  const int rows = matrix.rows;
  sheet_release(&matrix);
  return rows;
}

/* a best response comes with the co-trained network it is held against; nothing is trained at amplitude 0 */
static void plays_every_cell_and_keeps_it(void **state) {
  (void)state;
  seen s = {.stop_after = 3};
  duro_matrix_options options = options_of(&s);
  assert_int_equal(duro_attack_run(in_scratch("run"), &options), DURO_ERROR_STOPPED);
  assert_int_equal(count_rows(), 3);
  s = (seen){0};
  assert_int_equal(duro_attack_run(in_scratch("run"), &options), DURO_OK);
  assert_int_equal(s.cells, 8);
  assert_int_equal(count_rows(), 8);
  static const char *const wanted[] = {"constant", "constant", "constant",    "constant",
                                       "safety",   "safety",   "best-safety", "best-safety"};
  for (int i = 0; i < s.cells; i++) {
    assert_string_equal(s.attacker[i], wanted[i]);
    assert_null(s.cell[i].absent);
    assert_int_equal(s.cell[i].summary.episodes, 12);
    assert_true(s.cell[i].act == (i % 2 ? DURO_ACT_FILTERED : DURO_ACT_TASK));
    assert_true(isnan(s.cell[i].savable)); // of searches for a start alone
  }
  assert_true(s.cell[2].amplitude > 1.4 && s.cell[0].amplitude <= 0);
}

static void what_is_there_is_not_played_again(void **state) {
  (void)state;
  seen s = {0};
  duro_matrix_options options = options_of(&s);
  assert_int_equal(duro_attack_run(in_scratch("run"), &options), DURO_OK);
  assert_int_equal(s.cells, 8);
  assert_int_equal(s.reports, 8); // nothing on the way
}

static void variations_are_played(void **state) {
  (void)state;
  static const char *const set[] = {"env.dt=0.05,0.1"};
  seen s = {0};
  duro_matrix_options options = options_of(&s);
  options.attackers = "none", options.set = set, options.n_set = 1;
  assert_int_equal(duro_attack_run(in_scratch("run"), &options), DURO_OK);
  assert_int_equal(s.cells, 4);
}

static void assert_refused(const duro_matrix_options *options, const char *because) {
  assert_int_equal(duro_attack_run(in_scratch("run"), options), DURO_ERROR_ARGUMENT);
  if (!strstr(duro_error(), because)) fail_msg("'%s' does not say '%s'", duro_error(), because);
}

static void what_is_wrong_is_named(void **state) {
  (void)state;
  seen s = {0};
  duro_matrix_options options = options_of(&s);
  options.attackers = "constnat";
  assert_refused(&options, "did you mean 'constant'");
  options = options_of(&s), options.starts = "somewhere";
  assert_refused(&options, "starts is 'somewhere'");
  options = options_of(&s), options.episodes = 0;
  assert_refused(&options, "episodes is 0");
  options = options_of(&s), options.struct_size = 3;
  assert_refused(&options, "3 bytes");
  options = options_of(&s), options.attackers = "grid";
  assert_refused(&options, "needs a solution");
  options = options_of(&s);
  assert_int_equal(duro_attack_run(in_scratch("nowhere"), &options), DURO_ERROR_FILE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plays_every_cell_and_keeps_it),
      cmocka_unit_test(what_is_there_is_not_played_again),
      cmocka_unit_test(variations_are_played),
      cmocka_unit_test(what_is_wrong_is_named),
  };
  return cmocka_run_group_tests(tests, train, remove_all);
}
