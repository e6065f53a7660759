/* Experiment files: YAML in which every key is known. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "study/experiment.h"

/* beside those of every document */
enum {
  NAME = DOCUMENT_OWN, /* const char *, part of a file name */
  LEVELS,              /* experiment_levels */
  RUNS,                /* the runs of an experiment_group */
  DEFAULTS,            /* experiment_group, what every group begins with */
  GROUPS_BELOW         /* the groups of an experiment */
};

#define IN(type, member) offsetof(type, member)
static const document_key experiment_fields[] = {
    {"title", DOCUMENT_TEXT, IN(experiment, title), 0, 0},
    {"text", DOCUMENT_TEXT, IN(experiment, text), 0, 0},
    {"defaults", DEFAULTS, IN(experiment, defaults), 0, 0},
    {"groups", GROUPS_BELOW, 0, 0, 0},
};
static const document_key group_fields[] = {
    {"name", NAME, IN(experiment_group, name), 0, 0},
    {"title", DOCUMENT_TEXT, IN(experiment_group, title), 0, 0},
    {"text", DOCUMENT_TEXT, IN(experiment_group, text), 0, 0},
    {"environment", DOCUMENT_TEXT, IN(experiment_group, environment), 0, 0},
    {"set", DOCUMENT_WORDS, IN(experiment_group, set), 0, 0},
    {"seeds", DOCUMENT_SEEDS_OF, IN(experiment_group, seeds), 0, 0},
    {"solution", DOCUMENT_WORDS, IN(experiment_group, solution), 0, 0},
    {"reference", DOCUMENT_TEXT, IN(experiment_group, reference), 0, 0},
    {"starts", DOCUMENT_TEXT, IN(experiment_group, starts), 0, 0},
    {"margin", DOCUMENT_REAL, IN(experiment_group, margin), 0, 1e9},
    {"episodes", DOCUMENT_INT, IN(experiment_group, episodes), 1, 1e7},
    {"attackers", DOCUMENT_WORDS, IN(experiment_group, attackers), 0, 0},
    {"attack", DOCUMENT_WORDS, IN(experiment_group, attack), 0, 0},
    {"sweep", DOCUMENT_WORDS, IN(experiment_group, sweep), 0, 0},
    {"amplitudes", LEVELS, IN(experiment_group, amplitudes), 0, 100},
    {"noises", LEVELS, IN(experiment_group, noises), 0, 1e9},
    {"changes", DOCUMENT_WORDS, IN(experiment_group, changes), 0, 0},
    {"sets", DOCUMENT_TEXT, IN(experiment_group, sets), 0, 0},
    {"runs", RUNS, 0, 0, 0},
};
static const document_key run_fields[] = {
    {"name", NAME, IN(experiment_run, name), 0, 0},
    {"algorithm", DOCUMENT_TEXT, IN(experiment_run, algorithm), 0, 0},
    {"config", DOCUMENT_TEXT, IN(experiment_run, config), 0, 0},
    {"set", DOCUMENT_WORDS, IN(experiment_run, set), 0, 0},
};
static duro_status fail_at(const experiment *e, const yaml_node_t *node, const char *message) {
  return document_fail(&e->document, node, message);
}

static duro_status fail_value(const experiment *e, const yaml_node_t *node, const char *name, const char *wanted) {
  return document_fail_value(&e->document, node, name, wanted);
}

static duro_status fail_missing(const experiment *e, const yaml_node_t *node, const char *what, const char *key) {
  return document_fail_missing(&e->document, node, what, key);
}

/* ---- values ---- */

static duro_status read_name(const experiment *e, const yaml_node_t *node, const document_key *key, const char **out) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+=";
  const char *word = document_text(node);
  if (!word) return fail_value(e, node, key->name, "a text");
  if (strlen(word) >= EXPERIMENT_NAME || word[0] == '.' || word[strspn(word, plain)])
    return fail_value(e, node, key->name,
                      "a short name of letters, digits and - _ . + =, since files are called by it");
  *out = word;
  return DURO_OK;
}

static duro_status read_levels(experiment *e, const yaml_node_t *node, const document_key *key,
                               experiment_levels *out) {
  *out = (experiment_levels){0};
  if (node->type != YAML_SEQUENCE_NODE) return fail_value(e, node, key->name, "a list of numbers, [0, 0.5, 1]");
  const yaml_node_item_t *item = node->data.sequence.items.start;
  duro_status status = DURO_OK;
  for (; !status && item < node->data.sequence.items.top; item++) {
    if (out->count == EXPERIMENT_LEVELS) return fail_value(e, node, key->name, "at most 32 numbers");
    status = document_real(&e->document, document_node(&e->document, *item), key, &out->value[out->count++]);
  }
  return status;
}

/* ---- lists of mappings ---- */

/* The length of a list, -1 where the node is none or an empty one. */
static int list_length(const yaml_node_t *node) {
  if (node->type != YAML_SEQUENCE_NODE) return -1;
  const int length = (int)(node->data.sequence.items.top - node->data.sequence.items.start);
  return length ? length : -1;
}

static duro_status read_run(experiment *e, const yaml_node_t *node, experiment_group *g, int i) {
  experiment_run *r = &g->runs[i];
  const duro_status status = document_mapping(&e->document, node, "a run", DOCUMENT_KEYS(run_fields), r);
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
  for (int i = 0; !status && i < count; i++)
    status = read_run(e, document_node(&e->document, node->data.sequence.items.start[i]), g, i);
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
  const bool claimed = inside && strcmp(g->starts, "claimed") == 0;
  if (inside && !claimed && strcmp(g->starts, "inside") != 0 && strcmp(g->starts, "outside") != 0)
    snprintf(message, sizeof message, "starts is '%.80s'; wanted one of eval, inside, outside, claimed", g->starts);
  else if (inside && !claimed && !g->solution.count)
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
  const duro_status status = document_mapping(&e->document, node, "a group", DOCUMENT_KEYS(group_fields), g);
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
  for (int i = 0; !status && i < count; i++)
    status = read_group(e, document_node(&e->document, node->data.sequence.items.start[i]), i);
  return status;
}

/* What every group begins with. */
static duro_status read_defaults(experiment *e, const yaml_node_t *node) {
  if (e->n_groups) return fail_at(e, node, "defaults stand below the groups; wanted them above");
  const duro_status status =
      document_mapping(&e->document, node, "defaults", DOCUMENT_KEYS(group_fields), &e->defaults);
  if (status || !e->defaults.n_runs) return status;
  return fail_at(e, node, "defaults hold runs; wanted them in the groups");
}

/* ---- the file ---- */

static duro_status read_own(void *context, yaml_node_t *node, const document_key *key, void *out) {
  experiment *e = context;
  void *member = (char *)out + key->offset;
  switch (key->kind) {
  case NAME:
    return read_name(e, node, key, member);
  case LEVELS:
    return read_levels(e, node, key, member);
  case RUNS:
    return read_runs(e, node, out);
  case DEFAULTS:
    return read_defaults(e, node);
  default:
    return read_groups(e, node);
  }
}

static duro_status understand(experiment *e, const yaml_node_t *root) {
  if (!root) return duro_fail(DURO_ERROR_FORMAT, "%s is empty; wanted an experiment", e->path);
  e->defaults = (experiment_group){.margin = -1, .episodes = 1000, .seeds = {{1}, 1}};
  const duro_status status = document_mapping(&e->document, root, "an experiment", DOCUMENT_KEYS(experiment_fields), e);
  if (status) return status;
  if (!e->title) return fail_missing(e, root, "the experiment", "title");
  return e->n_groups ? DURO_OK : fail_missing(e, root, "the experiment", "groups");
}

duro_status experiment_read(experiment *e, const char *path) {
  const yaml_node_t *root = NULL;
  *e = (experiment){.path = path, .document = {.path = path, .own = read_own, .context = e}};
  duro_status status = document_read(&e->document, &root);
  if (!status) status = understand(e, root);
  if (status) experiment_release(e);
  return status;
}

void experiment_release(experiment *e) {
  for (int i = 0; i < e->n_groups; i++) duro_release(e->groups[i].runs);
  duro_release(e->groups);
  duro_release(e->defaults.runs);
  document_release(&e->document);
  *e = (experiment){0};
}
