/* Files of searches for settings: YAML in which every key is known. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "study/tune.h"

/* beside those of every document */
enum { RUNGS = DOCUMENT_OWN, SETTINGS, SCALE };

#define IN(type, member) offsetof(type, member)
static const document_key file_keys[] = {
    {"title", DOCUMENT_TEXT, IN(tune_file, title), 0, 0},
    {"environment", DOCUMENT_TEXT, IN(tune_file, environment), 0, 0},
    {"algorithm", DOCUMENT_TEXT, IN(tune_file, algorithm), 0, 0},
    {"preset", DOCUMENT_TEXT, IN(tune_file, preset), 0, 0},
    {"set", DOCUMENT_WORDS, IN(tune_file, set), 0, 0},
    {"settings", SETTINGS, 0, 0, 0},
    {"configurations", DOCUMENT_INT, IN(tune_file, configurations), 1, TUNE_CONFIGURATIONS},
    {"seed", DOCUMENT_INT, IN(tune_file, seed), 0, 9007199254740992.0},
    {"steps", DOCUMENT_INT, IN(tune_file, steps), 1, 1e12},
    {"rungs", RUNGS, 0, 0, 1},
    {"keep", DOCUMENT_REAL, IN(tune_file, keep), 0.01, 1},
    {"seeds", DOCUMENT_SEEDS_OF, IN(tune_file, seeds), 0, 0},
    {"judge_seeds", DOCUMENT_SEEDS_OF, IN(tune_file, judges), 0, 0},
    {"attackers", DOCUMENT_WORDS, IN(tune_file, attackers), 0, 0},
    {"episodes", DOCUMENT_INT, IN(tune_file, episodes), 1, 1e7},
};
static const document_key setting_keys[] = {
    {"low", DOCUMENT_REAL, IN(tune_setting, low), -1e300, 1e300},
    {"high", DOCUMENT_REAL, IN(tune_setting, high), -1e300, 1e300},
    {"scale", SCALE, IN(tune_setting, scale), 0, 0},
    {"choices", DOCUMENT_WORDS, IN(tune_setting, choices), 0, 0},
};
static duro_status fail_value(const tune_file *f, const yaml_node_t *node, const char *name, const char *wanted) {
  return document_fail_value(&f->document, node, name, wanted);
}

/* [0.1, 0.3, 1] */
static duro_status read_rungs(tune_file *f, const yaml_node_t *node, const document_key *k) {
  static const char wanted[] = "shares of the steps, rising up to 1, as [0.1, 0.3, 1], at most 8";
  f->n_rungs = 0;
  if (node->type != YAML_SEQUENCE_NODE) return fail_value(f, node, k->name, wanted);
  const yaml_node_item_t *item = node->data.sequence.items.start;
  for (; item < node->data.sequence.items.top; item++) {
    double share;
    const duro_status status = document_real(&f->document, document_node(&f->document, *item), k, &share);
    if (status) return status;
    if (f->n_rungs == TUNE_RUNGS || share <= (f->n_rungs ? f->rungs[f->n_rungs - 1] : 0))
      return fail_value(f, document_node(&f->document, *item), k->name, wanted);
    f->rungs[f->n_rungs++] = share;
  }
  return f->n_rungs && f->rungs[f->n_rungs - 1] >= 1 ? DURO_OK : fail_value(f, node, k->name, wanted);
}

static duro_status read_scale(const tune_file *f, const yaml_node_t *node, tune_scale *out) {
  const char *word = document_text(node);
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
    const yaml_node_t *name = document_node(&f->document, pair->key);
    if (f->n_settings == TUNE_SETTINGS) return fail_value(f, node, "settings", "at most 32 settings");
    tune_setting *s = &f->settings[f->n_settings];
    *s = (tune_setting){.name = document_text(name), .low = NAN, .high = NAN};
    if (!s->name) return fail_value(f, name, "a setting", "its name, as learn.width");
    for (int i = 0; i < f->n_settings; i++)
      if (strcmp(f->settings[i].name, s->name) == 0) return fail_value(f, name, "a setting", "each one once");
    const yaml_node_t *value = document_node(&f->document, pair->value);
    duro_status status = document_mapping(&f->document, value, s->name, DOCUMENT_KEYS(setting_keys), s);
    if (!status) status = check_setting(f, value, s);
    if (status) return status;
    f->n_settings++;
  }
  return f->n_settings ? DURO_OK : fail_value(f, node, "settings", "at least one setting");
}

/* ---- the file ---- */

static duro_status read_own(void *context, yaml_node_t *node, const document_key *key, void *out) {
  tune_file *f = context;
  if (key->kind == RUNGS) return read_rungs(f, node, key);
  return key->kind == SETTINGS ? read_settings(f, node)
                               : read_scale(f, node, (tune_scale *)((char *)out + key->offset));
}

static duro_status understand(tune_file *f, const yaml_node_t *root) {
  static const char *const usual[] = {"none", "random", "constant", "square", "safety", "search", "best-safety"};
  if (!root) return duro_fail(DURO_ERROR_FORMAT, "%s is empty; wanted a search for settings", f->path);
  f->configurations = 16, f->seed = 1, f->episodes = 200, f->keep = 0.5;
  f->rungs[0] = 0.1, f->rungs[1] = 0.3, f->rungs[2] = 1, f->n_rungs = 3;
  f->seeds = (seed_list){{1}, 1}, f->judges = (seed_list){{101, 102}, 2};
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) f->attackers.word[f->attackers.count++] = usual[i];
  const duro_status status = document_mapping(&f->document, root, "a search for settings", DOCUMENT_KEYS(file_keys), f);
  if (status) return status;
  const char *lacking = !f->environment       ? "environment"
                        : !f->algorithm       ? "algorithm"
                        : !f->n_settings      ? "settings"
                        : !f->attackers.count ? "attackers"
                                              : NULL;
  if (lacking) return document_fail_missing(&f->document, root, "the file", lacking);
  for (int i = 0; i < f->seeds.count; i++)
    for (int k = 0; k < f->judges.count; k++)
      if (f->seeds.value[i] == f->judges.value[k])
        return document_fail(&f->document, root,
                             "seeds and judge_seeds share a seed; wanted others to judge than to choose");
  return DURO_OK;
}

duro_status tune_read(tune_file *f, const char *path) {
  const yaml_node_t *root = NULL;
  *f = (tune_file){.path = path, .document = {.path = path, .own = read_own, .context = f}};
  duro_status status = document_read(&f->document, &root);
  if (!status) status = understand(f, root);
  if (status) tune_release(f);
  return status;
}

void tune_release(tune_file *f) {
  document_release(&f->document);
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
