/* Solutions and certificates as C. */
#include "study/exported.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "duro/io.h"
#include "io/file.h"
#include "io/path.h"
#include "run/solved.h"

#define CERTIFICATE_FILE "set.certificate"
#define FIRST_WORD "duro-certificate "
#define ENVIRONMENT "\nenvironment "

/* ---- which of them ---- */

static duro_status is_kind(bool *is, const char *path, duro_kind wanted) {
  duro_kind kind;
  const duro_status status = duro_file_look(&kind, path);
  *is = !status && kind == wanted;
  return status;
}

/* the file that a word means where it is a certificate */
static duro_status certificate_path(char path[RUN_PATH], const char *word) {
  bool folder;
  const duro_status status = is_kind(&folder, word, DURO_KIND_FOLDER);
  if (folder)
    run_path(path, word, CERTIFICATE_FILE);
  else
    snprintf(path, RUN_PATH, "%s", word);
  return status;
}

/* the environment that a certificate names; "" where the file is none */
static duro_status read_name(char name[DURO_TEXT_SIZE], const char *path) {
  char *bytes = NULL;
  size_t size = 0;
  bool file;
  name[0] = '\0';
  duro_status status = is_kind(&file, path, DURO_KIND_FILE);
  if (status || !file) return status;
  status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  if (strncmp(bytes, FIRST_WORD, strlen(FIRST_WORD)) == 0) {
    const char *line = strstr(bytes, ENVIRONMENT), *from = line ? line + strlen(ENVIRONMENT) : "";
    snprintf(name, DURO_TEXT_SIZE, "%.*s", (int)strcspn(from, "\n"), from);
    if (!name[0] || duro_env_is_file(name)) // a name, and never a file that would be compiled
      status = duro_fail(DURO_ERROR_FORMAT, "%s: it is no certificate, or damaged", path);
  }
  duro_file_release(bytes);
  return status;
}

duro_status exported_look(exported_kind *kind, const char *word) {
  char path[RUN_PATH], name[DURO_TEXT_SIZE];
  bool solution;
  run_path(path, word, "grid.json");
  *kind = EXPORTED_SOLUTION;
  duro_status status = is_kind(&solution, path, DURO_KIND_FILE);
  if (status || solution) return status;
  status = certificate_path(path, word);
  if (!status) status = read_name(name, path);
  *kind = !status && name[0] ? EXPORTED_CERTIFICATE : EXPORTED_POLICY;
  return status;
}

/* ---- as C ---- */

static duro_status write_solution(exported_tables *t, const duro_env_ops *ops) {
  solved s;
  duro_status status = solved_open(&s, t->word, ops, 1, t->accept);
  if (status) return status;
  status = duro_folder_create(t->out);
  if (!status) status = duro_export_grid_c(t->out, s.grid, t->prefix);
  if (!status) status = duro_export_grid_name(t->name, s.grid, t->prefix);
  solved_close(&s);
  return status;
}

static duro_status write_loaded(exported_tables *t, const duro_certificate *certificate, const duro_env_ops *ops) {
  duro_env *env;
  duro_status status = duro_env_create(&env, ops, NULL);
  if (status) return status;
  status = duro_folder_create(t->out);
  if (!status) status = duro_export_certificate_c(t->out, certificate, env, t->prefix);
  if (!status) status = duro_export_certificate_name(t->name, certificate, t->prefix);
  duro_env_destroy(env);
  return status;
}

static duro_status write_certificate(exported_tables *t, const duro_env_ops *ops) {
  char path[RUN_PATH];
  duro_certificate *certificate;
  duro_status status = certificate_path(path, t->word);
  if (!status) status = duro_certificate_load(&certificate, path, ops);
  if (status) return status;
  status = write_loaded(t, certificate, ops);
  duro_certificate_destroy(certificate);
  return status;
}

duro_status exported_tables_write(exported_tables *t, exported_kind kind) {
  char path[RUN_PATH], name[RUN_PATH];
  const duro_env_ops *ops;
  duro_status status = DURO_OK;
  if (kind == EXPORTED_SOLUTION) {
    status = solved_environment(name, t->word);
  } else {
    status = certificate_path(path, t->word);
    if (!status) status = read_name(name, path);
  }
  if (!status) status = duro_env_open(&ops, t->env ? t->env : name, t->open);
  if (status) return status;
  snprintf(t->environment, sizeof t->environment, "%s", ops->name);
  status = kind == EXPORTED_SOLUTION ? write_solution(t, ops) : write_certificate(t, ops);
  duro_env_close(ops);
  return status;
}
