/* Finite games: from a file to the folder of its solution. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "io/file.h"
#include "io/lock.h"
#include "io/path.h"
#include "run/made.h"
#include "study/solve.h"

static duro_status read_settings(duro_game_settings *settings, const word_list *set) {
  const duro_settings_group group = duro_game_settings_group(settings);
  duro_status status = DURO_OK;
  duro_settings_default(&group);
  for (int i = 0; !status && i < set->count; i++) status = duro_settings_assign(&group, 1, set->word[i]);
  return status;
}

/* solutions/<name of the file without .json>/solution.json */
static duro_status choose_path(solve_finite *f, duro_lock **lock, const solve_options *given, const char *game) {
  char name[DURO_TEXT_SIZE];
  path_name(name, sizeof name, game);
  const size_t length = strlen(name);
  if (length > 5 && strcmp(name + length - 5, ".json") == 0) name[length - 5] = 0;
  if (given->out)
    snprintf(f->folder, sizeof f->folder, "%s", given->out);
  else
    run_path(f->folder, "solutions", name);
  run_path(f->path, f->folder, "solution.json");
  duro_kind kind;
  duro_status status = made_lock(lock, f->folder);
  if (!status) status = duro_file_look(&kind, f->path);
  if (status) return status;
  if (kind != DURO_KIND_NOTHING && !given->force) return duro_fail(DURO_ERROR_FILE, "%s is there already", f->path);
  return DURO_OK;
}

duro_status solve_game(solve_finite *f, const char *path, const solve_options *given,
                       const solve_finite_watcher *watcher) {
  duro_lock *lock = NULL;
  duro_game_settings settings;
  *f = (solve_finite){0};
  duro_status status = read_settings(&settings, &given->set);
  if (!status) status = duro_game_load(&f->game, path);
  if (!status) status = choose_path(f, &lock, given, path);
  if (!status) watcher->begin(watcher->context, f);
  if (!status) status = duro_game_solve(&f->solved, f->game, &settings, watcher->round, watcher->context);
  if (!status) status = duro_game_solution_save(f->solved, f->path);
  duro_lock_release(lock);
  return status;
}

void solve_game_release(solve_finite *f) {
  duro_game_solution_release(f->solved);
  duro_game_release(f->game);
}
