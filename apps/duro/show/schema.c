/* The settings as a JSON Schema. */
#include "show/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "io/json.h"

/* Gives `value` away; false when memory ran out. */
static bool put(json_t *object, const char *key, json_t *value) {
  return json_object_set_new(object, key, value) == 0;
}

static json_t *choices_of(const char *choices) {
  json_t *list = json_array();
  for (const char *at = choices; list && *at;) {
    const size_t length = strcspn(at, "|");
    if (json_array_append_new(list, json_stringn(at, length))) {
      json_decref(list);
      return NULL;
    }
    at += length + (at[length] == '|');
  }
  return list;
}

static json_t *setting_schema(const duro_setting *row) {
  static const char *const types[] = {[DURO_INT] = "integer",
                                      [DURO_REAL] = "number",
                                      [DURO_BOOL] = "boolean",
                                      [DURO_TEXT] = "string",
                                      [DURO_FILE] = "string"};
  char help[1200];
  json_t *s = json_object();
  snprintf(help, sizeof help, "%s%s%s%s", row->help, row->unit[0] ? " (" : "", row->unit, row->unit[0] ? ")" : "");
  bool fine = s && put(s, "type", json_string(types[row->kind])) && put(s, "description", json_string(help));
  if (row->kind == DURO_INT)
    fine = fine && put(s, "default", json_integer((json_int_t)row->initial)) &&
           put(s, "minimum", json_integer((json_int_t)row->low)) &&
           put(s, "maximum", json_integer((json_int_t)row->high));
  if (row->kind == DURO_REAL)
    fine = fine && put(s, "default", json_real(row->initial)) && put(s, "minimum", json_real(row->low)) &&
           put(s, "maximum", json_real(row->high));
  if (row->kind == DURO_BOOL) fine = fine && put(s, "default", json_boolean(row->initial > 0));
  if (row->kind == DURO_TEXT || row->kind == DURO_FILE)
    fine = fine && put(s, "default", json_string(row->initial_text));
  if (row->choices) fine = fine && put(s, "enum", choices_of(row->choices));
  if (fine) return s;
  json_decref(s);
  return NULL;
}

/* Groups of one prefix as one object. */
static json_t *group_schema(const duro_settings_group *groups, int count, bool any) {
  json_t *group = json_object(), *settings = json_object();
  bool fine = group && settings;
  for (const duro_settings_group *g = groups; g < groups + count; g++)
    for (int i = 0; fine && i < g->count; i++) fine = put(settings, g->rows[i].name, setting_schema(&g->rows[i]));
  fine = fine && put(group, "type", json_string("object")) && put(group, "additionalProperties", json_boolean(any)) &&
         put(group, "properties", json_incref(settings));
  json_decref(settings);
  if (fine) return group;
  json_decref(group);
  return NULL;
}

static json_t *whole(const run_config *config, bool env) {
  json_t *root = json_object(), *groups = json_object();
  const duro_settings_group *g = config->groups;
  const bool fine = root && groups && put(groups, "run", group_schema(&g[GROUP_RUN], 1, false)) &&
                    put(groups, "train", group_schema(&g[GROUP_TRAIN], 2, false)) &&
                    put(groups, "learn", group_schema(&g[GROUP_LEARN], 1, false)) &&
                    put(groups, "env", env ? group_schema(&g[GROUP_ENV], 1, false) : group_schema(NULL, 0, true)) &&
                    put(root, "$schema", json_string("http://json-schema.org/draft-07/schema#")) &&
                    put(root, "title", json_string("A configuration of duro train")) &&
                    put(root, "type", json_string("object")) && put(root, "additionalProperties", json_false()) &&
                    put(root, "properties", json_incref(groups));
  json_decref(groups);
  if (fine) return root;
  json_decref(root);
  return NULL;
}

duro_status schema_print(const run_config *config, bool env) {
  json_t *root = whole(config, env);
  char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
  json_decref(root);
  if (!text) return duro_fail(DURO_ERROR_MEMORY, "out of memory for the schema of all settings");
  puts(text);
  free(text);
  return DURO_OK;
}
