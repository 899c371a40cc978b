#!/usr/bin/env python3
"""Runs the tests of packages in small Debians, in chroots and booted: see README.md.

Prints TAP and leaves junit-packages.xml in the folder of the trees. Exits with 1 when a test fails. Needs root. Mounts, groups
and processes of the tests end with this program.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import signal
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

PRODUCTS = ("agent-server", "agentctl", "example-agent", "exec-agent", "logkit-agent", "manifest-lint", "metrics-agent")
# Of each program a deb; of those that tests upgrade more.
PACKAGES = (*((product, "2.0.0", "deb") for product in PRODUCTS), ("exec-agent", "2.0.1", "deb"), ("exec-agent", "2.0.0", "rpm"),
            ("exec-agent", "2.0.1", "rpm"), ("agent-server", "2.0.0", "rpm"))
# Folders of tests, each with the tree of its machine.
CHROOTS = {"chroot": "systemd", "bullseye": "bullseye", "trixie": "trixie", "portable": "bullseye", "arm64": "systemd"}
BOOTED = "systemd"


def run_script(name, *arguments, **settings):
    """Of packaging/."""
    subprocess.run([ROOT / "packaging" / name, *arguments], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "COMPRESSION": "none", **settings})


def make_package(programs, portable, folder, package):
    """folder/<program>_<version>_linux_<arch>.<kind>; an rpm has the portable program, as in a release."""
    product, version, kind = package
    if kind == "rpm":
        programs = portable
    run_script(f"{kind}.sh", version, programs, folder, product)


def make_arm64(programs, native, tests):
    """What a release for arm64 has of the programs, and what runs them here."""
    folder = tests / "packages-arm64"
    settings = {"ARCH": "arm64", "NATIVE": str(native), "STRIP": "aarch64-linux-gnu-strip"}
    run_script("tarballs.sh", "2.0.0", programs, folder, "_portable", **settings)
    for kind in ("deb", "rpm"):
        run_script(f"{kind}.sh", "2.0.0", programs, folder, "exec-agent", **settings)
    shutil.copy(shutil.which("qemu-aarch64-static"), tests)


def make_certificates(folder):
    """An authority, ca.pem, and what it has signed: server.pem and server.key, for server.test."""
    folder.mkdir()
    openssl = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
    subprocess.run([*openssl, "-subj", "/CN=authority", "-keyout", folder / "ca.key", "-out", folder / "ca.pem"],
                   check=True, stderr=subprocess.DEVNULL)
    subprocess.run([*openssl, "-subj", "/CN=server.test", "-addext", "subjectAltName=DNS:server.test", "-CA", folder / "ca.pem",
                    "-CAkey", folder / "ca.key", "-keyout", folder / "server.key", "-out", folder / "server.pem"],
                   check=True, stderr=subprocess.DEVNULL)


def make_layer(arguments):
    """What every tree has besides its Debian: the tests and the packages."""
    programs, portable = arguments.programs.resolve(), arguments.portable.resolve()
    layer = arguments.work / "layer"
    tests = layer / "tests"
    shutil.copytree(HERE.parent / "guest" / "services" / "inside", tests)
    for folder in CHROOTS:
        shutil.copytree(HERE / folder, tests / folder)
    shutil.copytree(HERE / "booted", tests / BOOTED)
    for script in HERE.glob("*.sh"):
        shutil.copy(script, tests)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as makers:
        list(makers.map(lambda package: make_package(programs, portable, tests / "packages", package), PACKAGES))
    run_script("tarballs.sh", "2.0.0", portable, tests / "packages", "_portable")
    shutil.copy(shutil.which("busybox"), tests)
    if arguments.arm64:
        make_arm64(arguments.arm64.resolve(), programs, tests)
    make_certificates(tests / "certificates")
    return layer


def in_chroot(root, script):
    """The command that runs the script: with /proc, loopback and processes of its own, which end with it."""
    inner = 'mount -t proc proc "$0/proc" && ip link set lo up && exec chroot "$0" "$1"'
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc=/proc", "--net",
            "sh", "-c", inner, root, f"/tests/{script.parent.name}/{script.name}"]


def run_in_chroot(arguments, script, layer):
    """(Whether it passed, what it has printed)."""
    with boot.own_tree(arguments.folder, CHROOTS[script.parent.name], layer, arguments.work) as root:
        try:
            done = subprocess.run(in_chroot(root, script), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=arguments.seconds, check=False,
                                  env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/root"})
        except subprocess.TimeoutExpired as error:
            return False, f"{(error.stdout or b'').decode(errors='replace')}has not ended within {arguments.seconds} s\n"
    return done.returncode == 0, done.stdout.decode(errors="replace")


def run_test(arguments, script, layer, groups):
    if script.parent.name in CHROOTS:
        return run_in_chroot(arguments, script, layer)
    return boot.run_test(arguments, BOOTED, script, layer, groups)


def run_all(arguments, layer, groups):
    lines = []
    folders = [folder for folder in (*CHROOTS, "booted") if folder != "arm64" or arguments.arm64]
    scripts = [script for folder in folders for script in sorted((HERE / folder).glob("*.sh"))
               if arguments.only in f"{folder}/{script.stem}"]
    for number, script in enumerate(scripts, 1):
        start = time.monotonic()
        passed, output = run_test(arguments, script, layer, groups)
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
    parser.add_argument("--only", default="", metavar="TEXT", help="tests with this in their folder and file name")
    parser.add_argument("--seconds", type=int, default=180, help="as long as a test may take (%(default)s)")
    parser.add_argument("--verbose", action="store_true", help="print what tests say that passed, too")
    parser.add_argument("--arm64", type=pathlib.Path, metavar="FOLDER",
                        help="portable programs of arm64; without them their tests are left out")
    parser.add_argument("programs", type=pathlib.Path, help="folder of the programs")
    parser.add_argument("portable", type=pathlib.Path, help="folder of the portable programs")
    parser.add_argument("folder", type=pathlib.Path, help="folder of the trees")
    arguments = parser.parse_args()
    arguments.cgroup = "v2"
    boot.own_mounts()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what runs in the trees ends, too
    arguments.folder = arguments.folder.resolve()
    arguments.work = arguments.folder / "packages.work"
    arguments.work.mkdir(exist_ok=True)
    for place in (arguments.work, "/run"):  # systemd-nspawn leaves directories there
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    layer = make_layer(arguments)
    with boot.own_group() as groups:
        suite = run_all(arguments, layer, groups)
    return 0 if results.write_report([suite], arguments.folder / "junit-packages.xml") else 1


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
