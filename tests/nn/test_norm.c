/* Batch normalisation against float64 vectors made by tests/data/make_nn_oracle.py: gradients by complex steps, which
 * know no chain rule; threads and variants of the kernels against each other, bit for bit. */
#include "nn/norm.h"
#include "nn/oracle.h"

enum { BLOCKS = 2 };

/* One network with everything that a learner has of it. */
typedef struct trainee {
  mlp shape;
  mlp_scratch scratch;
  norm norm;
  norm_tape tape;
  mlp_tape deployed;
  mlp_state state;
  float *step_scratch, *x;
  int panels; // of a block
  duro_arena arena;
} trainee;

static void take_all(trainee *t) {
  const int all = t->panels * BLOCKS;
  float **arrays[] = {&t->state.w, &t->state.m, &t->state.v, &t->state.bar};
  for (int i = 0; i < 4; ++i) *arrays[i] = duro_arena_take(&t->arena, t->shape.params * sizeof(float));
  t->norm.mean = duro_arena_take(&t->arena, sizeof(float) * (size_t)norm_features(&t->shape));
  t->norm.variance = duro_arena_take(&t->arena, sizeof(float) * (size_t)norm_features(&t->shape));
  t->step_scratch = duro_arena_take(&t->arena, sizeof(float) * mlp_step_scratch(&t->shape));
  t->x = duro_arena_take(&t->arena, sizeof(float) * (size_t)(t->shape.layer[0].in * all * LANES));
  mlp_scratch_layout(&t->scratch, &t->arena, t->shape.layer[0].out, all);
  norm_layout(&t->norm, &t->arena, &t->shape);
  norm_tape_layout(&t->tape, &t->arena, &t->shape, &t->scratch, all);
  mlp_tape_layout(&t->deployed, &t->arena, &t->shape, TAPE_VALUE, &t->scratch, all);
  t->norm.centre = .25f;
  t->state.norm = &t->norm;
}

static void make_trainee(trainee *t, int in, int width, int hidden, int batch) {
  *t = (trainee){.panels = batch / BLOCKS / LANES};
  mlp_shape(&t->shape, in, width, hidden, 1);
  take_all(t);
  assert_int_equal(duro_arena_allocate(&t->arena), DURO_OK);
  take_all(t);
  duro_stream stream = duro_stream_at(1, 100, 0);
  mlp_init(t->state.w, &t->shape, &stream);
  norm_initialise(duro_kernels_at(0), &t->shape, &t->state);
}

static norm_part whole(const trainee *t) {
  return (norm_part){.threads = 1, .count = t->panels, .panels = t->panels, .blocks = BLOCKS};
}

static void assert_near(const char *what, double mine, double wanted, double bound) {
  if (!(fabs(mine - wanted) <= bound)) fail_msg("%s is %.9g; wanted %.9g within %g", what, mine, wanted, bound);
}

// rows of the file, one sample or row of weights each, into panels
static void to_panels(float *out, const block *b) {
  for (int s = 0; s < b->rows; ++s)
    for (int k = 0; k < b->columns; ++k)
      out[(s / LANES * b->columns + k) * LANES + s % LANES] = (float)b->v[s * b->columns + k];
}

static void read_parameters(FILE *file, trainee *t) {
  for (int i = 0; i < t->shape.layers; ++i) {
    const mlp_layer *layer = &t->shape.layer[i];
    char name[32];
    snprintf(name, sizeof name, "W%d", i);
    block w = read_block(file, name);
    snprintf(name, sizeof name, "b%d", i);
    block b = read_block(file, name);
    for (int o = 0; o < layer->out; ++o) {
      for (int k = 0; k < layer->in; ++k)
        t->state.w[layer->w + (size_t)(o * layer->ld + k)] = (float)w.v[o * layer->in + k];
      t->state.w[layer->b + (size_t)o] = (float)b.v[o];
    }
    free(w.v), free(b.v);
  }
}

static void read_running(FILE *file, trainee *t) {
  for (int i = 0; i < t->shape.layers; ++i) {
    char name[32];
    snprintf(name, sizeof name, "running%d", i);
    block r = read_block(file, name);
    for (int f = 0; f < r.columns; ++f) {
      t->norm.mean[t->norm.at[i] + f] = (float)r.v[f];
      t->norm.variance[t->norm.at[i] + f] = (float)r.v[r.columns + f];
    }
    free(r.v);
  }
}

/* sums over 64 samples and 16 units, normalised values of at most about 5 in size, float32: 1e-5 is 30 roundings of
 * the largest */
static const double near_enough = 1e-5;

static void check_gradient(FILE *file, const duro_kernels *k, const trainee *t) {
  for (int i = 0; i < t->shape.layers; ++i) {
    const mlp_layer *layer = &t->shape.layer[i];
    float g[16 * 16], gb[16];
    char name[32];
    mlp_weight_gradient(k, &t->tape.tape, g, gb, i, 0, layer->out, t->panels * BLOCKS);
    snprintf(name, sizeof name, "dW%d", i);
    block w = read_block(file, name);
    snprintf(name, sizeof name, "db%d", i);
    block b = read_block(file, name);
    for (int o = 0; o < layer->out; ++o) {
      for (int c = 0; c < layer->in; ++c)
        assert_near("slope of a weight", (double)g[o * layer->ld + c], w.v[o * layer->in + c], 4 * near_enough);
      assert_near("slope of a bias", (double)gb[o], b.v[o], 4 * near_enough);
    }
    free(w.v), free(b.v);
  }
}

static void check_running(FILE *file, const trainee *t) {
  for (int i = 0; i < t->shape.layers; ++i) {
    char name[32];
    snprintf(name, sizeof name, "new%d", i);
    block r = read_block(file, name);
    for (int f = 0; f < r.columns; ++f) {
      assert_near("running mean", (double)t->norm.mean[t->norm.at[i] + f], r.v[f], 1e-6);
      assert_near("running variance", (double)t->norm.variance[t->norm.at[i] + f], r.v[r.columns + f], 1e-6);
    }
    free(r.v);
  }
}

static void check_outputs(FILE *file, const char *name, const float *out, double bound) {
  block y = read_block(file, name);
  for (int s = 0; s < y.rows; ++s) assert_near(name, (double)out[s], y.v[s], bound);
  free(y.v);
}

static void check_file(const char *name, bool renormalise, const duro_kernels *k) {
  FILE *file = open_oracle(name);
  block sizes = read_block(file, "sizes"), batch = read_block(file, "batch");
  trainee t;
  make_trainee(&t, (int)sizes.v[0], (int)sizes.v[1], 2, (int)batch.v[0]);
  read_parameters(file, &t);
  block x = read_block(file, "x"), dy = read_block(file, "dy");
  read_running(file, &t);
  norm_restore(k, &t.shape, &t.state);
  to_panels(t.tape.in[0], &x), to_panels(t.x, &x), to_panels(mlp_dout(&t.tape.tape), &dy);
  norm_part part = whole(&t);
  assert_int_equal(duro_pool_create(&part.pool, 1), DURO_OK);
  norm_forward(k, &t.norm, &t.tape, t.state.w, renormalise, &part);
  check_outputs(file, "y", mlp_out(&t.tape.tape), near_enough);
  norm_backward(k, &t.norm, &t.tape, t.state.w, &part);
  check_gradient(file, k, &t);
  check_running(file, &t);
  // deployed: a plain network with the running statistics folded in
  norm_restore(k, &t.shape, &t.state);
  mlp_forward(k, &t.deployed, t.state.bar, t.x, 0, t.panels * BLOCKS);
  check_outputs(file, "deployed", mlp_out(&t.deployed), 4 * near_enough);
  // and with those of the batch it gives what the batch gave
  norm_fold_batch(k, &t.norm, &t.shape, t.state.w, &part);
  mlp_forward(k, &t.deployed, t.norm.folded, t.x, 0, t.panels * BLOCKS);
  for (int s = 0; s < t.panels * BLOCKS * LANES; ++s)
    assert_near("output", (double)mlp_out(&t.deployed)[s], (double)mlp_out(&t.tape.tape)[s], 4 * near_enough);
  fclose(file);
  duro_pool_destroy(part.pool);
  free(sizes.v), free(batch.v), free(x.v), free(dy.v);
  duro_arena_release(&t.arena);
}

static void test_oracle(void **unused) {
  (void)unused;
  for (int v = 0; duro_kernels_at(v); ++v) {
    check_file("norm_5_16_16_1.txt", false, duro_kernels_at(v));
    check_file("renorm_5_16_16_1.txt", true, duro_kernels_at(v));
  }
}

/* ---- steps ---- */

/* A batch of a training, on one thread of a team. */
typedef struct job {
  trainee *t;
  const duro_kernels *k;
  duro_pool *pool;
} job;

enum { STEPS = 4 };

/* towards an output of one, on the first block alone */
static void step_work(void *context, int thread, int threads) {
  const job *j = context;
  trainee *t = j->t;
  norm_part part = whole(t);
  part.pool = j->pool, part.thread = thread, part.threads = threads;
  duro_pool_share(&part.first, &part.count, t->panels, 1, thread, threads);
  double power1 = 1, power2 = 1;
  const int in = t->shape.layer[0].in, n = t->panels * LANES;
  for (int i = 0; i < STEPS; ++i) {
    for (int b = 0; b < BLOCKS; ++b) {
      const ptrdiff_t from = (ptrdiff_t)(b * t->panels + part.first) * in * LANES;
      memcpy(t->tape.in[0] + from, t->x + from, sizeof(float) * (size_t)(part.count * in * LANES));
    }
    norm_forward(j->k, &t->norm, &t->tape, t->state.w, i % 2, &part);
    norm_fold_batch(j->k, &t->norm, &t->shape, t->state.w, &part);
    for (int s = part.first * LANES; s < (part.first + part.count) * LANES; ++s) {
      mlp_dout(&t->tape.tape)[s] = mlp_out(&t->tape.tape)[s] - 1.0f;
      mlp_dout(&t->tape.tape)[n + s] = 0.0f;
    }
    norm_backward(j->k, &t->norm, &t->tape, t->state.w, &part);
    duro_pool_barrier(j->pool);
    power1 *= .5, power2 *= .999;
    const adam_step step = adam_coefficients(1e-2, .5, .999, power1, power2, 1e-8, .1);
    float *scratch = thread == 0 ? t->step_scratch : malloc(sizeof(float) * mlp_step_scratch(&t->shape));
    if (!mlp_step(j->k, &t->tape.tape, &t->state, &step, scratch, t->panels * BLOCKS, 0, 1, thread, threads)) abort();
    if (thread != 0) free(scratch);
    duro_pool_barrier(j->pool);
  }
}

static void train(trainee *t, const duro_kernels *k, int threads) {
  make_trainee(t, 7, 48, 2, 160);
  duro_stream stream = duro_stream_at(1, 101, 0);
  for (int i = 0; i < 7 * 160; ++i) t->x[i] = 2.0f * duro_stream_normalf(&stream) + .5f;
  job j = {.t = t, .k = k};
  assert_int_equal(duro_pool_create(&j.pool, threads), DURO_OK);
  duro_pool_run(j.pool, step_work, &j);
  duro_pool_destroy(j.pool);
}

/* what a step leaves: networks, statistics, folded networks */
static void assert_same(const trainee *a, const trainee *b) {
  const size_t params = a->shape.params * sizeof(float), n = (size_t)a->norm.n * sizeof(float);
  assert_memory_equal(a->state.w, b->state.w, params);
  assert_memory_equal(a->state.bar, b->state.bar, params);
  assert_memory_equal(a->norm.folded, b->norm.folded, params);
  assert_memory_equal(a->norm.mean, b->norm.mean, n);
  assert_memory_equal(a->norm.variance, b->norm.variance, n);
}

static void test_same_bits(void **unused) {
  (void)unused;
  trainee one, other;
  train(&one, duro_kernels_at(0), 1);
  for (int threads = 2; threads <= 8; threads += threads < 4 ? 1 : 4) {
    train(&other, duro_kernels_at(0), threads);
    assert_same(&one, &other);
    duro_arena_release(&other.arena);
  }
  for (int v = 1; duro_kernels_at(v); ++v) {
    train(&other, duro_kernels_at(v), 1);
    assert_same(&one, &other);
    duro_arena_release(&other.arena);
  }
  duro_arena_release(&one.arena);
}

/* After a step the rows of hidden layers have length one, and the folded network is the one deployed. */
static void test_settled(void **unused) {
  (void)unused;
  trainee t;
  train(&t, duro_kernels_at(0), 1);
  for (int i = 0; i + 1 < t.shape.layers; ++i)
    for (int o = 0; o < t.shape.layer[i].out; ++o) {
      const float *row = t.state.w + t.shape.layer[i].w + (size_t)(o * t.shape.layer[i].ld);
      double square = 0.0;
      for (int c = 0; c < t.shape.layer[i].ld; ++c) square += (double)row[c] * (double)row[c];
      assert_near("length of a row", sqrt(square), 1.0, 1e-6);
    }
  float *bar = malloc(t.shape.params * sizeof *bar);
  memcpy(bar, t.state.bar, t.shape.params * sizeof *bar);
  norm_restore(duro_kernels_at(0), &t.shape, &t.state);
  assert_memory_equal(bar, t.state.bar, t.shape.params * sizeof *bar);
  free(bar);
  duro_arena_release(&t.arena);
}

/* Rows times a positive number change no sign of W x + b; a row of zeros stays. */
static void test_unit_rows(void **unused) {
  (void)unused;
  for (int v = 0; duro_kernels_at(v); ++v) {
    float w[2 * 32] = {0}, b[2] = {3.0f, 7.0f};
    w[1] = 3.0f, w[20] = -4.0f;
    duro_kernels_at(v)->unit_rows(w, b, 2, 32);
    assert_true(fabsf(w[1] - .6f) < 1e-6f && fabsf(w[20] + .8f) < 1e-6f && fabsf(b[0] - .6f) < 1e-6f);
    for (int c = 0; c < 32; ++c) assert_true(fabsf(w[32 + c]) <= 0.0f);
    assert_true(b[1] >= 7.0f && b[1] <= 7.0f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_oracle),
      cmocka_unit_test(test_same_bits),
      cmocka_unit_test(test_settled),
      cmocka_unit_test(test_unit_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
