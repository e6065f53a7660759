/**
 * @file settings.h
 * @brief Every setting by name: type, default, range, unit, sentence.
 *
 * A module lists its settings once, as an X-macro of rows
 *
 *     X(KIND, field, default, low, high, choices, unit, sentence)
 *
 * from which DURO_SETTINGS_STRUCT makes the struct and DURO_SETTINGS_TABLE the table; the table drives
 * range checks, YAML, `--set group.field=value`, the resolved configuration and the settings page. KIND:
 *
 *     INT   int64_t, low <= v <= high          REAL  double, finite, low <= v <= high
 *     BOOL  bool, true/false                   TEXT  char[DURO_TEXT_SIZE], default a string; choices NULL
 *                                                    (free text) or "a|b|c" (one of these)
 *     FILE  char[DURO_TEXT_SIZE], the path of a file, from the folder of the configuration that names it; choices NULL
 *
 * For TEXT, FILE and BOOL write 0, 0 as low, high; for INT, REAL and BOOL write NULL as choices.
 */
#ifndef DURO_SETTINGS_H
#define DURO_SETTINGS_H

#include "duro/base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DURO_TEXT_SIZE 192

typedef enum duro_setting_kind { DURO_INT, DURO_REAL, DURO_BOOL, DURO_TEXT, DURO_FILE } duro_setting_kind;

/** One row of a settings table. */
typedef struct duro_setting {
  const char *name;
  duro_setting_kind kind;
  size_t offset;            /**< of the field in its struct */
  double initial;           /**< default of INT, REAL, BOOL */
  const char *initial_text; /**< default of TEXT and FILE */
  double low, high;         /**< inclusive range of INT and REAL */
  const char *choices;      /**< "a|b|c" or NULL */
  const char *unit;         /**< "" where there is none */
  const char *help;         /**< one sentence */
} duro_setting;

/** A table, the prefix it appears under ("learn" in learn.batch) and the struct that holds its values. */
typedef struct duro_settings_group {
  const char *prefix;
  const duro_setting *rows;
  int count;
  void *values; /**< not owned */
} duro_settings_group;

#define DURO_SETTING_TYPE_INT int64_t
#define DURO_SETTING_TYPE_REAL double
#define DURO_SETTING_TYPE_BOOL bool
#define DURO_SETTING_FIELD_INT(f) int64_t f;
#define DURO_SETTING_FIELD_REAL(f) double f;
#define DURO_SETTING_FIELD_BOOL(f) bool f;
#define DURO_SETTING_FIELD_TEXT(f) char f[DURO_TEXT_SIZE];
#define DURO_SETTING_FIELD_FILE(f) char f[DURO_TEXT_SIZE];
#define DURO_SETTING_NUMBER_INT(v) (double)(v), NULL
#define DURO_SETTING_NUMBER_REAL(v) (double)(v), NULL
#define DURO_SETTING_NUMBER_BOOL(v) (double)(v), NULL
#define DURO_SETTING_NUMBER_TEXT(v) 0.0, (v)
#define DURO_SETTING_NUMBER_FILE(v) 0.0, (v)

/** Field of a settings struct; use as `struct s { ROWS(DURO_SETTINGS_FIELD) };` */
#define DURO_SETTINGS_FIELD(kind, field, initial, low, high, choices, unit, help) DURO_SETTING_FIELD_##kind(field)
/** Row of a table; inside a file that has `#define S struct_type`:
 * `static const duro_setting rows[] = { ROWS(DURO_SETTINGS_ROW) };` with DURO_SETTINGS_OF = struct type. */
#define DURO_SETTINGS_ROW(kind, field, initial, low, high, choices, unit, help)                                        \
  {#field,                                                                                                             \
   DURO_##kind,                                                                                                        \
   offsetof(DURO_SETTINGS_OF, field),                                                                                  \
   DURO_SETTING_NUMBER_##kind(initial),                                                                                \
   (double)(low),                                                                                                      \
   (double)(high),                                                                                                     \
   choices,                                                                                                            \
   unit,                                                                                                               \
   help},

/** Writes every default of the group into its struct. */
void duro_settings_default(const duro_settings_group *group);

/** Holds every value of the group's struct against its row. One out of range, NaN, a text without end, of other words
 * than its choices or no UTF-8, and a bool whose byte is neither 0 nor 1 is DURO_ERROR_ARGUMENT; the message names
 * setting, value and range. Everything in the library that takes a struct of settings begins with this. */
duro_status duro_settings_check(const duro_settings_group *group);

/** Sets `name` ("prefix.field") from text. Unknown names fail and suggest the nearest valid one; a value
 * of the wrong type or out of range fails and says what was wanted. Nothing changes on failure. */
duro_status duro_settings_set(const duro_settings_group *groups, int n_groups, const char *name, const char *text);

/** Sets from one "name=value" word, as given to --set. */
duro_status duro_settings_assign(const duro_settings_group *groups, int n_groups, const char *assignment);

/** Writes the value of a row as text that duro_settings_set reads back to the same bits. */
void duro_settings_text(char *out, size_t size, const duro_setting *row, const void *values);

/** Reads a YAML file (two levels: prefix, then field) over the present values. Syntax errors name file,
 * line and column; so do unknown keys, duplicates and bad values. Nothing changes on failure. */
duro_status duro_settings_load(const duro_settings_group *groups, int n_groups, const char *path);

/** The same of a file that duro_settings_save wrote and that has to be whole: one that was cut off fails. */
duro_status duro_settings_load_whole(const duro_settings_group *groups, int n_groups, const char *path);

/** The same as duro_settings_load from text in memory; `path` names it in messages. */
duro_status duro_settings_parse(const duro_settings_group *groups, int n_groups, const char *yaml, size_t length,
                                const char *path);

/** Writes all groups as YAML that duro_settings_load reads back to the same bits, atomically; the last line says that
 * it is the last. */
duro_status duro_settings_save(const duro_settings_group *groups, int n_groups, const char *path);

/** The candidate nearest to `word` by edit distance, or NULL when none is near. */
const char *duro_nearest(const char *word, const char *const *candidates, int count);

#ifdef __cplusplus
}
#endif
#endif
