/**
 * @file certified.h
 * @brief A certificate of the environment of a run, and at which share of its set the trained policy needs no filter.
 *
 * duro_certified_run is what `duro certify` does: it makes a certificate of the run's environment, or takes one, and
 * asks at states drawn from its set whether the policy's own control is proved to stay in it. It leaves
 * certified/certified.json and certified/set.certificate in the run folder; duro-recheck proves the second
 * (docs/certificates.md). That the certificate's own control stays is proved for every state of the set; the four
 * shares are a sample. The filter that they speak of is duro_filter_of_certificate with its defaults.
 */
#ifndef DURO_CERTIFIED_H
#define DURO_CERTIFIED_H

#include "duro/certificate.h"
#include "duro/stats.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What came of it. The counts add up to `states`. */
typedef struct duro_certified {
  size_t struct_size;       /**< bytes of this struct, for later versions of it */
  double volume;            /**< of the certified set, in the units of its axes; 0: the set is empty */
  int64_t states;           /**< drawn from it, all alike; 0 where it is empty */
  int64_t own;              /**< of these the policy's own control is proved to stay in the set */
  int64_t nearest;          /**< not that, but one that the filter finds on the way from it to the fallback */
  int64_t fallback;         /**< not these, but the fallback, the certificate's own control */
  int64_t none;             /**< nothing was proved of a control in float; 0 is what is to be expected */
  duro_interval share_own;  /**< the first with its two-sided 95 % Clopper-Pearson interval */
  duro_interval share_kept; /**< the first three likewise: where the filter has an admissible control */
  bool made;                /**< the certificate was made, and not taken from a file */
} duro_certified;

/** What is asked for; begin with duro_certified_options_default. */
typedef struct duro_certified_options {
  size_t struct_size;            /**< bytes of this struct, for later versions of it */
  const char *certificate;       /**< file of a certificate that is taken; NULL: one is made */
  const char *solution;          /**< or a folder of duro solve that holds set.certificate; NULL */
  const char *grid, *low, *high; /**< of one that is made, as words of duro solve; NULL: the defaults */
  /** Settings certificate.name=value and grid.name=value of one that is made, and of a controller env.name=value. */
  const char *const *settings;
  int n_settings;
  int64_t states;                    /**< drawn from the set, 1 to 1e7; 4096 */
  int64_t seed;                      /**< of them; 1 */
  int64_t threads;                   /**< as duro_threads reads it; results do not depend on it; 0 */
  const char *environment;           /**< that a controller in a C file plays, whose results go to runs/NAME; NULL */
  bool beyond_memory;                /**< begin even where a grid needs more memory than is available */
  duro_certificate_report report;    /**< after every round of a proof; may be NULL */
  duro_status (*ask)(void *context); /**< asked many times on the way; may be NULL. DURO_OK goes on. */
  void *context;                     /**< of report and ask */
  const duro_env_open_options *open; /**< may be NULL */
} duro_certified_options;
/** The values that the fields name. */
duro_certified_options duro_certified_options_default(void);

/**
 * Certifies the environment of a run folder, or of a controller in a C file, and counts. The folder is locked
 * meanwhile. `options` may be NULL. DURO_ERROR_ARGUMENT for options out of range, an environment that states no
 * formula, a certificate of another environment or of other numbers of it; DURO_ERROR_FILE and DURO_ERROR_FORMAT where
 * a folder or a file in it cannot be read, written or locked; the status of `report` or `ask` where that is not
 * DURO_OK, and then nothing is written. Of a certificate that is taken the checksum is held against its bytes; proving
 * it again is for duro-recheck.
 */
duro_status duro_certified_run(duro_certified *out, const char *folder, const duro_certified_options *options);

#ifdef __cplusplus
}
#endif
#endif
