/* Training by several ranks: each holds the whole training and steps all of it, environments, replay and weights, but
 * works on its own panels of a batch alone. Before a step of the weights each gives the others what its panels have to
 * say of the gradients, the inputs of the layers and the slopes of their outputs, so that everyone sums over the whole
 * batch in the one order that there is. Sums of gradients would be fewer bytes where a batch is larger than a network
 * is wide, but to add them up is another order. */
#include <string.h>

#include "base/error.h"
#include "io/hash.h"
#include "rl/trainer.h"

/* An array of which each panel has `size` bytes, panel after panel. */
typedef struct piece {
  char *data;
  size_t size;
} piece;

enum { PIECES = 2 * MLP_MAX_LAYERS * ROLE_COUNT + METRIC_COUNT + SLOPES + 1 };

void ranks_panels(const learner *l, int rank, int *first, int *count) {
  *first = 0, *count = l->panels;
  if (l->transport) duro_pool_share(first, count, l->panels, 1, rank, l->transport->count);
}

static void add(piece *pieces, int *n, void *data, size_t size) {
  pieces[(*n)++] = (piece){data, size};
}

/* What a step of these roles, and the end of the update, read of all panels. */
static int list(piece *pieces, const learner *l, unsigned mask) {
  int n = 0;
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!(mask & ROLE(r)) || !learner_has(l, (role)r)) continue;
    const mlp_tape *tape = &l->eval[learner_trained(r)].tape;
    for (int i = 0; i < tape->net->layers; ++i) {
      add(pieces, &n, tape->xt[i], sizeof(float) * (size_t)tape->ldx[i] * LANES);
      add(pieces, &n, tape->dact[i], sizeof(float) * (size_t)tape->net->layer[i].out * LANES);
    }
  }
  if (mask & ROLE(ROLE_ALPHA)) add(pieces, &n, l->eval[AT_PI].logp, sizeof(float) * LANES);
  for (int m = 0; m < METRIC_COUNT; ++m) add(pieces, &n, l->sums + (ptrdiff_t)m * l->panels, sizeof *l->sums);
  for (int s = 0; s < SLOPES; ++s) add(pieces, &n, l->squares + (ptrdiff_t)s * l->panels, sizeof *l->squares);
  return n;
}

static size_t size_of(const piece *pieces, int n) {
  size_t size = 0;
  for (int i = 0; i < n; ++i) size += pieces[i].size;
  return size;
}

/* Blocks of all ranks, in their order; in each, one piece after the other. */
static void swap(learner *l, size_t size) {
  const duro_transport *transport = l->transport;
  duro_parcel out[DURO_RANKS], in[DURO_RANKS];
  int n = 0, first, count;
  ranks_panels(l, transport->rank, &first, &count);
  for (int r = 0; r < transport->count; ++r) {
    if (r == transport->rank) continue;
    out[n] = (duro_parcel){r, l->blocks + (size_t)first * size, (size_t)count * size};
    int at, held;
    ranks_panels(l, r, &at, &held);
    in[n++] = (duro_parcel){r, l->blocks + (size_t)at * size, (size_t)held * size};
  }
  if (!l->lost) l->lost = transport->swap(transport->context, out, n, in, n);
}

void ranks_meet(team *t, unsigned mask) {
  learner *l = t->learner;
  piece pieces[PIECES];
  const int n = list(pieces, l, mask), me = l->transport->rank;
  const size_t size = size_of(pieces, n);
  int first, count;
  ranks_panels(l, me, &first, &count);
  char *block = l->blocks + (size_t)first * size;
  for (int i = 0; i < n; block += (size_t)count * pieces[i++].size)
    memcpy(block + (size_t)(t->first - first) * pieces[i].size, pieces[i].data + (size_t)t->first * pieces[i].size,
           (size_t)t->count * pieces[i].size);
  duro_pool_barrier(l->pool);
  if (t->thread == 0) swap(l, size);
  duro_pool_barrier(l->pool);
  for (int r = 0; r < l->transport->count; ++r) {
    ranks_panels(l, r, &first, &count);
    block = l->blocks + (size_t)first * size;
    for (int i = 0; i < n; block += (size_t)count * pieces[i++].size)
      if (r != me && i % t->threads == t->thread)
        memcpy(pieces[i].data + (size_t)first * pieces[i].size, block, (size_t)count * pieces[i].size);
  }
}

duro_status ranks_agree(duro_trainer *t, bool *stop) {
  const duro_transport *transport = t->learner->transport;
  if (!transport) return DURO_OK;
  if (t->learner->lost) return t->learner->lost;
  const int32_t mine[2] = {*stop, atomic_load(&t->learner->fault)};
  int32_t all[2 * DURO_RANKS];
  const duro_status status = transport->share(transport->context, all, mine, sizeof mine);
  for (int r = 0; r < transport->count && !status; ++r) {
    *stop |= all[2 * r] != 0;
    if (all[2 * r + 1]) learner_report_fault(t->learner, all[2 * r + 1] - 1); // else it has one of its own
  }
  return status;
}

duro_status ranks_decide(const duro_trainer *t, bool *decided) {
  const duro_transport *transport = t->learner->transport;
  bool all[DURO_RANKS];
  if (!transport) return DURO_OK;
  const duro_status status = transport->share(transport->context, all, decided, sizeof *decided);
  if (!status) *decided = all[0];
  return status;
}

duro_status trainer_compare(const duro_trainer *t, uint64_t mine, const char *what) {
  const duro_transport *transport = t->learner->transport;
  uint64_t all[DURO_RANKS];
  if (!transport) return DURO_OK;
  const duro_status status = transport->share(transport->context, all, &mine, sizeof mine);
  for (int r = 1; r < transport->count && !status; ++r)
    if (all[r] != all[0])
      return duro_fail(DURO_ERROR_ARGUMENT, "rank %d has %s than rank 0; wanted the same on all of %d ranks", r, what,
                       transport->count);
  return status;
}

/* all that decides a training, but for the replay and what goes on from a checkpoint */
static uint64_t origin(const duro_trainer *t) {
  static const char *const without[] = {"threads", "simd", NULL};
  duro_train_settings train = t->set;
  duro_learn_settings learn = t->learner->set;
  duro_hasher hasher;
  duro_hash_begin(&hasher, "training");
  duro_hash_program(&hasher);
  duro_hash_text(&hasher, t->learner->algorithm->info.name);
  duro_hash_text(&hasher, t->env->ops->name);
  duro_hash_text(&hasher, t->env->ops->source ? t->env->ops->source->hash : NULL);
  duro_hash_settings(&hasher, &(duro_settings_group){"train", duro_train_rows, duro_train_rows_count, &train}, without);
  duro_hash_settings(&hasher, &(duro_settings_group){"learn", duro_learn_rows, duro_learn_rows_count, &learn}, NULL);
  duro_hash_settings(
      &hasher, &(duro_settings_group){"env", t->env->ops->settings, t->env->ops->n_settings, t->env->settings}, NULL);
  duro_hash_integer(&hasher, (int64_t)duro_trainer_hash(t));
  return duro_hash_end(&hasher);
}

static duro_status check(const learner *l, int count) {
  if (strcmp(l->set.critic, "normed") == 0)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "learn.critic is normed, whose statistics are of a whole batch; over %d ranks wanted plain",
                     count);
  if (count > l->panels)
    return duro_fail(DURO_ERROR_ARGUMENT, "learn.batch is %d; over %d ranks wanted at least 16 samples for each",
                     l->panels * LANES, count);
  return DURO_OK;
}

duro_status trainer_share(duro_trainer *t, const duro_transport *transport) {
  learner *l = t->learner;
  if (!transport) return DURO_OK;
  const duro_status status = check(l, transport->count);
  if (status) return status;
  piece pieces[PIECES];
  const size_t size = size_of(pieces, list(pieces, l, l->algorithm->roles));
  const size_t most = size * (size_t)((l->panels + transport->count - 1) / transport->count);
  if (most > INT32_MAX) // of a message
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "learn.batch is %d; over %d ranks %.3g GB of it are for one message, wanted 2", l->panels * LANES,
                     transport->count, 1e-9 * (double)most);
  l->blocks = duro_allocate((size_t)l->panels * size);
  if (!l->blocks) return DURO_ERROR_MEMORY;
  l->transport = transport;
  return DURO_OK;
}

duro_status trainer_compare_origin(const duro_trainer *t) {
  return trainer_compare(t, origin(t), "another program, system or settings");
}
