/*
 * V and h in two bytes: whole steps of a lattice, q n with |n| < 2^17, always rounded down.
 *
 * T is the operator of the grid ([RIS] eq. (15) or (18)), monotone, with T(V + c) = T V + c for a constant c that h and
 * what lies beyond the grid get as well. Here h is rounded down and lowered by one q more, and a sweep is F V =
 * floor((T V + e)/q) q, where e = 2^-31 q is at least what the sum of a stencil in double is rounded by: without it a
 * value that is a step of the lattice, and stays what it is, would fall by a step in every sweep. It cannot fall for
 * ever: all sums are means of codes.
 *
 * V2 <= V4, where V4 has made the same updates in exact numbers: V2 <= V4 - q at first, F V <= T V + 2 e, and T is
 * monotone, so that V2 <= V4 - q + 2 k e after k updates, below V4 for k up to 2^30, more than there can be. Where the
 * sweeps went on until F V = V, even V <= T V + 2 e, and V2 <= V4 holds whatever updates V4 had, how many, and in which
 * order. Without discount grid.settled may end them before: V of lost states can fall for as many sweeps as there are
 * codes.
 *
 * How far below: |h2 - h| <= 2 q and |F V - T V| <= q, and T is a gamma_h-contraction, so that V4 - V2 <= 2 q +
 * r/(1 - gamma_h), with the residual r = max (T V2 - V2) of the rounded h, less than q (1 + 2^-30) at the end. Without
 * discount there is no such number, but where F V = V the set {V2 >= 0} is one that the grid's game keeps.
 */
#include <math.h>

#include "game/grid.h"

bool grid_is_narrow(const duro_grid_settings *settings) {
  return settings->bytes == 2;
}

/* the next number above with seven binary digits, so that its multiples by 17 digits are exact in single precision */
static double round_up(double x) {
  int exponent;
  const double digits = ceil(frexp(x, &exponent) * 128);
  return ldexp(digits, exponent - 7);
}

void grid_choose_quantum(duro_grid *g, double low, double high) {
  enum { CODES = 65536, BELOW = 4, SPARE = 2 * BELOW };
  low = fmin(low, -g->env->spec.h_scale);
  high = fmax(high, 0.0);
  g->quantum = round_up((high - low) / (CODES - SPARE));
  g->zero = INT16_MIN - (floor(low / g->quantum) - BELOW);
  g->sweep.failure = floor(-g->env->spec.h_scale / g->quantum) - 1 + g->zero;
}

double grid_storable(const duro_grid *g, double v) {
  return g->narrow ? v - g->quantum : v;
}

double grid_bound(const duro_grid *g, double residual) {
  if (!(g->settings.discount < 1.0)) return NAN;
  return residual / (1.0 - g->settings.discount) + (g->narrow ? 2 * g->quantum : 0);
}

int16_t grid_code(const duro_grid *g, double v) {
  const double code = floor(v / g->quantum) + g->zero;
  return (int16_t)(!(code > INT16_MIN) ? INT16_MIN : code > INT16_MAX ? INT16_MAX : code);
}
