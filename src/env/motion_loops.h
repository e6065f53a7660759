/* Included at the end of a <name>_motion.c, which is compiled once for each variant with
 *   MOTION_VARIANT  avx512, avx2, single, portable; LANES in a vector
 * and defines MOTION_NAME, the sizes NX, NO, NU, NA, and over vectors of states
 *   safety       h(x)
 *   observation  obs of x; where that is x itself, OBSERVES_STATE is defined instead
 *   motion       x2 of (x, u, a)
 *   verdict      reward, h and end of a step
 * and, where it defines HAS_RATES,
 *   rates        the rate of change of x at (x, u, a), of which the motion is the flow over dt, or what comes near it
 * Makes env_motion from them. Where sizes depend on the settings, those above are the largest, and SIZES_VARY is
 * defined. A motion that is one long chain defines VECTORS, and `motions` over so many vectors in place of `motion`:
 * the processor works on one chain while it waits for another. */
#include "env/lanes_game.h"
#include "env/motions.h"

#ifdef SIZES_VARY
#define SIZE(name, of) const int name = env->spec.name;
#else
#define SIZE(name, of) const int name = of;
#endif
#define BLOCK (VECTORS * LANES)
#define SIZES SIZE(nx, NX) SIZE(no, NO) SIZE(nu, NU) SIZE(na, NA)

INLINE void take_all(vec *v, const double *p, int size) {
  for (int i = 0; i < size; i++) v[i] = v_take(p + i, size);
}

#ifndef VECTORS
#define VECTORS 1
INLINE void motions(const duro_env *env, vec (*x2)[NX], vec (*x)[NX], vec (*u)[NU], vec (*a)[NA]) {
  motion(env, x2[0], x[0], u[0], a[0]);
}
#endif

INLINE void put_outcome(duro_step *out, const outcome *o, mask good) {
  double r[LANES], h[LANES];
  const unsigned failed = mask_bits(mask_and(good, o->failed)), cut = mask_bits(mask_and(good, o->cut));
  v_store(r, v_select(good, o->r, v_of(NAN)));
  v_store(h, v_select(good, o->h, v_of(NAN)));
  for (int l = 0; l < LANES; l++) {
    out[l].r = r[l];
    out[l].h = h[l];
    out[l].end = failed >> l & 1 ? DURO_TERMINATED : cut >> l & 1 ? DURO_TRUNCATED : DURO_RUNNING;
  }
}

INLINE void take_actions(vec *v, const double *p, int size, double limit) {
  for (int i = 0; i < size; i++) v[i] = lanes_clip(v_take(p + i, size), -limit, limit);
}

/* of one vector of states; one that no number describes is NaN everywhere, for the caller to report */
INLINE void put_states(const duro_env *env, double *x2, duro_step *out, const vec *y2, const vec *v, const vec *w) {
  SIZES(void) no, (void)nu, (void)na;
  outcome o = {.failed = mask_of(false), .cut = mask_of(false)};
  verdict(env, &o, y2, v, w);
  mask good = mask_of(true);
  for (int i = 0; i < nx; i++) good = mask_and(good, v_is_finite(y2[i]));
  for (int i = 0; i < nx; i++) v_put(x2 + i, nx, v_select(good, y2[i], v_of(NAN)));
  put_outcome(out, &o, good);
}

/* steps BLOCK states */
INLINE void step_block(const duro_env *env, double limit, double *x2, duro_step *out, const double *x, const double *u,
                       const double *a) {
  SIZES(void) no;
  vec y[VECTORS][NX], y2[VECTORS][NX], v[VECTORS][NU], w[VECTORS][NA];
  for (int j = 0; j < VECTORS; j++) {
    take_all(y[j], x + j * LANES * nx, nx);
    take_actions(v[j], u + j * LANES * nu, nu, limit);
    take_actions(w[j], a + j * LANES * na, na, limit);
  }
  motions(env, y2, y, v, w);
  for (int j = 0; j < VECTORS; j++) put_states(env, x2 + j * LANES * nx, out + j * LANES, y2[j], v[j], w[j]);
}

INLINE void constraint_lanes(const duro_env *env, double *h, const double *x) {
  SIZES(void) no, (void)nu, (void)na;
  vec y[NX];
  take_all(y, x, nx);
  v_store(h, safety(env, y));
}

#if LANES > 1
/* a few states, the last of them repeated */
INLINE void fill(double *to, const double *from, int n, int room, int size) {
  for (int l = 0; l < room; l++)
    for (int i = 0; i < size; i++) to[l * size + i] = from[(l < n ? l : n - 1) * size + i];
}

static void step_rest(MOTION_ARGUMENTS) {
  SIZES(void) no;
  double y[BLOCK * NX], y2[BLOCK * NX], v[BLOCK * NU], w[BLOCK * NA];
  duro_step o[BLOCK];
  fill(y, x, n, BLOCK, nx);
  fill(v, u, n, BLOCK, nu);
  fill(w, a, n, BLOCK, na);
  step_block(env, limit, y2, o, y, v, w);
  memcpy(x2, y2, sizeof *x2 * (size_t)(n * nx));
  memcpy(out, o, sizeof *out * (size_t)n);
}

static void constraint_rest(const duro_env *env, int n, double *h, const double *x) {
  SIZES(void) no, (void)nu, (void)na;
  double y[LANES * NX], o[LANES];
  fill(y, x, n, LANES, nx);
  constraint_lanes(env, o, y);
  memcpy(h, o, sizeof *h * (size_t)n);
}
#endif

static void step(MOTION_ARGUMENTS) {
  SIZES(void) no;
  int i = 0;
  for (; i + BLOCK <= n; i += BLOCK) step_block(env, limit, x2 + i * nx, out + i, x + i * nx, u + i * nu, a + i * na);
#if LANES > 1
  if (i < n) step_rest(env, n - i, limit, x2 + i * nx, out + i, x + i * nx, u + i * nu, a + i * na);
#endif
}

static void constraint(const duro_env *env, int n, double *h, const double *x) {
  SIZES(void) no, (void)nu, (void)na;
  int i = 0;
  for (; i + LANES <= n; i += LANES) constraint_lanes(env, h + i, x + i * nx);
#if LANES > 1
  if (i < n) constraint_rest(env, n - i, h + i, x + i * nx);
#endif
}

#ifdef OBSERVES_STATE

static void observe(const duro_env *env, int n, float *obs, const double *x) {
  for (int i = 0; i < n * env->spec.nx; i++) obs[i] = (float)x[i];
}

#else

INLINE void observe_lanes(const duro_env *env, float *obs, const double *x) {
  SIZES(void) nu, (void)na;
  vec y[NX], o[NO];
  take_all(y, x, nx);
  observation(env, o, y);
  for (int i = 0; i < no; i++) v_put_float(obs + i, no, o[i]);
}

#if LANES > 1
static void observe_rest(const duro_env *env, int n, float *obs, const double *x) {
  SIZES(void) nu, (void)na;
  double y[LANES * NX];
  float o[LANES * NO];
  fill(y, x, n, LANES, nx);
  observe_lanes(env, o, y);
  memcpy(obs, o, sizeof *obs * (size_t)(n * no));
}
#endif

static void observe(const duro_env *env, int n, float *obs, const double *x) {
  SIZES(void) nu, (void)na;
  int i = 0;
  for (; i + LANES <= n; i += LANES) observe_lanes(env, obs + i * no, x + i * nx);
#if LANES > 1
  if (i < n) observe_rest(env, n - i, obs + i * no, x + i * nx);
#endif
}

#endif

#if LANES == 1 && defined(HAS_RATES)
static void rates_of_one(const duro_env *env, double *dx, const double *x, const double *u, const double *a) {
  SIZES(void) no;
  vec y[NX], v[NU], w[NA], dy[NX];
  take_all(y, x, nx);
  take_all(v, u, nu);
  take_all(w, a, na);
  rates(env, dy, y, v, w);
  for (int i = 0; i < nx; i++) v_put(dx + i, nx, dy[i]);
}
#define RATES .rates = rates_of_one,
#else
#define RATES
#endif

#define PASTE(name, variant) name##_##variant
#define MOTION_OF(name, variant) PASTE(name, variant)
#define TEXT(word) #word
#define NAME_OF(word) TEXT(word)
extern const env_motion MOTION_OF(MOTION_NAME, MOTION_VARIANT);
const env_motion MOTION_OF(MOTION_NAME, MOTION_VARIANT) = {RATES.name = NAME_OF(MOTION_VARIANT), .lanes = LANES,
                                                           .step = step, .observe = observe, .constraint = constraint};
