/**
 * @file transport.h
 * @brief How several processes that work on one thing reach each other.
 */
#ifndef DURO_TRANSPORT_H
#define DURO_TRANSPORT_H

#include <stddef.h>

#include "duro/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The most ranks of a transport. */
#define DURO_RANKS 1024

/** What a rank sends to another, or takes from it: `data` of `bytes`. */
typedef struct duro_parcel {
  int rank; /**< the other one */
  void *data;
  size_t bytes; /**< of what is taken: room before, and what came after */
} duro_parcel;

/**
 * How the ranks of one solution or training reach each other; processes of MPI, as the program has them, or threads of
 * the caller. Every rank calls the same functions of its part in the same order, and these call the transport, from the
 * thread that called them. No message is larger than 2^31 - 1 bytes. A rank that is lost has to end the others.
 */
typedef struct duro_transport {
  void *context;
  int rank, count; /**< 0..count - 1; count at most DURO_RANKS */
  /** Gives every rank the `bytes` of `mine` of all of them: all (count x bytes), in order of rank. */
  duro_status (*share)(void *context, void *all, const void *mine, size_t bytes);
  /** Sends and takes parcels, at most one from one rank to another; a parcel of `out` is one of `in` at its receiver,
   * and in[i].bytes becomes what came. Returns when all of this rank are through. */
  duro_status (*swap)(void *context, const duro_parcel *out, int n_out, duro_parcel *in, int n_in);
} duro_transport;

/** DURO_ERROR_ARGUMENT unless rank and count are what they may be. */
duro_status duro_transport_check(const duro_transport *transport);
/** What an error of one rank, or of rank 0 alone, makes of all: each returns the status of the first rank that has
 * one, with its message. NULL: returns `status`. */
duro_status duro_transport_agree(const duro_transport *transport, duro_status status);

#ifdef __cplusplus
}
#endif

#endif
