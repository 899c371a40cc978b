#!/usr/bin/env python3
"""clang-tidy, as .clang-tidy says, over what the release build's compile_commands.json compiles.

Not over tests/: they are more than half of all files, and the sanitizers see what they do.
A file that passed is not looked at again until it, a header of ours that it includes, its command line, .clang-tidy,
clang-tidy or a library's package changes: ~/.cache/libagent/tidy remembers the hashes, for every checkout.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess

import sources

# clang 14 does not see that libstdc++'s coroutines can be used, and Asio asks it.
CLANG_NEEDS = ("-DASIO_HAS_CO_AWAIT=1", "-DASIO_HAS_STD_COROUTINE=1", "-D__cpp_impl_coroutine=201902L")
PRECOMPILED = re.compile(r" -(fpch-preprocess|Winvalid-pch|include \S*cmake_pch\.hxx)(?= )")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', re.M)

# Names in dpkg's list that come and go with what only few files or only tests use. libmariadb's headers are only on the
# command lines of files that include them; the others are not installed, a package that is has heard of them.
LEFT_OUT = re.compile(rb"^lib(mariadb(-client-lgpl|client|client16)?|mysqld|gtk-3)-dev\t.*\n", re.M)


def cache():
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")


class Tree:
    def __init__(self, top):
        self.top = top
        self.build = top / "build" / "release"
        self.passed = cache() / "libagent" / "tidy"
        self.passed.mkdir(parents=True, exist_ok=True)
        self.commands_folder = top / "build" / "tidy"  # without precompiled headers
        self.names = set(sources.files(top))
        version = subprocess.run(["clang-tidy", "--version"], check=True, capture_output=True).stdout
        libraries = subprocess.run(["dpkg-query", "-W", "*-dev"], check=True, capture_output=True).stdout
        libraries = LEFT_OUT.sub(b"", libraries)
        self.rules = version + libraries + (top / ".clang-tidy").read_bytes() + " ".join(CLANG_NEEDS).encode()

    def commands(self):
        """{file of ours: its compiler's command line}"""
        entries = json.loads((self.build / "compile_commands.json").read_text())
        for entry in entries:  # clang does not read g++'s precompiled headers, and each file must include what it uses
            entry["command"] = PRECOMPILED.sub("", entry["command"])
        self.commands_folder.mkdir(parents=True, exist_ok=True)
        (self.commands_folder / "compile_commands.json").write_text(json.dumps(entries))
        commands = {os.path.relpath(entry["file"], self.top): entry["command"] for entry in entries}
        return {name: command for name, command in sorted(commands.items())
                if name in self.names and not name.startswith("tests/")}

    def key(self, name, command):
        words = [word for word in shlex.split(command) if word.startswith(("-D", "-I", "-std"))]
        digest = hashlib.sha256(self.rules + " ".join(words).replace(str(self.top), "").encode())
        for path in sorted(self.closure(name)):
            digest.update(path.encode() + b"\0" + (self.top / path).read_bytes())
        return digest.hexdigest()

    def closure(self, name):
        """The file and every file of ours that it includes, directly or not."""
        seen, waiting = set(), [name]
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            folders = (pathlib.PurePosixPath(path).parent, "libagent/include", "libagent", "server", ".")
            for include in INCLUDE.findall(sources.read(self.top / path)):
                waiting += [found for folder in folders
                            if (found := os.path.normpath(f"{folder}/{include}")) in self.names]
        return seen

    def check(self, name, command):
        """The problems of one file."""
        mark = self.passed / self.key(name, command)
        if mark.exists():
            return []
        arguments = [f"--extra-arg={argument}" for argument in (*CLANG_NEEDS, "-w")]
        result = subprocess.run(["clang-tidy", "--quiet", f"-p={self.commands_folder}", *arguments, name],
                                cwd=self.top, capture_output=True, text=True)
        problems = [line.replace(f"{self.top}/", "") for line in result.stdout.splitlines()
                    if re.search(r":\d+:\d+: (warning|error): ", line)]
        if result.returncode == 0 and not problems:
            mark.touch()
            return []
        return problems or [f"{name}: {result.stdout}{result.stderr}"]


def main():
    tree = Tree(sources.root())
    jobs = int(os.environ.get("JOBS") or os.cpu_count())
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda item: tree.check(*item), tree.commands().items())
        return sorted({problem.replace(": error: ", ": ").replace(": warning: ", ": ")
                       for problems in found for problem in problems})


sources.report(main())
