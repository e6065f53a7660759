/* TensorBoard event files: protocol buffers tensorflow.Event in TFRecord frames.
 *
 *   record  = length (8 bytes), masked CRC32C of these 8, event, masked CRC32C of the event; little-endian
 *   event   = 1: wall time (double, s)  2: step (varint)  3: version (text, the first event only)  5: summary
 *   summary = 1: value, repeated        value = 1: tag (text)  2: number (float)
 */
#include "io/events.h"
#include "base/clock.h"

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct duro_events {
  duro_growing file;
  uint8_t *record; /* the one being written, (room) */
  size_t room;
};

uint32_t duro_crc32c(const void *bytes, size_t size) {
  // remainders of the reflected polynomial 0x82f63b78, for half a byte
  static const uint32_t table[16] = {0x00000000u, 0x105ec76fu, 0x20bd8edeu, 0x30e349b1u, 0x417b1dbcu, 0x5125dad3u,
                                     0x61c69362u, 0x7198540du, 0x82f63b78u, 0x92a8fc17u, 0xa24bb5a6u, 0xb21572c9u,
                                     0xc38d26c4u, 0xd3d3e1abu, 0xe330a81au, 0xf36e6f75u};
  const uint8_t *next = bytes;
  uint32_t crc = UINT32_MAX;
  for (size_t i = 0; i < size; i++) {
    crc ^= next[i];
    crc = crc >> 4 ^ table[crc & 15];
    crc = crc >> 4 ^ table[crc & 15];
  }
  return ~crc;
}

/* TFRecord stores no plain CRC: it would be weak over data that holds CRCs itself */
static uint32_t masked(uint32_t crc) {
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* ---- bytes ---- */

/* where bytes go; without memory they are only counted */
typedef struct sink {
  uint8_t *bytes;
  size_t used;
} sink;

static void put_bytes(sink *to, const void *bytes, size_t size) {
  if (to->bytes) memcpy(to->bytes + to->used, bytes, size);
  to->used += size;
}

static void put_little_endian(sink *to, uint64_t value, int size) {
  for (int i = 0; i < size; i++) put_bytes(to, &(uint8_t){(uint8_t)(value >> 8 * i)}, 1);
}

static void put_varint(sink *to, uint64_t value) {
  for (; value > 127; value >>= 7) put_bytes(to, &(uint8_t){(uint8_t)(value | 128)}, 1);
  put_bytes(to, &(uint8_t){(uint8_t)value}, 1);
}

/* ---- protocol buffers ---- */

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 }; /* kinds of fields */

static void put_key(sink *to, int field, int kind) {
  put_varint(to, (uint64_t)(field << 3 | kind));
}

/* what an event says: the version of the format, or values of a step */
typedef struct event {
  double time; /* s since 1970 */
  int64_t step;
  const char *version, *group;
  const char *const *names; /* (count) */
  const double *values;     /* (count) */
  int count;
} event;

static void put_value(sink *to, const event *e, int i) {
  size_t group = strlen(e->group), name = strlen(e->names[i]);
  float number = (float)e->values[i];
  uint32_t bits;
  memcpy(&bits, &number, sizeof bits);

  put_key(to, 1, LENGTH);
  put_varint(to, group + 1 + name);
  put_bytes(to, e->group, group);
  put_bytes(to, "/", 1);
  put_bytes(to, e->names[i], name);
  put_key(to, 2, FIXED32);
  put_little_endian(to, bits, 4);
}

static void put_summary(sink *to, const event *e) {
  for (int i = 0; i < e->count; i++) {
    if (isnan(e->values[i])) continue;
    sink size = {0};
    put_value(&size, e, i);
    put_key(to, 1, LENGTH);
    put_varint(to, size.used);
    put_value(to, e, i);
  }
}

static void put_event(sink *to, const event *e) {
  uint64_t bits;
  memcpy(&bits, &e->time, sizeof bits);
  put_key(to, 1, FIXED64);
  put_little_endian(to, bits, 8);
  put_key(to, 2, VARINT);
  put_varint(to, (uint64_t)e->step);
  if (e->version) {
    put_key(to, 3, LENGTH);
    put_varint(to, strlen(e->version));
    put_bytes(to, e->version, strlen(e->version));
    return;
  }
  sink size = {0};
  put_summary(&size, e);
  put_key(to, 5, LENGTH);
  put_varint(to, size.used);
  put_summary(to, e);
}

/* ---- records ---- */

enum { FRAME_HEAD = 12, FRAME_TAIL = 4 };

static duro_status make_room(duro_events *events, size_t size) {
  if (size <= events->room) return DURO_OK;
  uint8_t *larger = duro_allocate(2 * size);
  if (!larger) return DURO_ERROR_MEMORY;
  duro_release(events->record);
  events->record = larger;
  events->room = 2 * size;
  return DURO_OK;
}

/* the event framed in events->record, *size bytes */
static duro_status frame(duro_events *events, size_t *size, const event *e) {
  sink count = {0};
  put_event(&count, e);
  *size = FRAME_HEAD + count.used + FRAME_TAIL;
  duro_status status = make_room(events, *size);
  if (status) return status;

  sink to = {.bytes = events->record};
  put_little_endian(&to, count.used, 8);
  put_little_endian(&to, masked(duro_crc32c(events->record, 8)), 4);
  put_event(&to, e);
  put_little_endian(&to, masked(duro_crc32c(events->record + FRAME_HEAD, count.used)), 4);
  return DURO_OK;
}

/* the name that TensorBoard looks for: what lies between its dots is for people */
static void name_file(char *name, size_t size, double time) {
  char host[65] = "";
  if (gethostname(host, sizeof host - 1) || !host[0]) strcpy(host, "localhost");
  for (char *c = host; *c; c++)
    if (*c <= ' ' || *c == '/') *c = '-';
  (void)snprintf(name, size, "events.out.tfevents.%lld.%s.%lld.0", (long long)time, host, (long long)getpid());
}

static duro_status open_file(duro_events *events, const char *folder) {
  char name[160], path[PATH_MAX];
  size_t size;
  const event first = {.time = duro_clock_date(), .version = "brain.Event:2"};
  name_file(name, sizeof name, first.time);
  duro_status status = duro_path_join(path, sizeof path, folder, name);
  if (!status) status = frame(events, &size, &first);
  return status ? status : duro_growing_create(&events->file, path, events->record, size);
}

duro_status duro_events_create(duro_events **out, const char *folder) {
  *out = NULL;
  duro_events *events = duro_allocate(sizeof *events);
  if (!events) return DURO_ERROR_MEMORY;
  *events = (duro_events){.file.fd = -1};
  duro_status status = open_file(events, folder);
  if (status)
    duro_events_close(events);
  else
    *out = events;
  return status;
}

/* ---- going on ---- */

static uint64_t little_endian(const uint8_t *bytes, int size) {
  uint64_t value = 0;
  for (int i = 0; i < size; i++) value |= (uint64_t)bytes[i] << 8 * i;
  return value;
}

/* The step of an event as put_event lays it out; false where it is none of those. */
static bool read_step(int64_t *step, const uint8_t *event, size_t size) {
  enum { STEP_AT = 9 }; // after the time: key and 8 bytes
  uint64_t value = 0;
  if (size <= STEP_AT || event[0] != (1 << 3 | FIXED64) || event[STEP_AT] != (2 << 3 | VARINT)) return false;
  for (size_t i = STEP_AT + 1, shift = 0; i < size && shift < 64; i++, shift += 7) {
    value |= (uint64_t)(event[i] & 127) << shift;
    if (event[i] < 128) {
      *step = (int64_t)value;
      return true;
    }
  }
  return false;
}

/* Bytes of the whole records up to the first of a step above `last`. */
static size_t kept_records(const uint8_t *bytes, size_t size, int64_t last) {
  size_t at = 0;
  while (size - at >= FRAME_HEAD + FRAME_TAIL) {
    const uint8_t *record = bytes + at;
    const uint64_t length = little_endian(record, 8);
    int64_t step;
    if (length > size - at - FRAME_HEAD - FRAME_TAIL) break;
    if (little_endian(record + 8, 4) != masked(duro_crc32c(record, 8))) break;
    if (little_endian(record + FRAME_HEAD + length, 4) != masked(duro_crc32c(record + FRAME_HEAD, length))) break;
    if (!read_step(&step, record + FRAME_HEAD, (size_t)length) || step > last) break;
    at += FRAME_HEAD + (size_t)length + FRAME_TAIL;
  }
  return at;
}

/* "events.out.tfevents.*" of the folder that was begun last; "" where there is none */
static duro_status find_newest(char *name, size_t size, const char *folder) {
  static const char before[] = "events.out.tfevents.";
  DIR *directory = opendir(folder);
  long long newest = -1;
  name[0] = 0;
  if (!directory) return duro_fail_system(errno, "cannot read %s", folder);
  for (const struct dirent *entry; (entry = readdir(directory));) {
    if (strncmp(entry->d_name, before, sizeof before - 1) != 0 || strlen(entry->d_name) >= size) continue;
    const long long time = strtoll(entry->d_name + sizeof before - 1, NULL, 10);
    if (time > newest) strcpy(name, entry->d_name);
    newest = time > newest ? time : newest;
  }
  closedir(directory);
  return DURO_OK;
}

static duro_status go_on(duro_events *events, const char *path, int64_t last) {
  char *bytes;
  size_t size;
  duro_status status = duro_file_read(&bytes, &size, path);
  if (status) return status;
  const size_t kept = kept_records((const uint8_t *)bytes, size, last);
  duro_file_release(bytes);
  if (!kept) return duro_fail(DURO_ERROR_FORMAT, "%s: is no event file of this program", path);
  return duro_growing_open(&events->file, path, (off_t)kept);
}

duro_status duro_events_resume(duro_events **out, const char *folder, int64_t last) {
  char name[256], path[PATH_MAX];
  *out = NULL;
  duro_status status = find_newest(name, sizeof name, folder);
  if (status) return status;
  if (!name[0]) return duro_events_create(out, folder);
  if ((status = duro_path_join(path, sizeof path, folder, name))) return status;
  duro_events *events = duro_allocate(sizeof *events);
  if (!events) return DURO_ERROR_MEMORY;
  *events = (duro_events){.file.fd = -1};
  status = go_on(events, path, last);
  if (status)
    duro_events_close(events);
  else
    *out = events;
  return status;
}

duro_status duro_events_scalars(duro_events *events, int64_t step, const char *group, const char *const *names,
                                const double *values, int count) {
  const event e = {
      .time = duro_clock_date(), .step = step, .group = group, .names = names, .values = values, .count = count};
  size_t size;
  duro_status status = frame(events, &size, &e);
  return status ? status : duro_growing_append(&events->file, events->record, size);
}

duro_status duro_events_sync(duro_events *events) {
  return duro_growing_sync(&events->file);
}

void duro_events_close(duro_events *events) {
  if (!events) return;
  duro_growing_close(&events->file);
  duro_release(events->record);
  duro_release(events);
}
