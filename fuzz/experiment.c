/* Experiment files. */
#include "fuzz.h"

// the one of the program ends it
void *cli_allocate(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size ? size : 1);
  if (!memory) abort();
  return memory;
}

#include "../apps/duro/experiment_read.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  experiment e;
  if (!experiment_read(&e, fuzz_file(data, size))) experiment_release(&e);
  return 0;
}
