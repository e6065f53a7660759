/* duro algorithms: the algorithms, from their own table. */
#include <stdio.h>

#include "cli/cli.h"
#include "duro/train.h"

static const cli_command command = {.name = "algorithms",
                                    .about = "Lists the algorithms and the networks each of them trains: task policy "
                                             "pi, performance adversary mu, safety policy pi_h, safety adversary "
                                             "mu_h, reward critics Q1 Q2, safety critic Qh, cost critic Qc, "
                                             "multiplier lambda, temperature alpha."};

int command_algorithms(int argc, char **argv) {
  cli_words words;
  const int status = cli_parse(&command, NULL, &words, argc, argv);
  if (status != CLI_GO_ON) return status;
  const duro_algorithm_info *info;
  for (int i = 0; (info = duro_algorithm_at(i)); i++) {
    printf("%-10s", info->name);
    cli_wrap(info->title, 10, 10);
    printf("%10s", "");
    cli_wrap(info->roles, 10, 10);
  }
  return CLI_DONE;
}
