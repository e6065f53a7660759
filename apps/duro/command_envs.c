/* duro envs: the environments, from their own tables. */
#include <stdio.h>

#include "cli/cli.h"
#include "duro/env.h"

static const cli_command command = {.name = "envs",
                                    .about = "Lists the environments of this build. Their numbers are settings: duro "
                                             "settings ENV lists them, --set env.name=value changes one."};

int command_envs(int argc, char **argv) {
  cli_words words;
  const int status = cli_parse(&command, NULL, &words, argc, argv);
  if (status != CLI_GO_ON) return status;
  const duro_env_ops *ops;
  for (int i = 0; (ops = duro_env_builtin(i)); i++) {
    int column = printf("%-20s", ops->name);
    if (column > 20) column = printf("\n%20s", "") - 1;
    cli_wrap(ops->title, column, 20);
  }
  return CLI_DONE;
}
