"""The stubs say what the module has: names, methods, and how many arguments each takes."""
import ast
import inspect
import os
import unittest

import duro
from duro import _duro

STUBS = os.path.join(os.path.dirname(_duro.__file__), "_duro.pyi")


def arguments_of(documentation):
    """How many arguments the first line of a documentation names: "act(obs, act, margin) -> (u, replaced)"."""
    depth, count, inside = 0, 0, documentation.split(" ->")[0].partition("(")[2]
    for letter in inside:
        if letter == ")" and depth == 0:
            break
        depth += {"(": 1, ")": -1}.get(letter, 0)
        count += letter == "," and depth == 0
    return count + 1 if inside[:1] != ")" else 0


class Stubs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(STUBS, encoding="utf-8") as file:
            body = ast.parse(file.read()).body
        cls.functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
        cls.classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}

    def test_names(self):
        """The stubs have every name of the module, and no other."""
        there = {name for name in dir(_duro) if not name.startswith("__")}
        classes = {name for name in there if isinstance(getattr(_duro, name), type)}
        self.assertEqual(set(self.functions), there - classes)
        self.assertEqual(set(self.classes), classes)

    def test_methods(self):
        for name, node in self.classes.items():
            stated = {method.name for method in node.body if isinstance(method, ast.FunctionDef)}
            there = {key for key in vars(getattr(_duro, name)) if not key.startswith("_") or key == "__call__"}
            if not issubclass(getattr(_duro, name), Exception):
                self.assertEqual(stated, there, name)

    def test_arguments(self):
        """As many arguments as the documentation of each function names."""
        compared = 0
        for name, node in self.functions.items():
            documentation = getattr(_duro, name).__doc__
            if documentation and "the same" not in documentation and not node.args.vararg:
                compared += 1
                self.assertEqual(len(node.args.args), arguments_of(documentation), f"{name}: {documentation}")
        self.assertGreater(compared, 30)

    def test_public(self):
        """Every public function and method says the types of all that it takes and gives."""
        self.assertTrue(os.path.exists(os.path.join(os.path.dirname(duro.__file__), "py.typed")))
        for name in duro.__all__:
            thing = getattr(duro, name)
            inner = vars(thing).items() if isinstance(thing, type) else ()
            calls = [(name, thing)] if inspect.isfunction(thing) else [
                (f"{name}.{key}", call) for key, call in inner if inspect.isfunction(call) and not key.startswith("_")]
            for where, call in calls:
                signature = inspect.signature(call)
                self.assertIsNot(signature.return_annotation, inspect.Signature.empty, where)
                for key, parameter in signature.parameters.items():
                    self.assertTrue(key == "self" or parameter.annotation is not inspect.Parameter.empty, f"{where}: {key}")


if __name__ == "__main__":
    unittest.main()
