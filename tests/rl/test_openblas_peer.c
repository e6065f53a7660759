/* The peer in the benchmark makes the same update of SAC: gradients beside those of the learner. */
#include "base/math.h"
#include "cli/cli.h"
#include "openblas.h"
#include "rl/learner_test.h"

void *cli_allocate(size_t count, size_t size) {
  return calloc(count, size);
}

/* critics that hardly move, so that the policy meets the same ones: Adam's step has the size of the rate whatever that
 * of the gradient, and its sign where a gradient is almost zero is that of rounding errors */
static void settle(duro_learn_settings *s) {
  s->width = 64;
  s->batch = 96;
  s->rate_critic = 1e-12;
  s->critic_clip = 1e6;
  s->player_every = 1;
}

/* Adam's first moment after one step is .1 of the gradient */
static void check_role(const learner *l, const openblas_sac *peer, role r) {
  for (int i = 0; i < l->nets[r].shape.layers; ++i) {
    const mlp_layer *layer = &l->nets[r].shape.layer[i];
    const float *m = l->nets[r].state.m + layer->w, *other = openblas_sac_moment(peer, r, i);
    double largest = 0.0, off = 0.0;
    for (int o = 0; o < layer->out; ++o)
      for (int k = 0; k < layer->in; ++k) {
        const double a = (double)m[o * layer->ld + k], b = (double)other[o * layer->in + k];
        largest = fmax(largest, fabs(a));
        off = fmax(off, fabs(a - b));
      }
    // float32 sums of up to 96 terms in another order, three layers there and back: some tens of roundings of 6e-8
    if (!(largest > 1e-6 && off <= 2e-6 * largest))
      fail_msg("%s, layer %d: off by %g, largest %g", roles[r].name, i, off, largest);
  }
}

static void test_same_update(void **unused) {
  (void)unused;
  if (!openblas_open()) skip();
  fixture f = make_fixture("SAC", settle);
  f.l->alpha = m_expf(f.l->log_alpha[0]);
  openblas_threads(1);
  openblas_sac *peer = openblas_sac_create(f.l);
  openblas_sac_update(peer);
  learner_update(f.l, 0, 1);
  check_role(f.l, peer, ROLE_Q1);
  check_role(f.l, peer, ROLE_Q2);
  check_role(f.l, peer, ROLE_PI);
  openblas_sac_destroy(peer);
  free_fixture(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_update)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
