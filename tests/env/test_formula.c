/* Formulas against the steps that they write down, and what a formula refuses. */
#include "env_test.h"

#include "base/memory.h"
#include "duro/formula.h"

/* largest difference of x' and h over random states of the region and inputs; the step was written separately */
static double difference(const char *name, const char *const *settings) {
  duro_env *env = make_env(name, settings);
  duro_formula *f;
  if (duro_formula_create(&f, env)) fail_msg("%s", duro_error());
  double *work = calloc((size_t)f->count, sizeof *work), most = 0.0;
  duro_stream stream = test_stream(1);
  for (int point = 0; point < 20000; point++) {
    double x[DURO_MAX_STATE], x2[DURO_MAX_STATE], y2[DURO_MAX_STATE], h[DURO_FORMULA_CONSTRAINTS], u[2], a[2];
    for (int i = 0; i < env->spec.nx; i++) x[i] = draw(&stream, env->spec.x_high[i]);
    for (int i = 0; i < env->spec.nu; i++) u[i] = draw(&stream, 1.0);
    for (int i = 0; i < env->spec.na; i++) a[i] = draw(&stream, 1.0);
    duro_step out;
    duro_env_step(env, NULL, x2, &out, x, u, a);
    duro_formula_evaluate(f, work, y2, h, x, u, a);
    double least = h[0];
    for (int i = 1; i < f->nh; i++) least = fmin(least, h[i]);
    most = fmax(most, fabs(least - env->ops->constraint(env, x)));
    for (int i = 0; i < env->spec.nx; i++) {
      const bool turns = env->spec.x_periodic && env->spec.x_periodic[i];
      const double off = y2[i] - x2[i], lap = env->spec.x_high[i] - env->spec.x_low[i];
      most = fmax(most, fabs(turns ? remainder(off, lap) : off));
    }
  }
  free(work);
  duro_formula_destroy(f);
  duro_env_destroy(env);
  return most;
}

/* roundings only: a few hundred operations on numbers below 100 */
static void formulas_are_the_steps(void **state) {
  (void)state;
  assert_true(difference("double-integrator", NULL) < 1e-12);
  assert_true(difference("double-integrator", SETTINGS("discretisation=hold", "dt=0.2")) < 1e-12);
  assert_true(difference("double-integrator", SETTINGS("discretisation=semi", "disturbance=0.7")) < 1e-12);
  assert_true(difference("pendulum", NULL) < 1e-12);
  assert_true(difference("pendulum", SETTINGS("dt=0.02", "control=1.5", "safe_angle=0.55")) < 1e-12);
  assert_true(difference("cartpole", NULL) < 1e-12);
  assert_true(difference("quadrotor", NULL) < 1e-12);
  assert_true(difference("quadrotor", SETTINGS("substeps=2", "thrust_high=0.2", "disturbance=0.1")) < 1e-12);
  assert_true(difference("cartpole", SETTINGS("substeps=1", "pole_x=0.02", "safe_angle=0.15")) < 1e-12);
}

static duro_formula empty(void) {
  return (duro_formula){.nx = 2, .nu = 1, .na = 1, .next = {-1, -1}};
}

/* x1' = max(sqrt|x0|, -a), by hand at (4, .) and a = -3: max(2, 3) */
static void operations_by_hand(void **state) {
  (void)state;
  duro_formula f = empty();
  const int x = duro_formula_x(&f, 0), a = duro_formula_a(&f, 0);
  const int root = duro_formula_apply(&f, DURO_F_SQRT, duro_formula_apply(&f, DURO_F_ABS, x, 0), 0);
  f.next[0] = duro_formula_apply(&f, DURO_F_MIN, x, a);
  f.next[1] = duro_formula_apply(&f, DURO_F_MAX, root, duro_formula_apply(&f, DURO_F_NEG, a, 0));
  duro_formula_constrain(&f, duro_formula_apply(&f, DURO_F_COS, duro_formula_constant(&f, 0.0), 0));
  assert_false(f.failed);
  double work[16], x2[2], h[1];
  assert_true(f.count <= 16);
  duro_formula_evaluate(&f, work, x2, h, (const double[]){-4, 0}, (const double[]){0}, (const double[]){-3});
  assert_true(x2[0] == -4.0 && x2[1] == 3.0 && h[0] == 1.0);
  const int count = f.count;
  assert_int_equal(duro_formula_apply(&f, DURO_F_ABS, x, 5), duro_formula_apply(&f, DURO_F_ABS, x, 0));
  assert_int_equal(f.count, count); // equal nodes are made once
  duro_release(f.node);
}

static void wrong_nodes_are_refused(void **state) {
  (void)state;
  for (int wrong = 0; wrong < 5; wrong++) {
    duro_formula f = empty();
    const int x = duro_formula_x(&f, 0);
    assert_false(f.failed);
    if (wrong == 0) duro_formula_x(&f, 2);
    if (wrong == 1) duro_formula_u(&f, -1);
    if (wrong == 2) duro_formula_apply(&f, DURO_F_ADD, x, x + 1);
    if (wrong == 3) duro_formula_apply(&f, DURO_F_X, x, x);
    if (wrong == 4) duro_formula_constant(&f, NAN);
    assert_true(f.failed);
    duro_release(f.node);
  }
}

static duro_status forgets_a_state(const duro_env *env, duro_formula *f) {
  (void)env;
  f->next[0] = duro_formula_x(f, 0);
  duro_formula_constrain(f, f->next[0]);
  return DURO_OK;
}

static duro_status forgets_the_constraint(const duro_env *env, duro_formula *f) {
  (void)env;
  f->next[0] = f->next[1] = duro_formula_x(f, 0);
  return DURO_OK;
}

static void incomplete_formulas_are_refused(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrator", NULL);
  duro_env_ops ops = *env->ops;
  const duro_env_ops *kept = env->ops;
  env->ops = &ops;
  duro_formula *f;
  ops.formula = NULL;
  assert_int_equal(duro_formula_create(&f, env), DURO_ERROR_MISSING);
  ops.formula = forgets_a_state;
  assert_int_equal(duro_formula_create(&f, env), DURO_ERROR_FORMAT);
  assert_non_null(strstr(duro_error(), "x'_1"));
  ops.formula = forgets_the_constraint;
  assert_int_equal(duro_formula_create(&f, env), DURO_ERROR_FORMAT);
  assert_null(f);
  env->ops = kept;
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(formulas_are_the_steps),
      cmocka_unit_test(operations_by_hand),
      cmocka_unit_test(wrong_nodes_are_refused),
      cmocka_unit_test(incomplete_formulas_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
