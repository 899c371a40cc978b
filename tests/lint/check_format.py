#!/usr/bin/env python3
"""Every source file is laid out as .clang-format says. --fix does it."""
import re
import subprocess
import sys

import sources


def main():
    top = sources.root()
    names = sources.cpp_files(top)
    if not names:
        return []
    if "--fix" in sys.argv:
        subprocess.run(["clang-format", "-i", *names], cwd=top, check=True)
        return []
    result = subprocess.run(["clang-format", "--dry-run", *names], cwd=top, capture_output=True, text=True)
    places = dict(re.findall(r"^(\S+?):(\d+):\d+: warning: ", result.stderr, re.M)[::-1])
    if result.returncode != 0 and not places:
        return [result.stderr.strip()]
    return [f"{name}:{line}: not as clang-format lays it out; `make format` does it"
            for name, line in sorted(places.items())]


sources.report(main())
