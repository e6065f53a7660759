/* Best responses: attackers trained from scratch, all played, the worst for the policy kept. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/hash.h"
#include "io/number.h"
#include "study/attack_session.h"

enum { MOST = 128, NAME = 256 };

/* One attacker of the cell. */
typedef struct trained {
  duro_response response;
  char file[NAME], key[DURO_HASH_TEXT]; /* in RUN/attack/attackers; hash of all that its training depends on */
  duro_eval_summary summary;
} trained;

/* The work on one cell. */
typedef struct response_work {
  attack_session *s;
  const attack_cell *cell;
  trained *all; /* (MOST) */
  int count, worst;
} response_work;

static bool wants_return(const attack_cell *cell) {
  return cell->request.who == ATTACKER_BEST_PERFORMANCE;
}

static duro_response_kind judged_by(const attack_cell *cell) {
  return wants_return(cell) ? DURO_RESPONSE_PERFORMANCE : DURO_RESPONSE_REACH;
}

/* ---- attackers on disk ---- */

/* All that its training depends on; noise is not of it. */
static void find_key(trained *t, const response_work *w) {
  const duro_response_plan *p = &t->response.plan;
  duro_hasher hasher;
  duro_hash_begin(&hasher, "attacker");
  duro_hash_integer(&hasher, (int64_t)w->s->state);
  duro_hash_text(&hasher, duro_response_name(p->kind));
  duro_hash_text(&hasher, attack_acting(w->s, w->cell));
  if (w->cell->act == DURO_ACT_FILTERED && w->s->filter)
    duro_hash_integer(&hasher, (int64_t)duro_filter_hash(w->s->filter->filter));
  duro_hash_real(&hasher, w->s->plan->margin);
  duro_hash_integer(&hasher, w->s->plan->region);
  duro_hash_integer(&hasher, w->s->plan->claimed);
  duro_hash_real(&hasher, w->cell->request.amplitude);
  duro_hash_integer(&hasher, p->seed);
  duro_hash_real(&hasher, p->rate);
  duro_hash_integer(&hasher, p->updates);
  duro_hash_print(t->key, duro_hash_end(&hasher));
}

static duro_status name_attacker(trained *t, const response_work *w) {
  const attack_session *s = w->s;
  const duro_response_plan *p = &t->response.plan;
  text name = {0};
  text_add(&name, "%s-%s", duro_response_name(p->kind), attack_acting(s, w->cell));
  if (fabs(w->cell->request.amplitude - 1) > 0) text_add(&name, "-x%g", w->cell->request.amplitude);
  if (s->changes[0]) text_add(&name, "-%s", s->changes);
  if (s->plan->region != DURO_REGION_ANY) text_add(&name, "-%s", s->given->starts);
  text_add(&name, "-seed%lld-rate%g-updates%lld", (long long)p->seed, p->rate, (long long)p->updates);
  find_key(t, w);
  const duro_status status = text_status(&name);
  for (char *c = status ? NULL : name.bytes; c && *c; c++)
    if (*c == '/' || *c == ' ') *c = '_';
  if (!status && name.length <= 200)
    snprintf(t->file, sizeof t->file, "%s.safetensors", name.bytes);
  else if (!status) // told apart by its key
    snprintf(t->file, sizeof t->file, "%.180s-%s.safetensors", name.bytes, t->key);
  text_release(&name);
  return status;
}

static void attackers_path(char *path, const attack_session *s, const char *file) {
  char folder[RUN_PATH];
  run_path(folder, s->folder, "attackers");
  run_path(path, folder, file);
}

static const char *const columns[] = {"file",     "kind",  "acting",  "amplitude", "noise",   "changes",
                                      "seed",     "rate",  "updates", "update",    "seconds", "violating",
                                      "episodes", "h_min", "return",  "kept",      "owner",   "key"};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* an attacker of an earlier cell or an earlier run of this command */
static duro_status recall(trained *t, bool *known, const attack_session *s) {
  char path[RUN_PATH];
  sheet list;
  bool there;
  *known = false;
  attackers_path(path, s, "attackers.csv");
  duro_status status = sheet_read_if_there(&list, &there, path);
  if (!status && there) status = sheet_expect(&list, columns, COLUMNS, path);
  if (status) return status;
  for (int row = 0; !*known && row < list.rows; row++) {
    *known = !strcmp(sheet_cell(&list, row, "key"), t->key);
    if (!*known) continue;
    t->response.update = (int64_t)sheet_number(&list, row, "update");
    t->response.seconds = sheet_number(&list, row, "seconds");
  }
  sheet_release(&list);
  attackers_path(path, s, t->file);
  *known = *known && access(path, R_OK) == 0 && !duro_policy_load(&t->response.policy, path);
  return status;
}

static bool is_of_cell(const sheet *list, int row, const response_work *w) {
  const double noise = sheet_number(list, row, "noise");
  for (int i = 0; i < w->count; i++)
    if (!strcmp(sheet_cell(list, row, "file"), w->all[i].file) && fabs(noise - w->cell->noise) <= 0) return true;
  return false;
}

/* rows of this cell, and of another policy or program */
static bool replaces(const sheet *old, int row, void *context) {
  const response_work *w = context;
  char of[DURO_HASH_TEXT];
  attack_owner(of, w->s->run->policy);
  return is_of_cell(old, row, w) || strcmp(sheet_cell(old, row, "owner"), of) != 0;
}

static void add_row(text *out, const response_work *w, int i) {
  const trained *t = &w->all[i];
  const duro_response_plan *p = &t->response.plan;
  char of[DURO_HASH_TEXT];
  text_add_field(out, t->file);
  text_add(out, ",%s,", duro_response_name(p->kind));
  text_add_field(out, attack_acting(w->s, w->cell));
  text_add(out, ",%.17g,%.17g,", w->cell->request.amplitude, w->cell->noise);
  text_add_field(out, w->s->changes);
  const double numbers[] = {(double)p->seed,
                            p->rate,
                            (double)p->updates,
                            (double)t->response.update,
                            t->response.seconds,
                            (double)t->summary.violating,
                            (double)t->summary.episodes,
                            t->summary.h_min,
                            t->summary.return_mean,
                            i == w->worst};
  for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
    text_add(out, ",");
    text_add_number(out, numbers[k]);
  }
  attack_owner(of, w->s->run->policy);
  text_add(out, ",%s,%s\n", of, t->key);
}

static duro_status save_list(response_work *w) {
  char path[RUN_PATH];
  text out = {0};
  attackers_path(path, w->s, "attackers.csv");
  for (int i = 0; i < w->count; i++) add_row(&out, w, i);
  const duro_status status = table_put(path, columns, COLUMNS, replaces, w, &out);
  text_release(&out);
  return status;
}

/* ---- training ---- */

static duro_status look(const duro_response_progress *now, void *context) {
  return attack_show(context, (double)now->update / (double)now->updates);
}

/* Those that are not on disk already. */
typedef struct lacking {
  duro_response_plan plans[MOST];
  int at[MOST], count;
  char path[MOST][RUN_PATH];
} lacking;

static duro_status find_lacking(lacking *out, response_work *w, int first) {
  duro_status status = DURO_OK;
  for (int i = first; !status && i < w->count; i++) {
    bool known = false;
    status = name_attacker(&w->all[i], w);
    if (!status) status = recall(&w->all[i], &known, w->s);
    if (status || known) continue;
    attackers_path(out->path[out->count], w->s, w->all[i].file);
    out->plans[out->count] = w->all[i].response.plan;
    out->plans[out->count].path = out->path[out->count];
    out->at[out->count++] = i;
  }
  return status;
}

static duro_status train_lacking(response_work *w, const lacking *l) {
  duro_response got[MOST];
  const duro_eval_options options = attack_options_of(w->s, w->cell);
  duro_player parts[2];
  duro_status status = attack_player(parts, w->s, w->cell);
  const duro_response_task task = {.env = w->s->run->env,
                                   .policy = w->s->run->policy,
                                   .act = w->cell->act,
                                   .margin = options.margin,
                                   .amplitude = w->cell->request.amplitude,
                                   .starts = &options,
                                   .threads = w->s->given->threads,
                                   .player = parts};
  if (!status) status = duro_response_train(got, l->plans, l->count, &task, look, w->s);
  for (int i = 0; !status && i < l->count; i++) {
    w->all[l->at[i]].response = got[i];
    w->all[l->at[i]].response.plan.path = NULL;
  }
  return status;
}

/* Trains those of [first, count) that are not on disk already. */
static duro_status train(response_work *w, int first) {
  lacking *l = duro_allocate(sizeof *l);
  duro_status status = l ? find_lacking(l, w, first) : DURO_ERROR_MEMORY;
  if (!status) status = train_lacking(w, l);
  duro_release(l);
  return status;
}

/* Plays [first, count) and leaves the episodes of the worst in s->kept. */
static duro_status play(response_work *w, int first) {
  attack_session *s = w->s;
  const duro_eval_options options = attack_options_of(s, w->cell);
  const duro_response_kind by = judged_by(w->cell);
  duro_status status = DURO_OK;
  for (int i = first; !status && i < w->count; i++) {
    trained *t = &w->all[i];
    const duro_attack attack =
        duro_response_attack(t->response.plan.kind, t->response.policy, w->cell->request.amplitude);
    status = attack_episodes(s, w->cell, &attack, &options);
    if (status) break;
    duro_eval_summarize(&t->summary, s->episodes, s->given->episodes);
    if (w->worst >= 0 && !duro_response_hurts_more(by, &t->summary, &w->all[w->worst].summary)) continue;
    w->worst = i;
    memcpy(s->kept, s->episodes, sizeof *s->kept * (size_t)s->given->episodes);
  }
  return status;
}

static void plan_kind(response_work *w, duro_response_kind kind, int64_t updates) {
  duro_response_plan plans[MOST];
  const int count = duro_response_plans(plans, MOST - w->count, kind, w->s->given->attacker_seeds, updates);
  for (int i = 0; i < count && w->count < MOST; i++) w->all[w->count++] = (trained){.response = {.plan = plans[i]}};
}

/* One attempt with this budget, beside those that were made before. */
static duro_status attempt(response_work *w, int64_t updates) {
  const int first = w->count;
  if (wants_return(w->cell)) {
    plan_kind(w, DURO_RESPONSE_PERFORMANCE, updates);
  } else {
    plan_kind(w, DURO_RESPONSE_REACH, updates);
    plan_kind(w, DURO_RESPONSE_VIOLATION, updates);
  }
  attack_phase(w->s, "training", 0, .8);
  duro_status status = train(w, first);
  attack_phase(w->s, "playing", .8, 1);
  if (!status) status = play(w, first);
  return status ? status : save_list(w);
}

/* Did the fresh attackers do worse than the co-trained network? What is within a hundredth, of its return or of the
 * scale of h, counts as equal: two attackers that found the same are that far apart by their last bits of training. */
static bool failed(const response_work *w, const attack_result *co_trained) {
  if (!co_trained) return false;
  const duro_eval_summary *fresh = &w->all[w->worst].summary, *co = &co_trained->summary;
  if (wants_return(w->cell)) return fresh->return_mean > co->return_mean + .01 * fabs(co->return_mean);
  if (fresh->violating != co->violating) return fresh->violating < co->violating;
  return fresh->h_min > co->h_min + .01 * w->s->run->env->spec.h_scale;
}

static void write_note(attack_result *out, const response_work *w, bool twice, bool weaker) {
  const duro_response_plan *p = &w->all[w->worst].response.plan;
  const char *net = wants_return(w->cell) ? "mu" : "mu_h";
  const int length = duro_format(out->note, sizeof out->note, "worst of %d: %s seed %lld rate %g", w->count,
                                 duro_response_name(p->kind), (long long)p->seed, p->rate);
  if (weaker)
    snprintf(out->note + length, sizeof out->note - (size_t)length, "; weaker than %s, after twice the updates too",
             net);
  else if (twice)
    snprintf(out->note + length, sizeof out->note - (size_t)length, "; weaker than %s until trained twice as long",
             net);
}

static duro_status respond(attack_result *out, response_work *w, const attack_result *co_trained) {
  attack_session *s = w->s;
  char folder[RUN_PATH];
  run_path(folder, s->folder, "attackers");
  duro_status status = duro_folder_create(folder);
  if (!status) status = attempt(w, s->given->updates);
  const bool twice = !status && failed(w, co_trained);
  if (twice) status = attempt(w, 2 * s->given->updates);
  if (status) return status;
  memcpy(s->episodes, s->kept, sizeof *s->episodes * (size_t)s->given->episodes);
  attack_summarize(out, s, w->cell);
  for (int i = 0; i < w->count; i++) out->updates += w->all[i].response.plan.updates;
  write_note(out, w, twice, twice && failed(w, co_trained));
  return DURO_OK;
}

duro_status attack_respond(attack_result *out, attack_session *s, const attack_cell *cell,
                           const attack_result *co_trained) {
  response_work w = {.s = s, .cell = cell, .worst = -1};
  const double started = duro_clock();
  *out = (attack_result){.savable = NAN};
  w.all = duro_allocate(MOST * sizeof *w.all);
  const duro_status status = w.all ? respond(out, &w, co_trained) : DURO_ERROR_MEMORY;
  out->seconds = duro_clock() - started;
  for (int i = 0; i < w.count; i++) duro_policy_destroy(w.all[i].response.policy);
  duro_release(w.all);
  return status;
}
