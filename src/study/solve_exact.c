/* The exact set where a closed form is known, beside the one of the grid. */
#include <math.h>

#include "base/memory.h"
#include "duro/polytope.h"
#include "study/solve.h"

/* Intersection over union of the exact set and the grid's, counted by vertices. */
static double overlap(solution *s, const duro_integrator *exact) {
  const duro_grid_axis *axis = s->plan.axis;
  int64_t both = 0, either = 0;
  for (int64_t v = 0; v < s->plan.cells; v++) {
    const double x[2] = {solve_vertex(&axis[0], (int)(v / axis[1].n)), solve_vertex(&axis[1], (int)(v % axis[1].n))};
    const bool inside = (double)s->V[v] >= 0, truly = duro_integrator_value(exact, x) >= 0;
    both += inside && truly;
    either += inside || truly;
    s->false_safe += inside && !truly;
  }
  return either ? (double)both / (double)either : NAN;
}

static duro_status take_corners(solution *s, const duro_polytope *set) {
  const int capacity = duro_polytope_faces(set) + 4;
  s->exact = duro_allocate((size_t)capacity * 2 * sizeof *s->exact);
  if (!s->exact) return DURO_ERROR_MEMORY;
  const duro_status status = duro_polytope_vertices(s->exact, &s->exact_points, set, capacity);
  return status ? status : duro_polytope_volume(&s->exact_volume, set);
}

duro_status solve_exact(solution *s) {
  duro_integrator_spec spec;
  duro_integrator *exact;
  if (s->plan.nd != 2 || duro_integrator_spec_of(&spec, s->env)) return DURO_OK; // no closed form is known
  spec.disturbance *= s->settings.disturbance ? s->settings.amplitude : 0;
  if (spec.disturbance >= spec.control) return DURO_OK; // the set is empty
  duro_status status = duro_integrator_create(&exact, &spec);
  if (status) return status;
  status = take_corners(s, duro_integrator_set(exact));
  if (!status) s->exact_iou = overlap(s, exact);
  duro_integrator_destroy(exact);
  return status;
}
