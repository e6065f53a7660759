/* CSV tables, of words and of numbers. */
#include "io/table.h"
#include "fuzz.h"
#include "io/escape.h"

static bool odd(const sheet *old, int row, void *context) {
  (void)old, (void)context;
  return row % 2;
}

/* Rows that are put back are read as they were. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  sheet s;
  duro_table t;
  if (!sheet_parse(&s, (const char *)data, size, "fuzz")) {
    text shown = {0};
    for (int i = 0; i < s.columns; i++) {
      text_add_escaped(&shown, s.cells[i]), text_add_gnuplot(&shown, s.cells[i]), text_add_tex(&shown, s.cells[i]);
      text_add_line(&shown, s.cells[i]);
      for (int row = 0; row < s.rows; row++) (void)sheet_number(&s, row, s.cells[i]);
    }
    text_release(&shown);
    const char *path = fuzz_file(data, size);
    text rows = {0};
    sheet again;
    if (table_put(path, (const char *const *)s.cells, s.columns, odd, NULL, &rows)) abort();
    if (sheet_read(&again, path) || again.columns != s.columns || again.rows != (s.rows + 1) / 2) abort();
    for (int k = 0; k < again.columns; k++)
      for (int row = 0; row < again.rows; row++)
        if (strcmp(again.cells[(row + 1) * s.columns + k], s.cells[(2 * row + 1) * s.columns + k]) != 0) abort();
    sheet_release(&again);
    sheet_release(&s);
  }
  if (!duro_table_read(&t, fuzz_file(data, size))) duro_table_release(&t);
  return 0;
}
