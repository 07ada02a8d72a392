"""The repository's own source files, as the tests of its rules read them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_SOURCE = {"build", "dist", "out", "runs", "datasets", "shared", "__pycache__"}
IN_BLENDER = ("__init__", "blender_addon", "operators")
SHIPPED = (*IN_BLENDER, "backend")
EVERYTHING = (*SHIPPED, "build_tools", "build", "tests")


@dataclass(frozen=True)
class Module:
    """One Python file, parsed."""

    path: Path
    name: str  # dotted, from the root: "backend.generator.model"; a package has its own name
    is_package: bool
    tree: ast.Module

    @property
    def top(self) -> str:
        return self.name.split(".")[0]


@dataclass(frozen=True)
class Import:
    """One imported name: `from a.b import c` and `import a.b` give a.b.c and a.b."""

    importer: str
    target: str  # dotted from the root or from a library
    line: int
    is_relative: bool


def source_files(suffix: str = "") -> Iterator[Path]:
    """Yields the repository's files with an ending, without what runs left behind."""
    for path in sorted(ROOT.rglob(f"*{suffix}")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in (".ci", ".gitignore") for part in parts)
        if path.is_file() and not hidden and not NOT_SOURCE.intersection(parts[:-1]):
            yield path


@cache
def modules(tops: tuple[str, ...]) -> tuple[Module, ...]:
    """Parses the modules whose first name is one of `tops`; the root's __init__ is "__init__"."""
    found = []
    for path in source_files(".py"):
        parts = list(path.relative_to(ROOT).with_suffix("").parts)
        is_package = parts[-1] == "__init__" and len(parts) > 1
        name = ".".join(parts[:-1] if is_package else parts)
        if parts[0] in tops:
            tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
            found.append(Module(path, name, is_package, tree))
    return tuple(found)


def imports(module: Module) -> Iterator[Import]:
    """Yields every import of a module, at its top or inside functions, relative ones resolved."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module.name, alias.name, node.lineno, False)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_base(module, node)
            for alias in node.names:
                target = f"{base}.{alias.name}" if base else alias.name
                yield Import(module.name, target, node.lineno, node.level > 0)


def resolve_base(module: Module, node: ast.ImportFrom) -> str:
    """Returns what stands left of the imported names, dotted from the root."""
    if node.level == 0:
        return node.module or ""
    package = module.name.split(".") if module.is_package else module.name.split(".")[:-1]
    above = node.level - 1
    if above > len(package):
        raise AssertionError(f"{module.path}:{node.lineno} imports from above the extension")
    base = package[: len(package) - above]
    return ".".join([*base, *(node.module.split(".") if node.module else [])])
