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
  uint8_t *copy = malloc(size + 8);
  if (!copy) abort();
  if (size) memcpy(copy, data, size);
  uint64_t sum = 0xcbf29ce484222325ULL;
  for (size_t i = 0; i < size; i++) sum = (sum ^ copy[i]) * 0x100000001b3ULL;
  for (int i = 0; i < 8; i++) copy[size + (size_t)i] = (uint8_t)(sum >> 8 * i);
  const char *path = fuzz_file(copy, size + 8);
  free(copy);
  memset(&p, 0, sizeof p);
  if (!setjmp(ended)) read_file(path);
  return 0;
}
