"""packaging/install-dependencies.sh with stand-ins for Debian's tools."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = TOP / "packaging" / "install-dependencies.sh"


class Dependencies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for tool in ("bash", "cat", "env", "sed", "xargs", "echo"):
            (self.folder / tool).symlink_to(shutil.which(tool))
        self.tool("id", "echo 0")
        self.list = self.folder / "list"
        self.list.write_text("# tools\ncmake\n\nninja-build  # fast\njq\n")

    def tool(self, name, script):
        path = self.folder / name
        path.write_text(f"#!{shutil.which('bash')}\n{script}\n")
        path.chmod(0o755)

    def debian(self, *installed):
        cases = "".join(f"{name}) echo -n installed ;;\n" for name in installed)
        self.tool("dpkg-query", f'case "$4" in\n{cases}removed) echo -n config-files ;;\n*) exit 1 ;;\nesac')
        self.tool("apt-get", f'echo "$@" >>{self.folder}/calls')

    def run_script(self, *more):
        return subprocess.run([SCRIPT, self.list, *more], env={"PATH": str(self.folder)}, text=True, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def calls(self):
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def test_nothing_is_done_when_nothing_is_missing(self):
        self.debian("cmake", "ninja-build", "jq")
        self.assertEqual(self.run_script().returncode, 0)
        self.assertEqual(self.calls(), [])

    def test_only_what_is_missing_is_installed(self):
        self.debian("cmake")
        self.assertEqual(self.run_script().returncode, 0)
        self.assertEqual(self.calls(), ["update -q", "install -q -y --no-install-recommends ninja-build jq"])

    def test_several_lists_are_one(self):
        more = self.folder / "more"
        more.write_text("catch2 # tests\njq\n")
        self.debian("cmake", "jq")
        self.assertEqual(self.run_script(more).returncode, 0)
        self.assertEqual(self.calls()[-1].split()[-2:], ["ninja-build", "catch2"])

    def test_building_needs_nothing_that_only_tests_need(self):
        lists = [(TOP / "third_party" / name).read_text() for name in ("debian-packages.txt", "debian-test-packages.txt")]
        build, test = ({line.split("#")[0].strip() for line in text.splitlines()} - {""} for text in lists)
        self.assertFalse(build & test)
        self.assertFalse(build & {"catch2", "clang-tidy", "clang-format", "python3", "sudo", "openssl"})
        environment = {"PATH": os.environ["PATH"]}  # without what a make above us would tell ours
        plan = subprocess.run(["make", "-n", "run"], cwd=TOP, env=environment, text=True, timeout=60,
                              stdout=subprocess.PIPE, check=True)
        self.assertNotIn("debian-test-packages", plan.stdout)

    def test_a_removed_package_is_missing(self):
        self.list.write_text("removed\n")
        self.debian()
        self.run_script()
        self.assertEqual(self.calls()[-1].split()[-1], "removed")

    def test_elsewhere_the_names_are_printed(self):
        result = self.run_script()
        self.assertEqual(result.returncode, 1)
        self.assertIn("not Debian", result.stdout)
        self.assertIn("cmake ninja-build jq", result.stdout)

    def test_without_sudo_a_user_is_told_what_is_missing(self):
        self.debian("cmake")
        self.tool("id", "echo 1000")
        result = self.run_script()
        self.assertEqual(result.returncode, 1)
        self.assertIn("ninja-build jq", result.stdout)
        self.assertEqual(self.calls(), [])


if __name__ == "__main__":
    unittest.main()
