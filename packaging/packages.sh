#!/bin/sh
# Installs the Debian packages that are missing. This is the only list of them.
#   packaging/packages.sh build|test|bench     what building, testing or benchmarking needs
#   packaging/packages.sh --list GROUP         prints the names and installs nothing
set -eu

# cmocka is small and stands with what building needs, so that a folder set up by one word of the Makefile serves the others
build="build-essential pkg-config meson ninja-build zlib1g-dev libjansson-dev libfyaml-dev libssl-dev libnifti-dev
  libdcmtk-dev libopenjp2-7-dev libkissfft-dev libqhull-dev libcairo2-dev libpango1.0-dev libcurl4-openssl-dev fonts-noto-core fonts-noto-cjk libcmocka-dev
  libsqlite3-dev libmicrohttpd-dev libzip-dev"
# the page is built by node; where another node than Debian's stands, npm came with it
command -v npm >/dev/null 2>&1 || build="$build nodejs npm"
test="$build git python3 python3-numpy python3-nibabel python3-pydicom python3-jsonschema python3-yaml dcmtk dicom3tools openssl orthanc orthanc-dicomweb
  dcm2niix elastix poppler-utils clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev universal-ctags chromium"
bench="$build hyperfine dcmtk dcm2niix time python3"

list=no
if [ "${1:-}" = --list ]; then
  list=yes
  shift
fi
case "${1:-}" in
  build) wanted=$build ;;
  test) wanted=$test ;;
  bench) wanted=$bench ;;
  *) echo "usage: packaging/packages.sh [--list] build|test|bench" >&2; exit 2 ;;
esac
if [ "$list" = yes ]; then
  printf '%s\n' $wanted
  exit 0
fi

missing=""
for package in $wanted; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "Debian packages that are missing and will be installed:$missing"
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "packages.sh: run as root, or install them yourself" >&2; exit 1; }
  as_root=sudo
else
  as_root=""
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $as_root apt-get update -q && $as_root apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "packages.sh: apt-get failed" >&2
  exit 1
fi
