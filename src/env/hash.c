/* One hash of everything that decides what an environment does. */
#include <string.h>

#include "duro/env.h"
#include "env/mujoco.h"
#include "io/hash.h"

static void add_texts(duro_hasher *hasher, const char *const *texts, int count) {
  for (int i = 0; i < count; i++) duro_hash_text(hasher, texts ? texts[i] : NULL);
}

static void add_reals(duro_hasher *hasher, const double *values, int count) {
  duro_hash_reals(hasher, values, values ? (size_t)count : 0);
}

// whoever adds a field to the spec adds it below, and to the test
_Static_assert(sizeof(void *) != 8 || sizeof(duro_env_spec) == 136, "a field of the spec that no key knows");

static void add_spec(duro_hasher *hasher, const duro_env_spec *s) {
  const int64_t sizes[] = {s->nx, s->no, s->nu, s->na, s->horizon, s->slice[0], s->slice[1]};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) duro_hash_integer(hasher, sizes[i]);
  duro_hash_real(hasher, s->dt);
  duro_hash_real(hasher, s->h_scale);
  add_texts(hasher, s->x_names, s->nx);
  add_texts(hasher, s->x_units, s->nx);
  add_reals(hasher, s->x_low, s->nx);
  add_reals(hasher, s->x_high, s->nx);
  add_reals(hasher, s->x_fail_low, s->nx);
  add_reals(hasher, s->x_fail_high, s->nx);
  for (int i = 0; i < s->nx; i++) {
    duro_hash_integer(hasher, s->x_periodic ? s->x_periodic[i] : -1);
    duro_hash_integer(hasher, s->x_needs ? (int64_t)s->x_needs[i] : -1);
  }
  duro_hash_integer(hasher, s->x_needs != NULL);
  duro_hash_integer(hasher, (int64_t)s->h_needs);
  duro_hash_integer(hasher, (int64_t)s->x_shift);
  duro_hash_integer(hasher, (int64_t)s->x_hold);
  duro_hash_integer(hasher, (int64_t)s->x_hold);
}

uint64_t duro_env_hash(const duro_env *env) {
  const duro_env_ops *ops = env->ops;
  const duro_settings_group group = {"env", ops->settings, ops->n_settings, env->settings};
  duro_hasher hasher;
  duro_hash_begin(&hasher, "environment");
  duro_hash_program(&hasher);
  duro_hash_text(&hasher, ops->name);
  duro_hash_bytes(&hasher, ops->source ? ops->source->bytes : NULL, ops->source ? ops->source->size : 0);
  duro_hash_text(&hasher, ops->source ? ops->source->hash : NULL);
  duro_hash_text(&hasher, ops->model ? duro_env_mujoco_version() : NULL); // another MuJoCo moves otherwise
  duro_hash_settings(&hasher, &group, NULL);
  add_spec(&hasher, &env->spec);
  return duro_hash_end(&hasher);
}
