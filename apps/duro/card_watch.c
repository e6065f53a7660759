/* What people see while a card is made or checked. */
#include "card_watch.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/stop.h"

void card_watch_start(card_watch *w, bool quiet) {
  *w = (card_watch){.last = 0};
  progress_start(&w->progress, quiet);
  stop_listen(&w->progress, NULL, NULL);
}

void card_watch_end(const card_watch *w) {
  stop_release();
  progress_clear(&w->progress);
}

static duro_status ask(void *context, const char *line, double share) {
  card_watch *w = context;
  const double now = duro_clock();
  const duro_status status = stop_if_asked();
  if (status || w->progress.quiet || !w->progress.terminal || now - w->last < .1) return status;
  w->last = now;
  progress_part part = {.weight = 1};
  snprintf(part.text, sizeof part.text, "%.60s", line);
  progress_draw(&w->progress, share, &part, 1);
  return DURO_OK;
}

static duro_status found(void *context, const char *line, card_finding finding, const char *why) {
  card_watch *w = context;
  w->count[finding]++;
  if (w->progress.quiet && finding == CARD_SAME) return DURO_OK;
  progress_clear(&w->progress);
  const char *hint = cli_hint(why);
  cli_print("%-9s  %s%s%s%s%s\n", card_finding_name(finding), line, why[0] ? ": " : "", why, hint ? "; " : "",
            hint ? hint : "");
  fflush(stdout);
  return DURO_OK;
}

static duro_status recheck(void *context, bool *proved, double *volume, const char *path) {
  (void)context;
  return card_recheck(proved, volume, path);
}

card_watcher card_watch_of(card_watch *w) {
  return (card_watcher){.context = w, .ask = ask, .found = found, .recheck = recheck};
}
