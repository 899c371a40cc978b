"""packaging/tarballs.sh: the tree inside, and the same bytes from the same commit."""
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "tarballs.sh"
AGENTS = ("example-agent", "exec-agent", "logkit-agent", "metrics-agent")
SAMPLES = ("server/server.conf", "server/manifest.yaml", "manifest/manifest.schema.json",
           *(f"examples/{agent}/{name}" for agent in AGENTS for name in ("agent.conf", "manifest.yaml")))


class Tarballs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in SAMPLES:
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("sample\n")
        (self.folder / "bin").mkdir()
        for name in ("agent-server", "agentctl", "manifest-lint", *AGENTS):
            shutil.copy(shutil.which("true"), self.folder / "bin" / name)
        subprocess.run(["git", "init", "-q"], cwd=self.folder, check=True)
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q",
                        "--allow-empty", "-m", "one"], cwd=self.folder, check=True)

    def make(self, output, *suffix):
        subprocess.run([SCRIPT, "1.2.3", "bin", output, *suffix], cwd=self.folder, check=True, timeout=60,
                       stdout=subprocess.DEVNULL)
        return sorted((self.folder / output).iterdir())

    def test_the_tree(self):
        server, ctl, agent = self.make("out")[:3]
        self.assertRegex(server.name, r"^agent-server_1\.2\.3_linux_\w+\.tar\.gz$")
        self.assertRegex(ctl.name, r"^agentctl_1\.2\.3_linux_\w+\.tar\.gz$")
        self.assertEqual(len(self.make("out")), 3 + len(AGENTS))
        with tarfile.open(agent) as tar:
            files = {item.name: item for item in tar if item.isfile()}
            version = tar.extractfile("opt/example-agent/.version").read()
        self.assertEqual(set(files), {f"opt/example-agent/{name}" for name in
                                      ("bin/example-agent", "conf/agent.conf", "conf/manifest.yaml", ".version")})
        self.assertEqual(version, b"1.2.3\n")
        self.assertEqual(files["opt/example-agent/bin/example-agent"].mode, 0o755)
        self.assertEqual({(item.uname, item.uid) for item in files.values()}, {("root", 0)})

    def test_portable_programs(self):
        (self.folder / "bin" / "logkit-agent").unlink()
        names = [path.name for path in self.make("out", "_portable")]
        self.assertEqual(len(names), 2 + len(AGENTS))
        for name in names:
            self.assertRegex(name, r"^[a-z-]+_1\.2\.3_linux_\w+_portable\.tar\.gz$")

    def test_a_program_is_missing(self):
        (self.folder / "bin" / "exec-agent").unlink()
        with self.assertRaises(subprocess.CalledProcessError):
            self.make("out")

    def test_the_same_commit_gives_the_same_bytes(self):
        first = [path.read_bytes() for path in self.make("one")]
        self.assertEqual(first, [path.read_bytes() for path in self.make("two")])


if __name__ == "__main__":
    unittest.main()
