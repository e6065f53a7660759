/* Loading and stepping MuJoCo models. */
#include "env/mujoco_world.h"

#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/mujoco.h"

const char *duro_env_mujoco_version(void) {
  return mj_versionString();
}

const char *duro_env_mujoco_fault(void) {
  return mj_version() == 4000000 ? "factorises sparse matrices wrongly; use 4.0.1 or later" : NULL;
}

// MuJoCo's error hook must not return: it jumps back to the call of this thread that is in progress
static _Thread_local jmp_buf *in_progress;
static _Thread_local char reason[512]; // why the last call of this thread failed

static void on_error(const char *message) {
  if (!in_progress) abort(); // no call of ours, which are all guarded: MuJoCo must not go on
  snprintf(reason, sizeof reason, "%s", message);
  longjmp(*in_progress, 1);
}

/* warnings are read where they matter, from mjData.warning; without a hook MuJoCo writes MUJOCO_LOG.TXT */
static void on_warning(const char *message) {
  (void)message;
}

static pthread_once_t hooks_once = PTHREAD_ONCE_INIT;

/* a host that uses MuJoCo itself keeps its own hooks */
static void set_hooks(void) {
  if (!mju_user_error) mju_user_error = on_error;
  if (!mju_user_warning) mju_user_warning = on_warning;
}

/* runs work(context); false where MuJoCo gave up, with the reason */
static bool guarded(void (*work)(void *), void *context) {
  jmp_buf here;
  in_progress = &here;
  const bool done = setjmp(here) == 0;
  if (done) work(context);
  in_progress = NULL;
  return done;
}

/* work of guarded(): what goes in and what comes out */
typedef struct call {
  const duro_env_source *source;
  mjVFS *files;
  mjModel *model;
  const mjModel *fixed;
  mjData *data;
  int64_t count;
  bool full; /* the file system in memory took not all files */
  char error[512];
} call;

/* ---- loading ---- */

// where no file of the disk can be: what is not in memory is missing
#define NOWHERE "/dev/null/"

/* puts a file into a file system in memory; that interface changed in MuJoCo 3.1.4 */
static bool add_file(mjVFS *files, const char *place, const char *bytes, size_t size) {
  char name[4096];
  if (snprintf(name, sizeof name, NOWHERE "%s", place) >= (int)sizeof name || size > INT_MAX) return false;
#if mjVERSION_HEADER >= 314
  return mj_addBufferVFS(files, name, bytes, (int)size) == 0;
#else
  if (size == 0) return false; // which it would take for an error of the program
  const int made = mj_makeEmptyFileVFS(files, name, (int)size);
  if (made == 2) return true; // one of this name is there: the same, as mjcf_files_read holds
  if (made != 0) return false;
  memcpy(files->filedata[mj_findFileVFS(files, name)], bytes, size);
  return true;
#endif
}

static void do_load(void *context) {
  call *c = context;
  const duro_env_source *s = c->source;
  char name[4096];
  mj_defaultVFS(c->files);
  c->full = !add_file(c->files, s->place, s->bytes, s->size);
  for (int i = 0; i < s->n_files && !c->full; i++)
    c->full = !add_file(c->files, s->files[i].place, s->files[i].bytes, s->files[i].size);
  snprintf(name, sizeof name, NOWHERE "%s", s->place);
  if (!c->full) c->model = mj_loadXML(name, c->files, c->error, (int)sizeof c->error);
  mj_deleteVFS(c->files);
}

/* one line, without the place that is none */
static void tidy(char *text) {
  char *to = text;
  for (const char *from = text; *from;) {
    if (strncmp(from, NOWHERE, sizeof NOWHERE - 1) == 0) {
      from += sizeof NOWHERE - 1;
      continue;
    }
    const bool blank = *from == '\n' || *from == '\r' || *from == '\t' || *from == ' ';
    if (!blank)
      *to++ = *from;
    else if (to > text && to[-1] != ' ')
      *to++ = ' ';
    from++;
  }
  while (to > text && to[-1] == ' ') to--;
  *to = '\0';
}

duro_status mujoco_load_source(mjModel **model, const duro_env_source *source) {
  *model = NULL;
  if (mj_version() == 0)
    return duro_fail(
        DURO_ERROR_MISSING,
        "%s needs MuJoCo's library, which was not found; wanted version number %d (pip install mujoco-core)",
        source->place, mjVERSION_HEADER);
  if (mj_version() != mjVERSION_HEADER)
    return duro_fail(DURO_ERROR_MISSING, "this is MuJoCo %s, but the library was compiled for version number %d",
                     mj_versionString(), mjVERSION_HEADER);
  pthread_once(&hooks_once, set_hooks);
  call c = {.source = source, .files = duro_allocate(sizeof(mjVFS)), .error = "out of memory"};
  if (!c.files) return DURO_ERROR_MEMORY;
  const bool done = guarded(do_load, &c);
  duro_release(c.files);
  char *why = done ? c.error : reason;
  tidy(why);
  if (done && c.full) why = "it is empty, or there are too many files";
  if (!done || !c.model)
    return duro_fail(DURO_ERROR_FORMAT, "MuJoCo %s cannot load %s: %s", mj_versionString(), source->place, why);
  *model = c.model;
  return DURO_OK;
}

duro_status mujoco_load(mjModel **model, const char *name, const unsigned char *xml, size_t size) {
  return mujoco_load_source(model, &(duro_env_source){.place = name, .bytes = (const char *)xml, .size = size});
}

static void do_copy(void *context) {
  call *c = context;
  c->model = mj_copyModel(NULL, c->fixed);
}

duro_status mujoco_copy(mjModel **copy, const mjModel *model) {
  call c = {.fixed = model};
  const bool done = guarded(do_copy, &c);
  *copy = done ? c.model : NULL;
  if (*copy) return DURO_OK;
  return duro_fail(DURO_ERROR_MEMORY, "MuJoCo %s cannot copy its model: %s", mj_versionString(),
                   done ? "out of memory" : reason);
}

static void do_make_data(void *context) {
  call *c = context;
  c->data = mj_makeData(c->fixed);
}

duro_status mujoco_data(mjData **data, const mjModel *model) {
  call c = {.fixed = model};
  const bool done = guarded(do_make_data, &c);
  *data = done ? c.data : NULL;
  if (*data) return DURO_OK;
  return duro_fail(DURO_ERROR_MEMORY, "MuJoCo %s cannot make its data: %s", mj_versionString(),
                   done ? "out of memory" : reason);
}

static void do_refresh(void *context) {
  call *c = context;
  mj_setConst(c->model, c->data);
}

duro_status mujoco_refresh(mjModel *model) {
  call c = {.model = model};
  const duro_status status = mujoco_data(&c.data, model);
  if (status) return status;
  const bool done = guarded(do_refresh, &c);
  mj_deleteData(c.data);
  return done ? DURO_OK
              : duro_fail(DURO_ERROR_ARGUMENT, "MuJoCo %s refuses the masses: %s", mj_versionString(), reason);
}

void mujoco_clear(const mjModel *model, mjData *data) {
  data->time = 0.0;
  for (int i = 0; i < model->nv; i++) data->qacc_warmstart[i] = data->qfrc_applied[i] = 0.0;
  for (int i = 0; i < 6 * model->nbody; i++) data->xfrc_applied[i] = 0.0;
  for (int i = 0; i < mjNWARNING; i++) data->warning[i].number = 0;
}

void mujoco_write(const mjModel *model, mjData *data, const double *x) {
  memcpy(data->qpos, x, (size_t)model->nq * sizeof *x);
  memcpy(data->qvel, x + model->nq, (size_t)model->nv * sizeof *x);
}

void mujoco_read(const mjModel *model, const mjData *data, double *x) {
  memcpy(x, data->qpos, (size_t)model->nq * sizeof *x);
  memcpy(x + model->nq, data->qvel, (size_t)model->nv * sizeof *x);
}

static void do_step(void *context) {
  call *c = context;
  for (int64_t i = 0; i < c->count; i++) mj_step(c->fixed, c->data);
}

static void do_reset(void *context) {
  call *c = context;
  mj_resetData(c->fixed, c->data);
}

/* name of a degree of freedom's joint */
static const char *joint_of(const mjModel *model, int dof) {
  const char *name = dof >= 0 && dof < model->nv ? mj_id2name(model, mjOBJ_JOINT, model->dof_jntid[dof]) : NULL;
  return name && *name ? name : "without a name";
}

/* a warning in words, with what helps */
static void explain(const mjModel *model, const mjWarningStat *warning, int kind) {
#if mjVERSION_HEADER < 230
#define BUFFER(what, number)                                                                                           \
  "its buffer of " what " was full (" number "=\"%d\"); set a larger <size " number "=\"...\"/>"
  const int contacts = model->nconmax, rows = model->njmax;
#else
#define BUFFER(what, number) "its memory for " what " was full (%d bytes for all); set a larger <size memory=\"...\"/>"
  const int contacts = (int)(model->narena < INT_MAX ? model->narena : INT_MAX), rows = contacts;
#endif
#define BAD "it met a bad number in %s of the joint %s: the simulation is unstable, a smaller env.substep may help"
  const int at = (int)warning->lastinfo;
  switch (kind) {
  case mjWARN_CONTACTFULL:
    snprintf(reason, sizeof reason, BUFFER("contacts", "nconmax"), contacts);
    return;
  case mjWARN_CNSTRFULL:
    snprintf(reason, sizeof reason, BUFFER("constraints", "njmax"), rows);
    return;
  case mjWARN_INERTIA:
    snprintf(reason, sizeof reason, "the inertia of the joint %s is zero or nearly so", joint_of(model, at));
    return;
  case mjWARN_BADQVEL:
  case mjWARN_BADQACC:
    snprintf(reason, sizeof reason, BAD, kind == mjWARN_BADQVEL ? "the speed" : "the acceleration",
             joint_of(model, at));
    return;
  default:
    snprintf(reason, sizeof reason, "it met a bad number in %s", kind == mjWARN_BADQPOS ? "a position" : "a control");
  }
#undef BUFFER
#undef BAD
}

bool mujoco_advance(const mjModel *model, mjData *data, int64_t count) {
  call c = {.fixed = model, .data = data, .count = count};
  reason[0] = '\0';
  if (!guarded(do_step, &c)) {
    char why[sizeof reason];
    memcpy(why, reason, sizeof why);
    guarded(do_reset, &c); // its stack may be half used
    memcpy(reason, why, sizeof why);
    tidy(reason);
    return false;
  }
  for (int i = 0; i < mjNWARNING; i++)
    if (data->warning[i].number > 0) {
      explain(model, &data->warning[i], i);
      return false;
    }
  return true;
}

const char *mujoco_reason(void) {
  return reason;
}

void mujoco_note(mujoco_trouble *trouble) {
  int none = 0;
  if (!reason[0] || !atomic_compare_exchange_strong(&trouble->state, &none, 1)) return;
  snprintf(trouble->text, sizeof trouble->text, "MuJoCo %s: %s", mj_versionString(), reason);
  atomic_store(&trouble->state, 2);
}

const char *mujoco_noted(const mujoco_trouble *trouble) {
  return atomic_load(&trouble->state) == 2 ? trouble->text : NULL;
}
