/* Cruise control by PID, as it is built into cars: it keeps the speed that is set, and a distance of 1.2 s to the car
 * ahead. It knows nothing of duro: a function of the state, and of two numbers that it remembers.
 *
 *     duro eval examples/cruise_pid.c --environment examples/adaptive_cruise_control.c
 */
#include <math.h>

enum { GAP, SPEED, LEAD };                   /* m, m/s, m/s */
enum { INTEGRAL, BEFORE, STARTED, NUMBERS }; /* of the error, m s; the error of the step before, m */

#define DT 0.1         /* s */
#define SET 30.0       /* m/s */
#define TIME_GAP 1.2   /* s */
#define STANDSTILL 7.0 /* m */
#define KP 0.15
#define KI 0.01
#define KD 0.3

const int control_memory = NUMBERS;

static double between(double low, double value, double high) {
  return value < low ? low : value > high ? high : value;
}

/* acceleration wanted of a PID on the gap, m/s^2 */
static double follow(const double *x, double *memory) {
  const double error = x[GAP] - STANDSTILL - TIME_GAP * x[SPEED];
  const double slope = memory[STARTED] > 0 ? (error - memory[BEFORE]) / DT : 0;
  memory[INTEGRAL] = between(-50, memory[INTEGRAL] + DT * error, 50);
  memory[BEFORE] = error;
  memory[STARTED] = 1;
  return KP * error + KI * memory[INTEGRAL] + KD * slope;
}

/* u in [-1, 1]: the brake gives 6 m/s^2, the engine 2 */
void control(double *u, const double *x, double *memory);
void control(double *u, const double *x, double *memory) {
  const double wanted = fmin(follow(x, memory), 0.5 * (SET - x[SPEED]));
  u[0] = between(-1, wanted < 0 ? wanted / 6 : wanted / 2, 1);
}
