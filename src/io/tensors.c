/* Tensor files: the safetensors format with the file's XXH3 as last tensor. */
#include "io/tensors.h"
#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/json.h"
#include "io/number.h"
#include "io/utf8.h"

#include <stdlib.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

#define CHECKSUM "__xxh3__"
#define METADATA "__metadata__"
#define FORMAT "format" // the note that says DURO_FORMAT
#define HASH_SIZE ((size_t)8)
#define ALIGNMENT ((size_t)64)               /* of the data within the file */
#define LARGEST_HEADER ((uint64_t)100 << 20) /* as the format's own reader has it */
#define MAX_RANK 4

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensor data is little-endian");

static const struct {
  const char *name;
  size_t size;
} type_of[] = {[DURO_F32] = {"F32", 4},
               [DURO_F64] = {"F64", 8},
               [DURO_I64] = {"I64", 8},
               [DURO_U8] = {"U8", 1},
               [DURO_I16] = {"I16", 2}};
#define N_TYPES (sizeof type_of / sizeof *type_of)

/* shape and element size to bytes; false when it is no shape or overflows */
static bool shape_bytes(size_t *bytes, const duro_tensor *t) {
  if (t->rank < 1 || t->rank > MAX_RANK || (size_t)t->type >= N_TYPES) return false;
  size_t n = type_of[t->type].size;
  for (int i = 0; i < t->rank; i++)
    if (t->shape[i] < 0 || __builtin_mul_overflow(n, (size_t)t->shape[i], &n)) return false;
  *bytes = n;
  return n <= (size_t)INT64_MAX;
}

size_t duro_tensor_bytes(const duro_tensor *tensor) {
  size_t bytes = 0;
  (void)shape_bytes(&bytes, tensor);
  return bytes;
}

/* ---- writing ---- */

/* bytes are stored by falling element size, so that every tensor lies aligned without holes between */
static const size_t store_order[] = {8, 4, 2, 1};
#define N_ORDERS (sizeof store_order / sizeof *store_order)

static duro_status fail_memory(void) {
  return duro_fail(DURO_ERROR_MEMORY, "out of memory: the header of a tensor file");
}

/* jansson gives NULL to a text that is none as well as for lack of memory */
static bool is_text(const char *word) {
  return duro_utf8_valid(word, strlen(word));
}

/* adds {"dtype": .., "shape": [..], "data_offsets": [first, last]} under the name; false when that fails */
static bool describe(json_t *header, const duro_tensor *t, size_t first, size_t bytes) {
  json_t *shape = json_array();
  for (int i = 0; i < t->rank; i++)
    if (json_array_append_new(shape, json_integer(t->shape[i]))) {
      json_decref(shape);
      return false;
    }
  json_t *about = json_pack("{s:s, s:o, s:[I, I]}", "dtype", type_of[t->type].name, "shape", shape, "data_offsets",
                            (json_int_t)first, (json_int_t)first + (json_int_t)bytes);
  return !json_object_set_new(header, t->name, about);
}

static duro_status check_tensor(const duro_tensor *t, const json_t *header) {
  size_t bytes;
  if (!strcmp(t->name, CHECKSUM) || !strcmp(t->name, METADATA))
    return duro_fail(DURO_ERROR_ARGUMENT, "a tensor may not be named \"%s\"", t->name);
  if (json_object_get(header, t->name)) return duro_fail(DURO_ERROR_ARGUMENT, "two tensors are named \"%s\"", t->name);
  if (!shape_bytes(&bytes, t))
    return duro_fail(DURO_ERROR_ARGUMENT, "tensor \"%s\" has no valid shape or type", t->name);
  return DURO_OK;
}

static duro_status add_notes(json_t *header, const duro_note *notes, int n_notes) {
  json_t *metadata = json_object();
  char format[DURO_NUMBER_SIZE];
  duro_number_text(format, DURO_FORMAT);
  if (json_object_set_new(metadata, FORMAT, json_string(format))) { // a note of that name takes its place
    json_decref(metadata);
    return fail_memory();
  }
  for (int i = 0; i < n_notes; i++)
    if (json_object_set_new(metadata, notes[i].key, json_string(notes[i].text))) {
      json_decref(metadata);
      return is_text(notes[i].key) && is_text(notes[i].text)
                 ? fail_memory()
                 : duro_fail(DURO_ERROR_ARGUMENT, "note %d of a tensor file is no valid UTF-8 text", i);
    }
  if (json_object_set_new(header, METADATA, metadata)) return fail_memory();
  return DURO_OK;
}

/* where tensor `index` starts in the data: after all of larger elements and earlier ones of the same */
static bool offset_of(size_t *offset, const duro_tensor *tensors, int count, int index) {
  size_t own = type_of[tensors[index].type].size;
  *offset = 0;
  for (int i = 0; i < count; i++) {
    size_t size = (size_t)tensors[i].type < N_TYPES ? type_of[tensors[i].type].size : 0;
    bool before = size > own || (size == own && i < index);
    if (before && __builtin_add_overflow(*offset, duro_tensor_bytes(&tensors[i]), offset)) return false;
  }
  return *offset <= (size_t)INT64_MAX / 2;
}

static duro_status fill_header(json_t *header, const duro_tensor *tensors, int count, const duro_note *notes,
                               int n_notes) {
  duro_status status = add_notes(header, notes, n_notes);
  size_t total = 0;
  for (int i = 0; i < count && !status; i++) {
    size_t offset;
    status = check_tensor(&tensors[i], header);
    if (status) break;
    size_t bytes = duro_tensor_bytes(&tensors[i]);
    total += bytes;
    if (!offset_of(&offset, tensors, count, i) || bytes > (size_t)INT64_MAX / 2)
      status = duro_fail(DURO_ERROR_ARGUMENT, "tensor \"%s\" makes the file too large", tensors[i].name);
    else if (!describe(header, &tensors[i], offset, bytes))
      status =
          is_text(tensors[i].name)
              ? fail_memory()
              : duro_fail(DURO_ERROR_ARGUMENT, "tensor \"%.80s\": the name is no valid UTF-8 text", tensors[i].name);
  }
  const duro_tensor checksum = {.name = CHECKSUM, .type = DURO_U8, .rank = 1, .shape = {(int64_t)HASH_SIZE}};
  if (!status && !describe(header, &checksum, total, HASH_SIZE)) status = fail_memory();
  return status;
}

/* header length and JSON, blanks up to the alignment; released with free */
static duro_status make_header(char **bytes, size_t *size, const duro_tensor *tensors, int count,
                               const duro_note *notes, int n_notes) {
  json_t *header = json_object();
  if (!header) return fail_memory();
  duro_status status = fill_header(header, tensors, count, notes, n_notes);
  size_t length = status ? 0 : json_dumpb(header, NULL, 0, JSON_COMPACT);
  if (!status && !length) status = fail_memory(); // 0 is its way to say so
  *size = (sizeof(uint64_t) + length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  *bytes = status ? NULL : duro_allocate(*size);
  if (*bytes) {
    uint64_t padded = *size - sizeof padded;
    memcpy(*bytes, &padded, sizeof padded);
    memset(*bytes + sizeof padded, ' ', padded);
    if (json_dumpb(header, *bytes + sizeof padded, length, JSON_COMPACT) != length) {
      duro_release(*bytes);
      *bytes = NULL;
      status = fail_memory();
    }
  }
  json_decref(header);
  if (!status && !*bytes) status = DURO_ERROR_MEMORY;
  return status;
}

struct duro_tensor_writer {
  XXH3_state_t hash; /* of all bytes so far */
  duro_writer file;
  duro_status status; /* of the first failure, which has closed the file */
};

void duro_tensor_writer_append(duro_tensor_writer *w, const void *bytes, size_t size) {
  if (w->status) return;
  if (size) XXH3_64bits_update(&w->hash, bytes, size);
  w->status = duro_writer_append(&w->file, bytes, size);
}

/* the tensors in the order of their data */
static void list_order(int *order, const duro_tensor *tensors, int count) {
  for (size_t k = 0; k < N_ORDERS; k++)
    for (int i = 0; i < count; i++)
      if (type_of[tensors[i].type].size == store_order[k]) *order++ = i;
}

duro_status duro_tensor_writer_begin(duro_tensor_writer **writer, int *order, const char *path,
                                     const duro_tensor *tensors, int count, const duro_note *notes, int n_notes) {
  char *header = NULL;
  size_t header_size = 0;
  *writer = NULL;
  duro_status status = make_header(&header, &header_size, tensors, count, notes, n_notes);
  if (status) return status;
  duro_tensor_writer *w = duro_allocate(sizeof *w);
  if (!w) status = DURO_ERROR_MEMORY;
  if (!status) status = duro_writer_begin(&w->file, path);
  if (!status) {
    XXH3_INITSTATE(&w->hash);
    XXH3_64bits_reset(&w->hash);
    duro_tensor_writer_append(w, header, header_size);
    list_order(order, tensors, count);
    status = w->status;
  }
  duro_release(header);
  if (status)
    duro_release(w);
  else
    *writer = w;
  return status;
}

duro_status duro_tensor_writer_end(duro_tensor_writer *w, duro_status status) {
  const uint64_t digest = XXH3_64bits_digest(&w->hash);
  if (!w->status && status) duro_writer_cancel(&w->file);
  if (!status) status = w->status;
  if (!status) status = duro_writer_append(&w->file, &digest, sizeof digest);
  if (!status) status = duro_writer_commit(&w->file);
  duro_release(w);
  return status;
}

duro_status duro_tensors_save(const char *path, const duro_tensor *tensors, int count, const duro_note *notes,
                              int n_notes) {
  duro_tensor_writer *writer;
  int *order = duro_allocate(sizeof *order * (size_t)(count + 1));
  if (!order) return DURO_ERROR_MEMORY;
  duro_status status = duro_tensor_writer_begin(&writer, order, path, tensors, count, notes, n_notes);
  if (!status) {
    for (int k = 0; k < count; k++)
      duro_tensor_writer_append(writer, tensors[order[k]].data, duro_tensor_bytes(&tensors[order[k]]));
    status = duro_tensor_writer_end(writer, DURO_OK);
  }
  duro_release(order);
  return status;
}

/* ---- reading ---- */

struct duro_tensor_file {
  char *bytes; /* the whole file */
  size_t size;
  json_t *header;       /* owns names and notes */
  duro_tensor *tensors; /* (count), in the order of the header, checksum left out */
  int count;
};

/* Where a tensor lies in the data. */
typedef struct span {
  uint64_t first, last;
} span;

static duro_status fail_format(const char *path, const char *name, const char *what) {
  if (!name) return duro_fail(DURO_ERROR_FORMAT, "%s: %s", path, what);
  return duro_fail(DURO_ERROR_FORMAT, "%s: tensor \"%.80s\" %s", path, name, what);
}

/* header length, JSON; `data` and `data_size` are what follows */
static duro_status read_header(duro_tensor_file *f, char **data, size_t *data_size, const char *path) {
  uint64_t length;
  if (f->size < sizeof length) return fail_format(path, NULL, "too short for a tensor file");
  memcpy(&length, f->bytes, sizeof length);
  if (length > LARGEST_HEADER || length > f->size - sizeof length)
    return fail_format(path, NULL, "the header is longer than the file; it is truncated or no tensor file");
  const duro_status status = duro_json_parse(&f->header, f->bytes + sizeof length, (size_t)length, "the header");
  if (status == DURO_ERROR_MEMORY) return duro_fail(status, "cannot read %s: out of memory", path);
  if (status) {
    char why[256];
    (void)snprintf(why, sizeof why, "%s", duro_error());
    return duro_fail(status, "%s: the header is broken: %s", path, why);
  }
  if (!json_is_object(f->header)) return fail_format(path, NULL, "the header is no object");
  *data = f->bytes + sizeof length + length;
  *data_size = f->size - sizeof length - (size_t)length;
  return DURO_OK;
}

static bool read_type(duro_dtype *type, const json_t *value) {
  for (size_t i = 0; json_is_string(value) && i < N_TYPES; i++)
    if (!strcmp(json_string_value(value), type_of[i].name)) {
      *type = (duro_dtype)i;
      return true;
    }
  return false;
}

static bool read_shape(duro_tensor *t, const json_t *value) {
  if (!json_is_array(value) || json_array_size(value) < 1 || json_array_size(value) > MAX_RANK) return false;
  t->rank = (int)json_array_size(value);
  for (int i = 0; i < t->rank; i++) {
    const json_t *n = json_array_get(value, (size_t)i);
    if (!json_is_integer(n) || json_integer_value(n) < 0) return false;
    t->shape[i] = json_integer_value(n);
  }
  return true;
}

static bool read_span(span *s, const json_t *value, size_t data_size) {
  const json_t *first = json_array_get(value, 0), *last = json_array_get(value, 1);
  if (json_array_size(value) != 2 || !json_is_integer(first) || !json_is_integer(last)) return false;
  if (json_integer_value(first) < 0 || json_integer_value(last) < json_integer_value(first)) return false;
  s->first = (uint64_t)json_integer_value(first);
  s->last = (uint64_t)json_integer_value(last);
  return s->last <= data_size;
}

static duro_status read_tensor(duro_tensor *t, span *s, const char *name, const json_t *about, char *data,
                               size_t data_size, const char *path) {
  size_t bytes;
  *t = (duro_tensor){.name = name};
  if (!json_is_object(about) || json_object_size(about) != 3)
    return fail_format(path, name, "needs dtype, shape and data_offsets, nothing else");
  if (!read_type(&t->type, json_object_get(about, "dtype")))
    return fail_format(path, name, "has an unknown dtype; wanted F32, F64, I64 or U8");
  if (!read_shape(t, json_object_get(about, "shape")) || !shape_bytes(&bytes, t))
    return fail_format(path, name, "has no valid shape; wanted 1 to 4 sizes");
  if (!read_span(s, json_object_get(about, "data_offsets"), data_size))
    return fail_format(path, name, "lies outside the file; it is truncated or damaged");
  if (s->last - s->first != bytes) return fail_format(path, name, "has a shape that differs from its bytes");
  t->data = data + s->first;
  if ((uintptr_t)t->data % type_of[t->type].size) return fail_format(path, name, "is not aligned to its elements");
  return DURO_OK;
}

static int compare_spans(const void *a, const void *b) {
  const span *x = a, *y = b;
  if (x->first != y->first) return x->first < y->first ? -1 : 1;
  return (x->last > y->last) - (x->last < y->last);
}

/* every byte of the data belongs to exactly one tensor, the last ones to the checksum */
static duro_status check_cover(span *spans, size_t count, const span *checksum, size_t data_size, const char *path) {
  qsort(spans, count, sizeof *spans, compare_spans);
  uint64_t next = 0;
  for (size_t i = 0; i < count; i++) {
    if (spans[i].first != next) return fail_format(path, NULL, "tensors overlap or leave holes");
    next = spans[i].last;
  }
  if (next != data_size) return fail_format(path, NULL, "there are bytes after the last tensor");
  return checksum->last == data_size ? DURO_OK : fail_format(path, CHECKSUM, "is not the last");
}

static duro_status check_notes(const json_t *notes, const char *path) {
  const char *key;
  json_t *text;
  if (!json_is_object(notes)) return fail_format(path, METADATA, "is no object");
  json_object_foreach((json_t *)notes, key, text) {
    if (!json_is_string(text)) return fail_format(path, METADATA, "holds something else than texts");
  }
  return DURO_OK;
}

/* A file of a later version is refused by what it says of itself, not by the first thing that is strange in it. One
 * without the note is older than the note. */
static duro_status check_format(const duro_tensor_file *f, const char *path) {
  const char *text = duro_tensors_note(f, FORMAT);
  int64_t format = 1;
  if (text && duro_number_int(&format, text) != DURO_NUMBER_FINE)
    return fail_format(path, METADATA, "says a format that is no number");
  return duro_format_check(format, DURO_FORMAT, path);
}

/* all tensors of the header; `spans` has room for each */
static duro_status read_tensors(duro_tensor_file *f, span *spans, char *data, size_t data_size, const char *path) {
  const char *name;
  json_t *about;
  span checksum = {0};
  size_t n = 0;
  json_object_foreach(f->header, name, about) {
    duro_tensor t;
    duro_status status = !strcmp(name, METADATA) ? check_notes(about, path)
                                                 : read_tensor(&t, &spans[n], name, about, data, data_size, path);
    if (status) return status;
    if (!strcmp(name, METADATA)) continue;
    if (!strcmp(name, CHECKSUM) && (t.type != DURO_U8 || t.rank != 1 || t.shape[0] != (int64_t)HASH_SIZE))
      return fail_format(path, name, "is no checksum; wanted U8 of 8");
    if (!strcmp(name, CHECKSUM))
      checksum = spans[n];
    else
      f->tensors[f->count++] = t;
    n++;
  }
  if (checksum.last == 0) return fail_format(path, NULL, "there is no checksum tensor \"" CHECKSUM "\"");
  return check_cover(spans, n, &checksum, data_size, path);
}

static duro_status check_hash(const duro_tensor_file *f, const char *path) {
  uint64_t stored, digest = XXH3_64bits(f->bytes, f->size - HASH_SIZE);
  memcpy(&stored, f->bytes + f->size - HASH_SIZE, sizeof stored);
  return stored == digest ? DURO_OK : fail_format(path, NULL, "the checksum differs; the file is damaged");
}

static duro_status read_file(duro_tensor_file *f, const char *path) {
  char *data = NULL;
  size_t data_size = 0;
  duro_status status = duro_file_read(&f->bytes, &f->size, path);
  if (!status) status = read_header(f, &data, &data_size, path);
  if (!status) status = check_format(f, path);
  if (status) return status;

  size_t room = json_object_size(f->header);
  f->tensors = duro_allocate(room * sizeof *f->tensors);
  span *spans = duro_allocate(room * sizeof *spans);
  status = f->tensors && spans ? read_tensors(f, spans, data, data_size, path) : DURO_ERROR_MEMORY;
  duro_release(spans);
  return status ? status : check_hash(f, path);
}

duro_status duro_tensors_open(duro_tensor_file **file, const char *path) {
  *file = NULL;
  duro_tensor_file *f = duro_allocate(sizeof *f);
  if (!f) return DURO_ERROR_MEMORY;
  duro_status status = read_file(f, path);
  if (status)
    duro_tensors_close(f);
  else
    *file = f;
  return status;
}

void duro_tensors_close(duro_tensor_file *file) {
  if (!file) return;
  duro_release(file->tensors);
  json_decref(file->header);
  duro_file_release(file->bytes);
  duro_release(file);
}

int duro_tensors_count(const duro_tensor_file *file) {
  return file->count;
}

const duro_tensor *duro_tensors_at(const duro_tensor_file *file, int index) {
  return index >= 0 && index < file->count ? &file->tensors[index] : NULL;
}

const duro_tensor *duro_tensors_find(const duro_tensor_file *file, const char *name) {
  for (int i = 0; i < file->count; i++)
    if (!strcmp(file->tensors[i].name, name)) return &file->tensors[i];
  return NULL;
}

const char *duro_tensors_note(const duro_tensor_file *file, const char *key) {
  return json_string_value(json_object_get(json_object_get(file->header, METADATA), key));
}

const char *duro_tensors_note_at(const duro_tensor_file *file, int index, const char **text) {
  json_t *all = json_object_get(file->header, METADATA);
  void *at = all ? json_object_iter(all) : NULL;
  while (at && index-- > 0) at = json_object_iter_next(all, at);
  if (!at) return NULL;
  *text = json_string_value(json_object_iter_value(at));
  return json_object_iter_key(at);
}

static bool is_changed(const duro_note *changes, int n, const char *key) {
  for (int i = 0; i < n; i++)
    if (strcmp(changes[i].key, key) == 0) return true;
  return false;
}

duro_status duro_tensors_change_notes(const char *path, const duro_note *changes, int n) {
  duro_tensor_file *file;
  duro_status status = duro_tensors_open(&file, path);
  if (status) return status;
  // jansson's iterators take an object that is not constant, and do not change it
  json_t *old = json_object_get(file->header, METADATA);
  duro_note *notes = duro_allocate((json_object_size(old) + (size_t)n + 1) * sizeof *notes);
  int count = 0;
  if (!notes) status = DURO_ERROR_MEMORY;
  for (void *at = notes ? json_object_iter(old) : NULL; at; at = json_object_iter_next(old, at))
    if (!is_changed(changes, n, json_object_iter_key(at)))
      notes[count++] = (duro_note){json_object_iter_key(at), json_string_value(json_object_iter_value(at))};
  for (int i = 0; notes && i < n; i++) notes[count++] = changes[i];
  if (!status) status = duro_tensors_save(path, file->tensors, file->count, notes, count);
  duro_release(notes);
  duro_tensors_close(file);
  return status;
}
