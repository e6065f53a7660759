/* The query of a filter leaves out what it does not need, and keeps what does not change with the control: its answers
 * are those of all slopes of the whole formula, bit by bit. */
#include "../env/env_test.h"

#include "duro/certificate.h"
#include "game/certificate.h"

enum { POINT, SLOPES = 2 };

static void ok(duro_status status) {
  if (status) fail_msg("%s", duro_error());
}

/* cones, quickly made and not tight, or a coarse grid */
static duro_certificate *certify(const duro_env *env, const char *method) {
  duro_grid_settings grid;
  duro_certificate_settings settings;
  const duro_settings_group groups[] = {duro_grid_settings_group(&grid), duro_certificate_settings_group(&settings)};
  for (int i = 0; i < 2; i++) duro_settings_default(&groups[i]);
  grid.task = false, grid.threads = settings.threads = 2;
  grid.amplitude = 1.05;
  snprintf(settings.method, sizeof settings.method, "%s", method);
  settings.cut = .1, settings.piece = .1;
  const int shape[1] = {strcmp(method, "grid") == 0 ? 61 : 5};
  duro_grid_plan plan;
  duro_certificate *cert;
  float *V = NULL;
  ok(duro_grid_plan_make(&plan, env, &grid, shape, 1, NULL, NULL));
  if (duro_certificate_needs_value(env, &plan, &settings)) {
    duro_grid *solved;
    ok(duro_grid_create(&solved, env, &grid, &plan));
    ok(duro_grid_solve_safety(solved, NULL, NULL));
    V = malloc((size_t)plan.cells * sizeof *V);
    ok(duro_grid_read(solved, DURO_GRID_SAFETY_VALUE, V));
    duro_grid_destroy(solved);
  }
  ok(duro_certificate_make(&cert, env, &plan, V, &settings, NULL, NULL));
  free(V);
  return cert;
}

/* the margin of cones by cert_slopes and a loop over the rows, as they are written */
static double by_all_slopes(const duro_certificate *cert, interval *scratch, const double *u, const double *x) {
  const cert_game *g = &cert->game;
  const cert_cones *s = cert->cones;
  double mid[CERT_D], rest[CERT_D], by_a[CERT_D][CERT_A], most = -INFINITY;
  cert_region in;
  for (int i = 0; i < g->formula->nx; i++) in.x[i] = in.x0[i] = i_all();
  for (int i = 0; i < g->nd; i++) in.x[g->axis[i].state] = in.x0[g->axis[i].state] = i_point(x[g->axis[i].state]);
  for (int i = 0; i < g->nu; i++) in.u[i] = in.u0[i] = i_point(u[i]);
  cert_slopes(g, &g->motion, scratch, &in);
  for (int i = 0; i < g->nd; i++) {
    const interval *of = cert_slopes_of(g, scratch, g->formula->next[g->axis[i].state]);
    const interval z = i_sub(of[POINT], i_point(s->centre[i]));
    mid[i] = i_mid(z), rest[i] = i_rad(z) + g->tolerance * g->spacing[i] * g->cells[i];
    for (int k = 0; k < g->na; k++)
      by_a[i][k] = i_mid(of[SLOPES + g->nd + k]), rest[i] += i_rad(of[SLOPES + g->nd + k]);
  }
  for (int r = 0; r < s->rows; r++) {
    const double *row = s->row + r * g->nd;
    double sum = 0, shift[CERT_A] = {0};
    for (int i = 0; i < g->nd; i++) {
      sum += row[i] * mid[i] + fabs(row[i]) * rest[i];
      for (int k = 0; k < g->na; k++) shift[k] += row[i] * by_a[i][k];
    }
    for (int k = 0; k < g->na; k++) sum += fabs(shift[k]);
    most = fmax(most, sum);
  }
  return 1.0 - most - CERT_SLACK;
}

/* states in and around the set, many controls at each; `wanted` from far below to above */
static void cones_answer_alike(const char *name) {
  duro_env *env = make_env(name, NULL);
  duro_certificate *cert = certify(env, "cones");
  duro_stream stream = test_stream(3);
  interval *scratch = calloc(1, cert_scratch_size(&cert->game));
  void *worker;
  int stays = 0, leaves = 0;
  ok(duro_certificate_worker_create(cert, &worker));
  for (int i = 0; i < 400; i++) {
    double x[DURO_MAX_STATE] = {0};
    assert_true(duro_certificate_draw(cert, x, &stream));
    for (int k = 0; k < env->spec.nx; k++) x[k] *= 1.2; // some lie outside
    for (int k = 0; k < 12; k++) {
      const double u = 2 * duro_stream_uniform(&stream) - 1, wanted = duro_stream_uniform(&stream) - .5;
      const double all = by_all_slopes(cert, scratch, &u, x), first = cert_margin_from(cert, worker, wanted, &u, x);
      const double margin = duro_certificate_margin(cert, worker, &u, x);
      assert_memory_equal(&margin, &all, sizeof all);
      if (all >= wanted)
        assert_memory_equal(&first, &all, sizeof all);
      else
        assert_true(first < wanted);
      stays += all >= 0, leaves += all < 0;
    }
  }
  assert_true(stays > 500 && leaves > 500);
  duro_certificate_worker_destroy(worker);
  free(scratch);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

static void the_double_integrator(void **unused) {
  (void)unused;
  cones_answer_alike("double-integrator");
}

static void the_cartpole(void **unused) {
  (void)unused;
  cones_answer_alike("cartpole");
}

/* of a grid: what was asked before, at this state or another one, changes nothing */
static void grids_keep_nothing_wrong(void **unused) {
  (void)unused;
  duro_env *env = make_env("double-integrator", NULL);
  duro_certificate *cert = certify(env, "grid");
  duro_stream stream = test_stream(4);
  void *kept, *fresh;
  int stays = 0;
  ok(duro_certificate_worker_create(cert, &kept));
  for (int i = 0; i < 300; i++) {
    double x[DURO_MAX_STATE] = {0};
    assert_true(duro_certificate_draw(cert, x, &stream));
    for (int k = 0; k < 3; k++) {
      const double u = 2 * duro_stream_uniform(&stream) - 1, margin = duro_certificate_margin(cert, kept, &u, x);
      ok(duro_certificate_worker_create(cert, &fresh));
      const double alone = duro_certificate_margin(cert, fresh, &u, x);
      duro_certificate_worker_destroy(fresh);
      assert_memory_equal(&margin, &alone, sizeof alone);
      stays += margin >= 0;
    }
  }
  assert_true(stays > 300);
  duro_certificate_worker_destroy(kept);
  duro_certificate_destroy(cert);
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_double_integrator),
      cmocka_unit_test(the_cartpole),
      cmocka_unit_test(grids_keep_nothing_wrong),
  };
  return cmocka_run_group_tests_name("certificate query", tests, NULL, NULL);
}
