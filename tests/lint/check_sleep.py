#!/usr/bin/env python3
"""No test sleeps: it waits for an event, with a limit.

tests/support/ may: there are the waits themselves, which look again and again, and the faults that delay.
"""
import sources

top = sources.root()
names = [name for name in sources.cpp_files(top)
         if name.startswith("tests/") and not name.startswith("tests/support/")]
scripts = [name for name in sources.script_files(top) if name.startswith("tests/")]
MESSAGE = "a test that sleeps: wait for the event, with a limit"
sources.report(sources.search(top, names, r"\b(?:sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(", MESSAGE, sources.strip)
               + sources.search(top, scripts, r"\bwaitForTimeout\s*\(", MESSAGE))
