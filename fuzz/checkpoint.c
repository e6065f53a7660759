/* Checkpoints that training is resumed from, by damage to a good one. */
#include "duro/env.h"
#include "duro/io.h"
#include "duro/policy.h"
#include "duro/settings.h"
#include "duro/train.h"
#include "fuzz.h"

static duro_trainer *trainer;
static char *good;
static size_t length;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  static duro_env *env;
  const duro_env_ops *ops;
  duro_train_settings train;
  duro_learn_settings learn;
  const duro_settings_group groups[] = {{"train", duro_train_rows, duro_train_rows_count, &train},
                                        {"learn", duro_learn_rows, duro_learn_rows_count, &learn}};
  static const char *const set[] = {"learn.width=16", "learn.layers=1",  "learn.batch=16",  "train.steps=64",
                                    "train.envs=8",   "train.warmup=64", "train.replay=64", "train.threads=1"};
  for (int i = 0; i < 2; i++) duro_settings_default(&groups[i]);
  for (size_t i = 0; i < sizeof set / sizeof *set; i++)
    if (duro_settings_assign(groups, 2, set[i])) fprintf(stderr, "%s\n", duro_error());
  char name[] = "/tmp/duro-fuzz-XXXXXX";
  const int fd = mkstemp(name);
  if (fd < 0 || duro_env_find(&ops, "double-integrator") || duro_env_create(&env, ops, NULL) ||
      duro_trainer_create(&trainer, env, "SAC", &train, &learn) || duro_trainer_run(trainer, NULL, NULL) ||
      duro_trainer_save(trainer, name) || duro_file_read(&good, &length, name)) {
    fprintf(stderr, "%s\n", duro_error());
    abort();
  }
  close(fd);
  unlink(name);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  duro_resume_info info;
  duro_policy *policy;
  const char *path = fuzz_damage((const uint8_t *)good, length, data, size);
  (void)duro_trainer_resume(trainer, path, 0, &info);
  if (!duro_policy_load(&policy, path)) duro_policy_destroy(policy);
  return 0;
}
