#!/bin/sh
# The DICOM node beside DCMTK's storescp: the same files, the same sender, one association; then studies a minute.
#   bench/node.sh PROGRAM FOLDER-OF-IMAGES
set -eu
dens=$1
images=$2
folder=$(mktemp -d)
memory=$(TMPDIR=/dev/shm mktemp -d)
node=
peer=
trap 'kill $node $peer 2>/dev/null || true; wait; rm -rf "$folder" "$memory"' EXIT

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
start_node() { # rules spool
  "$dens" node --address 127.0.0.1 --port "$at" --jobs 2 --peers "$folder/peers.yaml" --rules "$1" -o "$2" 2>"$folder/log" &
  node=$!
  until grep -q 'listens at' "$folder/log"; do sleep 0.1; done
}
export TCP_NODELAY=1 # else the sender waits 40 ms an image for more to say, whoever receives
at=$(port)
to=$(port)
printf 'peers:\n  - {name: sender, ae: STORESCU, host: 127.0.0.1}\n  - {name: peer, ae: ANY-SCP, host: 127.0.0.1, port: %s}\n' "$to" >"$folder/peers.yaml"
printf 'quiet_seconds: 86400\nrules:\n  - {name: never, needs: [pet]}\n' >"$folder/idle.yaml"
printf 'quiet_seconds: 0\nrules:\n  - {name: all, send: {to: [peer], objects: [sr, pdf]}}\n' >"$folder/all.yaml"
beside_storescp() { # a folder for both
  start_node "$folder/idle.yaml" "$1/spool"
  mkdir "$1/peer"
  storescp --bit-preserving -od "$1/peer" "$to" &
  peer=$!
  hyperfine --warmup 1 --runs 5 -N --export-json "$folder/times.json" \
    --prepare "find $1/spool/studies -mindepth 1 -delete" -n 'dens node' "storescu -aec DENS 127.0.0.1 $at +sd $images" \
    --prepare "find $1/peer -mindepth 1 -delete" -n storescp "storescu 127.0.0.1 $to +sd $images"
  python3 - "$folder/times.json" "$(ls "$images" | wc -l)" "$(du -sm "$images" | cut -f1)" <<'END'
import json, sys
node, peer = (r["median"] for r in json.load(open(sys.argv[1]))["results"])
count, size = map(float, sys.argv[2:])
print(f"dens node {size / node:.0f} MB/s, {count / node:.0f} images/s; storescp {size / peer:.0f} MB/s, {count / peer:.0f} images/s; ratio {peer / node:.2f}")
END
  kill "$node" "$peer"
  wait "$node" || true
}

images_told="$(ls "$images" | wc -l) images, $(du -sm "$images" | cut -f1) MB"
echo "== C-STORE of $images_told into memory: what the receiver itself costs; beside storescp"
beside_storescp "$memory"
echo "== the same onto the disk: dens node answers when an image is there (fsync), storescp waits for no disk"
beside_storescp "$folder"

echo "== studies through the node: stored, evaluated, SR and PDF sent back"
count=6
for seed in $(seq $count); do
  "$dens" phantom --diagnosis chordoma --seed "$seed" -o "$folder/study-$seed" >/dev/null
done
mkdir "$folder/results"
storescp -od "$folder/results" "$to" &
peer=$!
start_node "$folder/all.yaml" "$folder/spool2"
begin=$(date +%s.%N)
for seed in $(seq $count); do
  storescu -aec DENS 127.0.0.1 "$at" +sd "$folder/study-$seed/ct"
done
until [ "$(grep -c ': done' "$folder/log")" -ge $count ]; do sleep 0.1; done
echo "$begin $(date +%s.%N)" | awk -v n=$count '{ printf "%d studies of a CT in %.1f s: %.0f a minute\n", n, $2 - $1, 60 * n / ($2 - $1) }'
