#!/bin/sh
# Benchmarks, each beside a peer in the same run: on a shared machine only the ratio means something.
#   bench/run.sh PROGRAM
set -eu
dens=$1
here=$(dirname "$0")/..
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$dens" phantom --diagnosis aneurysmal_bone_cyst --seed 8 -o "$folder/study"
case_file=$here/cases/dev/chordoma-01.json
case_whole=$here/cases/demo/aneurysmal_bone_cyst.json

echo "== a case to a result, whole process; beside an interpreter that only reads the file, and dens without its table"
cp "$dens" "$folder/dens"
hyperfine --warmup 2 -N \
  -n 'dens differential' "$dens differential $case_file --prior uniform --format json" \
  -n 'without knowledge.table' "$folder/dens differential $case_file --prior uniform --format json --knowledge $here/knowledge" \
  -n 'python3, json.load' "/usr/bin/python3 -c 'import json,sys; json.load(open(\"$case_file\"))'"

echo "== a CT series to a measured volume; beside dcm2niix to an uncompressed NIfTI"
hyperfine --warmup 1 -N --prepare "rm -f $folder/peer.nii $folder/peer.json" \
  -n 'dens measure' "$dens measure $folder/study/ct --mask ct=$folder/study/lesion.nii.gz --format csv" \
  -n 'dcm2niix' "dcm2niix -z n -b n -f peer -o $folder $folder/study/ct"

series=$(dirname "$dens")/bench/bench-series
beside_dcm2niix() { # a folder with one series
  hyperfine --warmup 1 --runs 8 -N --prepare "rm -rf $folder/peer" --prepare "mkdir -p $folder/peer" \
    -n 'bench-series read' "$series read $1" \
    -n 'dcm2niix' "dcm2niix -z n -b n -f peer -o $folder/peer $1"
  "$series" read "$1"
}

echo "== 300 CT slices of 512 × 512 to a volume, and its peak of memory"
mkdir "$folder/series"
"$series" write "$folder/series" 300
beside_dcm2niix "$folder/series"
if command -v storescp >/dev/null; then
  "$here/bench/node.sh" "$dens" "$folder/series"
fi
rm -rf "$folder/series"

echo "== 28 CT slices of a scanner, tilted and of two spacings, to a volume on an orthogonal grid"
real=${DENS_SHARED:-$here/../shared}/data/dicom_variety/ct_ge_tilt_varspacing
if [ -d "$real" ]; then
  beside_dcm2niix "$real"
else
  echo "not here: $real"
fi

echo "== the demonstration's evaluation: five series, measurements, report; beside dcm2niix, which only converts them"
hyperfine --warmup 1 --runs 5 -N --prepare "rm -rf $folder/peer" --prepare "mkdir -p $folder/peer" \
  -n 'dens evaluate' "$dens evaluate $folder/study --lesion ct=$folder/study/lesion.nii.gz --labels $folder/study/labels.nii.gz --scheme dens --case $case_whole -o $folder/report" \
  -n 'dcm2niix, the five series to NIfTI' "dcm2niix -z n -b n -o $folder/peer $folder/study"
/usr/bin/time -f 'peak memory %M kB, %e s' "$dens" evaluate "$folder/study" --lesion ct="$folder/study/lesion.nii.gz" \
  --labels "$folder/study/labels.nii.gz" --scheme dens --case "$case_whole" -o "$folder/report" >/dev/null

echo "== each format of that report in process, on one core, with its pictures; beside the reading of the result as JSON"
"$dens" evaluate -q "$folder/study" --lesion ct="$folder/study/lesion.nii.gz" --labels "$folder/study/labels.nii.gz" --scheme dens --case "$case_whole" \
  --keep-pictures -o "$folder/report" >/dev/null
"$(dirname "$dens")/bench/bench-report" "$here/knowledge" "$folder/report" "$folder/study" "$folder/study/lesion.nii.gz"

echo "== a CT of 300 slices of 512 × 512 and four MR series with a lesion mask, evaluated; beside dcm2niix, which only converts them"
mkdir "$folder/large"
"$series" study "$folder/large" 300
hyperfine --warmup 1 --runs 5 -N --prepare "rm -rf $folder/peer" --prepare "mkdir -p $folder/peer" \
  -n 'dens evaluate' "$dens evaluate -q $folder/large --lesion ct=$folder/large/lesion.nii.gz -o $folder/large-report" \
  -n 'dcm2niix, the five series to NIfTI' "dcm2niix -z n -b n -o $folder/peer $folder/large"
echo "the volumes hold $(((512 * 512 * 300 + 4 * 256 * 256 * 40) * 4 / 1024)) kB"
/usr/bin/time -f 'peak memory %M kB, %e s' "$dens" evaluate -q "$folder/large" --lesion ct="$folder/large/lesion.nii.gz" -o "$folder/large-report" >/dev/null
rm -rf "$folder/large"

echo "== all coded cases; beside an interpreter that only reads them"
hyperfine --warmup 1 -N -n 'dens validate' "$dens validate $here/cases --prior uniform --format json" \
  -n 'python3, json.load' "/usr/bin/python3 -c 'import json,glob; [json.load(open(f)) for f in glob.glob(\"$here/cases/**/*.json\", recursive=True)]'"

echo "== the inference in process, on one core"
"$(dirname "$dens")/bench/bench-inference" "$here/knowledge" "$(dirname "$dens")/knowledge.table" "$here/cases"

echo "== the next examination, whole process; beside the time that reading the knowledge takes"
hyperfine --warmup 2 -N \
  -n 'dens next' "$dens next $case_file --format json" \
  -n 'dens version' "$dens version"

echo "== 10 000 simulated cases; beside an interpreter that only reads the files"
"$dens" simulate 10000 -o "$folder/simulated"
hyperfine --warmup 1 -N --runs 3 \
  -n 'dens validate' "$dens validate $folder/simulated --format json" \
  -n 'python3, json.load' "/usr/bin/python3 -c 'import json,glob; [json.load(open(f)) for f in glob.glob(\"$folder/simulated/*.json\")]'"
