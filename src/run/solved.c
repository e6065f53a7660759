#include "run/solved.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/certificate.h"
#include "duro/io.h"
#include "io/file.h"
#include "io/json.h"
#include "run/run.h"

static const char *const names[SOLVE_FIELDS] = {[DURO_GRID_SAFETY_VALUE] = "safety_value.npy",
                                                [DURO_GRID_SAFETY_POLICY] = "safety_policy.npy",
                                                [DURO_GRID_SAFETY_ADVERSARY] = "safety_adversary.npy",
                                                [DURO_GRID_TASK_VALUE] = "task_value.npy",
                                                [DURO_GRID_TASK_POLICY] = "task_policy.npy",
                                                [DURO_GRID_TASK_ADVERSARY] = "task_adversary.npy",
                                                [DURO_GRID_ARRIVAL] = "arrival.npy"};

const char *solve_file(duro_grid_field field) {
  return names[field];
}

const char *solve_verdict_name(solve_verdict verdict) {
  static const char *const verdicts[] = {"holds", "does not hold", "empty", "reach set", "unfinished"};
  return verdicts[verdict];
}

/* What grid.json says of the axes. */
typedef struct axes {
  int nd, shape[DURO_GRID_MAX];
  double low[DURO_GRID_MAX], high[DURO_GRID_MAX];
} axes;

static duro_status read_axes(axes *out, const json_t *root, const char *path) {
  const json_t *shape = json_object_get(root, "shape"), *low = json_object_get(root, "low"),
               *high = json_object_get(root, "high");
  out->nd = (int)json_array_size(shape);
  if (out->nd < 1 || out->nd > DURO_GRID_MAX)
    return duro_fail(DURO_ERROR_FORMAT, "%s: \"shape\" has %d axes; wanted 1 to %d", path, out->nd, DURO_GRID_MAX);
  for (int i = 0; i < out->nd; i++) {
    const json_t *n = json_array_get(shape, (size_t)i), *from = json_array_get(low, (size_t)i),
                 *to = json_array_get(high, (size_t)i);
    if (!json_is_integer(n) || !json_is_number(from) || !json_is_number(to))
      return duro_fail(DURO_ERROR_FORMAT, "%s: axis %d lacks \"shape\", \"low\" or \"high\"", path, i);
    out->shape[i] = (int)json_integer_value(n);
    out->low[i] = json_number_value(from);
    out->high[i] = json_number_value(to);
  }
  return DURO_OK;
}

/* Is the solution an answer? */
static duro_status check_verdict(const json_t *root, const char *folder, bool accept) {
  const json_t *verdict = json_object_get(root, "verdict");
  const char *result = json_string_value(json_object_get(verdict, "result"));
  if (!result) return duro_fail(DURO_ERROR_FORMAT, "%s/grid.json has no verdict; solve again", folder);
  if (!strcmp(result, solve_verdict_name(SOLVE_UNFINISHED)))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s is unfinished", folder);
  const char *goal = json_string_value(json_object_get(json_object_get(root, "operator"), "goal"));
  if (goal && strcmp(goal, "avoid") != 0)
    return duro_fail(
        DURO_ERROR_ARGUMENT,
        "%s was solved with grid.goal=%.32s: from its set the target can be reached, and it is no safe set; "
        "wanted a solution of grid.goal=avoid",
        folder, goal);
  if (accept || strcmp(result, solve_verdict_name(SOLVE_LOSES)) != 0) return DURO_OK;
  return duro_fail(
      DURO_ERROR_ARGUMENT,
      "%s does not hold: its own safety policy loses %lld of %lld starts with a margin; wanted a finer grid", folder,
      (long long)json_integer_value(json_object_get(verdict, "violated")),
      (long long)json_integer_value(json_object_get(verdict, "starts")));
}

static duro_status parse_json(json_t **root, const char *folder) {
  char path[RUN_PATH];
  char *bytes;
  size_t size;
  run_path(path, folder, "grid.json");
  bool there;
  duro_status status = duro_file_read_if_there(&bytes, &size, &there, path);
  if (status) return status;
  if (!there)
    return duro_fail(DURO_ERROR_FILE, "%s is not the folder of a finished solution: it holds no grid.json", folder);
  status = duro_json_parse(root, bytes, size, path);
  duro_file_release(bytes);
  return status;
}

duro_status solved_environment(char out[RUN_PATH], const char *folder) {
  json_t *root;
  const duro_status status = parse_json(&root, folder);
  if (status) return status;
  const char *name = json_string_value(json_object_get(root, "environment"));
  const char *file = json_string_value(json_object_get(root, "environment_file"));
  if (file)
    run_path(out, folder, file);
  else
    snprintf(out, RUN_PATH, "%s", name ? name : "");
  json_decref(root);
  return DURO_OK;
}

/* ---- the file of an environment ---- */

void solved_copy(char out[RUN_PATH], const duro_env *env) {
  const duro_env_source *source = env->ops->source;
  out[0] = '\0';
  if (source && run_file_value(env->ops, env->settings)) run_path(out, SOLVE_COPIES, source->place);
}

duro_status solved_keep_file(const char *folder, const duro_env *env, void *settings) {
  char name[RUN_PATH], part[RUN_PATH];
  solved_copy(name, env);
  if (!name[0]) return DURO_OK;
  if (snprintf(run_file_value(env->ops, settings), DURO_TEXT_SIZE, "%s", name) >= DURO_TEXT_SIZE)
    return duro_fail(DURO_ERROR_ARGUMENT, "the file name %.80s... is too long", env->ops->source->place);
  run_path(part, folder, SOLVE_COPIES);
  return duro_env_source_save(env->ops->source, part);
}

/* What config.yaml says: of the solution, its proof and its environment, values as ops describes them. */
static duro_status read_config(duro_grid_settings *settings, void *values, const char *folder,
                               const duro_env_ops *ops) {
  char path[RUN_PATH];
  duro_certificate_settings certificate;
  const duro_settings_group groups[] = {[SOLVE_GRID] = duro_grid_settings_group(settings),
                                        [SOLVE_CERTIFICATE] = duro_certificate_settings_group(&certificate),
                                        [SOLVE_ENV] = {"env", ops->settings, ops->n_settings, values}};
  for (int i = 0; i < SOLVE_GROUPS; i++) duro_settings_default(&groups[i]);
  run_path(path, folder, "config.yaml");
  return duro_settings_load_whole(groups, SOLVE_GROUPS, path);
}

duro_status solved_file(char path[RUN_PATH], const char *folder, const duro_env_ops *ops) {
  duro_grid_settings settings;
  path[0] = '\0';
  void *values = duro_allocate(ops->settings_size);
  if (!values) return DURO_ERROR_MEMORY;
  const duro_status status = read_config(&settings, values, folder, ops);
  const char *named = status ? NULL : run_file_value(ops, values);
  if (named && named[0]) run_path(path, folder, named);
  duro_release(values);
  return status;
}

/* ---- a solution ---- */

static duro_status read_json(axes *out, const char *folder, const duro_env_ops *ops, bool accept) {
  char path[RUN_PATH];
  json_t *root;
  duro_status status = parse_json(&root, folder);
  if (status) return status;
  run_path(path, folder, "grid.json");
  status = duro_json_check_format(root, path);
  const char *name = json_string_value(json_object_get(root, "environment"));
  if (!status && (!name || strcmp(name, ops->name) != 0))
    status = duro_fail(DURO_ERROR_ARGUMENT, "%s solves %s; wanted %s", folder, name ? name : "nothing", ops->name);
  if (!status) status = check_verdict(root, folder, accept);
  if (!status) status = read_axes(out, root, path);
  json_decref(root);
  return status;
}

/* The file of the environment is that of `ops`: the state of another one is refused. */
static duro_status make_env(solved *s, duro_grid_settings *settings, const duro_env_ops *ops) {
  void *values = duro_allocate(ops->settings_size);
  if (!values) return DURO_ERROR_MEMORY;
  duro_status status = read_config(settings, values, s->folder, ops);
  char *named = status ? NULL : run_file_value(ops, values);
  if (named) memset(named, 0, DURO_TEXT_SIZE);
  if (!status) status = duro_env_create(&s->env, ops, values);
  duro_release(values);
  return status;
}

duro_status solved_open(solved *s, const char *folder, const duro_env_ops *ops, int64_t threads, bool accept) {
  axes a;
  duro_grid_settings settings;
  duro_grid_plan plan;
  char path[RUN_PATH];
  *s = (solved){.folder = folder};
  duro_status status = read_json(&a, folder, ops, accept);
  if (!status) status = make_env(s, &settings, ops);
  if (!status) {
    settings.threads = threads;
    settings.task = false; // only the safety value is asked
    status = duro_grid_plan_make(&plan, s->env, &settings, a.shape, a.nd, a.low, a.high);
  }
  if (!status) status = duro_grid_create(&s->grid, s->env, &settings, &plan);
  run_path(path, folder, SOLVE_STATE);
  if (!status) status = duro_grid_resume(s->grid, path);
  if (status) solved_close(s);
  return status;
}

void solved_differences(text *out, const solved *s, const duro_env *env) {
  for (int i = 0; i < env->ops->n_settings; i++) {
    const duro_setting *row = &env->ops->settings[i];
    char here[DURO_TEXT_SIZE + 8], there[DURO_TEXT_SIZE + 8];
    duro_settings_text(here, sizeof here, row, env->settings);
    duro_settings_text(there, sizeof there, row, s->env->settings);
    if (strcmp(here, there) != 0)
      text_add(out, "  note: env.%s is %s here, and %s in the solution\n", row->name, here, there);
  }
}

void solved_close(solved *s) {
  duro_grid_destroy(s->grid);
  duro_env_destroy(s->env);
  s->grid = NULL;
  s->env = NULL;
}
