"""The updates of SAC and DRAC in PyTorch, the peer of `duro-bench`.

Answers each line "ALGORITHM WIDTH BATCH THREADS COUNT" of standard input with the mean milliseconds of so many updates. The
first line of the output is the version. Everything is in every update, and no work is done twice: critics give no gradient
of their weights while players learn, and one backward pass of a critic serves both players. Adam is the fused one.
"""
import sys
import time

try:
    import torch
except ImportError:
    sys.exit(1)
from torch import nn
from torch.nn.functional import mse_loss, softplus

NO, NU, NA, SAMPLES = 4, 1, 1, 50000
GAMMA, GAMMA_H, TAU, ALPHA, LAMBDA_MAX = 0.99, 0.99, 0.005, 0.1, 50.0


def network(inputs, outputs, width):
    return nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
                         nn.Linear(width, outputs))


def value(critic, *inputs):
    return critic(torch.cat(inputs, 1)).squeeze(1)


def act(pi, x):
    """u = tanh(z), z normal, and log pi(u|x)"""
    mean, spread = pi(x).chunk(2, 1)
    log_std = -5 + 3.5 * (torch.tanh(spread) + 1)
    noise = torch.randn_like(mean)
    z = mean + noise * log_std.exp()
    log_normal = -0.5 * noise**2 - log_std - 0.9189385332046727
    return torch.tanh(z), (log_normal - 2 * (0.6931471805599453 - z - softplus(-2 * z))).sum(1)


def leaf(tensor):
    return tensor.detach().requires_grad_()


class Learner:
    def __init__(self, width, batch, critics, players, inputs):
        self.batch = batch
        self.replay = [torch.randn(SAMPLES, n) for n in (NO, NU, NA, NO)]  # x, u, a, x2
        self.replay += [torch.randn(SAMPLES) for _ in range(3)] + [torch.zeros(SAMPLES)]  # r, h, h2, failed
        self.critics = [network(inputs, 1, width) for _ in range(critics)]
        self.targets = [network(inputs, 1, width).requires_grad_(False) for _ in range(critics)]
        self.players = [network(NO, outputs, width) for outputs in players]
        self.log_alpha = torch.tensor(ALPHA).log().requires_grad_()
        self.weights = [w for net in self.critics for w in net.parameters()]
        self.averages = [w for net in self.targets for w in net.parameters()]
        self.of_critics = torch.optim.Adam(self.weights, lr=3e-4, fused=True)
        self.of_players = torch.optim.Adam([w for net in self.players for w in net.parameters()] + [self.log_alpha],
                                           lr=1e-4, fused=True)

    def sample(self):
        rows = torch.randint(SAMPLES, (self.batch,))
        return [column[rows] for column in self.replay]

    def step_critics(self, loss):
        self.of_critics.zero_grad()
        loss.backward()
        self.of_critics.step()
        torch._foreach_lerp_(self.averages, self.weights, TAU)

    def freeze(self, frozen):
        for w in self.weights:
            w.requires_grad_(not frozen)

    def alpha_loss(self, logp):
        return -(self.log_alpha * (logp.detach() - NU)).mean()


class Sac(Learner):
    def __init__(self, width, batch):
        super().__init__(width, batch, 2, [2 * NU], NO + NU)

    def update(self):
        x, u, _, x2, r, _, _, failed = self.sample()
        (pi,), (q1, q2), alpha = self.players, self.critics, self.log_alpha.detach().exp()
        with torch.no_grad():
            u2, logp2 = act(pi, x2)
            next_q = torch.minimum(*(value(q, x2, u2) for q in self.targets))
            y = r + GAMMA * (1 - failed) * (next_q - alpha * logp2)
        self.step_critics(mse_loss(value(q1, x, u), y) + mse_loss(value(q2, x, u), y))
        self.freeze(True)
        u, logp = act(pi, x)
        loss = (alpha * logp - torch.minimum(value(q1, x, u), value(q2, x, u))).mean()
        self.of_players.zero_grad()
        (loss + self.alpha_loss(logp)).backward()
        self.of_players.step()
        self.freeze(False)


class Drac(Learner):
    def __init__(self, width, batch):
        super().__init__(width, batch, 3, [2 * NU, NA, NU, NA, 1], NO + NU + NA)  # pi, mu, pi_h, mu_h, lambda

    def step_players(self, x, alpha):
        pi, mu, pi_h, mu_h, multiplier = self.players
        q1, q2, qh = self.critics
        u, logp = act(pi, x)
        a, safe_u, safe_a = torch.tanh(mu(x)), torch.tanh(pi_h(x)), torch.tanh(mu_h(x))
        lam = LAMBDA_MAX * torch.sigmoid(multiplier(x)).squeeze(1)
        at_u, at_a, at_safe_u, at_safe_a = map(leaf, (u, a, safe_u, safe_a))
        task = torch.minimum(value(q1, x, at_u, at_a), value(q2, x, at_u, at_a))
        constraint = value(qh, x, at_u, safe_a.detach())
        safety = value(qh, x, at_safe_u, at_safe_a)
        task_u, task_a = torch.autograd.grad(task.sum(), (at_u, at_a))
        constraint_u, = torch.autograd.grad(constraint.sum(), at_u)
        safety_u, safety_a = torch.autograd.grad(safety.sum(), (at_safe_u, at_safe_a))
        inside = (safety.detach() >= 0).float()
        loss = (inside * lam * constraint.detach().clamp(-100, 1)
                + (1 - inside) * (lam - LAMBDA_MAX)**2 / (2 * LAMBDA_MAX)).mean()
        self.of_players.zero_grad()
        n = self.batch
        torch.autograd.backward(
            [u, logp, a, safe_u, safe_a, loss + self.alpha_loss(logp)],
            [-(task_u + lam.detach().unsqueeze(1) * constraint_u) / n, alpha.expand(n) / n, task_a / n, -safety_u / n,
             safety_a / n, None])
        self.of_players.step()

    def update(self):
        x, u, a, x2, r, h, h2, failed = self.sample()
        pi, mu, pi_h, mu_h, _ = self.players
        (q1, q2, qh), (q1_bar, q2_bar, qh_bar) = self.critics, self.targets
        alpha = self.log_alpha.detach().exp()
        with torch.no_grad():
            u2, logp2 = act(pi, x2)
            a2 = torch.tanh(mu(x2))
            next_q = torch.minimum(value(q1_bar, x2, u2, a2), value(q2_bar, x2, u2, a2))
            y = r + GAMMA * (1 - failed) * (next_q - alpha * logp2)
            next_h = value(qh_bar, x2, torch.tanh(pi_h(x2)), torch.tanh(mu_h(x2)))
            next_h = torch.where(failed > 0, h2.clamp(max=-1), next_h)
            y_h = (1 - GAMMA_H) * h + GAMMA_H * torch.minimum(h, next_h)
        self.step_critics(mse_loss(value(q1, x, u, a), y) + mse_loss(value(q2, x, u, a), y)
                          + mse_loss(value(qh, x, u, a), y_h))
        self.freeze(True)
        self.step_players(x, alpha)
        self.freeze(False)


def main():
    print("PyTorch", torch.__version__, flush=True)
    torch.set_flush_denormal(True)
    learners = {}
    for line in sys.stdin:
        algorithm, *numbers = line.split()
        width, batch, threads, count = map(int, numbers)
        key = algorithm, width, batch
        if key not in learners:
            learners[key] = {"SAC": Sac, "DRAC": Drac}[algorithm](width, batch)
        learner = learners[key]
        torch.set_num_threads(threads)
        learner.update()  # warm
        start = time.perf_counter()
        for _ in range(count):
            learner.update()
        seconds = time.perf_counter() - start
        time.sleep(0.05)  # its threads spin on for a while
        print(1e3 * seconds / count, flush=True)


main()
