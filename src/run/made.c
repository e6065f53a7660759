/* What commands leave in their folders. */
#include "run/made.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "duro/io.h"
#include "run/run.h"
#include "run/solved.h"

duro_status made_lock(duro_lock **lock, const char *folder) {
  *lock = NULL;
  const duro_status status = duro_folder_create(folder);
  return status ? status : duro_lock_take(lock, folder, DURO_LOCK_WRITE);
}

static bool is_one_of(const char *word, const char *const *list) {
  for (; *list; list++)
    if (strcmp(word, *list) == 0) return true;
  return false;
}

duro_status made_fail_folder(const char *folder, int reason) {
  if (reason == ENOMEM) return duro_fail(DURO_ERROR_MEMORY, "cannot read folder %s: out of memory", folder);
  return duro_fail(DURO_ERROR_FILE, "cannot read folder %s: %s", folder, strerror(reason));
}

duro_status made_holds_files(bool *holds, const char *folder) {
  static const char *const none[] = {".", "..", DURO_LOCK_NAME, DURO_LOCK_LEAD_NAME, NULL};
  DIR *directory = opendir(folder);
  *holds = false;
  if (!directory && (errno == ENOENT || errno == ENOTDIR)) return DURO_OK;
  errno = directory ? 0 : errno;
  for (const struct dirent *entry; directory && !*holds && (entry = readdir(directory));)
    *holds = !is_one_of(entry->d_name, none) && !made_is_temporary(entry->d_name);
  const int reason = *holds ? 0 : errno; // of the last call
  if (directory) closedir(directory);
  return reason ? made_fail_folder(folder, reason) : DURO_OK;
}

/* ---- one file ---- */

static bool begins(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

static bool ends(const char *text, const char *end) {
  const size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

bool made_is_temporary(const char *name) {
  const size_t length = strlen(name);
  if (name[0] != '.' || length < 8 || !ends(name, ".tmp")) return false;
  const char *end = name + length - 4, *number = end;
  while (number > name && isdigit((unsigned char)number[-1])) number--;
  return number < end && number - name > 2 && number[-1] == '.';
}

/* The text of a file, NULL where there is none to be read; duro_file_release. A lack of memory alone is a failure: what
 * cannot be read is nothing of ours. */
static duro_status read_text(char **text, const char *folder, const char *name) {
  char path[RUN_PATH];
  struct stat about;
  size_t size;
  *text = NULL;
  run_path(path, folder, name);
  if (stat(path, &about) || !S_ISREG(about.st_mode)) return DURO_OK;
  const duro_status status = duro_file_read(text, &size, path);
  if (status) *text = NULL;
  return status == DURO_ERROR_MEMORY ? status : DURO_OK;
}

static bool is_there(const char *folder, const char *name) {
  char path[RUN_PATH];
  struct stat about;
  run_path(path, folder, name);
  return lstat(path, &about) == 0;
}

/* Is a file one of ours? The first failure is returned. */
typedef duro_status (*rule)(bool *ours, const char *folder, const char *name);

/* A table of ours by the first names of its columns. */
static duro_status is_table(bool *ours, const char *folder, const char *name, const char *const *heads) {
  char *text = NULL;
  *ours = false;
  const duro_status status = ends(name, ".csv") ? read_text(&text, folder, name) : DURO_OK;
  for (; text && *heads && !*ours; heads++) *ours = begins(text, *heads);
  duro_file_release(text);
  return status;
}

/* The style is that of every page until now. */
static duro_status is_page(bool *ours, const char *folder, const char *name) {
  char *text;
  const duro_status status = read_text(&text, folder, name);
  *ours = text && (strstr(text, "<meta name=\"generator\" content=\"duro\">") ||
                   strstr(text, "<style>body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;"));
  duro_file_release(text);
  return status;
}

/* ---- removing ---- */

static duro_status remove_file(const char *folder, const char *name) {
  char path[RUN_PATH];
  run_path(path, folder, name);
  return unlink(path) && errno != ENOENT ? duro_fail_system(errno, "cannot remove %s", path) : DURO_OK;
}

/* Shows every name in a folder, which need not be there, to `see`. */
static duro_status each(const char *folder, duro_status (*see)(const char *folder, const char *name, const void *what),
                        const void *what) {
  DIR *directory = opendir(folder);
  if (!directory) return errno == ENOENT || errno == ENOTDIR ? DURO_OK : made_fail_folder(folder, errno);
  duro_status status = DURO_OK;
  errno = 0;
  for (const struct dirent *entry; !status && (entry = readdir(directory)); errno = 0)
    status = see(folder, entry->d_name, what);
  const int reason = status ? 0 : errno;
  closedir(directory);
  return reason ? made_fail_folder(folder, reason) : status;
}

/* ---- pictures ---- */

/* The script of a picture or a film, which says so in its head; NULL: it is none of ours. */
static duro_status read_script(char **text, const char *folder, const char *name) {
  *text = NULL;
  const duro_status status = ends(name, ".gp") ? read_text(text, folder, name) : DURO_OK;
  const char *mark = *text ? strstr(*text, "# Run me here, beside my data: gnuplot ") : NULL;
  if (mark && mark - *text < 400) return status;
  duro_file_release(*text);
  *text = NULL;
  return status;
}

/* "'NAME'" stands in the text */
static bool is_named(const char *text, const char *name) {
  const size_t length = strlen(name);
  for (const char *at = text; (at = strstr(at, name)); at += length)
    if (at > text && strchr("'\"", at[-1]) && at[length] && strchr("'\"", at[length])) return true;
  return false;
}

/* What a script of ours makes or reads: NAME.* of NAME.gp, and what it names. */
static bool belongs(const char *name, const char *script, const char *text) {
  static const char *const kinds[] = {".png", ".gif", ".csv", ".dat", ".scene", NULL};
  const char *dot = strrchr(name, '.');
  if (!dot || !is_one_of(dot, kinds)) return false;
  const size_t stem = strlen(script) - 3;
  return (strncmp(name, script, stem) == 0 && name + stem == dot) || is_named(text, name);
}

typedef struct script {
  const char *name, *text;
} script;

static duro_status remove_part(const char *folder, const char *name, const void *what) {
  const script *of = what;
  return belongs(name, of->name, of->text) ? remove_file(folder, name) : DURO_OK;
}

/* A script with the files that go with it; itself comes last. */
static duro_status remove_figure(const char *folder, const char *name, const void *unused) {
  (void)unused;
  char *text;
  duro_status status = read_script(&text, folder, name);
  if (status || !text) return status;
  status = each(folder, remove_part, &(script){name, text});
  duro_file_release(text);
  return status ? status : remove_file(folder, name);
}

static duro_status remove_figures(const char *folder, const char *part) {
  char path[RUN_PATH];
  run_path(path, folder, part);
  return each(path, remove_figure, NULL);
}

/* ---- runs ---- */

/* "step-<digits>.safetensors" */
static bool is_numbered(const char *name, const char *before) {
  if (!begins(name, before)) return false;
  const char *at = name + strlen(before);
  if (!isdigit((unsigned char)*at)) return false;
  while (isdigit((unsigned char)*at)) at++;
  return strcmp(at, ".safetensors") == 0;
}

static duro_status is_run(bool *is, const char *folder) {
  char path[RUN_PATH], word[DURO_TEXT_SIZE];
  run_path(path, folder, "run.json");
  duro_status status = duro_run_json_get(word, sizeof word, path, "algorithm");
  if (!status) status = duro_run_json_get(word, sizeof word, path, "seed");
  *is = !status;
  return status == DURO_ERROR_MEMORY ? status : DURO_OK;
}

static const char *const run_files[] = {"config.yaml", "run.json", "train.csv", NULL}; // others would choose these too
static const char *const other_run_files[] = {"plan.csv", "start.safetensors", NULL};

static duro_status in_root(bool *ours, const char *folder, const char *name) {
  (void)folder;
  *ours = (is_one_of(name, run_files) && strcmp(name, "run.json") != 0) || is_one_of(name, other_run_files) ||
          begins(name, "events.out.tfevents.");
  return DURO_OK;
}

static duro_status in_checkpoints(bool *ours, const char *folder, const char *name) {
  (void)folder;
  *ours = !strcmp(name, "latest") || is_numbered(name, "step-") || is_numbered(name, "replay-");
  return DURO_OK;
}

static duro_status in_policies(bool *ours, const char *folder, const char *name) {
  (void)folder;
  *ours = !strcmp(name, "chosen") || is_numbered(name, "step-");
  return DURO_OK;
}

#define EPISODES "episode,return,h_min,violation_sum,violating_steps,"

static duro_status in_eval(bool *ours, const char *folder, const char *name) {
  static const char *const heads[] = {"step,scenario,acting,adversary,",
                                      "step,passes,violating,",
                                      "step,acting,margin,starts,",
                                      "file,scenario,acting,adversary,",
                                      EPISODES,
                                      NULL};
  return is_table(ours, folder, name, heads);
}

static duro_status in_attack(bool *ours, const char *folder, const char *name) {
  static const char *const heads[] = {"attacker,acting,amplitude,noise,", EPISODES, NULL};
  return is_table(ours, folder, name, heads);
}

static duro_status in_attackers(bool *ours, const char *folder, const char *name) {
  static const char *const heads[] = {"file,kind,acting,amplitude,", NULL};
  const duro_status status = is_table(ours, folder, name, heads);
  *ours |= ends(name, ".safetensors") &&
           (begins(name, "reach-") || begins(name, "violation-") || begins(name, "performance-"));
  return status;
}

static duro_status in_sets(bool *ours, const char *folder, const char *name) {
  static const char *const heads[] = {"step,reference,grid,", NULL};
  return is_table(ours, folder, name, heads);
}

/* certified.json begins with its mark (src/study/certified.h), a certificate with its format */
static duro_status in_certified(bool *ours, const char *folder, const char *name) {
  static const char *const files[] = {"certified.json", "set.certificate", NULL};
  char *text = NULL;
  *ours = false;
  const duro_status status = is_one_of(name, files) ? read_text(&text, folder, name) : DURO_OK;
  *ours = text && (begins(text, "{\n \"duro_certified\":") || begins(text, "duro-certificate "));
  duro_file_release(text);
  return status;
}

static duro_status remove_if_ours(const char *folder, const char *name, const void *what) {
  const rule *is_ours = what;
  bool ours;
  const duro_status status = (*is_ours)(&ours, folder, name);
  return !status && (ours || made_is_temporary(name)) ? remove_file(folder, name) : status;
}

static duro_status remove_ours(const char *folder, const char *part, rule is_ours) {
  char path[RUN_PATH];
  run_path(path, folder, part);
  return each(path, remove_if_ours, &is_ours);
}

static duro_status remove_page(const char *folder, const char *name) {
  bool ours;
  const duro_status status = is_page(&ours, folder, name);
  return !status && ours ? remove_file(folder, name) : status;
}

/* card.json begins with the mark of a card (src/study/card.h) */
static duro_status is_card(bool *ours, const char *folder) {
  char *text;
  const duro_status status = read_text(&text, folder, "card.json");
  *ours = text && begins(text, "{\n \"duro_card\":");
  duro_file_release(text);
  return status;
}

static duro_status remove_card(const char *folder) {
  bool ours;
  duro_status status = is_card(&ours, folder);
  if (!status && ours) status = remove_file(folder, "card.json");
  return status ? status : remove_page(folder, "card.html");
}

duro_status made_remove_run(const char *folder) {
  static const struct {
    const char *part;
    rule is_ours;
  } parts[] = {{"checkpoints", in_checkpoints},    {"policies", in_policies}, {"eval", in_eval},
               {"attack/attackers", in_attackers}, {"attack", in_attack},     {"sets", in_sets},
               {"certified", in_certified}};
  bool run;
  duro_status status = is_run(&run, folder);
  if (!status) status = remove_page(folder, "report.html");
  if (!status) status = remove_card(folder);
  if (!status) status = remove_figures(folder, "figures");
  if (!status) status = remove_figures(folder, "sets");
  if (!status) status = run_remove_environment(folder); // the configuration says what it is
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++)
    status = remove_ours(folder, parts[i].part, parts[i].is_ours);
  if (!status && run) status = remove_ours(folder, "", in_root);
  return !status && run ? remove_file(folder, "run.json") : status; // by which it is known
}

static duro_status check_files(const char *folder, const char *const *files, const char *kind) {
  for (; *files; files++)
    if (is_there(folder, *files))
      return duro_fail(DURO_ERROR_FILE, "%s/%s is of no %s, and would be replaced", folder, *files, kind);
  return DURO_OK;
}

duro_status made_check_run(const char *folder) {
  bool run;
  const duro_status status = is_run(&run, folder);
  return status || run ? status : check_files(folder, run_files, "run");
}

static duro_status check_page(const char *folder, const char *name) {
  bool ours;
  const duro_status status = is_page(&ours, folder, name);
  if (status || ours || !is_there(folder, name)) return status;
  return duro_fail(DURO_ERROR_FILE, "%s/%s is no page of duro, and would be replaced", folder, name);
}

duro_status made_check_page(const char *folder) {
  return check_page(folder, "report.html");
}

duro_status made_check_card(const char *folder) {
  bool ours;
  duro_status status = is_card(&ours, folder);
  if (!status && !ours && is_there(folder, "card.json"))
    status = duro_fail(DURO_ERROR_FILE, "%s/card.json is no card of duro, and would be replaced", folder);
  return status ? status : check_page(folder, "card.html");
}

duro_status made_check_certified(const char *folder) {
  static const char *const files[] = {"certified.json", "set.certificate", NULL};
  char path[RUN_PATH];
  duro_status status = DURO_OK;
  run_path(path, folder, "certified");
  for (const char *const *file = files; !status && *file; file++) {
    bool ours;
    status = in_certified(&ours, path, *file);
    if (!status && !ours && is_there(path, *file))
      status = duro_fail(DURO_ERROR_FILE, "%s/%s is of no duro certify, and would be replaced", path, *file);
  }
  return status;
}

duro_status made_check_film(const char *folder, const char *name) {
  static const char *const kinds[] = {".gp", ".csv", ".dat", ".scene", NULL};
  char file[DURO_TEXT_SIZE + 8], *text;
  snprintf(file, sizeof file, "%s.gp", name);
  const duro_status status = read_script(&text, folder, file);
  const bool ours = text != NULL; // the data beside it is then, too
  duro_file_release(text);
  for (const char *const *kind = kinds; !status && !ours && *kind; kind++) {
    snprintf(file, sizeof file, "%s%s", name, *kind);
    if (is_there(folder, file))
      return duro_fail(DURO_ERROR_FILE, "%s/%s was not made by duro play, and would be replaced", folder, file);
  }
  return status;
}

/* ---- solutions ---- */

static duro_status in_solution(bool *ours, const char *folder, const char *name) {
  static const char *const files[] = {"grid.json", "set.certificate", SOLVE_STATE, NULL};
  (void)folder;
  *ours = is_one_of(name, files);
  for (int f = 0; !*ours && f < SOLVE_FIELDS; f++) {
    const char *field = solve_file((duro_grid_field)f);
    *ours = field && strcmp(name, field) == 0;
  }
  return DURO_OK;
}

/* It begins with config.yaml, and its state or its answer follows. */
static duro_status is_solution(bool *is, const char *folder) {
  char *text;
  const duro_status status = read_text(&text, folder, "config.yaml");
  *is = text && begins(text, "grid:\n") && strstr(text, "\nenv:\n");
  duro_file_release(text);
  return status;
}

duro_status made_check_solution(const char *folder) {
  static const char *const files[] = {"config.yaml", NULL};
  bool solution;
  duro_status status = is_solution(&solution, folder);
  if (!status && !solution) status = check_files(folder, files, "solution");
  return status ? status : made_check_page(folder);
}

/* The copy of a file of the environment, which a line of config.yaml names: `  track: "environment/round.csv"`. */
static duro_status remove_copy(const char *folder) {
  static const char mark[] = ": \"" SOLVE_COPIES "/";
  char *text, part[RUN_PATH];
  duro_status status = read_text(&text, folder, "config.yaml");
  char *name = text ? strstr(text, mark) : NULL;
  if (!status && name) {
    name += strlen(mark);
    name[strcspn(name, "\"/\n")] = '\0';
    run_path(part, folder, SOLVE_COPIES);
    status = remove_file(part, name);
    if (!status) (void)rmdir(part); // where it is empty
  }
  duro_file_release(text);
  return status;
}

duro_status made_remove_solution(const char *folder) {
  bool solution;
  duro_status status = is_solution(&solution, folder);
  if (!status && solution) status = remove_copy(folder);
  if (!status) status = remove_page(folder, "report.html");
  if (!status) status = remove_figures(folder, "figures");
  if (!status) status = remove_ours(folder, "", in_solution);
  return status ? status : remove_file(folder, "config.yaml"); // by which it is known
}
