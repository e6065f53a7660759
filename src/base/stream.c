/* Random streams: Philox4x32-10 (Salmon et al. 2011), from Random123's C header. */
#include "base/math.h"
#include "duro/base.h"

#include <assert.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunused-function"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

#define TWO_PI 6.283185307179586476925

duro_stream duro_stream_at(uint64_t seed, uint32_t purpose, uint64_t index) {
  return (duro_stream){.seed = seed, .index = index, .purpose = purpose, .used = 4};
}

/* the next block of four words */
static void refill(duro_stream *stream) {
  philox4x32_ctr_t counter = {
      {stream->block, (uint32_t)stream->index, (uint32_t)(stream->index >> 32), stream->purpose}};
  philox4x32_key_t key = {{(uint32_t)stream->seed, (uint32_t)(stream->seed >> 32)}};
  counter = philox4x32_R(10, counter, key);
  for (int i = 0; i < 4; i++) stream->word[i] = counter.v[i];
  stream->block++;
  stream->used = 0;
}

uint32_t duro_stream_bits(duro_stream *stream) {
  if (stream->used >= 4) refill(stream);
  return stream->word[stream->used++];
}

double duro_stream_uniform(duro_stream *stream) {
  uint64_t high = duro_stream_bits(stream), low = duro_stream_bits(stream);
  return (double)((high << 32 | low) >> 11) * 0x1p-53;
}

float duro_stream_uniformf(duro_stream *stream) {
  return (float)(duro_stream_bits(stream) >> 8) * 0x1p-24f;
}

uint32_t duro_stream_below(duro_stream *stream, uint32_t n) {
  assert(n >= 1);
  return (uint32_t)((uint64_t)duro_stream_bits(stream) * n >> 32);
}

/* z = sqrt(-2 ln v) cos(2 pi w), v in (0, 1], w in [0, 1) (Box and Muller 1958); |z| < 6.8 */
float duro_stream_normalf(duro_stream *stream) {
  float v = ((float)duro_stream_bits(stream) + .5f) * 0x1p-32f;
  double w = duro_stream_bits(stream) * 0x1p-32;
  float radius = sqrtf(-2.f * m_logf(v));
  return radius * (float)m_cos(TWO_PI * w);
}
