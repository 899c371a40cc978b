"""packaging/install-npm-packages.sh with a stand-in for npm."""
import os
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "install-npm-packages.sh"


class NpmPackages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        npm = self.folder / "npm"
        npm.write_text(f'#!/bin/sh\necho "$@" >>{self.folder}/calls\nexit "${{NPM_FAILS:-0}}"\n')
        npm.chmod(0o755)
        self.list = self.folder / "list"
        self.list.write_text("# why\na@1.2.3\n\n@b/c@4.5.6  # why\n")

    def run_script(self, **more):
        env = dict(os.environ, PATH=f"{self.folder}:{os.environ['PATH']}", **more)
        return subprocess.run([SCRIPT, self.list, self.folder / "to"], env=env, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT).returncode

    def calls(self):
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def test_the_pinned_versions_are_installed_once_and_run_nothing(self):
        self.assertEqual(self.run_script(), 0)
        self.assertEqual(self.run_script(), 0)
        self.assertEqual(len(self.calls()), 1)
        self.assertTrue(self.calls()[0].endswith(" a@1.2.3 @b/c@4.5.6"))
        self.assertIn("--ignore-scripts", self.calls()[0])

    def test_another_version_is_installed_anew(self):
        self.run_script()
        self.list.write_text("a@1.2.4\n")
        self.assertEqual(self.run_script(), 0)
        self.assertTrue(self.calls()[1].endswith(" a@1.2.4"))

    def test_what_failed_is_tried_again(self):
        self.assertNotEqual(self.run_script(NPM_FAILS="1"), 0)
        self.assertEqual(self.run_script(), 0)
        self.assertEqual(len(self.calls()), 2)


if __name__ == "__main__":
    unittest.main()
