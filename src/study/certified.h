/* A certificate beside a run: made or taken, and what it says of the controls of the run's policy. */
#ifndef DURO_STUDY_CERTIFIED_H
#define DURO_STUDY_CERTIFIED_H

#include "duro/certified.h"
#include "io/json.h"
#include "run/run.h"

#define CERTIFIED_FOLDER "certified" /* of the run folder */
#define CERTIFIED_MARK "duro_certified"
#define CERTIFIED_FILE "set.certificate"
enum { CERTIFIED_FORMAT = 1 };

/* Counts of states of a certified set by who keeps them in it; they add up to `states`. */
typedef struct certified_share {
  int64_t states;
  int64_t own;      /* the player's own control is proved to stay */
  int64_t nearest;  /* not that, but one that the filter finds on the way from it to the fallback */
  int64_t fallback; /* none of these, but the fallback */
  int64_t none;     /* nothing was proved: the control of the certificate, rounded to float, just fails */
} certified_share;

/* How states are counted. */
typedef struct certified_draw {
  int64_t states, seed, threads;
  duro_status (*ask)(void *context); /* NULL, or asked on the way: another status than DURO_OK ends it */
  void *context;
} certified_draw;

/* Draws states of the set, all alike, and asks the run's player at each, at the start of an episode. An empty set, and
 * a certificate of another environment, give zero states. */
duro_status certified_count(certified_share *share, const duro_certificate *certificate, const run *r,
                            const certified_draw *how);

/* What duro_certified_run does; `how`: how the run is opened. */
duro_status certified_run(duro_certified *out, const char *folder, const duro_certified_options *options,
                          const run_how *how);

/* What certified.json in a run folder says, for json_decref; NULL where there is none or it is of another policy. */
duro_status certified_read(json_t **says, const char *folder, const duro_policy *policy);

#endif
