/* Inputs and what the library answers to them. */
#include "export/vectors.h"

#include <string.h>

#include "base/purposes.h"
#include "export/inputs.h"

enum { TRIES = 256 };

/* What the filter does at an observation. */
static bool replaces(const plan *p, const float *obs) {
  float u[MAX_ACTION];
  return duro_policy_act(p->policy, u, obs, p->act, p->margin);
}

/* Inputs: zero, then half of them from the region of interest and half from farther out. Where the filter passes some
 * and replaces others, both are among them. */
static void draw(vectors *v, const plan *p) {
  duro_stream stream = duro_stream_at(2, DURO_PURPOSE_EXPORT, 0);
  int passed = 0, n = 1; // the first is zero
  for (int i = 0; i < v->no; i++) {
    const float zero = 0.0f;
    v->obs[i] = zero < p->low[i] ? p->low[i] : zero > p->high[i] ? p->high[i] : zero;
  }
  for (int k = 0; k < TRIES && n < VECTORS; k++) {
    float *obs = v->obs + (ptrdiff_t)n * v->no;
    export_inputs_draw(p, obs, &stream, k % 2);
    const bool other = replaces(p, obs);
    if ((other ? n - passed : passed) > VECTORS / 2 && TRIES - k > VECTORS - n) continue;
    passed += !other, n++;
  }
}

static void answer(vectors *v, const plan *p, int k) {
  const float *obs = v->obs + (ptrdiff_t)k * v->no;
  const ptrdiff_t at = (ptrdiff_t)k * v->nu;
  v->replaced[k] = duro_policy_act(p->policy, v->act + at, obs, p->act, p->margin);
  if (p->task) duro_policy_act(p->policy, v->task + at, obs, DURO_ACT_TASK, 0);
  if (p->safe) duro_policy_act(p->policy, v->safe + at, obs, DURO_ACT_SAFETY, 0);
  if (p->value) v->value[k] = duro_policy_safety_value(p->policy, obs);
}

duro_status export_vectors_make(vectors *v, const plan *p) {
  const size_t no = (size_t)p->policy->info.no, nu = (size_t)p->policy->info.nu;
  *v = (vectors){.no = (int)no, .nu = (int)nu};
  float *all = duro_allocate(sizeof *all * VECTORS * (no + 3 * nu + 1));
  if (!all) return DURO_ERROR_MEMORY;
  v->obs = all;
  v->act = v->obs + VECTORS * no;
  v->task = v->act + VECTORS * nu;
  v->safe = v->task + VECTORS * nu;
  v->value = v->safe + VECTORS * nu;
  draw(v, p);
  for (int k = 0; k < VECTORS; k++) answer(v, p, k);
  return DURO_OK;
}

void export_vectors_release(vectors *v) {
  duro_release(v->obs);
  *v = (vectors){0};
}
