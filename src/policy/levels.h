/* The control vectors between which a categorical policy chooses: the product over the controls of equally spaced
 * levels of [-1, 1], both ends among them. */
#ifndef DURO_POLICY_LEVELS_H
#define DURO_POLICY_LEVELS_H

enum { LEVELS_MOST = 64 }; /* most control vectors */

/* How many there are; LEVELS_MOST + 1 where they are more than that. */
static inline int levels_count(int nu, int levels) {
  int count = 1;
  for (int i = 0; i < nu && count <= LEVELS_MOST; ++i) count *= levels;
  return count <= LEVELS_MOST ? count : LEVELS_MOST + 1;
}

/* Control i of vector k; the first control changes fastest. The values are those of the candidates of a grid. */
static inline float levels_control(int k, int i, int levels) {
  for (; i > 0; --i) k /= levels;
  return (float)(2.0 * (double)(k % levels) / (double)(levels - 1) - 1.0);
}

/* The first of the largest of n values, `stride` apart. */
static inline int levels_best(const float *value, int n, int stride) {
  int best = 0;
  for (int k = 1; k < n; ++k)
    if (value[k * stride] > value[best * stride]) best = k;
  return best;
}

#endif
