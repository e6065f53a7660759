/**
 * @file env.h
 * @brief A system with two players: control u and disturbance a, both in [-1, 1]^n at this interface.
 *
 * A step is a pure function of (x, u, a): nothing is hidden in the environment, so solver, attack,
 * trainer and certificate call the same function. A step never resets. h(x) >= 0 is safe; a violation is
 * data, not an error.
 */
#ifndef DURO_ENV_H
#define DURO_ENV_H

#include "duro/base.h"
#include "duro/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes of buffers that hold one state, observation or action of any environment. */
#define DURO_MAX_STATE 512  /**< largest nx */
#define DURO_MAX_OBS 1024   /**< largest no */
#define DURO_MAX_ACTION 128 /**< largest nu and na */
#define DURO_MASK_BITS 64   /**< states that a mask (x_needs, h_needs, x_shift) can speak of */

typedef enum duro_end {
  DURO_RUNNING = 0,
  DURO_TERMINATED, /**< a failure: the safety value at x' is at most -1 (h scaled); does not bootstrap */
  DURO_TRUNCATED   /**< ended for another reason; bootstraps */
} duro_end;

/** Where an episode starts. */
typedef enum duro_start {
  DURO_START_TRAIN, /**< wide: the training distribution of the environment */
  DURO_START_EVAL   /**< the evaluation distribution: starts that lie inside the robust set */
} duro_start;

/** What an environment is; fixed after creation. */
typedef struct duro_env_spec {
  int nx, no, nu, na;         /**< numbers of states, observations, controls, disturbances */
  int horizon;                /**< steps of an evaluation episode */
  double dt;                  /**< s per step */
  double h_scale;             /**< learning divides h by this */
  const char *const *x_names; /**< nx names, "theta" */
  const char *const *x_units; /**< nx units, "rad" */
  const double *x_low;        /**< nx: lower edge of the region of interest (plots, grids) */
  const double *x_high;       /**< nx: its upper edge */
  int slice[2];               /**< the two states that a picture of the safe set shows */
  /* What a grid may use; zero or NULL says nothing, and is always right. Solvers check it on random states. With more
   * than DURO_MASK_BITS states the masks say nothing. */
  const bool *x_periodic;  /**< nx: [x_low, x_high) is one period of this state; NULL: none is periodic */
  const uint64_t *x_needs; /**< nx: bit j of entry i says that x'_i may depend on x_j; NULL: on all */
  uint64_t h_needs;        /**< bit j says that h or a failing end may depend on x_j; 0: on all */
  uint64_t x_shift;        /**< bit j: a shift of x_j by c shifts x'_j by c and leaves the other x'_i alone */
  uint64_t x_hold; /**< bit j: what leaves a grid along x_j is no worse for it: it is taken to stay at the edge, or,
                    * where h depends on x_j, to keep V = h; 0: it counts as lost */
  const double
      *x_fail_low; /**< nx: the episode fails exactly when a state leaves this box; infinite where it may not */
  const double *x_fail_high; /**< nx: its upper edge; NULL, both: nothing is said */
} duro_env_spec;

/** Result of a step, beside the new state. */
typedef struct duro_step {
  double r;     /**< reward r(x, u, a) */
  double h;     /**< h(x'), raw */
  duro_end end; /**< never because of the horizon: whoever steps counts steps */
} duro_step;

typedef struct duro_env duro_env;
typedef struct duro_formula duro_formula; /* formula.h */
typedef struct duro_drawing duro_drawing; /**< a list of shapes, see src/env/draw.h */
typedef struct duro_facts duro_facts;     /**< bounds and constraints in words, see src/env/facts.h */

/** A moment of an episode, to draw. */
typedef struct duro_moment {
  int64_t t;          /**< steps since the start */
  const double *path; /**< (t+1 x nx) the states until now; the last is the present one */
  const double *u;    /**< (nu) control that acts from now on; zero at the end */
  const double *a;    /**< (na) disturbance that acts from now on */
} duro_moment;

/** A file that the environment's own file draws in. */
typedef struct duro_env_file {
  const char *place; /**< below the folder that holds all of them, divided by / */
  const char *bytes; /**< its content when it was opened */
  size_t size;
  char hash[17]; /**< XXH3 of the content, hexadecimal */
} duro_env_file;

/** The file that an environment was made from, and what it draws in: of a MuJoCo model the included files, meshes,
 * textures and height fields. All of them together are the environment, wherever they lie. */
typedef struct duro_env_source {
  const char *path;
  const char
      *place; /**< where it lies below the folder that holds all of the files; its name where it is the only one */
  const char *bytes; /**< its content when it was opened */
  size_t size;
  const duro_env_file *files; /**< (n_files) the others, each once, in the order in which they are named */
  int n_files;
  char own_hash[17]; /**< XXH3 of the content, hexadecimal */
  char hash[17];     /**< of it and of the others: their places relative to it, and what they hold */
} duro_env_source;

/** What an environment implements. All functions are pure but for `worker` scratch. */
typedef struct duro_env_ops {
  const char *name;             /**< "cartpole" */
  const char *title;            /**< one line for `duro envs` */
  const duro_setting *settings; /**< rows of its numbers, prefix "env" */
  int n_settings;
  size_t settings_size; /**< bytes of the settings struct */
  /** Reads env->settings, fills env->spec and env->shared. After a failure nothing is left to clean. */
  duro_status (*create)(duro_env *env);
  void (*destroy)(duro_env *env); /**< may be NULL */
  /** Scratch of one thread; both NULL where none is needed. */
  duro_status (*worker_create)(const duro_env *env, void **worker);
  void (*worker_destroy)(void *worker);
  void (*reset)(const duro_env *env, double *x, duro_stream *stream, duro_start start); /* x (nx) */
  void (*observe)(const duro_env *env, float *obs, const double *x);                    /* obs (no) */
  double (*constraint)(const duro_env *env, const double *x);                           /* raw h(x) */
  /** x2 (nx) = f(x, u, a). u (nu) and a (na) are clipped to [-1, 1] by the caller. x2 may not alias x. */
  void (*step)(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
               const double *a);
  /** The same of n states (n x nx) and actions (n x nu), (n x na) at once, bit for bit. It clips the actions to
   * [-limit, limit] itself; an infinite limit leaves them alone. NULL: one by one. */
  void (*step_many)(const duro_env *env, void *worker, int n, double limit, double *x2, duro_step *out, const double *x,
                    const double *u, const double *a);
  void (*observe_many)(const duro_env *env, int n, float *obs, const double *x); /**< obs (n x no); NULL likewise */
  /** Adds the shapes of a moment to a drawing; NULL where nobody has said how it looks. */
  void (*draw)(const duro_env *env, duro_drawing *drawing, const duro_moment *now);
  /** The MuJoCo model (mjModel) whose qpos and qvel the state is; NULL for those that do not run in MuJoCo. */
  const void *(*model)(const duro_env *env);
  const duro_env_source *source; /**< NULL for those that come with the library */
  /** Why steps gave numbers that are not finite, where that is known (a full buffer, say): a sentence without its end,
   * NULL where there is nothing to tell. May be NULL. */
  const char *(*trouble)(const duro_env *env);
  /** Writes x' and h down as a formula, to be proved about (formula.h); NULL where that cannot be done. */
  duro_status (*formula)(const duro_env *env, duro_formula *formula);
  /** Adds what MuJoCo's picture of the model lacks, the limits, the target and the forces, as shapes in the plane of
   * the world's x and z axes; NULL where there is none of it. */
  void (*marks)(const duro_env *env, duro_drawing *drawing, const duro_moment *now);
  /** Says what the players do in physical units, and what each constraint is; NULL where nobody has said it. */
  void (*facts)(const duro_env *env, duro_facts *facts);
  bool slow; /**< a step takes tens of microseconds, as one of a scripting language: a check tries fewer of them */
  /** dx (nx): the rate of change of x in continuous time under u and a, of which `step` is the flow over dt, or comes
   * near it. NULL where only steps are known; the continuous game (grid.method) needs it. */
  void (*rates)(const duro_env *env, double *dx, const double *x, const double *u, const double *a);
  /** g(x), at least 0 where x (nx) is in the target that grid.goal reaches; any unit. NULL where there is none: then
   * grid.target names one. */
  double (*target)(const duro_env *env, const double *x);
} duro_env_ops;

/** An environment: immutable after creation, shared by all threads. */
struct duro_env {
  const duro_env_ops *ops;
  duro_env_spec spec;
  void *settings; /**< owned copy of the settings struct */
  void *shared;   /**< owned by ops: a compiled model, say */
  void *file;     /**< owned by the library: what a FILE among the settings was read into; NULL: there is none */
};

/** Built-in environments, in order; NULL past the end. */
const duro_env_ops *duro_env_builtin(int index);
/** By name; unknown names fail and suggest the nearest. An environment this build lacks is DURO_ERROR_MISSING. */
duro_status duro_env_find(const duro_env_ops **ops, const char *name);

/** How duro_env_open gets at a file; zero and NULL are the defaults. */
typedef struct duro_env_open_options {
  const char *compiler; /**< for C files, words divided by blanks; default "cc" */
  const char *folder;   /**< an existing one for temporary files; default "/tmp" */
} duro_env_open_options;
/** "cc" and "/tmp". */
duro_env_open_options duro_env_open_options_default(void);

/**
 * By name, or from a file: NAME.c is compiled and loaded, NAME.so loaded (both are plugins, see plugin.h), NAME.xml is
 * a MuJoCo model whose task is told by its settings (docs/own-environment.md), NAME.csv a track of racing-car
 * (docs/environments/racing-car.md), the same environment as racing-car with env.track=NAME.csv. A plugin is first
 * tried in a process of its own, so that one that crashes is an error here. `options` may be NULL. Close it when no
 * environment uses it.
 */
duro_status duro_env_open(const duro_env_ops **ops, const char *word, const duro_env_open_options *options);
/** Releases what duro_env_open holds; NULL and built-in environments are fine. */
void duro_env_close(const duro_env_ops *ops);
/** Writes copies of all files of a source below `folder`, each at its place, and hashes.txt, which tells later which of
 * them was changed. The copy opens as the same environment. */
duro_status duro_env_source_save(const duro_env_source *source, const char *folder);
/** Fails where the hash of the source is not `wanted`: names the file that changed since duro_env_source_save wrote
 * hashes.txt into `folder`, where that tells. */
duro_status duro_env_source_check(const duro_env_source *source, const char *wanted, const char *folder);
/** Whether a word is one that duro_env_open reads as a file. */
bool duro_env_is_file(const char *word);

/** Creates an environment. `settings` is a struct as ops->settings describes, copied; NULL takes defaults. The file
 * that a FILE among them names is read here, DURO_ERROR_FILE where it cannot be: it becomes the source of the
 * environment, env->ops->source, and env->settings names none any more. */
duro_status duro_env_create(duro_env **env, const duro_env_ops *ops, const void *settings);
void duro_env_destroy(duro_env *env);
/** Hash of everything that decides what it does: name, source (and what that includes), the value of every setting, the
 * spec, this program's version and sources, and MuJoCo's version where it runs in MuJoCo. Results of environments with
 * different hashes are not to be mixed; no path and no time is in it. */
uint64_t duro_env_hash(const duro_env *env);
/** Why a step of this environment gave numbers that are not finite, in words; NULL where that is not known. */
const char *duro_env_trouble(const duro_env *env);
/** Scratch for one thread (NULL is valid for environments that need none). */
duro_status duro_env_worker_create(const duro_env *env, void **worker);
void duro_env_worker_destroy(const duro_env *env, void *worker);

/** Draws where an episode starts: x (nx). */
void duro_env_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start);
/** What a policy sees of the state x (nx): obs (no). */
void duro_env_observe(const duro_env *env, float *obs, const double *x);
/** h(x), raw: x (nx) is safe where it is not negative. */
double duro_env_constraint(const duro_env *env, const double *x);

/** One step with actions clipped to [-1, 1]; see duro_env_ops.step. */
void duro_env_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                   const double *a);
/**
 * The same of n states at once: x, x2 (n x nx), u (n x nu), a (n x na), out (n), row after row; x2 may not overlap x.
 * The results are those of duro_env_step, bit for bit; environments in closed form are several times faster.
 */
void duro_env_step_many(const duro_env *env, void *worker, int n, double *x2, duro_step *out, const double *x,
                        const double *u, const double *a);

/**
 * Many episodes of one environment side by side, as structure of arrays. Ranges [first, first + count) are
 * independent: threads may step disjoint ranges, and the results do not depend on how they are divided.
 */
typedef struct duro_env_batch {
  const duro_env *env; /**< not owned */
  int n;
  double amplitude; /**< times the disturbance that is written into `a`, beyond its bound as well; 1 after creation */
  double *x;        /**< (n x nx) state */
  double *x2;       /**< (n x nx) next state, after duro_env_batch_step */
  float *obs;       /**< (n x no) observation of x */
  float *obs2;      /**< (n x no) observation of x2 */
  float *u;         /**< (n x nu) control, written by the caller */
  float *a;         /**< (n x na) disturbance, written by the caller */
  double *h;        /**< (n) raw h(x) */
  duro_step *out;   /**< (n) result of the last step */
  int64_t *t;       /**< (n) steps since the start of the episode */
} duro_env_batch;

duro_status duro_env_batch_create(duro_env_batch **batch, const duro_env *env, int n);
void duro_env_batch_destroy(duro_env_batch *batch);
/** Starts a new episode in slot i: x, obs, h, t. */
void duro_env_batch_reset(duro_env_batch *batch, int i, duro_stream *stream, duro_start start);
/** Starts a new episode in slot i at the state x (nx): x, obs, h, t. */
void duro_env_batch_place(duro_env_batch *batch, int i, const double *x);
/** Steps slots of the range: fills x2, obs2, out; x stays. */
void duro_env_batch_step(duro_env_batch *batch, void *worker, int first, int count);
/** Makes x2 the present state in slot i: x, obs, h; t + 1. */
void duro_env_batch_advance(duro_env_batch *batch, int i);

#ifdef __cplusplus
}
#endif
#endif
