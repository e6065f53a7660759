/* TensorBoard event files, read back by a decoder that shares nothing with the writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "duro/io.h"
#include "io/events.h"
#include "io/scratch.h"
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>

/* values of RFC 3720, appendix B.4, and the usual one of catalogues of CRCs */
static void test_crc32c(void **state) {
  (void)state;
  uint8_t bytes[32] = {0};
  assert_int_equal(duro_crc32c(bytes, 32), 0x8a9136aa);
  memset(bytes, 0xff, 32);
  assert_int_equal(duro_crc32c(bytes, 32), 0x62a8ab43);
  for (uint8_t i = 0; i < 32; i++) bytes[i] = i;
  assert_int_equal(duro_crc32c(bytes, 32), 0x46dd794e);
  for (uint8_t i = 0; i < 32; i++) bytes[i] = (uint8_t)(31 - i);
  assert_int_equal(duro_crc32c(bytes, 32), 0x113fdb5c);
  assert_int_equal(duro_crc32c("123456789", 9), 0xe3069283);
  assert_int_equal(duro_crc32c("", 0), 0);
}

/* ---- decoder ---- */

typedef struct value {
  char tag[64];
  float number;
} value;

typedef struct decoded {
  double time;
  int64_t step;
  char version[32];
  value values[8];
  int count;
} decoded;

/* bit by bit, straight from the polynomial */
static uint32_t slow_crc32c(const uint8_t *bytes, size_t size) {
  uint32_t crc = UINT32_MAX;
  for (size_t i = 0; i < 8 * size; i++) {
    const bool low = ((crc ^ (uint32_t)(bytes[i / 8] >> i % 8)) & 1) != 0;
    crc = crc >> 1 ^ (low ? 0x82f63b78u : 0);
  }
  return ~crc;
}

static uint64_t read_fixed(const uint8_t *at, int size) {
  uint64_t value = 0;
  for (int i = size; i-- > 0;) value = value << 8 | at[i];
  return value;
}

static void assert_checked(const uint8_t *bytes, size_t size) {
  const uint32_t masked = (uint32_t)read_fixed(bytes + size, 4) - 0xa282ead8u;
  assert_int_equal(masked << 15 | masked >> 17, slow_crc32c(bytes, size));
}

/* one field of a message: its number, and its bytes or its value */
typedef struct field {
  int number, kind;
  const uint8_t *bytes;
  uint64_t value; /* or the length */
} field;

static uint64_t read_varint(const uint8_t **at) {
  uint64_t value = 0;
  int shift = 0;
  for (;; shift += 7, ++*at) {
    value |= (uint64_t)(**at & 127) << shift;
    if (**at < 128) break;
  }
  ++*at;
  return value;
}

static field read_field(const uint8_t **at, const uint8_t *end) {
  const uint64_t key = read_varint(at);
  field f = {.number = (int)(key >> 3), .kind = (int)(key & 7)};
  const int fixed = f.kind == 1 ? 8 : f.kind == 5 ? 4 : 0;
  if (fixed) {
    f.value = read_fixed(*at, fixed);
    *at += fixed;
  } else {
    assert_true(f.kind == 0 || f.kind == 2);
    f.value = read_varint(at);
    f.bytes = *at;
    if (f.kind == 2) *at += f.value;
  }
  assert_true(*at <= end);
  return f;
}

static void copy_text(char *out, size_t room, const field *f) {
  assert_int_equal(f->kind, 2);
  assert_true(f->value < room);
  memcpy(out, f->bytes, f->value);
  out[f->value] = 0;
}

static void decode_value(value *out, const uint8_t *at, const uint8_t *end) {
  while (at < end) {
    const field f = read_field(&at, end);
    if (f.number == 1) copy_text(out->tag, sizeof out->tag, &f);
    if (f.number != 2) continue;
    assert_int_equal(f.kind, 5);
    const uint32_t bits = (uint32_t)f.value;
    memcpy(&out->number, &bits, sizeof bits);
  }
}

static void decode_event(decoded *out, const uint8_t *at, const uint8_t *end) {
  *out = (decoded){0};
  while (at < end) {
    const field f = read_field(&at, end);
    if (f.number == 1) memcpy(&out->time, &f.value, sizeof out->time);
    if (f.number == 2) out->step = (int64_t)f.value;
    if (f.number == 3) copy_text(out->version, sizeof out->version, &f);
    if (f.number != 5) continue;
    const uint8_t *next = f.bytes, *stop = f.bytes + f.value;
    while (next < stop) {
      const field v = read_field(&next, stop);
      assert_int_equal(v.number, 1);
      assert_true(out->count < 8);
      decode_value(&out->values[out->count++], v.bytes, v.bytes + v.value);
    }
  }
}

/* path of the only file of the folder */
static const char *event_path(void) {
  char name[256] = "";
  assert_int_equal(scratch_count(), 1);
  DIR *folder = opendir(scratch);
  assert_non_null(folder);
  for (const struct dirent *e; (e = readdir(folder));)
    if (e->d_name[0] != '.') strcpy(name, e->d_name);
  closedir(folder);
  return in_scratch(name);
}

/* all events of the file; returns how many */
static int decode_file(decoded *events, int room) {
  static uint8_t bytes[65536];
  const size_t size = get_file(bytes, sizeof bytes, event_path());
  int count = 0;
  for (size_t at = 0; at < size; count++) {
    assert_true(at + 16 <= size);
    const uint64_t length = read_fixed(bytes + at, 8);
    assert_true(length <= size - at - 16);
    assert_checked(bytes + at, 8);
    assert_checked(bytes + at + 12, length);
    assert_true(count < room);
    decode_event(&events[count], bytes + at + 12, bytes + at + 12 + length);
    at += 16 + length;
  }
  return count;
}

/* ---- tests ---- */

static void test_a_file(void **state) {
  (void)state;
  static const char *const names[] = {"return", "gamma_h", "loss_Q1"};
  duro_events *events;
  decoded got[4];
  const double before = (double)time(NULL);
  assert_int_equal(duro_events_create(&events, scratch), DURO_OK);
  assert_int_equal(decode_file(got, 4), 1);
  assert_string_equal(got[0].version, "brain.Event:2");
  assert_int_equal(got[0].count, 0);
  assert_true(got[0].time >= before && got[0].time < before + 600);

  // each record is there before the next; NaN is left out
  assert_int_equal(duro_events_scalars(events, 300, "train", names, (double[]){-1.5, NAN, .1}, 3), DURO_OK);
  assert_int_equal(decode_file(got, 4), 2);
  assert_int_equal(got[1].step, 300);
  assert_true(got[1].time >= got[0].time);
  assert_int_equal(got[1].count, 2);
  assert_string_equal(got[1].values[0].tag, "train/return");
  assert_true(got[1].values[0].number == -1.5f);
  assert_string_equal(got[1].values[1].tag, "train/loss_Q1");
  assert_true(got[1].values[1].number == .1f);
  duro_events_close(events);
  duro_events_close(NULL);
}

/* steps of every length of a varint, and values at the ends of float */
static void test_extremes(void **state) {
  (void)state;
  static const char *const names[] = {"a", "b", "c", "d"};
  static const int64_t steps[] = {0, 127, 128, 16384, (int64_t)1 << 40, INT64_MAX};
  enum { STEPS = sizeof steps / sizeof *steps };
  duro_events *events;
  decoded got[STEPS + 1];
  assert_int_equal(duro_events_create(&events, scratch), DURO_OK);
  for (int i = 0; i < STEPS; i++)
    assert_int_equal(duro_events_scalars(events, steps[i], "g", names, (double[]){INFINITY, -1e300, 1e-45, -0.}, 4),
                     DURO_OK);
  duro_events_close(events);
  assert_int_equal(decode_file(got, STEPS + 1), STEPS + 1);
  for (int i = 0; i < STEPS; i++) {
    const value *v = got[i + 1].values;
    assert_true(got[i + 1].step == steps[i]);
    assert_int_equal(got[i + 1].count, 4);
    assert_true(v[0].number == INFINITY && v[1].number == -INFINITY && v[2].number == 1e-45f);
    assert_true(v[3].number == 0 && signbit(v[3].number));
  }
}

/* tags longer than 127 bytes need a longer length, and the record more room than the first */
static void test_long_names(void **state) {
  (void)state;
  static char longest[60];
  static const char *const names[] = {longest, longest, longest, longest, longest, longest, longest, longest};
  static const double values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  duro_events *events;
  decoded got[2];
  memset(longest, 'x', sizeof longest - 1);
  assert_int_equal(duro_events_create(&events, scratch), DURO_OK);
  assert_int_equal(duro_events_scalars(events, 1, "g", names, values, 8), DURO_OK);
  duro_events_close(events);
  assert_int_equal(decode_file(got, 2), 2);
  assert_int_equal(got[1].count, 8);
  for (int i = 0; i < 8; i++) {
    assert_int_equal(strlen(got[1].values[i].tag), 61);
    assert_true(got[1].values[i].number == (float)(i + 1));
  }
}

static void test_name(void **state) {
  (void)state;
  duro_events *events;
  char wanted[64], host[256] = "";
  assert_int_equal(duro_events_create(&events, scratch), DURO_OK);
  duro_events_close(events);
  const char *name = strrchr(event_path(), '/') + 1;
  assert_int_equal(strncmp(name, "events.out.tfevents.", 20), 0);
  assert_true(strtoll(name + 20, NULL, 10) > 1600000000);
  (void)snprintf(wanted, sizeof wanted, ".%lld.0", (long long)getpid());
  assert_non_null(strstr(name, wanted));
  assert_string_equal(strstr(name, wanted), wanted);
  if (!gethostname(host, sizeof host - 1)) assert_non_null(strstr(name, host));
}

static void test_refuses(void **state) {
  (void)state;
  duro_events *events;
  assert_int_equal(duro_events_create(&events, in_scratch("no")), DURO_ERROR_FILE);
  assert_null(events);
  assert_non_null(strstr(duro_error(), "no/events.out.tfevents."));
  assert_int_equal(scratch_count(), 0);
}

/* a disk that is full leaves whole records; writing goes on once there is room */
static void test_full_disk(void **state) {
  (void)state;
  static const char *const names[] = {"return"};
  duro_events *events;
  decoded got[4];
  struct rlimit before, small;
  assert_int_equal(duro_events_create(&events, scratch), DURO_OK);
  assert_int_equal(duro_events_scalars(events, 1, "train", names, (double[]){1}, 1), DURO_OK);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 110; // the two records take less, the third does not fit any more
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  const duro_status status = duro_events_scalars(events, 2, "train", names, (double[]){2}, 1);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  assert_int_equal(status, DURO_ERROR_FILE);
  assert_non_null(strstr(duro_error(), "cannot write"));
  assert_int_equal(decode_file(got, 4), 2);
  assert_int_equal(duro_events_scalars(events, 3, "train", names, (double[]){3}, 1), DURO_OK);
  duro_events_close(events);
  assert_int_equal(decode_file(got, 4), 3);
  assert_int_equal(got[2].step, 3);
}

/* later events and torn ones are cut off; those that stay keep their bytes */
static void test_resume(void **state) {
  (void)state;
  static const char *const names[] = {"return"};
  static uint8_t before[4096], after[4096];
  decoded got[8];
  duro_events *events;
  assert_int_equal(duro_events_create(&events, scratch), DURO_OK);
  for (int64_t step = 100; step <= 300; step += 100)
    assert_int_equal(duro_events_scalars(events, step, "train", names, (double[]){(double)step}, 1), DURO_OK);
  duro_events_close(events);
  const size_t size = get_file(before, sizeof before, event_path());
  size_t record = 0; // bytes of the last one
  for (size_t at = 0; at < size; at += record) record = 16 + read_fixed(before + at, 8);
  for (size_t torn = 0; torn < 60; torn += 7) {
    put_file(event_path(), before, size - torn);
    assert_int_equal(duro_events_resume(&events, scratch, torn ? 300 : 200), DURO_OK);
    assert_int_equal(duro_events_scalars(events, 250, "train", names, (double[]){.5}, 1), DURO_OK);
    duro_events_close(events);
    // version, 100, 200, and then 250; a tear reaches into 300, later into 200 as well
    const int count = decode_file(got, 8);
    assert_int_equal(count, torn <= record ? 4 : 3);
    assert_int_equal(got[count - 1].step, 250);
    assert_int_equal(got[1].step, 100);
    get_file(after, sizeof after, event_path());
    assert_memory_equal(before, after, size / 2);
  }
  // a damaged event ends what is kept
  before[size / 2] ^= 1;
  put_file(event_path(), before, size);
  assert_int_equal(duro_events_resume(&events, scratch, 300), DURO_OK);
  duro_events_close(events);
  assert_true(decode_file(got, 8) < 4);
  put_file(event_path(), "something else", 14);
  assert_int_equal(duro_events_resume(&events, scratch, 300), DURO_ERROR_FORMAT);
  assert_null(events);
}

static duro_status write_two(void) {
  static const char *const names[] = {"a-name-that-makes-the-record-longer-than-the-first"};
  duro_events *events;
  duro_status status = duro_events_create(&events, scratch);
  for (int i = 0; !status && i < 2; i++) status = duro_events_scalars(events, i, "train", names, (double[]){i}, 1);
  duro_events_close(events);
  return status;
}

static void test_short_memory(void **state) {
  (void)state;
  assert_survives_short_memory(write_two);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_crc32c),
      cmocka_unit_test_teardown(test_a_file, scratch_clear),
      cmocka_unit_test_teardown(test_extremes, scratch_clear),
      cmocka_unit_test_teardown(test_long_names, scratch_clear),
      cmocka_unit_test_teardown(test_name, scratch_clear),
      cmocka_unit_test_teardown(test_refuses, scratch_clear),
      cmocka_unit_test_teardown(test_full_disk, scratch_clear),
      cmocka_unit_test_teardown(test_resume, scratch_clear),
      cmocka_unit_test_teardown(test_short_memory, scratch_clear),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
