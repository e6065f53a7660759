/* Reads a certificate back. It is taken for what it says: duro-recheck proves it. Whatever the text of the file says is
 * held against what this program would write of the same certificate, byte for byte. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "game/certificate.h"
#include "io/file.h"
#include "io/number.h"

enum { LINE = 1024, MOST_WORDS = 8, DEPTH = 60 };

/* A file on its way into a certificate. */
typedef struct reader {
  const char *path;
  const char *at, *end; // what is left, and where the data end; the sum follows
  const char *data;     // where the text ends
  const duro_env_ops *ops;
  void *values; // settings of the environment
  duro_grid_plan plan;
  double spacing[CERT_D], tolerance, volume;
  int nu, controls;
  double *control; // (controls x nu)
  int64_t size[3]; // of the data: vertices and bytes of the trees, or cones, vertices and rows
  double difference;
  int64_t points;
  bool cones;
} reader;

static duro_status broken(const reader *r, const char *why) {
  return duro_fail(DURO_ERROR_FORMAT, "%s: %s", r->path, why);
}

/* --- the text ---------------------------------------------------------------------------------------------------- */

/* the next line of the text, cut up into words; their number, 0 at the end and for a line that is too long */
static int next_words(reader *r, char *line, char **word) {
  const char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));
  if (!stop || stop - r->at >= LINE) return 0;
  const size_t length = (size_t)(stop - r->at);
  memcpy(line, r->at, length);
  line[length] = 0;
  r->at = stop + 1;
  int count = 0;
  char *rest = NULL;
  for (char *w = strtok_r(line, " ", &rest); w && count < MOST_WORDS; w = strtok_r(NULL, " ", &rest)) word[count++] = w;
  return count;
}

static bool whole_number(int64_t *out, const char *word, int64_t low, int64_t high) {
  return duro_number_int(out, word) == DURO_NUMBER_FINE && *out >= low && *out <= high;
}

/* a line of one word and a number */
static bool number_after(reader *r, int64_t *out, const char *name, int64_t low, int64_t high) {
  char line[LINE], *word[MOST_WORDS];
  return next_words(r, line, word) == 2 && !strcmp(word[0], name) && whole_number(out, word[1], low, high);
}

static duro_status read_environment(reader *r) {
  char line[LINE], *word[MOST_WORDS];
  if (next_words(r, line, word) != 2 || strcmp(word[0], "duro-certificate") != 0 || strcmp(word[1], "1") != 0)
    return broken(r, "no certificate of version 1");
  if (next_words(r, line, word) != 2 || strcmp(word[0], "environment") != 0) return broken(r, "no environment");
  if (strcmp(word[1], r->ops->name) == 0) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT, "%s certifies %.60s; wanted %s", r->path, word[1], r->ops->name);
}

/* "setting <name> <value>", the line from `start` to r->at; the value may hold blanks */
static duro_status read_setting(reader *r, const char *start, const char *field) {
  const duro_settings_group group = {"env", r->ops->settings, r->ops->n_settings, r->values};
  char name[LINE + 8], value[LINE];
  const char *from = start + strlen("setting ") + strlen(field) + 1;
  if (from >= r->at) return broken(r, "a setting is broken");
  snprintf(name, sizeof name, "env.%s", field);
  snprintf(value, sizeof value, "%.*s", (int)(r->at - 1 - from), from);
  return duro_settings_set(&group, 1, name, value);
}

/* "measured the program's step differs from the formula by at most .. of an axis on .. random states" */
static duro_status read_measured(reader *r, const char *start) {
  const char *most = strstr(start, "at most "), *on = strstr(start, " axis on ");
  if (!most || !on || most > r->at || on > r->at) return broken(r, "what was measured is broken");
  char number[2][32];
  snprintf(number[0], sizeof number[0], "%.*s", (int)strcspn(most + 8, " \n"), most + 8);
  snprintf(number[1], sizeof number[1], "%.*s", (int)strcspn(on + 9, " \n"), on + 9);
  if (duro_number_real(&r->difference, number[0]) || !whole_number(&r->points, number[1], 0, INT32_MAX))
    return broken(r, "what was measured is broken");
  return DURO_OK;
}

/* settings, claim and measurement, up to the line "inputs" */
static duro_status read_notes(reader *r) {
  for (;;) {
    char line[LINE], *word[MOST_WORDS];
    const char *start = r->at;
    const int count = next_words(r, line, word);
    int64_t nu;
    duro_status status = DURO_OK;
    if (count == 0) return broken(r, "it ends too early");
    if (strcmp(word[0], "inputs") == 0) {
      if (count != 4 || !whole_number(&nu, word[2], 0, DURO_MAX_ACTION)) return broken(r, "the inputs are broken");
      r->nu = (int)nu;
      return DURO_OK;
    }
    if (strcmp(word[0], "setting") == 0) status = count >= 2 ? read_setting(r, start, word[1]) : broken(r, "a setting");
    if (strcmp(word[0], "measured") == 0) status = read_measured(r, start);
    if (status) return status;
  }
}

/* The formula is not read but compared in the end. */
static duro_status skip_formula(reader *r) {
  char line[LINE], *word[MOST_WORDS];
  int64_t nodes, constraints;
  if (!number_after(r, &nodes, "nodes", 1, 1000000)) return broken(r, "the formula is broken");
  for (int64_t i = 0; i < nodes; i++)
    if (next_words(r, line, word) == 0) return broken(r, "the formula is broken");
  if (!number_after(r, &constraints, "constraints", 1, DURO_FORMULA_CONSTRAINTS))
    return broken(r, "the constraints are broken");
  for (int64_t i = 0; i < constraints; i++)
    if (next_words(r, line, word) == 0) return broken(r, "the constraints are broken");
  return DURO_OK;
}

static bool read_axis(reader *r, int i) {
  char line[LINE], *word[MOST_WORDS];
  int64_t state, n, periodic;
  duro_grid_axis *axis = &r->plan.axis[i];
  const bool fine = next_words(r, line, word) == 6 && whole_number(&state, word[0], 0, DURO_MAX_STATE - 1) &&
                    whole_number(&n, word[2], 2, 4096) && whole_number(&periodic, word[3], 0, 1) &&
                    !duro_number_hex(&axis->low, word[4]) && !duro_number_hex(&r->spacing[i], word[5]) &&
                    r->spacing[i] > 0;
  if (!fine) return false;
  for (int j = 0; j < i; j++)
    if (r->plan.axis[j].state >= state) return false;
  axis->state = (int)state;
  axis->n = (int)n;
  axis->periodic = periodic != 0;
  axis->high = axis->low + r->spacing[i] * (double)(axis->periodic ? n : n - 1);
  return isfinite(axis->high);
}

static duro_status read_axes(reader *r) {
  int64_t nd;
  double vertices = 1;
  if (!number_after(r, &nd, "axes", 1, CERT_D)) return broken(r, "the axes are broken");
  r->plan.nd = (int)nd;
  for (int i = 0; i < r->plan.nd; i++) {
    if (!read_axis(r, i)) return broken(r, "an axis is broken");
    vertices *= r->plan.axis[i].n;
  }
  return vertices < 4e9 ? DURO_OK : broken(r, "the grid is too large");
}

static duro_status read_controls(reader *r) {
  char line[LINE], *word[MOST_WORDS];
  int64_t count;
  if (!number_after(r, &count, "controls", 0, CERT_CONTROLS)) return broken(r, "the controls are broken");
  r->controls = (int)count;
  r->control = duro_allocate((size_t)(r->controls * r->nu) * sizeof *r->control);
  if (!r->control) return DURO_ERROR_MEMORY;
  for (int i = 0; i < r->controls * r->nu; i++)
    if (next_words(r, line, word) != 1 || duro_number_hex(&r->control[i], word[0]) || fabs(r->control[i]) > 1)
      return broken(r, "a control is broken");
  if (next_words(r, line, word) != 2 || strcmp(word[0], "tolerance") != 0 || duro_number_hex(&r->tolerance, word[1]) ||
      !(r->tolerance >= 0 && r->tolerance <= .01))
    return broken(r, "the tolerance is broken");
  if (next_words(r, line, word) != 2 || strcmp(word[0], "volume") != 0 || duro_number_real(&r->volume, word[1]))
    return broken(r, "the volume is broken");
  return DURO_OK;
}

static duro_status read_sizes(reader *r) {
  char line[LINE], *word[MOST_WORDS];
  const int count = next_words(r, line, word);
  r->cones = count == 4 && !strcmp(word[0], "cones");
  bool fine = r->cones || (count == 3 && !strcmp(word[0], "data"));
  for (int i = 1; fine && i < count; i++) fine = whole_number(&r->size[i - 1], word[i], r->cones, 4000000000);
  if (fine && r->cones) fine = r->size[0] <= 10000000 && r->size[1] <= 10000000 && r->size[2] <= 10000000;
  r->data = r->at;
  return fine ? DURO_OK : broken(r, "the sizes of the data are broken");
}

static duro_status read_text(reader *r) {
  duro_status status = read_environment(r);
  if (!status) status = read_notes(r);
  if (!status) status = skip_formula(r);
  if (!status) status = read_axes(r);
  if (!status) status = read_controls(r);
  return status ? status : read_sizes(r);
}

/* --- the data ---------------------------------------------------------------------------------------------------- */

static void *take(reader *r, size_t count, size_t size) {
  void *out = duro_allocate(count * size);
  if (out) memcpy(out, r->at, count * size); // written as they lie in memory
  r->at += count * size;
  return out;
}

static bool within(const double *value, size_t count, double most) {
  for (size_t i = 0; i < count; i++)
    if (!(fabs(value[i]) <= most)) return false;
  return true;
}

static bool below(const int *index, size_t count, int most) {
  for (size_t i = 0; i < count; i++)
    if (index[i] < 0 || index[i] >= most) return false;
  return true;
}

static duro_status take_cones(reader *r, cert_cones *s) {
  const size_t nd = (size_t)r->plan.nd, nu = (size_t)r->nu, count = (size_t)r->size[0], vertices = (size_t)r->size[1],
               rows = (size_t)r->size[2];
  const size_t reals = nd + nu + rows * nd + vertices * (nd + nu), indices = count * (nd + 1);
  if ((size_t)(r->end - r->at) != reals * sizeof(double) + indices * sizeof(int))
    return broken(r, "the data are of another size");
  s->count = (int64_t)count, s->vertices = (int)vertices, s->rows = (int)rows, s->nu = r->nu;
  memcpy(s->centre, r->at, nd * sizeof(double));
  memcpy(s->centre_control, r->at + nd * sizeof(double), nu * sizeof(double));
  r->at += (nd + nu) * sizeof(double);
  s->row = take(r, rows * nd, sizeof *s->row);
  s->vertex = take(r, vertices * nd, sizeof *s->vertex);
  s->control = take(r, vertices * nu, sizeof *s->control);
  s->simplex = take(r, count * nd, sizeof *s->simplex);
  s->facet = take(r, count, sizeof *s->facet);
  if (!s->row || !s->vertex || !s->control || !s->simplex || !s->facet) return DURO_ERROR_MEMORY;
  const bool fine = within(s->centre, nd, 1e9) && within(s->centre_control, nu, 1) && within(s->row, rows * nd, 1e9) &&
                    within(s->vertex, vertices * nd, 1e9) && within(s->control, vertices * nu, 1) &&
                    below(s->simplex, count * nd, s->vertices) && below(s->facet, count, s->rows);
  for (size_t k = 1; fine && k < count; k++)
    if (s->facet[k] < s->facet[k - 1]) return broken(r, "the cones are out of order");
  for (size_t k = 0; fine && k <= count; k++) { // each row has a cone: the control beyond it is sought there
    const int last = k ? s->facet[k - 1] : -1, next = k < count ? s->facet[k] : s->rows;
    if (next > last + 1) return broken(r, "a row has no cone");
  }
  s->volume = r->volume;
  s->boxed = NAN;
  return fine ? cert_index_facets(s) : broken(r, "a number of the data is out of range");
}

/* the end of the tree that begins at `at`; -1 where it is none */
static int64_t tree_end(const duro_certificate *cert, int64_t at, int64_t size, int depth) {
  if (at < 0 || at >= size || depth == 0) return -1;
  const int byte = cert->tree[at];
  if (byte == CERT_OUTSIDE || byte < cert->game.controls) return at + 1;
  if (byte < CERT_SPLIT || byte >= CERT_SPLIT + cert->game.nd) return -1;
  return tree_end(cert, tree_end(cert, at + 1, size, depth - 1), size, depth - 1);
}

/* where the tree of each cell begins: those that the set touches have one */
static duro_status find_trees(reader *r, duro_certificate *cert) {
  const cert_game *g = &cert->game;
  int64_t at = 0;
  cert->first = duro_allocate((size_t)(g->all_cells + 1) * sizeof *cert->first);
  if (!cert->first) return DURO_ERROR_MEMORY;
  for (int64_t index = 0; index < g->all_cells; index++) {
    int cell[CERT_D];
    double v[CERT_CORNERS], top = -INFINITY;
    cert_cell_at(g, cell, index);
    cert_corners(g, cert->V, v, cell);
    for (int k = 0; k < g->corners; k++) top = i_max(top, v[k]);
    cert->first[index] = at;
    if (!(top < 0.0)) at = tree_end(cert, at, r->size[1], DEPTH);
    if (at < 0) return broken(r, "the trees of boxes are broken");
  }
  cert->first[g->all_cells] = at;
  return at == r->size[1] ? DURO_OK : broken(r, "the trees of boxes are too long");
}

static duro_status take_grid(reader *r, duro_certificate *cert) {
  const cert_game *g = &cert->game;
  const size_t vertices = (size_t)g->vertices, bytes = (size_t)r->size[1];
  if (r->size[0] != g->vertices || (size_t)(r->end - r->at) != vertices * sizeof(float) + bytes)
    return broken(r, "the data are of another size");
  cert->V = take(r, vertices, sizeof *cert->V);
  cert->tree = take(r, bytes, 1);
  if (!cert->V || !cert->tree) return DURO_ERROR_MEMORY;
  for (size_t i = 0; i < vertices; i++) {
    if (!isfinite(cert->V[i])) return broken(r, "a value V is not finite");
    cert->scale = i_max(cert->scale, fabs((double)cert->V[i]));
  }
  if (cert->scale == 0.0) cert->scale = 1.0;
  return find_trees(r, cert);
}

/* --- the certificate --------------------------------------------------------------------------------------------- */

/* the numbers of the file in place of those that a new certificate would have */
static void take_numbers(reader *r, duro_certificate *cert) {
  cert_game *g = &cert->game;
  duro_release(g->control);
  g->control = r->control;
  g->controls = r->controls;
  r->control = NULL;
  for (int i = 0; i < g->nd; i++) g->spacing[i] = r->spacing[i];
  cert->difference = r->difference;
  cert->points = (int)r->points;
}

/* the text must be what this program would have written */
static duro_status compare(const reader *r, const duro_certificate *cert, const char *bytes) {
  text own = {0};
  duro_status status = cert_header(&own, cert);
  const size_t length = (size_t)(r->data - bytes);
  if (!status && (own.length != length || memcmp(own.bytes, bytes, length) != 0))
    status = broken(r, "it is of another formula, or of another version of the environment; certify again");
  text_release(&own);
  return status;
}

static duro_status build(reader *r, duro_certificate *cert, const duro_env *env, const char *bytes) {
  duro_certificate_settings settings;
  const duro_settings_group group = duro_certificate_settings_group(&settings);
  duro_settings_default(&group);
  settings.controls = 1;
  settings.tolerance = r->tolerance;
  for (int i = 0; i < r->plan.nd; i++)
    if (r->plan.axis[i].state >= env->spec.nx) return broken(r, "an axis is of a state that is not there");
  duro_status status = cert_game_create(&cert->game, env, &r->plan, &settings);
  if (!status && (r->nu != cert->game.nu || (r->cones && r->nu > CERT_U)))
    status = broken(r, "it has another number of controls");
  if (!status) take_numbers(r, cert);
  if (!status) status = cert_describe(cert, env);
  if (!status && r->cones) {
    cert->scale = env->spec.h_scale;
    cert->cones = duro_allocate(sizeof *cert->cones);
    status = cert->cones ? take_cones(r, cert->cones) : DURO_ERROR_MEMORY;
  } else if (!status) {
    status = take_grid(r, cert);
  }
  return status ? status : compare(r, cert, bytes);
}

static bool sum_is_right(const char *bytes, size_t size) {
  uint64_t sum = 0xcbf29ce484222325ULL, kept;
  for (size_t i = 0; i + sizeof kept < size; i++) sum = (sum ^ (uint8_t)bytes[i]) * 0x100000001b3ULL;
  memcpy(&kept, bytes + size - sizeof kept, sizeof kept);
  return sum == kept;
}

static duro_status load(reader *r, duro_certificate *cert, const char *bytes, size_t size) {
  if (size < sizeof(uint64_t) || !sum_is_right(bytes, size)) return broken(r, "it is no certificate, or damaged");
  r->at = bytes;
  r->end = bytes + size - sizeof(uint64_t);
  r->values = duro_allocate(r->ops->settings_size);
  if (!r->values) return DURO_ERROR_MEMORY;
  const duro_settings_group group = {"env", r->ops->settings, r->ops->n_settings, r->values};
  duro_settings_default(&group);
  duro_env *env = NULL;
  duro_status status = read_text(r);
  if (!status) status = duro_env_create(&env, r->ops, r->values);
  if (!status) status = build(r, cert, env, bytes);
  duro_env_destroy(env);
  return status;
}

duro_status duro_certificate_load(duro_certificate **certificate, const char *path, const duro_env_ops *ops) {
  char *bytes;
  size_t size;
  reader r = {.path = path, .ops = ops};
  *certificate = NULL;
  duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  duro_certificate *cert = duro_allocate(sizeof *cert);
  status = cert ? load(&r, cert, bytes, size) : DURO_ERROR_MEMORY;
  duro_file_release(bytes);
  duro_release(r.values);
  duro_release(r.control);
  if (status)
    duro_certificate_destroy(cert);
  else
    *certificate = cert;
  return status;
}

bool duro_certificate_is_of(const duro_certificate *cert, const duro_env *env) {
  duro_certificate other = {0};
  if (strcmp(cert->environment, env->ops->name) != 0 || cert_describe(&other, env)) return false;
  const bool same = strcmp(cert->settings, other.settings) == 0;
  duro_release(other.settings);
  return same;
}
