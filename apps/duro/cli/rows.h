/* Rows of the tables of options that several commands have; `at` is the offset of the field, see cli_option. */
#ifndef DURO_APP_ROWS_H
#define DURO_APP_ROWS_H

#include "cli/cli.h"

/* int64_t */
#define ROW_THREADS(at)                                                                                                \
  {                                                                                                                    \
    "threads", "N", CLI_INT, at, 0, 256, NULL,                                                                         \
        "Worker threads; results do not depend on it. Default 0: as many as there are processors."                     \
  }
#define ROW_SEED(at)                                                                                                   \
  {                                                                                                                    \
    "seed", "N", CLI_INT, at, 0, 9007199254740992.0, NULL,                                                             \
        "Seed of starts and random disturbances, the same for every run; default 1."                                   \
  }
/* cli_words */
#define ROW_SET_ENV(at)                                                                                                \
  { "set", "ENV.K=V", CLI_LIST, at, 0, 0, NULL, "Change a number of the environment, env.name=value; may be repeated." }
/* const char * */
#define ROW_FILTER(at)                                                                                                 \
  {                                                                                                                    \
    "filter", "WHICH", CLI_TEXT, at, 0, 0, "off|on|both",                                                              \
        "The task policy alone, behind the safety filter, or both (default); runs without the networks of a filter "   \
        "are played without."                                                                                          \
  }
/* bool */
#define ROW_ACCEPT(at)                                                                                                 \
  {                                                                                                                    \
    SOLVED_ACCEPT, NULL, CLI_FLAG, at, 0, 0, NULL,                                                                     \
        "Take the solution although its own policy loses more than 2 % of its starts with a margin."                   \
  }
#define ROW_BEYOND_MEMORY(at, what)                                                                                    \
  {                                                                                                                    \
    CLI_BEYOND_MEMORY, NULL, CLI_FLAG, at, 0, 0, NULL,                                                                 \
        "Begin even where the " what " needs more memory than is available now."                                       \
  }
#define ROW_QUIET(at)                                                                                                  \
  { "quiet", NULL, CLI_FLAG, at, 0, 0, NULL, "Print nothing but errors." }
#define ROW_JSON(at)                                                                                                   \
  {                                                                                                                    \
    "json", NULL, CLI_FLAG, at, 0, 0, NULL,                                                                            \
        "Print one JSON value and nothing else: the rows of the tables, and the verdicts."                             \
  }

#endif
