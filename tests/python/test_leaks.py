"""leaks.py with this Python and with a debug build of it."""
import os
import shutil
import subprocess
import sys
import sysconfig
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "leaks.py")
DEBUG = shutil.which(f"python3.{sys.version_info.minor}-dbg")


class Leaks(unittest.TestCase):
    def run_with(self, *words):
        environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
        done = subprocess.run([*words, SCRIPT], capture_output=True, text=True, timeout=600, env=environment)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_one_would_be_seen(self):
        import leaks

        kept = []
        leaks.tracemalloc.start()
        self.addCleanup(leaks.tracemalloc.stop)
        self.assertGreaterEqual(leaks.left_by(lambda: kept.append(object()))[0], leaks.CALLS)

    def test_this_python(self):
        self.run_with(sys.executable)

    @unittest.skipUnless(DEBUG, "no debug build of this Python (Debian: python3-dbg)")
    def test_debug_build(self):
        """It checks every block of memory and every count of references, and ends where one is wrong."""
        self.assertIn("a debug build", self.run_with(DEBUG, "-X", "dev"))


if __name__ == "__main__":
    unittest.main()
