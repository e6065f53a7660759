/* Tracks from files: the spline against closed forms, the stadium as a file against the built-in one, and what is
 * refused. */
#include "env_test.h"

#include <unistd.h>

#include "env/racing_track.h"

#define L_SHAPE DURO_SOURCE_DIR "/examples/tracks/l-shape.csv"
#define PI 3.141592653589793
#define HEADER "# x_m,y_m,w_tr_right_m,w_tr_left_m\n"
enum { TEXT = 200000 };

static racing_track *parse(const char *text, double scale, double narrow) {
  racing_track *t;
  const racing_track_options how = {.scale = scale, .narrow = narrow};
  if (racing_track_parse(&t, text, strlen(text), "track.csv", &how)) fail_msg("%s", duro_error());
  return t;
}

static void add_point(char *text, double x, double y, double right, double left) {
  const size_t used = strlen(text);
  snprintf(text + used, TEXT - used, "%.17g,%.17g,%.17g,%.17g\n", x, y, right, left);
}

/* n points of a circle about (3, -2), to the left */
static void write_circle(char *text, int n, double radius, double width) {
  strcpy(text, HEADER);
  for (int i = 0; i < n; i++)
    add_point(text, 3 + radius * cos(2 * PI * i / n), -2 + radius * sin(2 * PI * i / n), width, width);
}

/* The periodic spline of points at equal angles theta of a circle is known: with chord h = 2 R sin(theta/2), its second
 * derivative at a point is m = 6/((4 + 2 cos theta) R) inwards, its first one v = R sin(theta)/h + h m sin(theta)/6
 * along the circle, and the curvature m/v^2. */
static double spline_on_circle(double radius, int n) {
  const double theta = 2 * PI / n, h = 2 * radius * sin(theta / 2), m = 6 / ((4 + 2 * cos(theta)) * radius);
  const double v = radius * sin(theta) / h + h * m * sin(theta) / 6;
  return m / (v * v);
}

/* Entries at the points are every eighth one. Between them curvature errs in the second order of theta. */
static void circle(void **state) {
  (void)state;
  static char text[TEXT];
  const double radius = 0.7;
  double worst[2];
  for (int fine = 0; fine < 2; fine++) {
    const int n = fine ? 512 : 256;
    const double theta = 2 * PI / n;
    write_circle(text, n, radius, 0.2);
    racing_track *t = parse(text, 1, 0.05);
    assert_int_equal(t->count, 8 * n);
    worst[fine] = 0;
    for (int i = 0; i <= t->count; i++) {
      if (i % 8 == 0) assert_near(t->kappa[i], spline_on_circle(radius, n), 1e-9); // of s: 8 n entries, 1e-14 each
      worst[fine] = fmax(worst[fine], fabs(t->kappa[i] * radius - 1));
      assert_near(hypot(t->x[i] - 3, t->y[i] + 2), radius, radius * theta * theta * theta); // of a chord: theta^2/8
      assert_near(t->left[i], 0.2, 1e-15);
    }
    assert_true(worst[fine] <= theta * theta / 4);
    assert_near(t->length, 2 * PI * radius, 2 * PI * radius * theta * theta * theta); // that of the polygon: theta^2/24
    racing_track_release(t);
  }
  assert_near(worst[0] / worst[1], 4, 0.1); // second order
}

/* driven the other way round the circle turns to the right; scaled, its curvature falls as its size grows */
static void direction_and_scale(void **state) {
  (void)state;
  static char text[TEXT];
  strcpy(text, HEADER);
  for (int i = 0; i < 100; i++) add_point(text, cos(2 * PI * i / 100), -sin(2 * PI * i / 100), 0.3, 0.2);
  racing_track *t = parse(text, 1, 0.1), *large = parse(text, 43, 0.1);
  for (int i = 0; i <= t->count; i++) {
    assert_near(t->kappa[i], -1, 2e-3);
    assert_near(large->kappa[i] * 43, t->kappa[i], 1e-9);
    assert_near(large->left[i], 43 * 0.2, 1e-12);
    assert_near(large->right[i], 43 * 0.3, 1e-12);
  }
  assert_near(large->length / t->length, 43, 1e-10);
  racing_track_release(t);
  racing_track_release(large);
}

/* widths go linearly from point to point */
static void widths_are_linear(void **state) {
  (void)state;
  const char *const square =
      "x_m, y_m, w_tr_right_m, w_tr_left_m\n 1,0,0.1,0.2\n0, 1 ,0.3,0.2\n-1,0,0.1,0.4\n0,-1,0.3,0.2\n1,0,0.1,0.2\n";
  racing_track *t = parse(square, 1, 0.05); // the first point may come again
  const double quarter = t->length / 4;
  assert_near(racing_track_at(t, t->right, 0.5 * quarter), 0.2, 1e-6);
  assert_near(racing_track_at(t, t->right, quarter), 0.3, 1e-6);
  assert_near(racing_track_at(t, t->left, 1.25 * quarter), 0.25, 1e-6);
  assert_near(racing_track_at(t, t->left, 2 * quarter), 0.4, 1e-6);
  assert_near(racing_track_at(t, t->left, -1.75 * quarter), 0.35, 1e-6); // a lap back
  assert_true(t->left[t->count] == t->left[0] && t->kappa[t->count] == t->kappa[0]);
  racing_track_release(t);
}

/* a straight of 1.5 m and a half circle of 0.6 m, twice, as env.track has it by default; a point every `step` m or
 * less, also where they meet */
static void write_stadium(char *text, double step, double width) {
  const double straight = 1.5, bend = 0.6;
  const int n = (int)ceil(straight / step), m = (int)ceil(PI * bend / step);
  strcpy(text, HEADER);
  for (int half = 0; half < 2; half++) {
    const double sign = half ? -1 : 1;
    for (int i = 0; i < n; i++) add_point(text, sign * (straight * i / n - 0.75), -sign * bend, width, width);
    for (int i = 0; i < m; i++) {
      const double angle = PI * i / m;
      add_point(text, sign * (0.75 + bend * sin(angle)), -sign * bend * cos(angle), width, width);
    }
  }
}

static const double lap = 2 * 1.5 + 2 * PI * 0.6;

/* Where curvature jumps by 1/R, that of a spline differs from it by less than that, and by a share 2 - sqrt(3) of it at
 * each point farther from there; beside, in the second order, as on the circle. */
static void stadium_has_its_curvature(void **state) {
  (void)state;
  static char text[TEXT];
  const double step = 0.02, theta = step / 0.6, edges[5] = {0, 1.5, lap / 2, lap / 2 + 1.5, lap};
  write_stadium(text, step, 0.185);
  racing_track *t = parse(text, 1, 0.045);
  assert_near(t->length, lap, lap * theta * theta * theta);
  for (int i = 0; i < t->count; i++) {
    const double s = i / t->per, exact = fmod(s, lap / 2) < 1.5 ? 0 : 1 / 0.6;
    double from = lap;
    for (int k = 0; k < 5; k++) from = fmin(from, fabs(s - edges[k]));
    const double bound = (pow(2 - sqrt(3), floor(from / step)) + theta * theta / 4) / 0.6;
    assert_near(t->kappa[i], exact, bound);
  }
  racing_track_release(t);
}

/* ---- the environment ---- */

static char path[64];

static duro_env *env_of(const char *text, const char *more) {
  char track[100];
  strcpy(path, "/tmp/duro-test-XXXXXX");
  const int file = mkstemp(path);
  assert_true(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
  close(file);
  snprintf(track, sizeof track, "track=%s", path);
  duro_env *env;
  const duro_status status = try_env(&env, "racing-car", SETTINGS(track, more));
  unlink(path); // it is not read again
  if (status) fail_msg("%s", duro_error());
  return env;
}

static void draw_state(double *x, duro_stream *stream) {
  const double width[6] = {0, 0.14, 0.4, 0, 0.3, 4};
  for (int i = 0; i < 6; i++) x[i] = draw(stream, width[i]);
  x[0] = lap * duro_stream_uniform(stream);
  x[3] = 0.4 + 2.1 * duro_stream_uniform(stream);
}

/* The body of the car does not see the road, so that its speeds are the same but for rounding. The heading against the
 * road differs by no more than the integral of the difference of curvature along the way, here a jump of 5/3 1/m over
 * the step between points, and the first order of a Runge-Kutta step across the jump (5/3 1/m, 4 m/s, 5 ms); the place
 * across by that over 0.1 m of way. Far from the jumps both are small. */
static void stadium_as_a_file_drives_alike(void **state) {
  (void)state;
  static char text[TEXT];
  const double step = 0.02, jump = 5.0 / 3, heading = jump * (step + 4 * 0.005);
  write_stadium(text, step, 0.185);
  duro_env *plain = make_env("racing-car", NULL), *file = env_of(text, NULL);
  duro_stream stream = test_stream(1);
  double near = 0, far = 0;
  for (int k = 0; k < 3000; k++) {
    double x[6], u[2], a[2], x2[6], y2[6];
    duro_step out, other;
    draw_state(x, &stream);
    for (int i = 0; i < 2; i++) u[i] = draw(&stream, 1), a[i] = draw(&stream, 1);
    duro_env_step(plain, NULL, x2, &out, x, u, a);
    duro_env_step(file, NULL, y2, &other, x, u, a);
    const double along = fmod(x[0], lap / 2);
    const double gap = fmin(fmin(along, lap / 2 - along), fabs(along - 1.5)); // to a jump
    const double off = fabs(x2[2] - y2[2]);
    near = fmax(near, off);
    if (gap > 0.3) far = fmax(far, off); // 0.1 m of way, and ten points more: a share of 2e-6 of the jump
    assert_near(y2[2], x2[2], heading);
    assert_near(y2[1], x2[1], heading * 0.1);
    for (int i = 3; i < 6; i++) assert_near(y2[i], x2[i], 1e-12);
    if (out.end == DURO_RUNNING && other.end == DURO_RUNNING) assert_near(other.h, out.h, heading * 0.1 / 0.14);
  }
  assert_true(near > 1e-4 && far < jump * (2e-6 + step * step / 0.36 / 4) * 0.1 * 1.5);
  duro_env_destroy(plain);
  duro_env_destroy(file);
}

/* the driver of tests/env/test_racing_car.c, two laps on both: as far along, and as near to the middle */
static void stadium_as_a_file_is_lapped_alike(void **state) {
  (void)state;
  static char text[TEXT];
  write_stadium(text, 0.02, 0.185);
  duro_env *env[2] = {make_env("racing-car", NULL), env_of(text, NULL)};
  double sum[2] = {0}, least[2] = {1, 1};
  for (int e = 0; e < 2; e++) {
    double x[6] = {0.3, 0.02, 0, 1, 0, 0}, x2[6];
    for (int t = 0; t < 700; t++) {
      const double kappa = fmod(x[0] + 0.016, lap / 2) < 1.5 ? 0 : 1 / 0.6;
      const double delta = 0.062 * kappa - 4.5 * x[1] - 0.975 * x[2] - 0.041 * (x[5] - kappa * x[3]);
      duro_step out;
      duro_env_step(env[e], NULL, x2, &out, x, (const double[]){delta / 0.35, 2 * (1 - x[3])}, (const double[]){0, 0});
      assert_int_equal(out.end, DURO_RUNNING);
      sum[e] += 0.02 * out.r;
      least[e] = fmin(least[e], out.h);
      memcpy(x, x2, sizeof x);
    }
    duro_env_destroy(env[e]);
  }
  assert_true(sum[0] > 2 * lap - 0.5);
  assert_near(sum[1], sum[0], 1e-3 * sum[0]);
  assert_near(least[1], least[0], 0.02); // 3 mm of 140
}

/* edges that differ: h, observation, failing end and starts go by the edge on the side of the car */
static void each_side_has_its_edge(void **state) {
  (void)state;
  static char text[TEXT];
  strcpy(text, HEADER);
  for (int i = 0; i < 300; i++) add_point(text, 2 * cos(2 * PI * i / 300), 2 * sin(2 * PI * i / 300), 0.345, 0.145);
  duro_env *env = env_of(text, NULL);
  const double left[6] = {1, 0.05, 0, 1, 0, 0}, right[6] = {1, -0.05, 0, 1, 0, 0};
  float obs[11];
  assert_near(duro_env_constraint(env, left), 0.5, 1e-12);
  assert_near(duro_env_constraint(env, right), 1 - 0.05 / 0.3, 1e-12);
  duro_env_observe(env, obs, right);
  assert_near((double)obs[0], -0.05 / 0.3, 1e-7);
  for (int i = 5; i < 11; i++) assert_near((double)obs[i], 0.5, 1e-4); // theta^2/4 of 1/2
  assert_near(env->spec.x_low[1], -1.1 * 0.3, 1e-12);
  assert_near(env->spec.x_high[1], 1.1 * 0.1, 1e-12);
  assert_near(env->spec.x_high[0], 4 * PI, 1e-4);
  double x2[6], low = 0, high = 0;
  duro_step out;
  duro_env_step(env, NULL, x2, &out, (const double[]){1, -0.34, 0, 1, 0, 0}, (const double[]){-0.2, 0},
                (const double[]){0, 0});
  assert_true(out.h < 0 && out.end == (x2[1] < -0.345 ? DURO_TERMINATED : DURO_RUNNING));
  duro_env_step(env, NULL, x2, &out, (const double[]){1, 0.146, 0, 1, 0, 0}, (const double[]){1, 0},
                (const double[]){0, 0});
  assert_int_equal(out.end, x2[1] > 0.145 ? DURO_TERMINATED : DURO_RUNNING);
  duro_stream stream = test_stream(2);
  for (int k = 0; k < 4000; k++) {
    double x[6];
    duro_env_reset(env, x, &stream, DURO_START_TRAIN); // half the safe width, as 0.07 of 0.14 m is
    low = fmin(low, x[1]), high = fmax(high, x[1]);
  }
  assert_near(low, -0.15, 0.001); // 4000 draws leave a gap of 1/2000 to an end, mean
  assert_near(high, 0.05, 0.001);
  duro_env_destroy(env);
}

/* between its points the environment goes by the tables, linear between their entries */
static void steps_read_the_tables(void **state) {
  (void)state;
  static char text[TEXT];
  strcpy(text, HEADER);
  for (int i = 0; i < 60; i++) {
    const double angle = 2 * PI * i / 60;
    add_point(text, 3 * cos(angle), 2 * sin(angle), 0.2 + 0.1 * sin(3 * angle), 0.2 + 0.1 * cos(angle));
  }
  racing_track *t = parse(text, 1, 0.045);
  duro_env *env = env_of(text, NULL);
  duro_stream stream = test_stream(3);
  for (int k = 0; k < 2000; k++) {
    const double s = t->length * duro_stream_uniform(&stream), ey = draw(&stream, 0.05);
    const double x[6] = {s, ey, 0.1, 1, 0, 0}, edge = racing_track_at(t, ey < 0 ? t->right : t->left, s);
    float obs[11];
    assert_near(duro_env_constraint(env, x), 1 - fabs(ey) / (edge - 0.045), 1e-12);
    duro_env_observe(env, obs, x);
    assert_near((double)obs[5], racing_track_at(t, t->kappa, s), 1e-7); // a float
    assert_near((double)obs[10], racing_track_at(t, t->kappa, s + 1), 1e-7);
  }
  duro_env_destroy(env);
  racing_track_release(t);
}

static void content_counts_and_its_place_does_not(void **state) {
  (void)state;
  static char text[TEXT];
  write_circle(text, 50, 1, 0.2);
  duro_env *plain = make_env("racing-car", NULL), *one = env_of(text, NULL), *again = env_of(text, NULL),
           *scaled = env_of(text, "track_scale=2");
  write_circle(text, 50, 1, 0.21);
  duro_env *other = env_of(text, NULL);
  const uint64_t hash = duro_env_hash(one);
  assert_true(duro_env_hash(again) == hash && duro_env_hash(other) != hash && duro_env_hash(scaled) != hash &&
              duro_env_hash(plain) != hash);
  assert_non_null(one->ops->source);
  assert_null(plain->ops->source);
  duro_env *const all[] = {plain, one, again, scaled, other};
  for (int i = 0; i < 5; i++) duro_env_destroy(all[i]);
}

/* the file itself is the same environment as the car with that setting */
static void file_is_an_environment(void **state) {
  (void)state;
  const duro_env_ops *ops;
  duro_env *opened, *set;
  assert_int_equal(duro_env_open(&ops, L_SHAPE, NULL), DURO_OK);
  assert_int_equal(duro_env_create(&opened, ops, NULL), DURO_OK);
  set = make_env("racing-car", SETTINGS("track=" L_SHAPE));
  assert_true(duro_env_hash(opened) == duro_env_hash(set));
  assert_string_equal(opened->ops->name, "racing-car");
  const double radius = 4.5 / PI; // straights of two radii, three half circles: R (4 + 3 pi)
  assert_near(set->spec.x_high[0], radius * (4 + 3 * PI), 1e-4);
  duro_env_destroy(opened);
  duro_env_destroy(set);
  duro_env_close(ops);
}

/* ---- what is refused ---- */

static void refused(const char *text, double scale, const char *message) {
  racing_track *t;
  const racing_track_options how = {.scale = scale, .narrow = 0.045};
  assert_int_equal(racing_track_parse(&t, text, strlen(text), "track.csv", &how), DURO_ERROR_FORMAT);
  assert_null(t);
  if (!strstr(duro_error(), message)) fail_msg("%s; wanted \"%s\"", duro_error(), message);
  assert_null(strchr(duro_error(), '\n'));
}

static void bad_files_are_refused(void **state) {
  (void)state;
  static char text[TEXT];
  const char *const rest = "0,1,0.2,0.2\n-1,0,0.2,0.2\n0,-1,0.2,0.2\n";
  const struct {
    const char *row, *message;
  } first[] = {
      {"1,zero,0.2,0.2\n", "track.csv:2: y_m is \"zero\"; wanted a number"},
      {"1,nan,0.2,0.2\n", "track.csv:2: y_m is \"nan\"; wanted a number"},
      {"inf,0,0.2,0.2\n", "track.csv:2: x_m is \"inf\"; wanted a number"},
      {"1,,0.2,0.2\n", "track.csv:2: y_m is \"\"; wanted a number"},
      {"1,0,0.2,1e999\n", "track.csv:2: w_tr_left_m is \"1e999\"; wanted a number"},
      {"1,0,0.2,0\n", "track.csv:2: w_tr_left_m is 0; wanted more than 0"},
      {"1,0,-0.2,0.2\n", "track.csv:2: w_tr_right_m is -0.2; wanted more than 0"},
      {"1,0,0.04,0.2\n", "track.csv:2: w_tr_right_m is 0.04 m; wanted more than 0.045, which the car needs"},
      {"1,1e300,0.2,0.2\n", "track.csv:2: y_m is 1e+300 m; wanted at most"},
      {"1,0,0.2\n", "track.csv:3: 4 fields; wanted 3"},
      {"0,1,0.2,0.2\n", "track.csv:2: is the same place as the point that follows"},
      {"1,0,0.2,1.5\n", "its middle turns left with a radius of"},
  };
  for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
    const bool ragged = strstr(first[i].message, "fields") != NULL;
    snprintf(text, sizeof text, "%s%s%s", ragged ? "" : HEADER, first[i].row, rest);
    if (ragged) snprintf(text, sizeof text, "a,b,c\n%s%s", first[i].row, rest);
    refused(text, 1, first[i].message);
  }
  refused("", 1, "track.csv: is empty");
  refused("x,y,right,left\n1,0,1,1\n", 1, "track.csv:1: has other columns than a track; wanted x_m,y_m,w_tr_right_m");
  refused("# x_m,y_m,w_tr_left_m,w_tr_right_m\n1,0,1,1\n", 1, "track.csv:1: has other columns");
  refused("x_m,y_m\n1,0\n", 1, "track.csv:1: has other columns");
  refused("1,0,0.2,0.2\n0,1,0.2,0.2\n", 1, "track.csv:1: has other columns");
  refused(HEADER "1,0,0.2,0.2\n0,1,0.2,0.2\n-1,0,0.2,0.2\n", 1, "track.csv: has 3 points; wanted 4 or more");
  refused(HEADER "1,0,0.2,0.2\n", 1, "track.csv: has 1 point; wanted 4 or more");
  refused(HEADER "0,0,0.2,0.2\n0,1,0.2,0.2\n0,2,0.2,0.2\n0,3,0.2,0.2\n0,4,0.2,0.2\n", 1,
          "track.csv: is not closed: its last point is 4 m from the first, and neighbours at most 1 m");
  write_circle(text, 100, 1, 0.2);
  refused(text, 0.1, "track.csv:2: w_tr_right_m is 0.02 m; wanted more than 0.045");
  write_circle(text, 100, 0.15, 0.2);
  refused(text, 1, "at s = 0 m its middle turns left with a radius of 0.15 m, and the edge is 0.2 m away");
}

static void too_many_points_are_refused(void **state) {
  (void)state;
  enum { N = 20001, SIZE = N * 40 + 100 };
  char *text = malloc(SIZE);
  assert_non_null(text);
  size_t used = (size_t)sprintf(text, HEADER);
  for (int i = 0; i < N; i++)
    used += (size_t)snprintf(text + used, SIZE - used, "%.6f,%.6f,1,1\n", 900 * cos(2 * PI * i / N),
                             900 * sin(2 * PI * i / N));
  refused(text, 1, "track.csv: has 20001 points; wanted at most 20000");
  free(text);
}

/* a course may cross itself: s tells the branches apart */
static void eight_may_cross_itself(void **state) {
  (void)state;
  static char text[TEXT];
  strcpy(text, HEADER);
  for (int i = 0; i < 400; i++) add_point(text, 2 * sin(4 * PI * i / 400), 3 * sin(2 * PI * i / 400), 0.2, 0.2);
  racing_track *t = parse(text, 1, 0.045);
  double turned = 0, least = 0, most = 0;
  for (int i = 0; i < t->count; i++) {
    turned += t->kappa[i] / t->per;
    least = fmin(least, t->kappa[i]), most = fmax(most, t->kappa[i]);
  }
  assert_near(turned, 0, 1e-3); // as much to the left as to the right; a simple course turns by 2 pi
  assert_near(least, -most, 1e-3 * most);
  racing_track_release(t);
}

static void missing_files_are_refused(void **state) {
  (void)state;
  duro_env *env;
  assert_int_equal(try_env(&env, "racing-car", SETTINGS("track=/tmp/duro-no-such-track.csv")), DURO_ERROR_FILE);
  assert_null(env);
  assert_non_null(strstr(duro_error(), "/tmp/duro-no-such-track.csv"));
  assert_int_equal(try_env(&env, "racing-car", SETTINGS("track=/tmp")), DURO_ERROR_FILE);
  assert_int_equal(try_env(&env, "racing-car", SETTINGS("track_scale=0")), DURO_ERROR_ARGUMENT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(circle),
      cmocka_unit_test(direction_and_scale),
      cmocka_unit_test(widths_are_linear),
      cmocka_unit_test(stadium_has_its_curvature),
      cmocka_unit_test(stadium_as_a_file_drives_alike),
      cmocka_unit_test(stadium_as_a_file_is_lapped_alike),
      cmocka_unit_test(each_side_has_its_edge),
      cmocka_unit_test(steps_read_the_tables),
      cmocka_unit_test(content_counts_and_its_place_does_not),
      cmocka_unit_test(file_is_an_environment),
      cmocka_unit_test(bad_files_are_refused),
      cmocka_unit_test(too_many_points_are_refused),
      cmocka_unit_test(eight_may_cross_itself),
      cmocka_unit_test(missing_files_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
