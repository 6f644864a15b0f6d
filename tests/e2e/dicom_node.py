"""A running `dens node`, peers of DCMTK, and a few lines of the DICOM upper layer protocol for what no tool sends."""

import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

from program import DENS

TOOLS = ("echoscu", "storescu", "storescp", "dcmsend")
MISSING = [tool for tool in TOOLS if not shutil.which(tool)]
ENV = dict(os.environ, TCP_NODELAY="1")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def can_connect(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def wait_for(what, seconds=20.0):
    """The first true value of what(), or the last false one."""
    end = time.time() + seconds
    value = what()
    while not value and time.time() < end:
        time.sleep(0.05)
        value = what()
    return value


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


class Peer:
    """storescp: what it was sent lies in its folder."""

    def __init__(self, folder, *options):
        self.port, self.folder = free_port(), tempfile.mkdtemp(dir=folder)
        self.options = options
        self.start()

    def start(self):
        self.process = subprocess.Popen(["storescp", "-od", self.folder, "-aet", "PACS", *self.options, str(self.port)],
                                        env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: can_connect(self.port), 5)

    def stop(self):
        self.process.kill()
        self.process.wait()

    def files(self):
        return sorted(os.path.join(self.folder, name) for name in os.listdir(self.folder))


class Node:
    """`dens node` on loopback with a spool of its own; restarts in the same one."""

    def __init__(self, folder, peer_port, rules, options=(), shell=None, peers="", quiet=0.2):
        self.folder = tempfile.mkdtemp(dir=folder)
        self.spool = os.path.join(self.folder, "spool")
        self.peers = write(os.path.join(self.folder, "peers.yaml"), "peers:\n"
                           "  - {name: sender, ae: STORESCU, host: 127.0.0.1}\n"
                           "  - {name: echo, ae: ECHOSCU, host: 127.0.0.1}\n"
                           "  - {name: dcmsend, ae: DCMSEND, host: 127.0.0.1}\n"
                           "  - {name: far, ae: FAR, host: 192.0.2.7}\n"
                           f"  - {{name: pacs, ae: PACS, host: 127.0.0.1, port: {peer_port}}}\n" + peers)
        self.rules = write(os.path.join(self.folder, "rules.yaml"), f"quiet_seconds: {quiet}\nrules:\n{rules}")
        self.options, self.shell, self.port, self.runs = options, shell, 0, 0
        self.start()

    def start(self):
        self.runs += 1
        self.log_path = os.path.join(self.folder, f"log-{self.runs}")
        command = [DENS, "node", "--ae", "DENS", "--address", "127.0.0.1", "--port", str(self.port), "--peers", self.peers, "--rules", self.rules,
                   "-o", self.spool, *self.options]
        if self.shell:
            command = ["bash", "-c", f'{self.shell}; exec "$@"', "bash", *command]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=open(self.log_path, "w", encoding="utf-8"))
        listens = wait_for(lambda: re.search(r"listens at port (\d+)", self.log()) or self.process.poll() is not None, 10)
        self.port = int(listens.group(1)) if isinstance(listens, re.Match) else 0

    def log(self):
        return open(self.log_path, encoding="utf-8").read()

    def logs(self):
        return "".join(open(os.path.join(self.folder, f"log-{n}"), encoding="utf-8").read() for n in range(1, self.runs + 1))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def states(self):
        """state.json of every study, by its folder's name."""
        out = {}
        studies = os.path.join(self.spool, "studies")
        for key in os.listdir(studies) if os.path.exists(studies) else ():
            path = os.path.join(studies, key, "state.json")
            if os.path.exists(path):
                out[key] = json.load(open(path, encoding="utf-8"))
        return out

    def wait_states(self, count, states=("done", "failed", "unmatched"), seconds=30):
        """Waits until so many studies are in one of the states."""
        return wait_for(lambda: sum(s["state"] in states for s in self.states().values()) >= count, seconds)

    def images(self):
        return [os.path.join(at, name) for at, _, names in os.walk(self.spool) for name in names if "/series/" in at + "/"]


def tool(*command, timeout=60):
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True, errors="replace", check=False, env=ENV, timeout=timeout)
    return run.returncode, run.stdout + run.stderr


def send(node, *paths, options=()):
    return tool("storescu", "-R", "-aec", "DENS", *options, "127.0.0.1", node.port, "+sd", "+r", *paths)


# ---- the upper layer protocol (PS3.8 9.3), as far as a badly behaved caller needs it ----

def item(kind, body):
    return struct.pack(">BBH", kind, 0, len(body)) + body


def take(s):
    """One whole PDU, or as much as comes before the other side hangs up. A socket with a time limit gives what there is."""
    taken, wanted = b"", 6
    while len(taken) < wanted:
        part = s.recv(wanted - len(taken))
        if not part:
            break
        taken += part
        wanted = 6 + struct.unpack(">I", taken[2:6])[0] if len(taken) >= 6 else 6
    return taken


def associate(port, called="DENS", calling="STORESCU", abstract="1.2.840.10008.5.1.4.1.1.2", transfer="1.2.840.10008.1.2"):
    """Asks for an association with one presentation context; the socket and the answer's PDU."""
    context = item(0x20, bytes([1, 0, 0, 0]) + item(0x30, abstract.encode()) + item(0x40, transfer.encode()))
    user = item(0x50, item(0x51, struct.pack(">I", 16384)) + item(0x52, b"2.25.1"))
    body = struct.pack(">HH16s16s32x", 1, 0, called.ljust(16).encode(), calling.ljust(16).encode()) + item(0x10, b"1.2.840.10008.3.1.1.1") + context + user
    s = socket.create_connection(("127.0.0.1", port), timeout=10)
    s.sendall(struct.pack(">BBI", 1, 0, len(body)) + body)
    return s, take(s)


def element(group, number, value):
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHI", group, number, len(value)) + value


def store_command(instance, abstract="1.2.840.10008.5.1.4.1.1.2", field=1):
    parts = (element(0, 2, abstract.encode()) + element(0, 0x100, struct.pack("<H", field)) + element(0, 0x110, struct.pack("<H", 1))
             + element(0, 0x700, struct.pack("<H", 0)) + element(0, 0x800, struct.pack("<H", 0)) + element(0, 0x1000, instance.encode()))
    return element(0, 0, struct.pack("<I", len(parts))) + parts


def pdata(body, command, last):
    pdv = struct.pack(">IBB", len(body) + 2, 1, (1 if command else 0) | (2 if last else 0)) + body
    return struct.pack(">BBI", 4, 0, len(pdv)) + pdv


def skip_unless_tools(*more):
    missing = MISSING + [tool for tool in more if not shutil.which(tool)]
    if missing:
        print(f"1..0 # SKIP not installed: {', '.join(missing)}")
        sys.exit(0)
