/* duro: safe and robust reinforcement learning from the command line. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/stop.h"
#include "duro/duro.h"
#include "env/mujoco.h"
#include "show/manual.h"

static const manual_entry commands[] = {
    {"train", command_train, "train a policy and its adversaries into a run folder"},
    {"eval", command_eval, "play trained policies against adversaries and count violations"},
    {"attack", command_attack, "attack trained policies, with freshly trained attackers as well"},
    {"sets", command_sets, "compare learned safe sets with exact ones"},
    {"certify", command_certify, "prove a set safe, and say where the policy needs no filter"},
    {"solve", command_solve, "solve an environment on a grid, or a finite game, exactly"},
    {"tune", command_tune, "search for settings, chosen on looks and judged by attackers"},
    {"experiment", command_experiment, "run a grid of trainings and attacks from a file, into a page"},
    {"play", command_play, "make a moving picture of an episode"},
    {"report", command_report, "make an HTML page with pictures from run folders"},
    {"card", command_card, "write what is known of a policy, so that others can check it"},
    {"export", command_export, "write a policy as C or ONNX for other machines"},
    {"verify", command_verify, "repeat a training, or check a card, and say whether it is the same"},
    {"check", command_check, "try whether an environment keeps its promises"},
    {"envs", command_envs, "list the environments"},
    {"algorithms", command_algorithms, "list the algorithms"},
    {"settings", command_settings, "list every setting with default, range and meaning"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static const char first_steps[] = "  duro train cartpole --algorithm DRAC\n  duro eval runs/cartpole-DRAC-1\n"
                                  "  duro report runs/cartpole-DRAC-1\n";

static void print_help(void) {
  printf("duro %s: safe and robust reinforcement learning\n\nusage: duro COMMAND [words and options]\n\n",
         DURO_VERSION);
  for (int i = 0; i < COMMANDS; i++) printf("  %-12s%s\n", commands[i].name, commands[i].title);
  printf("\nduro COMMAND --help explains a command; duro --version prints the version.\n\n"
         "first steps:\n%s",
         first_steps);
}

/* duro help, and for the build: duro help --man, duro help --completion bash|zsh|fish */
static int help(int argc, char **argv) {
  manual_form form = MANUAL_MAN;
  if (argc == 1) {
    print_help();
    return CLI_DONE;
  }
  if (argc == 2 && !strcmp(argv[1], "--man")) return manual_print(form, commands, COMMANDS, first_steps);
  if (argc == 3 && !strcmp(argv[1], "--completion") && manual_form_read(&form, argv[2]) && form != MANUAL_MAN)
    return manual_print(form, commands, COMMANDS, first_steps);
  return cli_fail(CLI_USAGE, "'%s' is unknown; wanted: duro help [--man | --completion bash|zsh|fish]", argv[argc - 1]);
}

/* Where a standard descriptor is closed, the next file that is opened takes its number, and what is printed lands in
 * it. */
static void open_standard(void) {
  int descriptor = open("/dev/null", O_RDWR);
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = open("/dev/null", O_RDWR);
  if (descriptor >= 0) close(descriptor);
}

/* What could not be printed is an error of every command. */
static int close_output(int status) {
  errno = 0;
  const bool lost = ferror(stdout); // of an earlier write, whose cause is gone
  if (fflush(stdout) == 0 && !lost && close(STDOUT_FILENO) == 0) return status;
  const char *why = errno ? strerror(errno) : "an earlier write failed";
  return status == CLI_DONE ? cli_fail(CLI_FAILED, "standard output cannot be written: %s", why) : status;
}

static int run_command(int argc, char **argv) {
  const char *word = argc > 1 ? argv[1] : "";
  if (!strcmp(word, "help")) return help(argc - 1, argv + 1);
  if (!strcmp(word, "--help") || !strcmp(word, "-h")) return help(1, argv);
  if (!strcmp(word, "--version")) {
    const char *mujoco = duro_env_mujoco_version();
    printf("duro %s (%s, sources %s, %s, %s, %s%s)\n", DURO_VERSION, DURO_COMMIT, duro_sources(), DURO_COMPILER,
           DURO_BUILD_TYPE, *mujoco ? "MuJoCo " : "no MuJoCo", mujoco);
    cli_warn_of_mujoco();
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

int main(int argc, char **argv) {
  open_standard();
  stop_prepare();
  return close_output(run_command(argc, argv));
}
