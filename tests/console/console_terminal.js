// Terminals. What they show is read as a screen reader gets it.
"use strict";
const assert = require("assert");
const fs = require("fs");
const { digest, until } = require("./console_stage.js");

async function shell(stage) {
  const page = await stage.page();
  await stage.open(page, "agent/exec-1/terminal");
  await page.getByRole("button", { name: "Start a shell" }).click();
  await page.getByText("Connected").waitFor();
  await page.getByLabel("For a screen reader").check();
  await page.locator(".xterm-helper-textarea").focus();
  const shown = () => page.locator(".xterm-accessibility-tree").evaluate((element) => [...element.children].map((row) => row.textContent.replace(/\u00a0/g, " ").trimEnd()).join("\n"));
  const waitFor = (text) => until(`the terminal shows ${text}`, async () => (await shown()).includes(text)).catch(async (error) => {
    throw new Error(`${error.message}; it shows:\n${await shown()}`);
  });
  const type = async (text) => {
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  };
  return { page, shown, waitFor, type };
}

async function vim({ stage }) {
  const { page, waitFor, type } = await shell(stage);
  const file = stage.file("edited.txt");
  await type(`vim -u NONE ${file}`);
  await waitFor("~");
  await page.keyboard.type("ihello from vim");
  await waitFor("hello from vim");
  await page.keyboard.press("Escape");
  await page.keyboard.type("yyp:wq");
  await page.keyboard.press("Enter");
  await until("the file", () => fs.existsSync(file) && fs.readFileSync(file, "utf8") === "hello from vim\nhello from vim\n");
  await type("stty size");
  await waitFor((await page.evaluate(() => document.querySelector(".screen").clientHeight)) > 200 ? " " : "");
  await type("exit 7");
  await page.getByText("exit code 7").waitFor();
  assert.deepStrictEqual(page.problems, []);
}

async function paste({ stage }) {
  const { page, waitFor, type } = await shell(stage);
  const lines = [];
  for (let i = 0; lines.length * 16 < 1024 * 1024; ++i) lines.push(`line ${String(i).padStart(9, "0")}x`);
  const text = lines.join("\n").slice(0, 1024 * 1024);
  const wanted = digest(text.replace(/\n/g, "\r"));
  await type(`stty raw -echo; echo ready; head -c ${text.length} | sha256sum; stty sane`);
  await waitFor("\nready");
  await page.locator(".xterm-helper-textarea").evaluate((area, pasted) => {
    const data = new DataTransfer();
    data.setData("text/plain", pasted);
    area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
  await waitFor(wanted);
}

async function inputMethods({ stage }) {
  const { page, waitFor, type } = await shell(stage);
  const file = stage.file("typed.txt");
  await type(`cat > ${file}`);
  const keys = await page.context().newCDPSession(page);
  const compose = async (steps, result) => {
    for (const text of steps) await keys.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    await keys.send("Input.insertText", { text: result });
  };
  await compose(["n", "ni", "ni h", "ni hao"], "你好");
  await waitFor("你好");
  await page.keyboard.press("Enter");
  await compose(["´"], "é");
  await waitFor("é");
  await page.keyboard.press("Enter");
  // AltGr+E of a German keyboard, as Chromium tells it on Linux.
  const altGr = { key: "€", code: "KeyE", text: "€", unmodifiedText: "€", windowsVirtualKeyCode: 69 };
  await keys.send("Input.dispatchKeyEvent", { type: "keyDown", ...altGr });
  await keys.send("Input.dispatchKeyEvent", { type: "keyUp", ...altGr, text: undefined });
  await waitFor("€");
  await page.keyboard.press("Enter");
  // Emoji pickers, dictation and the keyboards of phones insert without a key.
  await keys.send("Input.insertText", { text: "世界" });
  await waitFor("世界");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+d");
  await until("the file", () => fs.readFileSync(file, "utf8") === "你好\né\n€\n世界\n").catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(fs.readFileSync(file, "utf8"))}`);
  });
}

async function reconnect({ stage }) {
  const { page, shown, waitFor, type } = await shell(stage);
  await type("echo before-$((1+1))");
  await waitFor("before-2");
  stage.gate.isOpen = false;
  stage.gate.cut();
  await page.getByText("The connection broke").waitFor();
  await page.keyboard.type("echo mean");
  stage.gate.isOpen = true;
  await page.getByText("Connected").waitFor();
  await type("while-$((2+2))");
  await waitFor("\nmeanwhile-4");
  assert.strictEqual((await shown()).split("\nbefore-2").length, 2);
  await page.keyboard.press("Shift+F6");
  assert.strictEqual(await page.evaluate(() => document.activeElement.textContent), "Leave");
}

async function fastOutput({ stage }) {
  const { page, waitFor, type } = await shell(stage);
  await type("seq 1 60000; echo end-$((40+2))");
  await waitFor("end-42");
  await waitFor("60000");
  await type("printf '\\033[31mred\\033[0m \\033]0;title\\007'; echo ok-$((3+3))");
  await waitFor("ok-6");
  assert.deepStrictEqual(page.problems, []);
}

module.exports = [
  ["vim works in a terminal of the page", vim],
  ["A paste of 1 MiB arrives whole and in order", paste],
  ["Chinese by an input method, dead keys and AltGr arrive once", inputMethods],
  ["A terminal whose connection broke goes on where it was", reconnect],
  ["A program that writes much is shown to its end", fastOutput],
];
