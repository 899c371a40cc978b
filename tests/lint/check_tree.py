#!/usr/bin/env python3
"""The root of the repository holds what the design names, and nothing else."""
import sources

ALLOWED = set("""
    .ci .clang-format .clang-tidy .gitignore CHANGELOG.md CMakeLists.txt CMakePresets.json LICENSE Makefile
    README.md docs examples libagent manifest packaging plugins server tests third_party
""".split())

sources.report([f"{name}: not a name that the root may hold"
                for name in sorted({name.split("/")[0] for name in sources.files(sources.root())} - ALLOWED)])
