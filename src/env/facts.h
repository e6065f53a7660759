/* What an environment is about, in words and units: for the pages and pictures that show it. */
#ifndef DURO_ENV_FACTS_H
#define DURO_ENV_FACTS_H

#include "duro/env.h"
#include "io/text.h"

/* What a value of a state means. */
typedef enum fact_side { FACT_LEAST, FACT_MOST, FACT_TARGET } fact_side;

typedef struct fact_mark {
  int state;
  fact_side side; /* it is safe at the value and above, or below; or the task wants to be there */
  double value;
} fact_mark;

enum { FACT_MARKS = 64 };

struct duro_facts {
  text control, disturbance; /* what u and a do at their bounds, with units; empty: nobody has said it */
  text safe;                 /* every constraint of h = min(h_i), divided by semicolons */
  fact_mark mark[FACT_MARKS];
  int marks;
};

/* Fills the facts; facts_release in any case. */
void facts_of(duro_facts *f, const duro_env *env);
void facts_release(duro_facts *f);

/* For the environments. low <= name <= high, in words; an infinite one is none. */
void facts_range(duro_facts *f, const char *name, const char *unit, double low, double high);
/* |x_state| <= limit */
void facts_within(duro_facts *f, const duro_env *env, int state, double limit);
/* low <= x_state <= high */
void facts_between(duro_facts *f, const duro_env *env, int state, double low, double high);
/* Marks without words. */
void facts_mark(duro_facts *f, int state, fact_side side, double value);

#endif
