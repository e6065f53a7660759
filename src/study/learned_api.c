/* The learned sets of a run for callers from C: duro/learned.h. */
#include "duro/learned.h"

#include "base/error.h"
#include "base/memory.h"
#include "study/sets.h"

duro_learned_options duro_learned_options_default(void) {
  return (duro_learned_options){.struct_size = sizeof(duro_learned_options), .starts = sets_options_default().starts};
}

static duro_status begin(void *context, const sets_work *w) {
  (void)context, (void)w;
  return DURO_OK;
}

static duro_status ask(void *context) {
  const duro_learned_options *options = context;
  return options->ask ? options->ask(options->context) : DURO_OK;
}

static duro_status row(void *context, const sets_work *w, const sets_row *r) {
  const duro_learned_options *options = context;
  const duro_learned_row done = {.struct_size = sizeof done,
                                 .step = r->step,
                                 .deployed = r->step == duro_policy_about(w->run.policy)->step,
                                 .reference = duro_set_truth_name(w->truth),
                                 .cells = w->cells.count,
                                 .iou = r->iou,
                                 .false_safe = r->false_safe,
                                 .false_unsafe = r->false_unsafe,
                                 .learned = r->learned,
                                 .exact = r->exact,
                                 .kept = r->kept,
                                 .starts = r->starts};
  return options->row ? options->row(&done, options->context) : DURO_OK;
}

static duro_status check(const duro_learned_options *o) {
  const struct {
    const char *name;
    int64_t value, low;
  } numbers[] = {{"points", o->points, 0}, {"starts", o->starts, 1}, {"threads", o->threads, 0}};
  if (o->struct_size != sizeof *o)
    return duro_fail(DURO_ERROR_ARGUMENT, "the options of a comparison have %zu bytes; wanted %zu", o->struct_size,
                     sizeof *o);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (numbers[i].value < numbers[i].low)
      return duro_fail(DURO_ERROR_ARGUMENT, "%s is %lld; wanted %lld or more", numbers[i].name,
                       (long long)numbers[i].value, (long long)numbers[i].low);
  return DURO_OK;
}

duro_status duro_learned_run(const char *folder, const duro_learned_options *options) {
  const duro_learned_options defaults = duro_learned_options_default();
  if (!options) options = &defaults;
  duro_status status = check(options);
  sets_work *w = status ? NULL : duro_allocate(sizeof *w);
  if (!w) return status ? status : DURO_ERROR_MEMORY;
  const run_how how = {.open = options->open ? *options->open : (duro_env_open_options){0}};
  const sets_options asked = {.solution = options->solution,
                              .points = options->points,
                              .starts = options->starts,
                              .threads = options->threads,
                              .force = options->again,
                              .accept = options->accept_solution};
  const sets_watcher watcher = {.context = (void *)(uintptr_t)options, .begin = begin, .row = row, .ask = ask};
  status = sets_compare(w, folder, &asked, &watcher, &how);
  sets_close(w);
  duro_release(w);
  return status;
}
