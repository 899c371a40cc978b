#!/usr/bin/env python3
"""The OpenAPI document that the server of the release build serves passes `redocly lint` without errors.

packaging/install-npm-packages.sh has installed redocly in build/npm, as third_party/npm-packages.txt says.
"""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import urllib.request

import sources

START_SECONDS = 30
# /api/file/upload/{task} beside /api/file/{id}/ls: the originals' paths; an agent is not called "upload".
SKIPPED = ["--skip-rule=no-ambiguous-paths"]
QUIET = {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off"}


def fetch_document(server, folder):
    """What a server on a free port of loopback answers."""
    settings = {"LIBAGENT_LISTEN": "127.0.0.1:0", "LIBAGENT_DATA_DIR": str(folder / "data")}
    with subprocess.Popen([server], env=dict(os.environ, **settings), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as program:
        try:
            for line in program.stdout:
                found = re.match(r"listening on (\S+)", line)
                if found:
                    url = f"http://{found[1]}/docs/openapi.json"
                    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                    return direct.open(url, timeout=START_SECONDS).read().decode()
            raise SystemExit(f"{server} ended without a word of where it listens")
        finally:
            program.terminate()


def lint(redocly, folder, document):
    """Problems, those that are errors without the mark of a warning."""
    (folder / "openapi.json").write_text(document)
    result = subprocess.run([redocly, "lint", "--extends=recommended", "--format=json", "--max-problems=1000",
                             *SKIPPED, "openapi.json"], cwd=folder, env=dict(os.environ, **QUIET), text=True,
                            capture_output=True)
    try:
        found, _ = json.JSONDecoder().raw_decode(result.stdout[result.stdout.index("{"):])  # a word for people follows
    except ValueError:
        return [f"redocly: {result.stdout}{result.stderr}"]
    problems = []
    for problem in found["problems"]:
        pointer = problem["location"][0].get("pointer", "")
        mark = "" if problem["severity"] == "error" else "warning: "
        problems.append(f"{mark}{pointer}: {problem['message']} ({problem['ruleId']})")
    return problems


def main():
    build = sources.root() / "build"
    server = build / "release" / "bin" / "agent-server"
    redocly = build / "npm" / "node_modules" / ".bin" / "redocly"
    for path in (server, redocly):
        if not path.exists():
            return [f"{path.relative_to(sources.root())} is missing: make lint builds and installs it"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        return lint(redocly, folder, fetch_document(server, folder))


sources.report(main())
