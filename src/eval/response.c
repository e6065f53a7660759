/* Best responses: the ordinary trainer in the closed loop of a frozen policy. */
#include "duro/response.h"
#include "base/clock.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/pool.h"
#include "duro/train.h"
#include "eval/closed_loop.h"

enum {
  ENVS = 64,
  WARMUP = 100,        // steps of each environment
  UPDATES = 4000,      // by default
  LOOKS = 8,           // short evaluations on the way, the end included
  LOOK_EPISODES = 64,  // of each
  REPORT = 100,        // updates between two reports: a stop is not far away
  LOOK_SEED = 7000,    // above the attacker's: other starts than those of the looks that chose the policy
  MOST_REPLAY = 400000 // samples
};

static const struct {
  const char *name, *algorithm;
  closed_loop_reward reward;
  int rates; // tried: the rate, and a third of it
} kinds[] = {
    [DURO_RESPONSE_REACH] = {"reach", "reach", CLOSED_LOOP_VIOLATION, 2},
    [DURO_RESPONSE_VIOLATION] = {"violation", "SAC", CLOSED_LOOP_VIOLATION, 1},
    [DURO_RESPONSE_PERFORMANCE] = {"performance", "SAC", CLOSED_LOOP_LOSS, 1},
};

#define RATE 3e-3 /* of the critics */

const char *duro_response_name(duro_response_kind kind) {
  return kinds[kind].name;
}

int duro_response_plans(duro_response_plan *out, int room, duro_response_kind kind, int64_t seeds, int64_t updates) {
  int count = 0;
  for (int64_t seed = 1; seed <= seeds; seed++)
    for (int r = 0; r < kinds[kind].rates; r++, count++)
      if (count < room)
        out[count] = (duro_response_plan){.kind = kind,
                                          .seed = seed,
                                          .rate = r ? RATE / 3 : RATE,
                                          .noise = r ? .3 : 1,
                                          .updates = updates ? updates : UPDATES};
  return count;
}

duro_attack duro_response_attack(duro_response_kind kind, const duro_policy *policy, double amplitude) {
  return (duro_attack){.kind = kind == DURO_RESPONSE_REACH ? DURO_ATTACK_SAFETY : DURO_ATTACK_LEARNED,
                       .policy = policy,
                       .amplitude = amplitude};
}

bool duro_response_hurts_more(duro_response_kind kind, const duro_eval_summary *a, const duro_eval_summary *b) {
  if (kind == DURO_RESPONSE_PERFORMANCE) return a->return_mean < b->return_mean;
  return a->violating > b->violating || (a->violating == b->violating && a->h_min < b->h_min);
}

/* All attackers, and the threads that train them. */
typedef struct school {
  const duro_response_task *task;
  duro_response *out;
  int count;
  atomic_int next;
  atomic_bool stop;
  pthread_mutex_t lock; // of what follows
  duro_response_progress progress;
  double started;
  duro_response_report report;
  void *context;
  duro_status status;
  char error[512];
} school;

/* One attacker in training. */
typedef struct pupil {
  school *school;
  duro_response *out;
  duro_eval_summary best; // of the network kept
  int64_t next_look;      // update
  int64_t counted;        // updates that the school's progress knows of
} pupil;

/* updates from one look to the next */
static int64_t stride_of(const duro_response_plan *plan) {
  return plan->updates / LOOKS > 0 ? plan->updates / LOOKS : 1;
}

static void settings_of(duro_train_settings *train, duro_learn_settings *learn, const duro_response_plan *plan,
                        const duro_response_task *task) {
  (void)duro_train_preset(train, learn, "paper"); // whose name is known
  train->seed = plan->seed;
  train->threads = 1;
  train->envs = ENVS;
  train->warmup = ENVS * WARMUP;
  train->steps = ENVS * (WARMUP + plan->updates - 1); // the step that ends the warm-up has an update too
  train->replay = train->steps < MOST_REPLAY ? train->steps : MOST_REPLAY;
  train->horizon = task->env->spec.horizon;
  // some start wide in any case: there a failure is near, and its value is learned first
  train->eval_starts = task->starts->start == DURO_START_EVAL ? .8 : 0;
  train->against_mu_h = train->against_mu = train->against_random = train->against_constant = 0;
  train->explore_noise = plan->noise;
  train->report_every = stride_of(plan) < REPORT ? stride_of(plan) : REPORT;
  train->checkpoint_every = plan->updates;
  learn->width = 64;
  learn->batch = 256;
  learn->gamma = .995;
  learn->gamma_h = .9;
  learn->gamma_h_end = .999;
  learn->rate_critic = plan->rate;
  learn->rate_player = plan->rate / 3;
  learn->rate_alpha = plan->rate;
  learn->entropy = -3; // the worst disturbance is mostly a corner: with more entropy the mode stops short of it
  learn->decay_share = .3;
  learn->tau = .02;
  learn->player_every = 1;
  learn->corners = task->env->spec.na <= 4;
}

/* Remembers the first failure; its message is that of the failing thread. */
static void give_up(school *s, duro_status status) {
  pthread_mutex_lock(&s->lock);
  if (!s->status) {
    s->status = status;
    snprintf(s->error, sizeof s->error, "%s", duro_error());
  }
  atomic_store(&s->stop, true);
  pthread_mutex_unlock(&s->lock);
}

static duro_status tell(pupil *p, int64_t update, bool done) {
  school *s = p->school;
  duro_status status = DURO_OK;
  pthread_mutex_lock(&s->lock);
  s->progress.update += update - p->counted;
  s->progress.done += done;
  s->progress.seconds = duro_clock() - s->started;
  p->counted = update;
  if (s->report && !s->status) status = s->report(&s->progress, s->context);
  pthread_mutex_unlock(&s->lock);
  return status;
}

/* Plays the present attacker for a short while and keeps it if none before it hurt more. */
static duro_status look(pupil *p, const duro_trainer *trainer, int64_t update) {
  const duro_response_task *task = p->school->task;
  const duro_response_plan *plan = &p->out->plan;
  const duro_eval_options options = {.episodes = LOOK_EPISODES,
                                     .first = DURO_EVAL_LOOKS, // none of an evaluation proper, whatever its seed
                                     .seed = LOOK_SEED + plan->seed,
                                     .threads = 1,
                                     .start = task->starts->start,
                                     .act = task->act,
                                     .margin = task->margin,
                                     .grid = task->starts->grid,
                                     .region = task->starts->region,
                                     .region_margin = task->starts->region_margin};
  duro_episode episodes[LOOK_EPISODES];
  duro_eval_summary seen;
  duro_policy *attacker;
  duro_status status = duro_trainer_policy(trainer, &attacker);
  if (status) return status;
  const duro_attack attack = duro_response_attack(plan->kind, attacker, task->amplitude);
  status = task->player ? duro_player_run(episodes, task->env, task->player, &attack, &options)
                        : duro_eval_run(episodes, task->env, task->policy, &attack, &options);
  if (!status) duro_eval_summarize(&seen, episodes, LOOK_EPISODES);
  if (!status && (!p->out->policy || !duro_response_hurts_more(plan->kind, &p->best, &seen))) {
    if (plan->path) status = duro_trainer_save_policy(trainer, plan->path);
    duro_policy_destroy(p->out->policy);
    p->out->policy = attacker;
    p->out->update = update;
    p->best = seen;
    return status;
  }
  duro_policy_destroy(attacker);
  return status;
}

static duro_status report(duro_trainer *trainer, const duro_train_progress *progress, void *context) {
  pupil *p = context;
  if (atomic_load(&p->school->stop)) return duro_fail(DURO_ERROR_STOPPED, "stopped");
  const bool end = progress->step >= progress->steps;
  duro_status status = DURO_OK;
  if (end || progress->update >= p->next_look) {
    p->next_look += stride_of(&p->out->plan);
    status = look(p, trainer, progress->update);
  }
  return status ? status : tell(p, progress->update, end);
}

static duro_status train(school *s, duro_response *out) {
  const closed_loop_task loop_task = {.env = s->task->env,
                                      .policy = s->task->policy,
                                      .act = s->task->act,
                                      .margin = s->task->margin,
                                      .amplitude = s->task->amplitude,
                                      .reward = kinds[out->plan.kind].reward,
                                      .player = s->task->player};
  duro_train_settings train;
  duro_learn_settings learn;
  duro_env *loop;
  duro_trainer *trainer = NULL;
  pupil p = {.school = s, .out = out, .next_look = stride_of(&out->plan)};
  const double started = duro_clock();
  duro_status status = closed_loop_create(&loop, &loop_task);
  if (status) return status;
  settings_of(&train, &learn, &out->plan, s->task);
  status = duro_trainer_create(&trainer, loop, kinds[out->plan.kind].algorithm, &train, &learn);
  if (!status) status = duro_trainer_run(trainer, report, &p);
  duro_trainer_destroy(trainer);
  duro_env_destroy(loop);
  out->seconds = duro_clock() - started;
  return status;
}

static void work(void *context, int thread, int threads) {
  (void)thread, (void)threads;
  school *s = context;
  for (;;) {
    const int i = atomic_fetch_add(&s->next, 1);
    if (i >= s->count || atomic_load(&s->stop)) return;
    const duro_status status = train(s, &s->out[i]);
    if (status) give_up(s, status);
  }
}

static duro_status check(const duro_response_plan *plans, int count, const duro_response_task *task) {
  if (task->threads < 0 || task->threads > DURO_MAX_THREADS)
    return duro_fail(DURO_ERROR_ARGUMENT, "threads is %lld; wanted 0 to 256", (long long)task->threads);
  if (task->env->spec.na == 0)
    return duro_fail(DURO_ERROR_ARGUMENT, "%s has no disturbance, so there is no attacker to train",
                     task->env->ops->name);
  for (int i = 0; i < count; i++) {
    if ((unsigned)plans[i].kind > DURO_RESPONSE_PERFORMANCE)
      return duro_fail(DURO_ERROR_ARGUMENT, "best response kind %d does not exist", (int)plans[i].kind);
    if (plans[i].updates < 1)
      return duro_fail(DURO_ERROR_ARGUMENT, "updates is %lld; wanted at least 1", (long long)plans[i].updates);
    if (!(plans[i].rate > 0 && plans[i].rate <= 1))
      return duro_fail(DURO_ERROR_ARGUMENT, "the learning rate is %g; wanted above 0, at most 1", plans[i].rate);
    if (!(plans[i].noise >= 0 && plans[i].noise <= 2))
      return duro_fail(DURO_ERROR_ARGUMENT, "the noise of exploration is %g; wanted 0 to 2", plans[i].noise);
  }
  return DURO_OK;
}

duro_status duro_response_train(duro_response *out, const duro_response_plan *plans, int count,
                                const duro_response_task *task, duro_response_report report_to, void *context) {
  memset(out, 0, sizeof *out * (size_t)count);
  duro_status status = check(plans, count, task);
  if (status || count < 1) return status;
  school s = {
      .task = task, .out = out, .count = count, .started = duro_clock(), .report = report_to, .context = context};
  s.progress.count = count;
  for (int i = 0; i < count; i++) {
    out[i].plan = plans[i];
    s.progress.updates += plans[i].updates;
  }
  duro_pool *pool;
  const int threads = duro_threads(task->threads);
  if ((status = duro_pool_create(&pool, threads < count ? threads : count))) return status;
  pthread_mutex_init(&s.lock, NULL);
  duro_pool_run(pool, work, &s);
  duro_pool_destroy(pool);
  pthread_mutex_destroy(&s.lock);
  if (!s.status) return DURO_OK;
  duro_response_release(out, count);
  return duro_fail(s.status, "%s", s.error);
}

void duro_response_release(duro_response *responses, int count) {
  for (int i = 0; i < count; i++) {
    duro_policy_destroy(responses[i].policy);
    responses[i].policy = NULL;
  }
}
