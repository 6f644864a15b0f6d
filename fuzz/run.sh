#!/bin/sh
# Fuzzes each parser for FUZZ_SECONDS (60) under the address and undefined-behaviour sanitizers, beginning from a copy of
# its corpus, and stops at the first input that fails; that input stays in build-fuzz/.
#   fuzz/run.sh [TARGET…]    json, yaml, nifti, …: the fuzz_TARGET.c of this folder; all of them if none is named
set -eu
cd "$(dirname "$0")/.."
build=build-fuzz
seconds=${FUZZ_SECONDS:-60}
[ $# -gt 0 ] || set -- $(basename -s .c fuzz/fuzz_*.c | sed 's/^fuzz_//')

[ -f $build/build.ninja ] || CC=clang-14 CXX=clang++-14 meson setup $build -Dfuzz=true -Dwerror=true \
  -Db_sanitize=address,undefined -Db_lundef=false
ninja -C $build $(printf 'fuzz/libfuzzer-%s ' "$@")

corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
export DENS_SOURCE="$PWD" UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 LSAN_OPTIONS=suppressions="$PWD/fuzz/lsan.supp"
for target; do
  echo "== $target, $seconds s"
  seeds=fuzz/corpus/$target
  [ "$target" != case ] || seeds=cases/dev
  cp -r "$seeds" "$corpus/$target"
  log=$build/$target.log
  if ! $build/fuzz/libfuzzer-"$target" "$corpus/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
      -artifact_prefix=$build/"$target"- >"$log" 2>&1; then
    tail -n 40 "$log"
    echo "fuzz: $target fails on the input that is named above; the whole log is $log"
    exit 1
  fi
  grep "^Done" "$log"
done
