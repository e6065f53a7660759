/* Animated GIF (CompuServe, GIF89a, 1990). A frame holds the rectangle that changed, with a palette of its own. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "show/play.h"

enum { COLOURS = 256, CODES = 4096, TABLE = 16384, FAINT = 3 }; // FAINT: differences that no eye sees

static void add_byte(text *t, unsigned value) {
  text_add_bytes(t, &(unsigned char){(unsigned char)value}, 1);
}

static void add_pair(text *t, unsigned value) {
  add_byte(t, value & 255);
  add_byte(t, value >> 8);
}

void gif_begin(gif *g, int width, int height) {
  *g = (gif){.width = width, .height = height};
  text_add_bytes(&g->bytes, "GIF89a", 6);
  add_pair(&g->bytes, (unsigned)width);
  add_pair(&g->bytes, (unsigned)height);
  text_add_bytes(&g->bytes, "\x70\0\0", 3);                         // no palette for all frames
  text_add_bytes(&g->bytes, "\x21\xFF\x0BNETSCAPE2.0\3\1\0\0", 19); // for ever again
}

/* ---- what changed ---- */

typedef struct area {
  int left, top, right, bottom; /* right and bottom are beyond it */
} area;

static bool changed(const gif *g, const unsigned char *rgb, int x, int y) {
  const unsigned char *now = rgb + 3 * (y * g->width + x), *before = g->shown + 3 * (y * g->width + x);
  return abs(now[0] - before[0]) > FAINT || abs(now[1] - before[1]) > FAINT || abs(now[2] - before[2]) > FAINT;
}

static area changed_area(const gif *g, const unsigned char *rgb) {
  area r = {g->width, g->height, 0, 0};
  if (!g->shown) return (area){0, 0, g->width, g->height};
  for (int y = 0; y < g->height; y++)
    for (int x = 0; x < g->width; x++) {
      if (!changed(g, rgb, x, y)) continue;
      r.left = x < r.left ? x : r.left;
      r.right = x >= r.right ? x + 1 : r.right;
      r.top = y < r.top ? y : r.top;
      r.bottom = y + 1;
    }
  return r.right ? r : (area){0, 0, 1, 1};
}

/* ---- palettes ---- */

/* Colours of a frame by the bits that are kept of them; entry 0 stands for what did not change. */
typedef struct palette {
  int count, lost; /* bits left out of each channel */
  unsigned char colour[COLOURS][3];
  int slot[TABLE]; /* index of a colour, by hash; 0: none yet */
} palette;

/* a colour's place in the table */
static int *find(palette *p, const unsigned char *rgb) {
  const unsigned r = rgb[0] >> p->lost, g = rgb[1] >> p->lost, b = rgb[2] >> p->lost;
  unsigned at = ((r << 16 | g << 8 | b) * 2654435761U) >> 18;
  for (;; at = (at + 1) % TABLE) {
    const unsigned char *known = p->colour[p->slot[at]];
    if (!p->slot[at]) return &p->slot[at];
    if (known[0] >> p->lost == (int)r && known[1] >> p->lost == (int)g && known[2] >> p->lost == (int)b)
      return &p->slot[at];
  }
}

/* takes in a colour; false when there are too many */
static bool add_colour(palette *p, const unsigned char *rgb) {
  int *slot = find(p, rgb);
  if (*slot) return true;
  if (p->count == COLOURS) return false;
  memcpy(p->colour[p->count], rgb, 3);
  *slot = p->count++;
  return true;
}

static bool add_colours(palette *p, const gif *g, const unsigned char *rgb, area r) {
  memset(p->slot, 0, sizeof p->slot);
  p->count = 1;
  add_colour(p, (const unsigned char[]){255, 255, 255}); // the background, so that it stays white whatever is left out
  for (int y = r.top; y < r.bottom; y++)
    for (int x = r.left; x < r.right; x++)
      if ((!g->shown || changed(g, rgb, x, y)) && !add_colour(p, rgb + 3 * (y * g->width + x))) return false;
  return true;
}

static void make_palette(palette *p, const gif *g, const unsigned char *rgb, area r) {
  memset(p, 0, sizeof *p);
  while (!add_colours(p, g, rgb, r)) p->lost++; // with 5 bits left out there are 512, with 6 64
}

/* ---- LZW ---- */

typedef struct packer {
  text *out;
  unsigned char block[255];
  int used, bits, bit_count, width, next, clear;
  int key[TABLE]; /* prefix << 8 | pixel, plus one; 0: free */
  short code[TABLE];
} packer;

static void flush_block(packer *p) {
  if (!p->used) return;
  add_byte(p->out, (unsigned)p->used);
  text_add_bytes(p->out, p->block, (size_t)p->used);
  p->used = 0;
}

static void put_byte(packer *p) {
  p->block[p->used++] = (unsigned char)(p->bits & 255);
  p->bits >>= 8;
  p->bit_count -= 8;
  if (p->used == 255) flush_block(p);
}

static void put_code(packer *p, int code) {
  p->bits |= code << p->bit_count;
  p->bit_count += p->width;
  while (p->bit_count >= 8) put_byte(p);
}

static void restart(packer *p, int depth) {
  put_code(p, p->clear);
  memset(p->key, 0, sizeof p->key);
  p->next = p->clear + 2;
  p->width = depth + 1;
}

/* place of a key: where it is, or where it would be */
static int place(const packer *p, int key) {
  unsigned at = ((unsigned)key * 2654435761U) >> 18;
  while (p->key[at] && p->key[at] != key + 1) at = (at + 1) % TABLE;
  return (int)at;
}

/* the sequence `prefix` ends before `pixel`; it becomes a code of its own */
static void end_sequence(packer *p, int prefix, int pixel, int depth) {
  put_code(p, prefix);
  if (p->next == CODES) {
    restart(p, depth);
    return;
  }
  const int at = place(p, prefix << 8 | pixel);
  p->key[at] = (prefix << 8 | pixel) + 1;
  p->code[at] = (short)p->next;
  if (p->next++ == 1 << p->width) p->width++;
}

static void pack(text *out, const unsigned char *pixels, size_t count, int depth) {
  packer *p = cli_allocate(1, sizeof *p);
  p->out = out;
  p->clear = 1 << depth;
  p->width = depth + 1;
  add_byte(out, (unsigned)depth);
  restart(p, depth);
  int prefix = pixels[0];
  for (size_t i = 1; i < count; i++) {
    const int at = place(p, prefix << 8 | pixels[i]);
    if (p->key[at]) {
      prefix = p->code[at];
    } else {
      end_sequence(p, prefix, pixels[i], depth);
      prefix = pixels[i];
    }
  }
  end_sequence(p, prefix, 0, depth);
  put_code(p, p->clear + 1);
  if (p->bit_count > 0) put_byte(p);
  flush_block(p);
  add_byte(out, 0);
  free(p);
}

/* ---- frames ---- */

static void add_header(gif *g, const palette *p, area r, int depth, int hundredths) {
  text *t = &g->bytes;
  text_add_bytes(t, "\x21\xF9\4\5", 4); // the frame stays below the next; entry 0 is transparent
  add_pair(t, (unsigned)hundredths);
  add_pair(t, 0);
  add_byte(t, 0x2C);
  add_pair(t, (unsigned)r.left);
  add_pair(t, (unsigned)r.top);
  add_pair(t, (unsigned)(r.right - r.left));
  add_pair(t, (unsigned)(r.bottom - r.top));
  add_byte(t, 0x80 | (unsigned)(depth - 1));
  text_add_bytes(t, p->colour, (size_t)3 << depth);
}

/* the rectangle in the palette's colours, which from now on are shown */
static void map_pixels(gif *g, unsigned char *pixels, palette *p, const unsigned char *rgb, area r) {
  const bool first = !g->shown;
  if (first) g->shown = cli_allocate(3 * (size_t)g->width * (size_t)g->height, 1);
  for (int y = r.top; y < r.bottom; y++)
    for (int x = r.left; x < r.right; x++) {
      const int at = 3 * (y * g->width + x);
      const int index = first || changed(g, rgb, x, y) ? *find(p, rgb + at) : 0;
      if (index) memcpy(g->shown + at, p->colour[index], 3);
      *pixels++ = (unsigned char)index;
    }
}

void gif_add(gif *g, const unsigned char *rgb, int hundredths) {
  const area r = changed_area(g, rgb);
  palette *p = cli_allocate(1, sizeof *p);
  make_palette(p, g, rgb, r);
  int depth = 2;
  while (1 << depth < p->count) depth++;
  const size_t count = (size_t)(r.right - r.left) * (size_t)(r.bottom - r.top);
  unsigned char *pixels = cli_allocate(count, 1);
  map_pixels(g, pixels, p, rgb, r);
  add_header(g, p, r, depth, hundredths);
  pack(&g->bytes, pixels, count, depth);
  free(pixels);
  free(p);
}

void gif_end(gif *g) {
  add_byte(&g->bytes, 0x3B);
}

void gif_release(gif *g) {
  text_release(&g->bytes);
  free(g->shown);
  g->shown = NULL;
}
