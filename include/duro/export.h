/**
 * @file export.h
 * @brief A frozen policy as code for other machines: freestanding C99, or an ONNX graph.
 *
 * What is exported is the whole way from an observation to a control: scales, networks, tanh, safety filter with its
 * margin and corners.
 */
#ifndef DURO_EXPORT_H
#define DURO_EXPORT_H

#include "duro/certificate.h"
#include "duro/env.h"
#include "duro/grid.h"
#include "duro/policy.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How a policy is exported. Begin with duro_export_default. */
typedef struct duro_export_options {
  size_t struct_size; /**< bytes of this struct, for later versions of it */
  /** Letters, digits and _, a letter first, at most 48: begins every name, and is the name of the files. NULL: made
   * from the environment's, "cartpole_policy". */
  const char *prefix;
  duro_act act;          /**< the deployed action */
  float margin;          /**< of the filter, in h_unit */
  double limit;          /**< largest observation, as the networks see it, that is no fault; in [1, 1e9] */
  const float *fallback; /**< (nu) control in [-1, 1] where an observation is a fault; NULL: zero. Not owned */
  bool int16; /**< C: weights are rounded to 16 bits, times a power of two for each layer; the header says what that
               * changes */
  const duro_env *env; /**< gives names, units and realistic test vectors; NULL: none. Not owned */
} duro_export_options;

/** The action that the trial of its training found best; without one the filtered action where it can be had, else pi,
 * else pi_h. The policy's own margin, a limit of 1e6, a fallback of zero. */
duro_export_options duro_export_default(const duro_policy *policy);

/** Bytes of a name: its files', without their endings. */
#define DURO_EXPORT_NAME 64
/** The prefix that an export with `prefix` (or NULL) has. */
duro_status duro_export_name(char name[DURO_EXPORT_NAME], const duro_policy *policy, const char *prefix);

/**
 * Writes PREFIX.c and PREFIX.h into an existing folder: C99 that is C++ as well, needs no library and gives the bits of
 * duro_policy_act and duro_policy_safety_value on every machine with IEEE binary32 arithmetic. The header says what the
 * functions take, what they return and what they cost. With int16 it is the library's arithmetic with rounded weights.
 * DURO_ERROR_ARGUMENT: a wrong option, a policy that cannot act in this way, or networks that may overflow within the
 * limit. A file of that name that no export made is not replaced: DURO_ERROR_FILE.
 */
duro_status duro_export_c(const char *folder, const duro_policy *policy, const duro_export_options *options);

/** The prefix that an export of a solution with `prefix` (or NULL) has, "pendulum_grid". */
duro_status duro_export_grid_name(char name[DURO_EXPORT_NAME], const duro_grid *grid, const char *prefix);
/**
 * Writes a solved grid as PREFIX.c and PREFIX.h into an existing folder: the table of V_h, its interpolation, and, one
 * step ahead of a model that the caller gives, the safety policy, what any other control is worth and a filter. With
 * the environment's step as the model the bits are those of duro_grid_safety_at, duro_grid_safety_control and
 * duro_grid_safety_ahead at finite states. DURO_ERROR_ARGUMENT: a wrong prefix, or more than 4194304 values. A file of
 * that name that no export made is not replaced: DURO_ERROR_FILE.
 */
duro_status duro_export_grid_c(const char *folder, const duro_grid *grid, const char *prefix);

/** The prefix that an export of a certificate with `prefix` (or NULL) has, "cartpole_shield". */
duro_status duro_export_certificate_name(char name[DURO_EXPORT_NAME], const duro_certificate *certificate,
                                         const char *prefix);
/**
 * Writes a certificate of cones as PREFIX.c and PREFIX.h into an existing folder: the certified set, its control, what
 * is proved of any other control, and a filter of them, with the bits of duro_certificate_value,
 * duro_certificate_control and duro_certificate_margin; what is -infinity there is the smallest number. `env`, of the
 * certificate's environment, gives names and units of the states; NULL: none. DURO_ERROR_ARGUMENT: a wrong prefix, a
 * certificate of boxes, more than 1048576 cones, or a motion with a square root. A file of that name that no export
 * made is not replaced: DURO_ERROR_FILE.
 */
duro_status duro_export_certificate_c(const char *folder, const duro_certificate *certificate, const duro_env *env,
                                      const char *prefix);

/**
 * Writes PREFIX.onnx into an existing folder: opset 13, IR version 7. Input `obs` (n x no, float); outputs `u` (n x nu,
 * float), `what` (n x 1, int64: 0 pi, 1 the safety policy, 2 the fallback) and, where there is a Q_h, `value` (n x 1,
 * float) as duro_policy_safety_value has it; n is whatever comes in. Sums and tanh are the runtime's: results agree to
 * rounding, not bit for bit. Errors are those of duro_export_c.
 */
duro_status duro_export_onnx(const char *folder, const duro_policy *policy, const duro_export_options *options);

#ifdef __cplusplus
}
#endif
#endif
