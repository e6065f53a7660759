/* The nearest admissible control of a box, against every point of a fine lattice and against closed forms: half-spaces,
 * what lies outside of a ball, islands, sums of waves, and the networks Q_h of policies behind the filter itself. */
#include "../env/env_test.h"

#include "duro/filter.h"
#include "eval/box.h"
#include "eval/player.h"
#include "policy/frozen.h"
#include "policy/policy.h"

/* of the lattice that is tried point by point, along each axis */
static const int fine[BOX_CONTROLS + 1] = {0, 4097, 129, 33};

typedef struct shape shape;
struct shape {
  double (*margin)(const shape *s, const float *u);
  int nu, parts;
  double normal[6][BOX_CONTROLS], offset[6];
  int64_t asked;
};

static void judge(void *context, int n, double *margin, const float *u) {
  shape *s = context;
  assert_true(n >= 1 && n <= BOX_PANEL);
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < s->nu; k++) assert_true(fabs((double)u[i * s->nu + k]) <= 1);
    margin[i] = s->margin(s, u + i * s->nu);
  }
  s->asked += n;
}

static double dot(const shape *s, int part, const float *u) {
  double sum = 0;
  for (int k = 0; k < s->nu; k++) sum += s->normal[part][k] * (double)u[k];
  return sum;
}

static double half_spaces(const shape *s, const float *u) {
  double least = INFINITY;
  for (int i = 0; i < s->parts; i++) least = fmin(least, s->offset[i] - dot(s, i, u));
  return least;
}

static double from_centre(const shape *s, int part, const float *u) {
  double sum = 0;
  for (int k = 0; k < s->nu; k++) sum += pow((double)u[k] - s->normal[part][k], 2);
  return sqrt(sum);
}

static double outside_of_balls(const shape *s, const float *u) {
  double least = INFINITY;
  for (int i = 0; i < s->parts; i++) least = fmin(least, from_centre(s, i, u) - s->offset[i]);
  return least;
}

static double islands(const shape *s, const float *u) {
  return -outside_of_balls(s, u);
}

static double waves(const shape *s, const float *u) {
  double sum = -1.2;
  for (int i = 0; i < s->parts; i++) sum += sin(4 * dot(s, i, u) + s->offset[i]);
  return sum;
}

static double uniform(duro_stream *stream, double low, double high) {
  return low + duro_stream_uniform(stream) * (high - low);
}

/* random parts: normals of length 1, or centres in the box */
static shape draw_shape(double (*margin)(const shape *s, const float *u), int nu, int parts, double low, double high,
                        duro_stream *stream) {
  shape s = {.margin = margin, .nu = nu, .parts = parts};
  for (int i = 0; i < parts; i++) {
    double square = 0;
    for (int k = 0; k < nu; k++) s.normal[i][k] = uniform(stream, -1, 1), square += pow(s.normal[i][k], 2);
    for (int k = 0; margin == half_spaces && k < nu; k++) s.normal[i][k] /= sqrt(square);
    s.offset[i] = uniform(stream, low, high);
  }
  return s;
}

static double distance(const float *u, const float *v, int nu) {
  double sum = 0;
  for (int k = 0; k < nu; k++) sum += pow((double)u[k] - (double)v[k], 2);
  return sqrt(sum);
}

/* distance of the nearest admissible point of the fine lattice; infinity where none is */
static double try_all(const box_source *source, const float *from) {
  const int nu = source->nu, per = fine[nu];
  double nearest = INFINITY;
  int count = 1;
  for (int k = 0; k < nu; k++) count *= per;
  for (int i = 0; i < count; i++) {
    float u[BOX_CONTROLS];
    double margin;
    for (int k = 0, rest = i; k < nu; k++, rest /= per) u[k] = (float)(2.0 * (rest % per) / (per - 1) - 1);
    if (distance(u, from, nu) >= nearest) continue;
    source->judge(source->context, 1, &margin, u);
    if (margin >= source->wanted) nearest = distance(u, from, nu);
  }
  return nearest;
}

/* cases in which something was to be found; those where it was found within a spacing of the fine lattice */
typedef struct score {
  int cases, found;
  double worst; // excess over the lattice's distance
  int64_t asked;
} score;

static void hold_against(score *out, shape *s, const float *from) {
  double margin;
  const box_source source = {.judge = judge, .context = s, .nu = s->nu, .wanted = 0};
  judge(s, 1, &margin, from);
  if (margin >= 0) return;
  const double all = try_all(&source, from), spacing = 2.0 / (fine[s->nu] - 1);
  void *scratch = malloc(box_scratch_size(s->nu));
  float u[BOX_CONTROLS];
  s->asked = 0;
  margin = box_nearest(&source, scratch, u, NAN, from);
  free(scratch);
  out->asked += s->asked;
  if (!isnan(margin)) assert_true(margin >= 0 && s->margin(s, u) == margin);
  if (isinf(all)) return;
  const double excess = (isnan(margin) ? 10 : distance(u, from, s->nu)) - all;
  out->cases++;
  out->found += excess <= spacing;
  out->worst = fmax(out->worst, excess);
}

static score play(double (*margin)(const shape *s, const float *u), int nu, int parts, double low, double high) {
  enum { CASES = 150 };
  score out = {.worst = -INFINITY};
  duro_stream stream = test_stream((uint64_t)(100 * nu + parts));
  for (int i = 0; i < CASES; i++) {
    float from[BOX_CONTROLS];
    shape s = draw_shape(margin, nu, parts, low, high, &stream);
    for (int k = 0; k < nu; k++) from[k] = (float)uniform(&stream, -1, 1);
    hold_against(&out, &s, from);
  }
  return out;
}

/* all of them */
static void holds(const char *what, int nu, score s, double share) {
  print_message("%s, %d controls: %d of %d within the spacing, worst excess %.2g", what, nu, s.found, s.cases, s.worst);
  if (s.asked)
    print_message(", %lld questions each", (long long)(s.asked / (s.cases ? s.cases : 1))); // networks do not count
  print_message("\n");
  assert_true(s.cases > 30);
  assert_true(s.found >= share * s.cases);
}

static void convex_sets(void **unused) {
  (void)unused;
  for (int nu = 1; nu <= BOX_CONTROLS; nu++)
    for (int parts = 1; parts <= 4; parts++) holds("half-spaces", nu, play(half_spaces, nu, parts, -0.5, 0.5), 1);
}

static void others(void **unused) {
  (void)unused;
  for (int nu = 1; nu <= BOX_CONTROLS; nu++) {
    holds("outside of balls", nu, play(outside_of_balls, nu, 3, 0.3, 1.2), 1);
    holds("islands", nu, play(islands, nu, 4, 0.15, 0.4), 1);
    holds("waves", nu, play(waves, nu, 3, 0, 6), 1);
  }
}

/* one half-space: the foot of the perpendicular, where it lies in the box */
static void a_closed_form(void **unused) {
  (void)unused;
  duro_stream stream = test_stream(5);
  int cases = 0;
  for (int i = 0; i < 300; i++) {
    const int nu = 1 + i % BOX_CONTROLS;
    shape s = draw_shape(half_spaces, nu, 1, -0.5, 0.5, &stream);
    float from[BOX_CONTROLS], u[BOX_CONTROLS], foot[BOX_CONTROLS];
    bool inside = true;
    for (int k = 0; k < nu; k++) from[k] = (float)uniform(&stream, -1, 1);
    const double out = dot(&s, 0, from) - s.offset[0];
    for (int k = 0; k < nu; k++) foot[k] = (float)((double)from[k] - out * s.normal[0][k]);
    for (int k = 0; k < nu; k++) inside = inside && fabs((double)foot[k]) < 1;
    if (out <= 0 || !inside) continue;
    cases++;
    const box_source source = {.judge = judge, .context = &s, .nu = nu, .wanted = 0};
    void *scratch = malloc(box_scratch_size(nu));
    assert_true(box_nearest(&source, scratch, u, NAN, from) >= 0);
    free(scratch);
    // a gain below 2^-12 of the distance is not looked for, except along the way itself
    assert_true(fabs(distance(u, from, nu) - out) <= (nu == 1 ? 1e-6 : 0x1p-11 * out));
  }
  assert_true(cases > 60);
}

/* a set between two vertices is found by climbing, of one control wherever it lies */
static void thin_sets(void **unused) {
  (void)unused;
  duro_stream stream = test_stream(6);
  for (int i = 0; i < 100; i++) {
    shape s = {.margin = islands, .nu = 1, .parts = 1, .normal = {{uniform(&stream, -1, 1)}}, .offset = {1e-4}};
    const float from[1] = {s.normal[0][0] > 0 ? -0.9f : 0.9f};
    float u[1];
    const box_source source = {.judge = judge, .context = &s, .nu = 1, .wanted = 0};
    void *scratch = malloc(box_scratch_size(1));
    assert_true(box_nearest(&source, scratch, u, NAN, from) >= 0);
    free(scratch);
    const double edge = s.normal[0][0] + (from[0] < 0 ? -1e-4 : 1e-4);
    if (fabs(edge) < 1) assert_true(fabs((double)u[0] - edge) < 1e-6);
  }
}

static void nothing_is_found_where_nothing_is(void **unused) {
  (void)unused;
  for (int nu = 1; nu <= BOX_CONTROLS; nu++) {
    shape s = {.margin = half_spaces, .nu = nu, .parts = 1, .normal = {{1}}, .offset = {-1.001}};
    const float from[BOX_CONTROLS] = {0.5f, 0.5f, 0.5f};
    float u[BOX_CONTROLS];
    const box_source source = {.judge = judge, .context = &s, .nu = nu, .wanted = 0};
    void *scratch = malloc(box_scratch_size(nu));
    assert_true(isnan(box_nearest(&source, scratch, u, NAN, from)));
    free(scratch);
  }
}

/* ---- the filter of a policy ---- */

static duro_policy *make_policy(int nu, uint64_t seed) {
  enum { OBSERVED = 4, WIDTH = 16 };
  duro_stream stream = test_stream(seed);
  policy_parts parts = {
      .algorithm = "test", .environment = "none", .no = OBSERVED, .nu = nu, .na = 1, .width = WIDTH, .hidden = 2};
  float *owned[ROLE_COUNT] = {NULL};
  for (int r = 0; r < ROLE_COUNT; r++) {
    if (!roles[r].frozen) continue;
    mlp shape_of;
    parts.net[r].inputs = OBSERVED + (roles[r].critic ? nu + 1 : 0);
    mlp_shape(&shape_of, parts.net[r].inputs, WIDTH, 2, role_outputs((role)r, nu, 1, 0));
    owned[r] = calloc(shape_of.params, sizeof(float));
    assert_non_null(owned[r]);
    mlp_init(owned[r], &shape_of, &stream);
    for (size_t i = 0; i < shape_of.params; i++) owned[r][i] *= 3; // as curved as trained ones
    parts.net[r].params = owned[r];
  }
  duro_policy *policy;
  assert_int_equal(policy_create(&policy, &parts), DURO_OK);
  for (int r = 0; r < ROLE_COUNT; r++) free(owned[r]);
  return policy;
}

typedef struct critic {
  const duro_policy *policy;
  const float *obs;
  int nu;
} critic;

static void judge_critic(void *context, int n, double *margin, const float *u) {
  const critic *c = context;
  for (int i = 0; i < n; i++) margin[i] = (double)duro_policy_judge(c->policy, c->obs, u + i * c->nu);
}

static score behind_critics(int nu) {
  enum { CASES = 60 };
  score out = {.worst = -INFINITY};
  duro_stream stream = test_stream((uint64_t)nu);
  for (int i = 0; i < CASES; i++) {
    duro_policy *policy = make_policy(nu, (uint64_t)(1000 * nu + i));
    float obs[4], u[BOX_CONTROLS];
    double wanted[BOX_CONTROLS], x[4] = {0}, memory[DURO_PLAYER_MEMORY] = {0};
    bool replaced = false;
    for (int k = 0; k < 4; k++) obs[k] = (float)uniform(&stream, -1, 1);
    float from[BOX_CONTROLS];
    for (int k = 0; k < nu; k++) wanted[k] = uniform(&stream, -1, 1), from[k] = (float)wanted[k];
    const critic c = {policy, obs, nu};
    box_source source = {.judge = judge_critic, .context = (void *)(uintptr_t)&c, .nu = nu};
    double here, top = -INFINITY; // a third of what can be gained over the control that is wanted
    judge_critic(source.context, 1, &here, from);
    for (int k = 0; k < 200; k++) {
      double margin;
      float v[BOX_CONTROLS];
      for (int j = 0; j < nu; j++) v[j] = (float)uniform(&stream, -1, 1);
      judge_critic(source.context, 1, &margin, v);
      top = fmax(top, margin);
    }
    duro_filter_options options = duro_filter_options_default();
    options.remedy = DURO_FILTER_BOX;
    options.margin = (double)(float)(here + (top - here) / 3);
    source.wanted = options.margin;
    if (top > here) {
      duro_filter *filter;
      duro_player task = duro_player_constant(wanted, nu), player;
      void *worker;
      assert_int_equal(duro_filter_of_policy(&filter, policy, &options), DURO_OK);
      assert_int_equal(duro_player_filtered(&player, filter, &task), DURO_OK);
      assert_int_equal(player.worker_create(&player, &worker), DURO_OK);
      player_act(&player, worker, 1, u, &replaced, obs, x, memory);
      player.worker_destroy(&player, worker);
      assert_true(replaced && duro_filter_count(filter).missed == 0);
      const double all = try_all(&source, from), excess = distance(u, from, nu) - all;
      if (isfinite(all)) {
        out.cases++;
        out.found += excess <= 2.0 / (fine[nu] - 1);
        out.worst = fmax(out.worst, excess);
      }
      duro_filter_destroy(filter);
    }
    duro_policy_destroy(policy);
  }
  return out;
}

static void learned_sources(void **unused) {
  (void)unused;
  for (int nu = 1; nu <= BOX_CONTROLS; nu++) holds("Q_h of networks", nu, behind_critics(nu), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(convex_sets),
      cmocka_unit_test(others),
      cmocka_unit_test(a_closed_form),
      cmocka_unit_test(thin_sets),
      cmocka_unit_test(nothing_is_found_where_nothing_is),
      cmocka_unit_test(learned_sources),
  };
  return cmocka_run_group_tests_name("box", tests, NULL, NULL);
}
