#!/usr/bin/env python3
"""No file names a path of the machine it was written on, or the host of a package registry.

The hosts are those that this machine's package tools are set to, so that none is named here.
"""
import glob
import os
import re

import sources

SETTINGS = ("/etc/apt/sources.list", "/etc/apt/sources.list.d/*", "/etc/apt/apt.conf.d/*", "/etc/pip.conf",
            "~/.config/pip/pip.conf", "~/.pip/pip.conf", "~/.npmrc", "/etc/npmrc", "~/.cargo/config*")
VARIABLES = ("PIP_INDEX_URL", "NPM_CONFIG_REGISTRY", "npm_config_registry", "GOPROXY")


def registry_hosts():
    texts = [os.environ.get(name, "") for name in VARIABLES]
    for pattern in SETTINGS:
        for path in glob.glob(os.path.expanduser(pattern)):
            if os.path.isfile(path) and not path.endswith((".gpg", ".asc")):
                with open(path, encoding="utf-8", errors="replace") as file:
                    texts.append(file.read())
    hosts = {host.lower() for text in texts for host in re.findall(r"://(?:[^/\s@]*@)?([\w.-]+)", text)}
    return sorted(host for host in hosts if re.search(r"\.[a-z]", host))


def main():
    top = sources.root()
    names = sources.files(top)
    hosts = "|".join(map(re.escape, registry_hosts()))
    problems = sources.search(top, names, r"/wor[k]/|" + re.escape(f"{sources.HERE.parents[1]}/"),
                              "'{}': a path of one machine")
    return problems + (sources.search(top, names, rf"(?i)\b(?:{hosts})\b",
                                      "'{}': the host of a package registry") if hosts else [])


sources.report(main())
