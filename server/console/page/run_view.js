// A command on a selection of machines, its outputs side by side.
import { field, fill, foreign, make } from "./dom.js";
import { TaskOutput, hasFailed } from "./task_output.js";
import { t } from "./text.js";

// Machines whose outputs a page can hold; more are for agentctl.
const MOST = 200;

export class RunView {
  outputs = [];

  constructor({ agents }) {
    this.agents = agents.slice(0, MOST);
    this.command = make("input", { type: "text", required: true, spellcheck: false, autocomplete: "off" });
    this.timeout = make("input", { type: "number", min: 1, max: 86400, value: 60 });
    this.user = make("input", { type: "text", spellcheck: false, autocomplete: "off" });
    this.submit = make("button", { type: "submit", className: "main" }, t("run"));
    this.summary = make("p", { role: "status", className: "status" });
    this.grid = make("div", { className: "grid" });
    this.element = make("section", {}, make("h1", {}, t("run_on", { count: this.agents.length })),
      agents.length > MOST ? make("p", { className: "warning" }, t("too_many_agents", { most: MOST })) : undefined,
      make("p", { className: "ids" }, this.agents.slice(0, 20).flatMap((id) => [foreign(id), " "]),
        this.agents.length > 20 ? `… +${this.agents.length - 20}` : ""),
      make("form", { className: "bar", onsubmit: (event) => this.run(event) },
        field(t("command"), this.command, t("command_hint")), field(t("timeout_seconds"), this.timeout),
        field(t("as_user"), this.user), this.submit),
      this.summary, this.grid);
    queueMicrotask(() => this.command.focus());
  }

  end() {
    for (const output of this.outputs) output.end();
  }

  // A double click, or Enter while it is sent, finds it running and does nothing: a command runs once.
  run(event) {
    event.preventDefault();
    if (this.submit.disabled) return;
    this.submit.disabled = true;
    this.end();
    const order = { cmd: this.command.value, pipes: true, timeout: Number(this.timeout.value) || 60 };
    if (this.user.value.trim()) Object.assign(order, { auth: "sudo", user: this.user.value.trim() });
    let rest = this.agents.length;
    let bad = 0;
    const tell = () => fill(this.summary, t(rest > 0 ? "runs_on" : "all_ended", { rest, bad }));
    const over = (task) => {
      --rest;
      if (task === null || hasFailed(task)) ++bad;
      tell();
      if (rest === 0) this.submit.disabled = false;
    };
    this.outputs = this.agents.map((agent) => new TaskOutput(agent, over));
    fill(this.grid, this.outputs.map((output) => output.element));
    tell();
    for (const output of this.outputs) output.run(order);
  }
}
