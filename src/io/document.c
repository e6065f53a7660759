/* YAML files in which every key is known. */
#include "io/document.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "duro/io.h"
#include "duro/settings.h"
#include "io/number.h"

enum { SHOWN = 80, MOST_KEYS = 64 }; // bytes of a wrong word that a message repeats; bits of a set

typedef struct seed_range {
  int64_t first, count;
} seed_range;
static const document_key range_keys[] = {
    {"first", DOCUMENT_INT, offsetof(seed_range, first), 0, 9007199254740992.0},
    {"count", DOCUMENT_INT, offsetof(seed_range, count), 1, DOCUMENT_SEEDS},
};

yaml_node_t *document_node(document *d, int index) {
  return yaml_document_get_node(&d->yaml, index);
}

duro_status document_fail(const document *d, const yaml_node_t *node, const char *message) {
  return duro_fail(DURO_ERROR_FORMAT, "%s:%zu:%zu: %s", d->path, node->start_mark.line + 1, node->start_mark.column + 1,
                   message);
}

duro_status document_fail_value(const document *d, const yaml_node_t *node, const char *name, const char *wanted) {
  char message[512];
  if (node->type == YAML_SCALAR_NODE)
    snprintf(message, sizeof message, "%s is '%.*s'; wanted %s", name, SHOWN, (const char *)node->data.scalar.value,
             wanted);
  else
    snprintf(message, sizeof message, "%s is a %s; wanted %s", name,
             node->type == YAML_SEQUENCE_NODE ? "list" : "group of keys", wanted);
  return document_fail(d, node, message);
}

duro_status document_fail_missing(const document *d, const yaml_node_t *node, const char *what, const char *key) {
  char message[160];
  snprintf(message, sizeof message, "%s has no \"%s\"", what, key);
  return document_fail(d, node, message);
}

const char *document_text(const yaml_node_t *node) {
  if (node->type != YAML_SCALAR_NODE || !node->data.scalar.length) return NULL;
  const char *word = (const char *)node->data.scalar.value;
  return strlen(word) == node->data.scalar.length ? word : NULL;
}

/* ---- values ---- */

static duro_status add_word(const document *d, const yaml_node_t *node, const document_key *key, word_list *out,
                            const char *word) {
  if (!word || !*word) return document_fail_value(d, node, key->name, "words");
  if (out->count == WORDS_MOST) return document_fail_value(d, node, key->name, "at most 256 words");
  out->word[out->count++] = word;
  return DURO_OK;
}

/* A list of words, or a text whose words are divided by blanks: that text is cut in place. */
static duro_status read_words(document *d, yaml_node_t *node, const document_key *key, word_list *out) {
  out->count = 0;
  if (node->type == YAML_MAPPING_NODE) return document_fail_value(d, node, key->name, "a list of words");
  duro_status status = DURO_OK;
  if (node->type == YAML_SEQUENCE_NODE) {
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (; !status && item < node->data.sequence.items.top; item++) {
      const yaml_node_t *element = document_node(d, *item);
      if (element->type != YAML_SCALAR_NODE) return document_fail_value(d, element, key->name, "a list of words");
      status = add_word(d, element, key, out, document_text(element));
    }
    return status;
  }
  char *rest = NULL, *word = document_text(node) ? strtok_r((char *)node->data.scalar.value, " \n\t", &rest) : NULL;
  if (!word) return document_fail_value(d, node, key->name, "words");
  for (; !status && word; word = strtok_r(NULL, " \n\t", &rest)) status = add_word(d, node, key, out, word);
  return status;
}

static bool is_number(double *value, const yaml_node_t *node) {
  const char *word = document_text(node);
  return word && duro_number_real(value, word) == DURO_NUMBER_FINE;
}

duro_status document_real(const document *d, const yaml_node_t *node, const document_key *key, double *out) {
  char wanted[80];
  duro_format(wanted, sizeof wanted, "a number from %g to %g", key->low, key->high);
  if (is_number(out, node) && *out >= key->low && *out <= key->high) return DURO_OK;
  return document_fail_value(d, node, key->name, wanted);
}

static duro_status read_int(const document *d, const yaml_node_t *node, const document_key *key, int64_t *out) {
  char wanted[80];
  double value;
  duro_format(wanted, sizeof wanted, "a whole number from %.0f to %.0f", key->low, key->high);
  if (!is_number(&value, node) || !(value >= key->low && value <= key->high) || floor(value) < value)
    return document_fail_value(d, node, key->name, wanted);
  *out = (int64_t)value;
  return DURO_OK;
}

static duro_status list_seeds(document *d, const yaml_node_t *node, const document_key *key, seed_list *out) {
  const document_key one = {"a seed", DOCUMENT_INT, 0, 0, 9007199254740992.0};
  const yaml_node_item_t *item = node->data.sequence.items.start;
  for (; item < node->data.sequence.items.top; item++) {
    if (out->count == DOCUMENT_SEEDS) return document_fail_value(d, node, key->name, "at most 100 seeds");
    int64_t *seed = &out->value[out->count];
    const duro_status status = read_int(d, document_node(d, *item), &one, seed);
    if (status) return status;
    for (int i = 0; i < out->count; i++)
      if (out->value[i] == *seed) return document_fail_value(d, document_node(d, *item), "a seed", "each seed once");
    out->count++;
  }
  return out->count ? DURO_OK : document_fail_value(d, node, key->name, "at least one seed");
}

static duro_status read_seeds(document *d, const yaml_node_t *node, const document_key *key, seed_list *out) {
  seed_range range = {1, 0};
  duro_status status;
  *out = (seed_list){0};
  if (node->type == YAML_SEQUENCE_NODE) return list_seeds(d, node, key, out);
  if (node->type == YAML_MAPPING_NODE)
    status = document_mapping(d, node, key->name, DOCUMENT_KEYS(range_keys), &range);
  else
    status = read_int(d, node, &(document_key){key->name, DOCUMENT_INT, 0, 1, DOCUMENT_SEEDS}, &range.count);
  if (!status && !range.count) return document_fail_value(d, node, key->name, "first and count");
  for (int64_t i = 0; !status && i < range.count; i++) out->value[out->count++] = range.first + i;
  return status;
}

static duro_status read_value(document *d, yaml_node_t *node, const document_key *key, void *out) {
  void *member = (char *)out + key->offset;
  switch (key->kind) {
  case DOCUMENT_TEXT:
    *(const char **)member = document_text(node);
    return document_text(node) ? DURO_OK : document_fail_value(d, node, key->name, "a text");
  case DOCUMENT_WORDS:
    return read_words(d, node, key, member);
  case DOCUMENT_REAL:
    return document_real(d, node, key, member);
  case DOCUMENT_INT:
    return read_int(d, node, key, member);
  case DOCUMENT_SEEDS_OF:
    return read_seeds(d, node, key, member);
  default:
    return d->own(d->context, node, key, out);
  }
}

/* ---- mappings ---- */

static duro_status fail_key(const document *d, const yaml_node_t *node, const char *what, const document_key *keys,
                            size_t count) {
  const char *names[MOST_KEYS], *word = document_text(node);
  char message[256];
  for (size_t i = 0; i < count; i++) names[i] = keys[i].name;
  if (!word) return document_fail_value(d, node, "a key", "a name");
  const char *near = duro_nearest(word, names, (int)count);
  snprintf(message, sizeof message, "unknown key \"%.*s\" of %s%s%s%s", SHOWN, word, what,
           near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  return document_fail(d, node, message);
}

duro_status document_mapping(document *d, const yaml_node_t *node, const char *what, const document_key *keys,
                             size_t count, void *out) {
  uint64_t seen = 0;
  if (node->type != YAML_MAPPING_NODE) return document_fail_value(d, node, what, "keys with values below it");
  const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
  for (; pair < node->data.mapping.pairs.top; pair++) {
    const yaml_node_t *name = document_node(d, pair->key);
    const char *word = document_text(name);
    size_t i = 0;
    while (i < count && !(word && strcmp(word, keys[i].name) == 0)) i++;
    if (i == count) return fail_key(d, name, what, keys, count);
    if (seen >> i & 1) return document_fail_value(d, name, "a key", "each key once");
    seen |= UINT64_C(1) << i;
    const duro_status status = read_value(d, document_node(d, pair->value), &keys[i], out);
    if (status) return status;
  }
  return DURO_OK;
}

/* ---- the file ---- */

static duro_status parse(document *d, const char *bytes, size_t size) {
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) return duro_fail(DURO_ERROR_MEMORY, "%s: out of memory", d->path);
  yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
  duro_status status = DURO_OK;
  d->has_yaml = yaml_parser_load(&parser, &d->yaml);
  if (!d->has_yaml && (parser.error == YAML_MEMORY_ERROR || parser.error == YAML_NO_ERROR))
    status = duro_fail(DURO_ERROR_MEMORY, "cannot read %s: out of memory", d->path);
  else if (!d->has_yaml)
    status = duro_fail(DURO_ERROR_FORMAT, "%s:%zu:%zu: %s", d->path, parser.problem_mark.line + 1,
                       parser.problem_mark.column + 1, parser.problem ? parser.problem : "not YAML");
  yaml_parser_delete(&parser);
  return status;
}

duro_status document_read(document *d, const yaml_node_t **root) {
  char *bytes;
  size_t size;
  d->has_yaml = false;
  duro_status status = duro_file_read(&bytes, &size, d->path);
  if (status) return status;
  status = parse(d, bytes, size);
  duro_file_release(bytes);
  if (!status) *root = yaml_document_get_root_node(&d->yaml);
  return status;
}

void document_release(document *d) {
  if (d->has_yaml) yaml_document_delete(&d->yaml);
  d->has_yaml = false;
}
