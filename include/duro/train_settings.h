/* Rows of the settings `train.*` and `learn.*`: X(KIND, field, default, low, high, choices, unit, sentence). */
#ifndef DURO_TRAIN_SETTINGS_H
#define DURO_TRAIN_SETTINGS_H

// clang-format off
#define DURO_TRAIN_SETTINGS(X)                                                                                         \
  X(INT, seed, 1, 0, 9007199254740992.0, NULL, "", "Seed of every random stream of the run.")                          \
  X(INT, threads, 0, 0, 256, NULL, "", "Most worker threads; 0: as many as there are processors. Fewer are used while that is faster. Results do not depend on it.")                                 \
  X(INT, steps, 646336, 1, 1e12, NULL, "steps", "Environment steps to train for.")                                     \
  X(INT, envs, 64, 1, 4096, NULL, "", "Environments stepped side by side.")                                            \
  X(INT, updates, 1, 1, 64, NULL, "", "Updates after each step of all environments.")                                  \
  X(INT, warmup, 6400, 1, 1e9, NULL, "steps", "Environment steps with uniform random actions before the first update.") \
  X(INT, horizon, 50, 1, 1e6, NULL, "steps", "Length at which a training episode is truncated.")                       \
  X(INT, replay, 500000, 64, 1e9, NULL, "samples", "Capacity of the replay buffer.")                                   \
  X(REAL, eval_starts, .2, 0, 1, NULL, "", "Share of training episodes that start where evaluation starts.")           \
  X(REAL, against_mu_h, .4, 0, 1, NULL, "", "Share of training episodes against the safety adversary.")                \
  X(REAL, against_mu, .3, 0, 1, NULL, "", "Share of training episodes against the performance adversary.")             \
  X(REAL, against_random, .2, 0, 1, NULL, "", "Share of training episodes against uniform random disturbances.") \
  X(REAL, against_constant, 0, 0, 1, NULL, "", "Share of training episodes against a constant corner of the disturbance box; the rest meet none.") \
  X(REAL, play_pi_h, .1, 0, 1, NULL, "", "Share of training episodes that the safety policy plays, where there is one, in place of the task policy.") \
  X(REAL, play_filter, .1, 0, 1, NULL, "", "Share of training episodes that the safety filter plays, as it is deployed: pi while Q_h(x, pi, mu_h) >= learn.filter_margin, else pi_h.") \
  X(REAL, restarts, .15, 0, 1, NULL, "", "Share of training episodes that start where an earlier one was shortly before it first violated or failed.") \
  X(INT, restart_steps, 30, 1, 1000, NULL, "steps", "How long before that they start at most.") \
  X(REAL, amplitude, 1, 0, 10, NULL, "", "Times the bound of the disturbance while training; 0: none.")                 \
  X(REAL, adversary_noise, .1, 0, 2, NULL, "", "Standard deviation of the noise on the adversary's disturbance.")      \
  X(REAL, explore_noise, .1, 0, 2, NULL, "", "Standard deviation of the noise on a deterministic acting policy.")      \
  X(INT, report_every, 250, 1, 1e9, NULL, "updates", "Updates between two rows of train.csv.")                         \
  X(INT, checkpoint_every, 2000, 1, 1e9, NULL, "updates", "Updates between two checkpoints.")                          \
  X(REAL, checkpoint_seconds, 600, 0, 1e6, NULL, "s", "Longest time between two checkpoints, to the next row of train.csv; 0: updates alone decide.") \
  X(TEXT, simd, "auto", 0, 0, "auto|portable|avx2|avx512", "", "Kernels to use; results do not depend on it.")

#define DURO_LEARN_SETTINGS(X)                                                                                         \
  X(INT, width, 128, 16, 1024, NULL, "units", "Units of each hidden layer; a multiple of 16.")                         \
  X(INT, layers, 2, 1, 4, NULL, "", "Hidden layers of every network.")                                                 \
  X(INT, levels, 0, 0, 64, NULL, "", "Values of each control, equally spaced in [-1, 1], between which categorical policies choose; at most 64 control vectors over all controls. 0: any value in [-1, 1].") \
  X(TEXT, critic, "plain", 0, 0, "plain|normed", "", "normed: the critics normalise the inputs of their layers over the batch of (x, u, a) and (x', u', a') together, have weight rows of length one and no slow copies (learn.tau is not used).") \
  X(INT, batch, 256, 16, 65536, NULL, "samples", "Samples of an update; a multiple of 16.")                            \
  X(REAL, gamma, .99, 0, .999999, NULL, "", "Discount of the reward.")                                                 \
  X(REAL, gamma_h, .95, 0, .999999, NULL, "", "Discount of safety at the start of training.")                          \
  X(REAL, gamma_h_end, .995, 0, .999999, NULL, "", "Discount of safety after annealing; 1 - gamma_h shrinks geometrically.") \
  X(REAL, gamma_h_share, .8, 0, 1, NULL, "", "Share of training over which gamma_h is annealed.")                      \
  X(REAL, rate_critic, 1e-3, 0, 1, NULL, "", "Learning rate of the critics.")                                          \
  X(REAL, rate_player, 3e-4, 0, 1, NULL, "", "Learning rate of policies and adversaries.")                             \
  X(REAL, rate_alpha, 3e-4, 0, 1, NULL, "", "Learning rate of the temperature.")                                       \
  X(REAL, rate_lambda, 1e-4, 0, 1, NULL, "", "Learning rate of the multiplier.")                                       \
  X(REAL, decay_share, .3, 0, 1, NULL, "", "Last share of training over which the learning rates fall linearly.")       \
  X(REAL, decay_to, .05, 0, 1, NULL, "", "What is left of the learning rates at the end of the fall.")                 \
  X(REAL, tau, .02, 0, 1, NULL, "", "Polyak averaging of the target critics.")                                        \
  X(REAL, average, 0, 0, 1, NULL, "", "Polyak averaging of the policies that are deployed; 0: the last weights are.")          \
  X(INT, player_every, 1, 1, 1000, NULL, "updates", "Updates between two steps of policies and adversaries.")          \
  X(INT, lambda_every, 10, 1, 1000, NULL, "updates", "Updates between two steps of the multiplier; a multiple of player_every.") \
  X(REAL, critic_clip, 10, 1e-6, 1e9, NULL, "", "The error of a critic is clipped to this before it is propagated.")   \
  X(REAL, reward_scale, 1, 1e-9, 1e9, NULL, "", "Rewards are multiplied by this for learning.")                        \
  X(REAL, alpha, .1, 1e-6, 100, NULL, "", "First value of the temperature.")                                           \
  X(REAL, entropy, -1, -100, 10, NULL, "nat", "Target entropy of the task policy, per control.")                       \
  X(REAL, entropy_share, .3, 0, 1, NULL, "", "Target entropy of a task policy over levels, as a share of that of the uniform one.") \
  X(REAL, lambda_max, 50, 1e-3, 1e6, NULL, "", "Largest multiplier.")                                                  \
  X(REAL, lambda, 1, 1e-6, 1e6, NULL, "", "First value of the multiplier; below lambda_max.")                          \
  X(BOOL, scalar, false, 0, 0, NULL, "", "One multiplier for all states in place of a network; SAC-Lag always has one.") \
  X(REAL, cost_limit, 0, 0, 1e9, NULL, "", "SAC-Lag holds the discounted number of violating steps to this.")             \
  X(BOOL, ahead, true, 0, 0, NULL, "", "Q_h(x, u, a) is the safety value of x' alone, without h(x): where h(x) is the least of the future it still says which control leads away from the edge.") \
  X(BOOL, evaluate_pi_h, true, 0, 0, NULL, "", "Q_h is the value of pi_h; false: of pi, as RAC has it, and then no state counts as lost.") \
  X(BOOL, mu_h_sees_u, false, 0, 0, NULL, "", "The safety adversary answers the control, mu_h(x, u), and is trained at those of both policies; false: mu_h(x), against pi_h.") \
  X(REAL, clip_low, -100, -1e9, 0, NULL, "", "Q_h is clipped to [clip_low, 1] in the loss of the multiplier.")         \
  X(REAL, margin, .1, 0, 1, NULL, "", "The task policy is held to Q_h >= margin, h scaled.")                            \
  X(TEXT, hold, "blend", 0, 0, "multiplier|scaled|blend", "", "What holds the task policy to Q_h. multiplier: lambda(x) Q_h in its loss, as published; scaled: the same, the slopes of the reward and of Q_h each divided by its running root mean square, so that no scale of the reward matters; blend: these scaled slopes without multiplier, that of Q_h below margin, that of the reward above margin + hold_band, a straight blend in between.") \
  X(REAL, hold_band, .1, 1e-6, 10, NULL, "", "Width of the blend, h scaled.") \
  X(BOOL, divide, false, 0, 0, NULL, "", "Divide the loss of the task policy by 1 + lambda(x).")                       \
  X(REAL, target_noise, 0, 0, 1, NULL, "", "Standard deviation of the noise on both safety players in the safety target.") \
  X(BOOL, corners, true, 0, 0, NULL, "", "Minimise over the corners of the disturbance box beside mu_h, in the safety target and in the loss of pi_h; with up to 4 disturbances.") \
  X(BOOL, corners_task, true, 0, 0, NULL, "", "Minimise over the corners beside mu_h in what holds the task policy as well.")  \
  X(REAL, random_share, 0, 0, 1, NULL, "", "Share of the batch on which pi_h meets the replayed disturbance.")         \
  X(TEXT, normalize, "auto", 0, 0, "none|auto", "", "auto: observations, h and rewards that the environment leaves at other scales than about 1 are scaled for learning, by what was met in the warm-up; the scales are part of policy and checkpoint.") \
  X(BOOL, needed_only, true, 0, 0, NULL, "", "Q_h, pi_h and mu_h see only the observations that safety depends on, where the environment declares which (x_needs and h_needs of duro_env_spec).") \
  X(BOOL, clip_failures, false, 0, 0, NULL, "", "With learn.hold=blend the reward of a failure counts as no less than the least one that was met in the warm-up without failing, less four times the range of those: Q_h says that it must not happen, and a large penalty is noise to the critics.") \
  X(REAL, filter_margin, .15, -1, 1, NULL, "", "Default margin of the safety filter at deployment, h scaled.") \
  X(BOOL, filter_corners, true, 0, 0, NULL, "", "The safety filter, and the learned set, take the least Q_h over the corners of the disturbance box beside mu_h.") \
  X(BOOL, filter_greedy, false, 0, 0, NULL, "", "The safety policy, to which the filter falls back, is the best by Q_h of pi_h and the corners of the control box, with learn.levels of all vectors; false: pi_h. The trial (train.trial) chooses by itself.")
// clang-format on

#endif
