/* Lists of words. */
#include "io/words.h"

#include <string.h>

#include "base/error.h"
#include "io/text.h"

duro_status words_divided(word_list *out, text *room, const word_list *given, const char *what) {
  for (int i = 0; i < given->count; i++) text_add(room, "%s ", given->word[i]);
  duro_status status = text_status(room);
  char *rest = NULL, *word = !status && room->length ? strtok_r(room->bytes, " ", &rest) : NULL;
  for (; !status && word; word = strtok_r(NULL, " ", &rest)) {
    if (out->count == WORDS_MOST)
      status = duro_fail(DURO_ERROR_ARGUMENT, "%s gives too many options; wanted at most %d", what, WORDS_MOST);
    else
      out->word[out->count++] = word;
  }
  return status;
}
