/**
 * @file base.h
 * @brief Status codes, error text, allocator and log hooks, random streams.
 *
 * Every function that can fail for a reason outside the code (memory, file, setting, NaN) returns a
 * duro_status. The message of the last failure of the calling thread is duro_error(). The library
 * never prints, never exits and never reads the process environment.
 */
#ifndef DURO_BASE_H
#define DURO_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What became of a call. */
typedef enum duro_status {
  DURO_OK = 0,
  DURO_ERROR_ARGUMENT,   /**< a value, name or setting is wrong */
  DURO_ERROR_MEMORY,     /**< memory could not be allocated */
  DURO_ERROR_FILE,       /**< a file or folder could not be read or written */
  DURO_ERROR_FORMAT,     /**< a file was read but its content is broken */
  DURO_ERROR_NOT_FINITE, /**< NaN or infinity where a finite number is needed */
  DURO_ERROR_MISSING,    /**< this build lacks a part (MuJoCo, say) */
  DURO_ERROR_STOPPED     /**< the caller asked to stop */
} duro_status;

/** Message of the last failure in this thread: what, which value, what was wanted. Never NULL. */
const char *duro_error(void);

/** Most threads of anything that is given a number of them. */
enum { DURO_MAX_THREADS = 256 };

/**
 * Bytes of stack, of a thread that has no more, with which it may call everything here (a test measures it). What a
 * file of one's own, MuJoCo, or a callback takes comes on top. Threads of the library have 2 MiB and a guard of 128
 * KiB.
 */
enum { DURO_STACK = 256 * 1024 };

/**
 * How many threads a setting means: `asked` itself where it is at least 1; for 0, as many as this program may use: the
 * processors of its affinity mask, fewer where its control group (cpu.max, cpu.cfs_quota_us) has a smaller share of
 * time, at most DURO_MAX_THREADS. No result depends on the number of threads.
 */
int duro_threads(int64_t asked);

/** Word for a status, "ok", "argument", ... */
const char *duro_status_name(duro_status status);

/** Replaces malloc/free for every later allocation; both NULL restores the C library's. Call it
 * before anything is created. `allocate` returns memory aligned to at least 16 bytes or NULL. */
void duro_set_allocator(void *(*allocate)(size_t bytes, void *context), void (*release)(void *memory, void *context),
                        void *context);

/** Receives the library's log lines (without newline); NULL (the default) drops them. */
void duro_set_log(void (*log)(const char *line, void *context), void *context);

/**
 * A stream of random numbers, a pure function of (seed, purpose, index): Philox4x32-10 (Salmon et
 * al. 2011, Random123) with key = seed and counter = (block, index low, index high, purpose). Draws do not
 * depend on threads, order or time, so a resumed run draws what the uninterrupted one drew.
 */
typedef struct duro_stream {
  uint64_t seed;
  uint64_t index;
  uint32_t purpose;
  uint32_t block;   /**< next counter block */
  uint32_t word[4]; /**< the current block */
  uint32_t used;    /**< words of it already drawn, 0..4 */
} duro_stream;

/** The stream of (seed, purpose, index), at its start. */
duro_stream duro_stream_at(uint64_t seed, uint32_t purpose, uint64_t index);
/** Next 32 random bits. */
uint32_t duro_stream_bits(duro_stream *stream);
/** Next uniform double in [0, 1), 53 bits (two words). */
double duro_stream_uniform(duro_stream *stream);
/** Next uniform float in [0, 1), 24 bits (one word). */
float duro_stream_uniformf(duro_stream *stream);
/** Next uniform integer in [0, n), n >= 1, by multiply and shift (bias below n / 2^32). */
uint32_t duro_stream_below(duro_stream *stream, uint32_t n);
/** Next standard normal float (Box-Muller, the library's own log, sin and cos; two words, one value). */
float duro_stream_normalf(duro_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
