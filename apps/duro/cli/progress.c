/* The progress line.
 *
 * The cursor rests at the start of the line: where a terminal that became narrower has wrapped the line, "clear from
 * here to the end of the screen" still clears all of it. */
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/stop.h"

#define CLEAR "\r\033[J"

enum { WIDTH = 79, SHORTEST_BAR = 6, LONGEST_BAR = 30 };

void progress_start(progress *p, bool quiet) {
  const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
  const bool dumb = !term || !strcmp(term, "dumb");
  *p = (progress){.quiet = quiet, .terminal = isatty(STDOUT_FILENO) && !dumb, .last_print = -1e9, .last_share = -1};
  p->colour = p->terminal && !(no_colour && no_colour[0]);
}

void progress_clear(const progress *p) {
  if (p->terminal && !p->quiet) printf(CLEAR);
  fflush(stdout);
}

void progress_note(const progress *p, const char *note) {
  char line[128] = CLEAR "\033[?7l"; // whatever the width, it does not wrap
  if (!p->terminal || p->quiet) return;
  strncat(line, note, 100);
  strcat(line, "\033[?7h\r");
  (void)!write(STDOUT_FILENO, line, strlen(line));
}

void progress_duration(char *out, size_t size, double seconds) {
  const long long s = isfinite(seconds) && seconds > 0 && seconds < 1e9 ? llround(seconds) : 0;
  if (s >= 3600)
    snprintf(out, size, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
  else
    snprintf(out, size, "%lld:%02lld", s / 60, s % 60);
}

/* The first report counts the steps of the warm-up, which cost no updates, and is forgotten with the second. */
static void follow_speed(progress *p, const duro_train_progress *now) {
  const double memory = 5; // s
  const double seconds = now->seconds - p->seconds, steps = (double)(now->step - p->step);
  const double speed = p->reports ? steps / fmax(seconds, 1e-9) : now->steps_per_second;
  const double weight = p->reports < 2 ? 1 : fmax(1 - exp(-seconds / memory), 1 / (double)p->reports);
  p->speed += weight * (speed - p->speed);
  p->seconds = now->seconds;
  p->step = now->step;
  p->reports++;
}

static double seconds_left(const progress *p, const duro_train_progress *now) {
  return (double)(now->steps - now->step) / fmax(p->speed, 1e-9);
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

/* the last column stays free: some terminals wrap as soon as it is written */
static int columns_of_terminal(void) {
  struct winsize window;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) || window.ws_col < 1 || window.ws_col > WIDTH) return WIDTH;
  return window.ws_col - 1;
}

/* drops what a narrow terminal has no room for, the least important first; returns the columns left for a bar */
static int fit_parts(progress_part *parts, int count, int room) {
  for (int i = 0; i < count; i++)
    if (parts[i].text[0]) room -= 2 + (int)strlen(parts[i].text);
  while (room < 0) {
    progress_part *least = NULL;
    for (int i = 0; i < count; i++)
      if (parts[i].text[0] && (!least || parts[i].weight < least->weight)) least = &parts[i];
    if (!least) break;
    room += 2 + (int)strlen(least->text);
    least->text[0] = 0;
  }
  return room;
}

/* " [=====     ]", nothing where there is no room for it */
static void print_bar(int room, double share) {
  const int length = room - 3 < LONGEST_BAR ? room - 3 : LONGEST_BAR, full = (int)floor(share * length);
  if (length < SHORTEST_BAR) return;
  printf(" [");
  for (int i = 0; i < length; i++) putchar(i < full ? '=' : ' ');
  putchar(']');
}

void progress_draw(const progress *p, double share, progress_part *parts, int count) {
  enum { PERCENT = 4 };
  const int width = columns_of_terminal(), room = fit_parts(parts, count, width - PERCENT);
  if (width < PERCENT) return;
  if (isfinite(share))
    printf("\r%3.0f%%", floor(share * 100));
  else
    printf("\r  ..");
  print_bar(room, isfinite(share) ? share : 0);
  for (int i = 0; i < count; i++) {
    if (!parts[i].text[0]) continue;
    const bool coloured = p->colour && parts[i].colour;
    printf("  %s%s%s", coloured ? parts[i].colour : "", parts[i].text, coloured ? "\033[0m" : "");
  }
  printf("\033[J\r");
  fflush(stdout);
}

static void show_line(const progress *p, const duro_run_progress *watched, double share) {
  const duro_train_progress *now = watched->train;
  enum { STEPS, RATE, LEFT, RETURN, VIOLATIONS, PARTS }; // in the order of the line
  progress_part parts[PARTS] = {[STEPS] = {.weight = 0},
                                [RATE] = {.weight = 1},
                                [RETURN] = {.weight = 2},
                                [LEFT] = {.weight = 3},
                                [VIOLATIONS] = {.weight = 4}};
  enum { SIZE = sizeof parts[0].text };
  char step[24], steps[24], rate[24], left[40];
  short_count(step, sizeof step, (double)now->step);
  short_count(steps, sizeof steps, (double)now->steps);
  short_count(rate, sizeof rate, p->speed);
  progress_duration(left, sizeof left, seconds_left(p, now));
  snprintf(parts[STEPS].text, SIZE, "%s/%s", step, steps);
  snprintf(parts[RATE].text, SIZE, "%s/s", rate);
  snprintf(parts[LEFT].text, SIZE, "%s left", left);
  if (watched->look_episodes) {
    snprintf(parts[RETURN].text, SIZE, "return %.4g", watched->look_return);
    snprintf(parts[VIOLATIONS].text, SIZE, "viol %lld/%lld", (long long)watched->look_violating,
             (long long)watched->look_episodes);
    parts[VIOLATIONS].colour = watched->look_violating ? "\033[31m" : "\033[32m";
  }
  progress_draw(p, share, parts, PARTS);
}

static void print_line(const progress *p, const duro_run_progress *watched, double share) {
  const duro_train_progress *now = watched->train;
  char left[40];
  progress_duration(left, sizeof left, seconds_left(p, now));
  printf("step %lld/%lld (%.0f %%)  %.0f steps/s  %s left", (long long)now->step, (long long)now->steps,
         floor(share * 100), p->speed, left);
  if (watched->look_episodes)
    printf("  return %.5g  viol %lld/%lld", watched->look_return, (long long)watched->look_violating,
           (long long)watched->look_episodes);
  printf("\n");
  fflush(stdout);
}

void progress_show(progress *p, const duro_run_progress *watched) {
  const duro_train_progress *now = watched->train;
  if (p->quiet) return;
  follow_speed(p, now);
  const double share = fmin(1, (double)now->step / fmax(1, (double)now->steps)), since = now->seconds - p->last_print;
  const bool end = now->step >= now->steps;
  if (p->terminal) {
    if (since < .1 && !end) return;
    show_line(p, watched, share);
  } else {
    if (share - p->last_share < .05 && since < 30 && !(end && p->last_share < 1)) return;
    print_line(p, watched, share);
    p->last_share = share;
  }
  p->last_print = now->seconds;
}

duro_status progress_trial(double share, void *context) {
  progress *p = context;
  const double now = duro_clock();
  if (!p->terminal || p->quiet || now - p->shown < 0.1) return stop_if_asked();
  p->shown = now;
  progress_part parts[] = {{.text = "trial of the best snapshots", .weight = 1}};
  progress_draw(p, share, parts, 1);
  return stop_if_asked();
}
