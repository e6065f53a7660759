/* From data and script to the finished film. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "duro/io.h"
#include "show/picture.h"
#include "show/play.h"
#include "show/report.h"

enum { STRIP_COLUMNS = 2, STRIP_ROWS = 3 };

static const char *const endings[FILM_KINDS] = {[FILM_GIF] = ".gif", [FILM_STRIP] = ".png", [FILM_MP4] = ".mp4"};

static bool on_path(const char *program) {
  const char *path = getenv("PATH");
  char file[CLI_PATH];
  for (const char *part = path ? path : ""; *part; part += strcspn(part, ":"), part += *part == ':') {
    snprintf(file, sizeof file, "%.*s/%s", (int)strcspn(part, ":"), part, program);
    if (access(file, X_OK) == 0) return true;
  }
  return false;
}

duro_status film_kind_of(film_kind *kind, const char *out) {
  const size_t length = strlen(out);
  for (int i = 0; i < FILM_KINDS; i++) {
    if (length <= 4 || strcmp(out + length - 4, endings[i]) != 0) continue;
    *kind = (film_kind)i;
    if (i == FILM_MP4 && !on_path("ffmpeg"))
      return duro_fail(DURO_ERROR_MISSING, "%s needs ffmpeg, which was not found; a .gif does not", out);
    return DURO_OK;
  }
  return duro_fail(DURO_ERROR_ARGUMENT,
                   "--out is '%s'; wanted a name that ends in .gif, .png (a sheet of moments) or .mp4", out);
}

/* The making of a film: frames that gnuplot has drawn, one at a time in memory. */
typedef struct making {
  film *f;
  char folder[CLI_PATH]; /* of the frames, temporary */
  painter mujoco;        /* closed where it does not draw */
  unsigned char *rgb, *scene;
} making;

size_t film_size(const film *f) {
  return 3 * (size_t)f->width * (size_t)f->height;
}

static void frame_path(char *out, const making *m, int k) {
  char file[32];
  snprintf(file, sizeof file, "%04d.png", k);
  run_path(out, m->folder, file);
}

static duro_status open_folder(making *m) {
  const char *where = getenv("TMPDIR");
  run_path(m->folder, where && where[0] ? where : "/tmp", "duro-play-XXXXXX");
  if (mkdtemp(m->folder)) return DURO_OK;
  const duro_status status =
      duro_fail(DURO_ERROR_FILE, "cannot make the temporary folder %s: %s", m->folder, strerror(errno));
  m->folder[0] = '\0';
  return status;
}

static void remove_folder(const making *m) {
  char path[CLI_PATH];
  if (!m->folder[0]) return;
  for (int k = 0; k < m->f->frames; k++) {
    frame_path(path, m, k);
    unlink(path);
  }
  rmdir(m->folder);
}

static duro_status draw_frames(const making *m, bool *drawn) {
  char script[CLI_PATH], folder[CLI_PATH + 1];
  text where = {0};
  snprintf(script, sizeof script, "%s.gp", m->f->name);
  snprintf(folder, sizeof folder, "%s/", m->folder);
  text_add(&where, "frames=");
  text_add_gnuplot(&where, folder);
  const int ended = figure_run(m->f->folder, (const char *const[]){"-e", cli_text(&where), script, NULL});
  text_release(&where);
  *drawn = ended == 0;
  const duro_status status = m->f->ask();
  if (status || ended == 0 || ended == 127) return status;
  return duro_fail(DURO_ERROR_FORMAT, "gnuplot failed (is there room in %s?); to see why: cd %s && gnuplot %s",
                   m->folder, m->f->folder, script);
}

static duro_status put_scene(const making *m, int k) {
  const film *f = m->f;
  const int64_t state = k * f->stride < f->episode->steps ? k * f->stride : f->episode->steps;
  const duro_status status = painter_picture(&m->mujoco, m->scene, state);
  const size_t row = (size_t)3 * FILM_SCENE_WIDTH;
  for (int y = 0; !status && y < FILM_SCENE_HEIGHT; y++)
    memcpy(m->rgb + 3 * ((f->top + y) * f->width + f->left), m->scene + (size_t)y * row, row);
  return status;
}

static duro_status load_frame(const making *m, int k) {
  char path[CLI_PATH];
  frame_path(path, m, k);
  if (picture_read(m->rgb, m->f->width, m->f->height, path))
    return duro_fail(DURO_ERROR_FILE, "frame %d was not drawn (%s); is there room?", k, duro_error());
  return m->mujoco.open ? put_scene(m, k) : DURO_OK;
}

/* reads frame k into m->rgb; frames are asked for in their order, because MuJoCo's camera follows */
static duro_status read_frame(const making *m, int k) {
  const film *f = m->f;
  duro_status status = f->ask();
  if (!status) status = load_frame(m, k);
  if (!status && f->kept) memcpy(f->kept + (size_t)k * film_size(f), m->rgb, film_size(f));
  return status;
}

static duro_status make_gif(const making *m, const char *out) {
  gif g;
  duro_status status = DURO_OK;
  const double delay = 100 * film_delay(m->f);
  gif_begin(&g, m->f->width, m->f->height);
  for (int k = 0; !status && k < m->f->frames; k++) {
    status = read_frame(m, k);
    // whole hundredths whose sum keeps pace
    const double wait = k + 1 < m->f->frames ? floor((k + 1) * delay + .5) - floor(k * delay + .5) : 100 * FILM_LAST;
    if (!status) gif_add(&g, m->rgb, (int)fmin(fmax(wait, 2), 65535));
  }
  gif_end(&g);
  if (!status) status = text_save(&g.bytes, out);
  gif_release(&g);
  return status;
}

/* The first frame at which h < 0; -1 where there is none. */
static int first_violation(const film *f) {
  for (int k = 0; k < f->frames; k++) {
    const int64_t state = k * f->stride < f->episode->steps ? k * f->stride : f->episode->steps;
    if (f->episode->h[state] < 0) return k;
  }
  return -1;
}

/* Moments at equal distances, from the first to the last; the nearest gives way to that of the first violation. */
static void choose_moments(int *frame, int count, const film *f) {
  const int violation = first_violation(f);
  int nearest = 0;
  for (int i = 0; i < count; i++) {
    frame[i] = count > 1 ? (int)((int64_t)i * (f->frames - 1) / (count - 1)) : 0;
    if (abs(frame[i] - violation) < abs(frame[nearest] - violation)) nearest = i;
  }
  if (violation >= 0) frame[nearest] = violation;
}

/* the moments, row by row */
static duro_status fill_sheet(const making *m, unsigned char *sheet, int count) {
  const film *f = m->f;
  const size_t row = 3 * (size_t)f->width;
  int frame[STRIP_COLUMNS * STRIP_ROWS];
  duro_status status = DURO_OK;
  choose_moments(frame, count, f);
  for (int i = 0; !status && i < count; i++) {
    status = read_frame(m, frame[i]);
    const int left = i % STRIP_COLUMNS, top = i / STRIP_COLUMNS * f->height;
    for (int y = 0; !status && y < f->height; y++)
      memcpy(sheet + ((size_t)(top + y) * STRIP_COLUMNS + (size_t)left) * row, m->rgb + (size_t)y * row, row);
  }
  return status;
}

static duro_status make_strip(const making *m, const char *out) {
  const int most = STRIP_COLUMNS * STRIP_ROWS, count = m->f->frames < most ? m->f->frames : most;
  const int rows = (count + STRIP_COLUMNS - 1) / STRIP_COLUMNS;
  const size_t size = film_size(m->f) * (size_t)(rows * STRIP_COLUMNS);
  unsigned char *sheet = cli_allocate(size, 1);
  memset(sheet, 255, size);
  duro_status status = fill_sheet(m, sheet, count);
  if (!status) status = picture_write(sheet, STRIP_COLUMNS * m->f->width, rows * m->f->height, out);
  free(sheet);
  return status;
}

/* ffmpeg, which reads pictures from the pipe; its number, -1 without */
static pid_t start_ffmpeg(const film *f, const char *to, int *pipe_end) {
  int ends[2];
  if (pipe(ends)) return -1;
  const pid_t child = fork();
  if (child == 0) {
    char size[32], rate[32];
    snprintf(size, sizeof size, "%dx%d", f->width, f->height);
    snprintf(rate, sizeof rate, "%.6f", 1 / film_delay(f));
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(ends[0], STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    close(ends[1]);
    execlp("ffmpeg", "ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r",
           rate, "-i", "-", "-pix_fmt", "yuv420p", "-movflags", "+faststart", to, (char *)NULL);
    _exit(127);
  }
  close(ends[0]);
  *pipe_end = ends[1];
  if (child < 0) close(ends[1]);
  return child;
}

static bool send_picture(int to, const unsigned char *bytes, size_t size) {
  while (size > 0) {
    const ssize_t sent = write(to, bytes, size);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= (size_t)sent;
  }
  return true;
}

static duro_status run_ffmpeg(const making *m, const char *part) {
  int to = -1, ended = 0;
  duro_status status = DURO_OK;
  const pid_t child = start_ffmpeg(m->f, part, &to);
  if (child < 0) return duro_fail(DURO_ERROR_FILE, "cannot start ffmpeg: %s", strerror(errno));
  bool sent = true;
  for (int k = 0; !status && sent && k < m->f->frames; k++) {
    status = read_frame(m, k);
    if (!status) sent = send_picture(to, m->rgb, film_size(m->f));
  }
  close(to);
  waitpid(child, &ended, 0);
  if (status || (sent && WIFEXITED(ended) && WEXITSTATUS(ended) == 0)) return status;
  return duro_fail(DURO_ERROR_FORMAT, "ffmpeg failed with status %d",
                   WIFEXITED(ended) ? WEXITSTATUS(ended) : WTERMSIG(ended));
}

static duro_status make_mp4(const making *m, const char *out) {
  char part[CLI_PATH], *bytes;
  size_t size;
  run_path(part, m->folder, "film.mp4");
  duro_status status = run_ffmpeg(m, part);
  if (!status) status = duro_file_read(&bytes, &size, part);
  if (!status) {
    status = duro_file_write(out, bytes, size);
    duro_file_release(bytes);
  }
  unlink(part);
  return status;
}

/* MuJoCo's renderer where the environment runs in MuJoCo; where it cannot draw, why */
static void open_mujoco(making *m, text *note) {
  if (m->f->env->ops->model && !m->f->geometry && painter_open(&m->mujoco, m->f)) text_add(note, "%s", duro_error());
}

const char *film_lacks(void) {
  return picture_can() ? figure_no_gnuplot : "this program was built without libpng";
}

static duro_status make(making *m, const char *out, film_kind kind, bool *drawn) {
  if (!picture_can()) return DURO_OK;
  duro_status status = open_folder(m);
  if (!status) status = draw_frames(m, drawn);
  if (status || !*drawn) return status;
  if (m->f->keep) m->f->kept = calloc((size_t)m->f->frames, film_size(m->f)); // without room there is no window
  m->rgb = cli_allocate(film_size(m->f), 1);
  m->scene = cli_allocate(3 * FILM_SCENE_WIDTH * FILM_SCENE_HEIGHT, 1);
  return kind == FILM_GIF ? make_gif(m, out) : kind == FILM_STRIP ? make_strip(m, out) : make_mp4(m, out);
}

duro_status film_make(film *f, const char *out, film_kind kind, bool *drawn, text *note) {
  making m = {.f = f};
  *drawn = false;
  open_mujoco(&m, note);
  duro_status status = film_save(f, m.mujoco.open);
  if (!status) status = make(&m, out, kind, drawn);
  painter_close(&m.mujoco);
  remove_folder(&m);
  free(m.rgb);
  free(m.scene);
  return status;
}
