/* Sources of filters: runs, solutions, certificates. */
#include "study/behind.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "io/file.h"
#include "io/number.h"
#include "io/path.h"

#define CERTIFICATE_FILE "set.certificate"

bool behind_names_source(const char *word) {
  return strcmp(word, "off") != 0 && strcmp(word, "on") != 0 && strcmp(word, "both") != 0;
}

typedef enum what { A_RUN, A_SOLUTION, A_CERTIFICATE } what;

/* What lies there; `path` (RUN_PATH) is that of the certificate, where it is one. */
static duro_status look(what *kind, char *path, const char *source) {
  duro_kind at, inside;
  char grid[RUN_PATH];
  duro_status status = duro_file_look(&at, source);
  if (status) return status;
  if (at == DURO_KIND_NOTHING)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "filter: %s does not exist; wanted off, on, both, or a run, solution or certificate", source);
  *kind = A_CERTIFICATE;
  snprintf(path, RUN_PATH, "%s", source);
  if (at != DURO_KIND_FOLDER) return DURO_OK;
  run_path(path, source, CERTIFICATE_FILE);
  run_path(grid, source, "grid.json");
  status = duro_file_look(&inside, grid);
  if (status) return status;
  *kind = A_SOLUTION;
  if (inside != DURO_KIND_NOTHING) return DURO_OK;
  status = duro_file_look(&inside, path);
  *kind = inside != DURO_KIND_NOTHING ? A_CERTIFICATE : A_RUN;
  return status;
}

/* the folder names a source, and with it a certificate that lies beside a grid */
static void name(behind *b, const char *source) {
  char folder[RUN_PATH], last[DURO_TEXT_SIZE];
  const size_t length = strlen(source), file = strlen("/" CERTIFICATE_FILE);
  const bool certificate = length > file && strcmp(source + length - file, "/" CERTIFICATE_FILE) == 0;
  snprintf(folder, sizeof folder, "%.*s", (int)(certificate ? length - file : length), source);
  path_name(last, sizeof last, folder);
  snprintf(b->acting, sizeof b->acting, "filtered-by-%s%s", last, certificate ? "-certificate" : "");
}

static duro_status find_remedy(duro_filter_options *options, const char *remedy, what kind) {
  *options = duro_filter_options_default();
  options->remedy = kind == A_RUN ? DURO_FILTER_FALLBACK : DURO_FILTER_NEAREST;
  if (!remedy) return DURO_OK;
  for (int k = DURO_FILTER_FALLBACK; k <= DURO_FILTER_BOX; k++)
    if (strcmp(remedy, duro_filter_remedy_name((duro_filter_remedy)k)) == 0) {
      options->remedy = (duro_filter_remedy)k;
      return DURO_OK;
    }
  return duro_fail(DURO_ERROR_ARGUMENT, "the remedy of the filter is '%s'; wanted fallback, nearest or box", remedy);
}

static duro_status open_run(behind *b, const char *source, const duro_filter_options *options, const duro_env *env,
                            const run_how *how) {
  const duro_status status = run_open(&b->run, source, NULL, 0, how);
  if (status) return status;
  b->has_run = true;
  const duro_policy_info *about = duro_policy_about(b->run.policy);
  const duro_env_spec *spec = &env->spec;
  if (about->no != spec->no || about->nu != spec->nu || about->na != spec->na)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s cannot filter: it was trained on %s, and %s is played", source,
                     about->environment, env->ops->name);
  return duro_filter_of_policy(&b->filter, b->run.policy, options);
}

static duro_status open_solution(behind *b, const char *source, const duro_filter_options *options, const duro_env *env,
                                 bool accept) {
  const duro_status status = solved_open(&b->solution, source, env->ops, 1, accept);
  if (status) return status;
  b->has_solution = true;
  return duro_filter_of_grid(&b->filter, b->solution.grid, options);
}

static duro_status open_certificate(behind *b, const char *path, const duro_filter_options *options,
                                    const duro_env *env) {
  const duro_status status = duro_certificate_load(&b->certificate, path, env->ops);
  return status ? status : duro_filter_of_certificate(&b->filter, b->certificate, options);
}

static duro_status read_margin(duro_filter_options *options, const char *margin) {
  if (!margin) return DURO_OK;
  if (duro_number_real(&options->margin, margin) == DURO_NUMBER_FINE && fabs(options->margin) <= 1e6) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "the margin of the filter is '%s'; wanted a number from -1e6 to 1e6", margin);
}

/* 0 is none */
static duro_status read_hysteresis(duro_filter_options *options, const char *hysteresis) {
  if (!hysteresis) return DURO_OK;
  if (duro_number_real(&options->hysteresis, hysteresis) == DURO_NUMBER_FINE && options->hysteresis >= 0 &&
      options->hysteresis <= 1e6)
    return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "the hysteresis of the filter is '%s'; wanted a number from 0 to 1e6",
                   hysteresis);
}

duro_status behind_open(behind *b, const behind_options *given, const duro_env *env, const run_how *how) {
  what kind = A_RUN;
  char path[RUN_PATH];
  duro_filter_options options;
  memset(b, 0, sizeof *b);
  duro_status status = look(&kind, path, given->source);
  if (!status) status = find_remedy(&options, given->remedy, kind);
  if (!status) status = read_margin(&options, given->margin);
  if (!status) status = read_hysteresis(&options, given->hysteresis);
  if (status) return status;
  name(b, given->source);
  if (kind == A_RUN) status = open_run(b, given->source, &options, env, how);
  if (kind == A_SOLUTION) status = open_solution(b, given->source, &options, env, given->accept);
  if (kind == A_CERTIFICATE) status = open_certificate(b, path, &options, env);
  if (status) behind_close(b);
  return status;
}

void behind_close(behind *b) {
  if (!b) return;
  duro_filter_destroy(b->filter);
  duro_certificate_destroy(b->certificate);
  if (b->has_solution) solved_close(&b->solution);
  if (b->has_run) run_close(&b->run);
  b->filter = NULL, b->certificate = NULL;
  b->has_solution = b->has_run = false;
}

void behind_note(text *out, const behind *b, const duro_env *env) {
  if (b->has_solution) solved_differences(out, &b->solution, env);
  if (b->certificate && !duro_certificate_is_of(b->certificate, env))
    text_add(out, "  note: the certificate is of other numbers of %s: it proves nothing here\n", env->ops->name);
}
