/* From centre points to tables: the middle is the periodic cubic spline through the points over the length of their
 * chords (C. de Boor, A practical guide to splines, chapter IV), twice continuously differentiable, so that its
 * curvature is continuous. Only + - * / and square roots of doubles and base/math.h are used: the tables have the same
 * bits everywhere. */
#include "env/racing_track.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"
#include "env/game.h"
#include "io/number.h"
#include "io/table.h"

enum { X, Y, RIGHT, LEFT, COLUMNS };
static const char *const names[COLUMNS] = {"x_m", "y_m", "w_tr_right_m", "w_tr_left_m"};

enum {
  FEWEST = 4,
  MOST = 20000,
  ENTRIES = 8,          // of the tables for each point,
  LEAST_ENTRIES = 1024, // and in all
  TABLES = 6
};
#define FARTHEST 1e6 // m, of a point from the origin

/* The points, and what is known of the segment from each to the next. */
typedef struct course {
  int n;
  double *p[COLUMNS];         // (n) points and widths, scaled
  double *chord, *start;      // (n) m; its length, and s where it begins
  double *bend[2], *spare[2]; // (n) second derivatives of x and y over the chord; of the solver
  double *memory;
  double length;
} course;

/* ---- the file ---- */

static char *trim(char *word) {
  static const char blanks[] = " \t";
  word += strspn(word, blanks);
  for (size_t length = strlen(word); length && strchr(blanks, word[length - 1]);) word[--length] = 0;
  return word;
}

static duro_status check_columns(const sheet *s, const char *name) {
  bool same = s->columns == COLUMNS;
  for (int i = 0; same && i < COLUMNS; i++) {
    char *word = trim(s->cells[i]);
    if (i == 0 && *word == '#') word = trim(word + 1);
    same = strcmp(word, names[i]) == 0;
  }
  if (same) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT, "%s:1: has other columns than a track; wanted x_m,y_m,w_tr_right_m,w_tr_left_m",
                   name);
}

static duro_status read_cell(double *out, const sheet *s, int row, int column, const char *name,
                             const racing_track_options *how) {
  char *word = trim(s->cells[((size_t)row + 1) * COLUMNS + (size_t)column]);
  double value;
  if (duro_number_real(&value, word) != DURO_NUMBER_FINE)
    return duro_fail(DURO_ERROR_FORMAT, "%s:%d: %s is \"%.80s\"; wanted a number", name, row + 2, names[column], word);
  const double scaled = how->scale * value;
  const bool width = column >= RIGHT;
  if (width && !(value > 0.0))
    return duro_fail(DURO_ERROR_FORMAT, "%s:%d: %s is %g; wanted more than 0", name, row + 2, names[column], value);
  if (!(fabs(scaled) <= FARTHEST))
    return duro_fail(DURO_ERROR_FORMAT, "%s:%d: %s is %g m; wanted at most %g", name, row + 2, names[column], scaled,
                     FARTHEST);
  if (width && !(scaled > how->narrow))
    return duro_fail(DURO_ERROR_FORMAT,
                     "%s:%d: %s is %g m; wanted more than %g, which the car needs (env.fail_width less safe_width)",
                     name, row + 2, names[column], scaled, how->narrow);
  *out = scaled;
  return DURO_OK;
}

static duro_status create_course(course *c, int n) {
  enum { ARRAYS = COLUMNS + 6 };
  c->n = n;
  c->memory = duro_allocate((size_t)n * ARRAYS * sizeof *c->memory);
  if (!c->memory) return DURO_ERROR_MEMORY;
  double **const arrays[ARRAYS] = {&c->p[X],  &c->p[Y],    &c->p[RIGHT], &c->p[LEFT],  &c->chord,
                                   &c->start, &c->bend[0], &c->bend[1],  &c->spare[0], &c->spare[1]};
  for (int i = 0; i < ARRAYS; i++) *arrays[i] = c->memory + (size_t)i * (size_t)n;
  return DURO_OK;
}

static double distance(const course *c, int i, int j) {
  const double dx = c->p[X][j] - c->p[X][i], dy = c->p[Y][j] - c->p[Y][i];
  return sqrt(dx * dx + dy * dy);
}

/* the lengths of the chords; neighbours lie apart, and the last one leads back to the first */
static duro_status measure(course *c, const char *name) {
  double sum = 0.0, most = 0.0;
  if (c->n > FEWEST && distance(c, c->n - 1, 0) == 0.0) c->n--; // the first point once more
  for (int i = 0; i < c->n; i++) {
    c->chord[i] = distance(c, i, (i + 1) % c->n);
    if (i + 1 < c->n) most = fmax(most, c->chord[i]);
    sum += c->chord[i];
  }
  for (int i = 0; i < c->n; i++)
    if (!(c->chord[i] > 1e-9 * sum))
      return duro_fail(DURO_ERROR_FORMAT, "%s:%d: is the same place as the point that follows; wanted each once", name,
                       i + 2);
  if (c->chord[c->n - 1] <= 2.0 * most) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT,
                   "%s: is not closed: its last point is %g m from the first, and neighbours at most %g m from each "
                   "other",
                   name, c->chord[c->n - 1], most);
}

static duro_status read_points(course *c, const sheet *s, const char *name, const racing_track_options *how) {
  duro_status status = check_columns(s, name);
  if (!status && s->rows < FEWEST)
    status = duro_fail(DURO_ERROR_FORMAT, "%s: has %d point%s; wanted %d or more", name, s->rows,
                       s->rows == 1 ? "" : "s", FEWEST);
  if (!status && s->rows > MOST)
    status = duro_fail(DURO_ERROR_FORMAT, "%s: has %d points; wanted at most %d", name, s->rows, MOST);
  if (!status) status = create_course(c, s->rows);
  for (int row = 0; !status && row < s->rows; row++)
    for (int k = 0; !status && k < COLUMNS; k++) status = read_cell(&c->p[k][row], s, row, k, name, how);
  return status ? status : measure(c, name);
}

/* ---- the spline ---- */

/* Solves the cyclic system of the second derivatives m (n) of one coordinate:
 *   h[i-1] m[i-1] + 2 (h[i-1] + h[i]) m[i] + h[i] m[i+1] = 6 ((p[i+1] - p[i])/h[i] - (p[i] - p[i-1])/h[i-1])
 * Its first and last rows are joined by two corners, a rank of one, which Sherman and Morrison's formula adds to the
 * solution of the rest; that is dominated by its diagonal, so that elimination needs no pivots. */
static void solve(const course *c, double *m, const double *p) {
  const int n = c->n;
  const double *h = c->chord, corner = h[n - 1], gamma = -2.0 * (h[n - 1] + h[0]);
  double *ratio = c->spare[0], *z = c->spare[1]; // the upper band after elimination; the answer to the corner
  double pivot = 0.0;
  for (int i = 0; i < n; i++) {
    const int before = i ? i - 1 : n - 1, after = i + 1 < n ? i + 1 : 0;
    double diagonal = 2.0 * (h[before] + h[i]);
    if (i == 0) diagonal -= gamma;
    if (i == n - 1) diagonal -= corner * corner / gamma;
    const double low = i ? h[before] : 0.0;
    const double right = 6.0 * ((p[after] - p[i]) / h[i] - (p[i] - p[before]) / h[before]);
    const double u = i == 0 ? gamma : i == n - 1 ? corner : 0.0;
    pivot = diagonal - (i ? low * ratio[i - 1] : 0.0);
    ratio[i] = h[i] / pivot;
    m[i] = (right - (i ? low * m[i - 1] : 0.0)) / pivot;
    z[i] = (u - (i ? low * z[i - 1] : 0.0)) / pivot;
  }
  for (int i = n - 2; i >= 0; i--) {
    m[i] -= ratio[i] * m[i + 1];
    z[i] -= ratio[i] * z[i + 1];
  }
  const double factor = (m[0] + m[n - 1] * corner / gamma) / (1.0 + z[0] + z[n - 1] * corner / gamma);
  for (int i = 0; i < n; i++) m[i] -= factor * z[i];
}

/* A place of the spline: the point, and its derivatives over the chord. */
typedef struct place {
  double p[2], d[2], dd[2];
} place;

static place place_of(const course *c, int i, double u) {
  const int j = (i + 1) % c->n;
  const double h = c->chord[i], v = h - u;
  place at;
  for (int k = 0; k < 2; k++) {
    const double a = c->p[k][i], b = c->p[k][j], m = c->bend[k][i], o = c->bend[k][j];
    at.p[k] = (m * v * v * v + o * u * u * u) / (6.0 * h) + (a / h - m * h / 6.0) * v + (b / h - o * h / 6.0) * u;
    at.d[k] = (o * u * u - m * v * v) / (2.0 * h) + (b - a) / h - (o - m) * h / 6.0;
    at.dd[k] = (m * v + o * u) / h;
  }
  return at;
}

static double speed_of(const course *c, int i, double u) {
  const place at = place_of(c, i, u);
  return sqrt(at.d[0] * at.d[0] + at.d[1] * at.d[1]);
}

/* The length of segment i from its begin to u: Gauss and Legendre's rule of five nodes on four pieces. */
static double length_of(const course *c, int i, double u) {
  enum { PIECES = 4, NODES = 5 };
  static const double node[NODES] = {-0.9061798459386640, -0.5384693101056831, 0.0, 0.5384693101056831,
                                     0.9061798459386640};
  static const double weight[NODES] = {0.2369268850561891, 0.4786286704993665, 0.5688888888888889, 0.4786286704993665,
                                       0.2369268850561891};
  const double half = 0.5 * u / PIECES;
  double sum = 0.0;
  for (int piece = 0; piece < PIECES; piece++)
    for (int k = 0; k < NODES; k++) sum += weight[k] * speed_of(c, i, half * (2 * piece + 1 + node[k]));
  return half * sum;
}

/* u of segment i where `s` m of it are passed: Newton's steps, halves where they leave what is known to hold it */
static double place_at(const course *c, int i, double s, double whole) {
  enum { STEPS = 60 };
  double low = 0.0, high = c->chord[i], u = high * s / whole;
  for (int k = 0; k < STEPS && high - low > 1e-14 * c->chord[i]; k++) {
    const double off = length_of(c, i, u) - s;
    if (fabs(off) <= 1e-14 * whole) break;
    if (off > 0.0)
      high = u;
    else
      low = u;
    u -= off / speed_of(c, i, u);
    if (!(u > low && u < high)) u = 0.5 * (low + high);
  }
  return u;
}

/* ---- the tables ---- */

static duro_status create_track(racing_track **out, int count) {
  racing_track *t = *out = duro_allocate(sizeof *t);
  const size_t entries = (size_t)count + 1;
  double *all = t ? duro_allocate(entries * TABLES * sizeof *all) : NULL;
  if (!all) {
    duro_release(t);
    *out = NULL;
    return DURO_ERROR_MEMORY;
  }
  *t = (racing_track){.count = count,
                      .kappa = all,
                      .left = all + entries,
                      .right = all + 2 * entries,
                      .x = all + 3 * entries,
                      .y = all + 4 * entries,
                      .heading = all + 5 * entries};
  return DURO_OK;
}

static void fill_entry(racing_track *t, int k, const course *c, int i, double s, double whole) {
  const place at = place_of(c, i, place_at(c, i, s, whole));
  const double square = at.d[0] * at.d[0] + at.d[1] * at.d[1], part = s / whole;
  const int j = (i + 1) % c->n;
  t->kappa[k] = (at.d[0] * at.dd[1] - at.d[1] * at.dd[0]) / (square * sqrt(square));
  t->left[k] = c->p[LEFT][i] + part * (c->p[LEFT][j] - c->p[LEFT][i]);
  t->right[k] = c->p[RIGHT][i] + part * (c->p[RIGHT][j] - c->p[RIGHT][i]);
  t->x[k] = at.p[0];
  t->y[k] = at.p[1];
  t->heading[k] = m_atan2(at.d[1], at.d[0]);
}

/* entry `count` is the first one */
static void fill_tables(racing_track *t, const course *c) {
  t->length = c->length;
  t->per = t->count / c->length;
  for (int k = 0, i = 0; k < t->count; k++) {
    const double s = c->length * k / t->count;
    while (i + 1 < c->n && c->start[i + 1] <= s) i++;
    const double whole = (i + 1 < c->n ? c->start[i + 1] : c->length) - c->start[i];
    fill_entry(t, k, c, i, s - c->start[i], whole);
  }
  double *const tables[TABLES] = {t->kappa, t->left, t->right, t->x, t->y, t->heading};
  for (int i = 0; i < TABLES; i++) tables[i][t->count] = tables[i][0];
}

/* beyond the centre of a bend no place belongs to one s */
static duro_status check_bends(const racing_track *t, const char *name) {
  for (int k = 0; k < t->count; k++) {
    const bool to_left = t->kappa[k] > 0.0;
    const double edge = to_left ? t->left[k] : t->right[k];
    if (fabs(t->kappa[k]) * edge < 1.0) continue; // false for one that is no number
    return duro_fail(
        DURO_ERROR_FORMAT,
        "%s: at s = %.4g m its middle turns %s with a radius of %.4g m, and the edge is %.4g m away; wanted "
        "a radius above that",
        name, k / t->per, to_left ? "left" : "right", 1.0 / fabs(t->kappa[k]), edge);
  }
  return DURO_OK;
}

static duro_status make(racing_track **out, course *c, const char *name) {
  for (int k = 0; k < 2; k++) solve(c, c->bend[k], c->p[k]);
  for (int i = 0; i < c->n; i++) {
    c->start[i] = c->length;
    c->length += length_of(c, i, c->chord[i]);
  }
  const int wanted = ENTRIES * c->n;
  duro_status status = create_track(out, wanted > LEAST_ENTRIES ? wanted : LEAST_ENTRIES);
  if (status) return status;
  fill_tables(*out, c);
  status = check_bends(*out, name);
  if (!status) return DURO_OK;
  racing_track_release(*out);
  *out = NULL;
  return status;
}

duro_status racing_track_parse(racing_track **track, const char *bytes, size_t size, const char *name,
                               const racing_track_options *options) {
  sheet s;
  course c = {0};
  *track = NULL;
  duro_status status = sheet_parse(&s, bytes, size, name);
  if (status) return status;
  status = read_points(&c, &s, name, options);
  sheet_release(&s);
  if (!status) status = make(track, &c, name);
  duro_release(c.memory);
  return status;
}

void racing_track_release(racing_track *track) {
  if (!track) return;
  duro_release(track->kappa);
  duro_release(track);
}

double racing_track_at(const racing_track *track, const double *table, double s) {
  const double at = env_wrap(s, track->length) * track->per;
  const int i = at < track->count - 1 ? (int)at : track->count - 1;
  return table[i] + (at - i) * (table[i + 1] - table[i]);
}
