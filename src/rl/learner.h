/* The learner: networks in their roles, one batch, the evaluations of one update. `memory` is exactly what a checkpoint
 * stores, `work` the scratch of one update. An update runs as a team: every thread executes the whole update function
 * on its own panels of the batch, and meets the others in learn(). */
#ifndef DURO_RL_LEARNER_H
#define DURO_RL_LEARNER_H

#include "base/pool.h"
#include "duro/io.h"
#include "duro/train.h"
#include "duro/transport.h"
#include "nn/norm.h"
#include "policy/roles.h"
#include "rl/replay.h"

#include <stdatomic.h>

/* The temperature takes part in learn() like a role, but is one number. */
enum { ROLE_ALPHA = ROLE_COUNT, STEPPED_COUNT };

/* Every evaluation an update may make. NEXT_: at x' (targets). AT_: trained, at x. The others: critics at x under the
 * players' actions, for gradients with respect to actions. */
typedef enum evaluation_id {
  NEXT_PI,
  NEXT_MU,
  NEXT_PI_H,
  NEXT_MU_H,
  NEXT_Q1,
  NEXT_Q2,
  NEXT_QH,
  NEXT_QC,
  AT_Q1, /* critics at the replayed (x, u, a) */
  AT_Q2,
  AT_QH,
  AT_QC,
  AT_PI,
  AT_MU,
  AT_PI_H,
  AT_MU_H,
  REST_MU_H, /* mu_h(x, u) at the controls that AT_MU_H does not see */
  AT_LAMBDA,
  TASK_Q1, /* critics at (x, u ~ pi, mu(x)) */
  TASK_Q2,
  TASK_QH,   /* Q_h(x, u ~ pi[, mu_h]) */
  TASK_QC,   /* Q_c(x, u ~ pi) */
  SAFE_QH,   /* Q_h(x, pi_h(x), mu_h) */
  CORNER_QH, /* Q_h(x, pi_h(x), corner) */
  WORST_QH,  /* Q_h(x, pi_h(x), the worst of those) */
  EVALUATION_COUNT
} evaluation_id;

typedef struct evaluation {
  role role;
  bool next;            /* a critic's target */
  const float *weights; /* by which parameters of the role: the network, its slow copy, or what is folded */
  int d;                /* features of y */
  mlp_tape tape;
  float *in;           /* critics: (P x (no + nu [+ na]) x 16) joined input; mu_h(x, u): (P x (no + nu) x 16) */
  float *y;            /* (P x d x 16) what the head makes of the raw output: action, multiplier or value */
  float *dy;           /* (P x d x 16) trained players: dL/dy, summed up by the terms */
  float *eps;          /* (P x d x 16) Gaussian: the noise */
  float *logp, *dlogp; /* (P x 16) Gaussian: log pi(y|x) and dL/dlogp; categorical: logp is its mean */
  float *logs, *prob;  /* (P x K x 16) categorical: log pi(u|x) and pi(u|x) of each vector; y is the mode */
  float *dx;           /* (P x actions x 16) critics with TAPE_INPUT: dQ/du, then dQ/da */
} evaluation;

/* A network in its role. */
typedef struct net {
  mlp shape;
  int inputs;
  mlp_state state;
  norm norm;       /* with learn.critic=normed, where state.norm points at it */
  norm_tape joint; /* its batch of (x, u, a) and, in a second block, (x', u', a') */
} net;

/* What a checkpoint stores beside arrays: all 64-bit. */
typedef struct counters {
  int64_t step;                 /* environment steps made */
  int64_t update;               /* updates made */
  int64_t steps[STEPPED_COUNT]; /* Adam steps of each role */
  double power1[STEPPED_COUNT]; /* beta1^steps */
  double power2[STEPPED_COUNT]; /* beta2^steps */
  int64_t replayed;             /* transitions ever added to the replay */
} counters;

/* Logged quantities, with the roles that they need; the metrics of an update are sums over the batch. */
#define METRICS(X)                                                                                                     \
  X(LOSS_Q, "loss_Q", ROLE(ROLE_Q1))                          /* mean of the two critics' squared errors */            \
  X(LOSS_QH, "loss_Qh", ROLE(ROLE_QH))                        /* squared error of Q_h */                               \
  X(LOSS_QC, "loss_Qc", ROLE(ROLE_QC))                        /* squared error of Q_c */                               \
  X(MEAN_Q, "Q", ROLE(ROLE_Q1))                               /* min_j Q_j(x, u ~ pi [, mu]) */                        \
  X(MEAN_QC, "Qc", ROLE(ROLE_QC))                             /* Q_c(x, u ~ pi) */                                     \
  X(MEAN_QH_TASK, "Qh_task", ROLE(ROLE_QH) | ROLE(ROLE_PI))   /* Q_h(x, u ~ pi [, mu_h]) */                            \
  X(MEAN_QH_SAFE, "Qh_safe", ROLE(ROLE_QH) | ROLE(ROLE_PI_H)) /* Q_h(x, pi_h, mu_h) */                                 \
  X(FEASIBLE, "feasible", ROLE(ROLE_QH) | ROLE(ROLE_PI_H))    /* share of the batch with Q_h(x, pi_h, mu_h) >= 0 */    \
  X(MEAN_LAMBDA, "lambda", ROLE(ROLE_LAMBDA))                 /* multiplier */                                         \
  X(ENTROPY, "entropy", ROLE(ROLE_PI))                        /* -log pi(u|x) */
typedef enum metric {
#define METRIC_ENUM(id, name, roles) METRIC_##id,
  METRICS(METRIC_ENUM)
#undef METRIC_ENUM
      METRIC_COUNT
} metric;
extern const unsigned metric_roles[METRIC_COUNT];
extern const char *const metric_names[METRIC_COUNT];

/* What holds pi to the constraint: learn.hold. */
typedef enum hold { HOLD_MULTIPLIER, HOLD_SCALED, HOLD_BLEND } hold;

/* The two slopes that pull at pi: of the reward and of Q_h with respect to u. */
enum { SLOPE_REWARD, SLOPE_SAFETY, SLOPES };

enum { MAX_TENSORS = 64 };

typedef struct learner learner;

/* One thread of the team, and its panels [first, first + count) of the batch. */
typedef struct team {
  learner *learner;
  int thread, threads, first, count;
  bool player_turn, lambda_turn; /* who learns beside the critics; a copy, since the learner's is for the next update as
                                    soon as the last learn() is over */
} team;

typedef struct algorithm {
  duro_algorithm_info info;
  unsigned roles;  /* bits ROLE(r) */
  unsigned sees_a; /* critics that see the disturbance */
  role acts;       /* who acts while collecting and at deployment */
  bool scalar;     /* has one multiplier for all states, whatever learn.scalar says */
  void (*update)(team *t);
  bool discrete; /* has a form over levels of the controls (learn.levels) */
  bool hidden;   /* not offered by name to users; such rows come last */
} algorithm;

struct learner {
  const algorithm *algorithm;
  duro_learn_settings set;
  const duro_kernels *kernels;
  const char *env_name;
  hold hold;
  double h_scale;
  int no, nu, na, panels;
  int levels, vectors; /* learn.levels, and how many control vectors K that makes; 0: any control */
  uint64_t seed;
  int64_t updates_planned;
  duro_pool *pool;
  duro_arena memory, work;

  /* memory */
  net nets[ROLE_COUNT];
  float *log_alpha; /* (4 x 16): value, moments m and v, and padding, as a parameter of Adam */
  counters *count;
  double *mean_square; /* (SLOPES) running mean of the squared slopes, a component; NULL where they are not scaled */
  scales scales;       /* factor NULL where nothing is scaled (learn.normalize) */
  reward_floor *floor; /* of learn.clip_failures; NULL where failures cost what they cost */
  replay replay;

  /* work */
  mlp_scratch scratch;
  evaluation eval[EVALUATION_COUNT];
  batch batch;
  float *target, *target_h; /* (P x 16) y and y_h */
  float *next_noise;        /* (P x max(nu, na) x 16) */
  float *worst, *worst_a;   /* (P x 16), (P x na x 16) minimum over disturbances and where it is */
  float *corner;            /* (P x na x 16) one corner of the disturbance box */
  float *half;              /* (P x nu x 16) mu_h(x, u): half the samples with pi_h's control, half with pi's */
  float *answers[2];        /* (P x na x 16) and its disturbances against pi_h and against pi */
  float *weight;            /* (P x 16) scratch of a term */
  float *vector;            /* (P x nu x 16) one control vector of learn.levels */
  float *value, *value_h;   /* (P x K x 16) min_j Q_j and Q_h of each of them */
  int *order;               /* (P x 16) samples, those of the smaller Q1 first */
  float *step_scratch[256]; /* one for each thread */
  double *squares;          /* (SLOPES x P) sums of squared slopes of the present update, panel by panel */
  bool *sees;               /* (no + nu + na) what the networks of safety see of their inputs */
  double *sums;             /* (METRIC_COUNT x P) sums of the present update, panel by panel */

  /* of the present update, the same on all threads */
  float gamma_h, alpha, rate_factor;
  bool player_turn, lambda_turn;

  /* report */
  double totals[METRIC_COUNT];
  int64_t total_count[METRIC_COUNT];
  atomic_int fault; /* 0, or 1 + where: see learner_fault */

  /* other ranks, ranks.c */
  const duro_transport *transport; /* NULL: there are none */
  char *blocks;                    /* what ranks tell each other before a step, of all panels */
  duro_status lost;                /* what became of that */
};

extern const algorithm algorithms[];
extern const int algorithm_count;

/* The whole update of an algorithm, or its form over levels, on the caller's panels. */
void algorithm_update(team *t);
/* Each setting against its row. */
duro_status learner_check_settings(const duro_train_settings *train, const duro_learn_settings *learn);
duro_status learner_create(learner **learner, const algorithm *algorithm, const duro_env *env,
                           const duro_train_settings *train, const duro_learn_settings *learn, duro_pool *pool);
void learner_destroy(learner *l);
/* One update by the whole team: sample, algorithm, counters. Call on every thread. */
void learner_update(learner *l, int thread, int threads);
/* What a checkpoint stores, as named tensors, the replay last; returns how many. */
int learner_tensors(const learner *l, duro_tensor *tensors);
/* Derives what follows from the memory, after it was read from a checkpoint. */
void learner_restore(learner *l);
/* Another length of training from here on. */
void learner_plan(learner *l, const duro_train_settings *train);
bool learner_has(const learner *l, role r);
/* Is the average of a policy's weights over the last updates what is deployed? */
bool learner_averages(const learner *l, role r);
/* Sets the scales of learn.normalize and the floor of learn.clip_failures by what the warm-up met; on one thread,
 * before the first update. */
void learner_measure(learner *l);
/* They, or NULL. */
const scales *learner_scales(const learner *l);
/* Parameters of a role that a frozen policy takes; of a critic, those for all but training batches. */
const float *learner_frozen(const learner *l, role r);
/* Does mu_h answer the control? learn.mu_h_sees_u, where it plays against a safety policy. */
bool learner_sees_u(const learner *l);
/* The evaluation whose gradient a role steps by. */
evaluation_id learner_trained(int r);
/* Remembers the first fault; r is a role, or ROLE_ALPHA. */
void learner_report_fault(learner *l, int r);
/* DURO_ERROR_NOT_FINITE with a message if there was a fault. */
duro_status learner_fault(const learner *l);

/* The terms of the losses, one function per equation, in terms.c, and the steps in step.c; all run on the caller's
 * panels only. */

/* The disturbances of mu_h at x against pi_h and against pi, (P x na x 16). */
typedef struct answers {
  const float *safe, *task;
} answers;

const float *play(team *t, evaluation_id id, const float *x);
const float *answer(team *t, evaluation_id id, const float *x, const float *u);
answers answer_both(team *t, const float *uh, const float *u);
const float *critic(team *t, evaluation_id id, const float *x, const float *u, const float *a);
const float *reward_target(team *t, const float *q1, const float *q2);
const float *safest_next(team *t, const float *u2);
const float *worst_next(team *t, const float *uh2, const float *qh);
const float *safety_target(team *t, const float *qh);
const float *cost_target(team *t, const float *qc);
const float *critic_elsewhere(team *t, evaluation_id id, const float *x, const float *u, const float *a);
void critic_loss(team *t, evaluation_id id, const float *y, metric loss);
void multiplier_loss(team *t);
void task_loss(team *t);
void performance_loss(team *t);
void safety_policy_loss(team *t);
void safety_adversary_loss(team *t);
void lone_adversary_loss(team *t);
void hold_to_corners(team *t, const float *u, const float *a);
const float *expected_target(team *t, const float *a2);
const float *safety_values(team *t, const float *a, bool corners);
const float *task_values(team *t, const float *a);
void greedy_safety_loss(team *t, const float *values);
void soft_task_loss(team *t, const float *values, const float *values_h);
void slope(team *t, evaluation_id id);
void slope_of_min(team *t, evaluation_id one, evaluation_id two);
/* Panels of a batch that a rank works on; without others all. */
void ranks_panels(const learner *l, int rank, int *first, int *count);
/* Where there are other ranks: what a step of these roles reads of the others' panels; on all threads, which have to
 * meet afterwards. */
void ranks_meet(team *t, unsigned roles);
/* Meets the team, and other ranks, applies the gradients of these roles by Adam and averages their targets, meets it
 * again. */
void learn(team *t, unsigned roles);

#endif
