#!/usr/bin/env bash
# Make the virtual environment that reports, JupyterLab, tests and benchmarks use.
# Usage: scripts/venv.sh PYTHON DIR. DIR/.complete is written last.
set -u
python=$1 dir=$2
here=$(cd "$(dirname "$0")" && pwd)
log=$dir.log

fail() {
    [ -s "$log" ] && tail -n 20 "$log" >&2
    printf '\nThe Python environment could not be made: %s\n' "$1" >&2
    rm -rf "$dir" "$log"
    exit 1
}

mkdir -p "$(dirname "$dir")" && : >"$log" || exit 1
command -v "$python" >/dev/null || fail "there is no $python. Install Python 3.11 or newer, or name one: make PYTHON=python3.12"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version 2>&1) is too old. Python 3.11 or newer is needed; name one: make PYTHON=python3.12"

echo "Making the Python environment $dir (once; about a minute)"
rm -rf "$dir"
"$python" -m venv "$dir" >"$log" 2>&1 ||
    fail "\`$python -m venv\` failed. On Debian and Ubuntu: apt install python3-venv"
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check \
    -r "$here/requirements.txt" -c "$here/constraints.txt" >"$log" 2>&1 ||
    fail "pip could not install scripts/requirements.txt. Is a package index within reach?"
touch "$dir/.complete"
rm -f "$log"
