/* Every term of the losses (theory, section 4): its value and sign from formulas written in double precision, its
 * gradient against central differences of them over every parameter, for every algorithm and option. */
#include "terms_test.h"

#include "rl/terms.h"

static void check_role(const learner *l, nets *n, const constants *c, role r, evaluation_id id) {
  float *g = gradient_of((learner *)(uintptr_t)l, id);
  const mlp *net = &l->nets[r].shape;
  const double step = 1e-6;
  double largest = 0.0, off = 0.0;
  for (size_t i = 0; i < net->params; ++i) {
    if (!is_parameter(net, i)) {
      assert_true(g[i] == 0.0f); // paddings never move
      continue;
    }
    const double keep = n->w[r][i];
    n->w[r][i] = keep + step;
    const double up = loss(n, c, r);
    n->w[r][i] = keep - step;
    const double down = loss(n, c, r);
    n->w[r][i] = keep;
    const double slope_here = (up - down) / (2.0 * step);
    largest = fmax(largest, fabs(slope_here));
    off = fmax(off, fabs(slope_here - (double)g[i]));
  }
  // float32 through three layers and heads, against differences that are good to about 1e-9 of the loss
  if (!(largest > 1e-6 && off <= 2e-5 * largest + 1e-7))
    fail_msg("%s: gradient off by %g, largest %g", roles[r].name, off, largest);
  free(g);
}

static void check_targets(const nets *n, const constants *c) {
  const learner *l = n->l;
  for (int s = 0; s < SAMPLES; ++s) {
    // float32 against double: some roundings of the largest term
    if (n->w[ROLE_Q1]) assert_true(fabs(lane(l->target, 1, s, 0) - c->y[s]) <= 5e-6 * (1.0 + fabs(c->y[s])));
    if (n->w[ROLE_QH]) assert_true(fabs(lane(l->target_h, 1, s, 0) - c->yh[s]) <= 5e-6);
    if (n->w[ROLE_QC]) assert_true(fabs(lane(l->target_h, 1, s, 0) - c->yc[s]) <= 5e-6 * (1.0 + fabs(c->yc[s])));
  }
}

/* the losses are those at the parameters that the update met: nothing moves */
static void still(duro_learn_settings *s) {
  s->critic_clip = 1e6;
  s->rate_critic = s->rate_player = s->rate_alpha = s->rate_lambda = s->tau = 0.0;
}

static void check(const char *name, void (*change)(duro_learn_settings *)) {
  fixture f = make_fixture(name, change);
  learner *l = f.l;
  if (l->mean_square) l->mean_square[SLOPE_REWARD] = 9.0, l->mean_square[SLOPE_SAFETY] = .16;
  for (int k = 0; k < 2; ++k) l->algorithm->update(&f.t); // the second finds what the first left
  nets n = copy_nets(l);
  constants c = {0};
  fix_constants(&n, &c);
  check_targets(&n, &c);
  int inside = 0;
  for (int s = 0; s < SAMPLES; ++s) inside += c.safe[s] >= 0.0;
  if (n.w[ROLE_LAMBDA] && n.w[ROLE_PI_H]) assert_in_range(inside, 1, SAMPLES - 1); // both parts of L_lambda are seen
  static const evaluation_id at[ROLE_COUNT] = {AT_PI, AT_MU, AT_PI_H, AT_MU_H, AT_Q1, AT_Q2, AT_QH, AT_LAMBDA, AT_QC};
  for (int r = 0; r < ROLE_COUNT; ++r)
    if (learner_has(l, (role)r)) check_role(l, &n, &c, (role)r, at[r]);
  free_nets(&n);
  free_fixture(&f);
}

static void tuned(duro_learn_settings *s) {
  still(s);
  s->divide = s->corners = true;
  s->random_share = .3;
  s->margin = .25;
  s->lambda = 5.0;
  s->reward_scale = .5;
  s->cost_limit = .3;
  s->clip_low = -.3;
}

static void test_every_algorithm(void **unused) {
  (void)unused;
  for (int i = 0; i < algorithm_count; ++i) {
    check(algorithms[i].info.name, still);
    check(algorithms[i].info.name, tuned);
  }
}

static void value_of_pi(duro_learn_settings *s) {
  tuned(s);
  s->evaluate_pi_h = false;
}

/* Q_h the value of pi, and no state lost */
static void test_value_of_pi(void **unused) {
  (void)unused;
  static const char *const names[] = {"SAC-RIS", "DRAC", "RIS"}; // RIS has no pi: nothing changes
  for (int i = 0; i < 3; ++i) check(names[i], value_of_pi);
}

static void look_ahead(duro_learn_settings *s) {
  tuned(s);
  s->ahead = true;
}

/* Q_h the value of the next state */
static void test_ahead(void **unused) {
  (void)unused;
  static const char *const names[] = {"RAC", "RIS", "SAC-RIS", "DRAC"};
  for (int i = 0; i < 4; ++i) check(names[i], look_ahead);
}

static void held_to_corners(duro_learn_settings *s) {
  tuned(s);
  s->corners_task = true;
}
static void held_and_sees_u(duro_learn_settings *s) {
  held_to_corners(s);
  s->mu_h_sees_u = true; // is trained at its own answer still
}

/* pi is held to the least Q_h over mu_h and the corners */
static void test_held_to_corners(void **unused) {
  (void)unused;
  static const char *const names[] = {"RAC", "SAC-RIS", "DRAC"}; // RAC knows no disturbance: nothing changes
  for (int i = 0; i < 3; ++i) {
    check(names[i], held_to_corners);
    check(names[i], held_and_sees_u);
  }
}

static void scaled(duro_learn_settings *s) {
  tuned(s);
  strcpy(s->hold, "scaled");
}
static void scaled_undivided(duro_learn_settings *s) {
  still(s);
  strcpy(s->hold, "scaled");
}
static void blended(duro_learn_settings *s) {
  held_to_corners(s);
  strcpy(s->hold, "blend");
  s->margin = .05, s->hold_band = .4; // some samples below, some in the blend, some above
}

/* slopes over their root mean square, and the blend of both */
static void test_hold(void **unused) {
  (void)unused;
  static const char *const names[] = {"RAC", "SAC-RIS", "DRAC", "SAC", "SAC-Lag"}; // for the last two nothing changes
  for (int i = 0; i < 5; ++i) {
    check(names[i], scaled);
    check(names[i], scaled_undivided);
    check(names[i], blended);
  }
}

/* the running mean square is that of the slopes that the update met; the mean of all of the first hundred */
static void test_mean_square(void **unused) {
  (void)unused;
  fixture f = make_fixture("DRAC", blended);
  learner *l = f.l;
  double mean[SLOPES] = {0};
  l->set.player_every = 1;
  for (int k = 0; k < 5; ++k) {
    l->player_turn = true;
    learner_update(l, 0, 1);
    const evaluation_id at[SLOPES] = {TASK_Q1, TASK_QH};
    for (int i = 0; i < SLOPES; ++i) {
      double sum = 0.0; // one control, and one disturbance that does not count
      for (int s = 0; s < SAMPLES; ++s) sum += pow(lane(l->eval[at[i]].dx, 2, s, 0), 2) / SAMPLES;
      mean[i] += sum;
      const double wanted = mean[i] / (k + 1);
      assert_true(wanted > 0.0 && fabs(l->mean_square[i] - wanted) <= 1e-12 * wanted);
    }
  }
  free_fixture(&f);
}

/* a slope is divided by its root mean square, and by nothing while that is not known or nobody asks for it */
static void test_scale_of_a_slope(void **unused) {
  (void)unused;
  fixture f = make_fixture("DRAC", blended);
  f.l->mean_square[SLOPE_REWARD] = 0.0, f.l->mean_square[SLOPE_SAFETY] = 0.25;
  assert_true(scale_of(f.l, SLOPE_REWARD) == 1.0f && scale_of(f.l, SLOPE_SAFETY) == 2.0f);
  free_fixture(&f);
  f = make_fixture("DRAC", tuned);
  assert_true(scale_of(f.l, SLOPE_REWARD) == 1.0f && scale_of(f.l, SLOPE_SAFETY) == 1.0f);
  free_fixture(&f);
}

static void averaged(duro_learn_settings *s) {
  s->average = .25;
}

/* policies have an average, bar <- bar + average (w - bar) after each of their steps, and it is what is deployed */
static void test_average(void **unused) {
  (void)unused;
  fixture f = make_fixture("DRAC", averaged);
  static const role of[] = {ROLE_PI, ROLE_PI_H, ROLE_MU_H};
  nets before = copy_nets(f.l);
  f.l->algorithm->update(&f.t);
  for (int i = 0; i < 3; ++i) {
    const mlp_state *s = &f.l->nets[of[i]].state;
    assert_true(learner_frozen(f.l, of[i]) == (i < 2 ? s->bar : s->w));
    for (size_t k = 0; i < 2 && k < f.l->nets[of[i]].shape.params; ++k) {
      const double old = before.bar[of[i]][k], wanted = old + .25 * ((double)s->w[k] - old);
      assert_true(fabs((double)s->bar[k] - wanted) <= 1e-6 * (1.0 + fabs(wanted)));
    }
  }
  free_nets(&before);
  free_fixture(&f);
}

static void one_multiplier(duro_learn_settings *s) {
  tuned(s);
  s->scalar = true;
}

/* One multiplier for all states: only the last bias has a slope, and the value stays the same everywhere. */
static void test_one_multiplier(void **unused) {
  (void)unused;
  static const char *const names[] = {"RAC", "SAC-RIS", "DRAC", "SAC-Lag"};
  for (int i = 0; i < 4; ++i) {
    check(names[i], one_multiplier);
    fixture f = make_fixture(names[i], i < 3 ? one_multiplier : NULL); // SAC-Lag has one whatever learn.scalar says
    const double first = f.learn.lambda;
    f.l->set.rate_lambda = .01;
    for (int k = 0; k < 5; ++k) f.l->algorithm->update(&f.t);
    const float *lambda = play(&f.t, AT_LAMBDA, f.l->batch.x);
    for (int s = 1; s < SAMPLES; ++s) assert_true(lambda[s] == lambda[0]);
    assert_true(fabs((double)lambda[0] - first) > 1e-3);
    free_fixture(&f);
  }
}

static void sees_u(duro_learn_settings *s) {
  still(s);
  s->mu_h_sees_u = true;
}
static void sees_u_replayed(duro_learn_settings *s) {
  sees_u(s);
  s->random_share = .3; // without corners, which are nearly always worse than mu_h
}
static void sees_u_tuned(duro_learn_settings *s) {
  tuned(s);
  s->mu_h_sees_u = true;
}
static void sees_u_of_pi(duro_learn_settings *s) {
  value_of_pi(s);
  s->mu_h_sees_u = true;
}

/* mu_h(x, u): every critic meets its answer to the control at hand */
static void test_mu_h_sees_u(void **unused) {
  (void)unused;
  static const char *const names[] = {"RIS", "SAC-RIS", "DRAC"};
  for (int i = 0; i < 3; ++i) {
    check(names[i], sees_u);
    check(names[i], sees_u_replayed);
    check(names[i], sees_u_tuned);
    check(names[i], sees_u_of_pi);
  }
  fixture f = make_fixture("RAC", sees_u); // has no mu_h
  assert_false(learner_sees_u(f.l));
  free_fixture(&f);
}

/* The multiplier of SAC-Lag rises while the mean of Q_c is above the limit, however it is spread. */
static void low_limit(duro_learn_settings *s) {
  s->cost_limit = 0.0;
}
static void high_limit(duro_learn_settings *s) {
  s->cost_limit = 60.0;
}

static void test_cost_limit(void **unused) {
  (void)unused;
  for (int high = 0; high < 2; ++high) {
    fixture f = make_fixture("SAC-Lag", high ? high_limit : low_limit);
    f.l->algorithm->update(&f.t);
    float *cost = mlp_out(&f.l->eval[TASK_QC].tape), *dy = f.l->eval[AT_LAMBDA].dy;
    // 3/4 of the samples cost nothing, the others 100: a mean of 25
    for (int s = 0; s < SAMPLES; ++s) cost[s] = s % 4 ? 0.0f : 100.0f;
    multiplier_loss(&f.t);
    double mean = 0.0;
    for (int s = 0; s < SAMPLES; ++s) mean += (double)dy[s];
    assert_true(fabs(mean - (f.learn.cost_limit - 25.0)) < 1e-4);
    free_fixture(&f);
  }
}

/* L_alpha = E[ -log_alpha (log pi + Hbar) ]: its gradient is in Adam's first moment after one step */
static void test_temperature(void **unused) {
  (void)unused;
  fixture f = make_fixture("SAC", NULL);
  play(&f.t, AT_PI, f.l->batch.x);
  double mean = 0.0;
  for (int s = 0; s < SAMPLES; ++s) mean += lane(f.l->eval[AT_PI].logp, 1, s, 0) / SAMPLES;
  const double gradient = -(mean + f.l->set.entropy);
  const float before = f.l->log_alpha[0];
  learn(&f.t, ROLE(ROLE_ALPHA));
  assert_true(fabs((double)f.l->log_alpha[LANES] - .1 * gradient) <= 1e-6 * fabs(gradient));
  // more entropy than wanted lowers the temperature
  assert_true((f.l->log_alpha[0] > before) == (-mean < f.l->set.entropy));
  free_fixture(&f);
}

/* the clipped error is what is propagated */
static void clipped(duro_learn_settings *s) {
  s->critic_clip = .25;
}

static void test_clip(void **unused) {
  (void)unused;
  fixture f = make_fixture("SAC", clipped);
  const batch *b = &f.l->batch;
  float y[SAMPLES];
  critic(&f.t, AT_Q1, b->x, b->u, b->a);
  const float *q = mlp_out(&f.l->eval[AT_Q1].tape), *dq = mlp_dout(&f.l->eval[AT_Q1].tape);
  for (int s = 0; s < SAMPLES; ++s) y[s] = q[s] + (s % 3 == 0 ? -9.0f : s % 3 == 1 ? 9.0f : .125f);
  critic_loss(&f.t, AT_Q1, y, METRIC_LOSS_Q);
  for (int s = 0; s < SAMPLES; ++s) {
    const double error = s % 3 == 0 ? .25 : s % 3 == 1 ? -.25 : -.125;
    assert_true(fabs((double)dq[s] - 2.0 * error / SAMPLES) < 1e-7);
  }
  free_fixture(&f);
}

static void with_target_noise(duro_learn_settings *s) {
  s->target_noise = .1;
}

/* The noise of pi, at x and at x', and that of mu_h at x' is standard normal, and new for each of them in each update.
 */
static void test_noise(void **unused) {
  (void)unused;
  enum { UPDATES = 12, KINDS = 3, ROWS = UPDATES * KINDS };
  static float row[ROWS][SAMPLES];
  fixture f = make_fixture("DRAC", with_target_noise);
  learner *l = f.l;
  double mean = 0.0, square = 0.0;
  for (int k = 0; k < UPDATES; ++k) {
    l->player_turn = true;
    learner_update(l, 0, 1);
    const float *const drawn[KINDS] = {l->eval[AT_PI].eps, l->eval[NEXT_PI].eps, l->next_noise};
    for (int i = 0; i < KINDS; ++i) memcpy(row[k * KINDS + i], drawn[i], sizeof row[0]);
  }
  for (int i = 0; i < ROWS; ++i) {
    for (int j = 0; j < i; ++j) assert_true(memcmp(row[i], row[j], sizeof row[0]) != 0);
    for (int s = 0; s < SAMPLES; ++s) {
      mean += (double)row[i][s] / (ROWS * SAMPLES);
      square += (double)row[i][s] * (double)row[i][s] / (ROWS * SAMPLES);
    }
  }
  assert_true(fabs(mean) < 4.0 / sqrt(ROWS * SAMPLES) && fabs(square - 1.0) < 4.0 * sqrt(2.0 / (ROWS * SAMPLES)));
  free_fixture(&f);
}

/* A state that pi_h holds by nothing, Q_h = 0, is not lost: its multiplier moves by what pi does there, and is not
 * drawn to its bound. */
static void test_edge_of_the_set(void **unused) {
  (void)unused;
  fixture f = make_fixture("DRAC", tuned);
  learner *l = f.l;
  memset(l->nets[ROLE_QH].state.w, 0, sizeof(float) * l->nets[ROLE_QH].shape.params);
  l->algorithm->update(&f.t);
  nets n = copy_nets(l);
  constants c = {0};
  fix_constants(&n, &c);
  for (int s = 0; s < SAMPLES; ++s) assert_true(!(c.safe[s] < 0.0) && !(c.safe[s] > 0.0));
  check_role(l, &n, &c, ROLE_LAMBDA, AT_LAMBDA);
  free_nets(&n);
  free_fixture(&f);
}

static void test_not_finite(void **unused) {
  (void)unused;
  fixture f = make_fixture("DRAC", NULL);
  f.l->nets[ROLE_QH].state.w[5] = NAN;
  learner_update(f.l, 0, 1);
  assert_int_equal(learner_fault(f.l), DURO_ERROR_NOT_FINITE);
  const char *text = duro_error();
  assert_true(strstr(text, "\"Qh\"") && strstr(text, "update") && strstr(text, "cartpole") && strstr(text, "seed"));
  free_fixture(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_algorithm),
      cmocka_unit_test(test_value_of_pi),
      cmocka_unit_test(test_ahead),
      cmocka_unit_test(test_held_to_corners),
      cmocka_unit_test(test_hold),
      cmocka_unit_test(test_mean_square),
      cmocka_unit_test(test_scale_of_a_slope),
      cmocka_unit_test(test_average),
      cmocka_unit_test(test_one_multiplier),
      cmocka_unit_test(test_mu_h_sees_u),
      cmocka_unit_test(test_cost_limit),
      cmocka_unit_test(test_temperature),
      cmocka_unit_test(test_clip),
      cmocka_unit_test(test_noise),
      cmocka_unit_test(test_edge_of_the_set),
      cmocka_unit_test(test_not_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
