#!/bin/sh
# Formatting and static analysis; nothing is changed.
#   tests/lint.sh BUILD    a build folder with compile_commands.json
set -eu
build=$1
cd "$(dirname "$0")/.."

echo "clang-format"
git ls-files '*.c' '*.h' '*.cc' '*.hh' | xargs clang-format-14 --dry-run -Werror

echo "clang-tidy"
# two at a time; each file's findings stay together
git ls-files 'src/*.c' 'src/*.cc' | xargs -P "$(nproc)" -n 4 clang-tidy-14 -p "$build" --quiet --warnings-as-errors='*' 2>/dev/null
