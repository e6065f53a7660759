/* JSON, parsed so that a lack of memory is told from a broken text. */
#ifndef DURO_IO_JSON_H
#define DURO_IO_JSON_H

#include "duro/base.h"

#include <jansson.h>

/* Parses a text whose root is an object or an array; keys that come twice are refused. What is wrong is
 * DURO_ERROR_FORMAT, "path:line:column: why", a lack of memory DURO_ERROR_MEMORY. *root is for json_decref. */
duro_status duro_json_parse(json_t **root, const char *text, size_t length, const char *path);

/* The text of an object or an array, free; NULL without memory. jansson leaves out a key for which it finds none, and
 * says nothing. */
char *duro_json_text(const json_t *root, size_t flags);

/* DURO_ERROR_FORMAT where the object says a later "format" than this program writes. */
duro_status duro_json_check_format(const json_t *root, const char *path);

/* Is the text JSON? Takes no memory. */
bool duro_json_valid(const char *text, size_t length);

#endif
