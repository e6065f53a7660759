/* Jobs: runs of the program duro as child processes, several side by side, that a killed parent can go on with.
 *
 * A job has a log file, which takes its output, and a marker file, which says how far it came: its key, a hash of
 * this program, of its words, of the files it reads and of the keys of the jobs it builds on. A job whose marker says
 * "done" under the present key is not run again. */
#ifndef DURO_RUN_JOBS_H
#define DURO_RUN_JOBS_H

#include <sys/types.h>

#include "duro/settings.h"
#include "io/lock.h"
#include "run/path.h"

/* exit statuses of the program that another attempt would end with as well */
enum { JOB_WRONG_WORDS = 2, JOB_NOT_FINITE = 4 };

typedef enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_LEFT_OUT } job_state;

typedef struct job {
  char *name;    /* "train cartpole/DRAC-1" */
  char *kind;    /* "train cartpole/DRAC": jobs of one kind take about the same time */
  char *folder;  /* of log and marker */
  char *log;     /* path of the log file */
  char *marker;  /* path of the marker file */
  char **words;  /* (n_words) the command line after the program's name */
  char **inputs; /* (n_inputs) paths of files it reads */
  char *place;   /* folder that it writes into, one job at a time; NULL: none that others write into */
  char **facts;  /* (n_facts) what else its result depends on */
  int *after;    /* (n_after) indices of jobs that must be done before */
  int n_words, n_inputs, n_facts, n_after;

  job_state state;
  bool earlier;  /* done by an earlier command, or by another worker */
  bool rejected; /* FAILED by its own settings: they do not go together, or a number was not finite */
  bool anyway;   /* is run even where what it comes after has failed */
  uint64_t key;
  pid_t child;
  duro_lock *lock;         /* of its folder, while it runs; where the list leads */
  double started, seconds; /* monotonic clock; how long it took */
  bool lacking;            /* memory ran out while it was described; jobs_prepare says so */
} job;

typedef struct job_list {
  job *jobs;
  int count;
  bool lead;           /* each job has a folder of its own, whose lead is taken while the job runs */
  const char *program; /* path of duro; NULL: the running program */
  const char *root;    /* folder below which paths do not count for the keys, so that it may be moved; NULL: none */
  job spare;           /* stands in for a job where memory ran out */
} job_list;

/* Adds a job whose files are folder/stem.log and folder/stem.job; the pointer is good until the next one is added. */
job *jobs_add(job_list *list, const char *kind, const char *name, const char *folder, const char *stem);
void job_word(job *j, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* It writes into this folder: never while another job does. */
void job_place(job *j, const char *folder);
/* Its result depends on the bytes of this file. */
void job_input(job *j, const char *path);
/* The same of every file among these settings. */
void job_setting_files(job *j, const duro_settings_group *group);
/* Its result depends on what this text says. */
void job_fact(job *j, const char *fact);
/* It is run after the job of this index, which lies before it, and depends on its result. */
void job_after(job *j, int index);
void jobs_release(job_list *list);

/* Finds the keys, and the jobs that are done. Fails where an input cannot be read. */
duro_status jobs_prepare(job_list *list);
/* True when the marker says that the job was begun, under the present key, but not that it was finished. */
bool job_is_half_done(const job *j);
/* Says that the job is begun, done, or failed: state "running", "done", "failed" or "rejected". */
duro_status job_mark(const job *j, const char *state);
/* What became of it by now, whoever ran it: JOB_DONE or JOB_FAILED, under the present key, else JOB_WAITING. */
job_state job_look(job *j);
/* A hash of what the marker says, so that one failure is told from the next; 0 where there is none. */
uint64_t job_marker_hash(const job *j);

/* What happens to a job. */
typedef enum jobs_event { JOBS_STARTED, JOBS_DONE, JOBS_FAILED } jobs_event;

/* How a list is watched while it runs; each function may be NULL. */
typedef struct jobs_watcher {
  void *context;
  /* `why` it failed: the last line of its log, or what was wrong around it */
  void (*tell)(void *context, const job_list *list, const job *j, jobs_event event, const char *why);
  /* Returns when a child may have ended, after a second at most: the signal that asks all to end well, or 0. */
  int (*wait)(void *context, const job_list *list);
  void (*child)(void *context); /* in a child, before it becomes the program */
} jobs_watcher;

/* Runs what is not done, `parallel` jobs at a time, in the order of the list as far as what they build on allows. After
 * a job that failed, what does not build on it goes on; jobs_count says how many there are. A signal that asks to stop
 * is passed on to the children and waited for: then DURO_ERROR_STOPPED. */
duro_status jobs_run(job_list *list, int parallel, const jobs_watcher *watcher);
int jobs_count(const job_list *list, job_state state);

/* A list that several workers share over a folder, each running what the others do not; see run/claim.h. */
typedef struct jobs_share {
  int number, count; /* of this worker, from 1, and of all: it begins with the jobs of its number */
  double patience;   /* s after which a claim that stands still is a dead worker's */
  int only;          /* this job alone is run, of this index; negative: all are */
  int last;          /* what it makes is out of date once another job begins; negative: there is none */
  bool more;         /* jobs in the same folders come after these: others may be at them when this list ends */
} jobs_share;

/* Number and count of "2/4"; false where it is something else. */
bool jobs_share_read(jobs_share *share, const char *word);
/* The same with other workers: returns when every job has ended, here or elsewhere. What failed before this worker
 * began is tried again once. Fails where the folder cannot be shared. */
duro_status jobs_run_shared(job_list *list, int parallel, const jobs_share *share, const jobs_watcher *watcher);
/* Fails where a worker that may be alive has a job of the list; removes the claims of all others. */
duro_status jobs_claim_none(const job_list *list);

/* Seconds that a job takes, from the time that others of its kind took, else of its command, else any; NaN: nothing is
 * known yet. */
double job_expected_seconds(const job_list *list, const job *j);
/* Seconds that the jobs still take, from the time that others of their kind took; NaN: nothing is known yet. */
double jobs_left(const job_list *list, int parallel);

#endif
