/* Learned sets against the truth, cell by cell. */
#include "duro/sets.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "eval/sets.h"

enum {
  BLOCK = 256,
  MOST_THREADS = DURO_MAX_THREADS,
  ROOM = 8192
}; // ROOM: observations of a part of a block, on the stack
_Static_assert(ROOM >= DURO_MAX_OBS, "one must fit");

duro_set_options duro_set_options_default(void) {
  return (duro_set_options){.starts = 20000};
}

duro_status set_check(const duro_policy *policy, const duro_env *env, const duro_set_options *options) {
  const duro_policy_info *about = duro_policy_about(policy);
  const duro_env_spec *spec = &env->spec;
  if (!duro_policy_has(policy, DURO_NET_QH))
    return duro_fail(DURO_ERROR_ARGUMENT, "a policy of %s claims no set: it has no safety critic Qh", about->algorithm);
  if (about->no != spec->no || about->nu != spec->nu || about->na != spec->na)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "the policy has %d observations, %d controls, %d disturbances; %s has %d, %d, %d", about->no,
                     about->nu, about->na, env->ops->name, spec->no, spec->nu, spec->na);
  if (options->threads < 0 || options->threads > MOST_THREADS)
    return duro_fail(DURO_ERROR_ARGUMENT, "threads is %lld; wanted 0 to %d", (long long)options->threads, MOST_THREADS);
  return DURO_OK;
}

bool set_ends(const duro_set_options *options, atomic_int *status, int thread) {
  if (thread == 0 && options->ask && !atomic_load(status)) atomic_store(status, (int)options->ask(options->context));
  return atomic_load(status) != DURO_OK;
}

/* Cells of one thread; padded, so that threads write far apart. */
typedef struct tally {
  int64_t learned, exact, both;
  char away[104];
} tally;

typedef struct comparison {
  const duro_policy *policy;
  const duro_set_truth *truth;
  const duro_set_cells *cells;
  const duro_set_options *options;
  atomic_int status; // what options->ask said
  tally count[MOST_THREADS];
} comparison;

/* the cells [first, first + n), whose observations there is room for */
static void compare_part(tally *count, const comparison *c, int64_t first, int n) {
  const duro_env *env = c->cells->env;
  float obs[ROOM] = {0}, value[BLOCK];
  bool exact[BLOCK], may[BLOCK]; // may: h(x) does not forbid the claim
  for (int i = 0; i < n; i++) {
    double x[DURO_MAX_STATE];
    duro_set_cell(x, c->cells, first + i);
    duro_env_observe(env, obs + (ptrdiff_t)i * env->spec.no, x);
    exact[i] = duro_set_truth_value(c->truth, x) >= 0;
    may[i] = !c->options->ahead || duro_env_constraint(env, x) >= c->options->level * env->spec.h_scale;
  }
  duro_policy_safety_value_many(c->policy, n, value, obs);
  for (int i = 0; i < n; i++) {
    const bool learned = may[i] && (double)value[i] >= c->options->level;
    count->learned += learned;
    count->exact += exact[i];
    count->both += learned && exact[i];
  }
}

/* the cells [first, first + n) */
static void compare_block(tally *count, const comparison *c, int64_t first, int n) {
  const int room = ROOM / c->cells->env->spec.no, most = room < BLOCK ? room : BLOCK;
  for (int done = 0; done < n; done += most) compare_part(count, c, first + done, n - done < most ? n - done : most);
}

static void compare_share(void *context, int thread, int threads) {
  comparison *c = context;
  const int64_t cells = c->cells->count;
  for (int64_t first = (int64_t)thread * BLOCK; first < cells; first += (int64_t)threads * BLOCK) {
    if (set_ends(c->options, &c->status, thread)) return;
    compare_block(&c->count[thread], c, first, (int)(cells - first < BLOCK ? cells - first : BLOCK));
  }
}

static void make_shares(duro_set_overlap *out) {
  const double cells = (double)out->cells;
  const int64_t either = out->learned + out->exact - out->both;
  out->iou = either ? (double)out->both / (double)either : NAN;
  out->false_safe = (double)(out->learned - out->both) / cells;
  out->false_unsafe = (double)(out->exact - out->both) / cells;
  out->learned_share = (double)out->learned / cells;
  out->exact_share = (double)out->exact / cells;
}

duro_status duro_set_compare(duro_set_overlap *out, const duro_policy *policy, const duro_set_truth *truth,
                             const duro_set_cells *cells, const duro_set_options *options) {
  duro_status status = set_check(policy, cells->env, options);
  if (status) return status;
  comparison *c = duro_allocate(sizeof *c);
  if (!c) return DURO_ERROR_MEMORY;
  c->policy = policy, c->truth = truth, c->cells = cells, c->options = options;
  duro_pool *pool;
  status = duro_pool_create(&pool, duro_threads(options->threads));
  if (!status) {
    duro_pool_run(pool, compare_share, c);
    duro_pool_destroy(pool);
    status = (duro_status)atomic_load(&c->status);
  }
  if (!status) {
    *out = (duro_set_overlap){.cells = cells->count};
    for (int t = 0; t < MOST_THREADS; t++) {
      out->learned += c->count[t].learned;
      out->exact += c->count[t].exact;
      out->both += c->count[t].both;
    }
    make_shares(out);
  }
  duro_release(c);
  return status;
}
