/* A linear-quadratic regulator for the cart-pole: it carries the cart to 0.8 m. It knows nothing of duro, of the wall
 * at 0.9 m, or of the force that disturbs it: a function of the state.
 *
 *     duro eval examples/cartpole_lqr.c --environment cartpole
 */
enum { X, THETA, X_RATE, THETA_RATE }; /* m, rad, m/s, rad/s */

#define TARGET 0.8 /* m */

/* Gain of the upright pole, sampled every 0.04 s, for the costs 10 x^2 + theta^2 + 0.1 (x_rate^2 + theta_rate^2) +
 * 3 u^2, from the discrete Riccati equation; u = 1 is 300 N. */
static const double gain[4] = {-1.17277942, -3.93397196, -0.91608487, -0.67970271};

void control(double *u, const double *x, double *memory);
void control(double *u, const double *x, double *memory) {
  (void)memory; /* it remembers nothing */
  const double sum =
      -gain[X] * (x[X] - TARGET) - gain[THETA] * x[THETA] - gain[X_RATE] * x[X_RATE] - gain[THETA_RATE] * x[THETA_RATE];
  u[0] = sum < -1 ? -1 : sum > 1 ? 1 : sum;
}
