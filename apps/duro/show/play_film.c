/* The data and the gnuplot script of a film. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "env/draw.h"
#include "show/greek.h"
#include "show/play.h"
#include "show/report.h"

enum {
  WIDTH = 720,
  HEIGHT = 432,
  WIDE_HEIGHT = 480,
  MOST_FRAMES = 600,
  MOST_STATES = 4,
  MOST_KEYS = 3,
  LAYERS = DRAW_LAYERS
};
#define FRAME_TIME 0.04 // s, of a frame at least
#define WIDE 1.6        // a scene that is so many times as wide as high lies above the traces

/* A rectangle of the picture, in pixels from its top left. */
typedef struct box {
  int left, top, width, height;
} box;

/* where things are: the scene on the left of three traces, or above them where it is wide */
static const struct {
  int height;
  box scene, trace[3];
} layouts[] = {{HEIGHT, {64, 44, 344, 340}, {{478, 52, 228, 84}, {478, 176, 228, 84}, {478, 300, 228, 84}}},
               {WIDE_HEIGHT, {64, 40, 642, 228}, {{64, 358, 172, 76}, {298, 358, 172, 76}, {532, 358, 172, 76}}}};

static const unsigned colours[DRAW_COLOURS] = {
    [DRAW_BODY] = 0x0072B2,   [DRAW_POLE] = 0xE69F00,  [DRAW_CONTROL] = 0x009E73, [DRAW_PUSH] = 0xD55E00,
    [DRAW_TARGET] = 0xA0508A, [DRAW_FREE] = 0xE9F4EF,  [DRAW_BAD] = 0xF7DFD0,     [DRAW_SAFE] = 0x009E73,
    [DRAW_EDGE] = 0xA04000,   [DRAW_PAPER] = 0xFFFFFF, [DRAW_GROUND] = 0x7F7F7F,  [DRAW_TRAIL] = 0x56B4E9};

double film_delay(const film *f) {
  return (double)f->stride * f->env->spec.dt / f->speed;
}

static void plan(film *f) {
  const int64_t steps = f->episode->steps;
  f->stride = (int64_t)ceil(FRAME_TIME * f->speed / f->env->spec.dt - 1e-9);
  if (f->stride < 1) f->stride = 1;
  if (steps / f->stride > MOST_FRAMES) f->stride = steps / MOST_FRAMES + 1;
  f->frames = (int)((steps + f->stride - 1) / f->stride) + 1; // the last state is shown in any case
}

static int64_t state_of(const film *f, int frame) {
  const int64_t state = frame * f->stride;
  return state < f->episode->steps ? state : f->episode->steps;
}

/* ---- the shapes: LAYERS blocks of data for each frame ---- */

static void draw_moment(duro_drawing *d, const film *f, int frame) {
  static const double nothing[DURO_MAX_ACTION];
  double u[DURO_MAX_ACTION], a[DURO_MAX_ACTION];
  const duro_env_spec *spec = &f->env->spec;
  const int64_t t = state_of(f, frame);
  const bool acts = t < f->episode->steps;
  for (int i = 0; acts && i < spec->nu; i++) u[i] = (double)f->episode->u[t * spec->nu + i];
  for (int i = 0; acts && i < spec->na; i++) a[i] = (double)f->episode->a[t * spec->na + i];
  const duro_moment now = {t, f->episode->x, acts ? u : nothing, acts ? a : nothing};
  draw_clear(d);
  f->env->ops->draw(f->env, d, &now);
}

static void add_shape(text *data, const duro_drawing *d, const draw_shape *s) {
  for (int i = 0; i < s->count; i++) {
    const double *p = d->points[s->first + (size_t)i];
    text_add(data, "%.5g,%.5g,%u", p[0], p[1], colours[s->colour]);
    if (s->label) {
      text word = {0};
      text_add_line(&word, s->label);
      text_add(data, ",");
      text_add_field(data, cli_text(&word));
      text_release(&word);
    }
    text_add(data, "\n");
  }
  if (s->layer != DRAW_DOT && s->layer != DRAW_LABEL) text_add(data, "\n");
}

/* every block begins with a point that is nowhere, since gnuplot does not count empty ones */
static void add_layer(text *data, const duro_drawing *d, int layer) {
  text_add(data, "nan,nan,0,\"\"\n\n");
  for (size_t i = 0; i < d->n_shapes; i++)
    if ((int)d->shapes[i].layer == layer) add_shape(data, d, &d->shapes[i]);
  text_add(data, "\n\n");
}

/* makes room in the view for what has to be seen at another moment */
static void widen(duro_drawing *view, const duro_drawing *d) {
  for (int i = 0; i < 2; i++) {
    view->low[i] = fmin(view->low[i], d->low[i]);
    view->high[i] = fmax(view->high[i], d->high[i]);
  }
}

/* the shapes of all frames; `view` receives the axes, but no shapes */
static duro_status save_scene(const film *f, duro_drawing *view) {
  char file[CLI_PATH], path[CLI_PATH];
  text data = {0};
  duro_drawing d = {0};
  text_add(&data, "# x, y, colour[, word]: %d blocks for each frame; see the script\n", LAYERS);
  for (int k = 0; k < f->frames; k++) {
    draw_moment(&d, f, k);
    if (!k) *view = (duro_drawing){.low = {INFINITY, INFINITY}, .high = {-INFINITY, -INFINITY}, .equal = d.equal};
    widen(view, &d);
    for (int layer = 0; layer < LAYERS; layer++) add_layer(&data, &d, layer);
  }
  for (int i = 0; i < 2; i++) {
    view->axis[i] = d.axis[i];
    view->unit[i] = d.unit[i];
  }
  snprintf(file, sizeof file, "%s.scene", f->name);
  run_path(path, f->folder, file);
  const duro_status status = d.failed ? DURO_ERROR_MEMORY : text_save(&data, path);
  text_release(&data);
  draw_release(&d);
  return status;
}

/* ---- the script ---- */

static void add_margins(text *script, const film *f, box b) {
  text_add(script,
           "set lmargin at screen %.5f\nset rmargin at screen %.5f\n"
           "set tmargin at screen %.5f\nset bmargin at screen %.5f\n",
           (double)b.left / f->width, (double)(b.left + b.width) / f->width, 1 - (double)b.top / f->height,
           1 - (double)(b.top + b.height) / f->height);
}

/* a variable of the script that holds the name of a file */
static void add_file(text *script, const char *variable, const film *f, const char *ending) {
  text file = {0};
  text_add(&file, "%s%s", f->name, ending);
  text_add(script, "%s = ", variable);
  text_add_gnuplot(script, cli_text(&file));
  text_add(script, "\n");
  text_release(&file);
}

static void add_begin(text *script, const film *f) {
  text_add(script,
           "# Run me here, beside my data: gnuplot %s.gp makes %s-0000.png, %s-0001.png, ...\n"
           "# duro play joins them%s\n"
           "set encoding utf8\nset terminal pngcairo size %d,%d font 'DejaVu Sans,11' linewidth 1.3 background "
           "'#ffffff' noenhanced\n"
           "set datafile separator ','\n"
           "set border 3 lc '#555555'\nset tics nomirror out scale .6 textcolor '#222222'\n"
           "set grid back lc '#dddddd' lw .7 dt 1\nset key off\n"
           "steps = %lld\nstride = %lld\ndt = %.9g\nscene(k, layer) = %d * k + layer\nstate(k) = k * stride < steps ? "
           "k * stride : steps\n",
           f->name, f->name, f->name, f->space ? ", with MuJoCo's picture in the empty place." : ".", f->width,
           f->height, (long long)f->episode->steps, (long long)f->stride, f->env->spec.dt, LAYERS);
  add_file(script, "if (!exists('frames')) frames", f, "-");
  add_file(script, "table", f, ".csv");
  if (f->draws) add_file(script, "shapes", f, ".scene");
  text_add(script, "array h[%d] = [", f->frames);
  for (int k = 0; k < f->frames; k++)
    text_add(script, "%s%.4g", k ? (k % 16 ? "," : ",\\\n") : "", f->episode->h[state_of(f, k)]);
  text_add(script, "]\ndo for [k = 0:%d] {\nset output sprintf('%%s%%04d.png', frames, k)\nset multiplot\n",
           f->frames - 1);
  text_add(script, "set label 1 ");
  text_add_gnuplot(script, f->title);
  text_add(script,
           " at screen .012,%.4f left font ',12'\n"
           "set label 2 sprintf('t = %%.2f s', state(k) * dt) at screen .988,%.4f right font ',12'\n"
           "set label 3 (h[k+1] < 0 ? 'h < 0' : '') at screen .86,%.4f right font ',12' textcolor '#D00000'\n",
           1 - 16. / f->height, 1 - 16. / f->height, 1 - 16. / f->height);
}

static const char no_title[] = "unset label 1\nunset label 2\nunset label 3\n";

static void add_axis_label(text *script, char axis, const char *name, const char *unit) {
  text label = {0};
  text_add(&label, unit && unit[0] ? "%s (%s)" : "%s", name, unit);
  text_add(script, "set %clabel ", axis);
  greek_gnuplot(script, cli_text(&label));
  text_add(script, " offset %s\n", axis == 'x' ? "0,.5" : ".9,0");
  text_release(&label);
}

/* axes that show the drawing's view, wider where one unit has to be as long in both directions */
static void add_axes(text *script, const duro_drawing *d, box b) {
  double low[2], high[2];
  memcpy(low, d->low, sizeof low);
  memcpy(high, d->high, sizeof high);
  const double ratio = (high[0] - low[0]) / (high[1] - low[1]) * b.height / b.width;
  const int slack = ratio < 1 ? 0 : 1;
  const double grow = d->equal ? .5 * (high[slack] - low[slack]) * (fmax(ratio, 1 / ratio) - 1) : 0;
  low[slack] -= grow;
  high[slack] += grow;
  for (int i = 0; i < 2; i++) {
    figure_axis(script, "xy"[i], low[i], high[i], i ? 4 : 5);
    text_add(script, "set %crange [%.9g:%.9g]\n", "xy"[i], low[i], high[i]);
    if (d->axis[i]) add_axis_label(script, "xy"[i], d -> axis[i], d -> unit[i]);
  }
}

static void add_scene(text *script, const film *f, const duro_drawing *d, box b) {
  static const char *const styles[LAYERS] = {
      [DRAW_AREA] = "using 1:2:3 with filledcurves closed fc rgb variable",
      [DRAW_GUIDE] = "using 1:2:3 with lines lw 1 dt (6,4) lc rgb variable",
      [DRAW_BEAM] = "using 1:2:3 with lines lw 6 lc rgb variable",
      [DRAW_LINE] = "using 1:2:3 with lines lw 1.6 lc rgb variable",
      [DRAW_DOT] = "using 1:2:3 with points pt 7 ps 1.4 lc rgb variable",
      [DRAW_LABEL] = "using 1:2:4:3 with labels left textcolor rgb variable",
  };
  add_margins(script, f, b);
  add_axes(script, d, b);
  text_add(script, "set format xy '%%g'\nplot ");
  for (int layer = 0; layer < LAYERS; layer++)
    text_add(script, "%sshapes index scene(k, %d) %s", layer ? ", " : "", layer, styles[layer]);
  text_add(script, "\n%sunset xlabel\nunset ylabel\n", no_title);
}

/* Columns of the table, from first on, over time in one panel. */
typedef struct panel {
  const char *label, *style;
  int first, count, colour; /* of the first; the others take the next */
  bool last;                /* of its column: shows the time axis */
  const char *names;        /* "u": the columns are called u0, u1, ...; NULL: not at all */
} panel;

static void add_panel(text *script, const film *f, panel p, box b) {
  add_margins(script, f, b);
  text_add(script, "set label 4 ");
  greek_gnuplot(script, p.label);
  text_add(script, " at graph 0, graph 1 left offset 0,.7\n%s\n",
           p.last ? "set format x '%g'\nset xlabel 't (s)' offset 0,.6" : "set format x ''\nunset xlabel");
  for (int i = 0; i < p.count && p.names; i++)
    text_add(script, "set label %d '%s%d' at graph %.2f, graph 1 right offset 0,.7 textcolor rgb '%s'\n", 5 + i,
             p.names, i, 1 - .12 * (p.count - 1 - i), figure_colour(p.colour + 2 * i));
  text_add(script, "plot ");
  for (int i = 0; i < p.count; i++) {
    const char *colour = figure_colour(p.colour + 2 * i);
    text_add(script,
             "%stable skip 1 every ::0::state(k) using 1:%d with %s lw 1.5 lc rgb '%s', "
             "table skip 1 every ::state(k)::state(k) using 1:%d with points pt 7 ps .7 lc rgb '%s'",
             i ? ", " : "", p.first + i, p.style, colour, p.first + i, colour);
  }
  text_add(script, "\nunset label 4\n");
  for (int i = 0; i < p.count && p.names; i++) text_add(script, "unset label %d\n", 5 + i);
}

static void span(double *low, double *high, const double *values, int stride, int64_t steps) {
  *low = *high = values[0];
  for (int64_t k = 1; k <= steps; k++) {
    *low = fmin(*low, values[k * stride]);
    *high = fmax(*high, values[k * stride]);
  }
}

/* the states of an environment that nobody has said how to draw, one below the other */
static void add_states(text *script, const film *f, box b) {
  const duro_env_spec *spec = &f->env->spec;
  int states[TRAJECTORY_STATES];
  const int count = trajectory_states(states, spec), each = b.height / count;
  for (int k = 0; k < count; k++) {
    const int j = states[k];
    double low, high;
    char label[96];
    span(&low, &high, f->episode->x + j, spec->nx, f->episode->steps);
    figure_axis(script, 'y', low, high, 3);
    snprintf(label, sizeof label, spec->x_units[j][0] ? "%s (%s)" : "%s", spec->x_names[j], spec->x_units[j]);
    add_panel(script, f, (panel){label, "lines", 2 + j, 1, 0, k == count - 1, NULL},
              (box){b.left, b.top + k * each + 10, b.width, each - 30});
    text_add(script, "%s", no_title);
  }
}

static const char *named(int count, const char *name) {
  return count > 1 && count <= MOST_KEYS ? name : NULL;
}

static void add_traces(text *script, const film *f, const box *at, bool below) {
  const duro_env_spec *spec = &f->env->spec;
  double low, high;
  const int u = 2 + spec->nx, a = u + spec->nu;
  span(&low, &high, f->episode->h, 1, f->episode->steps);
  figure_axis(script, 'y', fmin(low, -.25 * fmax(high, 0)), fmax(high, 0), 3);
  text_add(script, "set format y '%%.4g'\nset object 1 rectangle from graph 0, first -1e9 to graph 1, first 0 fc rgb "
                   "'#F7DFD0' fs solid noborder behind\n");
  add_panel(script, f, (panel){"h (safe where h >= 0)", "lines", a + spec->na, 1, 7, !below, NULL}, at[0]);
  text_add(script, "%s", no_title);
  text_add(script, "unset object 1\nset yrange [-1.15:1.15]\nset ytics nomirror 1\n");
  add_panel(script, f, (panel){"control u", "steps", u, spec->nu, 2, !below, named(spec->nu, "u")}, at[1]);
  if (!spec->na) return; // nothing to show
  add_panel(script, f, (panel){"disturbance a", "steps", a, spec->na, 1, true, named(spec->na, "a")}, at[2]);
}

static duro_status save_script(const film *f, const duro_drawing *d, int layout) {
  char file[CLI_PATH], path[CLI_PATH];
  text script = {0};
  const box scene = layouts[layout].scene;
  add_begin(&script, f);
  if (f->draws) add_scene(&script, f, d, scene);
  figure_axis(&script, 'x', 0, (double)(f->episode->steps > 0 ? f->episode->steps : 1) * f->env->spec.dt, 4);
  if (!f->draws && !f->space) add_states(&script, f, scene);
  add_traces(&script, f, layouts[layout].trace, layout == 0);
  text_add(&script, "unset multiplot\nunset label\n}\nunset output\n");
  snprintf(file, sizeof file, "%s.gp", f->name);
  run_path(path, f->folder, file);
  const duro_status status = text_save(&script, path);
  text_release(&script);
  return status;
}

duro_status film_save(film *f, bool picture) {
  char file[CLI_PATH], path[CLI_PATH];
  duro_drawing view = {0};
  plan(f);
  f->space = picture;
  f->draws = !picture && f->env->ops->draw;
  f->left = 8;
  f->top = 36;
  snprintf(file, sizeof file, "%s.csv", f->name);
  run_path(path, f->folder, file);
  duro_status status = trajectory_save(f->episode, &f->env->spec, path);
  if (!status && f->draws) status = save_scene(f, &view);
  const bool wide = f->draws && view.equal && view.high[0] - view.low[0] > WIDE * (view.high[1] - view.low[1]);
  f->width = WIDTH;
  f->height = layouts[wide].height;
  return status ? status : save_script(f, &view, wide);
}
