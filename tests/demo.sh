#!/bin/sh
# The demonstration: a synthetic study and a reader's case → the report set and the differential on the terminal.
#   tests/demo.sh PROGRAM FOLDER
set -eu
dens=$1
out=$2
case_file=$(dirname "$0")/../cases/demo/aneurysmal_bone_cyst.json

rm -rf "$out"
mkdir -p "$out"
"$dens" phantom --diagnosis aneurysmal_bone_cyst --seed 8 -o "$out/study"
"$dens" evaluate "$out/study" --lesion ct="$out/study/lesion.nii.gz" --labels "$out/study/labels.nii.gz" --scheme dens \
  --case "$case_file" -o "$out"
echo
echo "The report: $out/report.html"
