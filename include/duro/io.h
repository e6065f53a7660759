/**
 * @file io.h
 * @brief Run folders, tensor files, tables and JSON on disk. Knows names, shapes and bytes, no algorithm.
 *
 * Whatever is written replaces its predecessor whole or not at all: temporary file in the same folder, fsync,
 * rename, fsync of the folder. CSV and event files begin like this and then grow, whole row by whole row.
 */
#ifndef DURO_IO_H
#define DURO_IO_H

#include "duro/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum duro_dtype { DURO_F32, DURO_F64, DURO_I64, DURO_U8, DURO_I16 } duro_dtype;

/** A named array; a view, it never owns `data`. */
typedef struct duro_tensor {
  const char *name;
  duro_dtype type;
  int rank;         /**< 1..4 */
  int64_t shape[4]; /**< C order */
  void *data;
} duro_tensor;

/** One "key": "text" pair kept in the file's header. */
typedef struct duro_note {
  const char *key;
  const char *text;
} duro_note;

/** Bytes of a tensor's data. */
size_t duro_tensor_bytes(const duro_tensor *tensor);

/**
 * Writes tensors as a safetensors file (8-byte header length, JSON header, data), so that any reader of that
 * format opens it. Its last tensor, "__xxh3__" (U8, 8), is the XXH3 of every byte before it.
 */
duro_status duro_tensors_save(const char *path, const duro_tensor *tensors, int count, const duro_note *notes,
                              int n_notes);

/** Writes an array as a NumPy file, format 1.0 (numpy.lib.format), atomically: `type` DURO_F32 or DURO_F64, `data` in C
 * order, rank 0..16. numpy.load gives it back bit by bit. */
duro_status duro_npy_save(const char *path, duro_dtype type, int rank, const int64_t *shape, const void *data);

/** A tensor file read into memory and checked (length, header, shapes, checksum). */
typedef struct duro_tensor_file duro_tensor_file;
duro_status duro_tensors_open(duro_tensor_file **file, const char *path);
void duro_tensors_close(duro_tensor_file *file);
/** View into the file's memory, valid until close; NULL when there is no such tensor. */
const duro_tensor *duro_tensors_find(const duro_tensor_file *file, const char *name);
int duro_tensors_count(const duro_tensor_file *file);
const duro_tensor *duro_tensors_at(const duro_tensor_file *file, int index);
/** The text of a note, NULL when there is none. */
const char *duro_tensors_note(const duro_tensor_file *file, const char *key);
/** The key of note `index`, in the file's order, and its text; NULL past the last one. */
const char *duro_tensors_note_at(const duro_tensor_file *file, int index, const char **text);
/** Writes the file `path` anew, atomically, with other texts of n notes, and those that it did not have; its tensors
 * stay as they are. */
duro_status duro_tensors_change_notes(const char *path, const duro_note *notes, int n);

/** Writes bytes to a file, atomically and durably. */
duro_status duro_file_write(const char *path, const void *bytes, size_t size);
/** Reads a whole file; *bytes is NUL-terminated and released with duro_file_release. */
duro_status duro_file_read(char **bytes, size_t *size, const char *path);
void duro_file_release(char *bytes);
/** Creates a folder and its parents; an existing one is fine. Fails clearly if it cannot be written. */
duro_status duro_folder_create(const char *path);
/** path = a/b, bounded. */
duro_status duro_path_join(char *path, size_t size, const char *a, const char *b);

/** A CSV file with a fixed header that grows row by row; each row is flushed. */
typedef struct duro_csv duro_csv;
duro_status duro_csv_create(duro_csv **csv, const char *path, const char *const *columns, int count);
/**
 * Goes on with a file of duro_csv_create, of the same columns: rows whose first number is above `last` are cut off, and
 * so is a row without an end. A file that is not there is created.
 */
duro_status duro_csv_resume(duro_csv **csv, const char *path, const char *const *columns, int count, double last);
/** Numbers are written with as many digits as read back to the same double; NaN as an empty field. */
duro_status duro_csv_row(duro_csv *csv, const double *values);
/** Makes the rows durable: after it a power cut takes none of them. */
duro_status duro_csv_sync(duro_csv *csv);
void duro_csv_close(duro_csv *csv);
/** Reads a numeric CSV back: column names and rows (row-major). Released by duro_table_release. */
typedef struct duro_table {
  int rows, columns;
  char **names;   /**< (columns) */
  double *values; /**< (rows x columns), NaN where empty */
} duro_table;
duro_status duro_table_read(duro_table *table, const char *path);
void duro_table_release(duro_table *table);

/**
 * A TensorBoard event file that grows record by record: scalars over steps, which a TensorBoard that looks at the
 * folder shows as they come. Format: TFRecord framing of protocol buffers tensorflow.Event.
 */
typedef struct duro_events duro_events;
/** Creates events.out.tfevents.<seconds>.<host>.<process>.0 in an existing folder. */
duro_status duro_events_create(duro_events **events, const char *folder);
/** Goes on with the newest event file of the folder: events of steps above `last` are cut off, and so is a torn one. A
 * file is created where there is none. */
duro_status duro_events_resume(duro_events **events, const char *folder, int64_t last);
/** Adds values[i] under the tag group/names[i], i < count, at `step` and the present time; it is in the file when this
 * returns. The format stores `float`. NaN, a number that does not exist, is left out. */
duro_status duro_events_scalars(duro_events *events, int64_t step, const char *group, const char *const *names,
                                const double *values, int count);
/** Makes the events durable. */
duro_status duro_events_sync(duro_events *events);
void duro_events_close(duro_events *events);

/** What run.json records beside what it finds out itself (library version, commit, compiler, flags, CPU, SIMD path,
 * versions of the libraries, host OS, time of the start). */
typedef struct duro_run_info {
  const char *environment, *algorithm, *command;
  int64_t seed, threads, steps;
  const char *simd;   /**< kernel path in use: "avx512", "avx2", "portable" */
  const char *mujoco; /**< version text, or "" */
} duro_run_info;
duro_status duro_run_json_save(const char *path, const duro_run_info *info);
/** Value of a string or integer key of run.json as text. */
duro_status duro_run_json_get(char *out, size_t size, const char *path, const char *key);

#ifdef __cplusplus
}
#endif
#endif
