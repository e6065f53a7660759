/* Frozen policies: refused files. (That a loaded policy equals the trained one is in tests/rl/test_trainer.c.) */
#include "duro/policy.h"

#include "duro/io.h"
#include "nn/mlp.h"
#include "policy/frozen.h"

#include <math.h>
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

#include "../io/scratch.h"

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

/* --- all that a reader may meet ---------------------------------------------------------------------------------- */

enum { NO = 4, NU = 2, NA = 1, NOTES = 24, TENSORS = 12 };

/* a checkpoint in the making: DRAC with all networks, which a test then changes */
typedef struct draft {
  duro_note note[NOTES];
  duro_tensor tensor[TENSORS];
  int notes, tensors;
} draft;

static float zeros[4096], shift[NO] = {1, 2, 3, 4}, scale[NO] = {1, 0.5f, 2, 4};

static void set_note(draft *d, const char *key, const char *text) {
  int i = 0;
  while (i < d->notes && strcmp(d->note[i].key, key) != 0) i++;
  assert_true(i < NOTES);
  d->note[i] = (duro_note){key, text};
  if (i == d->notes) d->notes++;
}

static void set_tensor(draft *d, const char *name, duro_dtype type, int rank, int64_t size, void *data) {
  int i = 0;
  while (i < d->tensors && strcmp(d->tensor[i].name, name) != 0) i++;
  assert_true(i < TENSORS);
  d->tensor[i] = (duro_tensor){.name = name, .type = type, .rank = rank, .shape = {size, 1, 1, 1}, .data = data};
  if (i == d->tensors) d->tensors++;
}

static void leave_out(draft *d, const char *name) {
  for (int i = 0; i < d->tensors; i++)
    if (strcmp(d->tensor[i].name, name) == 0) d->tensor[i] = d->tensor[--d->tensors];
}

static int64_t params(int inputs, int outputs) {
  mlp shape;
  mlp_shape(&shape, inputs, 16, 2, outputs);
  assert_true(shape.params <= sizeof zeros / sizeof *zeros);
  return (int64_t)shape.params;
}

static draft make_draft(void) {
  static const duro_note all[] = {
      {"algorithm", "DRAC"}, {"environment", "none"}, {"no", "4"},        {"nu", "2"},          {"na", "1"},
      {"width", "16"},       {"layers", "2"},         {"step", "10"},     {"update", "5"},      {"margin", "0.25"},
      {"lambda_max", "50"},  {"pi.inputs", "4"},      {"mu.inputs", "4"}, {"pi_h.inputs", "4"}, {"mu_h.inputs", "6"},
      {"Qh.inputs", "7"},    {"lambda.inputs", "4"}};
  draft d = {.notes = (int)(sizeof all / sizeof *all)};
  memcpy(d.note, all, sizeof all);
  set_tensor(&d, "pi", DURO_F32, 1, params(4, 2 * NU), zeros);
  set_tensor(&d, "mu", DURO_F32, 1, params(4, NA), zeros);
  set_tensor(&d, "pi_h", DURO_F32, 1, params(4, NU), zeros);
  set_tensor(&d, "mu_h", DURO_F32, 1, params(6, NA), zeros);
  set_tensor(&d, "Qh", DURO_F32, 1, params(7, 1), zeros);
  set_tensor(&d, "lambda", DURO_F32, 1, params(4, 1), zeros);
  return d;
}

static const char *save_draft(const draft *d) {
  static char path[256];
  snprintf(path, sizeof path, "%s/draft", folder);
  assert_int_equal(duro_tensors_save(path, d->tensor, d->tensors, d->note, d->notes), DURO_OK);
  return path;
}

static duro_policy *take(const draft *d) {
  duro_policy *policy;
  if (duro_policy_load(&policy, save_draft(d))) fail_msg("%s", duro_error());
  return policy;
}

static void refuse_draft(const draft *d, const char *word) {
  refuse(save_draft(d), DURO_ERROR_FORMAT, word);
}

/* each number is a number within its bounds, and whole where it counts something */
static void test_numbers(void **unused) {
  (void)unused;
  static const struct {
    const char *key, *good, *bad[4];
  } of[] = {{"no", NULL, {"0", "1025", "4.5", "x"}},
            {"nu", NULL, {"0", "129", "2.5", ""}},
            {"na", NULL, {"-1", "129", "0.5", "1 "}},
            {"width", NULL, {"0", "1040", "24", "16.5"}},
            {"layers", NULL, {"0", "5", "1.5", "nan"}},
            {"step", "-1e15", {"1.1e15", "-1.1e15", "0.5", "inf"}},
            {"update", "1e15", {"1.1e15", "-1.1e15", "0.5", "1e"}},
            {"margin", "-0.125", {"1.1e6", "-1.1e6", "nan", "1,5"}},
            {"lambda_max", "0.5", {"1.1e9", "-1.1e9", "nan", "1;"}},
            {"mu_h.inputs", "6", {"0", "1281", "6.5", "7"}},
            {"Qh.inputs", "7", {"5", "8", "6.5", "six"}},
            {"filter_corners", "1", {"-1", "2", "yes", ""}},
            {"filter_greedy", "0", {"-1", "2", "nan", "0x0"}},
            {"h_unit", "30.5", {"-1", "1.1e12", "nan", "m"}}};
  for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
    draft d = make_draft();
    if (of[i].good) set_note(&d, of[i].key, of[i].good);
    if (of[i].good) duro_policy_destroy(take(&d));
    for (int k = 0; k < 4; k++) {
      set_note(&d, of[i].key, of[i].bad[k]);
      char word[64];
      snprintf(word, sizeof word, of[i].bad[k][0] && strstr(of[i].key, "inputs") ? "%s" : "\"%s\"",
               strstr(of[i].key, "inputs") ? (strncmp(of[i].key, "Qh", 2) == 0 ? "Qh" : "mu_h") : of[i].key);
      refuse_draft(&d, word);
    }
  }
  draft d = make_draft();
  for (int k = 0; k < d.notes; k++) { // and is there
    draft other = make_draft();
    other.note[k] = other.note[--other.notes];
    refuse_draft(&other, k < 2 ? "no algorithm in its notes" : d.note[k].key);
  }
}

static void test_how_it_filters(void **unused) {
  (void)unused;
  draft d = make_draft();
  duro_policy *policy = take(&d); // of an older program
  assert_true(!policy->corners && !policy->greedy && policy->h_unit == 1.0f);
  assert_string_equal(duro_policy_about(policy)->deployed, "");
  assert_true(duro_policy_about(policy)->margin == 0.25 && duro_policy_about(policy)->step == 10);
  for (int net = DURO_NET_PI; net <= DURO_NET_LAMBDA; net++) assert_true(duro_policy_has(policy, (duro_policy_net)net));
  duro_policy_destroy(policy);
  set_note(&d, "filter_corners", "1");
  set_note(&d, "h_unit", "2");
  policy = take(&d);
  assert_true(policy->corners && !policy->greedy && policy->h_unit == 2.0f);
  duro_policy_destroy(policy);
  set_note(&d, "filter_corners", "0");
  set_note(&d, "filter_greedy", "1");
  for (int act = DURO_ACT_TASK; act <= DURO_ACT_FILTERED; act++) {
    set_note(&d, "deployed", duro_policy_act_name((duro_act)act));
    policy = take(&d);
    assert_true(!policy->corners && policy->greedy);
    assert_string_equal(duro_policy_about(policy)->deployed, duro_policy_act_name((duro_act)act));
    duro_policy_destroy(policy);
  }
  set_note(&d, "deployed", "mu");
  refuse_draft(&d, "\"deployed\"");
}

/* both or neither, one finite number for each observation, scales positive */
static void test_scales(void **unused) {
  (void)unused;
  static double wide[NO] = {1, 1, 1, 1};
  draft d = make_draft();
  set_tensor(&d, "obs_shift", DURO_F32, 1, NO, shift);
  refuse_draft(&d, "\"obs_scale\"");
  set_tensor(&d, "obs_scale", DURO_F32, 1, NO, scale);
  duro_policy *policy = take(&d);
  assert_memory_equal(policy->obs_shift, shift, sizeof shift);
  assert_memory_equal(policy->obs_scale, scale, sizeof scale);
  duro_policy_destroy(policy);
  draft other = d;
  leave_out(&other, "obs_shift");
  refuse_draft(&other, "\"obs_shift\"");
  other = d, set_tensor(&other, "obs_shift", DURO_F64, 1, NO, wide);
  refuse_draft(&other, "\"obs_shift\"");
  other = d, set_tensor(&other, "obs_scale", DURO_F32, 2, NO, scale);
  refuse_draft(&other, "\"obs_scale\"");
  other = d, set_tensor(&other, "obs_scale", DURO_F32, 1, NO - 1, scale);
  refuse_draft(&other, "\"obs_scale\"");
  static const float bad[] = {NAN, INFINITY, 0, -1};
  for (int i = 0; i < 4; i++) {
    float changed[NO];
    memcpy(changed, scale, sizeof scale);
    changed[NO - 1] = bad[i];
    other = d, set_tensor(&other, "obs_scale", DURO_F32, 1, NO, changed);
    refuse_draft(&other, "\"obs_scale\"");
    other = d, set_tensor(&other, "obs_shift", DURO_F32, 1, NO, changed);
    if (i < 2)
      refuse_draft(&other, "\"obs_shift\"");
    else
      duro_policy_destroy(take(&other));
  }
}

/* a critic may see the disturbance and mu_h the control, or not; nothing else */
static void test_shapes(void **unused) {
  (void)unused;
  draft d = make_draft();
  set_note(&d, "Qh.inputs", "6"), set_tensor(&d, "Qh", DURO_F32, 1, params(6, 1), zeros);
  set_note(&d, "mu_h.inputs", "4"), set_tensor(&d, "mu_h", DURO_F32, 1, params(4, NA), zeros);
  duro_policy_destroy(take(&d));
  draft other = make_draft();
  other = d, set_tensor(&other, "Qh", DURO_F64, 1, params(6, 1) / 2, zeros);
  refuse_draft(&other, "\"Qh\"");
  other = d, set_tensor(&other, "Qh", DURO_F32, 2, params(6, 1), zeros);
  refuse_draft(&other, "\"Qh\"");
  other = d, set_tensor(&other, "Qh", DURO_F32, 1, params(6, 1) + 16, zeros);
  refuse_draft(&other, "\"Qh\"");
  other = d; // its average acts in place of a policy, and has to be one
  set_tensor(&other, "pi_bar", DURO_F32, 1, params(4, 2 * NU), zeros);
  duro_policy_destroy(take(&other));
  set_tensor(&other, "pi_bar", DURO_F32, 1, 16, zeros);
  refuse_draft(&other, "\"pi\"");
  other = d; // that of a critic is nobody's
  set_tensor(&other, "Qh_bar", DURO_F32, 1, 16, zeros);
  duro_policy_destroy(take(&other));
}

static void test_average_acts(void **unused) {
  (void)unused;
  static float newest[1024], average[1024];
  mlp shape;
  mlp_shape(&shape, 4, 16, 2, 2 * NU);
  newest[shape.layer[2].b] = 1, average[shape.layer[2].b] = -1;
  draft d = make_draft();
  set_tensor(&d, "pi", DURO_F32, 1, params(4, 2 * NU), newest);
  set_tensor(&d, "pi_bar", DURO_F32, 1, params(4, 2 * NU), average);
  duro_policy *policy = take(&d);
  float u[NU];
  duro_policy_act(policy, u, shift, DURO_ACT_TASK, 0);
  assert_true(u[0] < -0.76f && u[0] > -0.77f && u[1] == 0); // tanh(-1) = -.7616
  duro_policy_destroy(policy);
}

/* any one of the players is a policy; none is none */
static void test_players(void **unused) {
  (void)unused;
  static const char *const player[] = {"pi", "pi_h", "mu_h"};
  for (int left = 0; left < 8; left++) {
    draft d = make_draft();
    for (int i = 0; i < 3; i++)
      if (!(left >> i & 1)) leave_out(&d, player[i]);
    if (left)
      duro_policy_destroy(take(&d));
    else
      refuse_draft(&d, "holds no policy");
  }
}

/* a folder's pointer: the chosen one before the newest */
static void test_pointers(void **unused) {
  (void)unused;
  char run[256], path[512], longer[5000];
  snprintf(run, sizeof run, "%s/run", folder);
  assert_int_equal(mkdir(run, 0777), 0);
  snprintf(path, sizeof path, "%s/checkpoints", run);
  assert_int_equal(mkdir(path, 0777), 0);
  snprintf(path, sizeof path, "%s/policies", run);
  assert_int_equal(mkdir(path, 0777), 0);
  draft d = make_draft();
  const duro_tensor *t = d.tensor;
  snprintf(path, sizeof path, "%s/checkpoints/a", run);
  assert_int_equal(duro_tensors_save(path, t, d.tensors, d.note, d.notes), DURO_OK);
  set_note(&d, "step", "77");
  snprintf(path, sizeof path, "%s/policies/b", run);
  assert_int_equal(duro_tensors_save(path, t, d.tensors, d.note, d.notes), DURO_OK);
  duro_policy *policy;
  static const char *const names[] = {"checkpoints/latest", "policies/chosen"};
  static const char *const texts[] = {"a\r\n", "b"};
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/%s", run, names[i]);
    assert_int_equal(duro_file_write(path, "\n", 1), DURO_OK);
    refuse(run, DURO_ERROR_FORMAT, names[i]);
    assert_int_equal(duro_file_write(path, texts[i], strlen(texts[i])), DURO_OK);
    assert_int_equal(duro_policy_load(&policy, run), DURO_OK);
    assert_int_equal(duro_policy_about(policy)->step, i ? 77 : 10);
    duro_policy_destroy(policy);
  }
  memset(longer, 'x', sizeof longer);
  longer[4200] = 0;
  assert_int_equal(duro_file_write(path, longer, 4200), DURO_OK);
  refuse(run, DURO_ERROR_FORMAT, names[1]);
  assert_int_equal(remove(path), 0);
  assert_int_equal(mkdir(path, 0777), 0); // a folder in place of the pointer
  refuse(run, DURO_ERROR_FILE, names[1]);
  // a folder whose path leaves no room for what lies in it
  int n = snprintf(longer, sizeof longer, "%s", run);
  while (n < 4085) n += snprintf(longer + n, sizeof longer - (size_t)n, "%s", "/.");
  refuse(longer, DURO_ERROR_ARGUMENT, "too long");
  memset(longer, 'x', 300); // longer than a name may be
  longer[300] = 0;
  refuse(longer, DURO_ERROR_FILE, "xxx");
}

static draft small;

static duro_status load_small(void) {
  duro_policy *policy;
  char path[256];
  snprintf(path, sizeof path, "%s/draft", folder);
  const duro_status status = duro_policy_load(&policy, path);
  duro_policy_destroy(policy);
  return status;
}

static void test_short_memory(void **unused) {
  (void)unused;
  small = make_draft();
  save_draft(&small);
  assert_survives_short_memory(load_small);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refused),        cmocka_unit_test(test_wide),    cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_how_it_filters), cmocka_unit_test(test_scales),  cmocka_unit_test(test_shapes),
      cmocka_unit_test(test_average_acts),   cmocka_unit_test(test_players), cmocka_unit_test(test_pointers),
      cmocka_unit_test(test_short_memory),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
