"""packaging/library.sh: what the packages of the library hold, where, and the same bytes from the same commit."""
import io
import os
import pathlib
import subprocess
import tarfile
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "library.sh"
PROJECT = """cmake_minimum_required(VERSION 3.25)
project(libagent LANGUAGES NONE)
install(FILES libagent_base.a DESTINATION lib COMPONENT dev)
install(FILES agent.hpp DESTINATION include/agent COMPONENT dev)
install(FILES targets.cmake DESTINATION lib/cmake/libagent COMPONENT dev)
install(FILES libagent.pc DESTINATION lib/pkgconfig COMPONENT dev)
install(FILES program DESTINATION bin)
"""
FILES = {"CMakeLists.txt": PROJECT, "libagent_base.a": "!<arch>\n", "agent.hpp": "#pragma once\n", "program": "",
         "targets.cmake": 'set(place "${_IMPORT_PREFIX}/lib/libagent_base.a")\n', "libagent.pc": "libdir=${prefix}/lib\n"}


class Library(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        for name, text in FILES.items():
            (cls.folder / name).write_text(text)
        subprocess.run(["cmake", "-S", cls.folder, "-B", cls.folder / "build"], check=True, stdout=subprocess.DEVNULL)
        cls.one, cls.two = cls.make("one"), cls.make("two")

    @classmethod
    def make(cls, output):
        subprocess.run([SCRIPT, "1.2.3", cls.folder / "build", cls.folder / output], check=True, timeout=100,
                       stdout=subprocess.DEVNULL, env={**os.environ, "COMPRESSION": "none", "SOURCE_DATE_EPOCH": "1700000000"})
        return {path.name.split("_linux_")[1].split(".", 1)[1]: path for path in (cls.folder / output).iterdir()}

    def test_the_same_commit_gives_the_same_bytes(self):
        self.assertEqual(set(self.one), {"deb", "rpm", "tar.gz"})
        for kind, path in self.one.items():
            self.assertEqual(path.name, self.two[kind].name)
            self.assertEqual(path.read_bytes(), self.two[kind].read_bytes(), kind)

    def test_the_deb_is_the_library_and_no_program(self):
        tree = self.folder / "tree"
        subprocess.run(["dpkg-deb", "-x", self.one["deb"], tree], check=True)
        files = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}
        self.assertEqual({name for name in files if "/share/" not in name},
                         {"usr/include/agent/agent.hpp", "usr/lib/libagent_base.a", "usr/lib/cmake/libagent/targets.cmake",
                          "usr/lib/pkgconfig/libagent.pc"})
        fields = subprocess.run(["dpkg-deb", "-f", self.one["deb"]], check=True, capture_output=True, text=True).stdout
        self.assertIn("Package: libagent-dev\nVersion: 1.2.3\n", fields)
        self.assertIn("libasio-dev", fields)

    def test_the_rpm_is_in_lib64_and_its_files_say_so(self):
        if os.uname().machine != "x86_64":
            self.skipTest("lib64 is for machines of 64 bits")
        archive = subprocess.run(["rpm2archive", "-"], check=True, capture_output=True, input=self.one["rpm"].read_bytes()).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            texts = {item.name.removeprefix("./usr/lib64/"): tar.extractfile(item).read().decode() for item in tar if item.isfile()}
        self.assertIn("libagent_base.a", texts)
        self.assertEqual(texts["pkgconfig/libagent.pc"], "libdir=${prefix}/lib64\n")
        self.assertIn("${_IMPORT_PREFIX}/lib64/libagent_base.a", texts["cmake/libagent/targets.cmake"])

    def test_the_tree_of_the_tar(self):
        with tarfile.open(self.one["tar.gz"]) as tar:
            names = {item.name for item in tar if item.isfile()}
        self.assertEqual(names, {f"opt/libagent/{name}" for name in
                                 ("include/agent/agent.hpp", "lib/libagent_base.a", "lib/cmake/libagent/targets.cmake",
                                  "lib/pkgconfig/libagent.pc")})


if __name__ == "__main__":
    unittest.main()
