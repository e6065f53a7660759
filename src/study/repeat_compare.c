/* Two run folders, side by side. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duro/io.h"
#include "io/file.h"
#include "io/number.h"
#include "io/table.h"
#include "run/made.h"
#include "run/run.h"
#include "study/repeat.h"

void verify_differ(verify *v, const char *format, ...) {
  if (v->difference[0]) return;
  va_list arguments;
  va_start(arguments, format);
  duro_format_list(v->difference, sizeof v->difference, format, arguments);
  va_end(arguments);
}

/* ---- tables ---- */

/* rows until the end of the repetition; the first column is the step */
static int rows_until(const sheet *s, int64_t step) {
  int rows = 0;
  while (rows < s->rows && sheet_number(s, rows, s->cells[0]) <= (double)step) rows++;
  return rows;
}

static void compare_sheets(verify *v, const char *name, const sheet *there, const sheet *here) {
  const int rows = rows_until(there, v->until), columns = here->columns;
  if (there->columns != columns) verify_differ(v, "%s has %d columns; wanted %d", name, there->columns, columns);
  for (int i = 0; !v->difference[0] && i < (here->rows + 1) * columns; i++) {
    const int row = i / columns;
    if (row > rows)
      verify_differ(v, "%s ends before row %d", name, row);
    else if (strcmp(there->cells[i], here->cells[i]) != 0)
      verify_differ(v, "%s: %s is %s in row %d; repeated it is %s", name, here->cells[i % columns], there->cells[i],
                    row, here->cells[i]);
  }
  if (rows > here->rows) verify_differ(v, "%s has %d rows; repeated it has %d", name, rows, here->rows);
}

static duro_status compare_table(verify *v, const char *name) {
  char path[RUN_PATH];
  sheet there, here;
  bool is_there, is_here;
  run_path(path, v->there, name);
  duro_status status = sheet_read_if_there(&there, &is_there, path);
  if (status) return status;
  run_path(path, v->here, name);
  status = sheet_read_if_there(&here, &is_here, path);
  if (!status && is_here && !is_there) verify_differ(v, "%s is missing", name);
  if (!status && !is_here && is_there) verify_differ(v, "%s is there; repeated there is none", name);
  if (!status && is_here && is_there) compare_sheets(v, name, &there, &here);
  sheet_release(&there);
  if (!status) sheet_release(&here);
  return status;
}

/* ---- snapshots ---- */

static void compare_arrays(verify *v, const char *name, const duro_tensor_file *there, const duro_tensor_file *here) {
  for (int i = 0; i < duro_tensors_count(here); i++) {
    const duro_tensor *mine = duro_tensors_at(here, i), *other = duro_tensors_find(there, mine->name);
    if (!other || other->type != mine->type || duro_tensor_bytes(other) != duro_tensor_bytes(mine) ||
        memcmp(other->data, mine->data, duro_tensor_bytes(mine)) != 0)
      verify_differ(v, "%s: \"%s\" has other parameters than the repeated training", name, mine->name);
  }
  if (duro_tensors_count(there) != duro_tensors_count(here))
    verify_differ(v, "%s has %d arrays; repeated it has %d", name, duro_tensors_count(there), duro_tensors_count(here));
}

/* every note of `one` in the other, but for the format, which says how the file is written */
static void compare_notes(verify *v, const char *name, const duro_tensor_file *one, const duro_tensor_file *other,
                          bool one_is_here) {
  const char *key, *text;
  for (int i = 0; (key = duro_tensors_note_at(one, i, &text)); i++) {
    const char *found = duro_tensors_note(other, key);
    if ((found && strcmp(found, text) == 0) || strcmp(key, "format") == 0) continue;
    const char *there = one_is_here ? found : text, *here = one_is_here ? text : found;
    verify_differ(v, "%s: the note \"%s\" is %s; repeated it is %s", name, key, there ? there : "missing",
                  here ? here : "missing");
  }
}

static duro_status compare_snapshot(verify *v, const char *name, bool notes) {
  char path[RUN_PATH];
  duro_kind kind;
  duro_tensor_file *there = NULL, *here = NULL;
  run_path(path, v->there, name);
  duro_status status = duro_file_look(&kind, path);
  if (!status && kind == DURO_KIND_NOTHING) verify_differ(v, "%s is missing", name);
  if (status || kind == DURO_KIND_NOTHING || (status = duro_tensors_open(&there, path))) return status;
  run_path(path, v->here, name);
  if (!(status = duro_tensors_open(&here, path))) {
    compare_arrays(v, name, there, here);
    if (notes) compare_notes(v, name, here, there, true), compare_notes(v, name, there, here, false);
    duro_tensors_close(here);
  }
  duro_tensors_close(there);
  return status;
}

duro_status verify_networks(verify *v, int64_t step) {
  char name[64];
  snprintf(name, sizeof name, "policies/step-%" PRId64 ".safetensors", step);
  return compare_snapshot(v, name, false);
}

/* Step of a snapshot by its name; -1: it is none. */
static int64_t step_of(const char *name) {
  int64_t step;
  int used = 0;
  return sscanf(name, "step-%" SCNd64 ".safetensors%n", &step, &used) == 1 && used && !name[used] ? step : -1;
}

/* The snapshots in the folder `where` until the end, each of which `see` is told of. */
static duro_status each_snapshot(verify *v, const char *where, duro_status (*see)(verify *v, const char *name)) {
  char path[RUN_PATH], name[sizeof "policies/" + 255];
  run_path(path, where, "policies");
  DIR *directory = opendir(path);
  if (!directory) return made_fail_folder(path, errno);
  duro_status status = DURO_OK;
  for (const struct dirent *entry; !status && (entry = readdir(directory));) {
    const int64_t step = step_of(entry->d_name);
    if (step < 0 || step > v->until) continue;
    snprintf(name, sizeof name, "policies/%s", entry->d_name);
    status = see(v, name);
  }
  closedir(directory);
  return status;
}

static duro_status see_repeated(verify *v, const char *name) {
  v->snapshots++;
  return compare_snapshot(v, name, v->whole); // a trial writes notes
}

static duro_status see_kept(verify *v, const char *name) {
  char path[RUN_PATH];
  duro_kind kind;
  run_path(path, v->here, name);
  const duro_status status = duro_file_look(&kind, path);
  if (!status && kind == DURO_KIND_NOTHING) verify_differ(v, "%s is there; repeated there is none", name);
  return status;
}

/* ---- what is deployed ---- */

static duro_status read_chosen(char *out, size_t size, const char *folder) {
  char path[RUN_PATH], *bytes;
  size_t length;
  bool there;
  run_path(path, folder, "policies/chosen");
  const duro_status status = duro_file_read_if_there(&bytes, &length, &there, path);
  snprintf(out, size, "%s", !status && there ? bytes : "none");
  if (!status && there) duro_file_release(bytes);
  out[strcspn(out, "\r\n")] = '\0';
  return status;
}

static duro_status compare_chosen(verify *v) {
  char there[DURO_TEXT_SIZE], here[DURO_TEXT_SIZE];
  duro_status status = read_chosen(there, sizeof there, v->there);
  if (!status) status = read_chosen(here, sizeof here, v->here);
  if (!status && strcmp(there, here) != 0) verify_differ(v, "policies/chosen is %s; repeated it is %s", there, here);
  return status;
}

duro_status verify_folder(verify *v) {
  duro_status status = compare_table(v, "eval/during.csv");
  if (!status) status = compare_table(v, "eval/verdicts.csv");
  if (!status) status = each_snapshot(v, v->here, see_repeated);
  if (!status) status = each_snapshot(v, v->there, see_kept);
  if (status || !v->whole) return status;
  status = compare_table(v, "eval/trial.csv");
  return status ? status : compare_chosen(v);
}
