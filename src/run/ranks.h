/* Ranks: the processes that mpirun makes of one command, which solve a grid, or train, together. MPI comes from a
 * module beside the program, which is opened when ranks are there: neither the library nor the program needs MPI. */
#ifndef DURO_RUN_RANKS_H
#define DURO_RUN_RANKS_H

#include "duro/transport.h"

/* By what starters tell a process its rank and their number, in its environment. Those of the first RANKS_MPI start
 * ranks of MPI. */
enum { RANKS_MPI = 3, RANKS_STARTERS };
/* Rank, from 0 on, and count, as one of the first so many starters left them; `find` is getenv. False: none of these
 * started the process. A count of 1 is a single process. */
bool ranks_read(int *rank, int *count, int starters, char *(*find)(const char *name));
/* Takes this out of the environment: what the process starts is no rank. */
void ranks_forget(void);

typedef struct ranks ranks;
/* Joins the others, of which the starter says that there are `count` with this process, for `work`, "solve one grid".
 * Fails where the program was
 * built without the module, or with another MPI than the starter's. */
duro_status ranks_join(ranks **r, int count, const char *work);
const duro_transport *ranks_transport(const ranks *r);
/* Waits for the others. NULL is fine. */
void ranks_close(ranks *r);

/* What a module exports. */
#define RANKS_BEGIN "duro_ranks_begin_1"
#define RANKS_END "duro_ranks_end_1"
typedef const char *ranks_begin(duro_transport *transport); // NULL, or what failed
typedef void ranks_end(void);

#endif
