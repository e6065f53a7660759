/* Options and messages of the command line. */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "duro/settings.h"
#include "io/escape.h"
#include "run/jobs.h"
#include "run/solved.h"
#include "show/manual.h"

#ifndef CLI_PROGRAM
#define CLI_PROGRAM "duro"
#endif

enum { WIDTH = 80, HELP_COLUMN = 22, NAME = 48 };

/* "duro train", or "duro-bench", a program of one command */
static const char *full_name(char out[NAME], const cli_command *command) {
  snprintf(out, NAME, "%s%s%s", CLI_PROGRAM, command->name ? " " : "", command->name ? command->name : "");
  return out;
}

int cli_fail(int status, const char *format, ...) {
  char line[4 * CLI_PATH];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  text shown = {0}; // one line without control codes, whatever a file name holds
  text_add_line(&shown, line);
  fflush(stdout);
  fprintf(stderr, CLI_PROGRAM ": %s\n", shown.failed ? "out of memory" : shown.bytes ? shown.bytes : "");
  text_release(&shown);
  return status;
}

/* What a command can be told about it, after the library has said what is wrong. */
const char *cli_hint(const char *said) {
  static const struct {
    const char *fact, *hint;
  } hints[] = {
      {"grid is '", "it is given by --grid SHAPE"},
      {"no exact set of ", "it is given by --solution DIR"},
      {"needs a solution", "it is given by --solution DIR"},
      {"need a solution", "it is given by --solution DIR"},
      {"needs the solution of the system", "it is given by --solution DIR"},
      {"needs the run whose networks attacked", "it is given by --adversary RUN"},
      {"the card does not know how it was played", "make it anew, duro card with --solution or --adversary"},
      {"wanted a run, or another one that attacks", "it is given by --adversary RUN"},
      {"or another run that attacks", "it is given by --adversary RUN"},
      {"needs the file of an attacker", "it is given by --adversary FILE"},
      {" is a controller; ", "it is given by --environment ENV"},
      {"take the region further out", "it is given by --low and --high"},
      {"a certificate proves against the disturbance", "leave out --no-disturbance"},
      {" is there already", "choose another --out or replace it with --force"},
      {" already holds files", "choose another --out, replace them with --force, or go on with --resume"},
      {" and would be replaced", "choose another --out, or move it"},
      {" has no checkpoint to go on from", "begin again with --force"},
      {" does not hold: its own safety policy loses ", "it is taken all the same with --" SOLVED_ACCEPT},
      {" is unfinished", "go on with duro solve --resume"},
      {"no algorithm is given", "wanted --algorithm A, see duro algorithms"},
      {"no attacker is called ", "see duro attack --help"},
  };
  for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
    if (strstr(said, hints[i].fact) && !strstr(said, "did you mean")) return hints[i].hint;
  return NULL;
}

_Static_assert((int)JOB_WRONG_WORDS == (int)CLI_USAGE && (int)JOB_NOT_FINITE == (int)CLI_NOT_FINITE,
               "what a parent makes of them");

int cli_report(duro_status status) {
  const int ended = status == DURO_ERROR_ARGUMENT     ? CLI_USAGE
                    : status == DURO_ERROR_NOT_FINITE ? CLI_NOT_FINITE
                                                      : CLI_FAILED;
  const char *hint = cli_hint(duro_error());
  return hint ? cli_fail(ended, "%s; %s", duro_error(), hint) : cli_fail(ended, "%s", duro_error());
}

int cli_unknown(const char *what, const char *word, const char *const *candidates, int count, const char *hint) {
  const char *near = duro_nearest(word, candidates, count);
  if (near) return cli_fail(CLI_USAGE, "%s '%s' is unknown; did you mean '%s'?", what, word, near);
  return cli_fail(CLI_USAGE, "%s '%s' is unknown; %s", what, word, hint);
}

void cli_quote(text *out, int argc, char **argv) {
  text_add(out, "duro");
  for (int i = 0; i < argc; i++) {
    text_add(out, " ");
    text_add_shell(out, argv[i]);
  }
}

const char *cli_text(const text *t) {
  const duro_status status = text_status(t);
  if (status) exit(cli_report(status));
  return t->bytes ? t->bytes : "";
}

void *cli_allocate(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size ? size : 1);
  if (!memory) exit(cli_fail(CLI_FAILED, "out of memory: %zu x %zu bytes", count, size));
  return memory;
}

int cli_print(const char *format, ...) {
  char line[4 * CLI_PATH];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  text shown = {0};
  text_add_lines(&shown, line);
  const int length = printf("%s", cli_text(&shown));
  text_release(&shown);
  return length;
}

void cli_wrap(const char *words, int column, int indent) {
  text shown = {0};
  text_add_lines(&shown, words);
  for (const char *word = cli_text(&shown); *word;) {
    if (*word == '\n') {
      printf("\n%*s", indent, "");
      column = indent;
      word++;
      continue;
    }
    const int length = (int)strcspn(word, " \n");
    const bool first = column == indent;
    if (!first && column + 1 + length > WIDTH) {
      printf("\n%*s", indent, "");
      column = indent;
    } else if (!first) {
      putchar(' ');
      column++;
    }
    printf("%.*s", length, word);
    column += length;
    word += length;
    word += *word == ' ';
  }
  putchar('\n');
  text_release(&shown);
}

static void print_option(const char *name, const char *value, const char *choices, const char *help) {
  const int used = printf("  --%s%s%s", name, value ? " " : "", value ? value : "");
  if (used + 2 > HELP_COLUMN)
    printf("\n%*s", HELP_COLUMN, "");
  else
    printf("%*s", HELP_COLUMN - used, "");
  char text[512];
  snprintf(text, sizeof text, "%s%s%s%s", help, choices ? " (" : "", choices ? choices : "", choices ? ")" : "");
  cli_wrap(text, HELP_COLUMN, HELP_COLUMN);
}

static void print_help(const cli_command *command) {
  char name[NAME];
  printf("usage: %s", full_name(name, command));
  if (command->words) printf(" %s", command->words);
  printf(" [options]\n\n");
  cli_wrap(command->about, 0, 0);
  printf("\noptions:\n");
  for (int i = 0; i < command->n_options; i++) {
    const cli_option *option = &command->options[i];
    print_option(option->name, option->value, option->choices, option->help);
  }
  print_option("help", NULL, NULL, "Print this text.");
}

/* The option called name[0..length), or NULL. */
static const cli_option *find(const cli_command *command, const char *name, size_t length) {
  for (int i = 0; i < command->n_options; i++) {
    const char *candidate = command->options[i].name;
    if (strlen(candidate) == length && memcmp(candidate, name, length) == 0) return &command->options[i];
  }
  return NULL;
}

static int fail_option(const cli_command *command, const char *argument) {
  const char *candidates[64];
  char dashed[64][48], word[256];
  int count = 0;
  for (int i = 0; i <= command->n_options && i < 64; i++) {
    snprintf(dashed[i], sizeof dashed[i], "--%s", i < command->n_options ? command->options[i].name : "help");
    candidates[count++] = dashed[i];
  }
  snprintf(word, sizeof word, "%.*s", (int)strcspn(argument, "="), argument);
  char hint[64], name[NAME];
  snprintf(hint, sizeof hint, "see %s --help", full_name(name, command));
  return cli_unknown("option", word, candidates, count, hint);
}

static int read_int(int64_t *out, const cli_option *option, const char *text) {
  char *end;
  errno = 0;
  const long long value = strtoll(text, &end, 10);
  if (end == text || *end || errno || (double)value < option->low || (double)value > option->high)
    return cli_fail(CLI_USAGE, "--%s is '%s'; wanted a whole number from %.0f to %.0f", option->name, text, option->low,
                    option->high);
  *out = value;
  return CLI_GO_ON;
}

static bool among(const char *choices, const char *text) {
  const size_t length = strlen(text);
  for (const char *c = choices; *c; c += strcspn(c, "|"), c += *c == '|')
    if (strcspn(c, "|") == length && memcmp(c, text, length) == 0) return true;
  return false;
}

static int store(void *values, const cli_option *option, const char *text) {
  char *field = (char *)values + option->offset;
  switch (option->kind) {
  case CLI_FLAG:
    *(bool *)field = true;
    return CLI_GO_ON;
  case CLI_INT:
    return read_int((int64_t *)(void *)field, option, text);
  case CLI_TEXT:
    if (option->choices && !among(option->choices, text))
      return cli_fail(CLI_USAGE, "--%s is '%s'; wanted one of %s", option->name, text, option->choices);
    *(const char **)(void *)field = text;
    return CLI_GO_ON;
  case CLI_LIST: {
    cli_words *list = (cli_words *)(void *)field;
    if (list->count == CLI_MAX_WORDS)
      return cli_fail(CLI_USAGE, "--%s is given more than %d times", option->name, CLI_MAX_WORDS);
    list->word[list->count++] = text;
    return CLI_GO_ON;
  }
  }
  return CLI_GO_ON;
}

/* Reads the option at argv[*i], and its value. */
static int parse_option(const cli_command *command, void *values, int *i, int argc, char **argv) {
  const char *name = argv[*i] + 2, *equals = strchr(name, '=');
  const size_t length = equals ? (size_t)(equals - name) : strlen(name);
  const cli_option *option = argv[*i][1] == '-' ? find(command, name, length) : NULL;
  if (!option) return fail_option(command, argv[*i]);
  if (option->kind == CLI_FLAG && equals)
    return cli_fail(CLI_USAGE, "--%s takes no value, '%s' was given", option->name, equals + 1);
  if (option->kind == CLI_FLAG) return store(values, option, NULL);
  if (equals) return store(values, option, equals + 1);
  if (*i + 1 >= argc)
    return cli_fail(CLI_USAGE, "--%s wants a value: --%s %s", option->name, option->name, option->value);
  return store(values, option, argv[++*i]);
}

static int check_words(const cli_command *command, const cli_words *words) {
  char name[NAME];
  full_name(name, command);
  if (words->count < command->min_words)
    return cli_fail(CLI_USAGE, "%s wants %s; see %s --help", name, command->words, name);
  if (words->count <= command->max_words) return CLI_GO_ON;
  return cli_fail(CLI_USAGE, "'%s' is one word too many for %s; see %s --help", words->word[command->max_words], name,
                  name);
}

int cli_parse(const cli_command *command, void *values, cli_words *words, int argc, char **argv) {
  bool options = true;
  words->count = 0;
  for (int i = 1; i < argc; i++) { // help wins over every mistake
    if (strcmp(argv[i], "--") == 0) break;
    manual_form form;
    if (strncmp(argv[i], "--help=", 7) == 0 && manual_form_read(&form, argv[i] + 7)) {
      manual_command(form, command);
      return CLI_DONE;
    }
    if (strcmp(argv[i], "--help") != 0 && strcmp(argv[i], "-h") != 0) continue;
    print_help(command);
    return CLI_DONE;
  }
  for (int i = 1; i < argc; i++) {
    if (options && strcmp(argv[i], "--") == 0) {
      options = false;
    } else if (options && argv[i][0] == '-' && argv[i][1]) {
      const int status = parse_option(command, values, &i, argc, argv);
      if (status != CLI_GO_ON) return status;
    } else if (words->count == CLI_MAX_WORDS) {
      return cli_fail(CLI_USAGE, "more than %d words", CLI_MAX_WORDS);
    } else {
      words->word[words->count++] = argv[i];
    }
  }
  return check_words(command, words);
}
