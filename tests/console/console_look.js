// How the page looks: at three sizes, light and dark, and for people who do not see it.
"use strict";
const assert = require("assert");
const path = require("path");

const PLACES = { fleet: "fleet", facts: "agent/exec-1/facts", report: "agent/exec-1/report", host: "agent/metrics-1/host", commands: "agent/exec-1/commands",
  logs: "agent/exec-1/logs", files: `agent/exec-1/files/${encodeURIComponent("/usr")}`, terminal: "agent/exec-1/terminal", run: "run/exec-1,exec-2",
  layouts: "layouts", server: "server" };
const SIZES = { wide: [1280, 800], tablet: [768, 1024], phone: [360, 740] };

async function settle(page) {
  await page.locator("h1").waitFor();
  await page.waitForFunction(() => !/Loading…|Connecting…|正在加载|正在连接/.test(document.querySelector("main").textContent));
}

async function screenshots({ stage, output }) {
  for (const [size, [width, height]] of Object.entries(SIZES)) {
    const page = await stage.page({ viewport: { width, height }, colorScheme: size === "tablet" ? "dark" : "light" });
    if (size === "phone") await page.getByLabel("Language").selectOption("zh");
    for (const [name, place] of Object.entries(PLACES)) {
      await stage.open(page, place);
      await settle(page);
      await page.screenshot({ path: path.join(output, `${name}-${size}.png`) });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${name} is ${wide} pixels wide at ${width}`);
    }
  }
}

// A browser at 200 % has half the pixels for the same window.
async function zoomed({ stage, output }) {
  const page = await stage.page({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 });
  for (const [name, place] of Object.entries(PLACES)) {
    await stage.open(page, place);
    await settle(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 640, `${name} is ${wide} pixels wide at 640`);
  }
  await page.screenshot({ path: path.join(output, "server-zoomed.png") });
}

async function accessible({ stage }) {
  const { source } = require(path.join(stage.modules, "axe-core"));
  for (const colorScheme of ["light", "dark"]) {
    const page = await stage.page({ colorScheme, bypassCSP: true });
    const look = async (name) => {
      await page.evaluate(source);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ").slice(0, 500)}`);
      assert.deepStrictEqual(serious, [], `${name}, ${colorScheme}`);
    };
    for (const [name, place] of Object.entries(PLACES)) {
      await stage.open(page, place);
      await settle(page);
      await look(name);
    }
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("API token").waitFor();
    await look("sign in");
  }
}

// The picture of the README: the outputs of a command, side by side.
async function picture({ stage, output }) {
  const page = await stage.page({ viewport: { width: 1000, height: 560 } });
  await stage.open(page, "run/exec-1,exec-2");
  await page.getByLabel("Command").fill("uname -s; uptime -p; df -h / | tail -n 1");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("All ended, 0 failed").waitFor();
  await page.screenshot({ path: path.join(output, "picture.png") });
}

module.exports = [
  ["Each view fits at three sizes", screenshots],
  ["Each view fits at a zoom of 200 %", zoomed],
  ["Each view is accessible, light and dark", accessible],
  ["A picture is made for the README", picture],
];
