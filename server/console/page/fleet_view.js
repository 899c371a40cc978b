// The fleet: who is connected, live; a selector to search with; a selection to run commands on.
import { button, field, fill, foreign, make } from "./dom.js";
import { FleetFeed } from "./fleet_feed.js";
import { duration, time } from "./quantities.js";
import { RowsInView } from "./rows_in_view.js";
import { part } from "./server_calls.js";
import { t } from "./text.js";

const NARROW = matchMedia("(max-width: 40em)");
const WAIT_FOR_TYPING_MS = 300;

// Words without an operator are a part of a name.
export function selectorOf(text) {
  const trimmed = text.trim();
  if (trimmed === "" || /[=<>()'"]/.test(trimmed)) return trimmed;
  return trimmed.split(/\s+/).map((word) => `name=*${word}*`).join(" and ");
}

export class FleetView {
  selected = new Set();

  constructor({ where = "", go }) {
    this.go = go;
    this.status = make("p", { role: "status", className: "status" });
    this.warning = make("p", { role: "alert", className: "warning", hidden: true });
    this.search = make("input", { type: "search", value: where, spellcheck: false, autocomplete: "off",
      placeholder: "name=web-* and os=linux", oninput: () => this.typed() });
    this.actions = make("div", { className: "actions" });
    this.list = new RowsInView(t("fleet"), () => rowHeight(), (agent) => this.row(agent));
    this.element = make("section", {}, make("h1", {}, t("fleet")),
      make("div", { className: "bar" }, field(t("search"), this.search, t("search_hint")), this.actions),
      this.warning, this.status, this.list.element);
    this.clock = setInterval(() => this.feed?.state === "live" || this.tell(), 1000);
    this.follow();
    this.drawActions();
  }

  end() {
    this.feed.end();
    this.list.end();
    clearInterval(this.clock);
    clearTimeout(this.typing);
  }

  typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.follow(), WAIT_FOR_TYPING_MS);
  }

  follow() {
    this.feed?.end();
    this.feed = new FleetFeed(selectorOf(this.search.value), () => this.plan());
    this.tell();
  }

  // Many changes of one moment are drawn once.
  plan() {
    this.planned ??= requestAnimationFrame(() => {
      this.planned = undefined;
      this.draw();
    });
  }

  draw() {
    this.agents = [...this.feed.agents.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
    for (const id of this.selected) if (!this.feed.agents.has(id)) this.selected.delete(id);
    this.tell();
    this.list.show(this.agents);
    this.drawActions();
  }

  tell() {
    const { state, heardAt, agents, reason } = this.feed;
    const isOld = state === "old";
    this.element.classList.toggle("is-old", isOld);
    this.warning.hidden = !isOld && state !== "refused";
    if (isOld) fill(this.warning, t("fleet_old", { time: time(heardAt / 1000), age: duration((Date.now() - heardAt) / 1000) }));
    if (state === "refused") fill(this.warning, foreign(reason));
    fill(this.status, state === "live" ? t("agents_connected", { count: agents.size }) : state === "connecting" ? t("connecting") : "");
  }

  drawActions() {
    const count = this.selected.size;
    fill(this.actions,
      button(t("select_all", { count: this.feed?.agents.size ?? 0 }), () => this.selectAll()),
      button(t("select_none"), () => (this.selected.clear(), this.draw()), { disabled: count === 0 }),
      button(t("run_on", { count }), () => this.go(`#/run/${[...this.selected].map(part).join(",")}`),
        { disabled: count === 0, className: "main" }));
  }

  selectAll() {
    this.selected = new Set(this.feed.agents.keys());
    this.draw();
  }

  select(id, isSelected) {
    if (isSelected) this.selected.add(id);
    else this.selected.delete(id);
    this.drawActions();
  }

  row(agent) {
    const box = make("input", { type: "checkbox", checked: this.selected.has(agent.id), "data-control": "box",
      "aria-label": t("select_agent", { id: agent.id }), onchange: (event) => this.select(agent.id, event.target.checked) });
    const link = make("a", { href: `#/agent/${part(agent.id)}/facts`, "data-control": "link" }, foreign(agent.id));
    const cell = (name, ...content) => make("span", { role: "cell", className: `cell-${name}` }, ...content);
    return make("div", { className: "row", role: "row", "data-key": agent.id },
      cell("box", box), cell("id", link), cell("type", foreign(agent.type ?? "")), cell("version", foreign(agent.version ?? "")),
      cell("platform", foreign([agent.platform, agent.arch].filter(Boolean).join(" "))), cell("ip", foreign(agent.ip ?? "")),
      cell("since", time(agent.since)));
  }
}

// In pixels: the heights of .row in console.css, with the person's size of letters.
function rowHeight() {
  const letter = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return letter * (NARROW.matches ? 4.5 : 2.25);
}
