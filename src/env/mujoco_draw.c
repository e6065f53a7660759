/* Pictures of MuJoCo models. libEGL is loaded when it is first needed, so that the library works without it. */
#include "env/mujoco_draw.h"

#include <dlfcn.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "env/draw.h"
#include "env/mujoco_world.h"

/* The part of EGL 1.4 and of EGL_MESA_platform_surfaceless that is used here, by the numbers of the Khronos registry.
 */
typedef void *egl_handle;
typedef struct egl {
  void *library;
  void *(*get)(const char *name);
  egl_handle (*display)(unsigned platform, void *native, const int32_t *attributes);
  unsigned (*initialize)(egl_handle display, int32_t *major, int32_t *minor);
  unsigned (*choose)(egl_handle display, const int32_t *attributes, egl_handle *out, int32_t size, int32_t *count);
  unsigned (*bind)(unsigned api);
  egl_handle (*create)(egl_handle display, egl_handle config, egl_handle share, const int32_t *attributes);
  unsigned (*current)(egl_handle display, egl_handle draw, egl_handle read, egl_handle context);
  unsigned (*destroy)(egl_handle display, egl_handle context);
  unsigned (*terminate)(egl_handle display);
} egl;
enum { PLATFORM_SURFACELESS = 0x31DD, OPENGL_API = 0x30A2, NONE = 0x3038, SURFACE_TYPE = 0x3033, PBUFFER = 1 };
enum { RENDERABLE_TYPE = 0x3040, OPENGL_BIT = 8, RED = 0x3024, DEPTH = 0x3025 };

enum { FINE = 2, MOST_SHAPES = 2000, GROUND_LINES = 12 }; // pixels drawn for each one shown, in both directions

struct mujoco_draw {
  egl gl;
  egl_handle display, context;
  const duro_env *env;
  duro_drawing marks;
  int width, height;
  mjModel *model; // a copy, with a brighter lamp
  mjData *data;
  mjvScene scene;
  mjvCamera camera;
  mjvOption option;
  mjrContext renderer;
  bool has_scene, has_renderer, has_floor;
  unsigned char *fine; // (FINE height x FINE width x 3)
  double reach;        // m, that the model may move from the middle of the picture
  float *depth;        // (FINE height x FINE width)
};

static duro_status fail_missing(const char *what) {
  return duro_fail(DURO_ERROR_MISSING, "MuJoCo cannot draw on this machine: %s", what);
}

/* a function pointer from dlsym's data pointer */
static bool find(const egl *gl, const char *name, void *function) {
  void *found = dlsym(gl->library, name);
  memcpy(function, &found, sizeof found);
  return found != NULL;
}

static duro_status load_egl(egl *gl) {
  gl->library = dlopen("libEGL.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!gl->library) return fail_missing("libEGL.so.1 is not installed (libegl1 on Debian)");
  const bool found = find(gl, "eglGetProcAddress", &gl->get) && find(gl, "eglInitialize", &gl->initialize) &&
                     find(gl, "eglGetPlatformDisplay", &gl->display) && find(gl, "eglChooseConfig", &gl->choose) &&
                     find(gl, "eglBindAPI", &gl->bind) && find(gl, "eglCreateContext", &gl->create) &&
                     find(gl, "eglMakeCurrent", &gl->current) && find(gl, "eglDestroyContext", &gl->destroy) &&
                     find(gl, "eglTerminate", &gl->terminate);
  return found ? DURO_OK : fail_missing("libEGL.so.1 is older than EGL 1.5");
}

/* an OpenGL context that draws into memory */
static duro_status open_context(mujoco_draw *m) {
  const int32_t wanted[] = {SURFACE_TYPE, PBUFFER, RENDERABLE_TYPE, OPENGL_BIT, RED, 8, DEPTH, 24, NONE};
  egl_handle config = NULL;
  int32_t count = 0, major, minor;
  duro_status status = load_egl(&m->gl);
  if (status) return status;
  m->display = m->gl.display(PLATFORM_SURFACELESS, NULL, NULL);
  if (!m->display || !m->gl.initialize(m->display, &major, &minor)) {
    m->display = NULL;
    return fail_missing("its EGL cannot do without a display (libegl-mesa0 on Debian can)");
  }
  if (!m->gl.choose(m->display, wanted, &config, 1, &count) || count < 1 || !m->gl.bind(OPENGL_API))
    return fail_missing("its EGL has no OpenGL (libgl1-mesa-dri on Debian has)");
  m->context = m->gl.create(m->display, config, NULL, NULL);
  if (!m->context || !m->gl.current(m->display, NULL, NULL, m->context))
    return fail_missing("its EGL makes no OpenGL context");
  return DURO_OK;
}

static bool has_floor(const mjModel *model) {
  for (int i = 0; i < model->ngeom; i++)
    if (model->geom_type[i] == mjGEOM_PLANE) return true;
  return false;
}

static duro_status open_renderer(mujoco_draw *m, const mjModel *model) {
  m->model = mj_copyModel(NULL, model);
  if (!m->model) return DURO_ERROR_MEMORY;
  const duro_status status = mujoco_data(&m->data, m->model);
  if (status) return status;
  m->model->vis.global.offwidth = FINE * m->width;
  m->model->vis.global.offheight = FINE * m->height;
  m->model->vis.quality.offsamples = 0; // the background is told by its depth
  for (int i = 0; i < 3; i++) {
    m->model->vis.headlight.ambient[i] = 0.45F;
    m->model->vis.headlight.diffuse[i] = 0.45F;
    m->model->vis.headlight.specular[i] = 0.1F;
  }
  m->has_floor = has_floor(m->model);
  mjv_defaultScene(&m->scene);
  mjv_makeScene(m->model, &m->scene, MOST_SHAPES);
  m->has_scene = true;
  mjr_defaultContext(&m->renderer);
  mjr_makeContext(m->model, &m->renderer, mjFONTSCALE_100);
  m->has_renderer = true;
  mjr_setBuffer(mjFB_OFFSCREEN, &m->renderer);
  if (m->renderer.currentBuffer != mjFB_OFFSCREEN) return fail_missing("its OpenGL cannot draw off screen");
  return DURO_OK;
}

/* the box of all that is not a plane, in the model's first pose */
static void measure(mujoco_draw *m, double *low, double *high) {
  for (int i = 0; i < 3; i++) {
    low[i] = INFINITY;
    high[i] = -INFINITY;
  }
  mj_kinematics(m->model, m->data);
  for (int g = 0; g < m->model->ngeom; g++)
    for (int i = 0; i < 3 && m->model->geom_type[g] != mjGEOM_PLANE; i++) {
      low[i] = fmin(low[i], m->data->geom_xpos[3 * g + i] - m->model->geom_rbound[g]);
      high[i] = fmax(high[i], m->data->geom_xpos[3 * g + i] + m->model->geom_rbound[g]);
    }
}

/* from the side, near enough for the model to fill most of the picture */
static void place_camera(mujoco_draw *m) {
  double low[3], high[3], span = 0.0;
  mjv_defaultOption(&m->option);
  mjv_defaultFreeCamera(m->model, &m->camera);
  m->camera.azimuth = 90;
  m->camera.elevation = -8;
  measure(m, low, high);
  if (!(low[0] <= high[0])) return; // planes alone
  for (int i = 0; i < 3; i++) {
    m->camera.lookat[i] = 0.5 * (low[i] + high[i]);
    span = fmax(span, high[i] - low[i]);
  }
  m->reach = 0.4 * span;
  m->camera.distance = 0.62 * span / tan(0.5 * m->model->vis.global.fovy * 3.14159 / 180.0);
}

duro_status mujoco_draw_create(mujoco_draw **out, const duro_env *env, int width, int height) {
  *out = NULL;
  if (!env->ops->model) return duro_fail(DURO_ERROR_ARGUMENT, "%s does not run in MuJoCo", env->ops->name);
  mujoco_draw *m = duro_allocate(sizeof *m);
  if (!m) return DURO_ERROR_MEMORY;
  *m = (mujoco_draw){.env = env, .width = width, .height = height};
  const size_t pixels = (size_t)(FINE * width) * (size_t)(FINE * height);
  m->fine = duro_allocate(3 * pixels);
  m->depth = duro_allocate(pixels * sizeof *m->depth);
  duro_status status = m->fine && m->depth ? open_context(m) : DURO_ERROR_MEMORY;
  if (!status) status = open_renderer(m, env->ops->model(env));
  if (status) {
    mujoco_draw_destroy(m);
    return status;
  }
  place_camera(m);
  *out = m;
  return DURO_OK;
}

void mujoco_draw_destroy(mujoco_draw *m) {
  if (!m) return;
  if (m->has_renderer) mjr_freeContext(&m->renderer);
  if (m->has_scene) mjv_freeScene(&m->scene);
  if (m->data) mj_deleteData(m->data);
  if (m->model) mj_deleteModel(m->model);
  if (m->context) {
    m->gl.current(m->display, NULL, NULL, NULL);
    m->gl.destroy(m->display, m->context);
  }
  if (m->display) m->gl.terminate(m->display);
  // the library stays: drivers do not like to be unloaded
  duro_release(m->fine);
  duro_release(m->depth);
  draw_release(&m->marks);
  duro_release(m);
}

/* keeps the model's centre of mass within reach of the camera */
static void follow(mujoco_draw *m) {
  for (int i = 0; i < 3; i++) {
    const double centre = m->model->nbody > 1 ? m->data->subtree_com[3 + i] : 0.0;
    const double off = centre - m->camera.lookat[i];
    if (fabs(off) > m->reach) m->camera.lookat[i] += off - copysign(m->reach, off);
  }
}

/* a line across the floor at every metre, which shows how fast the camera moves */
static void add_ground_lines(mujoco_draw *m) {
  static const float dark[] = {0.62F, 0.62F, 0.62F, 1};
  static const double turn[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  const double size[] = {0.012, 30, 0.001};
  for (int i = -GROUND_LINES; m->has_floor && i <= GROUND_LINES && m->scene.ngeom < m->scene.maxgeom; i++) {
    const double place[] = {floor(m->camera.lookat[0]) + i, 0, 0.001};
    mjvGeom *line = &m->scene.geoms[m->scene.ngeom++];
    mjv_initGeom(line, mjGEOM_BOX, size, place, turn, dark);
    line->category = mjCAT_DECOR;
  }
}

/* the mean of FINE x FINE pixels, white where nothing was drawn; OpenGL counts rows from below */
static void reduce(const mujoco_draw *m, unsigned char *rgb) {
  const int wide = FINE * m->width;
  for (int y = 0; y < m->height; y++)
    for (int x = 0; x < m->width; x++)
      for (int c = 0; c < 3; c++) {
        int sum = 0;
        for (int k = 0; k < FINE * FINE; k++) {
          const int at = (FINE * (m->height - 1 - y) + k / FINE) * wide + FINE * x + k % FINE;
          sum += m->depth[at] >= 1.0F ? 255 : m->fine[3 * at + c];
        }
        rgb[3 * (y * m->width + x) + c] = (unsigned char)(sum / (FINE * FINE));
      }
}

/* a bar between two points of the plane y = 0, thick enough to be seen from where the camera is */
static void add_bar(mujoco_draw *m, const double *from, const double *to, const float *colour) {
  const double along[2] = {to[0] - from[0], to[1] - from[1]}, length = hypot(along[0], along[1]);
  if (!(length > 0.0) || m->scene.ngeom >= m->scene.maxgeom) return;
  const double dx = along[0] / length, dz = along[1] / length;
  const double middle[3] = {0.5 * (from[0] + to[0]), 0, 0.5 * (from[1] + to[1])};
  const double size[3] = {0.004 * m->camera.distance, 0.5 * length, 0};
  const double turn[9] = {dz, 0, dx, 0, 1, 0, -dx, 0, dz}; // z of the capsule points along the bar
  mjvGeom *bar = &m->scene.geoms[m->scene.ngeom++];
  mjv_initGeom(bar, mjGEOM_CAPSULE, size, middle, turn, colour);
  bar->category = mjCAT_DECOR;
  bar->emission = 0.25F;
}

/* What the environment marks: shapes that stand for limits, target and forces. What MuJoCo draws itself is left out. */
static void add_marks(mujoco_draw *m, const duro_moment *now) {
  static const float colours[DRAW_COLOURS][4] = {[DRAW_CONTROL] = {0, 0.62F, 0.45F, 1},
                                                 [DRAW_PUSH] = {0.84F, 0.37F, 0, 1},
                                                 [DRAW_TARGET] = {0.63F, 0.31F, 0.54F, 1},
                                                 [DRAW_EDGE] = {0.63F, 0.25F, 0, 1}};
  duro_drawing *d = &m->marks;
  if (!m->env->ops->marks) return;
  draw_clear(d);
  m->env->ops->marks(m->env, d, now);
  for (size_t i = 0; i < d->n_shapes; i++) {
    const draw_shape *s = &d->shapes[i];
    const double(*p)[2] = (const double(*)[2])d->points + s->first;
    for (int k = 0; k + 1 < s->count && colours[s->colour][3] > 0; k++) add_bar(m, p[k], p[k + 1], colours[s->colour]);
  }
}

void mujoco_draw_picture(mujoco_draw *m, unsigned char *rgb, const duro_moment *now) {
  const mjrRect frame = {0, 0, FINE * m->width, FINE * m->height};
  mujoco_clear(m->model, m->data);
  mujoco_write(m->model, m->data, now->path + now->t * m->env->spec.nx);
  mj_kinematics(m->model, m->data);
  mj_comPos(m->model, m->data);
  mj_camlight(m->model, m->data);
  mj_tendon(m->model, m->data);
  follow(m);
  mjv_updateScene(m->model, m->data, &m->option, NULL, &m->camera, mjCAT_ALL, &m->scene);
  add_ground_lines(m);
  add_marks(m, now);
  mjr_render(frame, &m->scene, &m->renderer);
  mjr_readPixels(m->fine, m->depth, frame, &m->renderer);
  reduce(m, rgb);
}
