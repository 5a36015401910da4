#!/bin/sh
# Install Likeness from this folder, or take it away again. Everything goes under one prefix.
#
# usage: ./install.sh [--prefix DIR] [--remove]
#   --prefix DIR  where to; ~/.local by default, /usr/local for root
#   --remove      take away what this script has installed there; photos, catalog and settings stay
set -eu

here=$(cd "$(dirname "$0")" && pwd)
prefix=$HOME/.local
[ "$(id -u)" != 0 ] || prefix=/usr/local
removing=no

while [ $# -gt 0 ]; do
    case $1 in
        --prefix)
            [ $# -ge 2 ] || { echo "--prefix needs a folder." >&2; exit 2; }
            prefix=$2
            shift
            ;;
        --remove) removing=yes ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "There is no option $1; --help lists them." >&2; exit 2 ;;
    esac
    shift
done
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac

entry=share/applications/likeness.desktop
metainfo=share/metainfo/io.github.likeness.Likeness.metainfo.xml

remove() {
    rm -rf "$prefix/lib/likeness"
    rm -f "$prefix/bin/likeness" "$prefix/$entry" "$prefix/$metainfo"
    rm -f "$prefix"/share/icons/hicolor/*/apps/likeness.png
    rm -f "$prefix/share/icons/hicolor/scalable/apps/likeness.svg"
}

tell_desktop() {
    ! command -v update-desktop-database >/dev/null ||
        update-desktop-database -q "$prefix/share/applications" || true
    # Where there is no cache, icons are found without one.
    [ ! -e "$prefix/share/icons/hicolor/icon-theme.cache" ] ||
        ! command -v gtk-update-icon-cache >/dev/null ||
        gtk-update-icon-cache -q -t "$prefix/share/icons/hicolor" || true
}

remove
if [ $removing = yes ]; then
    tell_desktop
    echo "Likeness is gone from $prefix. Your photos, its catalog and its settings are still there."
    exit 0
fi

mkdir -p "$prefix/lib" "$prefix/bin" "$prefix/share"
cp -R "$here/lib/likeness" "$prefix/lib/"
cp -R "$here/share/." "$prefix/share/"
ln -s ../lib/likeness/likeness "$prefix/bin/likeness"
# A session may have been started before this bin folder was in its PATH. A desktop entry quotes a
# name with blanks, in which \, ", $ and ` are escaped, and every backslash of a value once more.
program=$(printf '%s' "$prefix/bin/likeness" | sed 's/[\\"$`]/\\&/g; s/\\/\\\\/g')
PROGRAM=$program awk '/^Exec=/ { print "Exec=\"" ENVIRON["PROGRAM"] "\" %F"; next } { print }' \
    "$here/share/applications/likeness.desktop" >"$prefix/$entry"
tell_desktop
echo "Likeness is in $prefix; start it from the menu or as $prefix/bin/likeness."

missing=''
while read -r soname package; do
    case $soname in '' | '#'*) continue ;; esac
    { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -qF "	$soname " ||
        missing="$missing $package"
done <"$here/qt-libraries.txt"
if [ -n "$missing" ]; then
    echo "The window needs libraries that this system lacks. Debian calls them:$missing" >&2
fi
