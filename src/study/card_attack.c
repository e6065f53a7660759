/* What a card says of attacks: a line for each row of the attack matrix, played again by the same code into a folder
 * of its own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "duro/stats.h"
#include "io/escape.h"
#include "io/number.h"
#include "study/attack_session.h"
#include "study/card.h"

enum { WORDS = 512 };

/* A cell as duro attack is asked for it. Its words point into `words` and `changes`. */
typedef struct asked {
  attack_options options;
  bool solution, adversary; /* it was played with them */
  char words[4][DURO_NUMBER_SIZE + DURO_TEXT_SIZE], changes[ATTACK_CHANGES];
} asked;

/* ---- rows ---- */

/* The identity of a cell, by which its row is found again. */
static const char *const identity[] = {"attacker", "acting", "amplitude", "noise", "changes", "starts"};
enum { IDENTITY = sizeof identity / sizeof *identity };

static bool is_number(const char *column) {
  return strcmp(column, "amplitude") == 0 || strcmp(column, "noise") == 0;
}

static bool is_search(const sheet *s, int row) {
  return strcmp(sheet_cell(s, row, "attacker"), "starts") == 0;
}

/* [low, high] of the probability that an episode violates, 95 %; what was cut off may or may not have violated. */
static json_t *interval_of(const sheet *s, int row) {
  const int64_t k = (int64_t)sheet_number(s, row, "violating"), n = (int64_t)sheet_number(s, row, "episodes"),
                cut = (int64_t)sheet_number(s, row, "cut_off");
  if (is_search(s, row) || n < 1) return json_null(); // no sample
  const duro_interval low = duro_clopper_pearson(k, n, .05), high = duro_clopper_pearson(k + cut, n, .05);
  return json_pack("[o, o]", card_number(low.low), card_number(high.high));
}

static duro_status says_of_row(json_t **out, const sheet *s, int row) {
  static const char *const numbers[] = {"seed",          "episodes",        "violating",
                                        "cut_off",       "violation_bound", "return_mean",
                                        "return_std",    "h_min",           "violating_steps_mean",
                                        "filtered_share"};
  json_t *says = json_object();
  bool fine = says;
  for (int i = 0; i < IDENTITY; i++) {
    json_t *value = is_number(identity[i]) ? card_number(sheet_number(s, row, identity[i]))
                                           : json_string(sheet_cell(s, row, identity[i]));
    fine = !json_object_set_new(says, identity[i], value) && fine;
  }
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    fine = !json_object_set_new(says, numbers[i], card_number(sheet_number(s, row, numbers[i]))) && fine;
    if (strcmp(numbers[i], "cut_off") == 0) fine = !json_object_set_new(says, "interval", interval_of(s, row)) && fine;
  }
  fine = !json_object_set_new(says, "note", json_string(sheet_cell(s, row, "note"))) && fine;
  *out = says;
  if (fine) return DURO_OK;
  json_decref(says);
  return card_no_memory();
}

/* ---- how it was asked for ---- */

static const char *foreign_part(const char *attacker) {
  return strstr(attacker, "-by-");
}

static void split_changes(asked *a, const char *changes) {
  snprintf(a->changes, sizeof a->changes, "%s", changes);
  a->options.set.count = 0;
  for (char *rest, *word = strtok_r(a->changes, " ", &rest); word && a->options.set.count < WORDS_MOST;
       word = strtok_r(NULL, " ", &rest))
    a->options.set.word[a->options.set.count++] = word;
}

/* The words of a cell that its row tells. */
static void ask_for(asked *a, const card *c, const char *attacker, const char *acting, double amplitude, double noise,
                    const char *changes, const char *starts) {
  const char *foreign = foreign_part(attacker);
  *a = (asked){.options = attack_options_default()};
  a->options.threads = c->given->threads;
  a->options.accept = c->given->accept;
  a->options.filter = strcmp(acting, "filtered") == 0 ? "on" : "off";
  snprintf(a->words[0], sizeof a->words[0], "%.*s", (int)(foreign ? foreign - attacker : 180), attacker);
  duro_number_text(a->words[1], amplitude);
  duro_number_text(a->words[2], noise);
  snprintf(a->words[3], sizeof a->words[3], "%.20s", starts);
  a->options.attackers = a->words[0];
  a->options.amplitude = a->words[1];
  a->options.noise = a->words[2];
  a->options.starts = a->words[3];
  a->adversary = foreign;
  split_changes(a, changes);
}

static void use(asked *a, const card *c) {
  a->options.solution = a->solution ? c->given->solution : NULL;
  a->options.adversary = a->adversary ? c->given->adversary : NULL;
}

/* ---- making: which options give the key of a row ---- */

/* The run under the changes of the present row, kept while they stay the same. */
typedef struct changed_run {
  run run;
  bool open;
  char changes[ATTACK_CHANGES];
} changed_run;

static duro_status open_changed(changed_run *r, const card *c, const asked *a, const char *changes) {
  if (r->open && strcmp(r->changes, changes) == 0) return DURO_OK;
  if (r->open) run_close(&r->run);
  snprintf(r->changes, sizeof r->changes, "%s", changes);
  const duro_status status = run_open(&r->run, c->given->folder, a->options.set.word, a->options.set.count, c->how);
  r->open = !status;
  return status;
}

/* Does the file of a trained attacker say that it met these starts? */
static bool trained_from(const char *file, const char *starts) {
  static const char *const kinds[] = {"inside", "outside", "claimed"}; // of others nothing is said
  bool same = true;
  for (int i = 0; i < 3; i++) {
    char part[16];
    snprintf(part, sizeof part, "-%s-", kinds[i]);
    same = same && (strstr(file, part) != NULL) == (strcmp(starts, kinds[i]) == 0);
  }
  return same;
}

/* Updates and seeds of the attackers that were trained for a row, which lie in attackers.csv. */
static duro_status find_trained(asked *a, const sheet *trained, const sheet *s, int row) {
  const char *of[] = {"acting", "changes", "owner"};
  int64_t seeds = 0, updates = 0;
  for (int i = 0; i < trained->rows; i++) {
    const bool performance = strcmp(sheet_cell(trained, i, "kind"), "performance") == 0;
    bool same = performance == (strcmp(a->options.attackers, "best-performance") == 0) &&
                trained_from(sheet_cell(trained, i, "file"), a->options.starts);
    for (int k = 0; k < 3; k++) same = same && !strcmp(sheet_cell(trained, i, of[k]), sheet_cell(s, row, of[k]));
    same = same && fabs(sheet_number(trained, i, "amplitude") - sheet_number(s, row, "amplitude")) <= 0 &&
           fabs(sheet_number(trained, i, "noise") - sheet_number(s, row, "noise")) <= 0;
    if (!same) continue;
    const int64_t n = (int64_t)sheet_number(trained, i, "updates"), seed = (int64_t)sheet_number(trained, i, "seed");
    updates = !updates || n < updates ? n : updates;
    seeds = seed > seeds ? seed : seeds;
  }
  if (updates) a->options.updates = updates;
  if (seeds) a->options.attacker_seeds = seeds;
  return DURO_OK;
}

static duro_act act_of(const card *c, const char *acting) {
  for (int act = DURO_ACT_TASK; act <= DURO_ACT_FILTERED; act++)
    if (strcmp(acting, duro_policy_act_name((duro_act)act)) == 0) return (duro_act)act;
  return run_plain_act(c->run.policy);
}

/* The name of the cell, and whether these options give its key. */
static duro_status try_options(attack_cell *cell, bool *right, asked *a, const card *c, const run *r, attack_plan *plan,
                               const sheet *s, int row) {
  use(a, c);
  *right = false;
  duro_status status = attack_plan_make(plan, &a->options);
  if (status) return status;
  attack_session session = {.given = &a->options,
                            .plan = plan,
                            .run = r,
                            .adversary = a->adversary ? &c->other : NULL,
                            .solution = a->solution ? &c->solved : NULL,
                            .changes = sheet_cell(s, row, "changes")};
  session.state = attack_state(&session);
  *cell = (attack_cell){.act = act_of(c, sheet_cell(s, row, "acting")), .noise = sheet_number(s, row, "noise")};
  const bool foreign = foreign_part(sheet_cell(s, row, "attacker"));
  for (int i = 0; i < plan->requests; i++) // a co-trained one stands before a trained one
    if (plan->request[i].foreign == foreign) cell->request = plan->request[i];
  status = attack_cell_name(cell, &session);
  *right = !status && strcmp(cell->key, sheet_cell(s, row, "key")) == 0;
  return status;
}

/* Tries what may have been given beside the row's own words. */
static duro_status find_options(attack_cell *cell, bool *right, asked *a, const card *c, const run *r,
                                attack_plan *plan, const sheet *s, int row) {
  const char *margins[] = {a->options.margin, c->given->margin};
  const bool foreign = a->adversary, outside = strcmp(a->options.starts, "eval") != 0;
  duro_status status = DURO_OK;
  *right = false;
  for (int k = 0; !status && !*right && k < 8; k++) {
    a->solution = k & 1;
    a->adversary = k >> 1 & 1;
    const char *margin = margins[k >> 2];
    if ((a->solution && !c->has_solved) || (a->adversary && !c->has_other) || !margin) continue;
    if ((foreign && !a->adversary) || (outside && !a->solution)) continue;
    a->options.margin = margin;
    if (strcmp(a->options.attackers, "grid") == 0 && !a->solution) continue;
    status = try_options(cell, right, a, c, r, plan, s, row);
  }
  return status;
}

static json_t *with_of(const asked *a) {
  return json_pack("{s:b, s:b, s:s, s:I, s:I}", "solution", a->solution, "adversary", a->adversary, "margin",
                   a->options.margin, "updates", (json_int_t)a->options.updates, "attacker_seeds",
                   (json_int_t)a->options.attacker_seeds);
}

static void add_option(text *out, const char *name, const char *value) {
  text_add(out, " --%s ", name);
  text_add_shell(out, value);
}

/* The command that plays it. */
static void add_command(text *out, const card *c, const asked *a) {
  const attack_options *o = &a->options;
  const bool trained = strncmp(o->attackers, "best-", 5) == 0, search = strcmp(o->attackers, "starts") == 0;
  text_add(out, "duro attack ");
  text_add_shell(out, c->given->folder);
  add_option(out, "attackers", o->attackers);
  text_add(out, " --filter %s --%s %lld --seed %lld", o->filter, search ? "searches" : "episodes",
           (long long)(search ? o->searches : o->episodes), (long long)o->seed);
  if (strcmp(o->amplitude, "1") != 0) add_option(out, "amplitude", o->amplitude);
  if (strcmp(o->noise, "0") != 0) add_option(out, "noise", o->noise);
  for (int i = 0; i < o->set.count; i++) add_option(out, "set", o->set.word[i]);
  if (strcmp(o->starts, "eval") != 0) add_option(out, "starts", o->starts), add_option(out, "margin", o->margin);
  if (a->solution) add_option(out, "solution", c->given->solution);
  if (a->adversary) add_option(out, "adversary", c->given->adversary);
  if (trained)
    text_add(out, " --updates %lld --attacker-seeds %lld", (long long)o->updates, (long long)o->attacker_seeds);
}

static duro_status add_row(card *c, const asked *a, const char *cell, bool known, const sheet *s, int row) {
  text name = {0}, command = {0};
  json_t *says = NULL;
  text_add(&name, "attack/%s", cell);
  if (known) add_command(&command, c, a);
  duro_status status = text_status(&name);
  if (!status && known) status = text_status(&command);
  if (!status) status = says_of_row(&says, s, row);
  if (!status) status = card_add(c, name.bytes, says, known ? with_of(a) : NULL, known ? command.bytes : "");
  text_release(&name);
  text_release(&command);
  return status;
}

static duro_status add_attack(card *c, changed_run *r, attack_plan *plan, const sheet *trained, const sheet *s,
                              int row) {
  const char *changes = sheet_cell(s, row, "changes");
  attack_cell cell = {.name = ""};
  bool known = false;
  asked *a = duro_allocate(sizeof *a);
  if (!a) return DURO_ERROR_MEMORY;
  ask_for(a, c, sheet_cell(s, row, "attacker"), sheet_cell(s, row, "acting"), sheet_number(s, row, "amplitude"),
          sheet_number(s, row, "noise"), changes, sheet_cell(s, row, "starts"));
  a->options.seed = (int64_t)sheet_number(s, row, "seed");
  *(is_search(s, row) ? &a->options.searches : &a->options.episodes) = (int64_t)sheet_number(s, row, "episodes");
  duro_status status = open_changed(r, c, a, changes);
  if (!status) status = find_trained(a, trained, s, row);
  if (!status) status = find_options(&cell, &known, a, c, &r->run, plan, s, row);
  if (!cell.name[0])
    snprintf(cell.name, sizeof cell.name, "%.80s-%.20s", sheet_cell(s, row, "attacker"), sheet_cell(s, row, "acting"));
  if (!status) status = add_row(c, a, cell.name, known, s, row);
  duro_release(a);
  return status;
}

/* ---- all of them ---- */

static duro_status read_sheet(sheet *s, const card *c, const char *file) {
  char path[RUN_PATH];
  bool there;
  run_path(path, c->given->folder, file);
  return sheet_read_if_there(s, &there, path);
}

/* of this policy, and not behind the filter of another source, which the card knows nothing of */
static bool is_own(const sheet *s, int row, const char *owner) {
  const bool foreign_filter = strncmp(sheet_cell(s, row, "acting"), "filtered-by-", strlen("filtered-by-")) == 0;
  return strcmp(sheet_cell(s, row, "owner"), owner) == 0 && !foreign_filter;
}

static duro_status add_rows(card *c, const sheet *s, const sheet *trained, attack_plan *plan) {
  char owner[DURO_HASH_TEXT];
  changed_run r = {.open = false};
  duro_status status = DURO_OK;
  attack_owner(owner, c->run.policy);
  for (int row = 0; !status && row < s->rows; row++)
    if (is_own(s, row, owner))
      status = add_attack(c, &r, plan, trained, s, row);
    else
      c->left_out++;
  if (r.open) run_close(&r.run);
  return status;
}

static int count_attacks(const card *c) {
  int count = 0;
  for (size_t at = 0; card_line_next(c->lines, &at, "attack");) count++;
  return count;
}

duro_status card_find_attacks(json_t **says, card *c, const json_t *line) {
  char owner[DURO_HASH_TEXT];
  sheet s = {0};
  int own = 0, found = count_attacks(c);
  const duro_status status = read_sheet(&s, c, "attack/matrix.csv");
  if (status) return status;
  attack_owner(owner, c->run.policy);
  for (int row = 0; row < s.rows; row++) own += is_own(&s, row, owner);
  sheet_release(&s);
  // lines that were left out show, and rows that were, where the run has its matrix
  const json_t *claimed = json_object_get(card_line_says(line), "cells");
  if (own && json_integer_value(claimed) == found) found = own;
  *says = json_pack("{s:i}", "cells", found);
  return *says ? DURO_OK : card_no_memory();
}

duro_status card_add_attacks(card *c) {
  sheet s = {0}, trained = {0};
  json_t *says = NULL;
  attack_plan *plan = duro_allocate(sizeof *plan);
  duro_status status = plan ? read_sheet(&s, c, "attack/matrix.csv") : DURO_ERROR_MEMORY;
  if (!status) status = read_sheet(&trained, c, "attack/attackers/attackers.csv");
  if (!status) status = add_rows(c, &s, &trained, plan);
  if (!status) status = card_find_attacks(&says, c, NULL);
  if (!status) status = card_add_checked(c, "attacks", says, NULL);
  sheet_release(&s);
  sheet_release(&trained);
  duro_release(plan);
  return status;
}

/* ---- playing one again ---- */

static duro_status begin(void *context, const attack_session *s) {
  (void)context, (void)s;
  return DURO_OK;
}

static duro_status progress(void *context, const attack_session *s, double in_cell) {
  const card *c = context;
  return c->watcher->ask(c->watcher->context, c->line, s->cells ? (s->cell + in_cell) / s->cells : in_cell);
}

static duro_status row_done(void *context, const attack_session *s, const attack_cell *cell,
                            const attack_result *result, const char *why) {
  (void)context, (void)s, (void)cell, (void)result, (void)why;
  return DURO_OK;
}

static const char *text_of(const json_t *object, const char *key) {
  const char *word = json_string_value(json_object_get(object, key));
  return word ? word : "";
}

static int64_t integer_of(const json_t *object, const char *key, int64_t low, int64_t high) {
  const int64_t value = (int64_t)json_integer_value(json_object_get(object, key));
  return value < low ? low : value > high ? high : value;
}

/* What a line asks for. */
static duro_status ask_again(asked *a, const card *c, const json_t *says, const json_t *with) {
  const char *margin = text_of(with, "margin");
  ask_for(a, c, text_of(says, "attacker"), text_of(says, "acting"),
          json_number_value(json_object_get(says, "amplitude")), json_number_value(json_object_get(says, "noise")),
          text_of(says, "changes"), text_of(says, "starts"));
  a->options.seed = integer_of(says, "seed", 0, (int64_t)1 << 53);
  a->options.episodes = a->options.searches = integer_of(says, "episodes", 1, 10000000);
  if (strcmp(a->options.attackers, "starts") == 0) a->options.episodes = 1;
  a->options.updates = integer_of(with, "updates", 1, 1000000000);
  a->options.attacker_seeds = integer_of(with, "attacker_seeds", 1, 16);
  a->options.margin = margin;
  a->solution = json_is_true(json_object_get(with, "solution"));
  a->adversary = json_is_true(json_object_get(with, "adversary"));
  use(a, c);
  if (a->solution && !c->has_solved) return duro_fail(DURO_ERROR_ARGUMENT, "it needs the solution of the system");
  if (a->adversary && !c->has_other) return duro_fail(DURO_ERROR_ARGUMENT, "it needs the run whose networks attacked");
  return DURO_OK;
}

static duro_status play(const card *c, const attack_options *given) {
  const attack_watcher watcher = {
      .context = (void *)(uintptr_t)c, .begin = begin, .progress = progress, .row = row_done, .end = begin};
  attack_plan *plan = duro_allocate(sizeof *plan);
  if (!plan) return DURO_ERROR_MEMORY;
  attack_session all = {.given = given,
                        .plan = plan,
                        .adversary = given->adversary ? &c->other : NULL,
                        .watcher = &watcher,
                        .how = c->how};
  run_path(all.folder, c->scratch, "attack");
  duro_status status = attack_plan_make(plan, given);
  if (!status) status = attack_run(&all, c->given->folder);
  duro_release(plan);
  return status;
}

static bool is_row(const json_t *says, const json_t *other) {
  bool same = true;
  for (int i = 0; i < IDENTITY; i++)
    same = same && json_equal(json_object_get(says, identity[i]), json_object_get(other, identity[i]));
  return same;
}

/* The row of a cell that was played just now. */
static duro_status read_played(json_t **out, const card *c, const json_t *says) {
  char path[RUN_PATH];
  sheet s;
  bool there;
  run_path(path, c->scratch, "attack/matrix.csv");
  duro_status status = sheet_read_if_there(&s, &there, path);
  if (status) return status;
  *out = NULL;
  for (int row = 0; !status && !*out && row < s.rows; row++) {
    status = says_of_row(out, &s, row);
    if (status || is_row(says, *out)) continue;
    json_decref(*out);
    *out = NULL;
  }
  sheet_release(&s);
  if (status || *out) return status;
  return duro_fail(DURO_ERROR_ARGUMENT, "no attacker plays so against this policy");
}

duro_status card_find_attack(json_t **says, card *c, const json_t *line) {
  const json_t *said = card_line_says(line), *with = json_object_get(line, "with");
  if (!with) return duro_fail(DURO_ERROR_ARGUMENT, "the card does not know how it was played");
  asked *a = duro_allocate(sizeof *a);
  if (!a) return DURO_ERROR_MEMORY;
  duro_status status = ask_again(a, c, said, with);
  if (!status) status = play(c, &a->options);
  if (!status) status = read_played(says, c, said);
  duro_release(a);
  return status;
}
