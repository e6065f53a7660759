/* The card of a policy: what is claimed of it, line by line, and whether it is found again. A line says something (the
 * values of "says"), from what is needed for it (the values of "with"); the same function finds it when the card is
 * made and when it is checked. */
#ifndef DURO_STUDY_CARD_H
#define DURO_STUDY_CARD_H

#include "io/json.h"
#include "io/text.h"
#include "run/run.h"
#include "run/solved.h"

#define CARD_MARK "duro_card" /* first key of the file: its format */
enum { CARD_FORMAT = 1 };

/* Is a line what was found again? */
typedef enum card_finding { CARD_SAME, CARD_DIFFERENT, CARD_UNKNOWN, CARD_FINDINGS } card_finding;
/* "same", "different", "unknown" */
const char *card_finding_name(card_finding finding);

/* Who is told on the way. A status other than DURO_OK ends the work. */
typedef struct card_watcher {
  void *context;
  duro_status (*ask)(void *context, const char *line, double share); /* share of the present line */
  /* a line was checked; `why` it is not the same, "" where it is */
  duro_status (*found)(void *context, const char *line, card_finding finding, const char *why);
  /* Proves a certificate again, as card_recheck does. */
  duro_status (*recheck)(void *context, bool *proved, double *volume, const char *path);
} card_watcher;

/* What a card is made from, and checked with. NULL: without. */
typedef struct card_options {
  const char *folder;    /* of the run */
  const char *solution;  /* of duro solve, which attackers, starts and sets were of */
  const char *adversary; /* another run whose networks attacked */
  const char *margin;    /* of starts inside the set of the solution, where it is not the default */
  const char *path;      /* of the card, for the commands in it */
  const char *scratch;   /* folder for temporary files; NULL: /tmp */
  const char *only;      /* check this line, or all of this kind, alone */
  int64_t threads;
  bool accept; /* also a solution that does not hold */
} card_options;

/* A card at work. */
typedef struct card {
  const card_options *given;
  const card_watcher *watcher;
  const run_how *how;
  run run, other;
  solved solved;
  bool has_run, has_other, has_solved;
  char scratch[RUN_PATH];
  json_t *lines; /* of the card */
  const char *line;
  bool other_program; /* this is not the one that made the card */
  int left_out;       /* rows of the attack matrix that are of another policy or program */
} card;

/* Proves a certificate again with duro-recheck, the independent checker, which is beside this program or on the path:
 * *proved, and the volume of its set. DURO_ERROR_MISSING where it is in neither place. */
duro_status card_recheck(bool *proved, double *volume, const char *path);

/* Opens the run and what goes with it. card_close in any case. */
duro_status card_open(card *c, const card_options *given, const card_watcher *watcher, const run_how *how);
void card_close(card *c);

/* Makes the card; json_decref(*root). */
duro_status card_make(json_t **root, card *c);
/* Writes it to a file. */
duro_status card_save(const json_t *root, const char *path);
/* Reads one from a file. */
duro_status card_read(json_t **root, const char *path);
/* Checks each line, and tells the watcher. */
duro_status card_check(card *c, json_t *root);

/* ---- its lines, for who draws them ---- */

/* Name of a line, what it says, and the next one whose name begins with `kind`, from index *at on; NULL at the end. */
const char *card_line_name(const json_t *line);
const json_t *card_line_says(const json_t *line);
const json_t *card_line_next(const json_t *lines, size_t *at, const char *kind);

/* ---- the parts ---- */

/* Finds what a line says; `line` holds its name and, where it is checked, its "with". */
typedef duro_status (*card_finder)(json_t **says, card *c, const json_t *line);

duro_status card_no_memory(void);
/* A number, an integer where it is one, null where there is none. */
json_t *card_number(double value);
/* Adds a line; takes `says` and `with` over, which may be NULL. `check` is the command that checks it. */
duro_status card_add(card *c, const char *name, json_t *says, json_t *with, const char *check);
/* The same of a line that duro verify alone checks. */
duro_status card_add_checked(card *c, const char *name, json_t *says, json_t *with);
/* Adds the command that checks the card. */
void card_add_check(text *out, const card *c);

/* card_facts.c */
duro_status card_find_program(json_t **says, card *c, const json_t *line);
duro_status card_find_system(json_t **says, card *c, const json_t *line);
duro_status card_find_run(json_t **says, card *c, const json_t *line);
duro_status card_find_policy(json_t **says, card *c, const json_t *line);
duro_status card_find_export(json_t **says, card *c, const json_t *line);
/* card_attack.c */
duro_status card_add_attacks(card *c);
duro_status card_find_attacks(json_t **says, card *c, const json_t *line); /* how many there are */
duro_status card_find_attack(json_t **says, card *c, const json_t *line);  /* plays it again */
/* card_derive.c: what follows from the lines of the attacks */
duro_status card_add_verdicts(card *c);
duro_status card_find_verdict(json_t **says, card *c, const json_t *line);
duro_status card_add_curves(card *c);
duro_status card_find_curve(json_t **says, card *c, const json_t *line);
/* card_sets.c */
duro_status card_add_sets(card *c);
duro_status card_find_sets(json_t **says, card *c, const json_t *line);
duro_status card_add_certificate(card *c);
duro_status card_find_certificate(json_t **says, card *c, const json_t *line);
/* what duro certify left in the run folder */
duro_status card_add_certified(card *c);
duro_status card_find_certified(json_t **says, card *c, const json_t *line);

#endif
