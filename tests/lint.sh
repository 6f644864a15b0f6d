#!/bin/sh
# Formatting and static analysis; nothing is changed. Ends with "lint: clean", or with status 1.
#   tests/lint.sh BUILD    a build folder with compile_commands.json
set -eu
cd "$(dirname "$0")/.."
build=$1
[ -f "$build/compile_commands.json" ] || { echo "lint.sh: $build has no compile_commands.json" >&2; exit 2; }
clean=yes

echo "clang-format"
git ls-files -z '*.c' '*.h' '*.cc' '*.hh' '*.cpp' | xargs -0 clang-format-14 --dry-run -Werror || clean=no

# Of a clean file clang-tidy says only how many warnings other people's headers gave; of another we show all it says.
# A file in whose place this build compiles another has no command to be checked with.
compiled() {
  while read -r file; do
    if grep -q "/$file\"" "$build/compile_commands.json"; then printf '%s\0' "$file"; fi
  done
}

echo "clang-tidy"
git ls-files 'src/*.c' 'src/*.cc' | compiled | xargs -0 -P "$(nproc)" -n 1 sh -c '
  said=$(clang-tidy-14 -p "$0" --quiet --warnings-as-errors="*" "$1" 2>&1) || { printf "%s\n" "$said"; exit 1; }
' "$build" || clean=no

[ "$clean" = yes ] || { echo "lint: not clean"; exit 1; }
echo "lint: clean"
