/* What is exported of a policy. */
#include "export/plan.h"

#include <assert.h>
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "duro/io.h"
#include "io/file.h"

static duro_act deployed(const duro_policy *policy) {
  const char *found = duro_policy_about(policy)->deployed;
  if (strcmp(found, "pi") == 0) return DURO_ACT_TASK;
  if (strcmp(found, "pi_h") == 0) return DURO_ACT_SAFETY;
  if (duro_policy_can(policy, DURO_ACT_FILTERED)) return DURO_ACT_FILTERED;
  return duro_policy_can(policy, DURO_ACT_TASK) ? DURO_ACT_TASK : DURO_ACT_SAFETY;
}

duro_export_options duro_export_default(const duro_policy *policy) {
  return (duro_export_options){.struct_size = sizeof(duro_export_options),
                               .act = deployed(policy),
                               .margin = (float)duro_policy_about(policy)->margin,
                               .limit = 1e6};
}

int export_plan_outputs(const plan *p, role r) {
  const mlp *shape = &p->policy->nets[r].shape;
  return r == ROLE_PI && !p->vectors ? p->policy->info.nu : shape->layer[shape->layers - 1].out;
}

/* ---- names ---- */

/* C knows no other letters, whatever the locale */
static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static duro_status check_prefix(const char *prefix) {
  bool right = is_letter(prefix[0]) && strlen(prefix) <= 48;
  for (const char *c = prefix; *c; c++) right = right && (is_letter(*c) || is_digit(*c) || *c == '_');
  if (right) return DURO_OK;
  return duro_fail(DURO_ERROR_ARGUMENT,
                   "the prefix \"%.60s\" begins no names of C; wanted up to 48 letters, digits and _, a letter first",
                   prefix);
}

/* "cartpole-mujoco" gives cartpole_mujoco_policy */
static void make_prefix(char *out, const char *environment, const char *what) {
  int n = is_letter(environment[0]) ? 0 : snprintf(out, PLAN_PREFIX, "env_");
  for (const char *c = environment; *c && n < 40; c++) out[n++] = *c;
  for (int i = 0; i < n; i++)
    if (!is_letter(out[i]) && !is_digit(out[i])) out[i] = '_';
  snprintf(out + n, (size_t)(PLAN_PREFIX - n), "%s", what);
}

duro_status export_plan_name(char out[DURO_EXPORT_NAME], const char *environment, const char *what,
                             const char *prefix) {
  const duro_status status = prefix ? check_prefix(prefix) : DURO_OK;
  if (status) return status;
  if (prefix)
    snprintf(out, DURO_EXPORT_NAME, "%s", prefix);
  else
    make_prefix(out, environment, what);
  return DURO_OK;
}

duro_status duro_export_name(char out[DURO_EXPORT_NAME], const duro_policy *policy, const char *prefix) {
  return export_plan_name(out, duro_policy_about(policy)->environment, "_policy", prefix);
}

static duro_status name(plan *p, const char *prefix) {
  const duro_status status = duro_export_name(p->prefix, p->policy, prefix);
  if (status) return status;
  for (int i = 0; i < PLAN_PREFIX; i++)
    p->upper[i] = p->prefix[i] >= 'a' && p->prefix[i] <= 'z' ? (char)(p->prefix[i] - 'a' + 'A') : p->prefix[i];
  return DURO_OK;
}

/* ---- parts ---- */

static void find_parts(plan *p) {
  const duro_policy *policy = p->policy;
  const policy_net *nets = policy->nets;
  p->task = nets[ROLE_PI].present, p->safe = nets[ROLE_PI_H].present;
  p->sees_a = nets[ROLE_QH].present && nets[ROLE_QH].shape.layer[0].in > policy->info.no + policy->info.nu;
  p->value = nets[ROLE_QH].present && (p->task || p->safe) && (!p->sees_a || nets[ROLE_MU_H].present);
  p->filter = p->value && duro_policy_can(policy, DURO_ACT_FILTERED);
  p->safest = policy_safest(policy);
  p->vectors = policy->info.levels ? levels_count(policy->info.nu, policy->info.levels) : 0;
  p->corners = p->value ? policy_disturbance_corners(policy) : 0;
  p->greedy = p->value ? policy_candidates(policy) : 0;
  p->nets = (p->task ? ROLE(ROLE_PI) : 0) | (p->safe ? ROLE(ROLE_PI_H) : 0) | (p->value ? ROLE(ROLE_QH) : 0) |
            (p->value && p->sees_a ? ROLE(ROLE_MU_H) : 0);
}

/* ---- limits ---- */

static void limit_observations(plan *p) {
  const double most = 1e37;
  for (int i = 0; i < p->policy->info.no; i++) {
    const double scale = p->policy->obs_scale ? (double)p->policy->obs_scale[i] : 1.0;
    const double shift = p->policy->obs_scale ? (double)p->policy->obs_shift[i] : 0.0;
    p->low[i] = (float)fmax(shift - p->limit / scale, -most);
    p->high[i] = (float)fmin(shift + p->limit / scale, most);
  }
}

/* The largest value that a layer may have where no input is larger than `in`. */
static double bound_layer(const policy_net *net, int i, double in) {
  const mlp_layer *layer = &net->shape.layer[i];
  double most = 0;
  for (int o = 0; o < layer->out; o++) {
    double sum = fabs((double)net->params[layer->b + (size_t)o]);
    for (int k = 0; k < layer->in; k++)
      sum += in * fabs((double)net->params[layer->w + (size_t)o * (size_t)layer->ld + (size_t)k]);
    most = sum > most || isnan(sum) ? sum : most;
  }
  return most;
}

/* No sum in a network can overflow: its terms, and so each part of it, stay far below the largest float. */
static duro_status check_overflow(const plan *p, role r) {
  const policy_net *net = &p->policy->nets[r];
  double bound = 1.01 * p->limit;
  for (int i = 0; i < net->shape.layers; i++) {
    bound = 1.01 * bound_layer(net, i, bound); // and what rounding adds
    if (!(bound < 1e37))
      return duro_fail(DURO_ERROR_ARGUMENT,
                       "network \"%s\" may overflow where an observation reaches %g; a smaller limit is needed",
                       roles[r].name, p->limit);
  }
  return DURO_OK;
}

/* ---- all of it ---- */

static duro_status check_options(const duro_policy *policy, const duro_export_options *options) {
  if (!duro_policy_can(policy, options->act))
    return duro_fail(DURO_ERROR_ARGUMENT, "a policy of %s cannot act as \"%s\": it lacks the networks",
                     duro_policy_about(policy)->algorithm, duro_policy_act_name(options->act));
  if (!(options->limit >= 1 && options->limit <= 1e9))
    return duro_fail(DURO_ERROR_ARGUMENT, "the limit of observations is %g; wanted a number in [1, 1e9]",
                     options->limit);
  if (!isfinite(options->margin))
    return duro_fail(DURO_ERROR_ARGUMENT, "the margin of the filter is %g; wanted a finite number",
                     (double)options->margin);
  for (int i = 0; options->fallback && i < duro_policy_about(policy)->nu; i++)
    if (!(fabsf(options->fallback[i]) <= 1))
      return duro_fail(DURO_ERROR_ARGUMENT, "control %d of the fallback is %g; wanted a number in [-1, 1]", i,
                       (double)options->fallback[i]);
  const duro_env_spec *spec = options->env ? &options->env->spec : NULL;
  const duro_policy_info *about = duro_policy_about(policy);
  if (spec && (spec->no != about->no || spec->nu != about->nu))
    return duro_fail(DURO_ERROR_ARGUMENT, "the policy was trained on %s, not on %s: observations or controls differ",
                     about->environment, options->env->ops->name);
  return DURO_OK;
}

duro_status export_plan_make(plan *p, const duro_policy *policy, const duro_export_options *options) {
  *p = (plan){.policy = policy,
              .original = policy,
              .env = options->env,
              .act = options->act,
              .margin = options->margin,
              .limit = options->limit};
  duro_status status = check_options(policy, options);
  if (!status) status = name(p, options->prefix);
  if (status) return status;
  find_parts(p);
  if (policy_candidates(policy) && !p->value)
    return duro_fail(DURO_ERROR_ARGUMENT, "the safety policy chooses by a Q_h whose mu_h is missing");
  for (int i = 0; options->fallback && i < policy->info.nu; i++) p->fallback[i] = options->fallback[i];
  limit_observations(p);
  for (int r = 0; !status && r < ROLE_COUNT; r++)
    if (export_plan_needs(p, (role)r)) status = check_overflow(p, (role)r);
  return status;
}

duro_status export_plan_check_file(const char *path, const char *mark) {
  char *bytes;
  size_t size;
  bool there;
  const duro_status status = duro_file_read_if_there(&bytes, &size, &there, path);
  if (status || !there) return status;
  if (size > 400) bytes[400] = '\0';
  for (size_t i = 0; i < size && i < 400; i++)
    if (!bytes[i]) bytes[i] = ' ';
  const bool ours = strstr(bytes, mark) != NULL;
  duro_file_release(bytes);
  if (ours) return DURO_OK;
  return duro_fail(DURO_ERROR_FILE, "%s was made by no export, and is not replaced; choose another folder or prefix",
                   path);
}

duro_status export_plan_write(const char *folder, const char *prefix, const char *ending, const char *template,
                              const template_word *words, int n) {
  char name[DURO_EXPORT_NAME + 4], path[4096], mark[DURO_EXPORT_NAME + 40];
  snprintf(name, sizeof name, "%s%s", prefix, ending);
  snprintf(mark, sizeof mark, "%s: made by duro export", name);
  duro_status status = duro_path_join(path, sizeof path, folder, name);
  if (!status) status = export_plan_check_file(path, mark);
  if (status) return status;
  text all = {0};
  export_template_fill(&all, template, words, n);
  status = text_save(&all, path);
  text_release(&all);
  return status;
}
