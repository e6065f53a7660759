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

/* The text of a file, NULL where it cannot be read; duro_file_release. */
static char *read_text(const char *folder, const char *name) {
  char path[RUN_PATH], *bytes;
  struct stat about;
  size_t size;
  run_path(path, folder, name);
  if (stat(path, &about) || !S_ISREG(about.st_mode)) return NULL;
  return duro_file_read(&bytes, &size, path) ? NULL : bytes;
}

static bool is_there(const char *folder, const char *name) {
  char path[RUN_PATH];
  struct stat about;
  run_path(path, folder, name);
  return lstat(path, &about) == 0;
}

/* A table of ours by the first names of its columns. */
static bool is_table(const char *folder, const char *name, const char *const *heads) {
  bool ours = false;
  char *text = ends(name, ".csv") ? read_text(folder, name) : NULL;
  for (; text && *heads && !ours; heads++) ours = begins(text, *heads);
  duro_file_release(text);
  return ours;
}

/* The style is that of every page until now. */
static bool is_page(const char *folder) {
  char *text = read_text(folder, "report.html");
  const bool ours = text && (strstr(text, "<meta name=\"generator\" content=\"duro\">") ||
                             strstr(text, "<style>body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;"));
  duro_file_release(text);
  return ours;
}

/* ---- pictures ---- */

/* The script of a picture or a film, which says so in its head; NULL: it is none of ours. */
static char *read_script(const char *folder, const char *name) {
  char *text = ends(name, ".gp") ? read_text(folder, name) : NULL;
  const char *mark = text ? strstr(text, "# Run me here, beside my data: gnuplot ") : NULL;
  if (mark && mark - text < 400) return text;
  duro_file_release(text);
  return NULL;
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

/* Adds the files in `folder` that the script goes with; the script itself comes last. */
static void remove_figure(const char *folder, const char *script, const char *text) {
  char path[RUN_PATH];
  DIR *directory = opendir(folder);
  if (!directory) return;
  for (const struct dirent *entry; (entry = readdir(directory));) {
    if (!belongs(entry->d_name, script, text)) continue;
    run_path(path, folder, entry->d_name);
    unlink(path);
  }
  closedir(directory);
  run_path(path, folder, script);
  unlink(path);
}

static void remove_figures(const char *folder) {
  DIR *directory = opendir(folder);
  if (!directory) return;
  for (const struct dirent *entry; (entry = readdir(directory));) {
    char *text = read_script(folder, entry->d_name);
    if (text) remove_figure(folder, entry->d_name, text);
    duro_file_release(text);
  }
  closedir(directory);
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

static bool is_run(const char *folder) {
  char path[RUN_PATH], word[DURO_TEXT_SIZE];
  run_path(path, folder, "run.json");
  return !duro_run_json_get(word, sizeof word, path, "algorithm") &&
         !duro_run_json_get(word, sizeof word, path, "seed");
}

static const char *const run_files[] = {"config.yaml", "run.json", "train.csv", NULL}; // others would choose these too
static const char *const other_run_files[] = {"plan.csv", "start.safetensors", NULL};

static bool in_root(const char *folder, const char *name) {
  (void)folder;
  return is_one_of(name, run_files) || is_one_of(name, other_run_files) || begins(name, "events.out.tfevents.");
}

static bool in_checkpoints(const char *folder, const char *name) {
  (void)folder;
  return !strcmp(name, "latest") || is_numbered(name, "step-") || is_numbered(name, "replay-");
}

static bool in_policies(const char *folder, const char *name) {
  (void)folder;
  return !strcmp(name, "chosen") || is_numbered(name, "step-");
}

#define EPISODES "episode,return,h_min,violation_sum,violating_steps,"

static bool in_eval(const char *folder, const char *name) {
  static const char *const heads[] = {"step,scenario,acting,adversary,",
                                      "step,passes,violating,",
                                      "step,acting,margin,starts,",
                                      "file,scenario,acting,adversary,",
                                      EPISODES,
                                      NULL};
  return is_table(folder, name, heads);
}

static bool in_attack(const char *folder, const char *name) {
  static const char *const heads[] = {"attacker,acting,amplitude,noise,", EPISODES, NULL};
  return is_table(folder, name, heads);
}

static bool in_attackers(const char *folder, const char *name) {
  static const char *const heads[] = {"file,kind,acting,amplitude,", NULL};
  if (is_table(folder, name, heads)) return true;
  return ends(name, ".safetensors") &&
         (begins(name, "reach-") || begins(name, "violation-") || begins(name, "performance-"));
}

static bool in_sets(const char *folder, const char *name) {
  static const char *const heads[] = {"step,reference,grid,", NULL};
  return is_table(folder, name, heads);
}

typedef bool (*rule)(const char *folder, const char *name);

static void remove_ours(const char *folder, const char *part, rule is_ours) {
  char path[RUN_PATH], file[RUN_PATH];
  run_path(path, folder, part);
  DIR *directory = opendir(path);
  if (!directory) return;
  for (const struct dirent *entry; (entry = readdir(directory));) {
    if (!is_ours(path, entry->d_name) && !made_is_temporary(entry->d_name)) continue;
    run_path(file, path, entry->d_name);
    unlink(file);
  }
  closedir(directory);
}

static void remove_page(const char *folder) {
  char path[RUN_PATH];
  run_path(path, folder, "report.html");
  if (is_page(folder)) unlink(path);
}

void made_remove_run(const char *folder) {
  static const struct {
    const char *part;
    rule is_ours;
  } parts[] = {{"checkpoints", in_checkpoints},    {"policies", in_policies}, {"eval", in_eval},
               {"attack/attackers", in_attackers}, {"attack", in_attack},     {"sets", in_sets}};
  char path[RUN_PATH];
  remove_page(folder);
  run_path(path, folder, "figures");
  remove_figures(path);
  run_path(path, folder, "sets");
  remove_figures(path);
  run_remove_environment(folder); // the configuration says what it is
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) remove_ours(folder, parts[i].part, parts[i].is_ours);
  if (is_run(folder)) remove_ours(folder, "", in_root);
}

static duro_status check_files(const char *folder, const char *const *files, const char *kind) {
  for (; *files; files++)
    if (is_there(folder, *files))
      return duro_fail(DURO_ERROR_FILE, "%s/%s is of no %s, and would be replaced; choose another --out, or move it",
                       folder, *files, kind);
  return DURO_OK;
}

duro_status made_check_run(const char *folder) {
  return is_run(folder) ? DURO_OK : check_files(folder, run_files, "run");
}

duro_status made_check_page(const char *folder) {
  if (!is_there(folder, "report.html") || is_page(folder)) return DURO_OK;
  return duro_fail(DURO_ERROR_FILE, "%s/report.html is no page of duro, and would be replaced; move it", folder);
}

duro_status made_check_film(const char *folder, const char *name) {
  static const char *const kinds[] = {".gp", ".csv", ".dat", ".scene", NULL};
  char file[DURO_TEXT_SIZE + 8];
  snprintf(file, sizeof file, "%s.gp", name);
  char *script = read_script(folder, file);
  const bool ours = script != NULL; // the data beside it is then, too
  duro_file_release(script);
  for (const char *const *kind = kinds; !ours && *kind; kind++) {
    snprintf(file, sizeof file, "%s%s", name, *kind);
    if (is_there(folder, file))
      return duro_fail(DURO_ERROR_FILE, "%s/%s was not made by duro play, and would be replaced; choose another --out",
                       folder, file);
  }
  return DURO_OK;
}

/* ---- solutions ---- */

static bool in_solution(const char *folder, const char *name) {
  static const char *const files[] = {"grid.json", "config.yaml", "set.certificate", SOLVE_STATE, NULL};
  (void)folder;
  for (int f = 0; f < SOLVE_FIELDS; f++) {
    const char *field = solve_file((duro_grid_field)f);
    if (field && strcmp(name, field) == 0) return true;
  }
  return is_one_of(name, files);
}

/* It begins with config.yaml, and its state or its answer follows. */
static bool is_solution(const char *folder) {
  char *text = read_text(folder, "config.yaml");
  const bool ours = text && begins(text, "grid:\n") && strstr(text, "\nenv:\n");
  duro_file_release(text);
  return ours;
}

duro_status made_check_solution(const char *folder) {
  static const char *const files[] = {"config.yaml", NULL};
  const duro_status status = is_solution(folder) ? DURO_OK : check_files(folder, files, "solution");
  return status ? status : made_check_page(folder);
}

void made_remove_solution(const char *folder) {
  char path[RUN_PATH];
  remove_page(folder);
  run_path(path, folder, "figures");
  remove_figures(path);
  remove_ours(folder, "", in_solution);
}
