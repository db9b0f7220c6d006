#!/usr/bin/env bash
# Run all tests, the second part also when the first fails, and count them.
# Usage: scripts/test.sh PYTHON. Ends with the line "All tests: N passed, N failed".
set -u
python=$1
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT

echo "== cargo test"
cargo test --release --workspace --no-fail-fast 2>&1 | tee "$log/cargo"
rust=${PIPESTATUS[0]}
# What a learner's cell is linked to is built with features that the kernel does without.
echo "== cargo test of the library as cells have it"
cargo test --release -p threadlab-lab --features async,pool,cell --test cells 2>&1 | tee -a "$log/cargo"
rust=$rust${PIPESTATUS[0]}
echo "== pytest tests/jupyter"
"$python" -m pytest --color=no tests/jupyter 2>&1 | tee "$log/pytest"
jupyter=${PIPESTATUS[0]}

# "test result: ok. 12 passed; 0 failed; ..." once a test binary; "3 failed, 20 passed, ..." once.
count() { { grep '^test result:' "$log/cargo"; tail -n 1 "$log/pytest"; } |
    grep -oE "[0-9]+ $1" | awk '{ n += $1 } END { print n + 0 }'; }
passed=$(count passed)
failed=$(($(count failed) + $(count error)))
# What did not get as far as counting (a compile error, a crash) is a failure as well.
[ "$rust$jupyter" != 000 ] && [ "$failed" = 0 ] && failed=1

echo
echo "All tests: $passed passed, $failed failed"
[ "$rust$jupyter" = 000 ] && [ "$passed" -gt 0 ]
