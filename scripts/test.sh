#!/usr/bin/env bash
# All tests; those that touch the database once more on PostgreSQL, with two nodes; those of sockets once more with Redis and through a
# balancer. After each round what the servers logged is searched for secrets. What the tests need beside Rust is installed if it is
# missing.
# Then the tests of the clients and of the console (test-clients.sh). Arguments go to `cargo test`, and leave those out.
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

if ((EUID != 0)); then
  echo "a small disk to be filled takes root to mount: the test of it is left out"
  export COLLOQUY_TEST_DISK=none
fi

# Most tests wait for something most of the time.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-$(($(nproc) + 1))}

# Tests that start databases and nodes of their own are the same every time.
once=(--skip balancer:: --skip bus_redis:: --skip checker_ --skip nodes:: --skip nodes_dead:: --skip tls::)
rest=("$@")
if [[ " $* " != *" -- "* ]]; then rest+=(--); fi

echo "== on SQLite"
cargo test --workspace "$@"
# The whole workspace each time, so that the same features are chosen and nothing is built anew.
export COLLOQUY_TEST_DATABASE=postgres COLLOQUY_TEST_NODES=2
echo "== on PostgreSQL, requests to one node and sockets to the other"
cargo test --workspace --lib --test it --test log_secrets "${rest[@]}" "${once[@]}"
if (($# == 0)); then
  echo "== on PostgreSQL, two nodes that hear each other by Redis, behind HAProxy: sockets"
  export COLLOQUY_TEST_BUS=redis COLLOQUY_TEST_PROXY=haproxy
  cargo test --workspace --test it -- sockets_ events:: "${once[@]}"
  cargo test --workspace --test log_secrets
  unset COLLOQUY_TEST_DATABASE COLLOQUY_TEST_NODES COLLOQUY_TEST_BUS COLLOQUY_TEST_PROXY
  scripts/test-clients.sh
fi
