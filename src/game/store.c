/* The state of the sweeps on disk: from it a solution goes on with the same bits. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "game/grid.h"
#include "io/hash.h"
#include "io/number.h"
#include "io/tensors.h"

enum { NUMBERS = 13, TENSORS = 8, NOTES = 6 };

/* What decides the values, as text: the key alone counts, the rest tells what differs where keys do. */
typedef struct facts {
  duro_note note[NOTES];
  char key[DURO_HASH_TEXT], program[DURO_HASH_TEXT];
  char *grid, *settings; // owned; "name = value" lines
} facts;

static const char *const meanings[NOTES] = {[1] = "the environment",
                                            [2] = "the file of the environment",
                                            [3] = "the program",
                                            [4] = "the grid",
                                            [5] = "the environment"};

/* the values of the environment's settings, a line each */
static duro_status settings_text(char **out, const duro_env *env) {
  const size_t line = 2 * DURO_TEXT_SIZE + 64, size = line * (size_t)env->ops->n_settings + 1;
  size_t used = 0;
  *out = duro_allocate(size);
  if (!*out) return DURO_ERROR_MEMORY;
  for (int i = 0; i < env->ops->n_settings; i++) {
    char value[DURO_TEXT_SIZE + 8];
    const duro_setting *row = &env->ops->settings[i];
    duro_settings_text(value, sizeof value, row, env->settings);
    used += (size_t)snprintf(*out + used, line, "%.200s = %s\n", row->name, value);
  }
  return DURO_OK;
}

/* axes and operator, a line each */
static duro_status grid_text(char **out, const duro_grid *g) {
  const duro_grid_settings *s = &g->settings;
  enum { LINE = 256, LINES = DURO_GRID_MAX + 13 };
  *out = duro_allocate(LINE * LINES);
  if (!*out) return DURO_ERROR_MEMORY;
  int used =
      duro_format(*out, LINE * LINES,
                  "discount = %.17g\ndisturbance = %s\namplitude = %.17g\ncandidates = %d x %d\nbeyond = %.32s\n"
                  "method = %.32s\nscheme = %.32s\ntime = %.17g\ncourant = %.17g\n"
                  "goal = %.32s\ntarget = %s\ntube = %s\n",
                  s->discount, s->disturbance ? "true" : "false", s->amplitude, g->plan.nu, g->plan.na, s->beyond,
                  s->method, s->scheme, s->time, s->courant, s->goal, s->target, s->tube ? "true" : "false");
  for (int i = 0; i < g->plan.nd; i++) {
    const duro_grid_axis *axis = &g->plan.axis[i];
    used += duro_format(*out + used, LINE, "%.64s = %d of %.17g .. %.17g\n", g->env->spec.x_names[axis->state], axis->n,
                        axis->low, axis->high);
  }
  duro_format(*out + used, LINE, "bytes = %lld\n", (long long)s->bytes);
  return DURO_OK;
}

static duro_status find_facts(facts *f, const duro_grid *g) {
  const duro_env_source *source = g->env->ops->source;
  duro_hasher hasher;
  *f = (facts){0};
  duro_hash_begin(&hasher, "program");
  duro_hash_program(&hasher);
  duro_hash_print(f->program, duro_hash_end(&hasher));
  duro_hash_print(f->key, grid_state_key(g));
  duro_status status = settings_text(&f->settings, g->env);
  if (!status) status = grid_text(&f->grid, g);
  const duro_note notes[NOTES] = {{"grid", f->key},
                                  {"environment", g->env->ops->name},
                                  {"source", source ? source->hash : "built in"},
                                  {"program", f->program},
                                  {"axes", f->grid},
                                  {"settings", f->settings}};
  memcpy(f->note, notes, sizeof notes);
  return status;
}

static void forget(facts *f) {
  duro_release(f->grid);
  duro_release(f->settings);
}

/* Says in which line two lists of "name = value" differ first; false where they are the same. */
static bool say_line(char *out, size_t size, const char *kept, const char *wanted) {
  while (*kept || *wanted) {
    const int length = (int)strcspn(kept, "\n"), other = (int)strcspn(wanted, "\n");
    if (length != other || strncmp(kept, wanted, (size_t)length) != 0) {
      snprintf(out, size, "%.*s there, %.*s here", length < 200 ? length : 200, length ? kept : "nothing",
               other < 200 ? other : 200, other ? wanted : "nothing");
      return true;
    }
    kept += length + (kept[length] != 0);
    wanted += other + (wanted[other] != 0);
  }
  return false;
}

/* refuses a state of something else, and says what differs */
static duro_status compare(const duro_tensor_file *file, const char *path, const facts *wanted) {
  const char *key = duro_tensors_note(file, "grid");
  char what[512] = "what it was made of";
  if (!key) return duro_fail(DURO_ERROR_FORMAT, "'%s' is no state of a grid", path);
  if (!strcmp(key, wanted->key)) return DURO_OK;
  for (int i = 1; i < NOTES; i++) {
    const char *kept = duro_tensors_note(file, wanted->note[i].key), *here = wanted->note[i].text;
    char line[460];
    if (kept && !strcmp(kept, here)) continue;
    if (!kept)
      snprintf(what, sizeof what, "an earlier version saved it");
    else if (i > 3 && say_line(line, sizeof line, kept, here))
      snprintf(what, sizeof what, "%s: %s", meanings[i], line);
    else if (i == 1)
      snprintf(what, sizeof what, "%.200s there, %.200s here", kept, here);
    else
      snprintf(what, sizeof what, "%s is another one", meanings[i]);
    break;
  }
  return duro_fail(DURO_ERROR_ARGUMENT, "'%s' is the state of another grid or system (%s)", path, what);
}

enum { VALUE, PENDING, CHANGED, UPDATED, COUNTS, RIVAL, TRIED };

/* rows of the whole grid */
static int64_t all_rows(const duro_grid *g) {
  return g->part.transport ? g->part.rows : g->rows;
}

/* The tensors of the state, those of the whole grid; `numbers` holds what is no array. On a part the data are what is
 * held here. */
static int list_tensors(const duro_grid *g, duro_tensor *t, double *numbers) {
  const int64_t rows = all_rows(g);
  const duro_dtype stored = g->narrow ? DURO_I16 : g->wide ? DURO_F64 : DURO_F32;
  t[VALUE] = (duro_tensor){"value", stored, 1, {rows * g->sweep.stride}, g->value};
  t[PENDING] = (duro_tensor){"pending", DURO_F32, 1, {rows}, g->pending};
  t[CHANGED] = (duro_tensor){"changed_at", DURO_I64, 1, {rows}, g->changed_at};
  t[UPDATED] = (duro_tensor){"updated_at", DURO_I64, 1, {rows}, g->updated_at};
  t[COUNTS] = (duro_tensor){"numbers", DURO_F64, 1, {NUMBERS}, numbers};
  int count = COUNTS + 1;
  if (g->rival) {
    t[RIVAL] = (duro_tensor){"rival", g->narrow ? DURO_I16 : DURO_F32, 1, {rows * g->sweep.padded}, g->rival};
    t[TRIED] = (duro_tensor){"tried", DURO_U8, 1, {4 * rows * g->sweep.padded / SWEEP_LANES}, g->tried};
    count = TRIED + 1;
  }
  if (g->arrival) t[count++] = (duro_tensor){"arrival", DURO_F32, 1, {rows * g->sweep.stride}, g->arrival};
  return count;
}

/* whose first row is the first that is held here, and not the first that is worked on */
static bool is_held(int tensor) {
  return tensor == VALUE || tensor == CHANGED;
}

/* one tensor of all parts, to the writer of rank 0 */
static duro_status collect(const duro_grid *g, int tensor, const duro_tensor *t, duro_tensor_writer *writer) {
  const int64_t rows = g->part.rows;
  const size_t bytes = duro_tensor_bytes(t) / (size_t)rows;
  const bool held = is_held(tensor);
  const part_array array = {.mine = (const char *)t->data + (held ? (size_t)g->own * bytes : 0),
                            .bytes = bytes,
                            .copies = held,
                            .fill = tensor == UPDATED ? 0xff : 0};
  const int64_t portion = part_portion(bytes);
  char *room = duro_allocate(bytes * (size_t)portion);
  duro_status status = duro_transport_agree(g->part.transport, room ? DURO_OK : DURO_ERROR_MEMORY);
  for (int64_t row = 0; row < rows && !status; row += portion) {
    const int64_t count = rows - row < portion ? rows - row : portion;
    status = part_collect(g, room, &array, row, count);
    if (!status && writer) duro_tensor_writer_append(writer, room, bytes * (size_t)count);
  }
  duro_release(room);
  return status;
}

/* the file of a whole grid, written by rank 0 from what the others send */
static duro_status save_parts(const duro_grid *g, const char *path, const duro_tensor *tensors, int count,
                              const facts *f) {
  const duro_transport *t = g->part.transport;
  int order[TENSORS] = {0};
  int64_t places[TENSORS] = {0};
  duro_tensor_writer *writer = NULL;
  duro_status status = DURO_OK;
  if (t->rank == 0) status = duro_tensor_writer_begin(&writer, order, path, tensors, count, f->note, NOTES);
  status = duro_transport_agree(t, status);
  if (status) return status;
  for (int k = 0; k < count; k++) places[k] = order[k]; // 0 on the other ranks
  status = part_sum(g, places, count);
  for (int k = 0; k < count && !status; k++) {
    const int i = (int)places[k];
    if (i != COUNTS) status = collect(g, i, &tensors[i], writer);
    if (i == COUNTS && writer) duro_tensor_writer_append(writer, tensors[i].data, duro_tensor_bytes(&tensors[i]));
  }
  if (writer) status = duro_tensor_writer_end(writer, status);
  return duro_transport_agree(t, status);
}

duro_status duro_grid_save(const duro_grid *g, const char *path) {
  const duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  const grid_look *l = &g->look;
  duro_tensor tensors[TENSORS];
  double numbers[NUMBERS] = {(double)p->sweeps,     p->work,         p->change,        p->seconds,
                             (double)g->next_check, (double)g->time, (double)p->done,  p->residual,
                             (double)p->settled,    (double)l->next, (double)l->moved, (double)l->inside[0],
                             (double)l->inside[1]};
  facts f;
  const int count = list_tensors(g, tensors, numbers);
  duro_status status = duro_transport_agree(g->part.transport, find_facts(&f, g));
  if (!status)
    status = g->part.transport ? save_parts(g, path, tensors, count, &f)
                               : duro_tensors_save(path, tensors, count, f.note, NOTES);
  forget(&f);
  return status;
}

/* the counts among them are what an int64_t holds exactly */
static bool are_numbers(const double *numbers) {
  static const int counts[] = {0, 4, 5, 9, 10, 11, 12};
  bool sound = true;
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) sound = sound && fabs(numbers[counts[i]]) <= 0x1p53;
  return sound;
}

static void take_numbers(duro_grid *g, const double *numbers) {
  duro_grid_progress *p = &g->progress[DURO_GRID_SAFETY];
  p->sweeps = (int64_t)numbers[0];
  p->work = numbers[1];
  p->change = numbers[2];
  p->seconds = numbers[3];
  g->next_check = (int64_t)numbers[4];
  g->time = (int64_t)numbers[5];
  p->done = numbers[6] != 0.0;
  p->residual = numbers[7];
  p->settled = numbers[8] != 0.0;
  g->look = (grid_look){.next = (int64_t)numbers[9],
                        .moved = (int64_t)numbers[10],
                        .inside = {(int64_t)numbers[11], (int64_t)numbers[12]}};
  p->bound = grid_bound(g, p->residual);
}

/* the rows of a tensor that are held here, or worked on */
static void take_rows(const duro_grid *g, int tensor, const duro_tensor *to, const duro_tensor *from) {
  const size_t bytes = duro_tensor_bytes(to) / (size_t)all_rows(g);
  const bool held = is_held(tensor);
  const int64_t first = held ? 0 : g->own, count = held ? g->rows : g->owned;
  for (int64_t row = 0; row < count; row++) {
    int vertex[DURO_GRID_MAX];
    grid_row_at(g, first + row, vertex);
    memcpy((char *)to->data + (size_t)row * bytes, (char *)from->data + (size_t)part_whole_row(g, vertex) * bytes,
           bytes);
  }
}

static duro_status take(duro_grid *g, const duro_tensor_file *file, const char *path) {
  facts f;
  duro_status status = find_facts(&f, g);
  if (!status) status = compare(file, path, &f);
  forget(&f);
  if (status) return status;
  const duro_tensor *value = duro_tensors_find(file, "value");
  if (value && value->type == DURO_F64) {
    status = grid_widen(g);
    if (status) return status;
  }
  duro_tensor tensors[TENSORS];
  double numbers[NUMBERS];
  const int n = list_tensors(g, tensors, numbers);
  for (int i = 0; i < n; i++) {
    const duro_tensor *from = duro_tensors_find(file, tensors[i].name);
    if (!from || from->type != tensors[i].type || duro_tensor_bytes(from) != duro_tensor_bytes(&tensors[i]))
      return duro_fail(DURO_ERROR_FORMAT, "'%s' lacks '%s' of this grid", path, tensors[i].name);
    if (tensors[i].data == numbers) memcpy(numbers, from->data, duro_tensor_bytes(from));
  }
  if (!are_numbers(numbers)) return duro_fail(DURO_ERROR_FORMAT, "'%s' holds numbers that no solve counts", path);
  // nothing of the grid has changed until here
  for (int i = 0; i < n; i++) {
    const duro_tensor *from = duro_tensors_find(file, tensors[i].name);
    if (g->part.transport && i != COUNTS)
      take_rows(g, i, &tensors[i], from);
    else
      memcpy(tensors[i].data, from->data, duro_tensor_bytes(&tensors[i]));
  }
  take_numbers(g, numbers);
  return DURO_OK;
}

duro_status duro_grid_resume(duro_grid *g, const char *path) {
  duro_tensor_file *file;
  duro_status status = duro_transport_agree(g->part.transport, duro_tensors_open(&file, path));
  if (!status) status = duro_transport_agree(g->part.transport, take(g, file, path));
  duro_tensors_close(file);
  if (!status) g->progress[DURO_GRID_SAFETY].volume = duro_grid_volume(g, 0.0);
  return status;
}
