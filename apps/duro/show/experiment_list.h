/* The table of `duro experiment --list`. */
#ifndef DURO_APP_SHOW_EXPERIMENT_LIST_H
#define DURO_APP_SHOW_EXPERIMENT_LIST_H

/* Prints what is known of the experiments of a folder, or of one file; returns the exit status. */
int show_experiments(const char *place);

#endif
