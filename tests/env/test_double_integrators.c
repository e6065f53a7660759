/* A product of double integrators against the single one, which has tests of its own. */
#include "env_test.h"

static const char *const orders[] = {"discretisation=euler", "discretisation=hold", "discretisation=semi"};

static void each_moves_alone(void **state) {
  (void)state;
  for (int count = 1; count <= 16; count++) {
    char n[16];
    snprintf(n, sizeof n, "count=%d", count);
    const char *order = orders[count % 3];
    duro_env *one = make_env("double-integrator", SETTINGS(order));
    duro_env *all = make_env("double-integrators", SETTINGS(n, order));
    assert_true(all->spec.nx == 2 * count && all->spec.no == 2 * count && all->spec.nu == count);
    assert_true(all->spec.na == count && all->spec.dt == one->spec.dt && all->spec.horizon == one->spec.horizon);
    duro_stream stream = test_stream(1);
    for (int k = 0; k < 500; k++) {
      double x[32], u[16], a[16], x2[32];
      duro_step out;
      for (int i = 0; i < 2 * count; i++) x[i] = draw(&stream, 6);
      for (int i = 0; i < count; i++) {
        u[i] = draw(&stream, 1);
        a[i] = draw(&stream, 1);
      }
      duro_env_step(all, NULL, x2, &out, x, u, a);
      double cost = 0, h = INFINITY;
      bool failed = false;
      for (int i = 0; i < count; i++) {
        double y2[2];
        duro_step single;
        duro_env_step(one, NULL, y2, &single, x + 2 * i, u + i, a + i);
        assert_same_bits(x2 + 2 * i, y2, 2);
        failed = failed || single.end == DURO_TERMINATED;
        cost += single.end == DURO_TERMINATED ? -single.r - 30 : -single.r;
        h = fmin(h, single.h);
      }
      assert_true(out.h == h);
      assert_int_equal(out.end, failed ? DURO_TERMINATED : DURO_RUNNING);
      assert_near(out.r, -cost - (failed ? 3000 : 0), 8e-12); // costs up to 4200, in another order
    }
    duro_env_destroy(one);
    duro_env_destroy(all);
  }
}

/* one drawn after the other from the same stream: each in its own exact set, so the whole in the product of the sets */
static void starts_are_those_of_each(void **state) {
  (void)state;
  duro_env *one = make_env("double-integrator", NULL);
  duro_env *all = make_env("double-integrators", SETTINGS("count=3"));
  for (int start = DURO_START_TRAIN; start <= DURO_START_EVAL; start++) {
    duro_stream stream = test_stream(2), same = stream;
    for (int k = 0; k < 300; k++) {
      double x[6], y[6];
      all->ops->reset(all, x, &stream, (duro_start)start);
      for (int i = 0; i < 3; i++) one->ops->reset(one, y + 2 * i, &same, (duro_start)start);
      assert_same_bits(x, y, 6);
    }
  }
  duro_env_destroy(one);
  duro_env_destroy(all);
}

static void facts_keep_them_apart(void **state) {
  (void)state;
  duro_env *env = make_env("double-integrators", SETTINGS("count=16"));
  const duro_env_spec *s = &env->spec;
  assert_true(s->x_shift == 0x55555555 && s->h_needs == 0);
  for (int k = 0; k < 16; k++)
    assert_true(s->x_needs[2 * k] == (uint64_t)3 << 2 * k && s->x_needs[2 * k + 1] == (uint64_t)2 << 2 * k);
  for (int i = 0; i < 32; i++)
    for (int j = 0; j < i; j++) assert_string_not_equal(s->x_names[i], s->x_names[j]);
  duro_env_destroy(env);
}

static void bad_settings_are_refused(void **state) {
  (void)state;
  duro_env *env;
  const char *const bad[] = {"count=0", "count=17", "fail_bound=4", "eval_margin=5.5", "discretisation=rk4"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(try_env(&env, "double-integrators", SETTINGS(bad[i])), DURO_ERROR_ARGUMENT);
    assert_null(env);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_moves_alone),
      cmocka_unit_test(starts_are_those_of_each),
      cmocka_unit_test(facts_keep_them_apart),
      cmocka_unit_test(bad_settings_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
