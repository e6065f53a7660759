/* Forward kinematics of a MuJoCo model. */
#include "env/mjcf_pose.h"

#include <string.h>

/* out = p + R(turn) v */
static void offset(double *out, const double *p, const double *turn, const double *v) {
  double turned[3];
  mju_rotVecQuat(turned, v, turn);
  for (int i = 0; i < 3; i++) out[i] = p[i] + turned[i];
}

static void turn_by(double *turn, const double *by) {
  double product[4];
  mju_mulQuat(product, turn, by);
  memcpy(turn, product, sizeof product);
}

/* moves a body's frame by one of its joints; turning ones leave their anchor where it is */
static void apply_joint(double *position, double *turn, const mjModel *m, int joint, const double *q) {
  const int at = m->jnt_qposadr[joint];
  const double *anchor = m->jnt_pos + 3 * joint, *axis = m->jnt_axis + 3 * joint;
  double fixed[3], back[3], by[4];
  if (m->jnt_type[joint] == mjJNT_SLIDE) {
    double along[3];
    for (int i = 0; i < 3; i++) along[i] = axis[i] * (q[at] - m->qpos0[at]);
    offset(position, position, turn, along);
    return;
  }
  offset(fixed, position, turn, anchor);
  if (m->jnt_type[joint] == mjJNT_HINGE)
    mju_axisAngle2Quat(by, axis, q[at] - m->qpos0[at]);
  else
    memcpy(by, q + at, sizeof by);
  mju_normalize4(by);
  turn_by(turn, by);
  for (int i = 0; i < 3; i++) back[i] = -anchor[i];
  offset(position, fixed, turn, back);
}

static void place_body(pose *out, const mjModel *m, int body, const double *q) {
  const int parent = m->body_parentid[body], first = m->body_jntadr[body];
  double *position = out->position + 3 * body, *turn = out->turn + 4 * body;
  if (m->body_jntnum[body] && m->jnt_type[first] == mjJNT_FREE) {
    memcpy(position, q + m->jnt_qposadr[first], 3 * sizeof *q);
    memcpy(turn, q + m->jnt_qposadr[first] + 3, 4 * sizeof *q);
    mju_normalize4(turn);
    return;
  }
  offset(position, out->position + 3 * parent, out->turn + 4 * parent, m->body_pos + 3 * body);
  mju_mulQuat(turn, out->turn + 4 * parent, m->body_quat + 4 * body);
  for (int j = first; j < first + m->body_jntnum[body]; j++) apply_joint(position, turn, m, j, q);
  mju_normalize4(turn);
}

void pose_of(pose *out, const mjModel *model, const double *q) {
  memset(out->position, 0, 3 * sizeof *out->position); // the world
  memset(out->turn, 0, 4 * sizeof *out->turn);
  out->turn[0] = 1.0;
  for (int body = 1; body < model->nbody; body++) place_body(out, model, body, q); // parents come first
}

double pose_site_height(const pose *where, const mjModel *model, int site) {
  const int body = model->site_bodyid[site];
  double place[3];
  offset(place, where->position + 3 * body, where->turn + 4 * body, model->site_pos + 3 * site);
  return place[2];
}
