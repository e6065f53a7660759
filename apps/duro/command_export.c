/* duro export: a policy as code for other machines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "duro/export.h"
#include "duro/io.h"
#include "duro/run.h"
#include "export_tables.h"
#include "io/file.h"
#include "io/number.h"

#define OPTION(field) offsetof(export_options, field)
static const cli_option options[] = {
    {"to", "FORM", CLI_TEXT, OPTION(to), 0, 0, "c|onnx",
     "What it becomes: c, one source and one header of C99 (default), or onnx, a graph for ONNX runtimes."},
    {"out", "DIR", CLI_TEXT, OPTION(out), 0, 0, NULL, "Folder of the files; default: this one."},
    {"prefix", "NAME", CLI_TEXT, OPTION(prefix), 0, 0, NULL,
     "Begins every name, and is that of the files; default: the environment's with _policy."},
    {"env", "ENV", CLI_TEXT, OPTION(env), 0, 0, NULL,
     "Of a solution or certificate whose environment is a file: that file. Default: the environment of that name."},
    ROW_ACCEPT(OPTION(accept)),
    {"act", "WHICH", CLI_TEXT, OPTION(act), 0, 0, "pi|filtered|pi_h",
     "The deployed action; default: what the trial of the training found best, without one the filtered action where "
     "the run has the networks of a filter."},
    {"weights", "KIND", CLI_TEXT, OPTION(weights), 0, 0, "float|int16",
     "Of C: weights as they are (default), or rounded to 16 bits, which halves the constants; the header says what "
     "that "
     "changes."},
    {"margin", "X", CLI_TEXT, OPTION(margin), 0, 0, NULL, "Margin of the filter; default: that of the run."},
    {"limit", "X", CLI_TEXT, OPTION(limit), 0, 0, NULL,
     "Largest observation, scaled as the networks see it, that is no fault; default 1e6."},
    {"fallback", "U,...", CLI_TEXT, OPTION(fallback), 0, 0, NULL,
     "Control in [-1, 1] where an observation is NaN, infinite or beyond its limit, a number for each; default 0."},
};
static const cli_command command = {
    .name = "export",
    .words = "RUN|SOLUTION|CERTIFICATE",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Writes the chosen policy of a run folder, or a policy file, for other machines: scales, networks, tanh, "
        "safety filter. As freestanding C99 it needs no library, allocates nothing, and gives the bits of duro "
        "eval on every machine with IEEE arithmetic; the header says what goes in and comes out and what it costs, "
        "and a self-test is part of the source. As an ONNX graph it agrees to rounding. Of the "
        "folder of a solution (duro solve) the C holds the table of the safety value and the safety policy, one step "
        "ahead of a model that the caller gives; of a certificate (set.certificate, or RUN/certified) the certified "
        "set, its control, and a filter that keeps any controller in it.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* What is exported. */
typedef struct opened {
  duro_run *run;     /* where RUN is a folder, and the owner of the next two, */
  duro_policy *file; /* or the policy of a file */
  const duro_policy *policy;
  const duro_env *env; /* or NULL */
  float fallback[128];
} opened;

static duro_status open_policy(opened *o, const char *path) {
  duro_kind kind;
  duro_status status = duro_file_look(&kind, path);
  if (status) return status;
  if (kind == DURO_KIND_FOLDER) {
    status = duro_run_open(&o->run, path, NULL, 0, &cli_how()->open);
    if (status) return status;
    o->policy = duro_run_policy(o->run), o->env = duro_run_env(o->run);
  } else {
    status = duro_policy_load(&o->file, path);
    o->policy = o->file;
  }
  return status;
}

static void close_policy(opened *o) {
  duro_run_close(o->run);
  duro_policy_destroy(o->file);
}

static duro_status read_number(double *value, const char *name, const char *word) {
  if (!word || duro_number_real(value, word) == DURO_NUMBER_FINE) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "--%s is \"%.60s\"; wanted a number", name, word);
}

/* "0.5,-1" */
static duro_status read_fallback(opened *o, duro_export_options *to, const char *words) {
  const int nu = duro_policy_about(o->policy)->nu;
  int n = 0;
  for (const char *at = words; at; n++) {
    char word[64];
    double value;
    const size_t length = strcspn(at, ",");
    snprintf(word, sizeof word, "%.*s", length < 63 ? (int)length : 63, at);
    const duro_status status = read_number(&value, "fallback", word);
    if (status) return status;
    if (n < nu) o->fallback[n] = (float)value;
    at = at[length] ? at + length + 1 : NULL;
  }
  if (words && n != nu)
    return duro_fail(DURO_ERROR_ARGUMENT, "--fallback has %d numbers; wanted %d, one for each control", n, nu);
  if (words) to->fallback = o->fallback;
  return DURO_OK;
}

static duro_status read_options(opened *o, duro_export_options *to, const export_options *given) {
  *to = duro_export_default(o->policy);
  to->env = o->env, to->prefix = given->prefix;
  to->int16 = strcmp(given->weights, "int16") == 0;
  if (to->int16 && strcmp(given->to, "c") != 0)
    return duro_fail(DURO_ERROR_ARGUMENT, "--weights int16 is for C alone, not for --to %s", given->to);
  if (given->act)
    to->act = strcmp(given->act, "pi") == 0     ? DURO_ACT_TASK
              : strcmp(given->act, "pi_h") == 0 ? DURO_ACT_SAFETY
                                                : DURO_ACT_FILTERED;
  double margin = (double)to->margin;
  duro_status status = read_number(&margin, "margin", given->margin);
  if (!status) status = read_number(&to->limit, "limit", given->limit);
  to->margin = (float)margin;
  return status ? status : read_fallback(o, to, given->fallback);
}

static const char *act_words(duro_act act) {
  return act == DURO_ACT_FILTERED ? "pi behind the safety filter" : act == DURO_ACT_TASK ? "pi alone" : "pi_h alone";
}

static duro_status export_opened(opened *o, const export_options *given) {
  duro_export_options to;
  char name[DURO_EXPORT_NAME];
  duro_status status = read_options(o, &to, given);
  if (!status) status = duro_folder_create(given->out);
  const bool onnx = strcmp(given->to, "onnx") == 0;
  if (!status) status = (onnx ? duro_export_onnx : duro_export_c)(given->out, o->policy, &to);
  if (!status) status = duro_export_name(name, o->policy, to.prefix);
  if (status) return status;
  const duro_policy_info *about = duro_policy_about(o->policy);
  cli_print("%s/%s%s: %s on %s, step %lld; the action is that of %s\n", given->out, name, onnx ? ".onnx" : ".c and .h",
            about->algorithm, about->environment, (long long)about->step, act_words(to.act));
  return DURO_OK;
}

static duro_status export_policy(const char *path, const export_options *given) {
  opened *o = cli_allocate(1, sizeof *o);
  duro_status status = open_policy(o, path);
  if (!status && given->env)
    status = duro_fail(DURO_ERROR_ARGUMENT, "--env is for solutions and certificates; a run has its own");
  if (!status) status = export_opened(o, given);
  close_policy(o);
  free(o);
  return status;
}

int command_export(int argc, char **argv) {
  export_options given = {.to = "c", .out = ".", .weights = "float"};
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  exported_kind kind;
  duro_status status = exported_look(&kind, words.word[0]);
  if (!status)
    status =
        kind == EXPORTED_POLICY ? export_policy(words.word[0], &given) : export_tables(kind, words.word[0], &given);
  return status ? cli_report(status) : CLI_DONE;
}
