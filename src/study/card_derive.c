/* What follows from the lines of the attacks alone: verdicts, and curves over the amplitude of the disturbance. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "duro/io.h"
#include "duro/verdict.h"
#include "io/text.h"
#include "study/attack_session.h"
#include "study/card.h"

static const char *word(const json_t *says, const char *key) {
  const char *value = json_string_value(json_object_get(says, key));
  return value ? value : "";
}

/* NaN where it is none */
static double number(const json_t *says, const char *key) {
  const json_t *value = json_object_get(says, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

/* ---- verdicts ---- */

/* A table of the lines as a verdict is read from. */
static duro_status save_matrix(const card *c, const char *path) {
  static const char *const words[] = {"attacker", "acting", "changes", "starts"};
  static const char *const numbers[] = {"amplitude", "noise",           "seed", "episodes", "violating",
                                        "cut_off",   "violation_bound", "h_min"};
  char owner[DURO_HASH_TEXT];
  text out = {0};
  attack_owner(owner, c->run.policy);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) text_add(&out, "%s,", words[i]);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) text_add(&out, "%s,", numbers[i]);
  text_add(&out, "step,owner\n");
  const json_t *line;
  for (size_t at = 0; (line = card_line_next(c->lines, &at, "attack"));) {
    const json_t *says = card_line_says(line);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
      text_add_field(&out, word(says, words[i])), text_add(&out, ",");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
      text_add_number(&out, number(says, numbers[i])), text_add(&out, ",");
    text_add(&out, "%lld,%s\n", (long long)duro_policy_about(c->run.policy)->step, owner);
  }
  const duro_status status = text_save(&out, path);
  text_release(&out);
  return status;
}

static duro_status read_verdict(duro_verdict *v, const card *c, duro_act act) {
  char folder[RUN_PATH], path[RUN_PATH], none[RUN_PATH];
  run_path(folder, c->scratch, "verdict/attack");
  duro_status status = duro_folder_create(folder);
  run_path(path, folder, "matrix.csv");
  if (!status) status = save_matrix(c, path);
  run_path(folder, c->scratch, "verdict");
  run_path(none, folder, "none.csv"); // attacks alone
  return status ? status : duro_verdict_read(v, folder, none, c->run.policy, act);
}

static json_t *verdict_value(const duro_verdict *v) {
  const bool tried = v->kind != DURO_VERDICT_UNTRIED;
  return json_pack("{s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:s}", "result", duro_verdict_name(v->kind), "sentence",
                   v->sentence, "attackers", v->attackers, "episodes", card_number(v->episodes), "worst_violating",
                   card_number(v->violating), "bound", card_number(tried ? v->bound : NAN), "h_min",
                   card_number(tried ? v->h_min : NAN), "not_tried", v->missing);
}

duro_status card_find_verdict(json_t **says, card *c, const json_t *line) {
  const char *acting = strchr(card_line_name(line), '/');
  duro_act acts[2];
  const int count = duro_verdict_acts(acts, c->run.policy);
  for (int i = 0; acting && i < count; i++) {
    duro_verdict v;
    if (strcmp(acting + 1, duro_policy_act_name(acts[i])) != 0) continue;
    const duro_status status = read_verdict(&v, c, acts[i]);
    if (status) return status;
    *says = verdict_value(&v);
    return *says ? DURO_OK : card_no_memory();
  }
  return duro_fail(DURO_ERROR_ARGUMENT, "this policy is not deployed so");
}

duro_status card_add_verdicts(card *c) {
  duro_act acts[2];
  const int count = duro_verdict_acts(acts, c->run.policy);
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < count; i++) {
    char name[64];
    duro_verdict v;
    snprintf(name, sizeof name, "verdict/%s", duro_policy_act_name(acts[i]));
    status = read_verdict(&v, c, acts[i]);
    if (!status) status = card_add_checked(c, name, verdict_value(&v), NULL);
  }
  return status;
}

/* ---- curves ---- */

/* Rows of the unchanged system without noise, of episodes, not of searches. */
static bool is_point(const json_t *says) {
  return !word(says, "changes")[0] && !(number(says, "noise") > 0) && strcmp(word(says, "starts"), "outside") != 0 &&
         number(says, "episodes") > 0 && strcmp(word(says, "attacker"), "starts") != 0;
}

static bool is_of_curve(const json_t *says, const char *name) {
  char own[DURO_TEXT_SIZE];
  snprintf(own, sizeof own, "curve/%.100s-%.20s", word(says, "attacker"), word(says, "acting"));
  return is_point(says) && strcmp(own, name) == 0;
}

static json_t *point_of(const json_t *says) {
  json_t *interval = json_object_get(says, "interval");
  return json_pack("{s:o, s:o, s:o, s:O, s:o}", "amplitude", card_number(number(says, "amplitude")), "violating",
                   card_number(number(says, "violating")), "episodes", card_number(number(says, "episodes")),
                   "interval", interval, "h_min", card_number(number(says, "h_min")));
}

/* Puts a point in its place by amplitude. */
static bool add_point(json_t *points, json_t *point) {
  size_t at = 0;
  while (at < json_array_size(points) && number(json_array_get(points, at), "amplitude") < number(point, "amplitude"))
    at++;
  return !json_array_insert_new(points, at, point);
}

/* The largest amplitude up to which no episode violated, NaN where the least one did already. */
static double held_up_to(const json_t *points) {
  double held = NAN;
  for (size_t i = 0; i < json_array_size(points); i++) {
    const json_t *point = json_array_get(points, i);
    if (number(point, "violating") > 0) break;
    held = number(point, "amplitude");
  }
  return held;
}

static duro_status find_curve(json_t **says, const card *c, const char *name) {
  json_t *points = json_array();
  const json_t *line;
  bool fine = points;
  for (size_t at = 0; fine && (line = card_line_next(c->lines, &at, "attack"));)
    if (is_of_curve(card_line_says(line), name)) fine = add_point(points, point_of(card_line_says(line)));
  if (!fine) {
    json_decref(points);
    return card_no_memory();
  }
  const double held = held_up_to(points);
  *says = json_pack("{s:o, s:o}", "held_up_to", card_number(held), "points", points);
  return *says ? DURO_OK : card_no_memory();
}

duro_status card_find_curve(json_t **says, card *c, const json_t *line) {
  return find_curve(says, c, card_line_name(line));
}

/* A curve has two amplitudes or more. */
static duro_status add_curve(card *c, const char *name) {
  json_t *says;
  for (size_t at = 0; at < json_array_size(c->lines); at++)
    if (strcmp(card_line_name(json_array_get(c->lines, at)), name) == 0) return DURO_OK;
  const duro_status status = find_curve(&says, c, name);
  if (status) return status;
  if (json_array_size(json_object_get(says, "points")) > 1) return card_add_checked(c, name, says, NULL);
  json_decref(says);
  return DURO_OK;
}

duro_status card_add_curves(card *c) {
  const json_t *line;
  duro_status status = DURO_OK;
  for (size_t at = 0; !status && (line = card_line_next(c->lines, &at, "attack"));) {
    const json_t *says = card_line_says(line);
    char name[DURO_TEXT_SIZE];
    snprintf(name, sizeof name, "curve/%.100s-%.20s", word(says, "attacker"), word(says, "acting"));
    if (is_point(says)) status = add_curve(c, name);
  }
  return status;
}
