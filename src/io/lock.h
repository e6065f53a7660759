/* Who works in a folder. The lock is on a file `.lock` in it and held until it is released or the process ends, in
 * whatever way: a file that a killed process left behind holds nobody up. Programs that the holder starts do not hold
 * it with him; children that he forks without starting a program do. */
#ifndef DURO_IO_LOCK_H
#define DURO_IO_LOCK_H

#include "duro/base.h"

#define DURO_LOCK_NAME ".lock"
#define DURO_LOCK_LEAD_NAME ".lead"

typedef struct duro_lock duro_lock;

typedef enum duro_lock_mode {
  DURO_LOCK_WRITE, /* alone */
  DURO_LOCK_LEAD   /* has another process work there, which takes the lock itself: one that leads beside one that writes
                    */
} duro_lock_mode;

/* Takes the lock of an existing folder, or fails at once: DURO_ERROR_FILE, with the folder and, where it is known, the
 * process that has it. A second lock of one folder fails within one process as well. */
duro_status duro_lock_take(duro_lock **lock, const char *folder, duro_lock_mode mode);
/* Gives it back; the last one removes the file. NULL is fine. */
void duro_lock_release(duro_lock *lock);

#endif
