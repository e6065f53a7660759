/* duro sets: learned robust sets against exact ones. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/json_out.h"
#include "cli/opening.h"
#include "cli/stop.h"
#include "io/hash.h"
#include "io/table.h"
#include "io/text.h"
#include "run/made.h"
#include "sets.h"
#include "show/report.h"

typedef struct sets_options {
  const char *solution;
  int64_t points, starts, threads;
  bool force, accept, json;
} sets_options;

#define OPTION(field) offsetof(sets_options, field)
static const cli_option options[] = {
    {"solution", "DIR", CLI_TEXT, OPTION(solution), 0, 0, NULL,
     "Hold the set against this solution of duro solve; default: the closed form of the environment, where it has "
     "one."},
    {SOLVED_ACCEPT, NULL, CLI_FLAG, OPTION(accept), 0, 0, NULL,
     "Take the solution although its own policy loses more than 2 % of its starts with a margin."},
    {"points", "N", CLI_INT, OPTION(points), 3, 1e9, NULL,
     "States along each axis of the region, or drawn in all where there are more than four; default: about 200,000 in "
     "all, 201 along each of two."},
    {"starts", "N", CLI_INT, OPTION(starts), 1, 1e9, NULL,
     "Most states of the true set from which the deployed pi_h is rolled out, a tenth of it for earlier ones; default "
     "20000."},
    {"threads", "N", CLI_INT, OPTION(threads), 0, 256, NULL,
     "Worker threads; results do not depend on it. Default 0: as many as there are processors."},
    {"force", NULL, CLI_FLAG, OPTION(force), 0, 0, NULL, "Measure policies again that sets/summary.csv knows already."},
    {"json", NULL, CLI_FLAG, OPTION(json), 0, 0, NULL,
     "Print one JSON value and nothing else: the rows of the tables, and the verdicts."},
};
static const cli_command command = {
    .name = "sets",
    .words = "RUN...",
    .min_words = 1,
    .max_words = CLI_MAX_WORDS,
    .about =
        "Holds the set that a run has learned, Q_h(x, pi_h(x), mu_h(x)) >= 0, against the true robust invariant set: "
        "overlap (intersection over union), states falsely claimed safe and falsely given up, in shares of the states "
        "of the region, and the share of the true set that pi_h keeps against the worst disturbance, mu_h, random and "
        "constant ones. Measures the policies kept during training and, last, the deployed one, and leaves summary.csv "
        "and pictures in RUN/sets.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* ---- the table ---- */

static const char *const columns[] = {"step",    "reference", "grid", "iou",    "false_safe", "false_unsafe",
                                      "learned", "exact",     "kept", "starts", "key"};
enum { COLUMNS = sizeof columns / sizeof *columns };

static duro_status save_rows(const sets_work *w) {
  char path[CLI_PATH];
  text out = {0};
  for (int i = 0; i < COLUMNS; i++) text_add(&out, "%s%s", i ? "," : "", columns[i]);
  text_add(&out, "\n");
  for (int i = 0; i < w->rows; i++) {
    const sets_row *r = &w->row[i];
    const double numbers[] = {r->iou, r->false_safe, r->false_unsafe, r->learned, r->exact, r->kept};
    text_add(&out, "%" PRId64 ",%s,%s", r->step, duro_set_truth_name(w->truth), w->grid);
    for (size_t j = 0; j < sizeof numbers / sizeof *numbers; j++) {
      text_add(&out, ",");
      text_add_number(&out, numbers[j]);
    }
    text_add(&out, ",%" PRId64 ",%s\n", r->starts, r->key);
  }
  run_path(path, w->folder, "summary.csv");
  const duro_status status = text_save(&out, path);
  text_release(&out);
  return status;
}

/* Everything that a row depends on. */
static void find_key(char key[DURO_HASH_TEXT], const sets_work *w, const duro_policy *policy, int64_t starts) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, "sets");
  duro_hash_integer(&hasher, (int64_t)duro_env_hash(w->run.env));
  duro_hash_integer(&hasher, (int64_t)duro_policy_hash(policy));
  duro_hash_text(&hasher, duro_set_truth_name(w->truth));
  if (w->solved.grid) duro_hash_integer(&hasher, (int64_t)duro_grid_hash(w->solved.grid));
  duro_hash_text(&hasher, w->grid);
  duro_hash_integer(&hasher, w->cells.count);
  duro_hash_integer(&hasher, starts);
  duro_hash_integer(&hasher, w->run.config.learn.ahead);
  duro_hash_print(key, duro_hash_end(&hasher));
}

/* The row that an earlier call measured under the same key. */
static bool known_row(sets_row *row, const sheet *old, const duro_policy *policy, const char *key) {
  for (int i = 0; i < old->rows; i++) {
    if (strcmp(sheet_cell(old, i, "key"), key) != 0) continue;
    *row = (sets_row){.step = duro_policy_about(policy)->step,
                      .iou = sheet_number(old, i, "iou"),
                      .false_safe = sheet_number(old, i, "false_safe"),
                      .false_unsafe = sheet_number(old, i, "false_unsafe"),
                      .learned = sheet_number(old, i, "learned"),
                      .exact = sheet_number(old, i, "exact"),
                      .kept = sheet_number(old, i, "kept"),
                      .starts = (int64_t)sheet_number(old, i, "starts")};
    return true;
  }
  return false;
}

static duro_status measure(sets_row *row, const sets_work *w, const duro_policy *policy, int64_t starts,
                           int64_t threads) {
  const duro_set_options how = {.ahead = w->run.config.learn.ahead, .threads = threads, .starts = starts};
  duro_set_overlap o;
  duro_set_keeping k;
  duro_status status = duro_set_compare(&o, policy, w->truth, &w->cells, &how);
  if (!status) status = duro_set_keep(&k, policy, w->truth, &w->cells, &how);
  if (status) return status;
  *row = (sets_row){.step = duro_policy_about(policy)->step,
                    .iou = o.iou,
                    .false_safe = o.false_safe,
                    .false_unsafe = o.false_unsafe,
                    .learned = o.learned_share,
                    .exact = o.exact_share,
                    .kept = k.starts ? (double)k.kept / (double)k.starts : NAN,
                    .starts = k.starts};
  return DURO_OK;
}

static void print_row(const sets_row *r) {
  printf("  %10" PRId64 " %8.4f %10.3f %% %12.3f %% %8.4f %8.4f %8.4f\n", r->step, r->iou, 100 * r->false_safe,
         100 * r->false_unsafe, r->learned, r->exact, r->kept);
  fflush(stdout);
}

/* ---- the policies of a run ---- */

static int compare_steps(const void *a, const void *b) {
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Steps of policies/step-<n>.safetensors but for the deployed one, in order. */
static duro_status find_snapshots(int64_t *step, int *found, const char *folder, int64_t deployed) {
  char path[CLI_PATH];
  int count = 0;
  *found = 0;
  run_path(path, folder, "policies");
  DIR *directory = opendir(path);
  if (!directory) return errno == ENOENT ? DURO_OK : made_fail_folder(path, errno);
  errno = 0;
  for (const struct dirent *entry; count < SETS_ROWS - 1 && (entry = readdir(directory)); errno = 0) {
    char name[64];
    int64_t n;
    if (sscanf(entry->d_name, "step-%" SCNd64, &n) != 1) continue;
    snprintf(name, sizeof name, "step-%" PRId64 ".safetensors", n);
    if (strcmp(name, entry->d_name) == 0 && n != deployed) step[count++] = n;
  }
  const int reason = errno; // of the last call
  closedir(directory);
  qsort(step, (size_t)count, sizeof *step, compare_steps);
  *found = count;
  return reason ? made_fail_folder(path, reason) : DURO_OK;
}

/* Measures a policy, or takes its row from `old`, and saves what is there so far. */
static duro_status add_row(sets_work *w, const duro_policy *policy, const sheet *old, int64_t starts,
                           const sets_options *given) {
  sets_row *row = &w->row[w->rows];
  char key[DURO_HASH_TEXT];
  find_key(key, w, policy, starts);
  if (!known_row(row, old, policy, key)) {
    duro_status status = w->ask();
    if (!status) status = measure(row, w, policy, starts, given->threads);
    if (status) return status;
  }
  memcpy(row->key, key, sizeof key);
  print_row(row);
  w->rows++;
  return save_rows(w);
}

static duro_status measure_snapshots(sets_work *w, const sheet *old, const sets_options *given) {
  int64_t step[SETS_ROWS];
  const int64_t tenth = given->starts / 10 > 0 ? given->starts / 10 : 1;
  int count;
  duro_status status = find_snapshots(step, &count, w->run.folder, duro_policy_about(w->run.policy)->step);
  for (int i = 0; i < count && !status; i++) {
    char file[64 + sizeof "policies/"], path[CLI_PATH];
    duro_policy *policy;
    snprintf(file, sizeof file, "policies/step-%" PRId64 ".safetensors", step[i]);
    run_path(path, w->run.folder, file);
    if ((status = duro_policy_load(&policy, path))) return status;
    status = add_row(w, policy, old, tenth, given);
    duro_policy_destroy(policy);
  }
  return status;
}

static duro_status measure_all(sets_work *w, const sets_options *given) {
  char path[CLI_PATH];
  sheet old = {0};
  bool there;
  run_path(path, w->folder, "summary.csv");
  duro_status status = given->force ? DURO_OK : sheet_read_if_there(&old, &there, path);
  if (!status) status = measure_snapshots(w, &old, given);
  if (!status) status = add_row(w, w->run.policy, &old, given->starts, given);
  sheet_release(&old);
  return status;
}

/* ---- the truth ---- */

static duro_status open_truth(sets_work *w, const sets_options *given) {
  duro_status status;
  if (!given->solution) {
    status = duro_set_truth_exact(&w->truth, w->run.env);
    if (status == DURO_ERROR_MISSING)
      return duro_fail(DURO_ERROR_ARGUMENT, "no exact set of %s is known; give --solution DIR, made by duro solve %s",
                       w->run.env->ops->name, w->run.config.word);
  } else {
    status = solved_open(&w->solved, given->solution, w->run.env->ops, given->threads, given->accept);
    if (!status) status = duro_set_truth_grid(&w->truth, w->solved.grid);
  }
  if (!status) status = duro_set_cells_make(&w->cells, w->run.env, w->truth, given->points);
  if (status) return status;
  size_t used = 0;
  for (int i = 0; i < w->cells.nd; i++)
    used += (size_t)snprintf(w->grid + used, SETS_GRID - used, "%s%d", i ? "x" : "", w->cells.axis[i].n);
  if (!w->cells.nd) snprintf(w->grid, SETS_GRID, "%" PRId64 " drawn", w->cells.count);
  return DURO_OK;
}

static void print_heading(const sets_work *w) {
  const duro_policy_info *about = duro_policy_about(w->run.policy);
  char line[2 * CLI_PATH];
  snprintf(line, sizeof line, "%s: %s on %s against %s%s, %s states", w->run.folder, about->algorithm,
           w->run.env->ops->name, w->solved.grid ? "the solution " : "its exact set",
           w->solved.grid ? w->solved.folder : "", w->grid);
  cli_wrap(line, 0, 0);
  // where the numbers of the game differ the comparison may mean nothing, so it is said
  if (w->solved.grid) cli_print_differences(&w->solved, w->run.env);
  printf("  %10s %8s %12s %14s %8s %8s %8s\n", "step", "IoU", "false safe", "false unsafe", "learned", "exact", "kept");
  fflush(stdout);
}

static duro_status compare(sets_work *w, const sets_options *given) {
  if (!duro_policy_has(w->run.policy, DURO_NET_QH))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s: %s learns no set: it has no safety critic Qh", w->run.folder,
                     duro_policy_about(w->run.policy)->algorithm);
  duro_status status = open_truth(w, given);
  if (status) return status;
  run_path(w->folder, w->run.folder, "sets");
  status = duro_folder_create(w->folder);
  if (status) return status;
  print_heading(w);
  bool drawn = true;
  status = measure_all(w, given);
  if (!status) status = sets_figures(&drawn, w);
  if (!status && !drawn) cli_print("  %s: no pictures; their scripts are in %s\n", figure_no_gnuplot, w->folder);
  return status;
}

int command_sets(int argc, char **argv) {
  sets_options given = {.starts = 20000};
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  duro_status status = DURO_OK;
  json_t *runs = given.json ? json_out_begin() : NULL;
  stop_listen(NULL, NULL, NULL);
  for (int i = 0; i < words.count && !status; i++) {
    sets_work *w = cli_allocate(1, sizeof *w);
    duro_lock *lock;
    w->ask = stop_if_asked;
    status = run_lock(&lock, words.word[i]);
    if (!status) status = run_open(&w->run, words.word[i], NULL, 0, cli_how());
    if (!status) {
      status = compare(w, &given);
      char path[CLI_PATH];
      run_path(path, words.word[i], "sets/summary.csv");
      if (!status && given.json) status = json_out_add(runs, words.word[i], w->run.policy, NULL, path);
      duro_set_truth_destroy(w->truth);
      solved_close(&w->solved);
      run_close(&w->run);
    }
    duro_lock_release(lock);
    free(w);
  }
  stop_release();
  if (status == DURO_ERROR_STOPPED) {
    printf("stopped; the same command goes on\n");
    return given.json ? json_out_end(runs, CLI_STOPPED) : CLI_STOPPED;
  }
  const int result = status ? cli_report(status) : CLI_DONE;
  return given.json ? json_out_end(runs, result) : result;
}
