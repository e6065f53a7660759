/* run.json. */
#include "duro/io.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char value[64];
  const char *path = fuzz_file(data, size);
  (void)duro_run_json_get(value, sizeof value, path, "environment");
  (void)duro_run_json_get(value, sizeof value, path, "seed");
  return 0;
}
