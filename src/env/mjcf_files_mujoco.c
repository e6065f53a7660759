/* The files that an MJCF model is made of, found by MuJoCo's rules (those of 3.17 and 4.0, which take what 2.2.2
 * takes):
 *
 * - An included file is sought in the folder of the model, then in that of the file that includes it.
 * - An asset is sought in the folder of the model, there in meshdir or texturedir, then in the folder of the included
 *   file that names it. Of these settings the last counts, wherever it stands; assetdir sets both.
 * - A model within the model (<asset><model file=.../>) has folder and settings of its own.
 */
#include "env/mjcf_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <mujoco/mujoco.h>

#include "base/error.h"
#include "base/memory.h"
#include "duro/io.h"
#include "env/mjcf_tags.h"
#include "env/source.h"

enum { PATH = 4096, WORD = 1024, MOST_FILES = 2000, MOST_DEPTH = 16 };

#if mjVERSION_HEADER >= 314
enum { NAMES_ALONE = 0 };
#else
enum { NAMES_ALONE = 1 }; // its files in memory are told apart by their names alone, in small letters
#endif

/* A file that was read; its path has no . and no .. */
typedef struct file {
  char *path, *bytes;
  size_t size;
  bool beside; /* found in the folder of the file that names it, not in the model's */
} file;

typedef struct reading {
  const char *said; /* the model's path as it was given, for messages */
  char root[PATH];  /* holds all files, and every folder that a path to them passes */
  file file[MOST_FILES];
  int count;
} reading;

typedef enum kind { INCLUDE, MESH, TEXTURE, SUBMODEL } kind;

/* A file that a model names. */
typedef struct asset {
  char word[WORD];
  kind kind;
  int by; /* which file names it */
} asset;

/* A model, the first one or one within it, and what its text says. */
typedef struct model {
  reading *r;
  int own;                           /* which file it is */
  char meshes[WORD], textures[WORD]; /* meshdir, texturedir */
  bool strip;                        /* strippath */
  asset *assets;
  int count, room, depth;
} model;

/* ---- paths ---- */

/* "" for what lies in / */
static void folder_of(char out[PATH], const char *path) {
  snprintf(out, PATH, "%.*s", (int)(strrchr(path, '/') - path), path);
}

/* the part after the last slash */
static const char *name_of(const char *word) {
  const char *name = word;
  for (const char *c = word; *c; c++)
    if (*c == '/' || *c == '\\') name = c + 1;
  return name;
}

/* cuts `root` to the folder that it shares with the folder `other` */
static void widen(char *root, const char *other) {
  size_t i = 0;
  while (root[i] && root[i] == other[i]) i++;
  if ((!root[i] || root[i] == '/') && (!other[i] || other[i] == '/')) {
    root[i] = '\0';
    return;
  }
  while (i && root[i - 1] != '/') i--;
  root[i ? i - 1 : 0] = '\0';
}

/* path = folder/word without . and ..; `least` is the length of the folder nearest to / that it passes */
static bool join(char path[PATH], size_t *least, const char *folder, const char *word) {
  size_t n = strlen(folder);
  if (n + strlen(word) + 2 >= PATH) return false;
  memcpy(path, folder, n + 1);
  if (*least > n) *least = n;
  while (*word) {
    const size_t length = strcspn(word, "/\\");
    if (length == 2 && word[0] == '.' && word[1] == '.') {
      while (n && path[--n] != '/') continue;
    } else if (length && !(length == 1 && word[0] == '.')) {
      path[n++] = '/';
      memcpy(path + n, word, length);
      n += length;
    }
    path[n] = '\0';
    if (n < *least) *least = n;
    word += length;
    word += strspn(word, "/\\");
  }
  return true;
}

static bool is_absolute(const char *word) {
  return word[0] == '/' || word[0] == '\\' || (word[0] && word[1] == ':');
}

/* ---- reading ---- */

/* which file lies at a path, read now where it was not; -1 on failure */
static duro_status take(int *which, reading *r, const char *path, bool beside) {
  struct stat about;
  for (*which = 0; *which < r->count; ++*which)
    if (strcmp(r->file[*which].path, path) == 0) return DURO_OK;
  if (r->count == MOST_FILES)
    return duro_fail(DURO_ERROR_FORMAT, "%s is made of more than %d files", r->said, MOST_FILES);
  if (stat(path, &about)) return duro_fail_system(errno, "cannot read %s", path);
  if (!S_ISREG(about.st_mode)) return duro_fail(DURO_ERROR_FILE, "%s, which %s names, is not a file", path, r->said);
  file *f = &r->file[r->count];
  duro_status status = duro_file_read(&f->bytes, &f->size, path);
  if (status) return status;
  f->path = duro_allocate(strlen(path) + 1);
  if (!f->path) status = DURO_ERROR_MEMORY;
  if (!status && (f->size == 0 || f->size > INT_MAX))
    status = duro_fail(DURO_ERROR_FORMAT, "%s has %zu bytes; wanted 1 to %d", path, f->size, INT_MAX);
  if (status) {
    duro_release(f->path);
    duro_file_release(f->bytes);
    return status;
  }
  memcpy(f->path, path, strlen(path) + 1);
  f->beside = beside;
  *which = r->count++;
  return DURO_OK;
}

/* Finds and reads what file `by` of a model names: in the model's folder, there in `within`, or beside that file. */
static duro_status find(int *which, model *m, const char *within, const char *word, int by) {
  reading *r = m->r;
  char folder[PATH], path[2][PATH], inner[PATH];
  struct stat about;
  if (is_absolute(word) || is_absolute(within))
    return duro_fail(DURO_ERROR_FORMAT,
                     "%s: %s%s%s is an absolute path; wanted one relative to the model, whose files go with a run",
                     r->said, is_absolute(word) ? "" : within, is_absolute(word) || !*within ? "" : "/", word);
  size_t least[2] = {PATH, PATH};
  folder_of(folder, r->file[m->own].path);
  bool fits = join(inner, &least[0], folder, within) && join(path[0], &least[0], inner, word);
  folder_of(folder, r->file[by].path);
  fits = fits && join(path[1], &least[1], folder, word);
  if (!fits) return duro_fail(DURO_ERROR_FORMAT, "%s: the path of %.80s is too long", r->said, word);
  const bool beside = by != m->own && stat(path[0], &about) != 0 && stat(path[1], &about) == 0;
  if (!beside && stat(path[0], &about))
    return duro_fail_system(errno, "%s: %s, which %s names, is not there", r->said, path[0], name_of(r->file[by].path));
  const duro_status status = take(which, r, path[beside], beside);
  path[beside][least[beside]] = '\0';
  if (!status) widen(r->root, path[beside]);
  return status;
}

static duro_status add_asset(model *m, const char *word, kind kind, int by) {
  if (!*word) return DURO_OK;
  if (m->count == m->room) {
    const int room = m->room ? 2 * m->room : 16;
    asset *more = duro_allocate((size_t)room * sizeof *more);
    if (!more) return DURO_ERROR_MEMORY;
    if (m->count) memcpy(more, m->assets, (size_t)m->count * sizeof *more);
    duro_release(m->assets);
    m->assets = more;
    m->room = room;
  }
  asset *a = &m->assets[m->count++];
  *a = (asset){.kind = kind, .by = by};
  snprintf(a->word, sizeof a->word, "%s", word);
  return DURO_OK;
}

static void read_compiler(model *m, const mjcf_tag *tag) {
  char value[WORD];
  if (mjcf_attribute(value, WORD, tag, "assetdir")) {
    memcpy(m->meshes, value, WORD);
    memcpy(m->textures, value, WORD);
  }
  if (mjcf_attribute(value, WORD, tag, "meshdir")) memcpy(m->meshes, value, WORD);
  if (mjcf_attribute(value, WORD, tag, "texturedir")) memcpy(m->textures, value, WORD);
  if (mjcf_attribute(value, WORD, tag, "strippath")) m->strip = strcmp(value, "true") == 0;
}

/* The attributes by which an element names files; NULL where it names none. */
static const char *const *file_attributes(kind *kind, const mjcf_tag *tag) {
  static const char *const one[] = {"file", NULL};
  static const char *const seven[] = {"file",     "fileright", "fileleft", "fileup",
                                      "filedown", "filefront", "fileback", NULL};
  static const struct {
    const char *element;
    enum kind kind;
  } known[] = {{"include", INCLUDE}, {"mesh", MESH},       {"hfield", MESH},   {"skin", MESH},
               {"flexcomp", MESH},   {"texture", TEXTURE}, {"model", SUBMODEL}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (mjcf_tag_is(tag, known[i].element)) {
      *kind = known[i].kind;
      return *kind == TEXTURE ? seven : one;
    }
  return NULL;
}

/* Goes through the text of a file and of what it includes, where it includes it. */
static duro_status scan(model *m, int which, int depth) {
  mjcf_tags left = mjcf_tags_of(m->r->file[which].bytes, m->r->file[which].size);
  if (depth == MOST_DEPTH)
    return duro_fail(DURO_ERROR_FORMAT, "%s: files that include each other are more than %d deep", m->r->said,
                     MOST_DEPTH);
  char word[WORD];
  kind kind;
  duro_status status = DURO_OK;
  for (mjcf_tag tag; !status && mjcf_next_tag(&tag, &left);) {
    if (mjcf_tag_is(&tag, "compiler")) read_compiler(m, &tag);
    const char *const *attribute = file_attributes(&kind, &tag);
    for (; !status && attribute && *attribute; attribute++) {
      if (!mjcf_attribute(word, WORD, &tag, *attribute)) continue;
      if (kind != INCLUDE) {
        status = add_asset(m, word, kind, which);
        continue;
      }
      int included;
      status = find(&included, m, "", word, which);
      if (!status) status = scan(m, included, depth + 1);
    }
  }
  return status;
}

/* A model within a model has files of its own. */
static duro_status read_model(reading *r, int own, int depth) {
  if (depth == MOST_DEPTH)
    return duro_fail(DURO_ERROR_FORMAT, "%s: models within models are more than %d deep", r->said, MOST_DEPTH);
  model *m = duro_allocate(sizeof *m);
  if (!m) return DURO_ERROR_MEMORY;
  *m = (model){.r = r, .own = own, .depth = depth};
  duro_status status = scan(m, own, 0);
  for (int i = 0; !status && i < m->count; i++) {
    const asset *a = &m->assets[i];
    const char *within = a->kind == MESH ? m->meshes : a->kind == TEXTURE ? m->textures : "";
    int which;
    status = find(&which, m, within, m->strip && a->kind != SUBMODEL ? name_of(a->word) : a->word, a->by);
    if (!status && a->kind == SUBMODEL) status = read_model(r, which, depth + 1);
  }
  duro_release(m->assets);
  duro_release(m);
  return status;
}

/* ---- all of them ---- */

/* MuJoCo finds a file in memory by its path, or else by its name: two of one name must not be taken for each other. */
static duro_status check_names(const reading *r) {
  for (int i = 0; i < r->count; i++)
    for (int k = 0; k < i; k++) {
      const file *a = &r->file[k], *b = &r->file[i];
      if (strcasecmp(name_of(a->path), name_of(b->path)) != 0 || !(NAMES_ALONE || a->beside || b->beside)) continue;
      if (a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0) continue;
      return duro_fail(DURO_ERROR_FORMAT,
                       "%s: %s and %s have the same name, by which MuJoCo %s tells files apart; rename one", r->said,
                       a->path, b->path, mj_versionString());
    }
  return DURO_OK;
}

/* the model's file as the first of the reading: its path is that of its folder, without symbolic links, and its name */
static duro_status begin(reading *r, const duro_env_source *source) {
  char folder[PATH], path[PATH];
  const char *slash = strrchr(source->path, '/');
  snprintf(folder, PATH, "%.*s", slash ? (int)(slash + 1 - source->path) : 1, slash ? source->path : ".");
  char *real = realpath(folder, NULL);
  if (!real) return duro_fail_system(errno, "cannot read %s", source->path);
  const bool top = strcmp(real, "/") == 0;
  const int length = snprintf(path, PATH, "%s/%s", top ? "" : real, source->place);
  free(real);
  if (length >= PATH) return duro_fail(DURO_ERROR_FORMAT, "the path of %.80s is too long", source->path);
  r->file[0] = (file){.path = duro_allocate((size_t)length + 1), .bytes = (char *)(uintptr_t)source->bytes};
  if (!r->file[0].path) return DURO_ERROR_MEMORY;
  r->file[0].size = source->size;
  memcpy(r->file[0].path, path, (size_t)length + 1);
  folder_of(r->root, path);
  r->count = 1;
  return DURO_OK;
}

static duro_status hand_over(duro_env_source *source, reading *r) {
  const size_t skip = strlen(r->root) + 1;
  char *place = duro_allocate(strlen(r->file[0].path) + 1);
  if (!place) return DURO_ERROR_MEMORY;
  memcpy(place, r->file[0].path + skip, strlen(r->file[0].path + skip) + 1);
  duro_release((void *)(uintptr_t)source->place);
  source->place = place;
  for (int i = 1; i < r->count; i++) {
    const duro_status status = source_add(source, r->file[i].path + skip, r->file[i].bytes, r->file[i].size);
    if (status) return status;
    r->file[i].bytes = NULL;
  }
  source_seal(source);
  return DURO_OK;
}

duro_status mjcf_files_read(duro_env_source *source) {
  reading *r = duro_allocate(sizeof *r);
  if (!r) return DURO_ERROR_MEMORY;
  r->said = source->path;
  duro_status status = begin(r, source);
  if (!status) status = read_model(r, 0, 0);
  if (!status) status = check_names(r);
  if (!status) status = hand_over(source, r);
  for (int i = 0; i < r->count; i++) {
    if (i) duro_file_release(r->file[i].bytes); // the first are the source's own
    duro_release(r->file[i].path);
  }
  duro_release(r);
  return status;
}
