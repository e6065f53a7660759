/* matrix.csv, a row for each cell, and a file of episodes for each. A cell is not played again while its key, a hash of
 * all that its numbers depend on, stands in the matrix. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "duro/io.h"
#include "io/hash.h"
#include "study/attack_session.h"

static const char *const columns[] = {"attacker",
                                      "acting",
                                      "amplitude",
                                      "noise",
                                      "changes",
                                      "starts",
                                      "step",
                                      "seed",
                                      "episodes",
                                      "violating",
                                      "cut_off",
                                      "savable",
                                      "violation_bound",
                                      "return_mean",
                                      "return_std",
                                      "h_min",
                                      "violating_steps_mean",
                                      "filtered_share",
                                      "updates",
                                      "seconds",
                                      "note",
                                      "owner",
                                      "key"};
enum { COLUMNS = sizeof columns / sizeof *columns, IDENTITY = 6 };

/* ---- what a cell depends on ---- */

uint64_t attack_state(const attack_session *s) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, "attack");
  duro_hash_integer(&hasher, (int64_t)duro_policy_hash(s->run->policy));
  duro_hash_integer(&hasher, (int64_t)duro_env_hash(s->run->env));
  duro_hash_text(&hasher, s->adversary ? "adversary" : NULL);
  if (s->adversary) duro_hash_integer(&hasher, (int64_t)duro_policy_hash(s->adversary->policy));
  duro_hash_text(&hasher, s->solution ? "solution" : NULL);
  if (s->solution) duro_hash_integer(&hasher, (int64_t)duro_grid_hash(s->solution->grid));
  return duro_hash_end(&hasher);
}

void attack_owner(char out[DURO_HASH_TEXT], const duro_policy *policy) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, "owner");
  duro_hash_program(&hasher);
  duro_hash_integer(&hasher, (int64_t)duro_policy_hash(policy));
  duro_hash_print(out, duro_hash_end(&hasher));
}

static const char *starts_name(const attack_session *s) {
  return s->given->starts; // eval, inside, outside, claimed
}

/* "safety", or "safety-by-<run>" */
static void attacker_text(char *out, size_t size, const attack_request *r, const attack_session *s) {
  const bool foreign = r->foreign && s->adversary;
  snprintf(out, size, "%s%s%s", attacker_name(r->who), foreign ? "-by-" : "", foreign ? s->adversary->name : "");
}

static bool is_one(double value) {
  return fabs(value - 1) <= 0;
}

/* `name` says who attacks, how it acts, the variation and the starts. */
static void find_key(attack_cell *cell, const attack_session *s, const char *name) {
  const attack_options *given = s->given;
  const bool trained = cell->request.who >= ATTACKER_BEST_SAFETY;
  const int64_t numbers[] = {given->seed, attack_count(s, cell), trained ? given->updates : 0,
                             trained ? given->attacker_seeds : 0};
  duro_hasher hasher;
  duro_hash_begin(&hasher, "cell");
  duro_hash_integer(&hasher, (int64_t)s->state);
  duro_hash_text(&hasher, name);
  duro_hash_real(&hasher, s->plan->margin);
  duro_hash_real(&hasher, cell->request.amplitude);
  duro_hash_real(&hasher, cell->noise);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) duro_hash_integer(&hasher, numbers[i]);
  if (cell->act == DURO_ACT_FILTERED && s->filter)
    duro_hash_integer(&hasher, (int64_t)duro_filter_hash(s->filter->filter));
  duro_hash_print(cell->key, duro_hash_end(&hasher));
}

duro_status attack_cell_name(attack_cell *cell, const attack_session *s) {
  text name = {0};
  char who[DURO_TEXT_SIZE + 32];
  attacker_text(who, sizeof who, &cell->request, s);
  text_add(&name, "%s-%s", who, attack_acting(s, cell));
  if (!is_one(cell->request.amplitude)) text_add(&name, "-x%g", cell->request.amplitude);
  if (cell->noise > 0) text_add(&name, "-noise%g", cell->noise);
  if (s->changes[0]) text_add(&name, "-%s", s->changes);
  if (s->plan->region != DURO_REGION_ANY) text_add(&name, "-%s", starts_name(s));
  const duro_status status = text_status(&name);
  if (!status) {
    for (char *c = name.bytes; *c; c++)
      if (*c == '/' || *c == ' ') *c = '_';
    find_key(cell, s, name.bytes);
    // a name that does not fit is told apart by its key
    if (snprintf(cell->name, 200, "%s", name.bytes) >= 200)
      snprintf(cell->name, 200, "%.180s-%s", name.bytes, cell->key);
  }
  text_release(&name);
  return status;
}

/* ---- the matrix ---- */

static void matrix_path(char *path, const attack_session *s) {
  run_path(path, s->folder, "matrix.csv");
}

duro_status attack_find(attack_result *out, bool *found, const attack_session *s, const attack_cell *cell) {
  char path[RUN_PATH];
  sheet matrix;
  bool there;
  *found = false;
  matrix_path(path, s);
  duro_status status = sheet_read_if_there(&matrix, &there, path);
  if (!status && there) status = sheet_expect(&matrix, columns, COLUMNS, path);
  if (status) return status;
  for (int row = 0; !*found && row < matrix.rows; row++) {
    if (strcmp(sheet_cell(&matrix, row, "key"), cell->key) != 0) continue;
    *found = true;
    *out = (attack_result){.summary = {.episodes = (int64_t)sheet_number(&matrix, row, "episodes"),
                                       .violating = (int64_t)sheet_number(&matrix, row, "violating"),
                                       .cut_off = (int64_t)sheet_number(&matrix, row, "cut_off"),
                                       .return_mean = sheet_number(&matrix, row, "return_mean"),
                                       .return_std = sheet_number(&matrix, row, "return_std"),
                                       .h_min = sheet_number(&matrix, row, "h_min"),
                                       .violation_steps_mean = sheet_number(&matrix, row, "violating_steps_mean"),
                                       .violation_bound = sheet_number(&matrix, row, "violation_bound")},
                           .filtered_share = sheet_number(&matrix, row, "filtered_share"),
                           .savable = sheet_number(&matrix, row, "savable"),
                           .seconds = sheet_number(&matrix, row, "seconds")};
    snprintf(out->note, sizeof out->note, "%s", sheet_cell(&matrix, row, "note"));
  }
  sheet_release(&matrix);
  return status;
}

/* the fields by which a cell is known to people; rows that agree in all of them are one cell */
static duro_status identity(text out[IDENTITY], const attack_session *s, const attack_cell *cell) {
  char who[DURO_TEXT_SIZE + 32];
  attacker_text(who, sizeof who, &cell->request, s);
  text_add(&out[0], "%s", who);
  text_add(&out[1], "%s", attack_acting(s, cell));
  text_add_number(&out[2], cell->request.amplitude);
  text_add_number(&out[3], cell->noise);
  text_add(&out[4], "%s", s->changes);
  text_add(&out[5], "%s", starts_name(s));
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < IDENTITY; i++) status = text_status(&out[i]);
  return status;
}

/* what was added to a text that is whole */
static const char *bytes_of(const text *t) {
  return t->bytes ? t->bytes : "";
}

typedef struct cell_rows {
  const text *own;
  const char *of;
} cell_rows;

/* rows of this cell, and of another policy or program */
static bool replaces(const sheet *old, int row, void *context) {
  const cell_rows *c = context;
  bool same = true;
  for (int i = 0; i < IDENTITY; i++) same = same && !strcmp(sheet_cell(old, row, columns[i]), bytes_of(&c->own[i]));
  return same || strcmp(sheet_cell(old, row, "owner"), c->of) != 0;
}

static void add_row(text *out, const attack_session *s, const attack_cell *cell, const attack_result *r,
                    const text own[IDENTITY], const char *of) {
  for (int i = 0; i < IDENTITY; i++) {
    text_add_field(out, bytes_of(&own[i]));
    text_add(out, ",");
  }
  const double numbers[] = {(double)duro_policy_about(s->run->policy)->step,
                            (double)s->given->seed,
                            (double)r->summary.episodes,
                            (double)r->summary.violating,
                            (double)r->summary.cut_off,
                            r->savable,
                            r->summary.violation_bound,
                            r->summary.return_mean,
                            r->summary.return_std,
                            r->summary.h_min,
                            r->summary.violation_steps_mean,
                            r->filtered_share,
                            (double)r->updates,
                            r->seconds};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    text_add_number(out, numbers[i]);
    text_add(out, ",");
  }
  text_add_field(out, r->note);
  text_add(out, ",%s,%s\n", of, cell->key);
}

static duro_status save_row(const attack_session *s, const attack_cell *cell, const attack_result *result) {
  char path[RUN_PATH], of[DURO_HASH_TEXT];
  text out = {0}, own[IDENTITY] = {0};
  matrix_path(path, s);
  attack_owner(of, s->run->policy);
  duro_status status = identity(own, s, cell);
  if (!status) add_row(&out, s, cell, result, own, of);
  if (!status) status = table_put(path, columns, COLUMNS, replaces, &(cell_rows){own, of}, &out);
  for (int i = 0; i < IDENTITY; i++) text_release(&own[i]);
  text_release(&out);
  return status;
}

static duro_status save_episodes(const attack_session *s, const attack_cell *cell) {
  char path[RUN_PATH], file[sizeof cell->name + 8];
  text out = {0};
  // of a search for starts they are a part of the answer
  const int nx = cell->request.who == ATTACKER_STARTS ? s->run->env->spec.nx : 0;
  snprintf(file, sizeof file, "%s.csv", cell->name);
  run_path(path, s->folder, file);
  text_add(&out, "episode,return,h_min,violation_sum,violating_steps,length,filtered_steps,end,start_value");
  for (int j = 0; j < nx; j++) text_add(&out, ",start_%s", s->run->env->spec.x_names[j]);
  if (nx) text_add(&out, ",solution_h_min");
  text_add(&out, "\n");
  for (int64_t i = 0; i < attack_count(s, cell); i++) {
    const duro_episode *e = &s->episodes[i];
    const double row[] = {
        (double)i,         e->episode_return,         e->h_min,       e->violation_sum, (double)e->violating_steps,
        (double)e->length, (double)e->filtered_steps, (double)e->end, e->start_value};
    for (size_t j = 0; j < sizeof row / sizeof *row; j++) {
      if (j) text_add(&out, ",");
      text_add_number(&out, row[j]);
    }
    for (int j = 0; j < nx; j++) {
      text_add(&out, ",");
      text_add_number(&out, s->begun[i * nx + j]);
    }
    if (nx) text_add(&out, ","), text_add_number(&out, s->held[i]);
    text_add(&out, "\n");
  }
  const duro_status status = text_save(&out, path);
  text_release(&out);
  return status;
}

duro_status attack_save(const attack_session *s, const attack_cell *cell, const attack_result *result) {
  const duro_status status = save_episodes(s, cell);
  return status ? status : save_row(s, cell, result);
}
