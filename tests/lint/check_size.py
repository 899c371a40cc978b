#!/usr/bin/env python3
"""A file beyond 400 lines is a design question: which second thing does it do? Warns only."""
import sources

LIMIT = 400

top = sources.root()
names = [*sources.cpp_files(top), *sources.script_files(top), *sources.files(top, ".css")]
lines = {name: sources.read(top / name).count("\n") for name in names}
sources.report([f"warning: {name}: {count} lines, more than {LIMIT}"
                for name, count in lines.items() if count > LIMIT])
