/* Experiments for callers from C: duro/experiment.h. */
#include "duro/experiment.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "run/made.h"
#include "study/experiment_launch.h"

struct duro_experiment {
  experiment file;
  experiment_plan plan;
  char path[RUN_PATH], folder[RUN_PATH]; /* that the plan and the words of the file point to */
  duro_experiment_options options;
  char *only, *program; /* copies, NULL where none is given */
  duro_status asked;    /* the first status of a callback that was not DURO_OK */
};

duro_experiment_options duro_experiment_options_default(void) {
  return (duro_experiment_options){.struct_size = sizeof(duro_experiment_options), .parallel = 1};
}

static duro_status check(const char *path, const char *folder, const duro_experiment_options *o) {
  if (o->struct_size != sizeof *o)
    return duro_fail(DURO_ERROR_ARGUMENT, "the options of an experiment have %zu bytes; wanted %zu", o->struct_size,
                     sizeof *o);
  if (o->parallel < 1 || o->parallel > 256)
    return duro_fail(DURO_ERROR_ARGUMENT, "parallel is %lld; wanted 1 to 256", (long long)o->parallel);
  if (strlen(path) >= RUN_PATH || strlen(folder) >= RUN_PATH)
    return duro_fail(DURO_ERROR_ARGUMENT, "the path of the experiment or its folder has more than %d bytes", RUN_PATH);
  return DURO_OK;
}

/* NULL stays NULL */
static duro_status copy(char **out, const char *word) {
  *out = NULL;
  if (!word) return DURO_OK;
  const size_t size = strlen(word) + 1;
  *out = duro_allocate(size);
  if (!*out) return DURO_ERROR_MEMORY;
  memcpy(*out, word, size);
  return DURO_OK;
}

static duro_status plan(duro_experiment *e) {
  const run_how how = {.open = e->options.open ? *e->options.open : (duro_env_open_options){0}};
  const duro_status status = experiment_check(&e->file, e->only, &how);
  return status ? status : experiment_plan_make(&e->plan, &e->file, e->folder, e->only, &how);
}

duro_status duro_experiment_open(duro_experiment **experiment, const char *path, const char *folder,
                                 const duro_experiment_options *options) {
  const duro_experiment_options defaults = duro_experiment_options_default();
  if (!options) options = &defaults;
  *experiment = NULL;
  duro_status status = check(path, folder, options);
  if (status) return status;
  duro_experiment *e = duro_allocate(sizeof *e);
  if (!e) return DURO_ERROR_MEMORY;
  *e = (duro_experiment){.options = *options};
  memcpy(e->path, path, strlen(path) + 1);
  memcpy(e->folder, folder, strlen(folder) + 1);
  status = copy(&e->only, options->only);
  if (!status) status = copy(&e->program, options->program);
  if (!status) status = experiment_read(&e->file, e->path);
  if (!status) status = plan(e);
  e->options.open = NULL; // it is not needed any more, and need not live on
  if (status)
    duro_experiment_close(e);
  else
    *experiment = e;
  return status;
}

int duro_experiment_jobs(const duro_experiment *experiment) {
  return experiment->plan.list.count;
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

duro_status duro_experiment_job_at(duro_experiment_job *out, const duro_experiment *experiment, int index) {
  if (index < 0 || index >= experiment->plan.list.count)
    return duro_fail(DURO_ERROR_ARGUMENT, "job %d is asked for; there are %d, from 0", index,
                     experiment->plan.list.count);
  *out = describe(&experiment->plan.list.jobs[index]);
  return DURO_OK;
}

/* ---- running ---- */

static void note(duro_experiment *e, duro_status status) {
  if (!e->asked) e->asked = status;
}

static void tell(void *context, const job_list *list, const job *j, jobs_event event, const char *why) {
  (void)list;
  duro_experiment *e = context;
  const duro_experiment_job now = describe(j);
  if (e->options.job) note(e, e->options.job(&now, event == JOBS_FAILED ? why : NULL, e->options.context));
}

static int wait_a_moment(void *context, const job_list *list) {
  (void)list;
  duro_experiment *e = context;
  const struct timespec moment = {.tv_nsec = 50000000};
  if (e->options.ask) note(e, e->options.ask(e->options.context));
  if (e->asked) return SIGTERM;
  nanosleep(&moment, NULL);
  return 0;
}

/* What failed before has another turn. */
static void begin_again(job_list *list) {
  for (int i = 0; i < list->count; i++)
    if (list->jobs[i].state != JOB_DONE) list->jobs[i].state = JOB_WAITING;
}

duro_status duro_experiment_run(duro_experiment *experiment) {
  const jobs_watcher watcher = {.context = experiment, .tell = tell, .wait = wait_a_moment};
  duro_lock *lock;
  if (!experiment->program)
    return duro_fail(DURO_ERROR_ARGUMENT, "no program is given to run the jobs; wanted the path of duro");
  duro_status status = made_lock(&lock, experiment->folder);
  if (status) return status;
  status = experiment_prepare(&experiment->file, experiment->folder);
  experiment->asked = DURO_OK;
  experiment->plan.list.program = experiment->program;
  begin_again(&experiment->plan.list);
  if (!status) status = jobs_run(&experiment->plan.list, (int)experiment->options.parallel, &watcher);
  duro_lock_release(lock);
  return experiment->asked ? experiment->asked : status;
}

void duro_experiment_close(duro_experiment *experiment) {
  if (!experiment) return;
  experiment_plan_release(&experiment->plan);
  experiment_release(&experiment->file);
  duro_release(experiment->program);
  duro_release(experiment->only);
  duro_release(experiment);
}
