/* Edit distance between names. */
#ifndef DURO_IO_NEAREST_H
#define DURO_IO_NEAREST_H

/* Insertions, deletions, substitutions and swaps of neighbours that make `b` of `a`, whatever the case; at most 128. */
int duro_edit_distance(const char *a, const char *b);
/* The largest distance at which a name is worth suggesting for `word`; -1 when none is. */
int duro_edit_limit(const char *word);

#endif
