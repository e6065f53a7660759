/* Normed critics in the learner: targets, gradients and what players meet from formulas in double precision, written
 * from the definitions; what is saved, deployed, taken up and started from. The layers alone: tests/nn/test_norm.c. */
#include "learner_test.h"

#include "duro/policy.h"
#include "duro/train.h"

#include <unistd.h>

enum { SAMPLES = 32, ALL = 2 * SAMPLES, WIDTH = 16, MOST = 32 };

static const role critics[] = {ROLE_Q1, ROLE_Q2, ROLE_QH, ROLE_QC};
static const evaluation_id at[] = {AT_Q1, AT_Q2, AT_QH, AT_QC};

/* ---- a critic in double precision ---- */

/* mean and variance of every input of every layer */
typedef struct statistics {
  double mean[MLP_MAX_LAYERS][MOST], variance[MLP_MAX_LAYERS][MOST];
  double centre; // what the last layer's normalised input is shifted by
} statistics;

static double centre_of(role r) {
  return r == ROLE_QH ? 0.0 : .25;
}

/* (ALL x MOST) samples through layer i, normalised by what `met` says of its input */
static void layer_forward(const mlp *net, const double *w, int i, const statistics *met, double x[][MOST], int n) {
  const mlp_layer *layer = &net->layer[i];
  for (int s = 0; s < n; ++s) {
    double y[MOST];
    for (int o = 0; o < layer->out; ++o) {
      y[o] = w[layer->b + (size_t)o];
      for (int k = 0; k < layer->in; ++k)
        y[o] += w[layer->w + (size_t)(o * layer->ld + k)] *
                ((x[s][k] - met->mean[i][k]) / sqrt(met->variance[i][k] + 1e-3) +
                 (i + 1 < net->layers ? 0.0 : met->centre));
      if (i + 1 < net->layers && y[o] < 0.0) y[o] = 0.0;
    }
    memcpy(x[s], y, sizeof y);
  }
}

static void elsewhere(const mlp *net, const double *w, const statistics *met, double x[][MOST], int n) {
  for (int i = 0; i < net->layers; ++i) layer_forward(net, w, i, met, x, n);
}

/* a batch by its own statistics */
static void jointly(const mlp *net, const double *w, statistics *met, double x[][MOST]) {
  for (int i = 0; i < net->layers; ++i) {
    for (int k = 0; k < net->layer[i].in; ++k) {
      double mean = 0.0, square = 0.0;
      for (int s = 0; s < ALL; ++s) mean += x[s][k] / ALL;
      for (int s = 0; s < ALL; ++s) square += (x[s][k] - mean) * (x[s][k] - mean) / ALL;
      met->mean[i][k] = mean, met->variance[i][k] = square;
    }
    layer_forward(net, w, i, met, x, ALL);
  }
}

static statistics running_of(const net *n, role r) {
  statistics met = {.centre = centre_of(r)};
  for (int i = 0; i < n->shape.layers; ++i)
    for (int k = 0; k < n->shape.layer[i].in; ++k) {
      met.mean[i][k] = (double)n->norm.mean[n->norm.at[i] + k];
      met.variance[i][k] = (double)n->norm.variance[n->norm.at[i] + k];
    }
  return met;
}

static double *widened(const net *n) {
  double *w = malloc(sizeof(double) * n->shape.params);
  for (size_t i = 0; i < n->shape.params; ++i) w[i] = (double)n->state.w[i];
  return w;
}

/* a sample (x, u, a), or (x, u) of a critic that does not see a */
static void sample(const learner *l, role r, double *to, const float *x, const float *u, const float *a, int s) {
  for (int k = 0; k < l->no; ++k) to[k] = lane(x, l->no, s, k);
  to[l->no] = lane(u, 1, s, 0);
  if (l->algorithm->sees_a & ROLE(r)) to[l->no + 1] = a ? lane(a, 1, s, 0) : 0.0;
}

/* the players of a critic's target, as the learner drew them */
static void next_players(const learner *l, role r, const float **u, const float **a) {
  const bool task = r != ROLE_QH, alone = l->algorithm->acts == ROLE_MU_H;
  const evaluation_id of_u = alone ? NEXT_MU_H : !task && learner_has(l, ROLE_PI_H) ? NEXT_PI_H : NEXT_PI;
  *u = l->eval[of_u].y;
  *a = l->eval[task ? NEXT_MU : NEXT_MU_H].y;
}

/* (x, u, a) of the replay, then (x', u', a') */
static void batch_of(const learner *l, role r, double x[][MOST]) {
  const float *u, *a;
  next_players(l, r, &u, &a);
  for (int s = 0; s < SAMPLES; ++s) {
    sample(l, r, x[s], l->batch.x, l->batch.u, l->batch.a, s);
    sample(l, r, x[SAMPLES + s], l->batch.x2, u, a, s);
  }
}

/* ---- targets and gradients ---- */

/* values at x', for Q_h the least over the corners as well */
static void next_values(const learner *l, role r, double *out) {
  const net *n = &l->nets[r];
  double x[ALL][MOST] = {{0}}, corner[SAMPLES][MOST], *w = widened(n);
  statistics met = {.centre = centre_of(r)};
  batch_of(l, r, x);
  jointly(&n->shape, w, &met, x);
  for (int s = 0; s < SAMPLES; ++s) out[s] = x[SAMPLES + s][0];
  const float *u, *a;
  next_players(l, r, &u, &a);
  for (float c = -1.0f; c <= 1.0f && r == ROLE_QH && l->set.corners; c += 2.0f) {
    for (int s = 0; s < SAMPLES; ++s) {
      sample(l, r, corner[s], l->batch.x2, u, a, s);
      corner[s][l->algorithm->acts == ROLE_MU_H ? l->no : l->no + 1] = (double)c;
    }
    elsewhere(&n->shape, w, &met, corner, SAMPLES);
    for (int s = 0; s < SAMPLES; ++s) out[s] = fmin(out[s], corner[s][0]);
  }
  free(w);
}

static void check_target(const learner *l, const float *y, int s, double wanted) {
  // float32 against double; values of a few units
  if (!(fabs(lane(y, 1, s, 0) - wanted) <= 2e-5 * (1.0 + fabs(wanted))))
    fail_msg("%s: target of sample %d is %.9g; wanted %.9g", l->algorithm->info.name, s, lane(y, 1, s, 0), wanted);
}

static void check_targets(const learner *l) {
  double q[4][SAMPLES] = {{0}};
  for (int i = 0; i < 4; ++i)
    if (learner_has(l, critics[i])) next_values(l, critics[i], q[i]);
  for (int s = 0; s < SAMPLES; ++s) {
    const bool failed = lane(l->batch.failed, 1, s, 0) > 0.0;
    const double h2 = lane(l->batch.h2, 1, s, 0), h = l->set.ahead ? h2 : lane(l->batch.h, 1, s, 0);
    if (learner_has(l, ROLE_Q1)) {
      const double logp = lane(l->eval[NEXT_PI].logp, 1, s, 0);
      const double next = failed ? 0.0 : fmin(q[0][s], q[1][s]) - (double)l->alpha * logp;
      check_target(l, l->target, s, lane(l->batch.r, 1, s, 0) + l->set.gamma * next);
    }
    const double g = (double)l->gamma_h, least = failed ? fmin(h2, -1.0) : q[2][s];
    if (learner_has(l, ROLE_QH))
      check_target(l, l->target_h, s, failed && l->set.ahead ? least : (1.0 - g) * h + g * fmin(h, least));
    if (learner_has(l, ROLE_QC))
      check_target(l, l->target_h, s, failed ? 1.0 / (1.0 - l->set.gamma) : (h2 < 0.0) + l->set.gamma * q[3][s]);
  }
}

static double loss(const learner *l, role r, const double *w, const float *y) {
  double x[ALL][MOST] = {{0}}, sum = 0.0;
  statistics met = {.centre = centre_of(r)};
  batch_of(l, r, x);
  jointly(&l->nets[r].shape, w, &met, x);
  for (int s = 0; s < SAMPLES; ++s) sum += pow(x[s][0] - lane(y, 1, s, 0), 2) / SAMPLES;
  return sum;
}

/* the gradient of the mean squared error, through the statistics of both halves, with the target held */
static void check_gradient(const learner *l, int c) {
  const role r = critics[c];
  const net *n = &l->nets[r];
  const float *y = r == ROLE_QH || r == ROLE_QC ? l->target_h : l->target;
  double *w = widened(n), largest = 0.0, off = 0.0;
  const double step = 1e-5;
  for (int i = 0; i < n->shape.layers; ++i) {
    const mlp_layer *layer = &n->shape.layer[i];
    float g[WIDTH * WIDTH], gb[WIDTH];
    mlp_weight_gradient(l->kernels, &l->eval[at[c]].tape, g, gb, i, 0, layer->out, 2 * l->panels);
    for (int o = 0; o < layer->out; ++o)
      for (int k = 0; k <= layer->in; ++k) {
        double *p = k < layer->in ? &w[layer->w + (size_t)(o * layer->ld + k)] : &w[layer->b + (size_t)o];
        const double keep = *p, mine = (double)(k < layer->in ? g[o * layer->ld + k] : gb[o]);
        *p = keep + step;
        const double up = loss(l, r, w, y);
        *p = keep - step;
        const double down = loss(l, r, w, y);
        *p = keep;
        largest = fmax(largest, fabs(up - down) / (2.0 * step));
        off = fmax(off, fabs((up - down) / (2.0 * step) - mine));
      }
  }
  free(w);
  // float32 through three layers and their statistics
  if (!(largest > 1e-3 && off <= 5e-5 * largest))
    fail_msg("%s, %s: gradient off by %g, largest %g", l->algorithm->info.name, roles[r].name, off, largest);
}

/* what players meet: the running statistics */
static void check_players(const learner *l, role r, evaluation_id id, const float *u, const float *a) {
  if (!learner_has(l, r) || !u) return;
  const net *n = &l->nets[r];
  const statistics met = running_of(n, r);
  double x[SAMPLES][MOST] = {{0}}, *w = widened(n);
  for (int s = 0; s < SAMPLES; ++s) sample(l, r, x[s], l->batch.x, u, a, s);
  elsewhere(&n->shape, w, &met, x, SAMPLES);
  for (int s = 0; s < SAMPLES; ++s) {
    const double mine = lane(mlp_out(&l->eval[id].tape), 1, s, 0);
    if (!(fabs(mine - x[s][0]) <= 2e-5 * (1.0 + fabs(x[s][0]))))
      fail_msg("%s, %s: a player meets %.9g; wanted %.9g", l->algorithm->info.name, roles[r].name, mine, x[s][0]);
  }
  free(w);
}

/* nothing moves but the running statistics */
static void still(duro_learn_settings *s) {
  snprintf(s->critic, sizeof s->critic, "normed");
  s->critic_clip = 1e6, s->player_every = s->lambda_every = 1;
  s->rate_critic = s->rate_player = s->rate_alpha = s->rate_lambda = 0.0;
}

/* of critics whose last layer is not zero, as it is at first */
static fixture make_trained(const char *name, void (*change)(duro_learn_settings *)) {
  fixture f = make_fixture(name, change);
  duro_stream stream = duro_stream_at(5, 100, 0);
  for (int c = 0; c < 4; ++c) {
    net *n = &f.l->nets[critics[c]];
    if (!learner_has(f.l, critics[c])) continue;
    const mlp_layer *last = &n->shape.layer[n->shape.layers - 1];
    for (int k = 0; k < last->in; ++k) n->state.w[last->w + (size_t)k] = .3f * duro_stream_normalf(&stream);
    n->state.w[last->b] = .1f;
    norm_restore(f.l->kernels, &n->shape, &n->state);
  }
  return f;
}

static void with_corners(duro_learn_settings *s) {
  still(s);
  s->corners = s->ahead = true;
}

static void test_terms(void **unused) {
  (void)unused;
  for (int i = 0; i < 2 * algorithm_count; ++i) {
    fixture f = make_trained(algorithms[i / 2].info.name, i % 2 ? with_corners : still);
    const learner *l = f.l;
    for (int k = 0; k < 3; ++k) l->algorithm->update(&f.t); // the running statistics leave their first values
    check_targets(l);
    for (int c = 0; c < 4; ++c)
      if (learner_has(l, critics[c])) check_gradient(l, c);
    check_players(l, ROLE_Q1, TASK_Q1, l->eval[AT_PI].y, l->eval[AT_MU].y);
    check_players(l, ROLE_QC, TASK_QC, l->eval[AT_PI].y, NULL);
    check_players(l, ROLE_QH, SAFE_QH, l->eval[AT_PI_H].y, l->eval[AT_MU_H].y);
    free_fixture(&f);
  }
}

/* Renormalised from update 100000 on: then the training batch sees nearly what the players see. */
static void test_renormalised(void **unused) {
  (void)unused;
  double gap[2];
  for (int late = 0; late < 2; ++late) {
    fixture f = make_trained("SAC", still);
    learner *l = f.l;
    for (int k = 0; k < 400; ++k) l->algorithm->update(&f.t);
    l->count->update = late ? 100000 : 99999;
    l->algorithm->update(&f.t);
    const float *at_x = mlp_out(&l->eval[AT_Q1].tape);
    critic(&f.t, TASK_Q1, l->batch.x, l->batch.u, NULL);
    gap[late] = 0.0;
    for (int s = 0; s < SAMPLES; ++s)
      gap[late] = fmax(gap[late], fabs(lane(at_x, 1, s, 0) - lane(mlp_out(&l->eval[TASK_Q1].tape), 1, s, 0)));
    free_fixture(&f);
  }
  // 400 batches leave 2 % of the first values; renormalised the two agree but for that of the last batch
  assert_true(gap[0] > 0.0 && gap[1] < .1 * gap[0]);
}

/* ---- files ---- */

static void small(duro_train_settings *train, duro_learn_settings *learn, const char *kind) {
  default_settings(train, learn);
  train->steps = 16 * 80, train->warmup = 16 * 20, train->horizon = 12, train->play_filter = .3;
  snprintf(learn->critic, sizeof learn->critic, "%s", kind);
  learn->needed_only = true, learn->player_every = 1, learn->corners = true;
}

static duro_trainer *make(const duro_env *env, const char *algorithm, const char *kind, int threads) {
  duro_train_settings train;
  duro_learn_settings learn;
  duro_trainer *t;
  small(&train, &learn, kind);
  train.threads = threads;
  assert_int_equal(duro_trainer_create(&t, env, algorithm, &train, &learn), DURO_OK);
  return t;
}

static void new_path(char *path) {
  strcpy(path, "/tmp/duro-normed-XXXXXX");
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  close(fd);
}

static void check_resume(const duro_env *env, const char *algorithm) {
  char path[64];
  new_path(path);
  duro_trainer *t = make(env, algorithm, "normed", 1);
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  const uint64_t wanted = duro_trainer_hash(t);
  duro_trainer_destroy(t);
  t = make(env, algorithm, "normed", 1);
  duro_trainer_stop_at(t, 16 * 50);
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_ERROR_STOPPED);
  assert_int_equal(duro_trainer_save(t, path), DURO_OK);
  duro_trainer_destroy(t);
  t = make(env, algorithm, "normed", 3);
  if (duro_trainer_resume(t, path, 0.0, NULL)) fail_msg("%s", duro_error());
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  if (duro_trainer_hash(t) != wanted) fail_msg("%s: other bits after a resume", algorithm);
  duro_trainer_destroy(t);
  t = make(env, algorithm, "plain", 1);
  assert_int_equal(duro_trainer_resume(t, path, 0.0, NULL), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "learn.critic"));
  duro_trainer_destroy(t);
  unlink(path);
}

static void test_resume(void **unused) {
  (void)unused;
  duro_env *env = make_env("cartpole");
  for (int i = 0; i < algorithm_count; ++i)
    if (!algorithms[i].hidden) check_resume(env, algorithms[i].info.name);
  duro_env_destroy(env);
}

/* the same Q_h and the same filter, bit for bit */
static void assert_same_policy(const duro_policy *a, const duro_policy *b) {
  for (int i = 0; i < 40; ++i) {
    const float obs[4] = {.1f * (float)i - 2.0f, -.2f, .05f * (float)i - 1.0f, .3f};
    float one, other;
    const float q[2] = {duro_policy_safety_value(a, obs), duro_policy_safety_value(b, obs)};
    assert_memory_equal(&q[0], &q[1], sizeof(float));
    duro_policy_act(a, &one, obs, DURO_ACT_FILTERED, .1f), duro_policy_act(b, &other, obs, DURO_ACT_FILTERED, .1f);
    assert_memory_equal(&one, &other, sizeof one);
  }
}

static duro_policy *policy_of(const duro_trainer *t) {
  duro_policy *p;
  assert_int_equal(duro_trainer_policy(t, &p), DURO_OK);
  return p;
}

/* Deployed from the trainer, from a policy file and from a checkpoint: a plain network, which is that of the players.
 */
static void test_deployed(void **unused) {
  (void)unused;
  char saved[64], frozen[64];
  new_path(saved), new_path(frozen);
  duro_env *env = make_env("cartpole");
  duro_trainer *t = make(env, "DRAC", "normed", 1);
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_save(t, saved), DURO_OK);
  assert_int_equal(duro_trainer_save_policy(t, frozen), DURO_OK);
  duro_policy *from[3] = {policy_of(t), NULL, NULL};
  assert_int_equal(duro_policy_load(&from[1], saved), DURO_OK);
  assert_int_equal(duro_policy_load(&from[2], frozen), DURO_OK);
  assert_same_policy(from[0], from[1]);
  assert_same_policy(from[0], from[2]);
  for (int i = 0; i < 3; ++i) duro_policy_destroy(from[i]);
  duro_trainer_destroy(t);
  duro_env_destroy(env);
  unlink(saved), unlink(frozen);
}

/* Fine-tuning: normed from normed, plain from what is deployed; normed critics do not come from plain ones. */
static void test_start_from(void **unused) {
  (void)unused;
  char path[64], plain[64];
  new_path(path), new_path(plain);
  duro_env *env = make_env("cartpole");
  duro_trainer *t = make(env, "DRAC", "normed", 1), *other;
  assert_int_equal(duro_trainer_run(t, NULL, NULL), DURO_OK);
  assert_int_equal(duro_trainer_save(t, path), DURO_OK);
  duro_policy *wanted = policy_of(t);
  for (int i = 0; i < 2; ++i) {
    other = make(env, "DRAC", i ? "plain" : "normed", 1);
    if (duro_trainer_start_from(other, path)) fail_msg("%s", duro_error());
    if (i) assert_int_equal(duro_trainer_save(other, plain), DURO_OK);
    duro_policy *got = policy_of(other);
    assert_same_policy(wanted, got);
    assert_int_equal(duro_trainer_run(other, NULL, NULL), DURO_OK);
    duro_policy_destroy(got);
    duro_trainer_destroy(other);
  }
  other = make(env, "DRAC", "normed", 1);
  assert_int_equal(duro_trainer_start_from(other, plain), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "learn.critic is normed"));
  duro_trainer_destroy(other);
  duro_policy_destroy(wanted);
  duro_trainer_destroy(t);
  duro_env_destroy(env);
  unlink(path), unlink(plain);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_terms), cmocka_unit_test(test_renormalised),
                                     cmocka_unit_test(test_resume), cmocka_unit_test(test_deployed),
                                     cmocka_unit_test(test_start_from)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
