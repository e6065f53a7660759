/* Lists of jobs, their keys and their markers. */
#include "run/jobs.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/escape.h"
#include "io/hash.h"
#include "io/number.h"

static char *copy(job *j, const char *word) {
  const size_t size = strlen(word) + 1;
  char *own = duro_allocate(size);
  j->lacking = j->lacking || !own;
  return own ? memcpy(own, word, size) : NULL;
}

/* Room for one more at the end of an array, and for the NULL behind it; false, and *lacking set, where there is none.
 */
static bool grow(void **array, int count, size_t size, bool *lacking) {
  void *larger = duro_allocate(((size_t)count + 2) * size);
  if (!larger) {
    *lacking = true;
    return false;
  }
  if (count) memcpy(larger, *array, (size_t)count * size);
  duro_release(*array);
  *array = larger;
  return true;
}

/* Adds a copy of a word to an array of words. */
static void append(job *j, char ***words, int *count, const char *word) {
  if (!grow((void **)words, *count, sizeof **words, &j->lacking)) return;
  (*words)[*count] = copy(j, word);
  if ((*words)[*count]) ++*count;
}

job *jobs_add(job_list *list, const char *kind, const char *name, const char *folder, const char *stem) {
  char file[RUN_PATH], path[RUN_PATH];
  if (!grow((void **)&list->jobs, list->count, sizeof *list->jobs, &list->spare.lacking)) return &list->spare;
  job *j = &list->jobs[list->count++];
  *j = (job){0};
  j->kind = copy(j, kind), j->name = copy(j, name), j->folder = copy(j, folder);
  snprintf(file, sizeof file, "%s.log", stem);
  run_path(path, folder, file);
  j->log = copy(j, path);
  snprintf(file, sizeof file, "%s.job", stem);
  run_path(path, folder, file);
  j->marker = copy(j, path);
  return j;
}

void job_word(job *j, const char *format, ...) {
  char word[2 * RUN_PATH];
  va_list arguments;
  va_start(arguments, format);
  duro_format_list(word, sizeof word, format, arguments);
  va_end(arguments);
  append(j, &j->words, &j->n_words, word);
}

void job_place(job *j, const char *folder) {
  duro_release(j->place);
  j->place = copy(j, folder);
}

void job_input(job *j, const char *path) {
  append(j, &j->inputs, &j->n_inputs, path);
}

void job_setting_files(job *j, const duro_settings_group *group) {
  for (int i = 0; i < group->count; i++) {
    const char *path = (const char *)group->values + group->rows[i].offset;
    if (group->rows[i].kind == DURO_FILE && path[0]) job_input(j, path);
  }
}

void job_fact(job *j, const char *fact) {
  append(j, &j->facts, &j->n_facts, fact);
}

void job_after(job *j, int index) {
  if (grow((void **)&j->after, j->n_after, sizeof *j->after, &j->lacking)) j->after[j->n_after++] = index;
}

static void release(job *j) {
  for (int k = 0; k < j->n_words; k++) duro_release(j->words[k]);
  for (int k = 0; k < j->n_inputs; k++) duro_release(j->inputs[k]);
  for (int k = 0; k < j->n_facts; k++) duro_release(j->facts[k]);
  void *const owned[] = {j->name,  j->kind,  j->folder, j->log,   j->marker,
                         j->place, j->words, j->inputs, j->facts, j->after};
  for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) duro_release(owned[k]);
}

void jobs_release(job_list *list) {
  for (int i = 0; i < list->count; i++) release(&list->jobs[i]);
  release(&list->spare);
  duro_release(list->jobs);
  *list = (job_list){0};
}

int jobs_count(const job_list *list, job_state state) {
  int count = 0;
  for (int i = 0; i < list->count; i++) count += list->jobs[i].state == state;
  return count;
}

/* ---- keys ---- */

/* Where the folder of everything lies, and where a file of known bytes lies, is not part of what is done: such a file
 * is a word, or what a word like env.track=FILE sets. */
static void hash_word(duro_hasher *hasher, const job_list *list, const job *j, const char *word) {
  const char *sign = strchr(word, '=');
  for (int i = 0; i < j->n_inputs; i++) {
    const bool set = sign && strcmp(sign + 1, j->inputs[i]) == 0;
    if (!set && strcmp(word, j->inputs[i]) != 0) continue;
    if (set) duro_hash_bytes(hasher, word, (size_t)(sign - word));
    duro_hash_integer(hasher, i);
    return;
  }
  const size_t root = list->root ? strlen(list->root) : 0;
  const bool below = root && strncmp(word, list->root, root) == 0 && word[root] == '/';
  duro_hash_text(hasher, below ? word + root : word);
}

static duro_status find_key(const job_list *list, job *j) {
  duro_hasher hasher;
  duro_status status = DURO_OK;
  duro_hash_begin(&hasher, "job");
  duro_hash_program(&hasher);
  for (int i = 0; i < j->n_words; i++) hash_word(&hasher, list, j, j->words[i]);
  for (int i = 0; !status && i < j->n_inputs; i++) status = duro_hash_file(&hasher, j->inputs[i]);
  for (int i = 0; i < j->n_facts; i++) duro_hash_text(&hasher, j->facts[i]);
  for (int i = 0; i < j->n_after; i++) duro_hash_integer(&hasher, (int64_t)list->jobs[j->after[i]].key);
  j->key = duro_hash_end(&hasher);
  return status;
}

/* ---- markers ---- */

/* True when the marker holds this state under the key of the job; *seconds is what it took. */
static bool marked(const job *j, const char *state, double *seconds) {
  char *bytes, wanted[64];
  size_t size;
  if (duro_file_read(&bytes, &size, j->marker)) return false;
  const int length = snprintf(wanted, sizeof wanted, "%s %016" PRIx64 " ", state, j->key);
  const bool found = strncmp(bytes, wanted, (size_t)length) == 0;
  if (found) {
    bytes[length + (int)strcspn(bytes + length, " ")] = '\0';
    *seconds = NAN;
    (void)duro_number_real(seconds, bytes + length);
  }
  duro_file_release(bytes);
  return found;
}

bool job_is_half_done(const job *j) {
  double seconds;
  return marked(j, "running", &seconds);
}

uint64_t job_marker_hash(const job *j) {
  char *bytes;
  size_t size;
  if (duro_file_read(&bytes, &size, j->marker)) return 0;
  const uint64_t hash = XXH3_64bits(bytes, size);
  duro_file_release(bytes);
  return hash;
}

job_state job_look(job *j) {
  double seconds;
  if (marked(j, "done", &j->seconds)) return JOB_DONE;
  j->rejected = marked(j, "rejected", &seconds);
  return j->rejected || marked(j, "failed", &seconds) ? JOB_FAILED : JOB_WAITING;
}

duro_status job_mark(const job *j, const char *state) {
  text line = {0};
  text_add(&line, "%s %016" PRIx64 " %.3f s: duro", state, j->key, j->seconds);
  for (int i = 0; i < j->n_words; i++) {
    text_add(&line, " ");
    text_add_shell(&line, j->words[i]);
  }
  text_add(&line, "\n");
  const duro_status status = text_save(&line, j->marker);
  text_release(&line);
  return status;
}

duro_status jobs_prepare(job_list *list) {
  bool lacking = list->spare.lacking;
  for (int i = 0; i < list->count; i++) lacking = lacking || list->jobs[i].lacking;
  if (lacking) return duro_fail(DURO_ERROR_MEMORY, "out of memory: %d jobs", list->count);
  for (int i = 0; i < list->count; i++) {
    job *j = &list->jobs[i];
    const duro_status status = find_key(list, j);
    if (status) return status;
    j->earlier = marked(j, "done", &j->seconds);
    j->state = j->earlier ? JOB_DONE : JOB_WAITING;
  }
  return DURO_OK;
}

/* ---- time left ---- */

/* The mean time of the finished jobs whose kind begins with the first `length` characters of j's; NaN: none. */
static double mean_time(const job_list *list, const job *j, size_t length) {
  double sum = 0;
  int count = 0;
  for (int i = 0; i < list->count; i++) {
    const job *other = &list->jobs[i];
    if (other->state != JOB_DONE || strncmp(other->kind, j->kind, length) != 0) continue;
    sum += other->seconds;
    count++;
  }
  return count ? sum / count : NAN;
}

double job_expected_seconds(const job_list *list, const job *j) {
  const size_t lengths[] = {strlen(j->kind) + 1, strcspn(j->kind, " "), 0};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    const double mean = mean_time(list, j, lengths[i]);
    if (isfinite(mean)) return mean;
  }
  return NAN;
}

double jobs_left(const job_list *list, int parallel) {
  double left = 0, longest = 0;
  const double now = duro_clock();
  for (int i = 0; i < list->count; i++) {
    const job *j = &list->jobs[i];
    if (j->state != JOB_WAITING && j->state != JOB_RUNNING) continue;
    const double ran = j->state == JOB_RUNNING ? now - j->started : 0;
    const double expected = job_expected_seconds(list, j), rest = fmax(0, expected - ran);
    if (isnan(expected)) return NAN;
    left += rest;
    longest = fmax(longest, rest);
  }
  return fmax(left / parallel, longest);
}
