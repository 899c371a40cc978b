#!/usr/bin/env python3
"""Runs every check of this folder: one line of verdict each, with its problems below.

Exits with 1 if any failed. Arguments name the checks to run (`run.py layers co_await`), default: all.
"""
import subprocess
import sys
import time

import sources

# Quick ones first.
CHECKS = ("tree", "paths", "todo", "sleep", "co_await", "layers", "platform", "names", "comments", "prose", "links",
          "page", "size", "format", "openapi", "tidy")


def run(name):
    start = time.monotonic()
    result = subprocess.run([sys.executable, sources.HERE / f"check_{name}.py"], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = result.stdout.splitlines()
    warnings = sum(line.startswith("warning: ") for line in lines)
    verdict = "ok  " if result.returncode == 0 else "FAIL"
    counted = f", {warnings} warnings" if warnings else ""
    print(f"{verdict}  {name:<9} {time.monotonic() - start:.1f} s{counted}", flush=True)
    for line in lines:
        print(f"      {line}")
    return result.returncode == 0


names = sys.argv[1:] or CHECKS
sys.exit(not all([run(name) for name in names]))
