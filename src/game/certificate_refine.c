/* One set of cones after another while a certificate is made: what is known of the one before, and cones in halves. */
#include <string.h>

#include "base/memory.h"
#include "game/certificate.h"
#include "io/hash.h"

/* Numbers by the bits of what they stand for, of which the first is found: open addressing. */
typedef struct table {
  size_t mask;
  int64_t *slot; // (mask + 1) number + 1, 0: free
  const unsigned char *of;
  size_t bytes; // of what a number stands for
} table;

static size_t find(const table *t, const void *key) {
  size_t at = (size_t)XXH3_64bits(key, t->bytes) & t->mask;
  while (t->slot[at] && memcmp(t->of + (size_t)(t->slot[at] - 1) * t->bytes, key, t->bytes) != 0)
    at = (at + 1) & t->mask;
  return at;
}

/* of the first `count`; there is room for `most` */
static duro_status fill_table(table *t, const void *of, size_t bytes, int64_t count, int64_t most) {
  size_t size = 16;
  while (size < 2 * (size_t)most) size *= 2;
  *t = (table){.mask = size - 1, .slot = duro_allocate(size * sizeof *t->slot), .of = of, .bytes = bytes};
  if (!t->slot) return DURO_ERROR_MEMORY;
  for (int64_t i = 0; i < count; i++) {
    int64_t *slot = t->slot + find(t, t->of + (size_t)i * bytes);
    if (*slot == 0) *slot = i + 1;
  }
  return DURO_OK;
}

/* --- what is known of a set before ------------------------------------------------------------------------------- */

duro_status cert_cones_keep(cert_cones *s, const cert_verdict *verdict) {
  s->proved = duro_allocate((size_t)s->count * sizeof *s->proved);
  if (!s->proved) return DURO_ERROR_MEMORY;
  for (int64_t k = 0; k < s->count; k++) s->proved[k] = verdict[k].proved;
  return DURO_OK;
}

/* the first row that the set before did not have */
static int first_new_row(const cert_cones *s, const cert_cones *before, int nd) {
  const size_t bytes = (size_t)nd * sizeof(double);
  int row = 0;
  for (int old = 0; row < s->rows && old < before->rows; old++)
    row += memcmp(s->row + (size_t)row * (size_t)nd, before->row + (size_t)old * (size_t)nd, bytes) == 0;
  return row;
}

/* the vertex before that lies where this one does and has the same control; -1: none */
static int vertex_before(const cert_cones *s, const cert_cones *before, const table *places, int v, int nd) {
  const int64_t found = places->slot[find(places, s->vertex + (size_t)v * (size_t)nd)];
  const size_t nu = (size_t)s->nu;
  const bool same = found && memcmp(s->control + (size_t)v * nu, before->control + (size_t)(found - 1) * nu,
                                    nu * sizeof *s->control) == 0;
  return same ? (int)found - 1 : -1;
}

static void know_cones(cert_cones *s, const cert_cones *before, const table *places, const table *simplices, int nd) {
  const int rows = first_new_row(s, before, nd);
  for (int64_t k = 0; k < s->count; k++) {
    int corner[CERT_D];
    for (int i = 0; i < nd; i++) corner[i] = vertex_before(s, before, places, s->simplex[k * nd + i], nd);
    const int64_t found = simplices->slot[find(simplices, corner)];
    s->known[k] = found && before->proved[found - 1] ? rows : 0;
  }
}

duro_status cert_cones_know(cert_cones *s, const cert_cones *before, int nd) {
  const size_t of_vertex = (size_t)nd * sizeof(double), of_simplex = (size_t)nd * sizeof(int);
  table places = {0}, simplices = {0};
  s->known = duro_allocate((size_t)s->count * sizeof *s->known);
  duro_status status = s->known ? DURO_OK : DURO_ERROR_MEMORY;
  if (!status) status = fill_table(&places, before->vertex, of_vertex, before->vertices, before->vertices);
  if (!status) status = fill_table(&simplices, before->simplex, of_simplex, before->count, before->count);
  const size_t nu = (size_t)s->nu * sizeof *s->centre_control;
  if (!status && memcmp(s->centre_control, before->centre_control, nu) == 0)
    know_cones(s, before, &places, &simplices, nd);
  duro_release(places.slot);
  duro_release(simplices.slot);
  return status;
}

/* --- halves ------------------------------------------------------------------------------------------------------ */

typedef struct halver {
  cert_cones *cones;
  int nd;
  table edges; // the place of each in the order in which they are halved
  int vertices;
  int *simplex, *facet, *known; // NULL: they are only counted
  int64_t count;
} halver;

/* the first edge of a simplex to be halved, from `next` on; -1: none */
static int64_t first_edge(const halver *h, const int *corner, int64_t next, int *p, int *q) {
  int64_t first = -1;
  for (int i = 0; i < h->nd; i++)
    for (int j = 0; j < h->nd; j++) {
      const int pair[2] = {corner[i], corner[j]};
      const int64_t found = pair[0] < pair[1] ? h->edges.slot[find(&h->edges, pair)] - 1 : -1;
      if (found < next || (first >= 0 && found >= first)) continue;
      first = found;
      *p = i;
      *q = j;
    }
  return first;
}

/* All cones that have an edge halve it, in the same order, so that neighbours still meet. */
static void halve(halver *h, const int *corner, int64_t next, int facet, int known) {
  int p = 0, q = 0;
  const int64_t edge = first_edge(h, corner, next, &p, &q);
  if (edge < 0) {
    if (h->simplex) {
      memcpy(h->simplex + h->count * h->nd, corner, (size_t)h->nd * sizeof *corner);
      h->facet[h->count] = facet;
      h->known[h->count] = known;
    }
    h->count++;
    return;
  }
  const int ends[2] = {p, q};
  for (int k = 0; k < 2; k++) {
    int half[CERT_D];
    memcpy(half, corner, (size_t)h->nd * sizeof *corner);
    half[ends[k]] = h->vertices + (int)edge;
    halve(h, half, edge + 1, facet, 0);
  }
}

static void halve_all(halver *h) {
  const cert_cones *s = h->cones;
  h->count = 0;
  for (int64_t k = 0; k < s->count; k++) halve(h, s->simplex + k * h->nd, 0, s->facet[k], s->proved[k] ? s->rows : 0);
}

/* the vertices with those in the middle of the edges */
static duro_status add_vertices(cert_cones *s, int nd, const cert_edge *edge, int64_t edges) {
  const size_t all = (size_t)s->vertices + (size_t)edges, nx = (size_t)nd, nu = (size_t)s->nu;
  double *vertex = duro_allocate(all * nx * sizeof *vertex), *control = duro_allocate(all * nu * sizeof *control);
  if (!vertex || !control) {
    duro_release(vertex);
    duro_release(control);
    return DURO_ERROR_MEMORY;
  }
  memcpy(vertex, s->vertex, (size_t)s->vertices * nx * sizeof *vertex);
  memcpy(control, s->control, (size_t)s->vertices * nu * sizeof *control);
  for (int64_t e = 0; e < edges; e++) {
    const double *from = s->vertex + (size_t)edge[e].from * nx, *to = s->vertex + (size_t)edge[e].to * nx;
    double *at = vertex + ((size_t)s->vertices + (size_t)e) * nx;
    for (int j = 0; j < nd; j++) at[j] = 0.5 * (from[j] + to[j]);
    memcpy(control + ((size_t)s->vertices + (size_t)e) * nu, edge[e].control, nu * sizeof *control);
  }
  duro_release(s->vertex);
  duro_release(s->control);
  s->vertex = vertex, s->control = control;
  s->vertices = (int)all;
  return DURO_OK;
}

/* Leaves out edges that were given before; their number. */
static int64_t unique_edges(cert_edge *edge, int64_t edges, table *t, int *pair) {
  int64_t kept = 0;
  for (int64_t e = 0; e < edges; e++) {
    const int both[2] = {edge[e].from, edge[e].to};
    int64_t *slot = t->slot + find(t, both);
    if (*slot) continue;
    memcpy(pair + 2 * kept, both, sizeof both);
    edge[kept++] = edge[e];
    *slot = kept;
  }
  return kept;
}

duro_status cert_cones_halve(cert_cones *s, int nd, cert_edge *edge, int64_t edges) {
  halver h = {.cones = s, .nd = nd, .vertices = s->vertices};
  int *pair = duro_allocate(2 * (size_t)edges * sizeof *pair);
  duro_status status = pair ? fill_table(&h.edges, pair, 2 * sizeof *pair, 0, edges) : DURO_ERROR_MEMORY;
  if (!status) {
    edges = unique_edges(edge, edges, &h.edges, pair);
    halve_all(&h);
    h.simplex = duro_allocate((size_t)(h.count * nd) * sizeof *h.simplex);
    h.facet = duro_allocate((size_t)h.count * sizeof *h.facet);
    h.known = duro_allocate((size_t)h.count * sizeof *h.known);
    status = h.simplex && h.facet && h.known ? add_vertices(s, nd, edge, edges) : DURO_ERROR_MEMORY;
  }
  if (!status) halve_all(&h);
  duro_release(status ? h.simplex : s->simplex);
  duro_release(status ? h.facet : s->facet);
  duro_release(status ? h.known : s->known);
  if (!status) {
    s->simplex = h.simplex, s->facet = h.facet, s->known = h.known;
    s->count = h.count;
    duro_release(s->proved);
    s->proved = NULL;
    duro_release(s->first);
    s->first = NULL;
    status = cert_index_facets(s);
  }
  duro_release(pair);
  duro_release(h.edges.slot);
  return status;
}
