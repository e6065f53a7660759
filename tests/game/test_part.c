/* A grid that is divided among ranks has the bits of the whole grid: values, policies, states on disk. The ranks are
 * threads here; tests/cli/test_ranks.py has processes of MPI. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "duro/grid.h"
#include "game/grid.h"
#include "transport_threads.h"

#define OK(call) assert_string_equal((call) ? duro_error() : "", "")

static void assign(const duro_settings_group *group, const char *words) {
  char copy[512], *rest = copy;
  snprintf(copy, sizeof copy, "%s", words);
  duro_settings_default(group);
  for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
    OK(duro_settings_assign(group, 1, word));
}

/* What is solved, the answer of one process, and that of one rank of several. */
typedef struct problem {
  duro_env *env;
  duro_grid_settings settings;
  duro_grid_plan plan;
  const char *state;                            /* path, "": none */
  float *field[DURO_GRID_SAFETY_ADVERSARY + 1]; /* whole; NULL where there is none */
  duro_grid_progress end;
  duro_grid_edge edge[DURO_GRID_MAX][2];
  int64_t lost;
  double ahead[8]; /* V_h at states */
} problem;

typedef struct answer {
  problem *problem, got;
  int64_t stop; /* sweeps; 0: to the end */
  bool resume;
  duro_status status;
  char error[256];
  double share; /* of the rows of the whole grid that are worked on */
  double held;  /* of them that are held */
  int memory;   /* allocations of rank 1 until one fails */
} answer;

static void open_problem(problem *p, const char *name, const char *settings, const int *shape, int n) {
  const duro_env_ops *ops;
  *p = (problem){.state = ""};
  OK(duro_env_find(&ops, name));
  void *values = calloc(1, ops->settings_size);
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, values};
  const duro_settings_group grid = duro_grid_settings_group(&p->settings);
  duro_settings_default(&group);
  OK(duro_env_create(&p->env, ops, values));
  assign(&grid, settings);
  OK(duro_grid_plan_make(&p->plan, p->env, &p->settings, shape, n, NULL, NULL));
  free(values);
}

static size_t field_size(const problem *p, int field) {
  const duro_env_spec *spec = &p->env->spec;
  const int width = field == DURO_GRID_SAFETY_POLICY ? spec->nu : field == DURO_GRID_SAFETY_ADVERSARY ? spec->na : 1;
  return sizeof(float) * (size_t)(p->plan.cells * width);
}

static void state_at(const problem *p, int i, double *x) {
  memset(x, 0, sizeof *x * DURO_MAX_STATE);
  for (int k = 0; k < p->plan.nd; k++) {
    const duro_grid_axis *axis = &p->plan.axis[k];
    x[axis->state] = axis->low + (axis->high - axis->low) * (0.07 + 0.11 * i + 0.03 * k);
  }
}

/* all that a grid answers; of a part, on all ranks, the arrays on rank 0 */
static duro_status ask(duro_grid *g, problem *p, bool here) {
  duro_status status = DURO_OK;
  for (int f = 0; f <= DURO_GRID_SAFETY_ADVERSARY && !status; f++) {
    p->field[f] = here ? malloc(field_size(p, f)) : NULL;
    status = duro_grid_read(g, (duro_grid_field)f, p->field[f]);
  }
  for (int i = 0; i < p->plan.nd; i++)
    for (int side = 0; side < 2; side++) p->edge[i][side] = duro_grid_edge_of(g, i, side);
  p->lost = duro_grid_lost_at_edges(g);
  p->end = duro_grid_state(g, DURO_GRID_SAFETY);
  if (!status) status = duro_grid_gather(g);
  for (int i = 0; i < 8 && here && !status; i++) {
    double x[DURO_MAX_STATE];
    state_at(p, i, x);
    p->ahead[i] = duro_grid_safety_at(g, x);
  }
  return status;
}

static void solve_whole(problem *p) {
  duro_grid *g;
  OK(duro_grid_create(&g, p->env, &p->settings, &p->plan));
  OK(duro_grid_solve_safety(g, NULL, NULL));
  OK(ask(g, p, true));
  duro_grid_destroy(g);
}

static void close_problem(problem *p) {
  for (int f = 0; f <= DURO_GRID_SAFETY_ADVERSARY; f++) free(p->field[f]);
  duro_env_destroy(p->env);
}

static duro_status stop_at(const duro_grid_progress *now, void *context) {
  const answer *a = context;
  return a->stop && now->sweeps >= a->stop ? duro_fail(DURO_ERROR_STOPPED, "stopped") : DURO_OK;
}

static void work_on_part(const duro_transport *transport, void *context) {
  answer *a = context;
  duro_grid *g = NULL;
  a->got = *a->problem;
  memset(a->got.field, 0, sizeof a->got.field);
  a->status = duro_grid_create_part(&g, a->got.env, &a->got.settings, &a->got.plan, transport);
  if (!a->status && a->resume) a->status = duro_grid_resume(g, a->got.state);
  if (!a->status) a->status = duro_grid_solve_safety(g, stop_at, a);
  if (g && g->part.transport) {
    a->share = (double)g->owned / (double)g->part.rows;
    a->held = (double)g->rows / (double)g->part.rows;
  }
  if (a->status == DURO_ERROR_STOPPED || (!a->status && a->stop))
    a->status = duro_grid_save(g, a->got.state);
  else if (!a->status)
    a->status = ask(g, &a->got, transport->rank == 0);
  if (a->status) snprintf(a->error, sizeof a->error, "%s", duro_error());
  duro_grid_destroy(g);
}

static void run_ranks(answer *all, problem *p, team *t, int ranks) {
  void *context[MOST_RANKS];
  for (int r = 0; r < ranks; r++) {
    all[r].problem = p;
    context[r] = &all[r];
  }
  run_team(t, ranks, work_on_part, context);
}

static void check_same(const answer *all, const problem *p, int ranks) {
  for (int r = 0; r < ranks; r++) {
    const problem *got = &all[r].got;
    assert_string_equal(all[r].error, "");
    for (int f = 0; f <= DURO_GRID_SAFETY_ADVERSARY && r == 0; f++)
      assert_memory_equal(got->field[f], p->field[f], field_size(p, f));
    assert_memory_equal(got->edge, p->edge, sizeof p->edge);
    assert_int_equal(got->lost, p->lost);
    if (r == 0) assert_memory_equal(got->ahead, p->ahead, sizeof p->ahead);
    assert_int_equal(got->end.sweeps, p->end.sweeps);
    assert_memory_equal(&got->end.work, &p->end.work, sizeof p->end.work);
    assert_memory_equal(&got->end.residual, &p->end.residual, sizeof p->end.residual);
    assert_memory_equal(&got->end.volume, &p->end.volume, sizeof p->end.volume);
    assert_int_equal(got->end.done, p->end.done);
    assert_int_equal(got->end.settled, p->end.settled);
  }
}

static answer *make_answers(void) {
  answer *all = calloc(MOST_RANKS, sizeof *all);
  assert_non_null(all);
  return all;
}

static void forget(answer *all, int ranks) {
  for (int r = 0; r < ranks; r++)
    for (int f = 0; f <= DURO_GRID_SAFETY_ADVERSARY; f++) free(all[r].got.field[f]);
  free(all);
}

/* the same from `least` to `last` ranks; returns the most of the rows that one of them holds */
static double check_problem(problem *p, int least, int last) {
  double held = 0;
  solve_whole(p);
  for (int ranks = least; ranks <= last; ranks++) {
    answer *all = make_answers();
    team t = {0};
    run_ranks(all, p, &t, ranks);
    check_same(all, p, ranks);
    for (int r = 0; r < ranks; r++) held = fmax(held, all[r].held);
    forget(all, ranks);
  }
  return held;
}

static void check_ranks(const char *name, const char *settings, const int *shape, int n, int last) {
  problem p;
  open_problem(&p, name, settings, shape, n);
  (void)check_problem(&p, 1, last);
  close_problem(&p);
}

static void test_one_row_axis(void **state) {
  (void)state;
  check_ranks("double-integrator", "grid.discount=.95 grid.threads=1", (int[]){41}, 1, 4);
  check_ranks("double-integrator", "grid.threads=2", (int[]){41, 11}, 2, 3); // ends in double
}

static void test_whole_rows(void **state) {
  (void)state;
  check_ranks("cartpole", "grid.discount=.8 grid.threads=1", (int[]){12, 11, 12, 9}, 4, 5);
}

static void test_cells(void **state) {
  (void)state;
  check_ranks("air3d", "grid.discount=.9 grid.threads=2", (int[]){12, 11, 10}, 3, 4);
  check_ranks("pendulum", "grid.discount=.9 grid.threads=1", (int[]){17, 15}, 2, 4);
}

/* the divided axis is the periodic one, whose steps lead round */
static void test_periodic(void **state) {
  (void)state;
  problem p;
  open_problem(&p, "racing-car", "grid.discount=.5 grid.threads=1 grid.controls=2", (int[]){16, 3, 2, 2, 2, 2}, 6);
  assert_true(p.plan.axis[0].periodic);
  assert_true(check_problem(&p, 5, 5) < 0.5);
  close_problem(&p);
}

static void (*true_step)(const duro_env *, void *, double *, duro_step *, const double *, const double *,
                         const double *);

static void leap(const duro_env *env, void *worker, double *x2, duro_step *out, const double *x, const double *u,
                 const double *a) {
  true_step(env, worker, x2, out, x, u, a);
  x2[0] += 3 * u[0];
  out->end = DURO_RUNNING;
}

/* steps that lead half way round and more: a rank holds all planes, and its first once more */
static void test_round(void **state) {
  (void)state;
  static const bool periodic[DURO_MAX_STATE] = {true};
  static const int sizes[] = {5, 6, 9};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    problem p;
    const int shape[2] = {sizes[i], 7};
    open_problem(&p, "double-integrator", "grid.discount=.9 grid.threads=1", shape, 2);
    duro_env_ops leaps = *p.env->ops;
    true_step = p.env->ops->step;
    leaps.step = leap, leaps.step_many = NULL;
    p.env->ops = &leaps;
    p.env->spec.x_shift = 0, p.env->spec.x_periodic = periodic;
    p.env->spec.x_fail_low = p.env->spec.x_fail_high = NULL;
    OK(duro_grid_plan_make(&p.plan, p.env, &p.settings, shape, 2, NULL, NULL));
    assert_true(p.plan.axis[0].periodic && p.plan.row < 0);
    const double held = check_problem(&p, 2, 4);
    assert_true(i > 0 || held > 0.99);
    close_problem(&p);
  }
}

/* each rank works on a part of the rows and holds no more than these and their neighbours */
static void test_memory_falls(void **state) {
  (void)state;
  problem p;
  answer *all = make_answers();
  team t = {0};
  open_problem(&p, "double-integrators", "grid.discount=.5 grid.threads=1", (int[]){5, 5, 5, 40}, 4);
  run_ranks(all, &p, &t, 4);
  double sum = 0;
  for (int r = 0; r < 4; r++) {
    assert_string_equal(all[r].error, "");
    assert_true(all[r].held < all[r].share + 3 * 1.0 / 40); // its ten planes of 40, and those within a step's reach
    sum += all[r].share;
  }
  assert_true(fabs(sum - 1.0) < 1e-12);
  forget(all, 4);
  close_problem(&p);
}

static void check_file(const char *path, const char *other) {
  FILE *a = fopen(path, "rb"), *b = fopen(other, "rb");
  assert_non_null(a);
  assert_non_null(b);
  int c;
  while ((c = fgetc(a)) != EOF) assert_int_equal(fgetc(b), c);
  assert_int_equal(fgetc(b), EOF);
  fclose(a);
  fclose(b);
}

/* stopped on some ranks, gone on from on others, or on one process; the state that is left in the end is the same */
static void check_resume(const char *name, const char *settings, const int *shape, int n) {
  static const int before[] = {3, 1, 2, 4}, after[] = {2, 4, 1, 3};
  problem p;
  char path[] = "/tmp/duro-part-XXXXXX";
  close(mkstemp(path));
  open_problem(&p, name, settings, shape, n);
  p.state = path;
  solve_whole(&p);
  for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
    answer *all = make_answers();
    team t = {0};
    for (int r = 0; r < before[i]; r++) all[r].stop = 1 + 2 * (int64_t)i;
    run_ranks(all, &p, &t, before[i]);
    for (int r = 0; r < before[i]; r++) assert_string_equal(all[r].error, "");
    memset(all, 0, MOST_RANKS * sizeof *all);
    for (int r = 0; r < after[i]; r++) all[r].resume = true;
    run_ranks(all, &p, &t, after[i]);
    check_same(all, &p, after[i]);
    forget(all, after[i]);
  }
  unlink(path);
  close_problem(&p);
}

static void test_resume(void **state) {
  (void)state;
  check_resume("double-integrator", "grid.threads=1", (int[]){41}, 1);
  check_resume("cartpole", "grid.discount=.8 grid.threads=1", (int[]){9, 11, 10, 9}, 4);
  check_resume("pendulum", "grid.discount=.9 grid.threads=1", (int[]){17, 15}, 2);
  check_resume("pendulum", "grid.discount=.9 grid.bytes=2 grid.threads=1", (int[]){17, 15}, 2);
  check_resume("cartpole", "grid.discount=.8 grid.bytes=2 grid.threads=1", (int[]){5, 11, 6, 5}, 4);
}

/* the file of three ranks is the file of one process, but for the seconds that it took */
static void test_state_bytes(void **state) {
  (void)state;
  problem p;
  char path[] = "/tmp/duro-part-XXXXXX", other[] = "/tmp/duro-whole-XXXXXX";
  close(mkstemp(path));
  close(mkstemp(other));
  open_problem(&p, "pendulum", "grid.discount=.9 grid.threads=1 grid.sweeps=7", (int[]){17, 15}, 2);
  duro_grid *g;
  answer *all = make_answers();
  team t = {0};
  p.state = path;
  for (int r = 0; r < 3; r++) all[r].stop = 1000;
  run_ranks(all, &p, &t, 3);
  for (int r = 0; r < 3; r++) assert_string_equal(all[r].error, "");
  forget(all, 3);
  OK(duro_grid_create(&g, p.env, &p.settings, &p.plan));
  OK(duro_grid_solve_safety(g, NULL, NULL));
  g->progress[DURO_GRID_SAFETY].seconds = 0;
  OK(duro_grid_save(g, other));
  OK(duro_grid_resume(g, path));
  g->progress[DURO_GRID_SAFETY].seconds = 0;
  OK(duro_grid_save(g, path));
  check_file(path, other);
  duro_grid_destroy(g);
  unlink(path);
  unlink(other);
  close_problem(&p);
}

/* what cannot be is said by all ranks in the same words */
static void check_refused(const char *name, const char *settings, const int *shape, int n, int ranks, team t,
                          const char *said) {
  problem p;
  answer *all = make_answers();
  open_problem(&p, name, settings, shape, n);
  run_ranks(all, &p, &t, ranks);
  for (int r = 0; r < ranks; r++) {
    assert_int_not_equal(all[r].status, DURO_OK);
    assert_non_null(strstr(all[r].error, said));
    assert_string_equal(all[r].error, all[0].error);
  }
  forget(all, ranks);
  close_problem(&p);
}

static void test_refused(void **state) {
  (void)state;
  const team none = {0};
  check_refused("double-integrator", "", (int[]){5}, 1, 6, none,
                "there are 6 ranks, and no axis of this grid has more than 5 planes to divide");
  check_refused("pendulum", "grid.method=hj", (int[]){11}, 1, 2, none, "over 2 ranks wanted steps");
  problem p;
  open_problem(&p, "pendulum", "", (int[]){11}, 1);
  duro_grid *g;
  const duro_transport wrong = {.rank = 3, .count = 3};
  assert_int_equal(duro_grid_create_part(&g, p.env, &p.settings, &p.plan, &wrong), DURO_ERROR_ARGUMENT);
  assert_non_null(strstr(duro_error(), "rank 3 of 3"));
  close_problem(&p);
}

/* a transport that fails, at whatever call, ends the work of all ranks with its message */
static void test_lost_rank(void **state) {
  (void)state;
  static const char settings[] = "grid.discount=.5 grid.threads=1 grid.sweeps=3";
  problem p;
  team t = {0};
  answer *all = make_answers();
  open_problem(&p, "pendulum", settings, (int[]){7, 5}, 2);
  run_ranks(all, &p, &t, 3);
  forget(all, 3);
  close_problem(&p);
  assert_in_range(t.calls[0], 20, 1000);
  for (int at = 1; at <= t.calls[0]; at++)
    check_refused("pendulum", settings, (int[]){7, 5}, 2, 3, (team){.fail_at = at, .fail_rank = 2}, "rank 2 is lost");
}

static _Thread_local int allocations = -1; // to come on this thread until one fails; -1: none does

static void *scarce(size_t bytes, void *context) {
  (void)context;
  return allocations >= 0 && allocations-- == 0 ? NULL : malloc(bytes);
}

static void give_back(void *memory, void *context) {
  (void)context;
  free(memory);
}

static void work_with_little(const duro_transport *transport, void *context) {
  answer *a = context;
  if (transport->rank == 1) allocations = a->memory;
  work_on_part(transport, context);
  a->memory = allocations; // -1: one has failed
}

/* one rank lacks memory, for whatever it is: all fail as it does, and none waits for it */
static void check_memory(bool saves) {
  problem p;
  char path[] = "/tmp/duro-part-XXXXXX";
  close(mkstemp(path));
  open_problem(&p, "pendulum", "grid.discount=.5 grid.threads=1 grid.sweeps=3", (int[]){7, 5}, 2);
  p.state = path;
  bool lacking = true;
  int n = 0;
  for (; lacking; n++) {
    answer *all = make_answers();
    void *context[3] = {&all[0], &all[1], &all[2]};
    team t = {0};
    for (int r = 0; r < 3; r++) all[r] = (answer){.problem = &p, .memory = n, .stop = saves ? 2 : 0};
    duro_set_allocator(scarce, give_back, NULL);
    run_team(&t, 3, work_with_little, context);
    duro_set_allocator(NULL, NULL, NULL);
    lacking = all[1].memory < 0;
    for (int r = 0; r < 3; r++) {
      assert_int_equal(all[r].status, lacking ? DURO_ERROR_MEMORY : DURO_OK);
      if (lacking) assert_non_null(strstr(all[r].error, "memory"));
    }
    forget(all, 3);
  }
  assert_true(n > 40);
  unlink(path);
  close_problem(&p);
}

static void test_little_memory(void **state) {
  (void)state;
  check_memory(false);
  check_memory(true);
}

/* an error of one rank alone: the others fail as it does */
static void disagree(const duro_transport *transport, void *context) {
  answer *a = context;
  a->status = duro_transport_agree(
      transport, transport->rank == 1 ? duro_fail(DURO_ERROR_FORMAT, "rank 1 has it, 100 %%") : DURO_OK);
  snprintf(a->error, sizeof a->error, "%s", duro_error());
}

static void test_agree(void **state) {
  (void)state;
  answer *all = make_answers();
  void *context[3] = {&all[0], &all[1], &all[2]};
  team t = {0};
  run_team(&t, 3, disagree, context);
  for (int r = 0; r < 3; r++) {
    assert_int_equal(all[r].status, DURO_ERROR_FORMAT);
    assert_string_equal(all[r].error, "rank 1 has it, 100 %");
  }
  free(all);
  assert_int_equal(duro_transport_agree(NULL, DURO_ERROR_FILE), DURO_ERROR_FILE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_one_row_axis), cmocka_unit_test(test_whole_rows),    cmocka_unit_test(test_cells),
      cmocka_unit_test(test_periodic),     cmocka_unit_test(test_memory_falls),  cmocka_unit_test(test_resume),
      cmocka_unit_test(test_state_bytes),  cmocka_unit_test(test_refused),       cmocka_unit_test(test_lost_rank),
      cmocka_unit_test(test_agree),        cmocka_unit_test(test_little_memory), cmocka_unit_test(test_round),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
