/* duro attack: trained policies against every attacker there is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack_session.h"
#include "base/clock.h"
#include "base/error.h"
#include "cli/json_out.h"
#include "cli/opening.h"
#include "cli/stop.h"
#include "cli/verdict_line.h"
#include "duro/io.h"

#define OPTION(field) offsetof(attack_options, field)
static const cli_option options[] = {
    {"attackers", "LIST", CLI_TEXT, OPTION(attackers), 0, 0, NULL,
     "Words divided by commas: none, random, constant, square, safety (mu_h), performance (mu), grid, search, "
     "best-safety, best-performance; all (default): each of them; starts: a search for the start as well; sweep: "
     "constant, square and safety at 0, 0.25, ... 2 "
     "times the bound."},
    {"adversary", "RUN", CLI_TEXT, OPTION(adversary), 0, 0, NULL,
     "Attack with mu_h and mu of this run as well, beside the run's own."},
    {"solution", "DIR", CLI_TEXT, OPTION(solution), 0, 0, NULL,
     "A folder of duro solve: for the attacker grid, for --starts, and for the V_h of every start."},
    {SOLVED_ACCEPT, NULL, CLI_FLAG, OPTION(accept), 0, 0, NULL,
     "Take the solution although its own policy loses more than 2 % of its starts with a margin."},
    {"starts", "WHERE", CLI_TEXT, OPTION(starts), 0, 0, "eval|inside|outside",
     "Starts of the evaluation (default), or those of training that lie inside the set of --solution with the margin, "
     "or outside of it though not violating yet."},
    {"margin", "X", CLI_TEXT, OPTION(margin), 0, 0, NULL,
     "Inside means V_h >= this many times the scale of h; default 0.05."},
    {"episodes", "N", CLI_INT, OPTION(episodes), 1, 1e7, NULL, "Episodes of each cell; default 1000."},
    {"searches", "N", CLI_INT, OPTION(searches), 1, 1e6, NULL,
     "Searches of the attacker starts, of about 11000 rollouts each; default 8."},
    {"seed", "N", CLI_INT, OPTION(seed), 0, 9007199254740992.0, NULL,
     "Seed of starts and random disturbances, the same for every run; default 1."},
    {"updates", "N", CLI_INT, OPTION(updates), 1, 1e9, NULL, "Updates of each attacker that is trained; default 4000."},
    {"attacker-seeds", "N", CLI_INT, OPTION(attacker_seeds), 1, 16, NULL,
     "Seeds of each kind of trained attacker; default 2."},
    {"amplitude", "LIST", CLI_TEXT, OPTION(amplitude), 0, 0, NULL,
     "Times the bound of the disturbance; numbers divided by commas; default 1."},
    {"noise", "LIST", CLI_TEXT, OPTION(noise), 0, 0, NULL,
     "Standard deviation of the noise on what the policy observes; numbers divided by commas; default 0."},
    {"set", "ENV.K=V,...", CLI_LIST, OPTION(set), 0, 0, NULL,
     "Change a number of the environment; with several values, divided by commas, each is played. May be repeated: "
     "then every combination."},
    {"filter", "WHICH", CLI_TEXT, OPTION(filter), 0, 0, "off|on|both",
     "The task policy alone, behind the safety filter, or both (default); runs without the networks of a filter are "
     "played without."},
    {"threads", "N", CLI_INT, OPTION(threads), 0, 256, NULL,
     "Worker threads; results do not depend on it. Default 0: as many as there are processors."},
    {"quiet", NULL, CLI_FLAG, OPTION(quiet), 0, 0, NULL, "Print nothing but errors."},
    {"json", NULL, CLI_FLAG, OPTION(json), 0, 0, NULL,
     "Print one JSON value and nothing else: the rows of the tables, and the verdicts."},
};
static const cli_command command = {
    .name = "attack",
    .words = "RUN...",
    .min_words = 1,
    .max_words = CLI_MAX_WORDS,
    .about =
        "Plays the policy of each run folder against many attackers, among them best responses: attackers trained "
        "from scratch against the frozen policy, the worst of which counts. Leaves attack/matrix.csv in the run "
        "folder, a row for each attacker and way of acting, a file of episodes for each row, and the trained "
        "attackers. What is there already is not played again, so that an interrupted command goes on where it was.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* ---- what is printed ---- */

void attack_phase(attack_session *s, const char *name, double from, double to) {
  s->phase_name = name;
  s->phase[0] = from;
  s->phase[1] = to;
}

/* On a terminal the live line; elsewhere a line every half minute, since every row is printed as it comes. */
duro_status attack_show(attack_session *s, double share) {
  enum { LABEL, PHASE, COUNT, TIME, PARTS };
  enum { SIZE = sizeof((progress_part *)0)->text };
  const double now = duro_clock(), in_cell = s->phase[0] + share * (s->phase[1] - s->phase[0]);
  const duro_status status = s->ask();
  if (status || s->given->quiet || now - s->last_print < (s->progress.terminal ? .1 : 30)) return status;
  s->last_print = now;
  char duration[40];
  progress_duration(duration, sizeof duration, now - s->started);
  if (!s->progress.terminal) {
    cli_print("  %s, %s%s%s: %.0f %%  (%d of %d, %s)\n", s->label, s->phase_name, s->phase_name[0] ? ", " : "",
              s->run->name, 100 * in_cell, s->cell + 1, s->cells, duration);
    fflush(stdout);
    return DURO_OK;
  }
  progress_part parts[PARTS] = {
      [LABEL] = {.weight = 3}, [PHASE] = {.weight = 1}, [COUNT] = {.weight = 2}, [TIME] = {.weight = 0}};
  snprintf(parts[LABEL].text, SIZE, "%.40s", s->label);
  snprintf(parts[PHASE].text, SIZE, "%s %.0f%%", s->phase_name, 100 * in_cell);
  snprintf(parts[COUNT].text, SIZE, "%d/%d", s->cell + 1, s->cells);
  snprintf(parts[TIME].text, SIZE, "%s", duration);
  progress_draw(&s->progress, (s->cell + in_cell) / s->cells, parts, PARTS);
  return DURO_OK;
}

static void make_label(attack_session *s, const attack_cell *cell) {
  const attack_request *r = &cell->request;
  int length = snprintf(s->label, sizeof s->label, "%s%s", attacker_name(r->who), r->foreign ? " of other" : "");
  if (r->amplitude < 1 || r->amplitude > 1)
    length += snprintf(s->label + length, sizeof s->label - (size_t)length, " x %g", r->amplitude);
  if (cell->noise > 0) snprintf(s->label + length, sizeof s->label - (size_t)length, ", noise %g", cell->noise);
}

static void print_heading(const attack_session *s) {
  const duro_policy_info *about = duro_policy_about(s->run->policy);
  text line = {0};
  if (s->given->quiet) return;
  text_add(&line, "%s: %s on %s, step %lld, %lld episodes each", s->run->folder, about->algorithm,
           s->run->env->ops->name, (long long)about->step, (long long)s->given->episodes);
  if (s->changes[0]) text_add(&line, ", %s", s->changes);
  if (s->plan->region != DURO_REGION_ANY) text_add(&line, ", starts %s the set", s->given->starts);
  if (s->adversary) text_add(&line, "; other: %s", s->adversary->folder);
  if (about->deployed[0]) text_add(&line, "; deployed: %s", about->deployed);
  cli_wrap(cli_text(&line), 0, 0);
  text_release(&line);
  printf("  %-28s %-8s %11s %9s %8s %9s\n", "attacker", "acting", "violating", "95 % up", "worst h", "return");
  fflush(stdout);
}

static void print_row(const attack_session *s, const attack_cell *cell, const attack_result *r) {
  char violating[48];
  if (s->given->quiet) return;
  progress_clear(&s->progress);
  snprintf(violating, sizeof violating, "%lld/%lld", (long long)r->summary.violating, (long long)r->summary.episodes);
  char bound[32] = "-  ";
  if (!isnan(r->summary.violation_bound)) snprintf(bound, sizeof bound, "%.3g %%", 100 * r->summary.violation_bound);
  cli_print("  %-28.28s %-8s %11s %9s %8.3f %9.2f\n", s->label, attack_act_name(cell->act), violating, bound,
            r->summary.h_min, r->summary.return_mean);
  if (cell->request.who == ATTACKER_STARTS) cli_print("    %s\n", r->note);
  if (r->summary.cut_off)
    printf("    %lld episodes were cut off before the horizon and not kept\n", (long long)r->summary.cut_off);
  const char *weaker = strstr(r->note, "weaker than");
  if (weaker) printf("    %s\n", weaker);
  fflush(stdout);
}

static void print_absent(const attack_session *s, const char *why) {
  if (s->given->quiet) return;
  progress_clear(&s->progress);
  printf("  %-28.28s %s\n", s->label, why);
  fflush(stdout);
}

/* ---- the cells of a run ---- */

static bool is_best(attacker who) {
  return who == ATTACKER_BEST_SAFETY || who == ATTACKER_BEST_PERFORMANCE;
}

/* Why this attacker cannot play: there is nothing to move, or its owner lacks the network; NULL where it can. */
static const char *absent(const attack_session *s, const attack_request *r) {
  const duro_policy *owner = r->foreign ? s->adversary->policy : s->run->policy;
  if (!s->run->env->spec.na && r->who != ATTACKER_NONE) return "no disturbance";
  if (r->who == ATTACKER_SAFETY && !duro_policy_has(owner, DURO_NET_MU_H)) return "no network mu_h";
  return r->who == ATTACKER_PERFORMANCE && !duro_policy_has(owner, DURO_NET_MU) ? "no network mu" : NULL;
}

/* What the policy's own mu_h or mu did where this best response is played; it was played before. */
static duro_status co_trained(attack_result *out, bool *found, const attack_session *s, const attack_cell *cell) {
  attack_cell own = *cell;
  *found = false;
  if (!is_best(cell->request.who)) return DURO_OK;
  own.request.who = cell->request.who == ATTACKER_BEST_SAFETY ? ATTACKER_SAFETY : ATTACKER_PERFORMANCE;
  attack_cell_name(&own, s);
  return attack_find(out, found, s, &own);
}

static duro_status play_cell(attack_session *s, attack_cell *cell) {
  attack_result result, own;
  make_label(s, cell);
  attack_cell_name(cell, s);
  bool found, held;
  duro_status status = attack_find(&result, &found, s, cell);
  if (!status && !found) {
    status = co_trained(&own, &held, s, cell);
    if (!status)
      status = is_best(cell->request.who) ? attack_respond(&result, s, cell, held ? &own : NULL)
                                          : attack_play(&result, s, cell);
    if (!status) status = attack_save(s, cell, &result);
  }
  if (status) return status;
  print_row(s, cell, &result);
  return s->ask();
}

static int ways_of_acting(duro_act out[2], const attack_session *s) {
  const duro_policy *policy = s->run->policy;
  const bool can_filter = duro_policy_can(policy, DURO_ACT_FILTERED);
  int count = 0;
  if (!can_filter || strcmp(s->given->filter, "on") != 0) out[count++] = run_plain_act(policy);
  if (can_filter && strcmp(s->given->filter, "off") != 0) out[count++] = DURO_ACT_FILTERED;
  return count;
}

/* One attacker against every way of acting. */
static duro_status play_request(attack_session *s, const attack_request *request, double noise, const duro_act *acts,
                                int ways) {
  attack_cell cell = {.request = *request, .noise = noise};
  duro_status status = DURO_OK;
  const char *why = absent(s, request);
  if (why) {
    make_label(s, &cell);
    print_absent(s, why);
    s->cell += ways;
    return DURO_OK;
  }
  for (int way = 0; !status && way < ways; way++, s->cell++) {
    cell.act = acts[way];
    status = play_cell(s, &cell);
  }
  return status;
}

static duro_status play_cells(attack_session *s) {
  duro_act acts[2];
  const int ways = ways_of_acting(acts, s);
  s->cells = s->plan->noises * s->plan->requests * ways;
  s->started = duro_clock();
  duro_status status = DURO_OK;
  for (int n = 0; n < s->plan->noises; n++)
    for (int i = 0; !status && i < s->plan->requests; i++)
      status = play_request(s, &s->plan->request[i], s->plan->noise[n], acts, ways);
  return status;
}

static duro_status check_adversary(const run *adversary, const run *r) {
  const duro_policy_info *about = duro_policy_about(adversary->policy);
  if (about->no == r->env->spec.no && about->na == r->env->spec.na) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "%s cannot attack %s: it was trained on %s, not on %s", adversary->folder,
                   r->folder, about->environment, r->env->ops->name);
}

static duro_status attack(attack_session *s) {
  run_path(s->folder, s->run->folder, "attack");
  duro_status status = s->adversary ? check_adversary(s->adversary, s->run) : DURO_OK;
  if (!status) status = duro_folder_create(s->folder);
  if (status) return status;
  s->state = attack_state(s);
  const int64_t most = s->given->episodes > s->given->searches ? s->given->episodes : s->given->searches;
  s->episodes = cli_allocate((size_t)most, sizeof *s->episodes);
  s->kept = cli_allocate((size_t)most, sizeof *s->kept);
  s->begun = cli_allocate((size_t)most * (size_t)s->run->env->spec.nx, sizeof *s->begun);
  print_heading(s);
  status = play_cells(s);
  free(s->episodes);
  free(s->kept);
  free(s->begun);
  return status;
}

/* the words of a variation, "env.a=1 env.b=2"; `copy` is cut up */
static void split(cli_words *out, char *copy) {
  out->count = 0;
  for (char *rest, *word = strtok_r(copy, " ", &rest); word && out->count < CLI_MAX_WORDS;
       word = strtok_r(NULL, " ", &rest))
    out->word[out->count++] = word;
}

static duro_status add_json(const attack_session *s, const char *folder, const duro_policy *policy) {
  char path[CLI_PATH];
  run_path(path, folder, "attack/matrix.csv");
  return json_out_add(s->given->runs, folder, policy, NULL, path);
}

/* One run under one variation. */
static duro_status attack_variation(const attack_session *all, const char *folder, const char *variation) {
  char copy[ATTACK_CHANGES];
  cli_words changes;
  run r;
  solved solution;
  snprintf(copy, sizeof copy, "%s", variation);
  split(&changes, copy);
  duro_status status = run_open(&r, folder, changes.word, changes.count, cli_how());
  if (status) return status;
  attack_session s = *all;
  s.run = &r;
  s.changes = variation;
  if (s.given->solution) {
    status = solved_open(&solution, s.given->solution, r.config.ops, s.given->threads, s.given->accept);
    s.solution = status ? NULL : &solution;
    if (s.solution && !s.given->quiet) cli_print_differences(&solution, r.env);
  }
  if (!status) status = attack(&s);
  if (!status && s.given->json) status = add_json(&s, folder, r.policy);
  if (!status && !s.given->quiet) status = cli_verdict(folder, NULL, r.policy);
  if (s.solution) solved_close(&solution);
  run_close(&r);
  return status;
}

/* One run; its folder is nobody else's meanwhile. */
static duro_status attack_run(const attack_session *all, const char *folder) {
  duro_lock *lock;
  duro_status status = run_lock(&lock, folder);
  for (int k = 0; !status && k < all->plan->variations; k++)
    status = attack_variation(all, folder, all->plan->variation[k]);
  duro_lock_release(lock);
  return status;
}

static int conclude(const attack_session *s, duro_status status) {
  progress_clear(&s->progress);
  if (status == DURO_ERROR_STOPPED) {
    if (!s->given->quiet) printf("stopped; the same command goes on\n");
    return CLI_STOPPED;
  }
  return status ? cli_report(status) : CLI_DONE;
}

static int attack_all(const attack_options *given, const attack_plan *plan, const cli_words *runs) {
  run adversary;
  duro_status status = given->adversary ? run_open(&adversary, given->adversary, NULL, 0, cli_how()) : DURO_OK;
  if (status) return cli_report(status);
  attack_session s = {.given = given,
                      .plan = plan,
                      .adversary = given->adversary ? &adversary : NULL,
                      .ask = stop_if_asked,
                      .phase_name = "",
                      .last_print = duro_clock()};
  progress_start(&s.progress, given->quiet);
  stop_listen(&s.progress, NULL, NULL);
  for (int i = 0; !status && i < runs->count; i++) status = attack_run(&s, runs->word[i]);
  stop_release();
  const int result = conclude(&s, status);
  if (s.adversary) run_close(&adversary);
  return result;
}

int command_attack(int argc, char **argv) {
  attack_options given = {.attackers = "all",
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
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  attack_plan *plan = cli_allocate(1, sizeof *plan);
  const duro_status status = attack_plan_make(plan, &given);
  given.quiet |= given.json;
  if (given.json) given.runs = json_out_begin();
  int result = status ? cli_report(status) : attack_all(&given, plan, &words);
  if (given.json) result = json_out_end(given.runs, result);
  free(plan);
  return result;
}
