"""`make run ONCE=1` with the real programs, on a free port. Arguments: those of packaging/demo.sh."""
import os
import pathlib
import socket
import subprocess
import sys

with socket.create_server(("127.0.0.1", 0)) as listener:
    port = listener.getsockname()[1]
demo = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "demo.sh"
sys.exit(subprocess.run([demo, *sys.argv[1:]], env=dict(os.environ, ONCE="1", PORT=str(port))).returncode)
