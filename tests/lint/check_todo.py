#!/usr/bin/env python3
"""What is left to do has a kind: perf, security, cleanup or someday."""
import sources

top = sources.root()
names = sources.files(top, *sources.CPP, *sources.SCRIPT, ".py", ".sh", ".cmake", "CMakeLists.txt", "Makefile")
sources.report(sources.search(
    top, names, r"\b(?:FIX[M]E|XX[X]|TO[D]O(?!\((?:perf|security|cleanup|someday)\): ))\b",
    "'{}' without a kind; write TO" "DO(perf|security|cleanup|someday): ..."))
