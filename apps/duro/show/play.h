/* Moving pictures of an episode: the scene, and h, u and a over time. */
#ifndef DURO_APP_PLAY_H
#define DURO_APP_PLAY_H

#include "duro/env.h"
#include "duro/eval.h"
#include "io/text.h"
#include "study/trajectory.h"

/* Size of the place for MuJoCo's picture, pixels. */
enum { FILM_SCENE_WIDTH = 408, FILM_SCENE_HEIGHT = 384 };

/* What is to be shown, and where its files lie: folder/name.csv, .scene (the shapes) and .gp. */
typedef struct film {
  const duro_env *env;
  const trajectory *episode;
  const char *folder, *name, *title;
  bool geometry;            /* draw shapes even where MuJoCo could draw its model */
  double speed;             /* seconds of the episode in a second of the film */
  bool keep;                /* the frames, for a window, if there is room */
  duro_status (*ask)(void); /* DURO_ERROR_STOPPED: the command is to end well */
  /* filled by film_save */
  int frames, width, height;
  int64_t stride;      /* steps from one frame to the next */
  int left, top;       /* of MuJoCo's picture, pixels */
  bool draws, space;   /* shapes are drawn; room is left for MuJoCo's picture */
  unsigned char *kept; /* (frames x height x width x 3) NULL: not kept; the caller frees it */
} film;

#define FILM_LAST 1.5 /* s that the last frame stays */
/* Bytes of a frame. */
size_t film_size(const film *f);

/* Saves data and script. `picture`: MuJoCo's picture will be put into the scene. */
duro_status film_save(film *f, bool picture);
/* Seconds that a frame stays. */
double film_delay(const film *f);

/* What a file is, by its ending. */
typedef enum film_kind { FILM_GIF, FILM_STRIP, FILM_MP4, FILM_KINDS } film_kind;
/* Fails where the ending is unknown, or means an MP4 and there is no ffmpeg. */
duro_status film_kind_of(film_kind *kind, const char *out);

/* Makes the film and writes it to `out`. *drawn is false, with everything else in place, where there is no gnuplot or
 * the program was built without libpng.
 * `note` receives why MuJoCo did not draw where it should have, else stays empty. */
duro_status film_make(film *f, const char *out, film_kind kind, bool *drawn, text *note);
/* What is missing where a film was not drawn. */
const char *film_lacks(void);

/* MuJoCo's renderer, at work in another process. */
typedef struct painter {
  int process, line;
  bool open;
} painter;
/* DURO_ERROR_MISSING where MuJoCo cannot draw. */
duro_status painter_open(painter *p, const film *f);
/* rgb (FILM_SCENE_HEIGHT x FILM_SCENE_WIDTH x 3) of a state of the episode, by its number. */
duro_status painter_picture(const painter *p, unsigned char *rgb, int64_t state);
void painter_close(painter *p);

/* Is there a display? */
bool window_possible(void);
/* Is SDL 2 there, to open a window of our own? */
bool window_can_play(void);
/* Plays the frames that were kept, over and over, until the window is closed; false where none could be opened. */
bool window_play(const film *f, const char *title);
/* Opens a file with the program that the desktop has for it, and does not wait. */
void window_open(const char *path);

/* A GIF that grows frame by frame in memory. */
typedef struct gif {
  text bytes;
  int width, height;
  unsigned char *shown; /* (height x width x 3) what the frames so far show; NULL before the first */
} gif;
void gif_begin(gif *g, int width, int height);
/* Adds a picture (height x width x 3) that stays for so many hundredths of a second. */
void gif_add(gif *g, const unsigned char *rgb, int hundredths);
void gif_end(gif *g);
void gif_release(gif *g);

#endif
