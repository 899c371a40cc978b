"""symbols_test.py <folder of the programs>: what packaged programs need of the system that they run on, read with objdump."""
import pathlib
import re
import subprocess
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(sys.argv.pop())
# What a build on Debian 12 needs. Debian 11 and RHEL 8 have 2.31 and 2.28: they wait for the portable program.
NEWEST_GLIBC = (2, 36)
# Libraries whose names differ between the releases that one deb serves.
CHANGING = ("libstdc++", "libgcc_s", "libre2", "libyaml-cpp", "libfmt", "libspdlog", "libhttp_parser", "libcgroup", "libm.")


def products():
    lines = (TOP / "packaging/products.txt").read_text().splitlines()
    return [line.split("|")[0].strip() for line in lines if not line.startswith("#")]


def read(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def glibc_versions(program):
    """{version: the functions with it}."""
    out = {}
    for line in read("objdump", "-T", program).splitlines():
        match = re.search(r"\*UND\*.*\(?GLIBC_([0-9.]+)\)?\s+(\S+)$", line)
        if match:
            out.setdefault(tuple(map(int, match[1].split("."))), []).append(match[2])
    return out


class Symbols(unittest.TestCase):
    def test_no_program_needs_a_newer_glibc_than_the_documents_say(self):
        newest = {}
        for name in products():
            versions = glibc_versions(PROGRAMS / name)
            newest[name] = max(versions)
            with self.subTest(name):
                self.assertLessEqual(newest[name], NEWEST_GLIBC, versions[newest[name]])
        text = ".".join(map(str, max(newest.values())))
        print("needed of glibc:", {name: ".".join(map(str, version)) for name, version in newest.items()})
        for page in ("docs/platforms.md", "docs/packaging.md"):
            self.assertIn(f"glibc {text}", (TOP / page).read_text())

    def test_no_program_needs_a_library_whose_name_differs_between_releases(self):
        for name in products():
            needed = re.findall(r"\(NEEDED\).*\[(.*)\]", read("readelf", "--dynamic", "--wide", PROGRAMS / name))
            with self.subTest(name):
                self.assertTrue(needed)
                self.assertEqual([library for library in needed if library.startswith(CHANGING)], [])


if __name__ == "__main__":
    unittest.main()
