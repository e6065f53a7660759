/* Lists of shapes. */
#include "env/draw.h"

#include <math.h>
#include <string.h>

#include "base/math.h"
#include "base/memory.h"

enum { ROUND = 48 };
#define TWO_PI 6.283185307179586

/* room for `count` more; the old memory stays where there is none */
static bool grow(void **memory, size_t *capacity, size_t used, size_t count, size_t size) {
  if (used + count <= *capacity) return true;
  const size_t wanted = 2 * (used + count);
  void *larger = duro_allocate(wanted * size);
  if (!larger) return false;
  if (used) memcpy(larger, *memory, used * size);
  duro_release(*memory);
  *memory = larger;
  *capacity = wanted;
  return true;
}

void draw_clear(duro_drawing *d) {
  d->n_shapes = d->n_points = 0;
}

void draw_release(duro_drawing *d) {
  duro_release(d->shapes);
  duro_release(d->points);
  *d = (duro_drawing){0};
}

void draw_view(duro_drawing *d, double x_low, double x_high, double y_low, double y_high) {
  d->low[0] = x_low;
  d->high[0] = x_high;
  d->low[1] = y_low;
  d->high[1] = y_high;
  d->equal = true;
  for (int i = 0; i < 2; i++) {
    d->axis[i] = i ? "z" : "x";
    d->unit[i] = "m";
  }
}

double (*draw_points(duro_drawing *d, draw_layer layer, draw_colour colour, int count))[2] {
  void *shapes = d->shapes, *points = d->points;
  const bool room = grow(&shapes, &d->shapes_capacity, d->n_shapes, 1, sizeof *d->shapes) &&
                    grow(&points, &d->points_capacity, d->n_points, (size_t)count, sizeof *d->points);
  d->shapes = shapes;
  d->points = points;
  if (!room) {
    d->failed = true;
    return NULL;
  }
  d->shapes[d->n_shapes++] = (draw_shape){layer, colour, d->n_points, count, NULL};
  d->n_points += (size_t)count;
  return d->points + d->n_points - count;
}

void draw_path(duro_drawing *d, draw_layer layer, draw_colour colour, const double (*points)[2], int count) {
  double(*to)[2] = draw_points(d, layer, colour, count);
  if (to) memcpy(to, points, (size_t)count * sizeof *points);
}

void draw_line(duro_drawing *d, draw_layer layer, draw_colour colour, double x1, double y1, double x2, double y2) {
  draw_path(d, layer, colour, (const double[][2]){{x1, y1}, {x2, y2}}, 2);
}

void draw_rectangle(duro_drawing *d, draw_layer layer, draw_colour colour, double x_low, double x_high, double y_low,
                    double y_high) {
  const double corners[][2] = {{x_low, y_low}, {x_high, y_low}, {x_high, y_high}, {x_low, y_high}, {x_low, y_low}};
  draw_path(d, layer, colour, corners, 5);
}

void draw_circle(duro_drawing *d, draw_layer layer, draw_colour colour, double x, double y, double radius) {
  double(*to)[2] = draw_points(d, layer, colour, ROUND + 1);
  for (int i = 0; to && i <= ROUND; i++) {
    double sine, cosine;
    m_sincos(TWO_PI * (i % ROUND) / ROUND, &sine, &cosine);
    to[i][0] = x + radius * cosine;
    to[i][1] = y + radius * sine;
  }
}

void draw_dot(duro_drawing *d, draw_colour colour, double x, double y) {
  draw_path(d, DRAW_DOT, colour, (const double[][2]){{x, y}}, 1);
}

void draw_arrow(duro_drawing *d, draw_colour colour, double x, double y, double dx, double dy) {
  const double span = fmax(d->high[0] - d->low[0], d->high[1] - d->low[1]), length = sqrt(dx * dx + dy * dy);
  const double head = fmin(0.025 * span, 0.6 * length);
  if (!(length > 0.005 * span)) return;
  const double tip[2] = {x + dx, y + dy}, along[2] = {head * dx / length, head * dy / length};
  const double foot[2] = {tip[0] - along[0], tip[1] - along[1]};
  draw_line(d, DRAW_LINE, colour, x, y, foot[0], foot[1]);
  const double points[][2] = {{foot[0] - 0.6 * along[1], foot[1] + 0.6 * along[0]},
                              {tip[0], tip[1]},
                              {foot[0] + 0.6 * along[1], foot[1] - 0.6 * along[0]}};
  draw_path(d, DRAW_AREA, colour, points, 3);
}

void draw_label(duro_drawing *d, draw_colour colour, double x, double y, const char *label) {
  double(*to)[2] = draw_points(d, DRAW_LABEL, colour, 1);
  if (!to) return;
  to[0][0] = x;
  to[0][1] = y;
  d->shapes[d->n_shapes - 1].label = label;
}

int draw_tail(const duro_moment *now, int64_t *first) {
  *first = now->t < DRAW_TAIL ? 0 : now->t - DRAW_TAIL + 1;
  return (int)(now->t - *first) + 1;
}

void draw_trail(duro_drawing *d, const duro_env *env, const duro_moment *now, int i, int j) {
  int64_t first;
  const int count = draw_tail(now, &first);
  double(*to)[2] = draw_points(d, DRAW_LINE, DRAW_TRAIL, count);
  for (int k = 0; to && k < count; k++) {
    const double *x = now->path + (first + k) * env->spec.nx;
    to[k][0] = x[i];
    to[k][1] = x[j];
  }
}

void draw_plane(duro_drawing *d, const duro_env *env, const duro_moment *now, int i, int j) {
  const duro_env_spec *spec = &env->spec;
  const int shown[2] = {i, j};
  for (int k = 0; k < 2; k++) {
    d->low[k] = fmin(spec->x_low[shown[k]], now->path[now->t * spec->nx + shown[k]]);
    d->high[k] = fmax(spec->x_high[shown[k]], now->path[now->t * spec->nx + shown[k]]);
    d->axis[k] = spec->x_names[shown[k]];
    d->unit[k] = spec->x_units[shown[k]];
  }
  d->equal = false;
  draw_trail(d, env, now, i, j);
  const double *x = now->path + now->t * spec->nx;
  draw_dot(d, DRAW_BODY, x[i], x[j]);
}

#ifndef DURO_HAVE_MUJOCO
#include "base/error.h"
#include "env/mujoco_draw.h"

duro_status mujoco_draw_create(mujoco_draw **out, const duro_env *env, int width, int height) {
  (void)env, (void)width, (void)height;
  *out = NULL;
  return duro_fail(DURO_ERROR_MISSING, "drawing with MuJoCo needs MuJoCo, which this build lacks");
}

void mujoco_draw_picture(mujoco_draw *m, unsigned char *rgb, const duro_moment *now) {
  (void)m, (void)rgb, (void)now;
}

void mujoco_draw_destroy(mujoco_draw *m) {
  (void)m;
}
#endif
