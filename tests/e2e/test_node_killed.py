"""The node killed at many moments: nothing is lost, nothing is sent twice."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from tap import Tap  # noqa: E402

try:
    import pydicom
    import small_ct
except ImportError:
    print("1..0 # SKIP pydicom, nibabel or numpy is not installed")
    sys.exit(0)
from dicom_node import ENV, Node, Peer, send, skip_unless_tools, wait_for  # noqa: E402

skip_unless_tools()
RULES = "  - {name: plain, needs: [ct], send: {to: [pacs], objects: [sr, pdf]}}\n"


class Checks:
    """The checks of one moment, told when all are over: the moments run beside each other."""

    def __init__(self):
        self.all = []

    def check(self, *arguments):
        self.all.append(arguments)


def state_is(node, *states):
    return wait_for(lambda: any(s["state"] in states for s in node.states().values()), 20)


def while_receiving(node, path, tap):
    """Killed in the middle of a study; the sender, who heard no success, sends it again."""
    sender = subprocess.Popen(["storescu", "-aec", "DENS", "127.0.0.1", str(node.port), "+sd", path], env=dict(ENV, TCP_NODELAY="0"),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(node.images()) >= 3, 10)
    node.kill()
    sender.wait()
    kept = len(node.images())
    good = all(pydicom.dcmread(image).Rows == small_ct.SIZE[1] for image in node.images())
    tap.check(3 <= kept < small_ct.SIZE[2] and good, f"killed while receiving: {kept} whole images are there")
    node.start()
    tap.check(wait_for(lambda: not os.listdir(f"{node.spool}/incoming"), 20), "an unfinished object is swept away")
    send(node, path)


def at_once(node, path, tap):
    send(node, path)
    node.kill()
    tap.check(len(node.images()) == small_ct.SIZE[2], "killed after the last answer: all images are there")
    node.start()


def at_once_unsynced(node, path, tap):
    """Without waiting for the disk: what was answered outlives the process."""
    node.stop()
    node.options = ["--survive", "kill"]
    node.start()
    at_once(node, path, tap)


def while_evaluating(node, path, tap):
    send(node, path)
    tap.check(state_is(node, "evaluating"), "killed while evaluating")
    node.kill()
    node.start()


def late_in_evaluating(node, path, tap):
    send(node, path)
    state_is(node, "evaluating")
    wait_for(lambda: any(os.path.exists(f"{node.spool}/studies/{key}/report-1/result.json") for key in node.states()), 20)
    node.kill()
    tap.check(True, "killed with the report written")
    node.start()


def while_sending(node, path, tap):
    """Between the two objects: the peer is slow to answer."""
    send(node, path)
    state_is(node, "sending")
    wait_for(lambda: any(os.path.exists(f"{node.spool}/studies/{key}/sent/1.pacs.sr.dcm") for key in node.states()), 20)
    node.kill()
    tap.check(True, "killed while sending")
    node.start()


def peer_away(folder, tap):
    """The peer is not there, and comes later."""
    peer = Peer(folder)
    peer.stop()
    node = Node(folder, peer.port, RULES)
    send(node, small_ct.series(folder)[0])
    tap.check(wait_for(lambda: "cannot be reached" in node.log() and "tried again in" in node.log(), 20), "a peer that is away is told of, and tried again", [node.log()])
    node.kill()
    peer.start()
    node.start()
    tap.check(node.wait_states(1) and len(peer.files()) == 2, "and gets its results once it is there", [node.logs(), peer.files()])
    node.stop()
    peer.stop()


def survive(moment, folder, tap):
    name = moment.__name__.replace("_", " ")
    peer = Peer(folder, *(["--sleep-during", "1"] if moment is while_sending else []))
    patient = moment is not while_receiving  # a busy machine may pause between two images
    node = Node(folder, peer.port, RULES, quiet=1.5 if patient else 0.2)
    moment(node, small_ct.series(folder)[0], tap)
    done = node.wait_states(1, ("done",))
    uids = {str(pydicom.dcmread(f).SOPInstanceUID) for f in peer.files()}
    state = list(node.states().values())[0]
    results = 2 * node.logs().count("has the results")  # an evaluation of a part may fail, and sends nothing
    tap.check(done and results >= 2 and (results == 2 or not patient) and len(peer.files()) == results and len(uids) == results, f"{name}: the peer has each result once", [node.logs(), peer.files()])
    once = state["evaluation"] == 1 or moment is while_receiving  # what is there may be quiet before the rest comes
    tap.check(once and state["images"] == small_ct.SIZE[2], f"{name}: one evaluation of all images", [state])
    node.kill()
    node.start()
    time.sleep(0.8)
    tap.check(len(peer.files()) == results and "evaluation" not in node.log() and "results" not in node.log(), f"{name}: started again, it sends nothing", [node.log()])
    node.stop()
    peer.stop()


def main():
    tap = Tap()
    moments = (while_receiving, at_once, at_once_unsynced, while_evaluating, late_in_evaluating, while_sending)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        checks = [Checks() for _ in range(len(moments) + 1)]
        runs = [pool.submit(survive, moment, folder, check) for moment, check in zip(moments, checks)]
        runs.append(pool.submit(peer_away, folder, checks[-1]))
        for run in runs:
            run.result()
    for check in checks:
        for arguments in check.all:
            tap.check(*arguments)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
