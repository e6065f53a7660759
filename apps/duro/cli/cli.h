/* The command line: one table of options for each command drives parsing, --help and suggestions. */
#ifndef DURO_APP_CLI_H
#define DURO_APP_CLI_H

#include "duro/base.h"
#include "io/words.h"
#include "run/path.h"

struct text;

/* Exit statuses. */
enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_NOT_FINITE = 4, CLI_STOPPED = 130, CLI_GO_ON = -1 };

enum { CLI_MAX_WORDS = WORDS_MOST, CLI_PATH = RUN_PATH };

/* The option that begins what needs more memory than there is. */
#define CLI_BEYOND_MEMORY "beyond-memory"

/* Words given one after the other, or by an option that may be repeated. */
typedef word_list cli_words;

typedef enum cli_kind {
  CLI_FLAG, /* bool */
  CLI_TEXT, /* const char * */
  CLI_INT,  /* int64_t, low..high */
  CLI_LIST  /* cli_words; the option may be repeated */
} cli_kind;

/* One option of a command. */
typedef struct cli_option {
  const char *name;  /* without the dashes */
  const char *value; /* placeholder in the help text; NULL for a flag */
  cli_kind kind;
  size_t offset; /* of the field in the command's struct of options */
  double low, high;
  const char *choices; /* "off|on|both" or NULL */
  const char *help;
} cli_option;

/* What a command accepts. */
typedef struct cli_command {
  const char *name;  /* NULL in a program of one command */
  const char *words; /* "ENV", "RUN..."; NULL where none are taken */
  int min_words, max_words;
  const char *about; /* shown by --help */
  const cli_option *options;
  int n_options;
} cli_command;

/* Reads argv (argv[0] is the command's name) into the struct `values` and `words`. Returns CLI_GO_ON, or the exit
 * status after --help or a mistake, which has then been reported. */
int cli_parse(const cli_command *command, void *values, cli_words *words, int argc, char **argv);

/* Prints "duro: ..." as one line on stderr and returns `status`. */
int cli_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The option that mends what the library says is wrong, NULL where none does. The library names no options. */
const char *cli_hint(const char *said);
/* The same with duro_error() and its hint; the exit status follows from the library's. */
int cli_report(duro_status status);
/* Fails with CLI_USAGE on an unknown word, with the nearest candidate if there is one. */
int cli_unknown(const char *what, const char *word, const char *const *candidates, int count, const char *hint);

/* printf for what holds names and paths from outside: control codes but line ends and tabs are replaced. */
int cli_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints text, wrapped at 80 columns, every line after the first indented. `column` is where the cursor stands. */
void cli_wrap(const char *words, int column, int indent);

/* Adds "duro" and the words of argv, quoted so that a shell reads them back. */
void cli_quote(struct text *out, int argc, char **argv);

/* What was added to a text, never NULL; ends the program with a message when memory ran out on the way. */
const char *cli_text(const struct text *t);
/* Zeroed memory; ends the program with a message when there is none. */
void *cli_allocate(size_t count, size_t size);

/* The commands, one file each: command_<name>.c. argv[0] is the command's name; the exit status is returned. */
int command_train(int argc, char **argv);
int command_eval(int argc, char **argv);
int command_attack(int argc, char **argv);
int command_certify(int argc, char **argv);
int command_solve(int argc, char **argv);
int command_experiment(int argc, char **argv);
int command_tune(int argc, char **argv);
int command_play(int argc, char **argv);
int command_report(int argc, char **argv);
int command_sets(int argc, char **argv);
int command_check(int argc, char **argv);
int command_card(int argc, char **argv);
int command_export(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_envs(int argc, char **argv);
int command_algorithms(int argc, char **argv);
int command_settings(int argc, char **argv);

#endif
