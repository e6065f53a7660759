/* Holds a compiled export against the library, bit for bit. What it does is its first word:
 *
 * - make16 NUMBER FOLDER, compare16 ...: the same with weights of 16 bits, and of the library with weights that are
 * rounded
 * - make NUMBER FOLDER, onnx NUMBER FOLDER: exports a policy of random weights; each number has other parts
 * - ranges NUMBER|POLICY FOLDER: writes ranges.h for drive.c
 * - compare NUMBER|POLICY OBJECT PREFIX COUNT: plays COUNT inputs with both and prints the hash of drive.c
 *
 * POLICY is a run folder or a file. Exit status 0: the same; 1: not, and the first difference is said. */
#include "drive.h"

#include <dlfcn.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/purposes.h"
#include "duro/export.h"
#include "export/rounded.h"
#include "policy/frozen.h"
#include "policy/policy.h"

/* ---- policies of random weights ---- */

typedef struct recipe {
  int no, nu, na, width, hidden, levels;
  unsigned missing; /* roles that are not there */
  bool sees_u, corners, greedy, scaled;
  double margin;
  duro_act act;
} recipe;

static const recipe recipes[] = {
    {.no = 4, .nu = 1, .na = 1, .width = 16, .hidden = 2, .corners = true, .act = DURO_ACT_FILTERED},
    {.no = 3,
     .nu = 2,
     .na = 1,
     .width = 32,
     .hidden = 1,
     .sees_u = true,
     .corners = true,
     .greedy = true,
     .scaled = true,
     .margin = 0.02,
     .act = DURO_ACT_FILTERED},
    {.no = 5, .nu = 2, .na = 0, .width = 16, .hidden = 3, .greedy = true, .scaled = true, .act = DURO_ACT_FILTERED},
    {.no = 1, .nu = 3, .na = 2, .width = 16, .hidden = 4, .sees_u = true, .scaled = true, .act = DURO_ACT_SAFETY},
    {.no = 7, .nu = 5, .na = 5, .width = 48, .hidden = 2, .missing = ROLE(ROLE_PI_H), .act = DURO_ACT_TASK},
    {.no = 2,
     .nu = 1,
     .na = 1,
     .width = 16,
     .hidden = 2,
     .missing = ROLE(ROLE_PI_H) | ROLE(ROLE_MU_H) | ROLE(ROLE_QH),
     .act = DURO_ACT_TASK},
    {.no = 2,
     .nu = 2,
     .na = 1,
     .width = 16,
     .hidden = 2,
     .missing = ROLE(ROLE_PI),
     .greedy = true,
     .corners = true,
     .act = DURO_ACT_SAFETY},
    {.no = 3,
     .nu = 2,
     .na = 1,
     .width = 16,
     .hidden = 2,
     .levels = 3,
     .corners = true,
     .greedy = true,
     .act = DURO_ACT_FILTERED},
    {.no = 2, .nu = 1, .na = 0, .width = 32, .hidden = 2, .levels = 5, .scaled = true, .act = DURO_ACT_FILTERED},
};
enum { RECIPES = sizeof recipes / sizeof *recipes, MOST = 8 };

static void *need(void *memory) {
  if (!memory) abort();
  return memory;
}

static duro_policy *make_policy(int number) {
  const recipe *r = &recipes[number];
  static const float shift[MOST] = {20, 0, -3, 0.5f, 1000, 0, 0, 0},
                     scale[MOST] = {0.25f, 8, 1, 0.5f, 0.03125f, 1, 1, 1};
  duro_stream stream = duro_stream_at(5, DURO_PURPOSE_SPARE, (uint64_t)number);
  policy_parts parts = {.algorithm = "test",
                        .environment = "made-up",
                        .no = r->no,
                        .nu = r->nu,
                        .na = r->na,
                        .width = r->width,
                        .hidden = r->hidden,
                        .levels = r->levels,
                        .margin = r->margin,
                        .corners = r->corners,
                        .greedy = r->greedy,
                        .h_unit = r->scaled ? 16 : 0,
                        .obs_shift = r->scaled ? shift : NULL,
                        .obs_scale = r->scaled ? scale : NULL};
  float *owned[ROLE_COUNT] = {NULL};
  for (int k = 0; k < ROLE_COUNT; k++) {
    if (!roles[k].frozen || (r->missing & ROLE(k))) continue;
    mlp shape;
    parts.net[k].inputs = r->no + (roles[k].critic ? r->nu + r->na : r->sees_u && k == ROLE_MU_H ? r->nu : 0);
    mlp_shape(&shape, parts.net[k].inputs, r->width, r->hidden, role_outputs((role)k, r->nu, r->na, r->levels));
    owned[k] = need(calloc(shape.params, sizeof(float)));
    mlp_init(owned[k], &shape, &stream);
    for (size_t i = 0; i < shape.params; i++)
      owned[k][i] *= 3; // so that tanh has both of its ways, and no output is the largest everywhere
    parts.net[k].params = owned[k];
  }
  duro_policy *policy;
  if (policy_create(&policy, &parts)) abort();
  for (int k = 0; k < ROLE_COUNT; k++) free(owned[k]);
  return policy;
}

static bool is_number(const char *word) {
  return word[0] >= '0' && word[0] <= '9' && !word[1];
}

static duro_policy *open_policy(const char *word, duro_export_options *options) {
  duro_policy *policy;
  if (is_number(word) && atoi(word) < RECIPES) {
    policy = make_policy(atoi(word));
    *options = duro_export_default(policy);
    options->act = recipes[atoi(word)].act;
    return policy;
  }
  if (duro_policy_load(&policy, word)) {
    fprintf(stderr, "%s\n", duro_error());
    exit(2);
  }
  *options = duro_export_default(policy);
  return policy;
}

/* ---- ranges ---- */

typedef struct ranges {
  float centre[MAX_OBS], spread[MAX_OBS], low[MAX_OBS], high[MAX_OBS];
} ranges;

static void find_ranges(ranges *r, const duro_policy *policy, double limit) {
  for (int i = 0; i < policy->info.no; i++) {
    const double scale = policy->obs_scale ? (double)policy->obs_scale[i] : 1;
    r->centre[i] = policy->obs_scale ? policy->obs_shift[i] : 0;
    r->spread[i] = (float)(1 / scale);
    r->low[i] = (float)((double)r->centre[i] - limit / scale);
    r->high[i] = (float)((double)r->centre[i] + limit / scale);
  }
}

static void print_range(FILE *file, const char *name, const float *values, int n) {
  fprintf(file, "static const float range_%s[%d] = {", name, n);
  for (int i = 0; i < n; i++) fprintf(file, "%s%.9ef", i ? ", " : "", (double)values[i]);
  fprintf(file, "};\n");
}

static int write_ranges(const duro_policy *policy, const char *folder, double limit) {
  char path[4096];
  ranges r;
  find_ranges(&r, policy, limit);
  snprintf(path, sizeof path, "%s/ranges.h", folder);
  FILE *file = need(fopen(path, "w"));
  print_range(file, "centre", r.centre, policy->info.no);
  print_range(file, "spread", r.spread, policy->info.no);
  print_range(file, "low", r.low, policy->info.no);
  print_range(file, "high", r.high, policy->info.no);
  return fclose(file) != 0;
}

/* ---- what the library does ---- */

/* raw outputs of a network, by the kernels that the library plays with */
static void evaluate(const duro_policy *policy, float *y, const float *x, role r) {
  const policy_net *net = &policy->nets[r];
  float buffer[2][MAX_WIDTH];
  for (int i = 0; i < net->shape.layers; i++) {
    const mlp_layer *layer = &net->shape.layer[i];
    policy->kernels->decide(buffer[i % 2], x, net->wt[i], net->b[i], layer->in, round16(layer->out),
                            i < net->shape.layers - 1);
    x = buffer[i % 2];
  }
  memcpy(y, x, sizeof *y * (size_t)net->shape.layer[net->shape.layers - 1].out);
}

/* Q_h of an action that no policy chose, which the library has no function for */
static float critic(const duro_policy *policy, const float *obs, const float *u) {
  const duro_policy_info *info = &policy->info;
  float in[MAX_IN], y[MAX_WIDTH], least;
  for (int i = 0; i < info->no; i++)
    in[i] = policy->obs_scale ? (obs[i] - policy->obs_shift[i]) * policy->obs_scale[i] : obs[i];
  memcpy(in + info->no, u, sizeof *u * (size_t)info->nu);
  float *a = in + info->no + info->nu;
  if (info->na > 0) duro_policy_respond(policy, a, obs, u, DURO_NET_MU_H);
  evaluate(policy, &least, in, ROLE_QH);
  for (int c = 0; c < policy_disturbance_corners(policy); c++) {
    for (int i = 0; i < info->na; i++) a[i] = c >> i & 1 ? 1.0f : -1.0f;
    evaluate(policy, y, in, ROLE_QH);
    least = fminf(least, y[0]);
  }
  return least;
}

/* ---- comparison ---- */

typedef int act_function(const float *, float *);
typedef int filter_function(const float *, const float *, float *);
typedef float value_function(const float *);
typedef float action_value_function(const float *, const float *);

typedef struct session {
  const duro_policy *policy;
  const duro_export_options *options;
  ranges range;
  act_function *act, *task, *safe;
  filter_function *filter;
  value_function *value;
  action_value_function *action_value;
  drive d;
  long index, filtered, passed;
} session;

static void find(void *function, void *object, const char *prefix, const char *name) {
  char symbol[128];
  snprintf(symbol, sizeof symbol, "%s_%s", prefix, name);
  void *found = dlsym(object, symbol);
  memcpy(function, &found, sizeof found);
}

static void differ(const session *s, const char *what, double got, double wanted) {
  printf("input %ld: %s is %.9g; the library has %.9g\n", s->index, what, got, wanted);
  exit(1);
}

static void hold(session *s, const char *what, int status, int wanted_status, const float *u, const float *wanted) {
  if (status != wanted_status) differ(s, what, status, wanted_status);
  for (int i = 0; i < s->policy->info.nu; i++)
    if (m_bits(u[i]) != m_bits(wanted[i])) differ(s, what, (double)u[i], (double)wanted[i]);
  drive_add(&s->d, (uint32_t)status);
  drive_add_floats(&s->d, u, s->policy->info.nu);
}

static void hold_value(session *s, const char *what, float value, float wanted) {
  if (m_bits(value) != m_bits(wanted)) differ(s, what, (double)value, (double)wanted);
  drive_add_floats(&s->d, &value, 1);
}

/* an action of the library, or the fallback */
static void hold_act(session *s, const char *what, act_function *act, const float *obs, bool valid, duro_act how) {
  const int nu = s->policy->info.nu;
  float u[MAX_ACTION] = {7}, wanted[MAX_ACTION] = {0};
  bool replaced = false;
  if (!act) return;
  if (valid) replaced = duro_policy_act(s->policy, wanted, obs, how, s->options->margin);
  const int status = !valid ? 2 : replaced || how == DURO_ACT_SAFETY ? 1 : 0;
  hold(s, what, act(obs, u), status, u, wanted);
  for (int i = 0; i < nu; i++)
    if (!(fabsf(u[i]) <= 1)) differ(s, what, (double)u[i], 0);
  s->filtered += replaced, s->passed += valid && !replaced;
}

/* the filter of a controller that is not the policy's */
static void hold_filter(session *s, const float *obs, bool valid, const float *want) {
  const int nu = s->policy->info.nu;
  float u[MAX_ACTION], clipped[MAX_ACTION], wanted[MAX_ACTION] = {0};
  bool finite = true;
  int status = 2;
  for (int i = 0; i < nu; i++) {
    finite = finite && isfinite(want[i]);
    clipped[i] = want[i] < -1 ? -1.0f : want[i] > 1 ? 1.0f : want[i];
  }
  const float value = valid && finite ? critic(s->policy, obs, clipped) : 0;
  if (valid) {
    const bool passes = finite && value >= s->options->margin;
    status = !passes;
    memcpy(wanted, clipped, sizeof wanted);
    if (!passes) duro_policy_act(s->policy, wanted, obs, DURO_ACT_SAFETY, 0);
  }
  hold(s, "filter", s->filter(obs, want, u), status, u, wanted);
  hold_value(s, "action_value", s->action_value(obs, want), valid && finite ? value * s->policy->h_unit : -FLT_MAX);
}

static void play(session *s) {
  const int no = s->policy->info.no, nu = s->policy->info.nu;
  float obs[MAX_OBS], want[MAX_ACTION];
  const ranges *r = &s->range;
  drive_observe(&s->d, obs, no, s->index, r->centre, r->spread, r->low, r->high);
  drive_want(&s->d, want, nu, s->index);
  bool valid = true;
  for (int i = 0; i < no; i++) valid = valid && obs[i] >= r->low[i] && obs[i] <= r->high[i];
  hold_act(s, "act", s->act, obs, valid, s->options->act);
  hold_act(s, "task", s->task, obs, valid, DURO_ACT_TASK);
  hold_act(s, "safe", s->safe, obs, valid, DURO_ACT_SAFETY);
  if (s->filter) hold_filter(s, obs, valid, want);
  if (s->value)
    hold_value(s, "safety_value", s->value(obs), valid ? duro_policy_safety_value(s->policy, obs) : -FLT_MAX);
}

static int compare(const duro_policy *policy, const duro_export_options *options, const char *path, const char *prefix,
                   long count) {
  static session s;
  void *object = dlopen(path, RTLD_NOW);
  if (!object) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  s = (session){.policy = policy, .options = options, .d = {1u, 2166136261u}};
  find_ranges(&s.range, policy, options->limit);
  find(&s.act, object, prefix, "act");
  find(&s.task, object, prefix, "task");
  find(&s.safe, object, prefix, "safe");
  find(&s.filter, object, prefix, "filter");
  find(&s.value, object, prefix, "safety_value");
  find(&s.action_value, object, prefix, "action_value");
  for (s.index = 0; s.index < count; s.index++) play(&s);
  printf("%08x\n%ld replaced, %ld passed\n", s.d.hash, s.filtered, s.passed);
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  duro_export_options options;
  duro_policy *policy = open_policy(argv[2], &options), *rounded = NULL;
  int status = 2;
  if (strcmp(argv[1], "make") == 0) status = duro_export_c(argv[3], policy, &options) ? 2 : 0;
  options.int16 = strcmp(argv[1], "make16") == 0;
  if (options.int16) status = duro_export_c(argv[3], policy, &options) ? 2 : 0;
  if (strcmp(argv[1], "compare16") == 0 && argc == 6 && export_round(&rounded, policy) == DURO_OK)
    status = compare(rounded, &options, argv[3], argv[4], strtol(argv[5], NULL, 10));
  duro_policy_destroy(rounded);
  if (strcmp(argv[1], "onnx") == 0) status = duro_export_onnx(argv[3], policy, &options) ? 2 : 0;
  if (strcmp(argv[1], "ranges") == 0) status = write_ranges(policy, argv[3], options.limit);
  if (strcmp(argv[1], "compare") == 0 && argc == 6)
    status = compare(policy, &options, argv[3], argv[4], strtol(argv[5], NULL, 10));
  if (status == 2) fprintf(stderr, "export_compare: %s\n", duro_error());
  duro_policy_destroy(policy);
  return status;
}
