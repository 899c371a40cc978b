// A machine's views, layouts and the server's own state.
"use strict";
const assert = require("assert");
const { until } = require("./console_stage.js");

async function views({ stage }) {
  const page = await stage.page();
  await stage.open(page, "agent/exec-1/facts");
  await page.getByText("x86_64").first().waitFor();
  await stage.open(page, "agent/exec-1/report");
  await page.getByText("exec_started_total").waitFor();
  await page.getByText("memory_percent").waitFor();
  await page.locator(".spark").first().waitFor();
  await stage.open(page, "agent/exec-1/host");
  await page.getByText("No metrics-agent runs under this id").waitFor();
  await stage.open(page, "agent/metrics-1/host");
  await page.getByText("File systems").or(page.getByRole("region", { name: "File systems" })).first().waitFor();
  await page.getByText("Kernel").waitFor();
  await stage.open(page, "agent/exec-1/logs");
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Download (zip)").first().click()]);
  assert.strictEqual(await download.failure(), null);
  await stage.open(page, "server");
  await page.getByText("agent_server_http_connections").waitFor();
  await stage.open(page, "agent/nobody/facts");
  await page.getByText("This agent is not connected.").waitFor();
  assert.deepStrictEqual(page.problems, []);
}

async function commands({ stage }) {
  const page = await stage.page();
  page.on("dialog", (dialog) => dialog.accept());
  await stage.api("POST", "/api/exec/exec-2/run", { cmd: "echo begun; sleep 600", pipes: true, result: false });
  await stage.open(page, "agent/exec-2/commands");
  const row = page.locator("tr", { hasText: "sleep 600" }).first();
  await row.getByRole("button", { name: "Output" }).click();
  await until("its output", async () => (await page.locator(".task pre").textContent()) === "begun\n");
  await row.getByRole("button", { name: "End" }).click();
  await page.locator(".task .state", { hasText: /signal|exit code/ }).waitFor();
}

async function layouts({ stage }) {
  const page = await stage.page();
  await stage.open(page, "layouts");
  await page.getByLabel("Machines").fill("exec-1\nexec-2");
  await page.getByLabel("Script").fill('echo "hello"');
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("It has ended").waitFor();
  assert.strictEqual(await page.locator("tbody tr").count(), 2);
  for (const text of await page.locator("tbody tr").allTextContents()) assert.match(text, /exec-[12]done0/);
  await page.getByRole("navigation", { name: "Started in this window" }).waitFor();
}

async function language({ stage }) {
  const page = await stage.page();
  await page.getByLabel("Language").selectOption("zh");
  await page.getByText("已连接 3 个代理").waitFor();
  await page.reload();
  await page.getByText("已连接 3 个代理").waitFor();
  assert.strictEqual(await page.evaluate(() => document.documentElement.lang), "zh");
  const chinese = await stage.page({ locale: "zh-CN", signedIn: false });
  await chinese.goto(`${stage.url}/`);
  await chinese.getByText("API 令牌").waitFor();
}

async function keyboard({ stage }) {
  const page = await stage.page();
  await page.getByText("Connected agents: 3").waitFor();
  await page.getByLabel("Search").focus();
  const reached = [];
  for (let i = 0; i < 12; ++i) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent));
  }
  assert.ok(reached.includes("Select exec-1"), reached.join(", "));
  assert.ok(reached.includes("exec-1"), reached.join(", "));
  await page.getByLabel("Select exec-2").press("Space");
  await page.getByRole("button", { name: "Run on 1" }).press("Enter");
  await page.waitForFunction(() => document.activeElement.matches("form input"));  // who sees it types
  await page.keyboard.type("echo by keys");
  await page.keyboard.press("Enter");
  await page.getByText("All ended, 0 failed").waitFor();
  assert.strictEqual(await page.locator(".task pre").textContent(), "by keys\n");
}

module.exports = [
  ["A machine shows its facts, its report, its host and its logs", views],
  ["A command that runs can be looked at and ended", commands],
  ["A layout is started and followed", layouts],
  ["The page speaks English and Chinese", language],
  ["All is reached by the keyboard", keyboard],
];
