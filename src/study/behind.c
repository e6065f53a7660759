/* Sources of filters: runs, solutions, certificates. */
#include "study/behind.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/purposes.h"
#include "eval/player.h"
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

duro_status behind_open(behind *b, const behind_options *given, const duro_env *env, const run_how *how) {
  what kind = A_RUN;
  char path[RUN_PATH];
  duro_filter_options options;
  memset(b, 0, sizeof *b);
  duro_status status = look(&kind, path, given->source);
  if (!status) status = find_remedy(&options, given->remedy, kind);
  if (!status) status = read_margin(&options, given->margin);
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

/* ---- the share of a certified set ---- */

enum { STATES = 4096 };

/* controls (n x nu) of a player at the start of an episode in n states */
static void ask(const duro_player *player, void *worker, const duro_env *env, int n, float *u, const double *x) {
  float obs[DURO_MAX_OBS];
  for (int i = 0; i < n; i++) {
    double memory[DURO_PLAYER_MEMORY] = {0};
    bool replaced = false;
    duro_env_observe(env, obs, x + i * env->spec.nx);
    player_act(player, worker, 1, u + i * env->spec.nu, &replaced, obs, x + i * env->spec.nx, memory);
  }
}

/* how many controls are proved */
static int64_t count_proved(const duro_certificate *cert, void *worker, const duro_env_spec *spec, int n,
                            const float *u, const double *x) {
  int64_t proved = 0;
  for (int i = 0; i < n; i++) {
    double wide[DURO_MAX_ACTION];
    for (int k = 0; k < spec->nu; k++) wide[k] = fmax(-1, fmin(1, (double)u[i * spec->nu + k]));
    proved += duro_certificate_margin(cert, worker, wide, x + i * spec->nx) >= 0;
  }
  return proved;
}

static duro_status count_of(int64_t *proved, const behind *b, const duro_player *player, const duro_env *env,
                            const double *x, float *u) {
  void *worker = NULL, *prover = NULL;
  duro_status status = player->worker_create ? player->worker_create(player, &worker) : DURO_OK;
  if (!status) status = duro_certificate_worker_create(b->certificate, &prover);
  if (!status) ask(player, worker, env, STATES, u, x);
  if (!status) *proved = count_proved(b->certificate, prover, &env->spec, STATES, u, x);
  duro_certificate_worker_destroy(prover);
  if (player->worker_destroy) player->worker_destroy(player, worker);
  return status;
}

static duro_status count_in(behind_share *share, const behind *b, const run *r, double *x, float *u) {
  duro_player task, player;
  for (int i = 0; i < STATES; i++) {
    duro_stream stream = duro_stream_at(0, DURO_PURPOSE_CERTIFIED, (uint64_t)i);
    if (!duro_certificate_draw(b->certificate, x + i * r->env->spec.nx, &stream)) return DURO_OK; // it is empty
  }
  duro_status status = run_player(&task, r, run_plain_act(r->policy), 0);
  if (!status) status = count_of(&share->own, b, &task, r->env, x, u);
  if (!status) status = duro_player_filtered(&player, b->filter, &task);
  if (!status) status = count_of(&share->kept, b, &player, r->env, x, u);
  share->states = STATES;
  return status;
}

duro_status behind_count(behind_share *share, const behind *b, const run *r) {
  *share = (behind_share){0};
  if (!b->certificate || !duro_certificate_is_of(b->certificate, r->env)) return DURO_OK;
  const duro_env_spec *spec = &r->env->spec;
  double *x = duro_allocate(STATES * (size_t)spec->nx * sizeof *x);
  float *u = duro_allocate(STATES * (size_t)spec->nu * sizeof *u);
  const duro_status status = x && u ? count_in(share, b, r, x, u) : DURO_ERROR_MEMORY;
  duro_release(x);
  duro_release(u);
  return status;
}
