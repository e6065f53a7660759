/* How a driver says what came out: on a computer, or on a bare Cortex-M by semihosting (examples/export/board.c). */
#ifndef DRIVE_OUT_H
#define DRIVE_OUT_H

#include <stdint.h>

#ifdef BOARD
void board_print(const char *text);
#define print board_print
#else
#include <stdio.h>
static void print(const char *text) {
  fputs(text, stdout);
}
#endif

/* two lines, and the status of main */
static int drive_tell(int wrong, uint32_t hash) {
  char text[10];
  int i;
  for (i = 0; i < 8; i++) text[i] = "0123456789abcdef"[hash >> (28 - 4 * i) & 15u];
  text[8] = '\n';
  text[9] = '\0';
  print(wrong ? "self-test fails\n" : "self-test passes\n");
  print(text);
  return wrong != 0;
}

#endif
