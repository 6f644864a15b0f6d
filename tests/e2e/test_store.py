"""`dens store` end to end: what every action says, a store of an earlier version, a full disk, and what must be refused. Prints TAP."""

import os
import sqlite3
import subprocess
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import DENS, SOURCE, crashed, dens, one_line  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
ID = "0123456789abcdef" * 2
APPLICATION = 1684369011


def make_first_version(folder):
    """A store as the first migration alone leaves it, with a case in it."""
    os.makedirs(folder)
    with open(os.path.join(SOURCE, "src/store/migrations/001_records.sql"), encoding="utf-8") as stream:
        script = stream.read()
    database = sqlite3.connect(os.path.join(folder, "store.sqlite3"))
    database.executescript(f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1; {script}")
    database.execute("INSERT INTO version (kind, id, version, time, body) VALUES ('case', ?, 1, '2025-01-31T12:00:00Z', '{\"kept\": true}')", [ID])
    database.commit()
    database.close()


def query(folder, sql):
    database = sqlite3.connect(os.path.join(folder, "store.sqlite3"))
    rows = database.execute(sql).fetchall()
    database.close()
    return rows


def fails(name, text, *arguments, status=1):
    run = dens("store", *arguments)
    tap.check(run.returncode == status and text in one_line(run) and not crashed(run), name, [run.stdout, run.stderr])


def migration(folder):
    store = os.path.join(folder, "old")
    make_first_version(store)
    run = dens("store", "check", "--store", store)
    tap.check(run.returncode == 0 and "sound" in run.stdout, "a store of version 1 is brought up to date", [run.stderr])
    tap.check(query(store, "PRAGMA user_version")[0][0] == 2, "its version is the newest")
    tap.check(query(store, "SELECT body, of_id, actor FROM version") == [('{"kept": true}', "", "")], "its case is as it was")
    return store


def actions(folder, store):
    out, copy, again = (os.path.join(folder, name) for name in ("out", "copy", "again"))
    run = dens("store", "export", out, "--store", store)
    tap.check(run.returncode == 0 and run.stdout == "1 versions were exported.\n", "export counts what it wrote", [run.stdout, run.stderr])
    run = dens("store", "import", out, "--store", again)
    tap.check(run.returncode == 0 and query(again, "SELECT kind, id, version FROM version") == [("case", ID, 1)], "import makes a store of it", [run.stderr])
    run = dens("store", "backup", copy, "--store", store)
    tap.check(run.returncode == 0 and query(copy, "SELECT body FROM version") == query(store, "SELECT body FROM version"), "a backup is a store", [run.stderr])
    fails("a backup overwrites nothing", "is not empty", "backup", copy, "--store", store, status=2)
    fails("an import twice is refused", "does not follow what the store holds", "import", out, "--store", again)


def refusals(folder, store):
    fails("no store", "is no folder of a store", "check", "--store", os.path.join(folder, "absent"))
    fails("no --store", "--store DIR is missing", "check", status=2)
    fails("an unknown action", "must be check, backup, export, import or receive", "chekc", "--store", store, status=2)
    fails("no folder to write to", "needs one folder", "backup", "--store", store, status=2)
    newer = os.path.join(folder, "newer")
    make_first_version(newer)
    query(newer, "PRAGMA user_version = 99")
    fails("a newer store", "written by a newer dens", "check", "--store", newer)
    foreign = os.path.join(folder, "foreign")
    os.makedirs(foreign)
    query(foreign, "CREATE TABLE guests (name TEXT)")
    fails("another program's database", "is the database of another program", "check", "--store", foreign)
    database = sqlite3.connect(os.path.join(store, "store.sqlite3"))
    try:
        database.execute("UPDATE version SET body = '{}'")
        tap.check(False, "a version is not changed by hand")
    except sqlite3.DatabaseError as fault:
        tap.check("a version is not changed" in str(fault), "a version is not changed by hand", [fault])
    database.close()


def full_disk(folder, store):
    """Files of at most 20 blocks of 1024 bytes: what a disk without space does to a write."""
    target = os.path.join(folder, "full")
    run = subprocess.run(["bash", "-c", 'ulimit -f 20; trap "" XFSZ; exec "$@"', "dens", DENS, "store", "backup", target, "--store", store],
                         capture_output=True, text=True, check=False)
    tap.check(run.returncode == 3 and one_line(run).startswith("dens: "), "without space for a backup it says so", [run.returncode, run.stderr])
    run = dens("store", "check", "--store", store)
    tap.check(run.returncode == 0, "and the store is sound", [run.stderr])


def main():
    with tempfile.TemporaryDirectory() as folder:
        store = migration(folder)
        actions(folder, store)
        refusals(folder, store)
        full_disk(folder, store)
    return tap.end()


sys.exit(main())
