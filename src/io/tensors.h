/* A tensor file that is written piece by piece, by who has never all of its data at once. */
#ifndef DURO_IO_TENSORS_H
#define DURO_IO_TENSORS_H

#include "duro/io.h"

typedef struct duro_tensor_writer duro_tensor_writer;

/* Begins the file of duro_tensors_save; `data` of the tensors is not looked at. The order in which their data are to
 * come is written to order (count), indices of tensors. After a failure there is nothing to end. */
duro_status duro_tensor_writer_begin(duro_tensor_writer **writer, int *order, const char *path,
                                     const duro_tensor *tensors, int count, const duro_note *notes, int n_notes);
/* The next bytes; after a failure it only remembers the first one. */
void duro_tensor_writer_append(duro_tensor_writer *writer, const void *bytes, size_t size);
/* Puts the file in place, unless something failed, here or, `status`, elsewhere; ends in any case. */
duro_status duro_tensor_writer_end(duro_tensor_writer *writer, duro_status status);

#endif
