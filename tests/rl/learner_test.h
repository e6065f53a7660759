/* A small learner with a filled replay buffer, and the same networks in plain double precision. */
#ifndef TESTS_RL_LEARNER_TEST_H
#define TESTS_RL_LEARNER_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "duro/env.h"
#include "rl/learner.h"

typedef struct fixture {
  duro_env *env;
  duro_pool *pool;
  learner *l;
  duro_train_settings train;
  duro_learn_settings learn;
  team t;
} fixture;

static inline const algorithm *algorithm_named(const char *name) {
  for (int i = 0; i < algorithm_count; ++i)
    if (strcmp(algorithms[i].info.name, name) == 0) return &algorithms[i];
  fail_msg("no algorithm %s", name);
  return NULL;
}

static inline void default_settings(duro_train_settings *train, duro_learn_settings *learn) {
  assert_int_equal(duro_train_preset(train, learn, "paper"), DURO_OK);
  train->envs = 16;
  train->replay = 256;
  learn->width = 16;
  learn->batch = 32;
}

static inline duro_env *make_env(const char *name) {
  const duro_env_ops *ops;
  duro_env *env;
  assert_int_equal(duro_env_find(&ops, name), DURO_OK);
  assert_int_equal(duro_env_create(&env, ops, NULL), DURO_OK);
  return env;
}

/* random transitions, one in eight a failure; slow copies apart from the networks they follow */
static inline void fill_learner(learner *l) {
  duro_stream s = duro_stream_at(3, 100, 0);
  float x[16], u[16], a[16], x2[16];
  for (int i = 0; i < 256; ++i) {
    for (int k = 0; k < l->no; ++k) x[k] = duro_stream_normalf(&s), x2[k] = duro_stream_normalf(&s);
    for (int k = 0; k < l->nu; ++k) u[k] = 2.0f * duro_stream_uniformf(&s) - 1.0f;
    for (int k = 0; k < l->na; ++k) a[k] = 2.0f * duro_stream_uniformf(&s) - 1.0f;
    const transition t = {.x = x,
                          .u = u,
                          .a = a,
                          .x2 = x2,
                          .r = duro_stream_normalf(&s),
                          .h = .5f * duro_stream_normalf(&s),
                          .h2 = duro_stream_normalf(&s) - .5f,
                          .failed = i % 8 == 0};
    replay_add(&l->replay, &t);
  }
  for (int r = 0; r < ROLE_COUNT; ++r)
    for (size_t i = 0; l->nets[r].state.bar && i < l->nets[r].shape.params; ++i)
      if (l->nets[r].state.w[i] != 0.0f) l->nets[r].state.bar[i] += .1f * duro_stream_normalf(&s);
}

static inline fixture make_fixture(const char *name, void (*change)(duro_learn_settings *)) {
  fixture f = {.env = make_env("cartpole")};
  default_settings(&f.train, &f.learn);
  if (change) change(&f.learn);
  assert_int_equal(duro_pool_create(&f.pool, 1), DURO_OK);
  assert_int_equal(learner_create(&f.l, algorithm_named(name), f.env, &f.train, &f.learn, f.pool), DURO_OK);
  fill_learner(f.l);
  f.l->gamma_h = .95f, f.l->alpha = .2f, f.l->rate_factor = 1.0f;
  f.t = (team){.learner = f.l,
               .thread = 0,
               .threads = 1,
               .first = 0,
               .count = f.l->panels,
               .player_turn = true,
               .lambda_turn = true};
  replay_sample(&f.l->replay, &f.l->batch, 0, f.l->panels, f.l->seed, 0);
  return f;
}

static inline void free_fixture(fixture *f) {
  learner_destroy(f->l);
  duro_pool_destroy(f->pool);
  duro_env_destroy(f->env);
}

/* y = net(x), double precision, from padded parameters */
static inline void reference(const mlp *net, const double *params, const double *x, double *y) {
  double in[64], out[64];
  memcpy(in, x, sizeof(double) * (size_t)net->layer[0].in);
  for (int i = 0; i < net->layers; ++i) {
    const mlp_layer *layer = &net->layer[i];
    for (int o = 0; o < layer->out; ++o) {
      out[o] = params[layer->b + (size_t)o];
      for (int k = 0; k < layer->in; ++k) out[o] += params[layer->w + (size_t)(o * layer->ld + k)] * in[k];
      if (i < net->layers - 1 && out[o] < 0.0) out[o] = 0.0;
    }
    memcpy(in, out, sizeof(double) * (size_t)layer->out);
  }
  memcpy(y, in, sizeof(double) * (size_t)net->layer[net->layers - 1].out);
}

static inline double lane(const float *panels, int d, int sample, int k) {
  return (double)panels[((sample / LANES) * d + k) * LANES + sample % LANES];
}

#endif
