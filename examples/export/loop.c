/* A closed loop without a computer: the exported policy of the double integrator against its plant, which is three
 * lines, under pushes that it does not know. Runs on a computer (cc) and on a bare Cortex-M of QEMU with board.c; the
 * numbers are the same. See docs/export.md. */
#include <stdint.h>

#include "double_integrator_policy.h"

#ifdef BOARD
void board_print(const char *text);
uint32_t board_ticks(void); /* one is 40 instructions under -icount shift=0 */
#else
#include <stdio.h>
static void board_print(const char *text) {
  fputs(text, stdout);
}
static uint32_t board_ticks(void) {
  return 0;
}
#endif

enum { STARTS = 5, STEPS = 400, ATTACKERS = 5 };

static const double starts[STARTS][2] = {{0, 0}, {3, 0}, {-3, 1}, {2, 1.5}, {-4, -0.2}}; /* m, m/s */
static const char *const names[ATTACKERS] = {"nobody        ", "constant      ", "square        ", "outwards      ",
                                             "with the speed"};

/* the push of an attacker, in [-1, 1] */
static double push(int attacker, int t, const double *x) {
  switch (attacker) {
  case 1:
    return 1;
  case 2:
    return t / 10 % 2 == 0 ? 1 : -1;
  case 3:
    return x[0] > 0 ? 1 : -1;
  case 4:
    return x[1] > 0 ? 1 : -1;
  default:
    return 0;
  }
}

/* one step of 0.1 s: 1 m/s^2 at u = 1, 0.5 m/s^2 at a = 1 */
static void move(double *x, double u, double a) {
  const double speed = x[1] + 0.1 * (u + 0.5 * a);
  x[0] = x[0] + 0.1 * x[1];
  x[1] = speed;
}

static double size(double x) {
  return x < 0 ? -x : x;
}

/* the constraint: 5 m and 5 m/s */
static double margin(const double *x) {
  const double place = 5 - size(x[0]), speed = 5 - size(x[1]);
  return place < speed ? place : speed;
}

static void print_number(const char *before, long value, const char *after) {
  char text[24];
  int at = sizeof text - 1;
  unsigned long rest = value < 0 ? 0ul - (unsigned long)value : (unsigned long)value;
  text[at] = '\0';
  do {
    text[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (value < 0) text[--at] = '-';
  board_print(before);
  board_print(text + at);
  board_print(after);
}

/* What an attacker achieves from all starts. */
static uint32_t play(int attacker) {
  double worst = 5;
  long safety = 0;
  uint32_t slowest = 0;
  int s, t;
  for (s = 0; s < STARTS; s++) {
    double x[2] = {starts[s][0], starts[s][1]};
    for (t = 0; t < STEPS; t++) {
      const float obs[2] = {(float)x[0], (float)x[1]};
      float u[1];
      const uint32_t before = board_ticks();
      const int what = double_integrator_policy_act(obs, u);
      const uint32_t took = (board_ticks() - before) & 0xffffffu;
      slowest = took > slowest ? took : slowest;
      safety += what == DOUBLE_INTEGRATOR_POLICY_SAFETY;
      move(x, (double)u[0], push(attacker, t, x));
      worst = margin(x) < worst ? margin(x) : worst;
    }
  }
  board_print(names[attacker]);
  print_number("  worst h ", (long)(worst * 1000), " mm");
  print_number("  the safety policy acted in ", safety, "");
  print_number(" of ", STARTS * STEPS, " steps\n");
  return slowest;
}

int main(void) {
  uint32_t slowest = 0;
  int attacker;
  if (double_integrator_policy_self_test() != 0) {
    board_print("the self-test fails\n");
    return 1;
  }
  for (attacker = 0; attacker < ATTACKERS; attacker++) {
    const uint32_t took = play(attacker);
    slowest = took > slowest ? took : slowest;
  }
  if (slowest > 0) print_number("slowest action: ", (long)slowest * 40, " instructions\n");
  return 0;
}
