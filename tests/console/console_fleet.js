// The fleet and commands on a selection.
"use strict";
const assert = require("assert");
const fs = require("fs");
const { until } = require("./console_stage.js");

const rows = (page) => page.locator(".row");

async function live({ stage }) {
  const page = await stage.page();
  await page.getByText("Connected agents: 3").waitFor();
  assert.deepStrictEqual((await page.locator(".row .cell-id").allTextContents()).sort(), ["exec-1", "exec-2", "metrics-1"]);
  stage.startAgent("example-agent", "late-1", "basic.log.target = stdout\n");
  await page.getByText("Connected agents: 4").waitFor();
  await stage.programs.pop().end();
  await page.getByText("Connected agents: 3").waitFor();
}

async function searched({ stage }) {
  const page = await stage.page();
  await page.getByLabel("Search").fill("type=exec-agent and not name=exec-2");
  await page.getByText("Connected agents: 1").waitFor();
  await page.getByLabel("Search").fill("metr");
  await page.getByText("metrics-1").waitFor();
  await until("one row", async () => (await rows(page).count()) === 1);
  await page.getByLabel("Search").fill("nmae=x");
  await page.getByText("did you mean 'name'?").waitFor();
}

async function sideBySide({ stage }) {
  const page = await stage.page();
  await page.getByLabel("Search").fill("type=exec-agent");
  await page.getByText("Connected agents: 2").waitFor();
  await page.getByRole("button", { name: "Select all" }).click();
  await page.getByRole("button", { name: "Run on 2" }).click();
  await page.getByLabel("Command").fill("echo out of $LIBAGENT_TASK; echo bad >&2; exit 3");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("All ended, 2 failed").waitFor();
  const texts = await page.locator(".task pre").allTextContents();
  assert.strictEqual(texts.length, 2);
  for (const text of texts) assert.match(text, /^out of \S+\nbad\n$/);
  assert.notStrictEqual(texts[0], texts[1]);
  assert.strictEqual(await page.getByText("exit code 3").count(), 2);
}

async function once({ stage }) {
  const page = await stage.page();
  const mark = stage.file("once");
  await stage.open(page, "run/exec-1");
  await page.getByLabel("Command").fill(`echo x >> ${mark}`);
  await page.getByRole("button", { name: "Run", exact: true }).dblclick();
  await page.getByText("All ended, 0 failed").waitFor();
  assert.strictEqual(fs.readFileSync(mark, "utf8"), "x\n");
  const tasks = (await stage.api("GET", "/api/exec/exec-1/tasks")).payload;
  assert.strictEqual(tasks.filter((task) => task.command.includes(mark)).length, 1);
}

// Chromium sends a request again by itself when the connection breaks before the answer: it runs once all the same.
async function sentTwice({ stage }) {
  const page = await stage.page();
  const mark = stage.file("twice");
  await stage.open(page, "run/exec-1");
  let sent = 0;
  await page.route("**/run", async (route) => {
    await Promise.all([route.fetch(), route.fetch()]);
    sent += 2;
    await route.continue();
  });
  await page.getByLabel("Command").fill(`echo x >> ${mark}`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("All ended, 0 failed").waitFor();
  assert.strictEqual(sent, 2);
  assert.strictEqual(fs.readFileSync(mark, "utf8"), "x\n");
}

// A command whose answer is lost is not sent again by the page.
async function lostAnswer({ stage }) {
  const page = await stage.page();
  const mark = stage.file("lost");
  await stage.open(page, "run/exec-1");
  let sent = 0;
  await page.route("**/run", async (route) => {
    ++sent;
    await route.fetch();
    await route.abort();
  });
  await page.getByLabel("Command").fill(`echo x >> ${mark}`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("Whether the command runs is not known").waitFor();
  await until("it has run", () => fs.existsSync(mark) && fs.readFileSync(mark, "utf8") === "x\n");
  assert.strictEqual(sent, 1);
}

async function broken({ stage }) {
  const page = await stage.page();
  await page.getByText("Connected agents: 3").waitFor();
  stage.gate.isOpen = false;
  stage.gate.cut();
  try {
    await page.getByText("The list is old").waitFor();
    assert.strictEqual(await rows(page).count(), 3);
    assert.strictEqual(await page.getByText("Connected agents").count(), 0);
  } finally {
    stage.gate.isOpen = true;
  }
  await page.getByText("Connected agents: 3").waitFor();
  await until("no warning", async () => !(await page.getByText("The list is old").isVisible()));
}

// A connection that stands and brings nothing; a browser that wakes after a night.
async function silent({ stage }) {
  const page = await stage.page({ signedIn: false });
  await page.clock.install();
  await stage.signIn(page);
  await page.getByText("Connected agents: 3").waitFor();
  stage.gate.holds = true;
  try {
    await page.clock.fastForward(26000);
    await page.getByText("The list is old").waitFor();
  } finally {
    stage.gate.holds = false;
    stage.gate.cut();
  }
  await until("the list is live", async () => (await page.clock.fastForward(5000), await page.getByText("Connected agents: 3").isVisible()));
  await page.clock.fastForward("08:00:00");
  await until("the list is live", async () => (await page.clock.fastForward(5000), await page.getByText("Connected agents: 3").isVisible()));
}

// A proxy that keeps a stream until it ends: the list is asked for again and again.
async function gathered({ stage }) {
  stage.gate.gathers = "/api/fleet/events";
  const page = await stage.page();
  await page.getByText("Connected agents: 3").waitFor();
  stage.startAgent("example-agent", "late-2", "basic.log.target = stdout\n");
  await page.getByText("Connected agents: 4").waitFor();
  await stage.programs.pop().end();
  await page.getByText("Connected agents: 3").waitFor();
}

async function tenThousand({ stage }) {
  const page = await stage.page({ signedIn: false });
  const agents = Array.from({ length: 10000 }, (_, index) => ({ id: `web-${String(index).padStart(5, "0")}`, type: "exec-agent", version: "2.0.0", os: "linux", since: 1 }));
  await page.route("**/api/fleet/events*", (route) => route.fulfill({ contentType: "application/x-ndjson",
    body: `${JSON.stringify({ event: "come", data: agents })}\n{"event":"whole","data":{"agents":10000}}\n` }));
  await stage.signIn(page);
  await page.getByText("web-00000").waitFor();
  const list = page.locator(".rows");
  let most = 0;
  for (let at = 0; at <= 10; ++at) {
    await list.evaluate((element, part) => (element.scrollTop = element.scrollHeight * part), at / 10);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    most = Math.max(most, await rows(page).count());
  }
  await page.getByText("web-09999").waitFor();
  assert.ok(most < 100, `${most} rows in the document`);
  assert.strictEqual(await list.getAttribute("aria-rowcount"), "10000");
}

module.exports = [
  ["The fleet shows who is connected, as they come and go", live],
  ["A selector or a part of a name searches the fleet", searched],
  ["A command on a selection shows its outputs side by side", sideBySide],
  ["A double click runs a command once", once],
  ["A command that the browser sends three times runs once", sentTwice],
  ["A command whose answer is lost is not sent again, and the page says so", lostAnswer],
  ["A list whose stream broke says that it is old, until it is live again", broken],
  ["A list that hears nothing says that it is old, after a night, too", silent],
  ["A list behind a proxy that gathers its stream is polled", gathered],
  ["Ten thousand agents are as many rows in the document as can be seen", tenThousand],
];
