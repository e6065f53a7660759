/* Jobs as a command runs them. */
#include "show/jobs_line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "io/text.h"

typedef struct view {
  const job_list *list;
  int parallel;
  progress progress;
} view;

static void describe_left(char *out, size_t size, const view *r) {
  char time[40];
  const double left = jobs_left(r->list, r->parallel);
  out[0] = 0;
  if (!isfinite(left)) return;
  progress_duration(time, sizeof time, left);
  snprintf(out, size, "%s left", time);
}

/* The line of a terminal: share, jobs, what runs, time left. */
static void show_line(const view *r) {
  enum { JOBS, NAMES, LEFT, PARTS };
  progress_part parts[PARTS] = {[JOBS] = {.weight = 2}, [NAMES] = {.weight = 0}, [LEFT] = {.weight = 1}};
  if (!r->progress.terminal || r->progress.quiet || stop_asked()) return;
  const int done = jobs_count(r->list, JOB_DONE), all = r->list->count;
  snprintf(parts[JOBS].text, sizeof parts[JOBS].text, "%d/%d jobs", done, all);
  text names = {0};
  for (int i = 0; i < all; i++)
    if (r->list->jobs[i].state == JOB_RUNNING)
      text_add(&names, "%s%s", names.length ? ", " : "", r->list->jobs[i].name);
  if (names.length) snprintf(parts[NAMES].text, 44, "%s", cli_text(&names));
  text_release(&names);
  describe_left(parts[LEFT].text, sizeof parts[LEFT].text, r);
  progress_draw(&r->progress, (double)done / all, parts, PARTS);
}

/* A plain line, where there is no terminal. */
static void print_line(const view *r, const char *what, const job *j, bool ended) {
  char took[40], left[64];
  if (r->progress.terminal || r->progress.quiet) return;
  cli_print("%-8s%s", what, j->name);
  if (ended) {
    progress_duration(took, sizeof took, j->seconds);
    describe_left(left, sizeof left, r);
    printf("  %s  (%d/%d jobs%s%s)", took, jobs_count(r->list, JOB_DONE), r->list->count, left[0] ? ", " : "", left);
  }
  printf("\n");
  fflush(stdout);
}

static void tell(void *context, const job_list *list, const job *j, jobs_event event, const char *why) {
  const view *r = context;
  (void)list;
  if (event == JOBS_STARTED) print_line(r, "start", j, false);
  if (event == JOBS_DONE) print_line(r, "done", j, true);
  if (event != JOBS_FAILED) return;
  char line[2 * CLI_PATH];
  snprintf(line, sizeof line, "%s", why);
  progress_clear(&r->progress);
  cli_fail(CLI_FAILED, "%s failed: %s", j->name, line);
}

static int wait_for_child(void *context, const job_list *list) {
  (void)list;
  show_line(context);
  stop_wait(1);
  return stop_asked();
}

/* in the child: signals end it again until it listens itself */
static void let_go(void *context) {
  (void)context;
  stop_release();
  if (stop_asked()) _exit(CLI_STOPPED); // heard before it became what is to hear
}

/* Of one job that was run alone. */
static int conclude_one(const job *j, duro_status status) {
  if (status == DURO_ERROR_STOPPED) return CLI_STOPPED;
  if (status) return cli_report(status);
  if (j->state == JOB_DONE) return CLI_DONE;
  return j->earlier ? cli_fail(CLI_FAILED, "%s failed elsewhere (%s)", j->name, j->log) : CLI_FAILED;
}

static int conclude(const view *r, duro_status status, const char *command) {
  const int done = jobs_count(r->list, JOB_DONE), failed = jobs_count(r->list, JOB_FAILED), all = r->list->count;
  if (status && status != DURO_ERROR_STOPPED) return cli_report(status);
  if (status) {
    if (!r->progress.quiet)
      cli_print("stopped; %d of %d jobs are done; the same command goes on\nnext: %s\n", done, all, command);
    return CLI_STOPPED;
  }
  if (!failed) return CLI_DONE;
  return cli_fail(CLI_FAILED, "%d of %d jobs failed and %d that build on them were left out; the same command goes on",
                  failed, all, all - done - failed);
}

int cli_run_jobs(job_list *list, int parallel, const jobs_share *share, const char *command, bool quiet) {
  view r = {.list = list, .parallel = parallel};
  const jobs_watcher watcher = {.context = &r, .tell = tell, .wait = wait_for_child, .child = let_go};
  progress_start(&r.progress, quiet);
  stop_listen(&r.progress, NULL, NULL);
  const duro_status status =
      share ? jobs_run_shared(list, parallel, share, &watcher) : jobs_run(list, parallel, &watcher);
  stop_release();
  progress_clear(&r.progress);
  if (share && share->only >= 0) return conclude_one(&list->jobs[share->only], status);
  return conclude(&r, status, command);
}
