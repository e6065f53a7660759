/* Statistics over episodes. */
#include <math.h>

#include "duro/eval.h"

bool duro_episode_violates(const duro_episode *episode) {
  return episode->violating_steps > 0 || episode->end == DURO_TERMINATED;
}

bool duro_episode_cut_off(const duro_episode *episode) {
  return episode->end == DURO_TRUNCATED && !duro_episode_violates(episode);
}

void duro_eval_summarize(duro_eval_summary *out, const duro_episode *episodes, int64_t count) {
  *out = (duro_eval_summary){.episodes = count, .h_min = INFINITY, .violation_bound = 1};
  if (count < 1) return;
  const double n = (double)count;
  for (int64_t i = 0; i < count; i++) {
    out->return_mean += episodes[i].episode_return;
    out->violation_steps_mean += (double)episodes[i].violating_steps;
    out->h_min = fmin(out->h_min, episodes[i].h_min);
    out->violating += duro_episode_violates(&episodes[i]);
    out->cut_off += duro_episode_cut_off(&episodes[i]);
  }
  out->return_mean /= n;
  out->violation_steps_mean /= n;
  double squares = 0;
  for (int64_t i = 0; i < count; i++) {
    const double d = episodes[i].episode_return - out->return_mean;
    squares += d * d;
  }
  out->return_std = count > 1 ? sqrt(squares / (n - 1)) : 0;
  // what was cut off may have violated later
  out->violation_bound = duro_clopper_pearson_upper(out->violating + out->cut_off, count, .05);
}
