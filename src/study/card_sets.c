/* What a card says of the learned set, and of a proof. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/escape.h"
#include "io/file.h"
#include "io/number.h"
#include "io/sha256.h"
#include "io/table.h"
#include "study/card.h"
#include "study/certified.h"
#include "study/sets.h"

/* ---- learned sets: the deployed policy's row of sets/summary.csv, the last one ---- */

static const char *const shares[] = {"iou", "false_safe", "false_unsafe", "learned", "exact", "kept", "starts"};

static duro_status says_of_row(json_t **out, const sheet *s, int row) {
  json_t *says =
      json_pack("{s:s, s:s}", "reference", sheet_cell(s, row, "reference"), "cells", sheet_cell(s, row, "grid"));
  bool fine = says;
  for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
    fine = !json_object_set_new(says, shares[i], card_number(sheet_number(s, row, shares[i]))) && fine;
  *out = says;
  if (fine) return DURO_OK;
  json_decref(says);
  return card_no_memory();
}

static duro_status add_row(card *c, const sheet *s, int row) {
  text command = {0};
  json_t *says = NULL;
  const bool grid = strcmp(sheet_cell(s, row, "reference"), "grid") == 0;
  text_add(&command, "duro sets ");
  text_add_shell(&command, c->given->folder);
  text_add(&command, "%s", grid ? " --solution " : "");
  if (grid) text_add_shell(&command, c->given->solution ? c->given->solution : "DIR");
  duro_status status = text_status(&command);
  if (!status) status = says_of_row(&says, s, row);
  json_t *with = json_pack("{s:b, s:s}", "solution", grid, "key", sheet_cell(s, row, "key"));
  if (!status) status = card_add(c, "sets", says, with, command.bytes);
  text_release(&command);
  return status;
}

duro_status card_add_sets(card *c) {
  char path[RUN_PATH];
  sheet s = {0};
  bool there;
  run_path(path, c->given->folder, "sets/summary.csv");
  duro_status status = sheet_read_if_there(&s, &there, path);
  const double step = (double)duro_policy_about(c->run.policy)->step;
  if (!status && s.rows && fabs(sheet_number(&s, s.rows - 1, "step") - step) <= 0) status = add_row(c, &s, s.rows - 1);
  sheet_release(&s);
  return status;
}

static duro_status begin(void *context, const sets_work *w) {
  (void)context, (void)w;
  return DURO_OK;
}

static duro_status row_done(void *context, const sets_work *w, const sets_row *row) {
  (void)context, (void)w, (void)row;
  return DURO_OK;
}

static duro_status ask(void *context) {
  const card *c = context;
  return c->watcher->ask(c->watcher->context, c->line, 0);
}

/* Points along an axis, of "201x201"; 0, the default, where cells are drawn. */
static int64_t points_of(const char *cells) {
  int64_t points = 0;
  char first[24];
  snprintf(first, sizeof first, "%.*s", (int)strcspn(cells, "x"), cells);
  return strstr(cells, "drawn") || duro_number_int(&points, first) != DURO_NUMBER_FINE || points < 0 ? 0 : points;
}

static duro_status measure(card *c, const sets_options *how) {
  const sets_watcher watcher = {.context = c, .begin = begin, .row = row_done, .ask = ask};
  sets_work *w = duro_allocate(sizeof *w);
  if (!w) return DURO_ERROR_MEMORY;
  const duro_status status = sets_compare(w, c->given->folder, how, &watcher, c->how);
  sets_close(w);
  duro_release(w);
  return status;
}

/* With other options than the row was measured with, nothing is told. */
static duro_status read_measured(json_t **says, const char *folder, const json_t *line) {
  char path[RUN_PATH];
  sheet s;
  const char *key = json_string_value(json_object_get(json_object_get(line, "with"), "key"));
  run_path(path, folder, "summary.csv");
  duro_status status = sheet_read(&s, path);
  if (status) return status;
  status = says_of_row(says, &s, 0);
  if (!status && !json_equal(card_line_says(line), *says) && (!key || strcmp(sheet_cell(&s, 0, "key"), key) != 0)) {
    json_decref(*says);
    status = duro_fail(DURO_ERROR_ARGUMENT, "it was measured with other options, system, policy or program");
  }
  sheet_release(&s);
  return status;
}

duro_status card_find_sets(json_t **says, card *c, const json_t *line) {
  char folder[RUN_PATH];
  const char *cells = json_string_value(json_object_get(card_line_says(line), "cells"));
  sets_options how = sets_options_default();
  run_path(folder, c->scratch, "sets");
  how.out = folder;
  how.points = points_of(cells ? cells : "");
  how.threads = c->given->threads;
  how.accept = c->given->accept;
  if (json_is_true(json_object_get(json_object_get(line, "with"), "solution"))) {
    if (!c->given->solution) return duro_fail(DURO_ERROR_ARGUMENT, "it needs the solution of the system");
    how.solution = c->given->solution;
  }
  const duro_status status = measure(c, &how);
  return status ? status : read_measured(says, folder, line);
}

/* ---- a proof: set.certificate of the solution ---- */

static duro_status read_grid(json_t **root, const card *c) {
  char path[RUN_PATH], *bytes;
  size_t size;
  run_path(path, c->given->solution, "grid.json");
  duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  status = duro_json_parse(root, bytes, size, path);
  duro_file_release(bytes);
  return status;
}

/* `volume`: of the proved set, NaN where it is not proved. */
static duro_status says_of_proof(json_t **says, const card *c, const char *path, bool proved) {
  char sum[DURO_SHA256_TEXT];
  size_t size;
  json_t *root;
  duro_status status = duro_sha256_file(sum, &size, path);
  if (!status) status = read_grid(&root, c);
  if (status) return status;
  const json_t *object = json_object_get(root, "volume");
  const json_t *volume = json_object_get(object, "certified"), *share = json_object_get(object, "certified_share");
  *says = json_pack("{s:b, s:o, s:o, s:s}", "proved", proved, "volume",
                    card_number(json_is_number(volume) ? json_number_value(volume) : NAN), "share_of_the_set",
                    card_number(json_is_number(share) ? json_number_value(share) : NAN), "sha256", sum);
  json_decref(root);
  return *says ? DURO_OK : card_no_memory();
}

static duro_status proof_path(char path[RUN_PATH], bool *there, const card *c) {
  duro_kind what = DURO_KIND_NOTHING;
  run_path(path, c->given->solution ? c->given->solution : "", "set.certificate");
  const duro_status status = c->given->solution ? duro_file_look(&what, path) : DURO_OK;
  *there = what == DURO_KIND_FILE;
  return status;
}

duro_status card_add_certificate(card *c) {
  char path[RUN_PATH];
  bool there;
  json_t *says;
  text command = {0};
  duro_status status = proof_path(path, &there, c);
  if (status || !there) return status;
  text_add(&command, "duro-recheck ");
  text_add_shell(&command, path);
  status = text_status(&command);
  if (!status) status = says_of_proof(&says, c, path, true);
  if (!status) status = card_add(c, "certificate", says, NULL, command.bytes);
  text_release(&command);
  return status;
}

/* Nine digits are what the checker prints. */
static bool is_volume(const json_t *says, double volume) {
  const double said = json_number_value(json_object_get(says, "volume"));
  return fabs(said - volume) <= 1e-8 * fabs(volume);
}

duro_status card_find_certificate(json_t **says, card *c, const json_t *line) {
  char path[RUN_PATH];
  bool there, proved;
  double volume = NAN;
  duro_status status = proof_path(path, &there, c);
  if (!status && !there) return duro_fail(DURO_ERROR_ARGUMENT, "it needs a solution with set.certificate");
  if (!status) status = c->watcher->recheck(c->watcher->context, &proved, &volume, path);
  if (!status) status = says_of_proof(says, c, path, proved);
  if (status || !proved || is_volume(card_line_says(line), volume)) return status;
  return json_object_set_new(*says, "volume", card_number(volume)) ? card_no_memory() : DURO_OK;
}

/* ---- the certificate of duro certify, and the policy in its set ---- */

static duro_status says_of_share(json_t **says, bool proved, double volume, const char *sum, int64_t seed,
                                 const certified_share *share) {
  const duro_interval own = duro_clopper_pearson(share->own, share->states, 0.05);
  const duro_interval kept = duro_clopper_pearson(share->states - share->none, share->states, 0.05);
  *says = json_pack("{s:b, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:[o, o], s:[o, o]}", "proved", proved, "volume",
                    card_number(volume), "sha256", sum, "seed", (json_int_t)seed, "states", (json_int_t)share->states,
                    "own", (json_int_t)share->own, "nearest", (json_int_t)share->nearest, "fallback",
                    (json_int_t)share->fallback, "none", (json_int_t)share->none, "own_interval", card_number(own.low),
                    card_number(own.high), "kept_interval", card_number(kept.low), card_number(kept.high));
  return *says ? DURO_OK : card_no_memory();
}

static int64_t whole_number(const json_t *object, const char *key) {
  return json_integer_value(json_object_get(object, key));
}

/* As it stands in certified.json, where that is of this policy and of the certificate beside it. */
duro_status card_add_certified(card *c) {
  char path[RUN_PATH], sum[DURO_SHA256_TEXT];
  size_t size;
  json_t *kept, *says = NULL;
  duro_status status = certified_read(&kept, c->given->folder, c->run.policy);
  if (status || !kept) return status;
  const certified_share share = {whole_number(kept, "states"), whole_number(kept, "own"), whole_number(kept, "nearest"),
                                 whole_number(kept, "fallback"), whole_number(kept, "none")};
  const char *of = json_string_value(json_object_get(kept, "sha256"));
  run_path(path, c->given->folder, CERTIFIED_FOLDER "/" CERTIFIED_FILE);
  status = duro_sha256_file(sum, &size, path);
  const bool beside = !status && of && strcmp(of, sum) == 0;
  if (beside)
    status = says_of_share(&says, true, json_number_value(json_object_get(kept, "volume")), sum,
                           whole_number(kept, "seed"), &share);
  if (beside && !status) status = card_add_checked(c, "certified", says, NULL);
  json_decref(kept);
  return status;
}

static duro_status count_again(certified_share *share, const card *c, const char *path, const json_t *says) {
  duro_certificate *certificate;
  const certified_draw how = {
      .states = whole_number(says, "states"), .seed = whole_number(says, "seed"), .threads = c->given->threads};
  if (how.states < 0 || how.states > 10000000)
    return duro_fail(DURO_ERROR_ARGUMENT, "its states are %lld; wanted 0 to 10000000", (long long)how.states);
  duro_status status = duro_certificate_load(&certificate, path, c->run.config.ops);
  if (!status) status = certified_count(share, certificate, &c->run, &how);
  duro_certificate_destroy(certificate);
  return status;
}

duro_status card_find_certified(json_t **says, card *c, const json_t *line) {
  char path[RUN_PATH], sum[DURO_SHA256_TEXT];
  size_t size;
  bool proved = false;
  double volume = NAN;
  certified_share share = {0};
  const json_t *said = card_line_says(line);
  run_path(path, c->given->folder, CERTIFIED_FOLDER "/" CERTIFIED_FILE);
  duro_status status = duro_sha256_file(sum, &size, path);
  if (!status) status = c->watcher->recheck(c->watcher->context, &proved, &volume, path);
  if (!status) status = count_again(&share, c, path, said);
  if (status) return status;
  if (proved && is_volume(said, volume)) volume = json_number_value(json_object_get(said, "volume"));
  return says_of_share(says, proved, volume, sum, whole_number(said, "seed"), &share);
}
