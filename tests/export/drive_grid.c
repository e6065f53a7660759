/* Runs an exported grid on the inputs of drive_grid.h with a model of no plant, and prints what the self-test says and
 * a hash of all that comes out. grid.h has the axes, and names the export's functions P(name); COUNT inputs. */
#include "drive_grid.h"
#include "drive_out.h"
#include "grid.h"

/* each state drifts to the next one, pushed by a control and a disturbance; now and then an episode fails */
static void step(void *context, double *x2, double *h, int *failed, const double *x, const double *u, const double *a) {
  int i;
  (void)context;
  *h = 1.0;
  for (i = 0; i < STATES; i++) {
    const double push = 0.2 * u[i % CONTROLS] + (DISTURBANCES ? 0.1 * a[i % (DISTURBANCES + !DISTURBANCES)] : 0.0);
    x2[i] = x[i] + 0.05 * x[(i + 1) % STATES] + push;
    *h -= 0.3 * x2[i] * x2[i];
  }
  *failed = x2[0] > 0.9 * high[0];
}

/* Number `index`: a state, what is wanted there, and all that the export says of them. */
static void play(drive *d, const drive_grid *g, long index) {
  double x[DRIVE_STATES], wanted[DRIVE_CONTROLS], u[DRIVE_CONTROLS], one;
  int k;
  drive_grid_state(d, g, x, index);
  drive_grid_want(d, g, wanted);
  one = P(value)(x, index % 16 == 7 ? drive_any(d) : drive_real(d));
  drive_add_doubles(d, &one, 1);
  drive_add(d, (uint32_t)P(act)(x, step, (void *)0, u));
  drive_add_doubles(d, u, g->nu);
  one = P(margin)(x, step, (void *)0, wanted);
  drive_add_doubles(d, &one, 1);
  for (k = 0; k < g->nu; k++) u[k] = wanted[k];
  drive_add(d, (uint32_t)P(filter)(x, step, (void *)0, 0.1 * drive_real(d), u));
  drive_add_doubles(d, u, g->nu);
}

int main(void) {
  const drive_grid g = {STATES, CONTROLS, AXES, state, vertices, low, high, rest};
  drive d = {1u, 2166136261u};
  long i;
  for (i = 0; i < COUNT; i++) play(&d, &g, i);
  return drive_tell(P(self_test)(), d.hash);
}
