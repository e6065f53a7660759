/* The trial of one snapshot after the other: its starts, and how each way of acting stands up from them. */
#ifndef DURO_RUN_COURT_H
#define DURO_RUN_COURT_H

#include "io/text.h"
#include "run/trial.h"

enum {
  COURT_RUNGS = 6,                                 /* margins of the filter that are tried */
  COURT_MIDDLE = 2,                                /* the first of them */
  COURT_LEVELS = 3,                                /* claims at which starts are sought */
  COURT_ROUNDS = 3,                                /* in which they are sought */
  COURT_SOUGHT = COURT_LEVELS * TRIAL_STARTS_MOST, /* most in a round */
  COURT_DRAWN = 8,                                 /* drawn for each of the starts that are hard to hold */
  COURT_WAYS = 3 + 2 * COURT_RUNGS
};
#define COURT_CLAIMED 0.05f /* what a snapshot is to claim of a start, in the unit of Q_h, to be held to it */

/* A way of acting, and what is known of it so far. */
typedef struct way {
  duro_act act;
  bool greedy;   /* who the safety policy is; see learn.filter_greedy */
  double margin; /* of the filter, in the unit of Q_h; NaN: it acts without one */
  double score;  /* mean return without disturbance; NaN: not known */
  int64_t known; /* starts it has met all attackers from */
  double *worst; /* (starts) the least h from each */
} way;

typedef struct court {
  watch *w;
  trial_show show;
  void *context;
  text rows;           /* of eval/trial.csv */
  duro_policy *policy; /* of the snapshot that is tried */
  bool greedy;         /* who its safety policy is */
  int64_t step;
  way way[COURT_WAYS];
  /* n of evaluation; as many that the snapshot claims to hold and that are hard; and those that were sought */
  double *starts; /* (2n + sought, nx) */
  int64_t n, sought;
  bool *held; /* (n) starts of evaluation that somebody held */
  /* scratch, for COURT_DRAWN n starts and more */
  int64_t *at; /* numbers of the starts that are searched */
  double *drawn, *found;
  float *claim;
  duro_episode *episodes;
  double done, all;  /* evaluations, for the progress */
  int scene, scenes; /* attackers of the present one */
  double told;       /* share of all */
} court;

duro_status court_open(court *c, watch *w, trial_show show, void *context);
void court_close(court *c);
/* The snapshot of this step comes before the court, with starts of evaluation. */
duro_status court_call(court *c, int64_t step);

/* ---- ways of acting ---- */

way *court_safety(court *c, bool greedy);
way *court_plain(court *c);
way *court_filter(court *c, int rung); /* falls back to the present safety policy */
/* The margin of a rung, in the unit of Q_h. */
double court_margin(const court *c, int rung);
/* Who the safety policy is from now on. */
void court_fall_back(court *c, bool greedy);
/* Its mean return from the starts of evaluation without disturbance, */
duro_status court_play_calm(way *y, court *c);
/* and its least h against all attackers from all starts. */
duro_status court_play(way *y, court *c);

/* ---- for those who find starts ---- */

/* Episodes of their own: number `first` of the trial. */
duro_eval_options court_options(court *c, int64_t first, int64_t episodes, duro_act act, double margin);
/* owner of mu and mu_h */
const duro_policy *court_adversary(const court *c);
/* worst (options->episodes): the least h of each episode over the attackers, in the unit of Q_h, where the episodes
 * start at options->starts; also over a search from each where there is to be one. */
duro_status court_meet_all(double *worst, court *c, const duro_eval_options *options, bool search);
/* What the snapshot claims of starts: min(h, Q_h), in the unit of Q_h; without Q_h it claims all of them. */
void court_claim(float *value, court *c, const double *x, int64_t n);
/* begun (n x nx): the starts of n episodes */
duro_status court_draw(double *begun, court *c, int64_t n, duro_start start, int64_t first);

/* The second n starts: of many of training those that the snapshot claims to hold and the cheap attackers push
 * furthest. */
duro_status court_find_hard(court *c, duro_act act);
/* Starts that break the filter, though a safety policy holds from there, go behind the others; *added of them. They are
 * sought by searches among all that the snapshot claims. */
duro_status court_seek(int64_t *added, court *c, const way *filter, int round);

#endif
