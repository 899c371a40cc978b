#!/usr/bin/env python3
"""Runs the tests of packages in chroots of a small Debian that has dpkg and rpm: see README.md.

Prints TAP and leaves junit-packages.xml in the folder of the trees. Exits with 1 when a test fails. Needs root. Mounts and
processes of the tests end with this program.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "guest"))
sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
import boot  # noqa: E402
import results  # noqa: E402

PACKAGES = (("agent-server", "2.0.0"), ("exec-agent", "2.0.0"), ("exec-agent", "2.0.1"))


def make_packages(programs, folder):
    """As deb and as rpm: folder/<program>_<version>_linux_<arch>.<kind>."""
    for program, version in PACKAGES:
        for kind in ("deb", "rpm"):
            subprocess.run([ROOT / "packaging" / f"{kind}.sh", version, programs, folder, program], check=True,
                           stdout=subprocess.DEVNULL, env={**os.environ, "COMPRESSION": "none"})


def make_layer(programs, work):
    layer = work / "layer"
    shutil.copytree(HERE / "chroot", layer / "tests")
    make_packages(programs, layer / "tests" / "packages")
    return layer


def in_chroot(root, script):
    """The command that runs the script: with /proc and processes of its own, which end with it."""
    inner = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$1"'
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc=/proc", "--net",
            "sh", "-c", inner, root, f"/tests/{script.name}"]


def run_test(arguments, script, layer):
    """(Whether it passed, what it has printed)."""
    with boot.own_tree(arguments.folder, "systemd", layer, arguments.work) as root:
        try:
            done = subprocess.run(in_chroot(root, script), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=arguments.seconds, check=False,
                                  env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/root"})
        except subprocess.TimeoutExpired as error:
            return False, f"{(error.stdout or b'').decode(errors='replace')}has not ended within {arguments.seconds} s\n"
    return done.returncode == 0, done.stdout.decode(errors="replace")


def run_all(arguments, layer):
    lines = []
    scripts = [script for script in sorted((HERE / "chroot").glob("[0-9]*.sh")) if arguments.only in script.stem]
    for number, script in enumerate(scripts, 1):
        start = time.monotonic()
        passed, output = run_test(arguments, script, layer)
        comments = [f"# {line}" for line in output.splitlines()]
        if not passed or arguments.verbose:
            print("".join(f"{comment}\n" for comment in comments), end="")
        lines += comments
        lines.append(f"{'ok' if passed else 'not ok'} {number} - {boot.name_of(script)}"
                     f" # {(time.monotonic() - start) * 1000:.0f} ms")
        print(lines[-1], flush=True)
    return results.suite_of("packages", [*lines, f"1..{len(scripts)}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", default="", metavar="TEXT", help="tests with this in their file's name")
    parser.add_argument("--seconds", type=int, default=120, help="as long as a test may take (%(default)s)")
    parser.add_argument("--verbose", action="store_true", help="print what tests say that passed, too")
    parser.add_argument("programs", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("folder", type=pathlib.Path, help="folder of the trees")
    arguments = parser.parse_args()
    boot.own_mounts()
    arguments.folder = arguments.folder.resolve()
    arguments.work = arguments.folder / "packages.work"
    arguments.work.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", arguments.work], check=True)
    suite = run_all(arguments, make_layer(arguments.programs.resolve(), arguments.work))
    return 0 if results.write_report([suite], arguments.folder / "junit-packages.xml") else 1


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
