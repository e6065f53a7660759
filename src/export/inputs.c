/* What the observations of an environment are. */
#include "export/inputs.h"

#include <math.h>
#include <string.h>

#include "base/math.h"
#include "base/purposes.h"
#include "io/escape.h"

enum { PROBES = 24 };

/* How an observation may come from a state. */
typedef enum likeness { LIKE_NOTHING, LIKE_STATE, LIKE_SINE, LIKE_COSINE } likeness;

static float liken(likeness like, double x) {
  return (float)(like == LIKE_STATE ? x : like == LIKE_SINE ? m_sin(x) : m_cos(x));
}

static void draw_state(const duro_env_spec *spec, double *x, duro_stream *stream) {
  for (int i = 0; i < spec->nx; i++) {
    const bool edges = spec->x_low && isfinite(spec->x_low[i]) && isfinite(spec->x_high[i]);
    const double low = edges ? spec->x_low[i] : -1, high = edges ? spec->x_high[i] : 1;
    x[i] = low + (high - low) * duro_stream_uniform(stream);
  }
}

/* Which state observation i is made of, and how: of PROBES states x and observations. */
static likeness find_likeness(int *state, const duro_env_spec *spec, const double *x, const float *obs, int i) {
  for (int like = LIKE_STATE; like <= LIKE_COSINE; like++)
    for (int j = 0; j < spec->nx; j++) {
      int same = 0;
      for (int k = 0; k < PROBES; k++) same += obs[k * spec->no + i] == liken((likeness)like, x[k * spec->nx + j]);
      *state = j;
      if (same == PROBES) return (likeness)like;
    }
  return LIKE_NOTHING;
}

/* For each observation what it is: like (no), state (no); nothing where there is no environment. False: no memory.
 */
static bool probe(const plan *p, likeness *like, int *state) {
  const int no = p->policy->info.no;
  for (int i = 0; i < no; i++) like[i] = LIKE_NOTHING;
  if (!p->env) return true;
  const duro_env_spec *spec = &p->env->spec;
  double *x = duro_allocate(sizeof *x * PROBES * (size_t)spec->nx);
  float *obs = duro_allocate(sizeof *obs * PROBES * (size_t)no);
  duro_stream stream = duro_stream_at(1, DURO_PURPOSE_EXPORT, 0);
  for (int k = 0; x && obs && k < PROBES; k++) {
    draw_state(spec, x + k * spec->nx, &stream);
    p->env->ops->observe(p->env, obs + k * no, x + k * spec->nx);
  }
  for (int i = 0; x && obs && i < no; i++) like[i] = find_likeness(&state[i], spec, x, obs, i);
  const bool done = x && obs;
  duro_release(x);
  duro_release(obs);
  return done;
}

void export_inputs_add_word(text *out, const char *word) {
  text line = {0};
  text_add_line(&line, word);
  for (size_t i = 0; i < line.length; i++) {
    const char next = line.bytes[i + 1];
    text_add_bytes(out, &line.bytes[i], 1);
    // no end or beginning of a comment, no line that goes on
    if ((line.bytes[i] == '*' && next == '/') || (line.bytes[i] == '/' && (next == '*' || next == '/')) ||
        line.bytes[i] == '\\')
      text_add(out, " ");
  }
  text_release(&line);
}

static void describe(text *out, const plan *p, int i, likeness like, int state) {
  static const char *const before[] = {"", "", "sin ", "cos "};
  text_add(out, " *   obs[%d]  ", i);
  if (like == LIKE_NOTHING) {
    text_add(out, "observation %d of the environment", i);
  } else {
    const duro_env_spec *spec = &p->env->spec;
    const char *unit = spec->x_units && like == LIKE_STATE ? spec->x_units[state] : "";
    text_add(out, "%s", before[like]);
    export_inputs_add_word(out, spec->x_names ? spec->x_names[state] : "x");
    text_add(out, *unit ? ", " : "");
    export_inputs_add_word(out, unit);
    if (like == LIKE_STATE && spec->x_low)
      text_add(out, "; the environment's region of interest: %g .. %g", spec->x_low[state], spec->x_high[state]);
  }
  text_add(out, "; limits %.6g .. %.6g\n", (double)p->low[i], (double)p->high[i]);
}

void export_inputs_describe(text *out, const plan *p) {
  likeness like[MAX_OBS];
  int state[MAX_OBS];
  if (!probe(p, like, state)) out->failed = true;
  if (!p->env) text_add(out, " *   (exported without the environment: its observe() says what they are)\n");
  for (int i = 0; i < p->policy->info.no; i++) describe(out, p, i, like[i], state[i]);
}

void export_inputs_draw(const plan *p, float *obs, duro_stream *stream, bool wide) {
  const duro_policy *policy = p->policy;
  double x[DURO_MAX_STATE];
  if (p->env && !wide) {
    draw_state(&p->env->spec, x, stream);
    p->env->ops->observe(p->env, obs, x);
  }
  for (int i = 0; i < policy->info.no; i++) {
    const float seen = 2.0f * duro_stream_normalf(stream);
    if (!p->env || wide) obs[i] = policy->obs_scale ? seen / policy->obs_scale[i] + policy->obs_shift[i] : seen;
    if (!(obs[i] >= p->low[i])) obs[i] = p->low[i];
    if (!(obs[i] <= p->high[i])) obs[i] = p->high[i];
  }
}
