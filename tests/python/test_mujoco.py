"""MuJoCo's library is that of the package mujoco, and where that is missing, the error says so."""
import importlib.util
import subprocess
import sys
import unittest

import numpy as np

import duro

HERE = importlib.util.find_spec("mujoco") is not None


@unittest.skipUnless("mujoco" in duro.capabilities().split(), "a build without MuJoCo")
class MuJoCo(unittest.TestCase):
    @unittest.skipUnless(HERE, "the package mujoco is not installed")
    def test_step(self):
        """The cart-pole of MuJoCo moves as the closed form does, which was made after it."""
        one, other = duro.make("cartpole-mujoco"), duro.make("cartpole")
        x, u = one.reset(20), np.random.default_rng(1).uniform(-1, 1, (20, 1))
        np.testing.assert_allclose(one.step(x, u, -u)[0], other.step(x, u, -u)[0], atol=1e-6)

    def test_missing(self):
        """In an interpreter that does not see other packages than NumPy."""
        code = ("import importlib.util as u; real = u.find_spec\n"
                "u.find_spec = lambda name, *more: None if name == 'mujoco' else real(name, *more)\n"
                "import duro\n"
                "try: duro.make('cartpole-mujoco')\n"
                "except duro.MissingError as error: print(error)")
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
        self.assertIn("needs MuJoCo's library, which was not found", said.stdout + said.stderr)


if __name__ == "__main__":
    unittest.main()
