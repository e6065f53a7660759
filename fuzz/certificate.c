/* The reader of duro-recheck, up to where its proof begins. */
#include "fuzz.h"
#include <setjmp.h>

static jmp_buf ended;
#define exit(status) longjmp(ended, 1 + (status))
#define printf(...) ((void)0)
#define putchar(c) ((void)(c))
#define main recheck_main
#include "../apps/duro-recheck/recheck.c"
#undef exit
#undef printf
#undef putchar
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *path = fuzz_certificate(data, size);
  memset(&p, 0, sizeof p);
  if (!setjmp(ended)) read_file(path);
  return 0;
}
