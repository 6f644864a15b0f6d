"""The DICOM node with DCMTK's tools and with callers that behave badly."""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import DENS, SECRETS, dens, one_line, told_secrets  # noqa: E402
from tap import Tap  # noqa: E402

try:
    import pydicom
    from pydicom.uid import generate_uid
    import small_ct
except ImportError:
    print("1..0 # SKIP pydicom, nibabel or numpy is not installed")
    sys.exit(0)
from dicom_node import (Node, Peer, associate, free_port, pdata, send, skip_unless_tools, store_command, take, tool, wait_for,  # noqa: E402
                        write)

skip_unless_tools("dcmcrle", "dcmcjpeg", "dcmcjpls", "dcmconv")
tap = Tap()
SECRETS += small_ct.SECRETS
RULES = """  - {name: marked, needs: [ct], lesion: {from: seg, description: "*lesion*", role: ct}, send: {to: [pacs]}}
  - {name: contoured, lesion: {from: rtstruct, structure: Ring}, send: {to: [pacs], objects: [seg]}}
  - {name: plain, needs: [ct], send: {to: [pacs], objects: [sr, pdf]}}
"""


def series_of(folder, **changes):
    """A small CT with changed attributes of every image; its folder."""
    charset, name = changes.pop("text", ("ISO_IR 192", "Plain^Name"))
    path, _ = small_ct.series(folder, charset, name)
    for file in os.listdir(path):
        ds = pydicom.dcmread(os.path.join(path, file))
        for key, value in changes.items():
            setattr(ds, key, value)
        ds.save_as(os.path.join(path, file))
    return path


def study_uid(path):
    return pydicom.dcmread(os.path.join(path, "00.dcm"), stop_before_pixels=True).StudyInstanceUID


def key_of(uid):
    return hashlib.sha256(uid.encode()).hexdigest()[:32]


def marked_series(folder):
    """A CT with a segmentation that another program made."""
    path = series_of(folder)
    out = tempfile.mkdtemp(dir=folder)
    run = dens("evaluate", path, "--lesion", small_ct.write_mask(folder), "-o", out)
    seg = pydicom.dcmread(f"{out}/seg.dcm") if run.returncode == 0 else None
    seg.Manufacturer, seg.SeriesDescription = "Reader", "Lesion by hand"
    seg.save_as(f"{path}/seg.dcm")
    return path


def calls(node):
    tap.check(tool("echoscu", "-aec", "DENS", "127.0.0.1", node.port)[0] == 0, "C-ECHO is answered")
    for name, options, said in [("another called title", ["-aec", "OTHER"], "Called AE Title Not Recognized"),
                                ("an unknown caller", ["-aec", "DENS", "-aet", "NOBODY"], "Calling AE Title Not Recognized"),
                                ("a peer's title from another address", ["-aec", "DENS", "-aet", "FAR"], "Calling AE Title Not Recognized")]:
        status, told = tool("echoscu", *options, "127.0.0.1", node.port)
        tap.check(status != 0 and said in told, f"{name} is refused with the reason", [told])
    tap.check("OTHER" not in node.log() and node.log().count("refused:") == 3, "each refusal is one line of the log", [node.log()])


def closed(s):
    """Did the other side hang up?"""
    s.setblocking(False)
    try:
        return s.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def limits(folder):
    node = Node(folder, free_port(), RULES, options=["--associations", "1", "--idle", "1"])
    held, answer = associate(node.port)
    status, told = tool("echoscu", "-aec", "DENS", "127.0.0.1", node.port)
    tap.check(answer[:1] == b"\2" and status != 0 and "Local Limit Exceeded" in told, "one association too many is refused for now", [told])
    gone = wait_for(lambda: "says nothing any more" in node.log(), 5)
    held.close()
    strangers = [socket.create_connection(("127.0.0.1", node.port), source_address=("127.0.0.2", 0)) for _ in range(12)]
    time.sleep(0.3)
    status, told = tool("echoscu", "-aec", "DENS", "127.0.0.1", node.port)
    tap.check(status == 0, "connections from addresses that no peer has take no peer's place", [told, node.log()])
    tap.check(len(re.findall(r"warning: \d+ connections were closed unheard, as too many that are to be refused are open", node.log())) == 1 and "127.0.0.2" not in node.log(),
              "connections that are too many are told of in one line", [node.log()])
    open_ones = sum(not closed(s) for s in strangers)
    tap.check(open_ones == 8, "eight of them are heard, the others are closed at once", [open_ones])
    for s in strangers:
        s.close()
    tap.check(gone and wait_for(lambda: tool("echoscu", "-aec", "DENS", "127.0.0.1", node.port)[0] == 0, 5), "a silent one is ended, and makes room", [node.log()])
    second = dens("node", "--port", "0", "--peers", node.peers, "--rules", node.rules, "-o", node.spool)
    tap.check(second.returncode == 2 and "another node works in this folder" in one_line(second), "one node a folder", [second.stderr])
    tap.check(node.stop() == 0, "SIGTERM ends it with 0", [node.log()])


def bad_callers(node):
    before = len(node.images())
    s, answer = associate(node.port, transfer="1.2.840.10008.1.2.4.100")
    # A-ASSOCIATE-AC whose only context is refused: 4, transfer syntaxes not supported (PS3.8 9.3.3.2)
    tap.check(answer[:1] == b"\2" and b"\x21\0\0\x19\1\0\4" in answer and wait_for(lambda: "no common SOP class and transfer syntax" in node.log(), 3),
              "no common transfer syntax: the context is refused and the log says so", [answer, node.log()])
    s.close()
    s, _ = associate(node.port)
    s.sendall(pdata(store_command("2.25.77"), True, True) + pdata(b"\x08\0\x18\0\x08\0\0\x002.25.77\0" + bytes(3000), False, False))
    time.sleep(0.2)
    s.close()
    tap.check(wait_for(lambda: "ended within an object, which is not kept" in node.log(), 5), "a peer that hangs up within an object is told of", [node.log()])
    s, _ = associate(node.port)
    s.sendall(pdata(store_command("2.25.78"), True, True) + pdata(b"\x08\0\x18\0\x08\0\0\x002.25.79\0", False, True))
    answer = take(s)
    s.close()
    # the status stands in (0000,0900)
    tap.check(b"\0\0\0\x09\x02\0\0\0\0\xa9" in answer or b"\0\0\0\x09\x02\0\0\0\0\xc0" in answer, "an object that is not what was announced is refused", [answer])
    s, _ = associate(node.port)
    s.sendall(b"GET / HTTP/1.1\r\n\r\n")
    s.close()
    s, _ = associate(node.port)
    s.sendall(pdata(store_command("2.25.80", field=0x20), True, True))
    tap.check(s.recv(64)[:1] in (b"\7", b""), "a service that is not offered ends the association")
    s.close()
    left = wait_for(lambda: not os.listdir(f"{node.spool}/incoming"), 5)
    tap.check(left and len(node.images()) == before, "nothing of these is left in the spool", [os.listdir(f"{node.spool}/incoming")])


def syntaxes(folder, node):
    """Objects keep the transfer syntax they are sent in."""
    path = series_of(folder)
    source = os.path.join(path, "00.dcm")
    made = {"1.2.840.10008.1.2": "-xi", "1.2.840.10008.1.2.1.99": "-xd dcmconv +td", "1.2.840.10008.1.2.5": "-xr dcmcrle",
            "1.2.840.10008.1.2.4.70": "-xs dcmcjpeg +e1", "1.2.840.10008.1.2.4.80": "-xt dcmcjpls"}
    sent = {}
    for number, (syntax, how) in enumerate(made.items()):
        ds = pydicom.dcmread(source)
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        plain, out = f"{folder}/plain.dcm", f"{folder}/{number}.dcm"
        ds.save_as(plain, write_like_original=False)
        option, *command = how.split()
        tool(*command, plain, out) if command else shutil.copy(plain, out)
        status, said = tool("storescu", option, "-aec", "DENS", "127.0.0.1", node.port, out)
        tap.check(status == 0, f"storescu {option} is served", [said])
        sent[str(ds.SOPInstanceUID)] = syntax
    kept = {str(ds.SOPInstanceUID): str(ds.file_meta.TransferSyntaxUID) for ds in map(pydicom.dcmread, node.images())}
    tap.check(all(kept.get(uid) == syntax for uid, syntax in sent.items()), "objects are kept in the transfer syntax they come in", [sent, kept])


def studies(folder, node, peer):
    """Many studies at once, each of its kind."""
    paths = {name: series_of(folder, text=text) for name, text in small_ct.NAMES.items() if name in ("UTF-8", "GB18030", "ISO 2022 JP")}
    paths["no name"] = series_of(folder, text=("ISO_IR 192", ""))
    paths["marked"] = marked_series(folder)
    paths["contoured"] = series_of(folder)
    small_ct.structure_set(paths["contoured"], f"{paths['contoured']}/contours.dcm", {"Ring": [small_ct.square(9.5, 20.5, k) for k in (4, 5)]})
    paths["two patients"] = series_of(folder)
    other = pydicom.dcmread(f"{paths['two patients']}/03.dcm")
    other.PatientID, other.PatientName = "P-78-secret", "Other^Person"
    other.save_as(f"{paths['two patients']}/03.dcm")
    paths["no rule"] = series_of(folder, Modality="US", SOPClassUID="1.2.840.10008.5.1.4.1.1.7")
    for path in paths.values():
        status, said = send(node, path)
        if status:
            tap.check(False, f"{path} is stored", [said])
    node.wait_states(len(paths) + 1, seconds=60)
    states = {name: node.states().get(key_of(study_uid(path)), {}) for name, path in paths.items()}
    for name in ("two patients", "no rule"):
        reason = {"two patients": "two patients", "no rule": "no rule"}[name]
        tap.check(states[name].get("state") in ("failed", "unmatched") and reason in states[name]["reason"], f"{name}: not evaluated, and said why", [states[name]])
    received = {}
    for file in peer.files():
        ds = pydicom.dcmread(file)
        received.setdefault(str(ds.StudyInstanceUID), {})[ds.Modality] = ds
    for name in ("UTF-8", "GB18030", "ISO 2022 JP", "no name"):
        got = received.get(study_uid(paths[name]), {})
        wanted = small_ct.NAMES.get(name, ("", ""))[1]
        tap.check(sorted(got) == ["DOC", "SR"] and all(str(ds.PatientName) == wanted and ds.PatientID == "P-77-secret" for ds in got.values()),
                  f"{name}: SR and PDF come back under the same patient", [states[name], sorted(got)])
    got = received.get(study_uid(paths["marked"]), {})
    tap.check(sorted(got) == ["DOC", "SEG", "SR"] and states["marked"]["rule"] == "marked", "with a segmentation: SR, SEG and PDF", [states["marked"], sorted(got)])
    got = received.get(study_uid(paths["contoured"]), {})
    tap.check(sorted(got) == ["SEG"] and got["SEG"].NumberOfFrames == 2 and states["contoured"]["rule"] == "contoured", "with contours: the SEG that the rule asks for",
              [states["contoured"], sorted(got)])
    tap.check(study_uid(paths["two patients"]) not in received, "of two patients nothing is sent")
    return paths, received


def comes_back(node, peer, paths, received):
    """Own results that an archive sends on start nothing; a further image does."""
    uid, before = study_uid(paths["marked"]), len(peer.files())
    back = tempfile.mkdtemp(dir=node.folder)
    for ds in received[uid].values():
        shutil.copy(ds.filename, back)
    send(node, back)
    time.sleep(1.0)
    tap.check(node.states()[key_of(uid)]["evaluation"] == 1 and len(peer.files()) == before, "own objects that come back are not evaluated", [node.states()[key_of(uid)]])
    send(node, paths["UTF-8"])
    time.sleep(1.0)
    uid = study_uid(paths["UTF-8"])
    tap.check(node.states()[key_of(uid)]["evaluation"] == 1, "the same images again change nothing")
    more = pydicom.dcmread(f"{paths['UTF-8']}/11.dcm")
    more.SOPInstanceUID = more.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    more.ImagePositionPatient = [*more.ImagePositionPatient[:2], more.ImagePositionPatient[2] + small_ct.SPACING[2]]
    more.InstanceNumber = 13
    one = tempfile.mkdtemp(dir=node.folder)
    more.save_as(f"{one}/more.dcm")
    send(node, one)
    done = wait_for(lambda: node.states()[key_of(uid)]["evaluation"] == 2 and node.states()[key_of(uid)]["state"] == "done", 15)
    tap.check(done and len(peer.files()) == before + 2, "a further image is a new evaluation with new objects", [node.states()[key_of(uid)]])


def full_disk(folder):
    node = Node(folder, free_port(), RULES, shell="ulimit -f 2")
    status, said = send(node, series_of(folder), options=["-v"])
    tap.check(status != 0 and "OutOfResources" in said.replace(" ", ""), "where no file can be written the sender hears: out of resources", [said])
    tap.check(not node.images() and not os.listdir(f"{node.spool}/incoming") and tool("echoscu", "-aec", "DENS", "127.0.0.1", node.port)[0] == 0,
              "nothing is kept, and the node goes on", [node.log()])
    node.stop()


def config(folder):
    """Mistakes in the two files are refused with their place."""
    peers = write(f"{folder}/peers.yaml", "peers:\n  - {name: pacs, ae: PACS, host: 127.0.0.1, port: 104}\n  - {name: deaf, ae: DEAF, host: 127.0.0.1}\n")
    rules = write(f"{folder}/rules.yaml", "rules:\n  - {name: all}\n")
    bad = [("peers: []\n", None, "names no peer"), ("peers:\n  - {name: a, ae: A, hots: b}\n", None, "did you mean 'host'"),
           ("peers:\n  - {name: a, ae: 'TITLE OF MORE THAN SIXTEEN', host: 127.0.0.1}\n", None, "is no AE title"),
           ("peers:\n  - {name: a/b, ae: A, host: 127.0.0.1}\n", None, "a name has up to"),
           ("peers:\n  - {name: a, ae: A, host: no.such.host.invalid}\n", None, "host is not known"),
           ("peers:\n  - {name: a, ae: A, host: 127.0.0.1, port: 70000}\n", None, "from 0 to 65535"),
           (None, "rules: []\n", "names no rule"), (None, "rules:\n  - {name: a, needs: [tc]}\n", "is no role"),
           (None, "rules:\n  - {name: a, send: {to: [pax]}}\n", "no peer has this name"),
           (None, "rules:\n  - {name: a, send: {to: [deaf]}}\n", "has no port"),
           (None, "rules:\n  - {name: a, send: {to: [pacs], objects: [pfd]}}\n", "did you mean 'pdf'"),
           (None, "rules:\n  - {name: a, lesion: {from: seg, structure: x}}\n", "no structures"),
           (None, "rules:\n  - {name: a, labels: {from: seg}}\n", "labels and scheme stand together"),
           (None, "quiet_seconds: -1\nrules:\n  - {name: a}\n", "must be from 0")]
    for number, (bad_peers, bad_rules, said) in enumerate(bad):
        p = write(f"{folder}/p{number}.yaml", bad_peers) if bad_peers else peers
        r = write(f"{folder}/r{number}.yaml", bad_rules) if bad_rules else rules
        run = dens("node", "--port", "0", "--peers", p, "--rules", r, "-o", f"{folder}/spool")
        tap.check(run.returncode == 1 and said in one_line(run) and f"{number}.yaml:" in run.stderr, f"refused: {said}", [run.returncode, run.stderr])
    for name, options, said in [("no spool", ["--peers", peers, "--rules", rules], "-o DIR is missing"),
                                ("a bad port", ["--port", "x", "--peers", peers, "--rules", rules, "-o", folder], "must be a number"),
                                ("a bad promise", ["--survive", "fire", "--peers", peers, "--rules", rules, "-o", folder], "power or kill"),
                                ("a key alone", ["--tls-key", peers, "--peers", peers, "--rules", rules, "-o", folder], "stand together")]:
        run = dens("node", *options)
        tap.check(run.returncode == 2 and said in one_line(run), f"{name}: exit 2", [run.returncode, run.stderr])


def tls(folder):
    if not shutil.which("openssl"):
        tap.skip("TLS", "openssl is not installed")
        return
    for name in ("node", "caller", "stranger"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt",
                        "-days", "2", "-subj", f"/CN={name}"], capture_output=True, check=True)
    peer = Peer(folder, "+tls", f"{folder}/caller.key", f"{folder}/caller.crt", "+cf", f"{folder}/node.crt")
    node = Node(folder, free_port(), "  - {name: plain, needs: [ct], send: {to: [safe], objects: [sr]}}\n",
                options=["--tls-key", f"{folder}/node.key", "--tls-certificate", f"{folder}/node.crt", "--tls-trust", f"{folder}/caller.crt"],
                peers=f"  - {{name: safe, ae: PACS, host: 127.0.0.1, port: {peer.port}, tls: true}}\n")
    path = series_of(folder)
    ours = ["+tls", f"{folder}/caller.key", f"{folder}/caller.crt", "+cf", f"{folder}/node.crt"]
    theirs = ["+tls", f"{folder}/stranger.key", f"{folder}/stranger.crt", "+cf", f"{folder}/node.crt"]
    tap.check(send(node, path)[0] != 0 and not node.images(), "TLS: who does not encrypt is not let in")
    tap.check(send(node, path, options=theirs)[0] != 0 and not node.images(), "TLS: nor who shows a certificate that nobody signed")
    status, said = send(node, path, options=ours)
    tap.check(status == 0 and len(node.images()) == small_ct.SIZE[2], "TLS: a known one is", [said])
    tap.check(wait_for(lambda: len(peer.files()) == 1, 20), "TLS: results go out encrypted", [node.log()])
    tap.check(node.stop() == 0, "TLS: SIGTERM ends it")
    peer.stop()


def main():
    with tempfile.TemporaryDirectory() as folder:
        peer = Peer(folder)
        node = Node(folder, peer.port, RULES, options=["--jobs", "2"])
        calls(node)
        bad_callers(node)
        syntaxes(folder, node)
        paths, received = studies(folder, node, peer)
        comes_back(node, peer, paths, received)
        status = node.stop()
        tap.check(status == 0, "SIGTERM ends it with 0", [status, node.log()])
        names = [os.path.join(at, name) for at, folders, files in os.walk(node.spool) for name in folders + files]
        secrets = [s for s in SECRETS + ["Other", "A-9"] if s in node.logs() or any(s in n[len(node.spool):] for n in names)]
        open_to = [n for n in names if os.stat(n).st_mode & 0o077]
        tap.check(names and not open_to, "nobody else may read the spool", open_to[:3])
        tap.check(not secrets, "no patient's data in the log or in a file's name", secrets)
        peer.stop()
        limits(folder)
        full_disk(folder)
        config(folder)
        tls(folder)
    tap.check(not told_secrets, "no patient data on standard error", told_secrets[:3])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
