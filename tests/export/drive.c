/* Runs an exported policy on the inputs of drive.h and prints a hash of all that comes out, and what the self-test
 * says. P(name) is a function of the export, C(name) a constant; COUNT inputs; HAS_TASK, HAS_SAFE, HAS_FILTER,
 * HAS_VALUE say which functions there are. */
#include "drive.h"
#include "drive_out.h"
#include "policy.h" /* includes the export's header, and defines what is said above */
#include "ranges.h"

static void play(drive *d, long index) {
  float obs[C(OBSERVATIONS)], u[C(CONTROLS)], wanted[C(CONTROLS)];
  drive_observe(d, obs, C(OBSERVATIONS), index, range_centre, range_spread, range_low, range_high);
  drive_want(d, wanted, C(CONTROLS), index);
  drive_add(d, (uint32_t)P(act)(obs, u));
  drive_add_floats(d, u, C(CONTROLS));
#if HAS_TASK
  drive_add(d, (uint32_t)P(task)(obs, u));
  drive_add_floats(d, u, C(CONTROLS));
#endif
#if HAS_SAFE
  drive_add(d, (uint32_t)P(safe)(obs, u));
  drive_add_floats(d, u, C(CONTROLS));
#endif
#if HAS_FILTER
  drive_add(d, (uint32_t)P(filter)(obs, wanted, u));
  drive_add_floats(d, u, C(CONTROLS));
  u[0] = P(action_value)(obs, wanted);
  drive_add_floats(d, u, 1);
#endif
#if HAS_VALUE
  u[0] = P(safety_value)(obs);
  drive_add_floats(d, u, 1);
#endif
}

int main(void) {
  drive d = {1u, 2166136261u};
  long i;
  for (i = 0; i < COUNT; i++) play(&d, i);
  return drive_tell(P(self_test)(), d.hash);
}
