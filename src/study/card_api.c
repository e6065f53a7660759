/* Cards for callers from C: duro/card.h. */
#include "duro/card.h"

#include "base/error.h"
#include "run/made.h"
#include "study/card.h"

duro_card_options duro_card_options_default(void) {
  return (duro_card_options){.struct_size = sizeof(duro_card_options)};
}

/* A call, and what it counts. */
typedef struct caller {
  const duro_card_options *options;
  duro_card_counts counts;
} caller;

static duro_status ask(void *context, const char *line, double share) {
  const duro_card_options *o = ((const caller *)context)->options;
  (void)line, (void)share;
  return o->ask ? o->ask(o->context) : DURO_OK;
}

static duro_status found(void *context, const char *line, card_finding finding, const char *why) {
  caller *c = context;
  const duro_card_finding as = finding == CARD_SAME        ? DURO_CARD_SAME
                               : finding == CARD_DIFFERENT ? DURO_CARD_DIFFERENT
                                                           : DURO_CARD_UNKNOWN;
  c->counts.same += as == DURO_CARD_SAME;
  c->counts.different += as == DURO_CARD_DIFFERENT;
  c->counts.unknown += as == DURO_CARD_UNKNOWN;
  return c->options->found ? c->options->found(line, as, why, c->options->context) : DURO_OK;
}

static duro_status recheck(void *context, bool *proved, double *volume, const char *path) {
  const duro_card_options *o = ((const caller *)context)->options;
  if (o->recheck) return o->recheck(proved, volume, path, o->context);
  return duro_fail(DURO_ERROR_MISSING, "it rests on a certificate, and nobody was named to prove that again");
}

static card_watcher watcher_of(caller *c) {
  return (card_watcher){.context = c, .ask = ask, .found = found, .recheck = recheck};
}

static duro_status check(const duro_card_options *o) {
  if (o->struct_size != sizeof *o)
    return duro_fail(DURO_ERROR_ARGUMENT, "the options of a card have %zu bytes; wanted %zu", o->struct_size,
                     sizeof *o);
  if (o->threads < 0) return duro_fail(DURO_ERROR_ARGUMENT, "threads is %lld; wanted 0 or more", (long long)o->threads);
  return DURO_OK;
}

static card_options asked_of(const duro_card_options *o, const char *folder, const char *path) {
  return (card_options){.folder = folder,
                        .solution = o->solution,
                        .adversary = o->adversary,
                        .margin = o->margin,
                        .path = path,
                        .scratch = o->scratch,
                        .only = o->lines,
                        .threads = o->threads,
                        .accept = o->accept_solution};
}

static run_how how_of(const duro_card_options *o) {
  return (run_how){.open = o->open ? *o->open : (duro_env_open_options){0}};
}

static duro_status make(int64_t *left_out, const char *folder, const duro_card_options *options) {
  card c;
  json_t *root;
  char path[RUN_PATH];
  caller who = {.options = options};
  run_path(path, folder, "card.json");
  const card_options asked = asked_of(options, folder, path);
  const card_watcher watcher = watcher_of(&who);
  const run_how how = how_of(options);
  duro_status status = card_open(&c, &asked, &watcher, &how);
  if (!status) status = made_check_card(folder);
  if (!status && !(status = card_make(&root, &c))) {
    status = card_save(root, path);
    json_decref(root);
  }
  if (left_out) *left_out = c.left_out;
  card_close(&c);
  return status;
}

duro_status duro_card_make(int64_t *left_out, const char *folder, const duro_card_options *options) {
  const duro_card_options defaults = duro_card_options_default();
  duro_lock *lock = NULL;
  if (!options) options = &defaults;
  duro_status status = check(options);
  if (!status) status = run_lock(&lock, folder);
  if (!status) status = make(left_out, folder, options);
  duro_lock_release(lock);
  return status;
}

duro_status duro_card_verify(duro_card_counts *counts, const char *path, const char *folder,
                             const duro_card_options *options) {
  card c;
  json_t *root;
  const duro_card_options defaults = duro_card_options_default();
  if (!options) options = &defaults;
  caller who = {.options = options, .counts = {.struct_size = sizeof *counts}};
  const card_options asked = asked_of(options, folder, path);
  const card_watcher watcher = watcher_of(&who);
  const run_how how = how_of(options);
  duro_status status = check(options);
  if (!status) status = card_read(&root, path);
  if (status) return status;
  status = card_open(&c, &asked, &watcher, &how);
  if (!status) status = card_check(&c, root);
  card_close(&c);
  json_decref(root);
  *counts = who.counts;
  return status;
}
