/* MuJoCo's renderer in a process of its own, so that a graphics driver that crashes or leaks is none of ours. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "env/mujoco_draw.h"
#include "show/play.h"

enum { PICTURE = 3 * FILM_SCENE_WIDTH * FILM_SCENE_HEIGHT };

/* What the child says first. */
typedef struct greeting {
  duro_status status;
  char message[512];
} greeting;

static bool send_all(int to, const void *bytes, size_t size) {
  for (const char *at = bytes; size > 0;) {
    const ssize_t sent = send(to, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    size -= (size_t)sent;
  }
  return true;
}

static bool receive_all(int from, void *bytes, size_t size) {
  for (char *at = bytes; size > 0;) {
    const ssize_t got = recv(from, at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= (size_t)got;
  }
  return true;
}

static void draw_state(mujoco_draw *m, unsigned char *picture, const film *f, int64_t state) {
  double u[DURO_MAX_ACTION] = {0}, a[DURO_MAX_ACTION] = {0};
  const duro_env_spec *spec = &f->env->spec;
  const bool acts = state < f->episode->steps;
  for (int i = 0; acts && i < spec->nu; i++) u[i] = (double)f->episode->u[state * spec->nu + i];
  for (int i = 0; acts && i < spec->na; i++) a[i] = (double)f->episode->a[state * spec->na + i];
  const duro_moment now = {state, f->episode->x, u, a};
  mujoco_draw_picture(m, picture, &now);
}

/* the child's whole life: it answers every state with a picture, until nobody asks any more */
static void child(int line, const film *f) {
  static unsigned char picture[PICTURE];
  mujoco_draw *m;
  int64_t state;
  greeting hello = {.status = mujoco_draw_create(&m, f->env, FILM_SCENE_WIDTH, FILM_SCENE_HEIGHT)};
  if (hello.status) snprintf(hello.message, sizeof hello.message, "%s", duro_error());
  bool goes_on = send_all(line, &hello, sizeof hello) && !hello.status;
  while (goes_on && receive_all(line, &state, sizeof state)) {
    draw_state(m, picture, f, state);
    goes_on = send_all(line, picture, sizeof picture);
  }
  _exit(0);
}

duro_status painter_open(painter *p, const film *f) {
  int ends[2];
  greeting hello = {0};
  *p = (painter){0};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
    return duro_fail(DURO_ERROR_MISSING, "no line to MuJoCo's renderer: %s", strerror(errno));
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    child(ends[1], f);
  }
  close(ends[1]);
  *p = (painter){.process = pid, .line = ends[0], .open = true};
  if (pid > 0 && receive_all(p->line, &hello, sizeof hello) && !hello.status) return DURO_OK;
  const bool answered = pid > 0 && hello.status;
  painter_close(p);
  return answered ? duro_fail(hello.status, "%s", hello.message)
                  : duro_fail(DURO_ERROR_MISSING, "MuJoCo cannot draw on this machine: its renderer crashed");
}

duro_status painter_picture(const painter *p, unsigned char *rgb, int64_t state) {
  if (send_all(p->line, &state, sizeof state) && receive_all(p->line, rgb, PICTURE)) return DURO_OK;
  return duro_fail(DURO_ERROR_MISSING, "MuJoCo's renderer crashed at state %lld", (long long)state);
}

void painter_close(painter *p) {
  if (!p->open) return;
  close(p->line);
  if (p->process > 0) waitpid(p->process, NULL, 0);
  *p = (painter){0};
}
