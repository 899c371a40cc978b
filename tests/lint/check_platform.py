#!/usr/bin/env python3
"""What belongs to one system stands in files that say so, so that another system needs only their siblings.

`*_posix` files may use POSIX, `*_linux` files also what only Linux has; every other file of libagent and of the
examples is for all systems. The server is not looked at: it runs on POSIX systems only (docs/architecture.md).
"""
import pathlib
import re

import sources

FOLDERS = ("libagent", "examples", "plugins")
LINUX_HEADERS = (r"linux/.*|asm/.*|elf\.h|link\.h|net/if_arp\.h|netpacket/.*|sys/(?:capability|epoll|eventfd"
                 r"|fanotify|inotify|prctl|random|sendfile|signalfd|syscall|sysinfo|sysmacros|timerfd|vfs|xattr)\.h")
POSIX_HEADERS = (r"arpa/.*|asio/posix/.*|net/.*|netinet/.*|sys/.*|(?:dirent|dlfcn|fcntl|grp|iconv|ifaddrs|langinfo"
                 r"|netdb|poll|pthread|pwd|sched|shadow|signal|spawn|strings|syslog|termios|unistd|utmpx)\.h")
LINUX_WORDS = (r"\b(?:(?:CLONE|PR)_[A-Z]\w*|SYS_[a-z]\w*|O_(?:PATH|TMPFILE)|bare_syscall|close_range|getdents64"
               r"|memfd_create|pidfd_\w+|renameat2|statx)\b|\"/proc/")
POSIX_WORDS = (r"\bstruct stat\b|\bwait_status\b|\bW(?:EXITSTATUS|IFEXITED|IFSIGNALED|IFSTOPPED|TERMSIG)\b"
               r"|\b(?:str(?:n)?casecmp|localtime_r|gmtime_r|strerror_r|explicit_bzero|environ|setenv|unsetenv)\b"
               r"|\b(?:mode|pid|ssize|uid|gid)_t\b|\btimespec\b")


def kind_of(name):
    found = re.search(r"_(posix|linux|windows)$", pathlib.PurePath(name).stem)
    return found[1] if found else "any"


def uses(text, headers, words):
    """(position, what) of every use of one of the headers or words."""
    include = rf'^[ \t]*#[ \t]*include[ \t]*<(?P<header>{headers})>'
    return [(match.start(), match["header"] and f"<{match['header']}>" or match[0])
            for match in re.finditer(f"{include}|{words}", text, re.M)]


def faults(top, name):
    text = sources.strip(sources.read(top / name), strings=False)
    kind = kind_of(name)
    found = []
    if kind != "linux":
        found += [(at, f"{what} is of Linux: move it to a file *_linux") for at, what in
                  uses(text, LINUX_HEADERS, LINUX_WORDS)]
    if kind == "any":
        seen = {at for at, _ in found}
        found += [(at, f"{what} is of POSIX: move it to a file *_posix") for at, what in
                  uses(text, POSIX_HEADERS, POSIX_WORDS) if at not in seen]
    return [f"{name}:{sources.line_of(text, at)}: {fault}" for at, fault in sorted(found)]


top = sources.root()
names = [name for name in sources.cpp_files(top) if name.split("/")[0] in FOLDERS]
sources.report([fault for name in names for fault in faults(top, name)])
