/* Text with holes. */
#include "export/template.h"

#include <assert.h>
#include <string.h>

enum { MOST_DEPTH = 8 };

typedef struct filling {
  text *out;
  const template_word *words;
  int n;
  bool open[MOST_DEPTH]; /* of each @if around: does it let through? */
  int depth;
} filling;

static const char *find(const filling *f, const char *name, size_t length) {
  for (int i = 0; i < f->n; i++)
    if (strlen(f->words[i].name) == length && memcmp(f->words[i].name, name, length) == 0) return f->words[i].text;
  assert(!"a word of the template is missing");
  return "";
}

static bool shown(const filling *f) {
  for (int i = 0; i < f->depth; i++)
    if (!f->open[i]) return false;
  return true;
}

/* the line [begin, end), with its line end, and its holes */
static void add_line(const filling *f, const char *begin, const char *end) {
  while (begin < end) {
    const char *hole = memchr(begin, '@', (size_t)(end - begin));
    const char *close = hole ? memchr(hole + 1, '@', (size_t)(end - hole - 1)) : NULL;
    text_add_bytes(f->out, begin, (size_t)((close ? hole : end) - begin));
    if (!close) return;
    const char *word = find(f, hole + 1, (size_t)(close - hole - 1));
    text_add_bytes(f->out, word, strlen(word));
    begin = close + 1;
  }
}

/* "@if name", "@else" and "@end"; false where the line is none of them */
static bool direct(filling *f, const char *begin, const char *end) {
  const size_t length = (size_t)(end - begin) - 1; // without the line end
  if (length > 4 && memcmp(begin, "@if ", 4) == 0) {
    assert(f->depth < MOST_DEPTH);
    f->open[f->depth++] = *find(f, begin + 4, length - 4) != '\0';
  } else if (length == 5 && memcmp(begin, "@else", 5) == 0) {
    f->open[f->depth - 1] = !f->open[f->depth - 1];
  } else if (length == 4 && memcmp(begin, "@end", 4) == 0) {
    f->depth--;
  } else {
    return false;
  }
  return true;
}

void export_template_fill(text *out, const char *template, const template_word *words, int n) {
  filling f = {.out = out, .words = words, .n = n};
  for (const char *line = template; *line;) {
    const char *end = strchr(line, '\n') + 1; // a template ends with a line end
    if (!direct(&f, line, end) && shown(&f)) add_line(&f, line, end);
    line = end;
  }
  assert(f.depth == 0);
}
