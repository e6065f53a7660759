/* PNG files of pictures (height x width x 3, rows from the top), by libpng where the program was built with it. */
#ifndef DURO_APP_PICTURE_H
#define DURO_APP_PICTURE_H

#include "duro/base.h"

/* False in a program that was built without libpng: it reads and writes no picture. */
bool picture_can(void);
/* Fails where the file is no picture of this size. */
duro_status picture_read(unsigned char *rgb, int width, int height, const char *path);
duro_status picture_write(const unsigned char *rgb, int width, int height, const char *path);

#endif
