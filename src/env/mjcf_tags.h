/* The elements of an XML text in their order, for whoever looks for some of them: no tree, no checks. */
#ifndef DURO_ENV_MJCF_TAGS_H
#define DURO_ENV_MJCF_TAGS_H

#include <stdbool.h>
#include <stddef.h>

/* What is left to read. */
typedef struct mjcf_tags {
  const char *at, *end;
} mjcf_tags;

/* A start tag: views of the text. */
typedef struct mjcf_tag {
  const char *name;
  size_t length;
  const char *attributes, *end; /* what stands between the name and the > */
} mjcf_tag;

mjcf_tags mjcf_tags_of(const char *text, size_t size);
/* The next start tag outside of comments, CDATA and instructions; false at the end, or where it is torn. */
bool mjcf_next_tag(mjcf_tag *tag, mjcf_tags *left);
bool mjcf_tag_is(const mjcf_tag *tag, const char *name);
/* The value of an attribute with its entities replaced, cut to `size`; false, and "", where there is none. */
bool mjcf_attribute(char *value, size_t size, const mjcf_tag *tag, const char *name);

#endif
