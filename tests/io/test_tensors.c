/* Tensor files: format, damage, sudden death. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "duro/io.h"
#include "io/scratch.h"
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <xxhash.h>

static void assert_says(const char *part) {
  if (!strstr(duro_error(), part)) fail_msg("\"%s\" lacks \"%s\"", duro_error(), part);
  assert_null(strchr(duro_error(), '\n'));
}

static float w[6] = {1, -2, 3.5f, 0, 1e-40f, 6};
static double x[2] = {1.0 / 3, -1e300};
static int64_t n[1] = {INT64_MIN};
static uint8_t b[3] = {1, 2, 255};

/* elements of all sizes, in an order in which they would not be aligned */
static const duro_tensor tensors[] = {{"b", DURO_U8, 1, {3}, b},
                                      {"pi/w", DURO_F32, 2, {2, 3}, w},
                                      {"empty", DURO_F64, 2, {0, 7}, NULL},
                                      {"x", DURO_F64, 4, {1, 2, 1, 1}, x},
                                      {"n", DURO_I64, 1, {1}, n}};
static const duro_note notes[] = {{"algorithm", "DRAC"}, {"text", "\"\xc3\xa9\"\n"}};
#define COUNT ((int)(sizeof tensors / sizeof *tensors))

static duro_status save(const char *path) {
  return duro_tensors_save(path, tensors, COUNT, notes, 2);
}

static void assert_same(const duro_tensor *t, const duro_tensor *expected) {
  assert_non_null(t);
  assert_string_equal(t->name, expected->name);
  assert_int_equal(t->type, expected->type);
  assert_int_equal(t->rank, expected->rank);
  for (int i = 0; i < t->rank; i++) assert_int_equal(t->shape[i], expected->shape[i]);
  size_t bytes = duro_tensor_bytes(t);
  assert_int_equal(bytes, duro_tensor_bytes(expected));
  if (bytes) assert_memory_equal(t->data, expected->data, bytes);
}

static void test_bytes(void **state) {
  (void)state;
  static const size_t bytes[] = {3, 24, 0, 16, 8};
  for (int i = 0; i < COUNT; i++) assert_int_equal(duro_tensor_bytes(&tensors[i]), bytes[i]);
}

static void test_round_trip(void **state) {
  (void)state;
  duro_tensor_file *f;
  assert_int_equal(save(in_scratch("t")), DURO_OK);
  assert_int_equal(duro_tensors_open(&f, in_scratch("t")), DURO_OK);
  assert_int_equal(duro_tensors_count(f), COUNT);
  for (int i = 0; i < COUNT; i++) {
    assert_same(duro_tensors_at(f, i), &tensors[i]);
    assert_ptr_equal(duro_tensors_find(f, tensors[i].name), duro_tensors_at(f, i));
  }
  assert_null(duro_tensors_at(f, -1));
  assert_null(duro_tensors_at(f, COUNT));
  assert_null(duro_tensors_find(f, "none"));
  assert_null(duro_tensors_find(f, "__xxh3__"));
  assert_string_equal(duro_tensors_note(f, "algorithm"), "DRAC");
  assert_string_equal(duro_tensors_note(f, "text"), "\"\xc3\xa9\"\n");
  assert_null(duro_tensors_note(f, "none"));
  duro_tensors_close(f);
  duro_tensors_close(NULL);
  assert_int_equal(scratch_count(), 1);
}

static void test_empty(void **state) {
  (void)state;
  duro_tensor_file *f;
  assert_int_equal(duro_tensors_save(in_scratch("t"), NULL, 0, NULL, 0), DURO_OK);
  assert_int_equal(duro_tensors_open(&f, in_scratch("t")), DURO_OK);
  assert_int_equal(duro_tensors_count(f), 0);
  assert_null(duro_tensors_note(f, "x"));
  duro_tensors_close(f);
}

/* the file by the rules of the format, with a reader of the test's own */
static void test_format(void **state) {
  (void)state;
  static unsigned char bytes[8192];
  static const struct {
    const char *name, *type;
    int rank;
    int64_t shape[4];
  } rows[] = {{"b", "U8", 1, {3}},           {"pi/w", "F32", 2, {2, 3}}, {"empty", "F64", 2, {0, 7}},
              {"x", "F64", 4, {1, 2, 1, 1}}, {"n", "I64", 1, {1}},       {"__xxh3__", "U8", 1, {8}}};
  assert_int_equal(save(in_scratch("t")), DURO_OK);
  size_t size = get_file(bytes, sizeof bytes, in_scratch("t")), length = 0;
  for (int i = 7; i >= 0; i--) length = length << 8 | bytes[i];
  assert_int_equal(bytes[8], '{');
  assert_int_equal((8 + length) % 8, 0);
  json_t *header = json_loadb((char *)bytes + 8, length, JSON_REJECT_DUPLICATES, NULL);
  assert_non_null(header);
  assert_int_equal(json_object_size(header), 7);
  const json_t *metadata = json_object_get(header, "__metadata__");
  assert_string_equal(json_string_value(json_object_get(metadata, "algorithm")), "DRAC");

  // each byte of the data belongs to one tensor
  char taken[256] = {0};
  size_t data = 8 + length;
  assert_true(size - data < sizeof taken);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const json_t *t = json_object_get(header, rows[i].name), *shape = json_object_get(t, "shape");
    assert_string_equal(json_string_value(json_object_get(t, "dtype")), rows[i].type);
    assert_int_equal(json_array_size(shape), rows[i].rank);
    for (int k = 0; k < rows[i].rank; k++)
      assert_int_equal(json_integer_value(json_array_get(shape, (size_t)k)), rows[i].shape[k]);
    const json_t *offsets = json_object_get(t, "data_offsets");
    json_int_t first = json_integer_value(json_array_get(offsets, 0)),
               last = json_integer_value(json_array_get(offsets, 1));
    for (json_int_t k = first; k < last; k++) assert_int_equal(taken[k]++, 0);
    if (i < (size_t)COUNT && last > first)
      assert_memory_equal(bytes + data + first, tensors[i].data, (size_t)(last - first));
  }
  for (size_t k = 0; k < size - data; k++) assert_int_equal(taken[k], 1);
  json_decref(header);

  // the hash in one call over what is in front of it, low byte first
  XXH64_hash_t hash = XXH3_64bits(bytes, size - 8);
  for (int i = 0; i < 8; i++) assert_int_equal(bytes[size - 8 + (size_t)i], (hash >> (8 * i)) & 0xff);
}

static void test_save_refuses(void **state) {
  (void)state;
  static const struct {
    duro_tensor tensor;
    const char *says;
  } bad[] = {{{"__xxh3__", DURO_F32, 1, {1}, w}, "may not be named"},
             {{"__metadata__", DURO_F32, 1, {1}, w}, "may not be named"},
             {{"b", DURO_F32, 1, {1}, w}, "two tensors are named \"b\""},
             {{"y", DURO_F32, 0, {1}, w}, "no valid shape"},
             {{"y", DURO_F32, 5, {1}, w}, "no valid shape"},
             {{"y", DURO_F32, 2, {1, -1}, w}, "no valid shape"},
             {{"y", DURO_F32, 2, {1LL << 40, 1LL << 40}, w}, "no valid shape"},
             {{"y", DURO_U8, 1, {INT64_MAX}, w}, "too large"},
             {{"y", (duro_dtype)9, 1, {1}, w}, "no valid shape or type"},
             {{"\xff", DURO_F32, 1, {1}, w}, "UTF-8"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const duro_tensor two[] = {tensors[0], bad[i].tensor};
    assert_int_equal(duro_tensors_save(in_scratch("t"), two, 2, NULL, 0), DURO_ERROR_ARGUMENT);
    assert_says(bad[i].says);
  }
  const duro_note note = {"k", "\xff"};
  assert_int_equal(duro_tensors_save(in_scratch("t"), NULL, 0, &note, 1), DURO_ERROR_ARGUMENT);
  assert_int_equal(scratch_count(), 0);
  assert_int_equal(save(in_scratch("no/t")), DURO_ERROR_FILE);
}

/* one bit changed anywhere, or any part missing or added, is noticed */
static void test_damage_is_noticed(void **state) {
  (void)state;
  static char bytes[8192];
  duro_tensor_file *f;
  assert_int_equal(save(in_scratch("t")), DURO_OK);
  size_t size = get_file(bytes, sizeof bytes, in_scratch("t"));
  for (size_t i = 0; i < size; i++)
    for (int bit = 0; bit < 8; bit++) {
      bytes[i] = (char)(bytes[i] ^ 1 << bit);
      put_file(in_scratch("d"), bytes, size);
      assert_int_equal(duro_tensors_open(&f, in_scratch("d")), DURO_ERROR_FORMAT);
      assert_null(f);
      assert_says("/d: ");
      bytes[i] = (char)(bytes[i] ^ 1 << bit);
    }
  for (size_t cut = 0; cut < size; cut++) {
    put_file(in_scratch("d"), bytes, cut);
    assert_int_equal(duro_tensors_open(&f, in_scratch("d")), DURO_ERROR_FORMAT);
    assert_says("/d: ");
  }
  for (size_t more = 1; more < 20; more++) {
    put_file(in_scratch("d"), bytes, size + more);
    assert_int_equal(duro_tensors_open(&f, in_scratch("d")), DURO_ERROR_FORMAT);
  }
  put_file(in_scratch("d"), bytes, size);
  assert_int_equal(duro_tensors_open(&f, in_scratch("d")), DURO_OK);
  duro_tensors_close(f);
}

/* a file made of any header and data; its checksum is right, so only the header is judged */
static duro_status open_made(const char *header, size_t data_size) {
  static char bytes[262144];
  duro_tensor_file *f;
  uint64_t length = (strlen(header) + 7) / 8 * 8;
  assert_true(length + data_size + 16 < sizeof bytes);
  memset(bytes, ' ', 8 + length);
  memcpy(bytes, &length, 8);
  memcpy(bytes + 8, header, strlen(header));
  memset(bytes + 8 + length, 1, data_size);
  size_t size = 8 + length + data_size;
  XXH64_hash_t hash = size >= 8 ? XXH3_64bits(bytes, size - 8) : 0;
  memcpy(bytes + size - 8, &hash, 8);
  put_file(in_scratch("m"), bytes, size);
  duro_status status = duro_tensors_open(&f, in_scratch("m"));
  duro_tensors_close(f);
  return status;
}

#define SUM(first, last) "\"__xxh3__\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[" #first "," #last "]}"
#define A(type, shape, offsets) "{\"a\":{\"dtype\":" type ",\"shape\":" shape ",\"data_offsets\":" offsets "},"

static void test_headers(void **state) {
  (void)state;
  assert_int_equal(open_made(A("\"F32\"", "[2]", "[0,8]") SUM(8, 16) "}", 16), DURO_OK);
  assert_int_equal(open_made("{" SUM(8, 16) ",\"a\":{\"shape\":[8],\"dtype\":\"U8\",\"data_offsets\":[0,8]}}", 16),
                   DURO_OK);
  static const struct {
    const char *header;
    size_t data;
    const char *says;
  } bad[] = {
      {"", 16, "header is broken"},
      {"x", 16, "header is broken"},
      {"[]", 16, "header is no object"},
      {"{}", 16, "no checksum"},
      {"{} {}", 16, "header is broken"},
      {A("\"F32\"", "[4]", "[0,16]") "\"b\":{}}", 16, "needs dtype"},
      {"{\"a\":5," SUM(0, 8) "}", 8, "needs dtype"},
      {A("\"F32\"", "[4]", "[0,16]") "\"__xxh3__\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[16,24]}}", 24,
       "is no checksum"},
      {A("\"F16\"", "[2]", "[0,4]") SUM(4, 12) "}", 12, "unknown dtype"},
      {A("5", "[2]", "[0,4]") SUM(4, 12) "}", 12, "unknown dtype"},
      {A("\"F32\"", "[]", "[0,4]") SUM(4, 12) "}", 12, "no valid shape"},
      {A("\"F32\"", "[1,1,1,1,1]", "[0,4]") SUM(4, 12) "}", 12, "no valid shape"},
      {A("\"F32\"", "[-1]", "[0,4]") SUM(4, 12) "}", 12, "no valid shape"},
      {A("\"F32\"", "[1.0]", "[0,4]") SUM(4, 12) "}", 12, "no valid shape"},
      {A("\"F32\"", "\"x\"", "[0,4]") SUM(4, 12) "}", 12, "no valid shape"},
      {A("\"F32\"", "[4294967296,4294967296]", "[0,0]") SUM(0, 8) "}", 8, "no valid shape"},
      {A("\"F32\"", "[9223372036854775807,4]", "[0,0]") SUM(0, 8) "}", 8, "no valid shape"},
      {A("\"F32\"", "[99999999999999999999]", "[0,4]") SUM(4, 12) "}", 12, "header is broken"},
      {A("\"F32\"", "[1]", "[0,4,8]") SUM(4, 12) "}", 12, "lies outside"},
      {A("\"F32\"", "[1]", "[4,0]") SUM(4, 12) "}", 12, "lies outside"},
      {A("\"F32\"", "[1]", "[0.5,4]") SUM(4, 12) "}", 12, "lies outside"},
      {A("\"F32\"", "[1]", "[0,\"4\"]") SUM(4, 12) "}", 12, "lies outside"},
      {A("\"F32\"", "[\"1\"]", "[0,4]") SUM(4, 12) "}", 12, "no valid shape"},
      {"{\"__xxh3__\":{\"dtype\":\"U8\",\"shape\":[8,1],\"data_offsets\":[0,8]}}", 8, "is no checksum"},
      {"{\"__xxh3__\":{\"dtype\":\"U8\",\"shape\":[9],\"data_offsets\":[0,9]}}", 9, "is no checksum"},
      {"{\"__metadata__\":{\"format\":\"one\"}," SUM(0, 8) "}", 8, "format that is no number"},
      {A("\"F32\"", "[1]", "[-4,0]") SUM(0, 8) "}", 12, "lies outside"},
      {A("\"F32\"", "[1]", "{}") SUM(4, 12) "}", 12, "lies outside"},
      {A("\"F32\"", "[1]", "[9223372036854775800,9223372036854775804]") SUM(4, 12) "}", 12, "lies outside"},
      {A("\"F32\"", "[2]", "[0,4]") SUM(4, 12) "}", 12, "differs from its bytes"},
      {A("\"F32\"", "[1]", "[0,4]") SUM(4, 12) "}", 16, "bytes after the last"},
      {A("\"F32\"", "[1]", "[0,4]") SUM(8, 16) "}", 16, "overlap or leave holes"},
      {A("\"F32\"", "[2]", "[0,8]") SUM(4, 12) "}", 12, "overlap or leave holes"},
      {A("\"F32\"", "[1]", "[8,12]") SUM(0, 8) "}", 12, "is not the last"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
       "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}," SUM(6, 14) "}",
       14, "is not aligned"},
      {"{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},"
       "\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}," SUM(8, 16) "}",
       16, "header is broken"},
      {"{\"__metadata__\":[]," SUM(0, 8) "}", 8, "is no object"},
      {"{\"__metadata__\":{\"k\":1}," SUM(0, 8) "}", 8, "else than texts"},
      {"{\"a\\u0000\":1," SUM(0, 8) "}", 8, "header is broken"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(open_made(bad[i].header, bad[i].data), DURO_ERROR_FORMAT);
    assert_says(bad[i].says);
  }
}

/* a header that nests without end, and lengths that no file has */
static void test_hostile_headers(void **state) {
  (void)state;
  static char deep[200001];
  memset(deep, '[', sizeof deep - 1);
  assert_int_equal(open_made(deep, 16), DURO_ERROR_FORMAT);
  static const uint64_t lengths[] = {9, 100, 1ULL << 31, 1ULL << 32, 1ULL << 63, UINT64_MAX, UINT64_MAX - 7};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    char bytes[16] = {0};
    duro_tensor_file *f;
    memcpy(bytes, &lengths[i], 8);
    put_file(in_scratch("m"), bytes, sizeof bytes);
    assert_int_equal(duro_tensors_open(&f, in_scratch("m")), DURO_ERROR_FORMAT);
    assert_says("longer than the file");
  }
  duro_tensor_file *f;
  assert_int_equal(duro_tensors_open(&f, in_scratch("none")), DURO_ERROR_FILE);
  assert_int_equal(duro_tensors_open(&f, scratch), DURO_ERROR_FILE);
}

/* the disk ends in the middle of a large save */
static void test_disk_ends(void **state) {
  (void)state;
  static float large[1 << 20];
  const duro_tensor t = {"large", DURO_F32, 1, {1 << 20}, large};
  struct rlimit before, small;
  duro_tensor_file *f;
  assert_int_equal(save(in_scratch("t")), DURO_OK);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 1000000;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  duro_status status = duro_tensors_save(in_scratch("t"), &t, 1, NULL, 0);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  assert_int_equal(status, DURO_ERROR_FILE);
  assert_int_equal(duro_tensors_open(&f, in_scratch("t")), DURO_OK);
  assert_same(duro_tensors_find(f, "x"), &tensors[3]);
  duro_tensors_close(f);
  assert_int_equal(scratch_count(), 1);
}

/* saves files whose elements all say which save it was, until it is killed */
static void save_for_ever(const char *path) {
  static double values[100000];
  const duro_tensor t = {"values", DURO_F64, 1, {100000}, values};
  for (double k = 1;; k++) {
    for (int i = 0; i < 100000; i++) values[i] = k;
    if (duro_tensors_save(path, &t, 1, NULL, 0)) _exit(1);
  }
}

static void test_kill(void **state) {
  (void)state;
  char path[512];
  strcpy(path, in_scratch("k"));
  duro_stream s = duro_stream_at(1, 1, 1);
  for (int round = 0; round < 25; round++) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) save_for_ever(path);
    while (access(path, F_OK)) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    nanosleep(&(struct timespec){.tv_nsec = 1000L * duro_stream_below(&s, 30000)}, NULL);
    int end;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFSIGNALED(end) && WTERMSIG(end) == SIGKILL);

    // whole, of one save
    duro_tensor_file *f;
    if (duro_tensors_open(&f, path)) fail_msg("%s", duro_error());
    const duro_tensor *t = duro_tensors_find(f, "values");
    assert_non_null(t);
    const double *values = t->data;
    for (int i = 0; i < 100000; i++) assert_true(values[i] == values[0] && values[0] >= 1);
    duro_tensors_close(f);
    assert_in_range(scratch_count(), 1, 2); // what was killed on its way does not pile up
  }
}

static duro_status save_and_open(void) {
  duro_tensor_file *f = NULL;
  duro_status status = save(in_scratch("s"));
  if (!status) status = duro_tensors_open(&f, in_scratch("s"));
  duro_tensors_close(f);
  return status;
}

static void test_short_memory(void **state) {
  (void)state;
  assert_survives_short_memory(save_and_open);
}

/* memory that the maker of the header takes for itself, of which so many blocks are left */
static int json_left, json_live;

static void *json_take(size_t bytes) {
  if (json_left == 0) return NULL;
  json_left--, json_live++;
  return malloc(bytes);
}

static void json_give(void *block) {
  json_live -= block != NULL;
  free(block);
}

/* the header fails at its first, second, .. block: an error of memory, nothing left, the file as it was */
static void test_short_memory_of_headers(void **state) {
  (void)state;
  duro_tensor_file *f;
  assert_int_equal(save(in_scratch("t")), DURO_OK);
  duro_status status = DURO_ERROR_MEMORY;
  for (int n = 0; status; n++) {
    json_set_alloc_funcs(json_take, json_give);
    json_left = n, json_live = 0;
    status = save(in_scratch("t"));
    json_set_alloc_funcs(malloc, free);
    assert_int_equal(json_live, 0);
    assert_true(status == DURO_OK || status == DURO_ERROR_MEMORY);
    if (status) assert_says("memory");
    assert_int_equal(scratch_count(), 1);
    assert_int_equal(duro_tensors_open(&f, in_scratch("t")), DURO_OK);
    duro_tensors_close(f);
    assert_true(n < 1000);
  }
}

/* notes of a file are changed and added to, and all else stays */
static void test_changed_notes(void **state) {
  (void)state;
  const char *text, *key;
  const duro_note changes[] = {{"algorithm", "SAC"}, {"new", "1"}};
  assert_int_equal(save(in_scratch("t")), DURO_OK);
  assert_int_equal(duro_tensors_change_notes(in_scratch("t"), changes, 2), DURO_OK);
  duro_tensor_file *f;
  assert_int_equal(duro_tensors_open(&f, in_scratch("t")), DURO_OK);
  for (int i = 0; i < COUNT; i++) assert_same(duro_tensors_at(f, i), &tensors[i]);
  assert_string_equal(duro_tensors_note(f, "algorithm"), "SAC");
  assert_string_equal(duro_tensors_note(f, "new"), "1");
  assert_string_equal(duro_tensors_note(f, "text"), notes[1].text);
  int all = 0;
  for (; (key = duro_tensors_note_at(f, all, &text)); all++) assert_string_equal(duro_tensors_note(f, key), text);
  assert_int_equal(all, 4); // and the format
  duro_tensors_close(f);
  assert_int_equal(duro_tensors_change_notes(in_scratch("none"), changes, 2), DURO_ERROR_FILE);
  // a file without notes
  assert_int_equal(open_made("{" SUM(0, 8) "}", 8), DURO_OK);
  assert_int_equal(duro_tensors_open(&f, in_scratch("m")), DURO_OK);
  assert_null(duro_tensors_note_at(f, 0, &text));
  duro_tensors_close(f);
  assert_int_equal(duro_tensors_change_notes(in_scratch("m"), changes, 1), DURO_OK);
  assert_int_equal(duro_tensors_open(&f, in_scratch("m")), DURO_OK);
  assert_string_equal(duro_tensors_note(f, "algorithm"), "SAC");
  duro_tensors_close(f);
}

#define TEST(f) cmocka_unit_test_teardown(f, scratch_clear)

/* Every file says its format; one without it is older, a later one is refused in one line. */
static void test_version(void **state) {
  (void)state;
  float values[2] = {1, 2};
  const duro_tensor tensor = {"values", DURO_F32, 1, {2}, values};
  duro_tensor_file *file;
  for (int notes = 0; notes < 2; notes++) {
    const duro_note note = {"of", "a test"};
    assert_int_equal(duro_tensors_save(in_scratch("format"), &tensor, 1, &note, notes), DURO_OK);
    assert_int_equal(duro_tensors_open(&file, in_scratch("format")), DURO_OK);
    assert_string_equal(duro_tensors_note(file, "format"), "1");
    duro_tensors_close(file);
  }
  static const struct {
    const char *format, *said;
  } other[] = {{"2", ": of a later version of duro: its format is 2, and this version reads formats up to 1"},
               {"x", "says a format that is no number"},
               {"0", NULL}};
  for (int i = 0; i < 3; i++) {
    const duro_note note = {"format", other[i].format};
    assert_int_equal(duro_tensors_save(in_scratch("format"), &tensor, 1, &note, 1), DURO_OK);
    assert_int_equal(duro_tensors_open(&file, in_scratch("format")), other[i].said ? DURO_ERROR_FORMAT : DURO_OK);
    if (other[i].said && !strstr(duro_error(), other[i].said)) fail_msg("%s", duro_error());
    if (other[i].said) assert_null(file);
    duro_tensors_close(file);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_version),
      TEST(test_bytes),
      TEST(test_round_trip),
      TEST(test_empty),
      TEST(test_format),
      TEST(test_save_refuses),
      TEST(test_damage_is_noticed),
      TEST(test_headers),
      TEST(test_hostile_headers),
      TEST(test_disk_ends),
      TEST(test_kill),
      TEST(test_short_memory),
      TEST(test_short_memory_of_headers),
      TEST(test_changed_notes),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
