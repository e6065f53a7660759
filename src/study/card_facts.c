/* What a card says of the program, the system, the run, its policy and the export. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "duro/export.h"
#include "env/facts.h"
#include "env/mujoco.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/sha256.h"
#include "policy/policy.h"
#include "sources.h"
#include "study/card.h"

static duro_status whole(json_t *says) {
  return says ? DURO_OK : card_no_memory();
}

duro_status card_find_program(json_t **says, card *c, const json_t *line) {
  (void)c, (void)line;
  *says = json_pack("{s:s, s:s, s:s}", "program", "duro", "version", DURO_VERSION, "sources", DURO_SOURCES);
  return whole(*says);
}

/* ---- the system ---- */

static bool depends_on(uint64_t mask, int i) {
  return i < DURO_MASK_BITS && mask >> i & 1;
}

/* "theta (rad)" */
static void add_state(text *out, const duro_env_spec *spec, int i) {
  const char *unit = spec->x_units && spec->x_units[i] ? spec->x_units[i] : "";
  text_add(out, unit[0] ? "%s (%s)" : "%s", spec->x_names[i], unit);
}

static void add_needs(text *out, const duro_env_spec *spec) {
  int count = 0;
  if (!spec->h_needs || spec->nx > DURO_MASK_BITS) return;
  text_add(out, " h depends on ");
  for (int i = 0; i < spec->nx; i++) {
    if (!depends_on(spec->h_needs, i)) continue;
    text_add(out, "%s", count++ ? ", " : "");
    add_state(out, spec, i);
  }
  text_add(out, ".");
}

static void add_failures(text *out, const duro_env_spec *spec) {
  int count = 0;
  for (int i = 0; spec->x_fail_low && i < spec->nx; i++) {
    if (!isfinite(spec->x_fail_low[i]) && !isfinite(spec->x_fail_high[i])) continue;
    text_add(out, count++ ? ", or " : " An episode fails where ");
    add_state(out, spec, i);
    text_add(out, " leaves [%g, %g]", spec->x_fail_low[i], spec->x_fail_high[i]);
  }
  if (count) text_add(out, ".");
}

/* what the environment says of them */
static void add_bounds_and_constraint(text *out, const duro_env *env) {
  duro_facts facts;
  facts_of(&facts, env);
  if (facts.control.length) text_add(out, "; u: %s", facts.control.bytes);
  if (env->spec.na && facts.disturbance.length) text_add(out, "; a: %s", facts.disturbance.bytes);
  text_add(out, ". A state is safe while h(x) >= 0");
  if (facts.safe.length) text_add(out, ", the least of what is left of each of: %s", facts.safe.bytes);
  text_add(out, "; h is of the size of %g.", env->spec.h_scale);
  facts_release(&facts);
}

/* System and constraint in words. */
static void describe(text *out, const duro_env *env) {
  const duro_env_spec *spec = &env->spec;
  text_add(out, "%s: %s. The state is ", env->ops->name, env->ops->title);
  for (int i = 0; i < spec->nx && i < 12; i++) {
    text_add(out, "%s", i ? ", " : "");
    add_state(out, spec, i);
  }
  if (spec->nx > 12) text_add(out, " and %d more", spec->nx - 12);
  text_add(
      out,
      ". The controller sets %d control%s and the adversary %d disturbance%s every %g s, each in [-1, 1] of its bound",
      spec->nu, spec->nu == 1 ? "" : "s", spec->na, spec->na == 1 ? "" : "s", spec->dt);
  add_bounds_and_constraint(out, env);
  add_needs(out, spec);
  add_failures(out, spec);
  text_add(out, " An episode has %d steps.", spec->horizon);
}

static json_t *states_of(const duro_env_spec *spec) {
  json_t *all = json_array();
  for (int i = 0; all && i < spec->nx; i++) {
    const char *unit = spec->x_units && spec->x_units[i] ? spec->x_units[i] : "";
    json_t *state = json_pack("{s:s, s:s, s:o, s:o}", "name", spec->x_names[i], "unit", unit, "low",
                              card_number(spec->x_low[i]), "high", card_number(spec->x_high[i]));
    if (!json_array_append_new(all, state)) continue;
    json_decref(all);
    all = NULL;
  }
  return all;
}

static json_t *settings_of(const duro_env *env) {
  json_t *all = json_array();
  for (int i = 0; all && i < env->ops->n_settings; i++) {
    const duro_setting *row = &env->ops->settings[i];
    char value[DURO_TEXT_SIZE + 16];
    duro_settings_text(value, sizeof value, row, env->settings);
    json_t *setting =
        json_pack("{s:s, s:s, s:s, s:s}", "name", row->name, "value", value, "unit", row->unit, "help", row->help);
    if (!json_array_append_new(all, setting)) continue;
    json_decref(all);
    all = NULL;
  }
  return all;
}

duro_status card_find_system(json_t **says, card *c, const json_t *line) {
  const duro_env *env = c->run.env;
  const duro_env_spec *spec = &env->spec;
  const char *mujoco = env->ops->model ? duro_env_mujoco_version() : NULL;
  (void)line;
  text words = {0};
  describe(&words, env);
  const duro_status status = text_status(&words);
  if (!status)
    *says = json_pack("{s:s, s:s, s:s?, s:s?, s:o, s:i, s:i, s:i, s:o, s:i, s:o, s:o}", "environment", env->ops->name,
                      "words", words.bytes, "source", env->ops->source ? env->ops->source->hash : NULL, "mujoco",
                      mujoco, "states", states_of(spec), "observations", spec->no, "controls", spec->nu, "disturbances",
                      spec->na, "seconds_a_step", card_number(spec->dt), "steps", spec->horizon, "h_scale",
                      card_number(spec->h_scale), "settings", settings_of(env));
  text_release(&words);
  return status ? status : whole(*says);
}

/* ---- run, policy, export ---- */

/* A policy may be kept without the tables of its training; then there is no hash of all of them. */
static duro_status hash_of_run(char *printed, const char *folder) {
  uint64_t hash;
  duro_kind kind;
  char path[RUN_PATH];
  printed[0] = '\0';
  run_path(path, folder, "train.csv");
  duro_status status = duro_file_look(&kind, path);
  if (status || kind == DURO_KIND_NOTHING) return status;
  status = duro_run_hash(&hash, folder);
  if (!status) duro_hash_print(printed, hash);
  return status;
}

duro_status card_find_run(json_t **says, card *c, const json_t *line) {
  char printed[DURO_HASH_TEXT];
  (void)line;
  const duro_status status = hash_of_run(printed, c->given->folder);
  if (status) return status;
  const run_config *config = &c->run.config;
  *says = json_pack("{s:s?, s:s, s:I, s:I}", "hash", printed[0] ? printed : NULL, "algorithm", config->names.algorithm,
                    "seed", (json_int_t)config->train.seed, "steps", (json_int_t)config->train.steps);
  return whole(*says);
}

duro_status card_find_policy(json_t **says, card *c, const json_t *line) {
  char path[POLICY_PATH], sum[DURO_SHA256_TEXT], printed[DURO_HASH_TEXT];
  const duro_policy_info *about = duro_policy_about(c->run.policy);
  size_t size;
  (void)line;
  duro_status status = policy_file(path, c->given->folder);
  if (!status) status = duro_sha256_file(sum, &size, path);
  if (status) return status;
  const size_t folder = strlen(c->given->folder);
  const char *part = strncmp(path, c->given->folder, folder) == 0 ? path + folder : path;
  part += strspn(part, "/");
  duro_hash_print(printed, duro_policy_hash(c->run.policy));
  *says = json_pack("{s:s, s:I, s:s, s:o, s:o, s:s, s:s, s:I, s:s}", "algorithm", about->algorithm, "step",
                    (json_int_t)about->step, "acts", duro_policy_act_name(duro_export_default(c->run.policy).act),
                    "margin", card_number(about->margin), "h_unit", card_number(about->h_unit), "parameters", printed,
                    "file", part, "bytes", (json_int_t)size, "sha256", sum);
  return whole(*says);
}

/* {"file", "bytes", "sha256"} of what was exported */
static duro_status add_exported(json_t *files, const char *folder, const char *name, const char *ending) {
  char file[DURO_EXPORT_NAME + 4], path[RUN_PATH], sum[DURO_SHA256_TEXT];
  size_t size;
  snprintf(file, sizeof file, "%s%s", name, ending);
  run_path(path, folder, file);
  const duro_status status = duro_sha256_file(sum, &size, path);
  if (status) return status;
  json_t *entry = json_pack("{s:s, s:I, s:s}", "file", file, "bytes", (json_int_t)size, "sha256", sum);
  return json_array_append_new(files, entry) ? card_no_memory() : DURO_OK;
}

static duro_status export_files(json_t *files, const card *c) {
  char folder[RUN_PATH], name[DURO_EXPORT_NAME];
  duro_export_options to = duro_export_default(c->run.policy);
  to.env = c->run.env;
  run_path(folder, c->scratch, "export");
  duro_status status = duro_folder_create(folder);
  if (!status) status = duro_export_c(folder, c->run.policy, &to);
  if (!status) status = duro_export_name(name, c->run.policy, NULL);
  if (!status) status = add_exported(files, folder, name, ".c");
  return status ? status : add_exported(files, folder, name, ".h");
}

duro_status card_find_export(json_t **says, card *c, const json_t *line) {
  json_t *files = json_array();
  (void)line;
  const duro_status status = files ? export_files(files, c) : card_no_memory();
  if (status) {
    json_decref(files);
    return status;
  }
  *says = json_pack("{s:s, s:o}", "form", "c", "files", files);
  return whole(*says);
}
