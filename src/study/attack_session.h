/* Runs under attack: what is asked, the matrix of what was played, and the attackers that are trained for it. */
#ifndef DURO_STUDY_ATTACK_SESSION_H
#define DURO_STUDY_ATTACK_SESSION_H

#include "duro/response.h"
#include "io/hash.h"
#include "io/table.h"
#include "io/text.h"
#include "io/words.h"
#include "run/run.h"
#include "run/solved.h"
#include "study/behind.h"

/* What is asked for, as the command line says it. */
typedef struct attack_options {
  const char *attackers, *adversary, *solution, *starts, *filter, *remedy, *filter_margin, *hysteresis, *margin,
      *amplitude, *noise;
  int64_t episodes, seed, threads, updates, attacker_seeds, searches;
  word_list set;
  bool accept;
} attack_options;

/* Every attacker, 1000 episodes of each cell, both ways of acting. */
attack_options attack_options_default(void);

typedef enum attacker {
  ATTACKER_NONE,
  ATTACKER_RANDOM,
  ATTACKER_CONSTANT,
  ATTACKER_SQUARE,
  ATTACKER_SAFETY,
  ATTACKER_PERFORMANCE,
  ATTACKER_GRID,
  ATTACKER_SEARCH,
  ATTACKER_STARTS, /* the search for starts as well: its episodes are searches */
  ATTACKER_BEST_SAFETY,
  ATTACKER_BEST_PERFORMANCE,
  ATTACKERS
} attacker;
const char *attacker_name(attacker a);

/* One attacker of the list. */
typedef struct attack_request {
  attacker who;
  bool foreign; /* with the networks of --adversary */
  double amplitude;
} attack_request;

enum { ATTACK_REQUESTS = 256, ATTACK_LEVELS = 64, ATTACK_VARIATIONS = 256, ATTACK_CHANGES = 1024 };

/* What is played against every run: each request at each noise, under each variation of the environment. */
typedef struct attack_plan {
  attack_request request[ATTACK_REQUESTS];
  double noise[ATTACK_LEVELS];
  char variation[ATTACK_VARIATIONS][ATTACK_CHANGES]; /* "env.a=1 env.b=2", "" without --set */
  int requests, noises, variations;
  double margin;           /* of the starts, h scaled */
  duro_eval_region region; /* where they lie */
  bool claimed;            /* in the set that the policy claims, not that of the solution */
} attack_plan;

/* One cell of the matrix. */
typedef struct attack_cell {
  attack_request request;
  duro_act act;
  double noise;
  char name[256];           /* of its file, without ending */
  char key[DURO_HASH_TEXT]; /* of all that its numbers depend on */
} attack_cell;

/* What was played in it. */
typedef struct attack_result {
  duro_eval_summary summary;
  double filtered_share;
  double savable;  /* violating searches for a start that the solution's policy withstands, or NaN */
  int64_t updates; /* of all attackers that were trained for it */
  double seconds;
  char note[256];
} attack_result;

typedef struct attack_session attack_session;

/* Who is told of an attack on its way. A status other than DURO_OK ends it. */
typedef struct attack_watcher {
  void *context;
  duro_status (*begin)(void *context, const attack_session *s); /* before the cells of a run under a variation */
  duro_status (*progress)(void *context, const attack_session *s, double in_cell); /* share of the present cell */
  /* A cell is there. `why` it is not: the attacker cannot play; then the result is NULL. */
  duro_status (*row)(void *context, const attack_session *s, const attack_cell *cell, const attack_result *result,
                     const char *why);
  duro_status (*end)(void *context, const attack_session *s); /* after them */
} attack_watcher;

/* One run under attack. */
struct attack_session {
  const attack_options *given;
  const attack_plan *plan;
  const run *run, *adversary; /* adversary: NULL where none is given */
  const solved *solution;     /* likewise */
  const behind *filter;       /* of --filter SOURCE; NULL: the run's own */
  const char *changes;        /* the present variation */
  char folder[RUN_PATH];      /* RUN/attack; where it is given, another one, and the run's folder stays as it is */
  uint64_t state;             /* hash of policy, environment and solution */
  duro_episode *episodes, *kept;
  double *begun;                 /* (searches x nx) where what was found begins */
  double *held;                  /* (searches) least h that the solution's own safety policy keeps from there, or NaN */
  const attack_watcher *watcher; /* all its functions are there */
  const run_how *how;            /* how runs are opened */
  double started;                /* s, duro_clock */
  int cells, cell;               /* of this run, and the present one */
  char label[64];                /* of the present cell */
  double phase[2];               /* where the present work begins and ends within the cell, of 1 */
  const char *phase_name;        /* "training", say; "" */
};

/* attack_plan.c: from words to a plan; refuses what cannot be before any work. */
duro_status attack_plan_make(attack_plan *plan, const attack_options *given);

/* attack_matrix.c: hash of all that episodes of this run depend on beside the cell. */
uint64_t attack_state(const attack_session *s);
/* Hash of what all rows of a table have in common, policy and program: rows of others are not kept beside new ones. */
void attack_owner(char out[DURO_HASH_TEXT], const duro_policy *policy);
/* Fills the name and the key of a cell. */
duro_status attack_cell_name(attack_cell *cell, const attack_session *s);
/* Reads the row of a cell that was played before; *found is false where there is none with its key. A matrix that is
 * there and cannot be read is an error. */
duro_status attack_find(attack_result *out, bool *found, const attack_session *s, const attack_cell *cell);
/* Writes the cell's file of episodes and its row. */
duro_status attack_save(const attack_session *s, const attack_cell *cell, const attack_result *result);

/* The word for how a cell acts: "pi", "filtered", "filtered-by-<name>". */
const char *attack_acting(const attack_session *s, const attack_cell *cell);
/* The player of a cell, in parts[0], which refers to the other one. */
duro_status attack_player(duro_player parts[2], const attack_session *s, const attack_cell *cell);

/* Plays the episodes of a cell into s->episodes. */
duro_status attack_episodes(const attack_session *s, const attack_cell *cell, const duro_attack *attack,
                            const duro_eval_options *options);

/* Episodes of a cell; of the search for starts, searches. */
int64_t attack_count(const attack_session *s, const attack_cell *cell);
/* How episodes are played in a cell. */
duro_eval_options attack_options_of(attack_session *s, const attack_cell *cell);
/* Summary and share of filtered steps of s->episodes. */
void attack_summarize(attack_result *out, const attack_session *s, const attack_cell *cell);
/* Plays a cell with an attacker that is there already; leaves its episodes in s->episodes. */
duro_status attack_play(attack_result *out, attack_session *s, const attack_cell *cell);

/* attack_respond.c: trains the attackers of a cell, plays them all and keeps the worst for the policy. `co_trained` is
 * what they are held against, NULL where the policy has no such network. */
duro_status attack_respond(attack_result *out, attack_session *s, const attack_cell *cell,
                           const attack_result *co_trained);

/* ---- attack_run.c ---- */

/* Begins a part of the present cell. */
void attack_phase(attack_session *s, const char *name, double from, double to);
/* Says that this share of the part is done. */
duro_status attack_show(attack_session *s, double share);
/* Attacks a run under every variation of the plan; its folder is nobody else's meanwhile. `all` says what is asked:
 * given, plan, adversary, watcher, how, and maybe folder. */
duro_status attack_run(const attack_session *all, const char *folder);

#endif
