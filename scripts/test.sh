#!/usr/bin/env bash
# All tests, then those that touch the database once more on PostgreSQL. What they need beside Rust is installed if it is missing.
# Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."

have_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || command -v initdb > /dev/null; }

missing=()
if ! have_postgres; then missing+=(postgresql); fi
if ! command -v redis-server > /dev/null; then missing+=(redis-server); fi
if ! command -v haproxy > /dev/null && [[ ! -x /usr/sbin/haproxy ]]; then missing+=(haproxy); fi
if ! command -v setpriv > /dev/null; then missing+=(util-linux); fi
if ((${#missing[@]})); then
  if ((EUID != 0)) || ! command -v apt-get > /dev/null; then
    echo "the tests need ${missing[*]}: install it, for instance with: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
  echo "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi

echo "== on SQLite"
cargo test --workspace "$@"
echo "== on PostgreSQL"
# The whole workspace again, so that the same features are chosen and nothing is built anew.
COLLOQUY_TEST_DATABASE=postgres cargo test --workspace --lib --test it --test log_secrets "$@"
