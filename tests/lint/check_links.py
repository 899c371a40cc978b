#!/usr/bin/env python3
"""What the documents point to exists: relative links, files and folders of the tree in `code`, and tests: a quoted
sentence in a document below tests/ is the name of a test.

A path with a placeholder (`server/api/<area>_routes.cpp`, `docs/*.md`) is not looked for.
"""
import pathlib
import re

import sources

LINK = re.compile(r"\]\(([^)\s:#]+)(?:#[^)\s]*)?\)")
CODE = re.compile(r"`((?:libagent|server|examples|manifest|tests|docs|packaging|third_party)/[^`\s<*{]*)`")

TEST = re.compile(r'TEST_CASE(?:_METHOD)?\([^"]*((?:"[^"]*"\s*)+)')
QUOTED = re.compile(r'"([^"\n]* [^"\n]* [^"\n]*)"')


def tests(top):
    for name in sources.files(top, ".cpp"):
        for match in TEST.finditer(sources.read(top / name)) if name.startswith("tests/") else ():
            yield "".join(re.findall(r'"([^"]*)"', match[1]))


def missing_tests(top, name, known):
    text = sources.read(top / name)
    for match in QUOTED.finditer(text):
        if match[1] not in known:
            yield f"{name}:{sources.line_of(text, match.start())}: there is no test \"{match[1]}\""


def missing(top, name):
    text = sources.read(top / name)
    folder = (top / name).parent
    for pattern, start in ((LINK, folder), (CODE, top)):
        for match in pattern.finditer(text):
            if not (start / match[1]).exists():
                yield f"{name}:{sources.line_of(text, match.start())}: there is no {match[1]}"


top = sources.root()
documents = [name for name in sources.files(top, ".md") if pathlib.PurePath(name).name != "CHANGELOG.md"]
known = set(tests(top))
sources.report([problem for name in documents for problem in missing(top, name)]
               + [problem for name in documents if name.startswith("tests/")
                  for problem in missing_tests(top, name, known)])
