/* Growing text and the reader of tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "duro/io.h"
#include "io/file.h"
#include "io/path.h"
#include "io/scratch.h"
#include "io/table.h"
#include <math.h>
#include <sys/stat.h>

static void assert_says(const char *part) {
  if (!strstr(duro_error(), part)) fail_msg("\"%s\" lacks \"%s\"", duro_error(), part);
}

static duro_status parse(sheet *s, const char *text) {
  return sheet_parse(s, text, strlen(text), "t.csv");
}

/* the fields of RFC 4180, and line ends of all systems */
static void test_fields(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int rows, columns;
    const char *cells[8];
  } cases[] = {
      {"a", 0, 1, {"a"}},
      {"a\n", 0, 1, {"a"}},
      {"a,b\n1,2\n", 1, 2, {"a", "b", "1", "2"}},
      {"a,b\r1,2\r", 1, 2, {"a", "b", "1", "2"}},
      {"a,b\r\n1,2\r\n", 1, 2, {"a", "b", "1", "2"}},
      {"a,b\r\n1,2", 1, 2, {"a", "b", "1", "2"}},
      {"a,b\n1,", 1, 2, {"a", "b", "1", ""}},
      {"a,b\n,\n", 1, 2, {"a", "b", "", ""}},
      {"a\n\r", 1, 1, {"a", ""}},
      {"a\n\n\nb", 3, 1, {"a", "", "", "b"}},
      {"\xef\xbb\xbf\"a\",b\n", 0, 2, {"a", "b"}},
      {"a,\"b\"\n\"x,\"\"y\"\"\r\nz\",\"\"\n", 1, 2, {"a", "b", "x,\"y\"\r\nz", ""}},
      {"a\n5\" pipe\n", 1, 1, {"a", "5\" pipe"}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    sheet s;
    assert_int_equal(parse(&s, cases[i].text), DURO_OK);
    assert_int_equal(s.rows, cases[i].rows);
    assert_int_equal(s.columns, cases[i].columns);
    for (int k = 0; k < (s.rows + 1) * s.columns; k++) assert_string_equal(s.cells[k], cases[i].cells[k]);
    sheet_release(&s);
    sheet_release(&s);
  }
}

static void test_broken(void **state) {
  (void)state;
  static const char *const bad[][2] = {
      {"", "t.csv: is empty"},
      {"\xef\xbb\xbf", "t.csv: is empty"},
      {"\n", "t.csv:1: column 1 has no name"},
      {"a,\n", "t.csv:1: column 2 has no name"},
      {"a,b\n1\n", "t.csv:2: 1 fields; wanted 2"},
      {"a,b\n1,2,\n", "t.csv:2: 3 fields; wanted 2"},
      {"a\n\"1\n\n\"\n1,2\n", "t.csv:5: 2 fields; wanted 1"},
      {"step\r1\r2,3\r", "t.csv:3: 2 fields; wanted 1"},
      {"a\n\"1", "t.csv:2: a quote does not end"},
      {"a\n\"1\"2\n", "t.csv:2: a quote does not end"},
  };
  sheet s;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(parse(&s, bad[i][0]), DURO_ERROR_FORMAT);
    assert_says(bad[i][1]);
    assert_null(s.bytes);
    assert_null(s.cells);
    assert_int_equal(s.rows, 0);
  }
  assert_int_equal(sheet_parse(&s, "a\n1\0\n", 5, "t.csv"), DURO_ERROR_FORMAT);
  assert_says("NUL");
}

/* fields that end at carriage returns were cut and not counted */
static void test_carriage_returns(void **state) {
  (void)state;
  enum { ROWS = 20000 };
  static char text[2 * ROWS + 8];
  sheet s;
  strcpy(text, "step\r");
  for (int i = 0; i < ROWS; i++) strcpy(text + 5 + 2 * i, "7\r");
  assert_int_equal(parse(&s, text), DURO_OK);
  assert_int_equal(s.rows, ROWS);
  assert_true(sheet_number(&s, ROWS - 1, "step") == 7);
  sheet_release(&s);
}

static void test_cells(void **state) {
  (void)state;
  sheet s;
  assert_int_equal(parse(&s, "name,x\nfine,-2.5e-1\nrest,1,5\n"), DURO_ERROR_FORMAT);
  assert_int_equal(parse(&s, "name,x\nfine,-2.5e-1\nnone,\nhex,0x10\nlarge,inf\nblank, 1\n"), DURO_OK);
  assert_string_equal(sheet_cell(&s, 0, "name"), "fine");
  assert_string_equal(sheet_cell(&s, 0, "y"), "");
  assert_true(sheet_number(&s, 0, "x") == -.25);
  assert_true(sheet_number(&s, 3, "x") == INFINITY);
  for (int row = 1; row < 5; row++) assert_true(row == 3 || isnan(sheet_number(&s, row, "x")));
  assert_true(isnan(sheet_number(&s, 0, "y")));
  sheet_release(&s);
}

/* none, unreadable and broken are three things */
static void test_there(void **state) {
  (void)state;
  sheet s;
  bool there = true;
  assert_int_equal(sheet_read(&s, in_scratch("no.csv")), DURO_ERROR_FILE);
  assert_says("No such file");
  assert_int_equal(sheet_read_if_there(&s, &there, in_scratch("no.csv")), DURO_OK);
  assert_false(there);
  assert_int_equal(s.rows, 0);
  assert_int_equal(sheet_read_if_there(&s, &there, in_scratch("no/such.csv")), DURO_OK);
  assert_false(there);
  assert_int_equal(sheet_read_if_there(&s, &there, scratch), DURO_ERROR_FILE); // a folder
  assert_true(there);
  assert_int_equal(sheet_read_if_there(&s, &there, "/proc/self/mem"), DURO_ERROR_FILE); // EIO
  put_file(in_scratch("b.csv"), "a\n1,2\n", 6);
  assert_int_equal(sheet_read_if_there(&s, &there, in_scratch("b.csv")), DURO_ERROR_FORMAT);
  put_file(in_scratch("f.csv"), "a\n1\n", 4);
  assert_int_equal(sheet_read_if_there(&s, &there, in_scratch("f.csv")), DURO_OK);
  assert_true(there && s.rows == 1);
  sheet_release(&s);
}

static bool same_key(const sheet *old, int row, void *context) {
  return !strcmp(sheet_cell(old, row, "key"), context);
}

static const char *const columns[] = {"key", "note"};

static duro_status put(const char *key, const char *note, const char *path) {
  char own[32];
  text rows = {0};
  (void)snprintf(own, sizeof own, "%s", key);
  text_add_field(&rows, key);
  text_add(&rows, ",");
  text_add_field(&rows, note);
  text_add(&rows, "\n");
  duro_status status = table_put(path, columns, 2, same_key, own, &rows);
  text_release(&rows);
  return status;
}

static void test_put(void **state) {
  (void)state;
  const char *path = in_scratch("p.csv");
  assert_int_equal(put("a", "1", path), DURO_OK);
  assert_int_equal(put("b", "x, \"y\"\nz", path), DURO_OK);
  assert_int_equal(put("c", "", path), DURO_OK);
  assert_int_equal(put("a", "2", path), DURO_OK);
  assert_file_is(path, "key,note\nb,\"x, \"\"y\"\"\nz\"\nc,\na,2\n");
}

/* rows that are there never go because they could not be read */
static void test_put_keeps(void **state) {
  (void)state;
  static const char *const damaged[] = {"key,note\na,1\nb\n", "key,note\na,\"1\n", "key,notes\na,1\n",
                                        "note,key\n1,a\n",    "key\na\n",          ""};
  const char *path = in_scratch("p.csv");
  for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
    put_file(path, damaged[i], strlen(damaged[i]));
    assert_int_equal(put("c", "3", path), DURO_ERROR_FORMAT);
    assert_says("p.csv");
    assert_file_is(path, damaged[i]);
  }
  assert_int_equal(unlink(path), 0);
  assert_int_equal(mkdir(path, 0777), 0);
  assert_int_equal(put("c", "3", path), DURO_ERROR_FILE);
  assert_int_equal(rmdir(path), 0);
}

static void test_text(void **state) {
  (void)state;
  text t = {0}, other = {0};
  assert_int_equal(text_save(&t, in_scratch("t")), DURO_OK);
  assert_file_is(in_scratch("t"), "");
  for (int i = 0; i < 1000; i++) text_add(&t, "%d,", i);
  assert_int_equal(t.length, 10 * 2 + 90 * 3 + 900 * 4);
  assert_int_equal(strlen(t.bytes), t.length);
  text_release(&t);
  text_add(&t, "%s", "");
  assert_string_equal(t.bytes, "");
  text_add_number(&other, .1);
  text_add_number(&other, NAN);
  text_add_text(&t, &other);
  text_add_field(&t, "a\rb");
  text_add_field(&t, "\xef\xbb\xbf"); // a table whose first name it is would lose it
  assert_string_equal(t.bytes, "0.1\"a\rb\"\"\xef\xbb\xbf\"");
  assert_int_equal(text_status(&t), DURO_OK);
  text_release(&t);
  text_release(&other);
}

static duro_status write_text(void) {
  text t = {0}, other = {0};
  for (int i = 0; i < 40; i++) text_add(&other, "%d ", i), text_add_field(&other, "a,b");
  text_add_text(&t, &other);
  assert_true(t.bytes[t.length] == 0);
  duro_status status = text_status(&t), saved = text_save(&t, in_scratch("short"));
  assert_int_equal(status, saved);
  text_release(&t);
  text_release(&other);
  return saved;
}

static duro_status put_row(void) {
  return put("b", "2", in_scratch("m.csv"));
}

/* what memory does not hold is never written, and what was there stays */
static void test_short_memory(void **state) {
  (void)state;
  assert_survives_short_memory(write_text);
  put_file(in_scratch("m.csv"), "key,note\na,1\n", 13);
  short_memory m = {.left = 2};
  duro_set_allocator(short_allocate, short_release, &m);
  duro_status status = put_row();
  duro_set_allocator(NULL, NULL, NULL);
  assert_int_equal(status, DURO_ERROR_MEMORY);
  assert_file_is(in_scratch("m.csv"), "key,note\na,1\n");
  assert_survives_short_memory(put_row);
  assert_file_is(in_scratch("m.csv"), "key,note\na,1\nb,2\n");
}

static void test_paths(void **state) {
  (void)state;
  static const char *const cases[][3] = {
      {"a/b", "b", "a"}, {"a/b//", "b", "a"}, {"a", "a", "."},
      {"/", "", "/"},    {"/a", "a", "/"},    {"../x/y/", "y", "../x"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char name[16], folder[16];
    path_name(name, sizeof name, cases[i][0]);
    path_folder(folder, sizeof folder, cases[i][0]);
    assert_string_equal(name, cases[i][1]);
    assert_string_equal(folder, cases[i][2]);
  }
}

#define TEST(f) cmocka_unit_test_teardown(f, scratch_clear)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_fields),       TEST(test_broken), TEST(test_carriage_returns), TEST(test_cells),
      TEST(test_there),        TEST(test_put),    TEST(test_put_keeps),        TEST(test_text),
      TEST(test_short_memory), TEST(test_paths),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
