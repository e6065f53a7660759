#!/usr/bin/env python3
"""Writes the reference vectors that the network tests compare with, in float64 NumPy.

    python3 tests/data/make_nn_oracle.py            write the files beside this script
    python3 tests/data/make_nn_oracle.py --check    compare what would be written with what is there
    python3 tests/data/make_nn_oracle.py --torch    also compare every vector with PyTorch (float64)

The files are described in README.md. This program shares no code with the library.
"""

import argparse
import math
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


# --- inputs: exact in float32, so a float32 program starts from the very same numbers -----------------

class Lcg:
    """Knuth's MMIX generator: s <- 6364136223846793005 s + 1442695040888963407 mod 2^64.

    A draw advances s, takes its top 16 bits k and returns (k - 32768) / 32768 * scale, in [-scale, scale).
    With scale a power of two the value is exact in float32.
    """

    def __init__(self, seed):
        self.s = seed

    def draw(self, scale):
        self.s = (self.s * 6364136223846793005 + 1442695040888963407) % 2**64
        return ((self.s >> 48) - 32768) / 32768.0 * scale

    def array(self, rows, columns, scale):
        return np.array([[self.draw(scale) for _ in range(columns)] for _ in range(rows)])


# --- files: blocks of "name rows columns" and then rows x columns numbers -------------------------------

def text(blocks):
    lines = []
    for name, value in blocks:
        value = np.atleast_2d(np.asarray(value, dtype=np.float64))
        lines.append(f"{name} {value.shape[0]} {value.shape[1]}")
        lines += [" ".join(f"{v:.17g}" for v in row) for row in value]
    return "\n".join(lines) + "\n"


# --- networks: dense layers, ReLU between them, none after the last -----------------------------------

def mlp_inputs(sizes, batch, seed):
    """Weights (out x in), biases, inputs (batch x in) and dL/dy (batch x out), in the order of drawing."""
    lcg = Lcg(seed)
    weights, biases = [], []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        weights.append(lcg.array(n_out, n_in, 0.5))
        biases.append(lcg.array(1, n_out, 0.25)[0])
    x = lcg.array(batch, sizes[0], 2.0)
    g = lcg.array(batch, sizes[-1], 1.0)
    return weights, biases, x, g


def mlp_forward(weights, biases, x):
    inputs, z = [], []
    y = x
    for layer, (w, b) in enumerate(zip(weights, biases)):
        inputs.append(y)
        z.append(y @ w.T + b)
        y = np.maximum(z[-1], 0.0) if layer + 1 < len(weights) else z[-1]
    return y, inputs, z


def mlp_backward(weights, inputs, z, dy):
    dw, db = [None] * len(weights), [None] * len(weights)
    for layer in reversed(range(len(weights))):
        dz = dy * (z[layer] > 0.0) if layer + 1 < len(weights) else dy
        dw[layer] = dz.T @ inputs[layer]
        db[layer] = dz.sum(axis=0)
        dy = dz @ weights[layer]
    return dw, db, dy


def mlp_difference_check(weights, biases, x, g, grads):
    """Central differences of L = .5 sum(y g) in every parameter and input; largest error seen."""
    def loss():
        return 0.5 * np.sum(mlp_forward(weights, biases, x)[0] * g)

    worst, step = 0.0, 1e-7
    for value, grad in zip(weights + biases + [x], grads):
        flat, slope = value.reshape(-1), grad.reshape(-1)
        for i in range(0, flat.size, 1 + flat.size // 97):
            kept = flat[i]
            flat[i] = kept + step
            above = loss()
            flat[i] = kept - step
            below = loss()
            flat[i] = kept
            worst = max(worst, abs((above - below) / (2 * step) - slope[i]))
    return worst


def mlp(sizes, batch, seed):
    weights, biases, x, g = mlp_inputs(sizes, batch, seed)
    y, inputs, z = mlp_forward(weights, biases, x)
    dw, db, dx = mlp_backward(weights, inputs, z, 0.5 * g)

    # no pre-activation so near 0 that float32 could see the other side of the ReLU
    kink = min(np.abs(v).min() for v in z[:-1])
    assert kink > 1e-5, f"a pre-activation of {kink} is too near the kink: take another seed"
    worst = mlp_difference_check(weights, biases, x, g, dw + db + [dx])
    assert worst < 1e-6, f"gradient differs from central differences by {worst}"
    print(f"mlp {sizes} batch {batch}: smallest |pre-activation| {kink:.2e}, "
          f"largest difference from central differences {worst:.1e}")

    blocks = [("sizes", [sizes]), ("batch", [[batch]])]
    for i, (w, b) in enumerate(zip(weights, biases)):
        blocks += [(f"W{i}", w), (f"b{i}", [b])]
    blocks += [("x", x), ("g", g), ("y", y), ("dy", 0.5 * g)]
    for i, (w, b) in enumerate(zip(dw, db)):
        blocks += [(f"dW{i}", w), (f"db{i}", [b])]
    blocks += [("dx", dx)]
    return blocks


def mlp_torch(blocks):
    import torch
    v = dict(blocks)
    n = len(v["sizes"][0]) - 1
    p = [(torch.tensor(v[f"W{i}"], requires_grad=True), torch.tensor(v[f"b{i}"][0], requires_grad=True))
         for i in range(n)]
    x = torch.tensor(v["x"], requires_grad=True)
    y = x
    for i, (w, b) in enumerate(p):
        y = torch.nn.functional.linear(y, w, b)
        y = torch.relu(y) if i + 1 < n else y
    (0.5 * (y * torch.tensor(v["g"])).sum()).backward()
    pairs = [(y.detach(), v["y"]), (x.grad, v["dx"])]
    for i, (w, b) in enumerate(p):
        pairs += [(w.grad, v[f"dW{i}"]), (b.grad, v[f"db{i}"][0])]
    return max(np.abs(a.numpy() - b).max() for a, b in pairs)


# --- networks whose layers see normalised inputs: batch normalisation and renormalisation -------------------

EPSILON, MOMENTUM, MOST_R, MOST_D, CENTRE = 1e-3, 0.01, 3.0, 5.0, 0.25


def norm_forward(weights, biases, x, running, renormalise):
    """Output, and (mean, variance) of every layer's input. Works on complex numbers as well: r and d, which have no
    gradient, and the side of the ReLU come from the real part."""
    met, smallest = [], np.inf
    for layer, (w, b) in enumerate(zip(weights, biases)):
        mean = x.mean(axis=0)
        variance = ((x - mean)**2).mean(axis=0)
        met.append((mean.real, variance.real))
        sigma = np.sqrt(variance + EPSILON)
        x = (x - mean) / sigma
        if renormalise:
            old_mean, old_sigma = running[layer][0], np.sqrt(running[layer][1] + EPSILON)
            x = x * np.clip(sigma.real / old_sigma, 1 / MOST_R, MOST_R)
            x = x + np.clip((mean.real - old_mean) / old_sigma, -MOST_D, MOST_D)
        if layer + 1 == len(weights):
            x = x + CENTRE
        x = x @ w.T + b
        if layer + 1 < len(weights):
            smallest = min(smallest, np.abs(x.real).min())
            x = x * (x.real > 0)
    return x, met, smallest


def norm_running(weights, biases, x, running):
    """Output by the running statistics alone."""
    for layer, (w, b) in enumerate(zip(weights, biases)):
        last = layer + 1 == len(weights)
        x = ((x - running[layer][0]) / np.sqrt(running[layer][1] + EPSILON) + (CENTRE if last else 0)) @ w.T + b
        x = x if last else np.maximum(x, 0)
    return x


def complex_step(value, loss):
    """Gradient of a real loss by steps along the imaginary axis, which lose no digits and know no chain rule."""
    grad = np.zeros(value.shape)
    for i in np.ndindex(value.shape):
        kept = value[i]
        value[i] = kept + 1e-30j
        grad[i] = loss().imag / 1e-30
        value[i] = kept
    return grad


def norm(sizes, batch, seed, renormalise):
    """Half of the batch has a gradient, as a critic's (x, u, a) has and (x', u', a') has not."""
    weights, biases, x, g = mlp_inputs(sizes, batch, seed)
    lcg = Lcg(seed + 100)
    running = [(lcg.array(1, n, 1.0)[0], lcg.array(1, n, 0.5)[0] + 0.53125) for n in sizes[:-1]]
    g[batch // 2:] = 0.0
    y, met, smallest = norm_forward(weights, biases, x, running, renormalise)
    assert smallest > 1e-5, f"a pre-activation of {smallest} is too near the kink: take another seed"
    new = [tuple(o + MOMENTUM * (m - o) for o, m in zip(old, now)) for old, now in zip(running, met)]
    p = [v.astype(complex) for v in weights + biases]
    n = len(weights)

    def loss():
        return 0.5 * np.sum(norm_forward(p[:n], p[n:], x, running, renormalise)[0] * g)

    grads = [complex_step(v, loss) for v in p]
    blocks = [("sizes", [sizes]), ("batch", [[batch]])]
    for i, (w, b) in enumerate(zip(weights, biases)):
        blocks += [(f"W{i}", w), (f"b{i}", [b])]
    blocks += [("x", x), ("dy", 0.5 * g)]
    blocks += [(f"running{i}", r) for i, r in enumerate(running)]
    blocks += [("y", y)]
    for i in range(n):
        blocks += [(f"dW{i}", grads[i]), (f"db{i}", [grads[n + i]])]
    blocks += [(f"new{i}", r) for i, r in enumerate(new)]
    blocks += [("deployed", norm_running(weights, biases, x, new))]
    print(f"norm {sizes} batch {batch}: smallest |pre-activation| {smallest:.2e}")
    return blocks


def norm_torch(blocks, renormalise):
    import torch
    v = dict(blocks)
    n = len(v["sizes"][0]) - 1
    p = [(torch.tensor(v[f"W{i}"], requires_grad=True), torch.tensor(v[f"b{i}"][0], requires_grad=True))
         for i in range(n)]
    y = torch.tensor(v["x"])
    for i, (w, b) in enumerate(p):
        mean, old = y.mean(0).detach(), torch.tensor(np.array(v[f"running{i}"]))
        sigma, old_sigma = torch.sqrt(y.var(0, unbiased=False).detach() + EPSILON), torch.sqrt(old[1] + EPSILON)
        y = torch.nn.functional.batch_norm(y, None, None, training=True, eps=EPSILON)
        if renormalise:
            y = y * (sigma / old_sigma).clamp(1 / MOST_R, MOST_R) + ((mean - old[0]) / old_sigma).clamp(-MOST_D, MOST_D)
        y = torch.nn.functional.linear(y + CENTRE if i + 1 == n else y, w, b)
        y = torch.relu(y) if i + 1 < n else y
    (y * torch.tensor(v["dy"])).sum().backward()
    pairs = [(y.detach(), v["y"])]
    for i, (w, b) in enumerate(p):
        pairs += [(w.grad, v[f"dW{i}"]), (b.grad, v[f"db{i}"][0])]
    return max(np.abs(a.numpy() - b).max() for a, b in pairs)


# --- Adam: Kingma and Ba 2015, algorithm 1; epsilon added to sqrt(vhat) --------------------------------

def adam(seed, count=37, steps=5):
    lcg = Lcg(seed)
    lr, beta1, beta2, epsilon = 1e-3, 0.9, 0.999, 1e-8
    theta = lcg.array(1, count, 1.0)
    gradients = lcg.array(steps, count, 1.0)
    # magnitudes from 2^-26 (as small as epsilon) to 2^10, and one parameter that never has a gradient
    gradients *= 2.0 ** ((np.arange(count) * 36) // (count - 1) - 26)
    gradients[:, 18] = 0.0

    m, v = np.zeros((1, count)), np.zeros((1, count))
    out = {"theta": [theta[0]], "m": [m[0]], "v": [v[0]]}
    for t in range(1, steps + 1):
        grad = gradients[t - 1:t]
        m = beta1 * m + (1 - beta1) * grad
        v = beta2 * v + (1 - beta2) * grad * grad
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        theta = theta - lr * m_hat / (np.sqrt(v_hat) + epsilon)
        out["theta"].append(theta[0])
        out["m"].append(m[0])
        out["v"].append(v[0])
    return [("hyper", [[lr, beta1, beta2, epsilon]]), ("gradient", gradients),
            ("theta", out["theta"]), ("m", out["m"]), ("v", out["v"])]


def adam_torch(blocks):
    import torch
    v = dict(blocks)
    lr, beta1, beta2, epsilon = v["hyper"][0]
    p = torch.nn.Parameter(torch.tensor(np.array(v["theta"][0])))
    optimiser = torch.optim.Adam([p], lr=lr, betas=(beta1, beta2), eps=epsilon)
    worst = 0.0
    for t, grad in enumerate(v["gradient"]):
        p.grad = torch.tensor(np.array(grad))
        optimiser.step()
        state = optimiser.state[p]
        worst = max(worst, np.abs(p.detach().numpy() - v["theta"][t + 1]).max(),
                    np.abs(state["exp_avg"].numpy() - v["m"][t + 1]).max(),
                    np.abs(state["exp_avg_sq"].numpy() / np.maximum(1.0, v["v"][t + 1])
                           - v["v"][t + 1] / np.maximum(1.0, v["v"][t + 1])).max())
    return worst


# --- tanh-Gaussian: z = mean + exp(log_std) eps, u = tanh z -------------------------------------------

LOG_2PI = np.log(2 * np.pi)


def log_one_minus_tanh2(z):
    """log(1 - tanh(z)^2) = 2 (log 2 - |z| - log(1 + exp(-2 |z|))), exact also where tanh(z) rounds to 1."""
    z = np.abs(z)
    return 2.0 * (np.log(2.0) - z - np.log1p(np.exp(-2.0 * z)))


def tanh_gaussian(mean, log_std, eps):
    std = np.exp(log_std)
    z = mean + std * eps
    u = np.tanh(z)
    log_prob = -0.5 * eps**2 - log_std - 0.5 * LOG_2PI - log_one_minus_tanh2(z)
    # with eps held fixed: d(log_prob)/d(mean), d(log_prob)/d(log_std), du/d(mean), du/d(log_std)
    slope = np.exp(log_one_minus_tanh2(z))
    return z, u, log_prob, 2 * u, -1 + 2 * u * std * eps, slope, slope * std * eps


def normalisation(mean, log_std):
    """Integral over (-1, 1) of exp(log_prob) as a function of u: 1 if the change of variables is right.

    Trapezoid rule on a uniform grid in s with u = tanh s, du = (1 - u)(1 + u) ds; eps comes back from u by atanh.
    """
    std = np.exp(log_std)
    s = np.linspace(mean - 12 * std, mean + 12 * std, 24001)
    s = s[np.abs(s) < 15]                       # beyond, 1 - u is lost to rounding
    u = np.tanh(s)
    density = np.exp(tanh_gaussian(mean, log_std, (np.arctanh(u) - mean) / std)[2])
    integrand = density * (1 - u) * (1 + u)
    return np.sum(0.5 * (integrand[1:] + integrand[:-1]) * np.diff(s))


def distribution_slope(mean, log_std, u, step=1e-6):
    """Density at u as the slope of P(U <= u) = Phi((atanh u - mean) / std): knows nothing of log_prob."""
    def phi(v):
        return 0.5 * math.erfc(-(np.arctanh(v) - mean) / np.exp(log_std) / math.sqrt(2))
    return (phi(u + step) - phi(u - step)) / (2 * step)


def gaussian_table(seed, count=96):
    lcg = Lcg(seed)
    rows, integral, slope = [], 0.0, 0.0
    for i in range(count):
        mean, log_std, eps = lcg.draw(2.0), lcg.draw(2.0) - 1.0, lcg.draw(4.0)
        if i % 8 == 7:
            mean *= 4                            # saturated: tanh within 1e-7 of +-1 and beyond
        rows.append([mean, log_std, eps, *tanh_gaussian(mean, log_std, eps)])
        if abs(mean) < 2 and log_std < 0:
            integral = max(integral, abs(normalisation(mean, log_std) - 1))
        u, log_prob = rows[-1][4:6]
        if abs(u) < 0.9 and abs(eps) < 2:
            slope = max(slope, abs(distribution_slope(mean, log_std, u) / np.exp(log_prob) - 1))
    assert integral < 1e-9, f"a density integrates to 1 only within {integral}"
    assert slope < 1e-6, f"a density differs from the slope of its distribution by {slope}"
    print(f"tanh-Gaussian: largest |integral - 1| {integral:.1e}, "
          f"largest relative difference from the slope of the distribution {slope:.1e}")
    return [("table", rows)]


def gaussian_torch(blocks):
    import torch
    table = np.array(blocks[0][1])
    mean = torch.tensor(table[:, 0], requires_grad=True)
    log_std = torch.tensor(table[:, 1], requires_grad=True)
    z = mean + log_std.exp() * torch.tensor(table[:, 2])
    normal = torch.distributions.Normal(mean, log_std.exp())
    tanh = torch.distributions.transforms.TanhTransform()
    u = tanh(z)
    log_prob = normal.log_prob(z) - tanh.log_abs_det_jacobian(z, u)
    d_mean, d_log_std = torch.autograd.grad(log_prob.sum(), (mean, log_std), retain_graph=True)
    u_mean, u_log_std = torch.autograd.grad(u.sum(), (mean, log_std))
    pairs = zip((u.detach(), log_prob.detach(), d_mean, d_log_std, u_mean, u_log_std), table.T[4:])
    return max(np.abs(a.numpy() - b).max() for a, b in pairs)


FILES = {
    "mlp_5_32_32_1.txt": (lambda: mlp([5, 32, 32, 1], 48, 1), mlp_torch),
    "mlp_11_48_48_3.txt": (lambda: mlp([11, 48, 48, 3], 32, 2), mlp_torch),
    "norm_5_16_16_1.txt": (lambda: norm([5, 16, 16, 1], 64, 5, False), lambda b: norm_torch(b, False)),
    "renorm_5_16_16_1.txt": (lambda: norm([5, 16, 16, 1], 64, 5, True), lambda b: norm_torch(b, True)),
    "adam.txt": (lambda: adam(3), adam_torch),
    "tanh_gaussian.txt": (lambda: gaussian_table(4), gaussian_torch),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a stored number differs")
    parser.add_argument("--torch", action="store_true", help="compare with PyTorch as well")
    options = parser.parse_args()

    failed = False
    for name, (make, compare) in FILES.items():
        path = os.path.join(HERE, name)
        blocks = make()
        if options.torch:
            worst = compare(blocks)
            print(f"{name}: largest difference from PyTorch {worst:.1e}")
            failed |= worst > 1e-12
        if options.check:
            with open(path, encoding="ascii") as file:
                stored = [float(w) for w in file.read().split() if not w[0].isalpha()]
            made = [float(w) for w in text(blocks).split() if not w[0].isalpha()]
            # another libm or BLAS may differ in the last digits
            same = len(stored) == len(made) and np.allclose(stored, made, rtol=1e-12, atol=1e-13)
            print(f"{name}: {'as stored' if same else 'DIFFERS'}")
            failed |= not same
        else:
            with open(path, "w", encoding="ascii") as file:
                file.write(text(blocks))
            print(f"wrote {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
