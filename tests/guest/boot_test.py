"""boot.py with a stand-in for systemd-nspawn, which writes into the tree what a test in a container would write."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

BOOT = pathlib.Path(__file__).resolve().parent / "boot.py"
PROGRAMS = ("agent-server", "example-agent", "exec-agent", "metrics-agent", "hung-agent")
# It finds the tree among its arguments, and counts the boots.
NSPAWN = """#!/bin/bash
while [ "$1" != --directory ]; do shift; done
cd "$2/var/lib/libagent-test" || exit 1
echo "a line of the console"
echo $$ >>"FOLDER/pids"
cp script "FOLDER/script"
echo boot >>"FOLDER/boots"
[ -x "$2/usr/local/bin/exec-agent" ] && [ -r "$2$(cat script)" ] || exit 1
REST
"""


@unittest.skipIf(os.getuid() != 0, "needs root")
class Boots(unittest.TestCase):
    def boot(self, rest, seconds="30"):
        """Exit code and output of a run whose container does `rest`."""
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        (self.folder / "systemd").mkdir()
        for program in PROGRAMS:
            shutil.copy(shutil.which("true"), self.folder / program)
        nspawn = self.folder / "systemd-nspawn"
        nspawn.write_text(NSPAWN.replace("FOLDER", str(self.folder)).replace("REST", rest))
        nspawn.chmod(0o755)
        result = subprocess.run([sys.executable, "-B", BOOT, "--system", "systemd", "--only", "00_", "--seconds", seconds,
                                 self.folder, self.folder],
                                env=dict(os.environ, PATH=f"{self.folder}:{os.environ['PATH']}:/usr/sbin:/sbin"),
                                text=True, timeout=100, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(self.left_groups(), [])
        return result.returncode, result.stdout

    def left_groups(self):
        """Groups of containers that have ended."""
        groups = pathlib.Path("/sys/fs/cgroup").glob("**/libagent-boot-*")
        return [group for group in groups if not pathlib.Path("/proc", group.name.rpartition("-")[2]).exists()]

    def boots(self):
        return (self.folder / "boots").read_text().count("boot")

    def test_a_test_that_passes(self):
        code, output = self.boot("echo fine >output; echo 0 >result")
        self.assertEqual(code, 0, output)
        self.assertRegex(output, r"(?m)^ok 1 - A unit that somebody wrote.* # \d+ ms$")
        self.assertEqual((self.folder / "script").read_text(), "/tests/systemd/00_container.sh\n")
        report = ElementTree.parse(self.folder / "junit-services.xml").getroot()
        self.assertEqual((report.get("tests"), report.get("failures")), ("1", "0"))

    def test_a_test_that_fails_shows_what_it_said(self):
        code, output = self.boot("echo why >output; echo 1 >result")
        self.assertEqual(code, 1)
        self.assertIn("# why\n", output)
        self.assertIn("console: a line of the console\n", output)
        self.assertIn("failed: guest systemd: A unit that somebody wrote", output)
        report = ElementTree.parse(self.folder / "junit-services.xml").getroot()
        self.assertEqual(report.findtext("testsuite/testcase/system-out"), "why")

    def test_a_system_that_does_not_come_up_has_failed(self):
        code, output = self.boot("exit 1")
        self.assertEqual(code, 1)
        self.assertIn("# the system has not come up\n", output)

    def test_a_reboot_keeps_the_tree(self):
        code, output = self.boot("[ -e again ] || { touch again; exit 133; }; echo 0 >result")
        self.assertEqual(code, 0, output)
        self.assertEqual(self.boots(), 2)

    def test_a_container_that_hangs_is_ended(self):
        code, output = self.boot("exec tail -f /dev/null", seconds="2")
        self.assertEqual(code, 1)
        self.assertIn("has not ended within 2 s", output)
        for pid in (self.folder / "pids").read_text().split():
            with self.assertRaises(ProcessLookupError):
                os.kill(int(pid), 0)

    def test_one_that_boots_for_ever_is_ended(self):
        code, output = self.boot("exit 133", seconds="2")
        self.assertEqual(code, 1)
        self.assertGreater(self.boots(), 1)


if __name__ == "__main__":
    unittest.main()
