/* The wire format of protocol buffers. */
#include "export/protobuf.h"

#include <string.h>

#include "base/math.h"

enum { VARINT = 0, LENGTH = 2 }; /* types of the wire */

/* seven bits to a byte, the lowest first; the highest bit of a byte says that more follow */
static void add_varint(text *message, uint64_t value) {
  unsigned char bytes[10];
  size_t n = 0;
  for (; value >= 128; value >>= 7) bytes[n++] = (unsigned char)(value | 128);
  bytes[n++] = (unsigned char)value;
  text_add_bytes(message, bytes, n);
}

static void add_key(text *message, int field, int type) {
  add_varint(message, (uint64_t)(field << 3 | type));
}

void export_pb_integer(text *message, int field, int64_t value) {
  add_key(message, field, VARINT);
  add_varint(message, (uint64_t)value);
}

void export_pb_bytes(text *message, int field, const void *bytes, size_t size) {
  add_key(message, field, LENGTH);
  add_varint(message, size);
  text_add_bytes(message, bytes, size);
}

void export_pb_string(text *message, int field, const char *string) {
  export_pb_bytes(message, field, string, strlen(string));
}

void export_pb_message(text *message, int field, text *inner) {
  export_pb_bytes(message, field, inner->bytes ? inner->bytes : "", inner->length);
  if (inner->failed) message->failed = true;
  text_release(inner);
}

void export_pb_raw_floats(text *message, int field, const float *values, size_t n) {
  add_key(message, field, LENGTH);
  add_varint(message, 4 * n);
  for (size_t i = 0; i < n; i++) {
    const uint32_t bits = m_bits(values[i]);
    const unsigned char bytes[4] = {(unsigned char)bits, (unsigned char)(bits >> 8), (unsigned char)(bits >> 16),
                                    (unsigned char)(bits >> 24)};
    text_add_bytes(message, bytes, 4);
  }
}
