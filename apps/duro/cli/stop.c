/* Signals that ask a command to end well. */
#include "cli/stop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/select.h>

#include "base/error.h"

/* Those up to FIRM end the program when they come a second time. The others warn of an end that is near: of the time of
 * a batch system (a SIGTERM follows), or of the processor's, every second (a SIGKILL follows). */
static const int asking[] = {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1, SIGUSR2};
enum { ASKING = sizeof asking / sizeof *asking, FIRM = 3 };

static volatile sig_atomic_t asked, firmly, events; // events: so many signals and ends of children
static const progress *shown;
static void (*hears)(void *context);
static void *hears_with;

/* A handler and not SIG_IGN, which programs that are started would inherit. */
static void nothing(int number) {
  (void)number;
}

static void count(int number) {
  (void)number;
  events++;
}

static bool is_firm(int number) {
  for (int i = 0; i < FIRM; i++)
    if (asking[i] == number) return true;
  return false;
}

static void ask(int number) {
  const int reason = errno;
  const bool again = firmly && is_firm(number);
  if (is_firm(number)) firmly = 1;
  asked = number;
  events++;
  if (shown) progress_note(shown, again ? "" : "stopping; Ctrl-C again ends at once");
  if (again) {
    signal(number, SIG_DFL);
    raise(number); // comes when this returns
  }
  if (hears) hears(hears_with);
  errno = reason;
}

static void handle(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

/* nohup has SIGHUP ignored, and a batch script may have a warning. */
static bool is_ignored(int number) {
  struct sigaction now;
  if (number == SIGINT || number == SIGTERM) return false;
  return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void stop_prepare(void) {
  handle(SIGPIPE, nothing);
  handle(SIGXFSZ, nothing);
}

void stop_listen(const progress *line, void (*hear)(void *context), void *context) {
  shown = line;
  hears = hear;
  hears_with = context;
  for (int i = 0; i < ASKING; i++)
    if (!is_ignored(asking[i])) handle(asking[i], ask);
  handle(SIGCHLD, count);
}

void stop_release(void) {
  hears = NULL, shown = NULL;
  for (int i = 0; i < ASKING; i++) {
    if (is_ignored(asking[i])) continue;
    if (!is_firm(asking[i]))
      handle(asking[i], nothing);
    else if (!asked)
      signal(asking[i], SIG_DFL); // else it is the second one that ends the program, as it was before
  }
  signal(SIGCHLD, SIG_DFL);
}

int stop_asked(void) {
  return asked;
}

duro_status stop_if_asked(void) {
  return asked ? duro_fail(DURO_ERROR_STOPPED, "stopped") : DURO_OK;
}

void stop_wait(double seconds) {
  static sig_atomic_t seen; // so that what came since the last time is not slept over
  const struct timespec most = {.tv_sec = (time_t)seconds,
                                .tv_nsec = (long)(1e9 * (seconds - (double)(time_t)seconds))};
  sigset_t held, before;
  sigemptyset(&held);
  for (int i = 0; i < ASKING; i++) sigaddset(&held, asking[i]);
  sigaddset(&held, SIGCHLD);
  sigprocmask(SIG_BLOCK, &held, &before);
  if (events == seen) pselect(0, NULL, NULL, NULL, &most, &before);
  seen = events;
  sigprocmask(SIG_SETMASK, &before, NULL);
}
