/* The algorithms: rows over the same terms. The order is that of the papers' pseudo-code; evaluations that several
 * terms share are made once. */
#include "rl/learner.h"

/* Critics of the reward without a performance adversary, task policy and temperature: soft actor-critic. */
static void update_sac(team *t) {
  const batch *b = &t->learner->batch;
  // targets at x'
  const float *u2 = play(t, NEXT_PI, b->x2);
  const float *y = reward_target(t, critic(t, NEXT_Q1, b->x2, u2, NULL), critic(t, NEXT_Q2, b->x2, u2, NULL)); // (26)
  // critics
  critic(t, AT_Q1, b->x, b->u, b->a), critic_loss(t, AT_Q1, y, METRIC_LOSS_Q); // [RIS] eq. (25)
  critic(t, AT_Q2, b->x, b->u, b->a), critic_loss(t, AT_Q2, y, METRIC_LOSS_Q);
  learn(t, ROLE(ROLE_Q1) | ROLE(ROLE_Q2));
  if (!t->player_turn) return;
  // policy and temperature
  const float *u = play(t, AT_PI, b->x);
  critic(t, TASK_Q1, b->x, u, NULL), critic(t, TASK_Q2, b->x, u, NULL);
  slope_of_min(t, TASK_Q1, TASK_Q2);
  task_loss(t);                               // [RIS] eq. (28) without the constraint
  learn(t, ROLE(ROLE_PI) | ROLE(ROLE_ALPHA)); // [RIS] eq. (27)
}

/* Robust soft actor-critic: SAC against the performance adversary, without the constraint. */
static void update_rsac(team *t) {
  const batch *b = &t->learner->batch;
  // targets at x'
  const float *u2 = play(t, NEXT_PI, b->x2), *a2 = play(t, NEXT_MU, b->x2);
  const float *y = reward_target(t, critic(t, NEXT_Q1, b->x2, u2, a2), critic(t, NEXT_Q2, b->x2, u2, a2)); // (26)
  // critics
  critic(t, AT_Q1, b->x, b->u, b->a), critic_loss(t, AT_Q1, y, METRIC_LOSS_Q); // [RIS] eq. (25)
  critic(t, AT_Q2, b->x, b->u, b->a), critic_loss(t, AT_Q2, y, METRIC_LOSS_Q);
  learn(t, ROLE(ROLE_Q1) | ROLE(ROLE_Q2));
  if (!t->player_turn) return;
  // policy against adversary
  const float *u = play(t, AT_PI, b->x), *a = play(t, AT_MU, b->x);
  critic(t, TASK_Q1, b->x, u, a), critic(t, TASK_Q2, b->x, u, a);
  slope_of_min(t, TASK_Q1, TASK_Q2); // one backward pass serves both players
  task_loss(t);                      // [RIS] eq. (28) without the constraint
  performance_loss(t);               // [DRAC]
  learn(t, ROLE(ROLE_PI) | ROLE(ROLE_MU) | ROLE(ROLE_ALPHA));
}

/* SAC-Lagrangian: the discounted number of violating steps held to a limit by one multiplier. */
static void update_sac_lag(team *t) {
  const batch *b = &t->learner->batch;
  // targets at x'
  const float *u2 = play(t, NEXT_PI, b->x2);
  const float *y = reward_target(t, critic(t, NEXT_Q1, b->x2, u2, NULL), critic(t, NEXT_Q2, b->x2, u2, NULL)); // (26)
  const float *yc = cost_target(t, critic(t, NEXT_QC, b->x2, u2, NULL));
  // critics
  critic(t, AT_Q1, b->x, b->u, b->a), critic_loss(t, AT_Q1, y, METRIC_LOSS_Q); // [RIS] eq. (25)
  critic(t, AT_Q2, b->x, b->u, b->a), critic_loss(t, AT_Q2, y, METRIC_LOSS_Q);
  critic(t, AT_QC, b->x, b->u, b->a), critic_loss(t, AT_QC, yc, METRIC_LOSS_QC);
  learn(t, ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_QC));
  if (!t->player_turn) return;
  // policy, temperature, multiplier
  const float *u = play(t, AT_PI, b->x);
  play(t, AT_LAMBDA, b->x);
  critic(t, TASK_Q1, b->x, u, NULL), critic(t, TASK_Q2, b->x, u, NULL), critic(t, TASK_QC, b->x, u, NULL);
  slope_of_min(t, TASK_Q1, TASK_Q2), slope(t, TASK_QC);
  task_loss(t);       // [RIS] eq. (28) with lambda Q_c
  multiplier_loss(t); // ascends E Q_c - cost_limit
  learn(t, ROLE(ROLE_PI) | ROLE(ROLE_ALPHA) | (t->lambda_turn ? ROLE(ROLE_LAMBDA) : 0));
}

/* Reachable actor-critic: the safety value of the task policy itself, without disturbance. */
static void update_rac(team *t) {
  const batch *b = &t->learner->batch;
  // targets at x': both values are those of pi
  const float *u2 = play(t, NEXT_PI, b->x2);
  const float *y = reward_target(t, critic(t, NEXT_Q1, b->x2, u2, NULL), critic(t, NEXT_Q2, b->x2, u2, NULL)); // (26)
  const float *yh = safety_target(t, critic(t, NEXT_QH, b->x2, u2, NULL)); // [RIS] eq. (22) with pi, no disturbance
  // critics
  critic(t, AT_Q1, b->x, b->u, b->a), critic_loss(t, AT_Q1, y, METRIC_LOSS_Q); // [RIS] eq. (25)
  critic(t, AT_Q2, b->x, b->u, b->a), critic_loss(t, AT_Q2, y, METRIC_LOSS_Q);
  critic(t, AT_QH, b->x, b->u, b->a), critic_loss(t, AT_QH, yh, METRIC_LOSS_QH); // [RIS] eq. (21)
  learn(t, ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_QH));
  if (!t->player_turn) return;
  // policy, temperature, multiplier
  const float *u = play(t, AT_PI, b->x);
  play(t, AT_LAMBDA, b->x);
  critic(t, TASK_Q1, b->x, u, NULL), critic(t, TASK_Q2, b->x, u, NULL), critic(t, TASK_QH, b->x, u, NULL);
  slope_of_min(t, TASK_Q1, TASK_Q2), slope(t, TASK_QH);
  task_loss(t);       // [RIS] eq. (28)-(30)
  multiplier_loss(t); // L_A with I = 1
  learn(t, ROLE(ROLE_PI) | ROLE(ROLE_ALPHA) | (t->lambda_turn ? ROLE(ROLE_LAMBDA) : 0));
}

/* Robust invariant set by actor and critic, [RIS] Algorithm 2: the safety half alone. */
static void update_ris(team *t) {
  const batch *b = &t->learner->batch;
  const float *uh2 = play(t, NEXT_PI_H, b->x2), *ah2 = answer(t, NEXT_MU_H, b->x2, uh2);
  const float *yh = safety_target(t, worst_next(t, uh2, critic(t, NEXT_QH, b->x2, uh2, ah2))); // [RIS] eq. (22)
  critic(t, AT_QH, b->x, b->u, b->a), critic_loss(t, AT_QH, yh, METRIC_LOSS_QH);               // [RIS] eq. (21)
  learn(t, ROLE(ROLE_QH));
  if (!t->player_turn) return;
  const float *uh = play(t, AT_PI_H, b->x);
  critic(t, SAFE_QH, b->x, uh, answer_both(t, uh, NULL).safe);
  slope(t, SAFE_QH);        // one backward pass serves both players
  safety_policy_loss(t);    // [RIS] eq. (23)
  safety_adversary_loss(t); // [RIS] eq. (24)
  learn(t, ROLE(ROLE_PI_H) | ROLE(ROLE_MU_H));
}

/* SAC in the robust invariant set, [RIS] Algorithm 3: no adversary of the reward. */
static void update_sac_ris(team *t) {
  const batch *b = &t->learner->batch;
  // targets at x'
  const float *u2 = play(t, NEXT_PI, b->x2);
  const float *y = reward_target(t, critic(t, NEXT_Q1, b->x2, u2, NULL), critic(t, NEXT_Q2, b->x2, u2, NULL)); // (26)
  const float *uh2 = safest_next(t, u2), *ah2 = answer(t, NEXT_MU_H, b->x2, uh2);
  const float *yh = safety_target(t, worst_next(t, uh2, critic(t, NEXT_QH, b->x2, uh2, ah2))); // [RIS] eq. (22)
  // task and safety evaluation
  critic(t, AT_Q1, b->x, b->u, b->a), critic_loss(t, AT_Q1, y, METRIC_LOSS_Q); // [RIS] eq. (25)
  critic(t, AT_Q2, b->x, b->u, b->a), critic_loss(t, AT_Q2, y, METRIC_LOSS_Q);
  critic(t, AT_QH, b->x, b->u, b->a), critic_loss(t, AT_QH, yh, METRIC_LOSS_QH); // [RIS] eq. (21)
  learn(t, ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_QH));
  if (!t->player_turn) return;
  // safety improvement: pi_h ascends and mu_h descends Q_h(x, pi_h, mu_h)
  const float *uh = play(t, AT_PI_H, b->x), *u = play(t, AT_PI, b->x);
  const answers ah = answer_both(t, uh, u);
  critic(t, SAFE_QH, b->x, uh, ah.safe), slope(t, SAFE_QH);
  critic(t, TASK_QH, b->x, u, ah.task), slope(t, TASK_QH);
  safety_policy_loss(t);    // [RIS] eq. (23)
  safety_adversary_loss(t); // [RIS] eq. (24)
  hold_to_corners(t, u, ah.task);
  // task improvement inside the set
  play(t, AT_LAMBDA, b->x);
  critic(t, TASK_Q1, b->x, u, NULL), critic(t, TASK_Q2, b->x, u, NULL);
  slope_of_min(t, TASK_Q1, TASK_Q2);
  task_loss(t);       // [RIS] eq. (28)-(30)
  multiplier_loss(t); // [RIS] eq. (31)
  learn(t, ROLE(ROLE_PI) | ROLE(ROLE_PI_H) | ROLE(ROLE_MU_H) | ROLE(ROLE_ALPHA) |
               (t->lambda_turn ? ROLE(ROLE_LAMBDA) : 0));
}

/* Dually robust actor-critic [DRAC]: dual policy iteration with a network in each role. */
static void update_drac(team *t) {
  const batch *b = &t->learner->batch;
  // targets at x', each critic bootstrapped with the players it evaluates
  const float *u2 = play(t, NEXT_PI, b->x2), *a2 = play(t, NEXT_MU, b->x2);
  const float *y = reward_target(t, critic(t, NEXT_Q1, b->x2, u2, a2), critic(t, NEXT_Q2, b->x2, u2, a2)); // (26)
  const float *uh2 = safest_next(t, u2), *ah2 = answer(t, NEXT_MU_H, b->x2, uh2);
  const float *yh = safety_target(t, worst_next(t, uh2, critic(t, NEXT_QH, b->x2, uh2, ah2))); // [RIS] eq. (22)
  // task and safety evaluation
  critic(t, AT_Q1, b->x, b->u, b->a), critic_loss(t, AT_Q1, y, METRIC_LOSS_Q); // [RIS] eq. (25)
  critic(t, AT_Q2, b->x, b->u, b->a), critic_loss(t, AT_Q2, y, METRIC_LOSS_Q);
  critic(t, AT_QH, b->x, b->u, b->a), critic_loss(t, AT_QH, yh, METRIC_LOSS_QH); // [RIS] eq. (21)
  learn(t, ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_QH));
  if (!t->player_turn) return;
  // safety improvement: pi_h ascends and mu_h descends Q_h(x, pi_h, mu_h)
  const float *uh = play(t, AT_PI_H, b->x), *u = play(t, AT_PI, b->x);
  const answers ah = answer_both(t, uh, u);
  critic(t, SAFE_QH, b->x, uh, ah.safe), slope(t, SAFE_QH); // one backward pass of each serves both players
  critic(t, TASK_QH, b->x, u, ah.task), slope(t, TASK_QH);
  safety_policy_loss(t);    // [RIS] eq. (23)
  safety_adversary_loss(t); // [RIS] eq. (24)
  hold_to_corners(t, u, ah.task);
  // task improvement inside the set: pi ascends, mu descends, lambda(x) holds pi to Q_h >= margin
  const float *a = play(t, AT_MU, b->x);
  play(t, AT_LAMBDA, b->x);
  critic(t, TASK_Q1, b->x, u, a), critic(t, TASK_Q2, b->x, u, a);
  slope_of_min(t, TASK_Q1, TASK_Q2);
  task_loss(t);        // [RIS] eq. (28)-(30), [DRAC]
  performance_loss(t); // [DRAC]
  multiplier_loss(t);  // [DRAC] L_A + L_B, [RIS] eq. (31)
  learn(t, ROLE(ROLE_PI) | ROLE(ROLE_MU) | ROLE(ROLE_PI_H) | ROLE(ROLE_MU_H) | ROLE(ROLE_ALPHA) |
               (t->lambda_turn ? ROLE(ROLE_LAMBDA) : 0));
}

/* The safety adversary alone, in an environment where its action is the control and the protagonist is frozen: a reach
 * problem for one player. */
static void update_reach(team *t) {
  const batch *b = &t->learner->batch;
  const float *a2 = play(t, NEXT_MU_H, b->x2);
  const float *yh = safety_target(t, worst_next(t, NULL, critic(t, NEXT_QH, b->x2, a2, NULL))); // [RIS] eq. (16)
  critic(t, AT_QH, b->x, b->u, NULL), critic_loss(t, AT_QH, yh, METRIC_LOSS_QH);
  learn(t, ROLE(ROLE_QH));
  if (!t->player_turn) return;
  critic(t, SAFE_QH, b->x, play(t, AT_MU_H, b->x), NULL);
  lone_adversary_loss(t); // [RIS] eq. (24)
  learn(t, ROLE(ROLE_MU_H));
}

/* Those of them that have a form over levels of the controls, learn.levels: expectations over the control vectors in
 * place of samples. pi_h acts by its mode; mu_h answers that. */
static void update_discrete(team *t) {
  const learner *l = t->learner;
  const batch *b = &l->batch;
  const bool task = learner_has(l, ROLE_PI), safe = learner_has(l, ROLE_PI_H), robust = learner_has(l, ROLE_MU);
  const unsigned critics = ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_QH), alpha = task ? ROLE(ROLE_ALPHA) : 0;
  // targets at x', task and safety evaluation
  if (task) {
    play(t, NEXT_PI, b->x2);
    const float *y = expected_target(t, robust ? play(t, NEXT_MU, b->x2) : NULL);
    critic(t, AT_Q1, b->x, b->u, b->a), critic_loss(t, AT_Q1, y, METRIC_LOSS_Q); // [RIS] eq. (25)
    critic(t, AT_Q2, b->x, b->u, b->a), critic_loss(t, AT_Q2, y, METRIC_LOSS_Q);
  }
  if (safe) {
    const float *uh2 = play(t, NEXT_PI_H, b->x2), *ah2 = play(t, NEXT_MU_H, b->x2);
    const float *yh = safety_target(t, worst_next(t, uh2, critic(t, NEXT_QH, b->x2, uh2, ah2))); // [RIS] eq. (22)
    critic(t, AT_QH, b->x, b->u, b->a), critic_loss(t, AT_QH, yh, METRIC_LOSS_QH);               // [RIS] eq. (21)
  }
  learn(t, l->algorithm->roles & critics);
  if (!t->player_turn) return;
  // safety improvement: pi_h maximises min_a Q_h(x, u, a), and mu_h descends Q_h(x, pi_h, mu_h)
  const float *values_h = NULL;
  if (safe) {
    const float *uh = play(t, AT_PI_H, b->x), *ah = play(t, AT_MU_H, b->x);
    critic(t, SAFE_QH, b->x, uh, ah), slope(t, SAFE_QH);
    values_h = safety_values(t, ah, l->set.corners);
    greedy_safety_loss(t, values_h); // [RIS] eq. (23)
    safety_adversary_loss(t);        // [RIS] eq. (24)
    if (l->set.corners_task != l->set.corners) values_h = safety_values(t, ah, l->set.corners_task);
  }
  // task improvement inside the set
  if (task) {
    play(t, AT_PI, b->x);
    if (safe) play(t, AT_LAMBDA, b->x);
    const float *values = task_values(t, robust ? play(t, AT_MU, b->x) : NULL); // [DRAC] for mu
    soft_task_loss(t, values, values_h);                                        // [RIS] eq. (28)-(30), [DRAC]
    if (safe) multiplier_loss(t);                                               // [DRAC] L_A + L_B, [RIS] eq. (31)
  }
  learn(t, (l->algorithm->roles & ~critics & ~ROLE(ROLE_LAMBDA)) | alpha |
               (task && safe && t->lambda_turn ? ROLE(ROLE_LAMBDA) : 0));
}

void algorithm_update(team *t) {
  if (t->learner->levels)
    update_discrete(t);
  else
    t->learner->algorithm->update(t);
}

const algorithm algorithms[] = {
    {.info = {"SAC", "soft actor-critic: no constraint, no adversary", "pi Q1 Q2 alpha"},
     .roles = ROLE(ROLE_PI) | ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_ALPHA),
     .acts = ROLE_PI,
     .update = update_sac,
     .discrete = true},
    {.info = {"RSAC", "robust SAC: against a performance adversary, no constraint", "pi mu Q1 Q2 alpha"},
     .roles = ROLE(ROLE_PI) | ROLE(ROLE_MU) | ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_ALPHA),
     .sees_a = ROLE(ROLE_Q1) | ROLE(ROLE_Q2),
     .acts = ROLE_PI,
     .update = update_rsac,
     .discrete = true},
    {.info = {"SAC-Lag", "SAC with a cost critic and one multiplier, no adversary", "pi Q1 Q2 lambda Qc alpha"},
     .roles = ROLE(ROLE_PI) | ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_QC) | ROLE(ROLE_LAMBDA) | ROLE(ROLE_ALPHA),
     .acts = ROLE_PI,
     .scalar = true,
     .update = update_sac_lag},
    {.info = {"RAC", "reachable actor-critic: safety value of the task policy, no adversary",
              "pi Q1 Q2 Qh lambda alpha"},
     .roles = ROLE(ROLE_PI) | ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_QH) | ROLE(ROLE_LAMBDA) | ROLE(ROLE_ALPHA),
     .acts = ROLE_PI,
     .update = update_rac},
    {.info = {"RIS", "robust invariant set: safety policy against safety adversary, no task", "pi_h mu_h Qh"},
     .roles = ROLE(ROLE_PI_H) | ROLE(ROLE_MU_H) | ROLE(ROLE_QH),
     .sees_a = ROLE(ROLE_QH),
     .acts = ROLE_PI_H,
     .update = update_ris,
     .discrete = true},
    {.info = {"SAC-RIS", "SAC held inside the learned robust invariant set", "pi pi_h mu_h Q1 Q2 Qh lambda alpha"},
     .roles = ROLE(ROLE_PI) | ROLE(ROLE_PI_H) | ROLE(ROLE_MU_H) | ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_QH) |
              ROLE(ROLE_LAMBDA) | ROLE(ROLE_ALPHA),
     .sees_a = ROLE(ROLE_QH),
     .acts = ROLE_PI,
     .update = update_sac_ris,
     .discrete = true},
    {.info = {"DRAC", "dually robust actor-critic: safe and rewarding under the worst disturbance",
              "pi mu pi_h mu_h Q1 Q2 Qh lambda alpha"},
     .roles = ROLE(ROLE_PI) | ROLE(ROLE_MU) | ROLE(ROLE_PI_H) | ROLE(ROLE_MU_H) | ROLE(ROLE_Q1) | ROLE(ROLE_Q2) |
              ROLE(ROLE_QH) | ROLE(ROLE_LAMBDA) | ROLE(ROLE_ALPHA),
     .sees_a = ROLE(ROLE_Q1) | ROLE(ROLE_Q2) | ROLE(ROLE_QH),
     .acts = ROLE_PI,
     .update = update_drac,
     .discrete = true},
    {.info = {"reach", "safety adversary of a frozen policy", "mu_h Qh"},
     .roles = ROLE(ROLE_MU_H) | ROLE(ROLE_QH),
     .acts = ROLE_MU_H,
     .update = update_reach,
     .hidden = true},
};
const int algorithm_count = sizeof algorithms / sizeof *algorithms;
