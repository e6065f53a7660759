/* Settings as tables. */
#include "show/settings_table.h"

#include <stdio.h>

#include "cli/cli.h"

static void describe_range(char *out, size_t size, const duro_setting *row) {
  if (row->kind == DURO_INT || row->kind == DURO_REAL)
    snprintf(out, size, "%.9g to %.9g", row->low, row->high);
  else if (row->kind == DURO_BOOL)
    snprintf(out, size, "true or false");
  else if (row->kind == DURO_FILE)
    snprintf(out, size, "a file");
  else
    snprintf(out, size, "%s", row->choices ? row->choices : "text");
}

static void print_row(const char *prefix, const duro_setting *row, const void *values) {
  char value[DURO_TEXT_SIZE + 16], range[256], line[1024];
  duro_settings_text(value, sizeof value, row, values);
  describe_range(range, sizeof range, row);
  cli_print("%s.%s = %s%s%s\n      ", prefix, row->name, value[0] ? value : "\"\"", row->unit[0] ? " " : "", row->unit);
  snprintf(line, sizeof line, "%s (%s)", row->help, range);
  cli_wrap(line, 6, 6);
}

/* A cell of a Markdown table: bars would end it. */
static void print_cell(const char *cell) {
  for (; *cell; cell++) printf("%s%c", *cell == '|' ? "\\" : "", *cell);
  printf(" | ");
}

static void print_markdown_row(const char *prefix, const duro_setting *row, const void *values) {
  char value[DURO_TEXT_SIZE + 16], range[256];
  duro_settings_text(value, sizeof value, row, values);
  describe_range(range, sizeof range, row);
  printf("| `%s.%s` | ", prefix, row->name);
  print_cell(value);
  print_cell(row->unit);
  print_cell(range);
  printf("%s |\n", row->help);
}

void settings_table(const duro_settings_group *groups, int count, const char *title, bool markdown) {
  if (markdown)
    printf("## %s\n\n| setting | default | unit | range | meaning |\n|---|---|---|---|---|\n", title);
  else
    cli_wrap(title, 0, 0);
  if (!markdown) printf("\n");
  for (const duro_settings_group *group = groups; group < groups + count; group++)
    for (int i = 0; i < group->count; i++)
      (markdown ? print_markdown_row : print_row)(group->prefix, &group->rows[i], group->values);
  printf("\n");
}
