/* Safety filters around players. */
#include "duro/filter.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "eval/box.h"
#include "eval/player.h"
#include "game/certificate.h"
#include "game/grid.h"
#include "io/hash.h"
#include "policy/levels.h"

enum {
  SCAN = 16,     // equal parts of a way that is searched
  HALVINGS = 20, // of the part in which the first admissible control lies: down to the spacing of floats
  SURFACE = 5,   // points along each control of the box's surface, to which ways lead
  WHOLE = 9      // and of the whole box, where there is no fallback
};

_Static_assert((int)SCAN >= (int)BOX_PANEL, "a panel of the box is judged in one go");

#define GRID_MARGIN 0.05 /* as grid.margin: interpolation loses value */

struct duro_filter {
  duro_filter_source source;
  duro_filter_options options;
  double margin;
  int nx, no, nu; // what it looks at; 0: it does not
  const duro_policy *policy;
  const duro_grid *grid;
  const duro_certificate *certificate;
  pthread_mutex_t lock; // of the counts
  duro_filter_counts counts;
};

/* Scratch of one thread. */
typedef struct filter_worker {
  void *player, *source;
  duro_filter_counts counts;
  float *obs;       // (SCAN x no) the same observation in each row
  float *candidate; // (SCAN x nu)
  double *memory;   // (DURO_PLAYER_SIDE x what the player inside remembers)
  void *box;        // scratch of a search in the whole box, where that is the remedy
} filter_worker;

/* One state. */
typedef struct place {
  const float *obs;
  const double *x;
} place;

const char *duro_filter_remedy_name(duro_filter_remedy remedy) {
  static const char *const names[] = {
      [DURO_FILTER_FALLBACK] = "fallback", [DURO_FILTER_NEAREST] = "nearest", [DURO_FILTER_BOX] = "box"};
  return names[remedy];
}

duro_filter_options duro_filter_options_default(void) {
  return (duro_filter_options){
      .struct_size = sizeof(duro_filter_options), .remedy = DURO_FILTER_NEAREST, .margin = NAN, .hysteresis = 0};
}

/* ---- what the sources say ---- */

/* one margin; where it is below `wanted`, maybe another number below that */
static double judge(const duro_filter *f, const filter_worker *w, double wanted, const double *x, const float *u) {
  double wide[DURO_MAX_ACTION];
  for (int k = 0; k < f->nu; k++) wide[k] = (double)u[k];
  if (f->source == DURO_FILTER_CERTIFICATE) return cert_margin_from(f->certificate, w->source, wanted, wide, x);
  const double value = duro_grid_safety_ahead(f->grid, w->source, x, wide);
  return value / duro_grid_env(f->grid)->spec.h_scale;
}

/* margins (n) of controls u (n x nu), each at a state of its own */
static void judge_states(const duro_filter *f, const filter_worker *w, int n, double *margin, const float *obs,
                         const double *x, const float *u) {
  float value[DURO_PLAYER_SIDE];
  if (f->source == DURO_FILTER_LEARNED) duro_policy_judge_many(f->policy, n, value, obs, u);
  for (int i = 0; i < n; i++)
    margin[i] =
        f->source == DURO_FILTER_LEARNED ? (double)value[i] : judge(f, w, f->margin, x + i * f->nx, u + i * f->nu);
}

/* margins (n <= SCAN) of controls u (n x nu) at one state; below `wanted` as `judge` has them */
static void judge_from(const duro_filter *f, const filter_worker *w, double wanted, int n, double *margin,
                       const place *at, const float *u) {
  float value[SCAN];
  if (f->source == DURO_FILTER_LEARNED) {
    for (int i = 0; i < n; i++) memcpy(w->obs + i * f->no, at->obs, sizeof *w->obs * (size_t)f->no);
    duro_policy_judge_many(f->policy, n, value, w->obs, u);
  }
  for (int i = 0; i < n; i++)
    margin[i] = f->source == DURO_FILTER_LEARNED ? (double)value[i] : judge(f, w, wanted, at->x, u + i * f->nu);
}

/* the margins as they are */
static void judge_controls(const duro_filter *f, const filter_worker *w, int n, double *margin, const place *at,
                           const float *u) {
  judge_from(f, w, -INFINITY, n, margin, at, u);
}

/* ---- searches ---- */

/* point number i of a lattice of `per` points along each control; false where only the surface is wanted and it lies
 * within */
static bool lattice_point(float *u, int nu, int per, int i, bool surface) {
  bool outside = false;
  for (int k = 0; k < nu; k++, i /= per) {
    const int at = i % per;
    u[k] = 2.0f * (float)at / (float)(per - 1) - 1.0f;
    outside = outside || at == 0 || at == per - 1;
  }
  return outside || !surface;
}

static int lattice_points(int nu, int per) {
  int count = 1;
  for (int k = 0; k < nu; k++) count *= per;
  return count;
}

static void on_the_way(float *u, const float *from, const float *to, int nu, double share) {
  for (int k = 0; k < nu; k++)
    u[k] = share < 1 ? (float)((double)from[k] + share * ((double)to[k] - (double)from[k])) : to[k];
}

static double distance(const float *u, const float *v, int nu) {
  double sum = 0;
  for (int k = 0; k < nu; k++) sum += ((double)u[k] - (double)v[k]) * ((double)u[k] - (double)v[k]);
  return sqrt(sum);
}

/* The first control on the way from one that is not admissible to another whose margin is at least `wanted`, into u;
 * its margin, or NaN where there is none. */
static double first_on_way(const duro_filter *f, const filter_worker *w, float *u, const place *at, const float *from,
                           const float *to, double wanted) {
  const int nu = f->nu;
  double margin[SCAN], found = NAN;
  int k = 0;
  for (int i = 0; i < SCAN; i++) on_the_way(w->candidate + i * nu, from, to, nu, (i + 1.0) / SCAN);
  const int panel = f->source == DURO_FILTER_LEARNED ? SCAN : 1; // networks are asked side by side
  for (k = 0; k < SCAN; k++) {
    if (k % panel == 0) judge_from(f, w, wanted, panel, margin + k, at, w->candidate + k * nu);
    if (margin[k] >= wanted) break;
  }
  if (k == SCAN) return NAN;
  found = margin[k];
  memcpy(u, w->candidate + k * nu, sizeof *u * (size_t)nu);
  double low = (double)k / SCAN, high = (k + 1.0) / SCAN;
  for (int i = 0; i < HALVINGS; i++) {
    const double middle = 0.5 * (low + high);
    double here;
    on_the_way(w->candidate, from, to, nu, middle);
    judge_from(f, w, wanted, 1, &here, at, w->candidate);
    if (!(here >= wanted)) {
      low = middle;
      continue;
    }
    high = middle;
    found = here;
    memcpy(u, w->candidate, sizeof *u * (size_t)nu);
  }
  return found;
}

/* The same over ways to the surface of the box, and the nearest of them. */
static double nearest_on_ways(const duro_filter *f, const filter_worker *w, float *u, const place *at,
                              const float *from, double wanted) {
  double margin = NAN;
  float end[BOX_CONTROLS], other[BOX_CONTROLS];
  const int per = f->nu == 1 ? 2 : SURFACE;
  for (int i = 0; i < lattice_points(f->nu, per); i++) {
    if (!lattice_point(end, f->nu, per, i, true)) continue;
    const double found = first_on_way(f, w, other, at, from, end, wanted);
    if (isnan(found) || (!isnan(margin) && distance(other, from, f->nu) >= distance(u, from, f->nu))) continue;
    margin = found;
    memcpy(u, other, sizeof *u * (size_t)f->nu);
  }
  return margin;
}

/* One state for a search in the whole box. */
typedef struct box_place {
  const duro_filter *filter;
  const filter_worker *worker;
  const place *at;
} box_place;

static void judge_box(void *context, int n, double *margin, const float *u) {
  const box_place *p = context;
  judge_controls(p->filter, p->worker, n, margin, p->at, u);
}

/* the nearest in the whole box; `u` with its margin is the one on the way to the fallback, NaN where there is none */
static double nearest_in_box(const duro_filter *f, const filter_worker *w, float *u, double margin, const place *at,
                             const float *from, double wanted) {
  box_place p = {f, w, at};
  const box_source source = {.judge = judge_box, .context = &p, .nu = f->nu, .wanted = wanted};
  return box_nearest(&source, w->box, u, margin, from);
}

/* Of a policy that chooses between control vectors, the nearest of them whose margin is at least `wanted`, into u; its
 * margin, or NaN where there is none. */
static double nearest_vector(const duro_filter *f, const filter_worker *w, float *u, const place *at, const float *from,
                             double wanted) {
  const int levels = duro_policy_about(f->policy)->levels, count = levels_count(f->nu, levels);
  double margin[SCAN], found = NAN;
  for (int first = 0; first < count; first += SCAN) {
    const int n = count - first < SCAN ? count - first : SCAN;
    for (int i = 0; i < n * f->nu; i++) w->candidate[i] = levels_control(first + i / f->nu, i % f->nu, levels);
    judge_from(f, w, wanted, n, margin, at, w->candidate);
    for (int i = 0; i < n; i++) {
      const float *other = w->candidate + i * f->nu;
      if (!(margin[i] >= wanted)) continue;
      if (!isnan(found) && distance(other, from, f->nu) >= distance(u, from, f->nu)) continue;
      found = margin[i];
      memcpy(u, other, sizeof *u * (size_t)f->nu);
    }
  }
  return found;
}

/* the control of a lattice over the box with the largest margin; of more than 3 controls the middle */
static double best_in_box(const duro_filter *f, const filter_worker *w, float *u, const place *at) {
  float other[DURO_MAX_ACTION] = {0};
  double best, here;
  memcpy(u, other, sizeof *u * (size_t)f->nu);
  judge_controls(f, w, 1, &best, at, u);
  for (int i = 0; f->nu <= BOX_CONTROLS && i < lattice_points(f->nu, WHOLE); i++) {
    (void)lattice_point(other, f->nu, WHOLE, i, false);
    judge_controls(f, w, 1, &here, at, other);
    if (!(here > best)) continue;
    best = here;
    memcpy(u, other, sizeof *u * (size_t)f->nu);
  }
  return best;
}

/* ---- the fallback ---- */

/* The control of the certificate. That of a grid is proved as it is; a mean between the corners of cones is rounded,
 * and is proved anew, or one beside it. Outside of the set it has none: then what leads deepest into it. */
static double fall_back_certified(const duro_filter *f, const filter_worker *w, float *u, const place *at) {
  double wide[DURO_MAX_ACTION] = {0}, margin;
  bool exact = true;
  const bool inside = duro_certificate_control(f->certificate, wide, at->x);
  for (int k = 0; k < f->nu; k++) {
    u[k] = (float)wide[k];
    exact = exact && !((double)u[k] < wide[k] || (double)u[k] > wide[k]);
  }
  judge_controls(f, w, 1, &margin, at, u);
  if (margin >= f->margin) return margin;
  if (inside && exact && !f->certificate->cones && f->margin <= 0) return 0;
  float other[BOX_CONTROLS];
  const double beside = inside && f->nu <= BOX_CONTROLS ? nearest_on_ways(f, w, other, at, u, f->margin) : NAN;
  if (isnan(beside)) return best_in_box(f, w, u, at);
  memcpy(u, other, sizeof *u * (size_t)f->nu);
  return beside;
}

static double fall_back(const duro_filter *f, const filter_worker *w, float *u, const place *at) {
  double wide[DURO_MAX_ACTION], margin;
  if (f->source == DURO_FILTER_CERTIFICATE) return fall_back_certified(f, w, u, at);
  if (f->source == DURO_FILTER_LEARNED) {
    duro_policy_act_many(f->policy, 1, u, NULL, at->obs, DURO_ACT_SAFETY, 0);
  } else {
    duro_grid_safety_control(f->grid, w->source, wide, at->x);
    for (int k = 0; k < f->nu; k++) u[k] = (float)wide[k];
  }
  judge_controls(f, w, 1, &margin, at, u);
  return margin;
}

/* ---- one step ---- */

/* What is taken in place of u, which is not admissible, into u; its margin. */
static double replace(const duro_filter *f, filter_worker *w, float *u, const place *at, double wanted) {
  float safe[DURO_MAX_ACTION], near[DURO_MAX_ACTION];
  const double margin = fall_back(f, w, safe, at);
  double found = NAN;
  bool finite = true;
  for (int k = 0; k < f->nu; k++) finite = finite && isfinite(u[k]);
  const bool vectors = f->policy && duro_policy_about(f->policy)->levels;
  if (finite && vectors && f->options.remedy != DURO_FILTER_FALLBACK)
    found = nearest_vector(f, w, near, at, u, wanted);
  else if (finite && f->options.remedy != DURO_FILTER_FALLBACK)
    found = first_on_way(f, w, near, at, u, safe, wanted);
  if (finite && !vectors && f->options.remedy == DURO_FILTER_BOX)
    found = nearest_in_box(f, w, near, found, at, u, wanted);
  w->counts.interventions++;
  w->counts.fallbacks += isnan(found) || distance(near, safe, f->nu) <= 0;
  memcpy(u, isnan(found) ? safe : near, sizeof *u * (size_t)f->nu);
  return isnan(found) ? margin : found;
}

/* A control u whose margin is `proposed`, and what is taken in its place. `replaced`: the filter stepped in in the step
 * before. */
static void decide(duro_filter_answer *answer, const duro_filter *f, filter_worker *w, float *u, const place *at) {
  const double wanted = f->margin + (answer->replaced ? f->options.hysteresis : 0);
  answer->replaced = !(answer->proposed >= wanted);
  answer->margin = answer->replaced ? replace(f, w, u, at, wanted) : answer->proposed;
  w->counts.steps++;
  w->counts.missed += !(answer->margin >= f->margin);
  w->counts.least = answer->margin < w->counts.least ? answer->margin : w->counts.least;
}

/* n <= DURO_PLAYER_SIDE states */
static void decide_all(duro_filter_answer *answer, const duro_filter *f, filter_worker *w, int n, float *u,
                       const float *obs, const double *x) {
  double margin[DURO_PLAYER_SIDE];
  for (int i = 0; i < n * f->nu; i++) u[i] = u[i] < -1 ? -1 : u[i] > 1 ? 1 : u[i];
  judge_states(f, w, n, margin, obs, x, u);
  for (int i = 0; i < n; i++) {
    const place at = {f->no ? obs + i * f->no : obs, f->nx ? x + i * f->nx : x};
    answer[i].proposed = margin[i];
    decide(&answer[i], f, w, u + i * f->nu, &at);
  }
}

/* What the player inside remembers lies before the filter's own number in each row. */
static void ask_player(const duro_player *p, const filter_worker *w, int n, float *u, const float *obs, const double *x,
                       double *memory) {
  const size_t own = (size_t)p->inner->remembered, row = (size_t)p->remembered;
  bool replaced[DURO_PLAYER_SIDE] = {false};
  for (size_t i = 0; i < (size_t)n; i++) memcpy(w->memory + i * own, memory + i * row, own * sizeof *memory);
  player_act(p->inner, w->player, n, u, replaced, obs, x, w->memory);
  for (size_t i = 0; i < (size_t)n; i++) memcpy(memory + i * row, w->memory + i * own, own * sizeof *memory);
}

static void act(const duro_player *p, void *worker, int n, float *u, bool *replaced, const float *obs, const double *x,
                double *memory) {
  duro_filter_answer answer[DURO_PLAYER_SIDE];
  ask_player(p, worker, n, u, obs, x, memory);
  for (int i = 0; i < n; i++) answer[i].replaced = memory[(i + 1) * p->remembered - 1] > 0;
  decide_all(answer, p->filter, worker, n, u, obs, x);
  for (int i = 0; i < n; i++) memory[(i + 1) * p->remembered - 1] = replaced[i] = answer[i].replaced;
}

/* ---- workers and counts ---- */

static const duro_filter_counts no_counts = {.least = INFINITY};

static void add_counts(duro_filter_counts *sum, const duro_filter_counts *more) {
  sum->steps += more->steps;
  sum->interventions += more->interventions;
  sum->fallbacks += more->fallbacks;
  sum->missed += more->missed;
  sum->least = fmin(sum->least, more->least);
}

static void source_destroy(const duro_filter *f, void *source) {
  if (f->source == DURO_FILTER_GRID) duro_env_worker_destroy(duro_grid_env(f->grid), source);
  if (f->source == DURO_FILTER_CERTIFICATE) duro_certificate_worker_destroy(source);
}

static void worker_destroy(const duro_player *p, void *worker) {
  filter_worker *w = worker;
  if (!w) return;
  duro_filter *f = (duro_filter *)(uintptr_t)p->filter; // its counts alone are written, under the lock
  pthread_mutex_lock(&f->lock);
  add_counts(&f->counts, &w->counts);
  pthread_mutex_unlock(&f->lock);
  if (p->inner->worker_destroy) p->inner->worker_destroy(p->inner, w->player);
  source_destroy(f, w->source);
  duro_release(w->obs);
  duro_release(w->candidate);
  duro_release(w->memory);
  duro_release(w->box);
  duro_release(w);
}

static duro_status worker_create(const duro_player *p, void **worker) {
  const duro_filter *f = p->filter;
  filter_worker *w = duro_allocate(sizeof *w);
  *worker = NULL;
  if (!w) return DURO_ERROR_MEMORY;
  w->counts = no_counts;
  w->obs = duro_allocate(SCAN * (size_t)f->no * sizeof *w->obs);
  w->candidate = duro_allocate(SCAN * (size_t)f->nu * sizeof *w->candidate);
  w->memory = duro_allocate(DURO_PLAYER_SIDE * (size_t)p->inner->remembered * sizeof *w->memory);
  const bool box = f->options.remedy == DURO_FILTER_BOX;
  if (box) w->box = duro_allocate(box_scratch_size(f->nu));
  duro_status status = w->obs && w->candidate && w->memory && (w->box || !box) ? DURO_OK : DURO_ERROR_MEMORY;
  if (!status && p->inner->worker_create) status = p->inner->worker_create(p->inner, &w->player);
  if (!status && f->source == DURO_FILTER_GRID) status = duro_env_worker_create(duro_grid_env(f->grid), &w->source);
  if (!status && f->source == DURO_FILTER_CERTIFICATE)
    status = duro_certificate_worker_create(f->certificate, &w->source);
  if (status)
    worker_destroy(p, w);
  else
    *worker = w;
  return status;
}

/* ---- without a player ---- */

duro_status duro_filter_apply(const duro_filter *filter, int64_t n, float *u, duro_filter_answer *answer,
                              const float *obs, const double *x) {
  const duro_player nobody = {0}, step = {.filter = filter, .inner = &nobody};
  void *worker = NULL;
  if ((filter->no && !obs) || (filter->nx && !x))
    return duro_fail(DURO_ERROR_ARGUMENT, "the filter is given no %s; wanted %d of each state",
                     filter->no ? "observations" : "states", filter->no ? filter->no : filter->nx);
  const duro_status status = worker_create(&step, &worker);
  for (int64_t i = 0; !status && i < n; i += DURO_PLAYER_SIDE) {
    const int side = n - i < DURO_PLAYER_SIDE ? (int)(n - i) : DURO_PLAYER_SIDE;
    decide_all(answer + i, filter, worker, side, u + i * filter->nu, obs ? obs + i * filter->no : NULL,
               x ? x + i * filter->nx : NULL);
  }
  worker_destroy(&step, worker);
  return status;
}

void duro_filter_sizes(const duro_filter *filter, int *no, int *nx, int *nu) {
  if (no) *no = filter->no;
  if (nx) *nx = filter->nx;
  if (nu) *nu = filter->nu;
}

duro_filter_counts duro_filter_count(const duro_filter *filter) {
  duro_filter *f = (duro_filter *)(uintptr_t)filter; // its lock
  pthread_mutex_lock(&f->lock);
  const duro_filter_counts counts = f->counts;
  pthread_mutex_unlock(&f->lock);
  return counts;
}

/* ---- makers ---- */

static duro_status check(const duro_filter *f) {
  const duro_filter_options *o = &f->options;
  if (o->struct_size != sizeof *o)
    return duro_fail(DURO_ERROR_ARGUMENT, "the options of a filter have %zu bytes; wanted %zu", o->struct_size,
                     sizeof *o);
  if (!(o->hysteresis >= 0 && isfinite(o->hysteresis)))
    return duro_fail(DURO_ERROR_ARGUMENT, "the hysteresis of a filter is %g; wanted 0 or more", o->hysteresis);
  if (!isfinite(f->margin))
    return duro_fail(DURO_ERROR_ARGUMENT, "the margin of a filter is %g; wanted a finite number", f->margin);
  if (o->remedy == DURO_FILTER_BOX && f->nu > BOX_CONTROLS)
    return duro_fail(DURO_ERROR_ARGUMENT, "a filter over the box of %d controls; wanted at most %d, or nearest", f->nu,
                     BOX_CONTROLS);
  return DURO_OK;
}

/* `made` says the source and its sizes; its margin is the source's own */
static duro_status create(duro_filter **filter, const duro_filter *made, const duro_filter_options *options) {
  *filter = NULL;
  duro_filter *f = duro_allocate(sizeof *f);
  if (!f) return DURO_ERROR_MEMORY;
  *f = *made;
  f->options = options ? *options : duro_filter_options_default();
  f->counts = no_counts;
  if (!isnan(f->options.margin)) f->margin = f->options.margin;
  if (f->source == DURO_FILTER_LEARNED) f->margin = (double)(float)f->margin; // as policies compare
  const duro_status status = check(f);
  if (status) {
    duro_release(f);
    return status;
  }
  pthread_mutex_init(&f->lock, NULL);
  *filter = f;
  return DURO_OK;
}

duro_status duro_filter_of_policy(duro_filter **filter, const duro_policy *policy, const duro_filter_options *options) {
  const duro_policy_info *about = duro_policy_about(policy);
  const bool can = duro_policy_has(policy, DURO_NET_QH) && duro_policy_has(policy, DURO_NET_PI_H) &&
                   (about->na == 0 || duro_policy_has(policy, DURO_NET_MU_H));
  *filter = NULL;
  if (!can)
    return duro_fail(DURO_ERROR_ARGUMENT, "a policy of %s is no filter: it lacks Qh, pi_h or mu_h", about->algorithm);
  return create(
      filter,
      &(duro_filter){
          .source = DURO_FILTER_LEARNED, .margin = about->margin, .no = about->no, .nu = about->nu, .policy = policy},
      options);
}

duro_status duro_filter_of_grid(duro_filter **filter, const duro_grid *grid, const duro_filter_options *options) {
  const duro_env_spec *spec = &duro_grid_env(grid)->spec;
  const duro_status status = grid_want_safe_set(duro_grid_settings_of(grid));
  *filter = NULL;
  if (status) return status;
  return create(
      filter,
      &(duro_filter){.source = DURO_FILTER_GRID, .margin = GRID_MARGIN, .nx = spec->nx, .nu = spec->nu, .grid = grid},
      options);
}

duro_status duro_filter_of_certificate(duro_filter **filter, const duro_certificate *certificate,
                                       const duro_filter_options *options) {
  const duro_formula *formula = certificate->game.formula;
  return create(filter,
                &(duro_filter){.source = DURO_FILTER_CERTIFICATE,
                               .margin = 0,
                               .nx = formula->nx,
                               .nu = formula->nu,
                               .certificate = certificate},
                options);
}

void duro_filter_destroy(duro_filter *f) {
  if (!f) return;
  pthread_mutex_destroy(&f->lock);
  duro_release(f);
}

duro_filter_source duro_filter_source_of(const duro_filter *filter) {
  return filter->source;
}

double duro_filter_margin(const duro_filter *filter) {
  return filter->margin;
}

uint64_t duro_filter_hash(const duro_filter *f) {
  duro_hasher hasher;
  duro_hash_begin(&hasher, "filter");
  duro_hash_integer(&hasher, f->source);
  duro_hash_integer(&hasher, f->options.remedy);
  duro_hash_real(&hasher, f->margin);
  duro_hash_real(&hasher, f->options.hysteresis);
  const uint64_t source = f->policy ? duro_policy_hash(f->policy)
                          : f->grid ? duro_grid_hash(f->grid)
                                    : duro_certificate_hash(f->certificate);
  duro_hash_integer(&hasher, (int64_t)source);
  return duro_hash_end(&hasher);
}

duro_status duro_player_filtered(duro_player *filtered, const duro_filter *filter, const duro_player *player) {
  *filtered = (duro_player){0};
  if (player->nu && player->nu != filter->nu)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s has %d controls; its filter has %d", player->name, player->nu,
                     filter->nu);
  if ((player->no && filter->no && player->no != filter->no) || (player->nx && filter->nx && player->nx != filter->nx))
    return duro_fail(DURO_ERROR_ARGUMENT, "%s sees %d observations and %d states; its filter %d and %d", player->name,
                     player->no, player->nx, filter->no, filter->nx);
  if (player->remembered >= DURO_PLAYER_MEMORY)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s remembers %d numbers; behind a filter wanted at most %d", player->name,
                     player->remembered, DURO_PLAYER_MEMORY - 1);
  *filtered = (duro_player){.struct_size = sizeof *filtered,
                            .name = player->name,
                            .act_on = act,
                            .remembered = player->remembered + 1,
                            .worker_create = worker_create,
                            .worker_destroy = worker_destroy,
                            .nx = filter->nx ? filter->nx : player->nx,
                            .no = filter->no ? filter->no : player->no,
                            .nu = filter->nu,
                            .filter = filter,
                            .inner = player};
  return DURO_OK;
}
