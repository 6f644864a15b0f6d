"""The running server, and every answer of it held against schema/openapi.yaml."""

import http.client
import json
import os
import re
import select
import signal
import subprocess

import jsonschema
import yaml

from program import DENS, SECRETS, SOURCE

SCHEMA = os.path.join(SOURCE, "schema")
PREFIX = "/api/v1"
FULL = 507  # written wherever something is stored; answered in test_full_disk.py only


class Server:
    """`dens serve` on a free port of this machine."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([DENS, "serve", "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        self.url = self.process.stdout.readline().strip() if ready else ""
        found = re.match(r"http://(.*):(\d+)/(?:#token=(.*))?$", self.url)
        self.host, self.port, self.token = (found.group(1), int(found.group(2)), found.group(3)) if found else (None, 0, None)

    def request(self, method, path, body=None, headers=(), host=None):
        """The answer: status, headers with small names, bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, path, skip_host=host is not None)
        if host is not None:
            connection.putheader("Host", host)
        for name, value in dict(headers).items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        try:
            connection.endheaders(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was all sent: the answer is there
        response = connection.getresponse()
        answer = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        connection.close()
        return answer

    def stop(self, how=signal.SIGTERM):
        """The exit status and what was said on standard error."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


class Contract:
    """schema/openapi.yaml: which path an answer belongs to, whether its status and body are what is written, and what was seen."""

    def __init__(self):
        with open(os.path.join(SCHEMA, "openapi.yaml"), encoding="utf-8") as stream:
            self.document = yaml.safe_load(stream)
        self.store = {}
        for name in os.listdir(SCHEMA):
            if name.endswith(".json"):
                with open(os.path.join(SCHEMA, name), encoding="utf-8") as stream:
                    self.store[f"http://schema/{name}"] = json.load(stream)
        self.store["http://schema/openapi.yaml"] = self.document
        self.seen = set()

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for key in node["$ref"][2:].split("/"):
                target = target[key]
            node = target
        return node

    def path_of(self, path):
        path = path[len(PREFIX):].split("?")[0] or "/"
        for pattern in sorted(self.document["paths"], key=lambda p: p.count("{")):
            if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", pattern), path):
                return pattern
        return None

    def faults(self, method, path, answer):
        """What is wrong with an answer; an empty list if nothing is."""
        status, headers, body = answer
        pattern = self.path_of(path)
        operation = self.document["paths"].get(pattern, {}).get(method.lower())
        if operation is None:
            response = self.document["components"]["responses"]["Problem"]
        else:
            self.seen.add((method.lower(), pattern, str(status)))
            response = operation["responses"].get(str(status)) or (operation["responses"]["default"] if status >= 400 and status != FULL else None)
            if response is None:
                return [f"{method} {path}: {status} is not in the contract"]
        response = self.resolve(response)
        kind = headers.get("content-type", "").split(";")[0]
        content = response.get("content")
        if content is None:
            return []
        if kind not in content:
            return [f"{method} {path}: {status} with a body of {kind}"]
        lacking = [name for name in response.get("headers", {}) if name.lower() not in headers]
        return [f"{method} {path}: {status} without {name}" for name in lacking] + self.body_faults(method, path, content[kind], kind, body)

    def body_faults(self, method, path, media, kind, body):
        if "schema" not in media or not kind.endswith("json"):
            return []
        resolver = jsonschema.RefResolver("http://schema/openapi.yaml", self.document, store=self.store)
        validator = jsonschema.Draft202012Validator(media["schema"], resolver=resolver)
        return [f"{method} {path}: {'/'.join(map(str, error.path))}: {error.message[:200]}" for error in validator.iter_errors(json.loads(body))]

    def unseen(self, tag=None):
        """Every status that is written and was not answered, of the operations with this tag, or of those without one."""
        for pattern, item in self.document["paths"].items():
            for method in ("get", "post", "put", "delete", "patch"):
                for status in item.get(method, {}).get("responses", {}):
                    if item[method].get("tags", [None]) == [tag] and status not in ("default", str(FULL)) and (method, pattern, status) not in self.seen:
                        yield f"{method} {pattern} {status}"


class Asker:
    """Sends requests under the API and checks status, contract and, of a problem, its words."""

    def __init__(self, tap, contract):
        self.tap, self.contract = tap, contract

    def __call__(self, server, method, path, status, body=None, headers=None, told=None, name=None, **more):
        """The headers and the body of the answer."""
        if body is not None and not isinstance(body, bytes):
            body, headers = json.dumps(body).encode(), dict({"Content-Type": "application/json"}, **(headers or {}))
        answer = server.request(method, PREFIX + path, body, headers or {}, **more)
        faults = self.contract.faults(method, PREFIX + path, answer)
        text = answer[2].decode("utf-8", "replace")
        if answer[0] != status:
            faults.append(f"status {answer[0]}: {text[:300]}")
        if told is not None and told not in text:
            faults.append(f"{told!r} is not in {text[:300]}")
        if answer[0] >= 400 and any(secret in text for secret in SECRETS):
            faults.append("a problem tells of the patient")
        self.tap.check(not faults, name or f"{method} {path[:60]} {status}", faults)
        kind = answer[1].get("content-type", "")
        return answer[1], json.loads(text) if kind.endswith("json") else answer[2]
