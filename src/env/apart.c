/* Calls of functions that others wrote, in a process of its own. */
#include "env/apart.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "io/number.h"

enum { SIGNAL_STACK = 65536, NULL_PAGE = 4096, NEAR_STACK = 1 << 20, PATIENCE = 10 };

static const char *const places[] = {"between its calls",
                                     "while it is loaded",
                                     "in configure",
                                     "in reset",
                                     "in observe",
                                     "in h",
                                     "in step",
                                     "in reward",
                                     "in end",
                                     "in target",
                                     "while two threads call it",
                                     "in control"};

void *env_share(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) return memory;
  duro_fail(DURO_ERROR_MEMORY, "no %zu bytes to share with a process: %s", bytes, strerror(errno));
  return NULL;
}

void env_unshare(void *memory, size_t bytes) {
  if (memory) munmap(memory, bytes);
}

void env_calls_about(env_calls *calls, const duro_env *env) {
  const duro_env_spec *s = &env->spec;
  calls->nx = s->nx, calls->nu = s->nu, calls->na = s->na;
  for (int i = 0; i < s->nx && i < ENV_CALL_STATES; i++)
    snprintf(calls->x_names[i], sizeof calls->x_names[i], "%s", s->x_names ? s->x_names[i] : "");
}

static void copy(double *to, const double *from, int count) {
  for (int i = 0; i < count; i++) to[i] = from ? from[i] : (double)NAN;
}

void env_calls_note(env_calls *calls, env_call call, const double *x, const double *u, const double *a) {
  calls->call = (int)call;
  calls->number++;
  copy(calls->x, x, calls->nx);
  copy(calls->u, u, calls->nu);
  copy(calls->a, a, calls->na);
}

void env_calls_go_on(env_calls *calls) {
  calls->call = ENV_CALL_NONE;
  calls->number++;
}

/* ---- words ---- */

static int add(char *text, size_t size, int used, const char *label, double value) {
  if (used < 0 || (size_t)used >= size) return used;
  return used + duro_format(text + used, size - (size_t)used, "%s%s = %.6g", used ? ", " : "", label, value);
}

void env_calls_state(char *text, size_t size, const env_calls *calls, const double *x) {
  int used = 0;
  text[0] = '\0';
  for (int i = 0; i < calls->nx && i < ENV_CALL_STATES; i++) used = add(text, size, used, calls->x_names[i], x[i]);
  if (calls->nx > ENV_CALL_STATES && (size_t)used < size) snprintf(text + used, size - (size_t)used, ", ...");
}

static void add_actions(char *text, size_t size, const char *letter, const double *value, int count) {
  for (int i = 0; i < count && i < 3; i++) {
    char label[16];
    if (count > 1)
      snprintf(label, sizeof label, "%s[%d]", letter, i);
    else
      snprintf(label, sizeof label, "%s", letter);
    add(text, size, (int)strlen(text), label, value[i]);
  }
}

/* what the call under way was given: ", from gap = 3, u = 1, a = -1" */
static void given(char *text, size_t size, const env_calls *calls) {
  text[0] = '\0';
  if (calls->call == ENV_CALL_NONE || calls->nx == 0 || isnan(calls->x[0])) return;
  char state[360];
  env_calls_state(state, sizeof state, calls, calls->x);
  if (calls->nu && !isnan(calls->u[0])) add_actions(state, sizeof state, "u", calls->u, calls->nu);
  if (calls->na && !isnan(calls->a[0])) add_actions(state, sizeof state, "a", calls->a, calls->na);
  snprintf(text, size, ", from %s", state);
}

/* ---- in the child ---- */

static env_calls *watched; // by the handler; only ever set in a child of ours

static const env_piece *piece_at(const char *address) {
  for (int i = 0; i < watched->n_pieces; i++)
    if (address >= watched->pieces[i].low && address < watched->pieces[i].high) return &watched->pieces[i];
  return NULL;
}

/* whether it was a write, and where the stack ends; -1 and NULL where this processor does not say */
static int was_write(const ucontext_t *context, const char **stack) {
  *stack = NULL;
#if defined __x86_64__
  *stack = (const char *)(uintptr_t)context->uc_mcontext.gregs[REG_RSP];
  return (int)(context->uc_mcontext.gregs[REG_ERR] >> 1 & 1);
#else
  (void)context;
  return -1;
#endif
}

/* the whole of it is in memory of our own: no function here allocates or locks but snprintf, of integers and texts */
static void explain(char *text, size_t size, const siginfo_t *info, const ucontext_t *context) {
  if (info->si_code != SEGV_MAPERR && info->si_code != SEGV_ACCERR) return; // it was sent, or has no address
  const char *address = info->si_addr, *stack;
  const int write = was_write(context, &stack);
  const char *verb = write < 0 ? "touches" : write ? "writes" : "reads";
  const env_piece *piece = piece_at(address);
  if (piece && address >= piece->first && address < piece->past_end)
    snprintf(text, size, "it writes into %s, which is an input", piece->name);
  else if (piece && piece->first == piece->past_end)
    snprintf(text, size, "it %s %s, which is empty", verb, piece->name);
  else if (piece)
    snprintf(text, size, "it %s %s %s", verb, address < piece->first ? "before the beginning of" : "past the end of",
             piece->name);
  else if ((uintptr_t)address < NULL_PAGE)
    snprintf(text, size, "it %s through a null pointer", verb);
  else if (stack && address > stack - NEAR_STACK && address < stack + NULL_PAGE)
    snprintf(text, size, "its stack is full, as of a recursion without end");
}

static void on_fault(int number, siginfo_t *info, void *context) {
  explain(watched->fault, sizeof watched->fault, info, context);
  signal(number, SIG_DFL);
  raise(number); // once more, and now for good
}

static void take_signals(void) {
  static const int deadly[] = {SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGTERM, SIGINT, SIGHUP, SIGXCPU};
  static const int faults[] = {SIGSEGV, SIGBUS};
  static char stack[SIGNAL_STACK];
  for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) signal(deadly[i], SIG_DFL);
  sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND};
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigaction(faults[i], &action, NULL);
}

/* the child's whole life; what goes wrong kills it, and its parent reads how */
static void live(env_calls *calls, void (*work)(void *context), void *context) {
  watched = calls;
  take_signals();
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  work(context);
  calls->done = 1;
  _exit(0);
}

/* ---- in the parent ---- */

/* processor time of a process, s */
static double spent(pid_t pid) {
  clockid_t clock;
  return clock_getcpuclockid(pid, &clock) ? 0.0 : duro_clock_seconds(clock);
}

/* waits until the child ends, or stands still for too long and is killed: false */
static bool wait_for(pid_t pid, int *how, const env_calls *calls, double seconds) {
  int64_t number = -1;
  double busy = 0.0, since = 0.0;
  for (long pause = 100000;; pause = pause < 10000000 ? 2 * pause : pause) { // ns, from .1 ms to 10
    const pid_t ended = waitpid(pid, how, WNOHANG);
    if (ended == pid || (ended < 0 && errno != EINTR)) return true;
    if (calls->number != number) {
      number = calls->number, busy = spent(pid), since = duro_clock();
    } else if (spent(pid) - busy > seconds || duro_clock() - since > PATIENCE * seconds) {
      kill(pid, SIGKILL);
      while (waitpid(pid, how, 0) < 0 && errno == EINTR) {
      }
      return false;
    }
    nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
  }
}

static duro_status judge(const env_calls *calls, int how, bool ended, double seconds) {
  const char *place = places[calls->call];
  char from[400];
  given(from, sizeof from, calls);
  if (!ended) return duro_fail(DURO_ERROR_FORMAT, "did not come back within %g s %s%s", seconds, place, from);
  if (calls->done) return DURO_OK;
  if (!WIFSIGNALED(how)) return duro_fail(DURO_ERROR_FORMAT, "ended its process %s%s", place, from);
  const int number = WTERMSIG(how);
  const char *fault = calls->fault[0] ? calls->fault : number == SIGFPE ? "it divides an integer by zero" : "";
  return duro_fail(DURO_ERROR_FORMAT, "crashed %s: %s%s%s%s", place, strsignal(number), fault[0] ? ", " : "", fault,
                   from);
}

duro_status env_apart(env_calls *calls, void (*work)(void *context), void *context, double seconds) {
  int how = 0;
  fflush(NULL); // a plugin that ends its process must not write our texts a second time
  const pid_t pid = fork();
  if (pid < 0) return duro_fail(DURO_ERROR_MEMORY, "no process of its own for the check: %s", strerror(errno));
  if (pid == 0) live(calls, work, context);
  const bool ended = wait_for(pid, &how, calls, seconds);
  return judge(calls, how, ended, seconds);
}
