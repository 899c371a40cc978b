#!/usr/bin/env python3
"""Runs tests in guests: see README.md.

Prints each guest's TAP and leaves junit.xml and the guests' consoles in the folder of the image. Exits with 1 when a
test fails or when a guest gives no whole result in time.
"""
import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import results

HERE = pathlib.Path(__file__).resolve().parent
# Each program, and which of its tests run in a guest: tags or names as Catch takes them, "" for all.
TESTS = {"test_host": "[group]", "test_guest": ""}
UNIFIED = "systemd.unified_cgroup_hierarchy="
LEGACY = "systemd.legacy_systemd_cgroup_controller="
HIERARCHIES = {"v2": f"{UNIFIED}1",
               "hybrid": f"{UNIFIED}0 {LEGACY}0 cgroup_no_v1=memory,pids",
               "v1": f"{UNIFIED}0 {LEGACY}1"}
POLL_SECONDS = 0.2


def make_tests_disk(programs, tests, folder):
    """The programs, and what starts them in the guest; the guest's own disk need not change for them."""
    disk = folder / "tests.img"
    with tempfile.TemporaryDirectory(dir=folder) as name:
        content = pathlib.Path(name)
        shutil.copytree(HERE / "inside", content, dirs_exist_ok=True)
        for program in tests:
            subprocess.run(["strip", "-o", content / program, programs / program], check=True)
        (content / "list").write_text("".join(f"{name} {which}\n" for name, which in tests.items()))
        disk.unlink(missing_ok=True)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", content, disk, "256M"],
                       check=True, stdout=subprocess.DEVNULL)


def machine(folder, hierarchy, unit, ports):
    """The command that starts a guest: one processor without KVM, no network, nothing written to the disks."""
    kernel = (f"console=ttyS0 panic=-1 mitigations=off random.trust_cpu=on quiet systemd.unit={unit} "
              f"systemd.journald.forward_to_console=1 guest.hierarchy={hierarchy} {HIERARCHIES[hierarchy]}")
    command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "512", "-nodefaults", "-nic", "none",
               "-display", "none", "-no-reboot", "-kernel", folder / "vmlinuz", "-initrd", folder / "initrd",
               "-append", kernel]
    for disk in ("root.img", "tests.img"):
        command += ["-drive", f"file={folder / disk},format=raw,if=virtio,snapshot=on"]
    for port in ports:
        command += ["-serial", port]
    return command


class Guest:
    """One guest that runs; its lines are printed as they come, among those of others."""

    def __init__(self, folder, hierarchy, seconds):
        self.hierarchy, self.start, self.seconds = hierarchy, time.monotonic(), seconds
        self.lines, self.rest = [], ""
        self.console, tap = folder / f"console-{hierarchy}.log", folder / f"results-{hierarchy}.tap"
        tap.write_bytes(b"")
        self.output = tap.open(encoding="utf-8", errors="replace")
        self.say(f"a guest; its console is {self.console}")
        command = machine(folder, hierarchy, "libagent-tests.service", [f"file:{self.console}", f"file:{tap}"])
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def say(self, line):
        print(f"{self.hierarchy}: {line}", flush=True)

    def runs(self):
        """Prints what is new. False when the guest has ended or its time is over."""
        running = self.process.poll() is None
        *whole, self.rest = (self.rest + self.output.read()).split("\n")
        for line in whole:
            self.say(line)
        self.lines += whole
        if running and time.monotonic() > self.start + self.seconds:
            self.say("the guest has not ended in time")
            return False
        return running

    def suite(self):
        """The results, once it no longer runs; a guest that told no whole result shows the end of its console."""
        suite = results.suite_of(self.hierarchy, self.lines + [self.rest])
        if not results.is_whole(suite):
            results.show_end_of(self.console)
        self.say(f"{suite.get('tests')} tests, {suite.get('failures')} failed, {time.monotonic() - self.start:.0f} s")
        return suite

    def end(self):
        self.process.kill()
        self.process.wait()
        self.output.close()


def run(folder, hierarchies, seconds, jobs):
    """So many guests at once; True when all tests passed. No guest outlives this."""
    waiting, running, suites = list(hierarchies), [], {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(Guest(folder, waiting.pop(0), seconds))
            for guest in [guest for guest in running if not guest.runs()]:
                running.remove(guest)
                guest.end()
                suites[guest.hierarchy] = guest.suite()
            time.sleep(POLL_SECONDS)
    finally:
        for guest in running:
            guest.end()
    return results.write_report([suites[hierarchy] for hierarchy in hierarchies], folder / "junit.xml")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--hierarchy", action="append", choices=HIERARCHIES, help="all three without it")
    parser.add_argument("--only", metavar="PROGRAM=TESTS", help="such as 'test_guest=*swap*'")
    parser.add_argument("--shell", action="store_true", help="a shell in the guest, on this terminal")
    parser.add_argument("--seconds", type=int, default=2400, help="as long as a guest may take (%(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="so many guests at once (%(default)s)")
    parser.add_argument("programs", type=pathlib.Path, help="folder of the test programs")
    parser.add_argument("folder", type=pathlib.Path, help="folder of the guest's kernel and disk")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the guest ends, too
    folder = arguments.folder.resolve()
    hierarchies = arguments.hierarchy or list(HIERARCHIES)
    tests = dict([arguments.only.split("=", maxsplit=1)]) if arguments.only else TESTS
    make_tests_disk(arguments.programs, tests, folder)
    if arguments.shell:
        command = machine(folder, hierarchies[0], "libagent-shell.service", ["stdio", "null"])
        return subprocess.run(command, check=False).returncode
    return 0 if run(folder, hierarchies, arguments.seconds, arguments.jobs) else 1


if __name__ == "__main__":
    sys.exit(main())
