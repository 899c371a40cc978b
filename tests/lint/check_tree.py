#!/usr/bin/env python3
"""The root of the repository holds what the design names, and nothing else; no folder holds what a tool made."""
import re

import sources

ALLOWED = set("""
    .ci .github .clang-format .clang-tidy .gitignore CHANGELOG.md CMakeLists.txt CMakePresets.json LICENSE Makefile
    README.md docs examples libagent manifest packaging plugins server tests third_party
""".split())

# What an interpreter, a compiler or a merge leaves behind.
GENERATED = re.compile(r"(^|/)(__pycache__|node_modules|CMakeFiles)/|\.(pyc|o|a|so|orig|rej)$")

names = sources.files(sources.root())
sources.report([f"{name}: not a name that the root may hold"
                for name in sorted({name.split("/")[0] for name in names} - ALLOWED)]
               + [f"{name}: a tool made it, it is not kept" for name in names if GENERATED.search(name)])
