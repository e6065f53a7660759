/* A MuJoCo model as an environment. Its settings are made from it: each joint, body, site and actuator has rows of its
 * own, which say what is observed, controlled, disturbed, constrained and paid for. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/draw.h"
#include "env/facts.h"
#include "env/game.h"
#include "env/mjcf_files.h"
#include "env/mjcf_pose.h"
#include "env/mujoco_world.h"
#include "env/opened.h"

enum {
  MODEL_NAME = 64,
  MOST_NAME = 96, // longest name in the model
  NAME = 112,     // of a quantity: with its kind and what of it
  ROW_NAME = 124, // of a setting, all that --set can carry
  HELP = 256,
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
  int owner;      /* the thing of the model that it belongs to, see owner_of */
} quantity;

/* Kinds of things that settings are named after, each with numbers of its own. */
enum { NOT, SOON, YES };
typedef enum thing { JOINT, BODY, SITE, ACTUATOR, FORCE, THINGS } thing;

/* An opened model. */
typedef struct model_file {
  opened file; /* first */
  char name[MODEL_NAME];
  mjModel *model;
  quantity *quantities;
  int n_quantities;
  int nq, nv, nu, nbody, nsite; /* of the model, whose own are wider in some versions of MuJoCo */
  int control_row, force_row;   /* first row of the actuators, of the bodies */
  int keyframe_row;             /* -1 where the model has no keyframes */
  char *qualified;              /* (owners) whether its kind stands before its name: NOT, SOON (next time), YES */
  int *owner;                   /* (rows) of each row, -1: the task as a whole */
  duro_setting *rows;
  int n_rows;
  char (*names)[ROW_NAME]; /* of the rows */
  char (*helps)[HELP];
} model_file;

/* by what the environment holds, a task that begins with it: its operations may be copied */
static const model_file *file_of(const duro_env *env) {
  return *(const model_file *const *)env->shared;
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

/* MuJoCo's names are unique for each kind only, and may hold any character. A setting takes letters, digits, _ and -,
 * with _ for anything else, and the kind stands before the name (site_ball) where two settings would be one. */
static const struct {
  int type;
  const char *kind;
} things[THINGS] = {[JOINT] = {mjOBJ_JOINT, "joint"},
                    [BODY] = {mjOBJ_BODY, "body"},
                    [SITE] = {mjOBJ_SITE, "site"},
                    [ACTUATOR] = {mjOBJ_ACTUATOR, "actuator"},
                    [FORCE] = {mjOBJ_BODY, "body"}};

static int how_many(const model_file *f, thing thing) {
  const int many[THINGS] = {(int)f->model->njnt, f->nbody, f->nsite, f->nu, f->nbody};
  return many[thing];
}

/* a number for each thing */
static int owner_of(const model_file *f, thing thing, int id) {
  for (int t = 0; t < (int)thing; t++) id += how_many(f, (enum thing)t);
  return id;
}

static bool may_stand(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* the thing's name, "joint2" where it has none */
static void name_of(char out[NAME], const model_file *f, thing thing, int id) {
  const char *name = mj_id2name(f->model, things[thing].type, id), *kind = things[thing].kind;
  const bool qualified = f->qualified[owner_of(f, thing, id)] == YES;
  if (name && name[0])
    snprintf(out, NAME, "%s%s%.*s", qualified ? kind : "", qualified ? "_" : "", MOST_NAME, name);
  else
    snprintf(out, NAME, "%s%s%s%d", qualified ? kind : "", qualified ? "_" : "", kind, id);
  for (char *c = out; *c; c++)
    if (!may_stand(*c)) *c = '_';
}

static duro_status check_names(const model_file *f, const char *path) {
  for (int t = 0; t < THINGS; t++)
    for (int i = 0; i < how_many(f, (thing)t); i++) {
      const char *name = mj_id2name(f->model, things[t].type, i);
      if (name && strlen(name) > MOST_NAME)
        return duro_fail(DURO_ERROR_FORMAT, "%s: the name of the %s %.40s... has %zu characters; wanted at most %d",
                         path, things[t].kind, name, strlen(name), MOST_NAME);
    }
  return DURO_OK;
}

static quantity *add_quantity(model_file *f, int owner, const char *name, const char *ending, const char *unit) {
  quantity *q = &f->quantities[f->n_quantities++];
  *q = (quantity){.unit = unit, .state = -1, .body = -1, .site = -1, .owner = owner};
  snprintf(q->name, sizeof q->name, "%.*s%s", NAME - 8, name, ending); // a kind and MOST_NAME, and the longest ending
  return q;
}

/* positions of a joint, or its rates */
static void add_joint(model_file *f, int joint, bool rates) {
  static const char *const place[] = {"_x", "_y", "_z"}, *const turn[] = {"_qw", "_qx", "_qy", "_qz"};
  static const char *const speed[] = {"_x_rate", "_y_rate", "_z_rate"}, *const spin[] = {"_wx", "_wy", "_wz"};
  const int type = f->model->jnt_type[joint], owner = owner_of(f, JOINT, joint);
  char name[NAME];
  name_of(name, f, JOINT, joint);
  int at = rates ? f->nq + f->model->jnt_dofadr[joint] : f->model->jnt_qposadr[joint];
  if (type == mjJNT_FREE)
    for (int i = 0; i < 3; i++)
      add_quantity(f, owner, name, rates ? speed[i] : place[i], rates ? "m/s" : "m")->state = at++;
  if (type == mjJNT_FREE || type == mjJNT_BALL)
    for (int i = 0; i < (rates ? 3 : 4); i++)
      add_quantity(f, owner, name, rates ? spin[i] : turn[i], rates ? "rad/s" : "")->state = at++;
  const bool slides = type == mjJNT_SLIDE;
  const char *unit = rates ? (slides ? "m/s" : "rad/s") : (slides ? "m" : "rad");
  if (slides || type == mjJNT_HINGE) add_quantity(f, owner, name, rates ? "_rate" : "", unit)->state = at;
}

/* states in their order, then heights of bodies and sites */
static void list_quantities(model_file *f) {
  const int joints = (int)f->model->njnt;
  char name[NAME];
  f->n_quantities = 0;
  for (int j = 0; j < joints; j++) add_joint(f, j, false);
  for (int j = 0; j < joints; j++) add_joint(f, j, true);
  for (int b = 1; b < f->nbody; b++) {
    name_of(name, f, BODY, b);
    add_quantity(f, owner_of(f, BODY, b), name, "_height", "m")->body = b;
  }
  for (int i = 0; i < f->nsite; i++) {
    name_of(name, f, SITE, i);
    add_quantity(f, owner_of(f, SITE, i), name, "_height", "m")->site = i;
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
static duro_setting *add_row(model_file *f, const row_kind *kind, int owner, const char *name, const char *axis,
                             const char *unit) {
  const int i = f->n_rows++;
  const int length = snprintf(f->names[i], ROW_NAME, "%s%s%s%s%s", kind->name, name ? "_" : "", name ? name : "",
                              axis ? "_" : "", axis ? axis : "");
  assert(length < ROW_NAME); // the longest part before the longest quantity
  (void)length;
  const char *gap = strstr(kind->help, "%s");
  if (gap)
    snprintf(f->helps[i], HELP, "%.*s%s%s", (int)(gap - kind->help), kind->help, name, gap + 2);
  else
    snprintf(f->helps[i], HELP, "%s", kind->help);
  f->owner[i] = owner;
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
    duro_setting *row = add_row(f, &part_rows[p], q->owner, q->name, NULL, q->unit);
    if (p == OBSERVE && q->state < 0) row->initial = 0;
    if (p == START && q->state < f->nq) row->initial = m->qpos0[q->state];
  }
}

/* the only text, which takes more than eight bytes, comes last */
static void add_keyframe_row(model_file *f) {
  static const row_kind kind = {"keyframe", DURO_TEXT, 0, 0, 0, "", ""};
  duro_setting *row = add_row(f, &kind, -1, NULL, NULL, NULL);
  const char *first = mj_id2name(f->model, mjOBJ_KEY, 0);
  row->initial_text = "";
  snprintf(
      f->helps[f->n_rows - 1], HELP,
      "Keyframe of the model, by name or number (0 is %.40s, of %d), at which episodes start where start_... is left "
      "at its default; empty: none.",
      first && *first ? first : "the first", (int)f->model->nkey);
}

static void list_rows(model_file *f) {
  const mjModel *m = f->model;
  static const char *const axes[] = {"x", "y", "z"};
  char name[NAME];
  f->n_rows = 0;
  for (int i = 0; i < GENERAL; i++) add_row(f, &general_rows[i], -1, NULL, NULL, NULL);
  f->rows[SUBSTEP].initial = m->opt.timestep;
  for (int i = 0; i < f->n_quantities; i++) add_quantity_rows(f, &f->quantities[i]);
  f->control_row = f->n_rows;
  for (int i = 0; i < f->nu; i++) {
    name_of(name, f, ACTUATOR, i);
    add_row(f, &control_row, owner_of(f, ACTUATOR, i), name, NULL, NULL);
  }
  f->force_row = f->n_rows;
  for (int b = 1; b < f->nbody; b++)
    for (int axis = 0; axis < 3; axis++) {
      name_of(name, f, FORCE, b);
      add_row(f, &force_row, owner_of(f, FORCE, b), name, axes[axis], NULL);
    }
  f->keyframe_row = m->nkey > 0 ? f->n_rows : -1;
  if (f->keyframe_row >= 0) add_keyframe_row(f);
}

static int by_name(const void *a, const void *b) {
  const duro_setting *const *left = a, *const *right = b;
  return strcmp((*left)->name, (*right)->name);
}

static thing thing_of(const model_file *f, int owner) {
  int t = 0;
  while (owner >= how_many(f, (thing)t)) owner -= how_many(f, (thing)t++);
  return (thing)t;
}

/* Settings of one name: true where their kinds can tell them apart, and now will. */
static bool qualify(model_file *f, const int owner[2]) {
  if (owner[0] >= 0 && owner[1] >= 0 && thing_of(f, owner[0]) == thing_of(f, owner[1])) return false;
  bool told = false;
  for (int k = 0; k < 2; k++) {
    if (owner[k] < 0 || f->qualified[owner[k]] == YES) continue;
    f->qualified[owner[k]] = SOON;
    told = true;
  }
  return told;
}

/* Where settings have one name, puts the kind before the names of what they are made for; `again`: there were some. */
static duro_status tell_apart(bool *again, model_file *f, const char *path) {
  const duro_setting **sorted = duro_allocate((size_t)f->n_rows * sizeof *sorted);
  if (!sorted) return DURO_ERROR_MEMORY;
  for (int i = 0; i < f->n_rows; i++) sorted[i] = &f->rows[i];
  qsort(sorted, (size_t)f->n_rows, sizeof *sorted, by_name);
  const duro_setting *doubt = NULL; // the first of those that stay alike
  *again = false;
  for (int i = 1; i < f->n_rows; i++) {
    if (strcmp(sorted[i - 1]->name, sorted[i]->name) != 0) continue;
    *again = true;
    if (qualify(f, (const int[]){f->owner[sorted[i - 1] - f->rows], f->owner[sorted[i] - f->rows]})) continue;
    if (!doubt || sorted[i] < doubt) doubt = sorted[i];
  }
  duro_release(sorted);
  for (int i = 0; i < owner_of(f, THINGS, 0); i++)
    if (f->qualified[i] == SOON) f->qualified[i] = YES;
  if (!doubt) return DURO_OK;
  return duro_fail(DURO_ERROR_FORMAT, "%s: two things of the model would have the setting env.%s; rename one", path,
                   doubt->name);
}

static duro_status check_rows(const model_file *f, const char *path) {
  for (int i = 0; i < f->n_rows; i++) {
    const duro_setting *row = &f->rows[i];
    if (row->kind == DURO_REAL && !(row->initial >= row->low && row->initial <= row->high))
      return duro_fail(DURO_ERROR_FORMAT, "%s: env.%s would be %g; wanted %g to %g", path, row->name, row->initial,
                       row->low, row->high);
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
  const model_file *file; /* first, see file_of */
  mjModel *model;
  mujoco_trouble trouble;
  bool heights; /* some bound, payment or observation asks for one */
  int n_observed, n_bounds, n_payments, nu, na;
  duro_arena arena; /* of the arrays */
  int *observed;    /* (n_observed) quantities */
  double *scale;    /* (n_observed) */
  bound *bounds;
  payment *payments;
  int *actuator;                        /* (nu) */
  double *middle, *half;                /* (nu) */
  int *force;                           /* (na) of xfrc_applied */
  double *newton;                       /* (na) */
  const char **names, **units;          /* (nx) */
  double *low, *high;                   /* (nx) */
  double *start, *spread, *eval_spread; /* (nx) */
} task;

/* arrays as long as the model lets them be */
static void lay_out(task *t, const model_file *f) {
  const size_t n = (size_t)f->n_quantities, nx = (size_t)f->nq + (size_t)f->nv, nu = (size_t)f->nu;
  const size_t forces = 3 * (size_t)f->nbody;
  t->observed = duro_arena_take(&t->arena, n * sizeof *t->observed);
  t->scale = duro_arena_take(&t->arena, n * sizeof *t->scale);
  t->bounds = duro_arena_take(&t->arena, 2 * n * sizeof *t->bounds);
  t->payments = duro_arena_take(&t->arena, n * sizeof *t->payments);
  t->actuator = duro_arena_take(&t->arena, nu * sizeof *t->actuator);
  t->middle = duro_arena_take(&t->arena, nu * sizeof *t->middle);
  t->half = duro_arena_take(&t->arena, nu * sizeof *t->half);
  t->force = duro_arena_take(&t->arena, forces * sizeof *t->force);
  t->newton = duro_arena_take(&t->arena, forces * sizeof *t->newton);
  t->names = duro_arena_take(&t->arena, nx * sizeof *t->names);
  t->units = duro_arena_take(&t->arena, nx * sizeof *t->units);
  double **const reals[] = {&t->low, &t->high, &t->start, &t->spread, &t->eval_spread};
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
    *reals[i] = duro_arena_take(&t->arena, nx * sizeof **reals[i]);
}

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

/* the keyframe that the settings name; -1 where they name none */
static duro_status find_keyframe(int *key, const model_file *f, const void *s) {
  *key = -1;
  if (f->keyframe_row < 0) return DURO_OK;
  const char *word = (const char *)s + f->rows[f->keyframe_row].offset;
  if (!*word) return DURO_OK;
  *key = mj_name2id(f->model, mjOBJ_KEY, word);
  if (*key >= 0) return DURO_OK;
  char *end;
  const long number = strtol(word, &end, 10);
  if (word[0] >= '0' && word[0] <= '9' && !*end && number < f->model->nkey) {
    *key = (int)number;
    return DURO_OK;
  }
  const char *first = mj_id2name(f->model, mjOBJ_KEY, 0);
  return duro_fail(DURO_ERROR_ARGUMENT, "env.keyframe is '%.80s'; wanted the name of a keyframe%s%.40s, or 0 to %d",
                   word, first && *first ? ", as " : "", first && *first ? first : "", (int)f->model->nkey - 1);
}

/* where episodes start: as the settings say, and where they say nothing at the keyframe, if there is one */
static double start_of(const model_file *f, const quantity *q, int key, const void *s) {
  const mjModel *m = f->model;
  const double start = real_at(s, q->row + START);
  if (key < 0 || start != f->rows[q->row + START].initial) return start;
  return q->state < f->nq ? m->key_qpos[key * f->nq + q->state] : m->key_qvel[key * f->nv + q->state - f->nq];
}

/* where plots look: bounds of the task or the joint, or a guess about the start */
static void read_state(task *t, const model_file *f, const quantity *q, int key, const void *s) {
  const int i = q->state;
  const mjModel *m = f->model;
  t->names[i] = q->name;
  t->units[i] = q->unit;
  t->start[i] = start_of(f, q, key, s);
  t->spread[i] = real_at(s, q->row + SPREAD);
  t->eval_spread[i] = real_at(s, q->row + EVAL_SPREAD);
  const double guess = fmax(i < f->nq ? 3.2 : 10.0, t->spread[i]);
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
  int key;
  const duro_status found = find_keyframe(&key, f, s);
  if (found) return found;
  for (int i = 0; i < f->n_quantities; i++) {
    const quantity *q = &f->quantities[i];
    const duro_status status = read_bounds(t, q, i, s);
    if (status) return status;
    read_payment(t, q, i, s);
    if (q->state >= 0) read_state(t, f, q, key, s);
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
  for (int i = 0; i < f->nu; i++) {
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
  for (int i = 0; i < 3 * (f->nbody - 1); i++) {
    const double newton = real_at(s, f->force_row + i);
    if (newton == 0.0) continue;
    if (t->na == DURO_MAX_ACTION)
      return duro_fail(DURO_ERROR_ARGUMENT, "more than %d disturbances; set some env.force_...: 0", t->na);
    t->force[t->na] = 6 * (1 + i / 3) + i % 3;
    t->newton[t->na++] = newton;
  }
  if (!t->nu) return duro_fail(DURO_ERROR_ARGUMENT, "nothing is controlled; wanted some env.control_... above 0");
  return DURO_OK;
}

static void m_destroy(duro_env *env) {
  task *t = env->shared;
  if (t->model) mj_deleteModel(t->model);
  duro_arena_release(&t->arena);
  duro_release(t);
}

static void describe(duro_env *env, const task *t) {
  const model_file *f = file_of(env);
  uint64_t needs = 0;
  for (int i = 0; i < t->n_bounds && f->nq + f->nv <= DURO_MASK_BITS; i++) {
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
  const model_file *f = (const model_file *)(const void *)env->ops; // those that duro_env_open made
  task *t = duro_allocate(sizeof *t);
  if (!t) return DURO_ERROR_MEMORY;
  t->file = f;
  env->shared = t;
  lay_out(t, f);
  duro_status status = duro_arena_allocate(&t->arena);
  if (!status) lay_out(t, f);
  if (!status) status = read_quantities(t, f, env->settings);
  if (!status) status = read_players(t, f, env->settings);
  if (!status) status = mujoco_copy(&t->model, f->model);
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
  task *t = env->shared;
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
  if (!good) mujoco_note(&t->trouble);
  mujoco_read(t->model, data, x2);
  if (good && env_all_finite(x2, nx))
    m_judge(env, x2, out, u);
  else
    env_not_finite(x2, out, nx);
}

static const void *m_model(const duro_env *env) {
  return ((const task *)env->shared)->model;
}

/* "motor 12, brake 3": what each actuator gives at u = 1, in its own unit */
static void m_tell_players(const duro_env *env, duro_facts *f) {
  static const char *const axes[] = {"x", "y", "z"};
  const task *t = env->shared;
  for (int i = 0; i < t->nu && i < FACT_MARKS; i++) {
    const char *name = mj_id2name(t->model, mjOBJ_ACTUATOR, t->actuator[i]);
    text_add(&f->control, "%s%s %.4g to %.4g", i ? ", " : "", name ? name : "actuator", t->middle[i] - t->half[i],
             t->middle[i] + t->half[i]);
  }
  for (int i = 0; i < t->na && i < FACT_MARKS; i++) {
    const char *name = mj_id2name(t->model, mjOBJ_BODY, t->force[i] / 6);
    text_add(&f->disturbance, "%sforce on %s along %s, up to %.4g N either way", i ? "; " : "", name ? name : "a body",
             axes[t->force[i] % 6 % 3], t->newton[i]);
  }
}

static void m_facts(const duro_env *env, duro_facts *f) {
  const task *t = env->shared;
  const quantity *all = file_of(env)->quantities;
  m_tell_players(env, f);
  for (int i = 0; i < t->n_bounds; i++) {
    const bound *b = &t->bounds[i];
    const quantity *q = &all[b->quantity];
    const bool upper = b->scale < 0.0;
    facts_range(f, q->name, q->unit, upper ? -INFINITY : b->limit, upper ? b->limit : INFINITY);
    if (q->state >= 0) facts_mark(f, q->state, upper ? FACT_MOST : FACT_LEAST, b->limit);
  }
  for (int i = 0; i < t->n_payments; i++)
    if (t->payments[i].cost > 0.0 && all[t->payments[i].quantity].state >= 0)
      facts_mark(f, all[t->payments[i].quantity].state, FACT_TARGET, t->payments[i].target);
}

/* limits of heights, and of slides of the world along x; the forces at their bodies */
static void m_marks(const duro_env *env, duro_drawing *d, const duro_moment *now) {
  const task *t = env->shared;
  const mjModel *m = t->model;
  const double wide = m->stat.extent;
  pose where;
  pose_of(&where, m, now->path + now->t * env->spec.nx);
  const double *centre = m->nbody > 1 ? where.position + 3 : where.position;
  draw_view(d, centre[0] - wide, centre[0] + wide, centre[2] - wide, centre[2] + wide);
  for (int i = 0; i < t->n_bounds; i++) {
    const bound *b = &t->bounds[i];
    const quantity *q = &file_of(env)->quantities[b->quantity];
    if (q->state < 0) draw_line(d, DRAW_GUIDE, DRAW_EDGE, centre[0] - wide, b->limit, centre[0] + wide, b->limit);
    for (int j = 0; q->state >= 0 && j < m->njnt; j++)
      if (m->jnt_qposadr[j] == q->state && m->jnt_type[j] == mjJNT_SLIDE && fabs(m->jnt_axis[3 * j]) > 0.999)
        draw_line(d, DRAW_GUIDE, DRAW_EDGE, b->limit, centre[2] - wide, b->limit, centre[2] + wide);
  }
  for (int i = 0; i < t->na; i++) {
    const int axis = t->force[i] % 6;
    const double *place = where.position + 3 * (t->force[i] / 6), push = 0.4 * wide * now->a[i];
    if (axis == 0) draw_arrow(d, DRAW_PUSH, place[0], place[2], push, 0);
    if (axis == 2) draw_arrow(d, DRAW_PUSH, place[0], place[2], 0, push);
  }
}

static const char *m_trouble(const duro_env *env) {
  return mujoco_noted(&((const task *)env->shared)->trouble);
}

/* ---- opening ---- */

static void release(model_file *f) {
  if (f->model) mj_deleteModel(f->model);
  duro_release(f->quantities);
  duro_release(f->qualified);
  duro_release(f->owner);
  duro_release(f->rows);
  duro_release(f->names);
  duro_release(f->helps);
}

static void m_close(opened *file) {
  release((model_file *)(void *)file);
}

/* Does a step depend on more than positions, speeds and what the players do? */
static bool has_more_state(const mjModel *m) {
#if mjVERSION_HEADER >= 300
  return mj_stateSize(m, mjSTATE_FULLPHYSICS) != 1 + m->nq + m->nv + m->na;
#else
  (void)m;
  return false;
#endif
}

static duro_status check_model(const model_file *f, const char *path) {
  if (f->model->na)
    return duro_fail(DURO_ERROR_FORMAT, "%s: its actuators have states of their own, which a step cannot set", path);
  if (has_more_state(f->model))
    return duro_fail(DURO_ERROR_FORMAT, "%s: it remembers more than positions and speeds (delays, plasticity, plugins)",
                     path);
  if (f->nq < 1 || f->nq + f->nv > DURO_MAX_STATE)
    return duro_fail(DURO_ERROR_FORMAT, "%s has %d positions and %d speeds; wanted 1 to %d in all", path, f->nq, f->nv,
                     DURO_MAX_STATE);
  if (f->nbody > MAX_BODIES || f->nq + f->nv + f->nbody + f->nsite > MAX_QUANTITIES)
    return duro_fail(DURO_ERROR_FORMAT, "%s has %d bodies and %d sites; wanted at most %d bodies, and %d in all", path,
                     f->nbody, f->nsite, MAX_BODIES, MAX_QUANTITIES);
  return f->nu ? check_names(f, path) : duro_fail(DURO_ERROR_FORMAT, "%s has no actuator to control", path);
}

static duro_status make_rows(model_file *f, const char *path) {
  const size_t quantities = (size_t)f->nq + (size_t)f->nv + (size_t)f->nbody + (size_t)f->nsite;
  const size_t rows = GENERAL + quantities * PARTS + (size_t)f->nu + 3 * (size_t)f->nbody + 1;
  f->quantities = duro_allocate(quantities * sizeof *f->quantities);
  f->qualified = duro_allocate((size_t)owner_of(f, THINGS, 0) * sizeof *f->qualified);
  f->owner = duro_allocate(rows * sizeof *f->owner);
  f->rows = duro_allocate(rows * sizeof *f->rows);
  f->names = duro_allocate(rows * sizeof *f->names);
  f->helps = duro_allocate(rows * sizeof *f->helps);
  if (!f->quantities || !f->qualified || !f->owner || !f->rows || !f->names || !f->helps) return DURO_ERROR_MEMORY;
  duro_status status = DURO_OK;
  for (bool again = true; again && !status;) {
    list_quantities(f);
    list_rows(f);
    status = tell_apart(&again, f, path);
  }
  return status ? status : check_rows(f, path);
}

static duro_status fill(model_file *f, duro_env_source *source) {
  opened_name(f->name, sizeof f->name, source->path);
  duro_status status = mjcf_files_read(source);
  if (!status) status = mujoco_load_source(&f->model, source);
  if (status) {
    char reason[1024];
    snprintf(reason, sizeof reason, "%s", duro_error());
    const bool said = strncmp(reason, source->path, strlen(source->path)) == 0;
    return said ? status : duro_fail(status, "%s: %s", source->path, reason);
  }
  const mjModel *m = f->model;
  f->nq = (int)m->nq, f->nv = (int)m->nv, f->nu = (int)m->nu, f->nbody = (int)m->nbody, f->nsite = (int)m->nsite;
  status = check_model(f, source->path);
  return status ? status : make_rows(f, source->path);
}

duro_status mjcf_open(opened **file, duro_env_source *source) {
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
                               .settings_size = 8 * (size_t)f->n_rows + (f->keyframe_row < 0 ? 0 : DURO_TEXT_SIZE - 8),
                               .create = m_create,
                               .destroy = m_destroy,
                               .worker_create = m_worker_create,
                               .worker_destroy = m_worker_destroy,
                               .reset = m_reset,
                               .observe = m_observe,
                               .constraint = m_constraint,
                               .step = m_step,
                               .model = m_model,
                               .trouble = m_trouble,
                               .marks = m_marks,
                               .facts = m_facts};
  *file = &f->file;
  return DURO_OK;
}
