/* A certificate beside a run, and what it says of the run's policy. */
#include "study/certified.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/memory_left.h"
#include "base/pool.h"
#include "base/purposes.h"
#include "duro/filter.h"
#include "duro/io.h"
#include "eval/player.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/sha256.h"
#include "run/made.h"
#include "run/room.h"
#include "study/solve.h"

/* ---- counting ---- */

enum { BLOCK = 512 }; // states between two questions whether to go on

/* A block of states. */
typedef struct block {
  const duro_env *env;
  const duro_player *player;
  const double *x; // (count x nx)
  int64_t count;
  void **worker; // one for each thread
} block;

static void ask_states(void *context, int thread, int threads) {
  const block *b = context;
  const int nx = b->env->spec.nx;
  for (int64_t i = thread; i < b->count; i += threads) {
    float obs[DURO_MAX_OBS], u[DURO_MAX_ACTION];
    double memory[DURO_PLAYER_MEMORY] = {0};
    bool replaced = false;
    duro_env_observe(b->env, obs, b->x + i * nx);
    player_act(b->player, b->worker[thread], 1, u, &replaced, obs, b->x + i * nx, memory);
  }
}

/* states from `first` on into x; false where the set is empty */
static bool draw(double *x, const duro_certificate *cert, int nx, int64_t seed, int64_t first, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    duro_stream stream = duro_stream_at((uint64_t)seed, DURO_PURPOSE_CERTIFIED, (uint64_t)(first + i));
    if (!duro_certificate_draw(cert, x + i * nx, &stream)) return false;
  }
  return true;
}

static duro_status play(int64_t *states, const duro_certificate *cert, block *b, double *x, duro_pool *pool,
                        const certified_draw *how) {
  duro_status status = DURO_OK;
  const int threads = duro_pool_threads(pool);
  for (int t = 0; !status && t < threads; t++)
    if (b->player->worker_create) status = b->player->worker_create(b->player, &b->worker[t]);
  for (int64_t first = 0; !status && first < how->states; first += BLOCK) {
    b->count = how->states - first < BLOCK ? how->states - first : BLOCK;
    if (!draw(x, cert, b->env->spec.nx, how->seed, first, b->count)) break;
    duro_pool_run(pool, ask_states, b);
    *states += b->count;
    if (how->ask) status = how->ask(how->context);
  }
  for (int t = 0; t < threads; t++)
    if (b->player->worker_destroy) b->player->worker_destroy(b->player, b->worker[t]);
  return status;
}

static duro_status play_behind(certified_share *share, const duro_filter *filter, const duro_certificate *cert,
                               const run *r, const certified_draw *how) {
  duro_player task, player;
  duro_pool *pool = NULL;
  duro_status status = run_player(&task, r, run_plain_act(r->policy), 0);
  if (!status) status = duro_player_filtered(&player, filter, &task);
  if (!status) status = duro_pool_create(&pool, duro_threads(how->threads));
  if (status) return status;
  double *x = duro_allocate(BLOCK * (size_t)r->env->spec.nx * sizeof *x);
  block b = {.env = r->env, .player = &player, .x = x};
  b.worker = duro_allocate((size_t)duro_pool_threads(pool) * sizeof *b.worker);
  status = x && b.worker ? play(&share->states, cert, &b, x, pool, how) : DURO_ERROR_MEMORY;
  duro_release(x);
  duro_release(b.worker);
  duro_pool_destroy(pool);
  return status;
}

duro_status certified_count(certified_share *share, const duro_certificate *cert, const run *r,
                            const certified_draw *how) {
  duro_filter *filter;
  *share = (certified_share){0};
  if (!duro_certificate_is_of(cert, r->env)) return DURO_OK;
  duro_status status = duro_filter_of_certificate(&filter, cert, NULL);
  if (status) return status;
  status = play_behind(share, filter, cert, r, how);
  const duro_filter_counts counts = duro_filter_count(filter);
  duro_filter_destroy(filter);
  share->own = counts.steps - counts.interventions;
  share->nearest = counts.interventions - counts.fallbacks;
  share->fallback = counts.fallbacks - counts.missed;
  share->none = counts.missed;
  return status;
}

/* ---- the certificate ---- */

/* The work on one run. */
typedef struct certifying {
  const duro_certified_options *given;
  const run_how *how;
  run run;
  duro_certificate *certificate;
  char folder[RUN_PATH]; // of what is written
  solve_watcher watcher; // of a certificate that is made
} certifying;

static duro_status ask(void *context) {
  const duro_certified_options *given = context;
  return given->ask ? given->ask(given->context) : DURO_OK;
}

static duro_status show_sweep(void *context, const solution *s, const duro_grid_progress *now) {
  (void)s, (void)now;
  return ask(context);
}

static duro_status show_proof(void *context, const solution *s, const duro_certificate_progress *now) {
  const duro_certified_options *given = context;
  (void)s;
  const duro_status status = ask(context);
  return status || !given->report ? status : given->report(now, given->context);
}

/* what a certificate is made from: the configuration of the run, and the words that were given */
static duro_status configure(solution *s, const certifying *c, const char *config) {
  const duro_certified_options *given = c->given;
  char threads[32];
  snprintf(threads, sizeof threads, "%lld", (long long)given->threads);
  s->given = (solve_options){.grid = given->grid,
                             .low = given->low,
                             .high = given->high,
                             .threads = threads,
                             .config = c->run.controller ? NULL : config,
                             .certify = true};
  if (given->n_settings > WORDS_MOST)
    return duro_fail(DURO_ERROR_ARGUMENT, "%d settings are given; wanted at most %d", given->n_settings, WORDS_MOST);
  for (int i = 0; i < given->n_settings; i++) s->given.set.word[s->given.set.count++] = given->settings[i];
  s->how = c->how;
  const duro_status status = solve_configure(s, c->run.config.word);
  s->given.threads = NULL; // the word lies here
  return status;
}

static duro_status make_from(solution *s, certifying *c) {
  char config[RUN_PATH];
  c->watcher =
      (solve_watcher){.context = (void *)(uintptr_t)c->given, .ask = ask, .sweep = show_sweep, .proof = show_proof};
  run_path(config, c->run.folder, "config.yaml");
  s->watcher = &c->watcher;
  duro_status status = configure(s, c, config);
  if (!status && duro_certificate_needs_value(s->env, &s->plan, &s->certificate_settings))
    status = room_check(s->plan.bytes, duro_memory_left(), "this grid", "a coarser grid", c->given->beyond_memory);
  if (!status) status = solve_make_certificate(s);
  if (status) return status;
  c->certificate = s->certificate;
  s->certificate = NULL;
  return DURO_OK;
}

static duro_status make(certifying *c) {
  solution *s = duro_allocate(sizeof *s);
  if (!s) return DURO_ERROR_MEMORY;
  const duro_status status = make_from(s, c);
  solve_release(s);
  duro_release(s);
  return status;
}

static duro_status take(certifying *c, const char *path) {
  const duro_status status = duro_certificate_load(&c->certificate, path, c->run.config.ops);
  if (status || duro_certificate_is_of(c->certificate, c->run.env)) return status;
  return duro_fail(DURO_ERROR_ARGUMENT, "%s is of other numbers of %s than %s; certify anew", path,
                   c->run.env->ops->name, c->run.folder);
}

static duro_status find(certifying *c) {
  char path[RUN_PATH];
  const duro_certified_options *given = c->given;
  if (given->certificate) return take(c, given->certificate);
  if (!given->solution) return make(c);
  run_path(path, given->solution, CERTIFIED_FILE);
  return take(c, path);
}

/* ---- the file ---- */

static json_t *pair(duro_interval of) {
  return json_pack("[f, f]", of.low, of.high);
}

/* all that it says, from the policy to the shares */
static duro_status print(json_t **root, const certifying *c, const duro_certified *found) {
  char policy[DURO_HASH_TEXT], path[RUN_PATH], sum[DURO_SHA256_TEXT];
  size_t size;
  duro_hash_print(policy, duro_policy_hash(c->run.policy));
  run_path(path, c->folder, CERTIFIED_FILE);
  const duro_status status = duro_sha256_file(sum, &size, path);
  if (status) return status;
  *root = json_pack("{s:i, s:s, s:s, s:I, s:s, s:s, s:b, s:f, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", CERTIFIED_MARK,
                    CERTIFIED_FORMAT, "environment", c->run.env->ops->name, "parameters", policy, "step",
                    (json_int_t)duro_policy_about(c->run.policy)->step, "acts",
                    duro_policy_act_name(run_plain_act(c->run.policy)), "sha256", sum, "made", found->made, "volume",
                    found->volume, "seed", (json_int_t)c->given->seed, "states", (json_int_t)found->states, "own",
                    (json_int_t)found->own, "nearest", (json_int_t)found->nearest, "fallback",
                    (json_int_t)found->fallback, "none", (json_int_t)found->none, "own_interval",
                    pair(found->share_own), "kept_interval", pair(found->share_kept));
  return *root ? DURO_OK : duro_fail(DURO_ERROR_MEMORY, "out of memory for certified.json");
}

static duro_status save_json(const certifying *c, const duro_certified *found) {
  char path[RUN_PATH];
  text out = {0};
  json_t *root = NULL;
  duro_status status = print(&root, c, found);
  if (status) return status;
  char *bytes = duro_json_text(root, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
  json_decref(root);
  text_add(&out, "%s\n", bytes ? bytes : "");
  run_path(path, c->folder, "certified.json");
  status = bytes ? text_save(&out, path) : DURO_ERROR_MEMORY;
  free(bytes);
  text_release(&out);
  return status;
}

/* The file that is taken is kept as it is: the one that was written may have been the very same. */
static duro_status save(const certifying *c, const duro_certified *found) {
  char path[RUN_PATH];
  run_path(path, c->folder, CERTIFIED_FILE);
  duro_status status = duro_folder_create(c->folder);
  if (!status) status = made_check_certified(c->run.folder);
  if (!status) status = duro_certificate_save(c->certificate, path);
  return status ? status : save_json(c, found);
}

duro_status certified_read(json_t **says, const char *folder, const duro_policy *policy) {
  char path[RUN_PATH], *bytes, parameters[DURO_HASH_TEXT];
  size_t size;
  bool there;
  *says = NULL;
  run_path(path, folder, CERTIFIED_FOLDER "/certified.json");
  duro_status status = duro_file_read_if_there(&bytes, &size, &there, path);
  if (status || !there) return status;
  json_t *root = NULL;
  status = duro_json_parse(&root, bytes, size, path);
  duro_file_release(bytes);
  if (status) return status;
  const json_t *format = json_object_get(root, CERTIFIED_MARK);
  const char *of = json_string_value(json_object_get(root, "parameters"));
  duro_hash_print(parameters, duro_policy_hash(policy));
  if (!json_is_integer(format))
    status = duro_fail(DURO_ERROR_FORMAT, "%s says no \"" CERTIFIED_MARK "\"", path);
  else
    status = duro_format_check(json_integer_value(format), CERTIFIED_FORMAT, path);
  if (!status && of && strcmp(of, parameters) == 0)
    *says = root;
  else
    json_decref(root);
  return status;
}

/* ---- for callers ---- */

duro_certified_options duro_certified_options_default(void) {
  return (duro_certified_options){.struct_size = sizeof(duro_certified_options), .states = 4096, .seed = 1};
}

static bool names_group(const char *word) {
  static const char *const groups[] = {"certificate.", "grid.", "env."};
  bool known = false;
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
    known = known || strncmp(word, groups[i], strlen(groups[i])) == 0;
  return known && strchr(word, '=');
}

static duro_status check(const duro_certified_options *o, const char *folder) {
  const bool made = !o->certificate && !o->solution;
  if (o->struct_size != sizeof *o)
    return duro_fail(DURO_ERROR_ARGUMENT, "the options of a certification have %zu bytes; wanted %zu", o->struct_size,
                     sizeof *o);
  if (o->states < 1 || o->states > 10000000 || o->threads < 0)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s is %lld; wanted %s", o->threads < 0 ? "threads" : "states",
                     (long long)(o->threads < 0 ? o->threads : o->states),
                     o->threads < 0 ? "0 or more" : "1 to 10000000");
  if (o->certificate && o->solution)
    return duro_fail(DURO_ERROR_ARGUMENT, "a certificate and a solution are given; wanted one of them");
  if (!made && (o->grid || o->low || o->high))
    return duro_fail(DURO_ERROR_ARGUMENT, "a certificate is given, and a grid to make one on; wanted one of them");
  for (int i = 0; i < o->n_settings; i++) {
    if (!names_group(o->settings[i]))
      return duro_fail(DURO_ERROR_ARGUMENT, "%s: wanted certificate.name=value, grid.name=value, or env.name=value",
                       o->settings[i]);
    const bool of_system = strncmp(o->settings[i], "env.", 4) == 0;
    if (of_system && !controller_is(folder))
      return duro_fail(DURO_ERROR_ARGUMENT, "%s: the environment is that of the run; wanted certificate.* or grid.*",
                       o->settings[i]);
    if (!made && !of_system)
      return duro_fail(DURO_ERROR_ARGUMENT, "%s: the certificate is made already", o->settings[i]);
  }
  return solve_check_words(&(solve_options){.grid = o->grid, .low = o->low, .high = o->high});
}

static duro_status open_run(certifying *c, const char *folder) {
  const char *changes[WORDS_MOST];
  int count = 0;
  for (int i = 0; i < c->given->n_settings && count < WORDS_MOST; i++)
    if (strncmp(c->given->settings[i], "env.", 4) == 0) changes[count++] = c->given->settings[i];
  const duro_status status = run_open(&c->run, folder, changes, count, c->how);
  if (!status) run_path(c->folder, c->run.folder, CERTIFIED_FOLDER);
  return status;
}

static duro_status certify(duro_certified *out, certifying *c) {
  certified_share share = {0};
  const certified_draw how = {.states = c->given->states,
                              .seed = c->given->seed,
                              .threads = c->given->threads,
                              .ask = ask,
                              .context = (void *)(uintptr_t)c->given};
  duro_status status = find(c);
  if (!status) status = certified_count(&share, c->certificate, &c->run, &how);
  if (status) return status;
  *out = (duro_certified){.struct_size = sizeof *out,
                          .volume = duro_certificate_volume(c->certificate),
                          .states = share.states,
                          .own = share.own,
                          .nearest = share.nearest,
                          .fallback = share.fallback,
                          .none = share.none,
                          .share_own = duro_clopper_pearson(share.own, share.states, 0.05),
                          .share_kept = duro_clopper_pearson(share.states - share.none, share.states, 0.05),
                          .made = !c->given->certificate && !c->given->solution};
  return save(c, out);
}

duro_status certified_run(duro_certified *out, const char *folder, const duro_certified_options *options,
                          const run_how *how) {
  certifying *c = NULL;
  duro_lock *lock = NULL;
  duro_status status = check(options, folder);
  if (status) return status;
  c = duro_allocate(sizeof *c);
  if (!c) return DURO_ERROR_MEMORY;
  c->given = options;
  c->how = how;
  status = run_lock(&lock, folder);
  if (!status && !(status = open_run(c, folder))) {
    status = certify(out, c);
    run_close(&c->run);
  }
  duro_certificate_destroy(c->certificate);
  duro_lock_release(lock);
  duro_release(c);
  return status;
}

duro_status duro_certified_run(duro_certified *out, const char *folder, const duro_certified_options *options) {
  const duro_certified_options defaults = duro_certified_options_default();
  if (!options) options = &defaults;
  const run_how how = {.open = options->open ? *options->open : (duro_env_open_options){0},
                       .environment = options->environment};
  return certified_run(out, folder, options, &how);
}
