/* The manual page and the completions of shells, made from the tables that parse the command line. */
#include "show/manual.h"

#include <stdio.h>
#include <string.h>

#include "build.h"
#include "duro/certificate.h"
#include "duro/game.h"
#include "duro/grid.h"
#include "run/watch.h"

static const char *const form_names[MANUAL_FORMS] = {"man", "bash", "zsh", "fish"};

const char *manual_form_name(manual_form form) {
  return form_names[form];
}

bool manual_form_read(manual_form *form, const char *word) {
  for (int i = 0; i < MANUAL_FORMS; i++) {
    if (strcmp(word, form_names[i]) != 0) continue;
    *form = (manual_form)i;
    return true;
  }
  return false;
}

/* What a shell offers for a word, by its placeholder in the help text. */
typedef enum value_kind {
  NOTHING,
  FILES,
  FOLDERS,
  ENVIRONMENTS,
  ALGORITHMS,
  SETTINGS,
  SOLVER_SETTINGS,
  ENV_SETTINGS,
  CHOICES
} value_kind;
static const struct {
  const char *placeholder;
  value_kind kind;
} value_kinds[] = {
    {"FILE", FILES},           {"DIR", FOLDERS},         {"RUN", FOLDERS},
    {"RUN...", FOLDERS},       {"ENV", ENVIRONMENTS},    {"[ENV]", ENVIRONMENTS},
    {"A", ALGORITHMS},         {"NAME=VALUE", SETTINGS}, {"GROUP.K=V", SOLVER_SETTINGS},
    {"ENV.K=V", ENV_SETTINGS}, {"RUN|CARD", FILES},      {"SOURCE", FILES},
    {"RUN|SOLUTION", FOLDERS},
};

static value_kind kind_of(const char *placeholder, const char *choices) {
  if (choices) return CHOICES;
  for (size_t i = 0; placeholder && i < sizeof value_kinds / sizeof *value_kinds; i++)
    if (strcmp(placeholder, value_kinds[i].placeholder) == 0) return value_kinds[i].kind;
  return NOTHING;
}

static void list_rows(const char *prefix, const duro_setting *rows, int count) {
  for (int i = 0; i < count; i++) printf("%s.%s= ", prefix, rows[i].name);
}

/* True when an environment before this one has the setting. */
static bool listed(int environment, const char *name) {
  for (int i = 0; i < environment; i++)
    for (int k = 0; k < duro_env_builtin(i)->n_settings; k++)
      if (strcmp(duro_env_builtin(i)->settings[k].name, name) == 0) return true;
  return false;
}

static void list_env_settings(void) {
  const duro_env_ops *ops;
  for (int i = 0; (ops = duro_env_builtin(i)); i++)
    for (int k = 0; k < ops->n_settings; k++)
      if (!listed(i, ops->settings[k].name)) printf("env.%s= ", ops->settings[k].name);
}

/* name=value: no blank follows the word */
static bool assigns(value_kind kind) {
  return kind == SETTINGS || kind == SOLVER_SETTINGS || kind == ENV_SETTINGS;
}

/* The words of a kind, divided by blanks. */
static void list_words(value_kind kind, const char *choices) {
  const duro_env_ops *ops;
  const duro_algorithm_info *info;
  if (kind == CHOICES)
    for (const char *c = choices; c && *c; c++) putchar(*c == '|' ? ' ' : *c);
  if (kind == ENVIRONMENTS)
    for (int i = 0; (ops = duro_env_builtin(i)); i++) printf("%s ", ops->name);
  if (kind == ALGORITHMS)
    for (int i = 0; (info = duro_algorithm_at(i)); i++) printf("%s ", info->name);
  if (kind == SETTINGS) {
    const duro_settings_group looks = watch_settings_group(NULL);
    list_rows("train", duro_train_rows, duro_train_rows_count);
    list_rows("train", looks.rows, looks.count);
    list_rows("learn", duro_learn_rows, duro_learn_rows_count);
  }
  if (kind == SOLVER_SETTINGS) {
    const duro_settings_group groups[] = {duro_grid_settings_group(NULL), duro_certificate_settings_group(NULL),
                                          duro_game_settings_group(NULL)};
    for (int i = 0; i < 3; i++) list_rows(groups[i].prefix, groups[i].rows, groups[i].count);
  }
  if (assigns(kind)) list_env_settings();
}

/* Text with a backslash before each character of `special`, inside single quotes of a shell. */
static void print_quoted(const char *text, const char *special) {
  for (; *text; text++)
    if (*text == '\'')
      printf("'\\''");
    else
      printf("%s%c", strchr(special, *text) ? "\\" : "", *text);
}

/* ---- manual page: groff, man macros ---- */

static void man_text(const char *text) {
  if (*text == '.' || *text == '\'') printf("\\&");
  for (; *text; text++)
    if (*text == '-')
      printf("\\-");
    else if (*text == '\\')
      printf("\\e");
    else
      putchar(*text);
}

static void man_item(const char *name, const char *text) {
  printf(".TP\n.B ");
  man_text(name);
  putchar('\n');
  man_text(text);
  putchar('\n');
}

static void man_option(const cli_option *option) {
  printf(".TP\n.B \\-\\-");
  man_text(option->name);
  if (option->value) {
    printf(" \\fI");
    man_text(option->value);
    printf("\\fR");
  }
  putchar('\n');
  man_text(option->help);
  if (option->choices) printf(" (%s)", option->choices);
  putchar('\n');
}

static void man_command(const cli_command *command) {
  printf(".SS duro %s%s%s [options]\n", command->name, command->words ? " " : "", command->words ? command->words : "");
  man_text(command->about);
  putchar('\n');
  for (int i = 0; i < command->n_options; i++) man_option(&command->options[i]);
  man_item("--help", "Print the usage of the command.");
}

static void man_begin(void) {
  printf(".\\\" made by duro help --man; do not edit\n"
         ".TH DURO 1 \"\" \"duro %s\" \"User Commands\"\n"
         ".SH NAME\nduro \\- safe and robust reinforcement learning\n"
         ".SH SYNOPSIS\n.B duro\n\\fICOMMAND\\fR [\\fIwords and options\\fR]\n.br\n.B duro \\-\\-help\n.br\n"
         ".B duro \\-\\-version\n.SH DESCRIPTION\n",
         DURO_VERSION);
  man_text("duro trains policies that keep a constraint at every step against the worst disturbance, attacks them, and "
           "reports what held. Results are a function of configuration and seed, bit by bit.");
  printf("\n.SH COMMANDS\n");
}

static void man_end(const char *first_steps) {
  const duro_env_ops *ops;
  const duro_algorithm_info *info;
  printf(".SH ALGORITHMS\n");
  for (int i = 0; (info = duro_algorithm_at(i)); i++) man_item(info->name, info->title);
  printf(".SH ENVIRONMENTS\n");
  for (int i = 0; (ops = duro_env_builtin(i)); i++) man_item(ops->name, ops->title);
  static const struct {
    int status;
    const char *meaning;
  } exits[] = {{CLI_DONE, "The command did what it was asked to."},
               {CLI_FAILED, "A file, the memory or a result was at fault; one line on standard error says what."},
               {CLI_USAGE, "The words on the command line or a setting are wrong."},
               {CLI_NOT_FINITE, "A number was not finite: the training diverged, or the environment returned it."},
               {CLI_STOPPED, "Stopped by Ctrl-C, after a checkpoint was saved."}};
  printf(".SH EXIT STATUS\n");
  for (size_t i = 0; i < sizeof exits / sizeof *exits; i++) {
    char number[16];
    snprintf(number, sizeof number, "%d", exits[i].status);
    man_item(number, exits[i].meaning);
  }
  printf(".SH ENVIRONMENT\n");
  man_item("NO_COLOR, TERM", "With NO_COLOR set, or a terminal that is dumb, progress is printed without colours.");
  printf(".SH EXAMPLES\n.nf\n");
  man_text(first_steps);
  printf(".fi\n");
}

/* ---- bash ---- */

static void bash_value(const char *command, const cli_option *option) {
  const value_kind kind = kind_of(option->value, option->choices);
  printf("    %s.--%s) ", command, option->name);
  if (kind == FILES) printf("_duro_files ;;\n");
  if (kind == FOLDERS) printf("_duro_folders ;;\n");
  if (kind == NOTHING) printf(";;\n");
  if (kind < ENVIRONMENTS) return;
  printf("%s '", assigns(kind) ? "_duro_settings" : "_duro_words");
  list_words(kind, option->choices);
  printf("' ;;\n");
}

static void bash_command(const cli_command *command) {
  for (int i = 0; i < command->n_options; i++)
    if (command->options[i].kind != CLI_FLAG) bash_value(command->name, &command->options[i]);
  const value_kind kind = kind_of(command->words, NULL);
  printf("    %s.*) _duro_rest '", command->name);
  for (int i = 0; i < command->n_options; i++) printf("--%s ", command->options[i].name);
  printf("--help' %s '", kind == FILES ? "_duro_files" : kind == FOLDERS ? "_duro_folders" : "_duro_words");
  list_words(kind, NULL);
  printf("' ;;\n");
}

static void bash_begin(const manual_entry *entries, int count) {
  printf("# shellcheck shell=bash\n# made by duro help --completion bash; do not edit\n"
         "_duro_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$current\"); }\n"
         "_duro_files() {\n  compopt -o filenames\n  mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n}\n"
         "_duro_folders() {\n  compopt -o filenames\n  mapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n}\n"
         "_duro_settings() {\n  compopt -o nospace\n  _duro_words \"$1\"\n}\n"
         "# options, what completes a word, its words\n"
         "_duro_rest() { if [[ $current == -* ]]; then _duro_words \"$1\"; else \"$2\" \"${3-}\"; fi; }\n"
         "_duro() {\n  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "  COMPREPLY=()\n  if ((COMP_CWORD == 1)); then\n    _duro_words '");
  for (int i = 0; i < count; i++) printf("%s ", entries[i].name);
  printf("--help --version'\n    return\n  fi\n  case ${COMP_WORDS[1]}.$previous in\n");
}

static void bash_end(void) {
  printf("  esac\n}\ncomplete -F _duro duro\n");
}

/* ---- zsh ---- */

static void zsh_words(value_kind kind, const char *choices) {
  if (kind == FILES) printf("_files");
  if (kind == FOLDERS) printf("_directories");
  if (kind < ENVIRONMENTS) return;
  if (assigns(kind)) printf("{compadd -S \"\" -- ");
  if (!assigns(kind)) putchar('(');
  list_words(kind, choices);
  putchar(assigns(kind) ? '}' : ')');
}

static void zsh_command(const cli_command *command) {
  printf("    %s)\n      _arguments", command->name);
  for (int i = 0; i < command->n_options; i++) {
    const cli_option *option = &command->options[i];
    printf(" \\\n        '%s--%s[", option->kind == CLI_LIST ? "*" : "", option->name);
    print_quoted(option->help, ":[]\\");
    putchar(']');
    if (option->kind != CLI_FLAG) {
      printf(":%s:", option->value);
      zsh_words(kind_of(option->value, option->choices), option->choices);
    }
    putchar('\'');
  }
  printf(" \\\n        '--help[Print the usage of the command.]'");
  if (command->words) {
    printf(" \\\n        '%s:word:", command->max_words > 1 ? "*" : "1");
    zsh_words(kind_of(command->words, NULL), NULL);
    putchar('\'');
  }
  printf("\n      ;;\n");
}

static void zsh_begin(const manual_entry *entries, int count) {
  printf("#compdef duro\n# made by duro help --completion zsh; do not edit\n_duro() {\n  local -a commands=(\n");
  for (int i = 0; i < count; i++) {
    printf("    '%s:", entries[i].name);
    print_quoted(entries[i].title, ":\\");
    printf("'\n");
  }
  printf("  )\n  if ((CURRENT == 2)); then\n    _describe command commands\n    return\n  fi\n"
         "  shift words\n  ((CURRENT--))\n  case $words[1] in\n");
}

static void zsh_end(void) {
  printf("  esac\n}\n_duro \"$@\"\n");
}

/* ---- fish ---- */

static void fish_words(value_kind kind, const char *choices) {
  if (kind == FILES) printf(" -r -F");
  if (kind == FOLDERS) printf(" -x -a '(__fish_complete_directories)'");
  if (kind == NOTHING) printf(" -x");
  if (kind < ENVIRONMENTS) return;
  printf(" -x -a '");
  list_words(kind, choices);
  putchar('\'');
}

static void fish_command(const cli_command *command) {
  for (int i = 0; i <= command->n_options; i++) {
    const cli_option *option = i < command->n_options ? &command->options[i] : NULL;
    printf("complete -c duro -n '__fish_seen_subcommand_from %s' -l %s", command->name, option ? option->name : "help");
    if (option && option->kind != CLI_FLAG) fish_words(kind_of(option->value, option->choices), option->choices);
    printf(" -d '");
    print_quoted(option ? option->help : "Print the usage of the command.", "\\");
    printf("'\n");
  }
  const value_kind kind = kind_of(command->words, NULL);
  if (kind == NOTHING) return;
  printf("complete -c duro -n '__fish_seen_subcommand_from %s'", command->name);
  fish_words(kind, NULL);
  printf("\n");
}

static void fish_begin(const manual_entry *entries, int count) {
  printf("# made by duro help --completion fish; do not edit\ncomplete -c duro -f\n"
         "complete -c duro -n __fish_use_subcommand -l help\ncomplete -c duro -n __fish_use_subcommand -l version\n");
  for (int i = 0; i < count; i++) {
    printf("complete -c duro -n __fish_use_subcommand -a %s -d '", entries[i].name);
    print_quoted(entries[i].title, "\\");
    printf("'\n");
  }
}

/* ---- all of them ---- */

void manual_command(manual_form form, const cli_command *command) {
  static void (*const print[MANUAL_FORMS])(const cli_command *) = {man_command, bash_command, zsh_command,
                                                                   fish_command};
  print[form](command);
}

int manual_print(manual_form form, const manual_entry *entries, int count, const char *first_steps) {
  if (form == MANUAL_MAN) man_begin();
  if (form == MANUAL_BASH) bash_begin(entries, count);
  if (form == MANUAL_ZSH) zsh_begin(entries, count);
  if (form == MANUAL_FISH) fish_begin(entries, count);
  char option[32];
  snprintf(option, sizeof option, "--help=%s", manual_form_name(form));
  for (int i = 0; i < count; i++) {
    char name[32];
    snprintf(name, sizeof name, "%s", entries[i].name);
    char *argv[] = {name, option, NULL};
    const int status = entries[i].run(2, argv);
    if (status != CLI_DONE) return status;
  }
  if (form == MANUAL_MAN) man_end(first_steps);
  if (form == MANUAL_BASH) bash_end();
  if (form == MANUAL_ZSH) zsh_end();
  return CLI_DONE;
}
