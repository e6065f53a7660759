/* Many states at once, on every width of vectors: the bits of one state at a time without any. */
#include "env/many.h"
#include "env/motions.h"
#include "env_test.h"

enum { MOST = 40, ROUNDS = 40 };

typedef struct states {
  double x[MOST * DURO_MAX_STATE], u[MOST * DURO_MAX_ACTION], a[MOST * DURO_MAX_ACTION];
} states;

typedef struct results {
  double x2[MOST * DURO_MAX_STATE + 1], h[MOST + 1];
  float obs[MOST * DURO_MAX_OBS + 1];
  duro_step out[MOST + 1];
} results;

static const double odd[] = {NAN, INFINITY, -INFINITY, -0.0, 0.0, 1e300, -1e300, 1e-310, 1e6, -1e-9, 6.283185307179586};
enum { ODD = sizeof odd / sizeof *odd };

/* states in and about the region of interest, on both sides of zero, some at its very edges, some no state at all */
static void draw_states(states *s, const duro_env *env, duro_stream *stream, bool wild) {
  const duro_env_spec *spec = &env->spec;
  for (int i = 0; i < MOST; i++) {
    double *x = s->x + i * spec->nx;
    env->ops->reset(env, x, stream, i % 2 ? DURO_START_TRAIN : DURO_START_EVAL);
    for (int j = 0; j < spec->nx && i % 3; j++) x[j] = draw(stream, (i % 4 ? 1.1 : 3.0) * spec->x_high[j]);
    const int j = (int)(duro_stream_uniform(stream) * spec->nx), k = (int)(duro_stream_uniform(stream) * ODD);
    if (i % 5 == 0) x[j] = i % 2 ? spec->x_low[j] : spec->x_high[j];
    if (wild && i % 7 == 0) x[j] = odd[k];
    for (int c = 0; c < spec->nu; c++) s->u[i * spec->nu + c] = draw(stream, 1.0);
    for (int c = 0; c < spec->na; c++) s->a[i * spec->na + c] = i % 6 ? draw(stream, 1.0) : 0.0;
    if (wild && i % 11 == 0) s->u[i * spec->nu] = NAN;
    if (wild && i % 13 == 0) s->a[i * spec->na] = NAN;
  }
}

static void run(results *r, const env_motion *m, const duro_env *env, int n, const states *s) {
  memset(r, 0x55, sizeof *r);
  m->step(env, n, INFINITY, r->x2, r->out, s->x, s->u, s->a);
  m->observe(env, n, r->obs, s->x);
  m->constraint(env, n, r->h, s->x);
}

/* the sign of a NaN is nobody's business: which of two NaN a sum takes is up to the compiler */
static void assert_same(double value, double wanted, const char *what, const env_motion *m, const duro_env *env) {
  if (memcmp(&value, &wanted, sizeof value) == 0 || (isnan(value) && isnan(wanted))) return;
  fail_msg("%s of %s by %s is %a; wanted %a", what, env->ops->name, m->name, value, wanted);
}

static void check_variant(const duro_env *env, const env_motion *m, const env_motion *plain, int n, const states *s) {
  static results r, wanted;
  const duro_env_spec *spec = &env->spec;
  run(&r, m, env, n, s);
  memset(&wanted, 0x55, sizeof wanted);
  for (int i = 0; i < n; i++) {
    const double *x = s->x + i * spec->nx;
    plain->step(env, 1, INFINITY, wanted.x2 + i * spec->nx, wanted.out + i, x, s->u + i * spec->nu,
                s->a + i * spec->na);
    plain->observe(env, 1, wanted.obs + i * spec->no, x);
    plain->constraint(env, 1, wanted.h + i, x);
  }
  assert_same_bits(r.x2, wanted.x2, MOST * spec->nx + 1); // past the end nothing was written
  for (int i = 0; i < n; i++) {
    assert_same_bits(&r.out[i].r, &wanted.out[i].r, 1);
    assert_same_bits(&r.out[i].h, &wanted.out[i].h, 1);
    assert_int_equal(r.out[i].end, wanted.out[i].end);
    assert_same(r.h[i], wanted.h[i], "h", m, env);
  }
  assert_memory_equal(&r.out[n], &wanted.out[n], sizeof r.out[n]);
  assert_memory_equal(&r.h[n], &wanted.h[n], sizeof r.h[n]);
  assert_memory_equal(&r.obs[n * spec->no], &wanted.obs[n * spec->no], sizeof *r.obs);
  for (int i = 0; i < n * spec->no; i++) assert_same((double)r.obs[i], (double)wanted.obs[i], "an observation", m, env);
}

static void check_environment(const char *name, const env_motions *motions, const char *const *settings) {
  duro_env *env = make_env(name, settings);
  static states s;
  duro_stream stream = test_stream(9);
  for (int round = 0; round < ROUNDS; round++) {
    draw_states(&s, env, &stream, round % 2);
    for (int v = 0; env_motion_at(motions, v); v++)
      for (int n = 1; n <= MOST; n++)
        if (n == MOST || n % ROUNDS == round || round < 2)
          check_variant(env, env_motion_at(motions, v), motions->portable, n, &s);
  }
  duro_env_destroy(env);
}

/* every width gives the bits of one state at a time, for all counts, and writes nothing beyond */
static void widths_do_not_matter(void **state) {
  (void)state;
  check_environment("double-integrator", &double_integrator_motions, NULL);
  check_environment("double-integrator", &double_integrator_motions, SETTINGS("discretisation=hold"));
  check_environment("double-integrator", &double_integrator_motions, SETTINGS("discretisation=semi"));
  check_environment("double-integrators", &double_integrators_motions, NULL);
  check_environment("double-integrators", &double_integrators_motions, SETTINGS("count=1"));
  check_environment("double-integrators", &double_integrators_motions, SETTINGS("count=8", "discretisation=semi"));
  check_environment("pendulum", &pendulum_motions, NULL);
  check_environment("cartpole", &cartpole_motions, NULL);
  check_environment("cartpole", &cartpole_motions, SETTINGS("substeps=5", "pole_x=0.1"));
  check_environment("air3d", &air3d_motions, NULL);
  check_environment("air3d", &air3d_motions, SETTINGS("fail_distance=2"));
  check_environment("quadrotor", &quadrotor_motions, NULL);
  check_environment("racing-car", &racing_car_motions, NULL);
  check_environment("racing-car", &racing_car_motions,
                    SETTINGS("track=" DURO_SOURCE_DIR "/examples/tracks/l-shape.csv", "track_scale=0.4625"));
}

/* all ends occur among the states above: the comparison of ends means something */
static void ends_occur(void **state) {
  (void)state;
  bool seen[3] = {false};
  duro_env *env = make_env("quadrotor", NULL);
  duro_stream stream = test_stream(9);
  for (int round = 0; round < ROUNDS; round++) {
    static states s;
    static results r;
    draw_states(&s, env, &stream, false);
    run(&r, env_motion_at(&quadrotor_motions, 0), env, MOST, &s);
    for (int i = 0; i < MOST; i++) seen[r.out[i].end] = true;
  }
  assert_true(seen[DURO_RUNNING] && seen[DURO_TERMINATED] && seen[DURO_TRUNCATED]);
  duro_env_destroy(env);
}

/* a table without a motion would leave an environment slow without a word */
static void tables_are_complete(void **state) {
  (void)state;
#define CHECK(environment)                                                                                             \
  for (int v = 0; env_motion_at(&environment##_motions, v); v++) {                                                     \
    const env_motion *m = env_motion_at(&environment##_motions, v);                                                    \
    assert_true(m->lanes == 1 || m->lanes == 4 || m->lanes == 8);                                                      \
    assert_true(v == 0 || m->lanes <= env_motion_at(&environment##_motions, v - 1)->lanes);                            \
  }                                                                                                                    \
  assert_string_equal(environment##_motions.portable->name, "portable");                                               \
  assert_int_equal(env_motion_for(&environment##_motions, 1)->lanes, 1);                                               \
  assert_ptr_equal(env_motion_for(&environment##_motions, 64), env_motion_at(&environment##_motions, 0));
  MOTION_ENVIRONMENTS(CHECK)
#undef CHECK
}

/* duro_env_step_many is duro_env_step, which clips; env_step_unclipped is ops->step, which does not */
static void many_are_single_steps(void **state) {
  (void)state;
  enum { N = 150 };
  for (int e = 0; duro_env_builtin(e); e++) {
    duro_env *env = make_env(duro_env_builtin(e)->name, NULL);
    void *worker = make_worker(env);
    const duro_env_spec *s = &env->spec;
    static double x[N * DURO_MAX_STATE], x2[N * DURO_MAX_STATE], u[N * DURO_MAX_ACTION], a[N * DURO_MAX_ACTION];
    static duro_step out[N];
    duro_stream stream = test_stream((uint64_t)e);
    for (int i = 0; i < N; i++) env->ops->reset(env, x + i * s->nx, &stream, DURO_START_TRAIN);
    for (int i = 0; i < N * s->nu; i++) u[i] = draw(&stream, 1.3);
    for (int i = 0; i < N * s->na; i++) a[i] = draw(&stream, 1.3);
    u[3] = NAN, a[5] = INFINITY;
    for (int n = 0; n <= N; n += n < 3 ? 1 : 49) {
      memset(x2, 0, sizeof x2);
      duro_env_step_many(env, worker, n, x2, out, x, u, a);
      for (int i = 0; i < n; i++) {
        double y2[DURO_MAX_STATE];
        duro_step wanted;
        duro_env_step(env, worker, y2, &wanted, x + i * s->nx, u + i * s->nu, a + i * s->na);
        assert_same_bits(x2 + i * s->nx, y2, s->nx);
        assert_same_step(&out[i], &wanted);
      }
      for (int i = n * s->nx; i < N * s->nx; i++) assert_true(x2[i] == 0.0);
      env_step_unclipped(env, worker, n, x2, out, x, u, a);
      for (int i = 0; i < n; i++) {
        double y2[DURO_MAX_STATE];
        duro_step wanted;
        env->ops->step(env, worker, y2, &wanted, x + i * s->nx, u + i * s->nu, a + i * s->na);
        assert_same_bits(x2 + i * s->nx, y2, s->nx);
        assert_same_step(&out[i], &wanted);
      }
    }
    duro_env_worker_destroy(env, worker);
    duro_env_destroy(env);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(widths_do_not_matter), cmocka_unit_test(ends_occur),
                                     cmocka_unit_test(tables_are_complete), cmocka_unit_test(many_are_single_steps)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
