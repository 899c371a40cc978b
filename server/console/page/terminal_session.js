// TerminalSession: the way from this page to a task's terminal (docs/terminals.md), over as many connections as it takes: each byte
// of output is shown once, and each key that is typed arrives once.
import { newKey, part } from "./server_calls.js";

const RETRY_MS = [500, 1000, 2000, 4000];
// Bytes of one message, and of input that the server has not taken yet: a large paste waits here and not in the browser's socket.
const MESSAGE = 16 * 1024;
const WINDOW = 64 * 1024;
const POLICY_VIOLATION = 1008;

export class TerminalSession {
  state = "connecting";
  offset = undefined;  // of the next byte of output
  taken = 0;           // bytes of input that the server has taken
  queue = [];          // the others
  queued = 0;
  sent = 0;            // bytes of the queue that this connection has carried
  attempts = 0;

  // `on`: show(bytes) → promise once they are shown, change(), news(message), denied().
  constructor(agent, task, on) {
    this.path = `/api/exec/${part(agent)}/tasks/${part(task)}/terminal`;
    this.client = newKey();
    this.on = on;
    this.shown = Promise.resolve();
    this.connect();
  }

  end() {
    this.isEnded = true;
    clearTimeout(this.timer);
    this.socket?.close(1000);
  }

  connect() {
    const query = this.offset === undefined ? "" : `&offset=${this.offset}`;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.path}?client=${this.client}${query}`);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => socket === this.socket && this.take(event.data);
    socket.onclose = (event) => socket === this.socket && this.lose(event.code);
    this.socket = socket;
  }

  lose(code) {
    this.isReady = false;
    if (this.isEnded || this.state === "over") return;
    if (code === POLICY_VIOLATION) return this.set("over"), this.on.denied();
    this.set(this.attempts === 0 && this.offset === undefined ? "connecting" : "broken");
    if (this.attempts++ === 0 && this.offset === undefined) this.on.denied();
    this.timer = setTimeout(() => this.connect(), RETRY_MS[Math.min(this.attempts, RETRY_MS.length) - 1]);
  }

  set(state) {
    this.state = state;
    this.on.change();
  }

  take(data) {
    if (typeof data === "string") return this.hear(JSON.parse(data));
    const bytes = new Uint8Array(data);
    this.offset += bytes.length;
    const upTo = this.offset;
    this.shown = this.shown.then(() => this.on.show(bytes)).then(() => this.order({ type: "seen", offset: upTo }));
  }

  hear(news) {
    if (news.type === "hello") this.begin(news);
    if (news.type === "typed") this.drop(news.typed);
    if (news.type === "writer") this.turn(news.you === true);
    if (news.type === "skipped") this.offset = news.offset;
    if (news.type === "exit") this.set("over");
    this.on.news(news);
  }

  // A server that knows nothing of this client counts from here: what was on its way may be lost, and is not doubled.
  begin(hello) {
    if (hello.typed === undefined) {
      this.cut(this.sent);
      this.taken = 0;
    } else {
      this.drop(hello.typed);
    }
    this.offset = hello.offset ?? 0;
    this.sent = 0;
    this.attempts = 0;
    this.isReady = true;
    this.isWriter = undefined;
    this.set("open");
  }

  // Only who types sends keys and a size: those of others are lost.
  turn(isWriter) {
    this.isWriter = isWriter;
    if (!isWriter) return;
    if (this.size) this.resize(this.size.rows, this.size.cols);
    this.pump();
  }

  type(bytes) {
    if (this.isWriter === false) return;
    this.queue.push(bytes);
    this.queued += bytes.length;
    this.pump();
  }

  resize(rows, cols) {
    this.size = { rows, cols };
    if (this.isWriter) this.order({ type: "resize", rows, cols });
  }

  order(message) {
    if (this.isReady && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  pump() {
    while (this.isReady && this.isWriter && this.sent < Math.min(this.queued, WINDOW)) {
      const bytes = this.slice(this.sent, Math.min(MESSAGE, this.queued - this.sent, WINDOW - this.sent));
      this.socket.send(bytes);
      this.sent += bytes.length;
    }
  }

  // Up to `length` bytes of the queue from `at` on, of one of its pieces.
  slice(at, length) {
    for (const piece of this.queue) {
      if (at < piece.length) return piece.subarray(at, at + length);
      at -= piece.length;
    }
    throw new Error("nothing is queued there");
  }

  drop(typed) {
    const count = Math.min(typed - this.taken, this.queued);
    this.taken = typed;
    this.cut(count);
    this.pump();
  }

  cut(count) {
    this.queued -= count;
    this.sent = Math.max(0, this.sent - count);
    while (count > 0) {
      const first = this.queue[0];
      if (first.length > count) {
        this.queue[0] = first.subarray(count);
        return;
      }
      count -= first.length;
      this.queue.shift();
    }
  }
}
