/* Numbers as text and back, strictly and whatever the locale. */
#include "io/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A decimal number in its parts: value = +-integer * 10^power where the integer fits. */
typedef struct decimal {
  bool negative, zero, fits; /* fits: the digits between first and last non-zero fit `integer` */
  uint64_t integer;
  int64_t power;
} decimal;

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* exponent "e+12", or nothing; false when it is malformed. It saturates far outside any double. */
static bool read_exponent(int64_t *exponent, const char *s) {
  *exponent = 0;
  if (!*s) return true;
  if (*s != 'e' && *s != 'E') return false;
  s++;
  bool negative = *s == '-';
  if (*s == '-' || *s == '+') s++;
  if (!is_digit(*s)) return false;
  for (; is_digit(*s); s++)
    if (*exponent < 1000000000000) *exponent = *exponent * 10 + (*s - '0');
  if (negative) *exponent = -*exponent;
  return *s == 0;
}

/* integer = integer * 10 + digit; false when that overflows */
static bool append_digit(uint64_t *integer, unsigned digit) {
  if (*integer > (UINT64_MAX - digit) / 10) return false;
  *integer = *integer * 10 + digit;
  return true;
}

/* splits [+-] digits [. digits] [e [+-] digits]; false when the text is anything else */
static bool read_decimal(decimal *d, const char *s) {
  *d = (decimal){.negative = *s == '-', .zero = true, .fits = true};
  if (*s == '-' || *s == '+') s++;
  bool any = false, point = false;
  int64_t fraction = 0, zeros = 0; // digits after the point; zeros seen since the last other digit
  for (; is_digit(*s) || (*s == '.' && !point); s++) {
    if (*s == '.') {
      point = true;
      continue;
    }
    any = true;
    fraction += point;
    if (*s == '0') {
      zeros += !d->zero;
      continue;
    }
    for (; zeros > 0 && d->fits; zeros--) d->fits = append_digit(&d->integer, 0);
    d->fits = d->fits && append_digit(&d->integer, (unsigned)(*s - '0'));
    d->zero = false;
    zeros = 0;
  }
  if (!any || !read_exponent(&d->power, s)) return false;
  d->power += zeros - fraction;
  return true;
}

static double read_double(const char *text) {
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  locale_t before = uselocale(c);
  const double v = strtod(text, NULL);
  uselocale(before);
  if (c) freelocale(c);
  return v;
}

/* [-] 0x digits [. digits] p +- digits */
static bool is_hex(const char *s) {
  static const char digits[] = "0123456789abcdef";
  s += *s == '-';
  if (strncmp(s, "0x", 2) != 0) return false;
  const size_t whole = strspn(s + 2, digits);
  s += 2 + whole;
  if (*s == '.') s += 1 + strspn(s + 1, digits);
  if (!whole || *s != 'p' || (s[1] != '+' && s[1] != '-')) return false;
  const size_t exponent = strspn(s + 2, "0123456789");
  return exponent > 0 && exponent < 6 && s[2 + exponent] == 0;
}

duro_number duro_number_hex(double *value, const char *text) {
  if (!is_hex(text)) return DURO_NUMBER_WRONG;
  const double v = read_double(text);
  if (!isfinite(v)) return DURO_NUMBER_RANGE;
  *value = v;
  return DURO_NUMBER_FINE;
}

duro_number duro_number_real(double *value, const char *text) {
  decimal d;
  if (!read_decimal(&d, text)) return DURO_NUMBER_WRONG;
  const double v = read_double(text);
  // too large for a double, or so small that it would silently become zero
  if (!isfinite(v) || (v == 0 && !d.zero)) return DURO_NUMBER_RANGE;
  *value = v;
  return DURO_NUMBER_FINE;
}

duro_number duro_number_int(int64_t *value, const char *text) {
  decimal d;
  if (!read_decimal(&d, text)) return DURO_NUMBER_WRONG;
  if (d.zero) {
    *value = 0;
    return DURO_NUMBER_FINE;
  }
  if (d.power < 0) return DURO_NUMBER_FRACTION;
  for (; d.power > 0 && d.fits; d.power--) d.fits = append_digit(&d.integer, 0);
  if (!d.fits || d.integer > (uint64_t)INT64_MAX + d.negative) return DURO_NUMBER_RANGE;
  *value = d.negative ? -1 - (int64_t)(d.integer - 1) : (int64_t)d.integer;
  return DURO_NUMBER_FINE;
}

/* fewest digits after the first that read back to the same bits; `out` receives "d.ddde+xx" */
static int shortest(char out[DURO_NUMBER_SIZE], double value) {
  // any decimal of 15 digits survives a normal double, so fewer need not be tried there
  for (int digits = fabs(value) < DBL_MIN ? 0 : 14;; digits++) {
    (void)snprintf(out, DURO_NUMBER_SIZE, "%.*e", digits, value);
    double back = strtod(out, NULL);
    if (digits < 16 && memcmp(&back, &value, sizeof back) != 0) continue;
    const char *end = strchr(out, 'e');
    while (digits > 0 && end[-1] == '0') end--, digits--;
    return digits;
  }
}

static void finite_text(char out[DURO_NUMBER_SIZE], double value) {
  int digits = shortest(out, value);
  int exponent = (int)strtol(strchr(out, 'e') + 1, NULL, 10);
  if (exponent >= -5 && exponent < 16) {
    (void)snprintf(out, DURO_NUMBER_SIZE, "%.*f", digits > exponent ? digits - exponent : 0, value);
    return;
  }
  (void)snprintf(out, DURO_NUMBER_SIZE, "%.*e", digits, value);
  if (digits > 0) return;
  // "5e-324" to "5.0e-324": without a point YAML readers take it for text
  char *end = strchr(out, 'e');
  memmove(end + 2, end, strlen(end) + 1);
  memcpy(end, ".0", 2);
}

void duro_number_text(char out[DURO_NUMBER_SIZE], double value) {
  if (!isfinite(value)) {
    (void)snprintf(out, DURO_NUMBER_SIZE, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    return;
  }
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  locale_t before = uselocale(c);
  finite_text(out, value);
  uselocale(before);
  if (c) freelocale(c);
}

int duro_format_list(char *out, size_t size, const char *format, va_list arguments) {
  locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  locale_t before = uselocale(c);
  int length = vsnprintf(out, size, format, arguments);
  uselocale(before);
  if (c) freelocale(c);
  return length;
}

int duro_format(char *out, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = duro_format_list(out, size, format, arguments);
  va_end(arguments);
  return length;
}
