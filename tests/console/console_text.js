// Text stays text, whoever has written it.
"use strict";
const assert = require("assert");
const fs = require("fs");
const path = require("path");

const SCRIPT = "<script>window.hit=1</script><img src=x onerror=window.hit=1>";

// An agent that says of itself what a test wants; the message of wire type 1.
async function fakeAgent(stage, come) {
  const WebSocket = require(path.join(stage.modules, "ws"));
  const socket = new WebSocket(`ws://127.0.0.1:${stage.port}/ws/agent`);
  await new Promise((resolve, reject) => {
    socket.on("open", () => socket.send(JSON.stringify({ type: 1, come })));
    socket.on("message", resolve);
    socket.on("error", reject);
  });
  return socket;
}

const isClean = (page) => page.evaluate(() => window.hit === undefined && document.querySelectorAll("main script, main img").length === 0);

async function planted({ stage }) {
  const fields = Object.fromEntries(["name", "version", "mac", "host_name", "os", "platform", "arch", "cpu"].map((name) => [name, `${name}${SCRIPT}`]));
  const id = "evil<img src=x onerror=window.hit=1>";  // an id has no slash
  const agent = await fakeAgent(stage, { ...fields, id, ip: "192.0.2.1" });
  const folder = stage.file("planted", "x").replace(/\/x$/, "");
  fs.writeFileSync(path.join(folder, SCRIPT.replace(/\//g, "|")), "x");
  fs.mkdirSync(path.join(folder, "<b>folder"));
  fs.symlinkSync("<i>nowhere", path.join(folder, "link"));
  const page = await stage.page();
  try {
    await page.locator(".row", { hasText: "evil<img" }).waitFor();
    assert.ok(await isClean(page));
    await stage.open(page, `agent/${encodeURIComponent(id)}/facts`);
    await page.getByText(`platform${SCRIPT}`).waitFor();
    assert.ok(await isClean(page));
    for (const tab of ["report", "host", "commands", "logs", "files", "terminal"]) {
      await stage.open(page, `agent/${encodeURIComponent(id)}/${tab}`);
      await page.locator("h1", { hasText: "evil<img" }).waitFor();
      assert.ok(await isClean(page), tab);
    }
    await stage.open(page, `agent/exec-1/files/${encodeURIComponent(folder)}`);
    await page.getByText("<i>nowhere").waitFor();
    assert.ok(await isClean(page));
    await stage.open(page, "run/exec-1");
    await page.getByLabel("Command").fill(`printf '%s' '${SCRIPT}'`);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByText("All ended, 0 failed").waitFor();
    assert.strictEqual(await page.locator(".task pre").textContent(), SCRIPT);
    assert.ok(await isClean(page));
    await stage.open(page, "agent/exec-1/commands");
    await page.locator("td", { hasText: "<script>" }).first().waitFor();
    assert.ok(await isClean(page));
    await stage.open(page, `agent/${encodeURIComponent(SCRIPT)}/files/${encodeURIComponent(SCRIPT)}`);
    await page.locator("h1").waitFor();
    assert.ok(await isClean(page));
    assert.deepStrictEqual(page.problems, []);
  } finally {
    agent.terminate();
  }
}

async function strange({ stage }) {
  const page = await stage.page();
  await stage.open(page, "run/exec-1");
  await page.getByLabel("Command").fill("printf 'a\\033[31mred\\a \\342\\200\\256turned\\342\\200\\254\\n'; head -c 100000 /dev/zero | tr '\\0' x");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("All ended, 0 failed").waitFor();
  const text = await page.locator(".task pre").textContent();
  assert.ok(text.startsWith("a⟨1b⟩[31mred⟨07⟩ ⟨202e⟩turned⟨202c⟩\nxxx"));
  assert.strictEqual(text.replace(/[^x]/g, "").length, 100000);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page is wider than the window");
}

module.exports = [
  ["Markup in any field of an agent, a file name or an output is text", planted],
  ["Control characters, turned text and long lines do no harm", strange],
];
