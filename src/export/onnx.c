/* A policy as an ONNX graph. Every row of a batch (n x no) is one observation; the graph is that of the C export, with
 * both ways of each decision computed and one of them chosen. Names of fields and their numbers: onnx.proto, version 3
 * of the protocol buffers' language, IR version 7; operators of opset 13. */
#include <float.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "duro/io.h"
#include "export/inputs.h"
#include "export/plan.h"
#include "export/protobuf.h"
#include "io/hash.h"
#include "io/number.h"

enum { IR_VERSION = 7, OPSET = 13, MOST_INPUTS = 20 };
enum { FLOAT = 1, INT64 = 7 };                  /* TensorProto.DataType */
enum { ATTRIBUTE_INT = 2, ATTRIBUTE_INTS = 7 }; /* AttributeProto.AttributeType */

/* A value in the graph, by its name. */
typedef struct edge {
  char name[24];
} edge;

typedef struct graph {
  const plan *plan;
  text nodes, constants; /* fields of a GraphProto */
  int count;             /* of names given */
} graph;

static edge named(const char *name) {
  edge e;
  snprintf(e.name, sizeof e.name, "%s", name);
  return e;
}

static edge next_name(graph *g) {
  edge e;
  snprintf(e.name, sizeof e.name, "t%d", g->count++);
  return e;
}

/* ---- constants ---- */

/* A tensor of floats, rows x columns; 0 rows: of one dimension. */
static edge add_tensor(graph *g, const char *name, int rows, int columns, const float *values) {
  text tensor = {0};
  if (rows) export_pb_integer(&tensor, 1, rows);
  export_pb_integer(&tensor, 1, columns);
  export_pb_integer(&tensor, 2, FLOAT);
  export_pb_string(&tensor, 8, name);
  export_pb_raw_floats(&tensor, 9, values, (size_t)(rows ? rows : 1) * (size_t)columns);
  export_pb_message(&g->constants, 5, &tensor);
  return named(name);
}

static edge add_number(graph *g, const char *name, float value) {
  return add_tensor(g, name, 0, 1, &value);
}

static edge add_integer(graph *g, const char *name, int64_t value) {
  const unsigned char bytes[8] = {(unsigned char)value}; // small ones alone
  text tensor = {0};
  export_pb_integer(&tensor, 1, 1);
  export_pb_integer(&tensor, 2, INT64);
  export_pb_string(&tensor, 8, name);
  export_pb_bytes(&tensor, 9, bytes, sizeof bytes);
  export_pb_message(&g->constants, 5, &tensor);
  return named(name);
}

/* ---- nodes ---- */

typedef struct attribute {
  const char *name; /* NULL: none */
  int type;
  int64_t value;
} attribute;

static void add_node(graph *g, edge output, const char *op, attribute about, int n, const edge *inputs) {
  text node = {0};
  for (int i = 0; i < n; i++) export_pb_string(&node, 1, inputs[i].name);
  export_pb_string(&node, 2, output.name);
  export_pb_string(&node, 3, output.name);
  export_pb_string(&node, 4, op);
  if (about.name) {
    text inner = {0};
    export_pb_string(&inner, 1, about.name);
    export_pb_integer(&inner, about.type == ATTRIBUTE_INT ? 3 : 8, about.value);
    export_pb_integer(&inner, 20, about.type);
    export_pb_message(&node, 5, &inner);
  }
  export_pb_message(&g->nodes, 1, &node);
}

static edge apply(graph *g, const char *op, attribute about, int n, const edge *inputs) {
  const edge output = next_name(g);
  add_node(g, output, op, about, n, inputs);
  return output;
}

#define EDGES(...)                                                                                                     \
  (sizeof((edge[]){__VA_ARGS__}) / sizeof(edge)), (edge[]) {                                                           \
    __VA_ARGS__                                                                                                        \
  }
static const attribute plain = {0}, axis = {"axis", ATTRIBUTE_INT, 1}, axes = {"axes", ATTRIBUTE_INTS, 1},
                       transposed = {"transB", ATTRIBUTE_INT, 1};

static edge choose(graph *g, edge condition, edge yes, edge no) {
  return apply(g, "Where", plain, EDGES(condition, yes, no));
}

static edge join(graph *g, edge a, edge b) {
  return apply(g, "Concat", axis, EDGES(a, b));
}

/* ---- networks ---- */

static void add_layer(graph *g, role r, int i) {
  const policy_net *net = &g->plan->policy->nets[r];
  const mlp_layer *layer = &net->shape.layer[i];
  const int out = i == net->shape.layers - 1 ? export_plan_outputs(g->plan, r) : layer->out;
  char name[24];
  float *weights = duro_allocate(sizeof *weights * (size_t)out * (size_t)layer->in);
  if (!weights) {
    g->constants.failed = true;
    return;
  }
  for (int o = 0; o < out; o++)
    memcpy(weights + (ptrdiff_t)o * layer->in, net->params + layer->w + (size_t)o * (size_t)layer->ld,
           sizeof *weights * (size_t)layer->in);
  snprintf(name, sizeof name, "%s_w%d", roles[r].name, i);
  add_tensor(g, name, out, layer->in, weights);
  snprintf(name, sizeof name, "%s_b%d", roles[r].name, i);
  add_tensor(g, name, 0, out, net->params + layer->b);
  duro_release(weights);
}

/* raw outputs of a network */
static edge evaluate(graph *g, role r, edge x) {
  const int layers = g->plan->policy->nets[r].shape.layers;
  for (int i = 0; i < layers; i++) {
    edge w, b;
    snprintf(w.name, sizeof w.name, "%s_w%d", roles[r].name, i);
    snprintf(b.name, sizeof b.name, "%s_b%d", roles[r].name, i);
    x = apply(g, "Gemm", transposed, EDGES(x, w, b));
    if (i < layers - 1) x = apply(g, "Relu", plain, EDGES(x));
  }
  return x;
}

static edge squashed(graph *g, role r, edge x) {
  return apply(g, "Tanh", plain, EDGES(evaluate(g, r, x)));
}

/* u of pi or pi_h (n x nu) */
static edge act(graph *g, role r, edge seen) {
  if (!g->plan->vectors) return squashed(g, r, seen);
  const edge best = apply(g, "ArgMax", axis, EDGES(evaluate(g, r, seen))); // n x 1
  return apply(g, "Gather", plain, EDGES(named("controls"), apply(g, "Squeeze", plain, EDGES(best, named("one")))));
}

/* corner c of a box of d actions, or control vector c of `levels`, in every row: `zero` (d x no) makes rows of zeros of
 * what is seen */
static edge corner(graph *g, const char *zero, const char *what, int d, int levels, int c, edge seen) {
  float values[MAX_ACTION];
  edge bias;
  snprintf(bias.name, sizeof bias.name, "%s%d_%d", what, c, g->count);
  for (int i = 0; i < d; i++) values[i] = levels_control(c, i, levels ? levels : 2);
  add_tensor(g, bias.name, 0, d, values);
  return apply(g, "Gemm", transposed, EDGES(seen, named(zero), bias));
}

/* Q_h(x, u, a), the least over a of mu_h and the corners */
static edge critic(graph *g, edge seen, edge u) {
  const plan *p = g->plan;
  const edge seen_u = join(g, seen, u);
  edge all[MOST_INPUTS];
  int n = 0;
  if (!p->sees_a) return evaluate(g, ROLE_QH, seen_u);
  const edge a = squashed(g, ROLE_MU_H, policy_sees_u(p->policy, ROLE_MU_H) ? seen_u : seen);
  all[n++] = evaluate(g, ROLE_QH, join(g, seen_u, a));
  for (int c = 0; c < p->corners; c++)
    all[n++] = evaluate(g, ROLE_QH, join(g, seen_u, corner(g, "zero_a", "a", p->policy->info.na, 0, c, seen)));
  return n > 1 ? apply(g, "Min", plain, n, all) : all[0];
}

/* ---- policies ---- */

/* the action of the safety policy */
static edge act_safely(graph *g, edge seen) {
  const plan *p = g->plan;
  edge u = act(g, p->safest, seen);
  if (!p->greedy) return u;
  edge best = critic(g, seen, u);
  for (int c = 0; c < p->greedy; c++) {
    const edge other = corner(g, "zero_u", "u", p->policy->info.nu, p->policy->info.levels, c, seen);
    const edge value = critic(g, seen, other), better = apply(g, "Greater", plain, EDGES(value, best));
    u = choose(g, better, other, u);
    best = choose(g, better, value, best);
  }
  return u;
}

/* What the networks see, and whether all of it is valid (n x 1). */
static edge see(graph *g, edge obs, edge *valid) {
  const plan *p = g->plan;
  const int no = p->policy->info.no;
  const edge low = add_tensor(g, "obs_low", 0, no, p->low), high = add_tensor(g, "obs_high", 0, no, p->high);
  const edge above = apply(g, "GreaterOrEqual", plain, EDGES(obs, low));
  const edge below = apply(g, "LessOrEqual", plain, EDGES(obs, high));
  const edge inside = apply(g, "And", plain, EDGES(above, below));
  const edge count = apply(g, "Cast", (attribute){"to", ATTRIBUTE_INT, FLOAT}, EDGES(inside));
  const edge least = apply(g, "ReduceMin", axes, EDGES(count));
  *valid = apply(g, "Greater", plain, EDGES(least, named("half")));
  edge seen = obs;
  if (p->policy->obs_scale) {
    const edge shift = add_tensor(g, "obs_shift", 0, no, p->policy->obs_shift);
    const edge scale = add_tensor(g, "obs_scale", 0, no, p->policy->obs_scale);
    seen = apply(g, "Mul", plain, EDGES(apply(g, "Sub", plain, EDGES(seen, shift)), scale));
  }
  return choose(g, inside, seen, named("zero"));
}

/* The roles whose networks the graph runs; of pi and pi_h one alone may do. */
static unsigned used_roles(const plan *p) {
  const unsigned pi = p->act == DURO_ACT_SAFETY && p->safest != ROLE_PI ? ROLE(ROLE_PI) : 0;
  const unsigned pi_h = p->act == DURO_ACT_TASK && !p->value ? ROLE(ROLE_PI_H) : 0;
  return p->nets & ~(pi | pi_h);
}

/* the control vectors, and the axis along which they are chosen */
static void add_controls(graph *g) {
  const duro_policy_info *info = &g->plan->policy->info;
  float values[LEVELS_MOST * MAX_ACTION];
  for (int k = 0; k < g->plan->vectors; k++)
    for (int i = 0; i < info->nu; i++) values[k * info->nu + i] = levels_control(k, i, info->levels);
  add_tensor(g, "controls", g->plan->vectors, info->nu, values);
  add_integer(g, "one", 1);
}

/* Constants that all graphs have, and the parameters. */
static void add_constants(graph *g) {
  static const float zeros[MAX_OBS * 6]; // for up to four actions with corners, or six of two levels
  const plan *p = g->plan;
  const duro_policy_info *info = &p->policy->info;
  add_number(g, "zero", 0.0f);
  add_number(g, "half", 0.5f);
  if (p->act != DURO_ACT_SAFETY) add_integer(g, "what_task", 0);
  if (p->act != DURO_ACT_TASK) add_integer(g, "what_safety", 1);
  add_integer(g, "what_fallback", 2);
  if (p->corners) add_tensor(g, "zero_a", info->na, info->no, zeros);
  if (p->greedy) add_tensor(g, "zero_u", info->nu, info->no, zeros);
  add_tensor(g, "fallback", 0, info->nu, p->fallback);
  if (p->vectors) add_controls(g);
  for (int r = 0; r < ROLE_COUNT; r++)
    for (int i = 0; (used_roles(p) & ROLE(r)) && i < p->policy->nets[r].shape.layers; i++) add_layer(g, (role)r, i);
}

/* u, what and value of the deployed action, from obs. */
static void add_deployed(graph *g) {
  const plan *p = g->plan;
  edge valid, u, what = named("what_task"), safe = {""};
  const edge seen = see(g, named("obs"), &valid);
  if (p->value || p->act != DURO_ACT_TASK) safe = act_safely(g, seen);
  u = p->act == DURO_ACT_SAFETY ? safe : act(g, ROLE_PI, seen);
  if (p->act == DURO_ACT_SAFETY) what = named("what_safety");
  if (p->act == DURO_ACT_FILTERED) {
    const edge margin = add_number(g, "margin", p->margin);
    const edge passes = apply(g, "GreaterOrEqual", plain, EDGES(critic(g, seen, u), margin));
    u = choose(g, passes, u, safe);
    what = choose(g, passes, what, named("what_safety"));
  }
  add_node(g, named("u"), "Where", plain, EDGES(valid, u, named("fallback")));
  add_node(g, named("what"), "Where", plain, EDGES(valid, what, named("what_fallback")));
  if (!p->value) return;
  const edge unit = add_number(g, "h_unit", p->policy->h_unit), worst = add_number(g, "value_invalid", -FLT_MAX);
  const edge value = apply(g, "Mul", plain, EDGES(critic(g, seen, safe), unit));
  add_node(g, named("value"), "Where", plain, EDGES(valid, value, worst));
}

/* ---- the model ---- */

/* A ValueInfoProto: a tensor of n rows, whatever n is. */
static void add_value_info(text *graph, int field, const char *name, int type, int columns) {
  text value = {0}, kind = {0}, tensor = {0}, shape = {0}, batch = {0}, size = {0};
  export_pb_string(&batch, 2, "n");
  export_pb_integer(&size, 1, columns);
  export_pb_message(&shape, 1, &batch);
  export_pb_message(&shape, 1, &size);
  export_pb_integer(&tensor, 1, type);
  export_pb_message(&tensor, 2, &shape);
  export_pb_message(&kind, 1, &tensor);
  export_pb_string(&value, 1, name);
  export_pb_message(&value, 2, &kind);
  export_pb_message(graph, field, &value);
}

static void __attribute__((format(printf, 3, 4))) add_note(text *model, const char *key, const char *format, ...) {
  char words[200];
  text entry = {0};
  va_list list;
  va_start(list, format);
  duro_format_list(words, sizeof words, format, list);
  va_end(list);
  export_pb_string(&entry, 1, key);
  export_pb_string(&entry, 2, words);
  export_pb_message(model, 14, &entry);
}

static void add_notes(text *model, const plan *p) {
  const duro_policy_info *info = &p->policy->info;
  char hash[DURO_HASH_TEXT];
  duro_hash_print(hash, duro_policy_hash(p->policy));
  add_note(model, "algorithm", "%s", info->algorithm);
  add_note(model, "environment", "%s", info->environment);
  add_note(model, "hash", "%s", hash);
  add_note(model, "act", "%s", duro_policy_act_name(p->act));
  add_note(model, "margin", "%.9g", (double)p->margin * info->h_unit);
  add_note(model, "what", "0: pi acts; 1: the safety policy acts; 2: an observation is not within its limits");
  add_note(model, "value", ">= 0: the learned Q_h expects h >= 0 from here on under the safety policy");
}

static void add_graph(text *model, graph *g) {
  const plan *p = g->plan;
  text all = {0}, opset = {0};
  text_add_text(&all, &g->nodes);
  export_pb_string(&all, 2, p->prefix);
  text_add_text(&all, &g->constants);
  add_value_info(&all, 11, "obs", FLOAT, p->policy->info.no);
  add_value_info(&all, 12, "u", FLOAT, p->policy->info.nu);
  add_value_info(&all, 12, "what", INT64, 1);
  if (p->value) add_value_info(&all, 12, "value", FLOAT, 1);
  export_pb_message(model, 7, &all);
  export_pb_string(&opset, 1, "");
  export_pb_integer(&opset, 2, OPSET);
  export_pb_message(model, 8, &opset);
}

static duro_status write_model(const char *folder, const plan *p) {
  char name[PLAN_PREFIX + 8], path[4096];
  graph g = {.plan = p};
  text model = {0};
  snprintf(name, sizeof name, "%s.onnx", p->prefix);
  duro_status status = duro_path_join(path, sizeof path, folder, name);
  if (!status) status = export_plan_check_file(path, "duro export");
  if (status) return status;
  export_pb_integer(&model, 1, IR_VERSION);
  export_pb_string(&model, 2, "duro export");
  export_pb_string(&model, 3, DURO_VERSION);
  add_notes(&model, p);
  add_constants(&g);
  add_deployed(&g);
  add_graph(&model, &g);
  status = text_save(&model, path);
  text_release(&g.nodes);
  text_release(&g.constants);
  text_release(&model);
  return status;
}

duro_status duro_export_onnx(const char *folder, const duro_policy *policy, const duro_export_options *options) {
  plan *p = duro_allocate(sizeof *p);
  if (!p) return DURO_ERROR_MEMORY;
  duro_status status = export_plan_make(p, policy, options);
  if (!status) status = write_model(folder, p);
  duro_release(p);
  return status;
}
