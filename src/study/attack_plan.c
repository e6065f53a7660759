/* From the words of the command line to what is played. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/number.h"
#include "study/attack_session.h"

static const char *const names[ATTACKERS] = {
    "none", "random", "constant", "square",      "safety",          "performance",
    "grid", "search", "starts",   "best-safety", "best-performance"};

const char *attacker_name(attacker a) {
  return names[a];
}

attack_options attack_options_default(void) {
  return (attack_options){.attackers = "all",
                          .starts = "eval",
                          .filter = "both",
                          .margin = "0.05",
                          .amplitude = "1",
                          .noise = "0",
                          .episodes = 1000,
                          .seed = 1,
                          .updates = 4000,
                          .attacker_seeds = 2,
                          .searches = 8};
}

/* the next word of a list with commas, into `word`; false at the end */
static bool next_word(char *word, size_t size, const char **list) {
  if (!**list) return false;
  const size_t length = strcspn(*list, ",");
  snprintf(word, size, "%.*s", (int)length, *list);
  *list += length + ((*list)[length] == ',');
  return true;
}

/* numbers divided by commas, each at least `low` */
static duro_status read_levels(double *out, int *count, const char *option, const char *list, double low, double high) {
  char word[64];
  *count = 0;
  for (const char *at = list; next_word(word, sizeof word, &at);) {
    double value = 0;
    if (duro_number_real(&value, word) != DURO_NUMBER_FINE || value < low || value > high)
      return duro_fail(DURO_ERROR_ARGUMENT, "--%s is '%s'; wanted numbers from %g to %g, divided by commas", option,
                       list, low, high);
    if (*count == ATTACK_LEVELS)
      return duro_fail(DURO_ERROR_ARGUMENT, "--%s has more than %d numbers", option, ATTACK_LEVELS);
    out[(*count)++] = value;
  }
  if (!*count) return duro_fail(DURO_ERROR_ARGUMENT, "--%s is empty; wanted numbers divided by commas", option);
  return DURO_OK;
}

/* ---- attackers ---- */

static bool is_best(attacker who) {
  return who == ATTACKER_BEST_SAFETY || who == ATTACKER_BEST_PERFORMANCE;
}

static bool is_co_trained(attacker who) {
  return who == ATTACKER_SAFETY || who == ATTACKER_PERFORMANCE;
}

static duro_status add_request(attack_plan *plan, attacker who, bool foreign, double amplitude) {
  for (int i = 0; i < plan->requests; i++) {
    const attack_request *r = &plan->request[i];
    if (r->who == who && r->foreign == foreign && fabs(r->amplitude - amplitude) <= 0) return DURO_OK;
  }
  if (plan->requests == ATTACK_REQUESTS)
    return duro_fail(DURO_ERROR_ARGUMENT, "more than %d attackers and amplitudes", ATTACK_REQUESTS);
  plan->request[plan->requests++] = (attack_request){who, foreign, amplitude};
  return DURO_OK;
}

/* One attacker at one amplitude; a best response comes after the co-trained network that it is held against. */
static duro_status add_attacker(attack_plan *plan, const attack_options *given, attacker who, double amplitude) {
  duro_status status = DURO_OK;
  if (who == ATTACKER_NONE) return add_request(plan, who, false, 1);
  if (is_best(who) && !(amplitude > 0)) return DURO_OK;
  if (who == ATTACKER_BEST_SAFETY) status = add_request(plan, ATTACKER_SAFETY, false, amplitude);
  if (who == ATTACKER_BEST_PERFORMANCE) status = add_request(plan, ATTACKER_PERFORMANCE, false, amplitude);
  if (!status) status = add_request(plan, who, false, amplitude);
  if (!status && given->adversary && is_co_trained(who)) status = add_request(plan, who, true, amplitude);
  return status;
}

/* constant, square and safety at 0, .25, ..., 2 times the bound */
static duro_status add_sweep(attack_plan *plan, const attack_options *given) {
  static const attacker swept[] = {ATTACKER_CONSTANT, ATTACKER_SQUARE, ATTACKER_SAFETY};
  duro_status status = DURO_OK;
  for (size_t i = 0; i < sizeof swept / sizeof *swept; i++)
    for (int step = 0; !status && step <= 8; step++) status = add_attacker(plan, given, swept[i], .25 * step);
  return status;
}

static duro_status unknown(const char *word) {
  const char *known[ATTACKERS + 2];
  memcpy(known, names, sizeof names);
  known[ATTACKERS] = "all";
  known[ATTACKERS + 1] = "sweep";
  const char *near = duro_nearest(word, known, ATTACKERS + 2);
  if (near) return duro_fail(DURO_ERROR_ARGUMENT, "no attacker is called '%s'; did you mean '%s'?", word, near);
  return duro_fail(DURO_ERROR_ARGUMENT, "no attacker is called '%s'", word);
}

static duro_status add_word(attack_plan *plan, const attack_options *given, const char *word, const double *amplitude,
                            int amplitudes) {
  const bool all = !strcmp(word, "all");
  duro_status status = DURO_OK;
  bool known = all;
  if (!strcmp(word, "sweep")) return add_sweep(plan, given);
  for (int who = 0; who < ATTACKERS; who++) {
    if (!all && strcmp(word, names[who]) != 0) continue;
    known = true;
    if (who == ATTACKER_STARTS && all) continue; // counts searches: to be asked for by name
    if (who == ATTACKER_GRID && !given->solution) {
      if (all) continue;
      return duro_fail(DURO_ERROR_ARGUMENT, "the attacker 'grid' needs a solution of duro solve");
    }
    for (int i = 0; !status && i < amplitudes; i++) status = add_attacker(plan, given, (attacker)who, amplitude[i]);
  }
  return known ? status : unknown(word);
}

static duro_status read_attackers(attack_plan *plan, const attack_options *given) {
  double amplitude[ATTACK_LEVELS];
  int amplitudes;
  char word[64];
  duro_status status = read_levels(amplitude, &amplitudes, "amplitude", given->amplitude, 0, 100);
  for (const char *at = given->attackers; !status && next_word(word, sizeof word, &at);)
    status = add_word(plan, given, word, amplitude, amplitudes);
  if (!status && !plan->requests)
    status = duro_fail(DURO_ERROR_ARGUMENT, "attackers is '%s', which names none", given->attackers);
  return status;
}

/* ---- variations of the environment ---- */

/* every variation of `plan` with every value of one more assignment, into `out` (ATTACK_VARIATIONS) */
static duro_status combine(char (*out)[ATTACK_CHANGES], int *made, const attack_plan *plan, const char *assignment,
                           const char *equals) {
  char value[DURO_TEXT_SIZE];
  for (const char *at = equals + 1; next_word(value, sizeof value, &at);)
    for (int i = 0; i < plan->variations; i++) {
      if (*made == ATTACK_VARIATIONS)
        return duro_fail(DURO_ERROR_ARGUMENT, "the changes ask for more than %d variations", ATTACK_VARIATIONS);
      const int length = snprintf(out[(*made)++], ATTACK_CHANGES, "%s%s%.*s=%s", plan->variation[i],
                                  plan->variation[i][0] ? " " : "", (int)(equals - assignment), assignment, value);
      if (length >= ATTACK_CHANGES)
        return duro_fail(DURO_ERROR_ARGUMENT, "too many changes of the environment at once");
    }
  return *made ? DURO_OK : duro_fail(DURO_ERROR_ARGUMENT, "%s: no value after '='", assignment);
}

static duro_status vary(attack_plan *plan, const char *assignment) {
  const char *equals = strchr(assignment, '=');
  if (!equals || strncmp(assignment, "env.", 4) != 0)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s: wanted env.name=value or env.name=value,value,...", assignment);
  char(*out)[ATTACK_CHANGES] = duro_allocate(ATTACK_VARIATIONS * sizeof *out);
  if (!out) return DURO_ERROR_MEMORY;
  int made = 0;
  const duro_status status = combine(out, &made, plan, assignment, equals);
  memcpy(plan->variation, out, sizeof plan->variation);
  plan->variations = made;
  duro_release(out);
  return status;
}

duro_status attack_plan_make(attack_plan *plan, const attack_options *given) {
  int one;
  memset(plan, 0, sizeof *plan);
  plan->variations = 1;
  duro_status status = read_attackers(plan, given);
  if (!status) status = read_levels(plan->noise, &plan->noises, "noise", given->noise, 0, 1e6);
  if (!status) status = read_levels(&plan->margin, &one, "margin", given->margin, 0, 1e6);
  for (int i = 0; !status && i < given->set.count; i++) status = vary(plan, given->set.word[i]);
  if (status) return status;
  plan->claimed = !strcmp(given->starts, "claimed");
  plan->region = plan->claimed || !strcmp(given->starts, "inside") ? DURO_REGION_INSIDE
                 : !strcmp(given->starts, "outside")               ? DURO_REGION_OUTSIDE
                                                                   : DURO_REGION_ANY;
  if (plan->region != DURO_REGION_ANY && !plan->claimed && !given->solution)
    return duro_fail(DURO_ERROR_ARGUMENT, "the starts '%s' need a solution of duro solve", given->starts);
  return DURO_OK;
}
