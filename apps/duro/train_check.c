/* The quick part of duro check, ahead of a training on a file of one's own. */
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
