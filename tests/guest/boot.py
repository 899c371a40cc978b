#!/usr/bin/env python3
"""Runs the tests of services, each in a container of its own that boots a real init: see README.md.

Prints TAP and leaves junit-services.xml and the consoles of tests that failed in the folder of the trees. Exits with 1
when a test fails. Needs root. Mounts, groups and processes of the tests end with this program.
"""
import argparse
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import results

HERE = pathlib.Path(__file__).resolve().parent
SYSTEMS = ("systemd", "sysvinit")
PROGRAMS = ("agent-server", "example-agent", "exec-agent", "metrics-agent", "hung-agent")
CGROUPS = pathlib.Path("/sys/fs/cgroup")
STATE = "var/lib/libagent-test"  # of a test, in its tree; inside/start knows it, too
GROUP = "libagent-boot-"
POLL_SECONDS = 0.05
REBOOT = 133  # exit code of systemd-nspawn when the system wants to boot again


def own_mounts():
    """Starts this program again where nobody else sees what it mounts, and nothing of it stays."""
    if os.environ.get("PRIVATE_MOUNTS") != "1":
        os.environ["PRIVATE_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--", sys.executable, "-B", *sys.argv])
    del os.environ["PRIVATE_MOUNTS"]


def groups_of(name):
    """Where containers may have groups: systemd takes the one of its init for the topmost. Two must not share it."""
    places = [CGROUPS / "systemd", CGROUPS / "unified", CGROUPS]
    return [place / name for place in places if (place / "cgroup.procs").exists()]


def remove_groups(name):
    for group in groups_of(name):
        for directory, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(directory)


def remove_stale_groups():
    """Of runs that were killed."""
    for top in {group.parent for group in groups_of("any")}:
        for group in top.glob(f"{GROUP}*"):
            if not pathlib.Path("/proc", group.name.removeprefix(GROUP)).exists():
                remove_groups(group.name)


@contextlib.contextmanager
def own_group():
    name = f"{GROUP}{os.getpid()}"
    remove_stale_groups()
    try:
        for group in groups_of(name):
            group.mkdir()
        yield [group / "cgroup.procs" for group in groups_of(name)]
    finally:
        remove_groups(name)


def make_layer(programs, work):
    """What every tree has besides its Debian: the programs and the tests."""
    layer = work / "layer"
    shutil.copytree(HERE / "services" / "inside", layer / "tests")
    for system in SYSTEMS:
        shutil.copytree(HERE / "services" / system, layer / "tests" / system)
    for place in ("tests/bin", "usr/local/bin"):
        (layer / place).mkdir(parents=True)
    for program in PROGRAMS:
        subprocess.run(["strip", "-o", layer / "tests/bin" / program, programs / program], check=True)
        shutil.copy(layer / "tests/bin" / program, layer / "usr/local/bin")
    return layer


@contextlib.contextmanager
def own_tree(folder, system, layer, work):
    """A copy of the tree that nobody has used, in memory."""
    top = work / "test"
    for directory in ("upper", "work", "root"):
        (top / directory).mkdir(parents=True)
    layers = f"lowerdir={layer}:{folder / system},upperdir={top / 'upper'},workdir={top / 'work'}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, top / "root"], check=True)
    try:
        yield top / "root"
    finally:
        subprocess.run(["umount", "--lazy", top / "root"], check=True)
        shutil.rmtree(top)


def container(root, unified):
    """The command that boots the tree: with loopback and no other network, and an end when this program ends."""
    return ["setpriv", "--pdeathsig", "KILL",
            "env", f"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY={int(unified)}",
            "systemd-nspawn", "--quiet", "--boot", "--directory", root, "--machine", "guest", "--register=no",
            "--keep-unit", "--private-network", "--resolv-conf=off", "--timezone=off", "--link-journal=no",
            "--console=pipe"]


def boot(root, unified, console, groups, seconds):
    """Boots as often as the system wants it. False when the container has not ended in time."""
    def enter_groups():
        for entrance in groups:
            entrance.write_text(str(os.getpid()), encoding="ascii")

    end = time.monotonic() + seconds
    with console.open("wb") as output:
        while time.monotonic() < end:
            # pylint: disable-next=subprocess-popen-preexec-fn  # there are no threads
            guest = subprocess.Popen(container(root, unified), stdin=subprocess.DEVNULL, stdout=output,
                                     stderr=subprocess.STDOUT, preexec_fn=enter_groups)
            try:
                if guest.wait(end - time.monotonic()) != REBOOT:
                    return True
            except subprocess.TimeoutExpired:
                return False
            finally:
                guest.kill()
                guest.wait()
                wait_for_end(groups)
    return False


def wait_for_end(groups):
    """Those that the container has left: its init is gone, so they are about to end."""
    end = time.monotonic() + 10
    while time.monotonic() < end and any(list_processes(entrance.parent) for entrance in groups):
        time.sleep(POLL_SECONDS)


def list_processes(group):
    return [pid for path in group.rglob("cgroup.procs") for pid in path.read_text(encoding="ascii").split()]


def name_of(script):
    """Its second line: a comment that says what the test promises."""
    return script.read_text(encoding="utf-8").splitlines()[1].removeprefix("# ").removesuffix(".")


def run_test(arguments, system, script, layer, groups):
    """(Whether it passed, what it has printed)."""
    console = arguments.folder / f"console-{system}-{script.stem}.log"
    with own_tree(arguments.folder, system, layer, arguments.work) as root:
        state = root / STATE
        state.mkdir(parents=True)
        (state / "script").write_text(f"/tests/{system}/{script.name}\n", encoding="ascii")
        ended = boot(root, arguments.cgroup == "v2", console, groups, arguments.seconds)
        output = (state / "output").read_text(encoding="utf-8", errors="replace") if (state / "output").exists() else ""
        passed = ended and (state / "result").exists() and (state / "result").read_text() == "0\n"
    if not ended:
        output += f"has not ended within {arguments.seconds} s\n"
    elif not passed and not output:
        output = "the system has not come up\n"
    if passed:
        console.unlink()
    else:
        results.show_end_of(console)
    return passed, output


def run_system(arguments, system, layer, groups):
    """The results of the system's tests, as JUnit has them."""
    scripts = sorted((HERE / "services" / system).glob("*.sh"))
    scripts = [script for script in scripts if arguments.only in script.stem]
    lines = []
    for number, script in enumerate(scripts, 1):
        start = time.monotonic()
        passed, output = run_test(arguments, system, script, layer, groups)
        comments = [f"# {line}" for line in output.splitlines()]
        if not passed or arguments.verbose:
            print("".join(f"{comment}\n" for comment in comments), end="")
        lines += comments
        lines.append(f"{'ok' if passed else 'not ok'} {number} - {name_of(script)}"
                     f" # {(time.monotonic() - start) * 1000:.0f} ms")
        print(lines[-1], flush=True)
    suite = results.suite_of(system, [*lines, f"1..{len(scripts)}"])
    print(f"== {system}: {suite.get('tests')} tests, {suite.get('failures')} failed")
    return suite


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--system", action="append", choices=SYSTEMS, help="both without it")
    parser.add_argument("--only", default="", metavar="TEXT", help="tests with this in their file's name")
    parser.add_argument("--cgroup", choices=("v1", "v2"), default="v2", help="which the container sees (%(default)s)")
    parser.add_argument("--seconds", type=int, default=180, help="as long as a test may take (%(default)s)")
    parser.add_argument("--verbose", action="store_true", help="print what tests say that passed, too")
    parser.add_argument("programs", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("folder", type=pathlib.Path, help="folder of the trees")
    arguments = parser.parse_args()
    own_mounts()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the container ends, too
    arguments.folder = arguments.folder.resolve()
    arguments.work = arguments.folder / "boot.work"
    arguments.work.mkdir(exist_ok=True)
    for place in (arguments.work, "/run"):  # systemd-nspawn leaves directories there
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    layer = make_layer(arguments.programs, arguments.work)
    with own_group() as groups:
        suites = [run_system(arguments, system, layer, groups) for system in arguments.system or SYSTEMS]
    return 0 if results.write_report(suites, arguments.folder / "junit-services.xml") else 1


if __name__ == "__main__":
    sys.exit(main())
