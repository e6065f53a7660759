"""Every Python block of the pages on Python runs, one after the other."""
import contextlib
import io
import os
import re
import unittest


class Page(unittest.TestCase):
    def run_page(self, page):
        """What its blocks print."""
        with open(os.path.join(os.environ["DURO_SOURCE"], "docs", page), encoding="utf-8") as file:
            text = file.read()
        said, names = io.StringIO(), {"__name__": "page"}
        for block in re.finditer(r"^```python\n(.*?)^```", text, re.M | re.S):
            line = text.count("\n", 0, block.start()) + 1
            code = compile("\n" * line + block[1], f"docs/{page}", "exec")
            with self.subTest(line=line), contextlib.redirect_stdout(said):
                exec(code, names)
        return said.getvalue()

    def test_python(self):
        said = self.run_page("python.md")
        self.assertIn('did you mean "learn.width"?', said)
        self.assertIn("sound as far as it was tried", said)

    def test_coming_from(self):
        self.assertIn("% safe", self.run_page("coming-from.md"))


if __name__ == "__main__":
    unittest.main()
