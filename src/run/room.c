#include "run/room.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"

duro_status room_check(double bytes, double available, const char *what, const char *smaller, bool anyway) {
  if (anyway || bytes <= available) return DURO_OK;
  return duro_fail(DURO_ERROR_MEMORY, "%s needs %.3g GB of memory, and %.3g GB are available; wanted %s", what,
                   bytes * 1e-9, available * 1e-9, smaller);
}

duro_status room_explain(duro_status status, double available, const char *smaller) {
  char message[1024];
  if (status != DURO_ERROR_MEMORY || !isfinite(available)) return status;
  snprintf(message, sizeof message, "%s", duro_error());
  return duro_fail(status, "%s, and %.3g GB are available; wanted %s", message, available * 1e-9, smaller);
}
