#!/usr/bin/env python3
"""Keeps the upstreams of an nginx as the cluster is: webrouter.py URL FILE COMMAND...

URL is a watch of /v2/webrouter/webprocs; FILE is written whenever the procs are others, and COMMAND run after
that. An error event changes nothing: nginx keeps what it has until the cluster is well again.
docs/views.md shows how it is used.
"""
import json
import os
import subprocess
import sys
import time
import urllib.request

SILENCE = 30  # seconds; three heartbeats of ten
AGAIN = 1  # seconds until the next try


def upstreams(procs):
    for name, proc in sorted(procs.items()):
        containers = [container for pod in proc["PodInfos"] for container in pod["ContainerInfos"]]
        servers = [f"{c['ContainerIp']}:{c['Expose']}" for c in containers if c["ContainerIp"]]
        lines = [f"  server {server};\n" for server in servers or ["127.0.0.1:1 down"]]
        yield f"upstream {name} {{\n{''.join(lines)}}}\n"


def write(text, path, command):
    if os.path.exists(path) and open(path).read() == text:
        return
    with open(path + ".new", "w") as file:
        file.write(text)
    os.replace(path + ".new", path)
    subprocess.run(command, check=False)


def follow(url, path, command):
    event = ""
    with urllib.request.urlopen(url, timeout=SILENCE) as stream:
        for line in stream:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                event = value
            elif field == "data" and event == "error":
                print("kept what there is:", value, flush=True)
            elif field == "data":
                write("".join(upstreams(json.loads(value))), path, command)


def main():
    url, path, *command = sys.argv[1:]
    while True:
        try:
            follow(url, path, command)
        except OSError as error:
            print("no answer:", error, flush=True)
        time.sleep(AGAIN)


if __name__ == "__main__":
    main()
