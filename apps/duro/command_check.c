/* duro check: whether an environment keeps the promises that solvers, learners and attacks build on. */
#include <stdio.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "duro/check.h"
#include "run/run.h"

typedef struct check_given {
  const char *config;
  int64_t samples, seed;
  cli_words set;
} check_given;

#define OPTION(field) offsetof(check_given, field)
static const cli_option options[] = {
    {"config", "FILE", CLI_TEXT, OPTION(config), 0, 0, NULL,
     "Read settings from a YAML file; other groups are ignored."},
    ROW_SET_ENV(OPTION(set)),
    {"samples", "N", CLI_INT, OPTION(samples), 10, 1e6, NULL, "Random states to look at; default 300."},
    {"seed", "N", CLI_INT, OPTION(seed), 0, 9007199254740992.0, NULL, "Seed of what is random; default 1."},
};
static const cli_command command = {
    .name = "check",
    .words = "ENV",
    .max_words = 1,
    .about =
        "Tries whether an environment (a name, a C file, a MuJoCo model) keeps its promises: the same input gives the "
        "same output, all is finite, nothing is written outside its buffers, no state is hidden, what it says of "
        "itself is true, and ending early does not pay (a heuristic; the rest holds for the states tried). Of few "
        "states, a coarse grid tells whether safety can be kept from the starts. Exit status 1 when a promise is "
        "broken.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static const char *const words[] = {[DURO_CHECK_OK] = "ok",
                                    [DURO_CHECK_NOTE] = "note",
                                    [DURO_CHECK_WARNING] = "warning",
                                    [DURO_CHECK_BROKEN] = "BROKEN"};

static void print(const duro_check_findings *findings) {
  for (int i = 0; i < findings->count; i++) {
    const duro_check_finding *f = &findings->finding[i];
    cli_wrap(f->sentence, printf("  %-7s %-14s ", words[f->verdict], f->promise), 25);
  }
  const int broken = duro_check_count(findings, DURO_CHECK_BROKEN),
            warnings = duro_check_count(findings, DURO_CHECK_WARNING);
  if (broken)
    printf("%d %s broken\n", broken, broken == 1 ? "promise is" : "promises are");
  else if (warnings)
    printf("sound as far as it was tried, with %d %s\n", warnings, warnings == 1 ? "warning" : "warnings");
  else
    printf("sound as far as it was tried\n");
}

static duro_status configure(run_config *config, const check_given *given, const char *environment) {
  duro_status status = given->config ? run_config_load(config, environment, given->config, NULL, cli_how())
                                     : run_config_create(config, environment, cli_how());
  if (status) return status;
  if (!config->ops)
    status = duro_fail(DURO_ERROR_ARGUMENT, "no environment is given; wanted duro check ENV, see duro envs");
  for (int i = 0; !status && i < given->set.count; i++)
    status = duro_settings_assign(&config->groups[GROUP_ENV], 1, given->set.word[i]);
  if (status) run_config_release(config);
  return status;
}

int command_check(int argc, char **argv) {
  const duro_check_options defaults = duro_check_options_default();
  check_given given = {.samples = defaults.samples, .seed = (int64_t)defaults.seed};
  cli_words words_given;
  const int parsed = cli_parse(&command, &given, &words_given, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  run_config config;
  duro_status status = configure(&config, &given, words_given.count ? words_given.word[0] : NULL);
  if (status) return cli_report(status);
  duro_check_findings findings;
  duro_check_options how = duro_check_options_default();
  how.samples = (int)given.samples, how.seed = (uint64_t)given.seed;
  status = duro_check_environment(&findings, config.ops, config.env, &how);
  if (!status) {
    cli_print("%s\n", config.ops->name);
    print(&findings);
  }
  run_config_release(&config);
  if (status) return cli_report(status);
  return duro_check_count(&findings, DURO_CHECK_BROKEN) ? CLI_FAILED : CLI_DONE;
}
