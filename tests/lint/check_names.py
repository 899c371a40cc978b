#!/usr/bin/env python3
"""A file is found by its name: no two different things have the same one.

A header and its sources share a name, and so do a public header of libagent and what implements it. Not looked at:
main.cpp, and agent/wire/, whose headers are named for the area they belong to.
"""
import collections
import pathlib
import re

import sources

PUBLIC = "libagent/include/agent"
PLATFORM = re.compile(r"_(posix|linux|windows)$")


def is_one_thing(folders):
    """In one folder, or a public header and the layer that implements it."""
    implementing = {folder for folder in folders if not folder.startswith(PUBLIC)}
    return len(folders) == 1 or (len(implementing) == 1 and implementing.pop().startswith("libagent/"))


top = sources.root()
folders = collections.defaultdict(set)
for name in [*sources.cpp_files(top), *sources.script_files(top)]:
    stem = PLATFORM.sub("", pathlib.PurePath(name).stem)
    if stem != "main" and "/wire/" not in name:
        folders[stem].add(pathlib.PurePath(name).parent.as_posix())
sources.report([f"{stem}: the name of different things in {', '.join(sorted(places))}"
                for stem, places in sorted(folders.items()) if not is_one_thing(places)])
