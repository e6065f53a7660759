/* Claims: which of several workers, on machines that share a folder, does a job. No locks and no daemon: a claim is a
 * file that link(2) makes, which succeeds for one worker alone, over NFS as well.
 *
 * The files of a claim are path-1, path-2, ...: who takes it makes the next one, so that of two workers who take over
 * from the same dead one only one can, and none is removed while somebody may still want one. The last one says who
 * holds it, and its worker counts a number in it up. A worker is dead where its process is gone, if it ran on the same
 * system (boot and process namespace), else once its count has stood still for `patience` seconds of the clock of
 * who looks; no clocks of two machines are compared. */
#ifndef DURO_RUN_CLAIM_H
#define DURO_RUN_CLAIM_H

#include "run/path.h"

typedef struct claim {
  char path[RUN_PATH]; /* of its files, without their number */
  int number;          /* of the last file that is known; 0: none */
  bool held;           /* it is ours */
  uint64_t seen;       /* hash of what the last file said, */
  double since;        /* and when it first said so, duro_clock; of ours: the last beat */
  int64_t beats;       /* counted up while it is ours */
} claim;

/* Who holds a claim, as its file says. */
typedef struct claim_owner {
  char host[64];
  long process;
  uint64_t work; /* what the worker is at: two that share a folder have the same */
} claim_owner;

typedef enum claim_answer { CLAIM_OURS, CLAIM_OTHERS, CLAIM_FAILED } claim_answer;

/* Takes it where it is free or its worker is dead. CLAIM_FAILED: the folder cannot be written, or its worker lives and
 * is at other work; duro_error says which. */
claim_answer claim_take(claim *c, uint64_t work, double patience);
/* Says that its worker is alive. False where it is ours no longer, or where that could not be said for half the
 * patience, so that our work ends before another worker begins it. */
bool claim_beat(claim *c, double patience);
/* Gives it back. Its files stay, so that nobody makes one of them a second time. */
void claim_release(claim *c);
/* Removes the files, once nobody wants it any more. */
void claim_remove(claim *c);
/* True when it is held by somebody of whom it is not known that he is dead. */
bool claim_is_held(claim *c, claim_owner *owner);

#endif
