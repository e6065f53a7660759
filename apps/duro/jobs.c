/* Lists of jobs, their keys and their markers. */
#include "jobs.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "duro/io.h"
#include "io/hash.h"
#include "io/number.h"
#include "io/text.h"
#include "run.h"

static char *copy(const char *word) {
  const size_t size = strlen(word) + 1;
  return memcpy(cli_allocate(size, 1), word, size);
}

/* One more place at the end of an array. */
static void *grow(void *array, int count, size_t size) {
  void *larger = realloc(array, ((size_t)count + 1) * size);
  if (!larger) exit(cli_fail(CLI_FAILED, "out of memory: %d x %zu bytes", count + 1, size));
  return larger;
}

job *jobs_add(job_list *list, const char *kind, const char *name, const char *folder, const char *stem) {
  char file[CLI_PATH], path[CLI_PATH];
  list->jobs = grow(list->jobs, list->count, sizeof *list->jobs);
  job *j = &list->jobs[list->count++];
  *j = (job){.kind = copy(kind), .name = copy(name), .folder = copy(folder)};
  snprintf(file, sizeof file, "%s.log", stem);
  run_path(path, folder, file);
  j->log = copy(path);
  snprintf(file, sizeof file, "%s.job", stem);
  run_path(path, folder, file);
  j->marker = copy(path);
  return j;
}

void job_word(job *j, const char *format, ...) {
  char word[2 * CLI_PATH];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(word, sizeof word, format, arguments);
  va_end(arguments);
  j->words = grow(j->words, j->n_words + 1, sizeof *j->words); // and the NULL that exec wants
  j->words[j->n_words++] = copy(word);
  j->words[j->n_words] = NULL;
}

void job_place(job *j, const char *folder) {
  j->place = copy(folder);
}

void job_input(job *j, const char *path) {
  j->inputs = grow(j->inputs, j->n_inputs, sizeof *j->inputs);
  j->inputs[j->n_inputs++] = copy(path);
}

void job_fact(job *j, const char *fact) {
  j->facts = grow(j->facts, j->n_facts, sizeof *j->facts);
  j->facts[j->n_facts++] = copy(fact);
}

void job_after(job *j, int index) {
  j->after = grow(j->after, j->n_after, sizeof *j->after);
  j->after[j->n_after++] = index;
}

void jobs_release(job_list *list) {
  for (int i = 0; i < list->count; i++) {
    job *j = &list->jobs[i];
    for (int k = 0; k < j->n_words; k++) free(j->words[k]);
    for (int k = 0; k < j->n_inputs; k++) free(j->inputs[k]);
    for (int k = 0; k < j->n_facts; k++) free(j->facts[k]);
    char *const owned[] = {j->name, j->kind, j->folder, j->log, j->marker, j->place};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++) free(owned[k]);
    free(j->words);
    free(j->inputs);
    free(j->facts);
    free(j->after);
  }
  free(list->jobs);
  *list = (job_list){0};
}

/* ---- keys ---- */

/* Where the folder of everything lies, and where a file of known bytes lies, is not part of what is done. */
static void hash_word(duro_hasher *hasher, const job_list *list, const job *j, const char *word) {
  for (int i = 0; i < j->n_inputs; i++)
    if (strcmp(word, j->inputs[i]) == 0) {
      duro_hash_integer(hasher, i);
      return;
    }
  const size_t root = list->root ? strlen(list->root) : 0;
  const bool below = root && strncmp(word, list->root, root) == 0 && word[root] == '/';
  duro_hash_text(hasher, below ? word + root : word);
}

static duro_status hash_file(duro_hasher *hasher, const char *path) {
  char *bytes;
  size_t size;
  const duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  duro_hash_bytes(hasher, bytes, size);
  duro_file_release(bytes);
  return DURO_OK;
}

static duro_status find_key(const job_list *list, job *j) {
  duro_hasher hasher;
  duro_status status = DURO_OK;
  duro_hash_begin(&hasher, "job");
  duro_hash_program(&hasher);
  for (int i = 0; i < j->n_words; i++) hash_word(&hasher, list, j, j->words[i]);
  for (int i = 0; !status && i < j->n_inputs; i++) status = hash_file(&hasher, j->inputs[i]);
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

duro_status job_mark(const job *j, const char *state) {
  text line = {0};
  text_add(&line, "%s %016" PRIx64 " %.3f s: ", state, j->key, j->seconds);
  cli_quote(&line, j->n_words, j->words);
  text_add(&line, "\n");
  const duro_status status = text_save(&line, j->marker);
  text_release(&line);
  return status;
}

duro_status jobs_prepare(job_list *list) {
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

/* From jobs of the same kind, else of the same command, else of any. */
static double expected_time(const job_list *list, const job *j) {
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
    const double rest = fmax(0, expected_time(list, j) - ran);
    if (isnan(expected_time(list, j))) return NAN;
    left += rest;
    longest = fmax(longest, rest);
  }
  return fmax(left / parallel, longest);
}
