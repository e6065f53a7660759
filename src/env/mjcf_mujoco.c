/* A MuJoCo model as an environment. Its settings are made from it: each joint, body, site and actuator has rows of its
 * own, which say what is observed, controlled, disturbed, constrained and paid for. */
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/game.h"
#include "env/mjcf_pose.h"
#include "env/mujoco_world.h"
#include "env/opened.h"

enum {
  NAME = 48,
  ROW_NAME = NAME + 24,
  HELP = 160,
  STARTS = 1000,
  MAX_QUANTITIES = 4096,
  MAX_BODIES = POSE_MAX_BODIES
};

#define FREE 1e9 // a bound that is none

/* rows of the task as a whole; each value takes eight bytes, in the order of the rows */
typedef enum general { HORIZON, SUBSTEP, SUBSTEPS, ALIVE, CONTROL_COST, FAIL_COST, FAIL_BELOW, GENERAL } general;
/* rows of a quantity (a state or a height); those from START on for states only */
typedef enum part { OBSERVE, SCALE, MIN, MAX, UNIT, REWARD, COST, TARGET, START, SPREAD, EVAL_SPREAD, PARTS } part;
enum { HEIGHT_PARTS = START };

/* A number that the task may speak of. */
typedef struct quantity {
  char name[NAME];
  const char *unit;
  int state;      /* of the state vector, or -1 */
  int body, site; /* whose height it is, or -1 */
  int row;        /* its first */
} quantity;

/* An opened model. */
typedef struct model_file {
  opened file; /* first */
  char name[NAME];
  mjModel *model;
  quantity *quantities;
  int n_quantities;
  int nq, nv, nu, nbody, nsite; /* of the model, whose own are wider in some versions of MuJoCo */
  int control_row, force_row;   /* first row of the actuators, of the bodies */
  duro_setting *rows;
  int n_rows;
  char (*names)[ROW_NAME]; /* of the rows */
  char (*helps)[HELP];
} model_file;

static const model_file *file_of(const duro_env *env) {
  return (const model_file *)(const void *)env->ops;
}

static double real_at(const void *settings, int row) {
  double value;
  memcpy(&value, (const char *)settings + 8 * (size_t)row, sizeof value);
  return value;
}

static int64_t int_at(const void *settings, int row) {
  int64_t value;
  memcpy(&value, (const char *)settings + 8 * (size_t)row, sizeof value);
  return value;
}

static bool bool_at(const void *settings, int row) {
  bool value;
  memcpy(&value, (const char *)settings + 8 * (size_t)row, sizeof value);
  return value;
}

/* ---- names of what the model holds ---- */

/* the object's name with only letters, digits, _ and -; "joint2" where it has none */
static void name_of(char out[NAME], const mjModel *m, int type, int id, const char *kind) {
  const char *name = mj_id2name(m, type, id);
  if (name && name[0])
    snprintf(out, NAME, "%.31s", name);
  else
    snprintf(out, NAME, "%s%d", kind, id);
  for (char *c = out; *c; c++)
    if (!isalnum((unsigned char)*c) && *c != '-') *c = '_';
}

static quantity *add_quantity(model_file *f, const char *name, const char *ending, const char *unit) {
  quantity *q = &f->quantities[f->n_quantities++];
  *q = (quantity){.unit = unit, .state = -1, .body = -1, .site = -1};
  snprintf(q->name, sizeof q->name, "%.31s%s", name, ending);
  return q;
}

/* positions of a joint, or its rates */
static void add_joint(model_file *f, int joint, bool rates) {
  static const char *const place[] = {"_x", "_y", "_z"}, *const turn[] = {"_qw", "_qx", "_qy", "_qz"};
  static const char *const speed[] = {"_x_rate", "_y_rate", "_z_rate"}, *const spin[] = {"_wx", "_wy", "_wz"};
  const int type = f->model->jnt_type[joint];
  char name[NAME];
  name_of(name, f->model, mjOBJ_JOINT, joint, "joint");
  int at = rates ? f->nq + f->model->jnt_dofadr[joint] : f->model->jnt_qposadr[joint];
  if (type == mjJNT_FREE)
    for (int i = 0; i < 3; i++) add_quantity(f, name, rates ? speed[i] : place[i], rates ? "m/s" : "m")->state = at++;
  if (type == mjJNT_FREE || type == mjJNT_BALL)
    for (int i = 0; i < (rates ? 3 : 4); i++)
      add_quantity(f, name, rates ? spin[i] : turn[i], rates ? "rad/s" : "")->state = at++;
  const bool slides = type == mjJNT_SLIDE;
  if (slides || type == mjJNT_HINGE)
    add_quantity(f, name, rates ? "_rate" : "", rates ? (slides ? "m/s" : "rad/s") : (slides ? "m" : "rad"))->state =
        at;
}

/* states in their order, then heights of bodies and sites */
static void list_quantities(model_file *f) {
  const mjModel *m = f->model;
  char name[NAME];
  for (int j = 0; j < m->njnt; j++) add_joint(f, j, false);
  for (int j = 0; j < m->njnt; j++) add_joint(f, j, true);
  for (int b = 1; b < m->nbody; b++) {
    name_of(name, m, mjOBJ_BODY, b, "body");
    add_quantity(f, name, "_height", "m")->body = b;
  }
  for (int s = 0; s < m->nsite; s++) {
    name_of(name, m, mjOBJ_SITE, s, "site");
    add_quantity(f, name, "_height", "m")->site = s;
  }
}

/* ---- rows ---- */

/* What a row is besides its name. */
typedef struct row_kind {
  const char *name;
  duro_setting_kind kind;
  double initial, low, high;
  const char *unit; /* NULL: that of the quantity */
  const char *help; /* %s: what it speaks of */
} row_kind;

static const row_kind general_rows[GENERAL] = {
    {"horizon", DURO_INT, 500, 1, 1000000, "steps", "Length of an evaluation episode."},
    {"substep", DURO_REAL, 0, 1e-6, 1, "s", "Length of a step of MuJoCo; default: the model's."},
    {"substeps", DURO_INT, 1, 1, 1000, "", "Steps of MuJoCo in a step."},
    {"alive", DURO_REAL, 1, -1e6, 1e6, "", "Reward of each step."},
    {"control_cost", DURO_REAL, 0.01, 0, 1e6, "", "Weight of sum u^2 in the reward."},
    {"fail_cost", DURO_REAL, 0, 0, 1e9, "", "Subtracted from the reward on failing."},
    {"fail_below", DURO_REAL, -1, -1e9, 0, "", "The episode fails when h is below this."},
};

static const row_kind part_rows[PARTS] = {
    {"observe", DURO_BOOL, 1, 0, 1, "", "%s is observed."},
    {"scale", DURO_REAL, 1, 1e-6, 1e6, NULL, "The observation of %s is divided by this."},
    {"min", DURO_REAL, -FREE, -FREE, FREE, NULL, "Safe while %s is at least this; -1e9: no bound."},
    {"max", DURO_REAL, FREE, -FREE, FREE, NULL, "Safe while %s is at most this; 1e9: no bound."},
    {"unit", DURO_REAL, 1, 1e-6, 1e6, NULL, "Distance of %s to its bound that is 1 in h."},
    {"reward", DURO_REAL, 0, -1e6, 1e6, "", "Reward of each unit of %s, after the step."},
    {"cost", DURO_REAL, 0, 0, 1e6, "", "Weight of the squared distance of %s to its target."},
    {"target", DURO_REAL, 0, -FREE, FREE, NULL, "Target of %s."},
    {"start", DURO_REAL, 0, -FREE, FREE, NULL, "Start of %s; default: the model's."},
    {"spread", DURO_REAL, 0, 0, 1e6, NULL, "Training starts of %s: uniform within plus and minus this."},
    {"eval_spread", DURO_REAL, 0, 0, 1e6, NULL, "The same of evaluation starts."},
};

static const row_kind control_row = {
    "control", DURO_REAL, 1, 0, 1e6, "", "Actuator %s at u = 1, times its range where it has one; 0: no control."};
static const row_kind force_row = {
    "force", DURO_REAL, 0, 0, 1e9, "N", "Force on the centre of %s at a = 1, along this axis; 0: none."};

/* adds "kind_name_axis" */
static duro_setting *add_row(model_file *f, const row_kind *kind, const char *name, const char *axis,
                             const char *unit) {
  const int i = f->n_rows++;
  snprintf(f->names[i], ROW_NAME, "%s%s%s%s%s", kind->name, name ? "_" : "", name ? name : "", axis ? "_" : "",
           axis ? axis : "");
  const char *gap = strstr(kind->help, "%s");
  if (gap)
    snprintf(f->helps[i], HELP, "%.*s%s%s", (int)(gap - kind->help), kind->help, name, gap + 2);
  else
    snprintf(f->helps[i], HELP, "%s", kind->help);
  f->rows[i] = (duro_setting){.name = f->names[i],
                              .kind = kind->kind,
                              .offset = 8 * (size_t)i,
                              .initial = kind->initial,
                              .low = kind->low,
                              .high = kind->high,
                              .unit = kind->unit ? kind->unit : unit,
                              .help = f->helps[i]};
  return &f->rows[i];
}

static void add_quantity_rows(model_file *f, quantity *q) {
  const mjModel *m = f->model;
  q->row = f->n_rows;
  for (int p = 0; p < (q->state < 0 ? HEIGHT_PARTS : PARTS); p++) {
    duro_setting *row = add_row(f, &part_rows[p], q->name, NULL, q->unit);
    if (p == OBSERVE && q->state < 0) row->initial = 0;
    if (p == START && q->state < m->nq) row->initial = m->qpos0[q->state];
  }
}

static void list_rows(model_file *f) {
  const mjModel *m = f->model;
  static const char *const axes[] = {"x", "y", "z"};
  char name[NAME];
  for (int i = 0; i < GENERAL; i++) add_row(f, &general_rows[i], NULL, NULL, NULL);
  f->rows[SUBSTEP].initial = m->opt.timestep;
  for (int i = 0; i < f->n_quantities; i++) add_quantity_rows(f, &f->quantities[i]);
  f->control_row = f->n_rows;
  for (int i = 0; i < m->nu; i++) {
    name_of(name, m, mjOBJ_ACTUATOR, i, "actuator");
    add_row(f, &control_row, name, NULL, NULL);
  }
  f->force_row = f->n_rows;
  for (int b = 1; b < m->nbody; b++)
    for (int axis = 0; axis < 3; axis++) {
      name_of(name, m, mjOBJ_BODY, b, "body");
      add_row(f, &force_row, name, axes[axis], NULL);
    }
}

static duro_status check_rows(const model_file *f, const char *path) {
  for (int i = 0; i < f->n_rows; i++) {
    const duro_setting *row = &f->rows[i];
    if (row->kind == DURO_REAL && !(row->initial >= row->low && row->initial <= row->high))
      return duro_fail(DURO_ERROR_FORMAT, "%s: env.%s would be %g; wanted %g to %g", path, row->name, row->initial,
                       row->low, row->high);
    for (int k = 0; k < i; k++)
      if (strcmp(f->names[i], f->names[k]) == 0)
        return duro_fail(DURO_ERROR_FORMAT, "%s: two things of the model would have the setting env.%s; rename one",
                         path, f->names[i]);
  }
  return DURO_OK;
}

/* ---- the task that the settings describe ---- */

typedef struct bound {
  int quantity;
  double limit, scale; /* margin: (value - limit) / scale, scale < 0 for an upper bound */
} bound;

typedef struct payment {
  int quantity;
  double reward, cost, target;
} payment;

typedef struct task {
  mjModel *model;
  bool heights; /* some bound, payment or observation asks for one */
  int observed[DURO_MAX_OBS];
  double scale[DURO_MAX_OBS];
  int n_observed, n_bounds, n_payments, nu, na;
  bound bounds[2 * MAX_QUANTITIES];
  payment payments[MAX_QUANTITIES];
  int actuator[DURO_MAX_ACTION];
  double middle[DURO_MAX_ACTION], half[DURO_MAX_ACTION];
  int force[DURO_MAX_ACTION]; /* of xfrc_applied */
  double newton[DURO_MAX_ACTION];
  const char *names[DURO_MAX_STATE], *units[DURO_MAX_STATE];
  double low[DURO_MAX_STATE], high[DURO_MAX_STATE];
  double start[DURO_MAX_STATE], spread[DURO_MAX_STATE], eval_spread[DURO_MAX_STATE];
} task;

static duro_status read_bounds(task *t, const quantity *q, int index, const void *s) {
  const double low = real_at(s, q->row + MIN), high = real_at(s, q->row + MAX), unit = real_at(s, q->row + UNIT);
  if (low >= high)
    return duro_fail(DURO_ERROR_ARGUMENT, "env.min_%s is %g and env.max_%s %g; wanted numbers that rise", q->name, low,
                     q->name, high);
  if (low > -FREE) t->bounds[t->n_bounds++] = (bound){index, low, unit};
  if (high < FREE) t->bounds[t->n_bounds++] = (bound){index, high, -unit};
  t->heights |= q->state < 0 && (low > -FREE || high < FREE);
  return DURO_OK;
}

static void read_payment(task *t, const quantity *q, int index, const void *s) {
  const payment p = {index, real_at(s, q->row + REWARD), real_at(s, q->row + COST), real_at(s, q->row + TARGET)};
  if (p.reward == 0.0 && p.cost == 0.0) return;
  t->payments[t->n_payments++] = p;
  t->heights |= q->state < 0;
}

/* where plots look: bounds of the task or the joint, or a guess about the start */
static void read_state(task *t, const model_file *f, const quantity *q, const void *s) {
  const int i = q->state;
  const mjModel *m = f->model;
  t->names[i] = q->name;
  t->units[i] = q->unit;
  t->start[i] = real_at(s, q->row + START);
  t->spread[i] = real_at(s, q->row + SPREAD);
  t->eval_spread[i] = real_at(s, q->row + EVAL_SPREAD);
  const double guess = fmax(i < m->nq ? 3.2 : 10.0, t->spread[i]);
  t->low[i] = t->start[i] - guess;
  t->high[i] = t->start[i] + guess;
  for (int j = 0; j < m->njnt; j++)
    if (m->jnt_qposadr[j] == i && m->jnt_limited[j] && m->jnt_type[j] >= mjJNT_SLIDE) {
      t->low[i] = m->jnt_range[2 * j];
      t->high[i] = m->jnt_range[2 * j + 1];
    }
  const double low = real_at(s, q->row + MIN), high = real_at(s, q->row + MAX);
  if (low > -FREE && high < FREE) { // a tenth beyond
    t->low[i] = low - 0.05 * (high - low);
    t->high[i] = high + 0.05 * (high - low);
  }
}

static duro_status read_quantities(task *t, const model_file *f, const void *s) {
  for (int i = 0; i < f->n_quantities; i++) {
    const quantity *q = &f->quantities[i];
    const duro_status status = read_bounds(t, q, i, s);
    if (status) return status;
    read_payment(t, q, i, s);
    if (q->state >= 0) read_state(t, f, q, s);
    if (!bool_at(s, q->row + OBSERVE)) continue;
    if (t->n_observed == DURO_MAX_OBS)
      return duro_fail(DURO_ERROR_ARGUMENT, "more than %d numbers are observed; set env.observe_%s: false, say",
                       DURO_MAX_OBS, q->name);
    t->scale[t->n_observed] = real_at(s, q->row + SCALE);
    t->observed[t->n_observed++] = i;
    t->heights |= q->state < 0;
  }
  if (!t->n_bounds)
    return duro_fail(DURO_ERROR_ARGUMENT, "there is no constraint; wanted env.min_%s, say, or another min or max",
                     f->quantities[0].name);
  if (!t->n_observed) return duro_fail(DURO_ERROR_ARGUMENT, "nothing is observed; wanted some env.observe_...: true");
  return DURO_OK;
}

static duro_status read_players(task *t, const model_file *f, const void *s) {
  const mjModel *m = f->model;
  for (int i = 0; i < m->nu; i++) {
    const double share = real_at(s, f->control_row + i);
    if (share == 0.0) continue;
    if (t->nu == DURO_MAX_ACTION)
      return duro_fail(DURO_ERROR_ARGUMENT, "more than %d controls; set some env.control_...: 0", t->nu);
    const double low = m->actuator_ctrlrange[2 * i], high = m->actuator_ctrlrange[2 * i + 1];
    const bool limited = m->actuator_ctrllimited[i];
    t->actuator[t->nu] = i;
    t->middle[t->nu] = limited ? 0.5 * (low + high) : 0.0;
    t->half[t->nu++] = limited ? 0.5 * share * (high - low) : share;
  }
  for (int i = 0; i < 3 * (m->nbody - 1); i++) {
    const double newton = real_at(s, f->force_row + i);
    if (newton == 0.0) continue;
    if (t->na == DURO_MAX_ACTION)
      return duro_fail(DURO_ERROR_ARGUMENT, "more than %d disturbances; set some env.force_...: 0", t->na);
    t->force[t->na] = 6 * (1 + i / 3) + i % 3;
    t->newton[t->na++] = newton;
  }
  if (!t->nu) return duro_fail(DURO_ERROR_ARGUMENT, "nothing is controlled; wanted some env.control_... above 0");
  if (!t->na)
    return duro_fail(DURO_ERROR_ARGUMENT, "there is no disturbance; wanted env.%s above 0, say, or another force",
                     f->names[f->force_row]);
  return DURO_OK;
}

static void m_destroy(duro_env *env) {
  task *t = env->shared;
  if (t->model) mj_deleteModel(t->model);
  duro_release(t);
}

static void describe(duro_env *env, const task *t) {
  const model_file *f = file_of(env);
  uint64_t needs = 0;
  for (int i = 0; i < t->n_bounds; i++) {
    const int state = f->quantities[t->bounds[i].quantity].state;
    needs |= state < 0 ? ~(uint64_t)0 >> (64 - f->nq) : (uint64_t)1 << state; // a height: on all positions
  }
  env->spec = (duro_env_spec){.nx = f->nq + f->nv,
                              .no = t->n_observed,
                              .nu = t->nu,
                              .na = t->na,
                              .horizon = (int)int_at(env->settings, HORIZON),
                              .dt = real_at(env->settings, SUBSTEP) * (double)int_at(env->settings, SUBSTEPS),
                              .h_scale = 1.0,
                              .x_names = t->names,
                              .x_units = t->units,
                              .x_low = t->low,
                              .x_high = t->high,
                              .slice = {0, f->nq},
                              .h_needs = needs};
}

static duro_status m_create(duro_env *env) {
  const model_file *f = file_of(env);
  task *t = duro_allocate(sizeof *t);
  if (!t) return DURO_ERROR_MEMORY;
  env->shared = t;
  duro_status status = read_quantities(t, f, env->settings);
  if (!status) status = read_players(t, f, env->settings);
  if (!status)
    status = mujoco_load(&t->model, "model.xml", (const unsigned char *)f->file.source.bytes, f->file.source.size);
  if (status) {
    m_destroy(env);
    return status;
  }
  t->model->opt.timestep = real_at(env->settings, SUBSTEP);
  describe(env, t);
  return DURO_OK;
}

/* ---- what it does ---- */

static duro_status m_worker_create(const duro_env *env, void **worker) {
  mjData *data;
  const duro_status status = mujoco_data(&data, ((const task *)env->shared)->model);
  *worker = data;
  return status;
}

static void m_worker_destroy(void *worker) {
  mj_deleteData(worker);
}

static double value_at(const quantity *q, const mjModel *m, const double *x, const pose *where) {
  if (q->state >= 0) return x[q->state];
  return q->site >= 0 ? pose_site_height(where, m, q->site) : where->position[3 * q->body + 2];
}

/* unit quaternions of free and ball joints */
static void normalise(const mjModel *m, double *x) {
  for (int j = 0; j < m->njnt; j++) {
    if (m->jnt_type[j] == mjJNT_FREE) mju_normalize4(x + m->jnt_qposadr[j] + 3);
    if (m->jnt_type[j] == mjJNT_BALL) mju_normalize4(x + m->jnt_qposadr[j]);
  }
}

static void m_reset(const duro_env *env, double *x, duro_stream *stream, duro_start start) {
  const task *t = env->shared;
  const double *spread = start == DURO_START_EVAL ? t->eval_spread : t->spread;
  for (int trial = 0; trial < STARTS; trial++) {
    for (int i = 0; i < env->spec.nx; i++) x[i] = t->start[i] + env_around_zero(stream, spread[i]);
    normalise(t->model, x);
    if (env->ops->constraint(env, x) >= 0.0) return;
  }
}

static void m_observe(const duro_env *env, float *obs, const double *x) {
  const task *t = env->shared;
  const model_file *f = file_of(env);
  pose where;
  if (t->heights) pose_of(&where, t->model, x);
  for (int i = 0; i < t->n_observed; i++)
    obs[i] = (float)(value_at(&f->quantities[t->observed[i]], t->model, x, &where) / t->scale[i]);
}

static double constraint_at(const duro_env *env, const double *x, const pose *where) {
  const task *t = env->shared;
  const model_file *f = file_of(env);
  double h = INFINITY;
  for (int i = 0; i < t->n_bounds; i++) {
    const bound *b = &t->bounds[i];
    h = env_min(h, (value_at(&f->quantities[b->quantity], t->model, x, where) - b->limit) / b->scale);
  }
  return h;
}

static double m_constraint(const duro_env *env, const double *x) {
  const task *t = env->shared;
  pose where;
  if (t->heights) pose_of(&where, t->model, x);
  return constraint_at(env, x, &where);
}

static void m_judge(const duro_env *env, double *x2, duro_step *out, const double *u) {
  const task *t = env->shared;
  const model_file *f = file_of(env);
  const void *s = env->settings;
  pose where;
  if (t->heights) pose_of(&where, t->model, x2);
  out->h = constraint_at(env, x2, &where);
  const bool failed = out->h < real_at(s, FAIL_BELOW);
  double effort = 0.0;
  for (int i = 0; i < t->nu; i++) effort += u[i] * u[i];
  out->r = real_at(s, ALIVE) - real_at(s, CONTROL_COST) * effort - (failed ? real_at(s, FAIL_COST) : 0.0);
  for (int i = 0; i < t->n_payments; i++) {
    const payment *p = &t->payments[i];
    const double value = value_at(&f->quantities[p->quantity], t->model, x2, &where), off = value - p->target;
    out->r += p->reward * value - p->cost * off * off;
  }
  out->end = failed ? DURO_TERMINATED : DURO_RUNNING;
}

static void m_step(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                   const double *a) {
  assert(worker);
  const task *t = env->shared;
  const int nx = env->spec.nx;
  mjData *data = worker;
  if (!env_all_finite(x, nx) || !env_all_finite(u, t->nu) || !env_all_finite(a, t->na)) {
    env_not_finite(x2, out, nx);
    return;
  }
  mujoco_clear(t->model, data);
  mujoco_write(t->model, data, x);
  for (int i = 0; i < t->model->nu; i++) data->ctrl[i] = 0.0;
  for (int i = 0; i < t->nu; i++) data->ctrl[t->actuator[i]] = t->middle[i] + t->half[i] * u[i];
  for (int i = 0; i < t->na; i++) data->xfrc_applied[t->force[i]] = t->newton[i] * a[i];
  const bool good = mujoco_advance(t->model, data, int_at(env->settings, SUBSTEPS));
  mujoco_read(t->model, data, x2);
  if (good && env_all_finite(x2, nx))
    m_judge(env, x2, out, u);
  else
    env_not_finite(x2, out, nx);
}

static const void *m_model(const duro_env *env) {
  return ((const task *)env->shared)->model;
}

/* ---- opening ---- */

static void release(model_file *f) {
  if (f->model) mj_deleteModel(f->model);
  duro_release(f->quantities);
  duro_release(f->rows);
  duro_release(f->names);
  duro_release(f->helps);
}

static void m_close(opened *file) {
  release((model_file *)(void *)file);
}

static duro_status check_model(const model_file *f, const char *path) {
  if (f->model->na)
    return duro_fail(DURO_ERROR_FORMAT, "%s: its actuators have states of their own, which a step cannot set", path);
  if (f->nq < 1 || f->nq + f->nv > DURO_MAX_STATE)
    return duro_fail(DURO_ERROR_FORMAT, "%s has %d positions and %d speeds; wanted 1 to %d in all", path, f->nq, f->nv,
                     DURO_MAX_STATE);
  if (f->nbody > MAX_BODIES || f->nq + f->nv + f->nbody + f->nsite > MAX_QUANTITIES)
    return duro_fail(DURO_ERROR_FORMAT, "%s has %d bodies and %d sites; wanted at most %d bodies, and %d in all", path,
                     f->nbody, f->nsite, MAX_BODIES, MAX_QUANTITIES);
  return f->nu ? DURO_OK : duro_fail(DURO_ERROR_FORMAT, "%s has no actuator to control", path);
}

static duro_status make_rows(model_file *f, const char *path) {
  const size_t quantities = (size_t)f->nq + (size_t)f->nv + (size_t)f->nbody + (size_t)f->nsite;
  const size_t rows = GENERAL + quantities * PARTS + (size_t)f->nu + 3 * (size_t)f->nbody;
  f->quantities = duro_allocate(quantities * sizeof *f->quantities);
  f->rows = duro_allocate(rows * sizeof *f->rows);
  f->names = duro_allocate(rows * sizeof *f->names);
  f->helps = duro_allocate(rows * sizeof *f->helps);
  if (!f->quantities || !f->rows || !f->names || !f->helps) return DURO_ERROR_MEMORY;
  list_quantities(f);
  list_rows(f);
  return check_rows(f, path);
}

static duro_status fill(model_file *f, const duro_env_source *source) {
  opened_name(f->name, sizeof f->name, source->path);
  duro_status status = mujoco_load(&f->model, "model.xml", (const unsigned char *)source->bytes, source->size);
  if (status) {
    char reason[512];
    snprintf(reason, sizeof reason, "%s", duro_error());
    return duro_fail(status, "%s: %s", source->path, reason);
  }
  const mjModel *m = f->model;
  f->nq = (int)m->nq, f->nv = (int)m->nv, f->nu = (int)m->nu, f->nbody = (int)m->nbody, f->nsite = (int)m->nsite;
  status = check_model(f, source->path);
  return status ? status : make_rows(f, source->path);
}

duro_status mjcf_open(opened **file, const duro_env_source *source) {
  model_file *f = duro_allocate(sizeof *f);
  if (!f) return DURO_ERROR_MEMORY;
  const duro_status status = fill(f, source);
  if (status) {
    release(f);
    duro_release(f);
    return status;
  }
  f->file.close = m_close;
  f->file.ops = (duro_env_ops){.name = f->name,
                               .title = "a MuJoCo model; its settings are the task",
                               .settings = f->rows,
                               .n_settings = f->n_rows,
                               .settings_size = 8 * (size_t)f->n_rows,
                               .create = m_create,
                               .destroy = m_destroy,
                               .worker_create = m_worker_create,
                               .worker_destroy = m_worker_destroy,
                               .reset = m_reset,
                               .observe = m_observe,
                               .constraint = m_constraint,
                               .step = m_step,
                               .model = m_model};
  *file = &f->file;
  return DURO_OK;
}
