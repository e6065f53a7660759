/* The library's reader of certificates, and what is asked of one that it takes. */
#include "duro/certificate.h"
#include "fuzz.h"

/* the bytes with their checksum, FNV-1a, behind them */
static const char *write_file(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size + 8);
  if (!copy) abort();
  if (size) memcpy(copy, data, size);
  uint64_t sum = 0xcbf29ce484222325ULL;
  for (size_t i = 0; i < size; i++) sum = (sum ^ copy[i]) * 0x100000001b3ULL;
  for (int i = 0; i < 8; i++) copy[size + (size_t)i] = (uint8_t)(sum >> 8 * i);
  const char *path = fuzz_file(copy, size + 8);
  free(copy);
  return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const duro_env_ops *ops;
  duro_certificate *certificate;
  if (duro_env_find(&ops, "double-integrator")) abort();
  if (duro_certificate_load(&certificate, write_file(data, size), ops)) return 0;
  const double x[2] = {0.5, -0.25};
  double u[1];
  void *worker = NULL;
  (void)duro_certificate_hash(certificate);
  if (!duro_certificate_control(certificate, u, x) && u[0] != 0.0) abort();
  if (!duro_certificate_worker_create(certificate, &worker)) {
    (void)duro_certificate_margin(certificate, worker, u, x);
    duro_certificate_worker_destroy(worker);
  }
  duro_certificate_destroy(certificate);
  return 0;
}
