/* Hardware in the loop: a controller that is another program, or a board, against the system that it was trained on
 * and against attackers, with the episodes of `duro attack`. See docs/robot.md.
 *
 *     in_the_loop RUN COMMAND...      the command talks as examples/robot/firmware.c does
 *
 * Exit status 0: every episode has the bits of the policy in the library; 3: one has not; 1: it could not be played. */
#include <duro/duro.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EPISODES = 6, LINE = 1024 };

static void fail(const char *what) {
  fprintf(stderr, "in_the_loop: %s\n", what);
  exit(1);
}

static void must(duro_status status) {
  if (status) fail(duro_error());
}

/* The controller at the other end of the line. */
typedef struct controller {
  FILE *to, *from;
  pid_t process;
} controller;

static void read_answer(char line[LINE], const controller *c) {
  if (!fgets(line, LINE, c->from)) fail("the controller does not answer");
}

static void start(controller *c, char **command) {
  int to[2], from[2];
  char line[LINE];
  if (pipe(to) || pipe(from) || (c->process = fork()) < 0) fail("the controller cannot be started");
  if (c->process == 0) {
    dup2(to[0], STDIN_FILENO), dup2(from[1], STDOUT_FILENO);
    close(to[0]), close(to[1]), close(from[0]), close(from[1]);
    execvp(command[0], command);
    _exit(127);
  }
  close(to[0]), close(from[1]);
  c->to = fdopen(to[1], "w"), c->from = fdopen(from[0], "r");
  if (!c->to || !c->from) fail("the controller cannot be started");
  read_answer(line, c);
  if (strncmp(line, "ready", 5) != 0) fail(line);
}

/* One period of the control loop, over the line. */
static void exchange(const controller *c, float *u, int nu, bool *replaced, const float *obs, int no) {
  char line[LINE], *at = line;
  for (int i = 0; i < no; i++) {
    uint32_t bits;
    memcpy(&bits, &obs[i], sizeof bits);
    fprintf(c->to, "%08x%c", (unsigned)bits, i + 1 < no ? ' ' : '\n');
  }
  fflush(c->to);
  read_answer(line, c);
  for (int i = 0; i < nu; i++) {
    const uint32_t bits = (uint32_t)strtoul(at, &at, 16);
    memcpy(&u[i], &bits, sizeof bits);
  }
  while (*at == ' ') at++;
  if (*at < '0' || *at > '2') fail(line);
  *replaced = *at == '1';
}

static void act(const duro_player *player, void *worker, int n, float *u, bool *replaced, const float *obs,
                const double *x) {
  (void)worker, (void)x;
  for (int i = 0; i < n; i++)
    exchange(player->context, u + (size_t)i * (size_t)player->nu, player->nu, &replaced[i],
             obs + (size_t)i * (size_t)player->no, player->no);
}

static bool same(const duro_episode *one, const duro_episode *two) {
  return !memcmp(&one->episode_return, &two->episode_return, sizeof(double)) &&
         !memcmp(&one->h_min, &two->h_min, sizeof(double)) && one->length == two->length &&
         one->filtered_steps == two->filtered_steps;
}

/* Plays an attacker against both; how many episodes differ. */
static int play(const duro_env *env, const duro_player *outside, const duro_player *inside, const duro_attack *attack) {
  duro_episode out[EPISODES], in[EPISODES];
  duro_eval_options options = duro_eval_options_default();
  duro_eval_summary summary;
  int different = 0;
  options.episodes = EPISODES;
  options.threads = 1; // there is one line
  must(duro_player_run(out, env, outside, attack, &options));
  must(duro_player_run(in, env, inside, attack, &options));
  for (int i = 0; i < EPISODES; i++) different += !same(&out[i], &in[i]);
  duro_eval_summarize(&summary, out, EPISODES);
  printf("%-9s %d of %d episodes violate, least h %.4f; ", duro_attack_name(attack->kind), (int)summary.violating,
         EPISODES, summary.h_min);
  printf(different ? "%d episodes differ from the library\n" : "the bits of the library\n", different);
  return different;
}

int main(int argc, char **argv) {
  static const duro_attack_kind kinds[] = {DURO_ATTACK_NONE, DURO_ATTACK_RANDOM, DURO_ATTACK_CONSTANT,
                                           DURO_ATTACK_SQUARE, DURO_ATTACK_SAFETY};
  duro_run *run;
  controller c;
  int different = 0;
  if (argc < 3) fail("usage: in_the_loop RUN COMMAND...");
  signal(SIGPIPE, SIG_IGN);
  must(duro_run_open(&run, argv[1], NULL, 0, NULL));
  const duro_env *env = duro_run_env(run);
  const duro_policy *policy = duro_run_policy(run);
  const duro_export_options deployed = duro_export_default(policy); // what was exported acts as this does
  duro_player inside, outside = duro_player_own(act, &c, env->spec.nu);
  outside.no = env->spec.no;
  must(duro_player_policy(&inside, policy, deployed.act, deployed.margin));
  start(&c, argv + 2);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    duro_attack attack = duro_attack_of(kinds[i]);
    if (kinds[i] == DURO_ATTACK_SAFETY && !duro_policy_has(policy, DURO_NET_MU_H)) continue;
    attack.policy = kinds[i] == DURO_ATTACK_SAFETY ? policy : NULL;
    different += play(env, &outside, &inside, &attack);
  }
  kill(c.process, SIGKILL);
  fclose(c.to), fclose(c.from);
  duro_run_close(run);
  return different ? 3 : 0;
}
