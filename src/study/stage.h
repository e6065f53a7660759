/* One episode of a run or of an environment, from words to a trajectory. */
#ifndef DURO_STUDY_STAGE_H
#define DURO_STUDY_STAGE_H

#include "io/words.h"
#include "run/run.h"
#include "run/solved.h"
#include "study/trajectory.h"

/* What is asked for, in the words of duro play; NULL: nothing. */
typedef struct stage_options {
  const char *adversary; /* a run, or the file of a trained attacker */
  const char *solution;  /* whose disturbance attacks */
  const char *filter;    /* "on": a run acts behind its safety filter */
  const char *control;   /* of an environment: "random", or zero */
  const char *config;    /* of an environment */
  word_list set;
  int64_t seed, episode, steps; /* steps 0: those of an evaluation */
  bool accept;                  /* also a solution that does not hold */
} stage_options;

/* What is played. */
typedef struct stage {
  const stage_options *given;
  const run_how *how;     /* how environments are opened */
  bool trained, attacked; /* run, adversary are open */
  run run, adversary;
  duro_policy *attacker; /* from a file */
  solved solved;
  run_config config; /* of an environment without a run */
  duro_env *bare;    /* made from it */
  const duro_env *env;
  char name[DURO_TEXT_SIZE];
  duro_attack attack;
  duro_act act;
} stage;

/* Opens the run or the environment `word`, and whatever attacks it. */
duro_status stage_open(stage *s, const char *word);
void stage_close(stage *s);
/* The attack (`kind` where one was chosen), and how the policy acts. */
duro_status stage_choose(stage *s, bool chosen, duro_attack_kind kind);
duro_status stage_play(const stage *s, trajectory *t);
/* Did the last step end the episode as a failure? */
bool stage_failed(const trajectory *t, const duro_env *env);

#endif
