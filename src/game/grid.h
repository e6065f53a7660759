/* A grid and its solution; see sweep.h for how the values are stored. */
#ifndef DURO_GAME_GRID_H
#define DURO_GAME_GRID_H

#include "base/memory.h"
#include "base/pace.h"
#include "duro/grid.h"
#include "game/sweep.h"

enum {
  GRID_SLABS = 16,  // parts of a sweep of the task value, the same for every number of threads
  GRID_BLOCK = 1024 // most rows of a block
};

/* Another rank that holds planes which are worked on here, or works on planes that are held here. */
typedef struct grid_peer {
  int rank;
  bool *wants; // (last - first) planes that are worked on here and held there
  bool takes, gives;
  char *out, *in; // messages
  size_t used;    // bytes of `out`
} grid_peer;

/* What a rank has of a grid that is divided among several: see part.c. All zero for a whole grid. */
typedef struct grid_part {
  const duro_transport *transport; // NULL: the whole grid is here
  int axis;                        // of storage, whose planes are divided
  int start;                       // the first plane that is held here; on a periodic axis they go on at 0
  int first, last;                 // planes that are worked on here, of those of the grid
  int64_t rows;                    // of the whole grid
  int16_t *owner;                  // (planes of the axis) rank that works on it
  grid_peer *peer;                 // (peers)
  int peers;
  void *box; // (ranks x PART_NUMBERS) numbers that are shared

  /* which rows of a block are ours: the rows of a sweep are counted by groups, places that agree in the axes before */
  int64_t groups, group_size; // places of a group that are ours
  int32_t *found;             // (groups) rows to be worked on here
  int32_t *chunk;             // (ranks x PART_CHUNK) the same of all ranks, for the groups from chunk_first on
  int64_t chunk_first, chunk_count;
  int64_t group, before, mine; // groups that were counted; rows in them, of all ranks and of this one
  bool backwards;              // the axis is swept downwards
  int64_t sent;                // bytes of rows
} grid_part;

/* Task game inside the set: see task.c. */
typedef struct task_game task_game;

/* Does the set stand still? Taken now and then, of {V >= 0} and of the task's {V >= margin}. */
typedef struct grid_look {
  int64_t next;      // sweep after which it is looked again
  int64_t moved;     // sweep at which one of the two was last seen to have changed
  int64_t inside[2]; // vertices in them
} grid_look;

/* A state of a box, between two numbers of which one may be infinite. */
typedef struct grid_side {
  int state;
  double low, high, period; // 0: not periodic
} grid_side;

/* What a goal reaches: a box; without sides what the environment says. */
typedef struct grid_target {
  int sides;
  grid_side side[DURO_GRID_MAX];
} grid_target;

struct duro_grid {
  const duro_env *env;
  duro_grid_settings settings;
  duro_grid_plan plan;
  grid_target target;
  duro_pool *pool;
  duro_pace pace;                // threads of a sweep
  void **worker;                 // (threads) of the environment
  double *control, *disturbance; // candidates: (nu x env nu), (na x env na)
  double rest[DURO_MAX_STATE];   // where dropped states stay

  /* storage: axes of the plan in state order but for the row's, which comes last */
  sweep_grid sweep;
  int axis[DURO_GRID_MAX];      // of the plan, in the order of storage
  int planes[DURO_GRID_MAX];    // vertices stored along it: one more where it is periodic
  int64_t pitch[DURO_GRID_MAX]; // rows from one vertex to the next; 0 for the last, whose vertices lie in a row
  int64_t own, owned;           // rows that are worked on here, all but on a part: the first one, and how many
  int64_t rows, corners;        // rows that are held here; rows from the first corner of a stencil to the last
  int64_t far;                  // reals of value beyond the grid, after V
  int64_t open;                 // cells: the first of those are of successors that are lost for leaving the grid alone
  uint32_t crossed;             // bit 2 i + s: states with h >= 0 are led over side s of axis i (of storage) ...
  uint32_t crossed_safe;        // ... to others with h >= 0
  void *value, *h;
  float *arrival;       // (rows x stride) s; of a tube that reaches, else NULL
  bool wide;            // double
  bool narrow;          // two bytes: see narrow.c
  double quantum, zero; // of them: code c is worth quantum (c - zero)
  double h_max;         // max |h| over the grid
  int32_t *base, *shift;
  float *frac;
  int64_t *read_at; // (owned + 1) into reads
  int32_t *reads;   // rows of the first corners of what a row reads, each once

  /* state of the sweeps */
  float *pending;      // (owned) change that no reader was told of
  int64_t *changed_at; // (rows) time of the last change that readers were told of
  int64_t *updated_at; // (owned) time at which the row was last worked on
  int64_t time;        // blocks of rows so far
  void *rival;         // (owned x padded), NULL for many controls; see sweep.h
  uint32_t *tried;     // (owned x padded / SWEEP_LANES)
  int64_t next_check;  // sweep after which the residual of every row may be taken again
  grid_look look;      // whether the set still moves

  /* scratch of a sweep */
  int64_t *newest; // (rows) newest change among the corners of a stencil that begins here
  int32_t *work;   // (owned) those to be worked on
  void *block;     // (GRID_BLOCK x padded) their new values
  char *scratch;   // (threads x SWEEP_SCRATCH)

  duro_grid_progress progress[3];

  grid_part part;
  task_game *task;
};

/* plan.c */
int grid_candidates(const duro_grid_plan *plan); // pairs

/* target.c: of goals that reach; fails as well where goal, target, tube, method and time do not go together */
duro_status grid_target_read(grid_target *target, const duro_env *env, const duro_grid_settings *settings);
double grid_target_value(const grid_target *target, const duro_env *env, const double *x);
/* Bit j: V may depend on x_j. */
uint64_t grid_needed_states(const grid_target *target, const duro_env *env, const duro_grid_settings *settings);
/* Fails where {V >= 0} is no safe set. */
duro_status grid_want_safe_set(const duro_grid_settings *settings);
/* V before the first step, in place of h, and the arrival of a tube: 0 in the target, else infinite. */
duro_status grid_target_begin(duro_grid *grid);

/* setup.c: the step of every vertex under every pair of candidates becomes stencils */
duro_status grid_check_settings(const duro_grid_settings *settings);
duro_status grid_setup(duro_grid *grid);
/* order of storage and sizes of the whole grid */
void grid_lay_out(duro_grid *grid);
/* Storage of V or h, (rows x stride): the index of the vertex `k` of row `row`. */
static inline int64_t grid_index(const duro_grid *g, int64_t row, int k) {
  return row * g->sweep.stride + g->sweep.ghost + k;
}
/* narrow.c */
bool grid_is_narrow(const duro_grid_settings *settings);
void grid_choose_quantum(duro_grid *grid, double low, double high);
int16_t grid_code(const duro_grid *grid, double v);
/* h, or a value beyond the grid, as grid_set is to be given it: in two bytes one quantum lower */
double grid_storable(const duro_grid *grid, double v);
/* how far V may be from the grid's answer; NaN without discount */
double grid_bound(const duro_grid *grid, double residual);

static inline double grid_get(const duro_grid *g, const void *array, int64_t i) {
  if (g->narrow) return g->quantum * ((double)((const int16_t *)array)[i] - g->zero);
  return g->wide ? ((const double *)array)[i] : (double)((const float *)array)[i];
}
static inline void grid_set(const duro_grid *g, void *array, int64_t i, double v) {
  if (g->narrow)
    ((int16_t *)array)[i] = grid_code(g, v);
  else if (g->wide)
    ((double *)array)[i] = v;
  else
    ((float *)array)[i] = (float)v;
}
/* Rows are numbered as they are held here: on a part the planes of its axis follow each other, so that those worked on
 * are one range. Arrays of (owned) begin with the first of them. */
/* Vertices of a row along the axes of storage; false for a row that repeats the first of a periodic axis. */
bool grid_row_at(const duro_grid *grid, int64_t row, int *vertex);
/* h at a vertex of a row, not rounded to two bytes */
double grid_h(const duro_grid *grid, int64_t row, const int *vertex);
/* State of the environment at a vertex given in the order of storage; a periodic axis may be given its last plane. */
void grid_state_at(const duro_grid *grid, const int *vertex, double *x);
/* Does the environment say that a state may leave along an axis of storage (duro_env_spec.x_hold)? */
bool grid_may_leave(const duro_grid *grid, int i);
/* Is it then taken to stay at the edge? So it is where h does not depend on it; else it keeps its h. */
bool grid_holds(const duro_grid *grid, int i);
/* Where x lies along an axis of storage: vertex and fraction. False beyond the axis, unless it holds, or `stay`. */
bool grid_locate(const duro_grid *grid, int i, double x, bool stay, int *vertex, double *frac);
/* V of a state x that no axis keeps on the grid, by its h: h where it left along axes alone that it may leave, else
 * lost, since nothing is known of it; x NULL: lost. */
double grid_value_beyond(const duro_grid *grid, const double *x, double h);
/* Are all states beyond with h >= 0 taken to stay at the edge, as grid.beyond asks? */
bool grid_stays(const duro_grid *grid, double h);
/* The environment's step without clipping: amplitude may exceed 1. */
void grid_step(const duro_grid *grid, void *worker, double *x2, duro_step *out, const double *x, int u, int a);

/* part.c */
enum { PART_NUMBERS = 8, PART_CHUNK = 4096 };
/* The largest, or the sum, over the ranks; n at most PART_NUMBERS. */
duro_status part_largest(const duro_grid *grid, double *numbers, int n);
duro_status part_sum(const duro_grid *grid, int64_t *numbers, int n);
/* The bits that are set on some rank. */
duro_status part_any(const duro_grid *grid, uint32_t *bits, int n);
/* Chooses the axis and divides its planes; what is held is what is worked on, until part_place. */
duro_status part_divide(duro_grid *grid);
/* Takes in the planes low .. high, counted from plane 0 and beyond the ends of a periodic axis, that steps lead to. */
duro_status part_place(duro_grid *grid, int64_t low, int64_t high);
/* Where a plane of the grid along an axis of storage is held. */
int part_plane(const duro_grid *grid, int axis, int plane);
void part_release(grid_part *part);
/* Number of a row in the whole grid, which is the same however it is divided, from what grid_row_at gives. */
int64_t part_whole_row(const duro_grid *grid, const int *vertex);
/* A row of the whole grid, by its vertices; false for a copy. */
bool part_whole_row_at(const duro_grid *grid, int64_t row, int *vertex);
/* Begins to divide a sweep's rows among its blocks; found[] counts them. *rows: those here, and then of all ranks. */
duro_status part_begin_cut(duro_grid *grid, bool backwards, int64_t *rows);
/* How many of the rows listed here are among the first `end` of all ranks; `end` never falls. */
duro_status part_cut(duro_grid *grid, int64_t end, int64_t *mine);
/* Sends a block's new rows to who holds them, and writes those of the others. */
duro_status part_exchange(duro_grid *grid, const int32_t *rows, int64_t count, int64_t time);
/* Rows first .. first + count - 1 of the whole grid, `bytes` each, into `out` of rank 0; `mine` holds those that are
 * worked on here. `copies`: the copy of the first plane, if there is one, is that plane again; else `fill` bytes. */
typedef struct part_array {
  const void *mine;
  size_t bytes;
  bool copies;
  int fill;
} part_array;
duro_status part_collect(const duro_grid *grid, void *out, const part_array *array, int64_t first, int64_t count);
/* How many rows of so many bytes are collected at a time. */
int64_t part_portion(size_t bytes);

/* steps.c: the same of at most GRID_STEPS states x (n x nx) at once, into x2 (n x nx) and out (n) */
enum { GRID_STEPS = 64 };
typedef struct grid_steps {
  double *x, *x2, *u, *a;
  duro_step *out;
  duro_arena arena;
} grid_steps;
duro_status grid_steps_create(grid_steps *steps, const duro_grid *grid);
void grid_steps_release(grid_steps *steps);
void grid_steps_make(const duro_grid *grid, void *worker, grid_steps *steps, int n, int u, int a);

/* safety.c */
void grid_values(const duro_grid *grid, sweep_values *values);
const sweep_kernels *grid_kernels(const duro_grid *grid);
/* Takes V of single precision over into double. */
duro_status grid_widen(duro_grid *grid);
void grid_restart(duro_grid *grid);
size_t grid_real_size(const duro_grid *grid);
size_t grid_rival_size(const duro_grid *grid);
/* Writes a row's new values (n), and those of its copies where an axis is periodic; readers are told that they changed.
 */
void grid_commit(duro_grid *grid, int64_t row, const void *values, int64_t time, bool told);

/* The safest of the candidates at x, and its worst disturbance. Of controls that are worth the same the one that
 * stays on the grid, then the one whose successors are best on the whole, then the smallest. */
double grid_tie(const duro_grid *grid); // values of V nearer to each other are the same
int grid_choose(const duro_grid *grid, void *worker, const double *x, int *a);
/* V_h of a successor: at most -1, in the scaled unit of h, where the episode failed */
double grid_successor_value(const duro_grid *grid, const double *x2, const duro_step *out);

/* Between the corners about x from which the target is reached; infinite where there are none. */
double grid_arrival_between(const duro_grid *grid, const double *x);

/* hash.c: everything that the values of the sweeps depend on, of the environment and of the grid; not when they stop */
uint64_t grid_state_key(const duro_grid *grid);

/* hj.c: the continuous game, duro_grid_solve_safety with the method "hj" */
duro_status hj_solve(duro_grid *grid, duro_grid_report report, void *context);
/* what it takes at most beside the rest */
double hj_bytes(const duro_env *env, const duro_grid_settings *settings, int axes, double cells);

/* task.c */
void task_destroy(task_game *task);
/* The field of one vertex, given by its index of storage; outside the set only the value is written. */
void task_read(const duro_grid *grid, duro_grid_field field, int64_t index, float *out);

#endif
