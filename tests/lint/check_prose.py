#!/usr/bin/env python3
"""Comments and names of tests begin with their subject: no "Of what ...", "So much ...", "Who ..."."""
import re

import sources

INVERTED = r"(?:Of|So much|So many|Who|Whom|To whom|Whose) [a-z`]"
COMMENT = re.compile(rf"^[^\"\n]*// (?:[^\n]*[.:] )?{INVERTED}[^\n]*", re.M)
TEST = re.compile(rf"TEST_CASE(?:_METHOD)?\([^\"\n]*\"(?:{INVERTED}|(?:With|Without|Beyond|Behind) )[^\"\n]*")

top = sources.root()
names = [*sources.cpp_files(top), *sources.script_files(top)]
sources.report(sources.search(top, names, COMMENT, "begin with the subject: {}")
               + sources.search(top, names, TEST, "begin with the subject: {}"))
