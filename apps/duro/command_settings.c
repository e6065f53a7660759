/* duro settings: every setting, from the tables that also read and check them. */
#include <stdio.h>
#include <string.h>

#include "cli/opening.h"
#include "duro/certificate.h"
#include "duro/game.h"
#include "duro/grid.h"
#include "run/run.h"
#include "show/schema.h"

typedef struct settings_options {
  bool markdown, schema;
} settings_options;

static const cli_option options[] = {
    {"markdown", NULL, CLI_FLAG, offsetof(settings_options, markdown), 0, 0, NULL, "Print Markdown tables."},
    {"schema", NULL, CLI_FLAG, offsetof(settings_options, schema), 0, 0, NULL,
     "Print a JSON Schema of configuration files, by which editors check and complete them."},
};
static const cli_command command = {
    .name = "settings",
    .words = "[ENV]",
    .max_words = 1,
    .about =
        "Lists every setting with its default, range and meaning: run.*, train.*, learn.* of duro train, grid.*, "
        "certificate.*, game.* of duro solve, and env.* of the environment ENV or of all environments. Give them as "
        "--set group.name=value, to duro train also in a YAML file.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static void describe_range(char *out, size_t size, const duro_setting *row) {
  if (row->kind == DURO_INT || row->kind == DURO_REAL)
    snprintf(out, size, "%.9g to %.9g", row->low, row->high);
  else if (row->kind == DURO_BOOL)
    snprintf(out, size, "true or false");
  else
    snprintf(out, size, "%s", row->choices ? row->choices : "text");
}

static void print_row(const char *prefix, const duro_setting *row, const void *values) {
  char value[DURO_TEXT_SIZE + 16], range[256], line[1024];
  duro_settings_text(value, sizeof value, row, values);
  describe_range(range, sizeof range, row);
  cli_print("%s.%s = %s%s%s\n      ", prefix, row->name, value[0] ? value : "\"\"", row->unit[0] ? " " : "", row->unit);
  snprintf(line, sizeof line, "%s (%s)", row->help, range);
  cli_wrap(line, 6, 6);
}

/* A cell of a Markdown table: bars would end it. */
static void print_cell(const char *cell) {
  for (; *cell; cell++) printf("%s%c", *cell == '|' ? "\\" : "", *cell);
  printf(" | ");
}

static void print_markdown_row(const char *prefix, const duro_setting *row, const void *values) {
  char value[DURO_TEXT_SIZE + 16], range[256];
  duro_settings_text(value, sizeof value, row, values);
  describe_range(range, sizeof range, row);
  printf("| `%s.%s` | ", prefix, row->name);
  print_cell(value);
  print_cell(row->unit);
  print_cell(range);
  printf("%s |\n", row->help);
}

/* Groups of one prefix. */
static void print_groups(const duro_settings_group *groups, int count, const char *title, bool markdown) {
  if (markdown)
    printf("## %s\n\n| setting | default | unit | range | meaning |\n|---|---|---|---|---|\n", title);
  else
    cli_wrap(title, 0, 0);
  if (!markdown) printf("\n");
  for (const duro_settings_group *group = groups; group < groups + count; group++)
    for (int i = 0; i < group->count; i++)
      (markdown ? print_markdown_row : print_row)(group->prefix, &group->rows[i], group->values);
  printf("\n");
}

static void print_group(const duro_settings_group *group, const char *title, bool markdown) {
  print_groups(group, 1, title, markdown);
}

static int print_environment(const char *name, bool markdown) {
  run_config config;
  const duro_status status = run_config_create(&config, name, cli_how());
  if (status) return cli_report(status);
  char title[256];
  snprintf(title, sizeof title, "env.* of %s: %s", config.ops->name, config.ops->title);
  print_group(&config.groups[GROUP_ENV], title, markdown);
  run_config_release(&config);
  return CLI_DONE;
}

static void print_solver_groups(bool markdown) {
  duro_grid_settings grid;
  duro_certificate_settings certificate;
  duro_game_settings game;
  const duro_settings_group groups[] = {duro_grid_settings_group(&grid), duro_certificate_settings_group(&certificate),
                                        duro_game_settings_group(&game)};
  static const char *const titles[] = {"grid.*: solving on a grid", "certificate.*: proving an inner set",
                                       "game.*: solving a finite game"};
  for (int i = 0; i < 3; i++) {
    duro_settings_default(&groups[i]);
    print_group(&groups[i], titles[i], markdown);
  }
}

int command_settings(int argc, char **argv) {
  settings_options given = {0};
  cli_words words;
  int status = cli_parse(&command, &given, &words, argc, argv);
  if (status != CLI_GO_ON) return status;
  run_config config;
  const duro_status created = run_config_create(&config, words.count ? words.word[0] : NULL, cli_how());
  if (created) return cli_report(created);
  if (given.schema) {
    const duro_status printed = schema_print(&config, words.count > 0);
    run_config_release(&config);
    return printed ? cli_report(printed) : CLI_DONE;
  }
  print_group(&config.groups[GROUP_RUN], "run.*: what a run is about", given.markdown);
  print_groups(&config.groups[GROUP_TRAIN], 2, "train.*: the run", given.markdown);
  print_group(&config.groups[GROUP_LEARN], "learn.*: the algorithm", given.markdown);
  run_config_release(&config);
  print_solver_groups(given.markdown);
  if (words.count) return print_environment(words.word[0], given.markdown);
  const duro_env_ops *ops;
  status = CLI_DONE;
  for (int i = 0; status == CLI_DONE && (ops = duro_env_builtin(i)); i++)
    status = print_environment(ops->name, given.markdown);
  return status;
}
