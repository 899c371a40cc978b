"""What guests tell, as JUnit knows it."""
import re
import xml.etree.ElementTree as ElementTree

RESULT = re.compile(r"^(ok|not ok) \d+ - (.*?)(?: # (\d+) ms)?$")
PLAN = re.compile(r"^1\.\.(\d+)$")
NOT_XML = re.compile(r"[^\t\x20-\ud7ff\ue000-\ufffd]")
NOT_WHOLE = "the guest told the result of every test"
CONSOLE_LINES = 30  # of a guest that gave no whole result


def cases_of(lines):
    """(Name, milliseconds, whether it passed, its output) of each result: the comments above it are its output."""
    cases, output = [], []
    for line in lines:
        match = RESULT.match(line)
        if match:
            cases.append((match[2], int(match[3] or 0), match[1] == "ok", "\n".join(output)))
            output = []
        elif line.startswith("# "):
            output.append(NOT_XML.sub("?", line[2:]))
    return cases


def suite_of(guest, lines):
    """The results among the lines of TAP; one that is not whole is one more failure."""
    suite = ElementTree.Element("testsuite", name=f"guest {guest}")
    cases = cases_of(lines)
    counts = [int(match[1]) for match in map(PLAN.match, lines) if match]
    if not cases or counts != [len(cases)]:
        cases.append((NOT_WHOLE, 0, False, ""))
    for name, milliseconds, passed, output in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=f"guest.{guest}", name=name,
                                      time=str(milliseconds / 1000))
        if not passed:
            ElementTree.SubElement(case, "failure")
            ElementTree.SubElement(case, "system-out").text = output
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(not passed for _, _, passed, _ in cases)))
    return suite


def is_whole(suite):
    return suite.find(f"testcase[@name='{NOT_WHOLE}']") is None


def write_report(suites, path):
    """Writes the suites to `path`, and prints what failed. True when all tests passed."""
    report = ElementTree.Element("testsuites")
    report.extend(suites)
    for count in ("tests", "failures"):
        report.set(count, str(sum(int(suite.get(count)) for suite in report)))
    ElementTree.ElementTree(report).write(path)
    for suite in report:
        for case in suite.iterfind("testcase[failure]"):
            print(f"failed: {suite.get('name')}: {case.get('name')}")
    return report.get("failures") == "0"


def show_end_of(console):
    if console.exists():
        lines = console.read_text(encoding="utf-8", errors="replace").splitlines()
        print("\n".join(f"console: {line}" for line in lines[-CONSOLE_LINES:]))
