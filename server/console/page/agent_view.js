// One machine: its facts, and a tab for each thing that can be looked at or done.
import { facts, fill, foreign, make } from "./dom.js";
import { FilesView } from "./files_view.js";
import { HostView } from "./host_view.js";
import { LogFilesView } from "./log_files_view.js";
import { OwnReport } from "./own_report.js";
import { time } from "./quantities.js";
import { call, part } from "./server_calls.js";
import { TasksView } from "./tasks_view.js";
import { TerminalView } from "./terminal_view.js";
import { t } from "./text.js";

const PERIOD_MS = 5000;
const NOT_FOUND = 404;
const TABS = { facts: null, report: OwnReport, host: HostView, commands: TasksView, logs: LogFilesView, files: FilesView,
  terminal: TerminalView };

export class AgentView {
  constructor({ id, tab, rest, go }) {
    this.id = id;
    this.tab = tab in TABS ? tab : "facts";
    this.warning = make("p", { role: "alert", className: "warning", hidden: true });
    const link = (name) => make("a", { href: `#/agent/${part(id)}/${name}`, "aria-current": name === this.tab ? "page" : "false" }, t(name));
    this.body = make("div", {}, make("p", { role: "status" }, t("loading")));
    this.element = make("section", {}, make("h1", {}, foreign(id)), this.warning,
      make("nav", { className: "tabs", "aria-label": t("machine") }, Object.keys(TABS).map(link)), this.body);
    if (TABS[this.tab]) {
      this.view = new TABS[this.tab]({ id, rest, go });
      fill(this.body, this.view.element);
    }
    this.timer = setInterval(() => this.load(), PERIOD_MS);
    this.load();
  }

  end() {
    clearInterval(this.timer);
    this.view?.end();
  }

  async load() {
    try {
      const agent = await call("GET", `/api/agents/${part(this.id)}`);
      this.warning.hidden = true;
      this.seen = Date.now();
      if (!TABS[this.tab]) this.draw(agent);
    } catch (error) {
      this.warning.hidden = false;
      const last = this.seen ? t("as_of", { time: time(this.seen / 1000) }) : "";
      fill(this.warning, error.code === NOT_FOUND ? t("not_connected") : error.code === 0 ? t("server_unreachable") : foreign(error.message),
        " ", last);
    }
  }

  draw(agent) {
    const limits = (agent.limits ?? []).map((limit) => `${limit.kind ?? limit.name ?? ""}: ${JSON.stringify(limit)}`).join("\n");
    fill(this.body, facts([[t("name"), agent.id], [t("type"), agent.type], [t("version"), agent.version], [t("os"), agent.os],
      [t("platform"), agent.platform], [t("arch"), agent.arch], [t("ip"), agent.ip], [t("mac"), agent.mac],
      [t("binding"), agent.binding], [t("limits"), limits]]));
  }
}
