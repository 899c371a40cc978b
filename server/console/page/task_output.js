// TaskOutput: one command on one machine: its state and the end of its output, until it is over.
import { fill, foreign, make, visible } from "./dom.js";
import { CallError, call, fetchRaw, newKey, part } from "./server_calls.js";
import { t } from "./text.js";

// Characters of the output that are shown; all of it can be downloaded.
const SHOWN = 256 * 1024;
const FIRST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 2000;
const OVER = new Set(["done", "failed", "lost"]);

// Requests of all outputs at a time: browsers have six connections to a server, and some are for what people do.
const TURNS = 3;
let running = 0;
const waiting = [];
async function inTurn(action) {
  if (running >= TURNS) await new Promise((resolve) => waiting.push(resolve));
  ++running;
  try {
    return await action();
  } finally {
    --running;
    waiting.shift()?.();
  }
}

// How a command stands, in the person's language.
export function stateText(task) {
  if (task.state !== "done") return t(`state_${task.state}`) + (task.reason ? `: ${visible(task.reason)}` : "");
  if (task.timed_out) return t("timed_out");
  if (task.signal) return t("ended_by_signal", { signal: task.signal });
  return t("exit_code", { code: task.code });
}

export const hasFailed = (task) => OVER.has(task.state) && (task.state !== "done" || task.code !== 0);

export class TaskOutput {
  offset = 0;
  text = "";

  // `onOver`: told once, with the task, or with null when it could not be followed.
  constructor(agent, onOver = () => {}) {
    this.agent = agent;
    this.onOver = onOver;
    this.ended = new AbortController();
    this.decoder = new TextDecoder();
    this.status = make("span", { className: "state", role: "status" }, t("state_sending"));
    this.output = make("pre", { tabIndex: 0, "aria-label": t("output_of", { id: agent }), role: "region" });
    this.links = make("span", { className: "links" });
    this.element = make("article", { className: "task" },
      make("header", {}, make("h2", {}, foreign(agent)), this.status, this.links), this.output);
  }

  end() {
    this.ended.abort();
  }

  // Runs an order, once: browsers send a request again when a connection breaks, and its key tells the server that it is the same.
  async run(order) {
    try {
      const begun = await inTurn(() =>
        call("POST", `/api/exec/${part(this.agent)}/run`, { json: { ...order, result: false, key: newKey() }, signal: this.ended.signal }));
      await this.follow(begun.id);
    } catch (error) {
      this.fail(error);
    }
  }

  async follow(task) {
    const path = `/api/exec/${part(this.agent)}/tasks/${part(task)}`;
    this.drawLinks(path);
    let pause = FIRST_PAUSE_MS;
    try {
      for (;;) {
        const state = await inTurn(() => call("GET", path, { signal: this.ended.signal }));
        const hasMore = state.kept_size > this.offset;
        if (hasMore) await inTurn(() => this.read(path));
        this.tell(state);
        if (OVER.has(state.state) && state.kept_size <= this.offset) return this.onOver(state);
        pause = hasMore ? FIRST_PAUSE_MS : Math.min(pause * 1.5, LONGEST_PAUSE_MS);
        await new Promise((resolve) => setTimeout(resolve, pause));
        if (this.ended.signal.aborted) return;
      }
    } catch (error) {
      this.fail(error);
    }
  }

  async read(path) {
    const response = await fetchRaw(`${path}/output?offset=${this.offset}`, { signal: this.ended.signal });
    const bytes = new Uint8Array(await response.arrayBuffer());
    this.offset += bytes.length;
    const isAtEnd = this.output.scrollTop + this.output.clientHeight >= this.output.scrollHeight - 8;
    this.text += this.decoder.decode(bytes, { stream: true });
    if (this.text.length > SHOWN) this.text = this.text.slice(-SHOWN);
    this.output.textContent = visible(this.text.replace(/\r\n/g, "\n"));
    if (isAtEnd) this.output.scrollTop = this.output.scrollHeight;
  }

  tell(task) {
    fill(this.status, stateText(task));
    this.element.classList.toggle("is-bad", hasFailed(task));
    this.element.dataset.state = task.state;
  }

  fail(error) {
    if (error.name === "AbortError") return;
    this.element.classList.add("is-bad");
    this.element.dataset.state = "refused";
    fill(this.status, error instanceof CallError && error.code === 0 ? t("unreachable_unknown") : foreign(error.message));
    this.onOver(null);
  }

  drawLinks(path) {
    fill(this.links, make("a", { href: `${path}/output`, download: `${this.agent}.txt` }, t("download_output")));
  }
}
