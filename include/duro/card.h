/**
 * @file card.h
 * @brief The card of a policy: what is known of it, in lines that others can check, made and checked.
 *
 * duro_card_make writes the card.json that `duro card` writes, without the page; duro_card_verify finds each line of
 * one again, as `duro verify` does. What a line says, and how it is checked: docs/card.md.
 */
#ifndef DURO_CARD_H
#define DURO_CARD_H

#include "duro/env.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Is a line what was found again? */
typedef enum duro_card_finding {
  DURO_CARD_SAME,      /**< bit for bit */
  DURO_CARD_DIFFERENT, /**< it is not; the reason names the first value that differs */
  DURO_CARD_UNKNOWN    /**< it cannot be told, for the reason given */
} duro_card_finding;

/** Lines of a card by what came of them. */
typedef struct duro_card_counts {
  size_t struct_size; /**< bytes of this struct, for later versions of it */
  int64_t same, different, unknown;
} duro_card_counts;

/** What a card is made from and checked with; begin with duro_card_options_default. */
typedef struct duro_card_options {
  size_t struct_size;    /**< bytes of this struct, for later versions of it */
  const char *solution;  /**< folder of duro solve that attacks or sets were measured with; NULL */
  bool accept_solution;  /**< also one whose own policy loses its starts; false */
  const char *adversary; /**< folder of a run whose networks attacked; NULL */
  const char *margin;    /**< of starts inside the set of the solution, where it was not the default; NULL */
  const char *scratch;   /**< folder for temporary files; NULL: /tmp */
  const char *lines;     /**< check the line of this name alone, or all of this kind; NULL: all */
  int64_t threads;       /**< as duro_threads reads it; results do not depend on it; 0 */
  /** Told of each line that was checked; `why` is "" where it is the same. May be NULL. DURO_OK goes on. */
  duro_status (*found)(const char *line, duro_card_finding finding, const char *why, void *context);
  /** Proves a certificate again, by duro-recheck say: whether it is proved, and the volume of its set. NULL: lines that
   * rest on a certificate stay unknown. */
  duro_status (*recheck)(bool *proved, double *volume, const char *path, void *context);
  /** Asked many times on the way; may be NULL. DURO_OK goes on. */
  duro_status (*ask)(void *context);
  void *context;                     /**< of these three */
  const duro_env_open_options *open; /**< may be NULL */
} duro_card_options;
/** The values that the fields name. */
duro_card_options duro_card_options_default(void);

/**
 * Writes the card of a run folder, which is locked meanwhile, to card.json in it; *left_out (may be NULL) is the number
 * of rows of its attack matrix that are of another policy or program. `options` may be NULL. DURO_ERROR_ARGUMENT for
 * options out of range; DURO_ERROR_FILE and DURO_ERROR_FORMAT where a folder or a file in it cannot be read, written or
 * locked, or where card.json there is none of duro; the status of `ask` where that is not DURO_OK.
 */
duro_status duro_card_make(int64_t *left_out, const char *folder, const duro_card_options *options);

/**
 * Finds the lines of a card again for the run in `folder`, into which nothing is written. `options` may be NULL. What
 * differs is no failure but counted; otherwise it fails as duro_card_make does.
 */
duro_status duro_card_verify(duro_card_counts *counts, const char *path, const char *folder,
                             const duro_card_options *options);

#ifdef __cplusplus
}
#endif
#endif
