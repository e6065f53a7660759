/* duro: safe and robust reinforcement learning from the command line. */
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "cli.h"

static const struct {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *title;
} commands[] = {
    {"train", command_train, "train a policy and its adversaries into a run folder"},
    {"eval", command_eval, "play trained policies against adversaries and count violations"},
    {"report", command_report, "make an HTML page with pictures from run folders"},
    {"envs", command_envs, "list the environments"},
    {"algorithms", command_algorithms, "list the algorithms"},
    {"settings", command_settings, "list every setting with default, range and meaning"},
    {"bench", command_bench, "measure the speed of this machine"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_help(void) {
  printf("duro %s: safe and robust reinforcement learning\n\nusage: duro COMMAND [words and options]\n\n",
         DURO_VERSION);
  for (int i = 0; i < COMMANDS; i++) printf("  %-12s%s\n", commands[i].name, commands[i].title);
  printf("\nduro COMMAND --help explains a command; duro --version prints the version.\n\n"
         "first steps:\n  duro train cartpole --algorithm DRAC\n  duro eval runs/cartpole-DRAC-1\n"
         "  duro report runs/cartpole-DRAC-1\n");
}

int main(int argc, char **argv) {
  const char *word = argc > 1 ? argv[1] : "";
  if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
    print_help();
    return CLI_DONE;
  }
  if (!strcmp(word, "--version")) {
    printf("duro %s (%s, %s, %s)\n", DURO_VERSION, DURO_COMMIT, DURO_COMPILER, DURO_BUILD_TYPE);
    return CLI_DONE;
  }
  if (argc < 2) return cli_fail(CLI_USAGE, "no command is given; see duro --help");

  const char *names[COMMANDS];
  for (int i = 0; i < COMMANDS; i++) {
    names[i] = commands[i].name;
    if (!strcmp(word, names[i])) return commands[i].run(argc - 1, argv + 1);
  }
  return cli_unknown(word[0] == '-' ? "option" : "command", word, names, COMMANDS, "see duro --help");
}
