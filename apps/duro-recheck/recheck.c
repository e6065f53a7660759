/* duro-recheck: proves a certificate of duro again, from the file alone.
 *
 *     duro-recheck FILE        exit status 0: proved, 1: not proved or broken, 2: wrong usage or no file
 *
 * The file (docs/certificates.md) holds a formula of the motion x' = f(x, u, a) and of h(x) = min h_i(x), and a set.
 * Either a grid with values V at its vertices, and for each cell a tree of boxes with one control each. Proved is, for
 * every box and every x in it with V(x) >= 0, V multilinear: h(x) >= 0, and V(f(x, u, a)) >= 0 for all |a_k| <= 1.
 * Or cones: simplices with a common corner and a control at each corner, u(x) being the mean in between. Proved is,
 * for every x of every cone: h(x) >= 0, and f(x, u(x), a) lies in a cone for all |a_k| <= 1.
 * Everything below is computed with intervals that contain the exact numbers. This program uses the C library and
 * nothing of duro. */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define D 6  /* axes */
#define K 4  /* disturbances */
#define U_ 4 /* controls of cones */
#define C 64 /* corners of a box, 2^D */

static void stop(const char *why) {
  printf("verdict: NOT PROVED: %s\n", why);
  exit(1);
}

static void *room(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) stop("out of memory");
  return memory;
}

/* ---- intervals: every end is the nearest double of an exact number, moved outwards by one place or more ---- */

typedef struct iv {
  double l, h;
} iv;

/* a number is given, or infinity; the library's fmin and fmax also look for what is none, and take longer */
static inline double smaller(double a, double b) {
  return b < a ? b : a;
}
static inline double larger(double a, double b) {
  return b > a ? b : a;
}
static inline iv all(void) {
  return (iv){-INFINITY, INFINITY};
}
static inline iv point(double x) {
  return (iv){x, x};
}
static inline bool is(iv a, double x) {
  return a.l == x && a.h == x;
}
static inline iv outward(double l, double h) {
  if (!(l <= h)) return all(); /* not a number */
  const double tiny = 1e-300;
  return (iv){l - (fabs(l) * 2.3e-16 + tiny), h + (fabs(h) * 2.3e-16 + tiny)};
}
static inline iv add(iv a, iv b) {
  if (is(a, 0)) return b;
  if (is(b, 0)) return a;
  return outward(a.l + b.l, a.h + b.h);
}
static inline iv negative(iv a) {
  return (iv){-a.h, -a.l};
}
static inline iv sub(iv a, iv b) {
  return add(a, negative(b));
}
static inline iv of_four(double p, double q, double r, double s) {
  if (isnan(p + q + r + s)) return all(); /* also where infinities meet */
  return outward(smaller(smaller(p, q), smaller(r, s)), larger(larger(p, q), larger(r, s)));
}
static inline iv mul(iv a, iv b) {
  if (is(a, 0) || is(b, 1)) return a;
  if (is(b, 0) || is(a, 1)) return b;
  return of_four(a.l * b.l, a.l * b.h, a.h * b.l, a.h * b.h);
}
static iv divide(iv a, iv b) {
  if (b.l <= 0 && b.h >= 0) return all();
  if (isnan(b.l) || isnan(b.h)) return all();
  return of_four(a.l / b.l, a.l / b.h, a.h / b.l, a.h / b.h);
}
static inline iv hull(iv a, iv b) {
  return (iv){smaller(a.l, b.l), larger(a.h, b.h)};
}
static inline iv absolute(iv a) {
  return a.l >= 0 ? a : a.h <= 0 ? negative(a) : (iv){0, larger(-a.l, a.h)};
}
static iv root(iv a) {
  if (!(a.l >= 0)) return all();
  const iv r = outward(sqrt(a.l), sqrt(a.h));
  return (iv){fmax(r.l, 0), r.h};
}
/* cos: falls over [2 k pi, (2k+1) pi], rises over the next; the library's cos is off by less than 1e-15 */
static iv cosine(iv a) {
  const double pi = 3.141592653589793, slack = 1e-9;
  if (!(a.l > -1e5 && a.h < 1e5)) return (iv){-1, 1};
  const double from = floor(a.l / pi - slack), to = floor(a.h / pi + slack);
  if (to - from > 1) return (iv){-1, 1};
  iv out = {fmax(fmin(cos(a.l), cos(a.h)) - 1e-15, -1), fmin(fmax(cos(a.l), cos(a.h)) + 1e-15, 1)};
  if (to > from) { /* the turn at `to` pi may be inside */
    if (fmod(to, 2) == 0)
      out.h = 1;
    else
      out.l = -1;
  }
  return out;
}
static iv sine(iv a) { /* sin x = cos(x - pi/2), and pi/2 lies between two doubles */
  return cosine(sub(a, (iv){1.5707963267948966, 1.5707963267948968}));
}

/* ---- the file ---- */

enum { X, U, A, CONSTANT, ADD, SUB, MUL, DIV, MIN, MAX, NEG, ABS, SQRT, SIN, COS, OPS };
static const char *const op_names[OPS] = {"x",   "u",   "a",   "constant", "add",  "sub", "mul", "div",
                                          "min", "max", "neg", "abs",      "sqrt", "sin", "cos"};

typedef struct node {
  int op, a, b;
  double value;
} node;

static struct {
  int nx, nu, na, nodes, nh, nd, controls;
  node *node;
  int h[16];
  int state[D], next[D], n[D], cells[D];
  bool periodic[D];
  double low[D], spacing[D];
  double *control; /* (controls x nu) */
  double tolerance;
  int64_t step[D], vertices, tree_size;
  float *V;
  const uint8_t *tree;
  bool *of_motion, *of_h; /* (nodes) nodes that the outputs need */
  /* cones, where there are some; corners and rows are from the centre */
  int64_t cones;
  int rows, corners, *simplex, *facet;                 /* (cones x nd), (cones) */
  double *centre, *centre_u, *row, *corner, *corner_u; /* (nd), (nu), (rows x nd), (corners x nd), (corners x nu) */
} p;

static const char *text, *text_end; /* what is left of the file */

static void next_line(char *line, size_t size) {
  size_t n = 0;
  while (text < text_end && *text != '\n' && n + 1 < size) line[n++] = *text++;
  if (text == text_end || *text != '\n') stop("a line of the header is broken");
  text++;
  line[n] = 0;
}

/* "word N": N in [least, most] */
static int64_t number_after(const char *word, int64_t least, int64_t most) {
  char line[256], found[64];
  long long n;
  next_line(line, sizeof line);
  if (sscanf(line, "%63s %lld", found, &n) != 2 || strcmp(found, word) != 0 || n < least || n > most)
    stop("the header lacks a number, or it is out of range");
  return n;
}

static double real(const char *format) {
  char line[256];
  double value;
  next_line(line, sizeof line);
  if (sscanf(line, format, &value) != 1 || !isfinite(value)) stop("the header lacks a number");
  return value;
}

static void check_node(const node *n, int index) {
  const int inputs[] = {p.nx, p.nu, p.na};
  if (n->op < CONSTANT && (n->a < 0 || n->a >= inputs[n->op])) stop("the formula reads an input that does not exist");
  if (n->op > CONSTANT && (n->a < 0 || n->a >= index)) stop("a node of the formula uses a later one");
  if (n->op > CONSTANT && n->op < NEG && (n->b < 0 || n->b >= index)) stop("a node of the formula uses a later one");
}

static void read_node(node *n, int index) {
  char line[256], word[16], rest[200] = "";
  next_line(line, sizeof line);
  if (sscanf(line, "%15s %199[^\n]", word, rest) != 2) stop("a node of the formula is broken");
  for (n->op = 0; n->op < OPS && strcmp(word, op_names[n->op]) != 0;) n->op++;
  if (n->op == OPS) stop("the formula has an operation that is not known");
  const int wanted = n->op > CONSTANT && n->op < NEG ? 2 : 1;
  if (n->op == CONSTANT) {
    if (sscanf(rest, "%la", &n->value) != 1 || !isfinite(n->value)) stop("a constant of the formula is broken");
  } else if (sscanf(rest, "%d %d", &n->a, &n->b) < wanted) {
    stop("a node of the formula is broken");
  }
  check_node(n, index);
}

static void read_axis(int i) {
  char line[256];
  int periodic;
  next_line(line, sizeof line);
  if (sscanf(line, "%d %d %d %d %la %la", p.state + i, p.next + i, p.n + i, &periodic, p.low + i, p.spacing + i) != 6)
    stop("an axis is broken");
  if (p.state[i] < 0 || p.state[i] >= p.nx || p.next[i] < 0 || p.next[i] >= p.nodes || p.n[i] < 2 || p.n[i] > 4096 ||
      !isfinite(p.low[i]) || !isfinite(p.spacing[i]) || !(p.spacing[i] > 0))
    stop("an axis is out of range");
  for (int j = 0; j < i; j++)
    if (p.state[i] == p.state[j]) stop("two axes are of one state");
  p.periodic[i] = periodic != 0;
  p.cells[i] = p.periodic[i] ? p.n[i] : p.n[i] - 1;
}

static bool *needed(const int *outputs, int count) {
  bool *need = room((size_t)p.nodes, sizeof *need);
  for (int i = 0; i < count; i++) need[outputs[i]] = true;
  for (int i = p.nodes - 1; i >= 0; i--) {
    if (!need[i] || p.node[i].op <= CONSTANT) continue;
    need[p.node[i].a] = true;
    if (p.node[i].op < NEG) need[p.node[i].b] = true;
  }
  return need;
}

/* a line of the file, without what a terminal would obey */
static void show(const char *line) {
  for (; *line; line++) putchar(*line >= ' ' && *line <= '~' ? *line : '?');
  putchar('\n');
}

static void read_header(void) {
  char line[1024];
  next_line(line, sizeof line);
  if (strcmp(line, "duro-certificate 1") != 0) stop("this is no certificate of version 1");
  for (;;) { /* what is said, but not used in the proof */
    next_line(line, sizeof line);
    if (strncmp(line, "inputs ", 7) == 0) break;
    show(line);
  }
  if (sscanf(line, "inputs %d %d %d", &p.nx, &p.nu, &p.na) != 3 || p.nx < 1 || p.nx > 64 || p.nu < 0 || p.nu > 16 ||
      p.na < 0 || p.na > K)
    stop("the numbers of states and inputs are out of range");
  p.nodes = (int)number_after("nodes", 1, 1000000);
  p.node = room((size_t)p.nodes, sizeof *p.node);
  for (int i = 0; i < p.nodes; i++) read_node(p.node + i, i);
  p.nh = (int)number_after("constraints", 1, 16);
  for (int i = 0; i < p.nh; i++) {
    next_line(line, sizeof line);
    if (sscanf(line, "%d", p.h + i) != 1 || p.h[i] < 0 || p.h[i] >= p.nodes) stop("a constraint is no node");
  }
  p.nd = (int)number_after("axes", 1, D);
  for (int i = 0; i < p.nd; i++) read_axis(i);
  p.controls = (int)number_after("controls", 0, 199);
  p.control = room((size_t)p.controls * (size_t)p.nu, sizeof *p.control);
  for (int i = 0; i < p.controls * p.nu; i++) {
    p.control[i] = real("%la");
    if (fabs(p.control[i]) > 1) stop("a control is beyond [-1, 1]");
  }
  p.tolerance = real("tolerance %la");
  (void)real("volume %lf");
  if (!(p.tolerance >= 0)) stop("the tolerance is negative");
  p.of_motion = needed(p.next, p.nd);
  p.of_h = needed(p.h, p.nh);
}

static void read_grid(long long vertices, long long tree) {
  p.vertices = 1;
  for (int i = p.nd - 1; i >= 0; i--) {
    p.step[i] = p.vertices;
    p.vertices *= p.n[i];
    if (p.vertices > 4000000000LL) stop("the grid is too large");
  }
  if (vertices != p.vertices || tree < 0 || text_end - text != 4 * vertices + tree + 8)
    stop("the data are of another size");
  p.V = room((size_t)vertices, sizeof *p.V);
  for (int64_t i = 0; i < vertices; i++, text += 4) {
    const uint8_t *b = (const uint8_t *)text;
    const uint32_t bits = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    memcpy(p.V + i, &bits, 4);
    if (!isfinite(p.V[i])) stop("a value V is not finite");
  }
  p.tree = (const uint8_t *)text;
  p.tree_size = tree;
}

static void read_reals(double **out, int64_t count, double most) {
  *out = room((size_t)count, sizeof **out);
  for (int64_t i = 0; i < count; i++, text += 8) {
    uint64_t bits = 0;
    for (int k = 7; k >= 0; k--) bits = bits << 8 | (uint8_t)text[k];
    memcpy(*out + i, &bits, 8);
    if (!(fabs((*out)[i]) <= most)) stop("a number of the data is out of range");
  }
}

static void read_indices(int **out, int64_t count, int below) {
  *out = room((size_t)count, sizeof **out);
  for (int64_t i = 0; i < count; i++, text += 4) {
    const uint8_t *b = (const uint8_t *)text;
    const uint32_t index = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    if (index >= (uint32_t)below) stop("an index of the data is out of range");
    (*out)[i] = (int)index;
  }
}

static void read_cones(void) {
  const int64_t reals = p.nd + p.nu + (int64_t)p.rows * p.nd + (int64_t)p.corners * (p.nd + p.nu);
  if (p.nu < 1 || p.nu > U_) stop("cones want one to four controls");
  if (text_end - text != 8 * reals + 4 * p.cones * (p.nd + 1) + 8) stop("the data are of another size");
  read_reals(&p.centre, p.nd, 1e9);
  read_reals(&p.centre_u, p.nu, 1);
  read_reals(&p.row, (int64_t)p.rows * p.nd, 1e9);
  read_reals(&p.corner, (int64_t)p.corners * p.nd, 1e9);
  read_reals(&p.corner_u, (int64_t)p.corners * p.nu, 1);
  read_indices(&p.simplex, p.cones * p.nd, p.corners);
  read_indices(&p.facet, p.cones, p.rows);
}

static void read_data(void) {
  char line[256];
  long long first, second, third;
  next_line(line, sizeof line);
  if (sscanf(line, "data %lld %lld", &first, &second) == 2) {
    if (p.controls < 1) stop("there are no controls");
    read_grid(first, second);
  } else if (sscanf(line, "cones %lld %lld %lld", &first, &second, &third) == 3) {
    if (first < 1 || second < 1 || third < 1 || first > 10000000 || second > 10000000 || third > 10000000)
      stop("the sizes of the data are out of range");
    p.cones = first;
    p.corners = (int)second;
    p.rows = (int)third;
    read_cones();
  } else {
    stop("the sizes of the data are missing");
  }
}

static void check_sum(const char *bytes, size_t size) {
  uint64_t sum = 0xcbf29ce484222325ULL, stored = 0;
  if (size < 8) stop("the file is too short");
  for (size_t i = 0; i < size - 8; i++) sum = (sum ^ (uint8_t)bytes[i]) * 0x100000001b3ULL;
  for (int i = 7; i >= 0; i--) stored = stored << 8 | (uint8_t)bytes[size - 8 + (size_t)i];
  if (sum != stored) stop("the checksum is wrong");
}

static void read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END)) {
    fprintf(stderr, "duro-recheck: cannot read %s\n", path);
    exit(2);
  }
  const long size = ftell(file);
  rewind(file);
  char *bytes = room((size_t)(size < 0 ? 0 : size) + 1, 1);
  if (size < 0 || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
    fprintf(stderr, "duro-recheck: cannot read %s\n", path);
    exit(2);
  }
  fclose(file);
  check_sum(bytes, (size_t)size);
  text = bytes;
  text_end = bytes + size;
  read_header();
  read_data();
}

/* ---- bounds of the formula over a box of states ---- */

/* Of each node: the value at a point of the box, the range, and slopes by axes, disturbances and controls:
 * value = value at the point + sum_k slope_k (input k - input k of the point), with numbers slope_k in the intervals.
 * p q - p0 q0 = (p - p0) q + p0 (q - q0); for functions of one argument the slope is some derivative between. */
enum { POINT, RANGE, SLOPES, WIDE = SLOPES + D + K + 16 };

typedef struct region {
  iv x[64], x0[64], u[16], u0[16]; /* states and controls; the disturbances are all of [-1, 1], at the point 0 */
} region;

static int by_a(int k) {
  return SLOPES + p.nd + k;
}
static int by_u(int k) {
  return SLOPES + p.nd + p.na + k;
}

static iv *slopes; /* (nodes x WIDE) */

/* the inputs that a node depends on, as places of slopes; all other slopes are 0 for ever */
typedef struct inputs {
  int count, place[WIDE];
} inputs;

static inputs *touched; /* (nodes) */

static int place_of(const node *n) { /* of an input; 0: none, a constant or a state without an axis */
  if (n->op == U) return by_u(n->a);
  if (n->op == A) return by_a(n->a);
  for (int i = 0; i < p.nd && n->op == X; i++)
    if (p.state[i] == n->a) return SLOPES + i;
  return 0;
}

static void find_touched(void) {
  slopes = room((size_t)p.nodes * WIDE, sizeof *slopes);
  touched = room((size_t)p.nodes, sizeof *touched);
  for (int i = 0; i < p.nodes; i++) {
    const node *n = p.node + i;
    bool by[WIDE] = {false};
    if (n->op <= CONSTANT) {
      by[place_of(n)] = true;
      if (place_of(n)) slopes[i * WIDE + place_of(n)] = point(1);
    } else {
      for (int k = 0; k < touched[n->a].count; k++) by[touched[n->a].place[k]] = true;
      for (int k = 0; n->op < NEG && k < touched[n->b].count; k++) by[touched[n->b].place[k]] = true;
    }
    for (int k = SLOPES; k < WIDE; k++)
      if (by[k]) touched[i].place[touched[i].count++] = k;
  }
}

static void input(iv *out, const node *n, const region *in) {
  out[POINT] = n->op == X ? in->x0[n->a] : n->op == U ? in->u0[n->a] : point(n->op == A ? 0 : n->value);
  out[RANGE] = n->op == X ? in->x[n->a] : n->op == U ? in->u[n->a] : n->op == A ? (iv){-1, 1} : out[POINT];
}

static iv value_of(int op, iv a, iv b) {
  switch (op) {
  case NEG:
    return negative(a);
  case ABS:
    return absolute(a);
  case SQRT:
    return root(a);
  case SIN:
    return sine(a);
  case COS:
    return cosine(a);
  case ADD:
    return add(a, b);
  case SUB:
    return sub(a, b);
  case MUL:
    return mul(a, b);
  case DIV:
    return divide(a, b);
  case MIN:
    return (iv){smaller(a.l, b.l), smaller(a.h, b.h)};
  default:
    return (iv){larger(a.l, b.l), larger(a.h, b.h)};
  }
}

#define FOR_TOUCHED(statement)                                                                                         \
  for (int j = 0; j < count; j++) {                                                                                    \
    const int k = place[j];                                                                                            \
    statement;                                                                                                         \
  }

static void operation(iv *out, int op, const iv *a, const iv *b, const int *place, int count) {
  for (int k = POINT; k <= RANGE; k++) out[k] = value_of(op, a[k], b[k]);
  const iv ra = a[RANGE], rb = b[RANGE];
  if (op == ADD) {
    FOR_TOUCHED(out[k] = add(a[k], b[k]))
  } else if (op == SUB) {
    FOR_TOUCHED(out[k] = sub(a[k], b[k]))
  } else if (op == MUL) {
    FOR_TOUCHED(out[k] = add(mul(rb, a[k]), mul(a[POINT], b[k])))
  } else if (op == DIV) {
    FOR_TOUCHED(out[k] = is(a[k], 0) && is(b[k], 0) ? a[k] : divide(sub(a[k], mul(out[POINT], b[k])), rb))
  } else if (op == MIN || op == MAX) {
    const bool a_only = op == MIN ? ra.h <= rb.l : ra.l >= rb.h, b_only = op == MIN ? rb.h <= ra.l : rb.l >= ra.h;
    FOR_TOUCHED(out[k] = a_only ? a[k] : b_only ? b[k] : hull(a[k], b[k]))
  } else {
    iv slope = point(-1);
    if (op == ABS) slope = ra.l >= 0 ? point(1) : ra.h <= 0 ? point(-1) : (iv){-1, 1};
    if (op == SQRT) slope = divide(point(0.5), out[RANGE]);
    if (op == SIN) slope = cosine(ra);
    if (op == COS) slope = negative(sine(ra));
    FOR_TOUCHED(out[k] = mul(slope, a[k]))
  }
}

static void evaluate(const bool *need, const region *in) {
  for (int i = 0; i < p.nodes; i++) {
    if (!need[i]) continue;
    const node *n = p.node + i;
    if (n->op <= CONSTANT)
      input(slopes + i * WIDE, n, in);
    else
      operation(slopes + i * WIDE, n->op, slopes + n->a * WIDE, slopes + (n->op < NEG ? n->b : n->a) * WIDE,
                touched[i].place, touched[i].count);
  }
}

/* Over a cell, q_j in [-1/2, 1/2] the place from its middle, and |a_k| <= 1:
 *   value in at + sum_j by_x[j] q_j + sum_k by_a[k] a_k */
typedef struct affine {
  iv at, by_x[D], by_a[K];
} affine;

static iv coordinate(int i, double z) { /* of the state at grid coordinate z */
  return add(point(p.low[i]), mul(point(z), point(p.spacing[i])));
}

static void enclose(affine *out, const int *outputs, int count, const bool *need, const int *cell, const double *u) {
  region in;
  for (int i = 0; i < p.nx; i++) in.x[i] = in.x0[i] = all();
  for (int i = 0; i < p.nu; i++) in.u[i] = in.u0[i] = point(u[i]);
  for (int i = 0; i < p.nd; i++) {
    in.x[p.state[i]] = hull(coordinate(i, cell[i]), coordinate(i, cell[i] + 1.0));
    in.x0[p.state[i]] = coordinate(i, cell[i] + 0.5);
  }
  evaluate(need, &in);
  for (int i = 0; i < count; i++) {
    const iv *of = slopes + outputs[i] * WIDE;
    out[i].at = of[POINT];
    for (int j = 0; j < p.nd; j++) out[i].by_x[j] = mul(of[SLOPES + j], point(p.spacing[j]));
    for (int k = 0; k < p.na; k++) out[i].by_a[k] = of[by_a(k)];
  }
}

/* successors in grid coordinates */
static void enclose_motion(affine *out, const int *cell, const double *u) {
  enclose(out, p.next, p.nd, p.of_motion, cell, u);
  for (int i = 0; i < p.nd; i++) {
    const iv one = point(p.spacing[i]), error = mul(point(p.tolerance), point(p.cells[i]));
    out[i].at = add(divide(sub(out[i].at, point(p.low[i])), one), (iv){-error.h, error.h});
    for (int j = 0; j < p.nd; j++) out[i].by_x[j] = divide(out[i].by_x[j], one);
    for (int k = 0; k < p.na; k++) out[i].by_a[k] = divide(out[i].by_a[k], one);
  }
}

/* ---- multilinear functions ---- */

static void corners(iv *out, const int *cell) {
  for (int k = 0; k < 1 << p.nd; k++) {
    int64_t at = 0;
    for (int i = 0; i < p.nd; i++) {
      const int v = cell[i] + (k >> i & 1);
      at += (v == p.n[i] ? 0 : v) * p.step[i]; /* the last cell of a periodic axis ends at vertex 0 */
    }
    out[k] = point((double)p.V[at]);
  }
}

/* values at the corners of the cell, 0 and 1 -> at those of the box [lo, hi] */
static void cut(iv *v, const double *lo, const double *hi) {
  for (int i = 0; i < p.nd; i++)
    for (int k = 0; k < 1 << p.nd; k++) {
      if (k >> i & 1) continue;
      const iv first = v[k], slope = sub(v[k | 1 << i], first);
      v[k] = add(first, mul(point(lo[i]), slope));
      v[k | 1 << i] = add(first, mul(point(hi[i]), slope));
    }
}

/* corners -> coefficients c_k of sum_k c_k product of s_i over the bits i of k, s in [-1, 1]; returns the sum of the
 * |c_k| of products of two or more */
static double expand(iv *v) {
  for (int i = 0; i < p.nd; i++)
    for (int k = 0; k < 1 << p.nd; k++) {
      if (k >> i & 1) continue;
      const iv low = v[k], high = v[k | 1 << i];
      v[k] = mul(point(0.5), add(low, high));
      v[k | 1 << i] = mul(point(0.5), sub(high, low));
    }
  iv sum = point(0);
  for (int k = 1; k < 1 << p.nd; k++)
    if (k & (k - 1)) sum = add(sum, absolute(v[k]));
  return sum.h;
}

/* ---- the proof ---- */

static struct {
  int cell[D];
  affine h[16], *motion; /* (controls x D) */
  bool *known;           /* (controls) */
  int64_t at;            /* next byte of the tree */
  int64_t boxes;
} now;

typedef struct box {
  double lo[D], hi[D]; /* in the cell */
  iv w[C];             /* expansion of V over it */
  double curved;
} box;

/* is  value + sum_j slope_j s_j - lambda V(s) >= 0 over the box, for some lambda >= 0? Then value + .. >= 0 where
 * V >= 0. Whatever lambda is tried, the bound is one; these are the best. */
static bool holds(const box *b, iv value, const iv *slope) {
  for (int m = -1; m < p.nd; m++) {
    double lambda = 0;
    if (m >= 0) lambda = (slope[m].l + slope[m].h) / (b->w[1 << m].l + b->w[1 << m].h);
    if (!(lambda >= 0 && lambda < 1e6)) continue;
    iv bound = sub(value, mul(point(lambda), add(b->w[0], point(b->curved))));
    for (int j = 0; j < p.nd; j++) bound = sub(bound, absolute(sub(slope[j], mul(point(lambda), b->w[1 << j]))));
    if (bound.l >= 0) return true;
  }
  return false;
}

static bool constraint_holds(const box *b, const affine *h) {
  iv value = h->at, slope[D];
  for (int j = 0; j < p.nd; j++) {
    value = add(value, mul(h->by_x[j], point(0.5 * (b->lo[j] + b->hi[j]) - 0.5)));
    slope[j] = mul(h->by_x[j], point(0.5 * (b->hi[j] - b->lo[j])));
  }
  return holds(b, value, slope);
}

/* where successors lie: middle and radius, and z'_i - middle_i = rest_i + sum_j q_ij s_j + sum_k r_ik t_k */
typedef struct image {
  double middle[D], radius[D];
  iv rest[D], q[D][D], r[D][K];
  int first[D], last[D];
} image;

static bool make_image(image *y, const box *b, const affine *f, const double *a_lo, const double *a_hi) {
  for (int i = 0; i < p.nd; i++) {
    iv at = f[i].at, spread = point(0);
    for (int j = 0; j < p.nd; j++) {
      at = add(at, mul(f[i].by_x[j], point(0.5 * (b->lo[j] + b->hi[j]) - 0.5)));
      y->q[i][j] = mul(f[i].by_x[j], point(0.5 * (b->hi[j] - b->lo[j])));
      spread = add(spread, absolute(y->q[i][j]));
    }
    for (int k = 0; k < p.na; k++) {
      at = add(at, mul(f[i].by_a[k], point(0.5 * (a_lo[k] + a_hi[k]))));
      y->r[i][k] = mul(f[i].by_a[k], point(0.5 * (a_hi[k] - a_lo[k])));
      spread = add(spread, absolute(y->r[i][k]));
    }
    y->middle[i] = 0.5 * (at.l + at.h);
    y->rest[i] = sub(at, point(y->middle[i]));
    y->radius[i] = add(spread, absolute(y->rest[i])).h;
    const iv from = sub(point(y->middle[i]), point(y->radius[i])), to = add(point(y->middle[i]), point(y->radius[i]));
    if (!(from.l > -4096 && to.h < 8192 && y->radius[i] < p.cells[i] && y->radius[i] > 0)) return false;
    if (!p.periodic[i] && (from.l < 0 || to.h > p.cells[i])) return false;
    y->first[i] = (int)floor(from.l);
    y->last[i] = (int)floor(to.h);
    if (!p.periodic[i] && y->last[i] == p.cells[i]) y->last[i]--;
  }
  return true;
}

/* V(z') >= 0 for successors in the cell `at`: by the values at the corners of the part of the image that lies there,
 * or by extending its multilinear V over the whole image and comparing with V(z) */
static bool cell_holds(const box *b, const image *y, const int *at, const iv *corner) {
  double lo[D], hi[D], in_lo[D], in_hi[D];
  iv v[C], slope[D];
  for (int i = 0; i < p.nd; i++) {
    const iv middle = sub(point(y->middle[i]), point(at[i]));
    lo[i] = sub(middle, point(y->radius[i])).l;
    hi[i] = add(middle, point(y->radius[i])).h;
    in_lo[i] = fmax(lo[i], 0);
    in_hi[i] = fmin(hi[i], 1);
  }
  memcpy(v, corner, sizeof v);
  cut(v, in_lo, in_hi);
  bool inside = true;
  for (int k = 0; k < 1 << p.nd; k++) inside = inside && v[k].l >= 0;
  if (inside) return true;
  memcpy(v, corner, sizeof v);
  cut(v, lo, hi);
  const double curved = expand(v);
  iv value = sub(v[0], point(curved));
  for (int j = 0; j < p.nd; j++) slope[j] = point(0);
  iv by_d[K] = {{0, 0}};
  for (int i = 0; i < p.nd; i++) {
    /* V falls by t_i in [-1, 1] over [lo, hi]: z'_i = (lo + hi)/2 + t_i (hi - lo)/2 */
    const iv half = mul(point(0.5), sub(point(hi[i]), point(lo[i]))), per = divide(v[1 << i], half);
    const iv middle = mul(point(0.5), add(point(lo[i]), point(hi[i])));
    const iv off = add(y->rest[i], sub(sub(point(y->middle[i]), point(at[i])), middle));
    value = add(value, mul(per, off));
    for (int j = 0; j < p.nd; j++) slope[j] = add(slope[j], mul(per, y->q[i][j]));
    for (int k = 0; k < p.na; k++) by_d[k] = add(by_d[k], mul(per, y->r[i][k]));
  }
  for (int k = 0; k < p.na; k++) value = sub(value, absolute(by_d[k]));
  return holds(b, value, slope);
}

static bool image_holds(const box *b, const image *y) {
  int at[D], in[D];
  memcpy(at, y->first, sizeof at);
  for (;;) {
    iv corner[C];
    for (int i = 0; i < p.nd; i++) in[i] = p.periodic[i] ? (at[i] % p.cells[i] + p.cells[i]) % p.cells[i] : at[i];
    corners(corner, in);
    bool positive = true;
    for (int k = 0; k < 1 << p.nd; k++) positive = positive && corner[k].l >= 0;
    if (!positive && !cell_holds(b, y, at, corner)) return false;
    int i = p.nd - 1;
    while (i >= 0 && at[i] == y->last[i]) {
      at[i] = y->first[i];
      i--;
    }
    if (i < 0) return true;
    at[i]++;
  }
}

/* for all disturbances between a_lo and a_hi, halving them where that is needed */
static bool motion_holds(const box *b, const affine *f, const double *a_lo, const double *a_hi, int depth) {
  image y;
  if (make_image(&y, b, f, a_lo, a_hi) && image_holds(b, &y)) return true;
  if (depth == 0 || p.na == 0) return false;
  int widest = 0;
  double most = -1;
  for (int k = 0; k < p.na; k++)
    for (int i = 0; i < p.nd; i++) {
      const double width = absolute(f[i].by_a[k]).h * (a_hi[k] - a_lo[k]);
      if (width > most) {
        most = width;
        widest = k;
      }
    }
  double lo[K], hi[K];
  memcpy(lo, a_lo, sizeof lo);
  memcpy(hi, a_hi, sizeof hi);
  lo[widest] = hi[widest] = 0.5 * (a_lo[widest] + a_hi[widest]);
  return motion_holds(b, f, a_lo, hi, depth - 1) && motion_holds(b, f, lo, a_hi, depth - 1);
}

static bool leaf_holds(const box *b, int control) {
  for (int i = 0; i < p.nh; i++)
    if (!constraint_holds(b, now.h + i)) return false;
  affine *f = now.motion + control * D;
  if (!now.known[control]) enclose_motion(f, now.cell, p.control + control * p.nu);
  now.known[control] = true;
  const double lo[K] = {-1, -1, -1, -1}, hi[K] = {1, 1, 1, 1};
  return motion_holds(b, f, lo, hi, 8 * p.na);
}

static void say(const char *what) {
  char why[256];
  int n = snprintf(why, sizeof why, "cell");
  for (int i = 0; i < p.nd; i++) n += snprintf(why + n, sizeof why - (size_t)n, " %d", now.cell[i]);
  snprintf(why + n, sizeof why - (size_t)n, ": %s", what);
  stop(why);
}

static void prove_box(const iv *corner, const double *lo, const double *hi, int depth) {
  if (now.at == p.tree_size) stop("the tree of boxes ends too early");
  const int byte = p.tree[now.at++];
  box b;
  memcpy(b.lo, lo, sizeof b.lo);
  memcpy(b.hi, hi, sizeof b.hi);
  if (byte >= 200 && byte < 200 + p.nd && depth > 0) {
    const int axis = byte - 200;
    const double middle = 0.5 * (lo[axis] + hi[axis]);
    b.hi[axis] = middle;
    prove_box(corner, b.lo, b.hi, depth - 1);
    b.hi[axis] = hi[axis];
    b.lo[axis] = middle;
    prove_box(corner, b.lo, b.hi, depth - 1);
    return;
  }
  now.boxes++;
  memcpy(b.w, corner, sizeof b.w);
  cut(b.w, lo, hi);
  if (byte == 255) { /* claims that V < 0 in the whole box */
    for (int k = 0; k < 1 << p.nd; k++)
      if (!(b.w[k].h < 0)) say("a box without a control touches the set");
    return;
  }
  if (byte >= p.controls) say("a box has a control that is not known");
  b.curved = expand(b.w);
  if (!leaf_holds(&b, byte)) say("a box is not proved");
}

static double share(const iv *corner) { /* of the cell in the set, on points; told, not proved */
  const int n = p.nd < 3 ? 8 : 4;
  int count = 0, all_points = 1;
  for (int i = 0; i < p.nd; i++) all_points *= n;
  for (int j = 0; j < all_points; j++) {
    double v[C];
    for (int k = 0; k < 1 << p.nd; k++) v[k] = corner[k].l;
    for (int i = 0, rest = j; i < p.nd; i++, rest /= n)
      for (int k = 0; k < 1 << p.nd; k++)
        if (!(k >> i & 1)) v[k] += (rest % n + 0.5) / n * (v[k | 1 << i] - v[k]);
    count += v[0] >= 0;
  }
  return (double)count / all_points;
}

static void prove_grid(void) {
  int64_t cells = 1, touched = 0;
  double volume = 0;
  for (int i = 0; i < p.nd; i++) cells *= p.cells[i];
  now.motion = room((size_t)p.controls * D, sizeof *now.motion);
  now.known = room((size_t)p.controls, sizeof *now.known);
  const double none[16] = {0};
  for (int64_t index = 0; index < cells; index++) {
    int64_t rest = index;
    for (int i = p.nd - 1; i >= 0; i--, rest /= p.cells[i + 1]) now.cell[i] = (int)(rest % p.cells[i]);
    iv corner[C] = {{0, 0}};
    corners(corner, now.cell);
    bool any = false;
    for (int k = 0; k < 1 << p.nd; k++) any = any || corner[k].l >= 0;
    if (!any) continue;
    const double lo[D] = {0}, hi[D] = {1, 1, 1, 1, 1, 1};
    memset(now.known, 0, (size_t)p.controls * sizeof *now.known);
    enclose(now.h, p.h, p.nh, p.of_h, now.cell, none);
    prove_box(corner, lo, hi, 60);
    touched++;
    volume += share(corner);
  }
  if (now.at != p.tree_size) stop("the tree of boxes is too long");
  for (int i = 0; i < p.nd; i++) volume *= p.spacing[i];
  printf("proved: %" PRId64 " boxes of %" PRId64 " cells\nvolume of the set: %.9g\nverdict: PROVED\n", now.boxes,
         touched, volume);
}

/* ---- cones: simplices between the centre and pieces of a surface, each piece on a row ----
 *
 * With reach_r the least row_r . v over the corners v of the pieces on row r, and every reach_r > 0: where each ray
 * from the centre meets some cone, a point z with row_r . z <= reach_r for all r lies in a cone. For on its ray
 * z = sum m_k v_k with m_k >= 0, and reach_r sum m_k <= row_r . z <= reach_r for the row r of that cone. */

static double *reach; /* (rows) */

static const double *corner_of(int64_t cone, int k) {
  return p.corner + (size_t)p.simplex[cone * p.nd + k] * (size_t)p.nd;
}

static iv times(const double *row, const iv *z) {
  iv sum = point(0);
  for (int i = 0; i < p.nd; i++) sum = add(sum, mul(point(row[i]), z[i]));
  return sum;
}

static void find_reach(void) {
  reach = room((size_t)p.rows, sizeof *reach);
  for (int r = 0; r < p.rows; r++) reach[r] = INFINITY;
  for (int64_t c = 0; c < p.cones; c++)
    for (int k = 0; k < p.nd; k++) {
      iv z[D];
      for (int i = 0; i < p.nd; i++) z[i] = point(corner_of(c, k)[i]);
      const int r = p.facet[c];
      reach[r] = fmin(reach[r], times(p.row + (size_t)r * (size_t)p.nd, z).l);
    }
  for (int r = 0; r < p.rows; r++)
    if (!(reach[r] > 0 && reach[r] < INFINITY)) stop("a row does not bound the set");
}

static int by_entries(const void *a, const void *b) {
  return memcmp(a, b, (D - 1) * sizeof(int));
}

/* every ridge, the corners of a piece but one, belongs to an even number of pieces: the surface has no edge */
static void check_ridges(void) {
  const int64_t count = p.cones * p.nd;
  int(*ridge)[D - 1] = room((size_t)count, sizeof *ridge);
  for (int64_t c = 0; c < p.cones; c++)
    for (int out = 0; out < p.nd; out++) {
      int *r = ridge[c * p.nd + out], n = 0;
      for (int k = 0; k < p.nd; k++) {
        if (k == out) continue;
        int at = n++, v = p.simplex[c * p.nd + k];
        for (; at > 0 && r[at - 1] > v; at--) r[at] = r[at - 1];
        r[at] = v;
      }
      for (int k = 1; k < n; k++)
        if (r[k] == r[k - 1]) stop("a cone has a corner twice");
    }
  qsort(ridge, (size_t)count, sizeof *ridge, by_entries);
  for (int64_t i = 0, same = 1; i < count; i++, same++) {
    if (i + 1 < count && by_entries(ridge[i], ridge[i + 1]) == 0) continue;
    if (same % 2) stop("the surface has an edge");
    same = 0;
  }
  free(ridge);
}

/* of the n x n matrix of rows from `row` on, without the columns in `used` */
static iv determinant(iv m[D][D], int row, int used) {
  iv sum = point(0);
  bool plus = true;
  if (row == p.nd) return point(1);
  for (int k = 0; k < p.nd; k++) {
    if (used >> k & 1) continue;
    const iv term = mul(m[row][k], determinant(m, row + 1, used | 1 << k));
    sum = plus ? add(sum, term) : sub(sum, term);
    plus = !plus;
  }
  return sum;
}

static int sign(iv a) {
  return a.l > 0 ? 1 : a.h < 0 ? -1 : 0;
}

/* does the ray along d pass through the cone? d = sum_k (D_k / D) v_k. -1: rounding hides it */
static int on_ray(int64_t cone, const iv *d) {
  iv m[D][D];
  for (int k = 0; k < p.nd; k++)
    for (int i = 0; i < p.nd; i++) m[k][i] = point(corner_of(cone, k)[i]);
  const int whole = sign(determinant(m, 0, 0));
  int positive = 0, negative_ones = 0, same = 0;
  for (int k = 0; k < p.nd; k++) {
    iv kept[D];
    memcpy(kept, m[k], sizeof kept);
    memcpy(m[k], d, sizeof kept);
    const int one = sign(determinant(m, 0, 0));
    memcpy(m[k], kept, sizeof kept);
    positive += one > 0;
    negative_ones += one < 0;
    same += one == whole;
    if (whole && one == -whole) return 0;
  }
  if (positive && negative_ones) return 0;
  return whole && same == p.nd ? 1 : -1;
}

/* How many cones a ray meets is even for all rays in general position, or odd for all: the surface has no edge, and
 * does not pass through the centre. One ray that meets an odd number tells that each meets one. */
static void check_rays(void) {
  for (int attempt = 0; attempt < 20; attempt++) {
    iv d[D];
    int64_t met = 0;
    int answer = 0;
    for (int i = 0; i < p.nd; i++) {
      d[i] = point(0);
      for (int k = 0; k < p.nd; k++)
        d[i] = add(d[i], mul(point(1 + 0.1 * k + 0.037 * k * k * attempt), point(corner_of(attempt % p.cones, k)[i])));
    }
    for (int64_t c = 0; c < p.cones && answer >= 0; c++) {
      answer = on_ray(c, d);
      met += answer;
    }
    if (answer < 0) continue;
    if (met % 2 == 0) stop("the cones leave gaps");
    return;
  }
  stop("rounding hides whether the cones leave gaps");
}

/* A simplex, by its corners: states from the centre, then the controls. */
typedef struct piece {
  iv w[D + 1][D + U_];
} piece;

static int64_t pieces, cone;
static int *lists; /* (HALVINGS + 1) x (rows + nh): what is still to be proved of a piece */
enum { HALVINGS = 60 };

/* the box about a piece, and its middle */
static void take_box(region *in, double *middle, const piece *t) {
  for (int i = 0; i < p.nx; i++) in->x[i] = in->x0[i] = all();
  for (int j = 0; j < p.nd + p.nu; j++) {
    iv box = t->w[0][j];
    for (int k = 1; k <= p.nd; k++) box = hull(box, t->w[k][j]);
    middle[j] = 0.5 * (box.l + box.h);
    const iv shift = point(j < p.nd ? p.centre[j] : 0);
    *(j < p.nd ? in->x + p.state[j] : in->u + (j - p.nd)) = add(box, shift);
    *(j < p.nd ? in->x0 + p.state[j] : in->u0 + (j - p.nd)) = add(point(middle[j]), shift);
  }
}

/* value of a node at the corners, for slopes that may be any in their intervals: between them it is no more than the
 * largest and no less than the smallest, whatever the slopes are; disturbances are left out */
static void at_corners(iv *out, const iv *of, const piece *t, const double *middle) {
  for (int k = 0; k <= p.nd; k++) {
    out[k] = of[POINT];
    for (int j = 0; j < p.nd + p.nu; j++)
      out[k] = add(out[k], mul(of[j < p.nd ? SLOPES + j : by_u(j - p.nd)], sub(t->w[k][j], point(middle[j]))));
  }
}

typedef struct successors {
  iv y[D + 1][D], a[K][D]; /* corners, from the centre; by disturbance */
} successors;

static void find_successors(successors *y, const piece *t, const double *middle) {
  for (int i = 0; i < p.nd; i++) {
    const iv *of = slopes + p.next[i] * WIDE;
    const iv error = mul(mul(point(p.tolerance), point(p.cells[i])), point(p.spacing[i]));
    iv at[D + 1];
    at_corners(at, of, t, middle);
    for (int k = 0; k <= p.nd; k++) y->y[k][i] = add(sub(at[k], point(p.centre[i])), (iv){-error.h, error.h});
    for (int k = 0; k < p.na; k++) y->a[k][i] = of[by_a(k)];
  }
}

static bool row_holds(int r, const successors *y) {
  const double *row = p.row + (size_t)r * (size_t)p.nd;
  iv spread = point(0);
  for (int k = 0; k < p.na; k++) spread = add(spread, absolute(times(row, y->a[k])));
  for (int k = 0; k <= p.nd; k++)
    if (!(add(times(row, y->y[k]), spread).h <= reach[r])) return false;
  return true;
}

static bool h_holds(int i, const piece *t, const double *middle) {
  const iv *of = slopes + p.h[i] * WIDE;
  iv at[D + 1], spread = point(0);
  at_corners(at, of, t, middle);
  for (int k = 0; k < p.na; k++) spread = add(spread, absolute(of[by_a(k)]));
  for (int k = 0; k <= p.nd; k++)
    if (!(sub(at[k], spread).l >= 0)) return false;
  return true;
}

/* the edge to halve: where slopes are least known, in what is left to prove */
static void choose_edge(int *from, int *to, const piece *t, const int *left, int n) {
  double weight[D] = {0}, most = -1;
  for (int k = 0; k < n; k++)
    for (int i = 0; i < p.nd && left[k] < p.rows; i++) weight[i] += fabs(p.row[left[k] * p.nd + i]) / n;
  for (int a = 0; a <= p.nd; a++)
    for (int b = a + 1; b <= p.nd; b++) {
      double length = 0;
      for (int j = 0; j < p.nd + p.nu; j++) {
        double unsure = j < p.nd ? 1e-4 / (p.spacing[j] * p.cells[j]) : 0;
        for (int i = 0; i < p.nd; i++) {
          const iv s = slopes[p.next[i] * WIDE + (j < p.nd ? SLOPES + j : by_u(j - p.nd))];
          unsure += weight[i] * (s.h - s.l);
        }
        length += unsure * fabs(t->w[a][j].l - t->w[b][j].l);
      }
      if (length > most) {
        most = length;
        *from = a;
        *to = b;
      }
    }
}

/* the n rows and h_i of `list` (those from `rows` on); what holds for a piece holds for its halves */
static void prove_piece(const piece *t, const int *list, int n, int depth) {
  int *left = lists + (size_t)(depth + 1) * (size_t)(p.rows + p.nh), count = 0;
  region in;
  double middle[D + U_];
  successors y;
  take_box(&in, middle, t);
  evaluate(p.of_motion, &in);
  find_successors(&y, t, middle);
  for (int k = 0; k < n && list[k] < p.rows; k++)
    if (!row_holds(list[k], &y)) left[count++] = list[k];
  if (n && list[n - 1] >= p.rows) evaluate(p.of_h, &in);
  for (int k = 0; k < n; k++)
    if (list[k] >= p.rows && !h_holds(list[k] - p.rows, t, middle)) left[count++] = list[k];
  if (count == 0) {
    pieces++;
    return;
  }
  if (depth + 1 == HALVINGS) {
    char why[64];
    snprintf(why, sizeof why, "cone %" PRId64 " is not proved", cone);
    stop(why);
  }
  int from = 0, to = 1;
  choose_edge(&from, &to, t, left, count);
  piece half = *t;
  for (int j = 0; j < p.nd + p.nu; j++) half.w[from][j] = mul(point(0.5), add(t->w[from][j], t->w[to][j]));
  prove_piece(&half, left, count, depth + 1);
  memcpy(half.w[to], half.w[from], sizeof half.w[to]);
  memcpy(half.w[from], t->w[from], sizeof half.w[from]);
  prove_piece(&half, left, count, depth + 1);
}

static void prove_cones(void) {
  double volume = 0;
  find_reach();
  check_ridges();
  check_rays();
  lists = room((size_t)(HALVINGS + 1) * (size_t)(p.rows + p.nh), sizeof *lists);
  for (cone = 0; cone < p.cones; cone++) {
    piece t;
    iv m[D][D];
    for (int k = 0; k <= p.nd; k++)
      for (int i = 0; i < p.nd; i++) t.w[k][i] = point(k < p.nd ? corner_of(cone, k)[i] : 0);
    for (int j = 0; j < p.nu; j++) {
      for (int k = 0; k < p.nd; k++) t.w[k][p.nd + j] = point(p.corner_u[p.simplex[cone * p.nd + k] * p.nu + j]);
      t.w[p.nd][p.nd + j] = point(p.centre_u[j]);
    }
    for (int i = 0; i < p.rows + p.nh; i++) lists[i] = i;
    prove_piece(&t, lists, p.rows + p.nh, 0);
    for (int k = 0; k < p.nd; k++) memcpy(m[k], t.w[k], sizeof m[k]);
    volume += absolute(determinant(m, 0, 0)).h;
  }
  for (int i = 2; i <= p.nd; i++) volume /= i;
  printf("proved: %" PRId64 " pieces of %" PRId64 " cones\nvolume of the set: %.9g\nverdict: PROVED\n", pieces, p.cones,
         volume);
}

int main(int argc, char **argv) {
  if (argc != 2 || argv[1][0] == '-') {
    fputs("usage: duro-recheck FILE\nProves a certificate of duro again. Exit status: 0 proved, 1 not, 2 no file.\n",
          stderr);
    return 2;
  }
  read_file(argv[1]);
  find_touched();
  if (p.cones)
    prove_cones();
  else
    prove_grid();
  if (fflush(stdout) == 0 && !ferror(stdout)) return 0;
  fputs("duro-recheck: standard output cannot be written\n", stderr);
  return 1;
}
