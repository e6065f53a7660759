/* The engine of every evaluation: episodes of one player against one adversary, many side by side. Networks see them in
 * panels and environments in vectors, and what an episode comes to does not depend on its neighbours. */
#ifndef DURO_EVAL_ROLLOUT_H
#define DURO_EVAL_ROLLOUT_H

#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"
#include "duro/player.h"
#include "eval/attack.h"

/* What all episodes of one evaluation share. */
typedef struct rollout {
  const duro_env *env;
  const duro_player *player;
  const duro_attack *attack;
  const duro_eval_options *options;
  int64_t horizon;
  atomic_bool *stop; /* when set, whoever plays gives up */
} rollout;

/* Where a trajectory is recorded; what is NULL is not. */
typedef struct recorder {
  double *x; /* (steps + 1 x nx) */
  float *u;  /* (steps x nu) */
  float *a;  /* (steps x na) */
  double *h; /* (steps + 1) */
} recorder;

/* How near an episode came to a violation, for a search. */
typedef struct closeness {
  double nearness; /* sum of (h/h_scale + .05)^-8 over the steps: a soft minimum, and a search wants to raise it */
  int64_t worst_t; /* step at which h was smallest */
} closeness;

/* One episode to be played. */
typedef struct job {
  int64_t episode;
  const double *start;   /* (nx), or NULL: it is drawn */
  double start_value;    /* of `start` */
  const float *sequence; /* (horizon x na) disturbances for DURO_ATTACK_SEARCH */
  recorder to;
  closeness *close; /* or NULL */
  /* A number that is not finite ends the episode and leaves episode_return NaN; no start in the region: length -1 as
   * well. */
  duro_episode *out;
} job;

/* The next episode to play; false when there is none. */
typedef bool (*job_source)(void *context, job *next);

typedef struct fleet fleet;

/* Scratch of one thread for up to `most` episodes at once; `run` must outlive it. */
duro_status fleet_create(fleet **f, const rollout *run, int most);
void fleet_destroy(fleet *f);
/* Has poll(context) called every 64 steps of the fleet, so that long episodes are heard of and can be stopped. */
void fleet_poll(fleet *f, void (*poll)(void *context), void *context);
/* Plays all episodes of the source against `attack`, of which the attack of the run is the kin: same grid. */
void fleet_play(fleet *f, const duro_attack *attack, job_source next, void *context);

/* Draws the start of an episode, x (nx), and its V_h (NaN without a grid); false when none of 10,000 draws lies in the
 * region of the options. */
bool duro_eval_start(double *x, double *value, const duro_env *env, const duro_eval_options *options, int64_t episode);

/* Writes the start of an episode down for the caller who asks for it. */
static inline void eval_tell_start(const duro_eval_options *options, const duro_env *env, int64_t episode,
                                   const double *x) {
  const size_t nx = (size_t)env->spec.nx;
  if (options->begun) memcpy(options->begun + (size_t)(episode - options->first) * nx, x, nx * sizeof *x);
}
/* The same from a stream. */
/* What options say of the safety of x, in units of h: V_h of the grid, or what a policy claims, or NaN */
double eval_start_value(const duro_env *env, const double *x, const duro_eval_options *options);
bool eval_draw(double *x, double *value, const duro_env *env, const duro_eval_options *options, duro_stream *stream);
/* Whether a state of this V_h lies in the region of the options. */
bool eval_lies_there(const duro_env *env, const double *x, double value, const duro_eval_options *options);

#endif
