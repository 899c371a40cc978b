#!/usr/bin/env python3
"""What the documents point to exists: relative links, and files and folders of the tree in `code`.

A path with a placeholder (`server/api/<area>_routes.cpp`, `docs/*.md`) is not looked for.
"""
import pathlib
import re

import sources

LINK = re.compile(r"\]\(([^)\s:#]+)(?:#[^)\s]*)?\)")
CODE = re.compile(r"`((?:libagent|server|examples|manifest|tests|docs|packaging|third_party)/[^`\s<*{]*)`")


def missing(top, name):
    text = sources.read(top / name)
    folder = (top / name).parent
    for pattern, start in ((LINK, folder), (CODE, top)):
        for match in pattern.finditer(text):
            if not (start / match[1]).exists():
                yield f"{name}:{sources.line_of(text, match.start())}: there is no {match[1]}"


top = sources.root()
documents = [name for name in sources.files(top, ".md") if pathlib.PurePath(name).name != "CHANGELOG.md"]
sources.report([problem for name in documents for problem in missing(top, name)])
