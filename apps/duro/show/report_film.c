/* The attacked episode of a run as a moving picture. */
#include <stdio.h>

#include "show/report.h"

static void add_caption(text *caption, const report *r, int i, const trajectory *t, const char *who, const text *note) {
  text_add(caption, "The same episode of <b>");
  text_add_escaped(caption, r->runs[i].label);
  text_add(caption, "</b> as it happens, attacked by %s: %.4g s, in real time. ", who,
           (double)t->steps * r->runs[i].run.env->spec.dt);
  text_add(caption, "Arrows, where there are any: control green, disturbance orange. <code>duro play ");
  text_add_escaped(caption, r->runs[i].run.folder);
  text_add(caption, "</code> shows others.");
  if (!note->length) return;
  text_add(caption, " (");
  text_add_escaped(caption, cli_text(note));
  text_add(caption, ")");
}

duro_status report_film(report *r, int i, const trajectory *t, const char *who) {
  const run *shown = &r->runs[i].run;
  char name[48], file[64], out[CLI_PATH];
  text title = {0}, caption = {0}, note = {0};
  bool drawn = false;
  snprintf(name, sizeof name, "film-%d", i + 1);
  snprintf(file, sizeof file, "%s.gif", name);
  run_path(out, r->figures, file);
  text_add(&title, "%s, %s", shown->env->ops->name, duro_policy_about(shown->policy)->algorithm);
  film f = {.env = shown->env,
            .episode = t,
            .folder = r->figures,
            .name = name,
            .title = cli_text(&title),
            .ask = r->ask,
            .speed = 1};
  const duro_status status = film_make(&f, out, FILM_GIF, &drawn, &note);
  if (!status) {
    add_caption(&caption, r, i, t, who, &note);
    figure_add(r, name, "gif", drawn ? NULL : film_lacks(), &caption);
  }
  text_release(&title);
  text_release(&note);
  return status;
}
