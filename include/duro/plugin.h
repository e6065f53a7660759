/**
 * @file plugin.h
 * @brief An environment in a C file of its own: `duro train mysystem.c`.
 *
 * The file includes this header, writes the functions step, h and reward, and ends with DURO_PLUGIN(...), which says
 * what they are; docs/own-environment.md walks through one. All functions are pure: the same arguments give the same
 * results, and nothing is kept between calls. They may be called by several threads at once. `settings` is the
 * plugin's own struct, filled in by `env.*` settings, or NULL where there are none.
 */
#ifndef DURO_PLUGIN_H
#define DURO_PLUGIN_H

#include "duro/env.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DURO_PLUGIN_STATES 64 /**< most states of a plugin */
#define DURO_PLUGIN_LIMITS 16 /**< most limits that a plugin names */
#define DURO_PLUGIN_VERSION 1 /**< of the struct below; another version is refused, one with fewer members is fine */

/** Random numbers of a reset: random->uniform(random, low, high) is the next one, in [low, high). */
typedef struct duro_plugin_random duro_plugin_random;
struct duro_plugin_random {
  double (*uniform)(const duro_plugin_random *random, double low, double high);
  void *stream; /**< of the library */
};

/** A limit of h = min(h_i), or a target of the task, as pages and pictures name and draw them; for people alone.
 * Numbers are "2.5", or a setting by its name, "{distance}" or "-{distance}". What is left out says nothing. */
typedef struct duro_plugin_limit {
  int state;                /**< that it is about, from 0 */
  const char *least, *most; /**< safe from here on, up to here; drawn as lines */
  const char *target;       /**< where the task wants the state to be */
  const char *words; /**< "distance to the wall >= {radius} m"; default: made of the above and the state's name */
} duro_plugin_limit;

/** A system. What is left out of DURO_PLUGIN(...) is zero and takes the default named here. */
typedef struct duro_plugin {
  int version;       /**< set by DURO_PLUGIN */
  size_t size;       /**< set by DURO_PLUGIN */
  const char *name;  /**< "my-system"; default: the file's name */
  const char *title; /**< one line */
  int nx, nu;        /**< numbers of states and controls; wanted */
  int na;            /**< number of disturbances; default 0: there is none, and `a` of step and reward is empty */
  int no;            /**< number of observations; default nx, and then observe may be left out */
  double dt;         /**< s per step; wanted */
  int horizon;       /**< steps of an evaluation episode; default 200 */
  double h_scale;    /**< learning divides h by this; default 1 */
  double x_low[DURO_PLUGIN_STATES],
      x_high[DURO_PLUGIN_STATES];          /**< nx: region of interest (starts, plots, grids); wanted */
  const char *x_names[DURO_PLUGIN_STATES]; /**< nx; default "x1", ... */
  const char *x_units[DURO_PLUGIN_STATES]; /**< nx; default "" */
  int slice[2];                            /**< the two states of a picture; default the first two */
  bool x_periodic[DURO_PLUGIN_STATES];     /**< see duro_env_spec; default: none */
  uint64_t x_needs[DURO_PLUGIN_STATES];    /**< see duro_env_spec; 0: on all */
  uint64_t h_needs, x_shift, x_hold;       /**< see duro_env_spec */
  const duro_setting *settings;            /**< rows of the settings struct; default: none */
  int n_settings;
  size_t settings_size;

  /** x2 (nx) = f(x, u, a); u (nu) and a (na) are in [-1, 1]. Wanted. */
  void (*step)(double *x2, const double *x, const double *u, const double *a, const void *settings);
  /** The constraint: safe while h(x) >= 0. Wanted. */
  double (*h)(const double *x, const void *settings);
  /** r(x, u, a), with the state x2 after the step at hand. Wanted. */
  double (*reward)(const double *x2, const double *x, const double *u, const double *a, const void *settings);
  /** Whether an episode ends at x. DURO_TERMINATED is a failure; any other end is DURO_TRUNCATED. Default: terminated
   * where h(x) <= -h_scale. */
  duro_end (*end)(const double *x, const void *settings);
  /** obs (no). Default: the state. */
  void (*observe)(float *obs, const double *x, const void *settings);
  /** A start x (nx). Default: uniform in the region, for evaluation in its middle half; drawn again until h(x) >= 0. */
  void (*reset)(double *x, const duro_plugin_random *random, duro_start start, const void *settings);
  /** Changes what depends on the settings; returns NULL, or what is wrong with them. Default: nothing. */
  const char *(*configure)(duro_env_spec *spec, const void *settings);
  /** dx (nx): the rate of change of x in continuous time, of which step is the flow over dt; for grid.method=hj alone.
   * Default: not known. */
  void (*rates)(double *dx, const double *x, const double *u, const double *a, const void *settings);

  /* What pages, cards and pictures say of the system; "{name}" stands for the value of a setting. At most 200 bytes of
   * UTF-8 each. */
  const char *control;     /**< what u does at its bounds, "force on the cart, up to {force} N either way" */
  const char *disturbance; /**< likewise a */
  duro_plugin_limit limits[DURO_PLUGIN_LIMITS]; /**< the constraints, one by one */

  /** g(x): at least 0 where x is in the target of grid.goal=reach and reach-avoid, the nearer to it the larger.
   * Default: there is none, and grid.target names one. */
  double (*target)(const double *x, const void *settings);
} duro_plugin;

/** Ends the file: DURO_PLUGIN(.nx = 2, ..., .step = step, .h = h, .reward = reward); */
#define DURO_PLUGIN(...)                                                                                               \
  extern duro_plugin const duro_plugin_entry;                                                                          \
  const duro_plugin duro_plugin_entry = {.version = DURO_PLUGIN_VERSION, .size = sizeof(duro_plugin), __VA_ARGS__}

#ifdef __cplusplus
}
#endif
#endif
