/* Bounds of formulas over boxes against the formulas themselves at points of the boxes. */
#include "../env/env_test.h"

#include "base/memory.h"
#include "duro/grid.h"
#include "game/certificate.h"

/* [value - room, value + room] meets a; the evaluation in double is off by some units in the last place of its terms,
 * which are of the size of 1 to 100 */
static void assert_in(double value, interval a) {
  const double room = 1e-13 * (100.0 + fabs(value));
  if (!(value + room >= a.lo && value - room <= a.hi)) fail_msg("%.17g is not in [%.17g, %.17g]", value, a.lo, a.hi);
}

/* values and h at points of a random box, and their differences from the middle by the slopes */
static void try_box(const cert_game *g, interval *scratch, double *work, duro_stream *stream) {
  const duro_formula *f = g->formula;
  const int nd = g->nd, nu = g->nu;
  cert_region in;
  double x0[DURO_MAX_STATE] = {0}, u0[DURO_MAX_ACTION], half[DURO_MAX_STATE] = {0}, u_half[DURO_MAX_ACTION];
  const double size = pow(10.0, draw(stream, 1.5) - 1.5); // .001 to 1 of the axis
  for (int i = 0; i < nd; i++) {
    const int s = g->axis[i].state;
    half[s] = size * 0.5 * g->spacing[i] * g->cells[i];
    x0[s] = g->axis[i].low + duro_stream_uniform(stream) * g->spacing[i] * g->cells[i];
    in.x[s] = (interval){x0[s] - half[s], x0[s] + half[s]};
    in.x0[s] = i_point(x0[s]);
  }
  for (int i = 0; i < nu; i++) {
    u_half[i] = fmin(size, 1.0);
    u0[i] = draw(stream, 1.0 - u_half[i]);
    in.u[i] = (interval){u0[i] - u_half[i], u0[i] + u_half[i]};
    in.u0[i] = i_point(u0[i]);
  }
  for (int part = 0; part < 2; part++) {
    cert_slopes(g, part ? &g->constraint : &g->motion, scratch, &in);
    for (int point = 0; point < 20; point++) {
      double x[DURO_MAX_STATE] = {0}, u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
      for (int i = 0; i < f->nx; i++) x[i] = x0[i] + draw(stream, half[i]);
      for (int i = 0; i < nu; i++) u[i] = u0[i] + draw(stream, u_half[i]);
      for (int i = 0; i < g->na; i++) a[i] = draw(stream, 1.0);
      double next[DURO_MAX_STATE], h[DURO_FORMULA_CONSTRAINTS];
      duro_formula_evaluate(f, work, next, h, x, u, a);
      for (int i = 0; i < (part ? f->nh : nd); i++) {
        const interval *of = cert_slopes_of(g, scratch, part ? f->h[i] : f->next[g->axis[i].state]);
        const double value = part ? h[i] : next[g->axis[i].state];
        interval by_slopes = of[0];
        for (int j = 0; j < nd; j++)
          by_slopes = i_add(by_slopes, i_mul(of[2 + j], i_point(x[g->axis[j].state] - x0[g->axis[j].state])));
        for (int j = 0; j < g->na; j++) by_slopes = i_add(by_slopes, i_mul(of[2 + nd + j], i_point(a[j])));
        for (int j = 0; j < nu; j++) by_slopes = i_add(by_slopes, i_mul(of[2 + nd + g->na + j], i_point(u[j] - u0[j])));
        assert_in(value, of[1]);
        assert_in(value, by_slopes);
      }
    }
  }
}

static void slopes_contain(void **state) {
  (void)state;
  const char *const names[] = {"double-integrator", "pendulum", "cartpole"};
  for (int k = 0; k < 3; k++) {
    duro_env *env = make_env(names[k], NULL);
    duro_grid_settings s;
    const duro_settings_group group = duro_grid_settings_group(&s);
    duro_settings_default(&group);
    duro_certificate_settings c;
    const duro_settings_group cert_group = duro_certificate_settings_group(&c);
    duro_settings_default(&cert_group);
    duro_grid_plan plan;
    const int n = 5;
    if (duro_grid_plan_make(&plan, env, &s, &n, 1, NULL, NULL)) fail_msg("%s", duro_error());
    cert_game g;
    if (cert_game_create(&g, env, &plan, &c)) fail_msg("%s", duro_error());
    interval *scratch = duro_allocate(cert_scratch_size(&g));
    double *work = malloc((size_t)g.formula->count * sizeof *work);
    for (int box = 0; box < 2000; box++) {
      duro_stream stream = test_stream((uint64_t)box);
      try_box(&g, scratch, work, &stream);
    }
    free(work);
    duro_release(scratch);
    cert_game_destroy(&g);
    duro_env_destroy(env);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(slopes_contain)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
