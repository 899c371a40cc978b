"""What the checks of this folder share: which files there are, C++ without comments, and how to report.

A check is a script `check_<what>.py [root]` that prints one problem a line, `warning: ...` for those
that are only to be seen, and exits with 1 if there is any other.
"""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
OUR_FOLDERS = ("libagent", "server", "examples", "manifest", "plugins", "tests")
CPP = (".cpp", ".hpp")
SCRIPT = (".js",)


def root():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    return pathlib.Path(arguments[0]).resolve() if arguments else HERE.parents[1]


def files(top, *suffixes):
    """Paths relative to `top` of what is or could be committed, ending in one of `suffixes` if given."""
    listed = subprocess.run(["git", "-C", top, "ls-files", "-coz", "--exclude-standard"],
                            check=True, capture_output=True, text=True).stdout
    names = sorted(name for name in set(listed.split("\0")) if name and (top / name).is_file())
    return [name for name in names if not suffixes or name.endswith(suffixes)]


def cpp_files(top):
    return [name for name in files(top, *CPP) if name.split("/")[0] in OUR_FOLDERS]


def script_files(top):
    """Those of the web page, and of tests in Node."""
    return [name for name in files(top, *SCRIPT) if name.split("/")[0] in OUR_FOLDERS]


_SKIPPED = re.compile(
    r"""(?P<comment> //[^\n]* | /\*.*?\*/ )
      | R"(?P<mark>[^()\\\s]{0,16})\( .*? \)(?P=mark)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])*'""", re.S | re.X)


def strip(text, strings=True):
    """The text with its comments, and with `strings` also its literals, blanked; every line stays."""
    def blank(match):
        if match["comment"] is None and not strings:
            return match[0]
        return re.sub(r"[^\n]", " ", match[0])
    return _SKIPPED.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def search(top, names, pattern, message, prepare=lambda text: text):
    """A problem for every match of `pattern`."""
    problems = []
    for name in names:
        text = prepare(read(top / name))
        problems += [f"{name}:{line_of(text, match.start())}: {message.format(match[0].strip())}"
                     for match in re.finditer(pattern, text)]
    return problems


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def report(problems):
    print("\n".join(problems), end="\n" if problems else "")
    sys.exit(any(not problem.startswith("warning: ") for problem in problems))
