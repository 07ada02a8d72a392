"""The real backend on a computer with little memory: HEADSMITH_SPARE_MIB beyond its libraries."""

import os
import re
import resource
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import backend.__main__ as entry  # noqa: E402 the path comes first
import backend.pipeline  # noqa: E402,F401 its libraries are not what may fail


def limit_memory() -> None:
    status = Path("/proc/self/status").read_text()
    (size_kib,) = re.findall(r"^VmSize:\s+(\d+) kB", status, re.MULTILINE)
    limit = (int(size_kib) << 10) + (int(os.environ["HEADSMITH_SPARE_MIB"]) << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


limit_memory()
entry.main()
