/* duro export of a solution or a certificate, which become tables of numbers. */
#include "export_tables.h"

#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/opening.h"

/* Options that tables have no use for. */
static duro_status check(const char *what, const export_options *given) {
  const char *const names[] = {"act", "margin", "limit", "fallback"};
  const char *const values[] = {given->act, given->margin, given->limit, given->fallback};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (values[i]) return duro_fail(DURO_ERROR_ARGUMENT, "--%s is for policies, not for a %s", names[i], what);
  if (strcmp(given->to, "c") == 0 && strcmp(given->weights, "float") == 0) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "a %s becomes C with its numbers as they are; wanted no --to %s", what,
                   strcmp(given->to, "c") == 0 ? "c --weights int16" : given->to);
}

duro_status export_tables(exported_kind kind, const char *word, const export_options *given) {
  const bool solution = kind == EXPORTED_SOLUTION;
  exported_tables tables = {.word = word,
                            .out = given->out,
                            .prefix = given->prefix,
                            .env = given->env,
                            .accept = given->accept,
                            .open = &cli_how()->open};
  duro_status status = check(solution ? "solution" : "certificate", given);
  if (!status) status = exported_tables_write(&tables, kind);
  if (!status)
    cli_print("%s/%s.c and .h: the %s of %s\n", given->out, tables.name, solution ? "solution" : "certified shield",
              tables.environment);
  return status;
}
