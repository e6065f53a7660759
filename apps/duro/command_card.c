/* duro card: what is known of a policy, on a page and in a file that others can check. */
#include <stdio.h>

#include "card_watch.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "io/escape.h"
#include "run/made.h"
#include "show/card_page.h"

typedef struct command_options {
  card_options asked;
  const char *out;
  bool one_file, quiet;
} command_options;

#define OPTION(field) offsetof(command_options, asked.field)
static const cli_option options[] = {
    {"out", "DIR", CLI_TEXT, offsetof(command_options, out), 0, 0, NULL,
     "Folder of card.json and card.html; default: the run folder."},
    {"solution", "DIR", CLI_TEXT, OPTION(solution), 0, 0, NULL,
     "The folder of duro solve that attacks or sets were measured with; its certificate gets a line."},
    {"adversary", "RUN", CLI_TEXT, OPTION(adversary), 0, 0, NULL, "The run whose networks attacked as well."},
    {"margin", "X", CLI_TEXT, OPTION(margin), 0, 0, NULL,
     "Margin of the starts inside the set that attacks were played with; default 0.05."},
    ROW_ACCEPT(OPTION(accept)),
    ROW_THREADS(OPTION(threads)),
    ROW_ONE_FILE(offsetof(command_options, one_file), "card.html"),
    ROW_QUIET(offsetof(command_options, quiet)),
};
static const cli_command command = {
    .name = "card",
    .words = "RUN",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Writes down what is known of the policy of a run folder: system and constraint in words, every row of its "
        "attack matrix with an interval, the verdict, how much disturbance it stands, its learned set and the "
        "certificate of a solution where these were measured, and the hashes of run, policy and exported C. card.html "
        "is for people, card.json is the same for duro verify, which finds each line again on another machine. "
        "Nothing is played: first duro attack, then duro card.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

static duro_status save(const card *c, const json_t *root, const char *folder, bool one_file) {
  text check = {0};
  card_add_check(&check, c);
  duro_status status = text_status(&check);
  if (!status) status = card_save(root, c->given->path);
  if (!status) status = card_page(root, folder, check.bytes, one_file);
  text_release(&check);
  return status;
}

static duro_status make(const command_options *given, const char *folder, card_watch *watch) {
  card c;
  json_t *root;
  const card_watcher watcher = card_watch_of(watch);
  duro_status status = card_open(&c, &given->asked, &watcher, cli_how());
  if (!status) status = made_check_card(folder);
  if (!status && !(status = card_make(&root, &c))) {
    status = save(&c, root, folder, given->one_file);
    json_decref(root);
  }
  watch->left_out = c.left_out;
  card_close(&c);
  return status;
}

static int conclude(duro_status status, const char *folder, int left_out, bool quiet) {
  if (status) return status == DURO_ERROR_STOPPED ? CLI_STOPPED : cli_report(status);
  if (left_out)
    fprintf(stderr, "duro: %d rows of attack/matrix.csv are of another policy or program and left out; attack again\n",
            left_out);
  if (!quiet) cli_print("%s/card.html and card.json\n", folder);
  return CLI_DONE;
}

int command_card(int argc, char **argv) {
  command_options given = {.asked = {.scratch = getenv("TMPDIR")}};
  cli_words words;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  char path[CLI_PATH];
  const char *folder = given.out ? given.out : words.word[0];
  run_path(path, folder, "card.json");
  given.asked.folder = words.word[0];
  given.asked.path = path;
  duro_lock *lock = NULL;
  duro_status status = given.out ? made_lock(&lock, folder) : run_lock(&lock, folder);
  card_watch watch = {0};
  card_watch_start(&watch, given.quiet);
  if (!status) status = make(&given, folder, &watch);
  card_watch_end(&watch);
  duro_lock_release(lock);
  return conclude(status, folder, watch.left_out, given.quiet);
}
