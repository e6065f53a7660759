/* What is refused before a training begins: options that do not go together, and a file of one's own that breaks its
 * promises. */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "duro/check.h"
#include "train.h"

enum { SAMPLES = 60, INDENT = 2 };

static duro_status judge(const duro_check_findings *findings, const char *path, bool quiet) {
  for (int i = 0; i < findings->count; i++) {
    const duro_check_finding *f = &findings->finding[i];
    if (f->verdict == DURO_CHECK_BROKEN)
      return duro_fail(DURO_ERROR_FORMAT,
                       "%s: '%s' is broken: %s. duro check tells more, --unchecked trains all the same", path,
                       f->promise, f->sentence);
    if (f->verdict != DURO_CHECK_WARNING || quiet) continue;
    cli_wrap(f->sentence, printf("warning, %s: ", f->promise), INDENT);
  }
  return DURO_OK;
}

duro_status train_check_words(const train_options *given, const char *environment) {
  const struct {
    const char *name;
    bool given;
  } others[] = {{"ENV", environment},
                {"--config", given->config},
                {"--algorithm", given->algorithm},
                {"--seed", given->seed},
                {"--seeds", given->seeds},
                {"--out", given->out},
                {"--adversary", given->adversary},
                {"--from", given->from},
                {"--go-on", given->go_on},
                {"--force", given->force}};
  for (size_t i = 0; given->resume && i < sizeof others / sizeof *others; i++)
    if (others[i].given)
      return duro_fail(DURO_ERROR_ARGUMENT, "--resume goes on with a run as it is; wanted no %s beside it",
                       others[i].name);
  if (given->from && given->seeds)
    return duro_fail(DURO_ERROR_ARGUMENT, "--from takes the weights of one run; wanted no --seeds beside it");
  return DURO_OK;
}

duro_status train_check_system(const train_options *given, const run_config *config) {
  if (given->unchecked || given->resume || !config->ops->source) return DURO_OK;
  duro_check_findings *findings = cli_allocate(1, sizeof *findings);
  duro_check_options how = duro_check_options_default();
  how.samples = SAMPLES, how.quick = true;
  duro_status status = duro_check_environment(findings, config->ops, config->env, &how);
  if (!status) status = judge(findings, config->ops->source->path, given->quiet);
  free(findings);
  return status;
}
