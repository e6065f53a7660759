/* Environments from files: what a plugin needs, what it gets, and that no broken one does harm. */
#include "env_test.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "duro/plugin.h"
#include "env/facts.h"

static char folder[64];

static int make_folder(void **state) {
  (void)state;
  strcpy(folder, "/tmp/duro-test-XXXXXX");
  return mkdtemp(folder) ? 0 : -1;
}

static const char *in_folder(const char *name) {
  static char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

/* files that a test or the library has left there */
static int count_files(void) {
  int count = 0;
  DIR *directory = opendir(folder);
  assert_non_null(directory);
  for (const struct dirent *entry; (entry = readdir(directory));) count += entry->d_name[0] != '.';
  closedir(directory);
  return count;
}

static void write_bytes(const char *name, const void *bytes, size_t size) {
  FILE *file = fopen(in_folder(name), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static duro_status open_file(const duro_env_ops **ops, const char *name) {
  char path[256];
  snprintf(path, sizeof path, "%s", in_folder(name));
  return duro_env_open(ops, path, &(duro_env_open_options){.folder = folder});
}

static duro_status open_text(const duro_env_ops **ops, const char *text) {
  write_bytes("my-system.c", text, strlen(text));
  const duro_status status = open_file(ops, "my-system.c");
  unlink(in_folder("my-system.c"));
  assert_int_equal(count_files(), 0); // nothing is left behind
  return status;
}

/* what most of the files below begin with; a file takes what it does not break */
#define HEAD "#include <duro/plugin.h>\n"
#define STEP                                                                                                           \
  "static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {\n"                 \
  "  (void)s;\n  x2[0] = x[0] + 0.1 * x[1];\n  x2[1] = x[1] + 0.1 * (1.0 * u[0] + 0.5 * a[0]);\n}\n"
#define SAFE                                                                                                           \
  "static double h(const double *x, const void *s) {\n  (void)s;\n"                                                    \
  "  double p = 5 - (x[0] < 0 ? -x[0] : x[0]), v = 5 - (x[1] < 0 ? -x[1] : x[1]);\n"                                   \
  "  return p < v ? p : v;\n}\n"
#define PAYS                                                                                                           \
  "static double reward(const double *x2, const double *x, const double *u, const double *a, const void *s) {\n"       \
  "  (void)x, (void)a, (void)s;\n  return -0.5 * (x2[0] * x2[0] + x2[1] * x2[1]) - u[0] * u[0];\n}\n"
#define SIZES ".nx = 2, .nu = 1, .na = 1, .dt = 0.1, "
#define REGION ".x_low = {-5, -5}, .x_high = {5, 5}, "
#define CALLS ".step = step, .h = h, .reward = reward"
#define MINIMAL HEAD STEP SAFE PAYS "DURO_PLUGIN(" SIZES REGION CALLS ");\n"

static void a_small_file_is_enough(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_env *env;
  if (open_text(&ops, MINIMAL)) fail_msg("%s", duro_error());
  assert_int_equal(duro_env_create(&env, ops, NULL), DURO_OK);
  assert_string_equal(ops->name, "my-system");
  assert_true(env->spec.no == 2 && env->spec.horizon == 200 && env->spec.h_scale == 1.0);
  assert_string_equal(env->spec.x_names[1], "x2");
  assert_true(env->spec.slice[0] == 0 && env->spec.slice[1] == 1);
  assert_null(env->spec.x_needs);
  const double x[2] = {5.95, 5}, zero[1] = {0};
  double x2[2];
  float obs[2];
  duro_step out;
  ops->observe(env, obs, x);
  assert_true(obs[0] == 5.95f && obs[1] == 5.0f);
  duro_env_step(env, NULL, x2, &out, x, zero, zero);
  assert_int_equal(out.end, DURO_TERMINATED); // h = -1.45, past -h_scale
  duro_env_step(env, NULL, x2, &out, (const double[]){5.4, 5}, zero, zero);
  assert_int_equal(out.end, DURO_RUNNING); // h = -.9
  for (uint64_t k = 0; k < 200; k++) {
    double start[2];
    duro_stream stream = test_stream(k);
    ops->reset(env, start, &stream, DURO_START_EVAL);
    assert_true(fabs(start[0]) <= 2.5 && fabs(start[1]) <= 2.5);
  }
  duro_env_destroy(env);
  duro_env_close(ops);
}

/* what .rates says reaches the environment; without it there are none */
static void rates_are_the_plugins(void **state) {
  (void)state;
  const char *const text = HEAD STEP SAFE PAYS
      "static void rates(double *dx, const double *x, const double *u, const double *a, const void *s) {\n"
      "  (void)s;\n  dx[0] = x[1];\n  dx[1] = 1.0 * u[0] + 0.5 * a[0];\n}\n"
      "DURO_PLUGIN(" SIZES REGION CALLS ", .rates = rates);\n";
  const duro_env_ops *ops;
  duro_env *env;
  if (open_text(&ops, text)) fail_msg("%s", duro_error());
  assert_int_equal(duro_env_create(&env, ops, NULL), DURO_OK);
  double dx[2];
  ops->rates(env, dx, (const double[]){3, 4}, (const double[]){0.5}, (const double[]){-1});
  assert_true(fabs(dx[0] - 4) < 1e-15 && fabs(dx[1] - 0) < 1e-15);
  duro_env_destroy(env);
  duro_env_close(ops);
  if (open_text(&ops, MINIMAL)) fail_msg("%s", duro_error());
  assert_null(ops->rates);
  duro_env_close(ops);
}

/* An environment is found by what it holds: one whose operations were copied elsewhere is the same. It crashed. */
static void operations_may_be_copied(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_env *env;
  if (open_text(&ops, MINIMAL)) fail_msg("%s", duro_error());
  assert_int_equal(duro_env_create(&env, ops, NULL), DURO_OK);
  duro_env_ops elsewhere = *ops;
  duro_env copy = *env;
  copy.ops = &elsewhere;
  const double x[2] = {5.4, 5}, zero[1] = {0};
  double x2[2], y2[2];
  duro_step out, same;
  duro_env_step(env, NULL, x2, &out, x, zero, zero);
  duro_env_step(&copy, NULL, y2, &same, x, zero, zero);
  assert_memory_equal(x2, y2, sizeof x2);
  assert_true(out.h == same.h && out.r == same.r && elsewhere.constraint(&copy, x) == ops->constraint(env, x));
  duro_env_destroy(env);
  duro_env_close(ops);
}

/* the same bits as the environment that comes with the library */
static void it_moves_like_the_built_in(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_env *env, *wanted = make_env("double-integrator", NULL);
  assert_int_equal(open_text(&ops, MINIMAL), DURO_OK);
  assert_int_equal(duro_env_create(&env, ops, NULL), DURO_OK);
  duro_stream stream = test_stream(7);
  for (int k = 0; k < 1000; k++) {
    const double x[2] = {draw(&stream, 4), draw(&stream, 4)}, u = draw(&stream, 1.2), a = draw(&stream, 1.2);
    double x2[2], y2[2];
    duro_step out, other;
    duro_env_step(env, NULL, x2, &out, x, &u, &a);
    duro_env_step(wanted, NULL, y2, &other, x, &u, &a);
    assert_same_bits(x2, y2, 2);
    assert_same_step(&out, &other);
  }
  duro_env_destroy(env);
  duro_env_destroy(wanted);
  duro_env_close(ops);
}

static void numbers_that_are_not_finite_are_seen(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_env *env;
  assert_int_equal(open_text(&ops, MINIMAL), DURO_OK);
  assert_int_equal(duro_env_create(&env, ops, NULL), DURO_OK);
  const double good[2] = {0, 0}, bad[2] = {0, NAN};
  double x2[2];
  duro_step out;
  duro_env_step(env, NULL, x2, &out, bad, good, good);
  assert_true(isnan(out.h) && isnan(out.r) && isnan(x2[0]));
  duro_env_step(env, NULL, x2, &out, good, bad + 1, good);
  assert_true(isnan(out.h) && isnan(out.r) && out.end == DURO_RUNNING);
  duro_env_destroy(env);
  duro_env_close(ops);
}

static void refused(const char *text, duro_status wanted, const char *words) {
  const duro_env_ops *ops;
  const duro_status status = open_text(&ops, text);
  if (status != wanted || !strstr(duro_error(), words))
    fail_msg("status %d, '%s'; wanted %d with '%s'", status, status ? duro_error() : "", wanted, words);
  assert_null(ops);
  assert_null(strchr(duro_error(), '\n'));
}

static void messages_name_what_is_wrong(void **state) {
  (void)state;
  const duro_status format = DURO_ERROR_FORMAT;
  refused(HEAD STEP SAFE PAYS, format, "does not end with DURO_PLUGIN");
  refused(HEAD "int x = ;\n", format, "my-system.c:2:9: error:");
  refused(HEAD "#include \"beside.h\"\n", format, "beside.h");
  refused("", format, "DURO_PLUGIN");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" SIZES REGION CALLS ", .version = 7);", format, "of version 7");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" SIZES REGION CALLS ", .size = 8);", format, "8 bytes");
  refused(HEAD SAFE PAYS "DURO_PLUGIN(" SIZES REGION ".h = h, .reward = reward);", format, ".step is missing");
  refused(HEAD STEP PAYS "DURO_PLUGIN(" SIZES REGION ".step = step, .reward = reward);", format, ".h is missing");
  refused(HEAD STEP SAFE "DURO_PLUGIN(" SIZES REGION ".step = step, .h = h);", format, ".reward is missing");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" REGION CALLS ", .nu = 1, .na = 1, .dt = 1);", format, ".nx is 0");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" REGION CALLS ", .nx = 65, .nu = 1, .na = 1, .dt = 1);", format,
          ".nx is 65");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" REGION CALLS ", .nx = 2, .nu = 129, .na = 1, .dt = 1);", format,
          ".nu is 129");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" REGION CALLS ", .nx = 2, .nu = 1, .na = 1);", format, ".dt is 0");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" SIZES CALLS ", .x_high = {5});", format, ".x_low[1] is 0");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" SIZES REGION CALLS ", .no = 3);", format, ".no is 3 and .nx 2");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" SIZES REGION CALLS ", .h_scale = -1);", format, ".h_scale is -1");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" SIZES REGION CALLS ", .horizon = -1);", format, ".horizon is -1");
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" SIZES REGION CALLS ", .slice = {0, 2});", format, ".slice[1] is 2");
  refused(HEAD STEP SAFE PAYS
          "double more(double);\nstatic double f(const double *x, const void *s) {(void)s; return more(*x);}\n"
          "DURO_PLUGIN(" SIZES REGION ".step = step, .reward = reward, .h = f);",
          format, "more");
}

static void crashes_are_reported(void **state) {
  (void)state;
  const duro_status format = DURO_ERROR_FORMAT;
  refused(HEAD STEP SAFE PAYS
          "static void reset(double *x, const duro_plugin_random *r, duro_start t, const void *s) {\n"
          "(void)r, (void)t, (void)s; x[0] = *(volatile double *)8;}\n"
          "DURO_PLUGIN(" SIZES REGION CALLS ", .reset = reset);",
          format, "crashed in reset: Segmentation fault");
  refused(HEAD STEP SAFE PAYS "#include <stdlib.h>\nstatic void observe(float *o, const double *x, const void *s) {\n"
                              "(void)o, (void)x, (void)s; abort();}\n"
                              "DURO_PLUGIN(" SIZES REGION CALLS ", .observe = observe);",
          format, "crashed in observe: Aborted");
  refused(
      HEAD STEP PAYS
      "#include <signal.h>\nstatic double h(const double *x, const void *s) {(void)s; raise(SIGBUS); return x[0];}\n"
      "DURO_PLUGIN(" SIZES REGION CALLS ");",
      format, "crashed in h: Bus error");
  refused(HEAD STEP SAFE PAYS "#include <stdlib.h>\nstatic const char *configure(duro_env_spec *c, const void *s) {\n"
                              "(void)c, (void)s; exit(0);}\n"
                              "DURO_PLUGIN(" SIZES REGION CALLS ", .configure = configure);",
          format, "ended its process in configure");
  refused(HEAD STEP SAFE PAYS "#include <stdlib.h>\n__attribute__((constructor)) static void first(void) {abort();}\n"
                              "DURO_PLUGIN(" SIZES REGION CALLS ");",
          format, "crashed while it is loaded");
  refused(HEAD STEP SAFE PAYS "static const char *configure(duro_env_spec *c, const void *s) {\n"
                              "(void)c, (void)s; return \"the moon is full\";}\n"
                              "DURO_PLUGIN(" SIZES REGION CALLS ", .configure = configure);",
          DURO_ERROR_ARGUMENT, "the moon is full");
}

#define NUMBERS "typedef struct numbers {double push; int64_t wait;} numbers;\n"

static void settings_are_the_plugins(void **state) {
  (void)state;
  const duro_env_ops *ops;
  const char text[] = HEAD SAFE PAYS NUMBERS
      "static const duro_setting rows[] = {{\"push\", DURO_REAL, offsetof(numbers, push), 0.5, NULL, 0, 2, NULL, "
      "\"N\", "
      "\"Push.\"}, {\"wait\", DURO_INT, offsetof(numbers, wait), 9, NULL, 1, 99, NULL, \"steps\", \"Wait.\"}};\n"
      "static void step(double *x2, const double *x, const double *u, const double *a, const void *s) {\n"
      "  (void)u; x2[0] = x[0] + ((const numbers *)s)->push * a[0]; x2[1] = x[1];}\n"
      "static const char *configure(duro_env_spec *c, const void *s) {c->horizon = (int)((const numbers *)s)->wait; "
      "return 0;}\n"
      "DURO_PLUGIN(" SIZES REGION CALLS
      ", .configure = configure, .settings = rows, .n_settings = 2, .settings_size = sizeof(numbers));";
  if (open_text(&ops, text)) fail_msg("%s", duro_error());
  struct {
    double push;
    int64_t wait;
  } numbers;
  assert_int_equal(ops->settings_size, sizeof numbers);
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, &numbers};
  duro_settings_default(&group);
  assert_int_equal(duro_settings_assign(&group, 1, "env.push=1.5"), DURO_OK);
  assert_int_equal(duro_settings_assign(&group, 1, "env.puhs=1"), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "env.push"));
  duro_env *env;
  assert_int_equal(duro_env_create(&env, ops, &numbers), DURO_OK);
  assert_int_equal(env->spec.horizon, 9);
  double x2[2];
  duro_step out;
  duro_env_step(env, NULL, x2, &out, (const double[]){1, 0}, (const double[]){0}, (const double[]){1});
  assert_true(x2[0] == 2.5);
  duro_env_destroy(env);
  duro_env_close(ops);
#define TABLE(row)                                                                                                     \
  HEAD STEP SAFE PAYS NUMBERS "static const duro_setting rows[] = {" row "};\nDURO_PLUGIN(" SIZES REGION CALLS         \
                              ", .settings = rows, .n_settings = 1, .settings_size = sizeof(numbers));"
  refused(TABLE("{\"push\", DURO_REAL, 12, 0.5, 0, 0, 2, 0, \"\", \"\"}"), DURO_ERROR_FORMAT, "inside .settings_size");
  refused(TABLE("{\"push\", DURO_REAL, 0, 3, 0, 0, 2, 0, \"\", \"\"}"), DURO_ERROR_FORMAT, "within its range");
  refused(TABLE("{\"push\", DURO_REAL, 0, 1, 0, 0, 2, 0, 0, \"\"}"), DURO_ERROR_FORMAT, "name, unit and help");
  refused(TABLE("{\"push\", (duro_setting_kind)9, 0, 1, 0, 0, 2, 0, \"\", \"\"}"), DURO_ERROR_FORMAT, "a kind");
}

static void words_are_names_or_files(void **state) {
  (void)state;
  const duro_env_ops *ops;
  assert_int_equal(duro_env_open(&ops, "cartpole", NULL), DURO_OK);
  assert_string_equal(ops->name, "cartpole");
  assert_null(ops->source);
  duro_env_close(ops); // nothing to do
  duro_env_close(NULL);
  assert_int_equal(duro_env_open(&ops, "cartpol", NULL), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_env_open(&ops, "/nowhere/system.c", NULL), DURO_ERROR_FILE);
  assert_non_null(strstr(duro_error(), "/nowhere/system.c"));
  assert_int_equal(duro_env_open(&ops, "/nowhere/system.so", NULL), DURO_ERROR_FILE);
  assert_true(duro_env_is_file("a.c") && duro_env_is_file("b/c.so") && duro_env_is_file("m.xml"));
  assert_false(duro_env_is_file("cartpole") || duro_env_is_file(".c") || duro_env_is_file(""));
  write_bytes("empty.so", "", 0);
  assert_int_equal(open_file(&ops, "empty.so"), DURO_ERROR_FORMAT);
  write_bytes("text.so", "hello", 5);
  assert_int_equal(open_file(&ops, "text.so"), DURO_ERROR_FORMAT);
  assert_non_null(strstr(duro_error(), "text.so"));
  unlink(in_folder("empty.so"));
  unlink(in_folder("text.so"));
}

static void a_missing_compiler_is_named(void **state) {
  (void)state;
  const duro_env_ops *ops;
  char path[256];
  write_bytes("my-system.c", MINIMAL, strlen(MINIMAL));
  snprintf(path, sizeof path, "%s", in_folder("my-system.c"));
  duro_env_open_options how = {.folder = folder, .compiler = "no-such-compiler -O9"};
  assert_int_equal(duro_env_open(&ops, path, &how), DURO_ERROR_MISSING);
  assert_non_null(strstr(duro_error(), "'no-such-compiler'"));
  how.compiler = "   ";
  assert_int_equal(duro_env_open(&ops, path, &how), DURO_ERROR_ARGUMENT);
  how = (duro_env_open_options){.folder = "/nowhere"};
  assert_int_equal(duro_env_open(&ops, path, &how), DURO_ERROR_FILE);
  how = (duro_env_open_options){.folder = folder, .compiler = "cc -g"};
  assert_int_equal(duro_env_open(&ops, path, &how), DURO_OK);
  duro_env_close(ops);
  unlink(path);
}

/* opens what may be broken: it works or says why */
static bool survives(const char *name) {
  const duro_env_ops *ops;
  if (open_file(&ops, name)) {
    assert_true(strlen(duro_error()) > 0);
    assert_null(ops);
    return false;
  }
  duro_env *env;
  if (!duro_env_create(&env, ops, NULL)) duro_env_destroy(env);
  duro_env_close(ops);
  return true;
}

/* characters of the source changed at random */
static void mutated_sources_do_no_harm(void **state) {
  (void)state;
  static const char pieces[] = "(){};,=*&<>0123456789abstxu \n\"'#.-+";
  int good = 0;
  for (uint64_t k = 0; k < 60; k++) {
    char text[] = MINIMAL;
    duro_stream stream = test_stream(k);
    for (int i = 0; i < 1 + (int)k % 3; i++)
      text[duro_stream_below(&stream, sizeof text - 1)] = pieces[duro_stream_below(&stream, sizeof pieces - 1)];
    write_bytes("mutant.c", text, strlen(text));
    good += survives("mutant.c");
    unlink(in_folder("mutant.c"));
    assert_int_equal(count_files(), 0);
  }
  assert_true(good < 60); // most break
}

#define FACTS(what)                                                                                                    \
  HEAD STEP SAFE PAYS "typedef struct numbers { double push, wall; } numbers;\n"                                       \
                      "static const duro_setting rows[] = {\n"                                                         \
                      "    {\"push\", DURO_REAL, offsetof(numbers, push), 2, 0, 0, 9, 0, \"\", \"\"},\n"               \
                      "    {\"wall\", DURO_REAL, offsetof(numbers, wall), 1.5, 0, 0, 9, 0, \"\", \"\"}};\n"            \
                      "DURO_PLUGIN(" SIZES REGION CALLS                                                                \
                      ", .settings = rows, .n_settings = 2, .settings_size = sizeof(numbers), " what ");"

static void facts_are_the_plugins(void **state) {
  (void)state;
  const duro_env_ops *ops;
  const double numbers[] = {2.5, 0.75}; // other than the rows begin with: the words follow the settings
  duro_env *env;
  duro_facts facts;
  assert_int_equal(
      open_text(&ops, FACTS(".x_names = {\"way\", \"\xcf\x89\"}, .x_units = {\"m\"}, .control = \"{push} N\", "
                            ".limits = {{.state = 0, .least = \"-{wall}\", .most = \"3\"}, "
                            "{.state = 1, .most = \"{wall}\", .words = \"spin <= {wall}\"}, "
                            "{.state = 1, .target = \"-0.5\"}}")),
      DURO_OK);
  assert_int_equal(duro_env_create(&env, ops, numbers), DURO_OK);
  facts_of(&facts, env);
  assert_string_equal(facts.control.bytes, "2.5 N");
  assert_int_equal(facts.disturbance.length, 0);
  assert_string_equal(facts.safe.bytes, "-0.75 <= way <= 3 m; spin <= 0.75");
  const fact_mark wanted[] = {{0, FACT_LEAST, -0.75}, {0, FACT_MOST, 3}, {1, FACT_MOST, 0.75}, {1, FACT_TARGET, -0.5}};
  assert_int_equal(facts.marks, 4);
  for (int i = 0; i < 4; i++) {
    assert_int_equal(facts.mark[i].state, wanted[i].state);
    assert_int_equal(facts.mark[i].side, wanted[i].side);
    assert_true(facts.mark[i].value == wanted[i].value);
  }
  facts_release(&facts);
  duro_env_destroy(env);
  duro_env_close(ops);

  const duro_status format = DURO_ERROR_FORMAT;
  refused(FACTS(".control = \"{mass} N\""), format, ".control has '{mass} N'; wanted the name of a number");
  refused(FACTS(".control = \"{push N\""), format, ".control has '{push N'");
  refused(FACTS(".disturbance = \"\xff\""), format, ".disturbance is no text of at most 200 bytes");
  refused(FACTS(".control = \"two\\nlines\""), format, ".control is no text");
  refused(FACTS(".x_names = {\"\"}"), format, ".x_names[0] is no name");
  refused(FACTS(".x_units = {0, \"\xc3\"}"), format, ".x_units[1] is no text");
  refused(FACTS(".limits = {{.state = 2, .least = \"1\"}}"), format, ".limits[0].state is 2; wanted 0 to 1");
  refused(FACTS(".limits = {{.least = \"1\"}, {.most = \"many\"}}"), format, ".limits[1].most is 'many'");
  refused(FACTS(".limits = {{.target = \"{push}{wall}\"}}"), format, ".limits[0].target is '{push}{wall}'");
  char text[4096], words[256];
  memset(words, 'n', 201);
  words[201] = '\0';
  snprintf(text, sizeof text, FACTS(".control = \"%s\""), words);
  refused(text, format, ".control is no text of at most 200 bytes");
}

/* a shared object that was compiled before members were added, and one with members of a later version */
static void earlier_structs_are_read(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_env *env;
  duro_facts facts;
  assert_int_equal(open_text(&ops, HEAD STEP SAFE PAYS "DURO_PLUGIN(" SIZES REGION CALLS
                                                       ", .size = offsetof(duro_plugin, control), .control = \"x\");"),
                   DURO_OK);
  assert_int_equal(duro_env_create(&env, ops, NULL), DURO_OK);
  facts_of(&facts, env);
  assert_int_equal(facts.control.length, 0); // what lies behind its end is not read
  facts_release(&facts);
  duro_env_destroy(env);
  duro_env_close(ops);
  refused(HEAD STEP SAFE PAYS "DURO_PLUGIN(" SIZES REGION CALLS ", .size = sizeof(duro_plugin) + 8);",
          DURO_ERROR_FORMAT, "compile it anew");
}

/* numbers of the compiled struct changed at random: version, sizes, bounds, counts of settings */
static void mutated_structs_do_no_harm(void **state) {
  (void)state;
  write_bytes("good.c", MINIMAL, strlen(MINIMAL));
  char line[1024];
  snprintf(line, sizeof line, "cc -I%s/include -shared -fPIC -o %s/good.so %s", DURO_SOURCE_DIR, folder,
           in_folder("good.c"));
  assert_int_equal(system(line), 0);
  FILE *file = fopen(in_folder("good.so"), "rb");
  assert_non_null(file);
  static unsigned char bytes[200000], copy[200000];
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  const duro_plugin begin = {.version = DURO_PLUGIN_VERSION, .size = sizeof begin};
  size_t place = 0; // of the struct, which begins with version and size
  for (size_t i = 0; i + sizeof begin < size && !place; i += 8)
    if (memcmp(bytes + i, &begin, offsetof(duro_plugin, name)) == 0) place = i;
  assert_true(place > 0);
  static const unsigned char values[] = {0, 1, 2, 64, 65, 127, 128, 255};
  int good = 0;
  for (uint64_t k = 0; k < 1000; k++) {
    memcpy(copy, bytes, size);
    duro_stream stream = test_stream(1000 + k);
    const uint32_t where = k % 2 ? sizeof begin : offsetof(duro_plugin, x_low) + 32;
    for (int i = 0; i < 1 + (int)k % 4; i++)
      copy[place + duro_stream_below(&stream, where)] = values[duro_stream_below(&stream, sizeof values)];
    write_bytes("mutant.so", copy, size);
    good += survives("mutant.so");
  }
  assert_true(good > 100 && good < 900);
  unlink(in_folder("good.c"));
  unlink(in_folder("good.so"));
  unlink(in_folder("mutant.so"));
  assert_int_equal(count_files(), 0);
}

static int remove_folder(void **state) {
  (void)state;
  return rmdir(folder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rates_are_the_plugins),
      cmocka_unit_test(a_small_file_is_enough),
      cmocka_unit_test(operations_may_be_copied),
      cmocka_unit_test(it_moves_like_the_built_in),
      cmocka_unit_test(numbers_that_are_not_finite_are_seen),
      cmocka_unit_test(messages_name_what_is_wrong),
      cmocka_unit_test(crashes_are_reported),
      cmocka_unit_test(settings_are_the_plugins),
      cmocka_unit_test(facts_are_the_plugins),
      cmocka_unit_test(earlier_structs_are_read),
      cmocka_unit_test(words_are_names_or_files),
      cmocka_unit_test(a_missing_compiler_is_named),
      cmocka_unit_test(mutated_sources_do_no_harm),
      cmocka_unit_test(mutated_structs_do_no_harm),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
