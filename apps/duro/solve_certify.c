/* A proved inner set beside the grid's outer one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "solve.h"

static duro_status watch_proof(const duro_certificate_progress *now, void *context) {
  const solution *s = context;
  const duro_status status = s->ask();
  if (status || s->given.quiet || !s->progress.terminal) return status;
  progress_part parts[] = {{.weight = 3}, {.weight = 2}, {.weight = 1}};
  enum { SIZE = sizeof parts[0].text };
  snprintf(parts[0].text, SIZE, "proof, round %lld", (long long)now->round);
  snprintf(parts[1].text, SIZE, "%lld of %lld", (long long)now->tried, (long long)now->cells);
  snprintf(parts[2].text, SIZE, "%lld failed", (long long)now->failed);
  progress_draw(&s->progress, NAN, parts, sizeof parts / sizeof *parts);
  return DURO_OK;
}

duro_status solve_check_certify(const solution *s) {
  if (!s->given.certify) return DURO_OK;
  if (!s->ops->formula)
    return duro_fail(DURO_ERROR_ARGUMENT, "'%s' states no formula, which --certify needs", s->ops->name);
  if (!s->settings.disturbance)
    return duro_fail(DURO_ERROR_ARGUMENT,
                     "--certify proves against the disturbance; it goes not with --no-disturbance");
  return DURO_OK;
}

duro_status solve_certify(solution *s) {
  const double inflation = 1.05; // of the disturbance: on the exact boundary nothing is left to prove with
  duro_grid_settings settings = s->settings;
  settings.amplitude = fmax(inflation, settings.amplitude);
  settings.settled = false; // values that go on falling would be mended by the proof, which takes longer
  float *V = NULL;
  char path[CLI_PATH];
  if (!s->given.certify) return DURO_OK;
  s->stage = "for the proof";
  duro_status status = DURO_OK;
  if (duro_certificate_needs_value(s->env, &s->plan, &s->certificate_settings)) status = solve_aside(&V, s, &settings);
  if (!status)
    status = duro_certificate_make(&s->certificate, s->env, &s->plan, V, &s->certificate_settings, watch_proof, s);
  progress_clear(&s->progress);
  run_path(path, s->folder, "set.certificate");
  if (!status) status = duro_certificate_save(s->certificate, path);
  if (!status) {
    s->certified_volume = duro_certificate_volume(s->certificate);
    const double whole = duro_certificate_volume_of(&s->plan, s->V, 0);
    s->certified_share = whole > 0 ? duro_certificate_volume_inside(s->certificate) / whole : NAN;
    solve_certified_starts(s);
  }
  free(V);
  if (status || s->given.quiet) return status;
  printf("certified inner set: %.6g", s->certified_volume);
  if (isfinite(s->certified_share)) printf(", within the grid %.1f %% of the grid's set", 100 * s->certified_share);
  cli_print("; duro-recheck %s\n  starts of evaluation: %lld of %lld inside\n", path, (long long)s->starts_certified,
            (long long)s->starts);
  return DURO_OK;
}
