#!/usr/bin/env python3
"""Public headers are the manual: at least 30 % of the lines that are not blank have a comment.

Lists of fields count as comments, since they document each field. Not looked at: agent/wire/, which is lists of fields,
and agent/detail/, which users do not read.
"""
import pathlib
import re

import sources

FOLDER = pathlib.PurePath("libagent/include/agent")
LEAST_PERCENT = 30
FIELD_LIST = re.compile(r"^  static void fields\(.*?^  }\n", re.M | re.S)


def comment_percent(text):
    text = FIELD_LIST.sub(lambda fields: "//\n" * fields[0].count("\n"), text)
    pairs = zip(text.split("\n"), sources.strip(text, strings=False).split("\n"))
    commented = [line != rest for line, rest in pairs if line.strip()]
    return 100 * sum(commented) // max(len(commented), 1)


top = sources.root()
headers = [name for name in sources.files(top, ".hpp") if pathlib.PurePath(name).parent == FOLDER]
shares = {name: comment_percent(sources.read(top / name)) for name in headers}
sources.report([f"{name}: {share} % of its lines have a comment, fewer than {LEAST_PERCENT}"
                for name, share in shares.items() if share < LEAST_PERCENT])
