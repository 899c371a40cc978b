#!/usr/bin/env python3
"""Who may include what: the layers, the public headers, the server's parts, and each package's files.

Which files may include a package stands in third_party/<package>.cmake: `# Headers:` and
`# May appear in:`, patterns in which `*` stands for anything.
"""
import fnmatch
import pathlib
import re

import sources

# Of each layer, the layers whose headers it may include.
LAYERS = {
    "public": {"public"},
    "base": {"public", "base"},
    "net": {"public", "base", "net"},
    "host": {"public", "base", "host"},
    "core": {"public", "base", "net", "host", "core"},
    "server": {"public", "base", "net", "server"},  # and SERVER_HOST
    "examples": {"public", "examples"},
    "plugins": {"public", "plugins"},
    "manifest": {"public", "base", "manifest"},
}
# The server's front ends know the services below, never each other; the services know no front end and no
# HTTP, which is one way to ask them.
FRONT_ENDS = {"agentctl", "api", "classic", "cluster", "console", "store_door"}
SERVICES = {"commands", "files", "hub", "metrics", "store"}

# What the server program, and none of its parts, shares of the host layer: how a program becomes a service, and how it
# stands to its service manager (docs/decisions/services.md).
SERVER_HOST = ("libagent/host/service/*", "libagent/host/own_process.hpp")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
# What one file does for all others, and what they include instead.
WRAPPED = {
    "asio/co_spawn.hpp": ("libagent/net/spawn.cpp", "net/spawn.hpp, which logs what a coroutine throws"),
    "asio/detached.hpp": ("", "net/spawn.hpp, which logs what a coroutine throws"),
}
SYSTEM_FOLDERS = {"arpa", "asm", "linux", "net", "netinet", "netpacket", "sys"}


def layer_of(name):
    first, *rest = name.split("/")
    if first == "libagent":
        return "public" if rest[0] == "include" else rest[0]
    return first


def read_packages(top):
    """({header pattern: (package, file patterns)}, problems)"""
    packages, problems = {}, []
    for name in sources.files(top, ".cmake"):
        path = pathlib.PurePath(name)
        if path.parent != pathlib.PurePath("third_party") or path.stem in ("packages", "compiler"):
            continue
        text = sources.read(top / name)
        found = [re.search(rf"^# {key}: (.+)$", text, re.M) for key in ("Headers", "May appear in")]
        if not all(found):
            problems.append(f"{name}: needs the lines '# Headers: ...' and '# May appear in: ...'")
            continue
        packages.update((header, (path.stem, found[1][1].split())) for header in found[0][1].split())
    return packages, problems


class Includes:
    def __init__(self, top):
        self.names = set(sources.cpp_files(top))
        self.made = {name.removesuffix(".in") for name in sources.files(top, ".hpp.in")}
        self.packages, self.problems = read_packages(top)
        for name in sorted(self.names):
            text = sources.strip(sources.read(top / name), strings=False)
            for match in INCLUDE.finditer(text):
                fault = self.fault(name, match[2])
                if fault:
                    self.problems.append(f"{name}:{sources.line_of(text, match.start(2))}: <{match[2]}>: {fault}")

    def fault(self, name, include):
        """Why this file may not include that, or None."""
        target = self.resolve(name, include)
        if layer_of(name) == "tests":
            return None
        if target:
            return self.layer_fault(name, target)
        return self.package_fault(name, include)

    def resolve(self, name, include):
        """The file of this repository that is meant, or None."""
        for folder in (pathlib.PurePosixPath(name).parent, "libagent/include", "libagent", "server", "."):
            path = str(pathlib.PurePosixPath(folder) / include)
            if path in self.names or path in self.made:
                return path
        return None

    def layer_fault(self, name, target):
        layer, other = layer_of(name), layer_of(target)
        is_program = layer == "server" and name.count("/") == 1
        if is_program and any(fnmatch.fnmatchcase(target, pattern) for pattern in SERVER_HOST):
            return None
        if other not in LAYERS.get(layer, {other}):
            return f"{layer} may include only {', '.join(sorted(LAYERS[layer]))}"
        if layer == other == "server":
            part, other_part = name.split("/")[1], target.split("/")[1]
            unknown = FRONT_ENDS | {"http"} if part in SERVICES else FRONT_ENDS
            if part != other_part and part in FRONT_ENDS | SERVICES | {"http"} and other_part in unknown:
                return f"{part} must not know {other_part}"
        return None

    def package_fault(self, name, include):
        wrapper, instead = WRAPPED.get(include, (name, ""))
        if name != wrapper:
            return f"include {instead}"
        for header, (package, places) in self.packages.items():
            if not fnmatch.fnmatchcase(include, header):
                continue
            if not any(fnmatch.fnmatchcase(name, place) for place in places):
                return f"{package} may appear only in {' '.join(places)}"
            if layer_of(name) == "public" and package == "asio" and include != "asio/awaitable.hpp":
                return "of Asio, a public header may include only <asio/awaitable.hpp>"
            return None
        folder, slash, _ = include.partition("/")
        if include.endswith(".hpp") or (slash and folder not in SYSTEM_FOLDERS):
            return "neither a file of this repository nor named by a third_party/*.cmake"
        return None


sources.report(Includes(sources.root()).problems)
