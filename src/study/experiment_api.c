/* Experiments for callers from C: duro/experiment.h. */
#include "duro/experiment.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "run/made.h"
#include "study/caller.h"
#include "study/experiment_launch.h"

struct duro_experiment {
  experiment file;
  experiment_plan plan;
  char path[RUN_PATH], folder[RUN_PATH]; /* that the plan and the words of the file point to */
  duro_experiment_options options;
  char *only, *program; /* copies, NULL where none is given */
};

duro_experiment_options duro_experiment_options_default(void) {
  return (duro_experiment_options){.struct_size = sizeof(duro_experiment_options), .parallel = 1};
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
  duro_status status = caller_check(options->struct_size, sizeof *options, options->parallel, path, folder);
  if (status) return status;
  duro_experiment *e = duro_allocate(sizeof *e);
  if (!e) return DURO_ERROR_MEMORY;
  *e = (duro_experiment){.options = *options};
  memcpy(e->path, path, strlen(path) + 1);
  memcpy(e->folder, folder, strlen(folder) + 1);
  status = caller_copy(&e->only, options->only);
  if (!status) status = caller_copy(&e->program, options->program);
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

duro_status duro_experiment_job_at(duro_experiment_job *out, const duro_experiment *experiment, int index) {
  return caller_job_at(out, &experiment->plan.list, index);
}

duro_status duro_experiment_run(duro_experiment *experiment) {
  const duro_experiment_options *o = &experiment->options;
  caller c = {.job = o->job, .ask = o->ask, .context = o->context};
  duro_lock *lock;
  if (!experiment->program)
    return duro_fail(DURO_ERROR_ARGUMENT, "no program is given to run the jobs; wanted the path of duro");
  duro_status status = made_lock(&lock, experiment->folder);
  if (status) return status;
  status = experiment_prepare(&experiment->file, experiment->folder);
  experiment->plan.list.program = experiment->program;
  if (!status) status = caller_run(&c, &experiment->plan.list, o->parallel);
  duro_lock_release(lock);
  return status;
}

void duro_experiment_close(duro_experiment *experiment) {
  if (!experiment) return;
  experiment_plan_release(&experiment->plan);
  experiment_release(&experiment->file);
  duro_release(experiment->program);
  duro_release(experiment->only);
  duro_release(experiment);
}
