/* Runs an exported certificate on the inputs of drive_shield.h and prints what the self-test says and a hash of all
 * that comes out. shield.h has the set, and names the export's functions P(name); COUNT inputs. */
#include "drive_shield.h"
#include "drive_out.h"
#include "shield.h"

int main(void) {
  const drive_shield s = {STATES,        CONTROLS, AXES,      VERTICES,   state,    centre,
                          &vertex[0][0], P(value), P(margin), P(control), P(filter)};
  drive d = {1u, 2166136261u};
  double x[DRIVE_STATES], wanted[DRIVE_CONTROLS];
  long i;
  for (i = 0; i < COUNT; i++) drive_shield_play(&d, &s, x, wanted, i);
  return drive_tell(P(self_test)(), d.hash);
}
