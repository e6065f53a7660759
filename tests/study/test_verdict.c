/* What a verdict says of tables that are made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "duro/verdict.h"
#include "study/attack_session.h"

#define MATRIX                                                                                                         \
  "attacker,acting,amplitude,noise,changes,starts,step,seed,episodes,violating,cut_off,savable,violation_bound,"       \
  "return_mean,return_std,h_min,violating_steps_mean,filtered_share,updates,seconds,note,owner,key\n"

static char folder[] = "/tmp/duro-verdict-XXXXXX";
static duro_policy *policy;
static long long step;
static char owner[DURO_HASH_TEXT];

static void write_file(const char *name, const char *text) {
  char path[200];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

/* a row of 1000 episodes at the policy's own step */
static void row(char *out, const char *attacker, const char *acting, const char *conditions, int violating,
                const char *bound, const char *h) {
  sprintf(out + strlen(out), "%s,%s,%s,%lld,1,1000,%d,0,,%s,100,1,%s,0,0,0,1,,%s,k\n", attacker, acting, conditions,
          step, violating, bound, h, owner);
}

static duro_verdict read_it(duro_act act) {
  duro_verdict v;
  assert_int_equal(duro_verdict_read(&v, folder, NULL, policy, act), DURO_OK);
  return v;
}

static void nothing_was_tried(void **unused) {
  (void)unused;
  unlink("attack/matrix.csv");
  const duro_verdict v = read_it(DURO_ACT_TASK);
  assert_int_equal(v.kind, DURO_VERDICT_UNTRIED);
  assert_non_null(strstr(v.sentence, "not attacked yet"));
  assert_non_null(strstr(v.next, "duro attack "));
}

static void it_holds(void **unused) {
  (void)unused;
  char table[4000] = MATRIX;
  row(table, "none", "pi", "1,0,,eval", 0, "0.003", "0.2");
  row(table, "search", "pi", "1,0,,eval", 0, "0.004", "0.1");
  row(table, "search", "filtered", "1,0,,eval", 7, "0.02", "-0.1");
  // none of these is what is promised
  row(table, "constant", "pi", "1.5,0,,eval", 1000, "1", "-5");
  row(table, "constant", "pi", "1,0.3,,eval", 1000, "1", "-5");
  row(table, "constant", "pi", "1,0,env.mass=9,eval", 1000, "1", "-5");
  row(table, "constant", "pi", "1,0,,outside", 1000, "1", "-5");
  write_file("attack/matrix.csv", table);
  const duro_verdict v = read_it(DURO_ACT_TASK);
  assert_int_equal(v.kind, DURO_VERDICT_HOLDS);
  assert_true(v.attackers == 2 && v.episodes == 2000);
  assert_true(v.bound == 0.004 && v.h_min == 0.1); // the weakest statement
  assert_non_null(strstr(v.sentence, "holds in all of 2000 episodes"));
  assert_null(strstr(v.missing, "a search from each start"));
  assert_non_null(strstr(v.missing, "attackers trained against it"));
}

/* searches alone are no episodes, and no probability follows from them */
static void searches_are_no_sample(void **unused) {
  (void)unused;
  char table[4000] = MATRIX;
  row(table, "starts", "pi", "1,0,,claimed", 0, "", "0.07");
  write_file("attack/matrix.csv", table);
  const duro_verdict v = read_it(DURO_ACT_TASK);
  assert_int_equal(v.kind, DURO_VERDICT_HOLDS);
  assert_true(v.episodes == 0 && v.bound == 0);
  assert_non_null(strstr(v.sentence, "holds in all of 1000 searches for a start, which are no sample"));
  assert_non_null(strstr(v.sentence, "starts that the policy claims to hold"));
  assert_null(strstr(v.sentence, "0 episodes"));
}

static void it_is_broken(void **unused) {
  (void)unused;
  const duro_verdict v = read_it(DURO_ACT_FILTERED); // of the table above
  assert_int_equal(v.kind, DURO_VERDICT_BROKEN);
  assert_non_null(strstr(v.sentence, "broken, 7 of 1000 episodes violate under search"));
}

static void another_snapshot_says_nothing(void **unused) {
  (void)unused;
  char table[4000] = MATRIX;
  step++;
  row(table, "search", "pi", "1,0,,eval", 900, "1", "-1");
  step--;
  write_file("attack/matrix.csv", table);
  assert_int_equal(read_it(DURO_ACT_TASK).kind, DURO_VERDICT_UNTRIED);
}

static void what_does_not_count_is_named(void **unused) {
  (void)unused;
  char table[4000] = MATRIX;
  row(table, "constant", "pi", "1.5,0,,eval", 0, "0.003", "1");
  row(table, "none", "pi", "1,0,,outside", 9, "0.1", "-5");
  row(table, "random", "pi", "1,0,,outside", 9, "0.1", "-5");
  write_file("attack/matrix.csv", table);
  const duro_verdict v = read_it(DURO_ACT_TASK);
  assert_int_equal(v.kind, DURO_VERDICT_UNTRIED);
  assert_string_equal(v.sentence,
                      "pi alone: not attacked yet in a way that counts; what was played is of another bound "
                      "of the disturbance, from starts outside the set");
}

static void everything_was_tried(void **unused) {
  (void)unused;
  char table[4000] = MATRIX;
  row(table, "search", "pi", "1,0,,inside", 0, "0.003", "0.2");
  row(table, "best-safety", "pi", "1,0,,inside", 0, "0.003", "0.2");
  row(table, "starts", "pi", "1,0,,inside", 0, "0.3", "0.05");
  write_file("attack/matrix.csv", table);
  const duro_verdict v = read_it(DURO_ACT_TASK);
  assert_int_equal(v.kind, DURO_VERDICT_HOLDS);
  assert_string_equal(v.missing, "");
  assert_string_equal(v.next, "");
  assert_non_null(strstr(v.sentence, "starts inside the solved set"));
}

/* the same step, but trained anew, or with another margin: another policy */
static void another_policy_says_nothing(void **unused) {
  (void)unused;
  char table[4000] = MATRIX;
  owner[0] = owner[0] == 'f' ? '0' : 'f';
  row(table, "search", "pi", "1,0,,eval", 0, "0.003", "0.2");
  attack_owner(owner, policy);
  write_file("attack/matrix.csv", table);
  assert_int_equal(read_it(DURO_ACT_TASK).kind, DURO_VERDICT_UNTRIED);
}

/* an episode that the environment ended early was neither kept nor lost */
static void what_is_cut_off_does_not_hold(void **unused) {
  (void)unused;
  char table[4000] = MATRIX;
  row(table, "none", "pi", "1,0,,eval", 0, "0.003", "0.2");
  char *cut = strstr(table, ",1000,0,0,");
  assert_non_null(cut);
  cut[8] = '7';
  write_file("attack/matrix.csv", table);
  const duro_verdict v = read_it(DURO_ACT_TASK);
  assert_int_equal(v.kind, DURO_VERDICT_CUT_OFF);
  assert_non_null(strstr(v.sentence, "7 were cut off"));
  assert_null(strstr(v.sentence, "holds"));
}

/* eval and attack draw the same starts: what both have played counts once */
static void nothing_counts_twice(void **unused) {
  (void)unused;
  char table[4000] = MATRIX, summary[4000] =
                                 "file,scenario,acting,adversary,changes,step,seed,episodes,violating,cut_off,"
                                 "return_mean,return_std,violation_bound,h_min,violating_steps_mean,"
                                 "filtered_share\n";
  row(table, "none", "pi", "1,0,,eval", 0, "0.003", "0.2");
  write_file("attack/matrix.csv", table);
  sprintf(summary + strlen(summary), "none.csv,none,pi,,,%lld,1,200,0,0,1,0,0.01,0.3,0,0\n", step);
  sprintf(summary + strlen(summary), "r.csv,random,pi,,,%lld,1,200,0,0,1,0,0.01,0.3,0,0\n", step);
  write_file("eval/summary.csv", summary);
  const duro_verdict v = read_it(DURO_ACT_TASK);
  assert_true(v.attackers == 2 && v.episodes == 1200);
  assert_int_equal(unlink("eval/summary.csv"), 0);
}

static void a_damaged_table_is_an_error(void **unused) {
  (void)unused;
  duro_verdict v;
  write_file("attack/matrix.csv", MATRIX "search,pi\n");
  assert_int_equal(duro_verdict_read(&v, folder, NULL, policy, DURO_ACT_TASK), DURO_ERROR_FORMAT);
}

static int setup(void **unused) {
  (void)unused;
  if (!mkdtemp(folder) || chdir(folder) || mkdir("attack", 0777) || mkdir("eval", 0777)) return 1;
  if (duro_policy_load(&policy, DURO_SOURCE_DIR "/results/recipe/policies/DRAC-11/policies/step-326336.safetensors"))
    return 1;
  step = (long long)duro_policy_about(policy)->step;
  attack_owner(owner, policy);
  return 0;
}

static int teardown(void **unused) {
  (void)unused;
  duro_policy_destroy(policy);
  return unlink("attack/matrix.csv") || rmdir("attack") || rmdir("eval") || rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_was_tried),
      cmocka_unit_test(it_holds),
      cmocka_unit_test(it_is_broken),
      cmocka_unit_test(another_snapshot_says_nothing),
      cmocka_unit_test(what_does_not_count_is_named),
      cmocka_unit_test(searches_are_no_sample),
      cmocka_unit_test(everything_was_tried),
      cmocka_unit_test(another_policy_says_nothing),
      cmocka_unit_test(what_is_cut_off_does_not_hold),
      cmocka_unit_test(nothing_counts_twice),
      cmocka_unit_test(a_damaged_table_is_an_error),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
