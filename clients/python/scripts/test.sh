#!/usr/bin/env bash
# Everything that the Python client must pass: linter, types, and tests against the real server. The tools go into a virtual
# environment below `target`; they are installed when pyproject.toml changed. COLLOQUY_BIN names the server, if it is not
# `target/debug/colloquy`. Words that are given go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$(cd ../.. && pwd)
tools=${COLLOQUY_PYTHON_VENV:-$root/target/venv-python}
if ! cmp -s pyproject.toml "$tools/installed"; then
  "${PYTHON:-python3}" -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check --editable '.[dev]'
  cp pyproject.toml "$tools/installed"
fi

"$tools/bin/ruff" check --quiet .
"$tools/bin/ruff" format --quiet --check .
"$tools/bin/mypy"
"$tools/bin/pytest" --quiet "$@"
