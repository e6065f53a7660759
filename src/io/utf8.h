/* UTF-8, as far as files need it. */
#ifndef DURO_IO_UTF8_H
#define DURO_IO_UTF8_H

#include "duro/base.h"

/* Next code point of `text` (`length` > 0 bytes), its bytes into *used; invalid ones give -1 and *used = 1. */
int32_t duro_utf8_next(int *used, const char *text, size_t length);
/* True when all of it is UTF-8 (no surrogates, nothing overlong). */
bool duro_utf8_valid(const char *text, size_t length);

#endif
