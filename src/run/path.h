/* Paths of files in the folders of runs and solutions. */
#ifndef DURO_RUN_PATH_H
#define DURO_RUN_PATH_H

#include "duro/base.h"

enum { RUN_PATH = 4096 }; /* bytes of a path, as long as the system takes them */

/* folder/file. What does not fit becomes a name that the system refuses as too long, so that the next call which takes
 * it fails with that reason. */
void run_path(char out[RUN_PATH], const char *folder, const char *file);
/* Where the results of a file go: the folder that was given, without slashes at its end, or home/<stem of the file>. */
void run_results(char out[RUN_PATH], const char *given, const char *home, const char *file);

#endif
