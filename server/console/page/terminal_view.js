// A terminal of a machine: a login shell, or one that runs already.
import { button, field, fill, foreign, make } from "./dom.js";
import { call, newKey, part } from "./server_calls.js";
import { TerminalSession } from "./terminal_session.js";
import { t } from "./text.js";

// Bytes that the emulator takes at once: it draws between two of them, and keys are heard.
const WRITE = 16 * 1024;
const DARK = { background: "#10141a", foreground: "#e6e9ee", cursor: "#e6e9ee", selection: "#ffffff40" };

export class TerminalView {
  constructor({ id, rest, go }) {
    this.id = id;
    this.go = go;
    this.status = make("span", { role: "status", className: "state" }, t("connecting"));
    this.tools = make("div", { className: "bar" });
    this.screen = make("div", { className: "screen" });
    this.user = make("input", { type: "text", spellcheck: false, autocomplete: "off" });
    this.leaveButton = button(t("leave_terminal"), () => this.leave());
    this.element = make("section", { className: "terminal" }, this.tools, this.screen, make("p", {}, make("small", {}, t("terminal_hint"))));
    this.encoder = new TextEncoder();
    this.decoder = new TextDecoder();
    if (rest) queueMicrotask(() => this.sitDown(rest));
    else this.offer();
  }

  end() {
    this.isEnded = true;
    this.session?.end();
    this.observer?.disconnect();
    this.terminal?.dispose();
  }

  offer(problem) {
    const start = make("button", { type: "submit", className: "main" }, t("start_shell"));
    fill(this.tools, make("form", { className: "bar", onsubmit: (event) => this.start(event, start) },
      field(t("as_user"), this.user), start),
      problem ? make("p", { role: "alert", className: "warning" }, problem) : undefined);
  }

  async start(event, control) {
    event.preventDefault();
    if (control.disabled) return;
    control.disabled = true;
    const order = { key: newKey(), terminal: { rows: 24, cols: 80 }, env: ["TERM=xterm-256color"] };
    if (this.user.value.trim()) Object.assign(order, { auth: "sudo", user: this.user.value.trim() });
    try {
      const begun = await call("POST", `/api/exec/${part(this.id)}/run`, { json: order });
      this.go(`#/agent/${part(this.id)}/terminal/${part(begun.id)}`);
    } catch (error) {
      this.offer(foreign(error.message));
    }
  }

  leave() {
    this.go(`#/agent/${part(this.id)}/commands`);
  }

  async sitDown(task) {
    const { Terminal, fit } = await import("./emulator.js");
    if (this.isEnded) return;
    const takeOver = button(t("take_over"), () => this.session.order({ type: "take" }));
    takeOver.hidden = true;
    this.takeOver = takeOver;
    const reader = make("input", { type: "checkbox", onchange: () => this.terminal.setOption("screenReaderMode", reader.checked) });
    fill(this.tools, this.status, takeOver, this.leaveButton, make("label", {}, reader, " ", t("screen_reader")));
    this.terminal = new Terminal({ fontFamily: "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace",
      fontSize: 14, scrollback: 5000, theme: DARK, bellStyle: "none", allowTransparency: false });
    this.terminal.open(this.screen);
    this.terminal.attachCustomKeyEventHandler((event) => this.isForTerminal(event));
    const { textarea } = this.terminal;
    textarea.setAttribute("aria-label", t("terminal_of", { id: this.id }));
    textarea.addEventListener("keydown", () => (this.isKeyed = true), true);
    textarea.addEventListener("keyup", () => (this.isKeyed = false), true);
    textarea.addEventListener("compositionstart", () => (this.isKeyed = true));
    textarea.addEventListener("compositionend", () => setTimeout(() => (this.isKeyed = false)));
    textarea.addEventListener("input", (event) => this.insert(event));
    this.session = new TerminalSession(this.id, task, {
      show: (bytes) => this.show(bytes),
      change: () => this.tell(),
      news: (news) => this.hear(news),
      denied: () => this.check(task),
    });
    this.terminal.on("data", (text) => this.session.type(this.encoder.encode(text)));
    this.terminal.on("resize", ({ cols, rows }) => this.session.resize(rows, cols));
    this.observer = new ResizeObserver(() => this.types !== false && fit(this.terminal));
    this.observer.observe(this.screen);
    fit(this.terminal);
    this.session.resize(this.terminal.rows, this.terminal.cols);
    this.terminal.focus();
  }

  // Shift+F6 leads out of the terminal, which takes every other key.
  isForTerminal(event) {
    if (event.key !== "F6" || !event.shiftKey) return true;
    if (event.type === "keydown") this.leaveButton.focus();
    return false;
  }

  // Emoji pickers, dictation and the keyboards of phones insert text without a key. The emulator takes keys and what is composed by
  // itself, and nothing else.
  insert(event) {
    if (event.inputType !== "insertText" || event.isComposing || this.isKeyed) return;
    this.session.type(this.encoder.encode(event.data ?? ""));
    event.target.value = "";
  }

  async show(bytes) {
    for (let at = 0; at < bytes.length && !this.isEnded; at += WRITE) {
      this.terminal.write(this.decoder.decode(bytes.subarray(at, at + WRITE), { stream: true }));
      await new Promise((resolve) => setTimeout(resolve));  // the emulator writes in a timer of its own, set before
    }
  }

  tell() {
    const state = this.session.state;
    fill(this.status, state === "over" ? this.ending ?? t("terminal_over") : t(`terminal_${state}`), this.who ? [" · ", foreign(this.who)] : "");
    this.element.dataset.state = state;
  }

  hear(news) {
    if (news.type === "writer") {
      this.types = news.you;
      this.takeOver.hidden = news.you;
      this.who = news.you ? "" : t("types", { who: news.who ?? "" });
    }
    if (news.type === "size" && this.types === false) this.terminal.resize(news.cols, news.rows);
    if (news.type === "state") this.who = news.state === "away" ? t("state_away") : "";
    if (news.type === "exit") this.ending = t("exit_code", { code: news.code ?? "" });
    this.tell();
  }

  // Why there is no connection: the answer of the upgrade is hidden from scripts.
  async check(task) {
    try {
      const state = await call("GET", `/api/exec/${part(this.id)}/tasks/${part(task)}`);
      if (state.terminal || state.input || state.state !== "done") return;
      this.session.end();
    } catch (error) {
      if (error.code === 0) return;
      this.session.end();
      fill(this.status, foreign(error.message));
    }
  }
}
