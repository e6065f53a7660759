/* duro-bench: how fast the core is, as ratios to this machine's own limits in the same run. Every round measures every
 * row once, the peak first, so that a drifting clock touches all alike; medians over the rounds are printed. */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "cli/cli.h"
#include "grid.h"

typedef struct options {
  int64_t rounds, threads, grid, neighbours;
  bool load;
  const char *python;
} options;

static const cli_option option_table[] = {
    {"rounds", "N", CLI_INT, offsetof(options, rounds), 1, BENCH_ROUNDS, NULL,
     "Rounds over all rows; the median is printed. Default 9."},
    {"threads", "N", CLI_INT, offsetof(options, threads), 1, BENCH_THREADS, NULL,
     "Threads of the threaded rows. Default 2."},
    {"neighbours", "N", CLI_INT, offsetof(options, neighbours), 0, 256, NULL,
     "Programs that compute beside training, where it is measured on a busy machine; default: one for each processor."},
    {"load", NULL, CLI_FLAG, offsetof(options, load), 0, 0, NULL, "Measure nothing but training beside others."},
    {"grid", "N", CLI_INT, offsetof(options, grid), 2, 200, NULL,
     "Vertices per axis of the cart-pole game that the grid solver is measured on. Default 51."},
    {"python", "PROGRAM", CLI_TEXT, offsetof(options, python), 0, 0, NULL,
     "Python whose PyTorch does the same updates in turn, where it has one. Default python3."},
};

static const cli_command command = {
    .about =
        "Measures whole updates, decisions, environments and training, as ratios to what this machine can do at most "
        "in the same run: the peak of its fused multiply-add units, and a raw mj_step loop.",
    .options = option_table,
    .n_options = sizeof option_table / sizeof *option_table};

static const bench_part *const part_table[] = {&bench_updates, &bench_envs, &bench_trainings, &bench_loads};
enum { PARTS = sizeof part_table / sizeof *part_table };

typedef struct bench {
  bench_machine machine;
  int first; // part that is measured
  void *part[PARTS];
  double peak_one[BENCH_ROUNDS], peak_many[BENCH_ROUNDS];
} bench;

static duro_status prepare(bench *b) {
  bench_machine *m = &b->machine;
  duro_status status = duro_kernels_select(&m->kernels, "auto");
  if (!status) status = duro_pool_create(&m->one, 1);
  if (!status) status = duro_pool_create(&m->many, m->threads);
  for (int i = b->first; i < PARTS && !status; ++i) status = part_table[i]->create(&b->part[i], m);
  return status;
}

static void release(bench *b) {
  for (int i = b->first; i < PARTS; ++i) part_table[i]->destroy(b->part[i]);
  duro_pool_destroy(b->machine.one);
  duro_pool_destroy(b->machine.many);
}

static duro_status measure_round(bench *b, int round) {
  const bench_machine *m = &b->machine;
  b->peak_one[round] = bench_peak(m->one, m->kernels);
  b->peak_many[round] = bench_peak(m->many, m->kernels);
  duro_status status = DURO_OK;
  for (int i = b->first; i < PARTS && !status; ++i) status = part_table[i]->measure(b->part[i], round);
  return status;
}

static void print_all(const bench *b, int rounds) {
  printf("kernels %s; FMA peak %.0f GFLOP/s on one thread, %.0f on %d (float32); medians of %d rounds\n",
         b->machine.kernels->name, 1e-9 * bench_median(b->peak_one, rounds), 1e-9 * bench_median(b->peak_many, rounds),
         b->machine.threads, rounds);
  for (int i = b->first; i < PARTS; ++i) part_table[i]->print(b->part[i], rounds);
}

int main(int argc, char **argv) {
  options set = {.rounds = 9, .threads = 2, .grid = 51, .neighbours = -1, .python = "python3"};
  cli_words words;
  int status = cli_parse(&command, &set, &words, argc, argv);
  if (status != CLI_GO_ON) return status;
  bench *b = cli_allocate(1, sizeof *b);
  const int rounds = (int)set.rounds;
  b->first = set.load ? PARTS - 1 : 0;
  b->machine.threads = (int)set.threads;
  b->machine.python = set.python;
  b->machine.neighbours = (int)set.neighbours;
  duro_status result = prepare(b);
  for (int round = 0; round < rounds && !result; ++round) {
    fprintf(stderr, "round %d of %d\n", round + 1, rounds);
    result = measure_round(b, round);
  }
  if (!result) print_all(b, rounds);
  if (!result && !set.load) result = bench_grid((int)set.grid, set.threads, bench_median(b->peak_many, rounds));
  status = result ? cli_report(result) : CLI_DONE;
  release(b);
  free(b);
  return status;
}
