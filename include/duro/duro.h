/**
 * @file duro.h
 * @brief The whole public interface, and what this build of it is.
 */
#ifndef DURO_DURO_H
#define DURO_DURO_H

#include "duro/base.h"
#include "duro/card.h"
#include "duro/certificate.h"
#include "duro/certified.h"
#include "duro/check.h"
#include "duro/env.h"
#include "duro/eval.h"
#include "duro/experiment.h"
#include "duro/export.h"
#include "duro/filter.h"
#include "duro/formula.h"
#include "duro/game.h"
#include "duro/grid.h"
#include "duro/io.h"
#include "duro/learned.h"
#include "duro/matrix.h"
#include "duro/nn.h"
#include "duro/player.h"
#include "duro/plugin.h"
#include "duro/policy.h"
#include "duro/polytope.h"
#include "duro/response.h"
#include "duro/run.h"
#include "duro/sets.h"
#include "duro/settings.h"
#include "duro/solution.h"
#include "duro/stats.h"
#include "duro/train.h"
#include "duro/train_settings.h"
#include "duro/transport.h"
#include "duro/tune.h"
#include "duro/verdict.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Version of the library, "0.1.0". */
const char *duro_version(void);
/** Commit it was built from, "unknown" outside a repository; ends in "-dirty" when files had changed. */
const char *duro_commit(void);
/** Hash of the sources it was built from, 16 hexadecimal digits: builds of the same sources have the same, whatever
 * compiler, machine and day. A part of every key under which a result is kept. */
const char *duro_sources(void);
/** What this build can do on this machine, words divided by blanks: "mujoco avx512". The last word is the widest
 * SIMD path the processor offers: "avx512", "avx2" or "portable". */
const char *duro_capabilities(void);

#ifdef __cplusplus
}
#endif
#endif
