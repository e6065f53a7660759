/* Tensor files, and policies in them. */
#include "duro/io.h"
#include "duro/policy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  duro_tensor_file *file;
  duro_policy *policy;
  volatile uint8_t byte = 0;
  const char *path = fuzz_tensors(data, size);
  if (!duro_tensors_open(&file, path)) {
    for (int i = 0; i < duro_tensors_count(file); i++) {
      const duro_tensor *t = duro_tensors_at(file, i);
      for (size_t k = 0; k < duro_tensor_bytes(t); k++) byte = ((const uint8_t *)t->data)[k];
    }
    (void)byte;
    duro_tensors_close(file);
  }
  if (!duro_policy_load(&policy, path)) {
    static const float obs[1024];
    float u[128];
    if (duro_policy_can(policy, DURO_ACT_TASK)) (void)duro_policy_act(policy, u, obs, DURO_ACT_TASK, 0);
    duro_policy_destroy(policy);
  }
  return 0;
}
