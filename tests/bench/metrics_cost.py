#!/usr/bin/env python3
"""What a usage report and a list of processes cost several builds of agent-server, side by side.

    tests/bench/metrics_cost.py <bench-metrics> <agent-server> [<another agent-server> ...]

CPU: the builds take turns, so that what else the machine does concerns all of them; the least and the median
of the rounds are printed. Instructions: callgrind's, of many reports less those of few; they hardly depend on
what else the machine does. Both for lists that are kept as they came, for lists that are compressed by the
server, and for lists that are deflated on the way.
"""
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROUNDS = int(os.environ.get("ROUNDS", "5"))
CASES = {
    "kept as they came": ["--agents", "200"],
    "compressed": ["--agents", "200", "--memory-mib", "12"],
    "kept as they came, deflated on the way": ["--agents", "200", "--deflate", "1"],
}
COST = re.compile(r"times (usage report|list of processes) of .*: ([0-9.]+) us")


def run(bench, server, usage, lists, options):
    counts = ["--usage", str(usage), "--lists", str(lists)]
    plain = [] if "--deflate" in options else ["--deflate", "0"]
    done = subprocess.run([bench, "--server", server, *counts, *plain, *options], stdout=subprocess.PIPE, text=True,
                          check=True)
    return {kind: float(cost) for kind, cost in COST.findall(done.stdout)}


def instructions(bench, server, usage, lists, options):
    with tempfile.TemporaryDirectory() as folder:
        log, script = pathlib.Path(folder, "log"), pathlib.Path(folder, "server")
        script.write_text("#!/bin/sh\nexec valgrind --tool=callgrind --callgrind-out-file=/dev/null "
                          f"--log-file={log} {server} \"$@\"\n")
        script.chmod(0o700)
        run(bench, str(script), usage, lists, options)
        return int(re.search(r"Collected : (\d+)", log.read_text()).group(1))


def print_instructions(bench, server, options):
    few = instructions(bench, server, 200, 200, options)
    usages = (instructions(bench, server, 2200, 200, options) - few) / 2000
    lists = (instructions(bench, server, 200, 400, options) - few) / 200
    print(f"  {server}: {usages / 1e3:.1f} k instructions per usage report, {lists / 1e3:.0f} k per list", flush=True)


def print_cpu(bench, servers, options):
    rounds = {server: [] for server in servers}
    for _ in range(ROUNDS):
        for server in servers:
            rounds[server].append(run(bench, server, 20000, 1500, options))
    for server, costs in rounds.items():
        for kind in costs[0]:
            values = [cost[kind] for cost in costs]
            print(f"  {server}: {kind}: {min(values):.1f} us of CPU at best, {statistics.median(values):.1f} in the"
                  " median", flush=True)


def main():
    bench, *servers = sys.argv[1:]
    for name, options in CASES.items():
        print(name, flush=True)
        print_cpu(bench, servers, options)
        for server in servers:
            print_instructions(bench, server, options)


main()
