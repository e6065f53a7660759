/* Where the bodies of a MuJoCo model are, as a function of its positions alone: no mjData. */
#ifndef DURO_ENV_MJCF_POSE_H
#define DURO_ENV_MJCF_POSE_H

#include <mujoco/mujoco.h>

enum { POSE_MAX_BODIES = 512 };

typedef struct pose {
  double position[3 * POSE_MAX_BODIES]; /* (bodies x 3) m, world frame */
  double turn[4 * POSE_MAX_BODIES];     /* (bodies x 4) unit quaternions */
} pose;

/* Poses of all bodies at the positions q (nq). The model has at most POSE_MAX_BODIES. */
void pose_of(pose *out, const mjModel *model, const double *q);
/* Height of a site, m. */
double pose_site_height(const pose *where, const mjModel *model, int site);

#endif
