// Stage: the real programs on free ports of loopback, a browser, and what a test may do to the way between them. All of it
// ends with end(), each program by its process id.
"use strict";
const { spawn, execFileSync } = require("child_process");
const crypto = require("crypto");
const fs = require("fs");
const net = require("net");
const os = require("os");
const path = require("path");

const TOKEN = "console-test-0123456789abcdef";
const PATIENCE_MS = 60000;

// Until `look` gives something true; asks again after each turn of the loop, at most every 50 ms.
async function until(what, look, patience = PATIENCE_MS) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${patience} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

class Program {
  constructor(binary, args, env = {}) {
    this.output = "";
    this.child = spawn(binary, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (data) => (this.output += data));
    this.gone = new Promise((resolve) => this.child.on("exit", resolve));
  }
  async end(signal = "SIGTERM") {
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 15000);
    await this.gone;
    clearTimeout(timer);
  }
}

// Gate: a TCP proxy in front of the server that can cut, hold back and refuse. `gathers`: what is answered to requests with this
// text in them never arrives, as behind a proxy that waits for the end of an endless stream.
class Gate {
  constructor(port) {
    this.target = port;
    this.sockets = new Set();
    this.isOpen = true;
    this.server = net.createServer((client) => this.join(client));
  }
  listen() {
    return new Promise((resolve) => this.server.listen(0, "127.0.0.1", () => resolve((this.port = this.server.address().port))));
  }
  join(client) {
    if (!this.isOpen) return client.destroy();
    const server = net.connect(this.target, "127.0.0.1");
    let isGathered = false;
    client.on("data", (data) => (isGathered = Boolean(this.gathers) && data.includes(this.gathers)));
    for (const [from, to] of [[client, server], [server, client]]) {
      this.sockets.add(from);
      from.on("data", (data) => {
        this.carried = (this.carried ?? 0) + data.length;
        if (this.holds || (isGathered && from === server) || to.write(data)) return;
        from.pause();
        to.once("drain", () => from.resume());
      });
      from.on("error", () => {});
      from.on("close", () => (this.sockets.delete(from), to.destroy()));
    }
  }
  // As at the beginning.
  reset() {
    this.isOpen = true;
    if (this.holds || this.gathers) this.cut();
    this.holds = false;
    this.gathers = "";
  }
  cut() {
    for (const socket of this.sockets) socket.destroy();
  }
  async end() {
    this.isOpen = false;
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

class Stage {
  constructor(binaries, modules) {
    this.binaries = binaries;
    this.modules = modules;
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "console-test-"));
    this.programs = [];
  }

  file(...names) {
    const name = path.join(this.folder, ...names);
    fs.mkdirSync(path.dirname(name), { recursive: true });
    return name;
  }
  write(name, text, mode = 0o600) {
    fs.writeFileSync(this.file(name), text, { mode });
    return this.file(name);
  }

  // A server that asks for TOKEN, and its agents: exec-1, exec-2 and metrics-1.
  async start() {
    await this.startServer();
    for (const id of ["exec-1", "exec-2"]) this.startAgent("exec-agent", id, `basic.log.target = file\nbasic.log.dir = ${this.file(id, "logs")}\n`);
    this.startAgent("metrics-agent", "metrics-1", `basic.log.target = stdout\ntask.jobs = static,usage\nspool.dir = ${this.file("spool")}\n`);
    await until("three agents", async () => ((await this.api("GET", "/api/agents")).payload ?? []).length === 3);
    this.gate = new Gate(this.port);
    await this.gate.listen();
    this.url = `http://127.0.0.1:${this.gate.port}`;
    const { chromium } = require(path.join(this.modules, "playwright-core"));
    this.browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  }

  async startServer() {
    this.write("tokens", `ops ${TOKEN}\nother other-${TOKEN}\n`);
    const conf = this.write("server.conf", `id = stage\nlisten = 127.0.0.1:0\ndata_dir = ${this.file("data")}\nlog.target = stdout\n` +
      `api_token_file = ${this.file("tokens")}\nallowed_origins = http://localhost:9\n`);
    this.server = new Program(path.join(this.binaries, "agent-server"), ["--conf", conf]);
    this.programs.push(this.server);
    const found = await until("the server listens", () => /listening on 127\.0\.0\.1:(\d+)/.exec(this.server.output));
    this.port = Number(found[1]);
  }

  startAgent(program, id, settings) {
    const conf = this.write(`${id}.conf`, `basic.id = ${id}\nbasic.server = 127.0.0.1:${this.port}\nbasic.monitor.enabled = true\nbasic.monitor.interval = 1s\n${settings}`);
    this.programs.push(new Program(path.join(this.binaries, program), ["--conf", conf], { HOME: this.folder, SHELL: "/bin/sh", PS1: "$ " }));
  }

  async api(method, target, body) {
    const response = await fetch(`http://127.0.0.1:${this.port}${target}`, { method, body: body && JSON.stringify(body),
      headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" } });
    return response.json();
  }

  // A page of a person of its own. `signedIn`: that person has signed in.
  async page({ signedIn = true, ...options } = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1200, height: 800 }, locale: "en-US", acceptDownloads: true, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.problems = [];
    page.on("pageerror", (error) => page.problems.push(String(error)));
    page.on("console", (message) => message.type() === "error" && !/Failed to load resource|ERR_|WebSocket connection/.test(message.text()) &&
      page.problems.push(message.text()));
    if (!signedIn) return page;
    await this.signIn(page);
    return page;
  }
  async signIn(page, token = TOKEN) {
    if (!page.url().startsWith(this.url)) await page.goto(`${this.url}/`);
    await page.fill('input[type="password"]', token);
    await page.click('button[type="submit"]');
  }
  async open(page, hash) {
    await page.goto(`${this.url}/#/${hash}`);
  }

  async end() {
    await this.browser?.close();
    await this.gate?.end();
    for (const program of this.programs.reverse()) await program.end();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

const digest = (bytes) => crypto.createHash("sha256").update(bytes).digest("hex");

module.exports = { Stage, TOKEN, until, digest, execFileSync };
