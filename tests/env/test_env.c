/* What every environment promises: purity, independence of threads and division, honest errors. */
#include "env_test.h"

#include "base/memory.h"
#include "base/pool.h"

enum { CANARY = 4 }; // doubles past the end that a step must leave alone

static void draw_case(const duro_env *env, double *x, double *u, double *a, uint64_t index) {
  duro_stream stream = test_stream(index);
  for (int i = 0; i < env->spec.nx; i++)
    x[i] = env->spec.x_low[i] + (env->spec.x_high[i] - env->spec.x_low[i]) * duro_stream_uniform(&stream);
  for (int i = 0; i < env->spec.nu; i++) u[i] = draw(&stream, 1);
  for (int i = 0; i < env->spec.na; i++) a[i] = draw(&stream, 1);
}

static void step_case(const duro_env *env, void *worker, double *x2, duro_step *out, uint64_t index) {
  double x[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
  draw_case(env, x, u, a, index);
  duro_env_step(env, worker, x2, out, x, u, a);
}

/* runs `test` for every environment of this build */
static void for_each(void (*test)(duro_env *env, void *worker)) {
  for (int i = 0; duro_env_builtin(i); i++) {
    duro_env *env = make_env(duro_env_builtin(i)->name, NULL);
    void *worker = make_worker(env);
    test(env, worker);
    duro_env_worker_destroy(env, worker);
    duro_env_destroy(env);
  }
}

static void found_by_name(void **state) {
  (void)state;
  const duro_env_ops *ops;
  int count = 0;
  for (; duro_env_builtin(count); count++) {
    assert_int_equal(duro_env_find(&ops, duro_env_builtin(count)->name), DURO_OK);
    assert_ptr_equal(ops, duro_env_builtin(count));
  }
  assert_true(count >= 2);
  assert_null(duro_env_builtin(-1));
  assert_int_equal(duro_env_find(&ops, "cartpol"), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "'cartpole'"));
  assert_int_equal(duro_env_find(&ops, "double integrator"), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "'double-integrator'"));
  assert_int_equal(duro_env_find(&ops, ""), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_env_find(&ops, "zzzzzzzzzzzz"), DURO_ERROR_ARGUMENT);
}

static void check_spec(duro_env *env, void *worker) {
  (void)worker;
  const duro_env_spec *s = &env->spec;
  assert_true(s->horizon > 0 && s->dt > 0 && s->h_scale > 0);
  assert_true(s->slice[0] != s->slice[1]);
  for (int k = 0; k < 2; k++) assert_true(s->slice[k] >= 0 && s->slice[k] < s->nx);
  for (int i = 0; i < s->nx; i++) {
    assert_true(s->x_low[i] < s->x_high[i]);
    assert_true(strlen(s->x_names[i]) > 0);
    assert_non_null(s->x_units[i]);
  }
  for (int i = 0; i < env->ops->n_settings; i++) assert_true(strlen(env->ops->settings[i].help) > 0);
}

static void specs_are_complete(void **state) {
  (void)state;
  for_each(check_spec);
}

static void check_memory(duro_env *env, void *worker) {
  double x2[DURO_MAX_STATE + CANARY];
  float obs[DURO_MAX_OBS + CANARY];
  for (uint64_t k = 0; k < 50; k++) {
    for (int i = 0; i < DURO_MAX_STATE + CANARY; i++) x2[i] = 1234.5;
    for (int i = 0; i < DURO_MAX_OBS + CANARY; i++) obs[i] = 1234.5f;
    duro_step out;
    step_case(env, worker, x2, &out, k);
    env->ops->observe(env, obs, x2);
    for (int i = 0; i < DURO_MAX_STATE + CANARY; i++) assert_true((x2[i] == 1234.5) == (i >= env->spec.nx));
    for (int i = 0; i < DURO_MAX_OBS + CANARY; i++) assert_true((obs[i] == 1234.5f) == (i >= env->spec.no));
    assert_true(isfinite(out.r) && isfinite(out.h));
    assert_true(out.h == env->ops->constraint(env, x2));
  }
}

static void only_its_buffers_are_written(void **state) {
  (void)state;
  for_each(check_memory);
}

/* the same bits again: forwards, in a shuffled order, and by two workers in turn */
static void check_purity(duro_env *env, void *worker) {
  enum { N = 257 };
  static double first[N][DURO_MAX_STATE];
  static duro_step out[N];
  void *other = make_worker(env);
  for (int k = 0; k < N; k++) step_case(env, worker, first[k], &out[k], (uint64_t)k);
  for (int pass = 0; pass < 3; pass++)
    for (int k = 0; k < N; k++) {
      const int i = pass == 0 ? k : (k * 101 + 7) % N; // N is prime: every case once
      double x2[DURO_MAX_STATE];
      duro_step again;
      step_case(env, pass == 2 && k % 2 ? other : worker, x2, &again, (uint64_t)i);
      assert_same_bits(x2, first[i], env->spec.nx);
      assert_same_step(&again, &out[i]);
    }
  duro_env_worker_destroy(env, other);
}

static void a_step_is_pure(void **state) {
  (void)state;
  for_each(check_purity);
}

static void check_clipping(duro_env *env, void *worker) {
  double x[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION], x2[DURO_MAX_STATE], y2[DURO_MAX_STATE];
  duro_step out, clipped;
  draw_case(env, x, u, a, 3);
  for (int i = 0; i < env->spec.nu; i++) u[i] = i % 2 ? -7 : 1.0001;
  for (int i = 0; i < env->spec.na; i++) a[i] = i % 2 ? INFINITY : -2;
  duro_env_step(env, worker, x2, &out, x, u, a);
  for (int i = 0; i < env->spec.nu; i++) u[i] = i % 2 ? -1 : 1;
  for (int i = 0; i < env->spec.na; i++) a[i] = i % 2 ? 1 : -1;
  duro_env_step(env, worker, y2, &clipped, x, u, a);
  assert_same_bits(x2, y2, env->spec.nx);
  assert_same_step(&out, &clipped);
}

static void actions_are_clipped(void **state) {
  (void)state;
  for_each(check_clipping);
}

/* a number that is not finite is seen in r and h, and leaves the worker as it was */
static void check_not_finite(duro_env *env, void *worker) {
  const double bad[] = {NAN, INFINITY, -INFINITY};
  double before[DURO_MAX_STATE], x[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION], x2[DURO_MAX_STATE];
  duro_step wanted, out;
  step_case(env, worker, before, &wanted, 9);
  for (int i = 0; i < env->spec.nx; i++)
    for (int b = 0; b < 3; b++) {
      draw_case(env, x, u, a, 9);
      x[i] = bad[b];
      duro_env_step(env, worker, x2, &out, x, u, a);
      assert_true(isnan(out.r) && isnan(out.h));
      assert_int_equal(out.end, DURO_RUNNING);
    }
  draw_case(env, x, u, a, 9);
  u[0] = NAN;
  duro_env_step(env, worker, x2, &out, x, u, a);
  assert_true(isnan(out.r) && isnan(out.h));
  draw_case(env, x, u, a, 9);
  a[0] = NAN;
  duro_env_step(env, worker, x2, &out, x, u, a);
  assert_true(isnan(out.r) && isnan(out.h));
  step_case(env, worker, x2, &out, 9);
  assert_same_bits(x2, before, env->spec.nx);
  assert_same_step(&out, &wanted);
}

static void not_finite_is_reported(void **state) {
  (void)state;
  for_each(check_not_finite);
}

static void check_starts(duro_env *env, void *worker) {
  (void)worker;
  for (int start = DURO_START_TRAIN; start <= DURO_START_EVAL; start++)
    for (uint64_t k = 0; k < 500; k++) {
      double x[DURO_MAX_STATE], y[DURO_MAX_STATE];
      duro_stream one = test_stream(k), two = one;
      env->ops->reset(env, x, &one, (duro_start)start);
      env->ops->reset(env, y, &two, (duro_start)start);
      assert_same_bits(x, y, env->spec.nx);
      for (int i = 0; i < env->spec.nx; i++) assert_true(isfinite(x[i]));
      assert_true(env->ops->constraint(env, x) > 0.0); // no start is unsafe
    }
}

static void starts_are_safe_and_repeat(void **state) {
  (void)state;
  for_each(check_starts);
}

/* x with coordinate j moved to another place of the region of interest */
static void move_elsewhere(const duro_env_spec *s, double *y, const double *x, int j, duro_stream *stream) {
  memcpy(y, x, sizeof *y * (size_t)s->nx);
  y[j] = s->x_low[j] + (s->x_high[j] - s->x_low[j]) * duro_stream_uniform(stream);
}

/* may x_j of a state act on what h and the end see of the next? */
static bool reaches_end(const duro_env_spec *s, int j) {
  for (int i = 0; i < s->nx; i++)
    if ((s->h_needs >> i & 1) && (s->x_needs[i] >> j & 1)) return true;
  return false;
}

/* what is said not to depend on x_j has the same bits wherever x_j is; a failing end counts, a truncation does not */
static void check_needs(duro_env *env, void *worker) {
  const duro_env_spec *s = &env->spec;
  duro_stream stream = test_stream(40);
  for (uint64_t k = 0; k < 400; k++) {
    double x[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION], x2[DURO_MAX_STATE];
    duro_step out;
    draw_case(env, x, u, a, k);
    duro_env_step(env, worker, x2, &out, x, u, a);
    for (int j = 0; j < s->nx; j++) {
      double y[DURO_MAX_STATE], y2[DURO_MAX_STATE];
      duro_step other;
      move_elsewhere(s, y, x, j, &stream);
      duro_env_step(env, worker, y2, &other, y, u, a);
      for (int i = 0; s->x_needs && i < s->nx; i++)
        if (!(s->x_needs[i] >> j & 1)) assert_same_bits(&y2[i], &x2[i], 1);
      if (s->h_needs == 0 || (s->h_needs >> j & 1)) continue;
      assert_true(env->ops->constraint(env, y) == env->ops->constraint(env, x));
      move_elsewhere(s, y, x2, j, &stream); // h(x') and the end see x' alone
      assert_true(env->ops->constraint(env, y) == out.h);
      if (s->x_needs && !reaches_end(s, j)) assert_true((other.end == DURO_TERMINATED) == (out.end == DURO_TERMINATED));
    }
  }
}

static void only_stated_states_matter(void **state) {
  (void)state;
  for_each(check_needs);
}

/* tolerance: roundings of a few dozen operations on numbers below 100 */
static void check_shift(duro_env *env, void *worker) {
  const duro_env_spec *s = &env->spec;
  duro_stream stream = test_stream(41);
  for (uint64_t k = 0; k < 400; k++)
    for (int j = 0; j < s->nx; j++) {
      if (!(s->x_shift >> j & 1)) continue;
      double x[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION], x2[DURO_MAX_STATE];
      double y[DURO_MAX_STATE], y2[DURO_MAX_STATE];
      duro_step out;
      draw_case(env, x, u, a, k);
      duro_env_step(env, worker, x2, &out, x, u, a);
      move_elsewhere(s, y, x, j, &stream);
      duro_env_step(env, worker, y2, &out, y, u, a);
      for (int i = 0; i < s->nx; i++)
        if (i != j) assert_same_bits(&y2[i], &x2[i], 1);
      assert_near(y2[j] - x2[j], y[j] - x[j], 1e-13);
    }
}

static void stated_shifts_shift(void **state) {
  (void)state;
  for_each(check_shift);
}

/* a period further the step is the same, and it ends inside [low, high) */
static void check_period(duro_env *env, void *worker) {
  const duro_env_spec *s = &env->spec;
  for (uint64_t k = 0; k < 400; k++)
    for (int j = 0; s->x_periodic && j < s->nx; j++) {
      if (!s->x_periodic[j]) continue;
      double x[DURO_MAX_STATE], u[DURO_MAX_ACTION], a[DURO_MAX_ACTION], x2[DURO_MAX_STATE], y2[DURO_MAX_STATE];
      duro_step out, other;
      draw_case(env, x, u, a, k);
      duro_env_step(env, worker, x2, &out, x, u, a);
      const double period = s->x_high[j] - s->x_low[j];
      for (int turn = -2; turn <= 3; turn++) {
        double y[DURO_MAX_STATE];
        memcpy(y, x, sizeof y);
        y[j] += turn * period;
        duro_env_step(env, worker, y2, &other, y, u, a);
        for (int i = 0; i < s->nx; i++) { // rounding of y moves it by up to 1e-13, and x' by some times that
          const double off = i == j ? remainder(y2[i] - x2[i], period) : y2[i] - x2[i];
          assert_near(off, 0, 1e-11 * fmax(1, fabs(x2[i])));
        }
        assert_true(y2[j] >= s->x_low[j] && y2[j] < s->x_high[j]);
        assert_near(other.h, out.h, 1e-11 * fmax(1, fabs(out.h)));
      }
    }
}

static void periodic_states_wrap(void **state) {
  (void)state;
  for_each(check_period);
}

static void fill_batch(duro_env_batch *b) {
  for (int i = 0; i < b->n; i++) {
    duro_stream stream = test_stream((uint64_t)i);
    duro_env_batch_reset(b, i, &stream, DURO_START_TRAIN);
    for (int k = 0; k < b->env->spec.nu; k++)
      b->u[i * b->env->spec.nu + k] = 2.4f * duro_stream_uniformf(&stream) - 1.2f; // some are clipped
    for (int k = 0; k < b->env->spec.na; k++)
      b->a[i * b->env->spec.na + k] = 2.4f * duro_stream_uniformf(&stream) - 1.2f;
  }
}

static duro_env_batch *make_batch(const duro_env *env, int n) {
  duro_env_batch *batch;
  if (duro_env_batch_create(&batch, env, n) != DURO_OK) fail_msg("%s", duro_error());
  fill_batch(batch);
  return batch;
}

static void assert_same_batch(const duro_env_batch *b, const duro_env_batch *wanted) {
  const duro_env_spec *s = &b->env->spec;
  assert_same_bits(b->x, wanted->x, b->n * s->nx);
  assert_same_bits(b->x2, wanted->x2, b->n * s->nx);
  assert_memory_equal(b->obs, wanted->obs, sizeof *b->obs * (size_t)(b->n * s->no));
  assert_memory_equal(b->obs2, wanted->obs2, sizeof *b->obs2 * (size_t)(b->n * s->no));
  for (int i = 0; i < b->n; i++) assert_same_step(&b->out[i], &wanted->out[i]);
}

static void check_batch_is_single(duro_env *env, void *worker) {
  const int nx = env->spec.nx, no = env->spec.no;
  duro_env_batch *b = make_batch(env, 19);
  duro_env_batch_step(b, worker, 0, b->n);
  for (int i = 0; i < b->n; i++) {
    double u[DURO_MAX_ACTION], a[DURO_MAX_ACTION], x2[DURO_MAX_STATE];
    float obs[DURO_MAX_OBS];
    duro_step out;
    for (int k = 0; k < env->spec.nu; k++) u[k] = (double)b->u[i * env->spec.nu + k];
    for (int k = 0; k < env->spec.na; k++) a[k] = (double)b->a[i * env->spec.na + k];
    duro_env_step(env, worker, x2, &out, b->x + i * nx, u, a);
    env->ops->observe(env, obs, x2);
    assert_same_bits(b->x2 + i * nx, x2, nx);
    assert_memory_equal(b->obs2 + i * no, obs, sizeof *obs * (size_t)no);
    assert_same_step(&b->out[i], &out);
  }
  duro_env_batch_destroy(b);
}

static void a_batch_is_single_steps(void **state) {
  (void)state;
  for_each(check_batch_is_single);
}

/* twice the disturbance goes beyond its bound, none of it is none; the control stays clipped */
static void check_amplitude(duro_env *env, void *worker) {
  const int nx = env->spec.nx;
  static const double amplitude[] = {0.0, .5, 2.0};
  for (int j = 0; j < 3; j++) {
    duro_env_batch *b = make_batch(env, 19);
    b->amplitude = amplitude[j];
    duro_env_batch_step(b, worker, 0, b->n);
    for (int i = 0; i < b->n; i++) {
      double u[DURO_MAX_ACTION], a[DURO_MAX_ACTION], x2[DURO_MAX_STATE];
      duro_step out;
      for (int k = 0; k < env->spec.nu; k++) u[k] = fmax(-1, fmin(1, (double)b->u[i * env->spec.nu + k]));
      for (int k = 0; k < env->spec.na; k++)
        a[k] = amplitude[j] * fmax(-1, fmin(1, (double)b->a[i * env->spec.na + k]));
      env->ops->step(env, worker, x2, &out, b->x + i * nx, u, a); // does not clip
      assert_same_bits(b->x2 + i * nx, x2, nx);
      assert_same_step(&b->out[i], &out);
    }
    duro_env_batch_destroy(b);
  }
}

static void amplitude_scales_the_disturbance(void **state) {
  (void)state;
  for_each(check_amplitude);
}

static void check_division(duro_env *env, void *worker) {
  const int n = 19;
  duro_env_batch *whole = make_batch(env, n);
  duro_env_batch_step(whole, worker, 0, n);
  for (int size = 1; size < n; size++) {
    duro_env_batch *parts = make_batch(env, n);
    for (int end = n; end > 0; end -= size) // from the back
      duro_env_batch_step(parts, worker, end > size ? end - size : 0, end > size ? size : end);
    assert_same_batch(parts, whole);
    duro_env_batch_destroy(parts);
  }
  duro_env_batch_step(whole, worker, 5, 0); // an empty range is fine
  duro_env_batch_destroy(whole);
}

static void division_does_not_matter(void **state) {
  (void)state;
  for_each(check_division);
}

typedef struct team {
  duro_env_batch *batch;
  void *workers[2];
} team;

/* each thread takes its half, again and again */
static void step_share(void *context, int thread, int threads) {
  team *t = context;
  int first, count;
  duro_pool_share(&first, &count, t->batch->n, 1, thread, threads);
  for (int k = 0; k < 50; k++) {
    duro_env_batch_step(t->batch, t->workers[thread], first, count);
    for (int i = first; i < first + count; i++) duro_env_batch_advance(t->batch, i);
  }
}

static void check_threads(duro_env *env, void *worker) {
  const int n = 33;
  duro_env_batch *alone = make_batch(env, n);
  for (int k = 0; k < 50; k++) {
    duro_env_batch_step(alone, worker, 0, n);
    for (int i = 0; i < n; i++) duro_env_batch_advance(alone, i);
  }
  team t = {.batch = make_batch(env, n), .workers = {make_worker(env), make_worker(env)}};
  duro_pool *pool;
  assert_int_equal(duro_pool_create(&pool, 2), DURO_OK);
  duro_pool_run(pool, step_share, &t);
  assert_same_batch(t.batch, alone);
  duro_pool_destroy(pool);
  for (int i = 0; i < 2; i++) duro_env_worker_destroy(env, t.workers[i]);
  duro_env_batch_destroy(t.batch);
  duro_env_batch_destroy(alone);
}

static void threads_do_not_matter(void **state) {
  (void)state;
  for_each(check_threads);
}

static void check_advance(duro_env *env, void *worker) {
  duro_env_batch *b = make_batch(env, 3);
  const int nx = env->spec.nx, no = env->spec.no;
  assert_int_equal(b->t[1], 0);
  assert_true(b->h[1] == env->ops->constraint(env, b->x + nx));
  duro_env_batch_step(b, worker, 0, 3);
  double kept[DURO_MAX_STATE];
  memcpy(kept, b->x, sizeof *kept * (size_t)nx);
  duro_env_batch_advance(b, 1);
  assert_same_bits(b->x + nx, b->x2 + nx, nx);
  assert_memory_equal(b->obs + no, b->obs2 + no, sizeof *b->obs * (size_t)no);
  assert_true(b->h[1] == b->out[1].h);
  assert_int_equal(b->t[1], 1);
  assert_same_bits(b->x, kept, nx); // the neighbour stays
  assert_int_equal(b->t[0], 0);
  duro_stream stream = test_stream(77);
  duro_env_batch_reset(b, 1, &stream, DURO_START_EVAL);
  assert_int_equal(b->t[1], 0);
  assert_true(b->h[1] == env->ops->constraint(env, b->x + nx));
  duro_env_batch_destroy(b);
}

static void advance_moves_one_slot(void **state) {
  (void)state;
  for_each(check_advance);
}

/* a struct may hold what no text could set */
static void wrong_structs_are_refused(void **state) {
  (void)state;
  for (int i = 0; duro_env_builtin(i); i++) {
    const duro_env_ops *ops = duro_env_builtin(i);
    char *settings = calloc(1, ops->settings_size);
    assert_non_null(settings);
    const duro_settings_group group = {"env", ops->settings, ops->n_settings, settings};
    for (int k = 0; k < ops->n_settings; k++) {
      const duro_setting *row = &ops->settings[k];
      const double not_a_number = NAN;
      const int64_t huge = INT64_MAX;
      duro_settings_default(&group);
      switch (row->kind) {
      case DURO_REAL:
        memcpy(settings + row->offset, &not_a_number, sizeof not_a_number);
        break;
      case DURO_INT:
        memcpy(settings + row->offset, &huge, sizeof huge);
        break;
      case DURO_TEXT:
      case DURO_FILE:
        memset(settings + row->offset, 'x', DURO_TEXT_SIZE);
        break; // no end
      case DURO_BOOL:
        continue;
      }
      duro_env *env;
      assert_int_equal(duro_env_create(&env, ops, settings), DURO_ERROR_ARGUMENT);
      assert_null(env);
      assert_non_null(strstr(duro_error(), row->name));
    }
    free(settings);
  }
}

static void settings_are_copied(void **state) {
  (void)state;
  const duro_env_ops *ops = duro_env_builtin(0);
  char *settings = calloc(1, ops->settings_size);
  assert_non_null(settings);
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, settings};
  duro_settings_default(&group);
  duro_env *env;
  assert_int_equal(duro_env_create(&env, ops, settings), DURO_OK);
  memset(settings, 0xff, ops->settings_size);
  double x2[DURO_MAX_STATE];
  duro_step out;
  step_case(env, NULL, x2, &out, 1);
  assert_true(isfinite(out.r));
  free(settings);
  duro_env_destroy(env);
}

static duro_status no_create(duro_env *env) {
  env->spec = (duro_env_spec){.nx = DURO_MAX_STATE + 1, .no = 1, .nu = 1, .na = 1, .horizon = 1, .dt = 1, .h_scale = 1};
  return DURO_OK;
}

static void too_large_specs_are_refused(void **state) {
  (void)state;
  const duro_env_ops ops = {.name = "large", .create = no_create};
  duro_env *env;
  assert_int_equal(duro_env_create(&env, &ops, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "nx = 513"));
  assert_null(env);
}

static const uint64_t no_needs[DURO_MASK_BITS + 1];

/* more states than a mask has bits */
static duro_status masked_create(duro_env *env) {
  env->spec = (duro_env_spec){.nx = DURO_MASK_BITS + 1, .no = 1, .nu = 1, .na = 1, .horizon = 1, .dt = 1, .h_scale = 1};
  if (env->ops->n_settings) env->spec.x_needs = no_needs;
  return DURO_OK;
}

static duro_status named_create(duro_env *env) {
  static const char *const names[] = {"x", "v\x1b[2J"};
  env->spec = (duro_env_spec){.nx = 2, .no = 1, .nu = 1, .na = 1, .horizon = 1, .dt = 1, .h_scale = 1};
  env->spec.x_names = names;
  return DURO_OK;
}

/* names reach terminals, scripts and pages */
static void control_codes_in_names_are_refused(void **state) {
  (void)state;
  const duro_env_ops names = {.name = "named", .create = named_create}, own = {.name = "a\nb", .create = masked_create};
  duro_env *env;
  assert_int_equal(duro_env_create(&env, &names, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "control codes"));
  assert_int_equal(duro_env_create(&env, &own, NULL), DURO_ERROR_ARGUMENT);
  assert_null(env);
}

static void masks_of_many_states_are_refused(void **state) {
  (void)state;
  duro_env_ops ops = {.name = "masked", .create = masked_create};
  duro_env *env;
  assert_int_equal(duro_env_create(&env, &ops, NULL), DURO_OK); // says nothing
  duro_env_destroy(env);
  int64_t value = 0;
  const duro_setting row = {.name = "a", .kind = DURO_INT, .high = 1};
  ops.settings = &row, ops.n_settings = 1, ops.settings_size = sizeof value;
  assert_int_equal(duro_env_create(&env, &ops, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "65 states and x_needs"));
}

// memory that runs out after `left` pieces
static int left, held;

static void *scarce_allocate(size_t bytes, void *context) {
  (void)context;
  if (left-- <= 0) return NULL;
  held++;
  return malloc(bytes);
}

static void scarce_release(void *memory, void *context) {
  (void)context;
  held -= memory != NULL;
  free(memory);
}

/* creates everything; false as soon as memory runs out, with all of it given back */
static bool create_all(const char *name) {
  const duro_env_ops *ops;
  duro_env *env;
  duro_env_batch *batch;
  assert_int_equal(duro_env_find(&ops, name), DURO_OK);
  duro_status status = duro_env_create(&env, ops, NULL);
  if (!status) {
    status = duro_env_batch_create(&batch, env, 5);
    if (!status) duro_env_batch_destroy(batch);
    duro_env_destroy(env);
  }
  if (status) assert_int_equal(status, DURO_ERROR_MEMORY);
  return status == DURO_OK;
}

static void out_of_memory_leaves_nothing(void **state) {
  (void)state;
  duro_set_allocator(scarce_allocate, scarce_release, NULL);
  for (int i = 0; duro_env_builtin(i); i++) {
    int pieces = 0;
    do {
      left = pieces++;
      held = 0;
    } while (!create_all(duro_env_builtin(i)->name) && held == 0);
    assert_int_equal(held, 0);
    assert_true(pieces > 4);
  }
  duro_set_allocator(NULL, NULL, NULL);
}

static void empty_batches_are_refused(void **state) {
  (void)state;
  duro_env *env = make_env("cartpole", NULL);
  duro_env_batch *batch;
  assert_int_equal(duro_env_batch_create(&batch, env, 0), DURO_ERROR_ARGUMENT);
  assert_null(batch);
  duro_env_batch_destroy(NULL);
  duro_env_destroy(env);
  duro_env_destroy(NULL);
}

/* FNV-1a over the bits of 20-step trajectories */
static uint64_t trajectory_hash(const char *name) {
  duro_env *env = make_env(name, NULL);
  const size_t bytes = sizeof(double) * (size_t)env->spec.nx;
  uint64_t hash = 1469598103934665603u;
  for (uint64_t k = 0; k < 2000; k++) {
    double x[DURO_MAX_STATE], x2[DURO_MAX_STATE];
    unsigned char bits[sizeof x];
    duro_stream stream = test_stream(k);
    env->ops->reset(env, x, &stream, DURO_START_TRAIN);
    for (int t = 0; t < 20; t++) {
      duro_step out;
      double u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
      for (int i = 0; i < env->spec.nu; i++) u[i] = draw(&stream, 1);
      for (int i = 0; i < env->spec.na; i++) a[i] = draw(&stream, 1);
      duro_env_step(env, NULL, x2, &out, x, u, a);
      memcpy(x, x2, bytes);
    }
    memcpy(bits, x, bytes);
    for (size_t i = 0; i < bytes; i++) hash = (hash ^ bits[i]) * 1099511628211u;
  }
  duro_env_destroy(env);
  return hash;
}

/* The same bits for every compiler and optimisation: these were equal for gcc 12 and clang 14 at -O0 and -O3, with
 * and without -march=native. */
static void bits_do_not_depend_on_the_compiler(void **state) {
  (void)state;
  assert_int_equal(trajectory_hash("double-integrator"), 0xd8964e424ae41d99u);
  assert_int_equal(trajectory_hash("cartpole"), 0x117d8a843ff35e7au);
  assert_int_equal(trajectory_hash("double-integrators"), 0x4542444b5db94c87u);
  assert_int_equal(trajectory_hash("pendulum"), 0x6f9753f65f9b615fu);
  assert_int_equal(trajectory_hash("air3d"), 0x4fc7725d7944e2aau);
  assert_int_equal(trajectory_hash("quadrotor"), 0xb0eb6eb3e0599d0bu);
  assert_int_equal(trajectory_hash("racing-car"), 0x7dbe6dffb78fff39u);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(found_by_name),
      cmocka_unit_test(specs_are_complete),
      cmocka_unit_test(only_its_buffers_are_written),
      cmocka_unit_test(a_step_is_pure),
      cmocka_unit_test(actions_are_clipped),
      cmocka_unit_test(not_finite_is_reported),
      cmocka_unit_test(starts_are_safe_and_repeat),
      cmocka_unit_test(only_stated_states_matter),
      cmocka_unit_test(stated_shifts_shift),
      cmocka_unit_test(periodic_states_wrap),
      cmocka_unit_test(a_batch_is_single_steps),
      cmocka_unit_test(amplitude_scales_the_disturbance),
      cmocka_unit_test(division_does_not_matter),
      cmocka_unit_test(threads_do_not_matter),
      cmocka_unit_test(advance_moves_one_slot),
      cmocka_unit_test(wrong_structs_are_refused),
      cmocka_unit_test(settings_are_copied),
      cmocka_unit_test(too_large_specs_are_refused),
      cmocka_unit_test(control_codes_in_names_are_refused),
      cmocka_unit_test(masks_of_many_states_are_refused),
      cmocka_unit_test(out_of_memory_leaves_nothing),
      cmocka_unit_test(bits_do_not_depend_on_the_compiler),
      cmocka_unit_test(empty_batches_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
