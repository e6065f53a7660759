/* The checksum of event files. */
#ifndef DURO_IO_EVENTS_H
#define DURO_IO_EVENTS_H

#include <stddef.h>
#include <stdint.h>

/* CRC32C (Castagnoli) of the bytes, as in RFC 3720, appendix B.4. */
uint32_t duro_crc32c(const void *bytes, size_t size);

#endif
