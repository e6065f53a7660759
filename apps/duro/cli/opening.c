/* How commands open environments, runs and solutions, and what they say of them. */
#include "cli/opening.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "env/mujoco.h"

void cli_warn_of_mujoco(void) {
  static bool warned;
  if (!warned && duro_env_mujoco_fault())
    fprintf(stderr, "duro: warning: MuJoCo %s %s\n", duro_env_mujoco_version(), duro_env_mujoco_fault());
  warned = true;
}

static void opened(const duro_env_ops *ops) {
  if (ops->model) cli_warn_of_mujoco();
}

static run_how how;

const run_how *cli_how_with(const char *environment) {
  (void)cli_how();
  how.environment = environment;
  return &how;
}

const run_how *cli_how(void) {
  how = (run_how){.open = {.compiler = getenv("CC"), .folder = getenv("TMPDIR")}, .opened = opened};
  return &how;
}

void cli_print_differences(const solved *s, const duro_env *env) {
  text lines = {0};
  solved_differences(&lines, s, env);
  if (lines.length) cli_print("%s", cli_text(&lines));
  text_release(&lines);
}
