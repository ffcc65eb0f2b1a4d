#!/usr/bin/env bash
# Lints the OpenAPI document with a public linter; the rules stand in redocly.yaml. Needs Node.js and the npm registry, once.
set -euo pipefail
cd "$(dirname "$0")/.."
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
npx --yes @redocly/cli@2.77.0 lint --config redocly.yaml "${1:-openapi.yaml}"
