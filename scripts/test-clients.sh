#!/usr/bin/env bash
# Tests of the clients, of the list of scenarios that all of them pass, and of the console in a real browser, against the real server.
# What they need beside Rust (Node.js, Python, Chromium) is installed if it is missing; packages of npm and PyPI are those of the lock
# files. The server is the debug build, unless COLLOQUY_BIN names another one.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
if ! command -v node > /dev/null; then missing+=(nodejs); fi
if ! command -v npm > /dev/null; then missing+=(npm); fi
if ! command -v python3 > /dev/null; then missing+=(python3); fi
if ! python3 -c 'import venv, ensurepip' 2> /dev/null; then missing+=(python3-venv); fi
if ! command -v chromium > /dev/null; then missing+=(chromium fonts-dejavu-core); fi
if ((${#missing[@]})); then
  if ((EUID != 0)) || ! command -v apt-get > /dev/null; then
    echo "the tests of clients and console need ${missing[*]}: install it, for instance with: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
  echo "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi

if ! node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)'; then
  echo "the tests of clients and console need Node.js 20 or newer; this is $(node --version)" >&2
  exit 1
fi

target=${CARGO_TARGET_DIR:-$PWD/target}
if [[ -z ${COLLOQUY_BIN:-} ]]; then cargo build --locked --workspace --bins; fi
export COLLOQUY_BIN=${COLLOQUY_BIN:-$target/debug/colloquy}

packages() { (cd "$1" && npm ci --no-audit --no-fund --loglevel=error); }

packages tests/web
packages clients/js

echo "== types of the JavaScript client and of the console"
(cd clients/js && npm run --silent check && npx tsc -p ../../console)

echo "== the JavaScript client"
(cd clients/js && npm test --silent)

echo "== the Python client"
clients/python/scripts/test.sh

# Named, so that none is left out for want of its packages.
export COLLOQUY_CONFORMANCE=js,python
echo "== every client passes the same scenarios, and the console's stories in Chromium"
(cd tests/web && npm test --silent)
