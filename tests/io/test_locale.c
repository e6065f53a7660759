/* A program with a comma locale reads and writes the bytes that one without reads and writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above
#include <cmocka.h>

#include "base/error.h"
#include "duro/io.h"
#include "duro/settings.h"
#include "io/number.h"
#include "io/scratch.h"
#include "io/table.h"
#include <jansson.h>
#include <locale.h>
#include <math.h>

typedef struct values {
  double real;
  int64_t whole;
} values;

static const duro_setting rows[] = {{.name = "real",
                                     .unit = "",
                                     .help = "h",
                                     .kind = DURO_REAL,
                                     .offset = offsetof(values, real),
                                     .low = -1e9,
                                     .high = 1e9},
                                    {.name = "whole",
                                     .unit = "",
                                     .help = "h",
                                     .kind = DURO_INT,
                                     .offset = offsetof(values, whole),
                                     .low = 0,
                                     .high = 1e9}};

/* every kind of text with numbers that the room writes, one behind the other */
static void write_all(text *all) {
  static const char *const columns[] = {"a", "b"};
  char number[DURO_NUMBER_SIZE], *bytes;
  const char *const files[] = {"c.csv", "s.yaml", "t.safetensors"};
  values v = {-1234567.25, 1000000};
  const duro_settings_group group = {"test", rows, 2, &v};
  double data[] = {.5};
  const duro_tensor tensor = {.name = "x", .type = DURO_F64, .rank = 1, .shape = {1}, .data = data};
  const duro_note note = {"half", ".5"};
  duro_csv *csv;
  size_t size;
  duro_number_text(number, 1e-300 / 3);
  text_add(all, "%s %.3f %g %a %.17g\n", number, 1e6 / 7, -.5, .1, 1e-5);
  text_add_number(all, 2.5);
  assert_int_equal(duro_fail(DURO_ERROR_FORMAT, "%.2f", .5), DURO_ERROR_FORMAT);
  text_add(all, "%s", duro_error());
  assert_int_equal(duro_csv_create(&csv, in_scratch(files[0]), columns, 2), DURO_OK);
  assert_int_equal(duro_csv_row(csv, (double[]){1.5, 1e9 / 7}), DURO_OK);
  duro_csv_close(csv);
  assert_int_equal(duro_settings_save(&group, 1, in_scratch(files[1])), DURO_OK);
  assert_int_equal(duro_tensors_save(in_scratch(files[2]), &tensor, 1, &note, 1), DURO_OK);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    assert_int_equal(duro_file_read(&bytes, &size, in_scratch(files[i])), DURO_OK);
    text_add_bytes(all, bytes, size);
    duro_file_release(bytes);
  }
  json_t *real = json_pack("[f]", 1.25); // as the finite games and the numbers of a solution are written
  char *dumped = json_dumps(real, JSON_REAL_PRECISION(17));
  text_add(all, "%s", dumped);
  free(dumped);
  json_decref(real);
}

static void read_all(void) {
  values v = {0};
  const duro_settings_group group = {"test", rows, 2, &v};
  duro_table table;
  double number = 0;
  json_error_t error;
  assert_int_equal(duro_settings_load(&group, 1, in_scratch("s.yaml")), DURO_OK);
  assert_true(v.real == -1234567.25 && v.whole == 1000000);
  assert_int_equal(duro_settings_assign(&group, 1, "test.real=0.25"), DURO_OK);
  assert_true(v.real == .25);
  assert_int_equal(duro_settings_assign(&group, 1, "test.real=0,25"), DURO_ERROR_ARGUMENT);
  assert_int_equal(duro_table_read(&table, in_scratch("c.csv")), DURO_OK);
  assert_true(table.columns == 2 && table.values[0] == 1.5 && table.values[1] == 1e9 / 7);
  duro_table_release(&table);
  assert_int_equal(duro_number_real(&number, "1.5"), DURO_NUMBER_FINE);
  assert_true(number == 1.5);
  json_t *real = json_loads("[1.25]", 0, &error);
  assert_non_null(real);
  assert_true(json_real_value(json_array_get(real, 0)) == 1.25);
  json_decref(real);
}

/* a German locale in the scratch folder, where the C library can make one */
static bool set_comma(void) {
  char command[512];
  (void)snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s/log 2>&1", scratch, scratch);
  const bool made = system(command) == 0;
  return made && !setenv("LOCPATH", scratch, 1) && setlocale(LC_ALL, "de_DE.UTF-8") &&
         *localeconv()->decimal_point == ',';
}

static void test_comma(void **state) {
  (void)state;
  text before = {0}, after = {0};
  char shown[16];
  write_all(&before);
  if (!set_comma()) {
    text_release(&before);
    print_message("no comma locale: localedef cannot make one (package locales)\n");
    skip();
  }
  (void)snprintf(shown, sizeof shown, "%.1f", .5);
  assert_string_equal(shown, "0,5"); // it is in force
  read_all();
  write_all(&after);
  assert_int_equal(text_status(&before), DURO_OK);
  assert_int_equal(after.length, before.length);
  assert_memory_equal(after.bytes, before.bytes, before.length);
  assert_non_null(setlocale(LC_ALL, "C"));
  read_all();
  text_release(&before);
  text_release(&after);
}

static int remove_all(void **state) {
  (void)state;
  char command[128];
  (void)snprintf(command, sizeof command, "rm -rf %s", scratch);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_comma)};
  return cmocka_run_group_tests(tests, scratch_create, remove_all);
}
