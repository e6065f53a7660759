/* The page of a search for settings. */
#ifndef DURO_APP_TUNE_PAGE_H
#define DURO_APP_TUNE_PAGE_H

#include "study/tune.h"

/* Writes report.html into the folder of a search that has finished; `command` makes it. */
duro_status tune_page(const tune *t, const char *command);

#endif
