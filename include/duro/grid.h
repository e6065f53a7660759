/**
 * @file grid.h
 * @brief Safety and task values of an environment on a rectilinear grid: the exact answer in up to six dimensions.
 *
 * The value lives on the vertices and is multilinear between them; control and disturbance are taken from finite sets
 * of candidates. Beyond the grid V = h where h < 0; where h >= 0 nothing is known, and the state counts as lost, V =
 * -h_scale, unless the environment says that it may be taken to stay at the edge (duro_env_spec.x_hold). Where whole
 * rows are swept, h beyond the other axes is interpolated as V is, and no further than where the episode fails. A
 * failed episode is worth min(h, -h_scale). From V = h the sweeps descend: every iterate lies above the answer of the
 * grid, so its zero-superlevel set contains the grid's maximal robust invariant set ([RIS] eq. (12), Prop. 1): that of
 * the game in which the region must not be left either. The grid's answer is not the system's: a grid that is coarse
 * against the way of one step loses value in every interpolation.
 *
 * With settings->method "hj" V solves the equation of the game in continuous time instead,
 *   V_t = min(0, max_u min_a grad V . rate(x, u, a)),  V(x, 0) = h(x)
 * by essentially non-oscillatory upwind derivatives, a global Lax-Friedrichs Hamiltonian and Runge-Kutta steps (Osher,
 * Fedkiw, Level Set Methods, 2003; Mitchell, Bayen, Tomlin, IEEE TAC 50(7), 2005). Inputs are bang-bang, as a rate
 * that is affine in them allows; they change at any time. Beyond the grid V goes on as it is, away from zero, or, where
 * leaving the grid counts as lost, falls to -h_scale. Neither side of the error is known.
 *
 * There the control may have another goal than to avoid h < 0, settings->goal: to reach a target {g >= 0} despite the
 * worst disturbance, within settings->time (settings->tube) or at its end,
 *   reach        V_t = max(0, max_u min_a grad V . rate),  V(x, 0) = g(x);  at its end: without the max with 0
 *   reach-avoid  the same with V <= h at all times,        V(x, 0) = min(g(x), h(x))
 * the first by Mitchell, Bayen, Tomlin, the second by Fisac, Chen, Tomlin, Sastry, Reach-avoid problems with
 * time-varying dynamics, targets and constraints, HSCC 2015. {V >= 0} is the backward reachable tube or set: no safe
 * set, so that no filter, player or certificate takes it. What is said of V_h below then holds of this V.
 */
#ifndef DURO_GRID_H
#define DURO_GRID_H

#include "duro/base.h"
#include "duro/env.h"
#include "duro/settings.h"
#include "duro/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DURO_GRID_MAX 6 /**< largest number of axes */

/** The grid settings: X(KIND, field, default, low, high, choices, unit, sentence). */
// clang-format off
#define DURO_GRID_SETTINGS(X)                                                                                          \
  X(TEXT, method, "steps", 0, 0, "steps|hj", "", "The game in steps of the environment, or in continuous time by its Hamilton-Jacobi equation, where the environment states its rates of change and they are affine in the inputs.") \
  X(TEXT, scheme, "weno5", 0, 0, "upwind|eno2|weno5", "", "Continuous time: derivatives in space, and a Runge-Kutta method of order 1, 2 or 3.") \
  X(REAL, time, 0, 0, 1e9, NULL, "s", "Continuous time: solve for the set that can be kept so long, or from which the target is reached in that time; 0: until V stands still.") \
  X(REAL, courant, .75, .01, 1, NULL, "", "Continuous time: the step in time, in shares of the longest stable one.") \
  X(TEXT, goal, "avoid", 0, 0, "avoid|reach|reach-avoid", "", "Continuous time: what the control wants despite the worst disturbance: keep h >= 0, reach the target, or reach it with h >= 0 until then.") \
  X(TEXT, target, "", 0, 0, NULL, "", "The target of a goal that reaches, a box over some of the states, x1 in [-1, 1], x2 in [0, inf]; empty: the environment's own.") \
  X(BOOL, tube, true, 0, 0, NULL, "", "A goal that reaches: at any moment within grid.time; false: at its end.") \
  X(REAL, discount, 1, 0, 1, NULL, "", "gamma_h of the safety value; 1 gives the set itself, approached from outside.") \
  X(BOOL, disturbance, true, 0, 0, NULL, "", "Solve against the worst disturbance; false: a = 0 only.")                \
  X(REAL, amplitude, 1, 0, 100, NULL, "", "Times the bound of the disturbance.")                                       \
  X(INT, controls, 3, 1, 101, NULL, "", "Candidate controls per dimension, equally spaced; 2: bang-bang.")             \
  X(INT, disturbances, 2, 1, 101, NULL, "", "Candidate disturbances per dimension, equally spaced; 2: bang-bang.")     \
  X(REAL, error, 1e-3, 0, 1e6, NULL, "", "Stop when the largest possible error, residual/(1 - discount), is below this many units of h.") \
  X(REAL, change, 1e-5, 0, 1e6, NULL, "", "Undiscounted: stop when a whole sweep changes V by no more than this many units of h.") \
  X(BOOL, settled, true, 0, 0, NULL, "", "Undiscounted: stop as well when V_h >= 0 and V_h >= margin stood still in the second half of all sweeps and for an episode, and no vertex would leave them in 16 times as many at its present speed.") \
  X(INT, sweeps, 100000, 1, 1e9, NULL, "sweeps", "Stop after so many sweeps in any case.")                             \
  X(TEXT, beyond, "lost", 0, 0, "lost|stay", "", "What leaves the grid where h >= 0 and the environment does not say that it may be held there: it counts as lost, or is taken to stay at the edge.") \
  X(BOOL, task, true, 0, 0, NULL, "", "Solve for the best robust task policy inside the set as well.")                 \
  X(REAL, margin, .05, 0, 1e6, NULL, "", "The task policy keeps V_h at or above this many times h_scale; 0 rides on the edge of the set.") \
  X(REAL, gamma, .99, 0, .999999, NULL, "", "Discount of the reward.")                                                 \
  X(REAL, task_error, .01, 0, 1e9, NULL, "", "Stop when the largest possible error of the task value is below this.")  \
  X(INT, bytes, 4, 2, 4, NULL, "", "Of V_h and h at a vertex: 4, or 2: steps of a lattice, always rounded down, so that V_h lies below that of 4 and larger grids fit into memory; the sweeps then end when nothing changes, or by grid.settled.") \
  X(REAL, memory, 8, .001, 1e6, NULL, "GB", "Refuse a grid that needs more.")                                          \
  X(INT, threads, 0, 0, 256, NULL, "", "Most worker threads; 0: as many as there are processors. Fewer are used while that is faster. Results do not depend on it.")                                 \
  X(TEXT, simd, "auto", 0, 0, "auto|portable|avx2|avx512", "", "Kernels to use; results do not depend on it.")
// clang-format on

typedef struct duro_grid_settings {
  DURO_GRID_SETTINGS(DURO_SETTINGS_FIELD)
} duro_grid_settings;
/** The rows of duro_grid_settings, prefix "grid". */
duro_settings_group duro_grid_settings_group(duro_grid_settings *values);

/** Whether they ask for the game in continuous time. */
bool duro_grid_is_continuous(const duro_grid_settings *settings);
/** Whether their goal is to reach a target, "reach" or "reach-avoid": {V >= 0} is then no safe set. */
bool duro_grid_is_reach(const duro_grid_settings *settings);

/** One axis: n vertices from low to high, both included; a periodic axis ends one spacing before high. */
typedef struct duro_grid_axis {
  int state; /**< coordinate of the environment's state */
  int n;     /**< vertices, at least 2 (periodic: 3) */
  double low, high;
  bool periodic;
} duro_grid_axis;

/** What will be solved, and what it costs. Known before anything is allocated. */
typedef struct duro_grid_plan {
  int nd; /**< axes: the states on which h or the rest of the dynamics depends, in state order */
  duro_grid_axis axis[DURO_GRID_MAX];
  int dropped[DURO_MAX_STATE], n_dropped; /**< states that the safety value does not depend on */
  int row;                                /**< axis along which whole rows are swept, -1: cell by cell */
  int64_t cells;
  int nu, na;   /**< candidates: (nu x env nu) controls, (na x env na) disturbances */
  bool task;    /**< the task value is solved as well: wanted, and no state is dropped */
  bool wide;    /**< the error asked for needs sweeps in double at the end; never of 2 bytes */
  double bytes; /**< memory of the whole solution */
} duro_grid_plan;

/**
 * Plans a grid. `shape` gives the vertices of each axis (n_shape = nd), or of all axes (n_shape = 1), NULL takes a
 * size that fits; low and high, NULL for the environment's region of interest, are per axis. Fails on absurd sizes,
 * empty candidates, too many dimensions, and on a grid beyond settings->memory, naming the size that would fit.
 */
duro_status duro_grid_plan_make(duro_grid_plan *plan, const duro_env *env, const duro_grid_settings *settings,
                                const int *shape, int n_shape, const double *low, const double *high);

typedef struct duro_grid duro_grid;

/** Allocates the grid, steps the environment from every vertex and checks what it says of itself. `env` must outlive
 * the grid. Fails when a successor, h or reward is not finite, and names the state and inputs. */
duro_status duro_grid_create(duro_grid **grid, const duro_env *env, const duro_grid_settings *settings,
                             const duro_grid_plan *plan);
void duro_grid_destroy(duro_grid *grid);

/**
 * duro_grid_create of the part that a rank has of a grid, for the safety value in steps of the environment: a range of
 * planes along one axis with what their steps reach beside it, so that memory falls with the number of ranks. All ranks
 * give the same env, settings and plan; `transport` must outlive the grid. The value has the bits of the whole grid for
 * every number of ranks. What follows is called by all ranks, and fails on all of them where it fails on one:
 * duro_grid_solve_safety, whose report is called on every rank, duro_grid_save and duro_grid_resume, which write and
 * read the same file as a whole grid does, duro_grid_volume, duro_grid_edge_of, duro_grid_lost_at_edges, and
 * duro_grid_read, which gives the whole field to rank 0 (elsewhere `out` is NULL). A state can be asked for its value
 * after duro_grid_gather. Fails where no axis has as many planes as there are ranks, and for settings->method "hj".
 */
duro_status duro_grid_create_part(duro_grid **grid, const duro_env *env, const duro_grid_settings *settings,
                                  const duro_grid_plan *plan, const duro_transport *transport);
/** Called by all ranks: V_h of all parts goes to rank 0, whose grid then answers duro_grid_safety_at and the questions
 * for controls, disturbances and values ahead, and nothing else. Does nothing to a whole grid. */
duro_status duro_grid_gather(duro_grid *grid);
/** Bytes that this rank has sent to others in sweeps, V_h of the rows that they hold as well. */
int64_t duro_grid_sent(const duro_grid *grid);
typedef enum duro_grid_stage { DURO_GRID_SETUP, DURO_GRID_SAFETY, DURO_GRID_TASK } duro_grid_stage;

/** How far a solution is. */
typedef struct duro_grid_progress {
  duro_grid_stage stage;
  int64_t sweeps;
  double work;     /**< cell updates made, in whole sweeps of the grid */
  double change;   /**< largest change of V in the last sweep, raw units of h */
  double residual; /**< largest |T V - V| over the whole grid when it was last taken, rounding included; NaN before */
  double bound;    /**< largest distance to the grid's answer, residual/(1 - discount), in 2 bytes 2 quantum more; NaN
                      where none is known */
  double quantum;  /**< with settings->bytes = 2: V_h is a whole number of these, rounded down, raw units of h; else 0.
                      Once a sweep changes nothing, V_h is nowhere above what 4 bytes say. */
  double changed;  /**< share of vertices that the last sweep worked on */
  double volume;   /**< share of vertices with V_h >= 0 */
  double share;    /**< of the stage that is done, estimated; NaN where unknown */
  double seconds;  /**< since the stage began */
  bool done;       /**< a stopping rule was met: for discount < 1 the bound is below settings->error */
  bool settled;    /**< it was that of settings->settled: the set stood still, and V may go on falling */
} duro_grid_progress;

/** Called between sweeps; DURO_ERROR_STOPPED ends the solution with a state that can be saved and gone on from. */
typedef duro_status (*duro_grid_report)(const duro_grid_progress *now, void *context);

/** Sweeps until the stopping rule is met. Goes on from where it was. `report` may be NULL. */
duro_status duro_grid_solve_safety(duro_grid *grid, duro_grid_report report, void *context);
/** Dual policy iteration inside the set, [DRAC]: after the safety value; fails where plan.task is false. */
duro_status duro_grid_solve_task(duro_grid *grid, duro_grid_report report, void *context);
/** State of the last solution of a stage. */
duro_grid_progress duro_grid_state(const duro_grid *grid, duro_grid_stage stage);

/** What a grid knows of each vertex. */
typedef enum duro_grid_field {
  DURO_GRID_CONSTRAINT,       /**< h, 1 */
  DURO_GRID_SAFETY_VALUE,     /**< V_h, 1, raw units of h */
  DURO_GRID_SAFETY_POLICY,    /**< pi_h: argmax_u min_a V_h(f(x,u,a)), env nu */
  DURO_GRID_SAFETY_ADVERSARY, /**< mu_h: argmin_a V_h(f(x,pi_h(x),a)), env na */
  DURO_GRID_TASK_VALUE,       /**< V, 1; NaN where V_h is below the margin, outside of the task's set */
  DURO_GRID_TASK_POLICY,      /**< pi, env nu; where V is NaN, pi_h */
  DURO_GRID_TASK_ADVERSARY,   /**< mu: argmin_a r + gamma V(f(x,pi(x),a)), env na */
  DURO_GRID_ARRIVAL           /**< of a tube that reaches: duro_grid_arrival_at, 1, s; INFINITY where it never does */
} duro_grid_field;

/** Numbers of a field per vertex. */
int duro_grid_width(const duro_grid *grid, duro_grid_field field);
/** Copies a field: (n_0 x ... x n_{nd-1} x width), C order, axes in state order; width 1 adds no axis. */
duro_status duro_grid_read(const duro_grid *grid, duro_grid_field field, float *out);

/** The environment it was created with. */
const duro_env *duro_grid_env(const duro_grid *grid);
const duro_grid_plan *duro_grid_plan_of(const duro_grid *grid);
const duro_grid_settings *duro_grid_settings_of(const duro_grid *grid);
/** Hash of what is solved: the environment (duro_env_hash), the axes, and every setting but those that the values do
 * not depend on: threads, simd and memory. `task`, and when to stop, are in it. */
uint64_t duro_grid_key(const duro_env *env, const duro_grid_plan *plan, const duro_grid_settings *settings);
/** The same with the values V_h as they are now: two grids of one hash answer alike. */
uint64_t duro_grid_hash(const duro_grid *grid);

/** V_h at a state (nx of the environment) by multilinear interpolation; what successors are worth beyond the grid. */
double duro_grid_safety_at(const duro_grid *grid, const double *x);
/** g at a state (nx of the environment), at least 0 in the target; NaN where the goal is to avoid. */
double duro_grid_target_at(const duro_grid *grid, const double *x);
/**
 * Time (s) within which the control reaches the target from a state (nx of the environment), whatever the disturbance,
 * of reach-avoid with h >= 0 until then: the first at which the backward reachable tube of the grid contains the state.
 * 0 in the target, INFINITY where V < 0 at the end of settings->time, and beyond the grid. Multilinear between those of
 * the surrounding vertices from which it is reached at all. NaN where there is no such time: the goal is to avoid, or
 * settings->tube is false.
 */
double duro_grid_arrival_at(const duro_grid *grid, const double *x);
/** Share of vertices with V_h >= level; NaN where ranks cannot reach each other. */
double duro_grid_volume(const duro_grid *grid, double level);

/** What lies beyond one side of an axis. */
typedef struct duro_grid_edge {
  double h_max; /**< largest h of the side's vertices; below 0: the region reaches beyond the constraint */
  bool crossed; /**< some input leads over it from a state with h >= 0, and the episode does not fail ... */
  bool open;    /**< ... to one with h >= 0 */
  bool held;    /**< which is taken to stay at the edge; else it counts as lost */
  bool reached; /**< V_h >= 0 at a vertex of the side, as it is now */
} duro_grid_edge;

/** The lower (upper = false) or upper side of an axis of the plan; all zero for a periodic axis. */
duro_grid_edge duro_grid_edge_of(const duro_grid *grid, int axis, bool upper);
/** Vertices with V_h < 0 from which a control leads into the set or over an edge that is open and not held, whatever
 * the disturbance: were it safe there, the set would be larger. -1 where that is not known (whole rows, and goals that
 * reach). */
int64_t duro_grid_lost_at_edges(const duro_grid *grid);

/** Safest control at x: argmax_u min_a V_h(f(x,u,a)) over the candidates, one step ahead. Of those that are worth the
 * same, the one that stays on the grid, then the one with the best mean over the disturbances, then the smallest. */
void duro_grid_safety_control(const duro_grid *grid, void *worker, double *u, const double *x);
/** What a control is worth for safety: min_a V_h(f(x,u,a)) over the candidates, raw units of h; as a safe action has it
 * at least 0. `worker` is one of duro_grid_env. */
double duro_grid_safety_ahead(const duro_grid *grid, void *worker, const double *x, const double *u);
/** Worst disturbance for safety at x under u: argmin_a V_h(f(x,u,a)). */
void duro_grid_safety_disturbance(const duro_grid *grid, void *worker, double *a, const double *x, const double *u);
/** Fastest control to the target at x: argmin_u max_a duro_grid_arrival_at(f(x,u,a)) over the candidates, one step
 * ahead; where some disturbance leads out of the tube, the control with the largest V then. Of those that are worth the
 * same, the smallest. Wants a grid that has times of arrival, and is solved. `worker` is one of duro_grid_env. */
void duro_grid_reach_control(const duro_grid *grid, void *worker, double *u, const double *x);
/** Disturbance that keeps the target away for longest at x under u: argmax_a duro_grid_arrival_at(f(x,u,a)). */
void duro_grid_reach_disturbance(const duro_grid *grid, void *worker, double *a, const double *x, const double *u);
/** Best control that keeps min_a V_h(f(x,u,a)) at the margin, by r + gamma V one step ahead; the safest where none
 * does. */
void duro_grid_task_control(const duro_grid *grid, void *worker, double *u, const double *x);
/** Worst disturbance for the return at x under u. */
void duro_grid_task_disturbance(const duro_grid *grid, void *worker, double *a, const double *x, const double *u);

/** Writes values and state of the sweeps to a tensor file, atomically, from which duro_grid_resume goes on with the
 * same bits. Fails when the file is of another grid, environment or setting. */
duro_status duro_grid_save(const duro_grid *grid, const char *path);
duro_status duro_grid_resume(duro_grid *grid, const char *path);

#ifdef __cplusplus
}
#endif
#endif
