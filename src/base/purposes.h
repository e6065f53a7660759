/* The one list of stream purposes: the `purpose` of duro_stream_at. A number, once given, keeps its meaning for
 * ever: what a run draws depends on it. */
#ifndef DURO_BASE_PURPOSES_H
#define DURO_BASE_PURPOSES_H

enum duro_purpose {
  DURO_PURPOSE_RESET_TRAIN = 1,         /* starts of training episodes */
  DURO_PURPOSE_RESET_EVAL = 2,          /* starts of evaluation episodes; index = episode */
  DURO_PURPOSE_EXPLORE = 3,             /* noise of the acting policy while collecting */
  DURO_PURPOSE_ADVERSARY_CHOICE = 4,    /* which adversary an episode meets */
  DURO_PURPOSE_ADVERSARY_NOISE = 5,     /* noise added to its disturbance */
  DURO_PURPOSE_REPLAY = 6,              /* samples of a batch */
  DURO_PURPOSE_POLICY_NOISE = 7,        /* u ~ pi(.|x) inside an update */
  DURO_PURPOSE_INITIALISE = 8,          /* first weights of the networks */
  DURO_PURPOSE_EVAL_DISTURBANCE = 9,    /* random disturbances of an evaluation; index = episode */
  DURO_PURPOSE_TARGET_NOISE = 10,       /* u' ~ pi(.|x') and action noise of the targets */
  DURO_PURPOSE_WARMUP = 11,             /* uniform actions before the first update */
  DURO_PURPOSE_RANDOM_DISTURBANCE = 12, /* uniform disturbances of a training episode */
  DURO_PURPOSE_CORNER = 13,             /* constant disturbance of a training episode */
  DURO_PURPOSE_PLAYER = 14,             /* who plays a training episode: pi, pi_h or the filter */
  DURO_PURPOSE_SAFE_EXPLORE = 15,       /* its noise */
  DURO_PURPOSE_RESTART = 16,            /* which training episodes start near the edge, and where */
  DURO_PURPOSE_CERTIFICATE = 20,        /* states on which a formula is held against the step */
  DURO_PURPOSE_SENSOR = 30,             /* noise on what the policy sees in an evaluation; index = episode */
  DURO_PURPOSE_ATTACK_SEARCH = 31,      /* disturbance sequences that a search tries; index = episode */
  DURO_PURPOSE_ATTACK_STARTS = 32,      /* starts and sequences that an adversary of both tries; index = search */
  DURO_PURPOSE_SET_CELL = 40,           /* states of a comparison of sets that no axis has; index = cell */
  DURO_PURPOSE_SET_DISTURBANCE = 41,    /* random disturbances of its roll-outs; index = cell */
  DURO_PURPOSE_CERTIFIED = 43,          /* states of a certified set; index = state */
  DURO_PURPOSE_CONTROLLER = 44,         /* states on which a controller is tried before it plays; index = state */
  DURO_PURPOSE_BOOTSTRAP = 42,          /* resamples of scores; index = replicate */
  DURO_PURPOSE_TUNE = 44,               /* settings that a search draws; index = configuration */
  DURO_PURPOSE_EXPORT = 50,             /* observations of an exported self-test; index 0 */
  DURO_PURPOSE_SPARE = 64               /* tests and experiments count up from here */
};

#endif
