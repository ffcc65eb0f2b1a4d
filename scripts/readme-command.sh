#!/usr/bin/env bash
# Prints the command of a section of the README: its one `sh` block.
set -euo pipefail
section=${1:?"name a section of the README, such as 'Test it'"}
cd "$(dirname "$0")/.."
command=$(awk -v title="## $section" '
  /^## /    { here = ($0 == title) }
  /^```/    { block = here && $0 == "```sh"; next }
  block     { print }
' README.md)
if [[ -z $command ]]; then
  echo "README.md has no command under '$section'" >&2
  exit 1
fi
printf '%s\n' "$command"
