#!/bin/sh
# Make dist/likeness-VERSION-macos-ARCH.dmg from dist/Likeness.app, which packaging/build.py makes on
# a Mac. Signs where LIKENESS_SIGN_AS names an identity of the keychain, and notarises where
# LIKENESS_NOTARY_PROFILE names a profile that `xcrun notarytool store-credentials` has stored.
# Without them the image is made all the same, unsigned.
#
# usage: packaging/macos/package.sh VERSION
set -eu

version=${1:?usage: packaging/macos/package.sh VERSION}
here=$(cd "$(dirname "$0")" && pwd)
dist=$here/../../dist
app=$dist/Likeness.app
dmg=$dist/likeness-$version-macos-$(uname -m).dmg

[ -d "$app" ] || { echo "There is no $app; run packaging/build.py first." >&2; exit 1; }
if [ -n "${LIKENESS_NOTARY_PROFILE:-}" ] && [ -z "${LIKENESS_SIGN_AS:-}" ]; then
    echo "Only what is signed can be notarised; set LIKENESS_SIGN_AS too." >&2
    exit 1
fi

sign() {
    codesign --force --timestamp --options runtime --sign "$LIKENESS_SIGN_AS" "$@"
}

if [ -n "${LIKENESS_SIGN_AS:-}" ]; then
    # From the inside out: a signature covers those below it. --deep would give every library the
    # entitlements of the program.
    find "$app/Contents/Frameworks" "$app/Contents/Resources" -type f \
        \( -name '*.so' -o -name '*.dylib' -o -name torch_shm_manager \) \
        -exec sh -c '
            for file; do
                codesign --force --timestamp --options runtime --sign "$LIKENESS_SIGN_AS" "$file" ||
                    exit 1
            done' sh {} +
    sign --entitlements "$here/entitlements.plist" "$app/Contents/MacOS/likeness"
    sign --entitlements "$here/entitlements.plist" "$app"
    codesign --verify --strict --verbose=2 "$app"
else
    echo "Not signed: LIKENESS_SIGN_AS is not set. Other Macs will refuse to open it at first." >&2
fi

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cp -R "$app" "$tree/"
ln -s /Applications "$tree/Applications"
rm -f "$dmg"
hdiutil create -volname Likeness -srcfolder "$tree" -format ULMO "$dmg"

if [ -n "${LIKENESS_SIGN_AS:-}" ]; then
    sign "$dmg"
fi
if [ -n "${LIKENESS_NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$dmg" --keychain-profile "$LIKENESS_NOTARY_PROFILE" --wait
    xcrun stapler staple "$dmg"
    spctl --assess --type open --context context:primary-signature --verbose "$dmg"
fi
echo "$dmg"
