"""Test Anything Protocol for tests in Python: each function test_* of the caller is one test."""

import os
import subprocess
import sys
import traceback


class Skip(Exception):
    """The test cannot run here; the message says why."""


def shared(name):
    path = os.path.join(os.environ["DENS_SHARED"], name)
    if not os.path.exists(path):
        raise Skip("shared/%s is not here" % name)
    return path


def run(*command):
    """Runs a program; its exit status, stdout and stderr."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def assert_one_line(done, *parts):
    """The run failed as the input's fault, with one line that holds all parts."""
    status, _, errors = done
    assert status == 1, "exit status %d, stderr: %s" % (status, errors)
    assert errors.count("\n") == 1, "not one line: %r" % errors
    for part in parts:
        assert part in errors, "%r does not hold %r" % (errors, part)


def main(names):
    tests = [(name, test) for name, test in names.items() if name.startswith("test_")]
    print("1..%d" % len(tests))
    for number, (name, test) in enumerate(tests, 1):
        try:
            test()
            print("ok %d - %s" % (number, name))
        except Skip as reason:
            print("ok %d - %s # SKIP %s" % (number, name, reason))
        except Exception:
            print("not ok %d - %s" % (number, name))
            for line in traceback.format_exc().splitlines():
                print("# " + line)
        sys.stdout.flush()
