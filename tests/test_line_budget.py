"""Modules and functions stay short enough to be read in one go."""

import ast

from .source_tree import EVERYTHING, ROOT, modules

MODULE_LINES = 400
FUNCTION_LINES = 80
TRAINING_LOOP_LINES = 150


def test_no_module_is_longer_than_its_budget() -> None:
    lengths = {
        str(module.path.relative_to(ROOT)): len(module.path.read_text("utf-8").splitlines())
        for module in modules(EVERYTHING)
    }
    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_no_function_is_longer_than_its_budget() -> None:
    long = {}
    for module in modules(EVERYTHING):
        is_training = module.name.startswith("backend.training")
        budget = TRAINING_LOOP_LINES if is_training else FUNCTION_LINES
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > budget:
                    long[f"{module.name}.{node.name}"] = lines
    assert long == {}
