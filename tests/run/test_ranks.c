/* Whose rank a process is, by what its starter left in the environment. The names are those that the starters document:
 * mpirun of Open MPI, the launchers of MPICH, and srun with and without --mpi=pmix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "run/ranks.h"

enum { WORDS = 8 };
static char words[WORDS][64]; // "NAME=value", of the process that is asked about

static char *find(const char *name) {
  const size_t length = strlen(name);
  for (int i = 0; i < WORDS; i++)
    if (!strncmp(words[i], name, length) && words[i][length] == '=') return words[i] + length + 1;
  return NULL;
}

static void put(const char *const *given) {
  memset(words, 0, sizeof words);
  for (int i = 0; given[i]; i++) {
    assert_true(i < WORDS && strlen(given[i]) < sizeof words[i]);
    memcpy(words[i], given[i], strlen(given[i]));
  }
}

/* count 0: it is no rank */
typedef struct process {
  const char *given[WORDS];
  int rank, count;
} process;

static void check(const process *p, int starters) {
  int rank = -1, count = -1;
  put(p->given);
  const bool is = ranks_read(&rank, &count, starters, find);
  assert_int_equal(is, p->count > 0);
  if (!is) return;
  assert_int_equal(rank, p->rank);
  assert_int_equal(count, p->count);
}

static void ranks_of_mpi(void **state) {
  (void)state;
  static const process all[] = {
      {{"OMPI_COMM_WORLD_RANK=2", "OMPI_COMM_WORLD_SIZE=4"}, 2, 4},
      {{"PMI_RANK=0", "PMI_SIZE=3"}, 0, 3},
      // srun --mpi=pmix, of an allocation that is larger than the step
      {{"PMIX_RANK=1", "PMIX_NAMESPACE=slurm.pmix.7.0", "SLURM_STEP_NUM_TASKS=2", "SLURM_PROCID=1", "SLURM_NTASKS=8"},
       1,
       2},
      // mpirun of Open MPI 5 within a job, whose ranks know both
      {{"PMIX_RANK=3", "PMIX_NAMESPACE=prterun-1@1", "OMPI_COMM_WORLD_RANK=3", "OMPI_COMM_WORLD_SIZE=4",
        "SLURM_STEP_NUM_TASKS=1"},
       3,
       4},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) check(&all[i], RANKS_MPI);
}

static void no_ranks_of_mpi(void **state) {
  (void)state;
  static const process all[] = {
      {{NULL}, 0, 0},
      {{"SLURM_PROCID=1", "SLURM_NTASKS=4", "SLURM_STEP_NUM_TASKS=4"}, 0, 0}, // srun without MPI
      {{"PMIX_RANK=0", "SLURM_STEP_NUM_TASKS=4"}, 0, 0},                      // no PMIx server
      {{"PMIX_RANK=0", "PMIX_NAMESPACE=n", "SLURM_NTASKS=4"}, 0, 0},          // a job script: no step has that many
      {{"PMIX_RANK=4", "PMIX_NAMESPACE=n", "SLURM_STEP_NUM_TASKS=4"}, 0, 0},
      {{"PMIX_RANK=-1", "PMIX_NAMESPACE=n", "SLURM_STEP_NUM_TASKS=4"}, 0, 0},
      {{"PMIX_RANK=x", "PMIX_NAMESPACE=n", "SLURM_STEP_NUM_TASKS=4"}, 0, 0},
      {{"OMPI_COMM_WORLD_RANK=0"}, 0, 0},
      {{"OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=100001"}, 0, 0},
  };
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) check(&all[i], RANKS_MPI);
}

/* an interactive step of an allocation of eight: one process, which is alone */
static void a_single_process_is_alone(void **state) {
  (void)state;
  static const process one = {
      {"PMIX_RANK=0", "PMIX_NAMESPACE=slurm.pmix.7.0", "SLURM_STEP_NUM_TASKS=1", "SLURM_NTASKS=8"}, 0, 1};
  check(&one, RANKS_MPI);
}

static void workers_of_srun(void **state) {
  (void)state;
  static const process one = {{"SLURM_PROCID=5", "SLURM_NTASKS=8"}, 5, 8};
  check(&one, RANKS_STARTERS);
}

/* what a rank starts is none, whoever started it */
static void what_is_started_is_no_rank(void **state) {
  (void)state;
  static const char *const pairs[][2] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                         {"PMI_RANK", "PMI_SIZE"},
                                         {"PMIX_RANK", "SLURM_STEP_NUM_TASKS"}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    int rank, count;
    setenv(pairs[i][0], "1", 1);
    setenv(pairs[i][1], "2", 1);
    setenv("PMIX_NAMESPACE", "n", 1);
    assert_true(ranks_read(&rank, &count, RANKS_MPI, getenv));
    ranks_forget();
    assert_false(ranks_read(&rank, &count, RANKS_MPI, getenv));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ranks_of_mpi),
      cmocka_unit_test(no_ranks_of_mpi),
      cmocka_unit_test(a_single_process_is_alone),
      cmocka_unit_test(workers_of_srun),
      cmocka_unit_test(what_is_started_is_no_rank),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
