/* UTF-8, as far as files need it. */
#include "io/utf8.h"

int32_t duro_utf8_next(int *used, const char *text, size_t length) {
  const unsigned char *s = (const unsigned char *)text;
  *used = 1;
  if (s[0] < 0x80) return s[0];
  int extra = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : 1;
  if (s[0] < 0xc2 || s[0] > 0xf4 || length <= (size_t)extra) return -1;

  int32_t code = s[0] & (0x3f >> extra);
  for (int i = 1; i <= extra; i++) {
    if ((s[i] & 0xc0) != 0x80) return -1;
    code = code * 64 + (s[i] & 0x3f);
  }
  static const int32_t lowest[] = {0, 0x80, 0x800, 0x10000};
  if (code < lowest[extra] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return -1;
  *used = extra + 1;
  return code;
}

bool duro_utf8_valid(const char *text, size_t length) {
  for (int used; length; text += used, length -= (size_t)used)
    if (duro_utf8_next(&used, text, length) < 0) return false;
  return true;
}
