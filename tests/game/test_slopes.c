/* Bounds of formulas over boxes against the formulas themselves at points of the boxes. */
#include "../env/env_test.h"

#include "base/memory.h"
#include "duro/grid.h"
#include "game/certificate_lanes.h"

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

/* --- lanes ------------------------------------------------------------------------------------------------------- */

/* A formula of every operation over three states, two controls and a disturbance, drawn by chance. Divisors may be 0,
 * roots may be of negative numbers, and a range may be everything: all of it has bounds. */
enum { INPUTS = 8, OPERATIONS = 60 };

static void draw_formula(duro_formula *f, duro_formula_node *node, duro_stream *stream) {
  static const duro_formula_node inputs[INPUTS - 1] = {
      {DURO_F_X, 0, 0, 0}, {DURO_F_X, 1, 0, 0}, {DURO_F_X, 2, 0, 0},       {DURO_F_U, 0, 0, 0},
      {DURO_F_U, 1, 0, 0}, {DURO_F_A, 0, 0, 0}, {DURO_F_CONSTANT, 0, 0, 0}};
  memcpy(node, inputs, sizeof inputs);
  node[INPUTS - 1] = (duro_formula_node){DURO_F_CONSTANT, 0, 0, draw(stream, 3.0)};
  for (int i = INPUTS; i < INPUTS + OPERATIONS; i++) {
    const duro_formula_op op = (duro_formula_op)(DURO_F_ADD + duro_stream_below(stream, DURO_F_OPS - DURO_F_ADD));
    node[i] = (duro_formula_node){op, (int)duro_stream_below(stream, (uint32_t)i),
                                  op < DURO_F_NEG ? (int)duro_stream_below(stream, (uint32_t)i) : 0, 0};
  }
  *f = (duro_formula){.nx = 3, .nu = 2, .na = 1, .count = INPUTS + OPERATIONS, .node = node};
}

static interval draw_interval(duro_stream *stream, interval *point) {
  const uint32_t kind = duro_stream_below(stream, 8);
  const double at = draw(stream, 2.0), half = kind == 0 ? 0.0 : draw(stream, 0.5) + 0.5;
  *point = kind == 1 ? i_all() : i_point(at);
  return kind == 1 ? i_all() : (interval){at - half, at + half};
}

/* Each width gives the numbers of the scalar slopes, in each lane, in which the regions differ. */
static void try_lanes(const cert_game *g, duro_stream *stream) {
  interval *scratch = duro_allocate(cert_scratch_size(g));
  cert_lanes_game lanes;
  assert_int_equal(cert_lanes_create(&lanes, g), DURO_OK);
  const cert_lanes *kernels;
  for (int k = 0; (kernels = cert_lanes_at(k)); k++) {
    assert_true(kernels->lanes >= 1 && kernels->lanes <= CERT_LANES);
    double *side_by_side = duro_allocate(cert_lanes_size(&lanes, kernels));
    cert_region *region = duro_allocate(CERT_LANES * sizeof *region);
    const cert_region *in[CERT_LANES];
    for (int l = 0; l < kernels->lanes; l++) {
      for (int i = 0; i < g->formula->nx; i++) region[l].x[i] = draw_interval(stream, region[l].x0 + i);
      for (int i = 0; i < g->nu; i++) region[l].u[i] = draw_interval(stream, region[l].u0 + i);
      in[l] = region + l;
    }
    const cert_part *parts[] = {&g->motion, &g->constraint};
    for (int part = 0; part < 2; part++) {
      kernels->slopes(&lanes, parts[part], side_by_side, in);
      for (int l = 0; l < kernels->lanes; l++) {
        cert_slopes(g, parts[part], scratch, in[l]);
        for (int j = 0; j < parts[part]->count; j++)
          for (int w = 0; w < lanes.width; w++) {
            const int node = parts[part]->node[j];
            const interval got = cert_lane(&lanes, kernels, side_by_side, node, w, l);
            const interval wanted = cert_slopes_of(g, scratch, node)[w];
            if (got.lo != wanted.lo || got.hi != wanted.hi) // but for the sign of 0
              fail_msg("%d lanes, lane %d, %s, number %d: [%a, %a], wanted [%a, %a]", kernels->lanes, l,
                       duro_formula_op_name(g->formula->node[node].op), w, got.lo, got.hi, wanted.lo, wanted.hi);
          }
      }
    }
    duro_release(region);
    duro_release(side_by_side);
  }
  cert_lanes_destroy(&lanes);
  duro_release(scratch);
}

static void lanes_have_the_numbers_of_one(void **state) {
  (void)state;
  for (int trial = 0; trial < 200; trial++) {
    duro_stream stream = test_stream((uint64_t)trial);
    duro_formula f;
    duro_formula_node node[INPUTS + OPERATIONS];
    draw_formula(&f, node, &stream);
    int all[INPUTS + OPERATIONS];
    for (int i = 0; i < f.count; i++) all[i] = i;
    cert_game g = {.formula = &f, .nd = 2, .nu = 2, .na = 1}; // the third state has no axis
    g.axis[0].state = 0;
    g.axis[1].state = 2;
    g.motion = (cert_part){f.count, all};
    g.constraint = (cert_part){f.count, all};
    for (int k = 0; k < 20; k++) try_lanes(&g, &stream);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(slopes_contain), cmocka_unit_test(lanes_have_the_numbers_of_one)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
