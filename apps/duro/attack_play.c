/* Cells whose attacker is there already. */

#include "attack_session.h"
#include "base/clock.h"

static duro_status look(int64_t done, int64_t episodes, void *context) {
  return attack_show(context, (double)done / (double)episodes);
}

duro_eval_options attack_options_of(attack_session *s, const attack_cell *cell) {
  const attack_plan *plan = s->plan;
  return (duro_eval_options){.episodes = s->given->episodes,
                             .seed = s->given->seed,
                             .threads = s->given->threads,
                             .start = plan->region == DURO_REGION_ANY ? DURO_START_EVAL : DURO_START_TRAIN,
                             .act = cell->act,
                             .margin = (float)duro_policy_about(s->run->policy)->margin,
                             .observation_noise = cell->noise,
                             .grid = s->solution ? s->solution->grid : NULL,
                             .region = plan->region,
                             .region_margin = plan->margin,
                             .report = look,
                             .report_context = s};
}

void attack_summarize(attack_result *out, const attack_session *s) {
  double filtered = 0, steps = 0;
  duro_eval_summarize(&out->summary, s->episodes, s->given->episodes);
  for (int64_t i = 0; i < s->given->episodes; i++) {
    filtered += (double)s->episodes[i].filtered_steps;
    steps += (double)s->episodes[i].length;
  }
  out->filtered_share = steps > 0 ? filtered / steps : 0;
}

/* The networks that a learned attacker plays with, and those that a search starts from. */
static duro_attack attack_of(const attack_session *s, const attack_request *r) {
  static const duro_attack_kind kinds[] = {
      [ATTACKER_NONE] = DURO_ATTACK_NONE,         [ATTACKER_RANDOM] = DURO_ATTACK_RANDOM,
      [ATTACKER_CONSTANT] = DURO_ATTACK_CONSTANT, [ATTACKER_SQUARE] = DURO_ATTACK_SQUARE,
      [ATTACKER_SAFETY] = DURO_ATTACK_SAFETY,     [ATTACKER_PERFORMANCE] = DURO_ATTACK_PERFORMANCE,
      [ATTACKER_GRID] = DURO_ATTACK_GRID,         [ATTACKER_SEARCH] = DURO_ATTACK_SEARCH};
  const duro_policy *owner = r->foreign ? s->adversary->policy : s->run->policy;
  const bool networks = duro_policy_has(owner, DURO_NET_MU_H) || duro_policy_has(owner, DURO_NET_MU);
  if (!(r->amplitude > 0)) return (duro_attack){.amplitude = 1, .kind = DURO_ATTACK_NONE};
  return (duro_attack){.kind = kinds[r->who],
                       .policy = networks && r->who >= ATTACKER_SAFETY && r->who != ATTACKER_GRID ? owner : NULL,
                       .grid = s->solution && r->who >= ATTACKER_GRID ? s->solution->grid : NULL,
                       .amplitude = r->amplitude};
}

duro_status attack_play(attack_result *out, attack_session *s, const attack_cell *cell) {
  const duro_attack attack = attack_of(s, &cell->request);
  const duro_eval_options options = attack_options_of(s, cell);
  const double started = duro_clock();
  *out = (attack_result){0};
  attack_phase(s, "", 0, 1);
  const duro_status status = duro_eval_run(s->episodes, s->run->env, s->run->policy, &attack, &options);
  if (!status) attack_summarize(out, s);
  out->seconds = duro_clock() - started;
  return status;
}
