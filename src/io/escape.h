/* Foreign text (names, notes, paths, cells of tables) in text of another language: one escape for each target. In all
 * of them control codes (C0, C1, DEL) and bytes that are no UTF-8 become U+FFFD, so that nothing but text gets in. */
#ifndef DURO_IO_ESCAPE_H
#define DURO_IO_ESCAPE_H

#include "io/text.h"

/* For HTML, between tags and in quoted attributes; line ends and tabs stay. */
void text_add_escaped(text *t, const char *word);
/* A gnuplot string in single quotes, in which nothing is expanded; line ends become blanks, and a quote that it begins
 * with a typographic one. */
void text_add_gnuplot(text *t, const char *word);
/* The same for the name of a file to read or write: never a command, whatever it begins with. */
void text_add_gnuplot_file(text *t, const char *name);
/* For TeX, between groups; line ends become blanks. */
void text_add_tex(text *t, const char *word);
/* One line for a terminal, a log or a comment; line ends and tabs become blanks. */
void text_add_line(text *t, const char *word);

/* One word of a command line, quoted where a POSIX shell would take it apart. */
void text_add_shell(text *t, const char *word);

/* text_add_line, but line ends and tabs stay. */
void text_add_lines(text *t, const char *word);

/* True when a text holds no control codes (C0, C1, DEL) and is UTF-8. */
bool duro_is_plain(const char *word);

#endif
