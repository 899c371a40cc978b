// The way in: signing in and out, tokens that are revoked, pages of elsewhere.
"use strict";
const assert = require("assert");
const fs = require("fs");
const http = require("http");
const { TOKEN, until } = require("./console_stage.js");

async function cookieOf(page) {
  const cookies = await page.context().cookies();
  assert.strictEqual(cookies.length, 1);
  return cookies[0];
}

async function signInAndOut({ stage }) {
  const page = await stage.page({ signedIn: false });
  await page.goto(`${stage.url}/`);
  await stage.signIn(page, `wrong-${TOKEN}`);
  await page.getByText("does not know this token").waitFor();
  assert.deepStrictEqual(await page.context().cookies(), []);
  await stage.signIn(page);
  await page.getByText("Connected agents: 3").waitFor();
  const cookie = await cookieOf(page);
  assert.strictEqual(cookie.httpOnly, true);
  assert.strictEqual(cookie.sameSite, "Strict");
  assert.ok(!cookie.value.includes(TOKEN));
  assert.strictEqual(await page.evaluate(() => document.cookie), "");
  assert.ok(!(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).includes(TOKEN));
  await page.reload();
  await page.getByText("Connected agents: 3").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("API token").waitFor();
  const again = await fetch(`${stage.url}/api/agents`, { headers: { Cookie: `${cookie.name}=${cookie.value}` } });
  assert.strictEqual(again.status, 401);
  assert.deepStrictEqual(page.problems, []);
}

async function revoked({ stage }) {
  const page = await stage.page();
  await page.getByText("Connected agents: 3").waitFor();
  stage.write("tokens", `other other-${TOKEN}\n`);
  stage.server.child.kill("SIGHUP");
  await page.getByText("Your session is over").waitFor();
  stage.write("tokens", `ops ${TOKEN}\nother other-${TOKEN}\n`);
  stage.server.child.kill("SIGHUP");
  await until("the token is known again", async () => (await stage.api("GET", "/api/agents")).code === 200);
  await stage.signIn(page);
  await page.getByText("Connected agents: 3").waitFor();
}

async function twoWindows({ stage }) {
  const first = await stage.page();
  const second = await first.context().newPage();
  await second.goto(`${stage.url}/`);
  await first.getByText("Connected agents: 3").waitFor();
  await second.getByText("Connected agents: 3").waitFor();
  await first.getByRole("button", { name: "Sign out" }).click();
  await second.getByText("Your session is over").waitFor();
}

// All that a page can try, in the browser of somebody who has signed in.
function attack({ target, run, touch }) {
  const heard = {};
  const order = JSON.stringify({ cmd: touch });
  const attempts = [];
  const attempt = (name, action) => attempts.push(Promise.resolve().then(action).then((value) => (heard[name] = value), (error) => (heard[name] = `refused: ${error}`)));
  for (const credentials of ["include", "same-origin"])
    for (const mode of ["cors", "no-cors"]) {
      const options = { method: "POST", mode, credentials, body: order };
      attempt(`post ${mode} ${credentials}`, () => fetch(target + run, options).then((response) => response.text()));
      attempt(`json ${mode} ${credentials}`, () => fetch(target + run, { ...options, headers: { "Content-Type": "application/json" } }).then((response) => response.text()));
      attempt(`header ${mode} ${credentials}`, () => fetch(target + run, { ...options, headers: { "Content-Type": "application/json", "X-Agent-Console": "1" } }).then((response) => response.text()));
      attempt(`read ${mode} ${credentials}`, () => fetch(`${target}/api/agents`, { mode, credentials }).then((response) => response.text()));
    }
  attempt("beacon", () => (navigator.sendBeacon(target + run, order), ""));
  attempt("sign out", () => fetch(`${target}/console/session`, { method: "DELETE", mode: "cors", credentials: "include" }).then((response) => response.text()));
  attempt("session", () => fetch(`${target}/console/session`, { method: "POST", mode: "no-cors", credentials: "include", body: "{}" }).then((response) => response.text()));
  attempt("script", () => new Promise((resolve) => {
    const script = document.createElement("script");
    script.src = `${target}/api/agents`;
    script.onload = () => resolve("loaded");
    script.onerror = () => resolve("");
    document.head.append(script);
  }));
  attempt("stream", () => new Promise((resolve) => {
    const stream = new EventSource(`${target}/api/fleet/events`, { withCredentials: true });
    stream.onopen = () => resolve("opened");
    stream.onerror = () => (stream.close(), resolve(""));
  }));
  for (const path of ["/ws/agent", "/api/exec/exec-1/tasks/x/terminal"])
    attempt(`socket ${path}`, () => new Promise((resolve) => {
      const socket = new WebSocket(target.replace("http", "ws") + path);
      socket.onopen = () => resolve("opened");
      socket.onerror = () => resolve("");
    }));
  attempt("frame", () => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = target;
    frame.onload = () => {
      try {
        resolve(frame.contentDocument.body.textContent);
      } catch {
        resolve("");
      }
    };
    document.body.append(frame);
  }));
  attempt("form", () => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.name = "aim";
    const form = document.createElement("form");
    form.action = target + run;
    form.method = "post";
    form.enctype = "text/plain";
    form.target = "aim";
    const input = document.createElement("input");
    input.name = order.slice(0, -1);
    input.value = "}";
    form.append(input);
    document.body.append(frame, form);
    form.submit();
    frame.onload = () => resolve("");
  }));
  return Promise.all(attempts).then(() => heard);
}

async function foreignPage({ stage }) {
  const page = await stage.page();
  await page.getByText("Connected agents: 3").waitFor();
  const elsewhere = http.createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<!doctype html><body>evil"));
  await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const { port } = elsewhere.address();
  const mark = stage.file("touched");
  try {
    // The same site, another port: cookies are sent. Another site: they are not.
    for (const host of ["127.0.0.1", "localhost"]) {
      const evil = await page.context().newPage();
      await evil.goto(`http://${host}:${port}/`);
      const heard = await evil.evaluate(attack, { target: stage.url, run: "/api/exec/exec-1/run", touch: `touch ${mark}` });
      for (const [name, value] of Object.entries(heard)) assert.ok(value === "" || value.startsWith("refused"), `${host}: ${name}: ${value}`);
      await evil.close();
    }
  } finally {
    elsewhere.close();
  }
  // A command that had been begun would be among the tasks, and nobody was signed out.
  await page.reload();
  await page.getByText("Connected agents: 3").waitFor();
  const tasks = (await stage.api("GET", "/api/exec/exec-1/tasks")).payload ?? [];
  assert.ok(!tasks.some((task) => task.command.includes(mark)));
  assert.ok(!fs.existsSync(mark));
}

async function ownCalls({ stage }) {
  const page = await stage.page();
  const elsewhere = [];
  page.on("request", (request) => new URL(request.url()).origin !== stage.url && !request.url().startsWith("blob:") && elsewhere.push(request.url()));
  for (const place of ["fleet", "layouts", "server", "agent/exec-1/facts", "agent/exec-1/files", "agent/exec-1/terminal"]) {
    await stage.open(page, place);
    await page.locator("h1").waitFor();
  }
  assert.deepStrictEqual(elsewhere, []);
  // Markup out of a text is refused by the browser itself.
  const refused = await page.evaluate(() => {
    try {
      document.body.innerHTML = "<b>x</b>";
      return false;
    } catch (error) {
      return error instanceof TypeError;
    }
  });
  assert.strictEqual(refused, true);
}

module.exports = [
  ["A person signs in with a token, which the browser does not keep, and signs out", signInAndOut],
  ["A page whose token is revoked says so and takes another one", revoked],
  ["Signing out in one window ends the other one", twoWindows],
  ["A foreign page that tries everything changes nothing and reads nothing", foreignPage],
  ["The page asks nothing of other sites, and its browser refuses markup", ownCalls],
];
