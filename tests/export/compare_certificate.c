/* Holds a compiled export of a certificate against the library, bit for bit, on the inputs of drive_shield.h:
 * compare_certificate FILE ENV LIBRARY PREFIX COUNT prints the hash of what came out, which other machines have to
 * give, and how often each answer came; exit status 1 where a bit differs, which is said. With HEADER in place of
 * LIBRARY and no COUNT it writes the tables that drive_shield.c includes. ENV is a name or a file. */
#include <float.h>
#include <math.h>

#include "compare_double.h"
#include "drive_shield.h"
#include "duro/duro.h"
#include "game/certificate.h"

typedef struct session {
  duro_certificate *certificate;
  void *worker;
  int state[CERT_D];
  drive_shield shield;
  int (*self_test)(void);
} session;

enum { WANTED, SAFE, OUTSIDE, FALLBACK, ANSWERS };

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

/* what the filter has to answer, by the library's functions */
static int answer_of(const session *s, double *u, const double *x) {
  double wanted[CERT_U];
  bool number = true;
  for (int k = 0; k < s->shield.nu; k++) {
    number = number && !isnan(u[k]);
    wanted[k] = u[k] < -1.0 ? -1.0 : u[k] > 1.0 ? 1.0 : u[k];
  }
  if (number && duro_certificate_margin(s->certificate, s->worker, wanted, x) >= 0.0) {
    memcpy(u, wanted, (size_t)s->shield.nu * sizeof *u);
    return WANTED;
  }
  const bool finite = isfinite(duro_certificate_value(s->certificate, x));
  const bool inside = duro_certificate_control(s->certificate, u, x);
  return !finite ? FALLBACK : inside ? SAFE : OUTSIDE;
}

static int check(const session *s, const double *x, const double *wanted_u, int answers[ANSWERS]) {
  const drive_shield *e = &s->shield;
  double u[CERT_U] = {0}, right[CERT_U], played[CERT_U];
  if (differ("the value", e->value(x), duro_certificate_value(s->certificate, x), x)) return 1;
  const double margin = duro_certificate_margin(s->certificate, s->worker, wanted_u, x);
  if (differ("the margin", e->margin(x, wanted_u), margin, x)) return 1;
  memcpy(right, wanted_u, sizeof right);
  memcpy(played, wanted_u, sizeof played);
  const int wanted = answer_of(s, right, x), got = e->filter(x, played);
  if (got != wanted) {
    printf("the filter answers %d; wanted %d, at %a %a\n", got, wanted, x[0], x[1]);
    return 1;
  }
  answers[got]++;
  for (int k = 0; k < e->nu; k++)
    if (wanted < OUTSIDE && differ("what is played", played[k], right[k], x)) return 1;
  const bool inside = duro_certificate_control(s->certificate, right, x);
  if (e->control(x, u) != (inside ? SAFE : wanted == FALLBACK ? FALLBACK : OUTSIDE) && wanted != WANTED) return 1;
  for (int k = 0; k < e->nu; k++) {
    if (inside && differ("the control", u[k], right[k], x)) return 1;
    if (!(fabs(played[k]) <= 1.0) || !(fabs(u[k]) <= 1.0)) return differ("a control", u[k], played[k], x), 1;
  }
  return 0;
}

/* what drive_shield.c is to know of the export and of its set */
static int write_header(const session *s, const char *path, const char *prefix) {
  const drive_shield *e = &s->shield;
  FILE *file = fopen(path, "w");
  if (!file) fail(path);
  fprintf(file, "#include \"%s.h\"\n#define P(name) %s_##name\n", prefix, prefix);
  fprintf(file, "enum { STATES = %d, CONTROLS = %d, AXES = %d, VERTICES = %d };\n", e->nx, e->nu, e->axes, e->vertices);
  fprintf(file, "static const int state[AXES] = {");
  for (int i = 0; i < e->axes; i++) fprintf(file, "%s%d", i ? ", " : "", s->state[i]);
  fprintf(file, "};\n");
  write_numbers(file, "centre[AXES]", e->centre, e->axes);
  fprintf(file, "static const double vertex[VERTICES][AXES] = {\n");
  for (int v = 0; v < e->vertices; v++) {
    for (int i = 0; i < e->axes; i++) fprintf(file, "%s%a", i ? ", " : "  {", e->vertex[v * e->axes + i]);
    fprintf(file, "},\n");
  }
  fprintf(file, "};\n");
  return fclose(file) != 0;
}

static void open_set(session *s, const char *path, const duro_env_ops *ops) {
  if (duro_certificate_load(&s->certificate, path, ops)) fail(duro_error());
  if (duro_certificate_worker_create(s->certificate, &s->worker)) fail(duro_error());
  const cert_game *g = &s->certificate->game;
  const cert_cones *cones = s->certificate->cones;
  for (int i = 0; i < g->nd; i++) s->state[i] = g->axis[i].state;
  s->shield = (drive_shield){.nx = g->formula->nx,
                             .nu = g->nu,
                             .axes = g->nd,
                             .vertices = cones->vertices,
                             .state = s->state,
                             .centre = cones->centre,
                             .vertex = cones->vertex};
}

static int compare(session *s, const char *path, const char *prefix, long count) {
  int answers[ANSWERS] = {0}, status = 0;
  double x[DRIVE_STATES], wanted[DRIVE_CONTROLS];
  drive d = {1u, 2166136261u};
  void *library = dlopen(path, RTLD_NOW);
  if (!library) fail(dlerror());
  find(&s->shield.value, library, prefix, "value");
  find(&s->shield.margin, library, prefix, "margin");
  find(&s->shield.control, library, prefix, "control");
  find(&s->shield.filter, library, prefix, "filter");
  find(&s->self_test, library, prefix, "self_test");
  if (s->self_test() != 0) fail("the self-test fails");
  for (long i = 0; i < count && !status; i++) {
    drive_shield_play(&d, &s->shield, x, wanted, i);
    status = check(s, x, wanted, answers);
  }
  if (!status)
    printf("%08x\nwanted %d safe %d outside %d fallback %d\n", d.hash, answers[WANTED], answers[SAFE], answers[OUTSIDE],
           answers[FALLBACK]);
  dlclose(library);
  return status;
}

int main(int argc, char **argv) {
  const duro_env_ops *ops;
  session s = {.worker = NULL};
  if (argc < 5) fail("usage: compare_certificate FILE ENV LIBRARY PREFIX COUNT, or FILE ENV HEADER PREFIX");
  if (duro_env_open(&ops, argv[2], NULL)) fail(duro_error());
  open_set(&s, argv[1], ops);
  const int status = argc > 5 ? compare(&s, argv[3], argv[4], atol(argv[5])) : write_header(&s, argv[3], argv[4]);
  duro_certificate_worker_destroy(s.worker);
  duro_certificate_destroy(s.certificate);
  duro_env_close(ops);
  return status;
}
