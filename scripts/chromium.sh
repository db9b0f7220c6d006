#!/usr/bin/env bash
# See to it that the browser test has a Chromium: one that is there, else the distribution's package
# where it may be installed. Ends well in any case; says what follows when there is none.
set -u
for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done

without() {
    printf 'There is no Chromium (%s): the browser test will not run.\n' "$1"
    exit 0
}
command -v apt-get >/dev/null || without "install one with your system's packages"
root=()
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || without "to have one: sudo apt-get install chromium"
    root=(sudo -n)
fi

echo "Installing Chromium for the browser test (apt-get install chromium)"
apt() { ${root[@]+"${root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >/dev/null 2>&1; }
apt update
apt install -y --no-install-recommends chromium || without "apt-get install chromium failed"
