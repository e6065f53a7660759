/* A solution by several ranks: each has a part of the grid, and the first one writes, plays and speaks. */
#include <sys/resource.h>

#include "base/error.h"
#include "study/solve.h"

bool solve_leads(const solution *s) {
  return !s->transport || s->transport->rank == 0;
}

duro_status solve_agree(const solution *s, duro_status status) {
  return duro_transport_agree(s->transport, status);
}

int solve_ranks(const solution *s) {
  return s->transport ? s->transport->count : 1;
}

enum { MOST = 1024 }; // ranks of a transport

duro_status solve_decide(const solution *s, bool *decided) {
  bool all[MOST];
  if (!s->transport) return DURO_OK;
  const duro_status status = s->transport->share(s->transport->context, all, decided, sizeof *decided);
  if (!status) *decided = all[0];
  return status;
}

duro_status solve_check_ranks(const solution *s) {
  if (!s->transport) return DURO_OK;
  if (s->plan.task)
    return duro_fail(DURO_ERROR_ARGUMENT, "grid.task is true, which one process solves; over %d ranks wanted false",
                     s->transport->count);
  if (duro_grid_is_continuous(&s->settings))
    return duro_fail(DURO_ERROR_ARGUMENT, "grid.method is hj, which one process solves; over %d ranks wanted steps",
                     s->transport->count);
  return DURO_OK;
}

duro_status solve_sum_up(solution *s) {
  struct rusage used;
  double mine[2] = {(double)duro_grid_sent(s->grid), 0}, all[2 * MOST];
  if (!s->transport) return DURO_OK;
  if (!getrusage(RUSAGE_SELF, &used)) mine[1] = 1024.0 * (double)used.ru_maxrss;
  const duro_status status = s->transport->share(s->transport->context, all, mine, sizeof mine);
  for (int r = 0; r < s->transport->count && !status; r++) {
    s->sent += all[2 * r];
    if (all[2 * r + 1] > s->rank_memory) s->rank_memory = all[2 * r + 1];
  }
  return status;
}
