/* Files of searches for settings: YAML in which every key is known. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "duro/settings.h"
#include "io/number.h"
#include "study/tune.h"

enum { SHOWN = 80 }; // bytes of a wrong word that a message repeats

typedef enum kind { A_TEXT, A_LIST, AN_INT, A_REAL, SEEDS, RUNGS, SETTINGS, A_SCALE } kind;

typedef struct key {
  const char *name;
  kind kind;
  size_t offset;
  double low, high;
} key;

#define IN(type, member) offsetof(type, member)
static const key file_keys[] = {
    {"title", A_TEXT, IN(tune_file, title), 0, 0},
    {"environment", A_TEXT, IN(tune_file, environment), 0, 0},
    {"algorithm", A_TEXT, IN(tune_file, algorithm), 0, 0},
    {"preset", A_TEXT, IN(tune_file, preset), 0, 0},
    {"set", A_LIST, IN(tune_file, set), 0, 0},
    {"settings", SETTINGS, 0, 0, 0},
    {"configurations", AN_INT, IN(tune_file, configurations), 1, TUNE_CONFIGURATIONS},
    {"seed", AN_INT, IN(tune_file, seed), 0, 9007199254740992.0},
    {"steps", AN_INT, IN(tune_file, steps), 1, 1e12},
    {"rungs", RUNGS, 0, 0, 1},
    {"keep", A_REAL, IN(tune_file, keep), 0.01, 1},
    {"seeds", SEEDS, IN(tune_file, seeds), 0, 0},
    {"judge_seeds", SEEDS, IN(tune_file, judges), 0, 0},
    {"attackers", A_LIST, IN(tune_file, attackers), 0, 0},
    {"episodes", AN_INT, IN(tune_file, episodes), 1, 1e7},
};
static const key setting_keys[] = {
    {"low", A_REAL, IN(tune_setting, low), -1e300, 1e300},
    {"high", A_REAL, IN(tune_setting, high), -1e300, 1e300},
    {"scale", A_SCALE, IN(tune_setting, scale), 0, 0},
    {"choices", A_LIST, IN(tune_setting, choices), 0, 0},
};
typedef struct range {
  int64_t first, count;
} range;
static const key range_keys[] = {
    {"first", AN_INT, IN(range, first), 0, 9007199254740992.0},
    {"count", AN_INT, IN(range, count), 1, TUNE_SEEDS},
};
#define KEYS(table) table, sizeof table / sizeof *(table)

static yaml_node_t *node_at(tune_file *f, int index) {
  return yaml_document_get_node(&f->document, index);
}

static duro_status fail_at(const tune_file *f, const yaml_node_t *node, const char *message) {
  return duro_fail(DURO_ERROR_FORMAT, "%s:%zu:%zu: %s", f->path, node->start_mark.line + 1, node->start_mark.column + 1,
                   message);
}

static duro_status fail_value(const tune_file *f, const yaml_node_t *node, const char *name, const char *wanted) {
  char message[512];
  if (node->type == YAML_SCALAR_NODE)
    snprintf(message, sizeof message, "%s is '%.*s'; wanted %s", name, SHOWN, (const char *)node->data.scalar.value,
             wanted);
  else
    snprintf(message, sizeof message, "%s is a %s; wanted %s", name,
             node->type == YAML_SEQUENCE_NODE ? "list" : "group of keys", wanted);
  return fail_at(f, node, message);
}

/* NULL where it is no text, or holds a NUL */
static const char *text_of(const yaml_node_t *node) {
  if (node->type != YAML_SCALAR_NODE || !node->data.scalar.length) return NULL;
  const char *word = (const char *)node->data.scalar.value;
  return strlen(word) == node->data.scalar.length ? word : NULL;
}

static duro_status read_mapping(tune_file *f, const yaml_node_t *node, const char *what, const key *keys, size_t count,
                                void *out);

/* ---- values ---- */

static duro_status read_real(const tune_file *f, const yaml_node_t *node, const key *k, double *out) {
  char wanted[80];
  const char *word = text_of(node);
  duro_format(wanted, sizeof wanted, "a number from %g to %g", k->low, k->high);
  if (word && duro_number_real(out, word) == DURO_NUMBER_FINE && *out >= k->low && *out <= k->high) return DURO_OK;
  return fail_value(f, node, k->name, wanted);
}

static duro_status read_int(const tune_file *f, const yaml_node_t *node, const key *k, int64_t *out) {
  char wanted[80];
  const char *word = text_of(node);
  duro_format(wanted, sizeof wanted, "a whole number from %.0f to %.0f", k->low, k->high);
  if (word && duro_number_int(out, word) == DURO_NUMBER_FINE && (double)*out >= k->low && (double)*out <= k->high)
    return DURO_OK;
  return fail_value(f, node, k->name, wanted);
}

/* a list of words, or one word */
static duro_status read_list(tune_file *f, yaml_node_t *node, const key *k, word_list *out) {
  out->count = 0;
  if (node->type == YAML_SCALAR_NODE && text_of(node)) {
    out->word[out->count++] = text_of(node);
    return DURO_OK;
  }
  if (node->type != YAML_SEQUENCE_NODE) return fail_value(f, node, k->name, "a list of words");
  const yaml_node_item_t *item = node->data.sequence.items.start;
  for (; item < node->data.sequence.items.top; item++) {
    const char *word = text_of(node_at(f, *item));
    if (!word) return fail_value(f, node_at(f, *item), k->name, "a list of words");
    if (out->count == WORDS_MOST) return fail_value(f, node, k->name, "at most 256 words");
    out->word[out->count++] = word;
  }
  return out->count ? DURO_OK : fail_value(f, node, k->name, "at least one word");
}

static duro_status add_seed(const tune_file *f, const yaml_node_t *node, const key *k, tune_seeds *out, int64_t seed) {
  for (int i = 0; i < out->count; i++)
    if (out->value[i] == seed) return fail_value(f, node, k->name, "each seed once");
  if (out->count == TUNE_SEEDS) return fail_value(f, node, k->name, "at most 100 seeds");
  out->value[out->count++] = seed;
  return DURO_OK;
}

/* 2, [11, 12], or {first: 11, count: 2} */
static duro_status read_seeds(tune_file *f, const yaml_node_t *node, const key *k, tune_seeds *out) {
  range all = {1, 0};
  duro_status status = DURO_OK;
  out->count = 0;
  if (node->type == YAML_SEQUENCE_NODE) {
    const key one = {k->name, AN_INT, 0, 0, 9007199254740992.0};
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (; !status && item < node->data.sequence.items.top; item++) {
      int64_t seed;
      status = read_int(f, node_at(f, *item), &one, &seed);
      if (!status) status = add_seed(f, node_at(f, *item), k, out, seed);
    }
    return status || out->count ? status : fail_value(f, node, k->name, "at least one seed");
  }
  if (node->type == YAML_MAPPING_NODE)
    status = read_mapping(f, node, k->name, KEYS(range_keys), &all);
  else
    status = read_int(f, node, &(key){k->name, AN_INT, 0, 1, TUNE_SEEDS}, &all.count);
  if (!status && !all.count) return fail_value(f, node, k->name, "first and count");
  for (int64_t i = 0; !status && i < all.count; i++) status = add_seed(f, node, k, out, all.first + i);
  return status;
}

/* [0.1, 0.3, 1] */
static duro_status read_rungs(tune_file *f, const yaml_node_t *node, const key *k) {
  static const char wanted[] = "shares of the steps, rising up to 1, as [0.1, 0.3, 1], at most 8";
  f->n_rungs = 0;
  if (node->type != YAML_SEQUENCE_NODE) return fail_value(f, node, k->name, wanted);
  const yaml_node_item_t *item = node->data.sequence.items.start;
  for (; item < node->data.sequence.items.top; item++) {
    double share;
    const duro_status status = read_real(f, node_at(f, *item), k, &share);
    if (status) return status;
    if (f->n_rungs == TUNE_RUNGS || share <= (f->n_rungs ? f->rungs[f->n_rungs - 1] : 0))
      return fail_value(f, node_at(f, *item), k->name, wanted);
    f->rungs[f->n_rungs++] = share;
  }
  return f->n_rungs && f->rungs[f->n_rungs - 1] >= 1 ? DURO_OK : fail_value(f, node, k->name, wanted);
}

static duro_status read_scale(const tune_file *f, const yaml_node_t *node, tune_scale *out) {
  const char *word = text_of(node);
  if (!word || (strcmp(word, "uniform") != 0 && strcmp(word, "log") != 0))
    return fail_value(f, node, "scale", "uniform or log");
  *out = strcmp(word, "log") == 0 ? TUNE_LOG : TUNE_UNIFORM;
  return DURO_OK;
}

/* ---- settings ---- */

static duro_status check_setting(const tune_file *f, const yaml_node_t *node, tune_setting *s) {
  const bool ends = !isnan(s->low) || !isnan(s->high);
  if (s->choices.count > TUNE_CHOICES) return fail_value(f, node, s->name, "at most 32 choices");
  if (s->choices.count && ends) return fail_value(f, node, s->name, "choices, or low and high");
  if (s->choices.count) {
    s->scale = TUNE_CHOICE;
    return DURO_OK;
  }
  if (!(s->low < s->high)) return fail_value(f, node, s->name, "choices, or low and high with low < high");
  if (s->scale == TUNE_LOG && s->low <= 0) return fail_value(f, node, s->name, "low > 0 for the scale log");
  return DURO_OK;
}

static duro_status read_settings(tune_file *f, const yaml_node_t *node) {
  f->n_settings = 0;
  if (node->type != YAML_MAPPING_NODE)
    return fail_value(f, node, "settings", "names of settings with ranges below them");
  const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
  for (; pair < node->data.mapping.pairs.top; pair++) {
    const yaml_node_t *name = node_at(f, pair->key);
    if (f->n_settings == TUNE_SETTINGS) return fail_value(f, node, "settings", "at most 32 settings");
    tune_setting *s = &f->settings[f->n_settings];
    *s = (tune_setting){.name = text_of(name), .low = NAN, .high = NAN};
    if (!s->name) return fail_value(f, name, "a setting", "its name, as learn.width");
    for (int i = 0; i < f->n_settings; i++)
      if (strcmp(f->settings[i].name, s->name) == 0) return fail_value(f, name, "a setting", "each one once");
    const yaml_node_t *value = node_at(f, pair->value);
    duro_status status = read_mapping(f, value, s->name, KEYS(setting_keys), s);
    if (!status) status = check_setting(f, value, s);
    if (status) return status;
    f->n_settings++;
  }
  return f->n_settings ? DURO_OK : fail_value(f, node, "settings", "at least one setting");
}

/* ---- mappings ---- */

static duro_status read_value(tune_file *f, yaml_node_t *node, const key *k, void *out) {
  void *member = (char *)out + k->offset;
  switch (k->kind) {
  case A_TEXT:
    *(const char **)member = text_of(node);
    return text_of(node) ? DURO_OK : fail_value(f, node, k->name, "a text");
  case A_LIST:
    return read_list(f, node, k, member);
  case AN_INT:
    return read_int(f, node, k, member);
  case A_REAL:
    return read_real(f, node, k, member);
  case SEEDS:
    return read_seeds(f, node, k, member);
  case RUNGS:
    return read_rungs(f, node, k);
  case SETTINGS:
    return read_settings(f, node);
  case A_SCALE:
    return read_scale(f, node, member);
  }
  return DURO_OK;
}

static duro_status fail_key(const tune_file *f, const yaml_node_t *node, const char *what, const key *keys,
                            size_t count) {
  const char *names[32], *word = text_of(node);
  char message[256];
  for (size_t i = 0; i < count; i++) names[i] = keys[i].name;
  if (!word) return fail_value(f, node, "a key", "a name");
  const char *near = duro_nearest(word, names, (int)count);
  snprintf(message, sizeof message, "unknown key \"%.*s\" of %s%s%s%s", SHOWN, word, what,
           near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  return fail_at(f, node, message);
}

static duro_status read_mapping(tune_file *f, const yaml_node_t *node, const char *what, const key *keys, size_t count,
                                void *out) {
  uint64_t seen = 0;
  if (node->type != YAML_MAPPING_NODE) return fail_value(f, node, what, "keys with values below it");
  const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
  for (; pair < node->data.mapping.pairs.top; pair++) {
    const yaml_node_t *name = node_at(f, pair->key);
    const char *word = text_of(name);
    size_t i = 0;
    while (i < count && !(word && strcmp(word, keys[i].name) == 0)) i++;
    if (i == count) return fail_key(f, name, what, keys, count);
    if (seen >> i & 1) return fail_value(f, name, "a key", "each key once");
    seen |= UINT64_C(1) << i;
    const duro_status status = read_value(f, node_at(f, pair->value), &keys[i], out);
    if (status) return status;
  }
  return DURO_OK;
}

/* ---- the file ---- */

static duro_status load(tune_file *f, const char *bytes, size_t size) {
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) return duro_fail(DURO_ERROR_MEMORY, "%s: out of memory", f->path);
  yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
  duro_status status = DURO_OK;
  f->has_document = yaml_parser_load(&parser, &f->document);
  if (!f->has_document && (parser.error == YAML_MEMORY_ERROR || parser.error == YAML_NO_ERROR))
    status = duro_fail(DURO_ERROR_MEMORY, "cannot read %s: out of memory", f->path);
  else if (!f->has_document)
    status = duro_fail(DURO_ERROR_FORMAT, "%s:%zu:%zu: %s", f->path, parser.problem_mark.line + 1,
                       parser.problem_mark.column + 1, parser.problem ? parser.problem : "not YAML");
  yaml_parser_delete(&parser);
  return status;
}

static duro_status understand(tune_file *f) {
  static const char *const usual[] = {"none", "random", "constant", "square", "safety", "search", "best-safety"};
  const yaml_node_t *root = yaml_document_get_root_node(&f->document);
  if (!root) return duro_fail(DURO_ERROR_FORMAT, "%s is empty; wanted a search for settings", f->path);
  f->configurations = 16, f->seed = 1, f->episodes = 200, f->keep = 0.5;
  f->rungs[0] = 0.1, f->rungs[1] = 0.3, f->rungs[2] = 1, f->n_rungs = 3;
  f->seeds = (tune_seeds){{1}, 1}, f->judges = (tune_seeds){{101, 102}, 2};
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) f->attackers.word[f->attackers.count++] = usual[i];
  const duro_status status = read_mapping(f, root, "a search for settings", KEYS(file_keys), f);
  if (status) return status;
  const char *lacking = !f->environment  ? "environment"
                        : !f->algorithm  ? "algorithm"
                        : !f->n_settings ? "settings"
                                         : NULL;
  char message[80];
  snprintf(message, sizeof message, "the file has no \"%s\"", lacking ? lacking : "");
  if (lacking) return fail_at(f, root, message);
  for (int i = 0; i < f->seeds.count; i++)
    for (int k = 0; k < f->judges.count; k++)
      if (f->seeds.value[i] == f->judges.value[k])
        return fail_at(f, root, "seeds and judge_seeds share a seed; wanted others to judge than to choose");
  return DURO_OK;
}

duro_status tune_read(tune_file *f, const char *path) {
  char *bytes;
  size_t size;
  *f = (tune_file){.path = path};
  duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  status = load(f, bytes, size);
  duro_file_release(bytes);
  if (!status) status = understand(f);
  if (status) tune_release(f);
  return status;
}

void tune_release(tune_file *f) {
  if (f->has_document) yaml_document_delete(&f->document);
  f->has_document = false;
}

duro_status tune_open(tune_file **f, const char *path) {
  *f = duro_allocate(sizeof **f);
  if (!*f) return DURO_ERROR_MEMORY;
  const duro_status status = tune_read(*f, path);
  if (!status) return DURO_OK;
  duro_release(*f);
  *f = NULL;
  return status;
}

void tune_close(tune_file *f) {
  if (!f) return;
  tune_release(f);
  duro_release(f);
}
