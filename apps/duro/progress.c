/* The progress line. */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 79, LONGEST_BAR = 30 };

void progress_start(progress *p, bool quiet) {
  const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
  const bool dumb = !term || !strcmp(term, "dumb");
  *p = (progress){.quiet = quiet, .terminal = isatty(STDOUT_FILENO) && !dumb, .last_print = -1e9, .last_share = -1};
  p->colour = p->terminal && !(no_colour && no_colour[0]);
}

void progress_clear(progress *p) {
  if (p->shown) printf("\r\033[K");
  fflush(stdout);
  p->shown = false;
}

void progress_duration(char *out, size_t size, double seconds) {
  const long long s = isfinite(seconds) && seconds > 0 && seconds < 1e9 ? llround(seconds) : 0;
  if (s >= 3600)
    snprintf(out, size, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
  else
    snprintf(out, size, "%lld:%02lld", s / 60, s % 60);
}

/* 950, 12.3k, 300k, 1.2M */
static void short_count(char *out, size_t size, double value) {
  if (value < 1e3)
    snprintf(out, size, "%.0f", value);
  else if (value < 99.95e3)
    snprintf(out, size, "%.1fk", value / 1e3);
  else if (value < 999.5e3)
    snprintf(out, size, "%.0fk", value / 1e3);
  else if (value < 99.95e6)
    snprintf(out, size, "%.1fM", value / 1e6);
  else
    snprintf(out, size, "%.0fM", value / 1e6);
}

static int columns_left(int used) {
  struct winsize window;
  int width = WIDTH;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1 && window.ws_col <= WIDTH)
    width = window.ws_col - 1;
  return width - used;
}

static void draw_bar(char *out, int length, double share) {
  const int full = (int)floor(share * length);
  for (int i = 0; i < length; i++) out[i] = i < full ? '=' : ' ';
  out[length] = 0;
}

static void show_line(progress *p, const duro_train_progress *now, const watch_result *watched, double share) {
  char step[40], steps[40], rate[40], left[40], bar[LONGEST_BAR + 1], tail[192], violations[64] = "";
  short_count(step, sizeof step, (double)now->step);
  short_count(steps, sizeof steps, (double)now->steps);
  short_count(rate, sizeof rate, now->steps_per_second);
  progress_duration(left, sizeof left, now->seconds_left);
  int used = snprintf(tail, sizeof tail, "%s/%s  %s/s  %s left", step, steps, rate, left);
  if (watched->episodes) {
    used += snprintf(tail + used, sizeof tail - (size_t)used, "  return %.4g", watched->return_mean);
    used += snprintf(violations, sizeof violations, "  viol %lld/%lld", (long long)watched->violating,
                     (long long)watched->episodes);
  }
  int room = columns_left(used + 8); // "100% [] "
  room = room > LONGEST_BAR ? LONGEST_BAR : room;
  const char *colour = !p->colour ? "" : watched->violating ? "\033[31m" : "\033[32m";
  printf("\r%3.0f%% ", floor(share * 100));
  if (room >= 4) {
    draw_bar(bar, room, share);
    printf("[%s] ", bar);
  }
  printf("%s%s%s%s\033[K", tail, colour, violations, p->colour ? "\033[0m" : "");
  fflush(stdout);
  p->shown = true;
}

static void print_line(const duro_train_progress *now, const watch_result *watched, double share) {
  char left[40];
  progress_duration(left, sizeof left, now->seconds_left);
  printf("step %lld/%lld (%.0f %%)  %.0f steps/s  %s left", (long long)now->step, (long long)now->steps,
         floor(share * 100), now->steps_per_second, left);
  if (watched->episodes)
    printf("  return %.5g  viol %lld/%lld", watched->return_mean, (long long)watched->violating,
           (long long)watched->episodes);
  printf("\n");
  fflush(stdout);
}

void progress_show(progress *p, const duro_train_progress *now, const watch_result *watched) {
  if (p->quiet) return;
  const double share = fmin(1, (double)now->step / fmax(1, (double)now->steps)), since = now->seconds - p->last_print;
  const bool end = now->step >= now->steps;
  if (p->terminal) {
    if (since < .1 && !end) return;
    show_line(p, now, watched, share);
  } else {
    if (share - p->last_share < .05 && since < 30 && !(end && p->last_share < 1)) return;
    print_line(now, watched, share);
    p->last_share = share;
  }
  p->last_print = now->seconds;
}
