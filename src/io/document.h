/* YAML files in which every key is known: experiments, searches for settings. One table of keys for each kind of
 * mapping says what is read where; what is wrong is told with its place, "file.yaml:3:9: episodes is 'ten'; wanted
 * ...". */
#ifndef DURO_IO_DOCUMENT_H
#define DURO_IO_DOCUMENT_H

#include <yaml.h>

#include "duro/base.h"
#include "io/words.h"

enum { DOCUMENT_SEEDS = 100 };

typedef struct seed_list {
  int64_t value[DOCUMENT_SEEDS];
  int count;
} seed_list;

typedef enum document_kind {
  DOCUMENT_TEXT,     /* const char * */
  DOCUMENT_WORDS,    /* word_list: a list, or a text divided at blanks */
  DOCUMENT_REAL,     /* double, low..high */
  DOCUMENT_INT,      /* int64_t, low..high */
  DOCUMENT_SEEDS_OF, /* seed_list: how many, a list, or {first: 11, count: 5} */
  DOCUMENT_OWN       /* this and those above it: the reader's own */
} document_kind;

/* A key of a mapping. */
typedef struct document_key {
  const char *name;
  int kind;      /* a document_kind, or one of the reader's own from DOCUMENT_OWN on */
  size_t offset; /* of the member in what the mapping is read into */
  double low, high;
} document_key;
#define DOCUMENT_KEYS(table) table, sizeof table / sizeof *(table)

/* A file. It owns the words that are read from it. */
typedef struct document {
  const char *path;
  yaml_document_t yaml;
  bool has_yaml;
  /* Reads the value of a key of a kind of the reader's own; `out` is what the mapping is read into. */
  duro_status (*own)(void *context, yaml_node_t *node, const document_key *key, void *out);
  void *context;
} document;

/* Reads the file; `path`, `own` and `context` are set. *root is NULL where it is empty. After a failure there is
 * nothing to release. */
duro_status document_read(document *d, const yaml_node_t **root);
void document_release(document *d);

yaml_node_t *document_node(document *d, int index);
/* The text of a node; NULL where it is none, or nothing, or holds a NUL: an alias of words that were cut holds some. */
const char *document_text(const yaml_node_t *node);
/* DURO_ERROR_FORMAT with the place of the node. */
duro_status document_fail(const document *d, const yaml_node_t *node, const char *message);
/* The same of a value: "NAME is 'ten'; wanted WANTED". */
duro_status document_fail_value(const document *d, const yaml_node_t *node, const char *name, const char *wanted);
/* The same of a key that is not there: "WHAT has no "KEY"". */
duro_status document_fail_missing(const document *d, const yaml_node_t *node, const char *what, const char *key);

duro_status document_real(const document *d, const yaml_node_t *node, const document_key *key, double *out);
/* Reads the mapping `what` into `out`, whose members the keys name. Each key once, and no other. */
duro_status document_mapping(document *d, const yaml_node_t *node, const char *what, const document_key *keys,
                             size_t count, void *out);

#endif
