#!/usr/bin/env bash
# Reads the AsyncAPI document with the public parser; no error is allowed. Needs Node.js and the npm registry, once.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=scripts/asyncapi
if ! cmp -s "$tool/package-lock.json" "$tool/node_modules/installed"; then
  npm ci --prefix "$tool" --ignore-scripts --no-audit --no-fund --loglevel=error
  cp "$tool/package-lock.json" "$tool/node_modules/installed"
fi
node "$tool/lint.mjs" "${1:-asyncapi.yaml}"
