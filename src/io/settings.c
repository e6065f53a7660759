/* Settings by name: defaults, --set, YAML. */
#include "duro/settings.h"

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/nearest.h"
#include "io/number.h"
#include "io/utf8.h"
#include "io/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define NAME_SIZE 128
#define SHOWN 80 /* bytes of a wrong name that a message repeats */

static bool has_text(const duro_setting *row) {
  return row->kind == DURO_TEXT || row->kind == DURO_FILE;
}

/* ---- rows by name ---- */

void duro_settings_default(const duro_settings_group *group) {
  for (int i = 0; i < group->count; i++) {
    const duro_setting *row = &group->rows[i];
    duro_value value = {0};
    if (row->kind == DURO_INT) value.integer = (int64_t)row->initial;
    if (row->kind == DURO_REAL) value.real = row->initial;
    if (row->kind == DURO_BOOL) value.boolean = row->initial != 0;
    if (has_text(row)) (void)snprintf(value.text, sizeof value.text, "%s", row->initial_text);
    duro_value_store(group->values, row, &value);
  }
}

duro_status duro_settings_check(const duro_settings_group *group) {
  for (int i = 0; i < group->count; i++) {
    const duro_status status = duro_value_check(group->prefix, &group->rows[i], group->values);
    if (status) return status;
  }
  return DURO_OK;
}

/* All groups of a call. */
typedef struct table {
  const duro_settings_group *groups;
  int count;
} table;

/* first group with this prefix at or after `from`, -1 if none */
static int find_group(const table *t, const char *prefix, int from) {
  for (int g = from; g < t->count; g++)
    if (!strcmp(t->groups[g].prefix, prefix)) return g;
  return -1;
}

/* index of the row; *group says in which group, since several may share a prefix */
static int find_row(int *group, const table *t, const char *prefix, const char *field) {
  for (int g = find_group(t, prefix, 0); g >= 0; g = find_group(t, prefix, g + 1))
    for (int i = 0; i < t->groups[g].count; i++)
      if (!strcmp(t->groups[g].rows[i].name, field)) {
        *group = g;
        return i;
      }
  return -1;
}

/* the valid "prefix.field" nearest to `name`, "" when none is near; a bare field name is near too */
static void nearest_setting(char nearest[NAME_SIZE], const table *t, const char *name) {
  int best = duro_edit_limit(name) + 1;
  bool bare = !strchr(name, '.');
  nearest[0] = 0;
  for (int g = 0; g < t->count; g++)
    for (int i = 0; i < t->groups[g].count; i++) {
      char full[NAME_SIZE];
      (void)snprintf(full, sizeof full, "%s.%s", t->groups[g].prefix, t->groups[g].rows[i].name);
      int distance = duro_edit_distance(name, bare ? t->groups[g].rows[i].name : full);
      if (distance >= best) continue;
      best = distance;
      memcpy(nearest, full, sizeof full);
    }
}

static duro_status fail_unknown(const table *t, const char *name) {
  char nearest[NAME_SIZE];
  nearest_setting(nearest, t, name);
  return duro_fail(DURO_ERROR_ARGUMENT, "unknown setting \"%.*s\"%s%s%s", SHOWN, name,
                   *nearest ? "; did you mean \"" : "", nearest, *nearest ? "\"?" : "");
}

duro_status duro_settings_set(const duro_settings_group *groups, int n_groups, const char *name, const char *text) {
  const table t = {groups, n_groups};
  char prefix[NAME_SIZE];
  const char *dot = strchr(name, '.');
  if (!dot || dot - name >= NAME_SIZE) return fail_unknown(&t, name);
  (void)snprintf(prefix, sizeof prefix, "%.*s", (int)(dot - name), name);

  int g = 0, i = find_row(&g, &t, prefix, dot + 1);
  if (i < 0) return fail_unknown(&t, name);
  duro_value value;
  duro_status status = duro_value_read(&value, prefix, &groups[g].rows[i], text);
  if (!status) duro_value_store(groups[g].values, &groups[g].rows[i], &value);
  return status;
}

duro_status duro_settings_assign(const duro_settings_group *groups, int n_groups, const char *assignment) {
  char name[NAME_SIZE];
  const char *equal = strchr(assignment, '=');
  if (!equal || equal == assignment)
    return duro_fail(DURO_ERROR_ARGUMENT, "\"%.*s\" sets nothing; wanted name=value", SHOWN, assignment);
  size_t length = (size_t)(equal - assignment);
  if (length >= sizeof name) return duro_fail(DURO_ERROR_ARGUMENT, "unknown setting \"%.*s\"", SHOWN, assignment);
  memcpy(name, assignment, length);
  name[length] = 0;
  return duro_settings_set(groups, n_groups, name, equal + 1);
}

/* ---- reading YAML ---- */

/* What a file sets, kept aside until all of it is found good. */
typedef struct pending {
  size_t line; /* where it is set, from 1; 0 when it is not */
  duro_value value;
} pending;

typedef struct reader {
  table t;
  const char *path;
  const char *yaml;
  yaml_parser_t parser;
  yaml_event_t event;
  bool holds_event;
  pending *values;     /* (all rows), group after group */
  size_t *group_lines; /* (groups) line of the prefix, 0 when it has not come */
  bool whole;          /* only a file that was not cut off will do */
} reader;

static pending *pending_at(const reader *r, int group, int row) {
  int first = 0;
  for (int g = 0; g < group; g++) first += r->t.groups[g].count;
  return &r->values[first + row];
}

static duro_status fail_at(const reader *r, const yaml_mark_t *mark, const char *message) {
  return duro_fail(DURO_ERROR_FORMAT, "%s:%zu:%zu: %s", r->path, mark->line + 1, mark->column + 1, message);
}

/* place of the byte at `offset`: bytes that are no text have no mark */
static yaml_mark_t mark_of_byte(const reader *r, size_t offset) {
  yaml_mark_t mark = {.index = offset};
  for (size_t i = 0; i < offset; i++) {
    bool newline = r->yaml[i] == '\n';
    mark.line += newline;
    mark.column = newline ? 0 : mark.column + 1;
  }
  return mark;
}

static duro_status fail_syntax(const reader *r) {
  const yaml_parser_t *p = &r->parser;
  const char *problem = p->problem ? p->problem : "not YAML";
  if (p->error == YAML_MEMORY_ERROR || p->error == YAML_NO_ERROR)
    return duro_fail(DURO_ERROR_MEMORY, "%s: out of memory", r->path);
  if (p->error != YAML_READER_ERROR) return fail_at(r, &p->problem_mark, problem);
  yaml_mark_t mark = mark_of_byte(r, p->problem_offset);
  return fail_at(r, &mark, problem);
}

/* the next event; none of those that the format has no use for */
static duro_status next_event(reader *r) {
  if (r->holds_event) yaml_event_delete(&r->event);
  r->holds_event = yaml_parser_parse(&r->parser, &r->event);
  if (!r->holds_event) return fail_syntax(r);

  const yaml_event_t *e = &r->event;
  const yaml_char_t *anchor = NULL, *tag = NULL;
  if (e->type == YAML_SCALAR_EVENT) anchor = e->data.scalar.anchor, tag = e->data.scalar.tag;
  if (e->type == YAML_MAPPING_START_EVENT) anchor = e->data.mapping_start.anchor, tag = e->data.mapping_start.tag;
  if (e->type == YAML_SEQUENCE_START_EVENT) anchor = e->data.sequence_start.anchor, tag = e->data.sequence_start.tag;
  if (anchor || e->type == YAML_ALIAS_EVENT)
    return fail_at(r, &e->start_mark, "anchors and aliases are not allowed; write the value out");
  return tag ? fail_at(r, &e->start_mark, "tags are not allowed; write the plain value") : DURO_OK;
}

static const char *scalar_text(const reader *r) {
  return (const char *)r->event.data.scalar.value;
}

/* a scalar without quotes and characters: YAML's null */
static bool is_nothing(const reader *r) {
  const yaml_event_t *e = &r->event;
  return e->type == YAML_SCALAR_EVENT && e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !e->data.scalar.length;
}

/* a key of the present mapping into `name`; *end when the mapping is over */
static duro_status next_key(reader *r, char name[NAME_SIZE], yaml_mark_t *mark, bool *end) {
  duro_status status = next_event(r);
  if (status) return status;
  *mark = r->event.start_mark;
  *end = r->event.type == YAML_MAPPING_END_EVENT;
  if (*end) return DURO_OK;
  bool is_name = r->event.type == YAML_SCALAR_EVENT && r->event.data.scalar.length == strlen(scalar_text(r));
  if (!is_name) return fail_at(r, mark, "wanted the name of a setting");
  (void)snprintf(name, NAME_SIZE, "%s", scalar_text(r));
  return DURO_OK;
}

/* the present event as the value of a row */
static duro_status read_value(reader *r, const char *prefix, const duro_setting *row, pending *p) {
  const yaml_event_t *e = &r->event;
  char message[NAME_SIZE * 3];
  const char *wrong = NULL;
  if (e->type == YAML_SEQUENCE_START_EVENT) wrong = "is a list";
  if (e->type == YAML_MAPPING_START_EVENT) wrong = "has settings below it";
  if (is_nothing(r)) wrong = has_text(row) ? "is left out, for no text write \"\"" : "is left out";
  if (!wrong && e->data.scalar.length != strlen(scalar_text(r))) wrong = "holds a NUL character";
  if (!wrong && !has_text(row) && e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) wrong = "is a quoted text";
  if (wrong) {
    static const char *const kind[] = {"an integer", "a number", "true or false", "a text", "the path of a file"};
    (void)snprintf(message, sizeof message, "%s.%s %s; wanted %s", prefix, row->name, wrong, kind[row->kind]);
    return fail_at(r, &e->start_mark, message);
  }
  if (duro_value_read(&p->value, prefix, row, scalar_text(r))) return fail_at(r, &e->start_mark, duro_error());
  return DURO_OK;
}

/* one "field: value" below a prefix */
static duro_status read_field(reader *r, const char *prefix, const char *field, const yaml_mark_t *mark) {
  int g = 0, i = find_row(&g, &r->t, prefix, field);
  if (i < 0) {
    char full[2 * NAME_SIZE];
    (void)snprintf(full, sizeof full, "%s.%s", prefix, field);
    fail_unknown(&r->t, full);
    return fail_at(r, mark, duro_error());
  }
  pending *p = pending_at(r, g, i);
  if (p->line) {
    duro_fail(DURO_ERROR_FORMAT, "%s.%s is set twice, first in line %zu", prefix, field, p->line);
    return fail_at(r, mark, duro_error());
  }
  duro_status status = next_event(r);
  if (!status) status = read_value(r, prefix, &r->t.groups[g].rows[i], p);
  p->line = mark->line + 1;
  return status;
}

/* a prefix that is none, with the nearest that is */
static duro_status fail_group(const reader *r, const char *name, const yaml_mark_t *mark) {
  const char *nearest = NULL;
  int best = duro_edit_limit(name) + 1;
  for (int g = 0; g < r->t.count; g++) {
    int distance = duro_edit_distance(name, r->t.groups[g].prefix);
    if (distance < best) best = distance, nearest = r->t.groups[g].prefix;
  }
  char setting[NAME_SIZE] = "";
  if (!nearest) nearest_setting(setting, &r->t, name);
  if (nearest)
    duro_fail(DURO_ERROR_FORMAT, "unknown group \"%.*s\"; did you mean \"%s\"?", SHOWN, name, nearest);
  else if (*setting)
    duro_fail(DURO_ERROR_FORMAT, "\"%.*s\" is no group of settings; write %s as two levels, \"%.*s:\" above \"%s:\"",
              SHOWN, name, setting, (int)strcspn(setting, "."), setting, strchr(setting, '.') + 1);
  else
    duro_fail(DURO_ERROR_FORMAT, "unknown group \"%.*s\"", SHOWN, name);
  return fail_at(r, mark, duro_error());
}

/* one "prefix:" with what is below it */
static duro_status read_group(reader *r, const char *prefix, const yaml_mark_t *mark) {
  int g = find_group(&r->t, prefix, 0);
  if (g < 0) return fail_group(r, prefix, mark);
  if (r->group_lines[g]) {
    duro_fail(DURO_ERROR_FORMAT, "\"%s\" comes twice, first in line %zu", prefix, r->group_lines[g]);
    return fail_at(r, mark, duro_error());
  }
  r->group_lines[g] = mark->line + 1;

  duro_status status = next_event(r);
  if (status || is_nothing(r)) return status;
  if (r->event.type != YAML_MAPPING_START_EVENT) {
    duro_fail(DURO_ERROR_FORMAT, "\"%s\" is a group; wanted its settings below it as \"field: value\"", prefix);
    return fail_at(r, &r->event.start_mark, duro_error());
  }
  for (;;) {
    char field[NAME_SIZE];
    yaml_mark_t place;
    bool end;
    status = next_key(r, field, &place, &end);
    if (status || end) return status;
    status = read_field(r, prefix, field, &place);
    if (status) return status;
  }
}

/* all groups; the present event is the root of the document */
static duro_status read_root(reader *r) {
  if (is_nothing(r)) return DURO_OK;
  if (r->event.type != YAML_MAPPING_START_EVENT)
    return fail_at(r, &r->event.start_mark, "wanted settings in two levels, \"group:\" above \"field: value\"");
  for (;;) {
    char prefix[NAME_SIZE];
    yaml_mark_t place;
    bool end;
    duro_status status = next_key(r, prefix, &place, &end);
    if (status || end) return status;
    status = read_group(r, prefix, &place);
    if (status) return status;
  }
}

/* stream start, at most one document, stream end */
static duro_status read_stream(reader *r) {
  duro_status status = next_event(r);
  if (!status) status = next_event(r);
  if (status || r->event.type == YAML_STREAM_END_EVENT) return status;
  status = next_event(r);
  if (!status) status = read_root(r);
  if (!status) status = next_event(r); // end of the document
  if (!status) status = next_event(r);
  if (!status && r->event.type != YAML_STREAM_END_EVENT)
    return fail_at(r, &r->event.start_mark, "a second document; wanted one");
  return status;
}

/* the file was good: everything it set takes effect */
static void apply(const reader *r) {
  for (int g = 0; g < r->t.count; g++)
    for (int i = 0; i < r->t.groups[g].count; i++) {
      const pending *p = pending_at(r, g, i);
      if (p->line) duro_value_store(r->t.groups[g].values, &r->t.groups[g].rows[i], &p->value);
    }
}

/* the last line of what is written here: what ends otherwise was cut off */
static const char end_mark[] = "# end\n";

static bool has_end_mark(const char *text, size_t length) {
  const size_t mark = sizeof end_mark - 1;
  return length >= mark && memcmp(text + length - mark, end_mark, mark) == 0;
}

/* Files of earlier versions have no mark: there the last line is the last row of the last group, which begins no
 * other line, so that one that is cut off lacks it. */
static duro_status check_whole(const reader *r, size_t length) {
  if (!r->whole || has_end_mark(r->yaml, length)) return DURO_OK;
  int g = -1;
  for (int first = 0; first < r->t.count; first++) { // in the order of put_all
    const char *prefix = r->t.groups[first].prefix;
    for (int k = first; find_group(&r->t, prefix, 0) == first && k >= 0; k = find_group(&r->t, prefix, k + 1))
      if (r->t.groups[k].count) g = k;
  }
  const int row = g < 0 ? -1 : r->t.groups[g].count - 1;
  if (row < 0 || (pending_at(r, g, row)->line && length && r->yaml[length - 1] == '\n')) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT, "%s was cut off: its last setting, %s.%s, is missing or not whole", r->path,
                   r->t.groups[g].prefix, r->t.groups[g].rows[row].name);
}

static duro_status parse_into(reader *r, size_t length) {
  if (!yaml_parser_initialize(&r->parser)) return duro_fail(DURO_ERROR_MEMORY, "%s: out of memory", r->path);
  yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->yaml, length);
  duro_status status = read_stream(r);
  if (!status) status = check_whole(r, length);
  if (!status) apply(r);
  if (r->holds_event) yaml_event_delete(&r->event);
  yaml_parser_delete(&r->parser);
  return status;
}

static duro_status parse(const duro_settings_group *groups, int n_groups, const char *yaml, size_t length,
                         const char *path, bool whole) {
  size_t rows = 0;
  for (int g = 0; g < n_groups; g++) rows += (size_t)groups[g].count;
  reader r = {.t = {groups, n_groups}, .path = path, .yaml = yaml, .whole = whole};
  r.values = duro_allocate(rows * sizeof *r.values);
  r.group_lines = duro_allocate((size_t)n_groups * sizeof *r.group_lines);
  duro_status status = r.values && r.group_lines ? parse_into(&r, length) : DURO_ERROR_MEMORY;
  duro_release(r.values);
  duro_release(r.group_lines);
  return status;
}

duro_status duro_settings_parse(const duro_settings_group *groups, int n_groups, const char *yaml, size_t length,
                                const char *path) {
  return parse(groups, n_groups, yaml, length, path, false);
}

static duro_status load(const duro_settings_group *groups, int n_groups, const char *path, bool whole) {
  char *yaml;
  size_t length;
  duro_status status = duro_file_read(&yaml, &length, path);
  if (status) return status;
  status = parse(groups, n_groups, yaml, length, path, whole);
  duro_file_release(yaml);
  return status;
}

duro_status duro_settings_load(const duro_settings_group *groups, int n_groups, const char *path) {
  return load(groups, n_groups, path, false);
}

duro_status duro_settings_load_whole(const duro_settings_group *groups, int n_groups, const char *path) {
  return load(groups, n_groups, path, true);
}

/* ---- writing ---- */

void duro_settings_text(char *out, size_t size, const duro_setting *row, const void *values) {
  const char *field = (const char *)values + row->offset;
  duro_value value = {0};
  char number[DURO_NUMBER_SIZE];
  switch (row->kind) {
  case DURO_INT:
    memcpy(&value.integer, field, sizeof value.integer);
    (void)snprintf(out, size, "%" PRId64, value.integer);
    return;
  case DURO_REAL:
    memcpy(&value.real, field, sizeof value.real);
    duro_number_text(number, value.real);
    (void)snprintf(out, size, "%s", number);
    return;
  case DURO_BOOL:
    memcpy(&value.boolean, field, sizeof value.boolean);
    (void)snprintf(out, size, "%s", value.boolean ? "true" : "false");
    return;
  case DURO_TEXT:
  case DURO_FILE:
    (void)snprintf(out, size, "%.*s", DURO_TEXT_SIZE - 1, field);
    return;
  }
}

/* Text that grows while it has a buffer, and only counts while it has none. */
typedef struct output {
  char *text;
  size_t used, size;
} output;

static void put(output *o, const char *bytes, size_t size) {
  if (o->text && size <= o->size - o->used) memcpy(o->text + o->used, bytes, size);
  o->used += size;
}

static void put_text(output *o, const char *text) {
  put(o, text, strlen(text));
}

/* characters that YAML folds, forbids in the open, or that no eye sees */
static bool needs_escape(int32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

/* a text in double quotes, as YAML reads it back whatever it holds */
static void put_quoted(output *o, const char *text) {
  put(o, "\"", 1);
  int used;
  for (size_t left = strlen(text); left; left -= (size_t)used, text += used) {
    int32_t c = duro_utf8_next(&used, text, left);
    char escape[16];
    if (c == '"' || c == '\\') put(o, "\\", 1);
    if (c >= 0 && !needs_escape(c)) {
      put(o, text, (size_t)used);
      continue;
    }
    (void)snprintf(escape, sizeof escape, "\\u%04x", c < 0 ? 0xfffdU : (unsigned)c);
    put_text(o, escape);
  }
  put(o, "\"", 1);
}

static void put_row(output *o, const duro_setting *row, const void *values) {
  char text[DURO_TEXT_SIZE];
  duro_settings_text(text, sizeof text, row, values);
  put_text(o, "  ");
  put_text(o, row->name);
  put_text(o, ": ");
  if (has_text(row))
    put_quoted(o, text);
  else
    put_text(o, text);
  if (row->unit && *row->unit) {
    put_text(o, " # ");
    put_text(o, row->unit);
  }
  put(o, "\n", 1);
}

/* every prefix once, below it the rows of all groups that share it */
static void put_all(output *o, const table *t) {
  for (int first = 0; first < t->count; first++) {
    const char *prefix = t->groups[first].prefix;
    if (find_group(t, prefix, 0) != first) continue;
    put_text(o, prefix);
    put_text(o, ":\n");
    for (int g = first; g >= 0; g = find_group(t, prefix, g + 1))
      for (int i = 0; i < t->groups[g].count; i++) put_row(o, &t->groups[g].rows[i], t->groups[g].values);
  }
  put(o, end_mark, sizeof end_mark - 1);
}

duro_status duro_settings_save(const duro_settings_group *groups, int n_groups, const char *path) {
  const table t = {groups, n_groups};
  output o = {0};
  put_all(&o, &t);
  o = (output){.text = duro_allocate(o.used), .size = o.used};
  if (!o.text) return DURO_ERROR_MEMORY;
  put_all(&o, &t);
  duro_status status = duro_file_write(path, o.text, o.used);
  duro_release(o.text);
  return status;
}
