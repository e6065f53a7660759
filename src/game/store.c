/* The state of the sweeps on disk: from it a solution goes on with the same bits. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "duro/io.h"
#include "game/grid.h"

enum { KEY = 4096, NUMBERS = 8, TENSORS = 7 };

/* Everything that the values depend on, as text. */
static void describe(const duro_grid *g, char *text, size_t size) {
  const duro_grid_settings *s = &g->settings;
  int used = snprintf(text, size, "%s discount %.17g disturbance %d amplitude %.17g candidates %d x %d;",
                      g->env->ops->name, s->discount, s->disturbance, s->amplitude, g->plan.nu, g->plan.na);
  for (int i = 0; i < g->plan.nd && (size_t)used < size; i++) {
    const duro_grid_axis *axis = &g->plan.axis[i];
    used += snprintf(text + used, size - (size_t)used, " %d of %.17g..%.17g", axis->n, axis->low, axis->high);
  }
  for (int i = 0; i < g->env->ops->n_settings && (size_t)used < size; i++) {
    char value[DURO_TEXT_SIZE + 8];
    const duro_setting *row = &g->env->ops->settings[i];
    duro_settings_text(value, sizeof value, row, g->env->settings);
    used += snprintf(text + used, size - (size_t)used, "%s %s=%s", i ? "" : ";", row->name, value);
  }
}

/* The tensors of the state; `numbers` holds what is no array. */
static int list_tensors(const duro_grid *g, duro_tensor *t, double *numbers, int64_t *count) {
  *count = g->rows * g->sweep.stride;
  t[0] = (duro_tensor){"value", g->wide ? DURO_F64 : DURO_F32, 1, {*count}, g->value};
  t[1] = (duro_tensor){"pending", DURO_F32, 1, {g->rows}, g->pending};
  t[2] = (duro_tensor){"changed_at", DURO_U8, 1, {4 * g->rows}, g->changed_at}; // int32 as bytes
  t[3] = (duro_tensor){"updated_at", DURO_U8, 1, {4 * g->rows}, g->updated_at};
  t[4] = (duro_tensor){"numbers", DURO_F64, 1, {NUMBERS}, numbers};
  if (!g->rival) return TENSORS - 2;
  t[5] = (duro_tensor){"rival", DURO_F32, 1, {g->rows * g->sweep.padded}, g->rival};
  t[6] = (duro_tensor){"tried", DURO_U8, 1, {4 * g->rows * g->sweep.padded / SWEEP_LANES}, g->tried};
  return TENSORS;
}

duro_status duro_grid_save(const duro_grid *g, const char *path) {
  const duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  char key[KEY];
  duro_tensor tensors[TENSORS];
  int64_t count;
  double numbers[NUMBERS] = {(double)p->sweeps,     p->work,         p->change,       p->seconds,
                             (double)g->next_check, (double)g->time, (double)p->done, p->residual};
  describe(g, key, sizeof key);
  const duro_note note = {"grid", key};
  return duro_tensors_save(path, tensors, list_tensors(g, tensors, numbers, &count), &note, 1);
}

static duro_status take(duro_grid *g, const duro_tensor_file *file, const char *path) {
  char key[KEY];
  describe(g, key, sizeof key);
  const char *kept = duro_tensors_note(file, "grid");
  if (!kept) return duro_fail(DURO_ERROR_FORMAT, "'%s' is no state of a grid", path);
  if (strcmp(kept, key) != 0)
    return duro_fail(DURO_ERROR_ARGUMENT, "'%s' is the state of another grid: %s; wanted: %s", path, kept, key);
  const duro_tensor *value = duro_tensors_find(file, "value");
  if (value && value->type == DURO_F64) {
    const duro_status status = grid_widen(g);
    if (status) return status;
  }
  duro_tensor tensors[TENSORS];
  double numbers[NUMBERS];
  int64_t count;
  const int n = list_tensors(g, tensors, numbers, &count);
  for (int i = 0; i < n; i++) {
    const duro_tensor *from = duro_tensors_find(file, tensors[i].name);
    if (!from || from->type != tensors[i].type || duro_tensor_bytes(from) != duro_tensor_bytes(&tensors[i]))
      return duro_fail(DURO_ERROR_FORMAT, "'%s' lacks '%s' of this grid", path, tensors[i].name);
    memcpy(tensors[i].data, from->data, duro_tensor_bytes(from));
  }
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  p->sweeps = (int64_t)numbers[0];
  p->work = numbers[1];
  p->change = numbers[2];
  p->seconds = numbers[3];
  g->next_check = (int64_t)numbers[4];
  g->time = (int32_t)numbers[5];
  p->done = numbers[6] != 0.0;
  p->residual = numbers[7];
  p->bound = g->settings.discount < 1.0 ? p->residual / (1.0 - g->settings.discount) : p->bound;
  p->volume = duro_grid_volume(g, 0.0);
  return DURO_OK;
}

duro_status duro_grid_resume(duro_grid *g, const char *path) {
  duro_tensor_file *file;
  duro_status status = duro_tensors_open(&file, path);
  if (status) return status;
  status = take(g, file, path);
  duro_tensors_close(file);
  return status;
}
