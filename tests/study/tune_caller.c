/* duro/tune.h as a program uses it, for tests/cli/test_tune.py: tune_caller DURO FILE FOLDER [JOBS] runs a search,
 * stops it after JOBS jobs where that is given, and prints what it says of it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "duro/tune.h"

static int left; // jobs until it stops; negative: none

static duro_status count(const duro_experiment_job *job, const char *why, void *context) {
  (void)context;
  if (job->state == DURO_JOB_FAILED) printf("failed,%s,%s\n", job->name, why);
  return left > 0 && job->state == DURO_JOB_DONE && --left == 0 ? DURO_ERROR_STOPPED : DURO_OK;
}

static duro_status print(const duro_tune *tune) {
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < duro_tune_configurations(tune); i++) {
    duro_tune_configuration c;
    status = duro_tune_configuration_at(&c, tune, i);
    if (status) return status;
    printf("configuration,%d,%d,%d,%" PRId64 ",%" PRId64 ",%.17g", i, c.rungs, c.failed, c.violating, c.episodes,
           c.return_mean);
    for (int k = 0; k < duro_tune_settings(tune); k++)
      printf(",%s=%s", duro_tune_setting(tune, k), duro_tune_value(tune, i, k));
    printf("\n");
  }
  printf("best,%d\n", duro_tune_best(tune));
  for (int i = 0; !status && i < duro_tune_judgements(tune); i++) {
    duro_tune_judgement j;
    status = duro_tune_judgement_at(&j, tune, i);
    if (!status)
      printf("judged,%s,%s,%" PRId64 ",%" PRId64 ",%.17g,%.17g\n", j.is_default ? "default" : "chosen", j.attacker,
             j.violating, j.episodes, j.return_mean, j.h_min);
  }
  return status;
}

int main(int argc, char **argv) {
  duro_tune *tune;
  duro_tune_options options = duro_tune_options_default();
  if (argc < 4) return 2;
  options.program = argv[1][0] ? argv[1] : NULL, options.parallel = 2, options.job = count;
  left = argc > 4 ? atoi(argv[4]) : -1;
  duro_status status = duro_tune_open(&tune, argv[2], argv[3], &options);
  if (!status) status = duro_tune_run(tune);
  if (!status) status = print(tune);
  if (status) fprintf(stderr, "%d: %s\n", (int)status, duro_error());
  duro_tune_close(tune);
  return status ? 1 : 0;
}
