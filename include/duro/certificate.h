/**
 * @file certificate.h
 * @brief Inner sets with a proof: every state of the set can be kept in it for ever, whatever the disturbance.
 *
 * The set S is made of one of two things. Grid: S = {x : V(x) >= 0} for a multilinear V on a grid. Each cell that S
 * touches is divided into boxes, and each box has one control u for which, for every x of the box with V(x) >= 0 and
 * every disturbance |a_i| <= 1, V(f(x, u, a)) > 0 and h(x) >= 0. Cones: S is a polytope, divided into simplices that
 * share a centre, and u(x) is the mean of the controls at the corners of the simplex that x lies in; f(x, u(x), a) lies
 * in S and h(x) >= 0. This is proved with outward rounding, for the real arithmetic of the environment's formula and
 * any error of a step up to `tolerance` of an axis. So S is robust invariant and h >= 0 on it ([RIS] Definition of the
 * maximal set, eq. (12): S lies inside it). docs/certificates.md explains the methods, the file and the program that
 * checks it.
 */
#ifndef DURO_CERTIFICATE_H
#define DURO_CERTIFICATE_H

#include "duro/env.h"
#include "duro/formula.h"
#include "duro/grid.h"
#include "duro/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The certificate settings: X(KIND, field, default, low, high, choices, unit, sentence). */
// clang-format off
#define DURO_CERTIFICATE_SETTINGS(X)                                                                                   \
  X(TEXT, method, "auto", 0, 0, "auto|grid|cones", "", "What the set is made of; auto: cones from three axes on, if there are at most four controls.") \
  X(REAL, cut, 0.005, 1e-6, .5, NULL, "", "Cones: cuts go beyond what is needed by this share; more makes a smaller and simpler set.") \
  X(REAL, piece, 0.05, 0, 1, NULL, "", "Cones: margins are made for pieces of this share of the set; more proves faster and makes a smaller set.") \
  X(INT, controls, 3, 1, 101, NULL, "", "Grid: candidate controls per dimension, equally spaced.")                     \
  X(INT, depth, 8, 0, 24, NULL, "", "Grid: a cell may be halved so often in all.")                                     \
  X(INT, rounds, 1000, 1, 1000000, NULL, "", "Give up after so many rounds of lowering V, or of cuts.")                \
  X(REAL, level, 0, -1e9, 1e9, NULL, "", "Grid: begin with the set where the given V is at least this, in raw units of h.") \
  X(REAL, tolerance, 1e-11, 0, .01, NULL, "", "Error of each state of a step that the proof allows for, as a share of its axis.") \
  X(INT, threads, 0, 0, 256, NULL, "", "Worker threads; 0: as many as there are processors. Results do not depend on it.")
// clang-format on

typedef struct duro_certificate_settings {
  DURO_CERTIFICATE_SETTINGS(DURO_SETTINGS_FIELD)
} duro_certificate_settings;
/** The rows of duro_certificate_settings, prefix "certificate". */
duro_settings_group duro_certificate_settings_group(duro_certificate_settings *values);

typedef struct duro_certificate duro_certificate;

/** How far a proof is. Of cones: `cells` are the vertices while the set is carved and the cones while it is proved. */
typedef struct duro_certificate_progress {
  int64_t round;  /**< rounds of lowering so far */
  int64_t cells;  /**< cells that the set touches */
  int64_t tried;  /**< cells tried in this round */
  int64_t failed; /**< cells of this round that were not proved, so that V is lowered there */
  double seconds; /**< since the start */
} duro_certificate_progress;

/** Called after every round; DURO_ERROR_STOPPED, or any other failure, ends the proof with that status. */
typedef duro_status (*duro_certificate_report)(const duro_certificate_progress *now, void *context);

/**
 * Makes a certificate. V (plan->cells, C order, as duro_grid_read gives it) should be the safety value of the
 * environment solved on the same grid for a disturbance some percent larger (duro_grid_settings.amplitude), because
 * the exact boundary leaves no margin to prove anything with. Where a cell cannot be proved, V is lowered and what
 * depends on it is tried again, until all of the rest is proved; the set may end up empty, which is no failure. Cones
 * take of the plan the edges of the axes alone, and fail where no set about their middle can be kept.
 * `settings` NULL takes defaults; `report` may be NULL. Fails where the environment states no formula.
 */
duro_status duro_certificate_make(duro_certificate **certificate, const duro_env *env, const duro_grid_plan *plan,
                                  const float *V, const duro_certificate_settings *settings,
                                  duro_certificate_report report, void *context);
void duro_certificate_destroy(duro_certificate *certificate);

/** Does the method of these settings start from a V? Cones do not: duro_certificate_make then takes NULL. */
bool duro_certificate_needs_value(const duro_env *env, const duro_grid_plan *plan,
                                  const duro_certificate_settings *settings);

/** Writes the certificate as one file, atomically; duro-recheck proves it again without this library. */
duro_status duro_certificate_save(const duro_certificate *certificate, const char *path);

/**
 * Reads one back. `ops` are those of the environment that it is of. What the file says is held against what this
 * program would write of the same environment, and its checksum against its bytes; it is not proved again, which is for
 * duro-recheck. DURO_ERROR_ARGUMENT where it is of another environment, DURO_ERROR_FORMAT where it is damaged or of
 * another formula.
 */
duro_status duro_certificate_load(duro_certificate **certificate, const char *path, const duro_env_ops *ops);
/** Hash of all that its file says. */
uint64_t duro_certificate_hash(const duro_certificate *certificate);
/** Is it of this environment, with all its numbers? Of another one it says nothing. */
bool duro_certificate_is_of(const duro_certificate *certificate, const duro_env *env);

/** Volume of the set, in the units of the axes; the part of a cell on the boundary is counted on 8 points per axis
 * (4 from three axes on). */
double duro_certificate_volume(const duro_certificate *certificate);
/** Volume of the part of the set between the edges of the axes; cones may reach beyond them. NaN of cones
 * that were read from a file. */
double duro_certificate_volume_inside(const duro_certificate *certificate);
/** The same of {V >= level} for any V on a grid: what the certified volume is compared with. */
double duro_certificate_volume_of(const duro_grid_plan *plan, const float *V, double level);
/** V at x (nx of the environment): not negative in the set; -infinity beyond the grid. Of cones: 1 less the share of
 * the way from the centre to the surface, 1 at the centre and 0 on the surface. -infinity where x is not finite. */
double duro_certificate_value(const duro_certificate *certificate, const double *x);
/** Is x in the set? */
bool duro_certificate_contains(const duro_certificate *certificate, const double *x);
/** Draws a state of the set, x (nx), all alike: those of a box about it until one lies in it, 100,000 at most; false
 * where none does. States on no axis are zero. */
bool duro_certificate_draw(const duro_certificate *certificate, double *x, duro_stream *stream);
/** Control of the box or cone that x lies in: u (nu). False, and u = 0, where x is not in the set. */
bool duro_certificate_control(const duro_certificate *certificate, double *u, const double *x);

/** Scratch of one thread for duro_certificate_margin. */
duro_status duro_certificate_worker_create(const duro_certificate *certificate, void **worker);
/** NULL is fine. */
void duro_certificate_worker_destroy(void *worker);
/**
 * How far inside of the set x' = f(x, u, a) lies for every disturbance |a_i| <= 1, at least: a lower bound of
 * duro_certificate_value there, in interval arithmetic, for the real arithmetic of the formula and any error of a step
 * up to `tolerance`. Where it is not negative, x' is proved to lie in the set: that control keeps the state safe, and
 * the set has one for x' again. A negative one says no more than that nothing was proved. u (nu) within [-1, 1], x
 * (nx); x itself need not lie in the set, but where h(x) < 0 it is violating. -infinity where nothing is known.
 */
double duro_certificate_margin(const duro_certificate *certificate, void *worker, const double *u, const double *x);

#ifdef __cplusplus
}
#endif
#endif
