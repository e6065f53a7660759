/* A frozen policy from a checkpoint. */
#include "base/error.h"
#include "duro/io.h"
#include "io/escape.h"
#include "io/file.h"
#include "io/number.h"
#include "policy/frozen.h"
#include "policy/policy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = POLICY_PATH };

duro_status policy_file(char *path, const char *given) {
  duro_kind kind;
  duro_status status = duro_file_look(&kind, given);
  if (status) return status;
  if (kind == DURO_KIND_NOTHING) return duro_fail(DURO_ERROR_FILE, "%s: no such run folder or checkpoint", given);
  if (kind != DURO_KIND_FOLDER) {
    snprintf(path, PATH, "%s", given);
    return DURO_OK;
  }
  char latest[PATH];
  const char *folder = "policies";
  if ((size_t)snprintf(latest, PATH, "%s/checkpoints/latest", given) >= PATH)
    return duro_fail(DURO_ERROR_ARGUMENT, "the path of the run folder is too long: %.200s..", given);
  snprintf(latest, PATH, "%s/policies/chosen", given);
  char *name;
  size_t size;
  bool there;
  status = duro_file_read_if_there(&name, &size, &there, latest);
  if (!status && !there) {
    folder = "checkpoints";
    snprintf(latest, PATH, "%s/checkpoints/latest", given);
    status = duro_file_read_if_there(&name, &size, &there, latest);
  }
  if (status) return status;
  if (!there)
    return duro_fail(DURO_ERROR_FILE, "%s: not a run folder with a checkpoint (no checkpoints/latest)", given);
  name[strcspn(name, "\r\n")] = '\0';
  const bool plain = name[0] && !strchr(name, '/');
  const int n = plain ? snprintf(path, PATH, "%s/%s/%s", given, folder, name) : 0;
  duro_file_release(name);
  if (!plain || n >= PATH) return duro_fail(DURO_ERROR_FORMAT, "%s: does not name a checkpoint", latest);
  return DURO_OK;
}

// a number from the notes, within [low, high]
static duro_status note_number(double *out, const duro_tensor_file *file, const char *key, double low, double high,
                               const char *path) {
  const char *text = duro_tensors_note(file, key);
  if (!text || duro_number_real(out, text) != DURO_NUMBER_FINE || !(*out >= low && *out <= high))
    return duro_fail(DURO_ERROR_FORMAT, "%s: the note \"%s\" is %s; wanted a number in [%g, %g]", path, key,
                     text ? text : "missing", low, high);
  return DURO_OK;
}

// a whole one
static duro_status note_count(double *out, const duro_tensor_file *file, const char *key, double low, double high,
                              const char *path) {
  const duro_status status = note_number(out, file, key, low, high, path);
  if (status || *out == floor(*out)) return status;
  return duro_fail(DURO_ERROR_FORMAT, "%s: the note \"%s\" is %g; wanted a whole number", path, key, *out);
}

/* Notes that files of older programs do not have. */
static duro_status read_later_notes(policy_parts *parts, const duro_tensor_file *file, const char *path) {
  const struct {
    const char *key;
    double high, missing;
  } wanted[] = {{"filter_corners", 1, 0}, {"filter_greedy", 1, 0}, {"h_unit", 1e12, 1}, {"levels", LEVELS_MOST, 0}};
  double value[4];
  for (int i = 0; i < 4; ++i) {
    value[i] = wanted[i].missing;
    if (!duro_tensors_note(file, wanted[i].key)) continue;
    const duro_status status = note_number(&value[i], file, wanted[i].key, 0, wanted[i].high, path);
    if (status) return status;
  }
  parts->deployed = duro_tensors_note(file, "deployed");
  bool right = !parts->deployed;
  for (int i = 0; i < 3; ++i) right = right || strcmp(parts->deployed, duro_policy_act_name((duro_act)i)) == 0;
  if (!right) return duro_fail(DURO_ERROR_FORMAT, "%s: the note \"deployed\" is none of pi, pi_h and filtered", path);
  parts->corners = value[0] > 0, parts->greedy = value[1] > 0, parts->h_unit = value[2];
  parts->levels = (int)value[3];
  if (value[3] != floor(value[3]) || parts->levels == 1 || levels_count(parts->nu, parts->levels) > LEVELS_MOST)
    return duro_fail(
        DURO_ERROR_FORMAT,
        "%s: the note \"levels\" is %g; wanted a whole number, not 1, with at most %d vectors of %d controls", path,
        value[3], (int)LEVELS_MOST, parts->nu);
  return DURO_OK;
}

/* How observations are scaled, if they are. */
static duro_status read_scales(policy_parts *parts, const duro_tensor_file *file, const char *path) {
  const duro_tensor *part[] = {duro_tensors_find(file, "obs_shift"), duro_tensors_find(file, "obs_scale")};
  if (!part[0] && !part[1]) return DURO_OK;
  for (int i = 0; i < 2; ++i) {
    bool right = part[i] && part[i]->type == DURO_F32 && part[i]->rank == 1 && part[i]->shape[0] == parts->no;
    for (int k = 0; right && k < parts->no; ++k) {
      const float value = ((const float *)part[i]->data)[k];
      right = isfinite(value) && (i == 0 || value > 0.0f);
    }
    if (!right)
      return duro_fail(DURO_ERROR_FORMAT, "%s: tensor \"%s\" is not one finite number for each observation", path,
                       i ? "obs_scale" : "obs_shift");
  }
  parts->obs_shift = part[0]->data, parts->obs_scale = part[1]->data;
  return DURO_OK;
}

static duro_status read_notes(policy_parts *parts, const duro_tensor_file *file, const char *path) {
  parts->algorithm = duro_tensors_note(file, "algorithm");
  parts->environment = duro_tensors_note(file, "environment");
  if (!parts->algorithm || !parts->environment)
    return duro_fail(DURO_ERROR_FORMAT, "%s: not a checkpoint of this program (no algorithm in its notes)", path);
  if (!duro_is_plain(parts->algorithm) || !duro_is_plain(parts->environment))
    return duro_fail(DURO_ERROR_FORMAT, "%s: the notes \"algorithm\" or \"environment\" hold control codes", path);
  const struct {
    const char *key;
    double low, high;
  } wanted[] = {{"no", 1, MAX_OBS},      {"nu", 1, MAX_ACTION}, {"na", 0, MAX_ACTION},
                {"width", 1, MAX_WIDTH}, {"layers", 1, 4},      {"step", -1e15, 1e15},
                {"update", -1e15, 1e15}, {"margin", -1e6, 1e6}, {"lambda_max", -1e9, 1e9}};
  enum { WHOLE = 7 }; // the first are
  double value[9] = {0};
  for (int i = 0; i < 9; ++i) {
    const duro_status status =
        (i < WHOLE ? note_count : note_number)(&value[i], file, wanted[i].key, wanted[i].low, wanted[i].high, path);
    if (status) return status;
  }
  parts->no = (int)value[0], parts->nu = (int)value[1], parts->na = (int)value[2];
  parts->width = (int)value[3], parts->hidden = (int)value[4];
  parts->step = (int64_t)value[5], parts->update = (int64_t)value[6];
  parts->margin = value[7], parts->lambda_max = value[8];
  if (parts->width % 16)
    return duro_fail(DURO_ERROR_FORMAT, "%s: the note \"width\" is %d; wanted a multiple of 16", path, parts->width);
  return DURO_OK;
}

// parameters of one role, checked against the shape that the notes give
static duro_status read_net(policy_parts *parts, int r, const duro_tensor_file *file, const char *path) {
  // a policy's slow copy is its average, which acts in its place
  const duro_tensor *slow = roles[r].critic ? NULL : duro_tensors_find(file, roles[r].slow);
  const duro_tensor *tensor = slow ? slow : duro_tensors_find(file, roles[r].name);
  if (!tensor) return DURO_OK;
  char key[64];
  snprintf(key, sizeof key, "%s.inputs", roles[r].name);
  double inputs = 0.0;
  const duro_status status = note_count(&inputs, file, key, 1, MAX_IN, path);
  if (status) return status;
  // a critic may or may not see the disturbance, mu_h the control
  const int least = parts->no + (roles[r].critic ? parts->nu : 0);
  const int most = least + (roles[r].critic ? parts->na : r == ROLE_MU_H ? parts->nu : 0);
  mlp shape;
  mlp_shape(&shape, (int)inputs, parts->width, parts->hidden,
            role_outputs((role)r, parts->nu, parts->na, parts->levels));
  if (((int)inputs != least && (int)inputs != most) || tensor->type != DURO_F32 || tensor->rank != 1 ||
      tensor->shape[0] != (int64_t)shape.params)
    return duro_fail(DURO_ERROR_FORMAT, "%s: network \"%s\" does not have the shape its notes give", path,
                     roles[r].name);
  parts->net[r].params = tensor->data;
  parts->net[r].inputs = (int)inputs;
  return DURO_OK;
}

duro_status duro_policy_load(duro_policy **policy, const char *given) {
  *policy = NULL;
  char path[PATH];
  duro_status status = policy_file(path, given);
  if (status) return status;
  duro_tensor_file *file;
  if ((status = duro_tensors_open(&file, path))) return status;
  policy_parts parts = {0};
  status = read_notes(&parts, file, path);
  if (!status) status = read_later_notes(&parts, file, path);
  if (!status) status = read_scales(&parts, file, path);
  for (int r = 0; r < ROLE_COUNT && !status; ++r)
    if (roles[r].frozen) status = read_net(&parts, r, file, path);
  if (!status && !parts.net[ROLE_PI].params && !parts.net[ROLE_PI_H].params && !parts.net[ROLE_MU_H].params)
    status = duro_fail(DURO_ERROR_FORMAT, "%s: holds no policy (none of \"pi\", \"pi_h\", \"mu_h\")", path);
  if (!status) status = policy_create(policy, &parts);
  duro_tensors_close(file);
  return status;
}
