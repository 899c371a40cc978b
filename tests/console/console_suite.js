// Usage: node console_suite.js <folder of the binaries> <folder of npm's modules> <folder for what the tests leave> [part of a name]
//
// The tests of the web page, in Chromium. Prints TAP and leaves junit.xml and screenshots in the last folder. Exits with 1
// when a test fails.
"use strict";
const fs = require("fs");
const path = require("path");
const { Stage } = require("./console_stage.js");

const TEST_MS = 180000;
const [binaries, modules, output, wanted = ""] = process.argv.slice(2);

const tests = ["access", "fleet", "machine", "terminal", "files", "text", "look"].flatMap((area) =>
  require(`./console_${area}.js`).map(([name, run]) => ({ name, run })));

const escape = (text) => String(text).replace(/[\u0000-\u0008\u000b-\u001f\u001b]/g, "?").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");

function limited(promise, what) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`${what} took more than ${TEST_MS} ms`)), TEST_MS)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function runOne(test, number, stage) {
  const begin = Date.now();
  try {
    await limited(test.run({ stage, output }), test.name);
    console.log(`ok ${number} - ${test.name}`);
  } catch (error) {
    test.failure = String(error.stack ?? error);
    console.log(`not ok ${number} - ${test.name}\n${test.failure.replace(/^/gm, "# ")}`);
  }
  // What a test has left open is not to disturb the next one.
  stage.gate.reset();
  await Promise.all(stage.browser.contexts().map((context) => context.close()));
  test.seconds = (Date.now() - begin) / 1000;
}

function writeReport(done) {
  const failures = done.filter((test) => test.failure).length;
  const cases = done.map((test) => `<testcase name="console:${escape(test.name)}" time="${test.seconds}">` +
    (test.failure ? `<failure message="failed"/><system-out>${escape(test.failure)}</system-out>` : "") + "</testcase>");
  fs.writeFileSync(path.join(output, "junit.xml"),
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="console" tests="${done.length}" failures="${failures}" skipped="0" disabled="0">\n` +
    `${cases.join("\n")}\n</testsuite>\n`);
  console.log(`1..${done.length}\n# ${failures} failed`);
  return failures;
}

async function main() {
  fs.mkdirSync(output, { recursive: true });
  const chosen = tests.filter((test) => test.name.includes(wanted));
  const stage = new Stage(path.resolve(binaries), path.resolve(modules));
  // Whoever ends the tests ends what they have started, too.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => stage.end().finally(() => process.exit(1)));
  try {
    await stage.start();
    let number = 0;
    for (const test of chosen) await runOne(test, ++number, stage);
  } finally {
    await stage.end();
  }
  process.exitCode = writeReport(chosen) > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
