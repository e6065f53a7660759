/* Whoever fills a struct of settings himself meets the ranges of the tables wherever the struct is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "duro/certificate.h"
#include "duro/game.h"
#include "duro/grid.h"
#include "duro/train.h"
#include "env/double_integrator.h"

#define OK(call) assert_string_equal((call) ? duro_error() : "", "")

static void refuses(duro_status status, const char *setting, const char *value) {
  assert_int_equal(status, DURO_ERROR_ARGUMENT);
  if (!strstr(duro_error(), setting) || !strstr(duro_error(), value) || !strstr(duro_error(), "wanted"))
    fail_msg("wanted %s = %s in: %s", setting, value, duro_error());
}

static duro_env *integrator(void) {
  const duro_env_ops *ops;
  duro_env *env;
  OK(duro_env_find(&ops, "double-integrator"));
  OK(duro_env_create(&env, ops, NULL));
  return env;
}

static void environments_keep_their_ranges(void **unused) {
  (void)unused;
  const duro_env_ops *ops;
  OK(duro_env_find(&ops, "double-integrator"));
  for (int i = 0; i < ops->n_settings; i++) {
    const duro_setting *row = &ops->settings[i];
    char settings[4096];
    duro_env *env = NULL;
    assert_true(ops->settings_size <= sizeof settings);
    duro_settings_default(&(duro_settings_group){"env", ops->settings, ops->n_settings, settings});
    memset(settings + row->offset, 0xff, row->kind >= DURO_TEXT ? DURO_TEXT_SIZE : row->kind == DURO_BOOL ? 1 : 8);
    const duro_status status = duro_env_create(&env, ops, settings);
    assert_null(env);
    if (row->kind == DURO_INT && row->low <= -1) continue; // these bytes are -1
    refuses(status, row->name, "");
  }
}

static void trainers_keep_their_ranges(void **unused) {
  (void)unused;
  duro_train_settings train, t;
  duro_learn_settings learn, l;
  duro_trainer *trainer = NULL;
  duro_env *env = integrator();
  assert_int_equal(duro_train_preset(&train, &learn, "paper"), DURO_OK);
  l = learn, l.layers = 9;
  refuses(duro_trainer_create(&trainer, env, "DRAC", &train, &l), "learn.layers", "9");
  assert_null(trainer);
  l = learn, l.gamma = NAN;
  refuses(duro_trainer_create(&trainer, env, "DRAC", &train, &l), "learn.gamma", "nan");
  l = learn, memset(&l.ahead, 2, 1);
  refuses(duro_trainer_create(&trainer, env, "DRAC", &train, &l), "learn.ahead", "2");
  l = learn, memset(l.hold, 'x', sizeof l.hold);
  refuses(duro_trainer_create(&trainer, env, "DRAC", &train, &l), "learn.hold", "");
  t = train, t.threads = 1 << 20;
  refuses(duro_trainer_create(&trainer, env, "DRAC", &t, &learn), "train.threads", "1048576");
  t = train, t.envs = 0;
  refuses(duro_trainer_create(&trainer, env, "DRAC", &t, &learn), "train.envs", "0");
  t = train, t.seed = -1;
  refuses(duro_trainer_create(&trainer, env, "DRAC", &t, &learn), "train.seed", "-1");
  duro_env_destroy(env);
}

static void grids_keep_their_ranges(void **unused) {
  (void)unused;
  duro_grid_settings settings, s;
  duro_grid_plan plan;
  duro_grid *grid = NULL;
  duro_env *env = integrator();
  const duro_settings_group group = duro_grid_settings_group(&settings);
  const int n = 11;
  duro_settings_default(&group);
  OK(duro_grid_plan_make(&plan, env, &settings, &n, 1, NULL, NULL));
  s = settings, s.discount = 1.5;
  refuses(duro_grid_create(&grid, env, &s, &plan), "grid.discount", "1.5");
  assert_null(grid);
  refuses(duro_grid_plan_make(&plan, env, &s, &n, 1, NULL, NULL), "grid.discount", "1.5");
  s = settings, s.memory = -1;
  refuses(duro_grid_plan_make(&plan, env, &s, &n, 1, NULL, NULL), "grid.memory", "-1");
  s = settings, s.controls = 0;
  refuses(duro_grid_plan_make(&plan, env, &s, &n, 1, NULL, NULL), "grid.controls", "0");
  duro_env_destroy(env);
}

static void proofs_and_games_keep_their_ranges(void **unused) {
  (void)unused;
  duro_grid_settings settings;
  duro_certificate_settings c;
  duro_game_settings g;
  duro_grid_plan plan;
  duro_certificate *certificate = NULL;
  duro_game_solution *solution = NULL;
  duro_env *env = integrator();
  duro_settings_group group = duro_grid_settings_group(&settings);
  const int n = 11;
  const int32_t successor = 0;
  const double zero = 0;
  duro_settings_default(&group);
  OK(duro_grid_plan_make(&plan, env, &settings, &n, 1, NULL, NULL));
  group = duro_certificate_settings_group(&c);
  duro_settings_default(&group);
  c.depth = 25;
  refuses(duro_certificate_make(&certificate, env, &plan, NULL, &c, NULL, NULL), "certificate.depth", "25");
  assert_null(certificate);
  group = duro_game_settings_group(&g);
  duro_settings_default(&group);
  g.rounds = 0;
  const duro_game game = {.states = 1, .controls = 1, .disturbances = 1, .successor = &successor, .h = &zero};
  refuses(duro_game_solve(&solution, &game, &g, NULL, NULL), "game.rounds", "0");
  assert_null(solution);
  duro_env_destroy(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(environments_keep_their_ranges),
      cmocka_unit_test(trainers_keep_their_ranges),
      cmocka_unit_test(grids_keep_their_ranges),
      cmocka_unit_test(proofs_and_games_keep_their_ranges),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
