/* CSV files and tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "duro/io.h"
#include "io/scratch.h"
#include <math.h>
#include <signal.h>
#include <sys/resource.h>

static void assert_says(const char *part) {
  if (!strstr(duro_error(), part)) fail_msg("\"%s\" lacks \"%s\"", duro_error(), part);
}

static void test_write(void **state) {
  (void)state;
  static const char *const columns[] = {"step", "return mean", "h_min"};
  duro_csv *csv;
  put_file(in_scratch("a.csv"), "of an earlier run\n", 18);
  assert_int_equal(duro_csv_create(&csv, in_scratch("a.csv"), columns, 3), DURO_OK);
  assert_file_is(in_scratch("a.csv"), "step,return mean,h_min\n");
  assert_int_equal(duro_csv_row(csv, (double[]){64, -1.5, NAN}), DURO_OK);
  // each row is there before the next
  assert_file_is(in_scratch("a.csv"), "step,return mean,h_min\n64,-1.5,\n");
  assert_int_equal(duro_csv_row(csv, (double[]){NAN, .1, INFINITY}), DURO_OK);
  duro_csv_close(csv);
  duro_csv_close(NULL);
  assert_file_is(in_scratch("a.csv"), "step,return mean,h_min\n64,-1.5,\n,0.1,inf\n");
}

static void test_write_refuses(void **state) {
  (void)state;
  static const char *const bad[] = {"a,b", "a\"b", "a\nb", ""};
  duro_csv *csv = NULL;
  for (int i = 0; i < 4; i++) {
    assert_int_equal(duro_csv_create(&csv, in_scratch("a.csv"), &bad[i], 1), DURO_ERROR_ARGUMENT);
    assert_null(csv);
  }
  const char *fine = "a";
  assert_int_equal(duro_csv_create(&csv, in_scratch("a.csv"), &fine, 0), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_csv_create(&csv, in_scratch("no/a.csv"), &fine, 1), DURO_ERROR_FILE);
  assert_int_equal(scratch_count(), 0);
}

/* all bits of random numbers come back */
static void test_round_trip(void **state) {
  (void)state;
  enum { ROWS = 500, COLUMNS = 7 };
  static const char *const columns[COLUMNS] = {"a", "b", "c", "d", "e", "f", "g"};
  static double values[ROWS][COLUMNS];
  duro_stream s = duro_stream_at(1, 2, 3);
  duro_csv *csv;
  duro_table table;
  assert_int_equal(duro_csv_create(&csv, in_scratch("r.csv"), columns, COLUMNS), DURO_OK);
  for (int i = 0; i < ROWS; i++) {
    for (int k = 0; k < COLUMNS; k++) {
      uint64_t bits = (uint64_t)duro_stream_bits(&s) << 32 | duro_stream_bits(&s);
      memcpy(&values[i][k], &bits, sizeof bits);
      if (k == 3) values[i][k] = i;
      if (k == 4 && i % 5 == 0) values[i][k] = i % 2 ? -INFINITY : INFINITY;
    }
    assert_int_equal(duro_csv_row(csv, values[i]), DURO_OK);
  }
  duro_csv_close(csv);
  assert_int_equal(duro_table_read(&table, in_scratch("r.csv")), DURO_OK);
  assert_int_equal(table.rows, ROWS);
  assert_int_equal(table.columns, COLUMNS);
  for (int k = 0; k < COLUMNS; k++) assert_string_equal(table.names[k], columns[k]);
  for (int i = 0; i < ROWS; i++)
    for (int k = 0; k < COLUMNS; k++) {
      double back = table.values[i * COLUMNS + k];
      if (isnan(values[i][k]))
        assert_true(isnan(back));
      else
        assert_memory_equal(&back, &values[i][k], sizeof back);
    }
  duro_table_release(&table);
  duro_table_release(&table);
}

static duro_status read_text(duro_table *table, const char *text) {
  put_file(in_scratch("t.csv"), text, strlen(text));
  return duro_table_read(table, in_scratch("t.csv"));
}

/* as other programs write them: line ends of Windows, byte order mark, no line end at the end */
static void test_read(void **state) {
  (void)state;
  duro_table t;
  assert_int_equal(read_text(&t, "\xef\xbb\xbfx,y\r\n1,2e3\r\n,-.5"), DURO_OK);
  assert_int_equal(t.rows, 2);
  assert_int_equal(t.columns, 2);
  assert_string_equal(t.names[0], "x");
  assert_string_equal(t.names[1], "y");
  assert_true(t.values[0] == 1 && t.values[1] == 2000 && isnan(t.values[2]) && t.values[3] == -.5);
  duro_table_release(&t);

  assert_int_equal(read_text(&t, "\"x, in m\"\r\"1\"\r"), DURO_OK); // quoted all over, line ends of old systems
  assert_true(t.rows == 1 && t.columns == 1 && t.values[0] == 1);
  assert_string_equal(t.names[0], "x, in m");
  duro_table_release(&t);

  assert_int_equal(read_text(&t, "x\n"), DURO_OK);
  assert_int_equal(t.rows, 0);
  duro_table_release(&t);
  assert_int_equal(read_text(&t, "x"), DURO_OK);
  assert_int_equal(t.rows, 0);
  duro_table_release(&t);
  assert_int_equal(read_text(&t, "x\n\n7\n"), DURO_OK); // an empty field is a NaN
  assert_int_equal(t.rows, 2);
  assert_true(isnan(t.values[0]) && t.values[1] == 7);
  duro_table_release(&t);
}

static void test_read_refuses(void **state) {
  (void)state;
  static const char *const bad[][2] = {
      {"", "is empty"},
      {"\n", "t.csv:1: column 1 has no name"},
      {"a,,b\n", "t.csv:1: column 2 has no name"},
      {"a,\"b\n", "t.csv:1: a quote does not end"},
      {"a,b\n1,2\n3\n", "t.csv:3: 1 fields; wanted 2"},
      {"a,b\n1,2,3\n", "t.csv:2: 3 fields; wanted 2"},
      {"a,b\n\n", "t.csv:2: 1 fields; wanted 2"},
      {"a,b\n1,x\n", "t.csv:2: \"x\" in column \"b\" is no number"},
      {"a,b\n1, 2\n", "\" 2\" in column \"b\""},
      {"a,b\n1,0x2\n", "is no number"},
      {"a,b\n1,1e999\n", "is no number"},
      {"a,b\n\"1\"2,2\n", "a quote does not end"},
  };
  duro_table t;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(read_text(&t, bad[i][0]), DURO_ERROR_FORMAT);
    assert_says(bad[i][1]);
    assert_null(t.names);
    assert_null(t.values);
  }
  put_file(in_scratch("t.csv"), "a\n1\0\n", 5);
  assert_int_equal(duro_table_read(&t, in_scratch("t.csv")), DURO_ERROR_FORMAT);
  assert_int_equal(duro_table_read(&t, in_scratch("none.csv")), DURO_ERROR_FILE);
}

/* every prefix of a file, and every byte of it changed to one with a meaning, is read or refused */
static void test_read_damaged(void **state) {
  (void)state;
  static const char text[] = "a,bc\n1,2.5e3\n,-inf\r\n3,4";
  static const char other[] = "\0\n\r,\"9-+.eExin \t#;\x7f\xef\xff";
  char copy[sizeof text];
  duro_table t;
  for (size_t n = 0; n < sizeof text - 1; n++)
    for (size_t k = 0; k < sizeof other; k++) { // the last one cuts instead
      bool cut = k == sizeof other - 1;
      memcpy(copy, text, sizeof text);
      copy[n] = other[k];
      put_file(in_scratch("t.csv"), copy, cut ? n : sizeof text - 1);
      if (duro_table_read(&t, in_scratch("t.csv"))) assert_null(t.names);
      duro_table_release(&t);
    }
}

/* the disk ends within a row: the rows before stay readable, and later ones go on */
static void test_disk_ends(void **state) {
  (void)state;
  static const char *const columns[] = {"a", "b"};
  duro_csv *csv;
  duro_table t;
  struct rlimit before, small;
  assert_int_equal(duro_csv_create(&csv, in_scratch("d.csv"), columns, 2), DURO_OK);
  assert_int_equal(duro_csv_row(csv, (double[]){1, 2}), DURO_OK);
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small = before;
  small.rlim_cur = 10; // "a,b\n1,2\n" are 8
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  duro_status status = duro_csv_row(csv, (double[]){3, 4});
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
  assert_int_equal(status, DURO_ERROR_FILE);
  assert_file_is(in_scratch("d.csv"), "a,b\n1,2\n");
  assert_int_equal(duro_csv_row(csv, (double[]){5, 6}), DURO_OK);
  duro_csv_close(csv);
  assert_int_equal(duro_table_read(&t, in_scratch("d.csv")), DURO_OK);
  assert_int_equal(t.rows, 2);
  duro_table_release(&t);
}

static duro_status write_and_read(void) {
  static const char *const columns[] = {"a", "b"};
  duro_csv *csv;
  duro_table t = {0};
  duro_status status = duro_csv_create(&csv, in_scratch("m.csv"), columns, 2);
  if (!status) status = duro_csv_row(csv, (double[]){1, 2});
  duro_csv_close(csv);
  if (!status) status = duro_table_read(&t, in_scratch("m.csv"));
  duro_table_release(&t);
  return status;
}

static void test_short_memory(void **state) {
  (void)state;
  assert_survives_short_memory(write_and_read);
}

/* what came after the last row to keep is cut off, torn rows too; then the file grows as if nothing had been */
static void test_resume(void **state) {
  (void)state;
  static const char *const columns[] = {"step", "return"}, *const others[] = {"step", "h"};
  static const struct {
    const char *there, *kept;
  } cases[] = {
      {"step,return\n10,1\n20,2\n30,3\n", "step,return\n10,1\n20,2\n"},
      {"step,return\n10,1\n20,2\n", "step,return\n10,1\n20,2\n"},
      {"step,return\n10,1\n20,2", "step,return\n10,1\n"},
      {"step,return\n10,1\n2", "step,return\n10,1\n"},
      {"step,return\n10,1\n,5\n", "step,return\n10,1\n"},
      {"step,return\n", "step,return\n"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    duro_csv *csv;
    char wanted[256];
    const char *path = in_scratch("a.csv");
    put_file(path, cases[i].there, strlen(cases[i].there));
    assert_int_equal(duro_csv_resume(&csv, path, columns, 2, 20), DURO_OK);
    assert_file_is(path, cases[i].kept);
    assert_int_equal(duro_csv_row(csv, (double[]){25, .5}), DURO_OK);
    duro_csv_close(csv);
    snprintf(wanted, sizeof wanted, "%s25,0.5\n", cases[i].kept);
    assert_file_is(path, wanted);
    assert_int_equal(duro_csv_resume(&csv, path, others, 2, 20), DURO_ERROR_FORMAT);
    assert_null(csv);
    assert_says("other columns");
    assert_file_is(path, wanted);
  }
  duro_csv *csv;
  assert_int_equal(duro_csv_resume(&csv, in_scratch("new.csv"), columns, 2, 20), DURO_OK);
  duro_csv_close(csv);
  assert_file_is(in_scratch("new.csv"), "step,return\n");
}

#define TEST(f) cmocka_unit_test_teardown(f, scratch_clear)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_write),     TEST(test_write_refuses), TEST(test_round_trip),
      TEST(test_read),      TEST(test_read_refuses),  TEST(test_read_damaged),
      TEST(test_disk_ends), TEST(test_resume),        TEST(test_short_memory),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
