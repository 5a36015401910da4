#!/bin/sh
# Install what Likeness needs from the system and pip cannot bring: Qt's libraries, a font, and the
# tools that build annoy. Asks the system, not the package database, so that it is right on any
# distribution; on one without apt-get it names what is missing and leaves the rest to the person.
#
# Exit 0: everything is there, or only the window's libraries are missing (the command line works).
# Exit 1: something is missing without which nothing can be installed.
#
# usage: packaging/system-libraries.sh [python]
set -eu

python=${1:-python3}

qt_libraries=$(dirname "$0")/qt-libraries.txt

needed_to_build=''
needed_by_window=''

has_library() {
    { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -qF "	$1 "
}

has_font() {
    find /usr/share/fonts /usr/local/share/fonts "${HOME:-/}/.local/share/fonts" \
        \( -name '*.ttf' -o -name '*.otf' -o -name '*.ttc' \) 2>/dev/null | grep -q .
}

look() {
    if ! command -v "$python" >/dev/null; then
        needed_to_build="$needed_to_build python3 python3-venv python3-dev"
    else
        "$python" -c 'import ensurepip, venv' 2>/dev/null ||
            needed_to_build="$needed_to_build python3-venv"
        "$python" -c 'import os, sysconfig as s
raise SystemExit(not os.path.exists(os.path.join(s.get_path("include"), "Python.h")))' ||
            needed_to_build="$needed_to_build python3-dev"
    fi
    command -v c++ >/dev/null || needed_to_build="$needed_to_build g++"

    while read -r soname package; do
        case $soname in '' | '#'*) continue ;; esac
        has_library "$soname" || needed_by_window="$needed_by_window $package"
    done <"$qt_libraries"
    has_font || needed_by_window="$needed_by_window fonts-dejavu-core"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

may_install() {
    command -v apt-get >/dev/null &&
        { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; }
}

[ "$(uname -s)" = Linux ] || exit 0

look
missing="$needed_to_build$needed_by_window"
[ -n "$missing" ] || exit 0

if may_install; then
    echo "Installing from Debian:$missing"
    as_root apt-get update -qq
    # $missing is a list of words on purpose
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $missing
    exit 0
fi

if command -v apt-get >/dev/null; then
    echo "Some system packages are missing, and only an administrator can install them:" >&2
    echo "    sudo apt-get install --no-install-recommends$missing" >&2
else
    echo "Some system packages are missing. Debian calls them:$missing" >&2
fi
[ -z "$needed_to_build" ] || exit 1
echo "Going on without them: the command line works, the window may not open." >&2
