/* The search for one start: what has been tried, and what is tried next. */
#ifndef DURO_EVAL_HUNT_H
#define DURO_EVAL_HUNT_H

#include "eval/rollout.h"

typedef struct candidate {
  float *a;     /* (horizon x na), amplitude included */
  double *x;    /* (nx) its own start; NULL: that of the hunt */
  double value; /* V_h there */
  duro_episode episode;
  closeness close;
} candidate;

/* A stretch of one disturbance that was turned to the opposite bound, and what that gained. */
typedef struct turn {
  int from, to, j;
  double gain;
} turn;

/* What all hunts share. */
typedef struct hunt_plan {
  int population, elite, horizon, na;
  int nx; /* of the starts that candidates have of their own */
  float amplitude;
  double h_scale;
} hunt_plan;

typedef struct hunt {
  int64_t episode;
  duro_stream stream;
  bool started;
  double start[DURO_MAX_STATE], start_value;
  candidate *tried; /* (elite + population) the elite first, best first, then the new ones */
  int kept, fresh;  /* of the elite, of the new ones */
  int stale;        /* populations since the best of the elite changed */
  candidate worst;
  /* turns of the best of the elite as it was, base (horizon x na) */
  turn *turns; /* (population) */
  int n_turns;
  float *base;
  candidate base_result;
} hunt;

/* Did a do more harm than b? A violation or a failure, the earlier the worse, beats all else. */
bool hunt_did_more(const hunt_plan *plan, const candidate *a, const candidate *b);
/* Is a the better one to go on from? */
bool hunt_promises_more(const hunt_plan *plan, const candidate *a, const candidate *b);

/* New candidates behind the elite: a first population, */
void hunt_draw_first(const hunt_plan *plan, hunt *h);
/* another one in place of an elite that gets no better, whose worst is remembered, */
void hunt_draw_anew(const hunt_plan *plan, hunt *h);
/* the best of the elite with one stretch turned in each, */
void hunt_draw_turns(const hunt_plan *plan, hunt *h);
/* and many of the turns that gained at once, beside children of the elite. */
void hunt_draw_combinations(const hunt_plan *plan, hunt *h);

/* Parts of which others are made. a (horizon x na) holds a corner and its opposite in turn, */
void hunt_draw_square(const hunt_plan *plan, float *a, int64_t corner, int half_period);
/* or switches by chance, */
void hunt_draw_switching(const hunt_plan *plan, hunt *h, float *a);
/* or is a child of the parent that is returned, one of the elite; with `same`, its very sequence. */
const candidate *hunt_draw_child(const hunt_plan *plan, hunt *h, float *a, bool same);

/* After the new ones were played: what the turns gained, the worst of all, and the elite. */
void hunt_take(const hunt_plan *plan, hunt *h);

#endif
