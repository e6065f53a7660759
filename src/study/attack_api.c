/* The attack matrix for callers from C: duro/matrix.h. */
#include "duro/matrix.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/number.h"
#include "study/attack_session.h"

duro_matrix_options duro_matrix_options_default(void) {
  const attack_options plain = attack_options_default();
  return (duro_matrix_options){.struct_size = sizeof(duro_matrix_options),
                               .attackers = plain.attackers,
                               .starts = plain.starts,
                               .margin = 0.05,
                               .filter = plain.filter,
                               .amplitudes = plain.amplitude,
                               .noises = plain.noise,
                               .episodes = plain.episodes,
                               .searches = plain.searches,
                               .seed = plain.seed,
                               .updates = plain.updates,
                               .attacker_seeds = plain.attacker_seeds,
                               .threads = plain.threads};
}

/* ---- the caller's report ---- */

static duro_status tell(void *context, const attack_session *s, double in_cell, const duro_matrix_cell *cell) {
  const duro_matrix_options *options = context;
  const duro_matrix_progress now = {.struct_size = sizeof now,
                                    .share = s->cells ? (s->cell + in_cell) / s->cells : 0,
                                    .label = s->label,
                                    .phase = s->phase_name,
                                    .cell = cell};
  return options->report ? options->report(&now, options->context) : DURO_OK;
}

static duro_status begin(void *context, const attack_session *s) {
  (void)context, (void)s;
  return DURO_OK;
}

static duro_status end(void *context, const attack_session *s) {
  (void)context, (void)s;
  return DURO_OK;
}

static duro_status show(void *context, const attack_session *s, double in_cell) {
  return tell(context, s, in_cell, NULL);
}

static duro_status row(void *context, const attack_session *s, const attack_cell *cell, const attack_result *result,
                       const char *why) {
  duro_matrix_cell done = {.struct_size = sizeof done,
                           .attacker = attacker_name(cell->request.who),
                           .foreign = cell->request.foreign,
                           .amplitude = cell->request.amplitude,
                           .noise = cell->noise,
                           .changes = s->changes,
                           .act = cell->act,
                           .absent = why,
                           .note = "",
                           .savable = NAN};
  if (result) {
    done.savable = result->savable;
    done.summary = result->summary;
    done.filtered_share = result->filtered_share;
    done.seconds = result->seconds;
    done.note = result->note;
  }
  return tell(context, s, 1, &done);
}

/* ---- what is asked ---- */

static duro_status among(const char *name, const char *word, const char *const *words, int count) {
  for (int i = 0; i < count; i++)
    if (word && strcmp(word, words[i]) == 0) return DURO_OK;
  char wanted[128] = "";
  size_t n = 0;
  for (int i = 0; i < count && n < sizeof wanted; i++)
    n += (size_t)snprintf(wanted + n, sizeof wanted - n, "%s%s", !i ? "" : i < count - 1 ? ", " : " or ", words[i]);
  return duro_fail(DURO_ERROR_ARGUMENT, "%s is '%s'; wanted %s", name, word ? word : "NULL", wanted);
}

static duro_status check(const duro_matrix_options *o) {
  static const char *const starts[] = {"eval", "inside", "outside", "claimed"};
  static const char *const remedies[] = {"fallback", "nearest", "box"};
  const struct {
    const char *name;
    int64_t value, low;
  } numbers[] = {{"episodes", o->episodes, 1}, {"searches", o->searches, 1},
                 {"updates", o->updates, 1},   {"attacker_seeds", o->attacker_seeds, 1},
                 {"threads", o->threads, 0},   {"seed", o->seed, 0}};
  if (o->struct_size != sizeof *o)
    return duro_fail(DURO_ERROR_ARGUMENT, "the options of an attack have %zu bytes; wanted %zu", o->struct_size,
                     sizeof *o);
  if (!o->attackers || !o->amplitudes || !o->noises)
    return duro_fail(DURO_ERROR_ARGUMENT, "attackers, amplitudes or noises is NULL; wanted a list");
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (numbers[i].value < numbers[i].low)
      return duro_fail(DURO_ERROR_ARGUMENT, "%s is %lld; wanted %lld or more", numbers[i].name,
                       (long long)numbers[i].value, (long long)numbers[i].low);
  if (o->n_set < 0 || o->n_set > WORDS_MOST)
    return duro_fail(DURO_ERROR_ARGUMENT, "n_set is %d; wanted 0 to %d", o->n_set, WORDS_MOST);
  const duro_status status = among("starts", o->starts, starts, 4);
  if (!status && !o->filter) return duro_fail(DURO_ERROR_ARGUMENT, "filter is NULL; wanted off, on, both or a source");
  return status || !o->remedy ? status : among("remedy", o->remedy, remedies, 3);
}

static attack_options asked(const duro_matrix_options *o, char margin[DURO_NUMBER_SIZE]) {
  attack_options out = {.attackers = o->attackers,
                        .adversary = o->adversary,
                        .solution = o->solution,
                        .accept = o->accept_solution,
                        .starts = o->starts,
                        .filter = o->filter,
                        .remedy = o->remedy,
                        .filter_margin = o->filter_margin,
                        .hysteresis = o->hysteresis,
                        .margin = margin,
                        .amplitude = o->amplitudes,
                        .noise = o->noises,
                        .episodes = o->episodes,
                        .seed = o->seed,
                        .threads = o->threads,
                        .updates = o->updates,
                        .attacker_seeds = o->attacker_seeds,
                        .searches = o->searches,
                        .set.count = o->n_set};
  duro_number_text(margin, o->margin);
  for (int i = 0; i < o->n_set; i++) out.set.word[i] = o->set[i];
  return out;
}

static duro_status attack(const char *folder, const duro_matrix_options *options, const attack_options *given,
                          const attack_plan *plan) {
  const run_how how = {.open = options->open ? *options->open : (duro_env_open_options){0}};
  run adversary;
  duro_status status = given->adversary ? run_open(&adversary, given->adversary, NULL, 0, &how) : DURO_OK;
  if (status) return status;
  const attack_watcher watcher = {
      .context = (void *)(uintptr_t)options, .begin = begin, .progress = show, .row = row, .end = end};
  const attack_session all = {.given = given,
                              .plan = plan,
                              .adversary = given->adversary ? &adversary : NULL,
                              .watcher = &watcher,
                              .how = &how};
  status = attack_run(&all, folder);
  if (given->adversary) run_close(&adversary);
  return status;
}

duro_status duro_attack_run(const char *folder, const duro_matrix_options *options) {
  const duro_matrix_options defaults = duro_matrix_options_default();
  if (!options) options = &defaults;
  duro_status status = check(options);
  attack_plan *plan = status ? NULL : duro_allocate(sizeof *plan);
  if (!plan) return status ? status : DURO_ERROR_MEMORY;
  char margin[DURO_NUMBER_SIZE];
  const attack_options given = asked(options, margin);
  status = attack_plan_make(plan, &given);
  if (!status) status = attack(folder, options, &given, plan);
  duro_release(plan);
  return status;
}
