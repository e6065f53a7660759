/* The firmware of a controller: it reads what the sensors say from a serial line and answers with the control. robot.c
 * and robot.h are those of `duro export RUN --to c --prefix robot`. On a computer (cc) the line is standard input and
 * output, on a board of QEMU (-DBOARD, with examples/export/board.c) it is UART 0. See docs/robot.md.
 *
 * A line holds the bits of each observation, eight hexadecimal digits for a float, divided by blanks; the answer those
 * of each control, and who chose it: 0 the task policy, 1 the safety policy, 2 the fallback of a faulty sensor. */
#include <stdint.h>

#include "robot.h"

#ifdef BOARD
/* CMSDK UART of the MPS2 boards; state: bit 0, no room to send; bit 1, a byte is there */
#define UART ((volatile uint32_t *)0x40004000u)
enum { DATA, STATE, CONTROL, DIVIDER = 4 };

int main(void);

static void start_line(void) {
  UART[DIVIDER] = 16;
  UART[CONTROL] = 3; /* send and receive */
}

static int get_byte(void) {
  while (!(UART[STATE] & 2u)) {
  }
  return (int)(UART[DATA] & 0xffu);
}

static void put_byte(char byte) {
  while (UART[STATE] & 1u) {
  }
  UART[DATA] = (uint32_t)(unsigned char)byte;
}

static void end_line(void) {
  put_byte('\n');
}
#else
#include <stdio.h>

static void start_line(void) {}

static int get_byte(void) {
  return getchar();
}

static void put_byte(char byte) {
  putchar(byte);
}

static void end_line(void) {
  put_byte('\n');
  fflush(stdout);
}
#endif

static void put_text(const char *text) {
  for (; *text; text++) put_byte(*text);
}

static void put_number(uint32_t bits) {
  int shift;
  for (shift = 28; shift >= 0; shift -= 4) put_byte("0123456789abcdef"[bits >> shift & 15u]);
  put_byte(' ');
}

static int digit(int byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

union number {
  uint32_t bits;
  float value;
};

/* Reads a line; how many numbers it held, -1 at the end of all. */
static int read_line(float *numbers, int most) {
  int count = 0, digits = 0;
  union number n = {0};
  for (;;) {
    const int byte = get_byte();
    if (byte < 0) return -1;
    if (digit(byte) >= 0) {
      n.bits = n.bits << 4 | (uint32_t)digit(byte);
      digits++;
    } else if (digits) {
      if (count < most) numbers[count] = n.value;
      count++;
      digits = 0;
      n.bits = 0;
    }
    if (byte == '\n') return count;
  }
}

static void answer(const float *obs) {
  float u[ROBOT_CONTROLS];
  const int what = robot_act(obs, u);
  int i;
  for (i = 0; i < ROBOT_CONTROLS; i++) {
    union number n;
    n.value = u[i];
    put_number(n.bits);
  }
  put_byte((char)('0' + what));
  end_line();
}

int main(void) {
  float obs[ROBOT_OBSERVATIONS];
  int count;
  start_line();
  put_text(robot_self_test() ? "self-test failed" : "ready");
  end_line();
  while ((count = read_line(obs, ROBOT_OBSERVATIONS)) >= 0) {
    if (count == ROBOT_OBSERVATIONS) {
      answer(obs);
    } else {
      put_text("wrong number of observations");
      end_line();
    }
  }
  return 0;
}
