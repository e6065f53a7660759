#define _GNU_SOURCE // nftw, dladdr
/* The library without memory: whatever a caller does, an allocation that fails is DURO_ERROR_MEMORY with a line that
 * says so, and leaves nothing behind. Every allocation of every public call fails in turn: those of the library through
 * its hooks, and where the C library allows it those of the libraries below as well, but for jansson, whose
 * version 2.14 writes beyond its buffers then; where one of libyaml 0.2.5 fails, that may forget a block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants those above
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>

#include "study/public_calls.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define EVERY_ALLOCATION 1
#else
#define EVERY_ALLOCATION 0
#endif

static atomic_int left = -1, live; // allocations to come until one fails; -1: none does. Blocks that are out
static atomic_bool counting, failed, forgets;

static bool is_in(const void *caller, const char *library) {
  Dl_info about;
  return caller && dladdr(caller, &about) && about.dli_fname && strstr(about.dli_fname, library);
}

static bool fails(const void *caller) {
  if (atomic_load(&left) < 0 || is_in(caller, "libjansson")) return false;
  if (atomic_fetch_sub(&left, 1) > 0) return false;
  atomic_store(&left, -1);
  atomic_store(&forgets, is_in(caller, "libyaml"));
  atomic_store(&failed, true);
  return true;
}

#if EVERY_ALLOCATION
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *old);

static void *counted(void *memory) {
  if (memory && atomic_load(&counting)) atomic_fetch_add(&live, 1);
  return memory;
}

static void *refused(void) {
  errno = ENOMEM;
  return NULL;
}

void *malloc(size_t size) {
  return fails(__builtin_return_address(0)) ? refused() : counted(__libc_malloc(size));
}
void *calloc(size_t count, size_t size) {
  return fails(__builtin_return_address(0)) ? refused() : counted(__libc_calloc(count, size));
}
void *realloc(void *old, size_t size) {
  if (fails(__builtin_return_address(0))) return refused();
  return old ? __libc_realloc(old, size) : counted(__libc_malloc(size));
}
void free(void *old) {
  if (old && atomic_load(&counting)) atomic_fetch_sub(&live, 1);
  __libc_free(old);
}
static void watch_memory(bool on) {
  (void)on;
}
#else
static void *scarce_allocate(size_t bytes, void *context) {
  (void)context;
  if (fails(NULL)) return NULL;
  atomic_fetch_add(&live, 1);
  return malloc(bytes);
}
static void scarce_release(void *memory, void *context) {
  (void)context;
  atomic_fetch_sub(&live, 1);
  free(memory);
}
static void watch_memory(bool on) {
  duro_set_allocator(on ? scarce_allocate : NULL, on ? scarce_release : NULL, NULL);
}
#endif

/* The status of the work with allocation n failing; *blocks are left. */
static duro_status try(const public_call *call, const world *w, int n, int *blocks) {
  watch_memory(true);
  atomic_store(&failed, false);
  const int before = atomic_load(&live);
  atomic_store(&counting, true);
  atomic_store(&left, n);
  const duro_status status = call->work(w);
  atomic_store(&left, -1);
  atomic_store(&counting, false);
  *blocks = atomic_load(&failed) && atomic_load(&forgets) ? 0 : atomic_load(&live) - before;
  watch_memory(false);
  return status;
}

/* Lets the first, second, .. allocation fail until none does. What is taken once and for good, a stream's buffer of the
 * C library for example, was taken before. */
static void survives(const public_call *call, const world *w) {
  int n = 0, blocks;
  if (try(call, w, INT_MAX / 2, &blocks)) fail_msg("%s: %s", call->name, duro_error());
  for (;; n += n >= 20 ? call->stride : 1) {
    duro_status status = try(call, w, n, &blocks);
    if (blocks) status = try(call, w, n, &blocks); // what is kept for good when something fails for the first time
    if (blocks) fail_msg("%s: allocation %d leaves %d blocks behind", call->name, n, blocks);
    if (!status && !atomic_load(&failed)) break; // a process of its own, which tries a C file, fails for itself
    if (status == DURO_OK) continue;             // it did without
    if (status != DURO_ERROR_MEMORY)
      fail_msg("%s: allocation %d is called %s: %s", call->name, n, duro_status_name(status), duro_error());
    if (!strstr(duro_error(), "memory")) fail_msg("%s: allocation %d: %s", call->name, n, duro_error());
    assert_true(n < 20000);
  }
  if (n < call->least) fail_msg("%s makes %d allocations; wanted at least %d", call->name, n, call->least);
}

static void every_call(void **unused) {
  (void)unused;
  world w;
  make_world(&w);
  for (int i = 0; i < PUBLIC_CALLS; i++) survives(&public_calls[i], &w);
  destroy_world(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_call)};
  return cmocka_run_group_tests(tests, scratch_create, remove_scratch);
}
