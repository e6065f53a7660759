/* The check of an environment: all promises, in a child. */
#include "duro/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/opened.h"
#include "io/number.h"
#include "study/check_inside.h"

/* s of computing after which a call counts as one that does not come back; what is not a plugin is ours */
static const double patience = 3, patience_of_ours = 300;

static const struct {
  void (*run)(check *c);
  bool quick; // takes well under a second
  bool late;  // asks what is promised before
} promises[] = {
    {check_region, true, false},    {check_starts, true, false},  {check_buffers, true, false},
    {check_purity, true, false},    {check_finite, true, false},  {check_walks, true, false},
    {check_ends, true, true},       {check_slope, true, true},    {check_inputs, true, true},
    {check_facts, true, true},      {check_formula, false, true}, {check_returns, true, true},
    {check_start_set, false, true},
};

/* What parent and child share. */
typedef struct shared {
  env_calls calls;
  duro_check_findings findings;
  duro_status status;
  char message[1024];
  const duro_env_ops *ops;
  const void *settings;
  const duro_check_options *options;
} shared;

static void add(duro_check_findings *all, duro_check_verdict verdict, const char *promise, const char *sentence) {
  if (all->count == DURO_CHECK_FINDINGS) return;
  duro_check_finding *f = &all->finding[all->count];
  f->verdict = verdict;
  snprintf(f->promise, sizeof f->promise, "%s", promise);
  snprintf(f->sentence, sizeof f->sentence, "%.759s", sentence);
  all->count++;
}

void check_tell(check *c, duro_check_verdict verdict, const char *promise, const char *format, ...) {
  char sentence[sizeof c->findings->finding[0].sentence];
  va_list arguments;
  va_start(arguments, format);
  duro_format_list(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  add(c->findings, verdict, promise, sentence);
}

int duro_check_count(const duro_check_findings *findings, duro_check_verdict verdict) {
  int count = 0;
  for (int i = 0; i < findings->count; i++) count += findings->finding[i].verdict == verdict;
  return count;
}

/* the settings, at both places where they may lie */
static void guard_settings(check *c) {
  const size_t size = c->env->ops->settings_size;
  const void *given = c->env->settings;
  for (int i = 0; i < 2; i++) {
    memcpy(guard_ours(c->guard, GUARD_SETTINGS), given, size);
    guard_flip(c->guard);
  }
  if (size) c->env->settings = guard_theirs(c->guard, GUARD_SETTINGS); // the child releases nothing
}

static duro_status prepare(check *c, shared *s) {
  opened_watch(s->ops, &s->calls);
  duro_status status = duro_env_create(&c->env, s->ops, s->settings);
  if (status) return status;
  env_calls_about(&s->calls, c->env);
  status = duro_env_worker_create(c->env, &c->worker);
  if (!status) status = duro_env_worker_create(c->env, &c->other);
  if (!status) status = guard_create(&c->guard, &s->calls, c->env);
  if (!status) guard_settings(c);
  return status;
}

static void work(void *context) {
  shared *s = context;
  check c = {.calls = &s->calls, .options = s->options, .findings = &s->findings, .n = s->options->samples};
  s->status = prepare(&c, s);
  if (s->status) snprintf(s->message, sizeof s->message, "%s", duro_error());
  for (size_t i = 0; !s->status && i < sizeof promises / sizeof *promises; i++) {
    if (s->options->quick && !promises[i].quick) continue;
    if (promises[i].late && duro_check_count(&s->findings, DURO_CHECK_BROKEN)) continue;
    env_calls_go_on(&s->calls);
    promises[i].run(&c);
    if (i == 0 && duro_check_count(&s->findings, DURO_CHECK_BROKEN)) return; // nothing can be drawn
  }
}

static bool is_plugin(const duro_env_ops *ops) {
  return ops->source && !ops->model;
}

duro_check_options duro_check_options_default(void) {
  return (duro_check_options){.struct_size = sizeof(duro_check_options), .samples = 300, .seed = 1};
}

static duro_status check_options(const duro_check_options *options) {
  if (options->struct_size != sizeof *options)
    return duro_fail(DURO_ERROR_ARGUMENT, "the options of a check have %zu bytes; wanted %zu", options->struct_size,
                     sizeof *options);
  if (options->samples < 1)
    return duro_fail(DURO_ERROR_ARGUMENT, "a check of %d samples; wanted 1 or more", options->samples);
  return DURO_OK;
}

duro_status duro_check_environment(duro_check_findings *findings, const duro_env_ops *ops, const void *settings,
                                   const duro_check_options *options) {
  const duro_check_options defaults = duro_check_options_default();
  if (!options) options = &defaults;
  findings->count = 0;
  const duro_status wrong = check_options(options);
  if (wrong) return wrong;
  shared *s = env_share(sizeof *s);
  if (!s) return DURO_ERROR_MEMORY;
  s->ops = ops, s->settings = settings, s->options = options;
  duro_status status = env_apart(&s->calls, work, s, is_plugin(ops) ? patience : patience_of_ours);
  if (status == DURO_ERROR_FORMAT) {
    char sentence[1000];
    snprintf(sentence, sizeof sentence, "it %.600s; the promises after this one were not tried", duro_error());
    add(&s->findings, DURO_CHECK_BROKEN, "calls", sentence);
    status = DURO_OK;
  } else if (!status && s->status) {
    status = duro_fail(s->status, "%s", s->message);
  }
  *findings = s->findings;
  env_unshare(s, sizeof *s);
  return status;
}
