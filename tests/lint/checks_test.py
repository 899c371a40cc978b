"""Each check rejects bad samples and accepts good ones, in trees of a few files made for it."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent


def own_cache(top):
    """The environment of a check that remembers beside the tree `top` what passed."""
    return os.environ | {"XDG_CACHE_HOME": f"{top}/build/cache"}


class Check(unittest.TestCase):
    """A tree of the given files, and what a check says of it."""

    def check(self, name, files, prepare=None):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["git", "init", "-q", folder], check=True)
            for path, text in files.items():
                file = pathlib.Path(folder) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            if prepare:
                prepare(pathlib.Path(folder))
            return subprocess.run([sys.executable, HERE / f"check_{name}.py", folder], text=True, env=own_cache(folder),
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def expect_rejected(self, name, files, text, prepare=None):
        result = self.check(name, files, prepare)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn(text, result.stdout)
        self.assertNotIn("Traceback", result.stdout)

    def expect_accepted(self, name, files, prepare=None):
        result = self.check(name, files, prepare)
        self.assertEqual((result.returncode, result.stdout), (0, ""))


class CoAwait(Check):
    BAD = {
        "an aggregate": "co_await f(T{1});",
        "a braced list": "co_await f({1, 2});",
        "an aggregate over lines": "co_await f(\n    T{\n      1});",
        "a lambda": "co_await f([x] { return x; });",
        "a subscript behind": "co_await list[0].read();",
        "an aggregate beside it": "int r = g(T{1}, co_await f());",
        "an aggregate in front of it": "bool r = T{1}.ok() && co_await f();",
        "an aggregate behind it": "int r = co_await f() + g(T{1});",
        "a lambda beside it": "int r = g([x] { return x; }, co_await f());",
        "a braced list around it": "T r{co_await f()};",
        "an assigned list around it": "T r = {.a = co_await f()};",
        "a returned aggregate around it": "co_return T{co_await f()};",
        "a conditional inside": "co_await f(ok ? a() : b());",
        "a conditional around it": "auto r = ok ? co_await f() : g();",
        "a condition's own list": "if (co_await f(T{1})) { g(); }",
        "behind a literal with a comment mark": 'g("//"); co_await f(T{1});',
    }
    GOOD = {
        "a name": "co_await f(x);",
        "a condition with a block": "if (co_await f()) { g(T{1}); }",
        "a loop with a block": "while (auto r = co_await f()) { g(T{1}); }",
        "a loop over a list": "for (int i : {1, 2}) co_await f(i);",
        "a structured binding": "auto [a, b] = co_await f();",
        "a bound reference": "auto& [a, b] = co_await f();",
        "a subscript in front": "list[i] = co_await f();",
        "a list before it": "T t{1}; co_await f(t);",
        "a block before it": "if (ok) { g(T{1}); } co_await f();",
        "a lambda that waits itself": "spawn([self]() -> Task<> { co_await f(); });",
        "braces in a literal": 'co_await f("{[?");',
        "a raw literal": 'co_await f(R"({"a": [1]})");',
        "braces in a comment": "co_await f(x /* T{1} */);  // f(T{1});",
        "a digit separator": "co_await f(1'000); g(T{1}); g('1');",
    }

    def test_bad(self):
        for what, statement in self.BAD.items():
            with self.subTest(what):
                self.expect_rejected("co_await", {"server/a.cpp": f"Task<> run() {{\n  {statement}\n}}\n"},
                                     "server/a.cpp:2" if "\n" not in statement else "server/a.cpp:")

    def test_good(self):
        for what, statement in self.GOOD.items():
            with self.subTest(what):
                self.expect_accepted("co_await", {"server/a.cpp": f"Task<> run() {{\n  {statement}\n}}\n"})


class Layers(Check):
    TREE = {
        "third_party/asio.cmake": "# Asio\n# Headers: asio.hpp asio/*\n"
                                  "# May appear in: libagent/net/* libagent/include/*\n",
        "third_party/zlib.cmake": "# zlib\n# Headers: zlib.h\n# May appear in: libagent/net/deflate.cpp\n",
        "libagent/include/agent/json.hpp": "#include <string>\n",
        "libagent/include/agent/version.hpp.in": "",
        "libagent/base/units.hpp": "",
        "libagent/net/stream.hpp": "",
        "libagent/host/facts.hpp": "",
        "libagent/host/service/run_report.hpp": "",
        "libagent/core/session.hpp": "",
        "server/hub/hub.hpp": "",
        "server/http/reply.hpp": "",
        "server/api/agents.hpp": "",
        "server/classic/cmd.hpp": "",
        "examples/example-agent/foo.hpp": "",
    }
    BAD = {
        "base knows net": ("libagent/base/a.cpp", '"net/stream.hpp"'),
        "base by a relative path": ("libagent/base/a.cpp", '"../net/stream.hpp"'),
        "net knows host": ("libagent/net/a.cpp", '"host/facts.hpp"'),
        "host knows net": ("libagent/host/a.cpp", '"net/stream.hpp"'),
        "the server knows core": ("server/main.cpp", '"core/session.hpp"'),
        "the server knows host": ("server/hub/a.cpp", '"host/facts.hpp"'),
        "a part of the server knows its service": ("server/hub/a.cpp", '"host/service/run_report.hpp"'),
        "an example knows net": ("examples/example-agent/main.cpp", '"net/stream.hpp"'),
        "a public header knows base": ("libagent/include/agent/a.hpp", '"base/units.hpp"'),
        "libagent knows the server": ("libagent/core/a.cpp", '"server/hub/hub.hpp"'),
        "one front end knows another": ("server/api/a.cpp", '"classic/cmd.hpp"'),
        "a service knows a front end": ("server/hub/a.cpp", '"api/agents.hpp"'),
        "a service knows HTTP": ("server/commands/a.cpp", '"http/reply.hpp"'),
        "HTTP knows a front end": ("server/http/a.cpp", '"api/agents.hpp"'),
        "a package elsewhere": ("libagent/net/a.cpp", "<zlib.h>"),
        "all of Asio in a public header": ("libagent/include/agent/a.hpp", "<asio.hpp>"),
        "Asio in base": ("libagent/base/a.cpp", "<asio/io_context.hpp>"),
        "a coroutine's bare start": ("libagent/net/a.cpp", "<asio/co_spawn.hpp>"),
        "a detached coroutine": ("libagent/net/a.cpp", "<asio/detached.hpp>"),
        "an unknown package": ("libagent/core/a.cpp", "<boost/asio.hpp>"),
        "an unknown package's C header": ("libagent/core/a.cpp", "<curl/curl.h>"),
    }
    GOOD = {
        "net knows base": ("libagent/net/a.cpp", '"base/units.hpp"'),
        "core knows host": ("libagent/core/a.cpp", '"host/facts.hpp"'),
        "the server knows net": ("server/main.cpp", '"net/stream.hpp"'),
        "the server program knows its service": ("server/main.cpp", '"host/service/run_report.hpp"'),
        "a front end knows a service": ("server/api/a.cpp", '"hub/hub.hpp"'),
        "a front end knows HTTP": ("server/api/a.cpp", '"http/reply.hpp"'),
        "an example knows its own": ("examples/example-agent/main.cpp", '"foo.hpp"'),
        "an example knows a made header": ("examples/example-agent/main.cpp", "<agent/version.hpp>"),
        "an example knows the API": ("examples/example-agent/main.cpp", "<agent/json.hpp>"),
        "where coroutines start": ("libagent/net/spawn.cpp", "<asio/co_spawn.hpp>"),
        "a package at its place": ("libagent/net/deflate.cpp", "<zlib.h>"),
        "awaitable in a public header": ("libagent/include/agent/a.hpp", "<asio/awaitable.hpp>"),
        "the system": ("libagent/host/a.cpp", "<sys/stat.h>"),
        "the standard library": ("libagent/base/a.cpp", "<vector>"),
        "a test knows all": ("tests/host/a.cpp", '"host/facts.hpp"\n#include <zlib.h>'),
    }

    def test_bad(self):
        for what, (file, include) in self.BAD.items():
            with self.subTest(what):
                self.expect_rejected("layers", self.TREE | {file: f"#include {include}\n"}, f"{file}:1: ")

    def test_good(self):
        for what, (file, include) in self.GOOD.items():
            with self.subTest(what):
                self.expect_accepted("layers", self.TREE | {file: f"#include {include}\n"})

    def test_an_include_in_a_comment_is_none(self):
        self.expect_accepted("layers", self.TREE | {"libagent/base/a.cpp": '// x\n/*\n#include "net/stream.hpp"\n*/\n'})

    def test_a_package_must_say_where_it_may_appear(self):
        self.expect_rejected("layers", {"third_party/x.cmake": "# x 1.0\nfind_package(x)\n"}, "May appear in")


class Platform(Check):
    BAD = {
        "POSIX in a common file": ("libagent/net/a.cpp", "#include <arpa/inet.h>\n"),
        "POSIX in a common header": ("libagent/host/a.hpp", "#include <sys/stat.h>\n"),
        "unistd in an example": ("examples/exec-agent/a.cpp", "#include <unistd.h>\n"),
        "Asio's POSIX part": ("libagent/host/a.hpp", "#include <asio/posix/stream_descriptor.hpp>\n"),
        "a status of wait": ("libagent/host/a.hpp", "void ended(int wait_status);\n"),
        "struct stat": ("libagent/base/a.hpp", "void open(struct stat& status);\n"),
        "a function of POSIX": ("libagent/base/a.cpp", "int a = ::strcasecmp(b, c);\n"),
        "the environment": ("libagent/base/a.cpp", "char** all = environ;\n"),
        "Linux in a POSIX file": ("libagent/host/a_posix.cpp", "#include <sys/prctl.h>\n"),
        "a call of Linux in a POSIX file": ("libagent/host/a_posix.cpp", "::syscall(SYS_getdents64);\n"),
        "/proc in a POSIX file": ("libagent/host/a_posix.cpp", 'auto a = read("/proc/self/status");\n'),
        "Linux in a common file": ("libagent/core/a.cpp", "#include <linux/close_range.h>\n"),
    }
    GOOD = {
        "POSIX in its file": ("libagent/host/a_posix.cpp", "#include <unistd.h>\nstruct stat status;\n"),
        "Linux in its file": ("libagent/host/a_linux.cpp", "#include <sys/prctl.h>\n#include <unistd.h>\n"),
        "Linux in its header": ("libagent/host/a_linux.hpp", "#include <sys/syscall.h>\n"),
        "standard signals": ("libagent/host/a.cpp", "#include <csignal>\nint a = SIGTERM;\n"),
        "the layer called net": ("libagent/core/a.cpp", '#include "net/loop.hpp"\n'),
        "a comment": ("libagent/host/a.hpp", "// as struct stat has it, /proc/self\n"),
        "the server": ("server/http/a.cpp", "#include <poll.h>\n"),
        "a test": ("tests/host/a.cpp", "#include <sys/wait.h>\n"),
    }

    def test_bad(self):
        for what, (file, text) in self.BAD.items():
            with self.subTest(what):
                self.expect_rejected("platform", {file: text}, f"{file}:1: ")

    def test_good(self):
        for what, (file, text) in self.GOOD.items():
            with self.subTest(what):
                self.expect_accepted("platform", {file: text})


class Others(Check):
    def test_the_root(self):
        self.expect_rejected("tree", {"scratch.txt": ""}, "scratch.txt")
        self.expect_rejected("tree", {"src/a.cpp": ""}, "src")
        self.expect_rejected("tree", {"tests/__pycache__/a.cpython-311.pyc": ""}, "a tool made it")
        self.expect_accepted("tree", {"README.md": "", "libagent/a.cpp": "", ".ci/run": ""})

    def test_what_is_left_to_do_has_a_kind(self):
        word = "TO" "DO"
        for bad in (f"// {word}: later", f"// {word}(me): later", f"# {word}", "// FIX" "ME"):
            with self.subTest(bad):
                self.expect_rejected("todo", {"server/a.cpp": f"int a;\n{bad}\n"}, "server/a.cpp:2")
        self.expect_accepted("todo", {"server/a.cpp": f"// {word}(perf): measure\n"})

    def test_tests_do_not_sleep(self):
        for bad in ("std::this_thread::sleep_for(1s);", "usleep(1);", "::sleep (1);", "sleep_until(t);"):
            with self.subTest(bad):
                self.expect_rejected("sleep", {"tests/net/a.cpp": f"void f() {{ {bad} }}\n"}, "tests/net/a.cpp:1")
        self.expect_accepted("sleep", {"tests/a.cpp": "// sleep(1)\nvoid asleep();\n", "server/a.cpp": "usleep(1);",
                                       "tests/support/wait.cpp": "usleep(1);"})

    def test_no_machine_is_named(self):
        self.expect_rejected("paths", {"docs/a.md": "see /wo" "rk/main/x\n"}, "docs/a.md:1")
        self.expect_accepted("paths", {"docs/a.md": "see network/main, /etc/x.conf and example.org\n"})

    def test_large_files_are_seen(self):
        result = self.check("size", {"server/a.cpp": "\n" * 401, "server/b.cpp": "\n" * 400})
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stdout.splitlines(), ["warning: server/a.cpp: 401 lines, more than 400"])

    def test_format(self):
        style = {".clang-format": (HERE.parents[1] / ".clang-format").read_text()}
        self.expect_rejected("format", style | {"server/a.cpp": "int  a ;\n"}, "server/a.cpp:1")
        self.expect_accepted("format", style | {"server/a.cpp": "int a;\n"})


class Names(Check):
    def test_bad(self):
        for pair in (("server/http/call.cpp", "server/hub/call.hpp"),
                     ("libagent/include/agent/call.hpp", "server/api/call.cpp"),
                     ("libagent/net/stream.hpp", "libagent/host/stream_linux.cpp"),
                     ("tests/net/test_a.cpp", "tests/system/test_a.cpp"),
                     ("server/console/page/call.js", "server/hub/call.hpp")):
            with self.subTest(pair):
                self.expect_rejected("names", dict.fromkeys(pair, ""), "the name of different things in")

    def test_good(self):
        self.expect_accepted("names", dict.fromkeys((
            "libagent/include/agent/call.hpp", "libagent/core/call.cpp", "libagent/core/call_linux.cpp",
            "server/main.cpp", "examples/a/main.cpp", "libagent/include/agent/wire/exec.hpp",
            "server/hub/exec.hpp", "server/hub/exec.cpp"), ""))


class Links(Check):
    def test_bad(self):
        for text in ("see [a](gone.md)", "see [a](gone.md#part)", "in `server/gone.cpp`", "in `libagent/gone/`"):
            with self.subTest(text):
                self.expect_rejected("links", {"docs/a.md": text}, "docs/a.md:1: there is no ")

    def test_name(self):
        case = 'TEST_CASE("It works on\\n"\n          "Sundays", "[a]") {\n'.replace("\\n", " ")
        for quoted in ("It works on Mondays", "It works on"):
            with self.subTest(quoted):
                self.expect_rejected("links", {"tests/a.md": f'"{quoted}"', "tests/a.cpp": case},
                                     "tests/a.md:1: there is no test ")
        self.expect_accepted("links", {"tests/a.md": '"It works on Sundays", "soak"', "tests/a.cpp": case,
                                       "docs/a.md": '"any three words"'})

    def test_good(self):
        self.expect_accepted("links", {
            "docs/a.md": "[b](b.md#x), [up](../README.md), [out](https://example.org/x), [here](#x), `server/a.cpp`,"
                         " `server/<area>.cpp`, `tests/*.cpp`, `net/a.cpp`, `make server/x y`",
            "docs/b.md": "", "README.md": "", "server/a.cpp": "", "CHANGELOG.md": "`server/gone.cpp`"})


class Comments(Check):
    HEADER = "libagent/include/agent/a.hpp"

    def test_bad(self):
        for what, text in {"none": "int a();\n", "in a literal": 'auto a = "//";\n' * 3,
                           "too few": "// a\n" + "int a();\n\n" * 3}.items():
            with self.subTest(what):
                self.expect_rejected("comments", {self.HEADER: text}, self.HEADER)

    def test_good(self):
        self.expect_accepted("comments", {
            self.HEADER: "// a\n\n\nint a();\nint b();\nint c();\n  static void fields(F& f) {\n    f(a);\n  }\n",
            "libagent/include/agent/wire/b.hpp": "int b();\n",
            "libagent/include/agent/detail/c.hpp": "int c();\n",
            "libagent/base/d.hpp": "int d();\n"})


class Page(Check):
    TEXTS = {"server/console/page/en.js": 'export default {\n  name: "Name",\n};\n',
             "server/console/page/zh.js": 'export default {\n  name: "名称",\n};\n'}

    def test_bad(self):
        for name, text, fault in (("a.js", "element.innerHTML = x;", "markup"), ("a.js", "eval(x);", "markup"),
                                  ("a.js", 'setTimeout("x()", 1);', "markup"),
                                  ("a.html", "<script>x()</script>", "within a document"),
                                  ("a.html", "<p onclick='x()'>", "within a document"),
                                  ("a.html", '<p style="x">', "within a document"),
                                  ("a.css", "@import 'x';", "elsewhere"), ("a.js", 'fetch("https://a.example/x")', "elsewhere"),
                                  ("a.js", 't("nmae")', "there is no text nmae"), ("en.js", "", "has no name")):
            with self.subTest(text):
                self.expect_rejected("page", {**self.TEXTS, f"server/console/page/{name}": text}, fault)

    def test_good(self):
        self.expect_accepted("page", {**self.TEXTS, "server/console/page/a.js": 'fill(x, t("name")); // a comment\n',
                                      "server/console/page/a.html": '<script type="module" src="/a.js"></script>'})


class Prose(Check):
    def test_bad(self):
        for text in ("// Of what exceeds a limit only the size is kept.\n", "int a();  // Who asks\n",
                     "// It ends. So much is kept.\n", 'TEST_CASE("Whose an id is") {}\n',
                     'TEST_CASE("Without a file the list is empty") {}\n'):
            with self.subTest(text):
                self.expect_rejected("prose", {"tests/a.cpp": text}, "tests/a.cpp:1: begin with the subject")

    def test_good(self):
        self.expect_accepted("prose", {"tests/a.cpp": "// The size of what exceeds a limit is kept. Whoever asks waits.\n"
                                       'const char* a = "Of b";\nTEST_CASE("An agent without a file") {}\n'})


class Tidy(Check):
    @staticmethod
    def compile_commands(top):
        build = top / "build" / "release"
        build.mkdir(parents=True)
        (build / "compile_commands.json").write_text(
            f'[{{"directory": "{build}", "file": "{top}/server/a.cpp",'
            f' "command": "c++ -std=c++20 -Wno-tsan -Werror -c {top}/server/a.cpp"}}]')

    def test_tidy(self):
        rules = {".clang-tidy": (HERE.parents[1] / ".clang-tidy").read_text()}
        for bad in ("int BadName() { return 0; }", "class A { int a; };", "int a = 1 +;"):
            with self.subTest(bad):
                self.expect_rejected("tidy", rules | {"server/a.cpp": bad + "\n"}, "server/a.cpp:1",
                                     self.compile_commands)
        self.expect_accepted("tidy", rules | {"server/a.cpp": "int f() { return 0; }\n"}, self.compile_commands)

    def test_what_passed_is_remembered_until_it_or_its_header_changes(self):
        text = {".clang-tidy": (HERE.parents[1] / ".clang-tidy").read_text(),
                "server/a.hpp": "inline int f() { return 0; }\n", "server/a.cpp": '#include "a.hpp"\n'}

        def marks(top):
            return len(list((top / "build/cache/libagent/tidy").iterdir()))

        def run_twice(top):
            self.compile_commands(top)
            command = [sys.executable, HERE / "check_tidy.py", top]
            for header, expected in (("", 1), ("", 1), ("int g();\n", 2)):
                (top / "server/a.hpp").write_text(text["server/a.hpp"] + header)
                subprocess.run(command, check=True, env=own_cache(top))
                self.assertEqual(marks(top), expected)

        self.check("size", text, run_twice)


if __name__ == "__main__":
    unittest.main()
