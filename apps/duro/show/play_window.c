/* A window that plays a film. SDL 2 shows it: found at run time, never needed, and in a process of its own, so that a
 * display that goes away takes no more than the window with it. */
#include <dlfcn.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "show/play.h"

/* ---- what is taken of SDL 2, whose binary interface is fixed ---- */

enum { CENTERED = 0x2FFF0000, RESIZABLE = 0x20, SOFTWARE = 1, STREAMING = 1, RGB24 = 0x17101803 };
enum { QUIT = 0x100, KEY_DOWN = 0x300 };
enum { ESCAPE = 27, SPACE = ' ', RIGHT = 0x4000004F, LEFT = 0x40000050 };

typedef union event {
  uint32_t type;
  struct {
    uint32_t type, time, window;
    uint8_t state, repeat, unused[2];
    int32_t scancode, key;
  } key;
  uint64_t room[16]; // SDL_Event has 56 bytes
} event;

typedef struct sdl {
  void *library;
  int (*video)(const char *driver);
  const char *(*error)(void);
  int (*hint)(const char *name, const char *value);
  void *(*window)(const char *title, int x, int y, int width, int height, uint32_t flags);
  void *(*renderer)(void *window, int index, uint32_t flags);
  int (*size)(void *renderer, int width, int height);
  void *(*texture)(void *renderer, uint32_t format, int access, int width, int height);
  int (*update)(void *texture, const void *area, const void *pixels, int pitch);
  int (*clear)(void *renderer);
  int (*copy)(void *renderer, void *texture, const void *from, const void *to);
  void (*present)(void *renderer);
  int (*wait)(event *e, int milliseconds);
  void (*quit)(void);
} sdl;

static bool find(const sdl *s, const char *name, void *function) {
  void *found = dlsym(s->library, name);
  memcpy(function, &found, sizeof found);
  return found != NULL;
}

static bool load(sdl *s) {
  s->library = dlopen("libSDL2-2.0.so.0", RTLD_NOW | RTLD_LOCAL);
  return s->library && find(s, "SDL_VideoInit", &s->video) && find(s, "SDL_GetError", &s->error) &&
         find(s, "SDL_SetHint", &s->hint) && find(s, "SDL_CreateWindow", &s->window) &&
         find(s, "SDL_CreateRenderer", &s->renderer) && find(s, "SDL_RenderSetLogicalSize", &s->size) &&
         find(s, "SDL_CreateTexture", &s->texture) && find(s, "SDL_UpdateTexture", &s->update) &&
         find(s, "SDL_RenderClear", &s->clear) && find(s, "SDL_RenderCopy", &s->copy) &&
         find(s, "SDL_RenderPresent", &s->present) && find(s, "SDL_WaitEventTimeout", &s->wait) &&
         find(s, "SDL_Quit", &s->quit);
}

/* ---- the projector ---- */

typedef struct projector {
  const film *f;
  sdl s;
  void *renderer, *texture;
  int frame, held; /* held: the frame in the texture, -1 for none */
  bool paused, closed;
  double since; /* s, when the frame came */
} projector;

static bool open_projector(projector *p, const char *title) {
  static const struct {
    const char *variable, *driver;
  } displays[] = {
      {"DISPLAY", "x11"},
      {"WAYLAND_DISPLAY", "wayland"},
  };
  const film *f = p->f;
  const sdl *s = &p->s;
  int failed = -1;
  for (size_t i = 0; failed && i < sizeof displays / sizeof *displays; i++)
    if (getenv(displays[i].variable)) failed = s->video(displays[i].driver);
  if (failed) return false;
  s->hint("SDL_RENDER_SCALE_QUALITY", "1");
  void *window = s->window(title, CENTERED, CENTERED, f->width, f->height, RESIZABLE);
  p->renderer = window ? s->renderer(window, -1, SOFTWARE) : NULL;
  p->texture = p->renderer ? s->texture(p->renderer, RGB24, STREAMING, f->width, f->height) : NULL;
  return p->texture && s->size(p->renderer, f->width, f->height) == 0;
}

static void draw(projector *p) {
  const film *f = p->f;
  if (p->held != p->frame) p->s.update(p->texture, NULL, f->kept + (size_t)p->frame * film_size(f), 3 * f->width);
  p->held = p->frame;
  p->s.clear(p->renderer);
  p->s.copy(p->renderer, p->texture, NULL, NULL);
  p->s.present(p->renderer);
}

/* goes so many frames on, round and round */
static void turn(projector *p, int frames) {
  p->frame = (p->frame + frames + p->f->frames) % p->f->frames;
  p->since = duro_clock();
}

static void take(projector *p, const event *e) {
  if (e->type == QUIT) p->closed = true;
  if (e->type != KEY_DOWN) return;
  const int32_t key = e->key.key;
  if (key == ESCAPE || key == 'q') p->closed = true;
  if (key == SPACE && !e->key.repeat) p->paused = !p->paused, p->since = duro_clock();
  if (key == RIGHT || key == LEFT) p->paused = true, turn(p, key == RIGHT ? 1 : -1);
}

/* milliseconds until the next frame; the last one stays a while */
static int left(const projector *p) {
  if (p->paused) return 1000;
  const double stay = p->frame + 1 < p->f->frames ? film_delay(p->f) : FILM_LAST;
  return (int)fmax(0, ceil(1000 * (p->since + stay - duro_clock())));
}

static void run(projector *p) {
  p->since = duro_clock();
  while (!p->closed) {
    event e;
    draw(p);
    int got = p->s.wait(&e, left(p));
    for (; got && !p->closed; got = p->s.wait(&e, 0)) take(p, &e);
    if (p->paused || left(p) > 0) continue;
    const double due = p->since + film_delay(p->f);
    const bool last = p->frame + 1 == p->f->frames;
    turn(p, 1);
    if (!last && p->since - due < 0.1) p->since = due; // keeps pace, unless the machine is too slow
  }
}

bool window_possible(void) {
  const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");
  return (x11 && x11[0]) || (wayland && wayland[0]);
}

bool window_can_play(void) {
  sdl s = {0};
  const bool found = load(&s);
  if (s.library) dlclose(s.library);
  return found;
}

/* the child's whole life */
static void child(const film *f, const char *title) {
  projector p = {.f = f, .held = -1};
  const bool found = load(&p.s), opened = found && open_projector(&p, title);
  if (opened)
    run(&p);
  else
    fprintf(stderr, "duro: no window: %s\n", found ? p.s.error() : "SDL 2 is gone");
  if (found) p.s.quit();
  _exit(opened ? 0 : 1);
}

bool window_play(const film *f, const char *title) {
  int ended = -1;
  fflush(stdout);
  const pid_t pid = fork();
  if (pid == 0) child(f, title);
  if (pid > 0) waitpid(pid, &ended, 0);
  return WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
}

void window_open(const char *out) {
  const pid_t child = fork();
  if (child == 0) {
    if (fork() != 0) _exit(0); // the grandchild is nobody's to wait for
    const int nowhere = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++) dup2(nowhere, i);
    execlp("xdg-open", "xdg-open", out, (char *)NULL);
    _exit(127);
  }
  if (child > 0) waitpid(child, NULL, 0);
}
