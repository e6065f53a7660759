/* Experiment files. */
#include "fuzz.h"

#include "study/experiment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  experiment e;
  if (!experiment_read(&e, fuzz_file(data, size))) experiment_release(&e);
  return 0;
}
