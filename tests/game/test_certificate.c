/* Certificates against the exact set of the double integrator, worst-case rollouts and an independent program. */
#include <sys/wait.h>

#include "../env/env_test.h"
#include "../io/scratch.h"

#include "base/memory.h"
#include "duro/certificate.h"
#include "game/certificate.h"

/* --- making ----------------------------------------------------------------------------------------------------- */

/* V_h of the environment on n x n vertices for a disturbance `amplitude` times as large; released with free */
static float *solve(const duro_env *env, duro_grid_plan *plan, int n, double amplitude) {
  duro_grid_settings s;
  const duro_settings_group group = duro_grid_settings_group(&s);
  duro_settings_default(&group);
  s.amplitude = amplitude;
  s.sweeps = 400; // any V will do, converged or not: the proof does not rest on it
  s.task = false;
  s.threads = 1;
  if (duro_grid_plan_make(plan, env, &s, &n, 1, NULL, NULL)) fail_msg("%s", duro_error());
  duro_grid *grid;
  if (duro_grid_create(&grid, env, &s, plan)) fail_msg("%s", duro_error());
  if (duro_grid_solve_safety(grid, NULL, NULL)) fail_msg("%s", duro_error());
  float *V = malloc((size_t)plan->cells * sizeof *V);
  assert_non_null(V);
  if (duro_grid_read(grid, DURO_GRID_SAFETY_VALUE, V)) fail_msg("%s", duro_error());
  duro_grid_destroy(grid);
  return V;
}

static duro_certificate_settings defaults(void) {
  duro_certificate_settings s;
  const duro_settings_group group = duro_certificate_settings_group(&s);
  duro_settings_default(&group);
  return s;
}

/* share: certified volume over that of the grid's own set for the true disturbance */
static duro_certificate *certify(const duro_env *env, int n, double amplitude, double *share) {
  duro_grid_plan plan;
  float *outer = solve(env, &plan, n, 1.0), *V = solve(env, &plan, n, amplitude);
  duro_certificate_settings s = defaults();
  s.threads = 1;            // the cores of a test machine are shared
  if (n < 101) s.depth = 4; // a quick proof of less
  duro_certificate *cert;
  if (duro_certificate_make(&cert, env, &plan, V, &s, NULL, NULL)) fail_msg("%s", duro_error());
  *share = duro_certificate_volume(cert) / duro_certificate_volume_of(&plan, outer, 0.0);
  free(outer);
  free(V);
  return cert;
}

static duro_env *double_integrator(void) {
  return make_env("double-integrator", SETTINGS("dt=0.2"));
}

/* the exact set for dt = .2, r = .5, Euler: |x_i| <= 5, +-(x1 + k dt x2) <= 5 + r dt^2 k(k-1)/2 for all k >= 1; beyond
 * k = 60 the walls lie outside |x2| <= 5 */
static bool in_polytope(const double *x) {
  const double room = 1e-12; // rounding of the sums
  if (fabs(x[0]) > 5.0 || fabs(x[1]) > 5.0) return false;
  for (int k = 1; k <= 60; k++)
    if (fabs(x[0] + k * 0.2 * x[1]) > 5.0 + 0.5 * 0.04 * 0.5 * k * (k - 1) + room) return false;
  return true;
}

/* --- what is certified ------------------------------------------------------------------------------------------ */

static void no_state_outside_the_exact_set(void **state) {
  (void)state;
  duro_env *env = double_integrator();
  double share;
  duro_certificate *cert = certify(env, 101, 1.03, &share);
  print_message("double integrator, 101 x 101: %.2f %% certified\n", 100.0 * share);
  assert_true(share >= 0.96); // the aim of this page's users
  int inside = 0;
  for (int i = 0; i <= 1600; i++)
    for (int j = 0; j <= 1600; j++) {
      const double x[2] = {-5.5 + 11.0 * i / 1600, -5.5 + 11.0 * j / 1600};
      if (!duro_certificate_contains(cert, x)) continue;
      inside++;
      if (!in_polytope(x)) fail_msg("(%g, %g) is certified and not in the exact set", x[0], x[1]);
    }
  // the count is a second opinion of the volume; the boundary, 4 * 11 long, crosses some 1e4 of 2.6e6 squares
  const double counted = inside * (11.0 / 1600) * (11.0 / 1600);
  assert_near(counted, duro_certificate_volume(cert), 0.1);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

/* a state of the set, spread evenly; where cones make it, one of two is moved out to the surface */
static void start(const duro_env *env, const duro_certificate *cert, duro_stream *stream, double *x) {
  do
    for (int i = 0; i < env->spec.nx; i++) x[i] = draw(stream, env->spec.x_high[i]);
  while (!duro_certificate_contains(cert, x));
  if (!cert->cones || duro_stream_below(stream, 2)) return;
  const double out = (1.0 - 2e-9) / (1.0 - duro_certificate_value(cert, x)); // the centre is 0
  for (int i = 0; i < env->spec.nx; i++) x[i] *= out;
  assert_true(duro_certificate_contains(cert, x));
}

/* one rollout; the disturbance is random, constant, or the worst for V of seven; every state must be in the set */
static void roll(const duro_env *env, const duro_certificate *cert, duro_stream *stream, int steps) {
  double x[DURO_MAX_STATE], u[1], x2[DURO_MAX_STATE];
  start(env, cert, stream, x);
  const int kind = (int)duro_stream_below(stream, 3);
  const double constant = duro_stream_uniform(stream) < 0.5 ? -1.0 : 1.0;
  for (int t = 0; t < steps; t++) {
    assert_true(env->ops->constraint(env, x) >= 0.0);
    if (!duro_certificate_control(cert, u, x)) fail_msg("(%.17g, %.17g, ..) left the set", x[0], x[1]);
    assert_true(fabs(u[0]) <= 1.0);
    duro_step out;
    double a = kind == 0 ? draw(stream, 1.0) : constant, worst = INFINITY;
    for (int k = -3; k <= 3 && kind == 2; k++) {
      const double tried = k / 3.0;
      duro_env_step(env, NULL, x2, &out, x, u, &tried);
      const double value = duro_certificate_value(cert, x2);
      if (value < worst) {
        worst = value;
        a = tried;
      }
    }
    duro_env_step(env, NULL, x2, &out, x, u, &a);
    memcpy(x, x2, sizeof x);
  }
}

/* DURO_TEST_ROLLOUTS=1000000 takes minutes */
static int rollouts_wanted(void) {
  const char *wanted = getenv("DURO_TEST_ROLLOUTS");
  return wanted ? atoi(wanted) : 3000;
}

static void rollouts_never_violate(void **state) {
  (void)state;
  const int rollouts = rollouts_wanted();
  for (int which = 0; which < 2; which++) {
    duro_env *env = which ? make_env("pendulum", NULL) : double_integrator();
    double share;
    duro_certificate *cert = certify(env, which ? 51 : 101, which ? 1.2 : 1.03, &share);
    for (int k = 0; k < rollouts; k++) {
      duro_stream stream = test_stream((uint64_t)k);
      roll(env, cert, &stream, 40);
    }
    duro_certificate_destroy(cert);
    duro_env_destroy(env);
  }
}

static void pendulum_is_certified(void **state) {
  (void)state;
  duro_env *env = make_env("pendulum", NULL);
  double share;
  duro_certificate *cert = certify(env, 101, 1.05, &share);
  print_message("pendulum, 101 x 101: %.2f %% certified\n", 100.0 * share);
  assert_true(share >= 0.90);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

static char file_bytes[1 << 20];

/* exit status of duro-recheck, which lies in the folder that tests run in; -1 when a signal ended it */
static int recheck(const char *path) {
  char command[1024];
  (void)snprintf(command, sizeof command, "./duro-recheck %s > %s 2>&1", path, in_scratch("verdict"));
  const int status = system(command);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- cones ------------------------------------------------------------------------------------------------------ */

/* cones between edges of the axes; NULL: those of the environment */
static duro_status try_cones_within(duro_certificate **cert, const duro_env *env, const double *low, const double *high,
                                    double cut, double piece, int threads) {
  duro_grid_settings g;
  const duro_settings_group group = duro_grid_settings_group(&g);
  duro_settings_default(&group);
  duro_grid_plan plan;
  const int n = 5; // nothing depends on it
  if (duro_grid_plan_make(&plan, env, &g, &n, 1, low, high)) fail_msg("%s", duro_error());
  duro_certificate_settings s = defaults();
  strcpy(s.method, "cones");
  s.cut = cut;
  s.piece = piece;
  s.threads = threads;
  return duro_certificate_make(cert, env, &plan, NULL, &s, NULL, NULL);
}

static duro_status try_cones(duro_certificate **cert, const duro_env *env, double cut, double piece, int threads) {
  return try_cones_within(cert, env, NULL, NULL, cut, piece, threads);
}

static duro_certificate *cones(const duro_env *env, double cut, double piece, int threads) {
  duro_certificate *cert;
  if (try_cones(&cert, env, cut, piece, threads)) fail_msg("%s", duro_error());
  return cert;
}

/* coarse, so that it is quick; the cone-certificate of docs/certificates.md has twice its volume */
static duro_certificate *cartpole_cones(const duro_env *env) {
  return cones(env, 0.03, 0.15, 1);
}

/* area of the exact set: theory of linear systems, docs/linear-systems.md */
static void cones_fill_the_exact_set(void **state) {
  (void)state;
  duro_env *env = double_integrator();
  duro_certificate *cert = cones(env, 1e-4, 0.1, 1);
  const double exact = 41.169;
  print_message("double integrator, cones: %.2f %% of the exact set\n", 100.0 * duro_certificate_volume(cert) / exact);
  assert_true(duro_certificate_volume(cert) >= 0.99 * exact && duro_certificate_volume(cert) < exact);
  assert_near(duro_certificate_volume_inside(cert), duro_certificate_volume(cert), 1e-4 * exact);
  for (int v = 0; v < cert->cones->vertices; v++) // both are convex
    assert_true(in_polytope(cert->cones->vertex + 2 * v));
  for (int k = 0; k < 3000; k++) {
    duro_stream stream = test_stream((uint64_t)k);
    roll(env, cert, &stream, 40);
  }
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

static void cartpole_is_certified(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  duro_certificate *cert = cartpole_cones(env);
  print_message("cart-pole, coarse cones: volume %.3f\n", duro_certificate_volume(cert));
  // a tenth of the volume that the 41 x 45 x 41 x 41 grid finds would be 1.2
  assert_true(duro_certificate_volume(cert) > 5.0);
  assert_true(duro_certificate_volume_inside(cert) <= duro_certificate_volume(cert));
  assert_true(duro_certificate_contains(cert, (const double[]){0, 0, 0, 0}));
  assert_false(duro_certificate_contains(cert, (const double[]){0, 0.19, 0, 1}));
  const int rollouts = rollouts_wanted();
  for (int k = 0; k < rollouts; k++) {
    duro_stream stream = test_stream((uint64_t)k);
    roll(env, cert, &stream, 40);
  }
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

/* height, pitch and their rates, held by two clipped thrusts against two gusts; disturbances are random, constant, or a
 * corner at random */
static void two_controls_keep_the_quadrotor(void **state) {
  (void)state;
#ifdef __SANITIZE_ADDRESS__
  skip(); // minutes without optimisation
#endif
  duro_env *env = make_env("quadrotor", NULL);
  duro_certificate *cert;
  const double low[] = {0.45, -3, -0.8, -15}, high[] = {1.55, 3, 0.8, 15};
  if (try_cones_within(&cert, env, low, high, 0.05, 0.2, 1)) fail_msg("%s", duro_error());
  print_message("quadrotor, coarse cones: volume %.1f\n", duro_certificate_volume(cert));
  assert_true(duro_certificate_volume(cert) > 80.0);
  assert_true(duro_certificate_contains(cert, (const double[]){0, 0, 1, 0, 0, 0, 0}));
  const int rollouts = rollouts_wanted();
  for (int k = 0; k < rollouts; k++) {
    duro_stream stream = test_stream((uint64_t)k);
    double x[DURO_MAX_STATE], x2[DURO_MAX_STATE], u[2], a[2] = {1, -1};
    assert_true(duro_certificate_draw(cert, x, &stream));
    for (int t = 0; t < 40; t++) {
      duro_step out;
      assert_true(env->ops->constraint(env, x) >= 0.0);
      if (!duro_certificate_control(cert, u, x)) fail_msg("(%.17g, %.17g, ..) left the set", x[2], x[3]);
      assert_true(fabs(u[0]) <= 1.0 && fabs(u[1]) <= 1.0);
      for (int i = 0; i < 2 && k % 3; i++) {
        a[i] = draw(&stream, 1.0);
        if (k % 3 == 1) a[i] = a[i] < 0.0 ? -1.0 : 1.0;
      }
      duro_env_step(env, NULL, x2, &out, x, u, a);
      memcpy(x, x2, sizeof x);
    }
  }
  assert_int_equal(duro_certificate_save(cert, in_scratch("cones")), DURO_OK);
  assert_int_equal(recheck(in_scratch("cones")), 0);
  const uint64_t hash = duro_certificate_hash(cert);
  duro_certificate_destroy(cert);
  assert_int_equal(duro_certificate_load(&cert, in_scratch("cones"), env->ops), DURO_OK);
  assert_true(duro_certificate_hash(cert) == hash);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

/* the middle cannot be kept */
static void cones_refuse(void **state) {
  (void)state;
  duro_certificate *cert;
  duro_env *env = make_env("double-integrator", SETTINGS("control=0.4", "dt=0.2"));
  assert_int_equal(try_cones(&cert, env, 0.01, 0.1, 1), DURO_ERROR_FORMAT);
  assert_null(cert);
  assert_non_null(strstr(duro_error(), "can be kept"));
  duro_env_destroy(env);
}

/* all three ways of discretising, and a system without a set: the control is weaker than the disturbance */
static void other_systems(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", SETTINGS("discretisation=hold", "dt=0.2"));
  double share;
  duro_certificate_destroy(certify(env, 61, 1.08, &share));
  assert_true(share > 0.8 && share < 1.0);
  duro_env_destroy(env);
  env = make_env("double-integrator", SETTINGS("discretisation=semi", "dt=0.2"));
  duro_certificate_destroy(certify(env, 61, 1.08, &share));
  assert_true(share > 0.8 && share < 1.0);
  duro_env_destroy(env);
  env = make_env("double-integrator", SETTINGS("control=0.4", "dt=0.2"));
  duro_grid_plan plan;
  float *V = malloc(21 * 21 * sizeof *V);
  free(solve(env, &plan, 21, 1.0));
  for (int i = 0; i < 21 * 21; i++) { // the box itself: nothing of it is invariant
    const double x[2] = {-5.5 + 11.0 * (i / 21) / 20, -5.5 + 11.0 * (i % 21) / 20};
    V[i] = (float)env->ops->constraint(env, x);
  }
  duro_certificate *cert;
  if (duro_certificate_make(&cert, env, &plan, V, NULL, NULL, NULL)) fail_msg("%s", duro_error());
  assert_true(duro_certificate_volume(cert) == 0.0);
  assert_false(duro_certificate_contains(cert, (const double[]){0, 0}));
  duro_certificate_destroy(cert);
  free(V);
  duro_env_destroy(env);
}

/* --- the file and the other program ----------------------------------------------------------------------------- */

static void write_sum(char *bytes, size_t size) {
  uint64_t sum = 0xcbf29ce484222325ULL; // FNV-1a
  for (size_t i = 0; i < size - 8; i++) sum = (sum ^ (uint8_t)bytes[i]) * 0x100000001b3ULL;
  memcpy(bytes + size - 8, &sum, sizeof sum);
}

/* The library reads a file of the double integrator, or says why not: it proves nothing, but what it reads can be asked
 * and written again. */
static duro_status load_changed(void) {
  const duro_env_ops *ops;
  duro_certificate *cert;
  assert_int_equal(duro_env_find(&ops, "double-integrator"), DURO_OK);
  const duro_status status = duro_certificate_load(&cert, in_scratch("changed"), ops);
  if (status) {
    assert_null(cert);
    assert_true(status == DURO_ERROR_FORMAT || status == DURO_ERROR_ARGUMENT);
    return status;
  }
  void *worker;
  assert_int_equal(duro_certificate_worker_create(cert, &worker), DURO_OK);
  for (int i = 0; i < 100; i++) {
    const double x[] = {.1 * (i % 10) - .5, i / 20 - 2}, u = .02 * i - 1;
    double safe;
    (void)duro_certificate_margin(cert, worker, &u, x);
    (void)duro_certificate_control(cert, &safe, x);
  }
  duro_certificate_worker_destroy(worker);
  assert_int_equal(duro_certificate_save(cert, in_scratch("again")), DURO_OK);
  duro_certificate_destroy(cert);
  return DURO_OK;
}

/* puts the changed certificate in place, with a right checksum, and asks both programs */
static int recheck_changed(char *bytes, size_t size) {
  write_sum(bytes, size);
  put_file(in_scratch("changed"), bytes, size);
  (void)load_changed();
  return recheck(in_scratch("changed"));
}

static void replace(char *bytes, const char *from, const char *to) {
  char *at = strstr(bytes, from);
  assert_non_null(at);
  assert_int_equal(strlen(from), strlen(to));
  memcpy(at, to, strlen(to));
}

/* a small certificate of the double integrator in file_bytes; its size, and where the data begin */
static size_t make_file(size_t *data, int64_t *vertices) {
  duro_env *env = double_integrator();
  double share;
  duro_certificate *cert = certify(env, 41, 1.1, &share);
  assert_true(share > 0.5);
  if (duro_certificate_save(cert, in_scratch("certificate"))) fail_msg("%s", duro_error());
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
  const size_t size = get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  const char *line = strstr(file_bytes, "\ndata ");
  assert_non_null(line);
  long long count, tree;
  assert_int_equal(sscanf(line, "\ndata %lld %lld", &count, &tree), 2);
  *data = (size_t)(strchr(line + 1, '\n') + 1 - file_bytes);
  *vertices = count;
  assert_int_equal(*data + (size_t)(4 * count + tree + 8), size);
  return size;
}

static void the_other_program_agrees(void **state) {
  (void)state;
  size_t data;
  int64_t vertices;
  (void)make_file(&data, &vertices);
  assert_int_equal(recheck(in_scratch("certificate")), 0);
  duro_env *env = make_env("pendulum", NULL);
  double share;
  duro_certificate *cert = certify(env, 41, 1.1, &share);
  assert_int_equal(duro_certificate_save(cert, in_scratch("pendulum")), DURO_OK);
  assert_int_equal(recheck(in_scratch("pendulum")), 0);
  assert_int_equal(recheck(in_scratch("nowhere")), 2);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

static void the_other_program_proves_cones(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  duro_certificate *cert = cartpole_cones(env);
  assert_int_equal(duro_certificate_save(cert, in_scratch("cones")), DURO_OK);
  assert_int_equal(recheck(in_scratch("cones")), 0);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

/* corners that no plane made: the middles of edges that were halved */
static int halves_of(const cert_cones *s, int nd) {
  int count = 0;
  for (int v = 0; v < s->vertices; v++) {
    int on = 0;
    for (int r = 0; r < s->rows; r++) {
      double sum = 0.0;
      for (int j = 0; j < nd; j++) sum += s->row[r * nd + j] * s->vertex[v * nd + j];
      on += sum > 1.0 - 1e-9;
    }
    count += on < nd;
  }
  return count;
}

/* cones that cannot be proved whole, and are in halves */
static void the_other_program_proves_halves(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  duro_certificate *cert = cones(env, 0.1, 0.02, 1);
  print_message("cart-pole: %d edges were halved\n", halves_of(cert->cones, 4));
  assert_true(halves_of(cert->cones, 4) > 0);
  assert_int_equal(duro_certificate_save(cert, in_scratch("halves")), DURO_OK);
  assert_int_equal(recheck(in_scratch("halves")), 0);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

/* a certificate of the double integrator made of cones in file_bytes; its size, and the parts of its data */
static size_t make_cones(char *parts[6]) {
  duro_env *env = double_integrator();
  duro_certificate *cert = cones(env, 0.01, 0.1, 1);
  const cert_cones *s = cert->cones;
  if (duro_certificate_save(cert, in_scratch("certificate"))) fail_msg("%s", duro_error());
  const size_t size = get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  const size_t lengths[] = {16 + 8,
                            (size_t)s->rows * 16,
                            (size_t)s->vertices * 16,
                            (size_t)s->vertices * 8,
                            (size_t)s->count * 8,
                            (size_t)s->count * 4,
                            8};
  const char *line = strstr(file_bytes, "\ncones ");
  assert_non_null(line);
  char *at = file_bytes + (strchr(line + 1, '\n') + 1 - file_bytes);
  for (int i = 0; i < 6; i++) {
    parts[i] = at;
    at += lengths[i];
  }
  assert_int_equal(at + 8 - file_bytes, size);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
  return size;
}

/* multiplies the doubles of a part */
static void scale(char *from, const char *to, double by) {
  for (char *at = from; at < to; at += 8) {
    double v;
    memcpy(&v, at, 8);
    v *= by;
    memcpy(at, &v, 8);
  }
}

static void false_cones_are_found(void **state) {
  (void)state;
  enum { CENTRE, ROWS, VERTICES, CONTROLS, SIMPLICES, FACETS };
  char *part[6];
  const size_t size = make_cones(part);
  assert_int_equal(recheck_changed(file_bytes, size), 0); // unchanged
  scale(part[VERTICES], part[CONTROLS], 1.05);            // a larger set
  assert_int_equal(recheck_changed(file_bytes, size), 1);
  get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  scale(part[VERTICES], part[CONTROLS], 1.05); // and rows that go with it
  scale(part[ROWS], part[VERTICES], 1.0 / 1.05);
  assert_int_equal(recheck_changed(file_bytes, size), 1);
  get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  scale(part[ROWS], part[VERTICES], 0.5); // rows alone mean nothing: the corners tell how far each reaches
  assert_int_equal(recheck_changed(file_bytes, size), 0);
  scale(part[CONTROLS], part[SIMPLICES], -1.0); // every control turned round
  assert_int_equal(recheck_changed(file_bytes, size), 1);
  get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  memcpy(part[SIMPLICES], part[SIMPLICES] + 8, 8); // a cone is missing
  assert_int_equal(recheck_changed(file_bytes, size), 1);
  get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  const char *const last = file_bytes + size - 12; // the row of the last cone, the only one of it in the plane
  memcpy(file_bytes + size - 12, last - 4, 4);     // now no cone is on that row
  assert_int_equal(recheck_changed(file_bytes, size), 1);
  assert_int_equal(load_changed(), DURO_ERROR_FORMAT);
  assert_non_null(strstr(duro_error(), "a row has no cone"));
  get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  replace(file_bytes, "constant 0x1p-1\n", "constant 0x2p-1\n"); // a disturbance of 1 instead of .5
  assert_int_equal(recheck_changed(file_bytes, size), 1);
  get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));

  duro_stream stream = test_stream(6);
  for (int k = 0; k < 20; k++) {
    file_bytes[duro_stream_below(&stream, (uint32_t)size)] ^= 4;
    put_file(in_scratch("changed"), file_bytes, size);
    assert_int_equal(recheck(in_scratch("changed")), 1); // the checksum
    get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  }
  for (int k = 0; k < 40; k++) { // with a right one: proved or not, but never a crash
    for (int n = 0; n < 3; n++)
      file_bytes[duro_stream_below(&stream, (uint32_t)(k % 2 ? size : (size_t)(part[0] - file_bytes)))] =
          (char)duro_stream_below(&stream, 256);
    const int status = recheck_changed(file_bytes, size);
    assert_true(status == 0 || status == 1);
    get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  }
}

static void files_are_read_back(void **state) {
  (void)state;
  char *part[6];
  size_t data;
  int64_t vertices;
  static char again[sizeof file_bytes];
  for (int cones = 0; cones < 2; cones++) {
    const size_t size = cones ? make_cones(part) : make_file(&data, &vertices);
    put_file(in_scratch("changed"), file_bytes, size);
    assert_int_equal(load_changed(), DURO_OK);
    assert_int_equal(get_file(again, sizeof again, in_scratch("again")), size);
    assert_memory_equal(again, file_bytes, size);
    for (size_t cut = 0; cut < size; cut += 97) { // cut off, without a checksum and with one
      put_file(in_scratch("changed"), file_bytes, cut);
      assert_int_equal(load_changed(), DURO_ERROR_FORMAT);
      if (cut < 16) continue;
      memcpy(again, file_bytes, cut);
      write_sum(again, cut);
      put_file(in_scratch("changed"), again, cut);
      assert_int_equal(load_changed(), DURO_ERROR_FORMAT);
    }
    replace(file_bytes, "constant 0x1p-1\n", "constant 0x2p-1\n"); // another formula than that of the environment
    write_sum(file_bytes, size);
    put_file(in_scratch("changed"), file_bytes, size);
    assert_int_equal(load_changed(), DURO_ERROR_FORMAT);
    assert_non_null(strstr(duro_error(), "another formula"));
  }
  const duro_env_ops *other;
  duro_certificate *cert;
  assert_int_equal(duro_env_find(&other, "pendulum"), DURO_OK);
  assert_int_equal(duro_certificate_load(&cert, in_scratch("changed"), other), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "wanted pendulum"));
  assert_int_equal(duro_certificate_load(&cert, in_scratch("nowhere"), other), DURO_ERROR_FILE);
}

static void flipped_bytes_are_found(void **state) {
  (void)state;
  size_t data;
  int64_t vertices;
  const size_t size = make_file(&data, &vertices);
  duro_stream stream = test_stream(5);
  for (int k = 0; k < 20; k++) {
    const size_t at = duro_stream_below(&stream, (uint32_t)size);
    file_bytes[at] = (char)(file_bytes[at] ^ (1 << duro_stream_below(&stream, 8)));
    put_file(in_scratch("changed"), file_bytes, size);
    assert_int_equal(recheck(in_scratch("changed")), 1);
    get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  }
  put_file(in_scratch("changed"), file_bytes, size - 1);
  assert_int_equal(recheck(in_scratch("changed")), 1);
  put_file(in_scratch("changed"), file_bytes, 0);
  assert_int_equal(recheck(in_scratch("changed")), 1);
  // broken in a file whose checksum is right: proved or not, but never a crash
  for (int k = 0; k < 20; k++) {
    for (int n = 0; n < 3; n++) {
      const size_t at = duro_stream_below(&stream, (uint32_t)(k % 2 ? size : data));
      file_bytes[at] = (char)duro_stream_below(&stream, 256);
    }
    const int status = recheck_changed(file_bytes, size);
    assert_true(status == 0 || status == 1);
    get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));
  }
}

/* lies that a checksum does not find */
static void false_claims_are_found(void **state) {
  (void)state;
  size_t data;
  int64_t vertices;
  const size_t size = make_file(&data, &vertices);
  uint8_t *tree = (uint8_t *)file_bytes + data + 4 * vertices;
  assert_int_equal(recheck_changed(file_bytes, size), 0); // unchanged

  for (size_t i = data; i < data + 4 * (size_t)vertices; i += 4) { // a larger set
    float v;
    memcpy(&v, file_bytes + i, 4);
    v += 0.05f;
    memcpy(file_bytes + i, &v, 4);
  }
  assert_int_equal(recheck_changed(file_bytes, size), 1);
  get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));

  int leaves = 0;
  for (uint8_t *at = tree; at < (uint8_t *)file_bytes + size - 8; at++)
    if (*at < 3) { // every control turned round
      *at = (uint8_t)(2 - *at);
      leaves++;
    }
  assert_true(leaves > 100);
  assert_int_equal(recheck_changed(file_bytes, size), 1);
  get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));

  *tree = 255; // a box that claims to lie outside
  const int outside = recheck_changed(file_bytes, size);
  *tree = 3; // a control that does not exist
  assert_true(outside == 1 && recheck_changed(file_bytes, size) == 1);
  get_file(file_bytes, sizeof file_bytes, in_scratch("certificate"));

  replace(file_bytes, "constant 0x1p-1\n", "constant 0x2p-1\n");
  assert_int_equal(recheck_changed(file_bytes, size), 1); // a disturbance of 1 instead of .5
}

static void results_do_not_depend_on_threads(void **state) {
  (void)state;
  duro_env *env = make_env("pendulum", NULL);
  duro_grid_plan plan;
  float *V = solve(env, &plan, 41, 1.2);
  static char other[1 << 20];
  size_t size[2];
  for (int i = 0; i < 2; i++) {
    duro_certificate_settings s = defaults();
    s.threads = i ? 3 : 1;
    duro_certificate *cert;
    if (duro_certificate_make(&cert, env, &plan, V, &s, NULL, NULL)) fail_msg("%s", duro_error());
    assert_int_equal(duro_certificate_save(cert, in_scratch("threads")), DURO_OK);
    size[i] = get_file(i ? other : file_bytes, sizeof other, in_scratch("threads"));
    duro_certificate_destroy(cert);
  }
  assert_int_equal(size[0], size[1]);
  assert_memory_equal(file_bytes, other, size[0]);
  for (int i = 0; i < 2; i++) {
    duro_certificate *cert = cones(env, 0.005, 0.1, i ? 3 : 1);
    assert_int_equal(duro_certificate_save(cert, in_scratch("threads")), DURO_OK);
    size[i] = get_file(i ? other : file_bytes, sizeof other, in_scratch("threads"));
    duro_certificate_destroy(cert);
  }
  assert_int_equal(size[0], size[1]);
  assert_memory_equal(file_bytes, other, size[0]);
  free(V);
  duro_env_destroy(env);
}

/* --- failures --------------------------------------------------------------------------------------------------- */

static duro_status stop_at_once(const duro_certificate_progress *now, void *context) {
  *(int64_t *)context += now->cells > 0;
  return DURO_ERROR_STOPPED;
}

static void bad_input_is_refused(void **state) {
  (void)state;
  duro_env *env = double_integrator();
  duro_grid_plan plan;
  float *V = solve(env, &plan, 41, 1.1);
  duro_certificate *cert;
  int64_t calls = 0;
  assert_int_equal(duro_certificate_make(&cert, env, &plan, V, NULL, stop_at_once, &calls), DURO_ERROR_STOPPED);
  assert_null(cert);
  assert_int_equal(calls, 1);
  duro_certificate_settings s = defaults();
  s.rounds = 1;
  assert_int_equal(duro_certificate_make(&cert, env, &plan, V, &s, NULL, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "certificate.rounds"));
  s = defaults();
  s.tolerance = 0.0;
  duro_env *cartpole = make_env("cartpole", NULL); // whose step is fused where the formula is not
  duro_grid_plan other;
  free(solve(cartpole, &other, 3, 1.0));
  assert_int_equal(duro_certificate_make(&cert, cartpole, &other, NULL, &s, NULL, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "certificate.tolerance"));
  V[7] = NAN;
  assert_int_equal(duro_certificate_make(&cert, env, &plan, V, NULL, NULL, NULL), DURO_ERROR_NOT_FINITE);
  assert_non_null(strstr(duro_error(), "vertex 7"));
  duro_certificate_destroy(NULL);
  free(V);
  duro_env_destroy(env);
  duro_env_destroy(cartpole);
}

static duro_env *small_env;
static duro_grid_plan small_plan;
static float *small_V;

static duro_status make_small(void) {
  duro_certificate *cert;
  duro_certificate_settings s = defaults();
  s.threads = 1;
  const duro_status status = duro_certificate_make(&cert, small_env, &small_plan, small_V, &s, NULL, NULL);
  if (!status) duro_certificate_destroy(cert);
  return status;
}

static duro_status make_small_cones(void) {
  duro_certificate *cert;
  const duro_status status = try_cones(&cert, small_env, 0.1, 0.1, 1);
  if (!status) duro_certificate_destroy(cert);
  return status;
}

static void short_memory_is_survived(void **state) {
  (void)state;
  small_env = double_integrator();
  small_V = solve(small_env, &small_plan, 15, 1.3);
  assert_survives_short_memory(make_small);
  assert_survives_short_memory(make_small_cones);
  free(small_V);
  duro_env_destroy(small_env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_state_outside_the_exact_set),
      cmocka_unit_test(rollouts_never_violate),
      cmocka_unit_test(pendulum_is_certified),
      cmocka_unit_test(other_systems),
      cmocka_unit_test(cones_fill_the_exact_set),
      cmocka_unit_test(cartpole_is_certified),
      cmocka_unit_test(two_controls_keep_the_quadrotor),
      cmocka_unit_test(cones_refuse),
      cmocka_unit_test(the_other_program_proves_cones),
      cmocka_unit_test(the_other_program_proves_halves),
      cmocka_unit_test(false_cones_are_found),
      cmocka_unit_test(the_other_program_agrees),
      cmocka_unit_test(files_are_read_back),
      cmocka_unit_test(flipped_bytes_are_found),
      cmocka_unit_test(false_claims_are_found),
      cmocka_unit_test(results_do_not_depend_on_threads),
      cmocka_unit_test(bad_input_is_refused),
      cmocka_unit_test(short_memory_is_survived),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
