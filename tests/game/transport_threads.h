/* Ranks that are threads of one process, and reach each other through its memory. */
#ifndef TESTS_TRANSPORT_THREADS_H
#define TESTS_TRANSPORT_THREADS_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "duro/grid.h"

enum { MOST_RANKS = 8 };

typedef struct team {
  int count;
  pthread_barrier_t barrier;
  const void *mine[MOST_RANKS];       /* what each shares */
  const duro_parcel *out[MOST_RANKS]; /* what each sends */
  int n_out[MOST_RANKS];
  long long bytes[MOST_RANKS];               /* that each has sent in parcels */
  int calls[MOST_RANKS], fail_rank, fail_at; /* transport calls; that one fails on every rank */
} team;

typedef struct member {
  team *team;
  int rank;
  duro_transport transport;
  void (*work)(const duro_transport *transport, void *context);
  void *context;
} member;

static duro_status lost(team *t, int rank) {
  return ++t->calls[rank] >= t->fail_at && t->fail_at ? duro_fail(DURO_ERROR_FILE, "rank %d is lost", t->fail_rank)
                                                      : DURO_OK;
}

static duro_status share(void *context, void *all, const void *mine, size_t bytes) {
  const member *m = context;
  team *t = m->team;
  t->mine[m->rank] = mine;
  pthread_barrier_wait(&t->barrier);
  for (int r = 0; r < t->count; r++) memcpy((char *)all + (size_t)r * bytes, t->mine[r], bytes);
  pthread_barrier_wait(&t->barrier);
  return lost(t, m->rank);
}

static duro_status swap(void *context, const duro_parcel *out, int n_out, duro_parcel *in, int n_in) {
  const member *m = context;
  team *t = m->team;
  duro_status status = DURO_OK;
  t->out[m->rank] = out;
  t->n_out[m->rank] = n_out;
  for (int i = 0; i < n_out; i++) t->bytes[m->rank] += (long long)out[i].bytes;
  pthread_barrier_wait(&t->barrier);
  for (int i = 0; i < n_in; i++) {
    const duro_parcel *from = NULL;
    for (int k = 0; k < t->n_out[in[i].rank]; k++)
      if (t->out[in[i].rank][k].rank == m->rank) from = &t->out[in[i].rank][k];
    if (!from || from->bytes > in[i].bytes) {
      status = duro_fail(DURO_ERROR_ARGUMENT, "rank %d sent nothing to %d, or too much", in[i].rank, m->rank);
      continue;
    }
    memcpy(in[i].data, from->data, from->bytes);
    in[i].bytes = from->bytes;
  }
  pthread_barrier_wait(&t->barrier);
  return status ? status : lost(t, m->rank);
}

static void *run_member(void *context) {
  const member *m = context;
  m->work(&m->transport, m->context);
  return NULL;
}

/* Runs work on `count` ranks, with context[i] each. */
static void run_team(team *t, int count, void (*work)(const duro_transport *, void *), void *const *context) {
  member all[MOST_RANKS];
  pthread_t thread[MOST_RANKS];
  t->count = count;
  pthread_barrier_init(&t->barrier, NULL, (unsigned)count);
  for (int r = 0; r < count; r++) {
    all[r] = (member){.team = t, .rank = r, .work = work, .context = context[r]};
    all[r].transport = (duro_transport){.context = &all[r], .rank = r, .count = count, .share = share, .swap = swap};
    pthread_create(&thread[r], NULL, run_member, &all[r]);
  }
  for (int r = 0; r < count; r++) pthread_join(thread[r], NULL);
  pthread_barrier_destroy(&t->barrier);
}

#endif
