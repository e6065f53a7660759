/* duro export of the folder of a solution. */
#include "export_solution.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "duro/export.h"
#include "duro/io.h"
#include "io/file.h"
#include "run/solved.h"

duro_status export_is_solution(bool *is, const char *folder) {
  char path[CLI_PATH];
  duro_kind kind;
  run_path(path, folder, "grid.json");
  const duro_status status = duro_file_look(&kind, path);
  *is = kind == DURO_KIND_FILE;
  return status;
}

duro_status export_check_options(const char *what, const export_options *given) {
  const char *const names[] = {"act", "margin", "limit", "fallback"};
  const char *const values[] = {given->act, given->margin, given->limit, given->fallback};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (values[i]) return duro_fail(DURO_ERROR_ARGUMENT, "--%s is for policies, not for a %s", names[i], what);
  if (strcmp(given->to, "c") == 0 && strcmp(given->weights, "float") == 0) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "a %s becomes C with its numbers as they are; wanted no --to %s", what,
                   strcmp(given->to, "c") == 0 ? "c --weights int16" : given->to);
}

static duro_status export_solved(const solved *s, const export_options *given) {
  char name[DURO_EXPORT_NAME];
  duro_status status = duro_folder_create(given->out);
  if (!status) status = duro_export_grid_c(given->out, s->grid, given->prefix);
  if (!status) status = duro_export_grid_name(name, s->grid, given->prefix);
  if (!status) cli_print("%s/%s.c and .h: the solution of %s\n", given->out, name, s->env->ops->name);
  return status;
}

duro_status export_solution(const char *folder, const export_options *given) {
  char name[RUN_PATH];
  const duro_env_ops *ops;
  solved s;
  duro_status status = export_check_options("solution", given);
  if (!status) status = solved_environment(name, folder);
  if (!status) status = duro_env_open(&ops, given->env ? given->env : name, &cli_how()->open);
  if (status) return status;
  status = solved_open(&s, folder, ops, 1, given->accept);
  if (!status) {
    status = export_solved(&s, given);
    solved_close(&s);
  }
  duro_env_close(ops);
  return status;
}
