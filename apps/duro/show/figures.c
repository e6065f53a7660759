/* What all pictures share: the look, the files, gnuplot. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "io/file.h"
#include "show/report.h"

enum { COLOURS = 8 };

const char *figure_colour(int i) {
  static const char *const colours[COLOURS] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                               "#E69F00", "#56B4E9", "#7F7F7F", "#000000"};
  return colours[i % COLOURS];
}

/* Every algorithm's place in the palette, so that it has one colour on all pages. */
static int place_of(const char *algorithm) {
  static const char *const order[] = {"DRAC", "SAC", "SAC-RIS", "RSAC", "SAC-Lag", "RAC", "RIS"};
  for (int i = 0; i < (int)(sizeof order / sizeof *order); i++)
    if (strcmp(order[i], algorithm) == 0) return i;
  return -1;
}

void figure_method_colours(int *colour, const char *const *algorithms, int n) {
  unsigned taken = 0;
  for (int i = 0; i < n; i++) { // the first run of an algorithm has its colour
    const int place = place_of(algorithms[i]);
    colour[i] = place >= 0 && !(taken >> place & 1) ? place : -1;
    if (colour[i] >= 0) taken |= 1u << place;
  }
  for (int i = 0, next = 0; i < n; i++) { // the others have what is left
    if (colour[i] >= 0) continue;
    while (next < COLOURS && taken >> next & 1) next++;
    colour[i] = next < COLOURS ? next : i % COLOURS;
    if (next < COLOURS) taken |= 1u << next;
  }
}

void figure_panel(text *script, int height, int from, int to) {
  text_add(script, "set tmargin at screen %.5f\nset bmargin at screen %.5f\n", 1 - (double)from / height,
           1 - (double)to / height);
}

/* 1, 2 or 5 times a power of ten, so that at most `tics` of it fit into the span. */
static double wide_step(double span, int tics) {
  const double rough = span / tics, power = pow(10, floor(log10(rough))), digit = rough / power - 1e-9;
  return power * (digit < 1 ? 1 : digit < 2 ? 2 : digit < 5 ? 5 : 10);
}

/* The same for about so many. */
static double round_step(double span, int tics) {
  const double rough = span / tics, power = pow(10, floor(log10(rough))), digit = rough / power;
  return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
}

void figure_axis(text *script, char axis, double low, double high, int tics) {
  if (!(high - low > 1e-9 * fmax(fabs(low), fabs(high)))) { // flat, or nothing at all
    const double room = fabs(low) > 0 && isfinite(low) ? .5 * fabs(low) : 1;
    low = isfinite(low) ? low - room : -room;
    high = low + 2 * room;
  }
  const double room = axis == 'y' ? .06 * (high - low) : 0;
  text_add(script, "set %crange [%.9g:%.9g]\nset %ctics nomirror %.9g\n", axis, low - room, high + room, axis,
           axis == 'x' ? wide_step(high - low, tics) : round_step(high - low, tics)); // labels of x stand in a row
}

void figure_begin(text *script, const char *name, const char *about, int width, int height) {
  text_add(script, "# ");
  text_add_line(script, about);
  text_add(script, "\n# Run me here, beside my data: gnuplot ");
  text_add_line(script, name);
  text_add(script,
           ".gp\n"
           "set encoding utf8\nset terminal pngcairo size %d,%d font 'DejaVu Sans,18' linewidth 1.5 background "
           "'#ffffff' noenhanced\n"
           "if (!exists('picture')) picture = ",
           width, height);
  text file = {0};
  text_add(&file, "%s.png", name);
  text_add_gnuplot_file(script, cli_text(&file));
  text_release(&file);
  text_add(script, "\nset output picture\n"
                   "set datafile separator ','\n"
                   "set border 3 lc '#555555'\n"
                   "set tics nomirror out textcolor '#222222'\n"
                   "set grid back lc '#cccccc' lw .7 dt 1\n"
                   "set style fill solid 1 noborder\n");
}

int figure_run(const char *folder, const char *const *words) {
  const pid_t child = fork();
  if (child < 0) return 127;
  if (child == 0) {
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    if (chdir(folder)) _exit(126);
    char *arguments[8] = {"gnuplot"};
    for (int i = 0; i < 6 && words[i]; i++) arguments[i + 1] = (char *)(uintptr_t)words[i];
    execvp("gnuplot", arguments);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 126;
}

const char figure_no_gnuplot[] = "gnuplot was not found";

bool figure_gnuplot(void) {
  return figure_run(".", (const char *const[]){"--version", NULL}) == 0;
}

/* The signature, whole chunks, and the one that ends a picture. */
static duro_status check_png(bool *whole, const char *path) {
  char *bytes;
  size_t size;
  bool there;
  *whole = false;
  const duro_status status = duro_file_read_if_there(&bytes, &size, &there, path);
  if (status || !there) return status;
  if (size >= 8 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8))
    for (size_t at = 8; size - at >= 12;) {
      const unsigned char *n = (const unsigned char *)bytes + at;
      const size_t length = (size_t)n[0] << 24 | (size_t)n[1] << 16 | (size_t)n[2] << 8 | n[3];
      if (length > size - at - 12) break;
      at += 12 + length;
      *whole = at == size && !memcmp(n + 4, "IEND", 4);
    }
  duro_file_release(bytes);
  return DURO_OK;
}

duro_status figure_draw(bool *drawn, const char *folder, const char *name) {
  char file[FIGURE_NAME + 24], picture[CLI_PATH], temporary[CLI_PATH];
  *drawn = false;
  snprintf(file, sizeof file, "%s.png", name);
  run_path(picture, folder, file);
  unlink(picture); // an older picture must not pass for this one
  snprintf(file, sizeof file, ".%s.png.0.tmp", name);
  run_path(temporary, folder, file);
  text output = {0};
  text_add(&output, "picture=");
  text_add_gnuplot_file(&output, file);
  snprintf(file, sizeof file, "%s.gp", name);
  const int ended = figure_run(folder, (const char *const[]){"-e", cli_text(&output), file, NULL});
  text_release(&output);
  bool whole = false;
  duro_status status = ended ? DURO_OK : check_png(&whole, temporary);
  *drawn = whole && rename(temporary, picture) == 0;
  if (whole && !*drawn) status = duro_fail(DURO_ERROR_FILE, "cannot write %s: %s", picture, strerror(errno));
  if (!*drawn) unlink(temporary);
  if (status || *drawn || ended == 127) return status;
  return duro_fail(DURO_ERROR_FORMAT, "gnuplot failed%s; to see why: cd %s && gnuplot %s",
                   ended == 0 ? ", its picture is not whole (is there room?)" : "", folder, file);
}

duro_status figure_data(const report *r, const text *data, const char *file) {
  char path[CLI_PATH];
  run_path(path, r->figures, file);
  return text_save(data, path);
}

void figure_add(report *r, const char *name, const char *ending, const char *lacks, text *caption) {
  figure *f = &r->figure[r->n_figures++];
  snprintf(f->name, sizeof f->name, "%s", name);
  f->ending = ending;
  f->lacks = lacks;
  f->caption = *caption;
  *caption = (text){0};
}

duro_status figure_end(report *r, text *script, const char *name, text *caption) {
  char file[FIGURE_NAME + 8];
  bool drawn;
  figure_add(r, name, "png", figure_no_gnuplot, caption);
  snprintf(file, sizeof file, "%s.gp", name);
  duro_status status = figure_data(r, script, file);
  text_release(script);
  if (!status) status = figure_draw(&drawn, r->figures, name);
  if (!status && drawn) r->figure[r->n_figures - 1].lacks = NULL;
  return status;
}
