/* Experiment files: YAML in which every key is known. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "duro/settings.h"
#include "io/number.h"
#include "study/experiment.h"

enum { SHOWN = 80 }; // bytes of a wrong word that a message repeats

typedef enum field_kind {
  FIELD_TEXT,   /* const char * */
  FIELD_NAME,   /* the same, part of a file name */
  FIELD_WORDS,  /* word_list: a list, or a text divided at blanks */
  FIELD_LEVELS, /* experiment_levels */
  FIELD_REAL,   /* double */
  FIELD_INT,    /* int64_t */
  FIELD_SEEDS,  /* experiment_seeds: how many, a list, or first and count */
  FIELD_RUNS,   /* the runs of an experiment_group */
  FIELD_GROUP,  /* experiment_group: the defaults */
  FIELD_GROUPS  /* the groups of an experiment */
} field_kind;

/* A key of a mapping. */
typedef struct field {
  const char *name;
  field_kind kind;
  size_t offset;
  double low, high;
} field;

#define IN(type, member) offsetof(type, member)
static const field experiment_fields[] = {
    {"title", FIELD_TEXT, IN(experiment, title), 0, 0},
    {"text", FIELD_TEXT, IN(experiment, text), 0, 0},
    {"defaults", FIELD_GROUP, IN(experiment, defaults), 0, 0},
    {"groups", FIELD_GROUPS, 0, 0, 0},
};
static const field group_fields[] = {
    {"name", FIELD_NAME, IN(experiment_group, name), 0, 0},
    {"title", FIELD_TEXT, IN(experiment_group, title), 0, 0},
    {"text", FIELD_TEXT, IN(experiment_group, text), 0, 0},
    {"environment", FIELD_TEXT, IN(experiment_group, environment), 0, 0},
    {"set", FIELD_WORDS, IN(experiment_group, set), 0, 0},
    {"seeds", FIELD_SEEDS, IN(experiment_group, seeds), 0, 0},
    {"solution", FIELD_WORDS, IN(experiment_group, solution), 0, 0},
    {"reference", FIELD_TEXT, IN(experiment_group, reference), 0, 0},
    {"starts", FIELD_TEXT, IN(experiment_group, starts), 0, 0},
    {"margin", FIELD_REAL, IN(experiment_group, margin), 0, 1e9},
    {"episodes", FIELD_INT, IN(experiment_group, episodes), 1, 1e7},
    {"attackers", FIELD_WORDS, IN(experiment_group, attackers), 0, 0},
    {"attack", FIELD_WORDS, IN(experiment_group, attack), 0, 0},
    {"sweep", FIELD_WORDS, IN(experiment_group, sweep), 0, 0},
    {"amplitudes", FIELD_LEVELS, IN(experiment_group, amplitudes), 0, 100},
    {"noises", FIELD_LEVELS, IN(experiment_group, noises), 0, 1e9},
    {"changes", FIELD_WORDS, IN(experiment_group, changes), 0, 0},
    {"sets", FIELD_TEXT, IN(experiment_group, sets), 0, 0},
    {"runs", FIELD_RUNS, 0, 0, 0},
};
static const field run_fields[] = {
    {"name", FIELD_NAME, IN(experiment_run, name), 0, 0},
    {"algorithm", FIELD_TEXT, IN(experiment_run, algorithm), 0, 0},
    {"config", FIELD_TEXT, IN(experiment_run, config), 0, 0},
    {"set", FIELD_WORDS, IN(experiment_run, set), 0, 0},
};
typedef struct seed_range {
  int64_t first, count;
} seed_range;
static const field range_fields[] = {
    {"first", FIELD_INT, IN(seed_range, first), 0, 9007199254740992.0},
    {"count", FIELD_INT, IN(seed_range, count), 1, EXPERIMENT_SEEDS},
};
#define FIELDS(table) table, sizeof table / sizeof *(table)

static yaml_node_t *node_at(experiment *e, int index) {
  return yaml_document_get_node(&e->document, index);
}

static duro_status fail_at(const experiment *e, const yaml_node_t *node, const char *message) {
  return duro_fail(DURO_ERROR_FORMAT, "%s:%zu:%zu: %s", e->path, node->start_mark.line + 1, node->start_mark.column + 1,
                   message);
}

/* "episodes is 'ten'; wanted a whole number from 1 to 1e+07" */
static duro_status fail_value(const experiment *e, const yaml_node_t *node, const char *name, const char *wanted) {
  char message[512];
  if (node->type == YAML_SCALAR_NODE)
    snprintf(message, sizeof message, "%s is '%.*s'; wanted %s", name, SHOWN, (const char *)node->data.scalar.value,
             wanted);
  else
    snprintf(message, sizeof message, "%s is a %s; wanted %s", name,
             node->type == YAML_SEQUENCE_NODE ? "list" : "group of keys", wanted);
  return fail_at(e, node, message);
}

/* The text of a node; NULL where it is none, or nothing, or holds a NUL: an alias of words that were cut holds some. */
static const char *text_of(const yaml_node_t *node) {
  if (node->type != YAML_SCALAR_NODE || !node->data.scalar.length) return NULL;
  const char *word = (const char *)node->data.scalar.value;
  return strlen(word) == node->data.scalar.length ? word : NULL;
}

static bool is_number(double *value, const char *word) {
  return word && duro_number_real(value, word) == DURO_NUMBER_FINE;
}

static duro_status read_mapping(experiment *e, const yaml_node_t *node, const char *what, const field *fields,
                                int count, void *out);

/* ---- values ---- */

static duro_status read_text(const experiment *e, const yaml_node_t *node, const field *f, const char **out) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+=";
  const char *word = text_of(node);
  if (!word) return fail_value(e, node, f->name, "a text");
  const bool good = strlen(word) < EXPERIMENT_NAME && word[0] != '.' && !word[strspn(word, plain)];
  if (f->kind == FIELD_NAME && !good)
    return fail_value(e, node, f->name, "a short name of letters, digits and - _ . + =, since files are called by it");
  *out = word;
  return DURO_OK;
}

static duro_status add_word(const experiment *e, const yaml_node_t *node, const field *f, word_list *out, char *word) {
  if (!word || !*word) return fail_value(e, node, f->name, "words");
  if (out->count == WORDS_MOST) return fail_value(e, node, f->name, "at most 256 words");
  out->word[out->count++] = word;
  return DURO_OK;
}

/* A list of words, or a text whose words are divided by blanks: that text is cut in place. */
static duro_status read_words(experiment *e, yaml_node_t *node, const field *f, word_list *out) {
  out->count = 0;
  if (node->type == YAML_MAPPING_NODE) return fail_value(e, node, f->name, "a list of words");
  duro_status status = DURO_OK;
  if (node->type == YAML_SEQUENCE_NODE) {
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (; !status && item < node->data.sequence.items.top; item++) {
      yaml_node_t *element = node_at(e, *item);
      if (element->type != YAML_SCALAR_NODE) return fail_value(e, element, f->name, "a list of words");
      status = add_word(e, element, f, out, (char *)element->data.scalar.value);
    }
    return status;
  }
  char *rest = NULL, *word = text_of(node) ? strtok_r((char *)node->data.scalar.value, " \n\t", &rest) : NULL;
  if (!word) return fail_value(e, node, f->name, "words");
  for (; !status && word; word = strtok_r(NULL, " \n\t", &rest)) status = add_word(e, node, f, out, word);
  return status;
}

static duro_status read_real(const experiment *e, const yaml_node_t *node, const field *f, double *out) {
  char wanted[80];
  duro_format(wanted, sizeof wanted, "a number from %g to %g", f->low, f->high);
  if (!is_number(out, text_of(node)) || *out < f->low || *out > f->high) return fail_value(e, node, f->name, wanted);
  return DURO_OK;
}

static duro_status read_int(const experiment *e, const yaml_node_t *node, const field *f, int64_t *out) {
  char wanted[80];
  double value;
  duro_format(wanted, sizeof wanted, "a whole number from %.0f to %.0f", f->low, f->high);
  if (!is_number(&value, text_of(node)) || value < f->low || value > f->high || floor(value) < value)
    return fail_value(e, node, f->name, wanted);
  *out = (int64_t)value;
  return DURO_OK;
}

static duro_status read_levels(experiment *e, const yaml_node_t *node, const field *f, experiment_levels *out) {
  *out = (experiment_levels){0};
  if (node->type != YAML_SEQUENCE_NODE) return fail_value(e, node, f->name, "a list of numbers, [0, 0.5, 1]");
  const yaml_node_item_t *item = node->data.sequence.items.start;
  duro_status status = DURO_OK;
  for (; !status && item < node->data.sequence.items.top; item++) {
    if (out->count == EXPERIMENT_LEVELS) return fail_value(e, node, f->name, "at most 32 numbers");
    status = read_real(e, node_at(e, *item), f, &out->value[out->count++]);
  }
  return status;
}

static duro_status count_seeds(const experiment *e, const yaml_node_t *node, experiment_seeds *out, seed_range range) {
  if (range.count < 1) return fail_value(e, node, "seeds", "first and count");
  for (int64_t i = 0; i < range.count; i++) out->value[out->count++] = range.first + i;
  return DURO_OK;
}

static duro_status list_seeds(experiment *e, const yaml_node_t *node, experiment_seeds *out) {
  const field one = {"a seed", FIELD_INT, 0, 0, 9007199254740992.0};
  const yaml_node_item_t *item = node->data.sequence.items.start;
  for (; item < node->data.sequence.items.top; item++) {
    if (out->count == EXPERIMENT_SEEDS) return fail_value(e, node, "seeds", "at most 100 seeds");
    int64_t *seed = &out->value[out->count];
    const duro_status status = read_int(e, node_at(e, *item), &one, seed);
    if (status) return status;
    for (int i = 0; i < out->count; i++)
      if (out->value[i] == *seed) return fail_value(e, node_at(e, *item), "a seed", "each seed once");
    out->count++;
  }
  return out->count ? DURO_OK : fail_value(e, node, "seeds", "at least one seed");
}

/* 5, [11, 12], or {first: 11, count: 5} */
static duro_status read_seeds(experiment *e, const yaml_node_t *node, experiment_seeds *out) {
  *out = (experiment_seeds){0};
  seed_range range = {1, 0};
  duro_status status = DURO_OK;
  if (node->type == YAML_SEQUENCE_NODE) return list_seeds(e, node, out);
  if (node->type == YAML_MAPPING_NODE)
    status = read_mapping(e, node, "seeds", FIELDS(range_fields), &range);
  else
    status = read_int(e, node, &(field){"seeds", FIELD_INT, 0, 1, EXPERIMENT_SEEDS}, &range.count);
  return status ? status : count_seeds(e, node, out, range);
}

/* ---- lists of mappings ---- */

/* The length of a list, -1 where the node is none or an empty one. */
static int list_length(const yaml_node_t *node) {
  if (node->type != YAML_SEQUENCE_NODE) return -1;
  const int length = (int)(node->data.sequence.items.top - node->data.sequence.items.start);
  return length ? length : -1;
}

static duro_status fail_missing(const experiment *e, const yaml_node_t *node, const char *what, const char *key) {
  char message[160];
  snprintf(message, sizeof message, "%s has no \"%s\"", what, key);
  return fail_at(e, node, message);
}

static duro_status read_run(experiment *e, const yaml_node_t *node, experiment_group *g, int i) {
  experiment_run *r = &g->runs[i];
  const duro_status status = read_mapping(e, node, "a run", FIELDS(run_fields), r);
  if (status) return status;
  if (!r->algorithm) return fail_missing(e, node, "the run", "algorithm");
  if (!r->name) r->name = r->algorithm;
  for (int j = 0; j < i; j++)
    if (strcmp(g->runs[j].name, r->name) == 0)
      return fail_value(e, node, "a second run of this name", "names that differ");
  return DURO_OK;
}

static duro_status read_runs(experiment *e, const yaml_node_t *node, experiment_group *g) {
  const int count = list_length(node);
  if (count < 0) return fail_value(e, node, "runs", "a list of runs");
  duro_release(g->runs);
  g->runs = duro_allocate((size_t)count * sizeof *g->runs);
  g->n_runs = g->runs ? count : 0;
  if (!g->runs) return DURO_ERROR_MEMORY;
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < count; i++) status = read_run(e, node_at(e, node->data.sequence.items.start[i]), g, i);
  return status;
}

static int find_run(const experiment_group *g, const char *name) {
  for (int i = 0; i < g->n_runs; i++)
    if (strcmp(g->runs[i].name, name) == 0) return i;
  return -1;
}

/* What one key cannot say by itself. */
static duro_status check_group(const experiment *e, const yaml_node_t *node, const experiment_group *g) {
  char message[256] = "";
  if (!g->environment) return fail_missing(e, node, "the group", "environment");
  if (!g->n_runs) return fail_missing(e, node, "the group", "runs");
  const bool inside = g->starts && strcmp(g->starts, "eval") != 0;
  if (inside && strcmp(g->starts, "inside") != 0 && strcmp(g->starts, "outside") != 0)
    snprintf(message, sizeof message, "starts is '%.80s'; wanted one of eval, inside, outside", g->starts);
  else if (inside && !g->solution.count)
    snprintf(message, sizeof message, "starts: %s needs a set: give \"solution\", options of duro solve", g->starts);
  else if (g->sets && strcmp(g->sets, "exact") != 0 && strcmp(g->sets, "solution") != 0)
    snprintf(message, sizeof message, "sets is '%.80s'; wanted one of exact, solution", g->sets);
  else if (g->sets && strcmp(g->sets, "solution") == 0 && !g->solution.count)
    snprintf(message, sizeof message, "sets: solution needs one: give \"solution\", options of duro solve");
  else if (g->reference && find_run(g, g->reference) < 0)
    snprintf(message, sizeof message, "reference '%.80s' is none of the group's runs", g->reference);
  else if ((g->amplitudes.count || g->noises.count || g->changes.count) && !g->sweep.count)
    snprintf(message, sizeof message, "a sweep needs attackers: give \"sweep\", as [random, safety]");
  return message[0] ? fail_at(e, node, message) : DURO_OK;
}

static duro_status read_group(experiment *e, const yaml_node_t *node, int i) {
  experiment_group *g = &e->groups[i];
  *g = e->defaults;
  g->runs = NULL;
  g->n_runs = 0;
  const duro_status status = read_mapping(e, node, "a group", FIELDS(group_fields), g);
  if (status) return status;
  if (!g->name) g->name = g->environment;
  for (int j = 0; j < i; j++)
    if (g->name && strcmp(e->groups[j].name, g->name) == 0)
      return fail_value(e, node, "a second group of this name", "names that differ");
  return check_group(e, node, g);
}

static duro_status read_groups(experiment *e, const yaml_node_t *node) {
  const int count = list_length(node);
  if (count < 0) return fail_value(e, node, "groups", "a list of groups");
  e->groups = duro_allocate((size_t)count * sizeof *e->groups);
  e->n_groups = e->groups ? count : 0;
  if (!e->groups) return DURO_ERROR_MEMORY;
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < count; i++) status = read_group(e, node_at(e, node->data.sequence.items.start[i]), i);
  return status;
}

/* What every group begins with. */
static duro_status read_defaults(experiment *e, const yaml_node_t *node) {
  if (e->n_groups) return fail_at(e, node, "defaults stand below the groups; wanted them above");
  const duro_status status = read_mapping(e, node, "defaults", FIELDS(group_fields), &e->defaults);
  if (status || !e->defaults.n_runs) return status;
  return fail_at(e, node, "defaults hold runs; wanted them in the groups");
}

/* ---- mappings ---- */

static duro_status read_value(experiment *e, yaml_node_t *node, const field *f, void *out) {
  void *member = (char *)out + f->offset;
  switch (f->kind) {
  case FIELD_TEXT:
  case FIELD_NAME:
    return read_text(e, node, f, member);
  case FIELD_WORDS:
    return read_words(e, node, f, member);
  case FIELD_LEVELS:
    return read_levels(e, node, f, member);
  case FIELD_REAL:
    return read_real(e, node, f, member);
  case FIELD_INT:
    return read_int(e, node, f, member);
  case FIELD_SEEDS:
    return read_seeds(e, node, member);
  case FIELD_RUNS:
    return read_runs(e, node, out);
  case FIELD_GROUP:
    return read_defaults(e, node);
  case FIELD_GROUPS:
    return read_groups(e, node);
  }
  return DURO_OK;
}

static duro_status fail_key(const experiment *e, const yaml_node_t *key, const char *what, const field *fields,
                            int count) {
  const char *names[32];
  char message[256];
  for (int i = 0; i < count; i++) names[i] = fields[i].name;
  const char *word = text_of(key), *near = word ? duro_nearest(word, names, count) : NULL;
  if (!word) return fail_value(e, key, "a key", "a name");
  snprintf(message, sizeof message, "unknown key \"%.*s\" of %s%s%s%s", SHOWN, word, what,
           near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  return fail_at(e, key, message);
}

static int find_field(const yaml_node_t *key, const field *fields, int count) {
  const char *word = text_of(key);
  for (int i = 0; word && i < count; i++)
    if (strcmp(word, fields[i].name) == 0) return i;
  return -1;
}

static duro_status read_mapping(experiment *e, const yaml_node_t *node, const char *what, const field *fields,
                                int count, void *out) {
  uint64_t seen = 0;
  if (node->type != YAML_MAPPING_NODE) return fail_value(e, node, what, "keys with values below it");
  const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
  for (; pair < node->data.mapping.pairs.top; pair++) {
    const yaml_node_t *key = node_at(e, pair->key);
    const int i = find_field(key, fields, count);
    if (i < 0) return fail_key(e, key, what, fields, count);
    if (seen >> i & 1) return fail_value(e, key, "a key", "each key once");
    seen |= UINT64_C(1) << i;
    const duro_status status = read_value(e, node_at(e, pair->value), &fields[i], out);
    if (status) return status;
  }
  return DURO_OK;
}

/* ---- the file ---- */

static duro_status load(experiment *e, const char *bytes, size_t size) {
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) return duro_fail(DURO_ERROR_MEMORY, "%s: out of memory", e->path);
  yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
  duro_status status = DURO_OK;
  e->has_document = yaml_parser_load(&parser, &e->document);
  if (!e->has_document && (parser.error == YAML_MEMORY_ERROR || parser.error == YAML_NO_ERROR))
    status = duro_fail(DURO_ERROR_MEMORY, "cannot read %s: out of memory", e->path);
  else if (!e->has_document)
    status = duro_fail(DURO_ERROR_FORMAT, "%s:%zu:%zu: %s", e->path, parser.problem_mark.line + 1,
                       parser.problem_mark.column + 1, parser.problem ? parser.problem : "not YAML");
  yaml_parser_delete(&parser);
  return status;
}

static duro_status understand(experiment *e) {
  const yaml_node_t *root = yaml_document_get_root_node(&e->document);
  if (!root) return duro_fail(DURO_ERROR_FORMAT, "%s is empty; wanted an experiment", e->path);
  e->defaults = (experiment_group){.margin = -1, .episodes = 1000, .seeds = {{1}, 1}};
  const duro_status status = read_mapping(e, root, "an experiment", FIELDS(experiment_fields), e);
  if (status) return status;
  if (!e->title) return fail_missing(e, root, "the experiment", "title");
  return e->n_groups ? DURO_OK : fail_missing(e, root, "the experiment", "groups");
}

duro_status experiment_read(experiment *e, const char *path) {
  char *bytes;
  size_t size;
  *e = (experiment){.path = path};
  duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  status = load(e, bytes, size);
  duro_file_release(bytes);
  if (!status) status = understand(e);
  if (status) experiment_release(e);
  return status;
}

void experiment_release(experiment *e) {
  for (int i = 0; i < e->n_groups; i++) duro_release(e->groups[i].runs);
  duro_release(e->groups);
  duro_release(e->defaults.runs);
  if (e->has_document) yaml_document_delete(&e->document);
  *e = (experiment){0};
}
