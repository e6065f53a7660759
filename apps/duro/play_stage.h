/* duro play: what is played, from words to a trajectory. */
#ifndef DURO_APP_PLAY_STAGE_H
#define DURO_APP_PLAY_STAGE_H

#include "cli/cli.h"
#include "run/run.h"
#include "run/solved.h"
#include "show/play.h"

typedef struct play_options {
  const char *attack, *adversary, *solution, *filter, *control, *config, *out, *scene;
  int64_t seed, episode, steps, speed;
  bool no_window, accept;
  cli_words set;
} play_options;

/* What is played. */
typedef struct stage {
  const play_options *given;
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
duro_status play_open(stage *s, const char *word);
void play_close(stage *s);
/* The attack (`kind` where one was chosen), and how the policy acts. */
duro_status play_choose(stage *s, bool chosen, duro_attack_kind kind);
duro_status play_episode(const stage *s, trajectory *t);
/* Did the last step end the episode as a failure? */
bool play_failed(const trajectory *t, const duro_env *env);

#endif
