/* Tracks of the racing car. */
#include <math.h>

#include "base/error.h"
#include "env/racing_track.h"
#include "fuzz.h"

/* What is read is a track: every table is finite, and every place has one s. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  racing_track *t;
  if (racing_track_parse(&t, (const char *)data, size, "fuzz", &(racing_track_options){.scale = 1, .narrow = 0.045}))
    return 0;
  if (!(t->length > 0) || !isfinite(t->length)) abort();
  for (int i = 0; i <= t->count; i++) {
    const double widest = fmax(fabs(t->kappa[i]) * (t->kappa[i] > 0 ? t->left[i] : t->right[i]), 0);
    if (!(widest < 1) || !(t->left[i] > 0.045) || !(t->right[i] > 0.045)) abort();
    if (!isfinite(t->x[i]) || !isfinite(t->y[i]) || !isfinite(t->heading[i])) abort();
  }
  if (!isfinite(racing_track_at(t, t->kappa, 1e9)) || !isfinite(racing_track_at(t, t->left, -1e-300))) abort();
  racing_track_release(t);
  return 0;
}
