/* --json. */
#include "show/json_out.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/cli.h"
#include "duro/io.h"
#include "duro/verdict.h"
#include "io/number.h"
#include "io/table.h"

static int output = -1; // standard output, while it goes nowhere

json_t *json_out_begin(void) {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  fflush(stdout);
  output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  json_t *list = json_array();
  if (!list || nowhere < 0 || output < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
    exit(cli_fail(CLI_FAILED, "standard output cannot be put aside for --json"));
  close(nowhere);
  return list;
}

int json_out_end(json_t *list, int result) {
  fflush(stdout);
  dup2(output, STDOUT_FILENO);
  close(output);
  json_t *value = json_pack("{s:o}", "runs", list);
  char *text = result == CLI_DONE ? json_dumps(value, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) : NULL;
  json_decref(value);
  if (result == CLI_DONE && !text) return cli_fail(CLI_FAILED, "out of memory for the output of --json");
  if (text) puts(text);
  free(text);
  return result;
}

/* A cell: a number where it is one, null where it is empty. */
static json_t *cell(const char *word) {
  double value;
  if (!word[0]) return json_null();
  if (!duro_number_real(&value, word) && isfinite(value))
    return fabs(value) < 1e15 && trunc(value) == value ? json_integer((json_int_t)value) : json_real(value);
  return json_string(word);
}

static duro_status no_memory(void) {
  return duro_fail(DURO_ERROR_MEMORY, "out of memory for the output of --json, or a name that is no UTF-8");
}

static duro_status add_rows(json_t *rows, const char *path) {
  sheet s;
  duro_status status = sheet_read(&s, path);
  if (status) return status;
  for (int r = 0; !status && r < s.rows; r++) {
    json_t *row = json_object();
    for (int c = 0; !status && c < s.columns; c++)
      if (json_object_set_new(row, s.cells[c], cell(s.cells[(r + 1) * s.columns + c]))) status = no_memory();
    if (json_array_append_new(rows, row) && !status) status = no_memory();
  }
  sheet_release(&s);
  return status;
}

static json_t *verdict_value(const duro_verdict *v) {
  const bool tried = v->kind != DURO_VERDICT_UNTRIED;
  return json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:s, s:s}", "acting", duro_policy_act_name(v->act),
                   "result", duro_verdict_name(v->kind), "sentence", v->sentence, "attackers", v->attackers, "episodes",
                   json_integer((json_int_t)v->episodes), "worst_violating", json_integer((json_int_t)v->violating),
                   "bound", tried ? json_real(v->bound) : json_null(), "h_min",
                   tried ? json_real(v->h_min) : json_null(), "not_tried", v->missing, "next", v->next);
}

static duro_status add_verdicts(json_t *list, const char *folder, const char *summary, const duro_policy *policy) {
  duro_act acts[2];
  const int count = duro_verdict_acts(acts, policy);
  for (int i = 0; i < count; i++) {
    duro_verdict v;
    const duro_status status = duro_verdict_read(&v, folder, summary, policy, acts[i]);
    if (status) return status;
    if (json_array_append_new(list, verdict_value(&v))) return no_memory();
  }
  return DURO_OK;
}

duro_status json_out_add(json_t *list, const char *folder, const duro_policy *policy, const char *summary,
                         const char *table) {
  const duro_policy_info *about = duro_policy_about(policy);
  json_t *verdicts = json_array(), *rows = json_array();
  duro_status status = verdicts && rows ? add_rows(rows, table) : no_memory();
  if (!status) status = add_verdicts(verdicts, folder, summary, policy);
  if (!status && json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:O, s:O}", "folder", folder, "algorithm",
                                                       about->algorithm, "environment", about->environment, "step",
                                                       (json_int_t)about->step, "verdicts", verdicts, "rows", rows)))
    status = no_memory();
  json_decref(verdicts);
  json_decref(rows);
  return status;
}

duro_status json_out_file(const char *path) {
  char *bytes;
  size_t size;
  const duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  fwrite(bytes, 1, size, stdout);
  duro_file_release(bytes);
  return DURO_OK;
}
