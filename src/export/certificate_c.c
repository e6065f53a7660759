/* A certificate of cones as freestanding C: the set, its control, and what is proved of another one. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/math.h"
#include "base/memory.h"
#include "base/purposes.h"
#include "duro/export.h"
#include "export/plan.h"
#include "export/words.h"
#include "export_certificate_header.h"
#include "export_certificate_source.h"
#include "game/certificate.h"
#include "io/hash.h"

enum { TESTS = 32, MOST_CONES = 1 << 20 };

/* The words of the templates. */
typedef struct certificate_words {
  export_words words;
  text environment, states, axis_states, tolerances, successors, centre, centre_control, rows, corners, controls,
      simplices, first_cones, program, sine, cosine, test_states, test_wanted, test_controls, test_values, test_margins;
} certificate_words;

/* ---- the motion as steps, each with a place of its own while its value is asked for ---- */

typedef struct program {
  int *place; // (nodes) place of a node; -1: it is not needed
  int *until; // (nodes) step after which nobody asks for it
  bool *calm; // (nodes) no disturbance changes it
  bool *used; // (steps) places that are taken
  int slots;
} program;

static bool is_two(duro_formula_op op) {
  return op >= DURO_F_ADD && op < DURO_F_NEG;
}

static void find_lives(program *p, const cert_game *g) {
  const duro_formula *f = g->formula;
  for (int i = 0; i < f->count; i++) p->place[i] = -1;
  for (int j = 0; j < g->motion.count; j++) {
    const int index = g->motion.node[j];
    const duro_formula_node *n = f->node + index;
    p->until[index] = j;
    if (n->op >= DURO_F_ADD) p->until[n->a] = j;
    if (is_two(n->op)) p->until[n->b] = j;
    p->calm[index] = n->op != DURO_F_A && (n->op < DURO_F_ADD || p->calm[n->a]) && (!is_two(n->op) || p->calm[n->b]);
  }
  for (int i = 0; i < g->nd; i++) p->until[f->next[g->axis[i].state]] = g->motion.count;
}

static void place_node(program *p, int index) {
  int at = 0;
  while (at < p->slots && p->used[at]) at++;
  p->slots += at == p->slots;
  p->used[at] = true;
  p->place[index] = at;
}

static void leave(program *p, int index, int step) {
  if (p->until[index] == step) p->used[p->place[index]] = false;
}

static const char *const names[DURO_F_OPS] = {
    [DURO_F_X] = "STATE", [DURO_F_U] = "CONTROL", [DURO_F_A] = "PUSH",  [DURO_F_CONSTANT] = "CONSTANT",
    [DURO_F_ADD] = "ADD", [DURO_F_SUB] = "SUB",   [DURO_F_MUL] = "MUL", [DURO_F_DIV] = "DIV",
    [DURO_F_MIN] = "MIN", [DURO_F_MAX] = "MAX",   [DURO_F_NEG] = "NEG", [DURO_F_ABS] = "ABS",
    [DURO_F_SIN] = "SIN", [DURO_F_COS] = "COS"};

static bool has_axis(const cert_game *g, int state) {
  for (int i = 0; i < g->nd; i++)
    if (g->axis[i].state == state) return true;
  return false;
}

static void add_step(text *out, program *p, const cert_game *g, int j) {
  const int index = g->motion.node[j];
  const duro_formula_node *n = g->formula->node + index;
  const bool input = n->op < DURO_F_ADD, free_state = n->op == DURO_F_X && !has_axis(g, n->a);
  const int a = input ? n->op == DURO_F_CONSTANT ? 0 : n->a : p->place[n->a], b = is_two(n->op) ? p->place[n->b] : 0;
  if (!input) leave(p, n->a, j);
  if (is_two(n->op) && n->b != n->a) leave(p, n->b, j);
  place_node(p, index);
  text_add(out, "  {%s, %d, %d, %d, %d, ", free_state ? "FREE" : names[n->op], p->calm[index], a, b, p->place[index]);
  export_add_double(out, n->op == DURO_F_CONSTANT ? n->value : 0.0);
  text_add(out, "},\n");
}

static duro_status write_program(certificate_words *w, const cert_game *g, int *slots) {
  const size_t nodes = (size_t)g->formula->count;
  program p = {.place = duro_allocate(nodes * sizeof *p.place),
               .until = duro_allocate(nodes * sizeof *p.until),
               .calm = duro_allocate(nodes * sizeof *p.calm),
               .used = duro_allocate((nodes + 1) * sizeof *p.used)};
  const bool room = p.place && p.until && p.calm && p.used;
  if (room) {
    find_lives(&p, g);
    for (int j = 0; j < g->motion.count; j++) add_step(&w->program, &p, g, j);
    for (int i = 0; i < g->nd; i++)
      text_add(&w->successors, i ? ", %d" : "%d", p.place[g->formula->next[g->axis[i].state]]);
    *slots = p.slots;
  }
  void *const owned[] = {p.place, p.until, p.calm, p.used};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) duro_release(owned[i]);
  return room ? DURO_OK : DURO_ERROR_MEMORY;
}

/* ---- tables ---- */

static void add_row(text *out, const double *values, int n) {
  for (int i = 0; i < n; i++) {
    if (i) text_add(out, ", ");
    export_add_double(out, values[i]);
  }
}

static void add_axes(certificate_words *w, const duro_certificate *cert) {
  const cert_game *g = &cert->game;
  double tolerance[CERT_D];
  for (int i = 0; i < g->nd; i++) {
    tolerance[i] = g->tolerance * g->spacing[i] * g->cells[i];
    text_add(&w->axis_states, i ? ", %d" : "%d", g->axis[i].state);
  }
  add_row(&w->tolerances, tolerance, g->nd);
  add_row(&w->centre, cert->cones->centre, g->nd);
  add_row(&w->centre_control, cert->cones->centre_control, g->nu);
}

/* the most cones of a row */
static int64_t add_cones(certificate_words *w, const duro_certificate *cert) {
  const cert_cones *s = cert->cones;
  const int nd = cert->game.nd;
  int64_t most = 0;
  export_add_table(&w->rows, s->row, s->rows, nd);
  export_add_table(&w->corners, s->vertex, s->vertices, nd);
  export_add_table(&w->controls, s->control, s->vertices, s->nu);
  for (int64_t k = 0; k < s->count; k++) {
    text_add(&w->simplices, "  {");
    for (int i = 0; i < nd; i++) text_add(&w->simplices, i ? ", %d" : "%d", s->simplex[k * nd + i]);
    text_add(&w->simplices, "},\n");
  }
  for (int r = 0; r <= s->rows; r++) {
    text_add(&w->first_cones, "  %lld,\n", (long long)s->first[r]);
    if (r && s->first[r] - s->first[r - 1] > most) most = s->first[r] - s->first[r - 1];
  }
  return most;
}

/* ---- the self-test: states of the set, the control there, and another one ---- */

static duro_status add_tests(certificate_words *w, const duro_certificate *cert) {
  const int nu = cert->game.nu, nx = cert->game.formula->nx;
  void *worker;
  duro_status status = duro_certificate_worker_create(cert, &worker);
  for (uint64_t i = 0; i < TESTS && !status; i++) {
    duro_stream stream = duro_stream_at(5, DURO_PURPOSE_EXPORT, i);
    double x[DURO_MAX_STATE], u[CERT_U], wanted[CERT_U];
    if (!duro_certificate_draw(cert, x, &stream) || !duro_certificate_control(cert, u, x))
      status = duro_fail(DURO_ERROR_FORMAT, "no state of the certified set was found");
    for (int k = 0; k < nu && !status; k++) wanted[k] = i % 2 ? u[k] : 2.0 * duro_stream_uniform(&stream) - 1.0;
    if (status) break;
    export_add_table(&w->test_states, x, 1, nx);
    export_add_table(&w->test_wanted, wanted, 1, nu);
    export_add_table(&w->test_controls, u, 1, nu);
    text_add(&w->test_values, i ? ", " : "");
    export_add_double(&w->test_values, duro_certificate_value(cert, x));
    text_add(&w->test_margins, i ? ", " : "");
    export_add_double(&w->test_margins,
                      fmax(duro_certificate_margin(cert, worker, wanted, x), -1.7976931348623157e308));
  }
  duro_certificate_worker_destroy(worker);
  return status;
}

/* ---- words ---- */

static void add_states(text *out, const duro_certificate *cert, const duro_env_spec *spec) {
  for (int i = 0; i < cert->game.formula->nx; i++) {
    text_add(out, " *   x[%d]", i);
    if (spec) text_add(out, "  "), export_add_plain(out, spec->x_names[i]);
    if (spec && spec->x_units && spec->x_units[i] && spec->x_units[i][0])
      text_add(out, ", "), export_add_plain(out, spec->x_units[i]);
    text_add(out, has_axis(&cert->game, i) ? "\n" : "; S does not depend on it\n");
  }
}

typedef struct named_text {
  const char *name;
  text *text;
} named_text;

enum { TEXTS = 20 };

static void list_texts(named_text *list, certificate_words *w) {
  const named_text all[TEXTS] = {{"environment", &w->environment},
                                 {"states", &w->states},
                                 {"axis_states", &w->axis_states},
                                 {"tolerances", &w->tolerances},
                                 {"successors", &w->successors},
                                 {"centre", &w->centre},
                                 {"centre_control", &w->centre_control},
                                 {"row_table", &w->rows},
                                 {"corner_table", &w->corners},
                                 {"control_table", &w->controls},
                                 {"simplices", &w->simplices},
                                 {"first_cones", &w->first_cones},
                                 {"program", &w->program},
                                 {"sine_series", &w->sine},
                                 {"cosine_series", &w->cosine},
                                 {"test_states", &w->test_states},
                                 {"test_wanted", &w->test_wanted},
                                 {"test_controls", &w->test_controls},
                                 {"test_values", &w->test_values},
                                 {"test_margins", &w->test_margins}};
  memcpy(list, all, sizeof all);
}

static void add_numbers(certificate_words *w, const duro_certificate *cert, int slots, int64_t most_cones) {
  const cert_game *g = &cert->game;
  const cert_cones *s = cert->cones;
  export_words *to = &w->words;
  const bool small = s->vertices <= 65536, few = s->count <= 65535;
  const int64_t index = small ? 2 : 4;
  export_words_add(to, "index", small ? "uint16_t" : "uint32_t");
  export_words_add(to, "count", few ? "uint16_t" : "uint32_t");
  export_words_add_count(to, "nd", g->nd);
  export_words_add_count(to, "nx", g->formula->nx);
  export_words_add_count(to, "last_state", g->formula->nx - 1);
  export_words_add_count(to, "nu", g->nu);
  export_words_add_count(to, "na", g->na);
  export_words_add_count(to, "rows", s->rows);
  export_words_add_count(to, "corners", s->vertices);
  export_words_add_count(to, "cones", s->count);
  export_words_add_count(to, "steps", g->motion.count);
  export_words_add_count(to, "slots", slots);
  export_words_add_count(to, "tests", TESTS);
  export_words_add_count(to, "most_cones", most_cones);
  export_words_add_count(to, "stack", (int64_t)slots * (2 + g->na) * 16);
  export_words_add_count(to, "bytes",
                         8 * ((int64_t)s->rows * g->nd + (int64_t)s->vertices * (g->nd + s->nu)) +
                             index * s->count * g->nd + (few ? 2 : 4) * (s->rows + 1) + 16 * (int64_t)g->motion.count);
  export_words_add_real(to, "tolerance", g->tolerance);
  export_words_add_real(to, "half_ulp", 0x1p-52);
  export_words_add_real(to, "least_slack", 0x1p-1060);
  export_words_add_real(to, "wave_error", 0x1p-50);
  export_words_add_real(to, "two_over_pi", M_2_OVER_PI);
  export_words_add_real(to, "half_pi", M_HALF_PI);
  export_words_add_real(to, "half_pi_low", M_HALF_PI_LOW);
  add_row(&w->sine, m_sine_series, 6);
  add_row(&w->cosine, m_cosine_series, 6);
}

static duro_status fill(certificate_words *w, const duro_certificate *cert, const duro_env_spec *spec,
                        const char *prefix) {
  char hash[DURO_HASH_TEXT];
  named_text list[TEXTS];
  int slots = 0;
  duro_hash_print(hash, duro_certificate_hash(cert));
  export_words_add_origin(&w->words, prefix);
  export_words_add_short(&w->words, "hash", hash);
  export_add_plain(&w->environment, cert->environment);
  add_states(&w->states, cert, spec);
  add_axes(w, cert);
  duro_status status = write_program(w, &cert->game, &slots);
  if (!status) status = add_tests(w, cert);
  if (status) return status;
  add_numbers(w, cert, slots, add_cones(w, cert));
  list_texts(list, w);
  for (int i = 0; i < TEXTS && !status; i++) {
    status = text_status(list[i].text);
    export_words_add(&w->words, list[i].name, list[i].text->bytes);
  }
  return status;
}

static void release(certificate_words *w) {
  named_text list[TEXTS];
  list_texts(list, w);
  for (int i = 0; i < TEXTS; i++) text_release(list[i].text);
  duro_release(w);
}

/* ---- for callers ---- */

static duro_status check(const duro_certificate *cert) {
  const cert_game *g = &cert->game;
  if (!cert->cones)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "a certificate of boxes does not become C; wanted one with certificate.method=cones");
  if (cert->cones->count > MOST_CONES)
    return duro_fail(DURO_ERROR_ARGUMENT, "the certificate has %lld cones; wanted at most %d, a larger certificate.cut",
                     (long long)cert->cones->count, MOST_CONES);
  for (int j = 0; j < g->motion.count; j++)
    if (g->formula->node[g->motion.node[j]].op == DURO_F_SQRT)
      return duro_fail(DURO_ERROR_ARGUMENT, "the motion of %s takes a square root, which C without a library lacks",
                       cert->environment);
  return DURO_OK;
}

duro_status duro_export_certificate_name(char name[DURO_EXPORT_NAME], const duro_certificate *cert,
                                         const char *prefix) {
  return export_plan_name(name, cert->environment, "_shield", prefix);
}

duro_status duro_export_certificate_c(const char *folder, const duro_certificate *cert, const duro_env *env,
                                      const char *prefix) {
  char name[DURO_EXPORT_NAME];
  duro_status status = duro_export_certificate_name(name, cert, prefix);
  if (!status) status = check(cert);
  if (status) return status;
  certificate_words *w = duro_allocate(sizeof *w);
  if (!w) return DURO_ERROR_MEMORY;
  status = fill(w, cert, env ? &env->spec : NULL, name);
  if (!status) status = export_plan_write(folder, name, ".c", export_certificate_source, w->words.word, w->words.n);
  if (!status) status = export_plan_write(folder, name, ".h", export_certificate_header, w->words.word, w->words.n);
  release(w);
  return status;
}
