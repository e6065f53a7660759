/* An environment in words and units. */
#include "env/facts.h"

#include <math.h>

void facts_mark(duro_facts *f, int state, fact_side side, double value) {
  if (f->marks < FACT_MARKS && isfinite(value)) f->mark[f->marks++] = (fact_mark){state, side, value};
}

static void begin(duro_facts *f) {
  if (f->safe.length) text_add(&f->safe, "; ");
}

void facts_range(duro_facts *f, const char *name, const char *unit, double low, double high) {
  begin(f);
  if (isfinite(low) && isfinite(high))
    text_add(&f->safe, "%.4g <= %s <= %.4g", low, name, high);
  else
    text_add(&f->safe, "%s %s %.4g", name, isfinite(low) ? ">=" : "<=", isfinite(low) ? low : high);
  if (unit[0]) text_add(&f->safe, " %s", unit);
}

void facts_within(duro_facts *f, const duro_env *env, int state, double limit) {
  const char *unit = env->spec.x_units[state];
  begin(f);
  text_add(&f->safe, "|%s| <= %.4g%s%s", env->spec.x_names[state], limit, unit[0] ? " " : "", unit);
  facts_mark(f, state, FACT_LEAST, -limit);
  facts_mark(f, state, FACT_MOST, limit);
}

void facts_between(duro_facts *f, const duro_env *env, int state, double low, double high) {
  facts_range(f, env->spec.x_names[state], env->spec.x_units[state], low, high);
  facts_mark(f, state, FACT_LEAST, low);
  facts_mark(f, state, FACT_MOST, high);
}

void facts_of(duro_facts *f, const duro_env *env) {
  *f = (duro_facts){0};
  if (env->ops->facts) env->ops->facts(env, f);
}

void facts_release(duro_facts *f) {
  text_release(&f->control);
  text_release(&f->disturbance);
  text_release(&f->safe);
}
