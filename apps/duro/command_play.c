/* duro play: a moving picture of an episode. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/opening.h"
#include "cli/rows.h"
#include "cli/stop.h"
#include "duro/io.h"
#include "io/path.h"
#include "run/made.h"
#include "show/play.h"
#include "show/report.h"
#include "study/stage.h"

typedef struct play_options {
  stage_options asked;
  const char *attack, *out, *scene;
  int64_t speed;
  bool no_window;
} play_options;

#define OPTION(field) offsetof(play_options, asked.field)
#define SHOWN(field) offsetof(play_options, field)
static const cli_option options[] = {
    {"attack", "NAME", CLI_TEXT, SHOWN(attack), 0, 0, NULL,
     "none, random, constant, square, safety, performance, learned, grid or search (see the page on attacks); default: "
     "what --adversary or --solution is for, else safety where there is a network mu_h, else none."},
    {"adversary", "RUN", CLI_TEXT, OPTION(adversary), 0, 0, NULL,
     "Take the adversary networks mu and mu_h of this run (default: the run's own), or a learned attacker from its "
     "file."},
    {"solution", "DIR", CLI_TEXT, OPTION(solution), 0, 0, NULL,
     "The folder of duro solve whose disturbance the grid attack plays."},
    ROW_ACCEPT(OPTION(accept)),
    {"filter", "WHICH", CLI_TEXT, OPTION(filter), 0, 0, "on|off",
     "Act behind the safety filter, or without (default)."},
    {"control", "WHICH", CLI_TEXT, OPTION(control), 0, 0, "zero|random",
     "What an environment without a run is controlled by; default zero."},
    {"config", "FILE", CLI_TEXT, OPTION(config), 0, 0, NULL, "Settings of an environment without a run (YAML)."},
    ROW_SET_ENV(OPTION(set)),
    {"seed", "N", CLI_INT, OPTION(seed), 0, 9007199254740992.0, NULL, "Seed of start and disturbance; default 1."},
    {"episode", "N", CLI_INT, OPTION(episode), 0, 1e9, NULL, "Which of its evaluation episodes; default 0."},
    {"steps", "N", CLI_INT, OPTION(steps), 1, 1000000, NULL, "Most steps; default: an evaluation episode."},
    {"speed", "PERCENT", CLI_INT, SHOWN(speed), 1, 10000, NULL,
     "100: as fast as it happens (default); 50: half as fast."},
    {"scene", "WHICH", CLI_TEXT, SHOWN(scene), 0, 0, "mujoco|geometry",
     "Who draws an environment that runs in MuJoCo: MuJoCo (default), or duro as far as it knows how."},
    {"out", "FILE", CLI_TEXT, SHOWN(out), 0, 0, NULL,
     "A name that ends in .gif, .png (a sheet of moments) or .mp4 (with ffmpeg); default: play/NAME.gif in the run "
     "folder, or here."},
    {"no-window", NULL, CLI_FLAG, SHOWN(no_window), 0, 0, NULL, "Open no window where there is a display."},
};
static const cli_command command = {
    .name = "play",
    .words = "RUN|ENV",
    .min_words = 1,
    .max_words = 1,
    .about =
        "Makes a moving picture of one episode: the scene, and the constraint h, control u and disturbance a over "
        "time. RUN plays its newest checkpoint, ENV (a name, or a file as in duro train) a control of zero or a "
        "random one. MuJoCo draws its models itself where it can, other environments are drawn from their "
        "geometry, and those without any as states over time. gnuplot draws the rest; script and data stay beside "
        "the picture. Where there is a display a window then plays the film over and over: space pauses, the arrow "
        "keys step, q or Esc closes it.",
    .options = options,
    .n_options = sizeof options / sizeof *options,
};

enum { KINDS = DURO_ATTACK_SEARCH + 1 };

/* reads --attack; CLI_GO_ON, or the exit status of a mistake */
static int read_attack(duro_attack_kind *kind, const char *word) {
  const char *names[KINDS];
  for (int i = 0; i < KINDS; i++) {
    names[i] = duro_attack_name((duro_attack_kind)i);
    *kind = (duro_attack_kind)i;
    if (strcmp(names[i], word) == 0) return CLI_GO_ON;
  }
  return cli_unknown("attack", word, names, KINDS, "duro help play names them");
}

static void add_title(text *title, const stage *s) {
  text_add(title, "%s", s->env->ops->name);
  if (s->trained)
    text_add(title, ", %s%s", duro_policy_about(s->run.policy)->algorithm,
             s->act == DURO_ACT_FILTERED ? " filtered" : "");
  else
    text_add(title, ", %s control", s->given->control ? s->given->control : "zero");
  text_add(title, s->attack.kind == DURO_ATTACK_NONE ? ", no attack" : ", %s attack", duro_attack_name(s->attack.kind));
}

/* where the film goes: --out, or play/ of the run folder or of here */
static void choose_out(char *out, const stage *s, const char *given) {
  char file[2 * DURO_TEXT_SIZE], folder[CLI_PATH];
  if (given) {
    snprintf(out, CLI_PATH, "%s", given);
    return;
  }
  snprintf(file, sizeof file, "%s%s%s%s.gif", s->trained ? "" : s->name, s->trained ? "" : "-",
           duro_attack_name(s->attack.kind), s->act == DURO_ACT_FILTERED ? "-filtered" : "");
  if (s->trained)
    run_path(folder, s->run.folder, "play");
  else
    snprintf(folder, sizeof folder, "play");
  run_path(out, folder, file);
}

static void print_summary(const trajectory *t, const stage *s, const char *out, const text *note) {
  double worst = t->h[0];
  for (int64_t k = 1; k <= t->steps; k++) worst = t->h[k] < worst ? t->h[k] : worst;
  if (note->length)
    cli_print("%s\n  so the scene is %s\n", cli_text(note),
              s->env->ops->draw ? "drawn from its geometry" : "its states");
  cli_print("%lld steps, %.4g s, smallest h %.4g%s%s\n%s\n", (long long)t->steps, (double)t->steps * s->env->spec.dt,
            worst, worst < 0 ? " (violated)" : "", stage_failed(t, s->env) ? ", ended as a failure" : "", out);
}

static duro_status show(const stage *s, const play_options *given, const trajectory *t, const char *out, film_kind kind,
                        bool *drawn) {
  char folder[CLI_PATH], name[DURO_TEXT_SIZE];
  text title = {0}, note = {0};
  path_folder(folder, sizeof folder, out);
  path_name(name, sizeof name, out);
  name[strlen(name) - 4] = '\0';
  add_title(&title, s);
  const bool window = !given->no_window && window_possible();
  film f = {.env = s->env,
            .episode = t,
            .folder = folder,
            .name = name,
            .title = cli_text(&title),
            .geometry = given->scene && strcmp(given->scene, "geometry") == 0,
            .ask = stop_if_asked,
            .keep = window && kind != FILM_STRIP && window_can_play(),
            .speed = .01 * (double)given->speed};
  duro_lock *lock;
  duro_status status = made_lock(&lock, folder);
  if (!status) status = made_check_film(folder, name);
  if (!status) status = film_make(&f, out, kind, drawn, &note);
  duro_lock_release(lock);
  stop_release();
  if (!status && *drawn) {
    print_summary(t, s, out, &note);
    const bool played = f.kept && window_play(&f, cli_text(&title));
    if (window && !played) window_open(out);
  }
  free(f.kept);
  text_release(&title);
  text_release(&note);
  return status;
}

static int perform(stage *s, const play_options *given, const char *word, duro_attack_kind attack) {
  char out[CLI_PATH];
  film_kind kind;
  trajectory t = {0};
  bool drawn = false;
  duro_status status = given->out ? film_kind_of(&kind, given->out) : DURO_OK;
  if (!status) status = stage_open(s, word);
  if (!status) status = stage_choose(s, given->attack != NULL, attack);
  if (!status) choose_out(out, s, given->out);
  if (!status) status = film_kind_of(&kind, out);
  stop_listen(NULL, NULL, NULL);
  if (!status) status = stage_play(s, &t);
  if (!status) status = show(s, given, &t, out, kind, &drawn);
  stop_release();
  trajectory_release(&t);
  if (status == DURO_ERROR_STOPPED) {
    printf("stopped; nothing was drawn\n");
    return CLI_STOPPED;
  }
  if (status) return cli_report(status);
  if (!drawn) return cli_fail(CLI_FAILED, "%s, so nothing was drawn; script and data are beside %s", film_lacks(), out);
  return CLI_DONE;
}

int command_play(int argc, char **argv) {
  play_options given = {.asked = {.seed = 1}, .speed = 100};
  cli_words words;
  int ended = cli_parse(&command, &given, &words, argc, argv);
  if (ended != CLI_GO_ON) return ended;
  duro_attack_kind attack = DURO_ATTACK_NONE;
  if (given.attack) ended = read_attack(&attack, given.attack);
  if (ended != CLI_GO_ON) return ended;
  stage *s = cli_allocate(1, sizeof *s);
  s->given = &given.asked;
  s->how = cli_how();
  ended = perform(s, &given, words.word[0], attack);
  stage_close(s);
  free(s);
  return ended;
}
