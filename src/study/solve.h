/* Solving an environment on a grid: what is solved, what came of it, and the files made of that. */
#ifndef DURO_STUDY_SOLVE_H
#define DURO_STUDY_SOLVE_H

#include "duro/certificate.h"
#include "duro/game.h"
#include "duro/grid.h"
#include "io/lock.h"
#include "io/text.h"
#include "io/words.h"
#include "run/run.h"
#include "run/solved.h"

enum { SOLVE_ROLLOUTS = 6, SOLVE_STARTS = 1000 };

/* What is asked for, as the command line says it. */
typedef struct solve_options {
  const char *grid, *low, *high, *discount, *threads, *out, *config;
  word_list set;
  bool no_disturbance, certify, resume, force;
} solve_options;

/* One policy played against one adversary from vertices where V_h >= level. */
typedef struct solve_rollout {
  bool task_policy, task_adversary;
  double level;
  int64_t starts; /* 0: no vertex is inside */
  int64_t violated;
  double h_min; /* smallest h seen */
  double return_mean;
} solve_rollout;

/* What becomes of what leaves the region over a side, where that matters. */
typedef enum solve_edge { SOLVE_EDGE_FINE, SOLVE_EDGE_CONSTRAINT, SOLVE_EDGE_LOST, SOLVE_EDGE_HELD } solve_edge;

typedef struct solution solution;

/* Who is told of a solution on its way. A status other than DURO_OK ends it. */
typedef struct solve_watcher {
  void *context;
  duro_status (*ask)(void *context); /* also from several threads at once */
  duro_status (*sweep)(void *context, const solution *s, const duro_grid_progress *now);
  duro_status (*proof)(void *context, const solution *s, const duro_certificate_progress *now);
  duro_status (*solved)(void *context, const solution *s, duro_grid_stage stage); /* a value */
  duro_status (*played)(void *context, const solution *s);                        /* the rollouts */
  duro_status (*proved)(void *context, const solution *s);                        /* the certificate */
} solve_watcher;

/* A solution from the first word to the last. */
struct solution {
  solve_options given;
  const char *command; /* for grid.json: what makes it again, "" without */
  const solve_watcher *watcher;
  const run_how *how;              /* how environments are opened */
  const duro_transport *transport; /* NULL, or by which ranks solve it together; all call the same functions */
  const duro_env_ops *ops;
  void *env_settings;
  duro_env *env;
  duro_grid_settings settings;
  duro_certificate_settings certificate_settings;
  duro_settings_group groups[SOLVE_GROUPS]; /* point into this struct, which must not move */
  duro_grid_plan plan;
  duro_grid *grid;
  char folder[RUN_PATH];
  duro_lock *lock;   /* of the folder */
  const char *stage; /* what the present work is called */
  double saved;      /* s, monotonic clock: when the state was last saved */

  /* the answer */
  duro_grid_progress safety, task;
  float *V;                   /* (cells) V_h */
  float *V_calm;              /* (cells) V_h without disturbance, NULL where it was not solved */
  int pair[2];                /* axes of the pictures of one plane; the same twice where there is one axis */
  float *plane[SOLVE_FIELDS]; /* (n_0 x n_1 x width) fields over the pair, NULL where there is none */
  float *target;              /* (n_0 x n_1) g over the pair, NULL where the goal is to avoid */
  solve_rollout rollout[SOLVE_ROLLOUTS];
  int rollouts;
  duro_grid_edge edge[DURO_GRID_MAX][2];
  double latest;                 /* s: the largest finite time of arrival; NaN where the goal has none */
  int64_t lost_at_edges;         /* see duro_grid_lost_at_edges */
  int64_t starts_inside, starts; /* starts of evaluation inside the set, of all */
  double starts_margin;          /* smallest V_h over them */
  double *exact;                 /* (exact_points x 2) corners of the exact set, NULL where none is known */
  int exact_points;
  double exact_volume, exact_iou;           /* area; overlap with the grid's set, intersection over union */
  int64_t false_safe;                       /* vertices in the grid's set that are not in the exact one */
  duro_certificate *certificate;            /* NULL where none was asked for */
  double sent, rank_memory;                 /* of ranks, bytes: that all sent in the sweeps; the most that one had */
  double certified_volume, certified_share; /* in units of the axes; of the grid's set */
  int64_t starts_certified;                 /* starts of evaluation in the certified set */
};

/* solve_plan.c: from words to a plan. */
duro_status solve_configure(solution *s, const char *environment);
/* Are shape and edges of a grid words of numbers? How many there have to be is known with the environment. */
duro_status solve_check_words(const solve_options *given);

/* solve_ranks.c */
/* Is it this process that writes, plays and speaks? */
bool solve_leads(const solution *s);
int solve_ranks(const solution *s);
/* The failure of one rank becomes that of all. */
duro_status solve_agree(const solution *s, duro_status status);
/* What the leading rank has decided, all have: clocks differ. */
duro_status solve_decide(const solution *s, bool *decided);
/* Refuses what ranks cannot do together. */
duro_status solve_check_ranks(const solution *s);
/* Memory and traffic of the ranks. */
duro_status solve_sum_up(solution *s);

/* solve_run.c */
/* All of it: values, rollouts, files, certificate. The folder was opened by solve_open_folder. */
duro_status solve_run(solution *s);
/* The same grid without disturbance, V_calm, where there is one and it takes not too long: what the adversary takes
 * away. */
duro_status solve_calm(solution *s);
/* V_h on the same grid under other settings, without task; duro_release(*V); NULL on a rank that does not lead. */
duro_status solve_aside(float **V, solution *s, const duro_grid_settings *settings);
/* "outer approximation after 57 sweeps ...": what the numbers of a stage allow to say. */
void solve_claim(char *out, size_t size, const solution *s, duro_grid_stage stage);
void solve_release(solution *s);

/* solve_certify.c: what --certify asks for; the first refuses what cannot be, before any work. */
duro_status solve_check_certify(const solution *s);
duro_status solve_certify(solution *s);
/* The certificate alone, into s->certificate: from a plan, nothing else has to be solved. */
duro_status solve_make_certificate(solution *s);

/* solve_files.c: fields, grid.json, and the folder. */
/* Checks the folder and creates it; what is in it stays until the grid has been set up and solve_begin_folder comes. */
duro_status solve_open_folder(solution *s);
duro_status solve_begin_folder(solution *s);
/* Writes every field, or what there is of the safety value, and keeps what the pictures need. */
duro_status solve_save_fields(solution *s, bool task);
duro_status solve_save_json(const solution *s);

/* solve_rollout.c: plays the policies from inside the set, and looks where evaluation starts. */
duro_status solve_play(solution *s);
/* Counts the starts of evaluation in the certified set. */
void solve_certified_starts(solution *s);
const char *solve_policy_name(const solve_rollout *r);
const char *solve_adversary_name(const solve_rollout *r);

/* solve_verdict.c */
solve_verdict solve_judge(const solution *s);
/* Starts with a margin that its own safety policy lost; a solution holds with 2 % of them. */
int64_t solve_lost(const solution *s);
void solve_verdict_text(char *out, size_t size, const solution *s);
/* Of a goal that reaches: "reaches the target within 2 s with h >= 0 until then". */
void solve_goal_text(char *out, size_t size, const solution *s);
void solve_look_at_edges(solution *s);
solve_edge solve_edge_kind(const solution *s, int axis, int side);
const char *solve_edge_name(solve_edge kind);
/* One sentence about the sides of a kind, and whether there are any. */
bool solve_edges_text(text *out, const solution *s, solve_edge kind);

/* solve_exact.c: fills the exact set where one is known. */
duro_status solve_exact(solution *s);

/* solve_slice.c: planes of fields. `strides` (nd) of C order. */
/* State at vertex k of an axis. */
double solve_vertex(const duro_grid_axis *axis, int k);
/* The vertex through which slices go: nearest to 0 where the axis holds it, else to the middle. */
int solve_middle(const duro_grid_axis *axis);
/* field (cells x width) over two axes, the others at their middle: out (n_i x n_j x width). */
void solve_slice(float *out, const duro_grid_plan *plan, const int pair[2], const float *field, int width);
/* max of V over the other axes: out (n_i x n_j). */
void solve_project(float *out, const duro_grid_plan *plan, const int pair[2], const float *V);
/* Volume of {V >= 0} in the units of the axes; a vertex stands for its surroundings within the grid. */
double solve_volume(const duro_grid_plan *plan, const float *V);
/* The unit of that volume: "m m/s". */
void solve_volume_unit(char *out, size_t size, const solution *s);

/* solve_game.c: a finite game, by dual policy iteration. */
typedef struct solve_finite {
  duro_game *game;
  duro_game_solution *solved;
  char folder[RUN_PATH], path[RUN_PATH]; /* of solution.json */
} solve_finite;

typedef struct solve_finite_watcher {
  void *context;
  void (*begin)(void *context, const solve_finite *f); /* the game is read, and its folder is ours */
  duro_game_report round;
} solve_finite_watcher;

/* Solves the game of a file into solutions/<its name>, or `out`; of the options `set`, `out` and `force` count.
 * solve_game_release in any case. */
duro_status solve_game(solve_finite *f, const char *path, const solve_options *given,
                       const solve_finite_watcher *watcher);
void solve_game_release(solve_finite *f);

#endif
