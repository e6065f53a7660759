/* card.html: what a card says, on one page that needs no other file. */
#include "show/card_page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/escape.h"
#include "show/card_curve.h"
#include "show/html.h"
#include "show/report.h"

static const char *word(const json_t *says, const char *key) {
  const char *value = json_string_value(json_object_get(says, key));
  return value ? value : "";
}

static double number(const json_t *says, const char *key) {
  const json_t *value = json_object_get(says, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

static const json_t *says_of(const json_t *lines, const char *kind) {
  size_t at = 0;
  const json_t *line = card_line_next(lines, &at, kind);
  return line ? card_line_says(line) : NULL;
}

static void add_row(text *page, const char *name, const char *value, const char *style) {
  text_add(page, "<tr><th>%s</th><td class=\"%s\">", name, style);
  text_add_escaped(page, value);
  text_add(page, "</td></tr>\n");
}

/* ---- verdicts, system ---- */

static void add_verdicts(text *page, const json_t *lines) {
  const json_t *line;
  for (size_t at = 0; (line = card_line_next(lines, &at, "verdict"));) {
    const json_t *says = card_line_says(line);
    text_add(page, "<p class=\"verdict ");
    text_add_escaped(page, word(says, "result"));
    text_add(page, "\">");
    text_add_escaped(page, word(says, "sentence"));
    text_add(page, ".");
    if (word(says, "not_tried")[0]) {
      text_add(page, " Not tried: ");
      text_add_escaped(page, word(says, "not_tried"));
      text_add(page, ".");
    }
    text_add(page, "</p>\n");
  }
}

static void add_settings(text *page, const json_t *settings) {
  if (!json_array_size(settings)) return;
  text_add(page, "<details><summary>all numbers of the system</summary>\n");
  text_add(page, "<div class=\"wide\"><table>\n<tr><th>number</th><th>value</th><th>unit</th><th>meaning</th></tr>\n");
  for (size_t i = 0; i < json_array_size(settings); i++) {
    const json_t *one = json_array_get(settings, i);
    text_add(page, "<tr><td><code>env.");
    text_add_escaped(page, word(one, "name"));
    text_add(page, "</code></td><td class=\"n\">");
    text_add_escaped(page, word(one, "value"));
    text_add(page, "</td>");
    html_cell(page, word(one, "unit"));
    text_add(page, "<td class=\"long\">");
    text_add_escaped(page, word(one, "help"));
    text_add(page, "</td></tr>\n");
  }
  text_add(page, "</table></div></details>\n");
}

static void add_system(text *page, const json_t *lines) {
  const json_t *system = says_of(lines, "system");
  text_add(page, "<h2>System and constraint</h2>\n<p>");
  text_add_escaped(page, word(system, "words"));
  text_add(page, "</p>\n");
  add_settings(page, json_object_get(system, "settings"));
}

/* ---- attacks ---- */

static void add_conditions(text *page, const json_t *says) {
  const double amplitude = number(says, "amplitude"), noise = number(says, "noise");
  text_add(page, "<td>");
  text_add_escaped(page, word(says, "starts"));
  if (fabs(amplitude - 1) > 0) text_add(page, ", %g times the bound", amplitude);
  if (noise > 0) text_add(page, ", noise %g", noise);
  if (word(says, "changes")[0]) text_add(page, ", "), text_add_escaped(page, word(says, "changes"));
  text_add(page, ", seed %.0f</td>", number(says, "seed"));
}

static void add_interval(text *page, const json_t *interval) {
  if (json_array_size(interval) == 2)
    text_add(page, "<td class=\"n\">%.3g to %.3g %%</td>", 100 * json_number_value(json_array_get(interval, 0)),
             100 * json_number_value(json_array_get(interval, 1)));
  else
    text_add(page, "<td class=\"n\">-</td>"); // searches are no sample
}

static void add_attack(text *page, const json_t *says) {
  const double k = number(says, "violating"), cut = number(says, "cut_off");
  text_add(page, "<tr>");
  html_cell(page, word(says, "attacker"));
  html_cell(page, word(says, "acting"));
  text_add(page, "<td class=\"n %s\">%.0f / %.0f", k > 0 || cut > 0 ? "bad" : "ok", k, number(says, "episodes"));
  if (cut > 0) text_add(page, ", %.0f cut off", cut);
  text_add(page, "</td>");
  add_interval(page, json_object_get(says, "interval"));
  text_add(page, "<td class=\"n\">%.3f</td><td class=\"n\">%.4g &plusmn; %.3g</td>", number(says, "h_min"),
           number(says, "return_mean"), number(says, "return_std"));
  if (strcmp(word(says, "acting"), "filtered") == 0)
    text_add(page, "<td class=\"n\">%.3g %%</td>", 100 * number(says, "filtered_share"));
  else
    text_add(page, "<td class=\"n\">-</td>");
  add_conditions(page, says);
  text_add(page, "</tr>\n");
}

/* The rows at the bound of the disturbance, or those at other amplitudes; how many. */
static int add_table(text *page, const json_t *lines, bool swept) {
  const json_t *line;
  int rows = 0;
  text_add(page, "<div class=\"wide\"><table>\n<tr><th>attacker</th><th>acting</th><th class=\"n\">violating "
                 "episodes</th><th class=\"n\">95&nbsp;%% interval</th><th class=\"n\">least h</th><th "
                 "class=\"n\">return, mean &plusmn; std</th><th class=\"n\">filter steps in</th><th>starts, "
                 "conditions</th></tr>\n");
  for (size_t at = 0; (line = card_line_next(lines, &at, "attack"));) {
    const json_t *says = card_line_says(line);
    if ((fabs(number(says, "amplitude") - 1) > 0) != swept) continue;
    add_attack(page, says);
    rows++;
  }
  text_add(page, "</table></div>\n");
  return rows;
}

static void add_attacks(text *page, const json_t *lines) {
  text swept = {0};
  text_add(page, "<h2>Attacks</h2>\n");
  if (!says_of(lines, "attack")) {
    text_add(page, "<p class=\"bad\">Nobody has attacked this policy yet.</p>\n");
    return;
  }
  (void)add_table(page, lines, false);
  if (add_table(&swept, lines, true)) {
    text_add(page, "<details><summary>at other amplitudes of the disturbance</summary>");
    text_add_text(page, &swept);
    text_add(page, "</details>\n");
  }
  text_release(&swept);
  text_add(page,
           "<p>An episode violates when h &lt; 0 in at least one state that it visits, the start included. The "
           "interval is the two-sided 95&nbsp;%% Clopper-Pearson interval of the probability that an episode "
           "violates, for these starts and this attacker. Of searches for a start (<i>starts</i>) there is none: they "
           "are no sample. Zero violations are no proof.</p>\n");
}

/* ---- sets and proofs ---- */

static void add_sets(text *page, const json_t *lines) {
  const json_t *says = says_of(lines, "sets");
  if (!says) return;
  text_add(
      page,
      "<h2>Learned set</h2>\n<p>Against the exact set (%s): overlap %.3f (intersection over union), "
      "<b>%.3g&nbsp;%% of the region falsely claimed safe</b>, %.3g&nbsp;%% safe and not claimed; from %.0f starts "
      "of the exact set the safety policy keeps %.3g&nbsp;%%.</p>\n",
      strcmp(word(says, "reference"), "grid") == 0 ? "a solved grid" : "closed form", number(says, "iou"),
      100 * number(says, "false_safe"), 100 * number(says, "false_unsafe"), number(says, "starts"),
      100 * number(says, "kept"));
}

static void add_proof(text *page, const json_t *lines) {
  const json_t *says = says_of(lines, "certificate");
  if (!says) return;
  text_add(page,
           "<h2>Proof</h2>\n<p>A certificate proves a set of states from which the system can be kept safe, whatever "
           "the disturbance: %.3g&nbsp;%% of the solved set, volume %.6g. It is a proof about the model, and about "
           "the controls in the certificate, not about the trained policy.</p>\n",
           100 * number(says, "share_of_the_set"), number(says, "volume"));
}

static void add_certified(text *page, const json_t *lines) {
  const json_t *says = says_of(lines, "certified");
  if (!says) return;
  text_add(page, "<h2>Certified set</h2>\n");
  html_certified(page, says);
}

/* ---- hashes and commands ---- */

static void add_files(text *page, const json_t *files) {
  for (size_t i = 0; i < json_array_size(files); i++) {
    const json_t *file = json_array_get(files, i);
    text_add(page, "<tr><th>SHA-256 of ");
    text_add_escaped(page, word(file, "file"));
    text_add(page, "</th><td class=\"hash\">");
    text_add_escaped(page, word(file, "sha256"));
    text_add(page, "</td></tr>\n");
  }
}

static void add_hashes(text *page, const json_t *lines) {
  const json_t *program = says_of(lines, "program"), *run = says_of(lines, "run"), *policy = says_of(lines, "policy");
  text_add(page, "<h2>What it is about</h2>\n<div class=\"wide\"><table class=\"facts\">\n");
  add_row(page, "program", word(program, "version"), "");
  add_row(page, "its sources", word(program, "sources"), "hash");
  add_row(page, "algorithm", word(policy, "algorithm"), "");
  text_add(page, "<tr><th>seed, steps of training</th><td>%.0f, %.0f</td></tr>\n", number(run, "seed"),
           number(run, "steps"));
  text_add(page, "<tr><th>policy of step</th><td>%.0f</td></tr>\n", number(policy, "step"));
  add_row(page, "deployed action", word(policy, "acts"), "");
  if (word(run, "hash")[0]) add_row(page, "hash of the run", word(run, "hash"), "hash");
  add_row(page, "hash of the parameters", word(policy, "parameters"), "hash");
  text_add(page, "<tr><th>SHA-256 of ");
  text_add_escaped(page, word(policy, "file"));
  text_add(page, "</th><td class=\"hash\">");
  text_add_escaped(page, word(policy, "sha256"));
  text_add(page, "</td></tr>\n");
  add_files(page, json_object_get(says_of(lines, "export"), "files"));
  text_add(page, "</table></div>\n");
}

static void add_commands(text *page, const json_t *lines, const char *check) {
  text_add(page, "<h2>How to check it</h2>\n<p>This finds every line again, plays the attacks anew, and says of each "
                 "line whether it is the same, different, or cannot be told:</p>\n<pre>");
  text_add_escaped(page, check);
  text_add(page, "</pre>\n<details><summary>the command of each line</summary><div class=\"wide\"><table>\n"
                 "<tr><th>line</th><th>command</th></tr>\n");
  for (size_t i = 0; i < json_array_size(lines); i++) {
    const json_t *line = json_array_get(lines, i);
    text_add(page, "<tr><td><code>"); // names that duro verify takes
    text_add_escaped(page, card_line_name(line));
    text_add(page, "</code></td><td><code>");
    text_add_escaped(page, word(line, "check")[0] ? word(line, "check") : "not known");
    text_add(page, "</code></td></tr>\n");
  }
  text_add(page, "</table></div></details>\n");
}

static void add_title(text *title, const json_t *lines) {
  text_add(title, "Robustness card: %s on %s", word(says_of(lines, "policy"), "algorithm"),
           word(says_of(lines, "system"), "environment"));
}

static const char style[] = ".hash{font:.8rem/1.4 ui-monospace,monospace;white-space:normal;overflow-wrap:anywhere}"
                            ".facts th{font-weight:400;white-space:normal}h1{overflow-wrap:anywhere}"
                            "svg{max-width:100%;height:auto}svg text{fill:currentColor;font-size:15px}"
                            ".axis{stroke:currentColor;opacity:.5}.key i{display:inline-block;width:2rem;margin-right:"
                            ".4rem;vertical-align:middle}.key{list-style:none;padding:0}";

duro_status card_page(const json_t *root, const char *folder, const char *check, bool one_file) {
  const json_t *lines = json_object_get(root, "lines");
  text page = {0}, title = {0};
  add_title(&title, lines);
  html_begin(&page, cli_text(&title), style);
  text_release(&title);
  add_verdicts(&page, lines);
  add_system(&page, lines);
  add_attacks(&page, lines);
  card_curves(&page, lines);
  add_sets(&page, lines);
  add_proof(&page, lines);
  add_certified(&page, lines);
  add_hashes(&page, lines);
  add_commands(&page, lines, check);
  const duro_status status = html_end(&page, folder, "card.html", one_file);
  text_release(&page);
  return status;
}
