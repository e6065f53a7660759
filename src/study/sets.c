/* Learned sets against the truth, policy after policy. */
#include "study/sets.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "duro/io.h"
#include "io/table.h"
#include "io/text.h"
#include "run/made.h"

sets_options sets_options_default(void) {
  return (sets_options){.starts = 20000};
}

/* ---- the table ---- */

static const char *const columns[] = {"step",    "reference", "grid", "iou",    "false_safe", "false_unsafe",
                                      "learned", "exact",     "kept", "starts", "key"};
enum { COLUMNS = sizeof columns / sizeof *columns };

static duro_status save_rows(const sets_work *w) {
  char path[RUN_PATH];
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

static duro_status ask(void *context) {
  const sets_work *w = context;
  return w->watcher->ask(w->watcher->context);
}

static duro_status measure(sets_row *row, sets_work *w, const duro_policy *policy, int64_t starts, int64_t threads) {
  const duro_set_options how = {
      .ahead = w->run.config.learn.ahead, .threads = threads, .starts = starts, .ask = ask, .context = w};
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

/* ---- the policies of a run ---- */

static int compare_steps(const void *a, const void *b) {
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

/* Steps of policies/step-<n>.safetensors but for the deployed one, in order. */
static duro_status find_snapshots(int64_t *step, int *found, const char *folder, int64_t deployed) {
  char path[RUN_PATH];
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
    const duro_status measured = measure(row, w, policy, starts, given->threads);
    if (measured) return measured;
  }
  memcpy(row->key, key, sizeof key);
  w->rows++;
  const duro_status status = save_rows(w);
  return status ? status : w->watcher->row(w->watcher->context, w, row);
}

static duro_status measure_snapshots(sets_work *w, const sheet *old, const sets_options *given) {
  int64_t step[SETS_ROWS];
  const int64_t tenth = given->starts / 10 > 0 ? given->starts / 10 : 1;
  int count;
  duro_status status = find_snapshots(step, &count, w->run.folder, duro_policy_about(w->run.policy)->step);
  for (int i = 0; i < count && !status; i++) {
    char file[64 + sizeof "policies/"], path[RUN_PATH];
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
  char path[RUN_PATH];
  sheet old = {0};
  bool there;
  run_path(path, w->folder, "summary.csv");
  duro_status status = given->force ? DURO_OK : sheet_read_if_there(&old, &there, path);
  if (!status && !given->out) status = measure_snapshots(w, &old, given);
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
      return duro_fail(DURO_ERROR_ARGUMENT,
                       "no exact set of %s is known; wanted a solution on a grid, made by duro solve %s",
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

static duro_status compare(sets_work *w, const sets_options *given) {
  if (!duro_policy_has(w->run.policy, DURO_NET_QH))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s: %s learns no set: it has no safety critic Qh", w->run.folder,
                     duro_policy_about(w->run.policy)->algorithm);
  duro_status status = open_truth(w, given);
  if (status) return status;
  if (given->out)
    snprintf(w->folder, sizeof w->folder, "%s", given->out);
  else
    run_path(w->folder, w->run.folder, "sets");
  status = duro_folder_create(w->folder);
  if (status) return status;
  status = w->watcher->begin(w->watcher->context, w);
  return status ? status : measure_all(w, given);
}

duro_status sets_compare(sets_work *w, const char *folder, const sets_options *given, const sets_watcher *watcher,
                         const run_how *how) {
  *w = (sets_work){.watcher = watcher};
  duro_status status = given->out ? DURO_OK : run_lock(&w->lock, folder);
  if (!status) status = run_open(&w->run, folder, NULL, 0, how);
  return status ? status : compare(w, given);
}

void sets_close(sets_work *w) {
  duro_set_truth_destroy(w->truth);
  solved_close(&w->solved);
  run_close(&w->run);
  duro_lock_release(w->lock);
  w->truth = NULL;
  w->lock = NULL;
}
