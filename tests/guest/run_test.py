"""run.py with a stand-in for QEMU, which writes what a guest would write to its second serial port."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

RUN = pathlib.Path(__file__).resolve().parent / "run.py"
# It finds the file of the second port among its arguments.
QEMU = """#!/bin/bash
for argument; do [[ $argument == file:*.tap ]] && port=${argument#file:}; done
echo $$ >"$port.pid"
cd "$(dirname "$port")"
echo the kernel is here >console-v2.log
printf '%b' 'TEXT' >"$port"
REST
"""


class Guests(unittest.TestCase):
    def guest(self, text, rest="", options=()):
        """Exit code and output of a run whose guests write `text`, then do `rest`."""
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        for program in ("test_host", "test_guest"):
            shutil.copy(shutil.which("true"), self.folder / program)
        qemu = self.folder / "qemu-system-x86_64"
        qemu.write_text(QEMU.replace("TEXT", text).replace("REST", rest))
        qemu.chmod(0o755)
        result = subprocess.run([sys.executable, RUN, "--hierarchy", "v2", *options, self.folder, self.folder],
                                env=dict(os.environ, PATH=f"{self.folder}:{os.environ['PATH']}:/usr/sbin:/sbin"),
                                text=True, timeout=100, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return result.returncode, result.stdout

    def test_all_tests_passed(self):
        code, output = self.guest("ok 1 - a: b # 5 ms\\nok 2 - a: c # 5 ms\\n1..2\\n")
        self.assertEqual(code, 0, output)
        self.assertIn("v2: 2 tests, 0 failed", output)

    def test_a_test_failed(self):
        code, output = self.guest("# why\\nnot ok 1 - a: b # 5 ms\\nok 2 - a: c # 5 ms\\n1..2\\n")
        self.assertEqual(code, 1)
        self.assertIn("v2: # why\n", output)
        self.assertIn("failed: guest v2: a: b\n", output)
        report = (self.folder / "junit.xml").read_text()
        self.assertIn('<testsuites tests="2" failures="1">', report)
        self.assertIn("<system-out>why</system-out>", report)

    def test_a_guest_that_ends_early_has_failed(self):
        for text in ("", "ok 1 - a: b # 5 ms\\n", "ok 1 - a: b # 5 ms\\n1..2\\n", "1..0\\n"):
            with self.subTest(text):
                code, output = self.guest(text)
                self.assertEqual(code, 1)
                self.assertIn("failed: guest v2: the guest told the result of every test\n", output)
                self.assertIn("console: the kernel is here\n", output)

    def test_a_guest_that_hangs_is_ended(self):
        code, output = self.guest("ok 1 - a: b # 5 ms\\n", rest="exec tail -f /dev/null",
                                  options=("--seconds", "1"))
        self.assertEqual(code, 1)
        self.assertIn("the guest has not ended in time", output)
        with self.assertRaises(ProcessLookupError):
            os.kill(int((self.folder / "results-v2.tap.pid").read_text()), 0)

    def test_so_many_guests_run_at_once(self):
        code, output = self.guest("ok 1 - a: b # 5 ms\\n1..1\\n", rest="until [ -f results-v1.tap.pid ]; do sleep 0.1; done",
                                  options=("--hierarchy", "v1", "--hierarchy", "hybrid", "--jobs", "2"))
        self.assertEqual(code, 0, output)
        self.assertLess(output.index("v2: 1 tests, 0 failed"), output.index("hybrid: a guest"))
        self.assertIn('<testsuites tests="3" failures="0">', (self.folder / "junit.xml").read_text())


if __name__ == "__main__":
    unittest.main()
