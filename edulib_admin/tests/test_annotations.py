"""Every public function says the types of what it takes and returns: a newcomer reads signatures first."""

import ast

import pytest
from django.conf import settings

APPS = ("schools", "accounts", "imports", "licences", "edulib_admin")


def modules():
    paths = (path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py"))
    return [path for path in paths if not {"tests", "migrations"} & set(path.parts)]


def public_functions(body, *, of_class=False):
    """Yield the public functions of a module, and the public methods of its classes, with whether they are one."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from public_functions(node.body, of_class=True)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node, of_class


def untyped(function, *, is_method):
    """Return what `function` does not say the type of: names of arguments, "return"."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    is_static = any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)
    arguments = arguments[1:] if is_method and not is_static else arguments
    lacking = [each.arg for each in (*arguments, *function.args.kwonlyargs) if each.annotation is None]
    return lacking + ([] if function.returns else ["return"])


def faults(source):
    """Return "line name: what is untyped" for each public function of `source`."""
    return [
        f"{function.lineno} {function.name}: {', '.join(lacking)}"
        for function, is_method in public_functions(ast.parse(source).body)
        if (lacking := untyped(function, is_method=is_method))
    ]


def test_every_public_function_is_annotated():
    found = {str(path.relative_to(settings.BASE_DIR)): faults(path.read_text()) for path in modules()}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("source", "lacking"),
    [
        ("def f(a: int, *, b: str) -> None: ...", []),
        ("def f(a, *, b: str): ...", ["1 f: a, return"]),
        ("def _f(a): ...", []),
        ("class A:\n    def f(self, a) -> int: ...", ["2 f: a"]),
        ("class A:\n    @staticmethod\n    def f(a) -> int: ...", ["3 f: a"]),
    ],
)
def test_the_walk_can_fail(source, lacking):
    assert faults(source) == lacking
