/* The public network functions and the heads against float64 vectors made by tests/data/make_nn_oracle.py (NumPy,
 * cross-checked with PyTorch), and against numerical integration. */
#include "duro/nn.h"
#include "nn/kernels.h"
#include "nn/mlp.h"
#include "nn/oracle.h"

/* float32 against float64: relative 2^-24 a step, sums of up to `terms` products of size `scale` */
static void assert_close(const float *mine, const double *wanted, int n, double scale, int terms) {
  const double bound = 1.2e-7 * scale * terms;
  for (int i = 0; i < n; ++i)
    if (!(fabs((double)mine[i] - wanted[i]) <= bound))
      fail_msg("value %d is %.9g; wanted %.9g within %g", i, (double)mine[i], wanted[i], bound);
}

static void check_network(const char *name, const char *simd) {
  FILE *file = open_oracle(name);
  const block sizes = read_block(file, "sizes"), batch = read_block(file, "batch");
  const int in = (int)sizes.v[0], width = (int)sizes.v[1], out = (int)sizes.v[3], n = (int)batch.v[0];
  duro_mlp *net;
  assert_int_equal(duro_mlp_create(&net, in, width, 2, out, n, simd, 1, 0), DURO_OK);
  const int count = (int)duro_mlp_parameters(net);
  float *params = malloc(sizeof(float) * (size_t)count), *at = params;
  static const char *const names[] = {"W0", "b0", "W1", "b1", "W2", "b2"};
  for (int i = 0; i < 6; ++i) {
    block b = read_block(file, names[i]);
    for (int j = 0; j < b.rows * b.columns; ++j) *at++ = (float)b.v[j];
    free(b.v);
  }
  assert_int_equal(at - params, count);
  duro_mlp_set(net, params);
  block x = read_block(file, "x"), g = read_block(file, "g"), y = read_block(file, "y"), dy = read_block(file, "dy");
  float *xf = as_float(&x), *dyf = as_float(&dy);
  float *got = malloc(sizeof(float) * (size_t)(n * (in + out))), *grad = malloc(sizeof(float) * (size_t)count);
  duro_mlp_forward(net, got, xf, n);
  assert_close(got, y.v, n * out, 4.0, width);
  duro_mlp_gradient(net, grad, got, xf, dyf, n);
  at = grad;
  static const char *const gradients[] = {"dW0", "db0", "dW1", "db1", "dW2", "db2"};
  for (int i = 0; i < 6; ++i) {
    block b = read_block(file, gradients[i]);
    assert_close(at, b.v, b.rows * b.columns, 4.0, n);
    at += b.rows * b.columns;
    free(b.v);
  }
  block dx = read_block(file, "dx");
  assert_close(got, dx.v, n * in, 1.0, width);
  fclose(file);
  free(sizes.v), free(batch.v), free(x.v), free(g.v), free(y.v), free(dy.v), free(dx.v);
  free(xf), free(dyf), free(got), free(grad), free(params);
  duro_mlp_destroy(net);
}

static void test_networks(void **unused) {
  (void)unused;
  for (int v = 0; duro_kernels_at(v); ++v) {
    check_network("mlp_5_32_32_1.txt", duro_kernels_at(v)->name);
    check_network("mlp_11_48_48_3.txt", duro_kernels_at(v)->name);
  }
}

static void test_adam(void **unused) {
  (void)unused;
  FILE *file = open_oracle("adam.txt");
  block hyper = read_block(file, "hyper"), gradient = read_block(file, "gradient"), theta = read_block(file, "theta");
  block m = read_block(file, "m"), v = read_block(file, "v");
  const int n = gradient.columns;
  float *w = as_float(&theta), *wm = as_float(&m), *wv = as_float(&v), *g = as_float(&gradient);
  for (int t = 1; t <= gradient.rows; ++t) {
    assert_true(duro_adam(w, wm, wv, g + (t - 1) * n, (size_t)n, t, hyper.v[0], hyper.v[1], hyper.v[2], hyper.v[3]));
    for (int i = 0; i < n; ++i) {
      // a few roundings of float32 a step; a step moves theta by at most about the learning rate
      assert_true(fabs((double)w[i] - theta.v[t * n + i]) <= 6e-8 * (fabs(theta.v[t * n + i]) + 4e-3) * (t + 1));
      assert_true(fabs((double)wm[i] - m.v[t * n + i]) <=
                  3e-7 * fabs(m.v[t * n + i]) + 1e-7 * fabs(gradient.v[i]) + 1e-14);
      assert_true(fabs((double)wv[i] - v.v[t * n + i]) <= 6e-7 * fabs(v.v[t * n + i]) + 1e-20);
    }
  }
  fclose(file);
  free(hyper.v), free(gradient.v), free(theta.v), free(m.v), free(v.v), free(w), free(wm), free(wv), free(g);
}

enum { SEEN = 2, ALL = 5, UNITS = 16, STEPS_OF_ADAM = 5 };

/* One network and what trains it, on one panel. */
typedef struct trainee {
  mlp shape;
  mlp_scratch scratch;
  mlp_tape tape;
  mlp_state state;
  float *x, *step_scratch;
  duro_arena arena;
} trainee;

static void take_all(trainee *t) {
  float **arrays[] = {&t->state.w, &t->state.m, &t->state.v, &t->state.bar};
  for (int i = 0; i < 4; ++i) *arrays[i] = duro_arena_take(&t->arena, t->shape.params * sizeof(float));
  t->x = duro_arena_take(&t->arena, sizeof(float) * ALL * LANES);
  t->step_scratch = duro_arena_take(&t->arena, sizeof(float) * mlp_step_scratch(&t->shape));
  mlp_scratch_layout(&t->scratch, &t->arena, UNITS, 1);
  mlp_tape_layout(&t->tape, &t->arena, &t->shape, TAPE_TRAIN, &t->scratch, 1);
}

static void make_trainee(trainee *t, int inputs, const bool *sees) {
  *t = (trainee){0};
  mlp_shape(&t->shape, inputs, UNITS, 2, 1);
  t->shape.sees = sees;
  take_all(t);
  assert_int_equal(duro_arena_allocate(&t->arena), DURO_OK);
  take_all(t);
  duro_stream stream = duro_stream_at(1, 100, 0);
  mlp_init(t->state.w, &t->shape, &stream);
}

/* towards an output of one */
static void train(trainee *t, const duro_kernels *k) {
  double power1 = 1, power2 = 1;
  for (int i = 0; i < STEPS_OF_ADAM; ++i) {
    mlp_forward(k, &t->tape, t->state.w, t->x, 0, 1);
    for (int l = 0; l < LANES; ++l) mlp_dout(&t->tape)[l] = mlp_out(&t->tape)[l] - 1.0f;
    mlp_backward(k, &t->tape, t->state.w, NULL, 0, 0, 0, 1);
    power1 *= .9, power2 *= .999;
    const adam_step step = adam_coefficients(1e-2, .9, .999, power1, power2, 1e-8, .1);
    assert_true(mlp_step(k, &t->tape, &t->state, &step, t->step_scratch, 1, 0, 1, 0, 1));
  }
  mlp_forward(k, &t->tape, t->state.w, t->x, 0, 1);
}

/* A network that does not see three of its five inputs is the network of the other two, through training as well. */
static void test_unseen_inputs(void **unused) {
  (void)unused;
  static const bool sees[ALL] = {false, true, false, true, false};
  static const int seen[SEEN] = {1, 3};
  for (int v = 0; duro_kernels_at(v); ++v) {
    trainee wide, narrow;
    make_trainee(&wide, ALL, sees), make_trainee(&narrow, SEEN, NULL);
    const mlp_layer *first = &wide.shape.layer[0], *other = &narrow.shape.layer[0];
    for (int i = 0; i < UNITS; ++i) {
      for (int j = 0; j < SEEN; ++j)
        narrow.state.w[other->w + (size_t)(i * other->ld + j)] =
            wide.state.w[first->w + (size_t)(i * first->ld + seen[j])];
      narrow.state.w[other->b + (size_t)i] = wide.state.w[first->b + (size_t)i];
    }
    // the rest, biases of the first layer to the last, lies alike
    const size_t rest = wide.shape.params - wide.shape.layer[1].w;
    assert_int_equal(rest, narrow.shape.params - narrow.shape.layer[1].w);
    memcpy(narrow.state.w + narrow.shape.layer[1].w, wide.state.w + wide.shape.layer[1].w, rest * sizeof(float));
    for (int l = 0; l < LANES; ++l) {
      for (int j = 0; j < ALL; ++j) wide.x[j * LANES + l] = sinf((float)(3 * l + 7 * j + 1));
      for (int j = 0; j < SEEN; ++j) narrow.x[j * LANES + l] = wide.x[seen[j] * LANES + l];
    }
    train(&wide, duro_kernels_at(v)), train(&narrow, duro_kernels_at(v));
    assert_memory_equal(mlp_out(&wide.tape), mlp_out(&narrow.tape), sizeof(float) * LANES);
    for (int i = 0; i < UNITS; ++i)
      for (int j = 0; j < ALL; ++j)
        assert_true(sees[j] == (fabsf(wide.state.w[first->w + (size_t)(i * first->ld + j)]) > 0.0f));
    duro_arena_release(&wide.arena), duro_arena_release(&narrow.arena);
  }
}

static float squash(float log_std) {
  // the head maps its raw output to log_std by a tanh between LOG_STD_LOW and LOG_STD_HIGH: its inverse
  const double t = 2.0 * ((double)log_std - (double)LOG_STD_LOW) / (double)(LOG_STD_HIGH - LOG_STD_LOW) - 1.0;
  return (float)atanh(t);
}

static void test_gaussian(void **unused) {
  (void)unused;
  FILE *file = open_oracle("tanh_gaussian.txt");
  block table = read_block(file, "table");
  fclose(file);
  const int n = table.rows, panels = n / LANES;
  assert_int_equal(n % LANES, 0);
  float *z = malloc(sizeof(float) * (size_t)(2 * n)), *eps = malloc(sizeof(float) * (size_t)n);
  float *u = malloc(sizeof(float) * (size_t)n), *logp = malloc(sizeof(float) * (size_t)n);
  float *one = malloc(sizeof(float) * (size_t)n), *dz = malloc(sizeof(float) * (size_t)(2 * n));
  float *none = calloc((size_t)n, sizeof(float));
  for (int s = 0; s < n; ++s) {
    const double *row = table.v + s * table.columns;
    const int p = s / LANES, l = s % LANES;
    z[(2 * p) * LANES + l] = (float)row[0];
    z[(2 * p + 1) * LANES + l] = squash((float)row[1]);
    eps[s] = (float)row[2];
    one[s] = 1.0f;
  }
  for (int v = 0; duro_kernels_at(v); ++v) {
    const duro_kernels *k = duro_kernels_at(v);
    k->gaussian(u, logp, z, eps, 1, panels);
    for (int s = 0; s < n; ++s) {
      const double *row = table.v + s * table.columns;
      // log_std passes through tanh and back, so std eps is off by up to 1e-6 of it
      const double off = 2e-6 * (1.0 + fabs(row[3]) + fabs(row[2]) * exp(row[1]));
      assert_true(fabs((double)u[s] - row[4]) <= off);
      assert_true(fabs((double)logp[s] - row[5]) <= 4.0 * off + 1e-6 * fabs(row[5]));
    }
    for (int part = 0; part < 2; ++part) {
      // dL = d logp, then dL = du
      k->gaussian_back(dz, part ? one : none, part ? none : one, u, z, eps, 1, panels);
      for (int s = 0; s < n; ++s) {
        const double *row = table.v + s * table.columns;
        const int p = s / LANES, l = s % LANES;
        const double t = tanh((double)z[(2 * p + 1) * LANES + l]);
        const double chain = .5 * (double)(LOG_STD_HIGH - LOG_STD_LOW) * (1.0 - t * t); // d log_std / d raw
        const double off = 1e-5 * (1.0 + fabs(row[2]) * exp(row[1]));
        assert_true(fabs((double)dz[2 * p * LANES + l] - row[part ? 8 : 6]) <= off);
        assert_true(fabs((double)dz[(2 * p + 1) * LANES + l] - chain * row[part ? 9 : 7]) <= off * (1.0 + chain));
      }
    }
  }
  free(table.v), free(z), free(eps), free(u), free(logp), free(one), free(dz), free(none);
}

/* exp(log pi(u)) integrates to one over (-1, 1): substituting u = tanh(z), du = (1 - u^2) dz, z = mean + std eps */
static void test_density(void **unused) {
  (void)unused;
  const float cases[][2] = {{0.0f, 0.0f}, {1.5f, -1.0f}, {-3.0f, .5f}, {0.3f, 1.5f}};
  for (int c = 0; c < 4; ++c) {
    enum { STEPS = 16 * 512 };
    float *z = malloc(sizeof(float) * 2 * STEPS), *eps = malloc(sizeof(float) * STEPS);
    float *u = malloc(sizeof(float) * STEPS), *logp = malloc(sizeof(float) * STEPS);
    for (int s = 0; s < STEPS; ++s) {
      const int p = s / LANES, l = s % LANES;
      z[2 * p * LANES + l] = cases[c][0];
      z[(2 * p + 1) * LANES + l] = squash(cases[c][1]);
      eps[s] = -6.0f + 12.0f * ((float)s + .5f) / STEPS;
    }
    duro_kernels_at(0)->gaussian(u, logp, z, eps, 1, STEPS / LANES);
    double sum = 0.0;
    for (int s = 0; s < STEPS; ++s) {
      const double pre = (double)cases[c][0] + exp((double)cases[c][1]) * (double)eps[s];
      const double du = exp((double)cases[c][1]) * 12.0 / STEPS / (cosh(pre) * cosh(pre));
      sum += exp((double)logp[s]) * du;
    }
    // midpoint rule on a smooth function that vanishes at both ends: float32 roundings of logp remain
    assert_true(fabs(sum - 1.0) < 1e-5);
    free(z), free(eps), free(u), free(logp);
  }
}

static void test_bad_shapes(void **unused) {
  (void)unused;
  duro_mlp *net;
  assert_int_equal(duro_mlp_create(&net, 4, 20, 2, 1, 16, "auto", 1, 0), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "multiple of 16"));
  assert_null(net);
  assert_int_equal(duro_mlp_create(&net, 0, 16, 2, 1, 16, "auto", 1, 0), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_mlp_create(&net, 4, 16, 9, 1, 16, "auto", 1, 0), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_mlp_create(&net, 4, 16, 1, 1, 16, "none", 1, 0), DURO_ERROR_ARGUMENT);
  duro_mlp_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_networks), cmocka_unit_test(test_adam),    cmocka_unit_test(test_unseen_inputs),
      cmocka_unit_test(test_gaussian), cmocka_unit_test(test_density), cmocka_unit_test(test_bad_shapes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
