/* The certificate as a file: docs/certificates.md describes it, apps/duro-recheck reads it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/purposes.h"
#include "game/certificate.h"
#include "io/file.h"
#include "io/hash.h"
#include "io/number.h"

/* --- what the file says of the environment ---------------------------------------------------------------------- */

duro_status cert_describe(duro_certificate *cert, const duro_env *env) {
  (void)snprintf(cert->environment, sizeof cert->environment, "%s", env->ops->name);
  enum { LINE = 64 + DURO_TEXT_SIZE + 64 };
  cert->settings = duro_allocate((size_t)env->ops->n_settings * LINE + 1);
  if (!cert->settings) return DURO_ERROR_MEMORY;
  size_t used = 0;
  for (int i = 0; i < env->ops->n_settings; i++) {
    char text[DURO_TEXT_SIZE + 64];
    duro_settings_text(text, sizeof text, env->ops->settings + i, env->settings);
    used += (size_t)snprintf(cert->settings + used, LINE, "setting %s %s\n", env->ops->settings[i].name, text);
  }
  return DURO_OK;
}

/* largest difference between formula and step on random states, as a share of an axis; h as a share of scale */
duro_status cert_compare(duro_certificate *cert, const duro_env *env) {
  enum { POINTS = 10000 };
  const cert_game *g = &cert->game;
  const duro_formula *f = g->formula;
  void *worker = NULL;
  duro_status status = duro_env_worker_create(env, &worker);
  double *work = status ? NULL : duro_allocate((size_t)f->count * sizeof *work);
  if (!status && !work) status = DURO_ERROR_MEMORY;
  for (int point = 0; point < POINTS && !status; point++) {
    duro_stream stream = duro_stream_at(0, DURO_PURPOSE_CERTIFICATE, (uint64_t)point);
    double x[DURO_MAX_STATE] = {0}, u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
    double x2[DURO_MAX_STATE], y2[DURO_MAX_STATE], h[DURO_FORMULA_CONSTRAINTS];
    for (int i = 0; i < g->nd; i++)
      x[g->axis[i].state] = g->axis[i].low + duro_stream_uniform(&stream) * g->spacing[i] * g->cells[i];
    for (int i = 0; i < g->nu; i++) u[i] = 2.0 * duro_stream_uniform(&stream) - 1.0;
    for (int i = 0; i < g->na; i++) a[i] = 2.0 * duro_stream_uniform(&stream) - 1.0;
    duro_step out;
    env->ops->step(env, worker, x2, &out, x, u, a);
    duro_formula_evaluate(f, work, y2, h, x, u, a);
    for (int i = 0; i < g->nd; i++) {
      double off = (x2[g->axis[i].state] - y2[g->axis[i].state]) / g->spacing[i];
      if (g->axis[i].periodic) off -= g->cells[i] * floor(off / g->cells[i] + 0.5);
      cert->difference = i_max(cert->difference, fabs(off) / g->cells[i]);
    }
    double least = h[0];
    for (int i = 1; i < f->nh; i++) least = i_min(least, h[i]);
    cert->difference = i_max(cert->difference, fabs(least - env->ops->constraint(env, x)) / cert->scale);
  }
  cert->points = POINTS;
  duro_release(work);
  duro_env_worker_destroy(env, worker);
  if (status || 2.0 * cert->difference <= g->tolerance) return status;
  return duro_fail(
      DURO_ERROR_ARGUMENT,
      "the step of '%s' differs from its formula by %.3g of an axis; certificate.tolerance is %.3g, wanted "
      "at least twice as much",
      env->ops->name, cert->difference, g->tolerance);
}

/* --- writing ---------------------------------------------------------------------------------------------------- */

typedef struct output {
  duro_writer writer;
  text *copy;   // not NULL: bytes go here, and nowhere else
  uint64_t sum; // FNV-1a of all bytes so far
  duro_status status;
} output;

static void put(output *o, const void *bytes, size_t size) {
  const uint8_t *b = bytes;
  if (o->copy) {
    text_add_bytes(o->copy, bytes, size);
    return;
  }
  for (size_t i = 0; i < size; i++) o->sum = (o->sum ^ b[i]) * 0x100000001b3ULL;
  if (!o->status) o->status = duro_writer_append(&o->writer, bytes, size);
}

__attribute__((format(printf, 2, 3))) static void line(output *o, const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  const int n = duro_format_list(text, sizeof text, format, arguments);
  va_end(arguments);
  put(o, text, n < (int)sizeof text ? (size_t)n : sizeof text - 1);
}

static void put_formula(output *o, const duro_formula *f) {
  line(o, "nodes %d\n", f->count);
  for (int i = 0; i < f->count; i++) {
    const duro_formula_node *n = f->node + i;
    if (n->op == DURO_F_CONSTANT)
      line(o, "constant %a\n", n->value);
    else if (n->op < DURO_F_CONSTANT || n->op >= DURO_F_NEG)
      line(o, "%s %d\n", duro_formula_op_name(n->op), n->a);
    else
      line(o, "%s %d %d\n", duro_formula_op_name(n->op), n->a, n->b);
  }
  line(o, "constraints %d\n", f->nh);
  for (int i = 0; i < f->nh; i++) line(o, "%d\n", f->h[i]);
}

static void put_header(output *o, const duro_certificate *cert) {
  const cert_game *g = &cert->game;
  line(o, "duro-certificate 1\nenvironment %s\n", cert->environment);
  put(o, cert->settings, strlen(cert->settings));
  if (cert->cones)
    line(o, "claim Let S be the union of the cones, simplices with the centre as a common corner. For every state of "
            "S, the\n"
            "claim mean of the controls at the corners of a cone that it lies in, with its barycentric coordinates as "
            "weights,\n"
            "claim leads to a state of S again, whatever the disturbance in [-1, 1], and h >= 0 on S. This is proved "
            "for the\n"
            "claim real arithmetic of the formula below and any error of a step of up to `tolerance` of the length of "
            "an axis\n"
            "claim in each state.\n");
  else
    line(
        o,
        "claim Let S be the states in the grid with V >= 0, V multilinear between the vertices. For every state of S,\n"
        "claim the control of the box that it lies in leads to a state of S again, whatever the disturbance in [-1, "
        "1],\n"
        "claim and h >= 0 on S. This is proved for the real arithmetic of the formula below and any error of a step "
        "of\n"
        "claim up to `tolerance` of the length of an axis in each state.\n");
  line(o, "measured the program's step differs from the formula by at most %.3g of an axis on %d random states\n",
       cert->difference, cert->points);
  line(o, "inputs %d %d %d\n", g->formula->nx, g->nu, g->na);
  put_formula(o, g->formula);
  line(o, "axes %d\n", g->nd);
  for (int i = 0; i < g->nd; i++) { // state, node of its successor, vertices, periodic, first vertex, spacing
    const duro_grid_axis *a = g->axis + i;
    line(o, "%d %d %d %d %a %a\n", a->state, g->formula->next[a->state], a->n, a->periodic ? 1 : 0, a->low,
         g->spacing[i]);
  }
  const int controls = cert->cones ? 0 : g->controls;
  line(o, "controls %d\n", controls);
  for (int k = 0; k < controls * g->nu; k++) line(o, "%a\n", g->control[k]);
  line(o, "tolerance %a\nvolume %.9g\n", g->tolerance, duro_certificate_volume(cert));
  if (cert->cones)
    line(o, "cones %lld %d %d\n", (long long)cert->cones->count, cert->cones->vertices, cert->cones->rows);
  else
    line(o, "data %lld %lld\n", (long long)g->vertices, (long long)cert->first[g->all_cells]);
}

static void put_cones(output *o, const cert_cones *s, int nd) {
  const size_t n = (size_t)nd;
  put(o, s->centre, n * sizeof *s->centre);
  put(o, s->centre_control, (size_t)s->nu * sizeof *s->centre_control);
  put(o, s->row, (size_t)s->rows * n * sizeof *s->row);
  put(o, s->vertex, (size_t)s->vertices * n * sizeof *s->vertex);
  put(o, s->control, (size_t)s->vertices * (size_t)s->nu * sizeof *s->control);
  put(o, s->simplex, (size_t)s->count * n * sizeof *s->simplex);
  put(o, s->facet, (size_t)s->count * sizeof *s->facet);
}

static void put_grid(output *o, const duro_certificate *cert) {
  put(o, cert->V, (size_t)cert->game.vertices * sizeof *cert->V);
  put(o, cert->tree, (size_t)cert->first[cert->game.all_cells]);
}

duro_status cert_header(text *out, const duro_certificate *cert) {
  output *o = duro_allocate(sizeof *o);
  if (!o) return DURO_ERROR_MEMORY;
  o->copy = out;
  put_header(o, cert);
  duro_release(o);
  return text_status(out);
}

static void hash_cones(duro_hasher *hasher, const cert_cones *s, size_t nd) {
  duro_hash_reals(hasher, s->centre, nd);
  for (int k = 0; k < s->nu; k++) duro_hash_real(hasher, s->centre_control[k]);
  duro_hash_reals(hasher, s->row, (size_t)s->rows * nd);
  duro_hash_reals(hasher, s->vertex, (size_t)s->vertices * nd);
  duro_hash_reals(hasher, s->control, (size_t)s->vertices * (size_t)s->nu);
  duro_hash_bytes(hasher, s->simplex, (size_t)s->count * nd * sizeof *s->simplex);
  duro_hash_bytes(hasher, s->facet, (size_t)s->count * sizeof *s->facet);
}

uint64_t duro_certificate_hash(const duro_certificate *cert) {
  const cert_game *g = &cert->game;
  duro_hasher hasher;
  duro_hash_begin(&hasher, "certificate");
  duro_hash_text(&hasher, cert->environment);
  duro_hash_text(&hasher, cert->settings);
  duro_hash_real(&hasher, g->tolerance);
  duro_hash_reals(&hasher, g->control, cert->cones ? 0 : (size_t)(g->controls * g->nu));
  for (int i = 0; i < g->nd; i++) {
    const double axis[] = {g->axis[i].state, g->axis[i].n, g->axis[i].periodic, g->axis[i].low, g->spacing[i]};
    duro_hash_reals(&hasher, axis, sizeof axis / sizeof *axis);
  }
  if (cert->cones) {
    hash_cones(&hasher, cert->cones, (size_t)g->nd);
  } else {
    duro_hash_floats(&hasher, cert->V, (size_t)g->vertices);
    duro_hash_bytes(&hasher, cert->tree, (size_t)cert->first[g->all_cells]);
  }
  return duro_hash_end(&hasher);
}

duro_status duro_certificate_save(const duro_certificate *cert, const char *path) {
  output *o = duro_allocate(sizeof *o);
  if (!o) return DURO_ERROR_MEMORY;
  o->sum = 0xcbf29ce484222325ULL;
  o->status = duro_writer_begin(&o->writer, path);
  const bool begun = o->status == DURO_OK;
  if (begun) {
    put_header(o, cert);
    if (cert->cones)
      put_cones(o, cert->cones, cert->game.nd);
    else
      put_grid(o, cert);
    const uint64_t sum = o->sum;
    put(o, &sum, sizeof sum);
    if (!o->status) o->status = duro_writer_commit(&o->writer);
  }
  const duro_status status = o->status;
  duro_release(o);
  return status;
}
