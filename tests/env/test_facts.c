/* What environments say of themselves in words: the limits are where h changes its sign. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "duro/env.h"
#include "env/facts.h"

static duro_env *make(const duro_env_ops *ops) {
  duro_env *env;
  if (duro_env_create(&env, ops, NULL)) fail_msg("%s", duro_error());
  return env;
}

/* h of an evaluation start whose state j is moved to a value */
static double h_at(const duro_env *env, int j, double value) {
  static double x[DURO_MAX_STATE];
  duro_stream stream = duro_stream_at(1, 2, 3);
  duro_env_reset(env, x, &stream, DURO_START_EVAL);
  x[j] = value;
  return duro_env_constraint(env, x);
}

static void the_limits_are_those_of_h(void **state) {
  (void)state;
  for (int i = 0; duro_env_builtin(i); i++) {
    duro_env *env = make(duro_env_builtin(i));
    duro_facts facts;
    facts_of(&facts, env);
    for (int k = 0; k < facts.marks; k++) {
      const fact_mark *m = &facts.mark[k];
      if (m->side == FACT_TARGET) continue;
      const double out = m->side == FACT_MOST ? 1e-6 : -1e-6;
      if (h_at(env, m->state, m->value - out) < 0 || !(h_at(env, m->state, m->value + out) < 0))
        fail_msg("%s: h does not change its sign at %s = %g", env->ops->name, env->spec.x_names[m->state], m->value);
    }
    facts_release(&facts);
    duro_env_destroy(env);
  }
}

static void every_one_names_its_players_and_its_constraints(void **state) {
  (void)state;
  for (int i = 0; duro_env_builtin(i); i++) {
    duro_env *env = make(duro_env_builtin(i));
    duro_facts facts;
    facts_of(&facts, env);
    assert_int_equal(text_status(&facts.safe), DURO_OK);
    if (!facts.control.length || !facts.disturbance.length || !facts.safe.length)
      fail_msg("%s says nothing of u, of a or of h", env->ops->name);
    facts_release(&facts);
    duro_env_destroy(env);
  }
}

static void words_have_numbers_and_units(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_facts facts;
  assert_int_equal(duro_env_find(&ops, "cartpole"), DURO_OK);
  duro_env *env = make(ops);
  facts_of(&facts, env);
  assert_string_equal(facts.safe.bytes, "|x| <= 0.9 m; |theta| <= 0.2 rad");
  assert_string_equal(facts.control.bytes, "force on the cart, up to 300 N either way");
  facts_release(&facts);
  duro_env_destroy(env);
}

#ifdef DURO_HAVE_MUJOCO
/* a model's bounds, whether of a state or of a height */
static void a_model_says_what_its_settings_say(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_facts facts;
  assert_int_equal(duro_env_open(&ops, DURO_SOURCE_DIR "/examples/pendulum.xml", NULL), DURO_OK);
  static struct { char bytes[1 << 15]; } settings;
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, &settings};
  assert_true(ops->settings_size <= sizeof settings);
  duro_settings_default(&group);
  static const char *const set[] = {"env.min_tip_height=0.85", "env.max_theta=0.5", "env.force_bob_x=6"};
  for (int i = 0; i < 3; i++) assert_int_equal(duro_settings_assign(&group, 1, set[i]), DURO_OK);
  duro_env *env;
  assert_int_equal(duro_env_create(&env, ops, &settings), DURO_OK);
  facts_of(&facts, env);
  assert_non_null(strstr(facts.safe.bytes, "tip_height >= 0.85 m"));
  assert_non_null(strstr(facts.safe.bytes, "theta <= 0.5 rad"));
  assert_string_equal(facts.control.bytes, "motor -12 to 12");
  assert_string_equal(facts.disturbance.bytes, "force on bob along x, up to 6 N either way");
  assert_int_equal(facts.marks, 1);
  assert_true(h_at(env, 0, 0.499999) >= 0 && h_at(env, 0, 0.500001) < 0);
  facts_release(&facts);
  duro_env_destroy(env);
  duro_env_close(ops);
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_limits_are_those_of_h),
      cmocka_unit_test(every_one_names_its_players_and_its_constraints),
      cmocka_unit_test(words_have_numbers_and_units),
#ifdef DURO_HAVE_MUJOCO
      cmocka_unit_test(a_model_says_what_its_settings_say),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
