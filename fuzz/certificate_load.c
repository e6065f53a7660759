/* The library's reader of certificates, and what is asked of one that it takes. */
#include "duro/certificate.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const duro_env_ops *ops;
  duro_certificate *certificate;
  if (duro_env_find(&ops, "double-integrator")) abort();
  if (duro_certificate_load(&certificate, fuzz_certificate(data, size), ops)) return 0;
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
