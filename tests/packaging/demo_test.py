"""packaging/demo.sh with stand-ins for the programs: what it says, how it ends, what it leaves."""
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
        ids = ['{"id":"%s-1"}' % name for name in ("example", "exec", "metrics", "logkit") if (here / (name + "-agent.pid")).exists()]
        agents = '{"code":200,"payload":[' + ",".join(ids) + ']}'
        if self.path == "/api/agents":
            self.answer(agents.encode())
        elif "/static" in self.path:
            self.answer(os.environ.get("HOST", '{"code":200,"payload":{"host":{"name":"box"}}}').encode())
        elif "/dynamic" in self.path:
            self.answer(b'{"code":200,"payload":{"usage":{"cpu":{"usage":12.3}}}}')
        elif "/output" in self.path:
            self.answer(b"tick 1")
        elif "/download" in self.path:
            self.answer((here / "run" / str(port) / "sent").read_bytes() + os.environ.get("DAMAGE", "").encode())
        else:
            self.answer(os.environ["FOO"].encode())
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(os.environ.get("RUN", '{"payload":{"id":"t-1","result":{"data":"TGludXggNg=="}}}').encode())
    def answer(self, body):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
port = int(re.search(r"listen = .*:(\\d+)", conf)[1])
http.server.HTTPServer(("127.0.0.1", port), Answer).serve_forever()
"""

AGENT = """#!/usr/bin/env python3
import os, pathlib, signal
here = pathlib.Path(__file__).parent
name = pathlib.Path(__file__).name
(here / name).with_suffix(".new").write_text(str(os.getpid()))
(here / name).with_suffix(".new").rename((here / name).with_suffix(".pid"))
signal.pause()
"""

# Its records are there at once.
COLLECTOR = AGENT.replace("signal.pause()", """
import re, sys
conf = open(sys.argv[2]).read()
logs = pathlib.Path(re.search(r"logkit.runners = (.*)/runners", conf)[1])
(logs / "records.new").write_text(os.environ.get("RECORDS", '{"auth":"anna"}\\n' * 3))
(logs / "records.new").rename(logs / "records.json")
signal.pause()""")

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
        self.program("exec-agent", AGENT)
        self.program("metrics-agent", AGENT)
        self.program("logkit-agent", COLLECTOR)
        self.port = free_port()

    def program(self, name, text):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def start(self, foo='{"code":200,"payload":"bar"}', once="1", **more):
        env = dict(os.environ, ONCE=once, PORT=str(self.port), FOO=foo, **more)
        return subprocess.Popen([DEMO, self.bin, self.bin / "run"], env=env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run_once(self, **kwargs):
        demo = self.start(**kwargs)
        output, _ = demo.communicate(timeout=60)
        return demo.returncode, output

    def expect_no_children(self):
        for name in ("server.pid", "example-agent.pid", "exec-agent.pid", "metrics-agent.pid", "logkit-agent.pid"):
            if not (self.bin / name).exists():
                continue
            self.assertFalse(is_alive(int((self.bin / name).read_text())), name)
            (self.bin / name).unlink()

    def test_an_answered_call_is_success(self):
        code, output = self.run_once()
        self.assertEqual(code, 0, output)
        self.assertIn('{"code":200,"payload":"bar"}', output)
        self.assertIn("Linux 6", output)
        self.assertIn("tick 1", output)
        self.assertIn("bytes are the same", output)
        self.assertEqual(output.count('"auth":"anna"'), 3)
        self.assertIn("\nIn a browser: http://127.0.0.1:", output)
        self.assertEqual(output.count("\n  curl "), 4)
        self.assertEqual(output.count("/agentctl "), 3)
        host = output.split("dynamic?top=3:\n")[1].split("\n\n")[0].splitlines()
        self.assertEqual(len(host), 10)
        self.assertEqual(host[0], "host          box, up 0 h")
        self.assertIn("12 %", host[3])
        self.expect_no_children()

    def test_another_port_has_another_data_directory(self):
        first = self.port
        self.assertEqual(self.run_once()[0], 0)
        self.expect_no_children()
        self.port = free_port()
        self.assertEqual(self.run_once()[0], 0)
        for port in (first, self.port):
            conf = (self.bin / "run" / str(port) / "server.conf").read_text()
            self.assertIn(f"listen = 127.0.0.1:{port}\n", conf)
            self.assertIn(f"data_dir = {self.bin}/run/{port}/server\n", conf)
        self.expect_no_children()

    def test_a_refused_call_is_failure(self):
        code, output = self.run_once(foo='{"code":503,"msg":"no"}')
        self.assertEqual(code, 1)
        self.assertIn("the call was not answered", output)
        self.expect_no_children()

    def test_a_command_that_is_not_run_is_failure(self):
        code, output = self.run_once(RUN='{"code":503,"msg":"no shell"}')
        self.assertEqual(code, 1)
        self.assertIn("no shell", output)
        self.expect_no_children()

    def test_a_file_that_comes_back_changed_is_failure(self):
        code, output = self.run_once(DAMAGE="x")
        self.assertEqual(code, 1)
        self.assertIn("the file came back changed", output)
        self.expect_no_children()

    def test_a_host_that_is_not_described_is_failure(self):
        code, output = self.run_once(HOST='{"code":503,"msg":"no /proc"}')
        self.assertEqual(code, 1)
        self.assertIn("the host was not described", output)
        self.assertIn("no /proc", output)
        self.expect_no_children()

    def test_records_that_are_no_json_are_failure(self):
        code, output = self.run_once(RECORDS="torn\n" * 3)
        self.assertEqual(code, 1)
        self.assertIn("records are no JSON", output)
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
