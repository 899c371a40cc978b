#!/usr/bin/env python3
"""What a key costs over HTTP beside foo, at the server, all its threads.

    tests/bench/store_cost.py <agent-server> <example-agent>

CPU: of one client, and of sixteen whose requests are on their way at once; the cases take turns, and the least of the
rounds is printed. Instructions: callgrind's, of many requests of one client less those of few; what else the
machine does hardly matters. Three minutes.
"""
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

ROUNDS = int(os.environ.get("ROUNDS", "7"))
REQUESTS = 4000  # of a round
COUNTS = (200, 1200)  # under callgrind
CASES = {
    "foo": ("GET", "/api/foo/cost", None),
    "get": ("GET", "/api/store/key?key=/a", None),
    "put": ("PUT", "/api/store/key?key=/a", "x" * 100),
    "txn (/v3/kv/txn)": ("POST", "/v3/kv/txn", json.dumps(
        {"success": [{"request_put": {"key": "L2E=", "value": "eA=="}}]})),
}
LIMIT = 60.0


def wait_for(what, found):
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.05)  # between looks
    raise RuntimeError(f"{what}: not in {LIMIT:.0f} s")


class Server:
    """With an agent. `prefix`: what runs the program."""

    def __init__(self, program, agent, folder, prefix=()):
        conf = pathlib.Path(folder, "server.conf")
        conf.write_text(f"listen = 127.0.0.1:0\ndata_dir = {folder}/data\ncache_dir = {folder}/cache\n"
                        f"log_dir = {folder}/logs\nlog.target = stdout\nthreads = 1\n")
        output = pathlib.Path(folder, "output")
        with open(output, "wb") as to:
            self.process = subprocess.Popen([*prefix, program, "--conf", str(conf)], stdout=to,
                                            stderr=subprocess.STDOUT)
        told = wait_for("the server", lambda: re.search(r"listening on 127\.0\.0\.1:(\d+)", output.read_text()))
        self.port = int(told.group(1))
        agent_conf = pathlib.Path(folder, "agent.conf")
        agent_conf.write_text(f"basic.id = cost\nbasic.server = 127.0.0.1:{self.port}\nbasic.log.target = stdout\n")
        with open(os.devnull, "wb") as nothing:
            self.agent = subprocess.Popen([agent, "--conf", str(agent_conf)], stdout=nothing, stderr=nothing)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        self.ask("PUT", "/api/store/key?key=/a", "x" * 100)
        wait_for("the agent", lambda: b'"code":200' in self.ask("GET", "/api/agents/cost"))

    def ask(self, method, target, body=None):
        self.connection.request(method, target, body)
        return self.connection.getresponse().read()

    def end(self):
        self.agent.terminate()
        self.agent.wait(LIMIT)
        self.process.terminate()
        self.process.wait(LIMIT)

    def cpu(self):
        """Seconds of all threads."""
        tasks = pathlib.Path("/proc", str(self.process.pid), "task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def check(answer):
    assert b'"error"' not in answer and b'"code":4' not in answer, answer


def instructions(programs, count, case):
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "callgrind.log")
        server = Server(*programs, folder, ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                                            f"--log-file={log}"))
        for _ in range(count):
            check(server.ask(*case))
        server.end()
        return int(re.search(r"Collected : (\d+)", log.read_text()).group(1))


def request_text(method, target, body):
    body = body or ""
    return f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def read_reply(client):
    reply = client.recv(65536)
    length = None
    while True:
        head, end, body = reply.partition(b"\r\n\r\n")
        if end:
            length = re.search(rb"Content-Length: (\d+)", head)
            is_whole = len(body) >= int(length.group(1)) if length else body.endswith(b"0\r\n\r\n")
            if is_whole:
                return check(body)
        more = client.recv(65536)
        assert more, "the server has closed"
        reply += more


def cpu_each(server, clients, case):
    text = request_text(*case)
    before = server.cpu()
    for _ in range(REQUESTS // len(clients)):
        for client in clients:
            client.sendall(text)
        for client in clients:
            read_reply(client)
    return (server.cpu() - before) / REQUESTS * 1e6


def print_cpu(programs, count):
    with tempfile.TemporaryDirectory() as folder:
        server = Server(*programs, folder)
        clients = [socket.create_connection(("127.0.0.1", server.port), LIMIT) for _ in range(count)]
        rounds = [{name: cpu_each(server, clients, case) for name, case in CASES.items()} for _ in range(ROUNDS)]
        foo = min(one["foo"] for one in rounds)
        for name in CASES:
            least = min(one[name] for one in rounds)
            print(f"{name}, {count} clients: {least:.1f} us of CPU, {least / foo:.2f} x foo", flush=True)
        server.end()


def print_instructions(programs):
    foo = None
    for name, case in CASES.items():
        few, many = (instructions(programs, count, case) for count in COUNTS)
        each = (many - few) / (COUNTS[1] - COUNTS[0])
        foo = foo or each
        print(f"{name}: {each / 1e3:.1f} k instructions, {each / foo:.2f} x foo", flush=True)


def main():
    programs = sys.argv[1:3]
    for count in (1, 16):
        print_cpu(programs, count)
    print_instructions(programs)


if __name__ == "__main__":
    main()
