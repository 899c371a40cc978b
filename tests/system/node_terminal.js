// Usage: node node_terminal.js <folder of the package ws> <url> <options as JSON> <steps...>
//
// Sits down at a terminal (docs/terminals.md) with a WebSocket client that is not ours and takes the steps, one after the other:
//   type:<file>        sends the file's bytes, in one message
//   parts:<file>       the same in fragments of a hundred bytes
//   order:<json>       sends a control message
//   shown:<text>       waits until the terminal has shown the text
//   shown-bytes:<n>    waits until it has shown so many bytes
//   news:<type>        waits for a control message of this type, and prints it
//   end:               waits for the end of the connection, and prints its code
// The options are those of the client: `headers`, `origin`. What was shown is written to the file that `shown` of the options
// names. The exit code is 0 if all went well; 3 if the server refused, whose status is printed.
"use strict";
const fs = require("fs");

const [folder, url, options, ...steps] = process.argv.slice(2);
const WebSocket = require(folder);
const wanted = JSON.parse(options);
const socket = new WebSocket(url, wanted);
const news = [];
let shown = Buffer.alloc(0);
let closeCode = null;
let look = () => {};

function leave(code, text) {
  if (text !== undefined) console.log(text);
  if (wanted.shown) fs.writeFileSync(wanted.shown, shown);
  process.exit(code);
}

function sendInParts(bytes) {
  for (let at = 0; at < bytes.length; at += 100)
    socket.send(bytes.subarray(at, at + 100), { binary: true, fin: at + 100 >= bytes.length });
}

function takeNews(type) {
  const at = news.findIndex((one) => one.type === type);
  if (at < 0) return false;
  console.log(JSON.stringify(news.splice(0, at + 1)[at]));
  return true;
}

// What a step does at once, or asks again whenever something came: true when it is done.
const verbs = {
  type: (file) => (socket.send(fs.readFileSync(file)), true),
  parts: (file) => (sendInParts(fs.readFileSync(file)), true),
  order: (json) => (socket.send(json), true),
  shown: (text) => shown.includes(text),
  "shown-bytes": (count) => shown.length >= Number(count),
  news: takeNews,
  end: () => closeCode !== null && (console.log(`closed ${closeCode}`), true),
};

function goOn() {
  while (steps.length > 0) {
    const colon = steps[0].indexOf(":");
    if (!verbs[steps[0].slice(0, colon)](steps[0].slice(colon + 1))) break;
    steps.shift();
  }
  if (steps.length === 0) leave(0);
  if (closeCode !== null) leave(1, `closed ${closeCode} before ${steps[0]}; shown: ${shown}`);
}

socket.on("open", () => {
  look = goOn;
  look();
});
socket.on("message", (data, isBinary) => {
  if (isBinary) shown = Buffer.concat([shown, data]);
  else news.push(JSON.parse(data));
  look();
});
socket.on("close", (code) => {
  closeCode = code;
  look();
});
socket.on("unexpected-response", (request, response) => leave(3, `refused ${response.statusCode}`));
socket.on("error", (error) => leave(1, `${error}`));
