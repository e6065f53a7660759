/* The nearest name, for messages. */
#include "io/nearest.h"

#include "duro/settings.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 128

static int fold(char c) {
  return tolower((unsigned char)c);
}

static int least(int a, int b) {
  return a < b ? a : b;
}

/* d(i,j): cost of making b[0..j) from a[0..i); swapping neighbours counts 1 (Damerau 1964), capitals count 0 */
int duro_edit_distance(const char *a, const char *b) {
  int rows[3][LONGEST + 1];
  size_t na = strlen(a), nb = strlen(b);
  if (na > LONGEST || nb > LONGEST) return LONGEST;
  for (size_t j = 0; j <= nb; j++) rows[0][j] = (int)j;
  for (size_t i = 1; i <= na; i++) {
    int *row = rows[i % 3];
    const int *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];
    row[0] = (int)i;
    for (size_t j = 1; j <= nb; j++) {
      int other = fold(a[i - 1]) != fold(b[j - 1]);
      row[j] = least(least(up[j], row[j - 1]) + 1, up[j - 1] + other);
      if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) && fold(a[i - 2]) == fold(b[j - 1]))
        row[j] = least(row[j], up2[j - 2] + 1);
    }
  }
  return rows[na % 3][nb];
}

int duro_edit_limit(const char *word) {
  size_t length = strlen(word);
  return length == 0 || length > LONGEST ? -1 : 1 + (int)length / 4;
}

const char *duro_nearest(const char *word, const char *const *candidates, int count) {
  const char *nearest = NULL;
  int best = duro_edit_limit(word) + 1;
  for (int i = 0; i < count; i++) {
    int distance = duro_edit_distance(word, candidates[i]);
    if (distance >= best) continue;
    best = distance;
    nearest = candidates[i];
  }
  return nearest;
}
