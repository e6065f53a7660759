/* The module by which duro solve and duro train meet their other ranks, duro-mpi.so: the transport of duro/transport.h
 * by MPI. It is built where CMake finds MPI, and opened by the program when mpirun started it. What MPI itself finds
 * wrong, a lost rank for one, ends all ranks, as MPI does by default. */
#include <mpi.h>
#include <stddef.h>

#include "run/ranks.h"

enum { MOST = 1024 }; // ranks, see duro_transport

static duro_status share(void *context, void *all, const void *mine, size_t bytes) {
  (void)context;
  MPI_Allgather(mine, (int)bytes, MPI_BYTE, all, (int)bytes, MPI_BYTE, MPI_COMM_WORLD);
  return DURO_OK;
}

static duro_status swap(void *context, const duro_parcel *out, int n_out, duro_parcel *in, int n_in) {
  MPI_Request coming[MOST], going[MOST];
  MPI_Status arrived;
  (void)context;
  for (int i = 0; i < n_in; i++)
    MPI_Irecv(in[i].data, (int)in[i].bytes, MPI_BYTE, in[i].rank, 0, MPI_COMM_WORLD, &coming[i]);
  for (int i = 0; i < n_out; i++)
    MPI_Isend(out[i].data, (int)out[i].bytes, MPI_BYTE, out[i].rank, 0, MPI_COMM_WORLD, &going[i]);
  for (int i = 0; i < n_in; i++) {
    int count = 0;
    MPI_Wait(&coming[i], &arrived);
    MPI_Get_count(&arrived, MPI_BYTE, &count);
    in[i].bytes = (size_t)count;
  }
  for (int i = 0; i < n_out; i++) MPI_Wait(&going[i], MPI_STATUS_IGNORE);
  return DURO_OK;
}

ranks_begin duro_ranks_begin_1;
ranks_end duro_ranks_end_1;

const char *duro_ranks_begin_1(duro_transport *transport) {
  int level = MPI_THREAD_SINGLE;
  *transport = (duro_transport){.share = share, .swap = swap};
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level)) return "MPI_Init_thread failed";
  if (level < MPI_THREAD_FUNNELED) return "it allows no threads (MPI_THREAD_FUNNELED)";
  MPI_Comm_rank(MPI_COMM_WORLD, &transport->rank);
  MPI_Comm_size(MPI_COMM_WORLD, &transport->count);
  return transport->count > MOST ? "there are more than 1024 ranks" : NULL;
}

void duro_ranks_end_1(void) {
  MPI_Finalize();
}
