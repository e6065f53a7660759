/* The SAC update as it is written over a BLAS: row-major batches (B x n), weights (out x in), sgemm for every product,
 * loops for bias, ReLU and sums. Sampling, noise, the policy's head and Adam are the library's own, so that the
 * difference is in the products and what surrounds them. */
#include "openblas.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/math.h"
#include "base/purposes.h"
#include "cli/cli.h"

/* the loops of this file for the widest vectors that the processor has; ThreadSanitizer is not ready when one is chosen
 */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDEST
#endif

/* of cblas.h */
enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112 };
typedef void sgemm_function(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                            const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

static struct {
  void *library;
  sgemm_function *sgemm;
  void (*set_threads)(int);
} blas;

const char *openblas_open(void) {
  if (!blas.library) blas.library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!blas.library) return NULL;
  char *(*name)(void);
  // a pointer to data becomes one to a function, as POSIX has it
  *(void **)&blas.sgemm = dlsym(blas.library, "cblas_sgemm");
  *(void **)&blas.set_threads = dlsym(blas.library, "openblas_set_num_threads");
  *(void **)&name = dlsym(blas.library, "openblas_get_corename");
  return blas.sgemm && blas.set_threads && name ? name() : NULL;
}

void openblas_threads(int threads) {
  blas.set_threads(threads);
}

enum { LAYERS = 3 };

typedef struct dense {
  int in, out;
  size_t w, b; // offsets of (out x in) and (out)
} dense;

/* parameters, moments, slow copy and gradient, (params) each */
typedef struct peer_net {
  dense layer[LAYERS];
  int params; // a multiple of 16
  float *w, *m, *v, *bar, *g;
  double power1, power2;
} peer_net;

/* one evaluation on the batch: outputs of the layers and their gradients, (B x out) */
typedef struct pass {
  const peer_net *net;
  const float *params, *x; // x (B x in)
  float *y[LAYERS], *dy[LAYERS];
} pass;

struct openblas_sac {
  const learner *l;
  int batch, no, nu;
  int64_t update;
  peer_net pi, q[2];
  pass play, value[2];
  float *x, *x2, *xu, *u;              // (B x no), (B x no), (B x (no + nu)) joined, (B x nu)
  float *r, *failed, *target;          // (B)
  float *z, *dz, *eps, *action, *logp; // in panels, as the policy's head has them
  float *slope[2], *dy, *dlogp;
  float log_alpha[3 * LANES];
  double power1, power2;
};

WIDEST static void add_bias(float *y, const float *b, int rows, int n, bool relu) {
  for (int s = 0; s < rows; ++s, y += n)
    for (int k = 0; k < n; ++k) {
      const float v = y[k] + b[k];
      y[k] = relu && v < 0.0f ? 0.0f : v;
    }
}

WIDEST static void mask(float *dy, const float *y, int n) {
  for (int i = 0; i < n; ++i) dy[i] = y[i] > 0.0f ? dy[i] : 0.0f;
}

WIDEST static void column_sums(float *sum, const float *x, int rows, int n) {
  memset(sum, 0, sizeof *sum * (size_t)n);
  for (int s = 0; s < rows; ++s, x += n)
    for (int k = 0; k < n; ++k) sum[k] += x[k];
}

static void forward(pass *p, int rows, const float *params, const float *x) {
  p->params = params, p->x = x;
  for (int i = 0; i < LAYERS; ++i) {
    const dense *d = &p->net->layer[i];
    blas.sgemm(ROW_MAJOR, PLAIN, TRANSPOSED, rows, d->out, d->in, 1, x, d->in, params + d->w, d->in, 0, p->y[i],
               d->out);
    add_bias(p->y[i], params + d->b, rows, d->out, i < LAYERS - 1);
    x = p->y[i];
  }
}

/* from dy of the last layer: the gradient g of the parameters where given, the last `actions` columns of dL/dx (rows x
 * actions) where given */
static void backward(pass *p, int rows, float *g, float *dx, int actions) {
  for (int i = LAYERS - 1; i >= 0; --i) {
    const dense *d = &p->net->layer[i];
    const float *below = i ? p->y[i - 1] : p->x, *w = p->params + d->w;
    if (g) {
      blas.sgemm(ROW_MAJOR, TRANSPOSED, PLAIN, d->out, d->in, rows, 1, p->dy[i], d->out, below, d->in, 0, g + d->w,
                 d->in);
      column_sums(g + d->b, p->dy[i], rows, d->out);
    }
    if (i) {
      blas.sgemm(ROW_MAJOR, PLAIN, PLAIN, rows, d->in, d->out, 1, p->dy[i], d->out, w, d->in, 0, p->dy[i - 1], d->in);
      mask(p->dy[i - 1], below, rows * d->in);
    } else if (dx) {
      blas.sgemm(ROW_MAJOR, PLAIN, PLAIN, rows, actions, d->out, 1, p->dy[i], d->out, w + d->in - actions, d->in, 0, dx,
                 actions);
    }
  }
}

static void adam(const learner *l, float *w, float *m, float *v, float *bar, const float *g, int n, double rate,
                 double *power1, double *power2) {
  *power1 *= .9, *power2 *= .999;
  const adam_step step = adam_coefficients(rate, .9, .999, *power1, *power2, 1e-8, bar ? l->set.tau : 0.0);
  l->kernels->adam(w, m, v, bar, g, n, &step);
}

static void learn_net(const learner *l, peer_net *n, double rate) {
  adam(l, n->w, n->m, n->v, n->bar, n->g, n->params, rate, &n->power1, &n->power2);
}

/* the samples that the learner draws */
static void sample(openblas_sac *s) {
  const replay *r = &s->l->replay;
  const int no = s->no, nu = s->nu;
  const int64_t held = *r->count < r->capacity ? *r->count : r->capacity;
  duro_stream stream = duro_stream_at(s->l->seed, DURO_PURPOSE_REPLAY, (uint64_t)s->update);
  for (int i = 0; i < s->batch; ++i) {
    if (i % LANES == 0) {
      stream = duro_stream_at(s->l->seed, DURO_PURPOSE_REPLAY, (uint64_t)s->update);
      stream.block = 4 * (uint32_t)(i / LANES);
    }
    const float *row = r->rows + (int64_t)duro_stream_below(&stream, (uint32_t)held) * r->stride;
    memcpy(s->x + i * no, row, sizeof *row * (size_t)no);
    memcpy(s->u + i * nu, row + no, sizeof *row * (size_t)nu);
    row += no + nu + r->na;
    s->r[i] = row[0];
    memcpy(s->x2 + i * no, row + 2, sizeof *row * (size_t)no);
    s->failed[i] = row[2 + no + 1];
  }
}

/* (B x n) into panels, or back */
static void to_panels(float *out, const float *x, int rows, int n) {
  for (int s = 0; s < rows; ++s)
    for (int k = 0; k < n; ++k) out[(s / LANES * n + k) * LANES + s % LANES] = x[s * n + k];
}
static void from_panels(float *out, const float *x, int rows, int n) {
  for (int s = 0; s < rows; ++s)
    for (int k = 0; k < n; ++k) out[s * n + k] = x[(s / LANES * n + k) * LANES + s % LANES];
}

/* (x, u) side by side */
static const float *join(openblas_sac *s, const float *x, const float *u) {
  const int no = s->no, nu = s->nu;
  for (int i = 0; i < s->batch; ++i) {
    memcpy(s->xu + i * (no + nu), x + i * no, sizeof *x * (size_t)no);
    memcpy(s->xu + i * (no + nu) + no, u + i * nu, sizeof *u * (size_t)nu);
  }
  return s->xu;
}

/* u ~ pi(x), joined with x */
static const float *act(openblas_sac *s, const float *x, uint32_t purpose, int64_t index) {
  const learner *l = s->l;
  const int panels = s->batch / LANES;
  forward(&s->play, s->batch, s->pi.w, x);
  to_panels(s->z, s->play.y[LAYERS - 1], s->batch, 2 * s->nu);
  l->kernels->normals(s->eps, 0, s->batch * s->nu, l->seed, purpose, (uint64_t)index);
  l->kernels->gaussian(s->action, s->logp, s->z, s->eps, s->nu, panels);
  from_panels(s->dy, s->action, s->batch, s->nu);
  return join(s, x, s->dy);
}

static void critics_step(openblas_sac *s) {
  const learner *l = s->l;
  const float alpha = m_expf(s->log_alpha[0]), clip = (float)l->set.critic_clip, weight = 2.0f / (float)s->batch;
  const float *xu = act(s, s->x2, DURO_PURPOSE_TARGET_NOISE, 4 * s->update);
  for (int j = 0; j < 2; ++j) forward(&s->value[j], s->batch, s->q[j].bar, xu);
  const float *q1 = s->value[0].y[LAYERS - 1], *q2 = s->value[1].y[LAYERS - 1];
  for (int i = 0; i < s->batch; ++i) {
    const float next = (1.0f - s->failed[i]) * ((q1[i] < q2[i] ? q1[i] : q2[i]) - alpha * s->logp[i]);
    s->target[i] = (float)l->set.reward_scale * s->r[i] + (float)l->set.gamma * next;
  }
  xu = join(s, s->x, s->u);
  for (int j = 0; j < 2; ++j) {
    pass *p = &s->value[j];
    forward(p, s->batch, s->q[j].w, xu);
    for (int i = 0; i < s->batch; ++i)
      p->dy[LAYERS - 1][i] = weight * m_clampf(p->y[LAYERS - 1][i] - s->target[i], -clip, clip);
    backward(p, s->batch, s->q[j].g, NULL, 0);
  }
  for (int j = 0; j < 2; ++j) learn_net(l, &s->q[j], l->set.rate_critic);
}

static void policy_step(openblas_sac *s) {
  const learner *l = s->l;
  const float alpha = m_expf(s->log_alpha[0]), weight = 1.0f / (float)s->batch;
  const float *xu = act(s, s->x, DURO_PURPOSE_POLICY_NOISE, s->update);
  for (int j = 0; j < 2; ++j) forward(&s->value[j], s->batch, s->q[j].w, xu);
  const float *q1 = s->value[0].y[LAYERS - 1], *q2 = s->value[1].y[LAYERS - 1];
  for (int i = 0; i < s->batch; ++i) {
    s->value[0].dy[LAYERS - 1][i] = q1[i] < q2[i] ? 1.0f : 0.0f;
    s->value[1].dy[LAYERS - 1][i] = q1[i] < q2[i] ? 0.0f : 1.0f;
    s->dlogp[i] = alpha * weight;
  }
  for (int j = 0; j < 2; ++j) backward(&s->value[j], s->batch, NULL, s->slope[j], s->nu);
  for (int i = 0; i < s->batch * s->nu; ++i) s->slope[0][i] = -weight * (s->slope[0][i] + s->slope[1][i]);
  to_panels(s->dy, s->slope[0], s->batch, s->nu);
  l->kernels->gaussian_back(s->dz, s->dy, s->dlogp, s->action, s->z, s->eps, s->nu, s->batch / LANES);
  from_panels(s->play.dy[LAYERS - 1], s->dz, s->batch, 2 * s->nu);
  backward(&s->play, s->batch, s->pi.g, NULL, 0);
  learn_net(l, &s->pi, l->set.rate_player);
  double sum = 0.0;
  for (int i = 0; i < s->batch; ++i) sum += (double)s->logp[i] + l->set.entropy * s->nu;
  float *a = s->log_alpha, gradient[LANES] = {(float)(-sum / s->batch)};
  adam(l, a, a + LANES, a + 2 * LANES, NULL, gradient, LANES, l->set.rate_alpha, &s->power1, &s->power2);
}

void openblas_sac_update(openblas_sac *s) {
  sample(s);
  critics_step(s);
  policy_step(s);
  ++s->update;
}

static float *floats(int n) {
  return cli_allocate((size_t)n, sizeof(float));
}

/* parameters without the padding of their rows, or none */
static float *copy_params(const peer_net *n, const mlp *shape, const float *params) {
  if (!params) return NULL;
  float *to = floats(n->params);
  for (int i = 0; i < LAYERS; ++i) {
    const mlp_layer *from = &shape->layer[i];
    const dense *d = &n->layer[i];
    for (int o = 0; o < d->out; ++o)
      memcpy(to + d->w + o * d->in, params + from->w + (size_t)(o * from->ld), sizeof(float) * (size_t)d->in);
    memcpy(to + d->b, params + from->b, sizeof(float) * (size_t)d->out);
  }
  return to;
}

static void copy_net(peer_net *to, const net *from) {
  *to = (peer_net){.power1 = 1.0, .power2 = 1.0};
  size_t params = 0;
  for (int i = 0; i < LAYERS; ++i) {
    const mlp_layer *d = &from->shape.layer[i];
    to->layer[i] = (dense){.in = d->in, .out = d->out, .w = params, .b = params + (size_t)(d->in * d->out)};
    params += (size_t)((d->in + 1) * d->out);
  }
  to->params = round16((int)params);
  to->m = floats(to->params), to->v = floats(to->params), to->g = floats(to->params);
  to->w = copy_params(to, &from->shape, from->state.w);
  to->bar = copy_params(to, &from->shape, from->state.bar);
}

static void make_pass(pass *p, const peer_net *n, int batch) {
  p->net = n;
  for (int i = 0; i < LAYERS; ++i)
    p->y[i] = floats(batch * n->layer[i].out), p->dy[i] = floats(batch * n->layer[i].out);
}

openblas_sac *openblas_sac_create(const learner *l) {
  openblas_sac *s = cli_allocate(1, sizeof *s);
  const int b = l->panels * LANES, no = l->no, nu = l->nu;
  *s = (openblas_sac){.l = l, .batch = b, .no = no, .nu = nu, .power1 = 1.0, .power2 = 1.0};
  copy_net(&s->pi, &l->nets[ROLE_PI]);
  copy_net(&s->q[0], &l->nets[ROLE_Q1]), copy_net(&s->q[1], &l->nets[ROLE_Q2]);
  make_pass(&s->play, &s->pi, b), make_pass(&s->value[0], &s->q[0], b), make_pass(&s->value[1], &s->q[1], b);
  s->x = floats(b * no), s->x2 = floats(b * no), s->xu = floats(b * (no + nu)), s->u = floats(b * nu);
  s->r = floats(b), s->failed = floats(b), s->target = floats(b), s->logp = floats(b), s->dlogp = floats(b);
  s->z = floats(2 * b * nu), s->dz = floats(2 * b * nu), s->eps = floats(b * nu), s->action = floats(b * nu);
  s->slope[0] = floats(b * nu), s->slope[1] = floats(b * nu), s->dy = floats(b * nu);
  memcpy(s->log_alpha, l->log_alpha, sizeof s->log_alpha);
  return s;
}

static void free_net(peer_net *n) {
  free(n->w), free(n->m), free(n->v), free(n->g), free(n->bar);
}

static void free_pass(pass *p) {
  for (int i = 0; i < LAYERS; ++i) free(p->y[i]), free(p->dy[i]);
}

void openblas_sac_destroy(openblas_sac *s) {
  if (!s) return;
  free_net(&s->pi), free_net(&s->q[0]), free_net(&s->q[1]);
  free_pass(&s->play), free_pass(&s->value[0]), free_pass(&s->value[1]);
  free(s->x), free(s->x2), free(s->xu), free(s->u), free(s->r), free(s->failed), free(s->target);
  free(s->logp), free(s->dlogp), free(s->z), free(s->dz), free(s->eps), free(s->action);
  free(s->slope[0]), free(s->slope[1]), free(s->dy);
  free(s);
}

const float *openblas_sac_moment(const openblas_sac *s, role r, int i) {
  const peer_net *n = r == ROLE_PI ? &s->pi : &s->q[r == ROLE_Q2];
  return n->m + n->layer[i].w;
}
