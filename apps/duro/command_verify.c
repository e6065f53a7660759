/* duro verify: is a training, or a card, what it says, bit for bit? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "card_watch.h"
#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/progress.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "io/file.h"
#include "io/hash.h"
#include "study/repeat.h"

typedef struct verify_options {
  int64_t updates;
  bool hash, quiet;
  card_options card; /* its threads are those of a training as well */
} verify_options;

#define OPTION(field) offsetof(verify_options, field)
static const cli_option options[] = {
    {"updates", "N", CLI_INT, OPTION(updates), 1, 1e12, NULL,
     "Repeat only about the first N updates, to the next row of train.csv; default: all of it."},
    {"hash", NULL, CLI_FLAG, OPTION(hash), 0, 0, NULL, "Print the hash of the run alone, and repeat nothing."},
    {"run", "DIR", CLI_TEXT, OPTION(card.folder), 0, 0, NULL,
     "Of a card: the run folder that it is about; default: the folder in which the card lies."},
    {"solution", "DIR", CLI_TEXT, OPTION(card.solution), 0, 0, NULL,
     "Of a card: the folder of duro solve that it was made with."},
    {"adversary", "RUN", CLI_TEXT, OPTION(card.adversary), 0, 0, NULL,
     "Of a card: the run whose networks attacked as well."},
    {"lines", "NAME", CLI_TEXT, OPTION(card.only), 0, 0, NULL,
     "Of a card: check the line of this name alone, or all of a kind: attack, verdict."},
    ROW_ACCEPT(OPTION(card.accept)),
    ROW_THREADS(OPTION(card.threads)),
    {"quiet", NULL, CLI_FLAG, OPTION(quiet), 0, 0, NULL,
     "Print nothing but the verdict, errors, and lines of a card that are not the same."},
};
static const cli_command command = {
    .name = "verify",
    .words = "RUN|CARD",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Repeats a training from the configuration and the environment that its folder keeps, with looks, choice and "
        "trial, and holds what comes out against what is there, bit for bit: every row of train.csv but for the "
        "columns "
        "of a clock, the tables of the looks and of the trial, every snapshot in policies with what is noted of its "
        "filter, which one is chosen, and the whole state of the newest checkpoint. Nothing is written into the "
        "folder. Exit status 0: the same; 3: different, and the first difference is named; 1: it could not be told. "
        "The hash of a run is one value for all of it, the same on every machine that trained the same. Of card.json, "
        "which duro card made, each line is found again: hashes, the export, and every attack, which is played anew "
        "with the options, seed and starts that the line states. Each is the same, different or unknown, where "
        "something is missing; the exit status is that of the worst.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

/* exit status */
enum { VERIFY_DIFFERENT = 3 };

static void hear(void *trainer) {
  duro_trainer_stop(trainer);
}

static duro_status ask(void *context) {
  (void)context;
  return stop_if_asked();
}

static void note(void *context, const char *line) {
  (void)context;
  fprintf(stderr, "duro: %s\n", line);
}

static duro_status show(void *context, const duro_run_progress *now) {
  progress *line = context;
  if (!now->train) return progress_trial(now->trial, line);
  if (!stop_asked()) progress_show(line, now);
  return stop_if_asked();
}

static int conclude(const repetition *s, duro_status status) {
  if (status) return status == DURO_ERROR_STOPPED ? CLI_STOPPED : cli_report(status);
  if (s->found.difference[0]) {
    cli_print("different: %s\n", s->found.difference);
    return VERIFY_DIFFERENT;
  }
  cli_print("the same: %d rows of train.csv, %d snapshots%s%s\n", s->row, s->found.snapshots,
            s->cut ? ", as far as it was repeated" : ", and the whole state of the newest checkpoint",
            s->cut || s->found.whole ? "" : "; what came after it was not compared");
  return CLI_DONE;
}

/* What cannot be repeated cannot be told, whatever is wrong with it. */
static int give_up(void) {
  return cli_fail(CLI_FAILED, "%s", duro_error());
}

static int repeat(repetition *s, const char *folder, const verify_options *given) {
  progress line;
  const repeat_options how = {.updates = given->updates, .threads = given->card.threads, .scratch = getenv("TMPDIR")};
  const repeat_watcher watcher = {.context = &line, .ask = ask, .note = note, .show = show};
  if (repeat_prepare(s, folder, &how, &watcher, cli_how())) return give_up();
  progress_start(&line, given->quiet);
  stop_listen(&line, hear, s->trainer);
  const duro_status status = repeat_run(s);
  stop_release();
  progress_clear(&line);
  return conclude(s, status);
}

static int verify_run(const char *folder, const verify_options *given) {
  uint64_t hash;
  char printed[DURO_HASH_TEXT];
  if (duro_run_hash(&hash, folder)) return give_up();
  duro_hash_print(printed, hash);
  cli_print(given->hash ? "%s\n" : "hash of the run: %s\n", printed);
  if (given->hash) return CLI_DONE;
  repetition *s = cli_allocate(1, sizeof *s);
  const int status = repeat(s, folder, given);
  repeat_release(s);
  free(s);
  return status;
}

/* A card by its file. */
static int verify_file(const char *path, const verify_options *given) {
  char folder[CLI_PATH];
  const char *slash = strrchr(path, '/');
  snprintf(folder, sizeof folder, "%.*s", slash && slash > path ? (int)(slash - path) : 1, slash ? path : ".");
  card_options of = given->card;
  of.path = path;
  of.scratch = getenv("TMPDIR");
  if (!of.folder) of.folder = folder;
  return verify_card(&of, given->quiet);
}

int command_verify(int argc, char **argv) {
  verify_options given = {0};
  cli_words words;
  duro_kind kind;
  const int parsed = cli_parse(&command, &given, &words, argc, argv);
  if (parsed != CLI_GO_ON) return parsed;
  if (duro_file_look(&kind, words.word[0])) return give_up();
  return kind == DURO_KIND_FILE ? verify_file(words.word[0], &given) : verify_run(words.word[0], &given);
}
