/* The manual page and the completions of shells, made from the tables that parse the command line. */
#ifndef DURO_APP_MANUAL_H
#define DURO_APP_MANUAL_H

#include "cli/cli.h"

typedef enum manual_form { MANUAL_MAN, MANUAL_BASH, MANUAL_ZSH, MANUAL_FISH, MANUAL_FORMS } manual_form;

/* "man", "bash", "zsh", "fish" */
const char *manual_form_name(manual_form form);
/* Returns false when the word names no form. */
bool manual_form_read(manual_form *form, const char *word);

/* A command and its line in `duro --help`. */
typedef struct manual_entry {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *title;
} manual_entry;

/* Prints a whole page. Each command is run with the option --help=FORM, which makes cli_parse call manual_command. */
int manual_print(manual_form form, const manual_entry *entries, int count, const char *first_steps);
/* The part of one command. */
void manual_command(manual_form form, const cli_command *command);

#endif
