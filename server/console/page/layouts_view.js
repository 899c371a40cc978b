// Scripts on many machines, group by group: starting one, and how those fare that this window has started.
import { field, fill, foreign, make, table } from "./dom.js";
import { time } from "./quantities.js";
import { call, part } from "./server_calls.js";
import { t } from "./text.js";

const PERIOD_MS = 1000;
const KEY = "agent-console-layouts";
const KINDS = ["sh", "bash", "python3", "python", "bat", "powershell", "php", "lua"];

const kept = () => JSON.parse(sessionStorage.getItem(KEY) ?? "[]");

export class LayoutsView {
  constructor({ id, go }) {
    this.go = go;
    this.groups = make("textarea", { rows: 3, required: true, spellcheck: false, placeholder: "web-1 web-2\nweb-3" });
    this.script = make("textarea", { rows: 6, required: true, spellcheck: false });
    this.kind = make("select", {}, KINDS.map((kind) => make("option", { value: kind }, kind)));
    this.goesOn = make("input", { type: "checkbox" });
    this.submit = make("button", { type: "submit", className: "main" }, t("run"));
    this.problem = make("p", { role: "alert", className: "warning", hidden: true });
    this.status = make("div");
    this.element = make("section", {}, make("h1", {}, t("layouts")),
      make("form", { onsubmit: (event) => this.start(event) }, field(t("groups"), this.groups, t("groups_hint")),
        field(t("script"), this.script), field(t("kind"), this.kind),
        make("label", {}, this.goesOn, " ", t("goes_on")), make("div", { className: "actions" }, this.submit)),
      this.problem, this.status, this.history());
    if (id) this.follow(id);
  }

  end() {
    clearTimeout(this.timer);
    this.isEnded = true;
  }

  history() {
    const ids = kept();
    if (ids.length === 0) return undefined;
    return make("nav", { "aria-label": t("started_here") }, make("h2", {}, t("started_here")),
      make("ul", {}, ids.map((id) => make("li", {}, make("a", { href: `#/layouts/${part(id)}` }, foreign(id))))));
  }

  form() {
    const form = new FormData();
    form.append("type", this.kind.value);
    form.append("onerror", this.goesOn.checked ? "continue" : "exit");
    const lines = this.groups.value.split("\n").filter((line) => line.trim() !== "");
    lines.forEach((line, index) => {
      for (const id of line.split(/[\s,]+/).filter(Boolean)) {
        form.append("ids", id);
        form.append("group", index + 1);
      }
    });
    form.append("file", new Blob([this.script.value.replace(/\r\n/g, "\n")]), "script");
    return form;
  }

  async start(event) {
    event.preventDefault();
    if (this.submit.disabled) return;
    this.submit.disabled = true;
    try {
      const id = await call("POST", "/api/layout/run", { form: this.form() });
      sessionStorage.setItem(KEY, JSON.stringify([id, ...kept()].slice(0, 20)));
      this.go(`#/layouts/${part(id)}`);
    } catch (error) {
      this.problem.hidden = false;
      fill(this.problem, foreign(error.message));
      this.submit.disabled = false;
    }
  }

  async follow(id) {
    try {
      const layout = await call("GET", `/api/layout/${part(id)}`);
      this.draw(id, layout);
      if (layout.done) return;
    } catch (error) {
      fill(this.status, make("p", { role: "alert", className: "warning" }, foreign(error.message)));
      if (error.code !== 0) return;
    }
    if (!this.isEnded) this.timer = setTimeout(() => this.follow(id), PERIOD_MS);
  }

  draw(id, layout) {
    const nodes = (layout.nodes ?? []).map((node) => [String(node.group),
      make("a", { href: `#/agent/${part(node.id)}/commands` }, foreign(node.id)), t(`node_${node.status}`),
      node.status === "done" ? String(node.code) : "", foreign(node.err ?? ""), time(node.started), time(node.ended)]);
    fill(this.status, make("h2", {}, foreign(id)), make("p", { role: "status" }, layout.done ? t("layout_done") : t("layout_runs", { group: layout.index })),
      table(t("layouts"), [t("group"), t("name"), t("state"), t("code"), t("why"), t("begun"), t("ended")], nodes));
    this.element.dataset.state = layout.done ? "done" : "running";
  }
}
