/* A card: its lines, made and checked. */
#include "study/card.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "duro/io.h"
#include "io/escape.h"
#include "io/file.h"
#include "io/text.h"
#include "policy/policy.h"

/* ---- lines ---- */

/* What begins the name of a line, before a "/". */
typedef struct kind {
  const char *name;
  card_finder find;
  bool of_program; /* another program may say something else of the same policy */
} kind;

static const kind kinds[] = {{"program", card_find_program, true},
                             {"system", card_find_system, false},
                             {"run", card_find_run, false},
                             {"policy", card_find_policy, false},
                             {"export", card_find_export, true},
                             {"attacks", card_find_attacks, false},
                             {"attack", card_find_attack, false},
                             {"verdict", card_find_verdict, false},
                             {"curve", card_find_curve, false},
                             {"sets", card_find_sets, false},
                             {"certificate", card_find_certificate, false},
                             {"certified", card_find_certified, false}};

const char *card_finding_name(card_finding finding) {
  static const char *const names[] = {"same", "different", "unknown"};
  return names[finding];
}

duro_status card_no_memory(void) {
  return duro_fail(DURO_ERROR_MEMORY, "out of memory for a card, or a name in it that is no UTF-8");
}

json_t *card_number(double value) {
  if (!isfinite(value)) return json_null();
  if (fabs(value) < 1e15 && trunc(value) == value) return json_integer((json_int_t)value);
  return json_real(value);
}

const char *card_line_name(const json_t *line) {
  const char *name = json_string_value(json_object_get(line, "line"));
  return name ? name : "";
}

const json_t *card_line_says(const json_t *line) {
  return json_object_get(line, "says");
}

static bool is_of(const char *name, const char *kind_name) {
  const size_t length = strlen(kind_name);
  return strncmp(name, kind_name, length) == 0 && (!name[length] || name[length] == '/');
}

const json_t *card_line_next(const json_t *lines, size_t *at, const char *kind_name) {
  while (*at < json_array_size(lines)) {
    const json_t *line = json_array_get(lines, (*at)++);
    if (is_of(card_line_name(line), kind_name)) return line;
  }
  return NULL;
}

duro_status card_add(card *c, const char *name, json_t *says, json_t *with, const char *check) {
  json_t *line = json_object();
  bool fine = line && says && !json_object_set_new(line, "line", json_string(name));
  if (!fine) json_decref(says);
  fine = fine && !json_object_set_new(line, "says", says);
  if (with) fine = !json_object_set_new(line, "with", with) && fine;
  fine = fine && !json_object_set_new(line, "check", json_string(check));
  if (fine && !json_array_append_new(c->lines, line)) return DURO_OK;
  if (!fine) json_decref(line);
  return card_no_memory();
}

void card_add_check(text *out, const card *c) {
  text_add(out, "duro verify ");
  text_add_shell(out, c->given->path);
  text_add(out, " --run ");
  text_add_shell(out, c->given->folder);
  if (c->given->solution) text_add(out, " --solution "), text_add_shell(out, c->given->solution);
  if (c->given->adversary) text_add(out, " --adversary "), text_add_shell(out, c->given->adversary);
}

duro_status card_add_checked(card *c, const char *name, json_t *says, json_t *with) {
  text check = {0};
  card_add_check(&check, c);
  text_add(&check, " --lines ");
  text_add_shell(&check, name);
  duro_status status = text_status(&check);
  if (!status)
    status = card_add(c, name, says, with, check.bytes);
  else
    json_decref(says), json_decref(with);
  text_release(&check);
  return status;
}

/* ---- temporary files ---- */

static duro_status make_scratch(card *c) {
  const char *where = c->given->scratch;
  run_path(c->scratch, where && where[0] ? where : "/tmp", "duro-card-XXXXXX");
  if (mkdtemp(c->scratch)) return DURO_OK;
  const duro_status status = duro_fail_system(errno, "cannot make the temporary folder %s", c->scratch);
  c->scratch[0] = '\0';
  return status;
}

/* A folder that nobody else knows, with what it holds. */
static void remove_all(const char *folder) {
  char path[RUN_PATH];
  struct stat about;
  DIR *directory = opendir(folder);
  for (const struct dirent *entry; directory && (entry = readdir(directory));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    run_path(path, folder, entry->d_name);
    if (!lstat(path, &about) && S_ISDIR(about.st_mode))
      remove_all(path);
    else
      (void)unlink(path);
  }
  if (directory) closedir(directory);
  (void)rmdir(folder);
}

duro_status card_open(card *c, const card_options *given, const card_watcher *watcher, const run_how *how) {
  *c = (card){.given = given, .watcher = watcher, .how = how, .line = ""};
  duro_status status = run_open(&c->run, given->folder, NULL, 0, how);
  c->has_run = !status;
  if (!status && given->adversary) {
    status = run_open(&c->other, given->adversary, NULL, 0, how);
    c->has_other = !status;
  }
  if (!status && given->solution) {
    status = solved_open(&c->solved, given->solution, c->run.config.ops, given->threads, given->accept);
    c->has_solved = !status;
  }
  return status ? status : make_scratch(c);
}

void card_close(card *c) {
  if (c->scratch[0]) remove_all(c->scratch);
  if (c->has_solved) solved_close(&c->solved);
  if (c->has_other) run_close(&c->other);
  if (c->has_run) run_close(&c->run);
  *c = (card){0};
}

/* ---- making ---- */

static duro_status add_found(card *c, const char *name, card_finder find, const char *check) {
  json_t *says = NULL;
  c->line = name;
  duro_status status = c->watcher->ask(c->watcher->context, name, 0);
  if (!status) status = find(&says, c, NULL);
  return status ? status : card_add(c, name, says, NULL, check);
}

static duro_status add_facts(card *c) {
  char file[RUN_PATH];
  text run = {0}, policy = {0}, export = {0};
  text_add(&run, "duro verify ");
  text_add_shell(&run, c->given->folder);
  text_add(&policy, "sha256sum ");
  duro_status status = policy_file(file, c->given->folder);
  text_add_shell(&policy, file);
  text_add(&export, "duro export ");
  text_add_shell(&export, c->given->folder);
  text_add(&export, " --to c --out firmware && sha256sum firmware/*");
  if (!status) status = text_status(&run);
  if (!status) status = text_status(&policy);
  if (!status) status = text_status(&export);
  if (!status) status = add_found(c, "program", card_find_program, "duro --version");
  if (!status) status = add_found(c, "system", card_find_system, "duro envs");
  if (!status) status = add_found(c, "run", card_find_run, run.bytes);
  if (!status) status = add_found(c, "policy", card_find_policy, policy.bytes);
  if (!status) status = add_found(c, "export", card_find_export, export.bytes);
  text_release(&run), text_release(&policy), text_release(&export);
  return status;
}

duro_status card_make(json_t **root, card *c) {
  *root = json_pack("{s:i, s:[]}", CARD_MARK, CARD_FORMAT, "lines");
  if (!*root) return card_no_memory();
  c->lines = json_object_get(*root, "lines");
  duro_status status = add_facts(c);
  if (!status) status = card_add_attacks(c);
  if (!status) status = card_add_verdicts(c);
  if (!status) status = card_add_curves(c);
  if (!status) status = card_add_sets(c);
  if (!status) status = card_add_certificate(c);
  if (!status) status = card_add_certified(c);
  if (status) json_decref(*root);
  return status;
}

duro_status card_save(const json_t *root, const char *path) {
  text out = {0};
  char *bytes = duro_json_text(root, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
  if (!bytes) return card_no_memory();
  text_add(&out, "%s\n", bytes);
  free(bytes);
  const duro_status status = text_save(&out, path);
  text_release(&out);
  return status;
}

duro_status card_read(json_t **root, const char *path) {
  char *bytes;
  size_t size;
  duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  status = duro_json_parse(root, bytes, size, path);
  duro_file_release(bytes);
  if (status) return status;
  const json_t *format = json_object_get(*root, CARD_MARK);
  if (!json_is_integer(format) || !json_is_array(json_object_get(*root, "lines")))
    status = duro_fail(DURO_ERROR_FORMAT, "%s is no card: it lacks \"" CARD_MARK "\" or \"lines\"", path);
  else
    status = duro_format_check(json_integer_value(format), CARD_FORMAT, path);
  if (status) json_decref(*root);
  return status;
}

/* ---- checking ---- */

enum { WHY = 1024 };

/* "0.5", "\"pi\"", cut where it is long; of what is not there "nothing" */
static void print_value(char *out, size_t size, const json_t *value) {
  char *all = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
  snprintf(out, size, "%.*s%s", (int)(size - 8), all ? all : "nothing", all && strlen(all) > size - 8 ? "..." : "");
  free(all);
}

/* Which value is another one: the first in the order of what is found, then what is said beyond that. */
static void tell_difference(char why[WHY], const json_t *said, json_t *found) {
  const char *key, *of = NULL;
  const json_t *value;
  json_t *all = json_deep_copy(found);
  if (!all || !json_is_object(said) || json_object_update_missing(all, (json_t *)(uintptr_t)said)) {
    snprintf(why, WHY, "it says nothing that can be compared");
    json_decref(all);
    return;
  }
  json_object_foreach(all, key, value) {
    if (!of && !json_equal(json_object_get(said, key), json_object_get(found, key))) of = key;
  }
  char one[200], two[200];
  print_value(one, sizeof one, of ? json_object_get(said, of) : NULL);
  print_value(two, sizeof two, of ? json_object_get(found, of) : NULL);
  snprintf(why, WHY, "%.80s is %s; found is %s", of ? of : "it", one, two);
  json_decref(all);
}

static const kind *kind_of(const char *name) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (is_of(name, kinds[i].name)) return &kinds[i];
  return NULL;
}

/* Ends the work, or leaves a line unknown. */
static bool is_final(duro_status status) {
  return status == DURO_ERROR_STOPPED || status == DURO_ERROR_MEMORY;
}

static card_finding judge(char why[WHY], card *c, const kind *k, const json_t *line, json_t *found) {
  const json_t *said = card_line_says(line);
  why[0] = '\0';
  if (json_equal(said, found)) return CARD_SAME;
  tell_difference(why, said, found);
  if (!k->of_program || (k->find != card_find_program && !c->other_program)) return CARD_DIFFERENT;
  c->other_program = true;
  const size_t length = strlen(why);
  snprintf(why + length, WHY - length, "; another program made it");
  return CARD_UNKNOWN;
}

static duro_status check_line(card_finding *finding, char why[WHY], card *c, const json_t *line) {
  const kind *k = kind_of(card_line_name(line));
  json_t *found = NULL;
  *finding = CARD_UNKNOWN;
  snprintf(why, WHY, "this program knows no such line");
  if (!k) return DURO_OK;
  const duro_status status = k->find(&found, c, line);
  if (is_final(status)) return status;
  if (status)
    snprintf(why, WHY, "%s", duro_error());
  else
    *finding = judge(why, c, k, line, found);
  json_decref(found);
  return DURO_OK;
}

/* Lines that a card of this kind always has, so that leaving one out does not make it true. */
static duro_status check_missing(card *c) {
  static const char *const always[] = {"program", "system", "run", "policy", "export", "attacks"};
  duro_status status = DURO_OK;
  for (size_t i = 0; !status && i < sizeof always / sizeof *always; i++) {
    size_t at = 0;
    if (card_line_next(c->lines, &at, always[i])) continue;
    status = c->watcher->found(c->watcher->context, always[i], CARD_DIFFERENT, "the card lacks this line");
  }
  return status;
}

duro_status card_check(card *c, json_t *root) {
  const char *only = c->given->only;
  char why[WHY];
  card_finding finding;
  c->lines = json_object_get(root, "lines");
  duro_status status = only ? DURO_OK : check_missing(c);
  for (size_t i = 0; i < json_array_size(c->lines); i++) {
    const json_t *line = json_array_get(c->lines, i);
    c->line = card_line_name(line);
    const bool is_program = strcmp(c->line, "program") == 0; // it decides what others mean
    if (status || (only && !is_of(c->line, only) && !is_program)) continue;
    status = c->watcher->ask(c->watcher->context, c->line, 0);
    if (!status) status = check_line(&finding, why, c, line);
    if (!status && (!only || is_of(c->line, only)))
      status = c->watcher->found(c->watcher->context, c->line, finding, why);
  }
  return status;
}
