/* Memory that a command needs, against what there is. */
#ifndef DURO_RUN_ROOM_H
#define DURO_RUN_ROOM_H

#include <stdbool.h>

#include "duro/base.h"

/* Refuses what needs more bytes than were available, both said; `smaller` is what would need less, `what` what needs
 * it. `anyway`: the user wants it all the same. */
duro_status room_check(double bytes, double available, const char *what, const char *smaller, bool anyway);
/* Says of an allocation that failed what was available, too; any other status stays as it is. */
duro_status room_explain(duro_status status, double available, const char *smaller);

#endif
