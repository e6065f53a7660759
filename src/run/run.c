/* Configurations and run folders. */
#include "run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yaml.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/file.h"
#include "io/path.h"
#include "io/text.h"
#include "run/made.h"

#define DURO_SETTINGS_OF run_names
static const duro_setting run_rows[] = {RUN_SETTINGS(DURO_SETTINGS_ROW)};
#undef DURO_SETTINGS_OF

static duro_status open_environment(run_config *config, const char *environment, const run_how *how) {
  if (snprintf(config->word, sizeof config->word, "%s", environment) >= (int)sizeof config->word)
    return duro_fail(DURO_ERROR_ARGUMENT, "the path %.80s... is too long", environment);
  const duro_status status = duro_env_open(&config->ops, environment, how ? &how->open : NULL);
  if (status) return status;
  if (how && how->opened) how->opened(config->ops);
  config->env = duro_allocate(config->ops->settings_size);
  if (config->env) return DURO_OK;
  duro_env_close(config->ops);
  config->ops = NULL;
  return DURO_ERROR_MEMORY;
}

/* run.environment is a name, or where the file lies: what is written in the end is its place in the run folder */
static void name_environment(run_config *config) {
  snprintf(config->names.environment, sizeof config->names.environment, "%s", config->ops->name);
}

duro_status run_config_create(run_config *config, const char *environment, const run_how *how) {
  *config = (run_config){0};
  const duro_status status = environment ? open_environment(config, environment, how) : DURO_OK;
  if (status) return status;
  config->groups[GROUP_RUN] =
      (duro_settings_group){"run", run_rows, sizeof run_rows / sizeof *run_rows, &config->names};
  config->groups[GROUP_TRAIN] = (duro_settings_group){"train", duro_train_rows, duro_train_rows_count, &config->train};
  config->groups[GROUP_WATCH] = watch_settings_group(&config->watch);
  config->groups[GROUP_LEARN] = (duro_settings_group){"learn", duro_learn_rows, duro_learn_rows_count, &config->learn};
  config->groups[GROUP_ENV] = (duro_settings_group){.prefix = "env", .values = config->env};
  if (environment) {
    config->groups[GROUP_ENV].rows = config->ops->settings;
    config->groups[GROUP_ENV].count = config->ops->n_settings;
  }
  for (int i = 0; i < GROUPS; i++) duro_settings_default(&config->groups[i]);
  if (environment) name_environment(config);
  return DURO_OK;
}

duro_status run_config_preset(run_config *config, const char *preset) {
  static const char *const plain[] = {"train.choose=false", "train.look_search=0", "train.trial=0",
                                      "train.trial_starts=0"};
  duro_status status = duro_train_preset(&config->train, &config->learn, preset);
  if (status) return status;
  snprintf(config->names.preset, sizeof config->names.preset, "%s", preset);
  duro_settings_default(&config->groups[GROUP_WATCH]);
  for (size_t i = 0; !status && strcmp(preset, "paper") == 0 && i < sizeof plain / sizeof *plain; i++)
    status = duro_settings_assign(config->groups, GROUPS, plain[i]);
  return status;
}

duro_status run_config_algorithm(run_config *config, const char *name) {
  if (!name || !name[0]) return duro_fail(DURO_ERROR_ARGUMENT, "no algorithm is given");
  const duro_algorithm_info *info;
  const duro_status status = duro_algorithm_find(&info, name);
  if (!status) snprintf(config->names.algorithm, sizeof config->names.algorithm, "%s", info->name);
  return status;
}

/* The value of `key` in a YAML mapping, NULL where there is none. */
static yaml_node_t *yaml_value(yaml_document_t *document, const yaml_node_t *mapping, const char *key) {
  if (!mapping || mapping->type != YAML_MAPPING_NODE) return NULL;
  const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
  for (; pair < mapping->data.mapping.pairs.top; pair++) {
    const yaml_node_t *name = yaml_document_get_node(document, pair->key);
    if (name && name->type == YAML_SCALAR_NODE && strcmp((const char *)name->data.scalar.value, key) == 0)
      return yaml_document_get_node(document, pair->value);
  }
  return NULL;
}

/* run.<key> of a file, read ahead of everything else because it decides what others mean; empty when the file does not
 * say or is broken (reading it in earnest then reports how). */
static duro_status peek(char *out, size_t size, const char *path, const char *key) {
  char *bytes;
  size_t length;
  yaml_parser_t parser;
  yaml_document_t document;
  out[0] = 0;
  const duro_status status = duro_file_read(&bytes, &length, path);
  if (status) return status;
  bool memory = !yaml_parser_initialize(&parser);
  if (!memory) {
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
    const bool loaded = yaml_parser_load(&parser, &document);
    if (loaded) {
      const yaml_node_t *group = yaml_value(&document, yaml_document_get_root_node(&document), "run");
      const yaml_node_t *value = yaml_value(&document, group, key);
      if (value && value->type == YAML_SCALAR_NODE) snprintf(out, size, "%s", (const char *)value->data.scalar.value);
      yaml_document_delete(&document);
    }
    // libyaml has a place where it fails for lack of memory and does not say so
    memory = !loaded && (parser.error == YAML_MEMORY_ERROR || parser.error == YAML_NO_ERROR);
    yaml_parser_delete(&parser);
  }
  duro_file_release(bytes);
  return memory ? duro_fail(DURO_ERROR_MEMORY, "cannot read %s: out of memory", path) : DURO_OK;
}

/* A file or folder that a configuration names lies in the folder of the configuration. */
static void place_beside(char *word, const char *named, const char *path) {
  char folder[RUN_PATH];
  path_folder(folder, sizeof folder, path);
  if (named[0] != '/' && strcmp(folder, ".") != 0)
    run_path(word, folder, named);
  else
    snprintf(word, RUN_PATH, "%s", named);
}

/* run.adversary as it lies from here */
static duro_status place_adversary(run_config *config, const char *path) {
  char *named = config->names.adversary;
  if (!named[0]) return DURO_OK;
  place_beside(config->adversary, named, path);
  if (snprintf(named, DURO_TEXT_SIZE, "%s", config->adversary) < DURO_TEXT_SIZE) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "the path %.80s... is too long for run.adversary", config->adversary);
}

/* The files among the settings of the environment as they lie from here; what was there before names none. */
static duro_status place_files(const run_config *config, const char *path) {
  const duro_settings_group *group = &config->groups[GROUP_ENV];
  for (int i = 0; i < group->count; i++) {
    char *named = (char *)group->values + group->rows[i].offset, placed[RUN_PATH];
    if (group->rows[i].kind != DURO_FILE || !named[0]) continue;
    place_beside(placed, named, path);
    if (strlen(placed) >= DURO_TEXT_SIZE)
      return duro_fail(DURO_ERROR_ARGUMENT, "the path %.80s... is too long for env.%s", placed, group->rows[i].name);
    memcpy(named, placed, strlen(placed) + 1);
  }
  return DURO_OK;
}

void run_file_setting(char out[RUN_FILE], const duro_env_ops *ops) {
  out[0] = '\0';
  for (int i = 0; i < ops->n_settings; i++)
    if (ops->settings[i].kind == DURO_FILE) snprintf(out, RUN_FILE, "env.%s=", ops->settings[i].name);
}

char *run_file_value(const duro_env_ops *ops, void *values) {
  for (int i = 0; i < ops->n_settings; i++)
    if (ops->settings[i].kind == DURO_FILE) return (char *)values + ops->settings[i].offset;
  return NULL;
}

void run_place_word(char out[RUN_PATH], const char *word, const char *file_setting, const char *path) {
  char placed[RUN_PATH];
  const size_t length = strlen(file_setting);
  if (!length || strncmp(word, file_setting, length) != 0 || !word[length]) {
    snprintf(out, RUN_PATH, "%s", word);
    return;
  }
  place_beside(placed, word + length, path);
  snprintf(out, RUN_PATH, "%s%.*s", file_setting, RUN_PATH - RUN_FILE - 1, placed);
}

/* is it the configuration of a run, which lies beside a run.json? */
static duro_status look_kept(bool *kept, const char *path) {
  char folder[RUN_PATH], beside[RUN_PATH];
  path_folder(folder, sizeof folder, path);
  run_path(beside, folder, "run.json");
  duro_kind kind;
  const duro_status status = duro_file_look(&kind, beside);
  *kept = kind != DURO_KIND_NOTHING;
  return status;
}

/* A run goes with the very files that it was made with; copies of them lie below its folder. */
static duro_status check_hash(const run_config *config, const char *path) {
  const char *wanted = config->names.environment_hash;
  const duro_env_source *source = config->ops->source;
  if (!wanted[0] || !source) return DURO_OK;
  char folder[RUN_PATH], part[RUN_PATH];
  path_folder(folder, sizeof folder, path);
  run_path(part, folder, "environment");
  return duro_env_source_check(source, wanted, part);
}

/* Settings that were found for one environment say nothing about another. A file may be given in place of the one that
 * the configuration names: it may have moved, or changed. */
static duro_status check_environment(const char *environment, const char *named, const char *path) {
  if (!environment || !named[0] || strcmp(environment, named) == 0) return DURO_OK;
  if (duro_env_is_file(environment) && duro_env_is_file(named)) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "%s is for the environment %s, not for %s", path, named, environment);
}

static duro_status load_config(run_config *config, const char *environment, const char *path, const char *wanted,
                               bool whole, const run_how *how) {
  char named[DURO_TEXT_SIZE], preset[DURO_TEXT_SIZE], word[RUN_PATH];
  duro_status status = peek(named, sizeof named, path, "environment");
  if (!status) status = peek(preset, sizeof preset, path, "preset");
  if (!status) status = check_environment(environment, named, path);
  if (status) return status;
  const bool from_file = !environment && named[0];
  if (from_file && duro_env_is_file(named))
    place_beside(word, named, path);
  else
    snprintf(word, sizeof word, "%s", named);
  if (from_file) environment = word;
  status = run_config_create(config, environment, how);
  // a run's file names all settings that there were; those that came later were not in it
  if (whole) snprintf(preset, sizeof preset, "paper");
  if (!status && (wanted || preset[0])) status = run_config_preset(config, wanted ? wanted : preset);
  if (status) return status;
  // without an environment the group env is unknown, and so it is left out
  const int groups = environment ? GROUPS : GROUPS - 1;
  status =
      whole ? duro_settings_load_whole(config->groups, groups, path) : duro_settings_load(config->groups, groups, path);
  if (!status && from_file) status = check_hash(config, path);
  if (!status && environment) name_environment(config);
  if (wanted) snprintf(config->names.preset, sizeof config->names.preset, "%s", wanted);
  if (!status) status = place_adversary(config, path);
  if (!status && environment) status = place_files(config, path);
  config->names.environment_hash[0] = '\0';
  if (status) run_config_release(config);
  return status;
}

duro_status run_config_load(run_config *config, const char *environment, const char *path, const char *preset,
                            const run_how *how) {
  bool kept;
  const duro_status status = look_kept(&kept, path);
  return status ? status : load_config(config, environment, path, preset, kept, how);
}

duro_status run_config_open(run_config *config, const char *folder, const run_how *how) {
  char path[RUN_PATH];
  run_path(path, folder, "config.yaml");
  return load_config(config, NULL, path, NULL, true, how);
}

duro_status run_keep_environment(run_config *config, const duro_env *env, const char *folder) {
  const duro_env_source *source = env->ops->source;
  char part[RUN_PATH];
  run_names *names = &config->names;
  if (!source) { // where the one before had one
    name_environment(config);
    names->environment_hash[0] = '\0';
    return DURO_OK;
  }
  const int length = snprintf(names->environment, sizeof names->environment, "environment/%s", source->place);
  if (length >= (int)sizeof names->environment)
    return duro_fail(DURO_ERROR_ARGUMENT, "the file name %s is too long", source->place);
  snprintf(names->environment_hash, sizeof names->environment_hash, "%s", source->hash);
  run_path(part, folder, "environment");
  return duro_env_source_save(source, part);
}

duro_status run_config_save(const run_config *config, const duro_env *env, const char *path) {
  duro_settings_group groups[GROUPS];
  memcpy(groups, config->groups, sizeof groups);
  groups[GROUP_ENV].values = env->settings;
  return duro_settings_save(groups, GROUPS, path);
}

/* The way from one folder to another, both real paths: "../drac" */
static void relative(text *out, const char *from, const char *to) {
  size_t same = 0, i = 0;
  for (; from[i] && from[i] == to[i]; i++)
    if (from[i] == '/') same = i + 1;
  if ((!from[i] && (to[i] == '/' || !to[i])) || (!to[i] && from[i] == '/')) same = i + (from[i] || to[i]);
  const char *up = from + (same < strlen(from) ? same : strlen(from));
  const char *down = to + (same < strlen(to) ? same : strlen(to));
  if (*up) text_add(out, "..");
  for (; *up; up++)
    if (*up == '/') text_add(out, "/..");
  if (*down) text_add(out, "%s%s", out->length ? "/" : "", down);
  if (!out->length) text_add(out, ".");
}

duro_status run_keep_adversary(run_config *config, const char *folder) {
  char *named = config->names.adversary;
  if (!named[0]) return DURO_OK;
  char *from = realpath(folder, NULL), *to = realpath(named, NULL);
  text way = {0};
  duro_status status = DURO_OK;
  if (!from || !to)
    status = duro_fail_system(errno, "%s", from ? named : folder);
  else
    relative(&way, from, to);
  if (!status) status = text_status(&way);
  if (!status && snprintf(named, DURO_TEXT_SIZE, "%s", way.bytes) >= DURO_TEXT_SIZE)
    status = duro_fail(DURO_ERROR_ARGUMENT, "the path %.80s... is too long for run.adversary", way.bytes);
  text_release(&way);
  free(from);
  free(to);
  return status;
}

static duro_status remove_file(const char *path) {
  return unlink(path) && errno != ENOENT ? duro_fail_system(errno, "cannot remove %s", path) : DURO_OK;
}

/* a copy below `part`, and the folders that it leaves empty */
static duro_status remove_copy(const char *part, const char *place) {
  char path[RUN_PATH];
  if (!place[0] || place[0] == '/' || strstr(place, "..")) return DURO_OK;
  run_path(path, part, place);
  const duro_status status = remove_file(path);
  if (status) return status;
  for (char *slash = strrchr(path, '/'); slash && (size_t)(slash - path) > strlen(part); slash = strrchr(path, '/')) {
    *slash = 0;
    if (rmdir(path)) return DURO_OK;
  }
  return DURO_OK;
}

/* Each line of hashes.txt is the hash and the place of a copy, see duro_env_source_save. */
static duro_status remove_listed(const char *part) {
  char path[RUN_PATH], *bytes, *rest;
  size_t size;
  bool there;
  run_path(path, part, "hashes.txt");
  duro_status status = duro_file_read_if_there(&bytes, &size, &there, path);
  if (status || !there) return status;
  bool ours = size > 0;
  for (char *line = strtok_r(bytes, "\n", &rest); !status && line && ours; line = strtok_r(NULL, "\n", &rest)) {
    ours = strspn(line, "0123456789abcdef") == 16 && line[16] == ' ';
    if (ours) status = remove_copy(part, line + 17);
  }
  duro_file_release(bytes);
  return !status && ours ? remove_file(path) : status;
}

duro_status run_remove_environment(const char *folder) {
  char path[RUN_PATH], part[RUN_PATH], named[DURO_TEXT_SIZE];
  duro_kind kind;
  run_path(path, folder, "config.yaml");
  run_path(part, folder, "environment");
  named[0] = '\0';
  duro_status status = duro_file_look(&kind, path);
  if (!status && kind == DURO_KIND_FILE) status = peek(named, sizeof named, path, "environment");
  if (!status && strncmp(named, "environment/", 12) == 0) status = remove_copy(part, named + 12);
  return status ? status : remove_listed(part);
}

void run_config_release(run_config *config) {
  duro_release(config->env);
  config->env = NULL;
  duro_env_close(config->ops);
  config->ops = NULL;
}

static duro_status check_folder(const char *folder, const char *config_path) {
  enum { LONGEST = RUN_PATH - 512 }; // the paths of its files have to fit
  duro_kind kind;
  if (strlen(folder) > LONGEST) return duro_fail(DURO_ERROR_ARGUMENT, "the path %.80s... is too long", folder);
  duro_status status = duro_file_look(&kind, folder);
  if (status) return status;
  if (kind == DURO_KIND_NOTHING) return duro_fail(DURO_ERROR_FILE, "run folder %s does not exist", folder);
  if (kind != DURO_KIND_FOLDER) return duro_fail(DURO_ERROR_FILE, "%s is not a run folder but a file", folder);
  status = duro_file_look(&kind, config_path);
  if (!status && kind == DURO_KIND_NOTHING)
    status = duro_fail(DURO_ERROR_FILE, "%s is not a run folder: it holds no config.yaml", folder);
  return status;
}

/* where the results of a controller go: runs/<name of its file> */
static void place_controller(char place[RUN_PATH], const char *file) {
  run_results(place, NULL, "runs", file);
}

void run_place(char place[RUN_PATH], const char *folder) {
  if (controller_is(folder))
    place_controller(place, folder);
  else
    snprintf(place, RUN_PATH, "%s", folder);
}

duro_status run_lock(duro_lock **lock, const char *folder) {
  char path[RUN_PATH];
  *lock = NULL;
  if (controller_is(folder)) {
    place_controller(path, folder);
    return made_lock(lock, path);
  }
  run_path(path, folder, "config.yaml");
  const duro_status status = check_folder(folder, path);
  return status ? status : duro_lock_take(lock, folder, DURO_LOCK_WRITE);
}

/* What the networks map must be what the environment has. */
static duro_status check_fit(const run *r) {
  const duro_policy_info *about = duro_policy_about(r->policy);
  const duro_env_spec *spec = &r->env->spec;
  if (about->no == spec->no && about->nu == spec->nu && about->na == spec->na) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT,
                   "%s: its policy has %d observations, %d controls, %d disturbances; %s has %d, %d, %d", r->folder,
                   about->no, about->nu, about->na, r->env->ops->name, spec->no, spec->nu, spec->na);
}

static duro_status change(run *r, const char *assignment) {
  if (strncmp(assignment, "env.", 4) != 0)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s: only the environment can change now, env.name=value", assignment);
  return duro_settings_assign(&r->config.groups[GROUP_ENV], 1, assignment);
}

static duro_status open_controller(run *r, const char *file, const char *const *changes, int n_changes,
                                   const run_how *how) {
  if (!how || !how->environment)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s is a controller; wanted the environment that it plays", file);
  *r = (run){.folder = r->place};
  place_controller(r->place, file);
  path_name(r->name, sizeof r->name, r->place);
  duro_status status = run_config_create(&r->config, how->environment, how);
  if (status) return status;
  for (int i = 0; !status && i < n_changes; i++) status = change(r, changes[i]);
  if (!status) status = duro_env_create(&r->env, r->config.ops, r->config.env);
  if (!status) status = controller_open(&r->controller, file, r->env, &how->open);
  if (!status) status = controller_policy(&r->policy, r->controller, r->env);
  if (status) run_close(r);
  return status;
}

duro_status run_open(run *r, const char *folder, const char *const *changes, int n_changes, const run_how *how) {
  char path[RUN_PATH];
  if (controller_is(folder)) return open_controller(r, folder, changes, n_changes, how);
  *r = (run){.folder = folder};
  path_name(r->name, sizeof r->name, folder);
  run_path(path, folder, "config.yaml");
  duro_status status = check_folder(folder, path);
  if (status) return status;
  status = run_config_open(&r->config, folder, how);
  if (status) return status;
  if (!r->config.ops) status = duro_fail(DURO_ERROR_FORMAT, "%s does not say run.environment", path);
  for (int i = 0; !status && i < n_changes; i++) status = change(r, changes[i]);
  if (!status) status = duro_env_create(&r->env, r->config.ops, r->config.env);
  if (!status) status = duro_policy_load(&r->policy, folder);
  if (!status) status = check_fit(r);
  if (status) run_close(r);
  return status;
}

void run_close(run *r) {
  duro_policy_destroy(r->policy);
  controller_close(r->controller);
  r->controller = NULL;
  duro_env_destroy(r->env);
  run_config_release(&r->config);
  r->policy = NULL;
  r->env = NULL;
}

duro_act run_plain_act(const duro_policy *policy) {
  const bool safety_alone = !duro_policy_can(policy, DURO_ACT_TASK) && duro_policy_can(policy, DURO_ACT_SAFETY);
  return safety_alone ? DURO_ACT_SAFETY : DURO_ACT_TASK;
}

duro_status run_player(duro_player *player, const run *r, duro_act act, float margin) {
  if (!r->controller) return duro_player_policy(player, r->policy, act, margin);
  *player = controller_player(r->controller);
  return DURO_OK;
}
