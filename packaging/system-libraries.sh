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

# soname and Debian package. Qt loads the libxcb ones when it opens a window under X11 and the
# wayland ones under Wayland; the others are linked to its own libraries.
qt_libraries='
libgthread-2.0.so.0    libglib2.0-0
libEGL.so.1            libegl1
libGL.so.1             libgl1
libfontconfig.so.1     libfontconfig1
libdbus-1.so.3         libdbus-1-3
libxkbcommon.so.0      libxkbcommon0
libxkbcommon-x11.so.0  libxkbcommon-x11-0
libX11-xcb.so.1        libx11-xcb1
libxcb-cursor.so.0     libxcb-cursor0
libxcb-icccm.so.4      libxcb-icccm4
libxcb-image.so.0      libxcb-image0
libxcb-keysyms.so.1    libxcb-keysyms1
libxcb-randr.so.0      libxcb-randr0
libxcb-render-util.so.0 libxcb-render-util0
libxcb-shape.so.0      libxcb-shape0
libxcb-xfixes.so.0     libxcb-xfixes0
libxcb-xinerama.so.0   libxcb-xinerama0
libxcb-xkb.so.1        libxcb-xkb1
libwayland-cursor.so.0 libwayland-cursor0
libwayland-egl.so.1    libwayland-egl1
'

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

    # here-document instead of a pipe: a pipe's loop would set the variable in a sub-shell
    while read -r soname package; do
        [ -z "$soname" ] || has_library "$soname" || needed_by_window="$needed_by_window $package"
    done <<END
$qt_libraries
END
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
