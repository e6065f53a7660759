/* What is known of the safety of a policy. */
#include "duro/verdict.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/escape.h"
#include "io/table.h"
#include "run/path.h"
#include "run/run.h"
#include "study/attack_session.h"

enum { NAMES = 64 };

/* What was read so far. */
typedef struct reading {
  const char *act;
  double step;
  char owner[DURO_HASH_TEXT];
  char name[NAMES][40]; // attackers, each once
  int names, attacked;  // those of the attack matrix come first
  char seeds[80], starts[40];
  char worst[40];
  char aside[160]; // why rows did not count, each reason once
  double cut_off;
  double savable; // of the row that is the worst
  bool any;
} reading;

int duro_verdict_acts(duro_act acts[2], const duro_policy *policy) {
  const char *deployed = duro_policy_about(policy)->deployed;
  for (int act = DURO_ACT_TASK; act <= DURO_ACT_FILTERED; act++)
    if (strcmp(deployed, duro_policy_act_name((duro_act)act)) == 0) {
      acts[0] = (duro_act)act;
      return 1;
    }
  acts[0] = run_plain_act(policy), acts[1] = DURO_ACT_FILTERED;
  return duro_policy_can(policy, DURO_ACT_FILTERED) ? 2 : 1;
}

const char *duro_verdict_name(duro_verdict_kind kind) {
  static const char *const names[] = {[DURO_VERDICT_UNTRIED] = "untried",
                                      [DURO_VERDICT_HOLDS] = "holds",
                                      [DURO_VERDICT_BROKEN] = "broken",
                                      [DURO_VERDICT_CUT_OFF] = "cut-off"};
  return names[kind];
}

static bool met(const reading *r, const char *part) {
  for (int i = 0; i < r->names; i++)
    if (strncmp(r->name[i], part, strlen(part)) == 0) return true;
  return false;
}

static bool was_attacked(const reading *r, const char *name) {
  for (int i = 0; i < r->attacked; i++)
    if (strcmp(r->name[i], name) == 0) return true;
  return false;
}

/* Appends ", word" unless it is there. */
static void add_word(char *list, size_t size, const char *word) {
  char both[64];
  snprintf(both, sizeof both, "%s,", word);
  char padded[240];
  snprintf(padded, sizeof padded, "%s,", list);
  if (strstr(padded, both)) return;
  const size_t length = strlen(list);
  snprintf(list + length, size - length, "%s%s", length ? ", " : "", word);
}

static bool other_than_one(const sheet *s, int row, const char *column, double usual) {
  const double value = sheet_number(s, row, column);
  return isfinite(value) && fabs(value - usual) > 0;
}

/* Why a row about this way of acting says nothing of its safety; NULL where it does. */
static const char *why_not(const sheet *s, int row, const reading *r) {
  const double step = sheet_number(s, row, "step");
  const char *owner = sheet_cell(s, row, "owner"); // of the policy with its margin, and of the program
  if ((isfinite(step) && fabs(step - r->step) > 0) || (owner[0] && strcmp(owner, r->owner) != 0))
    return "of another policy or program";
  if (sheet_cell(s, row, "changes")[0]) return "of a changed environment";
  if (other_than_one(s, row, "amplitude", 1)) return "of another bound of the disturbance";
  if (other_than_one(s, row, "noise", 0)) return "with noise";
  if (strcmp(sheet_cell(s, row, "starts"), "outside") == 0) return "from starts outside the set";
  return sheet_number(s, row, "episodes") > 0 ? NULL : "without an episode";
}

static void take(duro_verdict *v, reading *r, const sheet *s, int row, const char *name) {
  const double n = sheet_number(s, row, "episodes"), k = sheet_number(s, row, "violating");
  const double h = sheet_number(s, row, "h_min"), bound = sheet_number(s, row, "violation_bound");
  const double cut = sheet_number(s, row, "cut_off");
  if (!met(r, name) && r->names < NAMES) snprintf(r->name[r->names++], sizeof r->name[0], "%s", name);
  if (!r->any || k / n > v->violating / v->n || (k / n >= v->violating / v->n && h < v->h_min)) {
    v->violating = k, v->n = n;
    snprintf(r->worst, sizeof r->worst, "%s", name);
    r->savable = sheet_number(s, row, "savable");
  }
  v->h_min = r->any ? fmin(v->h_min, h) : h;
  v->bound = fmax(v->bound, isfinite(bound) ? bound : 0); // searches for a start are no sample
  if (strcmp(name, "starts") != 0) v->episodes += n;      // those are searches
  r->cut_off += cut > 0 ? cut : 0;
  r->any = true;
  const char *starts = sheet_cell(s, row, "starts");
  add_word(r->starts, sizeof r->starts, starts[0] ? starts : "eval");
  add_word(r->seeds, sizeof r->seeds, sheet_cell(s, row, "seed"));
}

static duro_status read_table(duro_verdict *v, reading *r, const char *path, const char *column) {
  sheet s;
  bool there;
  const duro_status status = sheet_read_if_there(&s, &there, path);
  if (status) return status;
  for (int row = 0; row < s.rows; row++) {
    if (strcmp(sheet_cell(&s, row, "acting"), r->act) != 0) continue;
    const char *aside = why_not(&s, row, r);
    if (aside)
      add_word(r->aside, sizeof r->aside, aside);
    else if (!was_attacked(r, sheet_cell(&s, row, column)))
      take(v, r, &s, row, sheet_cell(&s, row, column));
  }
  sheet_release(&s);
  return DURO_OK;
}

static void list_missing(duro_verdict *v, const reading *r, const duro_policy *policy) {
  if (!duro_policy_about(policy)->na) return; // nobody plays against it
  if (!met(r, "search")) add_word(v->missing, sizeof v->missing, "a search from each start");
  if (!met(r, "best-")) add_word(v->missing, sizeof v->missing, "attackers trained against it");
  if (!met(r, "starts")) add_word(v->missing, sizeof v->missing, "a search for the start");
}

static duro_status find_next(duro_verdict *v, const reading *r, const char *folder) {
  text line = {0};
  if (!v->missing[0]) return DURO_OK;
  const bool starts_alone = met(r, "search") && met(r, "best-");
  text_add(&line, "duro attack ");
  text_add_shell(&line, folder);
  if (starts_alone) text_add(&line, " --attackers starts");
  const duro_status status = text_status(&line);
  if (!status) snprintf(v->next, sizeof v->next, "%s", line.bytes);
  text_release(&line);
  return status;
}

static void describe_starts(char *out, size_t size, const reading *r) {
  static const char *const kinds[][2] = {{"eval", "starts of evaluation"},
                                         {"inside", "starts inside the solved set"},
                                         {"claimed", "starts that the policy claims to hold"}};
  size_t n = 0;
  out[0] = 0;
  for (int i = 0; i < 3; i++)
    if (strstr(r->starts, kinds[i][0]) && n < size)
      n += (size_t)snprintf(out + n, size - n, "%s%s", n ? " and " : "", kinds[i][1]);
}

static void speak(duro_verdict *v, const reading *r) {
  const char *who = v->act == DURO_ACT_FILTERED ? "behind its filter" : v->act == DURO_ACT_SAFETY ? "pi_h" : "pi alone";
  char starts[128], *out = v->sentence;
  size_t n = 0;
  describe_starts(starts, sizeof starts, r);
  v->kind = !r->any            ? DURO_VERDICT_UNTRIED
            : v->violating > 0 ? DURO_VERDICT_BROKEN
            : r->cut_off > 0   ? DURO_VERDICT_CUT_OFF
                               : DURO_VERDICT_HOLDS;
#define SAY(...) n += (size_t)snprintf(out + n, sizeof v->sentence - n, __VA_ARGS__)
  if (v->kind == DURO_VERDICT_UNTRIED) {
    SAY("%s: not attacked yet", who);
    if (r->aside[0]) SAY(" in a way that counts; what was played is %s", r->aside);
  }
  const bool sought = strcmp(r->worst, "starts") == 0;
  if (v->kind == DURO_VERDICT_BROKEN)
    SAY("%s: broken, %.0f of %.0f %s under %s, the worst of %d attackers; least h %.3g", who, v->violating, v->n,
        sought ? "searches end in a violation" : "episodes violate", r->worst, v->attackers, v->h_min);
  if (v->kind == DURO_VERDICT_BROKEN && sought && r->savable >= 0)
    SAY("; the solution's own policy holds from %.0f of these %.0f starts", r->savable, v->violating);
  if (v->kind == DURO_VERDICT_HOLDS && !(v->episodes > 0))
    SAY("%s: holds in all of %.0f searches for a start, which are no sample, so that no probability follows; least h "
        "%.3g",
        who, v->n, v->h_min);
  if (v->kind == DURO_VERDICT_HOLDS && v->episodes > 0)
    SAY("%s: holds in all of %.0f episodes under %d attacker%s; under each of them at most %.2g %% of episodes violate "
        "(95 %%); least h %.3g",
        who, v->episodes, v->attackers, v->attackers == 1 ? "" : "s", 100 * v->bound, v->h_min);
  if (v->kind == DURO_VERDICT_CUT_OFF)
    SAY("%s: not known, no episode of %.0f violated, but %.0f were cut off before their end; least h %.3g", who,
        v->episodes, r->cut_off, v->h_min);
  if (v->kind == DURO_VERDICT_BROKEN && r->cut_off > 0) SAY("; %.0f episodes were cut off", r->cut_off);
  if (!r->any) return;
  SAY(" (");
  for (int i = 0; i < r->names && n < sizeof v->sentence / 2; i++) SAY("%s%s", i ? ", " : "", r->name[i]);
  SAY("; %s; seed %s)", starts, r->seeds);
#undef SAY
}

duro_status duro_verdict_read(duro_verdict *v, const char *folder, const char *summary, const duro_policy *policy,
                              duro_act act) {
  char path[RUN_PATH];
  *v = (duro_verdict){.act = act};
  reading r = {.act = duro_policy_act_name(act), .step = (double)duro_policy_about(policy)->step};
  run_path(path, folder, "attack/matrix.csv");
  attack_owner(r.owner, policy);
  duro_status status = read_table(v, &r, path, "attacker");
  r.attacked = r.names; // from the same starts: these are not counted twice
  if (!summary) run_path(path, folder, "eval/summary.csv");
  if (!status) status = read_table(v, &r, summary ? summary : path, "scenario");
  if (status) return status;
  v->attackers = r.names;
  list_missing(v, &r, policy);
  speak(v, &r);
  return find_next(v, &r, folder);
}
