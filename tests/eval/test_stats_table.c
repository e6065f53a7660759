/* Tables and pictures of statistics: what is in the files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "io/scratch.h"
#include "show/stats_table.h"

// a third method with one run, and a name that CSV, TeX and gnuplot each read otherwise
static const double drac[6] = {2, 3, 2.5, 3.5, 1.5, 4}, sac[4] = {1, 1.5, 2, 5}, lone[2] = {.5, NAN};
static const stats_group methods[3] = {
    {"DRAC", {drac, 3, 2}, 0}, {"SAC, it's 50% _off_", {sac, 2, 2}, 1}, {"lone", {lone, 1, 2}, 2}};

static stats_groups groups(int count, double target) {
  return (stats_groups){.group = methods,
                        .count = count,
                        .score = "return",
                        .target = target,
                        .bootstrap = {.replicates = 500, .confidence = .95, .seed = 2}};
}

static sheet parse(const text *t) {
  sheet s;
  assert_int_equal(text_save(t, in_scratch("table.csv")), DURO_OK);
  assert_int_equal(sheet_read(&s, in_scratch("table.csv")), DURO_OK);
  return s;
}

static void table_has_the_numbers(void **state) {
  (void)state;
  text t = {0};
  const stats_groups g = groups(3, 3);
  stats_table_csv(&t, &g);
  sheet s = parse(&t);
  assert_int_equal(s.rows, 3);
  assert_int_equal(s.columns, 3 + 3 * 4);
  assert_string_equal(sheet_cell(&s, 1, "method"), methods[1].name);
  // by hand: 16.5 / 6; means of tasks 2 and 3.5; sorted 1.5 2 2.5 3 3.5 4 without one at each end; min(., 3) sums to 15
  const struct {
    const char *column;
    double value;
  } rows[] = {{"runs", 3}, {"tasks", 2}, {"mean", 2.75}, {"median", 2.75}, {"iqm", 2.75}, {"optimality_gap", .5}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) // 1e-15 for each of a few roundings
    if (!(fabs(sheet_number(&s, 0, rows[i].column) - rows[i].value) < 1e-14)) fail_msg("%s", rows[i].column);
  assert_true(sheet_number(&s, 0, "mean_low") < 2.75 && sheet_number(&s, 0, "mean_high") > 2.75);
  assert_string_equal(sheet_cell(&s, 2, "mean"), ""); // a run is missing
  sheet_release(&s);
  text_release(&t);
}

static void no_target_no_gap(void **state) {
  (void)state;
  text t = {0};
  const stats_groups g = groups(1, NAN);
  stats_table_csv(&t, &g);
  assert_null(strstr(t.bytes, "optimality_gap"));
  text_release(&t);
}

static void latex_is_escaped(void **state) {
  (void)state;
  text t = {0};
  const stats_groups g = groups(3, NAN);
  stats_table_latex(&t, &g, 1);
  assert_non_null(strstr(t.bytes, "SAC, it's 50\\% \\_off\\_ & $2.4$ ["));
  assert_non_null(strstr(t.bytes, "lone & -- & -- & -- \\\\"));
  assert_non_null(strstr(t.bytes, "\\end{tabular}"));
  text_release(&t);
}

static void improvement_of_each_pair(void **state) {
  (void)state;
  text t = {0};
  const stats_groups g = groups(2, NAN);
  stats_improvement_csv(&t, &g);
  sheet s = parse(&t);
  assert_int_equal(s.rows, 1);
  // by hand: task 1 has 2, 2.5, 1.5 against 1, 2: 4.5 of 6 pairs; task 2 has 3, 3.5, 4 against 1.5, 5: 3 of 6
  assert_true(fabs(sheet_number(&s, 0, "probability") - .625) < 1e-14);
  sheet_release(&s);
  text_release(&t);
}

static void profile_falls_from_one_to_none(void **state) {
  (void)state;
  text t = {0};
  const stats_groups g = groups(2, NAN);
  stats_profile_csv(&t, &g);
  sheet s = parse(&t);
  assert_true(sheet_number(&s, 0, "score") == 1 && sheet_number(&s, s.rows - 1, "score") == 5);
  double last = 1;
  for (int row = 0; row < s.rows; row++) {
    const double share = sheet_number(&s, row, "DRAC");
    assert_true(share <= last && sheet_number(&s, row, "DRAC_low") <= share);
    last = share;
  }
  assert_true(sheet_number(&s, 0, "DRAC") == 1 && last == 0);
  assert_true(sheet_number(&s, 0, methods[1].name) == .75); // strictly above its own smallest
  sheet_release(&s);
  text_release(&t);
}

/* every script is run where there is gnuplot, and must then leave a picture */
static void figures_are_drawn(void **state) {
  (void)state;
  static report r;
  const stats_groups g = groups(3, NAN);
  memset(&r, 0, sizeof r);
  snprintf(r.figures, sizeof r.figures, "%s", scratch);
  assert_int_equal(stats_figures(&r, "cmp", "Returns.", &g), DURO_OK);
  assert_int_equal(r.n_figures, 3);
  const char *const names[3] = {"cmp-intervals", "cmp-profile", "cmp-improvement"};
  for (int i = 0; i < 3; i++) {
    struct stat info;
    char file[64];
    assert_string_equal(r.figure[i].name, names[i]);
    assert_non_null(strstr(r.figure[i].caption.bytes, "One run gives no interval"));
    snprintf(file, sizeof file, "%s.png", names[i]);
    if (figure_gnuplot()) assert_true(!r.figure[i].lacks && stat(in_scratch(file), &info) == 0 && info.st_size > 1000);
    text_release(&r.figure[i].caption);
  }
}

static void nothing_to_draw(void **state) {
  (void)state;
  static report r;
  stats_groups g = groups(1, NAN);
  g.group = &methods[2];
  assert_int_equal(stats_figures(&r, "none", "Returns.", &g), DURO_OK);
  assert_int_equal(r.n_figures, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(table_has_the_numbers),
      cmocka_unit_test(no_target_no_gap),
      cmocka_unit_test(latex_is_escaped),
      cmocka_unit_test(improvement_of_each_pair),
      cmocka_unit_test(profile_falls_from_one_to_none),
      cmocka_unit_test(figures_are_drawn),
      cmocka_unit_test(nothing_to_draw),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
