/* Words of templates. */
#include "export/words.h"

#include <stdio.h>
#include <string.h>

#include "build.h"
#include "export_doubles_source.h"
#include "io/number.h"
#include "sources.h"

void export_words_add(export_words *w, const char *name, const char *word) {
  w->word[w->n++] = (template_word){name, word ? word : ""};
}

void export_words_add_short(export_words *w, const char *name, const char *word) {
  snprintf(w->kept[w->n], EXPORT_WORD, "%s", word);
  export_words_add(w, name, w->kept[w->n]);
}

void export_words_add_count(export_words *w, const char *name, int64_t value) {
  char word[EXPORT_WORD];
  snprintf(word, sizeof word, "%lld", (long long)value);
  export_words_add_short(w, name, word);
}

void export_words_add_real(export_words *w, const char *name, double value) {
  text literal = {0};
  export_add_double(&literal, value);
  export_words_add_short(w, name, literal.bytes ? literal.bytes : "");
  text_release(&literal);
}

void export_words_add_origin(export_words *w, const char *prefix) {
  char upper[EXPORT_WORD];
  snprintf(upper, sizeof upper, "%s", prefix);
  for (char *c = upper; *c; c++)
    if (*c >= 'a' && *c <= 'z') *c = (char)(*c - 'a' + 'A');
  export_words_add_short(w, "P", upper);
  export_words_add(w, "p", prefix);
  export_words_add(w, "version", DURO_VERSION);
  export_words_add(w, "sources", DURO_SOURCES);
  export_words_add(w, "doubles", export_doubles_source);
}

void export_add_double(text *out, double value) {
  char word[DURO_NUMBER_SIZE];
  duro_number_text(word, value);
  text_add(out, strpbrk(word, ".e") ? "%s" : "%s.0", word);
}

void export_add_table(text *out, const double *values, int64_t count, int width) {
  for (int64_t i = 0; i < count; i++) {
    text_add(out, "  {");
    for (int k = 0; k < width; k++) {
      if (k) text_add(out, ", ");
      export_add_double(out, values[i * width + k]);
    }
    text_add(out, width ? "},\n" : "0.0},\n");
  }
}

void export_add_plain(text *out, const char *word) {
  for (; *word; word++) text_add(out, "%c", *word < ' ' || *word > '~' || strchr("*\\@?", *word) ? '_' : *word);
}
