/* Tables for papers. */
#include "show/tex.h"

#include "io/escape.h"

void tex_begin(text *out, const char *about, int words, int numbers) {
  text_add(out, "%% ");
  text_add_line(out, about);
  text_add(out, "\n\\begin{tabular}{");
  for (int i = 0; i < words; i++) text_add(out, "l");
  text_add(out, "*{%d}{r}}\n\\hline\n", numbers);
}

void tex_first(text *out, const char *word) {
  text_add_tex(out, word);
}

void tex_cell(text *out) {
  text_add(out, " & ");
}

void tex_word(text *out, const char *word) {
  tex_cell(out);
  text_add_tex(out, word);
}

void tex_row(text *out, bool ruled) {
  text_add(out, ruled ? " \\\\\n\\hline\n" : " \\\\\n");
}

void tex_end(text *out) {
  text_add(out, "\\hline\n\\end{tabular}\n");
}
