/* Loading and stepping MuJoCo models. */
#include "env/mujoco_world.h"

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

// MuJoCo's error hook must not return: it jumps back to the call of this thread that is in progress
static _Thread_local jmp_buf *in_progress;
static _Thread_local char reason[256];

static void on_error(const char *message) {
  if (!in_progress) abort(); // not a call of ours, and MuJoCo cannot go on
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
  const char *name;
  const unsigned char *xml;
  size_t size;
  mjVFS *files;
  mjModel *model;
  const mjModel *fixed;
  mjData *data;
  int64_t count;
  char error[256];
} call;

/* puts the text into a file system in memory; that interface changed in MuJoCo 3.1.4 */
static bool add_file(mjVFS *files, const char *name, const unsigned char *xml, size_t size) {
#if mjVERSION_HEADER >= 314
  return mj_addBufferVFS(files, name, xml, (int)size) == 0;
#else
  if (mj_makeEmptyFileVFS(files, name, (int)size) != 0) return false;
  memcpy(files->filedata[mj_findFileVFS(files, name)], xml, size);
  return true;
#endif
}

static void do_load(void *context) {
  call *c = context;
  mj_defaultVFS(c->files);
  if (add_file(c->files, c->name, c->xml, c->size))
    c->model = mj_loadXML(c->name, c->files, c->error, (int)sizeof c->error);
  mj_deleteVFS(c->files);
}

duro_status mujoco_load(mjModel **model, const char *name, const unsigned char *xml, size_t size) {
  *model = NULL;
  if (mj_version() != mjVERSION_HEADER)
    return duro_fail(DURO_ERROR_MISSING, "this is MuJoCo %s, but the library was compiled for version number %d",
                     mj_versionString(), mjVERSION_HEADER);
  pthread_once(&hooks_once, set_hooks);
  call c = {.name = name, .xml = xml, .size = size, .files = duro_allocate(sizeof(mjVFS)), .error = "out of memory"};
  if (!c.files) return DURO_ERROR_MEMORY;
  const bool done = guarded(do_load, &c);
  duro_release(c.files);
  if (!done || !c.model)
    return duro_fail(DURO_ERROR_FORMAT, "MuJoCo cannot load %s: %s", name, done ? c.error : reason);
  *model = c.model;
  return DURO_OK;
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
  return duro_fail(DURO_ERROR_MEMORY, "MuJoCo cannot make its data: %s", done ? "out of memory" : reason);
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
  return done ? DURO_OK : duro_fail(DURO_ERROR_ARGUMENT, "MuJoCo refuses the masses: %s", reason);
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

bool mujoco_advance(const mjModel *model, mjData *data, int64_t count) {
  call c = {.fixed = model, .data = data, .count = count};
  if (!guarded(do_step, &c)) {
    mj_resetData(model, data); // its stack may be half used
    return false;
  }
  for (int i = 0; i < mjNWARNING; i++)
    if (data->warning[i].number > 0) return false;
  return true;
}
