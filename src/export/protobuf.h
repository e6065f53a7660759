/* The wire format of protocol buffers, as far as ONNX needs it: each function adds one field to a message. */
#ifndef DURO_EXPORT_PROTOBUF_H
#define DURO_EXPORT_PROTOBUF_H

#include "io/text.h"

/* an integer or an enumerator, not negative */
void export_pb_integer(text *message, int field, int64_t value);
void export_pb_bytes(text *message, int field, const void *bytes, size_t size);
void export_pb_string(text *message, int field, const char *string);
/* a message in a message, which is released */
void export_pb_message(text *message, int field, text *inner);
/* n floats as bytes, little-endian on every machine */
void export_pb_raw_floats(text *message, int field, const float *values, size_t n);

#endif
