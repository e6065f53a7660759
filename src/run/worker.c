/* Workers that share a list. */
#include "run/worker.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "io/hash.h"
#include "io/number.h"

/* Jobs that write into one folder share the claim of the first of them. */
static int find_claim(const job_list *list, int i) {
  const char *place = list->jobs[i].place;
  for (int k = 0; place && k < i; k++)
    if (list->jobs[k].place && strcmp(list->jobs[k].place, place) == 0) return k;
  return i;
}

/* jobs/train-x.job -> jobs/train-x.claim */
static void name_claim(claim *c, const job *j) {
  const int stem = (int)strlen(j->marker) - (int)strlen(".job");
  *c = (claim){0};
  if (snprintf(c->path, RUN_PATH, "%.*s.claim", stem, j->marker) >= RUN_PATH) c->path[0] = '\0';
}

static void find_work(worker *w) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, "work");
  for (int i = 0; i < w->list->count; i++) duro_hash_integer(&hasher, (int64_t)w->list->jobs[i].key);
  w->work = duro_hash_end(&hasher);
}

/* The last job is to be run again where another one is. */
static void outdate_last(worker *w) {
  if (w->share->last < 0) return;
  job *last = &w->list->jobs[w->share->last];
  unlink(last->marker);
  last->state = JOB_WAITING;
}

/* Claims that lie in a folder that is not there cannot be made. */
static duro_status prepare_folders(const job_list *list) {
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < list->count; i++)
    if (!i || strcmp(list->jobs[i].folder, list->jobs[i - 1].folder) != 0)
      status = duro_folder_create(list->jobs[i].folder);
  return status;
}

duro_status worker_begin(worker *w, job_list *list, const jobs_share *share) {
  const size_t count = (size_t)list->count;
  *w = (worker){.share = share, .list = list, .beaten = duro_clock()};
  const duro_status status = prepare_folders(list);
  if (status) return status;
  w->claims = duro_allocate(count * sizeof *w->claims);
  w->claim_of = duro_allocate(count * sizeof *w->claim_of);
  w->failed = duro_allocate(count * sizeof *w->failed);
  w->next = duro_allocate(count * sizeof *w->next);
  if (!w->claims || !w->claim_of || !w->failed || !w->next) {
    worker_end(w);
    return DURO_ERROR_MEMORY;
  }
  for (int i = 0; i < list->count; i++) {
    job *j = &list->jobs[i];
    name_claim(&w->claims[i], j);
    w->claim_of[i] = find_claim(list, i);
    if (j->state == JOB_WAITING && job_look(j) == JOB_FAILED) w->failed[i] = job_marker_hash(j);
  }
  find_work(w);
  if (share->only < 0 && jobs_count(list, JOB_DONE) < list->count) outdate_last(w);
  return DURO_OK;
}

void worker_end(worker *w) {
  const bool all_done = !w->share->more && jobs_count(w->list, JOB_DONE) == w->list->count;
  for (int i = 0; all_done && w->claims && w->claim_of && i < w->list->count; i++)
    if (w->claim_of[i] == i) claim_remove(&w->claims[i]);
  duro_release(w->claims);
  duro_release(w->claim_of);
  duro_release(w->failed);
  duro_release(w->next);
}

/* True where the job has ended, here or elsewhere; an old failure is no end. */
static bool has_ended(const worker *w, int i) {
  job *j = &w->list->jobs[i];
  const job_state found = job_look(j);
  if (found == JOB_WAITING || (found == JOB_FAILED && job_marker_hash(j) == w->failed[i])) return false;
  j->state = found;
  j->earlier = true;
  return true;
}

/* A hundred looks a second, whatever the number of jobs, so that many who wait do not keep a file server busy. */
static double look_again(const worker *w) {
  const double longest = w->share->patience / 12, wait = 0.01 * w->list->count;
  return duro_clock() + (wait < longest ? wait : longest);
}

duro_status worker_take(worker *w, int i, bool *mine) {
  claim *c = &w->claims[w->claim_of[i]];
  *mine = false;
  if (duro_clock() < w->next[i] || has_ended(w, i)) return DURO_OK;
  w->next[i] = look_again(w);
  const claim_answer answer = claim_take(c, w->work, w->share->patience);
  if (answer == CLAIM_FAILED) return DURO_ERROR_FILE;
  if (answer == CLAIM_OTHERS) return DURO_OK;
  *mine = !has_ended(w, i); // since we looked
  if (!*mine) claim_release(c);
  if (*mine && i != w->share->last) outdate_last(w);
  return DURO_OK;
}

duro_status worker_give_back(worker *w, int i, const char *state) {
  claim *c = &w->claims[w->claim_of[i]];
  if (!claim_beat(c, w->share->patience))
    return duro_fail(DURO_ERROR_FILE, "another worker has taken it over, since this one seemed dead");
  const duro_status status = state ? job_mark(&w->list->jobs[i], state) : DURO_OK;
  claim_release(c);
  return status;
}

void worker_beat(worker *w) {
  enum { BEATS = 8 }; // until patience is over
  const double now = duro_clock();
  if (now - w->beaten < w->share->patience / BEATS) return;
  w->beaten = now;
  for (int i = 0; i < w->list->count; i++) {
    const job *j = &w->list->jobs[i];
    if (j->state == JOB_RUNNING && !claim_beat(&w->claims[w->claim_of[i]], w->share->patience)) kill(j->child, SIGKILL);
  }
}

duro_status jobs_claim_none(const job_list *list) {
  claim c;
  claim_owner owner;
  for (int i = 0; i < list->count; i++) {
    if (find_claim(list, i) != i) continue;
    name_claim(&c, &list->jobs[i]);
    if (claim_is_held(&c, &owner))
      return duro_fail(DURO_ERROR_FILE,
                       "%s is being run by process %ld of %s; wait for its end, or remove %s-* where it is dead",
                       list->jobs[i].name, owner.process, owner.host, c.path);
    claim_remove(&c);
  }
  return DURO_OK;
}

bool jobs_share_read(jobs_share *share, const char *word) {
  char first[16];
  int64_t number, count;
  const size_t length = strcspn(word, "/");
  if (length >= sizeof first || !word[length]) return false;
  memcpy(first, word, length);
  first[length] = '\0';
  if (duro_number_int(&number, first) != DURO_NUMBER_FINE ||
      duro_number_int(&count, word + length + 1) != DURO_NUMBER_FINE)
    return false;
  if (number < 1 || number > count || count > 100000) return false;
  share->number = (int)number, share->count = (int)count;
  return true;
}
