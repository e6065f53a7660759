/* duro-recheck, the independent checker of certificates, run as a program. */
#ifndef DURO_APP_CARD_RECHECK_H
#define DURO_APP_CARD_RECHECK_H

#include "duro/base.h"

/* Beside this program, else on the path; DURO_ERROR_MISSING where it is in neither place. */
duro_status card_recheck(bool *proved, double *volume, const char *path);

#endif
