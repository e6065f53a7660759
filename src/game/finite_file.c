/* Games and solutions as JSON files. A file is judged in one pass over its values and stored in a second, so that
 * nothing is allocated for what the file only claims to hold. */
#include "game/finite.h"

#include "base/error.h"
#include "base/memory.h"
#include "io/file.h"
#include "io/json.h"
#include "io/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- reading ---------------------------------------------------------------------------------------- */

static duro_status parse(json_t **root, const char *path) {
  char *text;
  size_t length;
  duro_status status = duro_file_read(&text, &length, path);
  if (status) return status;
  status = duro_json_parse(root, text, length, path);
  duro_file_release(text);
  if (status) return status;
  if (json_is_object(*root)) return DURO_OK;
  json_decref(*root);
  return duro_fail(DURO_ERROR_FORMAT, "%s: is no JSON object; wanted {\"states\": ...}", path);
}

static duro_status check_keys(const json_t *root, const char *const *keys, int count, const char *path) {
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)root, key, value) {
    int i = 0;
    while (i < count && strcmp(key, keys[i]) != 0) i++;
    if (i < count) continue;
    const char *near = duro_nearest(key, keys, count);
    return duro_fail(DURO_ERROR_FORMAT, "%s: unknown key \"%.64s\"%s%s%s", path, key, near ? "; did you mean \"" : "",
                     near ? near : "", near ? "\"?" : "");
  }
  return DURO_OK;
}

static duro_status find(const json_t **value, const json_t *root, const char *key, const char *path) {
  *value = json_object_get(root, key);
  return *value ? DURO_OK : duro_fail(DURO_ERROR_FORMAT, "%s: there is no \"%s\"", path, key);
}

static duro_status get_integer(int64_t *out, const json_t *root, const char *key, const char *path) {
  const json_t *value;
  duro_status status = find(&value, root, key, path);
  if (status) return status;
  if (!json_is_integer(value)) return duro_fail(DURO_ERROR_FORMAT, "%s: \"%s\" is no integer", path, key);
  *out = json_integer_value(value);
  return DURO_OK;
}

static duro_status get_real(double *out, const json_t *root, const char *key, const char *path) {
  const json_t *value;
  duro_status status = find(&value, root, key, path);
  if (status) return status;
  if (!json_is_number(value)) return duro_fail(DURO_ERROR_FORMAT, "%s: \"%s\" is no number", path, key);
  *out = json_number_value(value);
  return DURO_OK;
}

/* An array of numbers in a file, and where it goes. */
typedef struct numbers {
  const char *path, *key;
  int64_t shape[3];
  int rank;
  double low, high; /* inclusive */
  double *reals;    /* one of these three is not NULL when the values are stored */
  int32_t *integers;
  uint8_t *flags;
  bool whole; /* integers only */
} numbers;

/* "key[3][1]" */
static const char *place(char out[96], const numbers *n, const int64_t *index, int depth) {
  int used = snprintf(out, 96, "%s", n->key);
  for (int i = 0; i < depth; i++) used += snprintf(out + used, 96 - (size_t)used, "[%" PRId64 "]", index[i]);
  return out;
}

static duro_status take(const json_t *value, const numbers *n, const int64_t *index, int depth, size_t at) {
  char where[96];
  if (n->whole ? !json_is_integer(value) : !json_is_number(value))
    return duro_fail(DURO_ERROR_FORMAT, "%s: %s is no %s", n->path, place(where, n, index, depth),
                     n->whole ? "integer" : "number");
  double v = json_number_value(value);
  if (!(v >= n->low && v <= n->high))
    return duro_fail(DURO_ERROR_FORMAT, "%s: %s is %.10g; wanted %.10g .. %.10g", n->path,
                     place(where, n, index, depth), v, n->low, n->high);
  if (n->reals) n->reals[at] = v;
  if (n->integers) n->integers[at] = (int32_t)v;
  if (n->flags) n->flags[at] = (uint8_t)v;
  return DURO_OK;
}

/* reads array number `depth` of a nest */
static duro_status read_nest(const json_t *array, const numbers *n, int64_t *index, int depth, size_t *at) {
  char where[96];
  if (!json_is_array(array))
    return duro_fail(DURO_ERROR_FORMAT, "%s: %s is no array", n->path, place(where, n, index, depth));
  if ((int64_t)json_array_size(array) != n->shape[depth])
    return duro_fail(DURO_ERROR_FORMAT, "%s: %s has length %zu; wanted %" PRId64, n->path,
                     place(where, n, index, depth), json_array_size(array), n->shape[depth]);
  duro_status status = DURO_OK;
  for (int64_t i = 0; i < n->shape[depth] && !status; i++) {
    const json_t *item = json_array_get(array, (size_t)i);
    index[depth] = i;
    status = depth < 2 && depth + 1 < n->rank ? read_nest(item, n, index, depth + 1, at)
                                              : take(item, n, index, depth + 1, (*at)++);
  }
  return status;
}

/* An array, nested as its shape or flat. */
static duro_status read_numbers(const json_t *root, numbers n) {
  const json_t *array;
  int64_t index[3] = {0};
  size_t at = 0;
  duro_status status = find(&array, root, n.key, n.path);
  if (status) return status;
  const json_t *first = json_array_get(array, 0);
  if (n.rank > 1 && first && !json_is_array(first)) {
    for (int i = 1; i < n.rank; i++) n.shape[0] *= n.shape[i];
    n.rank = 1;
  }
  return read_nest(array, &n, index, 0, &at);
}

/* judges the arrays, and stores them when `game` has room */
static duro_status read_game(const json_t *root, const char *path, const int64_t shape[3], const duro_game *game) {
  bool store = game != NULL;
  numbers successor = {.path = path,
                       .key = "successor",
                       .shape = {shape[0], shape[1], shape[2]},
                       .rank = 3,
                       .high = (double)(shape[0] - 1),
                       .whole = true};
  numbers reward = {.path = path,
                    .key = "reward",
                    .shape = {shape[0], shape[1], shape[2]},
                    .rank = 3,
                    .low = -DURO_GAME_LARGEST,
                    .high = DURO_GAME_LARGEST};
  numbers h = {
      .path = path, .key = "h", .shape = {shape[0]}, .rank = 1, .low = -DURO_GAME_LARGEST, .high = DURO_GAME_LARGEST};
  if (store) {
    successor.integers = (int32_t *)game->successor;
    reward.reals = (double *)game->reward;
    h.reals = (double *)game->h;
  }
  duro_status status = read_numbers(root, h);
  if (!status) status = read_numbers(root, successor);
  if (!status && json_object_get(root, "reward")) status = read_numbers(root, reward);
  return status;
}

static void game_layout(duro_game **game, duro_arena *arena, const int64_t shape[3], bool reward) {
  size_t n = (size_t)shape[0], transitions = n * (size_t)shape[1] * (size_t)shape[2];
  duro_game *g = duro_arena_take(arena, sizeof *g);
  duro_game parts = {.states = (int32_t)shape[0], .controls = (int32_t)shape[1], .disturbances = (int32_t)shape[2]};
  parts.successor = duro_arena_take(arena, transitions * sizeof *parts.successor);
  parts.reward = reward ? duro_arena_take(arena, transitions * sizeof *parts.reward) : NULL;
  parts.h = duro_arena_take(arena, n * sizeof *parts.h);
  if (g) *g = parts;
  *game = g;
}

static duro_status make_game(duro_game **game, const json_t *root, const char *path) {
  static const char *const keys[] = {"states", "controls", "disturbances", "successor", "reward", "h", "about"};
  int64_t shape[3] = {0};
  duro_arena arena = {0};
  duro_status status = check_keys(root, keys, sizeof keys / sizeof *keys, path);
  for (int i = 0; i < 3 && !status; i++) status = get_integer(shape + i, root, keys[i], path);
  if (!status && duro_game_check_sizes(path, shape[0], shape[1], shape[2])) status = DURO_ERROR_FORMAT;
  if (!status) status = read_game(root, path, shape, NULL);
  if (status) return status;

  bool reward = json_object_get(root, "reward") != NULL;
  game_layout(game, &arena, shape, reward);
  if (duro_arena_allocate(&arena)) return DURO_ERROR_MEMORY;
  game_layout(game, &arena, shape, reward);
  return read_game(root, path, shape, *game);
}

duro_status duro_game_load(duro_game **game, const char *path) {
  *game = NULL;
  json_t *root;
  duro_status status = parse(&root, path);
  if (status) return status;
  status = make_game(game, root, path);
  json_decref(root);
  return status;
}

void duro_game_release(duro_game *game) {
  duro_release(game); // the first piece of its block
}

/* judges the arrays of a solution, and stores them when `s` is not NULL */
static duro_status read_solution(const json_t *root, const char *path, int64_t n, const duro_game_solution *s) {
  const struct {
    const char *key;
    int32_t *integers;
  } moves[] = {
      {"pi", s ? s->pi : NULL}, {"mu", s ? s->mu : NULL}, {"pi_h", s ? s->pi_h : NULL}, {"mu_h", s ? s->mu_h : NULL}};
  const struct {
    const char *key;
    double *reals;
  } values[] = {{"V", s ? s->V : NULL}, {"V_h", s ? s->V_h : NULL}};
  duro_status status = read_numbers(
      root,
      (numbers){.path = path, .key = "S", .shape = {n}, .rank = 1, .high = 1, .whole = true, .flags = s ? s->S : NULL});
  for (int i = 0; i < 4 && !status; i++)
    status = read_numbers(root, (numbers){.path = path,
                                          .key = moves[i].key,
                                          .shape = {n},
                                          .rank = 1,
                                          .high = INT32_MAX,
                                          .whole = true,
                                          .integers = moves[i].integers});
  for (int i = 0; i < 2 && !status; i++)
    status = read_numbers(root, (numbers){.path = path,
                                          .key = values[i].key,
                                          .shape = {n},
                                          .rank = 1,
                                          .low = -INFINITY,
                                          .high = INFINITY,
                                          .reals = values[i].reals});
  return status;
}

static duro_status read_summary(duro_game_solution *s, const json_t *root, const char *path) {
  int64_t safe = 0, adopted = 0;
  duro_status status = get_real(&s->gamma, root, "gamma", path);
  if (!status) status = get_real(&s->gamma_h, root, "gamma_h", path);
  if (!status) status = get_integer(&s->rounds, root, "rounds", path);
  if (!status) status = get_integer(&safe, root, "safe", path);
  if (!status) status = get_integer(&adopted, root, "adopted", path);
  if (!status) status = get_real(&s->residual, root, "residual", path);
  if (!status) status = get_real(&s->bound, root, "bound", path);
  if (status) return status;
  if (!json_is_boolean(json_object_get(root, "complete")))
    return duro_fail(DURO_ERROR_FORMAT, "%s: \"complete\" is neither true nor false", path);
  s->complete = json_is_true(json_object_get(root, "complete"));
  for (int32_t x = 0; x < s->states; x++) s->safe += s->S[x];
  if (safe != s->safe || adopted < 0 || adopted > s->states)
    return duro_fail(DURO_ERROR_FORMAT,
                     "%s: \"safe\" is not the number of states in S, or \"adopted\" no number of states", path);
  s->adopted = (int32_t)adopted;
  return DURO_OK;
}

static duro_status make_solution(duro_game_solution **solution, const json_t *root, const char *path) {
  int64_t n = 0;
  duro_status status = get_integer(&n, root, "states", path);
  if (!status && duro_game_check_sizes(path, n, 1, 1)) status = DURO_ERROR_FORMAT;
  if (!status) status = read_solution(root, path, n, NULL);
  if (!status) status = duro_game_solution_create(solution, (int32_t)n);
  if (!status) status = read_solution(root, path, n, *solution);
  if (!status) status = read_summary(*solution, root, path);
  return status;
}

duro_status duro_game_solution_load(duro_game_solution **solution, const char *path) {
  *solution = NULL;
  json_t *root;
  duro_status status = parse(&root, path);
  if (status) return status;
  status = make_solution(solution, root, path);
  json_decref(root);
  if (!status) return DURO_OK;
  duro_game_solution_release(*solution);
  *solution = NULL;
  return status;
}

/* --- writing ---------------------------------------------------------------------------------------- */

/* A file that is written piece by piece; the first failure stays. */
typedef struct output {
  duro_writer writer;
  duro_status status;
  size_t used;
  char text[16384];
} output;

static void flush(output *out) {
  if (!out->status) out->status = duro_writer_append(&out->writer, out->text, out->used);
  out->used = 0;
}

static void put(output *out, const char *text) {
  size_t length = strlen(text);
  if (length > sizeof out->text - out->used) flush(out);
  memcpy(out->text + out->used, text, length);
  out->used += length;
}

static void put_integer(output *out, int64_t value) {
  char text[24];
  (void)snprintf(text, sizeof text, "%" PRId64, value);
  put(out, text);
}

/* what a JSON reader takes for an integer must fit one, and has no -0 */
static void put_real(output *out, double value) {
  char text[DURO_NUMBER_SIZE];
  duro_number_text(text, value);
  put(out, text);
  if (!strpbrk(text, ".eE") && (fabs(value) >= 1e15 || (value == 0 && signbit(value)))) put(out, ".0");
}

/* One array of `n` numbers, from whichever pointer is not NULL, on one line. */
static void put_row(output *out, size_t n, const int32_t *integers, const double *reals, const uint8_t *flags) {
  put(out, "[");
  for (size_t i = 0; i < n; i++) {
    if (i) put(out, ", ");
    if (integers) put_integer(out, integers[i]);
    if (reals) put_real(out, reals[i]);
    if (flags) put_integer(out, flags[i]);
  }
  put(out, "]");
}

/* (n x m x k), a line for each state */
static void put_cube(output *out, const duro_game *game, const int32_t *integers, const double *reals) {
  size_t k = (size_t)game->disturbances;
  for (int32_t x = 0; x < game->states; x++) {
    put(out, x ? ",\n    [" : "[\n    [");
    for (int32_t u = 0; u < game->controls; u++) {
      size_t first = duro_game_at(game, x, u, 0);
      if (u) put(out, ", ");
      put_row(out, k, integers ? integers + first : NULL, reals ? reals + first : NULL, NULL);
    }
    put(out, "]");
  }
  put(out, "\n  ]");
}

static duro_status begin(output **out, const char *path) {
  *out = duro_allocate(sizeof **out);
  if (!*out) return DURO_ERROR_MEMORY;
  duro_status status = duro_writer_begin(&(*out)->writer, path);
  if (status) duro_release(*out);
  return status;
}

static duro_status end(output *out) {
  flush(out);
  duro_status status = out->status ? out->status : duro_writer_commit(&out->writer);
  duro_release(out);
  return status;
}

duro_status duro_game_save(const duro_game *game, const char *path) {
  output *out;
  duro_status status = duro_game_check(game);
  if (!status) status = begin(&out, path);
  if (status) return status;
  put(out, "{\n  \"states\": ");
  put_integer(out, game->states);
  put(out, ",\n  \"controls\": ");
  put_integer(out, game->controls);
  put(out, ",\n  \"disturbances\": ");
  put_integer(out, game->disturbances);
  put(out, ",\n  \"h\": ");
  put_row(out, (size_t)game->states, NULL, game->h, NULL);
  put(out, ",\n  \"successor\": ");
  put_cube(out, game, game->successor, NULL);
  if (game->reward) {
    put(out, ",\n  \"reward\": ");
    put_cube(out, game, NULL, game->reward);
  }
  put(out, "\n}\n");
  return end(out);
}

static void put_named(output *out, const char *name, size_t n, const int32_t *integers, const double *reals,
                      const uint8_t *flags) {
  put(out, ",\n  \"");
  put(out, name);
  put(out, "\": ");
  if (n) put_row(out, n, integers, reals, flags);
}

duro_status duro_game_solution_save(const duro_game_solution *s, const char *path) {
  output *out;
  duro_status status = begin(&out, path);
  if (status) return status;
  const struct {
    const char *name;
    int64_t value;
  } counts[] = {{"rounds", s->rounds}, {"safe", s->safe}, {"adopted", s->adopted}};
  const struct {
    const char *name;
    double value;
  } reals[] = {{"gamma", s->gamma}, {"gamma_h", s->gamma_h}, {"residual", s->residual}, {"bound", s->bound}};

  put(out, "{\n  \"states\": ");
  put_integer(out, s->states);
  put(out, ",\n  \"complete\": ");
  put(out, s->complete ? "true" : "false");
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
    put_named(out, counts[i].name, 0, NULL, NULL, NULL);
    put_integer(out, counts[i].value);
  }
  for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
    put_named(out, reals[i].name, 0, NULL, NULL, NULL);
    put_real(out, reals[i].value);
  }
  size_t n = (size_t)s->states;
  put_named(out, "S", n, NULL, NULL, s->S);
  put_named(out, "pi", n, s->pi, NULL, NULL);
  put_named(out, "mu", n, s->mu, NULL, NULL);
  put_named(out, "pi_h", n, s->pi_h, NULL, NULL);
  put_named(out, "mu_h", n, s->mu_h, NULL, NULL);
  put_named(out, "V", n, NULL, s->V, NULL);
  put_named(out, "V_h", n, NULL, s->V_h, NULL);
  put(out, "\n}\n");
  return end(out);
}
