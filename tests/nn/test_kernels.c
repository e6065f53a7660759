/* Kernels against naive loops in double precision, and against OpenBLAS where the build has it; all variants of this
 * processor against each other, bit for bit. */
#include "base/math.h"
#include "nn/kernels.h"
#include "nn/oracle.h"

#ifdef DURO_HAVE_CBLAS
#include <cblas.h>
#endif

static uint64_t state = 1;

/* reproducible values in [-1, 1) */
static float draw(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (float)((int)(state >> 48) - 32768) / 32768.0f;
}

static float *random_array(int n) {
  float *x = calloc((size_t)(n > 0 ? n : 1), sizeof(float));
  for (int i = 0; i < n; ++i) x[i] = draw();
  return x;
}

/* One layer with everything the kernels need, weights padded to rows of ld. */
typedef struct layer {
  int in, out, panels, ld, ldx;
  float *x, *w, *b, *dy;
  uint16_t *mask; // lanes of x that a layer below left active
} layer;

static layer make_layer(int in, int out, int panels) {
  layer l = {.in = in, .out = out, .panels = panels, .ld = round16(in), .ldx = round16(in) + LANES};
  l.x = random_array(in * panels * LANES);
  l.w = random_array(out * l.ld);
  for (int o = 0; o < out; ++o)
    for (int k = in; k < l.ld; ++k) l.w[o * l.ld + k] = 0.0f;
  l.b = random_array(round16(out));
  l.dy = random_array(out * panels * LANES);
  l.mask = malloc(sizeof(uint16_t) * (size_t)(in * panels));
  for (int i = 0; i < in * panels; ++i) l.mask[i] = (uint16_t)(int)(32768.0f * (draw() + 1.0f));
  return l;
}

static void free_layer(layer *l) {
  free(l->x), free(l->w), free(l->b), free(l->dy), free(l->mask);
}

static float at(const float *x, int n, int sample, int k) {
  return x[((sample / LANES) * n + k) * LANES + sample % LANES];
}

/* A sum of n products of values in [-1, 1) by sequential fma is within n (n + 1) / 2 half-ulps of 1, far more than what
 * happens; the bound used is n ulps of the largest partial sum, which is at most n. */
static double tolerance(int n) {
  return 1.2e-7 * n * sqrt((double)n);
}

static void check_forward(const duro_kernels *k, const layer *l) {
  float *y = random_array(l->out * l->panels * LANES);
  uint16_t *active = malloc(sizeof(uint16_t) * (size_t)(l->out * l->panels));
  for (int relu = 0; relu < 2; ++relu) {
    k->forward(y, relu ? active : NULL, l->x, l->w, l->b, l->in, l->out, l->ld, l->panels, relu);
    for (int s = 0; s < l->panels * LANES; ++s)
      for (int o = 0; o < l->out; ++o) {
        double sum = (double)l->b[o];
        for (int i = 0; i < l->in; ++i) sum += (double)l->w[o * l->ld + i] * (double)at(l->x, l->in, s, i);
        if (relu && sum < 0.0) sum = 0.0;
        assert_true(fabs((double)at(y, l->out, s, o) - sum) <= tolerance(l->in + 1));
        const bool on = active[s / LANES * l->out + o] >> s % LANES & 1;
        if (relu) assert_true(on == (at(y, l->out, s, o) > 0.0f));
      }
  }
  free(active);
  free(y);
}

static void check_backward(const duro_kernels *k, const layer *l) {
  float *dx = random_array(l->in * l->panels * LANES);
  for (int masked = 0; masked < 2; ++masked)
    for (int first = 0; first < l->in; first += 3 + l->in / 4) {
      const int count = masked ? l->in : l->in - first;
      const int from = masked ? 0 : first;
      k->backward(dx, l->dy, l->w, masked ? l->mask : NULL, from, count, l->out, l->ld, l->panels);
      for (int s = 0; s < l->panels * LANES; ++s)
        for (int i = 0; i < count; ++i) {
          double sum = 0.0;
          for (int o = 0; o < l->out; ++o) sum += (double)l->w[o * l->ld + from + i] * (double)at(l->dy, l->out, s, o);
          if (masked && !(l->mask[s / LANES * l->in + i] >> s % LANES & 1)) sum = 0.0;
          assert_true(fabs((double)at(dx, count, s, i) - sum) <= tolerance(l->out));
        }
    }
  free(dx);
}

static void check_gradient(const duro_kernels *k, const layer *l) {
  const int samples = l->panels * LANES;
  float *xt = random_array(samples * l->ldx), *g = random_array(l->out * l->ld), *gb = random_array(round16(l->out));
  k->transpose(xt, l->x, l->in, l->ldx, l->panels);
  for (int s = 0; s < samples; ++s)
    for (int i = 0; i < l->ld; ++i) assert_true(xt[s * l->ldx + i] == (i < l->in ? at(l->x, l->in, s, i) : 0.0f));
  // in two parts, as two threads would
  const int half = l->out / 2;
  k->weight_gradient(g, gb, l->dy, xt, 0, half, l->in, l->out, l->ldx, l->panels);
  k->weight_gradient(g + half * l->ld, gb + half, l->dy, xt, half, l->out - half, l->in, l->out, l->ldx, l->panels);
  for (int o = 0; o < l->out; ++o) {
    double bias = 0.0;
    for (int s = 0; s < samples; ++s) bias += (double)at(l->dy, l->out, s, o);
    assert_true(fabs((double)gb[o] - bias) <= tolerance(samples));
    for (int i = 0; i < l->ld; ++i) {
      double sum = 0.0;
      for (int s = 0; s < samples && i < l->in; ++s)
        sum += (double)at(l->dy, l->out, s, o) * (double)at(l->x, l->in, s, i);
      assert_true(fabs((double)g[o * l->ld + i] - sum) <= tolerance(samples));
    }
  }
  free(xt), free(g), free(gb);
}

static void check_decide(const duro_kernels *k, const layer *l) {
  const int ldo = round16(l->out);
  float *wt = calloc((size_t)(l->in * ldo), sizeof(float)), *y = random_array(ldo), *x = random_array(l->in);
  float *batch = random_array(l->out * l->panels * LANES);
  for (int o = 0; o < l->out; ++o)
    for (int i = 0; i < l->in; ++i) wt[i * ldo + o] = l->w[o * l->ld + i];
  k->forward(batch, NULL, l->x, l->w, l->b, l->in, l->out, l->ld, l->panels, true);
  for (int s = 0; s < l->panels * LANES; s += 5) {
    for (int i = 0; i < l->in; ++i) x[i] = at(l->x, l->in, s, i);
    k->decide(y, x, wt, l->b, l->in, ldo, true);
    // the deployed decision has the bits of the batch
    for (int o = 0; o < l->out; ++o) assert_true(y[o] == at(batch, l->out, s, o));
  }
  free(wt), free(y), free(x), free(batch);
}

static const int shapes[][3] = {{1, 1, 1},   {5, 16, 1},  {4, 17, 2},  {16, 1, 3},  {33, 2, 5},   {7, 3, 9},
                                {64, 64, 6}, {17, 48, 4}, {48, 13, 3}, {5, 160, 9}, {256, 256, 2}};

static void test_naive(void **unused) {
  (void)unused;
  for (int v = 0; duro_kernels_at(v); ++v)
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
      layer l = make_layer(shapes[i][0], shapes[i][1], shapes[i][2]);
      check_forward(duro_kernels_at(v), &l);
      check_backward(duro_kernels_at(v), &l);
      check_gradient(duro_kernels_at(v), &l);
      check_decide(duro_kernels_at(v), &l);
      free_layer(&l);
    }
}

/* every output of every kernel on one layer, one after the other */
static float *all_outputs(const duro_kernels *k, const layer *l, int *count) {
  const int lanes = l->panels * LANES,
            n = lanes * (l->in + l->out) + l->out * (l->ld + 1) + 3 * l->out * l->ld + 8 * lanes;
  float *out = calloc((size_t)n, sizeof(float)), *at_out = out;
  k->forward(at_out, NULL, l->x, l->w, l->b, l->in, l->out, l->ld, l->panels, true), at_out += lanes * l->out;
  k->backward(at_out, l->dy, l->w, l->mask, 0, l->in, l->out, l->ld, l->panels), at_out += lanes * l->in;
  float *xt = calloc((size_t)(lanes * l->ldx), sizeof(float)), *g = at_out;
  k->transpose(xt, l->x, l->in, l->ldx, l->panels);
  k->weight_gradient(g, g + l->out * l->ld, l->dy, xt, 0, l->out, l->in, l->out, l->ldx, l->panels);
  at_out += l->out * (l->ld + 1);
  float *w = at_out, *m = w + l->out * l->ld, *v = m + l->out * l->ld;
  memcpy(w, l->w, sizeof(float) * (size_t)(l->out * l->ld));
  const adam_step step = adam_coefficients(1e-3, .9, .999, .5, .75, 1e-8, .01);
  assert_true(k->adam(w, m, v, NULL, g, l->out * l->ld, &step));
  assert_true(k->adam(w, m, v, NULL, g, l->out * l->ld, &step));
  at_out = v + l->out * l->ld;
  float *z = at_out + 4 * lanes; // scratch behind the outputs
  for (int i = 0; i < 2 * lanes; ++i) z[i] = 4.0f * l->x[i % lanes];
  k->normals(z + 2 * lanes, 0, lanes, 7, 3, 11);
  k->gaussian(at_out, at_out + lanes, z, z + 2 * lanes, 1, l->panels);
  k->gaussian_back(at_out + 2 * lanes, at_out + lanes, l->x, at_out, z, z + 2 * lanes, 1, l->panels);
  free(xt);
  *count = n;
  return out;
}

static void test_same_bits(void **unused) {
  (void)unused;
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
    layer l = make_layer(shapes[i][0], shapes[i][1], shapes[i][2]);
    int n;
    float *first = all_outputs(duro_kernels_at(0), &l, &n);
    for (int v = 1; duro_kernels_at(v); ++v) {
      float *other = all_outputs(duro_kernels_at(v), &l, &n);
      assert_memory_equal(first, other, sizeof(float) * (size_t)n);
      free(other);
    }
    free(first);
    free_layer(&l);
  }
}

static void test_nan_is_kept(void **unused) {
  (void)unused;
  for (int v = 0; duro_kernels_at(v); ++v) {
    const duro_kernels *k = duro_kernels_at(v);
    layer l = make_layer(16, 16, 1);
    float y[16 * LANES];
    l.x[3] = NAN; // sample 3
    k->forward(y, NULL, l.x, l.w, l.b, 16, 16, 16, 1, true);
    for (int o = 0; o < 16; ++o) assert_true(isnan(at(y, 16, 3, o)) && !isnan(at(y, 16, 4, o)));
    float w[16] = {0}, m[16] = {0}, q[16] = {0}, g[16] = {0};
    const adam_step step = adam_coefficients(1e-3, .9, .999, .9, .999, 1e-8, 0.0);
    assert_true(k->adam(w, m, q, NULL, g, 16, &step));
    g[5] = INFINITY;
    assert_false(k->adam(w, m, q, NULL, g, 16, &step));
    free_layer(&l);
  }
}

/* moments of the noise: for n samples the mean of z^k has standard deviation sqrt(var(z^k) / n); five of these */
static void test_normals(void **unused) {
  (void)unused;
  enum { N = 1 << 18 };
  float *z = malloc(sizeof(float) * N), *part = malloc(sizeof(float) * N);
  const duro_kernels *k = duro_kernels_at(0);
  k->normals(z, 0, N, 5, 7, 9);
  double sum[5] = {0}, pair = 0.0;
  for (int i = 0; i < N; ++i)
    for (int p = 1; p <= 4; ++p) sum[p] += pow((double)z[i], p) / N;
  for (int i = 0; i + 1 < N; ++i) pair += (double)z[i] * (double)z[i + 1] / N;
  const double sd = 5.0 / sqrt((double)N);
  assert_true(fabs(sum[1]) < sd && fabs(sum[2] - 1.0) < sd * sqrt(2.0));
  assert_true(fabs(sum[3]) < sd * sqrt(15.0) && fabs(sum[4] - 3.0) < sd * sqrt(96.0) && fabs(pair) < sd);
  // any part can be drawn alone
  k->normals(part, 64, 128, 5, 7, 9);
  assert_memory_equal(part, z + 64, sizeof(float) * 128);
  free(z), free(part);
}

#ifdef DURO_HAVE_CBLAS
static void test_openblas(void **unused) {
  (void)unused;
  const int sizes[][3] = {{5, 256, 16}, {37, 91, 3}, {255, 63, 2}, {129, 1, 4}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    const int in = sizes[i][0], out = sizes[i][1], panels = sizes[i][2], samples = panels * LANES;
    layer l = make_layer(in, out, panels);
    float *rows = malloc(sizeof(float) * (size_t)(samples * in)), *y = malloc(sizeof(float) * (size_t)(samples * out));
    float *mine = malloc(sizeof(float) * (size_t)(samples * out));
    for (int s = 0; s < samples; ++s) {
      for (int k = 0; k < in; ++k) rows[s * in + k] = at(l.x, in, s, k);
      for (int o = 0; o < out; ++o) y[s * out + o] = l.b[o];
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, samples, out, in, 1.0f, rows, in, l.w, l.ld, 1.0f, y, out);
    duro_kernels_at(0)->forward(mine, NULL, l.x, l.w, l.b, in, out, l.ld, panels, false);
    for (int s = 0; s < samples; ++s)
      for (int o = 0; o < out; ++o)
        assert_true(fabs((double)at(mine, out, s, o) - (double)y[s * out + o]) <= 2.0 * tolerance(in + 1));
    free(rows), free(y), free(mine);
    free_layer(&l);
  }
}
#endif

static void test_names(void **unused) {
  (void)unused;
  const duro_kernels *k;
  assert_int_equal(duro_kernels_select(&k, "auto"), DURO_OK);
  assert_ptr_equal(k, duro_kernels_at(0));
  assert_int_equal(duro_kernels_select(&k, "portable"), DURO_OK);
  assert_string_equal(k->name, "portable");
  assert_int_equal(duro_kernels_select(&k, "quantum"), DURO_ERROR_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_naive),    cmocka_unit_test(test_same_bits), cmocka_unit_test(test_nan_is_kept),
      cmocka_unit_test(test_normals),  cmocka_unit_test(test_names),
#ifdef DURO_HAVE_CBLAS
      cmocka_unit_test(test_openblas),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
