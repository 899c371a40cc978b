"""manifest/embed_texts.cmake: the texts of the wanted keys, byte for byte, whatever is in them."""
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "manifest/embed_texts.cmake"
WANTED = 'a.x:\n  name: One; two [ three\n  desc: "back\\\\slash \\"quoted\\" ${X} @Y@ ] 中"\na.z:\n  name: last\n'
OTHERS = "# a.comment:\nb.y:\n  name: not wanted\nab:\n  name: not wanted, either\n"


class Texts(unittest.TestCase):
    def embedded(self, text):
        with tempfile.TemporaryDirectory() as folder:
            for language in ("en", "zh"):
                pathlib.Path(folder, f"{language}.yaml").write_text(text, encoding="utf-8")
            output = pathlib.Path(folder, "out.cpp")
            subprocess.run(["cmake", f"-DFOLDER={folder}", f"-DOUTPUT={output}", "-DNAMESPACE=some::where", "-DNAME=kTexts",
                            "-DKEYS=a.|c.", "-P", SCRIPT], check=True)
            return output.read_text(encoding="utf-8")

    def test_only_wanted_keys_are_there_and_whole(self):
        first, second = WANTED.split("a.z:")
        source = self.embedded(first + OTHERS + "a.z:" + second)
        for language in ("zh", "en"):
            self.assertIn(f'{{"{language}", R"yaml({WANTED})yaml"}},\n', source)
        self.assertIn("namespace some::where {", source)
        self.assertIn("const std::span<const agent::LanguageFile> kTexts(kFiles);", source)

    def test_a_last_line_needs_no_end(self):
        self.assertIn("name: last\n)yaml", self.embedded(WANTED.removesuffix("\n")))


if __name__ == "__main__":
    unittest.main()
