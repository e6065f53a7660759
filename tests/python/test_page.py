"""Every Python block of docs/python.md runs, one after the other."""
import contextlib
import io
import os
import re
import unittest


class Page(unittest.TestCase):
    def test_blocks(self):
        with open(os.path.join(os.environ["DURO_SOURCE"], "docs", "python.md"), encoding="utf-8") as file:
            text = file.read()
        said, names = io.StringIO(), {"__name__": "page"}
        for block in re.finditer(r"^```python\n(.*?)^```", text, re.M | re.S):
            line = text.count("\n", 0, block.start()) + 1
            code = compile("\n" * line + block[1], "docs/python.md", "exec")
            with self.subTest(line=line), contextlib.redirect_stdout(said):
                exec(code, names)
        self.assertIn('did you mean "learn.width"?', said.getvalue())
        self.assertIn("sound as far as it was tried", said.getvalue())


if __name__ == "__main__":
    unittest.main()
