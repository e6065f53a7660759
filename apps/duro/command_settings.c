/* duro settings: every setting, from the tables that also read and check them. */
#include <stdio.h>
#include <string.h>

#include "cli/opening.h"
#include "duro/certificate.h"
#include "duro/game.h"
#include "duro/grid.h"
#include "run/run.h"
#include "show/schema.h"
#include "show/settings_table.h"

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

static int print_environment(const char *name, bool markdown) {
  run_config config;
  const duro_status status = run_config_create(&config, name, cli_how());
  if (status) return cli_report(status);
  char title[256];
  snprintf(title, sizeof title, "env.* of %s: %s", config.ops->name, config.ops->title);
  settings_table(&config.groups[GROUP_ENV], 1, title, markdown);
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
    settings_table(&groups[i], 1, titles[i], markdown);
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
  settings_table(&config.groups[GROUP_RUN], 1, "run.*: what a run is about", given.markdown);
  settings_table(&config.groups[GROUP_TRAIN], 2, "train.*: the run", given.markdown);
  settings_table(&config.groups[GROUP_LEARN], 1, "learn.*: the algorithm", given.markdown);
  run_config_release(&config);
  print_solver_groups(given.markdown);
  if (words.count) return print_environment(words.word[0], given.markdown);
  const duro_env_ops *ops;
  status = CLI_DONE;
  for (int i = 0; status == CLI_DONE && (ops = duro_env_builtin(i)); i++)
    status = print_environment(ops->name, given.markdown);
  return status;
}
