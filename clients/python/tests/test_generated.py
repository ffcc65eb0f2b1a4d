"""What is generated is what the contracts say."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from colloquy.api import Api
from colloquy.frames import KINDS  # type: ignore[attr-defined]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def test_the_generated_modules_are_what_the_contracts_say() -> None:
    script = HERE.parent / "scripts" / "generate.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_operation_has_a_method_but_the_stream_that_channels_read() -> None:
    paths: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text())["paths"]
    named = {said["operationId"] for methods in paths.values() for verb, said in methods.items() if verb != "parameters"}
    methods = {name for name, _ in inspect.getmembers(Api, inspect.isfunction) if not name.startswith("_")}
    camel = {name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]) for name in methods}
    assert named - camel == {"streamEvents"}
    assert camel - named == set()


@pytest.mark.parametrize("kind", ["chat_message", "document_update", "typing_indicator", "notification", "task_update"])
def test_frames_have_classes(kind: str) -> None:
    assert kind in KINDS
