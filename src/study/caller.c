/* Jobs as a caller from C sees them. */
#include "study/caller.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"

duro_status caller_check(size_t size, size_t wanted, int64_t parallel, const char *path, const char *folder) {
  if (size != wanted) return duro_fail(DURO_ERROR_ARGUMENT, "the options have %zu bytes; wanted %zu", size, wanted);
  if (parallel < 1 || parallel > 256)
    return duro_fail(DURO_ERROR_ARGUMENT, "parallel is %lld; wanted 1 to 256", (long long)parallel);
  if (strlen(path) >= RUN_PATH || strlen(folder) >= RUN_PATH)
    return duro_fail(DURO_ERROR_ARGUMENT, "the path of the file or its folder has more than %d bytes", RUN_PATH);
  return DURO_OK;
}

duro_status caller_copy(char **out, const char *word) {
  *out = NULL;
  if (!word) return DURO_OK;
  const size_t size = strlen(word) + 1;
  *out = duro_allocate(size);
  if (!*out) return DURO_ERROR_MEMORY;
  memcpy(*out, word, size);
  return DURO_OK;
}

static duro_job_state state_of(const job *j) {
  static const duro_job_state states[] = {[JOB_WAITING] = DURO_JOB_WAITING,
                                          [JOB_RUNNING] = DURO_JOB_RUNNING,
                                          [JOB_DONE] = DURO_JOB_DONE,
                                          [JOB_FAILED] = DURO_JOB_FAILED,
                                          [JOB_LEFT_OUT] = DURO_JOB_LEFT_OUT};
  return states[j->state];
}

static duro_experiment_job describe(const job *j) {
  return (duro_experiment_job){.struct_size = sizeof(duro_experiment_job),
                               .name = j->name,
                               .log = j->log,
                               .words = (const char *const *)j->words,
                               .n_words = j->n_words,
                               .state = state_of(j),
                               .seconds = j->state == JOB_DONE ? j->seconds : 0};
}

duro_status caller_job_at(duro_experiment_job *out, const job_list *list, int index) {
  if (index < 0 || index >= list->count)
    return duro_fail(DURO_ERROR_ARGUMENT, "job %d is asked for; there are %d, from 0", index, list->count);
  *out = describe(&list->jobs[index]);
  return DURO_OK;
}

static void note(caller *c, duro_status status) {
  if (!c->asked) c->asked = status;
}

static void tell(void *context, const job_list *list, const job *j, jobs_event event, const char *why) {
  (void)list;
  caller *c = context;
  const duro_experiment_job now = describe(j);
  if (c->job) note(c, c->job(&now, event == JOBS_FAILED ? why : NULL, c->context));
}

static int wait_a_moment(void *context, const job_list *list) {
  (void)list;
  caller *c = context;
  const struct timespec moment = {.tv_nsec = 50000000};
  if (c->ask) note(c, c->ask(c->context));
  if (c->asked) return SIGTERM;
  nanosleep(&moment, NULL);
  return 0;
}

duro_status caller_run(caller *c, job_list *list, int64_t parallel) {
  const jobs_watcher watcher = {.context = c, .tell = tell, .wait = wait_a_moment};
  c->asked = DURO_OK;
  for (int i = 0; i < list->count; i++)
    if (list->jobs[i].state != JOB_DONE) list->jobs[i].state = JOB_WAITING;
  const duro_status status = jobs_run(list, (int)parallel, &watcher);
  return c->asked ? c->asked : status;
}
