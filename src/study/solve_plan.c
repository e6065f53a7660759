/* What will be solved: settings, the words of a grid, the plan. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/number.h"
#include "run/run.h"
#include "study/solve.h"

/* "201x201" or "51" */
static duro_status read_shape(int *shape, int *count, const char *word) {
  *count = 0;
  for (const char *at = word;;) {
    char *end;
    errno = 0;
    const long n = isdigit((unsigned char)*at) ? strtol(at, &end, 10) : -1;
    if (n < 0 || (*end && *end != 'x'))
      return duro_fail(DURO_ERROR_ARGUMENT,
                       "grid is '%s'; wanted the vertices of all axes, 51, or of each axis, 201x201", word);
    if (errno || n > 1000000) return duro_fail(DURO_ERROR_ARGUMENT, "grid is '%s': that is too large", word);
    if (*count == DURO_GRID_MAX)
      return duro_fail(DURO_ERROR_ARGUMENT, "grid is '%s'; wanted at most %d sizes", word, DURO_GRID_MAX);
    shape[(*count)++] = (int)n;
    if (!*end) return DURO_OK;
    at = end + 1;
  }
}

/* "-1,2.5": one number for each of nd axes, or one for all */
static duro_status read_edges(double *edges, const char *option, const char *word, int nd) {
  int count = 0;
  for (const char *at = word;;) {
    char number[64];
    double v = 0;
    const size_t length = strcspn(at, ",");
    snprintf(number, sizeof number, "%.*s", (int)(length < sizeof number ? length : 0), at);
    const char *end = at + length;
    if (duro_number_real(&v, number) != DURO_NUMBER_FINE)
      return duro_fail(DURO_ERROR_ARGUMENT, "--%s is '%s'; wanted %d numbers divided by commas, or one for all axes",
                       option, word, nd);
    if (count < nd) edges[count] = v;
    count++;
    if (!*end) break;
    at = end + 1;
  }
  if (count != 1 && count != nd)
    return duro_fail(DURO_ERROR_ARGUMENT, "--%s gives %d numbers; the grid has %d axes", option, count, nd);
  for (int i = 1; i < nd && count == 1; i++) edges[i] = edges[0];
  return DURO_OK;
}

static int numbers_of(const char *word) {
  int count = 1;
  for (; *word; word++) count += *word == ',';
  return count;
}

duro_status solve_check_words(const solve_options *given) {
  int shape[DURO_GRID_MAX], count;
  double edges[DURO_GRID_MAX];
  const char *const words[2] = {given->low, given->high}, *const names[2] = {"low", "high"};
  duro_status status = given->grid ? read_shape(shape, &count, given->grid) : DURO_OK;
  for (int i = 0; i < 2 && !status; i++)
    if (words[i]) {
      const int n = numbers_of(words[i]);
      status = read_edges(edges, names[i], words[i], n < DURO_GRID_MAX ? n : DURO_GRID_MAX);
    }
  return status;
}

/* The number of axes is known once the environment is; the words are read against it. */
static duro_status make_plan(solution *s) {
  int shape[DURO_GRID_MAX], n_shape = 0;
  double low[DURO_GRID_MAX], high[DURO_GRID_MAX];
  const solve_options *given = &s->given;
  duro_grid_settings settings = s->settings; // a size that is given is shared by the ranks, one that is chosen is not
  if (given->grid) settings.memory = fmin(settings.memory * solve_ranks(s), 1e6);
  duro_status status = given->grid ? read_shape(shape, &n_shape, given->grid) : DURO_OK;
  if (!status) status = duro_grid_plan_make(&s->plan, s->env, &s->settings, NULL, 0, NULL, NULL);
  if (!status && given->low) status = read_edges(low, "low", given->low, s->plan.nd);
  if (!status && given->high) status = read_edges(high, "high", given->high, s->plan.nd);
  if (status) return status;
  return duro_grid_plan_make(&s->plan, s->env, &settings, n_shape ? shape : NULL, n_shape, given->low ? low : NULL,
                             given->high ? high : NULL);
}

/* the group env of a configuration; what else stands there is for training */
static duro_status apply_file(solution *s, const char *environment) {
  run_config config;
  if (!s->given.config) return DURO_OK;
  const duro_status status = run_config_load(&config, environment, s->given.config, NULL, s->how);
  if (status) return status;
  memcpy(s->env_settings, config.env, s->ops->settings_size);
  run_config_release(&config);
  return DURO_OK;
}

static duro_status apply_settings(solution *s) {
  const solve_options *given = &s->given;
  duro_status status = DURO_OK;
  for (int i = 0; !status && i < given->set.count; i++)
    status = duro_settings_assign(s->groups, SOLVE_GROUPS, given->set.word[i]);
  if (!status && given->discount) status = duro_settings_set(s->groups, SOLVE_GROUPS, "grid.discount", given->discount);
  if (!status && given->threads) status = duro_settings_set(s->groups, SOLVE_GROUPS, "grid.threads", given->threads);
  if (!status && given->threads)
    status = duro_settings_set(s->groups, SOLVE_GROUPS, "certificate.threads", given->threads);
  if (!status && given->no_disturbance)
    status = duro_settings_set(s->groups, SOLVE_GROUPS, "grid.disturbance", "false");
  return status;
}

/* What goes on does so with the file of the environment that lies in its folder, where no other is named. */
static duro_status apply_copy(solution *s) {
  char path[RUN_PATH], setting[RUN_FILE];
  char *value = run_file_value(s->ops, s->env_settings);
  if (!s->given.resume || s->ops->source || !value || value[0]) return DURO_OK;
  duro_kind kind;
  run_path(path, s->folder, "config.yaml");
  duro_status status = duro_file_look(&kind, path);
  if (status || kind != DURO_KIND_FILE) return status; // said when the folder is opened
  status = solved_file(path, s->folder, s->ops);
  if (status || !path[0]) return status;
  run_file_setting(setting, s->ops);
  if (snprintf(value, DURO_TEXT_SIZE, "%s", path) < DURO_TEXT_SIZE) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "the path %.80s... is too long for %.*s", path, (int)strcspn(setting, "="),
                   setting);
}

/* The axes of the pictures of one plane: those of the environment's slice, or the first two. */
static void choose_pair(solution *s) {
  const duro_grid_plan *plan = &s->plan;
  int found = 0;
  for (int k = 0; k < 2; k++)
    for (int i = 0; i < plan->nd; i++)
      if (plan->axis[i].state == s->env->spec.slice[k]) s->pair[found++] = i;
  if (found < 2 || s->pair[0] == s->pair[1]) {
    s->pair[0] = 0;
    s->pair[1] = plan->nd > 1 ? 1 : 0;
  }
}

duro_status solve_configure(solution *s, const char *environment) {
  duro_status status = duro_env_open(&s->ops, environment, s->how ? &s->how->open : NULL);
  if (status) return status;
  if (s->given.out)
    snprintf(s->folder, sizeof s->folder, "%s", s->given.out);
  else
    snprintf(s->folder, sizeof s->folder, "solutions/%s", s->ops->name);
  s->env_settings = duro_allocate(s->ops->settings_size);
  if (!s->env_settings) return DURO_ERROR_MEMORY;
  s->groups[SOLVE_GRID] = duro_grid_settings_group(&s->settings);
  s->groups[SOLVE_CERTIFICATE] = duro_certificate_settings_group(&s->certificate_settings);
  s->groups[SOLVE_ENV] = (duro_settings_group){"env", s->ops->settings, s->ops->n_settings, s->env_settings};
  for (int i = 0; i < SOLVE_GROUPS; i++) duro_settings_default(&s->groups[i]);
  status = apply_file(s, environment);
  if (!status) status = apply_settings(s);
  if (!status) status = apply_copy(s);
  if (!status) status = duro_env_create(&s->env, s->ops, s->env_settings);
  if (!status) memcpy(s->env_settings, s->env->settings, s->ops->settings_size); // a file is in the environment now
  if (!status) status = solve_check_certify(s);
  if (!status) status = make_plan(s);
  if (!status) status = solve_check_ranks(s);
  if (!status) choose_pair(s);
  return status;
}
