#!/usr/bin/env bash
# Runs the Autobahn fuzzing client against the socket code: cases 1 to 7 and 10, which is all but performance and compression.
# The server is this repository's own, built with its echo route, unless AUTOBAHN_URL names another (ws://127.0.0.1:9001).
# The suite needs Python 2.7, a C compiler, and the Python registry once; it is kept in target/autobahn-tools. The report is
# target/autobahn/index.html. Fails if a case failed or its connection was not closed cleanly; ends with 77 if there is no Python 2.7 to be had.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
tools=$target/autobahn-tools
report=$target/autobahn
suite=25.10.1

die() {
  echo "autobahn: $*" >&2
  exit 1
}

# The suite cannot be had here, which is no verdict on the server.
without() {
  echo "autobahn: $*" >&2
  exit 77
}

is_python2() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (2, 7))' > /dev/null 2>&1; }

# A Python 2.7 that runs: the one named in PYTHON2, on the path, or of pyenv.
find_python2() {
  local candidate candidates=("${PYTHON2:-}" python2.7 python2)
  if command -v pyenv > /dev/null; then candidates+=("$(pyenv root)"/versions/2.7*/bin/python2.7); fi
  for candidate in "${candidates[@]}"; do
    if [[ -n $candidate ]] && is_python2 "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  return 1
}

install_python2() {
  if [[ $EUID == 0 ]] && apt-cache policy python2-dev 2> /dev/null | grep -q 'Candidate: [0-9]'; then
    echo "installing Debian's python2 and python2-dev"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python2 python2-dev > /dev/null
  elif command -v pyenv > /dev/null; then
    echo "installing Python 2.7.18 with pyenv"
    pyenv install --skip-existing 2.7.18
  else
    without "Python 2.7 is missing: neither the path nor pyenv nor Debian's packages have it. Install pyenv, or name one in PYTHON2."
  fi
}

install_suite() {
  local python2 bootstrap=$tools/bootstrap pip=(-m pip --disable-pip-version-check install --quiet)
  command -v cc > /dev/null || die "a C compiler (cc) is missing: parts of the suite are built here"
  python2=$(find_python2) || { install_python2 && python2=$(find_python2); } || without "there is still no Python 2.7"
  echo "installing virtualenv 20.15.1 and autobahntestsuite $suite for $python2 into $tools"
  rm -rf "$tools"
  mkdir -p "$tools"
  # Debian's Python 2 comes without pip; then a Python 3 makes the environment.
  if "$python2" -m pip --version > /dev/null 2>&1; then
    "$python2" "${pip[@]}" --target "$bootstrap" virtualenv==20.15.1 2> "$tools/install.log"
    PYTHONPATH=$bootstrap "$python2" -m virtualenv --quiet "$tools/env" 2>> "$tools/install.log"
  elif python3 -m pip --version > /dev/null 2>&1; then
    python3 "${pip[@]}" --target "$bootstrap" virtualenv==20.15.1 2> "$tools/install.log"
    PYTHONPATH=$bootstrap python3 -m virtualenv --quiet --python "$(command -v "$python2")" "$tools/env"
  else
    without "pip is missing, for $python2 as well as for python3"
  fi
  if ! "$tools/env/bin/python" "${pip[@]}" "autobahntestsuite==$suite" >> "$tools/install.log" 2>&1; then
    tail -n 20 "$tools/install.log" >&2
    without "the suite could not be installed"
  fi
  echo "$suite" > "$tools/installed"
}

children=()
stop() {
  if ((${#children[@]})); then
    kill "${children[@]}" 2> /dev/null || true
    wait "${children[@]}" 2> /dev/null || true
  fi
}
trap stop EXIT
trap 'exit 130' INT TERM

# Starts our own server on a free port, with the settings it has by itself, and sets `url`.
start_server() {
  cargo build --quiet --workspace --bin colloquy-under-test
  rm -rf "$report/data"
  mkdir -p "$report/data"
  COLLOQUY_LISTEN=127.0.0.1:0 COLLOQUY_DATA_DIR=$report/data \
    "$target/debug/colloquy-under-test" > "$report/server.log" 2>&1 &
  local address='' server=$!
  children+=("$server")
  for _ in {1..600}; do
    address=$(grep -m 1 'listens on' "$report/server.log" | grep -oE '127\.0\.0\.1:[0-9]+') && break
    if ! kill -0 "$server" 2> /dev/null; then break; fi
    sleep 0.1
  done
  if [[ -z $address ]]; then
    tail -n 20 "$report/server.log" >&2
    die "the server did not start"
  fi
  url=ws://$address/test/echo
}

run_suite() {
  cat > "$report/client.json" << END
{
  "outdir": "$report",
  "servers": [{ "agent": "colloquy", "url": "$url" }],
  "cases": ["*"],
  "exclude-cases": ["9.*", "12.*", "13.*"],
  "exclude-agent-cases": {},
  "options": { "failByDrop": false }
}
END
  echo "running the suite against $url"
  # In the background, so that a signal to this script does not have to wait for it.
  timeout 300 "$tools/env/bin/wstest" -m fuzzingclient -s "$report/client.json" > "$report/client.log" 2>&1 &
  children+=("$!")
  if ! wait "$!"; then
    tail -n 20 "$report/client.log" >&2
    die "the suite did not come to its end"
  fi
  if [[ ! -f $report/index.json ]]; then die "the suite left no report; see $report/client.log"; fi
}

# Prints a table of the groups and every case that is not simply in order, and fails if one is worse than allowed.
judge() {
  "$tools/env/bin/python" - "$report/index.json" << 'END'
import collections, json, sys

fine = ("OK", "NON-STRICT", "INFORMATIONAL")
cases = json.load(open(sys.argv[1])).get("colloquy", {})
groups = collections.defaultdict(collections.Counter)
for name, case in sorted(cases.items(), key=lambda it: [int(part) for part in it[0].split(".")]):
    verdicts = (case["behavior"], case["behaviorClose"])
    bad = any(verdict not in fine for verdict in verdicts)
    groups[int(name.split(".")[0])]["bad" if bad else verdicts[0]] += 1
    if bad or verdicts[0] != "OK":
        print("case %s: %s, close: %s (%s)" % ((name,) + verdicts + (case["remoteCloseCode"],)))
print("%-6s %5s %5s %11s %14s %4s" % ("group", "cases", "ok", "non-strict", "informational", "bad"))
total = sum(groups.values(), collections.Counter())
for group, counts in sorted(groups.items()) + [("all", total)]:
    row = (group, sum(counts.values())) + tuple(counts[verdict] for verdict in fine) + (counts["bad"],)
    print("%-6s %5d %5d %11d %14d %4d" % row)
if sorted(groups) != [1, 2, 3, 4, 5, 6, 7, 10] or sum(total.values()) != 247:
    sys.exit("autobahn: the suite has 247 cases in groups 1 to 7 and 10, and %d were run" % sum(total.values()))
if total["bad"]:
    sys.exit("autobahn: %d cases failed or were not closed cleanly" % total["bad"])
END
}

if [[ $(cat "$tools/installed" 2> /dev/null) != "$suite" ]]; then install_suite; fi
rm -rf "$report"
mkdir -p "$report"
if [[ -n ${AUTOBAHN_URL:-} ]]; then url=$AUTOBAHN_URL; else start_server; fi
run_suite
judge
echo "the report: $report/index.html"
