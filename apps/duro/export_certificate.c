/* duro export of a certificate. */
#include "export_certificate.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "duro/export.h"
#include "duro/io.h"
#include "io/file.h"
#include "io/path.h"
#include "run/path.h"

#define FILE_NAME "set.certificate"
#define FIRST_WORD "duro-certificate "
#define ENVIRONMENT "\nenvironment "

/* The file that is meant: the word, or the certificate of a folder that has no solution of a grid. */
static duro_status find_file(char path[CLI_PATH], const char *word) {
  duro_kind kind, grid;
  char beside[CLI_PATH];
  duro_status status = duro_file_look(&kind, word);
  snprintf(path, CLI_PATH, "%s", word);
  if (status || kind != DURO_KIND_FOLDER) return status;
  run_path(beside, word, "grid.json");
  status = duro_file_look(&grid, beside);
  if (!status && grid == DURO_KIND_NOTHING) run_path(path, word, FILE_NAME);
  return status;
}

/* The first line of a certificate, and the name of its environment after it, into `name`, "" where it is none. */
static duro_status read_name(char name[DURO_TEXT_SIZE], const char *path) {
  char *bytes = NULL;
  size_t size = 0;
  duro_kind kind;
  name[0] = '\0';
  duro_status status = duro_file_look(&kind, path);
  if (status || kind != DURO_KIND_FILE) return status;
  status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  if (strncmp(bytes, FIRST_WORD, strlen(FIRST_WORD)) == 0) {
    const char *line = strstr(bytes, ENVIRONMENT);
    const char *from = line ? line + strlen(ENVIRONMENT) : "?";
    snprintf(name, DURO_TEXT_SIZE, "%.*s", (int)strcspn(from, "\n"), from);
  }
  duro_file_release(bytes);
  return DURO_OK;
}

duro_status export_is_certificate(bool *is, const char *word) {
  char path[CLI_PATH], name[DURO_TEXT_SIZE];
  duro_status status = find_file(path, word);
  *is = false;
  if (!status) status = read_name(name, path);
  if (!status) *is = name[0] != '\0';
  return status;
}

static duro_status export_loaded(const duro_certificate *certificate, const duro_env_ops *ops,
                                 const export_options *given) {
  duro_env *env;
  char name[DURO_EXPORT_NAME];
  duro_status status = duro_env_create(&env, ops, NULL);
  if (status) return status;
  status = duro_folder_create(given->out);
  if (!status) status = duro_export_certificate_c(given->out, certificate, env, given->prefix);
  if (!status) status = duro_export_certificate_name(name, certificate, given->prefix);
  if (!status) cli_print("%s/%s.c and .h: the certified shield of %s\n", given->out, name, ops->name);
  duro_env_destroy(env);
  return status;
}

duro_status export_certificate(const char *word, const export_options *given) {
  char path[CLI_PATH], name[DURO_TEXT_SIZE];
  const duro_env_ops *ops;
  duro_certificate *certificate;
  duro_status status = export_check_options("certificate", given);
  if (!status) status = find_file(path, word);
  if (!status) status = read_name(name, path);
  if (!status) status = duro_env_open(&ops, given->env ? given->env : name, &cli_how()->open);
  if (status) return status;
  status = duro_certificate_load(&certificate, path, ops);
  if (!status) {
    status = export_loaded(certificate, ops, given);
    duro_certificate_destroy(certificate);
  }
  duro_env_close(ops);
  return status;
}
