"""packaging/release.sh: what a release holds, the same bytes from the same commit, and what is no release."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
PRODUCTS = ("agentctl", "exec-agent")
FILES = ("packaging", "LICENSE", "examples/exec-agent/agent.conf", "examples/exec-agent/manifest.yaml")
CHANGELOG = "# Changelog\n\n## Unreleased\n\nnot yet\n\n## 1.2.3\n\n- Something new.\n\n## 1.2.2\n\n- Older.\n"


class Release(unittest.TestCase):
    """In a repository of its own, with `true` as every program."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name in FILES:
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (TOP / name).is_dir() else shutil.copy)(TOP / name, target)
        lines = (TOP / "packaging/products.txt").read_text().splitlines(keepends=True)
        (self.folder / "packaging/products.txt").write_text("".join(line for line in lines if line.startswith(PRODUCTS)))
        (self.folder / "CHANGELOG.md").write_text(CHANGELOG)
        (self.folder / ".gitignore").write_text("/bin/\n/out*/\n")
        (self.folder / "bin").mkdir()
        for name in PRODUCTS:
            shutil.copy(shutil.which("true"), self.folder / "bin" / name)
        self.git("init", "-q")
        self.git("add", ".")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "one")

    def git(self, *arguments):
        subprocess.run(["git", *arguments], cwd=self.folder, check=True)

    def release(self, *portable, version="1.2.3", binaries="bin", output="out", **settings):
        """(What it has made, the text of a failure)."""
        done = subprocess.run([self.folder / "packaging/release.sh", version, binaries, output, *portable], cwd=self.folder,
                              check=False, timeout=110, capture_output=True, text=True, env={**os.environ, **settings})
        made = self.folder / output / version
        return (sorted(made.iterdir()) if done.returncode == 0 else []), done.stderr

    def deb(self, option, name="exec-agent", arch="*"):
        (path,) = (self.folder / "out/1.2.3").glob(f"{name}_*_{arch}.deb")
        return subprocess.run(["dpkg-deb", option, path], check=True, capture_output=True, text=True).stdout

    def rpm(self, *options, name="exec-agent", arch="*"):
        (path,) = (self.folder / "out/1.2.3").glob(f"{name}_*_{arch}.rpm")
        return subprocess.run(["rpm", "-qp", *options, path], check=True, capture_output=True, text=True).stdout

    def test_portable_programs_are_a_tar_of_their_own_and_what_an_rpm_has(self):
        (self.folder / "portable").mkdir()
        shutil.copy(shutil.which("echo"), self.folder / "portable" / "exec-agent")
        made, failure = self.release("portable")
        self.assertEqual(failure, "")
        self.assertEqual([path.name.split("_")[0] for path in made if path.name.endswith("_portable.tar.gz")], ["exec-agent"])
        for name, is_portable in (("exec-agent", True), ("agentctl", False)):
            sizes = dict(line.split() for line in self.rpm("--qf", "[%{FILENAMES} %{FILESIZES}\\n]", name=name).splitlines())
            portable = int(sizes[f"/usr/bin/{name}"]) == (self.folder / "portable" / "exec-agent").stat().st_size
            self.assertEqual(portable, is_portable, name)

    def test_another_machine_adds_its_files_of_the_programs_that_are_portable(self):
        before, failure = self.release()
        self.assertEqual(failure, "")
        (self.folder / "portable").mkdir()
        shutil.copy(shutil.which("true"), self.folder / "portable" / "exec-agent")
        for _ in range(2):
            made, failure = self.release("portable", binaries="portable", ARCH="s390x", NATIVE="bin", STRIP="true")
            self.assertEqual(failure, "")
            self.assertEqual({path.name for path in made} - {path.name for path in before},
                             {f"exec-agent_1.2.3_linux_s390x{kind}" for kind in (".deb", ".rpm", ".tar.gz", "_portable.tar.gz")})
            self.assertLess({path.name for path in before}, {path.name for path in made})
        sums = (self.folder / "out/1.2.3/SHA256SUMS").read_text()
        self.assertEqual(len(sums.splitlines()), len(made) - 1)
        self.assertRegex(self.deb("--field", arch="s390x"), "(?m)^Architecture: s390x$")
        self.assertEqual(self.rpm("--queryformat", "%{ARCH}", arch="s390x"), "s390x")

    def test_a_release_has_every_program_in_every_form(self):
        made, failure = self.release()
        self.assertEqual(failure, "")
        arch = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()
        expected = {f"{name}_1.2.3_linux_{arch}.{kind}" for name in PRODUCTS for kind in ("deb", "rpm", "tar.gz")}
        self.assertEqual({path.name for path in made},
                         expected | {"CHANGELOG.md", "SHA256SUMS", "exec-agent_1.2.3_manifest.yaml"})
        folder = self.folder / "out/1.2.3"
        self.assertEqual((folder / "CHANGELOG.md").read_text(), "## 1.2.3\n\n- Something new.\n")
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
        self.assertEqual(len((folder / "SHA256SUMS").read_text().splitlines()), len(made) - 1)
        self.check_deb()
        self.check_rpm()

    def check_deb(self):
        lines = [line.split() for line in self.deb("--contents").splitlines()]
        self.assertEqual({words[1] for words in lines}, {"root/root"})
        modes = {words[5]: words[0] for words in lines}
        self.assertEqual(modes["./usr/bin/exec-agent"], "-rwxr-xr-x")
        self.assertEqual({mode for path, mode in modes.items() if not path.endswith("/") and "/bin/" not in path},
                         {"-rw-r--r--"})
        self.assertFalse([path for path in modes if path.startswith("./etc")])  # dpkg would take a link away
        self.assertRegex(self.deb("--field"), r"(?m)^Depends: libc6 ")  # `true` is not static
        with tempfile.TemporaryDirectory() as folder:
            (path,) = (self.folder / "out/1.2.3").glob("exec-agent_*.deb")
            subprocess.run(["dpkg-deb", "--control", path, folder], check=True)
            self.assertFalse((pathlib.Path(folder) / "conffiles").exists())
            for script in ("postinst", "prerm", "postrm"):
                subprocess.run(["dash", "-n", pathlib.Path(folder) / script], check=True)

    def check_rpm(self):
        self.assertEqual(self.rpm("--configfiles"), "")
        self.assertEqual(self.rpm("--queryformat", "[%{FILEUSERNAME}:%{FILEGROUPNAME}\n]").split().count("root:root"),
                         len(self.rpm("--list").split()))
        self.assertIn("drwxr-x---", self.rpm("--list", "--verbose").splitlines()[0])
        self.assertEqual(self.rpm("--queryformat", "%{BUILDHOST} %{LICENSE}"), "localhost Apache-2.0")
        self.assertEqual(self.rpm("--scripts", name="agentctl"), "")
        self.assertIn('if [ "$1" -eq 0 ]; then before_removal; fi', self.rpm("--scripts"))

    def test_the_same_commit_gives_the_same_bytes(self):
        made, failure = self.release()
        self.assertEqual(failure, "")
        first = [path.read_bytes() for path in made]
        os.utime(self.folder / "bin/exec-agent", (0, 0))
        old = os.umask(0o077)
        try:
            made, failure = self.release(output="out-again", TZ="Asia/Shanghai", LC_ALL="C.UTF-8", HOME="/nowhere")
        finally:
            os.umask(old)
        self.assertEqual(failure, "")
        self.assertEqual([path.name for path in made if path.read_bytes() not in first], [])

    def test_a_version_without_a_section_is_no_release(self):
        made, failure = self.release(version="1.2.4")
        self.assertEqual(made, [])
        self.assertIn("CHANGELOG.md has no section '## 1.2.4'", failure)
        (self.folder / "CHANGELOG.md").write_text("## 1.2.3\n\n## 1.2.2\n\n- Older.\n")
        self.assertIn("has no section '## 1.2.3'", self.release()[1])

    def test_a_tag_of_another_version_is_refused(self):
        self.git("tag", "v1.2.2")
        self.assertIn("this commit is v1.2.2, but the version is 1.2.3", self.release()[1])

    def test_a_dirty_tree_is_no_release(self):
        self.git("tag", "v1.2.3")
        (self.folder / "LICENSE").write_text("another\n")
        self.assertIn("v1.2.3 is released from a clean tree", self.release()[1])

    def test_a_sample_that_has_changed_is_noticed(self):
        sample = self.folder / "examples/exec-agent/agent.conf"
        sample.write_text(sample.read_text().replace("basic.log.dir = logs", "basic.log.dir = log"))
        self.assertIn("packaged_sample.sh must follow it", self.release()[1])


class Samples(unittest.TestCase):
    """packaging/packaged_sample.sh with the samples of this project."""

    def test_packaged_samples_name_absolute_directories_and_no_server(self):
        for line in (TOP / "packaging/products.txt").read_text().splitlines():
            name, samples, conf = ([field.strip() for field in line.split("|")] + ["", ""])[:3]
            if line.startswith("#") or conf == "-":
                continue
            done = subprocess.run([TOP / "packaging/packaged_sample.sh", name, TOP / samples / conf], check=True,
                                  capture_output=True, text=True)
            settings = dict(line.replace(" ", "").split("=", 1) for line in done.stdout.splitlines()
                            if "=" in line and not line.startswith("#"))
            with self.subTest(name):
                for key in ("basic.log.dir", "log_dir", "data_dir", "cache_dir"):
                    self.assertRegex(settings.get(key, "/var/"), "^/var/")
                self.assertEqual(settings.get("basic.server", ""), "")


if __name__ == "__main__":
    unittest.main()
