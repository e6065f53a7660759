/* A search for settings: configurations drawn at random, halved by the looks of their trainings, judged by attackers.
 *
 * The plan grows with what is known: the jobs of a rung are planned once all of the rung before have ended. It depends
 * on the file and the results alone, so that a command that was killed, and workers that share a folder, plan the
 * same. docs/tuning.md explains the method. */
#ifndef DURO_STUDY_TUNE_H
#define DURO_STUDY_TUNE_H

#include "io/document.h"
#include "io/text.h"
#include "io/words.h"
#include "run/jobs.h"
#include "run/run.h"

enum {
  TUNE_SETTINGS = 32,
  TUNE_CHOICES = 32,
  TUNE_RUNGS = 8,
  TUNE_CONFIGURATIONS = 1000, /* without the default one */
  TUNE_VALUE = 64             /* bytes of a value */
};

typedef enum tune_scale { TUNE_UNIFORM, TUNE_LOG, TUNE_CHOICE } tune_scale;

/* A setting with what it may be. */
typedef struct tune_setting {
  const char *name; /* "learn.critic_rate" */
  tune_scale scale;
  double low, high;  /* of UNIFORM and LOG */
  bool whole;        /* an integer */
  word_list choices; /* of CHOICE */
} tune_setting;

typedef struct tune_file {
  const char *path;
  const char *title, *environment, *algorithm, *preset;
  word_list set;       /* settings of all configurations */
  word_list attackers; /* of the judging */
  tune_setting settings[TUNE_SETTINGS];
  int n_settings;
  int64_t configurations, seed, steps, episodes; /* drawn; of the draw; of a whole training; of a cell when judged */
  double rungs[TUNE_RUNGS];                      /* shares of the steps, rising, the last one 1 */
  int n_rungs;
  double keep; /* share of a rung that goes on */
  seed_list seeds, judges;
  document document; /* holds the words */
} tune_file;

/* Reads a file, strictly. After a failure there is nothing to release. */
duro_status tune_read(tune_file *f, const char *path);
void tune_release(tune_file *f);
/* The same on the heap: the file is large. tune_close(NULL) is fine. */
duro_status tune_open(tune_file **f, const char *path);
void tune_close(tune_file *f);

/* What is known of a configuration. Number 0 has the defaults, and goes through all rungs as a reference. */
typedef struct tune_configuration {
  char value[TUNE_SETTINGS][TUNE_VALUE]; /* as --set takes it; empty for number 0 */
  int rungs;                             /* that it has ended */
  int failed;                            /* the rung, from 1, in which a training of it ended with an error; 0 */
  struct tune_score {
    int64_t violating, episodes; /* of the looks, by the better way to act of each run */
    double score;                /* mean return without disturbance */
  } at[TUNE_RUNGS];
} tune_configuration;

/* How one of two stands up to an attacker, over all seeds of the judging. */
typedef struct tune_judged {
  bool is_default;
  char attacker[32];
  int64_t violating, episodes;
  double return_mean, h_min;
} tune_judged;
enum { TUNE_JUDGED = 64 };

typedef struct tune {
  const tune_file *file;
  const char *folder;
  const run_how *how;
  tune_configuration *all; /* (count) */
  int count;
  job_list list; /* what is planned so far */
  int *owner;    /* (list.count) the configuration that a job trains in a rung, -1: it judges */
  bool finished; /* all is done and read */
  int best;      /* its number, once the last rung has ended; -1 */
  tune_judged judged[TUNE_JUDGED];
  int n_judged;
} tune;

/* Draws the configurations, and tries the environment, the algorithm and the ends of every range. */
duro_status tune_create(tune *t, const tune_file *f, const char *folder, const run_how *how);
/* Plans what is to be done after all that is done, anew; with `finished` nothing is left. */
duro_status tune_plan(tune *t);
/* Notes the trainings of the list that failed by their settings, which go no further. False where anything failed
 * otherwise, and then nothing is noted. */
bool tune_note_failures(tune *t);
void tune_destroy(tune *t);

/* Steps of a rung; how many of `count` configurations go on after one. */
int64_t tune_steps(const tune *t, int rung);
int tune_kept(const tune_file *f, int count);
/* Is a before b in a rung: fewer violating, then the larger return, then the smaller number? */
bool tune_before(const tune *t, int rung, int a, int b);

/* Writes tune.csv, judged.csv and best.yaml into the folder. */
duro_status tune_save(const tune *t);

#endif
