/**
 * @file polytope.h
 * @brief Convex polytopes {x : H x <= k}, exact robust invariant sets and safety values of small linear systems.
 *
 * Meant for up to six states and some hundred faces. Everything is computed in double precision by small linear
 * programs; the tolerance of each operation is stated where it is used. Sizes are those of the polytope: `scale`
 * is the largest distance of the origin to the plane of a face. Nothing here is random and nothing depends on threads.
 */
#ifndef DURO_POLYTOPE_H
#define DURO_POLYTOPE_H

#include "duro/base.h"
#include "duro/env.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DURO_POLYTOPE_MAX 12          /**< most coordinates: states, controls and one level together */
#define DURO_POLYTOPE_TOLERANCE 1e-10 /**< of sets, times scale: what cuts off less than this is no cut */

/** {x : H x <= k} with rows of unit length; it may be empty, flat, unbounded or the whole space. Never changes. */
typedef struct duro_polytope duro_polytope;

/** The n_faces half spaces H x <= k; H is (n_faces x nd), of any length but zero. Fails when a number is not finite or
 * a row is zero. n_faces = 0 is the whole space. */
duro_status duro_polytope_create(duro_polytope **polytope, int nd, int n_faces, const double *H, const double *k);
/** The box low <= x <= high, (nd) each; fails unless low <= high. */
duro_status duro_polytope_create_box(duro_polytope **polytope, int nd, const double *low, const double *high);
/** The points of both; a and b have the same dimension. */
duro_status duro_polytope_create_intersection(duro_polytope **polytope, const duro_polytope *a, const duro_polytope *b);
/** All (x, y) with x in a and y in b. */
duro_status duro_polytope_create_product(duro_polytope **polytope, const duro_polytope *a, const duro_polytope *b);
/** The same set without redundant faces, in the order of the old ones. A face goes when the others alone exceed it by
 * no more than DURO_POLYTOPE_TOLERANCE scale. A set whose largest ball has a radius below minus that is empty. */
duro_status duro_polytope_create_reduced(duro_polytope **polytope, const duro_polytope *of);
void duro_polytope_destroy(duro_polytope *polytope);

int duro_polytope_dimension(const duro_polytope *polytope);
int duro_polytope_faces(const duro_polytope *polytope);
/** Copies face i: unit outward normal (nd), and returns its k, the signed distance of its plane to the origin. */
double duro_polytope_face(const duro_polytope *polytope, double *normal, int i);

/** min_i k_i - H_i x: inside, the distance to the boundary when no face is redundant; negative outside; -infinity for a
 * set known to be empty, infinity for the whole space; NaN when x is. */
double duro_polytope_margin(const duro_polytope *polytope, const double *x);
/** Is the ball of this radius about x inside? NaN is not. */
bool duro_polytope_contains(const duro_polytope *polytope, const double *x, double margin);

/** Centre (nd, may be NULL) and radius of a largest ball inside, the radius at most 1 + scale; negative when the set is
 * empty, -infinity when it is known to be. */
duro_status duro_polytope_ball(double *radius, double *centre, const duro_polytope *polytope);
/** max direction.x over the set and a point `where` (nd, may be NULL) that attains it; infinity when unbounded in that
 * direction, -infinity when empty, `where` then being NaN. */
duro_status duro_polytope_support(double *value, double *where, const duro_polytope *polytope, const double *direction);
/** The most by which `inner` reaches over a face of `outer`: `inner` is a subset iff <= 0; infinity when unboundedly,
 * -infinity when inner is empty or outer the whole space. */
duro_status duro_polytope_excess(double *excess, const duro_polytope *outer, const duro_polytope *inner);

/** Volume: polygons by their vertices, above by facets (Lasserre, J. Optim. Theory Appl. 39 (1983), 363-377). Zero when
 * empty, infinity when unbounded. */
duro_status duro_polytope_volume(double *volume, const duro_polytope *polytope);
/** Vertices of a bounded polygon (nd = 2), counter-clockwise, (count x 2); none when empty. `capacity` in points: faces
 * + 4 always suffices. Fails when unbounded. */
duro_status duro_polytope_vertices(double *xy, int *count, const duro_polytope *polytope, int capacity);

/** x' = A x + B u + E a with every |u_j| <= 1 and |a_j| <= 1; the disturbance moves second and sees u. Row-major, not
 * owned: A (nx x nx), B (nx x nu), E (nx x na). A need not be invertible. */
typedef struct duro_linear {
  int nx, nu, na;
  const double *A, *B, *E;
} duro_linear;

/** What an iteration came to. */
typedef struct duro_invariance {
  bool exact;      /**< the last step moved no face by more than the tolerance; false: an outer approximation after
                        `steps` steps */
  bool closed;     /**< a closed form gave it, no iteration was needed */
  int steps;       /**< of the iteration */
  double residual; /**< how far the last step moved the set, in units of distance */
} duro_invariance;

/** {x : exists u such that for all a, A x + B u + E a in S}: the faces of S drawn in by the reach of E, x' substituted,
 * u eliminated (Fourier-Motzkin), redundant faces removed. Fails when the elimination grows beyond a million faces. */
duro_status duro_linear_before(duro_polytope **before, const duro_linear *system, const duro_polytope *S);

/** The maximal robust invariant set in X, [RIS] eq. (12), by S <- X and before(S) from S = X, until a step moves no
 * face by more than `tolerance` times scale or `steps` steps are made. Each iterate contains the answer. */
duro_status duro_linear_invariant(duro_polytope **set, duro_invariance *info, const duro_linear *system,
                                  const duro_polytope *X, int steps, double tolerance);

/** The safety value V_h* of [RIS] eq. (10) for h(x) = min_i k_i - H_i x, H (n_faces x nx) as given, from level `low`
 * up: `below` is {(x, m) : low <= m <= V_h*(x)}, a polytope in nx + 1 coordinates, since it is the maximal robust
 * invariant set of {(x, m) : low <= m <= h(x)} for x' with m' = m. Near max V_h* the sets may creep
 * towards nothing for very many steps; until info->exact the result is an upper bound of V_h*. */
duro_status duro_linear_value(duro_polytope **below, duro_invariance *info, const duro_linear *system, int n_faces,
                              const double *H, const double *k, double low, int steps, double tolerance);
/** The largest last coordinate m with (x, m) in the polytope: V_h*(x) of duro_linear_value; -infinity when there is
 * none. */
double duro_polytope_top(const duro_polytope *below, const double *x);

/** How the position moves: by the old velocity, exactly under a held force, or by the new velocity. */
typedef enum duro_integrator_order {
  DURO_INTEGRATOR_EULER,
  DURO_INTEGRATOR_HOLD,
  DURO_INTEGRATOR_SEMI
} duro_integrator_order;

/** A point on a line: x2' = x2 + dt w, w = control u + disturbance a, x1' = x1 + dt x2 [+ dt^2 w / 2, + dt^2 w];
 * h = min(bound_x1 - |x1|, bound_x2 - |x2|). */
typedef struct duro_integrator_spec {
  double dt;                 /**< s */
  double control;            /**< m/s^2 at u = 1 */
  double disturbance;        /**< m/s^2 at a = 1; 0 <= disturbance < control */
  double bound_x1, bound_x2; /**< m, m/s */
  duro_integrator_order order;
} duro_integrator_spec;

/** Reads the numbers of an environment "double-integrator", or those of each point of "double-integrators"; fails with
 * DURO_ERROR_MISSING for another environment. */
duro_status duro_integrator_spec_of(duro_integrator_spec *spec, const duro_env *env);

/** The exact answers for a double integrator. */
typedef struct duro_integrator duro_integrator;

/** Computes the set. Fails when a number is not finite or out of range, when
 * disturbance >= control (no state is safe), and when the set would have more than 100,000 faces. */
duro_status duro_integrator_create(duro_integrator **integrator, const duro_integrator_spec *spec);
void duro_integrator_destroy(duro_integrator *integrator);

/** The maximal robust invariant set {V_h* >= 0} in (x1, x2), without redundant faces; empty when the box is so small
 * against dt that no control answers. Owned by the integrator. */
const duro_polytope *duro_integrator_set(const duro_integrator *integrator);
/** How the set was found. */
duro_invariance duro_integrator_set_info(const duro_integrator *integrator);
/** V_h*(x), any x (2), to rounding; NaN when x is. Under hold, values above the closed level are given as that level,
 * a lower bound; duro_linear_value has them. */
double duro_integrator_value(const duro_integrator *integrator, const double *x);
/** Largest level at which the closed form is the set {V_h* >= level}; above it that set is empty under euler and semi.
 */
double duro_integrator_closed_level(const duro_integrator *integrator);

#ifdef __cplusplus
}
#endif
#endif
