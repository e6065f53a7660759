#include "base/pace.h"

#include <math.h>
#include <time.h>

#define WINDOW .05        /* seconds: several turns of the scheduler, which are 3 to 4 milliseconds */
#define FEWEST_RUNS 8     /* of a window */
#define PAYS 1.15         /* twice the threads are kept if they are faster by this much */
#define COSTS 1.3         /* and take at most so much more processor time */
#define STAYS 0.93        /* a team that is there must be worse by this much than what brings one in */
#define FIRST_PAUSE .2    /* seconds to the next trial: twice as long after each that failed */
#define LONGEST_PAUSE 6.4 /* so that trials take less than 1 % of the time, were they worth nothing */
#define HOPELESS .5       /* a trial that slow ends before its window does */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

duro_pace duro_pace_of(int64_t asked, const duro_pool *pool) {
  const int most = duro_pool_threads(pool);
  return (duro_pace){.most = most, .best = asked > 0 ? most : 1, .down = asked > 0, .pause = FIRST_PAUSE};
}

int duro_pace_begin(duro_pace *p, const duro_pool *pool) {
  if (p->most == 1) return 1;
  if (p->runs == 0) {
    p->began = now();
    p->began_cpu = duro_pool_cpu(pool);
    p->amount = 0.0;
  }
  return p->trial ? p->trial : p->best;
}

/* twice or half as many; `best` itself at the end of the range */
static int neighbour(const duro_pace *p, bool down) {
  if (down) return p->best > 1 ? p->best / 2 : 1;
  return p->best > p->most / 2 ? p->most : 2 * p->best;
}

static void plan_trial(duro_pace *p) {
  int threads = neighbour(p, p->down);
  if (threads == p->best) threads = neighbour(p, !p->down);
  p->down = threads > p->best; // the other one next time
  p->trial = threads;
}

/* is the larger team of the two worth having? */
static bool pays(double rate, double cost, double rate_fewer, double cost_fewer, double ease) {
  return rate >= ease * PAYS * rate_fewer && ease * cost <= COSTS * cost_fewer;
}

static void end_trial(duro_pace *p, double rate, double cost, double time) {
  const bool more = p->trial > p->best;
  const bool better = more ? pays(rate, cost, p->rate, p->cost, 1.0) : !pays(p->rate, p->cost, rate, cost, STAYS);
  if (better) {
    p->best = p->trial;
    p->rate = rate;
    p->cost = cost;
    p->down = !more; // go on in this direction
    p->pause = FIRST_PAUSE;
  } else {
    p->pause = fmin(2.0 * p->pause, LONGEST_PAUSE);
  }
  p->trial = 0;
  p->next = time + p->pause;
}

void duro_pace_judge(duro_pace *p, double amount, double wall, double cpu, double time) {
  const double rate = amount / fmax(wall, 1e-9), cost = cpu / fmax(amount, 1e-300);
  if (p->trial) {
    end_trial(p, rate, cost, time);
    return;
  }
  p->rate = p->rate > 0.0 ? .5 * (p->rate + rate) : rate;
  p->cost = p->rate > 0.0 && p->cost > 0.0 ? .5 * (p->cost + cost) : cost;
  if (time >= p->next) plan_trial(p);
}

void duro_pace_end(duro_pace *p, const duro_pool *pool, double amount) {
  if (p->most == 1) return;
  p->runs++;
  p->amount += amount;
  const double time = now(), wall = time - p->began;
  if (wall < WINDOW) return;
  if (p->runs < FEWEST_RUNS && !(p->trial && p->amount < HOPELESS * p->rate * wall)) return;
  duro_pace_judge(p, p->amount, wall, duro_pool_cpu(pool) - p->began_cpu, time);
  p->runs = 0;
}
