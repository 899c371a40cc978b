#!/usr/bin/env python3
"""bench_metrics_agent.py --agent <metrics-agent> --server <agent-server>: what metrics-agent costs a machine.

All five jobs run at their default intervals, beside 200 processes and 500 sockets and no others: in namespaces
of processes, network and mounts of their own, which needs root. After --settle seconds, for --seconds: CPU time of the
agent's process, its memory once a second, and how often its threads wait and are woken. --monitor off leaves out
the agent's report on itself. Ends with 1 beyond a budget.
"""
import argparse
import collections
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PERCENT_OF_A_CORE = 0.15
MEGABYTES = 6.0
WAKE_UPS_PER_SECOND = 1.0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--processes", type=int, default=200)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--settle", type=int, default=70)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--monitor", choices=("on", "off"), default="on")
    parser.add_argument("--conf", default="", help="further lines of agent.conf, separated by ';'")
    return parser.parse_args()


def enter_namespaces():
    """This program once more, as the first process of a machine of its own."""
    if os.environ.get("BENCH_NAMESPACES"):
        return
    os.environ["BENCH_NAMESPACES"] = "made"
    os.execvp("unshare", ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--",
                          sys.executable, "-B", *sys.argv])


def hold(count, ready):
    """In a child: sockets as a machine has them, five of ten of Unix, two of UDP, three of TCP."""
    kept = []
    while len(kept) < count:
        kept += socket.socketpair(socket.AF_UNIX)
        if len(kept) % 10 == 6:
            listener = socket.create_server(("127.0.0.1", 0))
            kept += [listener, socket.create_connection(listener.getsockname()), listener.accept()[0]]
            kept.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            kept[-1].bind(("127.0.0.1", 0))
    os.write(ready, b".")
    signal.pause()


def count_processes():
    return sum(name.isdigit() for name in os.listdir("/proc"))


def count_sockets():
    return sum(len(pathlib.Path("/proc/net", name).read_text().splitlines()) - 1
               for name in ("tcp", "tcp6", "udp", "udp6", "unix"))


def make_load(processes, sockets):
    """Until the whole machine has so many, others than ours included."""
    read, write = os.pipe()
    while (left := processes - count_processes()) > 0:
        share = max(0, sockets - count_sockets()) // left
        if os.fork() == 0:
            hold(share, write)
        os.read(read, 1)


def rollup(pid):
    rows = (line.split() for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return {row[0][:-1]: int(row[1]) * 1024 for row in rows}


def cpu_seconds(pid):
    return time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3)


def waits(pid):
    """By thread: how often it has waited, which is how often it was woken."""
    counts = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            status = (task / "status").read_text()
        except FileNotFoundError:
            continue
        counts[task.name] = int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return counts


class Watch:
    """The agent, looked at once a second."""

    def __init__(self, pid):
        self.pid = pid
        self.memory = collections.defaultdict(list)
        self.before = waits(pid)
        self.waits = dict(self.before)
        self.cpu = -cpu_seconds(pid)
        self.begin = time.monotonic()

    def look(self):
        for name, value in rollup(self.pid).items():
            self.memory[name].append(value / 1e6)
        self.waits.update(waits(self.pid))  # of a thread that has ended: as it was last

    def run(self, seconds):
        for second in range(1, seconds + 1):
            time.sleep(max(0, self.begin + second - time.monotonic()))
            self.look()
        self.seconds = time.monotonic() - self.begin
        self.cpu += cpu_seconds(self.pid)

    def print(self):
        percent = 100 * self.cpu / self.seconds
        per_thread = {thread: (count - self.before.get(thread, 0)) / self.seconds for thread, count in self.waits.items()}
        print(f"CPU {percent:.3f} % of a core over {self.seconds:.0f} s (budget {PERCENT_OF_A_CORE} %)")
        for name in ("Rss", "Pss", "Anonymous"):
            values = self.memory[name]
            print(f"{name:9} median {statistics.median(values):.2f} MB, "
                  f"from {min(values):.2f} to {max(values):.2f} MB")
        total = sum(per_thread.values())
        print(f"{total:.2f} wake-ups per second (budget {WAKE_UPS_PER_SECOND}), by thread: "
              + ", ".join(f"{rate:.2f}" for rate in per_thread.values()))
        return (percent <= PERCENT_OF_A_CORE and statistics.median(self.memory["Rss"]) <= MEGABYTES
                and total <= WAKE_UPS_PER_SECOND)


def start(command, directory, said):
    output = pathlib.Path(directory, "output")
    with output.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    for _ in range(600):
        text = output.read_text()
        if said in text:
            return process, text
        if process.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit(f"{command[0]} did not start:\n{output.read_text()}")


def start_server(program, directory):
    conf = pathlib.Path(directory, "server.conf")
    conf.write_text(f"listen = 127.0.0.1:18080\nlog.target = stdout\ndata_dir = {directory}\n")
    return start([program, "--conf", conf], directory, "listening")[0]


def start_agent(options, directory):
    conf = pathlib.Path(directory, "agent.conf")
    lines = ["basic.id = bench", "basic.server = 127.0.0.1:18080", "basic.log.target = stdout",
             f"basic.monitor.enabled = {'true' if options.monitor == 'on' else 'false'}", "basic.monitor.interval = 10s", "task.jobs = static,usage,process,conns,temps", f"spool.dir = {directory}/spool"]
    conf.write_text("\n".join(lines + options.conf.split(";")) + "\n")
    return start([options.agent, "--conf", conf], directory, "connected")[0]


def main():
    options = arguments()
    options.agent, options.server = os.path.abspath(options.agent), os.path.abspath(options.server)
    enter_namespaces()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory() as server_directory, tempfile.TemporaryDirectory() as directory:
        server = start_server(options.server, server_directory)
        agent = start_agent(options, directory)
        make_load(options.processes, options.sockets)
        print(f"{count_processes()} processes, {count_sockets()} sockets", flush=True)
        time.sleep(options.settle)
        watch = Watch(agent.pid)
        try:
            watch.run(options.seconds)
        except (FileNotFoundError, ProcessLookupError):
            sys.exit(f"the agent has ended, {agent.wait()}:\n{pathlib.Path(directory, 'output').read_text()}")
        within = watch.print()
        if os.environ.get("BENCH_SMAPS"):
            pathlib.Path(os.environ["BENCH_SMAPS"]).write_text(pathlib.Path(f"/proc/{agent.pid}/smaps").read_text())
        for process in (agent, server):
            process.terminate()
            process.wait()
    os._exit(0 if within else 1)  # the children end with this first process


main()
