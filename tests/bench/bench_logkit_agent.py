#!/usr/bin/env python3
"""bench_logkit_agent.py --agent <logkit-agent>: what collecting logs costs, beside rsyslog's imfile and cat.

One file of --megabytes is read to its end by each pipeline, in turns, --rounds times; the best round counts. Then
10 MB/s are shipped over HTTP, and files lie idle. CPU is the user and system time of the process, memory its highest.
Without rsyslogd on the machine its rows are left out, and the table says so. Figures beside a busy machine mean
nothing: the load is printed.
"""
import argparse
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ACCESS = '127.0.0.1 - frank [10/Oct/2026:13:55:36 -0700] "GET /images/%07d.gif HTTP/1.1" 200 %d\n'
RAW = {"type": "raw", "timestamp": False}
# name, kind of lines, reader, parser, sender, goal in MB for a CPU second
PIPELINES = (
    ("raw to discard", "access", {}, RAW, "discard", 400),
    ("raw to file", "access", {}, RAW, "file", 200),
    ("json to discard", "json", {}, {"type": "json"}, "discard", 200),
    ("grok common log to discard", "access", {},
     {"type": "grok", "grok_patterns": "%{COMMON_LOG_FORMAT}"}, "discard", 60),
    ("multi-line to discard", "stack", {"head_pattern": "^E"}, RAW, "discard", 250),
)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=20, help="of shipping, and of idling")
    parser.add_argument("--idle", type=int, default=1000, help="files that lie idle")
    parser.add_argument("--many", type=int, default=10000, help="files whose memory counts")
    parser.add_argument("--directory", default="/var/tmp", help="where the logs are")
    return parser.parse_args()


def make_line(kind, number):
    if kind == "json":
        return json.dumps({"level": "info", "n": number, "path": f"/api/hosts/{number % 1000}", "took": 1.5,
                           "text": "a message of the usual length, with an agent's name in it", "ok": True}) + "\n"
    if kind == "stack":
        lines = ["Exception in thread main: number %d" % number]
        return "\n".join(lines + ["  at org.example.Class.method(Class.java:%d)" % i for i in range(5)]) + "\n"
    return ACCESS % (number, number % 100000)


def make_log(path, kind, size):
    """Many different lines, again and again: making them must not take longer than the benchmark."""
    block = "".join(make_line(kind, number) for number in range(20000)).encode()
    with path.open("wb") as file:
        written = 0
        while written < size:
            written += file.write(block)
    return written


def run_to_end(command, until=None):
    """CPU seconds, peak memory in MB and wall seconds; `until`: a condition at which the program is ended."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if until:
        while process.poll() is None and not until():
            time.sleep(0.02)
        wall = time.monotonic() - begin
        process.send_signal(signal.SIGTERM)
    _, status, usage = os.wait4(process.pid, 0)
    if not until:
        wall = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    error = process.stderr.read().decode()
    process.stderr.close()
    if process.returncode not in (0, -signal.SIGTERM):
        sys.exit(f"{command[0]} ended with {process.returncode}: {error}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, wall


class Bench:
    def __init__(self, options, directory):
        self.options = options
        self.directory = directory
        self.rows = []

    def runner(self, name, log, reader, parser, sender):
        """A directory with one runner; its state is new."""
        place = self.directory / "runner"
        shutil.rmtree(place, ignore_errors=True)
        (place / "conf").mkdir(parents=True)
        senders = [{"sender_type": sender, **({"file_send_path": str(place / "out")} if sender == "file" else {})}]
        if sender.startswith("http"):
            senders = [{"sender_type": "http", "http_sender_url": sender, "http_sender_protocol": "raw"}]
        config = {"name": name, "reader": {"mode": "tailx", "log_path": str(log), **reader}, "parser": parser,
                  "senders": senders}
        (place / "conf/bench.conf").write_text(json.dumps(config))
        return [self.options.agent, "run", "--runners", place / "conf", "--state", place / "state"]

    def add(self, name, size, results, goal):
        cpu, memory, wall = min(results)
        megabytes = size / 1e6
        self.rows.append((name, f"{1000 * cpu / megabytes:.2f}", f"{megabytes / max(cpu, 1e-3):.0f}",
                          f"{goal or ''}", f"{megabytes / wall:.0f}", f"{memory:.1f}"))

    def pipelines(self):
        log = self.directory / "bench.log"
        for name, kind, reader, parser, sender, goal in PIPELINES:
            size = make_log(log, kind, self.options.megabytes * 1_000_000)
            rounds = [run_to_end([*self.runner("bench", log, reader, parser, sender), "--once"])
                      for _ in range(self.options.rounds)]
            self.add("logkit-agent: " + name, size, rounds, goal)
        size = make_log(log, "access", self.options.megabytes * 1_000_000)
        self.add("cat", size, [run_to_end(["cat", log]) for _ in range(self.options.rounds)], None)
        for target in ("discard", "file"):
            self.rsyslog(log, size, target)

    def rsyslog(self, log, size, target):
        """rsyslog's imfile reads the same file; its output tells when it has read all of it."""
        if not shutil.which("rsyslogd"):
            self.rows.append((f"rsyslog imfile: raw to {target} (rsyslogd is not installed)", "", "", "", "", ""))
            return
        place = self.directory / "rsyslog"

        def run():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            out = place / "out"
            # Every 10,000th line tells how far it has come where nothing else is written.
            path = out if target == "file" else "/dev/null"
            (place / "conf").write_text(f'''global(workDirectory="{place}")
module(load="imfile" mode="inotify")
module(load="impstats" interval="1" log.file="{place}/stats" log.syslog="off")
template(name="raw" type="string" string="%msg%\\n")
input(type="imfile" File="{log}" Tag="bench" ruleset="bench" freshStartTail="off" reopenOnTruncate="off")
ruleset(name="bench") {{ action(type="omfile" name="bench-out" file="{path}" template="raw" asyncWriting="off") }}
''')

            def is_done():
                if target == "file":
                    return out.exists() and out.stat().st_size >= size
                stats = place / "stats"
                counts = re.findall(r"bench-out: .*?processed=(\d+)", stats.read_text()) if stats.exists() else []
                return bool(counts) and int(counts[-1]) >= lines

            return run_to_end(["rsyslogd", "-n", "-f", place / "conf", "-i", place / "pid"], is_done)

        lines = log.read_bytes().count(b"\n")
        self.add(f"rsyslog imfile: raw to {target}", size, [run() for _ in range(self.options.rounds)], None)

    def watch(self, command, name, what):
        """CPU of a running agent while `what(pid)` goes on."""
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            what(process.pid)
        finally:
            process.terminate()
            process.wait()

    def measure(self, pid, name, budget):
        begin, cpu = time.monotonic(), cpu_seconds(pid)
        time.sleep(self.options.seconds)
        percent = 100 * (cpu_seconds(pid) - cpu) / (time.monotonic() - begin)
        print(f"{name}: {percent:.3f} % of a core (budget {budget}), "
              f"{memory(pid)[0]:.1f} MB, {memory(pid)[1]:.1f} while it began", flush=True)

    def shipping(self, name, lines, writes, budget):
        """`lines` at once, so many times a second."""
        log = self.directory / "shipped.log"
        log.write_text("")
        receiver = Receiver()

        def ship(pid):
            writer = subprocess.Popen([sys.executable, "-c", WRITER, log, str(self.options.seconds + 4), str(lines),
                                       str(writes)])
            wait_until(lambda: receiver.bytes > 0)
            self.measure(pid, name, budget)
            writer.wait()
            print(f"  {receiver.bytes / 1e6:.0f} MB have arrived", flush=True)

        self.watch(self.runner("ship", log, {}, RAW, receiver.url), "shipping", ship)
        receiver.close()

    def idle(self, count, budget, with_calls):
        place = self.directory / "idle"
        place.mkdir(exist_ok=True)
        for number in range(count):
            (place / f"{number}.log").write_text(f"a line of {number}\n")
        status = self.directory / "runner/state/status.json"

        def rest(pid):
            wait_until(lambda: f'"open_files":{count}' in (status.read_text() if status.exists() else ""))
            wait_until(lambda: '"size":0' in status.read_text())
            self.measure(pid, f"{count} idle files", budget)
            if with_calls:
                count_calls(pid, self.options.seconds)

        reader = {"max_open_files": count + 100}
        self.watch(self.runner("idle", place / "*.log", reader, RAW, "discard"), "idle", rest)
        shutil.rmtree(place)

    def print(self):
        head = ("pipeline", "CPU ms/MB", "MB/CPU s", "goal", "MB/s", "peak MB")
        widths = [max(len(row[i]) for row in [head, *self.rows]) for i in range(len(head))]
        for row in (head, *self.rows):
            print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                            for i, (cell, width) in enumerate(zip(row, widths))).rstrip())
        sys.stdout.flush()


WRITER = """
import sys, time
line = b"a line of a log of one hundred bytes, which says nothing but that it is there, again and again......\\n"
seconds, lines, writes = map(int, sys.argv[2:])
with open(sys.argv[1], "ab", buffering=0) as file:
    begin = time.monotonic()
    for number in range(seconds * writes):
        file.write(line * lines)
        if number * lines % 5 == 0:
            time.sleep(max(0, begin + number / writes - time.monotonic()))
"""


class Receiver:
    """Takes everything, in a thread."""

    def __init__(self):
        outer = self
        self.bytes = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                left = int(self.headers["Content-Length"])
                outer.bytes += left
                while left > 0:
                    left -= len(self.rfile.read(min(left, 1 << 20)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/logs"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()


def cpu_seconds(pid):
    return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3)


def memory(pid):
    """MB now, and at most."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return tuple(int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1000 for name in ("VmRSS", "VmHWM"))


def count_calls(pid, seconds):
    """System calls of all its threads."""
    if not shutil.which("strace"):
        print("  system calls: strace is not installed")
        return
    tracer = subprocess.Popen(["strace", "-f", "-c", "-S", "calls", "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    time.sleep(seconds)
    tracer.send_signal(signal.SIGINT)
    rows = [line.split() for line in tracer.communicate()[1].splitlines()]
    calls = {row[-1]: int(row[3]) for row in rows if len(row) >= 5 and row[0][:1].isdigit()}
    total = calls.pop("total", sum(calls.values()))
    most = ", ".join(f"{name} {count / seconds:.1f}" for name, count in list(calls.items())[:6])
    print(f"  {total / seconds:.1f} system calls a second: {most}", flush=True)


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit("what was waited for did not come")
        time.sleep(0.05)


def main():
    options = arguments()
    options.agent = os.path.abspath(options.agent)
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores", flush=True)
    with tempfile.TemporaryDirectory(dir=options.directory) as directory:
        bench = Bench(options, pathlib.Path(directory))
        bench.pipelines()
        bench.print()
        bench.shipping("10 MB/s shipped over HTTP", 4950, 20, "4 % and 16 MB")
        bench.shipping("5,000 lines a second, written one by one", 1, 5000, "none")
        bench.idle(options.idle, "0.2 %", True)
        bench.idle(options.many, "24 MB", False)
    print(f"load {os.getloadavg()[0]:.2f} at the end")


main()
