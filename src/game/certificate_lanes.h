/* Slopes over several boxes side by side: see certificate_lanes.c. */
#ifndef DURO_GAME_CERTIFICATE_LANES_H
#define DURO_GAME_CERTIFICATE_LANES_H

#include "game/certificate.h"

enum { CERT_LANES = 8 }; // most boxes side by side

/* What the kernels need of a game. */
typedef struct cert_lanes_game {
  const cert_game *game;
  int width;         // intervals of a node, as cert_slopes_of counts them
  uint32_t *touched; // (formula count) bit k: interval k may be other than 0; those of the value always
} cert_lanes_game;

typedef struct cert_lanes {
  int lanes;
  /* What cert_slopes makes of each region, (lanes). scratch, of cert_lanes_size bytes: of each node, of each interval,
   * the lower ends (lanes), then the upper ones. */
  void (*slopes)(const cert_lanes_game *game, const cert_part *part, double *scratch, const cert_region *const *region);
} cert_lanes;

/* The widths that run on this processor, widest first; NULL past the end. */
const cert_lanes *cert_lanes_at(int index);
duro_status cert_lanes_create(cert_lanes_game *lanes, const cert_game *game);
void cert_lanes_destroy(cert_lanes_game *lanes);
size_t cert_lanes_size(const cert_lanes_game *lanes, const cert_lanes *kernels);

static inline interval cert_lane(const cert_lanes_game *g, const cert_lanes *kernels, const double *scratch, int node,
                                 int which, int lane) {
  const double *p = scratch + ((size_t)node * (size_t)g->width + (size_t)which) * 2 * (size_t)kernels->lanes + lane;
  return (interval){p[0], p[kernels->lanes]};
}

#endif
