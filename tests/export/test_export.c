/* What an export refuses, and what it leaves in its files. That exported code computes what the library computes is in
 * tests/cli/test_export.py. */
#include "duro/export.h"

#include "base/purposes.h"
#include "duro/io.h"
#include "export/template.h"
#include "policy/policy.h"

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

static char folder[] = "/tmp/duro-export-XXXXXX";

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

/* pi of 2 -> 16 -> 1 on `environment`; its weights are `weight`, the first of the second layer `peak` */
static duro_policy *make_policy(const char *environment, float weight, float peak) {
  mlp shape;
  mlp_shape(&shape, 2, 16, 1, 2);
  float *params = calloc(shape.params, sizeof *params);
  assert_non_null(params);
  for (int o = 0; o < 16; o++) params[shape.layer[0].w + (size_t)(o * shape.layer[0].ld)] = weight;
  params[shape.layer[1].w] = peak;
  policy_parts parts = {
      .algorithm = "SAC", .environment = environment, .no = 2, .nu = 1, .na = 1, .width = 16, .hidden = 1};
  parts.net[ROLE_PI].params = params;
  parts.net[ROLE_PI].inputs = 2;
  duro_policy *policy;
  assert_int_equal(policy_create(&policy, &parts), DURO_OK);
  free(params);
  return policy;
}

static void refuse(const duro_policy *policy, const duro_export_options *options, duro_status wanted,
                   const char *word) {
  assert_int_equal(duro_export_c(folder, policy, options), wanted);
  if (!strstr(duro_error(), word) || strchr(duro_error(), '\n')) fail_msg("message: %s", duro_error());
}

static void wrong_options_are_refused(void **unused) {
  (void)unused;
  duro_policy *policy = make_policy("toy", 1, 1);
  const duro_export_options fine = duro_export_default(policy);
  assert_int_equal(fine.act, DURO_ACT_TASK); // there is nothing else
  static const char *const prefixes[] = {"",         "1a",  "_a",  "a-b",
                                         "\xc3\xa4", "a b", "a/b", "a234567890123456789012345678901234567890123456789"};
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
    duro_export_options bad = fine;
    bad.prefix = prefixes[i];
    refuse(policy, &bad, DURO_ERROR_ARGUMENT, "prefix");
  }
  const duro_act acts[] = {DURO_ACT_SAFETY, DURO_ACT_FILTERED};
  for (int i = 0; i < 2; i++) {
    duro_export_options bad = fine;
    bad.act = acts[i];
    refuse(policy, &bad, DURO_ERROR_ARGUMENT, i ? "\"filtered\"" : "\"pi_h\"");
  }
  const double limits[] = {0, -1, NAN, INFINITY, 1e10};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    duro_export_options bad = fine;
    bad.limit = limits[i];
    refuse(policy, &bad, DURO_ERROR_ARGUMENT, "limit");
  }
  duro_export_options bad = fine;
  bad.margin = NAN;
  refuse(policy, &bad, DURO_ERROR_ARGUMENT, "margin");
  const float beyond = 1.5f, nan = NAN;
  bad = fine, bad.fallback = &beyond;
  refuse(policy, &bad, DURO_ERROR_ARGUMENT, "fallback is 1.5");
  bad.fallback = &nan;
  refuse(policy, &bad, DURO_ERROR_ARGUMENT, "fallback");
  assert_int_equal(duro_export_c("/nowhere/at/all", policy, &fine), DURO_ERROR_FILE);
  duro_policy_destroy(policy);
}

/* Networks whose sums may leave the range of float are refused, and a smaller limit helps. */
static void overflow_is_refused(void **unused) {
  (void)unused;
  duro_policy *policy = make_policy("toy", 1e16f, 1e16f);
  duro_export_options options = duro_export_default(policy);
  refuse(policy, &options, DURO_ERROR_ARGUMENT, "may overflow");
  options.limit = 1;
  assert_int_equal(duro_export_c(folder, policy, &options), DURO_OK);
  duro_policy_destroy(policy);
  policy = make_policy("toy", NAN, 1);
  options = duro_export_default(policy);
  refuse(policy, &options, DURO_ERROR_ARGUMENT, "may overflow");
  duro_policy_destroy(policy);
}

static void foreign_files_stay(void **unused) {
  (void)unused;
  char path[256];
  duro_policy *policy = make_policy("toy", 1, 1);
  duro_export_options options = duro_export_default(policy);
  options.prefix = "mine";
  snprintf(path, sizeof path, "%s/mine.c", folder);
  assert_int_equal(duro_file_write(path, "int x;\n", 7), DURO_OK);
  refuse(policy, &options, DURO_ERROR_FILE, "mine.c");
  assert_int_equal(remove(path), 0);
  assert_int_equal(duro_export_c(folder, policy, &options), DURO_OK);
  assert_int_equal(duro_export_c(folder, policy, &options), DURO_OK); // its own are replaced
  snprintf(path, sizeof path, "%s/mine.onnx", folder);
  assert_int_equal(duro_file_write(path, "\x08\x07\x12\x03her", 7), DURO_OK);
  assert_int_equal(duro_export_onnx(folder, policy, &options), DURO_ERROR_FILE);
  assert_int_equal(remove(path), 0);
  assert_int_equal(duro_export_onnx(folder, policy, &options), DURO_OK);
  assert_int_equal(duro_export_onnx(folder, policy, &options), DURO_OK);
  duro_policy_destroy(policy);
}

/* Names of an environment get into C as names and comments that are whole. */
static void names_are_tamed(void **unused) {
  (void)unused;
  static const char *const environments[][2] = {{"cartpole-mujoco", "cartpole_mujoco_policy"},
                                                {"2 */ int x; /*", "env_2____int_x_____policy"},
                                                {"\xc3\xa4", "env____policy"},
                                                {"", "env__policy"}};
  for (int i = 0; i < 4; i++) {
    char name[DURO_EXPORT_NAME], path[256], *bytes;
    size_t size;
    duro_policy *policy = make_policy(environments[i][0], 1, 1);
    assert_int_equal(duro_export_name(name, policy, NULL), DURO_OK);
    assert_string_equal(name, environments[i][1]);
    const duro_export_options options = duro_export_default(policy);
    assert_int_equal(duro_export_c(folder, policy, &options), DURO_OK);
    snprintf(path, sizeof path, "%s/%s.h", folder, name);
    assert_int_equal(duro_file_read(&bytes, &size, path), DURO_OK);
    assert_null(strstr(bytes, "2 */"));
    duro_file_release(bytes);
    duro_policy_destroy(policy);
  }
}

static void templates_are_filled(void **unused) {
  (void)unused;
  const template_word words[] = {{"a", "one"}, {"no", ""}, {"long", "x@a@y"}};
  text out = {0};
  export_template_fill(
      &out, "@a@ and @a@\n@if a\nkept @long@\n@if no\nlost\n@else\nelse @no@.\n@end\n@else\nlost\n@end\nlast\n", words,
      3);
  assert_string_equal(out.bytes, "one and one\nkept x@a@y\nelse .\nlast\n");
  text_release(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(wrong_options_are_refused), cmocka_unit_test(overflow_is_refused),
                                     cmocka_unit_test(foreign_files_stay), cmocka_unit_test(names_are_tamed),
                                     cmocka_unit_test(templates_are_filled)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
