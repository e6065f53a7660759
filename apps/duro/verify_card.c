/* duro verify CARD: is each line of a card found again? */
#include <stdio.h>

#include "card_watch.h"
#include "cli/cli.h"
#include "cli/opening.h"

/* exit status */
enum { VERIFY_DIFFERENT = 3 };

static duro_status check(const card_options *given, card_watch *watch) {
  card c;
  json_t *root;
  const card_watcher watcher = card_watch_of(watch);
  duro_status status = card_read(&root, given->path);
  if (status) return status;
  status = card_open(&c, given, &watcher, cli_how());
  if (!status) status = card_check(&c, root);
  card_close(&c);
  json_decref(root);
  return status;
}

static int conclude(const card_watch *w, const card_options *given) {
  const int same = w->count[CARD_SAME], different = w->count[CARD_DIFFERENT], unknown = w->count[CARD_UNKNOWN];
  if (!(same + different + unknown))
    return cli_fail(CLI_FAILED, "%s has no line '%s'", given->path, given->only ? given->only : "");
  if (!different && !unknown) cli_print("the same: all %d of them\n", same);
  if (different || unknown)
    cli_print("%s: of %d %d the same, %d different, %d unknown\n", different ? "different" : "unknown",
              same + different + unknown, same, different, unknown);
  return different ? VERIFY_DIFFERENT : unknown ? CLI_FAILED : CLI_DONE;
}

int verify_card(const card_options *given, bool quiet) {
  card_watch watch;
  card_watch_start(&watch, quiet);
  const duro_status status = check(given, &watch);
  card_watch_end(&watch);
  if (status == DURO_ERROR_STOPPED) return CLI_STOPPED;
  return status ? cli_fail(CLI_FAILED, "%s", duro_error()) : conclude(&watch, given);
}
