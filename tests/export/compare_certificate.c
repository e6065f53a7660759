/* Holds a compiled export of a certificate against the library, bit for bit: compare_certificate FILE ENV LIBRARY
 * PREFIX COUNT. ENV is a name or a file. Prints how often each answer came; exit status 1 where a bit differs, which is
 * said. */
#include <dlfcn.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/purposes.h"
#include "duro/duro.h"
#include "game/certificate.h"

typedef struct shield {
  duro_certificate *certificate;
  void *worker;
  int nx, nu;
  double (*value)(const double *x), (*margin)(const double *x, const double *u);
  int (*control)(const double *x, double *u), (*filter)(const double *x, double *u), (*self_test)(void);
} shield;

enum { WANTED, SAFE, OUTSIDE, FALLBACK, ANSWERS };

static void fail(const char *what) {
  printf("%s\n", what);
  exit(1);
}

static void find(void *function, void *library, const char *prefix, const char *name) {
  char symbol[160];
  snprintf(symbol, sizeof symbol, "%s_%s", prefix, name);
  void *found = dlsym(library, symbol);
  if (!found) fail(symbol);
  memcpy(function, &found, sizeof found);
}

/* as the export has it: the smallest number for what is -infinity */
static bool same(double got, double wanted) {
  if (wanted < -DBL_MAX) wanted = -DBL_MAX;
  return memcmp(&got, &wanted, sizeof got) == 0;
}

static int differ(const char *what, double got, double wanted, const double *x) {
  if (same(got, wanted)) return 0;
  printf("%s is %a; wanted %a, at %a %a\n", what, got, wanted, x[0], x[1]);
  return 1;
}

/* In the set, on its surface, at a corner of it, in a box about it, or nowhere. */
static void draw_state(const shield *s, double *x, duro_stream *stream) {
  const cert_game *g = &s->certificate->game;
  const cert_cones *cones = s->certificate->cones;
  const uint32_t kind = duro_stream_below(stream, 8);
  if (!duro_certificate_draw(s->certificate, x, stream)) fail("no state of the set was found");
  const double out = kind == 0 ? 1.0 - duro_certificate_value(s->certificate, x) : 1.0;
  const int v = (int)duro_stream_below(stream, (uint32_t)cones->vertices);
  for (int i = 0; i < g->nd; i++) {
    double *at = &x[g->axis[i].state];
    if (kind == 0) *at = cones->centre[i] + (*at - cones->centre[i]) / out;
    if (kind == 1) *at = cones->centre[i] + cones->vertex[v * g->nd + i];
    if (kind == 2) *at = cones->centre[i] + 1.5 * (*at - cones->centre[i]);
    if (kind == 3 && i == 0) *at = (2.0 * duro_stream_uniform(stream) - 1.0) * 1e6;
  }
  if (kind == 4 && duro_stream_below(stream, 4) == 0)
    x[g->axis[0].state] = duro_stream_below(stream, 2) ? NAN : INFINITY;
}

static void draw_control(const shield *s, double *u, const double *x, duro_stream *stream) {
  const uint32_t kind = duro_stream_below(stream, 6);
  duro_certificate_control(s->certificate, u, x);
  for (int k = 0; k < s->nu; k++) {
    const double any = 2.0 * duro_stream_uniform(stream) - 1.0;
    if (kind == 1) u[k] = any > 0 ? 1.0 : -1.0;
    if (kind == 2) u[k] = 1.5 * any;
    if (kind > 2) u[k] = any;
  }
  if (kind == 5 && duro_stream_below(stream, 8) == 0) u[0] = NAN;
}

/* what the filter has to answer, by the library's functions */
static int answer_of(const shield *s, double *u, const double *x) {
  double wanted[CERT_U];
  bool number = true, finite = true;
  for (int k = 0; k < s->nu; k++) {
    number = number && !isnan(u[k]);
    wanted[k] = u[k] < -1.0 ? -1.0 : u[k] > 1.0 ? 1.0 : u[k];
  }
  if (number && duro_certificate_margin(s->certificate, s->worker, wanted, x) >= 0.0) {
    memcpy(u, wanted, (size_t)s->nu * sizeof *u);
    return WANTED;
  }
  for (int i = 0; i < s->certificate->game.nd; i++) finite = finite && isfinite(x[s->certificate->game.axis[i].state]);
  const bool inside = duro_certificate_control(s->certificate, u, x);
  return !finite ? FALLBACK : inside ? SAFE : OUTSIDE;
}

static int check(const shield *s, int64_t number, int answers[ANSWERS]) {
  duro_stream stream = duro_stream_at(11, DURO_PURPOSE_EXPORT, (uint64_t)number);
  double x[DURO_MAX_STATE], u[CERT_U], right[CERT_U], played[CERT_U];
  draw_state(s, x, &stream);
  draw_control(s, u, x, &stream);
  if (differ("the value", s->value(x), duro_certificate_value(s->certificate, x), x)) return 1;
  if (differ("the margin", s->margin(x, u), duro_certificate_margin(s->certificate, s->worker, u, x), x)) return 1;
  memcpy(right, u, sizeof right);
  memcpy(played, u, sizeof played);
  const int wanted = answer_of(s, right, x), got = s->filter(x, played);
  if (got != wanted) {
    printf("the filter answers %d; wanted %d, at %a %a\n", got, wanted, x[0], x[1]);
    return 1;
  }
  answers[got]++;
  const bool inside = duro_certificate_control(s->certificate, right, x);
  if (s->control(x, u) != (inside ? SAFE : wanted == FALLBACK ? FALLBACK : OUTSIDE) && wanted != WANTED) return 1;
  for (int k = 0; k < s->nu; k++) {
    if (inside && differ("the control", u[k], right[k], x)) return 1;
    if (wanted == SAFE && differ("what is played", played[k], right[k], x)) return 1;
    if (!(fabs(played[k]) <= 1.0) || !(fabs(u[k]) <= 1.0 + 1e-12)) return 1;
  }
  return 0;
}

int main(int argc, char **argv) {
  const duro_env_ops *ops;
  shield s = {.worker = NULL};
  int answers[ANSWERS] = {0};
  if (argc != 6) fail("usage: compare_certificate FILE ENV LIBRARY PREFIX COUNT");
  if (duro_env_open(&ops, argv[2], NULL) || duro_certificate_load(&s.certificate, argv[1], ops)) fail(duro_error());
  if (duro_certificate_worker_create(s.certificate, &s.worker)) fail(duro_error());
  s.nx = s.certificate->game.formula->nx, s.nu = s.certificate->game.nu;
  void *library = dlopen(argv[3], RTLD_NOW);
  if (!library) fail(dlerror());
  find(&s.value, library, argv[4], "value");
  find(&s.margin, library, argv[4], "margin");
  find(&s.control, library, argv[4], "control");
  find(&s.filter, library, argv[4], "filter");
  find(&s.self_test, library, argv[4], "self_test");
  if (s.self_test() != 0) fail("the self-test fails");
  for (int64_t i = 0; i < atoll(argv[5]); i++)
    if (check(&s, i, answers)) return 1;
  printf("wanted %d safe %d outside %d fallback %d\n", answers[WANTED], answers[SAFE], answers[OUTSIDE],
         answers[FALLBACK]);
  dlclose(library);
  duro_certificate_worker_destroy(s.worker);
  duro_certificate_destroy(s.certificate);
  duro_env_close(ops);
  return 0;
}
