/* The nearest admissible control of a box. */
#include "eval/box.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
  NEIGHBOURS = 26, // of a point of three dimensions
  MOVES = 64,      // of a local search before its step is halved, at most
  HALVINGS = 22    // of a way, down to the spacing of floats
};

static const int vertices[BOX_CONTROLS + 1] = {0, 129, 33, 17}; // along each axis

#define FINEST 0x1p-16 /* step of a local search */
#define GAIN 0x1p-12   /* share of the distance that a move must save */

/* A vertex of the lattice, and how far it is from the control that is looked for. */
typedef struct vertex {
  double far;
  int index;
} vertex;

/* A search on its way. */
typedef struct search {
  const box_source *source;
  const float *from;
  float *best;   // (nu) the nearest admissible one so far
  double margin; // of it; NaN: there is none
  double far;    // its distance; infinity
} search;

double box_spacing(int nu) {
  return 2.0 / (vertices[nu] - 1);
}

static int count_of(int nu) {
  int count = 1;
  for (int k = 0; k < nu; k++) count *= vertices[nu];
  return count;
}

size_t box_scratch_size(int nu) {
  return (size_t)count_of(nu) * sizeof(vertex);
}

/* ---- points ---- */

static double distance(const float *u, const float *v, int nu) {
  double sum = 0;
  for (int k = 0; k < nu; k++) sum += ((double)u[k] - (double)v[k]) * ((double)u[k] - (double)v[k]);
  return sqrt(sum);
}

/* the point that lies `share` of the way from one to another */
static void between(float *u, const float *from, const float *to, int nu, double share) {
  for (int k = 0; k < nu; k++) u[k] = (float)((double)from[k] + share * ((double)to[k] - (double)from[k]));
}

static void place_vertex(float *u, int nu, int index) {
  for (int k = 0; k < nu; k++, index /= vertices[nu])
    u[k] = (float)(2.0 * (index % vertices[nu]) / (vertices[nu] - 1) - 1.0);
}

/* number i of 3^nu - 1 neighbours at a distance along each axis, within the box */
static void place_neighbour(float *v, const float *u, int nu, int i, double step) {
  if (i >= NEIGHBOURS / 2 && nu == 3) i++; // the middle is the point itself
  if (i >= 4 && nu == 2) i++;
  if (i >= 1 && nu == 1) i++;
  for (int k = 0; k < nu; k++, i /= 3) v[k] = (float)fmax(-1, fmin(1, (double)u[k] + (i % 3 - 1) * step));
}

static int neighbours_of(int nu) {
  return nu == 1 ? 2 : nu == 2 ? 8 : NEIGHBOURS;
}

static void ask(const search *s, int n, double *margin, const float *u) {
  s->source->judge(s->source->context, n, margin, u);
}

/* ---- local ---- */

static void take(search *s, const float *u, double margin) {
  memcpy(s->best, u, sizeof *u * (size_t)s->source->nu);
  s->margin = margin;
  s->far = distance(u, s->from, s->source->nu);
}

/* from the best one, which is admissible, towards `from`, which is not, by bisection */
static void pull(search *s) {
  const int nu = s->source->nu;
  float end[BOX_CONTROLS], middle[BOX_CONTROLS];
  double low = 0, high = 1;
  memcpy(end, s->best, sizeof *end * (size_t)nu);
  for (int i = 0; i < HALVINGS; i++) {
    double margin;
    const double share = 0.5 * (low + high);
    between(middle, s->from, end, nu, share);
    ask(s, 1, &margin, middle);
    if (margin >= s->source->wanted) {
      high = share;
      take(s, middle, margin);
    } else {
      low = share;
    }
  }
}

/* towards v, but nearer than the best; false where that is not nearer in float */
static bool place_nearer(const search *s, float *w, const float *v) {
  const int nu = s->source->nu;
  const double far = distance(v, s->from, nu), wanted = s->far * (1 - GAIN);
  between(w, s->from, v, nu, far > wanted ? wanted / far : 1);
  return distance(w, s->from, nu) < s->far;
}

/* one round of neighbours, all nearer; true where one of them was taken */
static bool move(search *s, double step) {
  const int nu = s->source->nu, count = neighbours_of(nu);
  float points[NEIGHBOURS * BOX_CONTROLS];
  double margin[BOX_PANEL];
  int made = 0;
  for (int i = 0; i < count; i++) {
    float v[BOX_CONTROLS];
    place_neighbour(v, s->best, nu, i, step);
    made += place_nearer(s, points + made * nu, v);
  }
  for (int first = 0; first < made; first += BOX_PANEL) {
    const int n = made - first < BOX_PANEL ? made - first : BOX_PANEL;
    ask(s, n, margin, points + first * nu);
    for (int i = 0; i < n; i++) {
      if (!(margin[i] >= s->source->wanted)) continue;
      take(s, points + (first + i) * nu, margin[i]);
      pull(s);
      return true;
    }
  }
  return false;
}

static void refine(search *s) {
  pull(s);
  for (double step = box_spacing(s->source->nu); step > FINEST; step *= 0.5)
    for (int moves = 0; moves < MOVES && s->far > 0 && move(s, step); moves++) {
    }
}

/* ---- where no vertex is admissible ---- */

/* to the neighbour with the largest margin; false where none has a larger one */
static bool climb_once(const search *s, float *u, double *margin, double step) {
  const int nu = s->source->nu, count = neighbours_of(nu);
  float points[NEIGHBOURS * BOX_CONTROLS], next[BOX_CONTROLS];
  double here[BOX_PANEL];
  bool better = false;
  for (int i = 0; i < count; i++) place_neighbour(points + i * nu, u, nu, i, step);
  for (int first = 0; first < count; first += BOX_PANEL) {
    const int n = count - first < BOX_PANEL ? count - first : BOX_PANEL;
    ask(s, n, here, points + first * nu);
    for (int i = 0; i < n; i++) {
      if (!(here[i] > *margin)) continue;
      *margin = here[i];
      memcpy(next, points + (first + i) * nu, sizeof *next * (size_t)nu);
      better = true;
    }
  }
  if (better) memcpy(u, next, sizeof *u * (size_t)nu);
  return better;
}

static void climb(search *s, float *u, double margin) {
  for (double step = box_spacing(s->source->nu); step > FINEST && !(margin >= s->source->wanted); step *= 0.5)
    for (int moves = 0; moves < MOVES && !(margin >= s->source->wanted); moves++)
      if (!climb_once(s, u, &margin, step)) break;
  if (margin >= s->source->wanted) take(s, u, margin);
}

/* ---- the lattice ---- */

static int by_distance(const void *a, const void *b) {
  const vertex *p = a, *q = b;
  if (p->far < q->far) return -1;
  if (p->far > q->far) return 1;
  return p->index - q->index;
}

/* the vertices that may matter, the nearest first; their number */
static int sort_vertices(const search *s, vertex *all, double reach) {
  const int nu = s->source->nu, count = count_of(nu);
  int kept = 0;
  for (int i = 0; i < count; i++) {
    float u[BOX_CONTROLS];
    place_vertex(u, nu, i);
    const double far = distance(u, s->from, nu);
    if (far <= s->far + reach) all[kept++] = (vertex){far, i};
  }
  qsort(all, (size_t)kept, sizeof *all, by_distance);
  return kept;
}

/* an admissible vertex: the first, or one that leads nearer than the best */
static void look_from(search *s, const float *u, double margin) {
  if (isnan(s->margin)) {
    take(s, u, margin);
    refine(s);
    return;
  }
  float nearer[BOX_CONTROLS];
  if (!place_nearer(s, nearer, u)) return;
  ask(s, 1, &margin, nearer);
  if (!(margin >= s->source->wanted)) return;
  take(s, nearer, margin);
  refine(s);
}

double box_nearest(const box_source *source, void *scratch, float *u, double margin, const float *from) {
  const int nu = source->nu;
  const double reach = box_spacing(nu) * sqrt(nu);
  search s = {.source = source, .from = from, .best = u, .margin = NAN, .far = INFINITY};
  if (!isnan(margin)) {
    s.margin = margin, s.far = distance(u, from, nu);
    refine(&s);
  }
  vertex *all = scratch;
  const int count = sort_vertices(&s, all, reach);
  float top[BOX_CONTROLS], points[BOX_PANEL * BOX_CONTROLS];
  double most = -INFINITY;
  for (int first = 0; first < count && all[first].far <= s.far + reach; first += BOX_PANEL) {
    const int n = count - first < BOX_PANEL ? count - first : BOX_PANEL;
    double here[BOX_PANEL];
    for (int i = 0; i < n; i++) place_vertex(points + i * nu, nu, all[first + i].index);
    ask(&s, n, here, points);
    for (int i = 0; i < n; i++) {
      if (here[i] >= source->wanted) look_from(&s, points + i * nu, here[i]);
      if (!(here[i] > most)) continue;
      most = here[i];
      memcpy(top, points + i * nu, sizeof *top * (size_t)nu);
    }
  }
  if (isnan(s.margin) && most > -INFINITY) {
    climb(&s, top, most);
    if (!isnan(s.margin)) refine(&s);
  }
  return s.margin;
}
