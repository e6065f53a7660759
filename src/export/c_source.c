/* The parts of the C source that are made of numbers: parameters, networks, vectors. */
#include "export/c_source.h"

#include <stdio.h>
#include <string.h>

#include "base/math.h"
#include "export/rounded.h"
#include "export/vectors.h"
#include "io/number.h"

/* ---- numbers ---- */

/* The float, to all its bits, as a literal of C. */
void export_source_add_literal(text *out, float value) {
  char word[DURO_NUMBER_SIZE];
  duro_format(word, sizeof word, "%.9g", (double)value);
  text_add(out, "%s%sf", word, strpbrk(word, ".e") ? "" : ".0");
}

/* "static const float NAME[n] = {...};" */
static void add_array(text *out, const char *name, const float *values, size_t n) {
  text_add(out, "static const float %s[%zu] = {", name, n);
  for (size_t i = 0; i < n; i++) {
    text_add(out, i % 8 == 0 ? "\n  " : " ");
    export_source_add_literal(out, values[i]);
    text_add(out, i + 1 < n ? "," : "");
  }
  text_add(out, "\n};\n");
}

/* ---- parameters and networks ---- */

static uint32_t sum_bits(uint32_t sum, const float *values, size_t n) {
  for (size_t i = 0; i < n; i++) sum = (sum << 1 | sum >> 31) + m_bits(values[i]);
  return sum;
}

static void add_parameters(source *s, const char *name, const float *values, size_t n) {
  add_array(&s->parameters, name, values, n);
  text_add(&s->checksums, "  sum = sum_bits(sum, %s, %zu);\n", name, n);
  s->sum = sum_bits(s->sum, values, n);
  s->bytes += 4 * n;
}

/* The same of numbers that are integers of 16 bits times `step`. */
static void add_integers(source *s, const char *name, const float *values, size_t n, float step) {
  text *out = &s->parameters;
  text_add(out, "static const int16_t %s[%zu] = {", name, n);
  for (size_t i = 0; i < n; i++) {
    const int value = (int)(values[i] / step);
    text_add(out, "%s%d%s", i % 16 == 0 ? "\n  " : " ", value, i + 1 < n ? "," : "");
    s->sum = (s->sum << 1 | s->sum >> 31) + ((uint32_t)value & 0xffffu);
  }
  text_add(out, "\n};\n");
  text_add(&s->checksums, "  sum = sum_weights(sum, %s, %zu);\n", name, n);
  s->bytes += 2 * n;
}

/* Weights (in x out), input by input. */
static void order_weights(float *to, const policy_net *net, int i, int out) {
  const mlp_layer *layer = &net->shape.layer[i];
  for (int k = 0; k < layer->in; k++)
    for (int o = 0; o < out; o++) *to++ = net->params[layer->w + (size_t)o * (size_t)layer->ld + (size_t)k];
}

/* ends the call of dense() that reads these weights */
static void add_step(source *s, const float *weights, size_t n) {
  text_add(&s->networks, s->plan->int16 ? ", " : "");
  if (s->plan->int16) export_source_add_literal(&s->networks, export_step_of(weights, n));
  text_add(&s->networks, ");\n");
}

/* Parameters of one layer of a network, of which `out` outputs are used. */
static duro_status add_layer(source *s, role r, int i, int out) {
  const policy_net *net = &s->plan->policy->nets[r];
  const mlp_layer *layer = &net->shape.layer[i];
  const size_t n = (size_t)out * (size_t)layer->in;
  char name[32];
  float *weights = duro_allocate(sizeof *weights * n);
  if (!weights) return DURO_ERROR_MEMORY;
  order_weights(weights, net, i, out);
  snprintf(name, sizeof name, "%s_w%d", roles[r].name, i);
  if (s->plan->int16)
    add_integers(s, name, weights, n, export_step_of(weights, n));
  else
    add_parameters(s, name, weights, n);
  add_step(s, weights, n);
  snprintf(name, sizeof name, "%s_b%d", roles[r].name, i);
  add_parameters(s, name, net->params + layer->b, (size_t)out);
  duro_release(weights);
  return DURO_OK;
}

/* static void net_NAME(float *y, const float *x) */
static duro_status add_network(source *s, role r) {
  const mlp *shape = &s->plan->policy->nets[r].shape;
  const int last = shape->layers - 1, width = shape->layer[0].out, arrays = last > 1 ? 2 : 1;
  text *out = &s->networks;
  text_add(out, "static void net_%s(float *y, const float *x) {\n  float h0[%d]", roles[r].name, width);
  text_add(out, arrays > 1 ? ", h1[%d];\n" : ";\n", width);
  duro_status status = DURO_OK;
  for (int i = 0; !status && i <= last; i++) {
    const int outputs = i == last ? export_plan_outputs(s->plan, r) : shape->layer[i].out;
    char from[8] = "x", to[8] = "y";
    if (i > 0) snprintf(from, sizeof from, "h%d", (i - 1) % 2);
    if (i < last) snprintf(to, sizeof to, "h%d", i % 2);
    text_add(out, "  dense(%s, %s, %s_w%d, %s_b%d, %d, %d", to, from, roles[r].name, i, roles[r].name, i,
             shape->layer[i].in, outputs);
    status = add_layer(s, r, i, outputs);
    if (i < last) text_add(out, "  rectify(%s, %d);\n", to, outputs);
  }
  text_add(out, "}\n\n");
  const size_t stack = (size_t)arrays * (size_t)width;
  s->net_stack = stack > s->net_stack ? stack : s->net_stack;
  return status;
}

static void add_scalar(source *s, const char *name, float value) {
  text_add(&s->parameters, "static const float %s = ", name);
  export_source_add_literal(&s->parameters, value);
  text_add(&s->parameters, ";\n");
}

/* the control vectors, one after the other */
static void add_controls(source *s) {
  const duro_policy_info *info = &s->plan->policy->info;
  float values[LEVELS_MOST * MAX_ACTION];
  for (int k = 0; k < s->plan->vectors; k++)
    for (int i = 0; i < info->nu; i++) values[k * info->nu + i] = levels_control(k, i, info->levels);
  add_parameters(s, "controls", values, (size_t)s->plan->vectors * (size_t)info->nu);
}

static duro_status add_constants(source *s) {
  const plan *p = s->plan;
  const duro_policy *policy = p->policy;
  const size_t no = (size_t)policy->info.no;
  add_parameters(s, "obs_low", p->low, no);
  add_parameters(s, "obs_high", p->high, no);
  if (policy->obs_scale) {
    add_parameters(s, "obs_shift", policy->obs_shift, no);
    add_parameters(s, "obs_scale", policy->obs_scale, no);
  }
  add_parameters(s, "fallback", p->fallback, (size_t)policy->info.nu);
  if (p->vectors) add_controls(s);
  if (p->filter) add_scalar(s, "margin", p->margin); // compared as Q_h gives it
  if (p->value) add_scalar(s, "h_unit", policy->h_unit);
  duro_status status = DURO_OK;
  for (int r = 0; !status && r < ROLE_COUNT; r++)
    if (export_plan_needs(p, (role)r)) status = add_network(s, (role)r);
  return status;
}

/* ---- vectors ---- */

/* static const uint32_t NAME[VECTORS][columns] */
static void add_table(text *out, const char *name, const float *values, int columns) {
  text_add(out, "static const uint32_t %s[%d][%d] = {\n", name, VECTORS, columns);
  for (int k = 0; k < VECTORS; k++) {
    text_add(out, "  {");
    for (int i = 0; i < columns; i++)
      text_add(out, "%s0x%08xu", i == 0 ? "" : i % 8 ? ", " : ",\n   ", m_bits(values[k * columns + i]));
    text_add(out, k + 1 < VECTORS ? "},\n" : "}\n");
  }
  text_add(out, "};\n");
}

static duro_status add_vectors(source *s) {
  const plan *p = s->plan;
  vectors v;
  const duro_status status = export_vectors_make(&v, p);
  if (status) return status;
  text *out = &s->vectors;
  text_add(out, "static const int test_what[%d] = {", VECTORS);
  for (int k = 0; k < VECTORS; k++)
    text_add(out, "%s%d", k ? ", " : "", v.replaced[k] || p->act == DURO_ACT_SAFETY ? 1 : 0);
  text_add(out, "};\n");
  add_table(out, "test_obs", v.obs, v.no);
  add_table(out, "test_act", v.act, v.nu);
  if (p->task) add_table(out, "test_task", v.task, v.nu);
  if (p->safe) add_table(out, "test_safe", v.safe, v.nu);
  if (p->value) {
    text_add(out, "static const uint32_t test_value[%d] = {", VECTORS);
    for (int k = 0; k < VECTORS; k++)
      text_add(out, "%s0x%08xu", k == 0 ? "" : k % 8 ? ", " : ",\n  ", m_bits(v.value[k]));
    text_add(out, "};\n");
  }
  export_vectors_release(&v);
  return DURO_OK;
}

duro_status export_source_make(source *s, const plan *p) {
  *s = (source){.plan = p};
  duro_status status = add_constants(s);
  if (!status) status = add_vectors(s);
  const text *const texts[] = {&s->parameters, &s->networks, &s->checksums, &s->vectors};
  for (int i = 0; !status && i < 4; i++) status = text_status(texts[i]);
  if (status) export_source_release(s);
  return status;
}

void export_source_release(source *s) {
  text_release(&s->parameters);
  text_release(&s->networks);
  text_release(&s->checksums);
  text_release(&s->vectors);
}
