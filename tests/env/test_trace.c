/* Formulas that are read off the code of C files: what they compute, and what cannot be read. */
#include "env_test.h"

#include <unistd.h>

#include "duro/formula.h"

static char folder[64];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/duro-test-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
  (void)state;
  return rmdir(folder); // empty: nothing is left behind
}

#define HEAD                                                                                                           \
  "#include <math.h>\n#include <string.h>\n#include <duro/plugin.h>\n"                                                 \
  "static double reward(const double *x2, const double *x, const double *u, const double *a, const void *s) {\n"       \
  "  (void)x2, (void)x, (void)u, (void)a, (void)s; return 1; }\n"
#define STEP "static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {\n"
#define SAFE "static double h(const double *x, const void *s) {\n"
#define PLUGIN                                                                                                         \
  "DURO_PLUGIN(.nx = 2, .nu = 1, .na = 1, .dt = 0.1, .x_low = {-1, -2}, .x_high = {3, 2}, .step = step, .h = h, "      \
  ".reward = reward"
/* a whole file; lines of the step begin with the 8th */
#define FILE_OF(step, h) HEAD STEP "(void)s;\n" step "}\n" SAFE "(void)s;\n" h "}\n" PLUGIN ");\n"

static duro_env *open_text(const char *text, const char *compiler, const char *const *settings) {
  char path[128];
  const duro_env_ops *ops;
  duro_env *env;
  snprintf(path, sizeof path, "%s/own.c", folder);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
  if (duro_env_open(&ops, path, &(duro_env_open_options){.folder = folder, .compiler = compiler}))
    fail_msg("%s", duro_error());
  unlink(path);
  unsigned char *values = calloc(1, ops->settings_size + 1);
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, values};
  duro_settings_default(&group);
  for (int i = 0; settings && settings[i]; i += 2)
    assert_int_equal(duro_settings_set(&group, 1, settings[i], settings[i + 1]), DURO_OK);
  assert_int_equal(duro_env_create(&env, ops, values), DURO_OK);
  free(values);
  return env;
}

static void close_env(duro_env *env) {
  const duro_env_ops *ops = env->ops;
  duro_env_destroy(env);
  duro_env_close(ops);
}

/* largest difference of x' and h over random states of the region and inputs */
static double difference(const char *text, const char *compiler, const char *const *settings) {
  duro_env *env = open_text(text, compiler, settings);
  duro_formula *f;
  if (duro_formula_create(&f, env)) fail_msg("%s", duro_error());
  double *work = calloc((size_t)f->count, sizeof *work), most = 0.0;
  duro_stream stream = test_stream(1);
  for (int point = 0; point < 20000; point++) {
    double x[2], x2[2], y2[2], h[DURO_FORMULA_CONSTRAINTS], u = draw(&stream, 1.0), a = draw(&stream, 1.0);
    x[0] = 1.0 + draw(&stream, 2.0), x[1] = draw(&stream, 2.0);
    duro_step out;
    duro_env_step(env, NULL, x2, &out, x, &u, &a);
    duro_formula_evaluate(f, work, y2, h, x, &u, &a);
    double least = h[0];
    for (int i = 1; i < f->nh; i++) least = fmin(least, h[i]);
    most = fmax(most, fabs(least - env->ops->constraint(env, x)));
    for (int i = 0; i < 2; i++) most = fmax(most, fabs(y2[i] - x2[i]));
  }
  free(work);
  duro_formula_destroy(f);
  close_env(env);
  return most;
}

/* tables, loops, copies, every operation, and numbers that are the code's own */
#define RICH_STEP                                                                                                      \
  "double y[2]; memcpy(y, x, sizeof y);\n"                                                                             \
  "for (int k = 0; k < 3; k++) y[1] += 0.1 * (table[k] * u[0] - y[0] / (k + 2.5));\n"                                  \
  "double c = exp(0.5) * 2; if (c > 1) c -= 1;\n"                                                                      \
  "y[0] = fmax(-1, fmin(y[0] + c * tan(0.1 * y[1]), 4)) - -a[0] + 0 * y[1];\n"                                         \
  "x2[0] = cos(y[0]) * pow(y[1], 3) + hypot(1, y[1]) - pow(2 + y[0] * y[0], 0.5) + fma(y[0], y[1], 1);\n"              \
  "x2[1] = fabs(y[1]) + sqrt(fabs(y[0]) + 1e-3) + 1 / (3 + cos(y[1])) + (float)c;\n"

static void formulas_are_the_code(void **state) {
  (void)state;
  const char *plain = FILE_OF("x2[0] = x[0] + 0.1 * x[1]; x2[1] = x[1] + 0.1 * (u[0] + 0.5 * a[0]);\n",
                              "return fmin(5 - fabs(x[0]), 5 - fabs(x[1]));\n");
  assert_true(difference(plain, NULL, NULL) < 1e-15);
  const char *uses = HEAD STEP "(void)s; static const double table[3] = {0.5, -0.25, 2};\n" RICH_STEP "}\n" SAFE
                               "(void)s; return 5 - fabs(x[0] - x[1]);\n}\n" PLUGIN ");\n";
  assert_true(difference(uses, NULL, NULL) < 1e-12);
}

/* the smallest of several h_i becomes as many constraints */
static void constraints_are_taken_apart(void **state) {
  (void)state;
  duro_env *env = open_text(
      FILE_OF("x2[0] = x[0]; x2[1] = x[1];\n", "return fmin(fmin(x[0], 1 - x[0]), fmin(x[1], fmax(x[0], x[1])));\n"),
      NULL, NULL);
  duro_formula *f;
  assert_int_equal(duro_formula_create(&f, env), DURO_OK);
  assert_int_equal(f->nh, 4);
  duro_formula_destroy(f);
  close_env(env);
}

#define SETTINGS_OF                                                                                                    \
  "typedef struct numbers { double push; int64_t times; bool on; char word[DURO_TEXT_SIZE]; double wall; } numbers;\n" \
  "static const duro_setting rows[] = {\n"                                                                             \
  "{\"push\", DURO_REAL, offsetof(numbers, push), 1, NULL, 0, 10, NULL, \"\", \"Push.\"},\n"                           \
  "{\"times\", DURO_INT, offsetof(numbers, times), 1, NULL, 0, 10, NULL, \"\", \"Times.\"},\n"                         \
  "{\"on\", DURO_BOOL, offsetof(numbers, on), 0, NULL, 0, 1, NULL, \"\", \"On.\"},\n"                                  \
  "{\"word\", DURO_TEXT, offsetof(numbers, word), 0, \"a\", 0, 0, \"a|b\", \"\", \"Word.\"},\n"                        \
  "{\"wall\", DURO_REAL, offsetof(numbers, wall), 2, NULL, 0, 10, NULL, \"\", \"Wall.\"}};\n"
#define SETTINGS_FILE                                                                                                  \
  HEAD SETTINGS_OF STEP "const numbers *n = s; x2[0] = x[0] + n->push * u[0]; x2[1] = x[1] + (n->on ? a[0] : 0);\n"    \
                        "for (int k = 0; k < n->times; k++) x2[1] -= 0.1 * x[0];\n"                                    \
                        "if (n->word[0] == 'b' && n->push > 2.25) x2[0] *= 2;\n}\n" SAFE                               \
                        "return ((const numbers *)s)->wall - x[0];\n}\n" PLUGIN                                        \
                        ", .settings = rows, .n_settings = 5, .settings_size = sizeof(numbers));\n"

/* of every kind, and what the code decides by them */
static void settings_are_those_of_the_environment(void **state) {
  (void)state;
  assert_true(difference(SETTINGS_FILE, NULL, NULL) < 1e-14);
  assert_true(difference(SETTINGS_FILE, NULL,
                         SETTINGS("env.push", "2.3", "env.times", "7", "env.on", "true", "env.word", "b", "env.wall",
                                  "0.7")) < 1e-14);
}

/* two compilers compute in two orders, and the formula is one */
static void compilers_read_the_same(void **state) {
  (void)state;
  const char *text = FILE_OF("x2[0] = (x[0] + u[0]) * (x[1] - a[0]); x2[1] = x[1] + 0.1 * sin(x[0]) + u[0];\n",
                             "return fmin(2 - x[0], x[1]);\n");
  const char *compilers[] = {"gcc", "clang"};
  duro_formula *f[2] = {NULL};
  for (int i = 0; i < 2; i++) {
    char command[64];
    snprintf(command, sizeof command, "%s --version >/dev/null 2>&1", compilers[i]);
    if (system(command) != 0) skip();
  }
  for (int i = 0; i < 2; i++) {
    duro_env *env = open_text(text, compilers[i], NULL);
    assert_int_equal(duro_formula_create(&f[i], env), DURO_OK);
    close_env(env);
  }
  assert_int_equal(f[0]->count, f[1]->count);
  for (int k = 0; k < f[0]->count; k++)
    assert_true(f[0]->node[k].op == f[1]->node[k].op && f[0]->node[k].a == f[1]->node[k].a &&
                f[0]->node[k].b == f[1]->node[k].b && f[0]->node[k].value == f[1]->node[k].value);
  for (int i = 0; i < 2; i++) duro_formula_destroy(f[i]);
}

static void refused(const char *step, const char *h, const char *why, int line) {
  char text[4096], where[32];
  snprintf(text, sizeof text, HEAD STEP "(void)s;\n%s}\n" SAFE "(void)s;\n%s}\n" PLUGIN ");\n", step, h);
  duro_env *env = open_text(text, NULL, NULL);
  duro_formula *f;
  assert_int_equal(duro_formula_create(&f, env), DURO_ERROR_FORMAT);
  assert_null(f);
  if (!strstr(duro_error(), why)) fail_msg("'%s' lacks '%s'", duro_error(), why);
  snprintf(where, sizeof where, "own.c:%d: ", line);
  if (line && system("addr2line --version >/dev/null 2>&1") == 0 && !strstr(duro_error(), where))
    fail_msg("'%s' lacks '%s'", duro_error(), where);
  close_env(env);
}

#define STILL "x2[0] = x[0]; x2[1] = x[1];\n"
#define FREE "return 1 - x[0];\n"

static void what_cannot_be_read_is_refused(void **state) {
  (void)state;
  refused(STILL "\nif (x[0] > 1)\n  x2[0] = 1;\n", FREE, "branches on a state", 10);
  refused(STILL "x2[1] = u[0] < 0 ? 0 : u[0];\n", FREE, "branches on a state", 9);
  refused(STILL "x2[1] *= x[0] != 0;\n", FREE, "branches on a state", 9);
  refused(STILL "while (x2[0] > 1) x2[0] *= 0.5;\n", FREE, "branches on a state", 9);
  refused(STILL "x2[0] = exp(x[0]);\n", FREE, "calls exp", 9);
  refused(STILL "x2[0] = pow(x[0] * x[0], 0.3);\n", FREE, "calls pow", 9);
  refused(STILL "x2[0] = lgamma(2 + x[0]);\n", FREE, "hands a value to a function", 9);
  refused(STILL "x2[0] = (float)x[0];\n", FREE, "rounds a value to float", 9);
  refused(STILL "x2[0] = (int)x[0];\n", FREE, "rounds a value to an integer", 9);
  refused(STILL "x2[0] = (double)(long)(3 * x[0]);\n", FREE, "rounds a value to an integer", 9);
  refused(STILL "for (int k = 0; k < 30000; k++) x2[0] += 1e-9 * sin(x2[0]);\n", FREE, "20000 operations", 0);
  refused(STILL, "return x[0] < 0 ? x[0] : 1;\n", "branches on a state", 12);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(formulas_are_the_code),
      cmocka_unit_test(constraints_are_taken_apart),
      cmocka_unit_test(settings_are_those_of_the_environment),
      cmocka_unit_test(compilers_read_the_same),
      cmocka_unit_test(what_cannot_be_read_is_refused),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
