/* What duro train says at its beginning and at its end, and what comes next. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "io/text.h"
#include "train.h"

void train_announce(const training *t, bool quiet) {
  if (t->going_on && t->from.other_program)
    fprintf(stderr, "duro: another version of the program began %s: its bits and those to come may differ\n",
            t->folder);
  if (quiet) return;
  const duro_train_settings *train = &t->config->train;
  cli_print("%s on %s, seed %" PRId64 ", %" PRId64 " steps -> %s\n", t->config->names.algorithm, t->env->ops->name,
            train->seed, train->steps, t->folder);
  double replay;
  const double bytes = duro_trainer_memory(t->trainer, &replay);
  printf("memory: %.3g MB, of them %.3g MB of the replay\n", bytes * 1e-6, replay * 1e-6);
  if (t->going_on) printf("going on from step %" PRId64 "\n", t->saved);
  fflush(stdout);
}

static void print_share(const watch *w) {
  if (!w->judged) return;
  printf("looks that pass: %" PRId64 " of %" PRId64, w->passed, w->judged);
  if (w->first_pass.step) printf(", the first at step %" PRId64, w->first_pass.step);
  if (w->first_pass.step && isfinite(w->first_pass.seconds)) printf(", after %.1f s", w->first_pass.seconds);
  printf("\n");
}

static void print_choice(const watch *w) {
  const watch_judgement *b = &w->best;
  if (!b->step) return;
  cli_print("%s: step %" PRId64 ", %s, worst h %.3g, return %.5g\n", w->set->choose ? "chosen" : "best snapshot",
            b->step,
            b->passes      ? "safe in its whole look"
            : b->violating ? "though it violated"
                           : "though its margin is thin",
            b->h_min, b->score);
}

static void print_trial(const trial *t) {
  const trial_result *d = &t->deployed, *p = &t->plain, *s = &t->safety;
  if (!d->step) return;
  cli_print("chosen: step %" PRId64 ", return %.5g\n", d->step, d->score);
  const int64_t starts = d->episodes - d->lost;
  if (d->act == DURO_ACT_FILTERED)
    cli_print("deploy it behind its filter (margin %.3g): in the trial it violated from %" PRId64 " of %" PRId64
              " starts, alone from %" PRId64 "\n",
              d->margin, d->violating, starts, p->violating);
  else
    cli_print("deploy it %s: in the trial it violated from %" PRId64 " of %" PRId64 " starts%s\n",
              t->without_filter ? "without its filter" : "as it is", d->violating, starts,
              t->without_filter && s->violating ? "; its safety policy does not hold" : "");
  if (s->step)
    cli_print("its safety policy, to which the filter falls back, held from %" PRId64 " of %" PRId64 " starts\n",
              s->episodes - s->lost - s->violating, s->episodes - s->lost);
  if (d->lost) cli_print("from %" PRId64 " more starts nobody held: they count as lost from the beginning\n", d->lost);
}

static void name_newest(char *out, size_t size, const training *t) {
  if (t->saved < 0)
    snprintf(out, size, "none yet");
  else
    snprintf(out, size, "step-%" PRId64 ".safetensors", t->saved);
}

/* "next: duro train --resume RUN", for a shell */
static void print_next(const char *command, const char *option, const char *folder) {
  char *words[] = {(char *)(uintptr_t)command, (char *)(uintptr_t)option, (char *)(uintptr_t)folder};
  text line = {0};
  cli_quote(&line, option ? 3 : 2, option ? words : (char *[]){words[0], words[2]});
  cli_print("next: %s\n", cli_text(&line));
  text_release(&line);
}

int train_conclude(const training *t, duro_status status, bool quiet) {
  char newest[64];
  name_newest(newest, sizeof newest, t);
  if (status == DURO_ERROR_STOPPED) {
    if (quiet) return CLI_STOPPED;
    cli_print("stopped at step %" PRId64 " of %" PRId64 "; checkpoint %s in %s\n", t->step, t->config->train.steps,
              newest, t->folder);
    print_next("train", "--resume", t->folder);
    return CLI_STOPPED;
  }
  if (status) {
    char message[1024];
    snprintf(message, sizeof message, "%s", duro_error());
    return cli_fail(status == DURO_ERROR_NOT_FINITE ? CLI_NOT_FINITE : CLI_FAILED,
                    "%s; newest good checkpoint in %s: %s", message, t->folder, newest);
  }
  if (quiet) return CLI_DONE;
  cli_print("trained; checkpoint %s\n", newest);
  print_share(&t->watch);
  if (t->trial.deployed.step)
    print_trial(&t->trial);
  else if (watch_judges(&t->config->watch))
    print_choice(&t->watch);
  if (t->watch.last.episodes && !t->config->watch.choose)
    cli_print("%lld of %lld episodes violated the constraint (adversary: %s), return %.5g\n",
              (long long)t->watch.last.violating, (long long)t->watch.last.episodes, t->watch.scenario,
              t->watch.last.return_mean);
  print_next(t->trial.deployed.step ? "attack" : "eval", NULL, t->folder); // what can disprove it
  return CLI_DONE;
}
