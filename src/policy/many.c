/* A frozen policy at many observations at once: groups of them lie side by side in panels and go through the same sums,
 * in the same order, as a single one, so the bits are the same. */
#include "policy/frozen.h"

#include <assert.h>
#include <string.h>

enum {
  PANELS = 4,               // most panels of a group: what the kernels hold in registers
  GROUP = PANELS * LANES,   // most observations of a group
  IN_ROOM = 128 * GROUP,    // inputs of a group: four panels up to 128 of a network, one up to 512
  OUT_ROOM = 32 * GROUP,    // outputs of a group likewise: up to 32 and 128
  ROOM = MAX_WIDTH * LANES, // hidden values of a group: four panels up to a width of 256, one at the largest
};

/* What a group needs on its way; together too much for a stack. */
typedef struct room {
  float hidden[2][ROOM];
  float obs[IN_ROOM];                    // (panels x no x 16)
  float answer_in[IN_ROOM];              // of an adversary that sees the control
  float critic_in[IN_ROOM];              // of the safety critic
  float y[OUT_ROOM];                     // of a player
  float u[OUT_ROOM], a[OUT_ROOM];        // actions
  float safe[OUT_ROOM], other[OUT_ROOM]; // controls that the filter falls back to
  float value[4][GROUP];                 // of the safety critic
} room;

/* A group of observations on its way. */
typedef struct group {
  const duro_policy *policy;
  int n, panels;
  room *room;
} group;

static room *take_room(const duro_policy *policy) {
  for (int i = 0; i < POLICY_ROOMS; ++i) {
    room *found = atomic_exchange(&policy->rooms->free[i], NULL);
    if (found) return found;
  }
  return duro_allocate(sizeof(room));
}

static void leave_room(const duro_policy *policy, room *r) {
  for (int i = 0; r && i < POLICY_ROOMS; ++i) {
    void *none = NULL;
    if (atomic_compare_exchange_strong(&policy->rooms->free[i], &none, r)) return;
  }
  duro_release(r);
}

static int larger(int a, int b) {
  return a > b ? a : b;
}

static int smaller(int a, int b) {
  return a < b ? a : b;
}

/* Observations that go through at once; 0 where the networks are so wide that one by one is the only way. */
static int group_size(const duro_policy *policy) {
  const duro_policy_info *info = &policy->info;
  int width = 1, in = info->no, out = larger(info->nu, info->na);
  for (int r = 0; r < ROLE_COUNT; ++r) {
    if (!policy->nets[r].present) continue;
    const mlp *shape = &policy->nets[r].shape;
    width = larger(width, shape->layer[0].out);
    in = larger(in, shape->layer[0].in);
    out = larger(out, shape->layer[shape->layers - 1].out);
  }
  const int panels = smaller(MAX_WIDTH / width, smaller(IN_ROOM / LANES / in, OUT_ROOM / LANES / out));
  return smaller(panels, PANELS) * LANES;
}

/* rows (n x d) to rows [first, first + d) of x (panels x height x 16); lanes beyond n are zero */
static void to_panels(float *x, int height, int first, const float *rows, int d, const group *g) {
  for (int p = 0; p < g->panels; ++p)
    for (int k = 0; k < d; ++k) {
      float *lane = x + ((ptrdiff_t)p * height + first + k) * LANES;
      for (int l = 0; l < LANES; ++l) lane[l] = p * LANES + l < g->n ? rows[(p * LANES + l) * d + k] : 0.0f;
    }
}

/* rows (n x d) from the first d rows of x (panels x height x 16) */
static void from_panels(float *rows, int d, const float *x, int height, int n) {
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < d; ++k) rows[i * d + k] = x[((i / LANES) * height + k) * LANES + i % LANES];
}

/* Room for groups; returns how many observations are one. 0 where one by one is the only way, for want of memory, say.
 */
static int open_group(group *g, const duro_policy *policy) {
  const int most = group_size(policy);
  *g = (group){.policy = policy, .room = most ? take_room(policy) : NULL};
  return g->room ? most : 0;
}

static void begin(group *g, int n, const float *obs) {
  const duro_policy *policy = g->policy;
  g->n = n;
  g->panels = (n + LANES - 1) / LANES;
  const int no = policy->info.no;
  to_panels(g->room->obs, no, 0, obs, no, g);
  for (int p = 0; policy->obs_scale && p < g->panels; ++p)
    for (int k = 0; k < no; ++k) {
      float *lane = g->room->obs + ((ptrdiff_t)p * no + k) * LANES;
      for (int l = 0; l < LANES; ++l) lane[l] = (lane[l] - policy->obs_shift[k]) * policy->obs_scale[k];
    }
}

/* Raw outputs (panels x out x 16) of a network at x (panels x in x 16). */
static void evaluate(float *y, const group *g, const float *x, role r) {
  const policy_net *net = &g->policy->nets[r];
  assert(net->present);
  const float *in = x;
  for (int i = 0; i < net->shape.layers; ++i) {
    const mlp_layer *layer = &net->shape.layer[i];
    const bool last = i == net->shape.layers - 1;
    float *out = last ? y : g->room->hidden[i % 2];
    g->policy->kernels->forward(out, NULL, in, net->params + layer->w, net->params + layer->b, layer->in, layer->out,
                                layer->ld, g->panels, !last);
    in = out;
  }
}

/* actions (n x d) = tanh of the first d outputs at x (panels x in x 16) */
static void squashed(float *action, const group *g, const float *x, role r, int d) {
  const mlp *shape = &g->policy->nets[r].shape;
  const int out = shape->layer[shape->layers - 1].out;
  float *y = g->room->y;
  evaluate(y, g, x, r);
  g->policy->kernels->tanh(y, y, g->panels * out * LANES);
  from_panels(action, d, y, out, g->n);
}

/* controls (n x nu) of pi or pi_h: the mode */
static void choose(float *u, const group *g, role r) {
  const duro_policy_info *info = &g->policy->info;
  if (!info->levels) {
    squashed(u, g, g->room->obs, r, info->nu);
    return;
  }
  const int count = levels_count(info->nu, info->levels);
  float *y = g->room->y;
  evaluate(y, g, g->room->obs, r);
  for (int s = 0; s < g->n; ++s) {
    const int best = levels_best(y + (ptrdiff_t)(s / LANES) * count * LANES + s % LANES, count, LANES);
    for (int i = 0; i < info->nu; ++i) u[s * info->nu + i] = levels_control(best, i, info->levels);
  }
}

/* x (panels x height x 16) begins with the observations and controls u (n x nu) */
static void join(float *x, int height, const group *g, const float *u) {
  const duro_policy_info *info = &g->policy->info;
  for (int p = 0; p < g->panels; ++p)
    memcpy(x + (ptrdiff_t)p * height * LANES, g->room->obs + (ptrdiff_t)p * info->no * LANES,
           sizeof *x * (size_t)info->no * LANES);
  to_panels(x, height, info->no, u, info->nu, g);
}

/* disturbances (n x na) of an adversary against controls u (n x nu), which it may or may not see */
static void respond(float *a, const group *g, const float *u, role r) {
  const duro_policy_info *info = &g->policy->info;
  if (!policy_sees_u(g->policy, r)) {
    squashed(a, g, g->room->obs, r, info->na);
    return;
  }
  float *x = g->room->answer_in;
  join(x, info->no + info->nu, g, u);
  squashed(a, g, x, r, info->na);
}

/* rows (n x d): a corner of a box of d actions, the same in each */
static void corner(float *action, const group *g, int d, int c) {
  for (int i = 0; i < g->n; ++i)
    for (int k = 0; k < d; ++k) action[i * d + k] = (c >> k & 1) ? 1.0f : -1.0f;
}

/* value (n) = Q_h(x, u, a), the least over a of mu_h and, where the policy looks at them, the corners */
static void safety_critic(float *value, const group *g, const float *u) {
  const duro_policy_info *info = &g->policy->info;
  const int height = g->policy->nets[ROLE_QH].shape.layer[0].in;
  float *x = g->room->critic_in, *a = g->room->a, *y = g->room->value[0];
  join(x, height, g, u);
  if (height > info->no + info->nu && g->policy->nets[ROLE_MU_H].present) {
    respond(a, g, u, ROLE_MU_H);
    to_panels(x, height, info->no + info->nu, a, info->na, g);
  }
  evaluate(y, g, x, ROLE_QH);
  from_panels(value, 1, y, 1, g->n);
  for (int c = 0; c < policy_disturbance_corners(g->policy); ++c) {
    float *other = g->room->value[1];
    corner(a, g, info->na, c);
    to_panels(x, height, info->no + info->nu, a, info->na, g);
    evaluate(y, g, x, ROLE_QH);
    from_panels(other, 1, y, 1, g->n);
    for (int i = 0; i < g->n; ++i) value[i] = other[i] < value[i] ? other[i] : value[i];
  }
}

/* safe (n x nu): what the safety policy does, pi_h, or where the policy looks at them the best by Q_h of pi_h and the
 * candidates; best (n) is its Q_h where there are any, or where it is wanted. */
static void act_safely(float *safe, float *best, const group *g, bool value_wanted) {
  const int nu = g->policy->info.nu, candidates = policy_candidates(g->policy);
  float *other = g->room->other, *value = g->room->value[2];
  choose(safe, g, policy_safest(g->policy));
  if (!candidates && !value_wanted) return;
  safety_critic(best, g, safe);
  for (int c = 0; c < candidates; ++c) {
    for (int i = 0; i < g->n * nu; ++i) other[i] = policy_candidate(g->policy, c, i % nu);
    safety_critic(value, g, other);
    for (int i = 0; i < g->n; ++i) {
      if (!(value[i] > best[i])) continue;
      best[i] = value[i];
      memcpy(safe + i * nu, other + i * nu, sizeof *safe * (size_t)nu);
    }
  }
}

/* What the safety policy does where the filter does not pass u; those observations alone go through once more. */
static void filter(float *u, bool *replaced, group *g, const float *obs, float margin) {
  const int no = g->policy->info.no, nu = g->policy->info.nu, n = g->n;
  float *value = g->room->value[2], *safe = g->room->safe;
  int sample[GROUP], count = 0;
  safety_critic(value, g, u);
  for (int i = 0; i < n; ++i) {
    replaced[i] = !(value[i] >= margin);
    if (replaced[i]) sample[count++] = i;
  }
  if (!count) return;
  float *rows = g->room->answer_in; // free until the adversary answers
  for (int k = 0; k < count; ++k) memcpy(rows + k * no, obs + sample[k] * no, sizeof *rows * (size_t)no);
  begin(g, count, rows);
  act_safely(safe, g->room->value[3], g, false);
  for (int k = 0; k < count; ++k) memcpy(u + sample[k] * nu, safe + k * nu, sizeof *u * (size_t)nu);
}

void duro_policy_act_many(const duro_policy *policy, int n, float *u, bool *replaced, const float *obs, duro_act act,
                          float margin) {
  const int no = policy->info.no, nu = policy->info.nu;
  group g;
  const int most = open_group(&g, policy);
  for (int i = 0; !most && i < n; ++i) {
    const bool passed = duro_policy_act(policy, u + (ptrdiff_t)i * nu, obs + (ptrdiff_t)i * no, act, margin);
    if (replaced) replaced[i] = passed;
  }
  for (int done = 0; most && done < n; done += most) {
    bool passed[GROUP] = {false};
    begin(&g, n - done < most ? n - done : most, obs + (ptrdiff_t)done * no);
    float *to = u + (ptrdiff_t)done * nu;
    if (act == DURO_ACT_SAFETY)
      act_safely(to, g.room->value[3], &g, false);
    else
      choose(to, &g, ROLE_PI);
    if (act == DURO_ACT_FILTERED) filter(to, passed, &g, obs + (ptrdiff_t)done * no, margin);
    if (replaced) memcpy(replaced + done, passed, sizeof *passed * (size_t)(n - done < most ? n - done : most));
  }
  leave_room(policy, g.room);
}

void duro_policy_respond_many(const duro_policy *policy, int n, float *a, const float *obs, const float *u,
                              duro_policy_net which) {
  assert(which == DURO_NET_MU || which == DURO_NET_MU_H);
  const duro_policy_info *info = &policy->info;
  group g;
  const int most = open_group(&g, policy);
  for (int i = 0; !most && i < n; ++i)
    duro_policy_respond(policy, a + (ptrdiff_t)i * info->na, obs + (ptrdiff_t)i * info->no, u + (ptrdiff_t)i * info->nu,
                        which);
  for (int done = 0; most && done < n; done += most) {
    begin(&g, n - done < most ? n - done : most, obs + (ptrdiff_t)done * info->no);
    respond(a + (ptrdiff_t)done * info->na, &g, u + (ptrdiff_t)done * info->nu, policy_role[which]);
  }
  leave_room(policy, g.room);
}

void duro_policy_disturb_many(const duro_policy *policy, int n, float *a, const float *obs, duro_policy_net which) {
  assert(which == DURO_NET_MU || which == DURO_NET_MU_H);
  const duro_policy_info *info = &policy->info;
  const role r = policy_role[which];
  group g;
  const int most = open_group(&g, policy);
  for (int i = 0; !most && i < n; ++i)
    duro_policy_disturb(policy, a + (ptrdiff_t)i * info->na, obs + (ptrdiff_t)i * info->no, which);
  for (int done = 0; most && done < n; done += most) {
    float *u = g.room->u;
    begin(&g, n - done < most ? n - done : most, obs + (ptrdiff_t)done * info->no);
    if (policy_sees_u(policy, r)) choose(u, &g, policy_safest(policy));
    respond(a + (ptrdiff_t)done * info->na, &g, u, r);
  }
  leave_room(policy, g.room);
}

void duro_policy_safety_value_many(const duro_policy *policy, int n, float *value, const float *obs) {
  const int no = policy->info.no;
  group g;
  const int most = open_group(&g, policy);
  for (int i = 0; !most && i < n; ++i) value[i] = duro_policy_safety_value(policy, obs + (ptrdiff_t)i * no);
  for (int done = 0; most && done < n; done += most) {
    begin(&g, n - done < most ? n - done : most, obs + (ptrdiff_t)done * no);
    act_safely(g.room->safe, value + done, &g, true);
    for (int i = 0; i < g.n; ++i) value[done + i] *= policy->h_unit;
  }
  leave_room(policy, g.room);
}

void duro_policy_judge_many(const duro_policy *policy, int n, float *value, const float *obs, const float *u) {
  const int no = policy->info.no, nu = policy->info.nu;
  group g;
  const int most = open_group(&g, policy);
  for (int i = 0; !most && i < n; ++i)
    value[i] = duro_policy_judge(policy, obs + (ptrdiff_t)i * no, u + (ptrdiff_t)i * nu);
  for (int done = 0; most && done < n; done += most) {
    begin(&g, n - done < most ? n - done : most, obs + (ptrdiff_t)done * no);
    safety_critic(value + done, &g, u + (ptrdiff_t)done * nu);
  }
  leave_room(policy, g.room);
}
