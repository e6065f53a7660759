/* Polytopes as graphs of vertices: cutting, and the surface in simplices. */
#include "game/simple_polytope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* room for `wanted` entries of `size` bytes */
static duro_status grow(void **array, int *room, int wanted, size_t size) {
  if (wanted <= *room) return DURO_OK;
  const int more = wanted < 64 ? 128 : 2 * wanted;
  void *made = duro_allocate((size_t)more * size);
  if (!made) return DURO_ERROR_MEMORY;
  if (*room) memcpy(made, *array, (size_t)*room * size);
  duro_release(*array);
  *array = made;
  *room = more;
  return DURO_OK;
}

duro_status simple_box(simple_polytope *p, int nd, const double *half) {
  *p = (simple_polytope){.nd = nd};
  duro_status status = grow((void **)&p->row, &p->row_room, 2 * nd, (size_t)nd * sizeof *p->row);
  if (!status) status = grow((void **)&p->vertex, &p->vertex_room, 1 << nd, sizeof *p->vertex);
  if (status) return status;
  p->rows = 2 * nd;
  p->vertices = 1 << nd;
  for (int i = 0; i < nd; i++) {
    p->row[2 * i * nd + i] = 1.0 / half[i];
    p->row[(2 * i + 1) * nd + i] = -1.0 / half[i];
  }
  for (int k = 0; k < p->vertices; k++)
    for (int i = 0; i < nd; i++) {
      const int low = k >> i & 1;
      p->vertex[k].z[i] = low ? -half[i] : half[i];
      p->vertex[k].facet[i] = 2 * i + low;
      p->vertex[k].next[i] = k ^ 1 << i;
      p->vertex[k].note = 0;
    }
  return DURO_OK;
}

void simple_destroy(simple_polytope *p) {
  duro_release(p->row);
  duro_release(p->vertex);
  duro_release(p->value);
  duro_release(p->end);
  duro_release(p->number);
  *p = (simple_polytope){0};
}

/* --- cutting ----------------------------------------------------------------------------------------------------- */

/* One end of an edge in the new facet: two vertices share the key, the other facets that the edge lies on. */
typedef struct simple_end {
  int key[SIMPLE_D], vertex, slot;
} edge_end;

static int by_key(const void *a, const void *b) {
  return memcmp(((const edge_end *)a)->key, ((const edge_end *)b)->key, sizeof((const edge_end *)a)->key);
}

/* the vertex where the edge from `in` to `out`, which leaves out's facet[slot], meets the new facet; in lies at index
 * `kept` and t of the way to out */
static void make_vertex(simple_polytope *p, int out, int slot, int kept, double t, edge_end *ends) {
  const int nd = p->nd, made = p->vertices++;
  simple_vertex *in = p->vertex + kept, *middle = p->vertex + made;
  const simple_vertex *off = p->vertex + out;
  memset(middle, 0, sizeof *middle);
  for (int i = 0; i < nd; i++) middle->z[i] = in->z[i] + t * (off->z[i] - in->z[i]);
  for (int i = 0, k = 0; i < nd; i++)
    if (i != slot) middle->facet[k++] = off->facet[i];
  middle->facet[nd - 1] = p->rows - 1;
  middle->next[nd - 1] = kept;
  for (int i = 0; i < nd; i++)
    if (in->next[i] == out) in->next[i] = made;
  for (int s = 0; s < nd - 1; s++) {
    memset(ends + s, 0, sizeof *ends);
    for (int i = 0, k = 0; i < nd - 1; i++)
      if (i != s) ends[s].key[k++] = middle->facet[i];
    ends[s].vertex = made;
    ends[s].slot = s;
  }
}

/* joins the ends of each edge of the new facet; false where they are not two */
static bool join(simple_polytope *p, edge_end *ends, int count) {
  if (count) qsort(ends, (size_t)count, sizeof *ends, by_key);
  for (int e = 0; e < count; e += 2) {
    if (e + 1 == count || by_key(ends + e, ends + e + 1) != 0) return false;
    if (e + 2 < count && by_key(ends + e, ends + e + 2) == 0) return false;
    p->vertex[ends[e].vertex].next[ends[e].slot] = ends[e + 1].vertex;
    p->vertex[ends[e + 1].vertex].next[ends[e + 1].slot] = ends[e].vertex;
  }
  return true;
}

static bool off(const simple_polytope *p, const double *value, int v) {
  return !p->vertex[v].gone && value[v] > 0.0;
}

/* value: row . z - 1 at the vertices; `crossed` edges lead from beyond to this side */
static duro_status cut(simple_polytope *p, const double *row, const double *value, int crossed) {
  const int nd = p->nd, n = p->vertices;
  duro_status status = grow((void **)&p->row, &p->row_room, p->rows + 1, (size_t)nd * sizeof *p->row);
  if (!status) status = grow((void **)&p->vertex, &p->vertex_room, n + crossed, sizeof *p->vertex);
  if (!status) status = grow((void **)&p->end, &p->end_room, crossed * (nd - 1), sizeof *p->end);
  if (status) return status;
  edge_end *ends = p->end;
  memcpy(p->row + (size_t)p->rows++ * (size_t)nd, row, (size_t)nd * sizeof *row);
  int count = 0;
  for (int v = 0; v < n; v++) {
    if (!off(p, value, v)) continue;
    for (int i = 0; i < nd; i++) {
      const int w = p->vertex[v].next[i];
      if (value[w] > 0.0) continue;
      make_vertex(p, v, i, w, value[w] / (value[w] - value[v]), ends + count);
      count += nd - 1;
    }
  }
  for (int v = 0; v < n; v++)
    if (off(p, value, v)) p->vertex[v].gone = true;
  if (!join(p, ends, count)) return duro_fail(DURO_ERROR_FORMAT, "rounding hides how the faces of a polytope meet");
  return DURO_OK;
}

duro_status simple_cut(simple_polytope *p, const double *row) {
  const duro_status status = grow((void **)&p->value, &p->value_room, p->vertices, sizeof *p->value);
  if (status) return status;
  double *value = p->value;
  int removed = 0, kept = 0, crossed = 0;
  for (int v = 0; v < p->vertices; v++) {
    if (p->vertex[v].gone) continue;
    value[v] = simple_dot(p->nd, row, p->vertex[v].z) - 1.0;
    *(value[v] > 0.0 ? &removed : &kept) += 1;
  }
  for (int v = 0; v < p->vertices; v++)
    for (int i = 0; i < p->nd && off(p, value, v); i++) crossed += value[p->vertex[v].next[i]] <= 0.0;
  if (!kept) return duro_fail(DURO_ERROR_FORMAT, "nothing is left of the polytope");
  return removed ? cut(p, row, value, crossed) : DURO_OK;
}

duro_status simple_tidy(simple_polytope *p) {
  const int nd = p->nd;
  const duro_status status = grow((void **)&p->number, &p->number_room, p->vertices + p->rows, sizeof *p->number);
  if (status) return status;
  int *to = p->number, *row_to = to + p->vertices;
  memset(row_to, 0, (size_t)p->rows * sizeof *row_to);
  int vertices = 0, rows = 0;
  for (int v = 0; v < p->vertices; v++) {
    if (p->vertex[v].gone) continue;
    to[v] = vertices++;
    for (int i = 0; i < nd; i++) row_to[p->vertex[v].facet[i]] = 1;
  }
  p->fresh = 0;
  for (int k = 0; k < p->rows; k++) {
    if (!row_to[k]) continue;
    p->fresh += k < p->known;
    memmove(p->row + (size_t)rows * (size_t)nd, p->row + (size_t)k * (size_t)nd, (size_t)nd * sizeof *p->row);
    row_to[k] = rows++;
  }
  for (int v = 0; v < p->vertices; v++) {
    if (p->vertex[v].gone) continue;
    simple_vertex moved = p->vertex[v];
    for (int i = 0; i < nd; i++) {
      moved.facet[i] = row_to[moved.facet[i]];
      moved.next[i] = to[moved.next[i]];
    }
    p->vertex[to[v]] = moved;
  }
  p->vertices = vertices;
  p->rows = p->known = rows;
  return DURO_OK;
}

/* --- the surface in simplices ------------------------------------------------------------------------------------ */

typedef struct surface {
  const simple_polytope *p;
  int *simplex, *facet, simplex_room, facet_room, count;
  int chosen[SIMPLE_D]; // first vertices of the faces on the way down
  int face[SIMPLE_D];   // the facets whose meeting the face is
  int *list;            // (nd x vertices x (nd + 1)) scratch of each depth
} surface;

static bool on(const simple_polytope *p, int v, int facet) {
  for (int i = 0; i < p->nd; i++)
    if (p->vertex[v].facet[i] == facet) return true;
  return false;
}

static duro_status emit(surface *s) {
  const int nd = s->p->nd;
  duro_status status = grow((void **)&s->simplex, &s->simplex_room, s->count + 1, (size_t)nd * sizeof *s->simplex);
  if (!status) status = grow((void **)&s->facet, &s->facet_room, s->count + 1, sizeof *s->facet);
  if (status) return status;
  memcpy(s->simplex + (size_t)s->count * (size_t)nd, s->chosen, (size_t)nd * sizeof *s->simplex);
  s->facet[s->count++] = s->face[0];
  return DURO_OK;
}

/* is the facet a new one beside the face, and does it lack the face's first vertex? */
static bool to_join(const surface *s, int facet, int depth, int first, const int *seen, int n_seen) {
  bool fresh = !on(s->p, first, facet);
  for (int k = 0; k <= depth && fresh; k++) fresh = s->face[k] != facet;
  for (int k = 0; k < n_seen && fresh; k++) fresh = seen[k] != facet;
  return fresh;
}

/* the face of the first depth + 1 facets in s->face, its n vertices ascending: joins its first vertex to those of its
 * own facets that lack it */
static duro_status pull(surface *s, int depth, const int *list, int n) {
  const simple_polytope *p = s->p;
  s->chosen[depth] = list[0];
  if (depth == p->nd - 1) return emit(s);
  int *part = s->list + (size_t)depth * (size_t)p->vertices * (size_t)(p->nd + 1), *seen = part + p->vertices,
      n_seen = 0;
  duro_status status = DURO_OK;
  for (int a = 1; a < n && !status; a++)
    for (int i = 0; i < p->nd && !status; i++) {
      const int facet = p->vertex[list[a]].facet[i];
      if (!to_join(s, facet, depth, list[0], seen, n_seen)) continue;
      seen[n_seen++] = facet;
      int m = 0;
      for (int b = a; b < n; b++)
        if (on(p, list[b], facet)) part[m++] = list[b];
      s->face[depth + 1] = facet;
      status = pull(s, depth + 1, part, m);
    }
  return status;
}

duro_status simple_triangulate(const simple_polytope *p, int **simplex, int **facet, int64_t *count) {
  surface s = {.p = p, .list = duro_allocate((size_t)p->nd * (size_t)p->vertices * (size_t)(p->nd + 1) * sizeof(int))};
  duro_status status = s.list ? DURO_OK : DURO_ERROR_MEMORY;
  int *list =
      status ? NULL
             : s.list + (size_t)(p->nd - 1) * (size_t)p->vertices * (size_t)(p->nd + 1); // no face of nd - 1 needs it
  for (int k = 0; k < p->rows && !status; k++) {
    int n = 0;
    for (int v = 0; v < p->vertices; v++)
      if (on(p, v, k)) list[n++] = v;
    s.face[0] = k;
    if (n) status = pull(&s, 0, list, n);
  }
  duro_release(s.list);
  if (status) {
    duro_release(s.simplex);
    duro_release(s.facet);
    return status;
  }
  *simplex = s.simplex;
  *facet = s.facet;
  *count = s.count;
  return DURO_OK;
}

/* |determinant| of the n rows of m, which is used up */
static double determinant(int n, double m[SIMPLE_D][SIMPLE_D]) {
  double product = 1.0;
  for (int c = 0; c < n; c++) {
    int pivot = c;
    for (int r = c + 1; r < n; r++)
      if (fabs(m[r][c]) > fabs(m[pivot][c])) pivot = r;
    if (m[pivot][c] == 0.0) return 0.0;
    double swap[SIMPLE_D];
    memcpy(swap, m[pivot], sizeof swap);
    memcpy(m[pivot], m[c], sizeof swap);
    memcpy(m[c], swap, sizeof swap);
    product *= fabs(m[c][c]);
    for (int r = c + 1; r < n; r++)
      for (int k = n - 1; k >= c; k--) m[r][k] -= m[r][c] / m[c][c] * m[c][k];
  }
  return product;
}

double simple_volume(const simple_polytope *p, const int *simplex, int64_t count) {
  double sum = 0.0, factorial = 1.0;
  for (int i = 2; i <= p->nd; i++) factorial *= i;
  for (int64_t s = 0; s < count; s++) {
    double m[SIMPLE_D][SIMPLE_D];
    for (int i = 0; i < p->nd; i++) memcpy(m[i], p->vertex[simplex[s * p->nd + i]].z, sizeof m[i]);
    sum += determinant(p->nd, m);
  }
  return sum / factorial;
}
