/* The search for settings for callers from C: duro/tune.h. */
#include "duro/tune.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "run/made.h"
#include "study/caller.h"
#include "study/tune.h"

struct duro_tune {
  tune_file *file;
  tune plan;
  run_how how;
  bool planned;                          /* `plan` is to be destroyed */
  char path[RUN_PATH], folder[RUN_PATH]; /* that the plan and the words of the file point to */
  duro_tune_options options;
  char *program; /* a copy, NULL where none is given */
};

duro_tune_options duro_tune_options_default(void) {
  return (duro_tune_options){.struct_size = sizeof(duro_tune_options), .parallel = 1};
}

duro_status duro_tune_open(duro_tune **tune, const char *path, const char *folder, const duro_tune_options *options) {
  const duro_tune_options defaults = duro_tune_options_default();
  if (!options) options = &defaults;
  *tune = NULL;
  duro_status status = caller_check(options->struct_size, sizeof *options, options->parallel, path, folder);
  if (status) return status;
  duro_tune *t = duro_allocate(sizeof *t);
  if (!t) return DURO_ERROR_MEMORY;
  *t = (duro_tune){.options = *options};
  if (options->open) t->how.open = *options->open;
  memcpy(t->path, path, strlen(path) + 1);
  memcpy(t->folder, folder, strlen(folder) + 1);
  status = caller_copy(&t->program, options->program);
  if (!status) status = tune_open(&t->file, t->path);
  if (!status) status = tune_create(&t->plan, t->file, t->folder, &t->how);
  t->planned = !status;
  if (status)
    duro_tune_close(t);
  else
    *tune = t;
  return status;
}

int duro_tune_settings(const duro_tune *tune) {
  return tune->file->n_settings;
}

const char *duro_tune_setting(const duro_tune *tune, int setting) {
  return setting >= 0 && setting < tune->file->n_settings ? tune->file->settings[setting].name : NULL;
}

int duro_tune_configurations(const duro_tune *tune) {
  return tune->plan.count;
}

duro_status duro_tune_configuration_at(duro_tune_configuration *out, const duro_tune *tune, int configuration) {
  if (configuration < 0 || configuration >= tune->plan.count)
    return duro_fail(DURO_ERROR_ARGUMENT, "configuration %d is asked for; there are %d, from 0", configuration,
                     tune->plan.count);
  const tune_configuration *c = &tune->plan.all[configuration];
  *out = (duro_tune_configuration){
      .struct_size = sizeof *out, .rungs = c->rungs, .failed = c->failed > 0, .return_mean = NAN};
  if (!c->rungs) return DURO_OK;
  const struct tune_score *s = &c->at[c->rungs - 1];
  out->violating = s->violating, out->episodes = s->episodes, out->return_mean = s->score;
  return DURO_OK;
}

const char *duro_tune_value(const duro_tune *tune, int configuration, int setting) {
  const bool there =
      configuration >= 0 && configuration < tune->plan.count && setting >= 0 && setting < tune->file->n_settings;
  return there ? tune->plan.all[configuration].value[setting] : NULL;
}

/* ---- running ---- */

static duro_status name_failure(const job_list *list) {
  for (int i = 0; i < list->count; i++)
    if (list->jobs[i].state == JOB_FAILED)
      return duro_fail(DURO_ERROR_FILE, "job '%s' failed, and not by its settings; %s says why", list->jobs[i].name,
                       list->jobs[i].log);
  return DURO_OK;
}

static duro_status run_rungs(duro_tune *t) {
  caller c = {.job = t->options.job, .ask = t->options.ask, .context = t->options.context};
  for (;;) {
    duro_status status = tune_plan(&t->plan);
    if (status) return status;
    if (t->plan.finished) return tune_save(&t->plan);
    t->plan.list.program = t->program;
    status = jobs_claim_none(&t->plan.list);
    if (!status) status = caller_run(&c, &t->plan.list, t->options.parallel);
    if (!status && jobs_count(&t->plan.list, JOB_FAILED) && !tune_note_failures(&t->plan))
      status = name_failure(&t->plan.list);
    if (status) return status;
  }
}

duro_status duro_tune_run(duro_tune *tune) {
  duro_lock *lock;
  if (!tune->program)
    return duro_fail(DURO_ERROR_ARGUMENT, "no program is given to run the jobs; wanted the path of duro");
  duro_status status = made_lock(&lock, tune->folder);
  if (status) return status;
  status = run_rungs(tune);
  duro_lock_release(lock);
  return status;
}

int duro_tune_best(const duro_tune *tune) {
  return tune->plan.best;
}

int duro_tune_judgements(const duro_tune *tune) {
  return tune->plan.finished ? tune->plan.n_judged : 0;
}

duro_status duro_tune_judgement_at(duro_tune_judgement *out, const duro_tune *tune, int index) {
  if (index < 0 || index >= duro_tune_judgements(tune))
    return duro_fail(DURO_ERROR_ARGUMENT, "judgement %d is asked for; there are %d, from 0", index,
                     duro_tune_judgements(tune));
  const tune_judged *j = &tune->plan.judged[index];
  *out = (duro_tune_judgement){.struct_size = sizeof *out,
                               .is_default = j->is_default,
                               .attacker = j->attacker,
                               .violating = j->violating,
                               .episodes = j->episodes,
                               .return_mean = j->return_mean,
                               .h_min = j->h_min};
  return DURO_OK;
}

void duro_tune_close(duro_tune *tune) {
  if (!tune) return;
  if (tune->planned) tune_destroy(&tune->plan);
  tune_close(tune->file);
  duro_release(tune->program);
  duro_release(tune);
}
