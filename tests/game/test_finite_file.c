/* Games and solutions as files: the example, round trips, broken files one by one, and thousands of damaged ones. */
#include "duro/game.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "game/finite_test.h"
#include "io/scratch.h"

#define EXAMPLE DURO_SOURCE_DIR "/examples/corridor.json"

/* two states, two controls, one disturbance */
#define SIZES "\"states\": 2, \"controls\": 2, \"disturbances\": 1, "
#define H "\"h\": [1, -0.5], "
#define NEXT "\"successor\": [[[0], [1]], [[1], [1]]]"
#define SMALL_GAME "{" SIZES H NEXT ", \"reward\": [[[1], [2.5]], [[0], [0]]]}"

static duro_game *load_text(const char *text, duro_status wanted) {
  duro_game *game;
  put_file(in_scratch("game.json"), text, strlen(text));
  duro_status status = duro_game_load(&game, in_scratch("game.json"));
  if (status != wanted) fail_msg("%s: %s", text, duro_error());
  return game;
}

static void small_games_are_read(void **state) {
  (void)state;
  duro_game *game = load_text(SMALL_GAME, DURO_OK);
  const int32_t next[] = {0, 1, 1, 1};
  const double reward[] = {1, 2.5, 0, 0}, h[] = {1, -.5};
  assert_true(game->states == 2 && game->controls == 2 && game->disturbances == 1);
  assert_memory_equal(game->successor, next, sizeof next);
  assert_memory_equal(game->reward, reward, sizeof reward);
  assert_memory_equal(game->h, h, sizeof h);
  duro_game_release(game);

  // flat arrays, a text about it, no rewards
  game = load_text("{\"about\": \"x\", " SIZES H "\"successor\": [0, 1, 1, 1]}", DURO_OK);
  assert_memory_equal(game->successor, next, sizeof next);
  assert_null(game->reward);
  duro_game_release(game);
}

/* The closed form of the example: S = {0, 1}; in state 1 the disturbance alternates, so that V(1) = .2 + gamma V(0)
 * and V(0) = gamma V(1). */
static void example_has_its_closed_form(void **state) {
  (void)state;
  duro_game *game;
  duro_game_solution *s;
  assert_int_equal(duro_game_load(&game, EXAMPLE), DURO_OK);
  assert_int_equal(duro_game_solve(&s, game, NULL, NULL, NULL), DURO_OK);
  assert_true(s->complete && s->safe == 2 && s->S[0] && s->S[1] && s->pi[0] == 1 && s->pi_h[0] == 1 && s->mu[1] == 1);
  assert_true(fabs(s->V[1] - .2 / (1 - .99 * .99)) <= 1e-13 && fabs(s->V[0] - .99 * s->V[1]) <= 1e-13); // values of 10
  assert_true(s->V_h[0] == .05 && s->V_h[1] == .05);
  for (int32_t x = 2; x < game->states; x++) assert_true(s->V_h[x] == -.1 && !s->S[x]);
  duro_game_solution_release(s);
  duro_game_release(game);
}

static void assert_same_game(const duro_game *a, const duro_game *b) {
  size_t n = (size_t)a->states, transitions = n * (size_t)a->controls * (size_t)a->disturbances;
  assert_true(a->states == b->states && a->controls == b->controls && a->disturbances == b->disturbances);
  assert_memory_equal(a->h, b->h, n * sizeof *a->h);
  assert_memory_equal(a->successor, b->successor, transitions * sizeof *a->successor);
  assert_memory_equal(a->reward, b->reward, transitions * sizeof *a->reward);
}

static void assert_same_solution(const duro_game_solution *a, const duro_game_solution *b) {
  size_t n = (size_t)a->states;
  assert_true(a->states == b->states && a->gamma == b->gamma && a->gamma_h == b->gamma_h && a->rounds == b->rounds);
  assert_true(a->safe == b->safe && a->adopted == b->adopted && a->complete == b->complete);
  assert_true(a->residual == b->residual && a->bound == b->bound);
  assert_memory_equal(a->S, b->S, n);
  assert_memory_equal(a->pi, b->pi, n * sizeof *a->pi);
  assert_memory_equal(a->mu, b->mu, n * sizeof *a->mu);
  assert_memory_equal(a->pi_h, b->pi_h, n * sizeof *a->pi_h);
  assert_memory_equal(a->mu_h, b->mu_h, n * sizeof *a->mu_h);
  assert_memory_equal(a->V, b->V, n * sizeof *a->V);
  assert_memory_equal(a->V_h, b->V_h, n * sizeof *a->V_h);
}

/* what is written reads back to the same bits, numbers of every size among them */
static void files_keep_every_bit(void **state) {
  (void)state;
  for (int i = 0; i < 12; i++) {
    duro_stream s = duro_stream_at(6, 140, (uint64_t)i);
    made g = random_game(&s, 60, 4, 4);
    static const double odd[] = {-0.0, 1e22, -1e100, 5e-324, 9007199254740993.0, 1e15, -3, 0.1};
    for (int32_t x = 0; x < g.game.states && x < 8; x++) g.h[x] = odd[x];
    for (int32_t x = 0; x < g.game.states && x < 6; x++) g.reward[x] = odd[x ? x + 2 : 0];
    duro_game *read;
    duro_game_solution *solution, *again;
    assert_int_equal(duro_game_save(&g.game, in_scratch("g.json")), DURO_OK);
    assert_int_equal(duro_game_load(&read, in_scratch("g.json")), DURO_OK);
    assert_same_game(&g.game, read);
    assert_int_equal(duro_game_solve(&solution, read, NULL, NULL, NULL), DURO_OK);
    assert_int_equal(duro_game_solution_save(solution, in_scratch("s.json")), DURO_OK);
    assert_int_equal(duro_game_solution_load(&again, in_scratch("s.json")), DURO_OK);
    assert_same_solution(solution, again);
    duro_game_solution_release(solution);
    duro_game_solution_release(again);
    duro_game_release(read);
    unmake(&g);
  }
}

/* --- broken files ----------------------------------------------------------------------------------- */

static const struct {
  const char *text, *word;
} broken[] = {
    {"", "game.json:1:0: '[' or '{' expected"},
    {"{" SIZES H, "game.json:1:"},
    {"{\"states\": 2,\n  oops}", "game.json:2:"},
    {"[1, 2]", "no JSON object"},
    {"{}", "there is no \"states\""},
    {"{\"states\": 2.0, \"controls\": 2, \"disturbances\": 1, " H NEXT "}", "\"states\" is no integer"},
    {"{\"states\": 0, \"controls\": 2, \"disturbances\": 1, \"h\": [], \"successor\": []}", "states is 0; wanted 1"},
    {"{\"states\": 2, \"controls\": 0, \"disturbances\": 1, " H "\"successor\": [[], []]}", "controls is 0; wanted 1"},
    {"{\"states\": 2, \"controls\": 2, \"disturbances\": -3, " H NEXT "}", "disturbances is -3; wanted 1"},
    {"{\"states\": 99999999999, \"controls\": 2, \"disturbances\": 1, " H NEXT "}", "too many"},
    {"{\"states\": 9223372036854775807, \"controls\": 9223372036854775807, \"disturbances\": 1, " H NEXT "}",
     "too many"},
    {"{\"states\": 99999999999999999999, \"controls\": 2}", "too big integer"},
    {"{\"states\": 2000000000, \"controls\": 1, \"disturbances\": 1, " H NEXT "}", "h has length 2; wanted 2000000000"},
    {"{\"states\": 2, \"controls\": 1000000000, \"disturbances\": 1, " H NEXT "}",
     "successor[0] has length 2; wanted 1000000000"},
    {"{" SIZES "\"h\": [1], " NEXT "}", "h has length 1; wanted 2"},
    {"{" SIZES "\"h\": 1, " NEXT "}", "h is no array"},
    {"{" SIZES "\"h\": [[1], 2], " NEXT "}", "h[0] is no number"},
    {"{" SIZES "\"h\": [1, \"2\"], " NEXT "}", "h[1] is no number"},
    {"{" SIZES "\"h\": [1, null], " NEXT "}", "h[1] is no number"},
    {"{" SIZES "\"h\": [1, NaN], " NEXT "}", "invalid token near 'NaN'"},
    {"{" SIZES "\"h\": [1, 1e999], " NEXT "}", "real number overflow"},
    {"{" SIZES "\"h\": [1, 1e200], " NEXT "}", "h[1] is 1e+200; wanted -1e+100"},
    {"{" SIZES H "\"successor\": [[[0], [1]], [[1], [2]]]}", "successor[1][1][0] is 2; wanted 0 .. 1"},
    {"{" SIZES H "\"successor\": [0, 1, -1, 1]}", "successor[2] is -1; wanted 0 .. 1"},
    {"{" SIZES H "\"successor\": [[[0], [1]], [[1], [1.0]]]}", "successor[1][1][0] is no integer"},
    {"{" SIZES H "\"successor\": [[[0], [1]], [[1], []]]}", "successor[1][1] has length 0; wanted 1"},
    {"{" SIZES H "\"successor\": [[[0], [1]], [[1]]]}", "successor[1] has length 1; wanted 2"},
    {"{" SIZES H "\"successor\": [[[0], [1]]]}", "successor has length 1; wanted 2"},
    {"{" SIZES H "\"successor\": [0, 1, 1]}", "successor has length 3; wanted 4"},
    {"{" SIZES H "\"successor\": [[0, 1], [1, 1]]}", "successor[0][0] is no array"},
    {"{" SIZES H "\"successor\": []}", "successor has length 0; wanted 2"},
    {"{" SIZES H "\"successor\": {}}", "successor is no array"},
    {"{" SIZES H NEXT ", \"reward\": [0, 0, 0]}", "reward has length 3; wanted 4"},
    {"{" SIZES H NEXT ", \"reward\": [0, 0, true, 0]}", "reward[2] is no number"},
    {"{" SIZES H NEXT ", \"rewards\": [0, 0, 0, 0]}", "unknown key \"rewards\"; did you mean \"reward\"?"},
    {"{" SIZES H NEXT ", \"h\": [0, 0]}", "duplicate"},
    {"{" SIZES H "\"reward\": [0, 0, 0, 0]}", "there is no \"successor\""},
    {"{" SIZES NEXT "}", "there is no \"h\""},
};

/* one line that begins with the file and names the place */
static void broken_files_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
    assert_null(load_text(broken[i].text, DURO_ERROR_FORMAT));
    const char *message = duro_error();
    if (!strstr(message, broken[i].word)) fail_msg("%s\n%s\nwanted %s", broken[i].text, message, broken[i].word);
    assert_int_equal(strncmp(message, scratch, strlen(scratch)), 0);
    assert_null(strchr(message, '\n'));
  }
  duro_game *game;
  assert_int_equal(duro_game_load(&game, in_scratch("none.json")), DURO_ERROR_FILE);
  assert_int_equal(duro_game_load(&game, scratch), DURO_ERROR_FILE);
  assert_non_null(strstr(duro_error(), scratch));
  assert_null(game);
}

/* a deep nest must not exhaust the stack */
static void deep_nests_are_refused(void **state) {
  (void)state;
  static char text[100000];
  memset(text, '[', sizeof text - 1);
  assert_null(load_text(text, DURO_ERROR_FORMAT));
}

/* --- damaged files ---------------------------------------------------------------------------------- */

static char text[65536], copy[65536];

static size_t damage(duro_stream *s, size_t size) {
  static const char bytes[] = "0123456789-+.eE[]{},:\"\\ \n\x00\xff\x80ntf";
  memcpy(copy, text, size);
  int times = 1 + below(s, 3);
  for (int i = 0; i < times; i++) {
    size_t where = duro_stream_below(s, (uint32_t)size);
    switch (below(s, 4)) {
    case 0: // cut off
      size = where + 1;
      break;
    case 1: // another byte of those that mean something
      copy[where] = bytes[duro_stream_below(s, sizeof bytes - 1)];
      break;
    case 2: // any byte
      copy[where] = (char)duro_stream_bits(s);
      break;
    default: // a piece taken out
      if (size - where > 8) {
        size_t length = 1 + duro_stream_below(s, 7);
        memmove(copy + where, copy + where + length, size - where - length);
        size -= length;
      }
    }
  }
  return size;
}

/* Puts the damaged bytes into a new file: a file that is cut and written again is flushed by some systems. */
static const char *damaged_file(size_t size) {
  const char *path = in_scratch("damaged.json");
  remove(path);
  put_file(path, copy, size);
  return path;
}

/* it is a game that duro_game_check accepts, or a message that names the file */
static int load_damaged(size_t size) {
  duro_game *game;
  duro_status status = duro_game_load(&game, damaged_file(size));
  if (status) {
    assert_null(game);
    assert_int_equal(status, DURO_ERROR_FORMAT);
    assert_non_null(strstr(duro_error(), "damaged.json"));
    assert_null(strchr(duro_error(), '\n'));
    return 0;
  }
  assert_int_equal(duro_game_check(game), DURO_OK);
  duro_game_release(game);
  return 1;
}

static void damaged_games_are_games_or_messages(void **state) {
  (void)state;
  int fine = 0;
  for (int i = 0; i < 6000; i++) {
    duro_stream s = duro_stream_at(7, 141, (uint64_t)i);
    size_t size = strlen(SMALL_GAME);
    memcpy(text, SMALL_GAME, size);
    if (i % 4 == 0) size = get_file(text, sizeof text, EXAMPLE);
    fine += load_damaged(damage(&s, size));
  }
  assert_true(fine > 100 && fine < 5000); // both happen

  // every beginning of a file
  size_t size = strlen(SMALL_GAME);
  memcpy(copy, SMALL_GAME, size);
  for (size_t n = 0; n < size; n++) assert_int_equal(load_damaged(n), 0);
  assert_int_equal(load_damaged(size), 1);
}

static void damaged_solutions_are_solutions_or_messages(void **state) {
  (void)state;
  made g = choice_game(3, 1);
  duro_game_solution *solution;
  int fine = 0;
  assert_int_equal(duro_game_solve(&solution, &g.game, NULL, NULL, NULL), DURO_OK);
  assert_int_equal(duro_game_solution_save(solution, in_scratch("s.json")), DURO_OK);
  size_t size = get_file(text, sizeof text, in_scratch("s.json"));
  for (int i = 0; i < 4000; i++) {
    duro_stream s = duro_stream_at(7, 142, (uint64_t)i);
    duro_game_solution *read;
    duro_status status = duro_game_solution_load(&read, damaged_file(damage(&s, size)));
    fine += status == DURO_OK;
    assert_true(status == DURO_OK || (status == DURO_ERROR_FORMAT && strstr(duro_error(), "damaged.json")));
    assert_int_equal(status == DURO_OK, read != NULL);
    if (read) assert_true(read->states >= 1 && read->S[read->states - 1] <= 1);
    duro_game_solution_release(read);
  }

  assert_true(fine > 20 && fine < 3500);
  duro_game_solution_release(solution);
  unmake(&g);
}

static duro_status load_and_save(void) {
  duro_game *game;
  duro_status status = duro_game_load(&game, EXAMPLE);
  if (!status) status = duro_game_save(game, in_scratch("saved.json"));
  duro_game_release(game);
  return status;
}

static duro_status solve_and_save(void) {
  made g = choice_game(3, 1);
  duro_game_solution *solution = NULL, *read = NULL;
  duro_status status = duro_game_solve(&solution, &g.game, NULL, NULL, NULL);
  if (!status) status = duro_game_solution_save(solution, in_scratch("solved.json"));
  if (!status) status = duro_game_solution_load(&read, in_scratch("solved.json"));
  duro_game_solution_release(solution);
  duro_game_solution_release(read);
  unmake(&g);
  return status;
}

static void lack_of_memory_leaves_nothing_behind(void **state) {
  (void)state;
  assert_survives_short_memory(load_and_save);
  assert_survives_short_memory(solve_and_save);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_games_are_read),
      cmocka_unit_test(example_has_its_closed_form),
      cmocka_unit_test(files_keep_every_bit),
      cmocka_unit_test(broken_files_are_refused),
      cmocka_unit_test(deep_nests_are_refused),
      cmocka_unit_test(damaged_games_are_games_or_messages),
      cmocka_unit_test(damaged_solutions_are_solutions_or_messages),
      cmocka_unit_test(lack_of_memory_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
