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
    "filter", "SOURCE", CLI_TEXT, at, 0, 0, NULL,                                                                      \
        "off, on or both (default): the task policy alone, behind the safety filter of its run, or both; runs "        \
        "without the networks of a filter are played without. Or where another filter comes from: a run folder, a "    \
        "folder of duro solve, or a certificate, DIR/set.certificate; the policy is played alone and behind it."       \
  }
#define ROW_FILTER_MARGIN(at)                                                                                          \
  {                                                                                                                    \
    "filter-margin", "X", CLI_TEXT, at, 0, 0, NULL,                                                                    \
        "What --filter SOURCE asks of a control: Q_h of a run (default its own margin), V_h one step ahead over the "  \
        "scale of h of a solution (0.05), how deep in the set of a certificate (0, where the proof begins)."           \
  }
#define ROW_HYSTERESIS(at)                                                                                             \
  {                                                                                                                    \
    "hysteresis", "X", CLI_TEXT, at, 0, 0, NULL,                                                                       \
        "Once the filter of --filter SOURCE stepped in, a control passes again only when its margin is this much "     \
        "more than --filter-margin; default 0, in the same units."                                                     \
  }
#define ROW_ENVIRONMENT(at)                                                                                            \
  {                                                                                                                    \
    "environment", "ENV", CLI_TEXT, at, 0, 0, NULL,                                                                    \
        "System that a controller plays: RUN may be a C file with a function control, see docs/filter.md; what it "    \
        "leaves goes to runs/<name of the file>."                                                                      \
  }
#define ROW_REMEDY(at)                                                                                                 \
  {                                                                                                                    \
    "remedy", "WHICH", CLI_TEXT, at, 0, 0, "fallback|nearest|box",                                                     \
        "What the filter of --filter SOURCE says in place of a control that is not admissible: its fallback (default " \
        "for runs), the nearest admissible one on the way there (default for others), or in the whole box."            \
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
#define ROW_ONE_FILE(at, page)                                                                                         \
  {                                                                                                                    \
    "one-file", NULL, CLI_FLAG, at, 0, 0, NULL,                                                                        \
        "Put the pictures into " page ", which then is all that has to be sent."                                       \
  }
#define ROW_QUIET(at)                                                                                                  \
  { "quiet", NULL, CLI_FLAG, at, 0, 0, NULL, "Print nothing but errors." }
#define ROW_JSON(at)                                                                                                   \
  {                                                                                                                    \
    "json", NULL, CLI_FLAG, at, 0, 0, NULL,                                                                            \
        "Print one JSON value and nothing else: the rows of the tables, and the verdicts."                             \
  }

#endif
