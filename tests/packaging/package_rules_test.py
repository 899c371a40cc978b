"""package_rules_test.py <folder of the programs>: what lintian finds in their debs, and rpm in rpms."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = pathlib.Path(sys.argv.pop())
# Packages of tests are not compressed.
NOT_ASKED = "uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball"
# One with an account and scripts, one with completions; the others are made alike.
RPMS = ("agent-server", "agentctl")


def products():
    lines = (TOP / "packaging/products.txt").read_text().splitlines()
    return [line.split("|")[0].strip() for line in lines if not line.startswith("#")]


def read(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class PackageRules(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        names = [*((name, "deb") for name in products()), *((name, "rpm") for name in RPMS)]
        commands = [[f"{kind}.sh", "1.2.3", PROGRAMS, cls.folder, name] for name, kind in names]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as makers:
            list(makers.map(cls.make, commands))

    @staticmethod
    def make(command):
        subprocess.run([TOP / "packaging" / command[0], *command[1:]], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "COMPRESSION": "none"})

    def test_the_deb_of_exec_agent_has_at_most_2_MB(self):
        folder = self.folder / "packed"
        subprocess.run([TOP / "packaging/deb.sh", "1.2.3", PROGRAMS, folder, "exec-agent"], check=True, stdout=subprocess.DEVNULL)
        (package,) = folder.iterdir()
        self.assertLessEqual(package.stat().st_size, 2_000_000)

    def packages(self, kind):
        found = sorted(self.folder.glob(f"*.{kind}"))
        self.assertEqual(len(found), len({"deb": products(), "rpm": RPMS}[kind]))
        return found

    def test_lintian_finds_no_error_in_a_deb(self):
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", "--suppress-tags", NOT_ASKED, *self.packages("deb")],
                              check=False, capture_output=True, text=True)
        errors = [line for line in done.stdout.splitlines() if line.startswith("E:")]
        self.assertEqual((done.returncode, errors), (0, []), done.stderr)

    def test_an_rpm_says_what_it_is_and_is_whole(self):
        for package in self.packages("rpm"):
            with self.subTest(package.name):
                self.assertIn("digests OK", read("rpm", "-K", "--nosignature", package))
                version, release, licence, summary = read(
                    "rpm", "-qp", "--qf", "%{VERSION}\n%{RELEASE}\n%{LICENSE}\n%{SUMMARY}", package).split("\n")
                self.assertEqual((version, release, licence), ("1.2.3", "1", "Apache-2.0"))
                self.assertRegex(summary, r"^.{10,79}[^.]$")
                self.assertTrue(read("rpm", "-qp", "--qf", "%{DESCRIPTION}", package).strip())

    def test_the_files_of_an_rpm_are_roots_and_where_packages_have_them(self):
        for package in self.packages("rpm"):
            with self.subTest(package.name):
                lines = read("rpm", "-qp", "--qf", "[%{FILENAMES} %{FILEUSERNAME} %{FILEMODES:perms}\n]", package).splitlines()
                for name, user, mode in map(str.split, lines):
                    self.assertTrue(name.startswith(("/usr/", "/etc/")), name)
                    self.assertEqual(user, "root", name)
                    self.assertNotRegex(mode, "^.([rwx-]{4}w|[rwx-]{7}w|.*[sStT])", name)

    def test_the_scripts_of_an_rpm_are_scripts_and_know_nothing_of_where_it_was_made(self):
        for package in self.packages("rpm"):
            for tag in ("PREIN", "POSTIN", "PREUN", "POSTUN"):
                text = read("rpm", "-qp", "--qf", "%{" + tag + "}", package)
                if text != "(none)":
                    with self.subTest(package.name, tag=tag):
                        subprocess.run(["dash", "-n"], input=text, text=True, check=True)
            header = read("rpm", "-qp", "--xml", package)
            for place in (TOP, tempfile.gettempdir()):
                self.assertNotIn(f"{place}/", header, package.name)


if __name__ == "__main__":
    unittest.main()
