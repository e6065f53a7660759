#include "duro/transport.h"

#include <string.h>

#include "base/error.h"

enum { TEXT = 1024 }; // bytes of an error's message

duro_status duro_transport_check(const duro_transport *t) {
  if (t->count >= 1 && t->count <= DURO_RANKS && t->rank >= 0 && t->rank < t->count) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "rank %d of %d; wanted a rank of at most %d", t->rank, t->count, DURO_RANKS);
}

duro_status duro_transport_agree(const duro_transport *t, duro_status status) {
  int32_t mine = (int32_t)status, all[DURO_RANKS];
  char message[TEXT] = "";
  duro_parcel parcel[DURO_RANKS];
  int first = 0, n = 0;
  if (!t) return status;
  if (status) strncpy(message, duro_error(), TEXT - 1);
  const duro_status lost = t->share(t->context, all, &mine, sizeof mine);
  if (lost) return lost;
  while (first < t->count && !all[first]) first++;
  if (first == t->count) return DURO_OK;
  const bool says = t->rank == first;
  for (int r = 0; r < t->count; r++)
    if (says ? r != first : r == first) parcel[n++] = (duro_parcel){r, message, TEXT};
  const duro_status told = t->swap(t->context, parcel, says ? n : 0, parcel, says ? 0 : n);
  return told ? told : duro_fail((duro_status)all[first], "%.*s", TEXT - 1, message);
}
