"""packaging/demo.sh with stand-ins for the two programs: what it says, how it ends, what it leaves."""
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

DEMO = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "demo.sh"

SERVER = """#!/usr/bin/env python3
import http.server, os, pathlib, re, sys
here = pathlib.Path(__file__).parent
(here / "server.pid").write_text(str(os.getpid()))
conf = open(sys.argv[2]).read()
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ids = '{"id":"example-1"}' if (here / "agent.pid").exists() else ""
        agents = '{"code":200,"payload":[' + ids + ']}'
        body = (agents if self.path == "/api/agents" else os.environ["FOO"]).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
port = int(re.search(r"listen = .*:(\\d+)", conf)[1])
http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
"""

AGENT = """#!/usr/bin/env python3
import os, pathlib, signal
here = pathlib.Path(__file__).parent
(here / "agent").write_text(str(os.getpid()))
(here / "agent").rename(here / "agent.pid")
signal.pause()
"""

ENDS_AT_ONCE = "#!/bin/sh\necho 'bad listen address'\nexit 78\n"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class Demo(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.bin = pathlib.Path(folder.name)
        self.program("agent-server", SERVER)
        self.program("example-agent", AGENT)
        self.port = free_port()

    def program(self, name, text):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, foo='{"code":200,"payload":"bar"}', once="1"):
        env = dict(os.environ, ONCE=once, PORT=str(self.port), FOO=foo)
        return subprocess.Popen([DEMO, self.bin, self.bin / "run"], env=env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run_once(self, **kwargs):
        demo = self.start(**kwargs)
        output, _ = demo.communicate(timeout=60)
        return demo.returncode, output

    def expect_no_children(self):
        for name in ("server.pid", "agent.pid"):
            self.assertFalse(is_alive(int((self.bin / name).read_text())), name)
            (self.bin / name).unlink()

    def test_an_answered_call_is_success(self):
        code, output = self.run_once()
        self.assertEqual(code, 0, output)
        self.assertIn('{"code":200,"payload":"bar"}', output)
        self.assertEqual(output.count(f"  curl http://127.0.0.1:{self.port}/"), 3)
        self.expect_no_children()

    def test_a_refused_call_is_failure(self):
        code, output = self.run_once(foo='{"code":503,"msg":"no"}')
        self.assertEqual(code, 1)
        self.assertIn("the call was not answered", output)
        self.expect_no_children()

    def test_a_busy_port_is_named(self):
        with socket.create_server(("127.0.0.1", self.port)):
            code, output = self.run_once()
        self.assertEqual(code, 1)
        self.assertIn(f"Port {self.port} of 127.0.0.1 is in use", output)
        self.assertEqual(len(output.splitlines()), 1)

    def test_a_server_that_ends_shows_its_last_words(self):
        self.program("agent-server", ENDS_AT_ONCE)
        code, output = self.run_once()
        self.assertEqual(code, 1)
        self.assertIn("bad listen address", output)

    def test_an_agent_that_ends_takes_the_server_along(self):
        self.program("example-agent", ENDS_AT_ONCE)
        demo = self.start(once="")
        output, _ = demo.communicate(timeout=60)
        self.assertEqual(demo.returncode, 1)
        self.assertIn("example-agent ended", output)
        self.assertFalse(is_alive(int((self.bin / "server.pid").read_text())))

    def test_every_signal_that_ends_it_ends_its_children(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number.name):
                demo = self.start(once="")
                for line in demo.stdout:
                    if line.startswith("Ctrl-C"):
                        break
                demo.send_signal(number)
                self.assertEqual(demo.wait(timeout=60), 128 + number)
                demo.stdout.close()
                self.expect_no_children()


if __name__ == "__main__":
    unittest.main()
