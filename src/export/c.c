/* A policy as freestanding C: the templates, filled. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "duro/io.h"
#include "export/c_source.h"
#include "export/inputs.h"
#include "export/rounded.h"
#include "export/template.h"
#include "export/vectors.h"
#include "export_c_header.h"
#include "export_c_source.h"
#include "io/hash.h"
#include "io/number.h"
#include "sources.h"

/* ---- what it costs ---- */

static size_t fmas_of(const plan *p, role r) {
  const mlp *shape = &p->policy->nets[r].shape;
  size_t sum = 0;
  for (int i = 0; i < shape->layers; i++) {
    const int out = i == shape->layers - 1 ? export_plan_outputs(p, r) : shape->layer[i].out;
    sum += (size_t)shape->layer[i].in * (size_t)out;
  }
  return sum;
}

/* At worst: how often each part of the filter runs in one action. */
typedef struct cost {
  size_t fma, tanh;
} cost;

static void add_cost(cost *c, const plan *p, role r, size_t times, bool squashed) {
  c->fma += times * fmas_of(p, r);
  c->tanh += squashed ? times * (size_t)export_plan_outputs(p, r) : 0;
}

static void add_critic(cost *c, const plan *p, size_t times) {
  add_cost(c, p, ROLE_QH, times * (1 + (size_t)p->corners), false);
  if (p->sees_a) add_cost(c, p, ROLE_MU_H, times, true);
}

static cost cost_of_act(const plan *p) {
  cost c = {0};
  if (p->act != DURO_ACT_SAFETY) add_cost(&c, p, ROLE_PI, 1, !p->vectors);
  if (p->act == DURO_ACT_FILTERED) add_critic(&c, p, 1);
  if (p->act != DURO_ACT_TASK) {
    add_cost(&c, p, p->safest, 1, !p->vectors);
    if (p->greedy) add_critic(&c, p, 1 + (size_t)p->greedy);
  }
  return c;
}

/* Bytes of arrays on the deepest way from a public function. */
static size_t stack_of(const source *s) {
  const duro_policy_info *info = &s->plan->policy->info;
  const size_t critic = s->plan->value ? (size_t)(info->no + info->nu + info->na) + 2 : 0;
  const size_t greedy = s->plan->greedy ? (size_t)info->nu + 2 : 0;
  const size_t self_test = (size_t)(info->no + info->nu) + 1;
  const size_t outputs = (size_t)s->plan->vectors;
  return sizeof(float) * (s->net_stack + critic + greedy + outputs + self_test + (size_t)(info->no + info->nu));
}

/* ---- words ---- */

enum { MOST_WORDS = 64, WORD = 160 };

/* The words of the templates; short ones are kept here. */
typedef struct wordlist {
  template_word word[MOST_WORDS];
  char kept[MOST_WORDS][WORD];
  int n;
} wordlist;

static void add_word(wordlist *w, const char *name, const char *text) {
  w->word[w->n++] = (template_word){name, text ? text : ""};
}

static void __attribute__((format(printf, 3, 4))) add_made(wordlist *w, const char *name, const char *format, ...) {
  va_list list;
  va_start(list, format);
  duro_format_list(w->kept[w->n], WORD, format, list);
  va_end(list);
  w->word[w->n] = (template_word){name, w->kept[w->n]};
  w->n++;
}

static void add_flag(wordlist *w, const char *name, bool set) {
  add_word(w, name, set ? "1" : "");
}

/* a number that is also a condition: empty where it is 0 */
static void add_count(wordlist *w, const char *name, int n) {
  if (n)
    add_made(w, name, "%d", n);
  else
    add_word(w, name, "");
}

static void add_flags(wordlist *w, const plan *p) {
  add_flag(w, "task", p->task);
  add_flag(w, "safe", p->safe);
  add_flag(w, "filter", p->filter);
  add_flag(w, "value", p->value);
  add_flag(w, "safety", p->safe || p->value);
  add_flag(w, "mu_h", p->value && p->sees_a);
  add_flag(w, "scaled", p->policy->obs_scale);
  add_flag(w, "corners_any", p->corners || (p->greedy && !p->vectors));
  add_flag(w, "squashes", !p->vectors || (p->value && p->sees_a));
  add_flag(w, "levels", p->vectors);
  add_flag(w, "act_filtered", p->act == DURO_ACT_FILTERED);
  add_flag(w, "int16", p->int16);
  add_word(w, "with_rounded", p->int16 ? " with these weights" : "");
  add_word(w, "weight_step", p->int16 ? ", float step" : "");
  add_word(w, "weight_step_passed", p->int16 ? ", step" : "");
  add_count(w, "corners", p->corners);
  add_count(w, "greedy", p->greedy);
}

static void add_sentences(wordlist *w, const plan *p) {
  add_word(w, "act_text",
           p->act == DURO_ACT_TASK     ? "the task policy pi acts alone."
           : p->act == DURO_ACT_SAFETY ? "the safety policy acts alone."
                                       : "the task policy pi acts behind the safety filter.");
  add_word(w, "act_name", p->act == DURO_ACT_TASK ? "task" : "safe");
  add_word(w, "safe_text",
           p->greedy && p->vectors ? "the best by Q_h of all control vectors."
           : p->greedy             ? "the best by Q_h of pi_h and the corners of the box of controls."
           : p->safe               ? "pi_h."
                                   : "pi, which was trained to be safe itself.");
  add_word(w, "critic_text",
           !p->sees_a   ? "the safety critic."
           : p->corners ? "the safety critic, the least over a of mu_h and the corners of the box of disturbances."
                        : "the safety critic at the disturbance that mu_h answers with.");
  add_word(w, "safest", roles[p->safest].name);
}

static void add_numbers(wordlist *w, const source *s) {
  const plan *p = s->plan;
  const duro_policy_info *info = &p->policy->info;
  const cost c = cost_of_act(p);
  const size_t vector_bytes =
      sizeof(float) * VECTORS * (size_t)(info->no + info->nu * (1 + p->task + p->safe) + (p->value ? 1 : 0) + 1);
  const size_t net_bytes = s->bytes + 2 * sizeof(float), stack = stack_of(s);
  add_made(w, "vectors_of_controls", "%d", p->vectors);
  add_made(w, "levels_of_controls", "%d", info->levels);
  add_made(w, "no", "%d", info->no);
  add_made(w, "nu", "%d", info->nu);
  add_made(w, "na", "%d", info->na);
  add_made(w, "last_control", "%d", info->nu - 1);
  add_made(w, "qh_in", "%d", p->value ? p->policy->nets[ROLE_QH].shape.layer[0].in : 0);
  add_made(w, "qh_a", "%d", info->no + info->nu);
  add_made(w, "step", "%lld", (long long)info->step);
  add_made(w, "checksum", "0x%08x", s->sum);
  add_made(w, "vectors", "%d", VECTORS);
  add_made(w, "vector_bytes", "%zu", vector_bytes);
  add_made(w, "net_bytes", "%zu", net_bytes);
  add_made(w, "const_bytes", "%zu", net_bytes + vector_bytes);
  add_made(w, "stack_bytes", "%zu", stack);
  add_made(w, "stack_bound", "%zu", stack + 768);
  add_made(w, "act_fma", "%zu", c.fma);
  add_made(w, "act_tanh", "%zu", c.tanh);
  add_made(w, "margin", "%g", (double)p->margin * info->h_unit);
  if (p->env)
    add_made(w, "h_scale", "%g", p->env->spec.h_scale);
  else
    add_word(w, "h_scale", "the environment's h_scale");
}

/* Words of any length. */
typedef struct long_words {
  text inputs, fallback, margin, rounding;
  char hash[DURO_HASH_TEXT];
} long_words;

/* what rounding changes, as a part of the header's comment */
static void describe_rounding(text *out, const plan *p) {
  rounding r;
  export_measure_rounding(&r, p, p->original);
  text_add(out,
           " * Weights are rounded to 16 bits: integers times a power of two for each layer. At %d random\n"
           " * observations that moved ",
           r.observations);
  if (p->task) text_add(out, "pi by at most %.2g, ", r.task);
  if (p->safe) text_add(out, "the safety policy by at most %.2g, ", r.safe);
  if (p->value) text_add(out, "V by at most %.2g, ", r.value);
  text_add(out, "and\n * another policy acted at %d of them.", r.decisions);
}

static void add_long(wordlist *w, long_words *l, const source *s) {
  const plan *p = s->plan;
  bool zero = true;
  export_inputs_describe(&l->inputs, p);
  for (int i = 0; i < p->policy->info.nu; i++) {
    text_add(&l->fallback, i ? ", %.9g" : "%.9g", (double)p->fallback[i]);
    zero = zero && p->fallback[i] == 0.0f;
  }
  export_source_add_literal(&l->margin, p->margin * p->policy->h_unit);
  duro_hash_print(l->hash, duro_policy_hash(p->original));
  if (p->int16) describe_rounding(&l->rounding, p);
  add_word(w, "rounding", l->rounding.bytes);
  add_word(w, "inputs", l->inputs.bytes);
  add_word(w, "fallback_text", zero ? "0" : l->fallback.bytes);
  add_word(w, "margin_literal", l->margin.bytes);
  add_word(w, "hash", l->hash);
  add_word(w, "parameters", s->parameters.bytes);
  add_word(w, "networks", s->networks.bytes);
  add_word(w, "vectors_text", s->vectors.bytes);
  add_word(w, "checksums", s->checksums.bytes);
}

static void add_names(wordlist *w, text *environment, const plan *p) {
  export_inputs_add_word(environment, p->policy->info.environment);
  add_word(w, "p", p->prefix);
  add_word(w, "P", p->upper);
  add_word(w, "version", DURO_VERSION);
  add_word(w, "sources", DURO_SOURCES);
  add_word(w, "algorithm", p->policy->info.algorithm);
  add_word(w, "environment", environment->bytes);
}

/* ---- files ---- */

static duro_status write_both(const char *folder, const source *s) {
  long_words l = {0};
  text environment = {0};
  wordlist *w = duro_allocate(sizeof *w);
  if (!w) return DURO_ERROR_MEMORY;
  add_names(w, &environment, s->plan);
  add_flags(w, s->plan);
  add_sentences(w, s->plan);
  add_numbers(w, s);
  add_long(w, &l, s);
  duro_status status = text_status(&environment);
  if (!status) status = text_status(&l.inputs);
  if (!status) status = export_plan_write(folder, s->plan->prefix, ".c", export_c_source, w->word, w->n);
  if (!status) status = export_plan_write(folder, s->plan->prefix, ".h", export_c_header, w->word, w->n);
  text_release(&environment);
  text_release(&l.inputs);
  text_release(&l.fallback);
  text_release(&l.margin);
  text_release(&l.rounding);
  duro_release(w);
  return status;
}

duro_status duro_export_c(const char *folder, const duro_policy *policy, const duro_export_options *options) {
  plan *p = duro_allocate(sizeof *p);
  if (!p) return DURO_ERROR_MEMORY;
  source s;
  duro_policy *rounded = NULL;
  duro_status status = options->int16 ? export_round(&rounded, policy) : DURO_OK;
  if (!status) status = export_plan_make(p, rounded ? rounded : policy, options);
  p->original = policy, p->int16 = options->int16;
  if (!status) status = export_source_make(&s, p);
  if (!status) {
    status = write_both(folder, &s);
    export_source_release(&s);
  }
  duro_policy_destroy(rounded);
  duro_release(p);
  return status;
}
