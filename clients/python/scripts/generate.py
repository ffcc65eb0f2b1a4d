"""Writes the generated modules of the package from openapi.yaml and asyncapi.yaml; with `--check`, compares them.

python scripts/generate.py [--check]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

import frames
from operations import operations
from schemas import dataclass_source, fields

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PACKAGE = HERE.parent / "src" / "colloquy"

MODELS = '''"""The objects of the REST contract. Generated from openapi.yaml by scripts/generate.py: do not edit.

What the server adds one day is left out here; `None` stands for absent and for null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

'''

API = '''"""Every call of the REST contract. Generated from openapi.yaml by scripts/generate.py: do not edit.

`UNSET` leaves a field out of the body; `None` sends null. Each call rejects with `ColloquyError`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ._files import Download, Progress, Source
from ._rest import UNSET, Rest, Unset, new_key, segment
from .models import (
{names}
)


class Api:
    """The calls, named as in openapi.yaml, in snake case."""

    __slots__ = ("_rest",)

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

'''


def models(document: dict[str, Any]) -> str:
    parts = []
    for name, schema in sorted(document["components"]["schemas"].items()):
        if not name.endswith("Body"):
            parts.append(dataclass_source(name, fields(schema), schema.get("description", "")))
    return MODELS + "\n\n".join(parts)


def api(document: dict[str, Any]) -> str:
    found = operations(document)
    known = set(document["components"]["schemas"])
    used = sorted({operation.answer for operation in found} & known)
    head = API.replace("{names}", "\n".join(f"    {name}," for name in used))
    return head + "\n".join(operation.source() for operation in found)


def formatted(source: str, name: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--fix", "--quiet", "--select", "I,F401"], ["format", "--quiet"]):
        source = subprocess.run(
            [str(ruff), *command, "--stdin-filename", str(PACKAGE / name), "-"],
            input=source,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return source


def generated() -> dict[str, str]:
    openapi = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    sources = {"models.py": models(openapi), "api.py": api(openapi)}
    sources |= frames.modules(yaml.safe_load((ROOT / "asyncapi.yaml").read_text()))
    return {name: formatted(source, name) for name, source in sources.items()}


def main() -> int:
    stale = []
    for name, source in generated().items():
        path = PACKAGE / name
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text() != source:
                stale.append(name)
        else:
            path.write_text(source)
    for name in stale:
        print(f"{name} is not what openapi.yaml and asyncapi.yaml say; run scripts/generate.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
