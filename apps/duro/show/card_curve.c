/* The curves of a card, as a picture within the page. */
#include "show/card_curve.h"

#include <math.h>
#include <string.h>

#include "io/escape.h"
#include "show/report.h"

/* of the picture, and of the box of its axes */
enum { WIDTH = 760, HEIGHT = 330, LEFT = 64, RIGHT = 740, TOP = 14, BOTTOM = 270, COLOURS = 7 };

static double number(const json_t *point, const char *key) {
  const json_t *value = json_object_get(point, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

static const json_t *points_of(const json_t *line) {
  return json_object_get(card_line_says(line), "points");
}

static double share_of(const json_t *point) {
  const double n = number(point, "episodes");
  return n > 0 ? number(point, "violating") / n : 0;
}

static double across(double amplitude, double high) {
  return LEFT + (RIGHT - LEFT) * amplitude / high;
}

static double up(double share) {
  return BOTTOM - (BOTTOM - TOP) * share;
}

static double largest(const json_t *lines) {
  double high = 1;
  const json_t *line;
  for (size_t at = 0; (line = card_line_next(lines, &at, "curve"));)
    for (size_t i = 0; i < json_array_size(points_of(line)); i++)
      high = fmax(high, number(json_array_get(points_of(line), i), "amplitude"));
  return high;
}

static void add_axes(text *page, double high) {
  text_add(page, "<rect class=\"axis\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"none\"/>\n", LEFT, TOP,
           RIGHT - LEFT, BOTTOM - TOP);
  for (int i = 0; i <= 4; i++) {
    text_add(page, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d %%</text>\n", LEFT - 6, up(.25 * i) + 5, 25 * i);
    text_add(page, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.3g</text>\n", across(.25 * i * high, high),
             BOTTOM + 20, .25 * i * high);
  }
  text_add(page,
           "<path class=\"axis\" stroke-dasharray=\"4 4\" d=\"M%.1f %dV%d\"/>\n<text x=\"%d\" y=\"%d\" "
           "text-anchor=\"middle\">amplitude of the disturbance, times its bound</text>\n",
           across(1, high), TOP, BOTTOM, (LEFT + RIGHT) / 2, BOTTOM + 46);
}

static const char *dashes(const char *name) {
  return strstr(name, "-filtered") ? "" : " stroke-dasharray=\"7 4\"";
}

/* The attacker of a curve is its colour, the way of acting its dashes. */
static const char *colour_of(const json_t *lines, const char *name) {
  const char *acting = strrchr(name, '-');
  const size_t length = acting ? (size_t)(acting - name) : strlen(name);
  int colour = 0;
  const json_t *line;
  for (size_t at = 0; (line = card_line_next(lines, &at, "curve"));) {
    if (strncmp(card_line_name(line), name, length) == 0 &&
        strrchr(card_line_name(line), '-') == card_line_name(line) + length)
      break;
    colour++;
  }
  return figure_colour(colour % COLOURS);
}

static void add_curve(text *page, const json_t *lines, const json_t *line, double high) {
  const char *name = card_line_name(line), *colour = colour_of(lines, name);
  const json_t *points = points_of(line);
  for (size_t i = 0; i < json_array_size(points); i++) {
    const json_t *point = json_array_get(points, i), *interval = json_object_get(point, "interval");
    if (json_array_size(interval) == 2)
      text_add(page, "<path stroke=\"%s\" opacity=\".45\" d=\"M%.1f %.1fV%.1f\"/>\n", colour,
               across(number(point, "amplitude"), high), up(json_number_value(json_array_get(interval, 0))),
               up(json_number_value(json_array_get(interval, 1))));
  }
  text_add(page, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\"%s points=\"", colour, dashes(name));
  for (size_t i = 0; i < json_array_size(points); i++) {
    const json_t *point = json_array_get(points, i);
    text_add(page, "%.1f,%.1f ", across(number(point, "amplitude"), high), up(share_of(point)));
  }
  text_add(page, "\"/>\n");
}

static void add_key(text *page, const json_t *lines) {
  const json_t *line;
  text_add(page, "<ul class=\"key\">\n");
  for (size_t at = 0; (line = card_line_next(lines, &at, "curve"));) {
    const char *name = card_line_name(line), *own = strchr(name, '/');
    const double held = number(card_line_says(line), "held_up_to");
    text_add(page, "<li><i style=\"border-top:3px %s %s\"></i>", dashes(name)[0] ? "dashed" : "solid",
             colour_of(lines, name));
    text_add_escaped(page, own ? own + 1 : name);
    if (isfinite(held))
      text_add(page, ": no violation up to %g times the bound</li>\n", held);
    else
      text_add(page, ": violations at every amplitude</li>\n");
  }
  text_add(page, "</ul>\n");
}

void card_curves(text *page, const json_t *lines) {
  const double high = largest(lines);
  const json_t *line;
  size_t at = 0;
  if (!card_line_next(lines, &at, "curve")) return;
  text_add(page,
           "<h2>How much disturbance it stands</h2>\n<figure><svg viewBox=\"0 0 %d %d\" width=\"%d\" role=\"img\" "
           "aria-label=\"violating episodes over the amplitude of the disturbance\">\n",
           WIDTH, HEIGHT, WIDTH);
  add_axes(page, high);
  for (at = 0; (line = card_line_next(lines, &at, "curve"));) add_curve(page, lines, line, high);
  text_add(page, "</svg>\n<figcaption>Violating episodes over the amplitude of the disturbance, with 95&nbsp;%% "
                 "intervals. The promise is about amplitudes up to 1; what lies beyond is reserve.</figcaption>\n");
  add_key(page, lines);
  text_add(page, "</figure>\n");
}
