#!/usr/bin/env python3
"""Writes the C++ of a page into files: page_sources.py <page> <folder> <file>...

A block ```cpp that begins with a comment `// <file>` begins that file, each later one goes on with the same file. The
compiler's messages name the page. Exactly the files that are named must come of it.
"""
import pathlib
import re
import sys

START = re.compile(r"^// ([\w.]+\.[ch]pp)$")


def files_of(page):
    """{file: its text}"""
    files, current, inside = {}, None, False
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        if line.startswith("```"):
            inside = line == "```cpp"
            begins = inside
            continue
        if not inside:
            continue
        if begins:
            begins = False
            named = START.match(line)
            current = named[1] if named else current
            files.setdefault(current, []).append(f'#line {number} "{page}"')
        files[current].append(line)
    return {name: "\n".join(lines) + "\n" for name, lines in files.items()}


page, folder, *names = sys.argv[1:]
files = files_of(pathlib.Path(page))
if sorted(files) != sorted(names):
    sys.exit(f"{page} has the files {sorted(files)} instead of {sorted(names)}")
for name, text in files.items():
    path = pathlib.Path(folder) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
