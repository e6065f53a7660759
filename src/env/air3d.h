/* What the game of two vehicles is made of: settings, and what follows from them. */
#ifndef DURO_ENV_AIR3D_H
#define DURO_ENV_AIR3D_H

#include "env/game.h"

enum { NX = 3, NO = 4, NU = 1, NA = 1 };
// states: x, y of the pursuer ahead and to the left of the evader, psi its heading less the evader's
#define TWO_PI 6.283185307179586

#define AIR3D_ROWS(X)                                                                                                  \
  X(REAL, dt, 0.05, 1e-6, 10, NULL, "s", "Length of a step; turn rates are held, the motion is exact.")                \
  X(REAL, evader_speed, 5, 0, 1e6, NULL, "m/s", "Speed of the evader.")                                                \
  X(REAL, pursuer_speed, 5, 0, 1e6, NULL, "m/s", "Speed of the pursuer.")                                              \
  X(REAL, control, 1, 0, 1e3, NULL, "rad/s", "Turn rate of the evader at u = 1.")                                      \
  X(REAL, disturbance, 1, 0, 1e3, NULL, "rad/s", "Turn rate of the pursuer at a = 1.")                                 \
  X(REAL, radius, 5, 1e-6, 1e6, NULL, "m", "Safe while the vehicles are at least this far apart.")                     \
  X(REAL, fail_distance, 0, 0, 1e6, NULL, "m", "The episode fails below this distance; 0: it never ends early.")       \
  X(REAL, turn_cost, 0.5, 0, 1, NULL, "", "Weight of u^2 in the reward 1 - turn_cost u^2.")                            \
  X(REAL, eval_near, 19, 0, 1e6, NULL, "m", "Evaluation starts: smallest distance, all bearings and headings.")        \
  X(REAL, eval_far, 22, 0, 1e6, NULL, "m", "Evaluation starts: largest distance.")                                     \
  X(INT, horizon, 100, 1, 1000000, NULL, "steps", "Length of an evaluation episode.")

typedef struct air3d_settings {
  AIR3D_ROWS(DURO_SETTINGS_FIELD)
} air3d_settings;

typedef struct air3d_shared {
  double low[NX], high[NX]; // region of interest
} air3d_shared;

#endif
