/* Frozen policies: refused files. (That a loaded policy equals the trained one is in tests/rl/test_trainer.c.) */
#include "duro/policy.h"

#include "duro/io.h"
#include "nn/mlp.h"

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

static char folder[] = "/tmp/duro-policy-XXXXXX";

static int set_up(void **unused) {
  (void)unused;
  return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **unused) {
  (void)unused;
  char command[128];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command);
}

static void refuse(const char *path, duro_status wanted, const char *word) {
  duro_policy *policy;
  assert_int_equal(duro_policy_load(&policy, path), wanted);
  assert_null(policy);
  if (!strstr(duro_error(), word) || strchr(duro_error(), '\n')) fail_msg("message: %s", duro_error());
}

/* a checkpoint of a 4 -> 16 -> 16 -> 2 policy; one note can be replaced or left out */
static void write_checkpoint(const char *path, const char *key, const char *text, size_t params) {
  static float values[2048];
  duro_note notes[] = {{"algorithm", "SAC"}, {"environment", "cartpole"},
                       {"no", "4"},          {"nu", "1"},
                       {"na", "1"},          {"width", "16"},
                       {"layers", "2"},      {"step", "10"},
                       {"update", "5"},      {"margin", "0"},
                       {"lambda_max", "50"}, {"pi.inputs", "4"}};
  int n = 0;
  for (size_t i = 0; i < sizeof notes / sizeof *notes; ++i) {
    const bool named = key && strcmp(notes[i].key, key) == 0;
    if (named && !text) continue;
    notes[n++] = (duro_note){notes[i].key, named ? text : notes[i].text};
  }
  const duro_tensor pi = {.name = "pi", .type = DURO_F32, .rank = 1, .shape = {(int64_t)params}, .data = values};
  assert_int_equal(duro_tensors_save(path, &pi, 1, notes, n), DURO_OK);
}

static void test_refused(void **unused) {
  (void)unused;
  char path[256], latest[512];
  mlp shape;
  mlp_shape(&shape, 4, 16, 2, 2);
  refuse("/nowhere/at/all", DURO_ERROR_FILE, "/nowhere/at/all");
  refuse(folder, DURO_ERROR_FILE, "checkpoints/latest");
  snprintf(path, sizeof path, "%s/one", folder);
  write_checkpoint(path, NULL, NULL, shape.params);
  duro_policy *policy;
  assert_int_equal(duro_policy_load(&policy, path), DURO_OK);
  assert_true(duro_policy_has(policy, DURO_NET_PI) && !duro_policy_has(policy, DURO_NET_QH));
  assert_true(duro_policy_can(policy, DURO_ACT_TASK) && !duro_policy_can(policy, DURO_ACT_FILTERED));
  duro_policy_destroy(policy);
  static const char *const bad[][2] = {{"algorithm", NULL},
                                       {"no", NULL},
                                       {"no", "0"},
                                       {"nu", "17"},
                                       {"width", "20"},
                                       {"width", "1e9"},
                                       {"layers", "two"},
                                       {"layers", "nan"},
                                       {"pi.inputs", "5"},
                                       {"pi.inputs", NULL},
                                       {"step", ""},
                                       {"margin", "0,25"},
                                       {"margin", "0x1"},
                                       {"margin", " 1"},
                                       {"algorithm", "SAC\n"},
                                       {"environment", "\x1b[2J"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    write_checkpoint(path, bad[i][0], bad[i][1], shape.params);
    refuse(path, DURO_ERROR_FORMAT, path);
  }
  write_checkpoint(path, NULL, NULL, shape.params - 16);
  refuse(path, DURO_ERROR_FORMAT, "\"pi\"");
  // a run folder whose pointer leads out of it
  char checkpoints[256];
  snprintf(checkpoints, sizeof checkpoints, "%s/checkpoints", folder);
  assert_int_equal(mkdir(checkpoints, 0777), 0);
  snprintf(latest, sizeof latest, "%s/latest", checkpoints);
  assert_int_equal(duro_file_write(latest, "../one\n", 7), DURO_OK);
  refuse(folder, DURO_ERROR_FORMAT, "latest");
  assert_int_equal(duro_file_write(latest, "gone\n", 5), DURO_OK);
  refuse(folder, DURO_ERROR_FILE, "gone");
}

/* Networks that see as much as an environment may show: more than a hundred observations. */
static void test_wide(void **unused) {
  (void)unused;
  char path[256];
  static float values[8192];
  mlp shape;
  mlp_shape(&shape, 200, 16, 2, 2);
  const duro_note notes[] = {{"algorithm", "SAC"}, {"environment", "wide"}, {"no", "200"},        {"nu", "1"},
                             {"na", "1"},          {"width", "16"},         {"layers", "2"},      {"step", "10"},
                             {"update", "5"},      {"margin", "0"},         {"lambda_max", "50"}, {"pi.inputs", "200"}};
  const duro_tensor pi = {.name = "pi", .type = DURO_F32, .rank = 1, .shape = {(int64_t)shape.params}, .data = values};
  assert_true(shape.params <= sizeof values / sizeof *values);
  snprintf(path, sizeof path, "%s/wide", folder);
  assert_int_equal(duro_tensors_save(path, &pi, 1, notes, sizeof notes / sizeof *notes), DURO_OK);
  duro_policy *policy;
  assert_int_equal(duro_policy_load(&policy, path), DURO_OK);
  duro_policy_destroy(policy);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused), cmocka_unit_test(test_wide)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
