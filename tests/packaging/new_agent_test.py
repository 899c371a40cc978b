"""packaging/new_agent.sh: the project is whole, and makes its packages."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "new_agent.sh"
FILES = ("CMakeLists.txt", "main.cpp", "conf/agent.conf", "conf/manifest.yaml", "CHANGELOG.md", "Makefile", "README.md",
         ".gitignore", "contrib/products.txt", ".github/workflows/build.yml", ".github/workflows/release.yml",
         "tests/answers.sh")


class NewAgent(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.project = pathlib.Path(folder.name) / "weather"

    def make(self, name, folder=None):
        return subprocess.run([SCRIPT, name, self.project if folder is None else folder], capture_output=True, text=True,
                              check=False, timeout=60)

    def test_the_project_is_whole(self):
        done = self.make("weather-agent")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        made = {path.relative_to(self.project).as_posix() for path in self.project.rglob("*") if path.is_file()}
        self.assertEqual(set(FILES) - made, set())
        texts = {name: (self.project / name).read_text() for name in made}
        self.assertEqual([name for name, text in texts.items() if "@NAME@" in text or "example-agent" in text], [])
        keys = [line.split()[2] for line in texts["conf/manifest.yaml"].splitlines() if line.startswith("- key:")]
        self.assertEqual((keys.count("own.greeting"), keys.count("foo.delay")), (1, 0))
        self.assertIn("\nown.greeting = hello\n", texts["conf/agent.conf"])

    def test_its_first_target_makes_its_packages(self):
        self.make("weather-agent")
        (self.project / "build").mkdir()
        shutil.copy(shutil.which("true"), self.project / "build/weather-agent")
        first = subprocess.run(["make", "--just-print"], cwd=self.project, check=True, capture_output=True, text=True).stdout
        self.assertIn("contrib/release.sh 0.1.0 build release\n", first)
        subprocess.run(["contrib/release.sh", "0.1.0", "build", "release"], cwd=self.project, check=True, timeout=100,
                       capture_output=True)
        kinds = sorted(path.suffix for path in (self.project / "release/0.1.0").iterdir())
        self.assertEqual(kinds, sorted([".deb", ".gz", ".md", ".rpm", ".yaml", ""]))

    def test_what_is_no_name_is_refused(self):
        for name in ("", "Weather", "weather agent", "-x", "x/y", "a-name-of-16-char"):
            with self.subTest(name):
                done = self.make(name)
                self.assertEqual(done.returncode, 2)
                self.assertIn("make new-agent NAME=weather-agent DIR=", done.stderr)
                self.assertFalse(self.project.exists())

    def test_a_folder_that_holds_something_is_left_alone(self):
        self.project.mkdir()
        (self.project / "mine").write_text("x")
        self.assertEqual(self.make("weather-agent").returncode, 2)
        self.assertEqual([path.name for path in self.project.iterdir()], ["mine"])
        self.assertEqual(self.make("weather-agent", "").returncode, 2)


if __name__ == "__main__":
    unittest.main()
