"""Runs all tests of a build and ends with "N passed, N failed".

usage: tests/run.py BUILD

Every case of every test counts (TAP lines "ok" and "not ok"); a test program that ends in another way than by its
own report counts as one failed case. Skipped cases are listed with their reason.
"""

import json
import os
import re
import subprocess
import sys

LINE = re.compile(r"^(not ok|ok)\b(.*)$")


def count(entry):
    """Cases of one test program: passed, failed, skipped (names)."""
    passed, failed, skipped = 0, [], []
    for line in entry.get("stdout", "").splitlines():
        match = LINE.match(line.strip())
        if not match:
            continue
        name = match.group(2).strip(" -")
        if "# SKIP" in line.upper():
            skipped.append(f"{entry['name']}: {name}")
        elif match.group(1) == "ok":
            passed += 1
        else:
            failed.append(f"{entry['name']}: {name}")
    ended_well = entry["result"] in ("OK", "EXPECTEDFAIL", "SKIP")
    if entry["result"] == "SKIP" and not skipped:
        skipped.append(entry["name"])
    # cmocka reports a skipped case as "not ok … # SKIP", which Meson takes for a failure
    only_skipped = skipped and entry.get("returncode") == 0
    if not ended_well and not failed and not only_skipped:
        failed.append(f"{entry['name']}: ended with {entry['result']}, status {entry.get('returncode')}")
    if ended_well and passed == 0 and not skipped:
        passed = 1
    return passed, failed, skipped


def main():
    build = sys.argv[1]
    log = os.path.join(build, "meson-logs", "testlog.json")
    if os.path.exists(log):
        os.remove(log)
    subprocess.run(["meson", "test", "-C", build, "--no-rebuild", "--print-errorlogs"], check=False)
    if not os.path.exists(log):
        print("the tests did not run")
        print("0 passed, 1 failed")
        return 1
    passed, failed, skipped = 0, [], []
    with open(log, encoding="utf-8") as lines:
        for line in lines:
            one = count(json.loads(line))
            passed += one[0]
            failed += one[1]
            skipped += one[2]
    if skipped:
        print(f"{len(skipped)} skipped (what they need is not on this machine):")
        for name in skipped:
            print(f"  {name}")
    for name in failed:
        print(f"FAILED {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


sys.exit(main())
