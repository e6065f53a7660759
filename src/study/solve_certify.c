/* A proved inner set beside the grid's outer one. */
#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/formula.h"
#include "study/solve.h"

static duro_status watch_proof(const duro_certificate_progress *now, void *context) {
  const solution *s = context;
  return s->watcher->proof(s->watcher->context, s, now);
}

duro_status solve_check_certify(const solution *s) {
  if (!s->given.certify) return DURO_OK;
  if (duro_grid_is_reach(&s->settings))
    return duro_fail(DURO_ERROR_ARGUMENT, "a certificate proves a safe set, and grid.goal is %s; wanted avoid",
                     s->settings.goal);
  duro_formula *formula; // of a C file: its code may be such that there is none
  const duro_status missing = duro_formula_create(&formula, s->env);
  if (missing) return missing;
  duro_formula_destroy(formula);
  if (!s->settings.disturbance)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "a certificate proves against the disturbance, and there is none in this solution");
  return DURO_OK;
}

duro_status solve_make_certificate(solution *s) {
  const double inflation = 1.05; // of the disturbance: on the exact boundary nothing is left to prove with
  duro_grid_settings settings = s->settings;
  settings.amplitude = fmax(inflation, settings.amplitude);
  if (settings.bytes == 4) // values that go on falling would be mended by the proof, which takes longer; in two bytes
    settings.settled = false; // they may fall by a step in each of a hundred thousand sweeps
  float *V = NULL;
  s->stage = "for the proof";
  duro_status status = DURO_OK;
  if (duro_certificate_needs_value(s->env, &s->plan, &s->certificate_settings)) status = solve_aside(&V, s, &settings);
  if (!status && solve_leads(s))
    status = duro_certificate_make(&s->certificate, s->env, &s->plan, V, &s->certificate_settings, watch_proof, s);
  duro_release(V);
  return status;
}

duro_status solve_certify(solution *s) {
  char path[RUN_PATH];
  if (!s->given.certify) return DURO_OK;
  duro_status status = solve_make_certificate(s);
  run_path(path, s->folder, "set.certificate");
  if (!status && solve_leads(s)) status = duro_certificate_save(s->certificate, path);
  status = solve_agree(s, status);
  if (status || !solve_leads(s)) return status;
  s->certified_volume = duro_certificate_volume(s->certificate);
  const double whole = duro_certificate_volume_of(&s->plan, s->V, 0);
  s->certified_share = whole > 0 ? duro_certificate_volume_inside(s->certificate) / whole : NAN;
  solve_certified_starts(s);
  return s->watcher->proved(s->watcher->context, s);
}
