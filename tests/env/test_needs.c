/* What safety depends on: by hand, of the equations of each environment. */
#include "env/needs.h"

#include "env_test.h"

static uint64_t states_of(const char *name) {
  duro_env *env = make_env(name, NULL);
  const uint64_t set = env_needed_states(&env->spec);
  duro_env_destroy(env);
  return set;
}

static void states(void **unused) {
  (void)unused;
  // height, its rate, pitch and its rate move the height; place along the circle and the reference do not
  assert_true(states_of("quadrotor") == 0x3c);
  assert_true(states_of("cartpole") == 0xf); // rail and pole are both limited
  assert_true(states_of("air3d") == 0x7);
}

/* six states, then the reference of the six */
static void observations(void **unused) {
  (void)unused;
  bool needed[DURO_MAX_OBS];
  duro_env *env = make_env("quadrotor", NULL);
  assert_int_equal(env_needed_observations(needed, env), 8);
  for (int i = 0; i < env->spec.no; i++) assert_true(needed[i] == (i >= 2 && i < 6));
  duro_env_destroy(env);
  env = make_env("cartpole", NULL);
  assert_int_equal(env_needed_observations(needed, env), 0);
  for (int i = 0; i < env->spec.no; i++) assert_true(needed[i]);
  duro_env_destroy(env);
}

/* a spec that says nothing hides nothing */
static void nothing_is_said(void **unused) {
  (void)unused;
  bool needed[DURO_MAX_OBS];
  duro_env *env = make_env("quadrotor", NULL);
  env->spec.x_needs = NULL;
  assert_true(env_needed_states(&env->spec) == 0x7f);
  assert_int_equal(env_needed_observations(needed, env), 0);
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(states),
      cmocka_unit_test(observations),
      cmocka_unit_test(nothing_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
