"""What reviewers of Blender extensions look for, looked for here first."""

import ast
import re
from collections.abc import Iterator

from .source_tree import IN_BLENDER, ROOT, SHIPPED, Module, imports, modules, source_files

CODE_FROM_TEXT = {"eval", "exec", "compile", "__import__"}
NETWORK = {"urllib", "requests", "http", "httpx", "ftplib", "smtplib", "aiohttp"}
RUNS_STORED_CODE = {"pickle", "cPickle", "dill", "shelve", "marshal", "cloudpickle", "joblib"}
NOT_INSIDE_BLENDER = {"threading", "multiprocessing", "concurrent", "asyncio", "_thread", "socket"}
# An EnumProperty is a str, or a Literal of those that it may be.
TYPE_OF_PROPERTY = {
    "StringProperty": {"str"},
    "BoolProperty": {"bool"},
    "IntProperty": {"int"},
    "FloatProperty": {"float"},
}
ENTRY_POINT = "backend.__main__"


def imported_roots(module: Module) -> set[str]:
    return {found.target.split(".")[0] for found in imports(module)}


def offenders(tops: tuple[str, ...], banned: set[str]) -> dict[str, set[str]]:
    found = {module.name: imported_roots(module) & banned for module in modules(tops)}
    return {name: names for name, names in found.items() if names}


def test_nothing_in_blender_uses_threads_processes_or_sockets() -> None:
    assert offenders(IN_BLENDER, NOT_INSIDE_BLENDER) == {}
    backend = offenders(("backend",), NOT_INSIDE_BLENDER)
    assert {name for name in backend if name.startswith("backend.wire")} == set()


def test_nothing_shipped_talks_to_a_network() -> None:
    assert offenders(SHIPPED, NETWORK) == {}


def test_nothing_shipped_reads_pickles() -> None:
    assert offenders(SHIPPED, RUNS_STORED_CODE) == {}


def test_nothing_shipped_runs_text_as_code() -> None:
    calls = [
        f"{module.name}:{node.lineno} {node.func.id}"
        for module in modules(SHIPPED)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in CODE_FROM_TEXT
    ]
    assert calls == []


def test_properties_have_the_types_that_blender_registers() -> None:
    """mypy reads `if TYPE_CHECKING: seed: int`, Blender the `else: seed: IntProperty(...)`."""
    declared = [
        (f"{module.name} {node.name}", *typed_properties(node))
        for module in modules(IN_BLENDER)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    assert sum(len(registered) for _, _, registered in declared) > 50
    for place, types, registered in declared:
        assert list(types) == list(registered), place
        for name, made_by in registered.items():
            assert types[name] in TYPE_OF_PROPERTY.get(made_by, {types[name]}), f"{place}.{name}"


def typed_properties(node: ast.ClassDef) -> tuple[dict[str, str], dict[str, str]]:
    """The types of a class's properties as mypy sees them, and what makes them in Blender."""
    branches = [found for found in node.body if isinstance(found, ast.If) and found.orelse]
    types = [found for branch in branches for found in branch.body]
    made = [*node.body, *(found for branch in branches for found in branch.orelse)]
    return (
        {
            ast.unparse(found.target): ast.unparse(found.annotation)
            for found in types
            if isinstance(found, ast.AnnAssign)
        },
        {
            ast.unparse(found.target): ast.unparse(found.annotation.func)
            for found in made
            if isinstance(found, ast.AnnAssign) and isinstance(found.annotation, ast.Call)
        },
    )


def test_only_the_backends_entry_point_edits_the_module_path() -> None:
    edits = [
        f"{module.name}:{node.lineno}"
        for module in modules(SHIPPED)
        if module.name != ENTRY_POINT
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("sys", "path"), ("sys", "modules")}
    ]
    assert edits == []


def test_no_text_names_a_folder_of_somebodys_machine() -> None:
    # Written so that the pattern does not find itself.
    home = "|".join(("work", "root", "home", "tmp", "Users", "farm"))
    pattern = re.compile(rf"""(?:^|[\s"'(=`])(?:/(?:{home})/|[A-Za-z]:\\(?!n))""", re.MULTILINE)
    found = [
        f"{name}: {match.group(0).strip()}"
        for name, text in repository_texts()
        for match in pattern.finditer(text)
    ]
    assert found == []


def repository_texts() -> Iterator[tuple[str, str]]:
    for path in source_files():
        if path.suffix in {".py", ".md", ".toml", ".txt", ".in", ".json", ".lock", ""}:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8", errors="ignore")
