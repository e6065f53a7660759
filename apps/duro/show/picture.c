/* PNG files. */
#include "show/picture.h"

#include "base/error.h"
#include "cli/cli.h"

#if DURO_HAVE_PNG
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "duro/io.h"

bool picture_can(void) {
  return true;
}

/* libpng has its reason in words alone */
static duro_status fail_begin(const char *path, const char *why) {
  if (strstr(why, "memory")) return duro_fail(DURO_ERROR_MEMORY, "%s: out of memory", path);
  return duro_fail(DURO_ERROR_FILE, "%s: %s", path, why);
}

duro_status picture_read(unsigned char *rgb, int width, int height, const char *path) {
  png_image image = {.version = PNG_IMAGE_VERSION};
  const png_color paper = {255, 255, 255};
  if (!png_image_begin_read_from_file(&image, path)) return fail_begin(path, image.message);
  image.format = PNG_FORMAT_RGB;
  const bool fits = (int)image.width == width && (int)image.height == height;
  if (fits && png_image_finish_read(&image, &paper, rgb, 0, NULL)) return DURO_OK;
  png_image_free(&image);
  if (fits) return fail_begin(path, image.message);
  return duro_fail(DURO_ERROR_FORMAT, "%s is no picture of %d x %d pixels", path, width, height);
}

duro_status picture_write(const unsigned char *rgb, int width, int height, const char *path) {
  png_image image = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)width,
                     .height = (png_uint_32)height,
                     .format = PNG_FORMAT_RGB};
  png_alloc_size_t size = 0;
  if (!png_image_write_to_memory(&image, NULL, &size, 0, rgb, 0, NULL))
    return duro_fail(DURO_ERROR_FORMAT, "cannot make %s: %s", path, image.message);
  unsigned char *bytes = cli_allocate(size, 1);
  const duro_status status = png_image_write_to_memory(&image, bytes, &size, 0, rgb, 0, NULL)
                                 ? duro_file_write(path, bytes, size)
                                 : duro_fail(DURO_ERROR_FORMAT, "cannot make %s: %s", path, image.message);
  free(bytes);
  return status;
}

#else

bool picture_can(void) {
  return false;
}

duro_status picture_read(unsigned char *rgb, int width, int height, const char *path) {
  (void)rgb, (void)width, (void)height;
  return duro_fail(DURO_ERROR_MISSING, "%s cannot be read: this program was built without libpng", path);
}

duro_status picture_write(const unsigned char *rgb, int width, int height, const char *path) {
  (void)rgb, (void)width, (void)height;
  return duro_fail(DURO_ERROR_MISSING, "%s cannot be made: this program was built without libpng", path);
}

#endif
