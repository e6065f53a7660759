/* The folder of a solution: NumPy files, grid.json. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "build.h"
#include "duro/io.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/json.h"
#include "run/made.h"
#include "study/solve.h"

/* ---- the folder ---- */

static duro_status check_resume(const solution *s) {
  char path[RUN_PATH];
  run_path(path, s->folder, SOLVE_STATE);
  duro_kind kind;
  const duro_status status = duro_file_look(&kind, path);
  if (status || kind != DURO_KIND_NOTHING) return status;
  return duro_fail(DURO_ERROR_FILE, "%s holds no " SOLVE_STATE "; there is nothing to resume", s->folder);
}

duro_status solve_open_folder(solution *s) {
  if (!solve_leads(s)) return DURO_OK;
  duro_status status = s->given.resume ? check_resume(s) : DURO_OK;
  if (!status) status = made_lock(&s->lock, s->folder);
  if (status || s->given.resume) return status;
  bool holds;
  if ((status = made_holds_files(&holds, s->folder))) return status;
  if (!s->given.force && holds) return duro_fail(DURO_ERROR_FILE, "%s already holds files", s->folder);
  return made_check_solution(s->folder);
}

/* Settings as they are, but for the file of the environment: that is the copy which goes with the solution. */
static duro_status save_config(const solution *s) {
  char path[RUN_PATH];
  duro_settings_group groups[SOLVE_GROUPS];
  void *values = duro_allocate(s->ops->settings_size);
  if (!values) return DURO_ERROR_MEMORY;
  memcpy(values, s->env_settings, s->ops->settings_size);
  memcpy(groups, s->groups, sizeof groups);
  groups[SOLVE_ENV].values = values;
  duro_status status = solved_keep_file(s->folder, s->env, values);
  run_path(path, s->folder, "config.yaml");
  if (!status) status = duro_settings_save(groups, SOLVE_GROUPS, path);
  duro_release(values);
  return status;
}

duro_status solve_begin_folder(solution *s) {
  if (s->given.resume || !solve_leads(s)) return DURO_OK;
  const duro_status status = made_remove_solution(s->folder);
  return status ? status : save_config(s);
}

/* ---- fields ---- */

/* a field into its file, and the plane of it that the pictures need */
static duro_status write_field(solution *s, duro_grid_field field, const float *values) {
  const duro_grid_plan *plan = &s->plan;
  const int width = duro_grid_width(s->grid, field);
  int64_t shape[DURO_GRID_MAX + 1];
  char path[RUN_PATH];
  duro_status status = DURO_OK;
  for (int i = 0; i < plan->nd; i++) shape[i] = plan->axis[i].n;
  shape[plan->nd] = width;
  if (solve_file(field)) {
    run_path(path, s->folder, solve_file(field));
    status = duro_npy_save(path, DURO_F32, plan->nd + (width > 1), shape, values);
  }
  if (!status) {
    const size_t points = (size_t)plan->axis[s->pair[0]].n * (size_t)plan->axis[s->pair[1]].n;
    s->plane[field] = duro_allocate(points * (size_t)width * sizeof *values);
    if (s->plane[field])
      solve_slice(s->plane[field], plan, s->pair, values, width);
    else
      status = DURO_ERROR_MEMORY;
  }
  return status;
}

static duro_status save_field(solution *s, duro_grid_field field, float **kept) {
  const size_t width = (size_t)duro_grid_width(s->grid, field);
  const bool leads = solve_leads(s);
  if (width == 0) return DURO_OK;
  float *values = leads ? duro_allocate((size_t)s->plan.cells * width * sizeof *values) : NULL;
  duro_status status = solve_agree(s, leads && !values ? DURO_ERROR_MEMORY : DURO_OK);
  if (!status) status = duro_grid_read(s->grid, field, values);
  if (!status) status = solve_agree(s, leads ? write_field(s, field, values) : DURO_OK);
  if (kept && !status)
    *kept = values;
  else
    duro_release(values);
  return status;
}

/* g over the pair of the pictures */
static duro_status keep_target(solution *s) {
  const duro_grid_axis *axis = s->plan.axis;
  const int n0 = axis[s->pair[0]].n, n1 = s->pair[0] == s->pair[1] ? 1 : axis[s->pair[1]].n;
  double x[DURO_MAX_STATE] = {0};
  s->target = duro_allocate(sizeof *s->target * (size_t)n0 * (size_t)n1);
  if (!s->target) return DURO_ERROR_MEMORY;
  for (int i = 0; i < s->plan.nd; i++) x[axis[i].state] = solve_vertex(&axis[i], solve_middle(&axis[i]));
  for (int64_t k = 0; k < (int64_t)n0 * n1; k++) {
    x[axis[s->pair[0]].state] = solve_vertex(&axis[s->pair[0]], (int)(k / n1));
    if (n1 > 1) x[axis[s->pair[1]].state] = solve_vertex(&axis[s->pair[1]], (int)(k % n1));
    s->target[k] = (float)duro_grid_target_at(s->grid, x);
  }
  return DURO_OK;
}

/* when the target is reached from each vertex, and the latest of these times */
static duro_status save_arrival(solution *s) {
  float *arrival = NULL;
  const duro_status status = save_field(s, DURO_GRID_ARRIVAL, &arrival);
  for (int64_t i = 0; !status && i < s->plan.cells; i++)
    if (arrival[i] < INFINITY) s->latest = fmax(s->latest, (double)arrival[i]); // of NaN and a number the number
  duro_release(arrival);
  return status;
}

duro_status solve_save_fields(solution *s, bool task) {
  const bool reach = duro_grid_is_reach(&s->settings); // has a value, and no policy that follows from it alone
  duro_status status = reach ? keep_target(s) : DURO_OK;
  const int last = reach ? DURO_GRID_SAFETY_VALUE : task ? DURO_GRID_TASK_ADVERSARY : DURO_GRID_SAFETY_ADVERSARY;
  for (int field = 0; !status && field <= last; field++)
    status = save_field(s, (duro_grid_field)field, field == DURO_GRID_SAFETY_VALUE ? &s->V : NULL);
  s->latest = NAN;
  return status || !reach || !s->settings.tube ? status : save_arrival(s);
}

/* ---- grid.json ---- */

/* null for a number that does not exist */
static json_t *real(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

/* A text; bytes that are no UTF-8 become '?'. */
static json_t *words(const char *text) {
  json_t *fine = json_string(text);
  if (fine) return fine;
  char *copy = duro_allocate(strlen(text) + 1);
  if (!copy) return NULL;
  for (size_t i = 0; text[i]; i++) copy[i] = (unsigned char)text[i] < 128 ? text[i] : '?';
  fine = json_string(copy);
  duro_release(copy);
  return fine;
}

/* grid.json on its way. */
typedef struct writer {
  const solution *s;
  bool lacking; /* memory ran out */
} writer;

static void put(writer *w, json_t *object, const char *key, json_t *value) {
  if (json_object_set_new(object, key, value)) w->lacking = true;
}

static void append(writer *w, json_t *array, json_t *value) {
  if (json_array_append_new(array, value)) w->lacking = true;
}

static void put_axes(writer *w, json_t *root) {
  const solution *s = w->s;
  json_t *low = json_array(), *high = json_array(), *shape = json_array(), *periodic = json_array(),
         *axis_names = json_array(), *units = json_array(), *dropped = json_array();
  const duro_env_spec *spec = &s->env->spec;
  for (int i = 0; i < s->plan.nd; i++) {
    const duro_grid_axis *axis = &s->plan.axis[i];
    append(w, low, real(axis->low));
    append(w, high, real(axis->high));
    append(w, shape, json_integer(axis->n));
    append(w, periodic, json_boolean(axis->periodic));
    append(w, axis_names, words(spec->x_names[axis->state]));
    append(w, units, words(spec->x_units[axis->state]));
  }
  for (int i = 0; i < s->plan.n_dropped; i++) append(w, dropped, words(spec->x_names[s->plan.dropped[i]]));
  put(w, root, "names", axis_names);
  put(w, root, "units", units);
  put(w, root, "low", low);
  put(w, root, "high", high);
  put(w, root, "shape", shape);
  put(w, root, "periodic", periodic);
  put(w, root, "dropped", dropped);
}

/* name: value of every row of a group */
static json_t *settings_object(writer *w, const duro_settings_group *group) {
  json_t *object = json_object();
  for (int i = 0; i < group->count; i++) {
    const duro_setting *row = &group->rows[i];
    const char *at = (const char *)group->values + row->offset;
    json_t *value = NULL;
    if (row->kind == DURO_INT) value = json_integer(*(const int64_t *)(const void *)at);
    if (row->kind == DURO_REAL) value = real(*(const double *)(const void *)at);
    if (row->kind == DURO_BOOL) value = json_boolean(*(const bool *)at);
    if (row->kind == DURO_TEXT || row->kind == DURO_FILE) value = words(at);
    put(w, object, row->name, value);
  }
  return object;
}

static json_t *stage_object(writer *w, duro_grid_stage stage) {
  const solution *s = w->s;
  const duro_grid_progress *at = stage == DURO_GRID_TASK ? &s->task : &s->safety;
  char claim[256];
  json_t *object = json_object();
  solve_claim(claim, sizeof claim, s, stage);
  put(w, object, "claim", json_string(claim));
  put(w, object, "done", json_boolean(at->done));
  put(w, object, "settled", json_boolean(at->settled));
  put(w, object, "sweeps", json_integer(at->sweeps));
  put(w, object, "work", real(at->work));
  put(w, object, "residual", real(at->residual));
  put(w, object, "bound", real(at->bound));
  if (at->quantum > 0) put(w, object, "quantum", real(at->quantum));
  put(w, object, "seconds", real(at->seconds));
  return object;
}

static json_t *volume_object(writer *w) {
  const solution *s = w->s;
  char unit[256];
  json_t *object = json_object();
  solve_volume_unit(unit, sizeof unit, s);
  put(w, object, "share", real(s->safety.volume));
  put(w, object, "value", real(solve_volume(&s->plan, s->V)));
  put(w, object, "unit", words(unit));
  if (s->V_calm) put(w, object, "without_disturbance", real(solve_volume(&s->plan, s->V_calm)));
  if (s->certificate) {
    put(w, object, "certified", real(s->certified_volume));
    put(w, object, "certified_share", real(s->certified_share));
  }
  if (s->exact_points) {
    put(w, object, "exact", real(s->exact_volume));
    put(w, object, "overlap_with_exact", real(s->exact_iou));
    put(w, object, "falsely_safe_vertices", json_integer(s->false_safe));
  }
  return object;
}

/* sides of the region over which a state with h >= 0 is led, and what becomes of it */
static json_t *edges_array(writer *w) {
  const solution *s = w->s;
  json_t *array = json_array();
  for (int i = 0; i < s->plan.nd; i++)
    for (int side = 0; side < 2; side++) {
      const solve_edge kind = solve_edge_kind(s, i, side);
      const duro_grid_axis *axis = &s->plan.axis[i];
      if (kind == SOLVE_EDGE_FINE) continue;
      json_t *object = json_object();
      put(w, object, "name", words(s->env->spec.x_names[axis->state]));
      put(w, object, "at", real(side ? axis->high : axis->low));
      put(w, object, "h", real(s->edge[i][side].h_max));
      put(w, object, "beyond", json_string(solve_edge_name(kind)));
      append(w, array, object);
    }
  return array;
}

static json_t *verdict_object(writer *w) {
  const solution *s = w->s;
  char line[512];
  json_t *object = json_object();
  solve_verdict_text(line, sizeof line, s);
  put(w, object, "result", json_string(solve_verdict_name(solve_judge(s))));
  put(w, object, "text", json_string(line));
  for (int i = 0; i < s->rollouts; i++) {
    const solve_rollout *r = &s->rollout[i];
    if (r->task_policy || !(r->level > 0)) continue;
    put(w, object, "level", real(r->level));
    put(w, object, "starts", json_integer(r->starts));
    put(w, object, "violated", json_integer(r->violated));
  }
  return object;
}

static json_t *rollouts_array(writer *w) {
  const solution *s = w->s;
  json_t *array = json_array();
  for (int i = 0; i < s->rollouts; i++) {
    const solve_rollout *r = &s->rollout[i];
    json_t *object = json_object();
    put(w, object, "policy", json_string(solve_policy_name(r)));
    put(w, object, "adversary", json_string(solve_adversary_name(r)));
    put(w, object, "level", real(r->level));
    put(w, object, "steps", json_integer(s->env->spec.horizon));
    put(w, object, "starts", json_integer(r->starts));
    put(w, object, "violated", json_integer(r->violated));
    put(w, object, "h_min", r->starts ? real(r->h_min) : json_null());
    put(w, object, "return_mean", r->starts ? real(r->return_mean) : json_null());
    append(w, array, object);
  }
  return array;
}

static void put_answer(writer *w, json_t *root) {
  const solution *s = w->s;
  json_t *starts = json_object(), *rule = json_object();
  put(w, rule, "kind",
      json_string(duro_grid_is_continuous(&s->settings) ? "continuous"
                  : s->settings.discount < 1            ? "discounted"
                                                        : "undiscounted"));
  put(w, rule, "goal", json_string(s->settings.goal));
  put(w, rule, "discount", real(s->settings.discount));
  put(w, rule, "disturbance", json_boolean(s->settings.disturbance));
  put(w, rule, "amplitude", real(s->settings.amplitude));
  put(w, rule, "controls", json_integer(s->plan.nu));
  put(w, rule, "disturbances", json_integer(s->plan.na));
  put(w, root, "verdict", verdict_object(w));
  put(w, root, "operator", rule);
  put(w, root, "safety", stage_object(w, DURO_GRID_SAFETY));
  put(w, root, "task", s->plan.task && s->task.sweeps ? stage_object(w, DURO_GRID_TASK) : json_null());
  put(w, root, "volume", volume_object(w));
  put(w, root, "latest_arrival", real(s->latest));
  put(w, root, "rollouts", rollouts_array(w));
  put(w, root, "edges", edges_array(w));
  put(w, root, "lost_at_edges", s->lost_at_edges >= 0 ? json_integer(s->lost_at_edges) : json_null());
  put(w, starts, "starts", json_integer(s->starts));
  put(w, starts, "inside", json_integer(s->starts_inside));
  if (s->certificate) put(w, starts, "certified", json_integer(s->starts_certified));
  put(w, starts, "smallest_value", s->starts ? real(s->starts_margin) : json_null());
  put(w, root, "evaluation_starts", starts);
}

duro_status solve_save_json(const solution *s) {
  writer writing = {.s = s}, *w = &writing;
  if (!solve_leads(s)) return DURO_OK;
  char path[RUN_PATH], file[RUN_PATH], now[32] = "";
  const time_t clock = time(NULL);
  struct tm utc;
  json_t *root = json_object();
  char key[DURO_HASH_TEXT];
  duro_hash_print(key, duro_grid_key(s->env, &s->plan, &s->settings));
  solved_copy(file, s->env);
  put(w, root, "format", json_integer(DURO_FORMAT));
  put(w, root, "environment", words(s->ops->name));
  put(w, root, "environment_file", file[0] ? words(file) : json_null());
  put(w, root, "key", json_string(key));
  put_axes(w, root);
  put_answer(w, root);
  json_t *settings = json_object();
  for (int i = 0; i < SOLVE_GROUPS; i++) put(w, settings, s->groups[i].prefix, settings_object(w, &s->groups[i]));
  put(w, root, "settings", settings);
  put(w, root, "command", words(s->command ? s->command : ""));
  put(w, root, "version", json_string(DURO_VERSION));
  put(w, root, "commit", json_string(DURO_COMMIT));
  put(w, root, "compiler", json_string(DURO_COMPILER));
  if (gmtime_r(&clock, &utc)) strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", &utc);
  put(w, root, "written", json_string(now));
  char *bytes = w->lacking ? NULL : duro_json_text(root, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
  json_decref(root);
  if (!bytes) return duro_fail(DURO_ERROR_MEMORY, "grid.json: out of memory");
  run_path(path, s->folder, "grid.json");
  text out = {0};
  text_add(&out, "%s\n", bytes);
  free(bytes);
  const duro_status status = text_save(&out, path);
  text_release(&out);
  return status;
}
