/* What commands leave in their folders, so that --force removes that and nothing else. A file is known by its name
 * where nobody else would choose it, else by its first bytes. */
#ifndef DURO_RUN_MADE_H
#define DURO_RUN_MADE_H

#include "io/lock.h"

/* Makes the folder and takes its lock, held until duro_lock_release or the end of the process. */
duro_status made_lock(duro_lock **lock, const char *folder);

/* That a folder cannot be read, for a reason of errno. */
duro_status made_fail_folder(const char *folder, int reason);

/* Does the folder hold a file that is none of a lock, and none that a killed writer leaves? */
duro_status made_holds_files(bool *holds, const char *folder);

/* A name that only a killed writer leaves: ".NAME.<number>.tmp", see src/io/file.c. */
bool made_is_temporary(const char *name);

/* Fails where a file that a run, or a solution, is about to replace was made by none. */
duro_status made_check_run(const char *folder);
duro_status made_check_solution(const char *folder);
/* The same of report.html in a folder: a page of somebody else is not replaced. */
duro_status made_check_page(const char *folder);
/* The same of card.html and card.json. */
duro_status made_check_card(const char *folder);

/* The same of certified/ in a run folder. */
duro_status made_check_certified(const char *folder);

/* The same of the script and the data that a film writes beside it: <name>.gp, .csv, .dat, .scene. */
duro_status made_check_film(const char *folder, const char *name);

/* Removes what an earlier run left in its folder, or an earlier solution; all else stays. What cannot be removed is
 * named; the file by which the folder is known goes last, so that it can be tried again. */
duro_status made_remove_run(const char *folder);
duro_status made_remove_solution(const char *folder);

#endif
