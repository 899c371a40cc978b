// The server's own state: what it is, whether it can do its work, its figures.
import { facts, field, fill, foreign, make, table } from "./dom.js";
import { parseSeries } from "./own_report.js";
import { call, fetchRaw } from "./server_calls.js";
import { t } from "./text.js";

const PERIOD_MS = 5000;
const SHOWN = 300;
// Series of each agent and each route, and parts of histograms, are more than can be read.
const LEFT_OUT = /_bucket\{|^agent_info|\{(?:id|agent)=/;

export class ServerView {
  series = new Map();

  constructor() {
    this.facts = make("div", {}, t("loading"));
    this.filter = make("input", { type: "search", value: "agent_server_", spellcheck: false, oninput: () => this.draw() });
    this.figures = make("div");
    this.element = make("section", {}, make("h1", {}, t("server")), this.facts, field(t("filter"), this.filter), this.figures,
      make("p", {}, make("a", { href: "/docs" }, t("api_docs"))));
    this.timer = setInterval(() => this.load(), PERIOD_MS);
    this.load();
  }

  end() {
    clearInterval(this.timer);
  }

  async load() {
    try {
      const [server, ready, text] = await Promise.all([call("GET", "/api/info/server"), this.readiness(),
        fetchRaw("/metrics").then((response) => response.text())]);
      fill(this.facts, facts([[t("name"), server.id], [t("version"), server.version], [t("agents"), String(server.agents)],
        [t("ready"), ready], [t("cache_disk"), server.is_blocking ? t("full") : t("fine")]]));
      this.series = parseSeries(text);
      this.draw();
    } catch (error) {
      fill(this.facts, make("p", { role: "alert", className: "warning" }, error.code === 0 ? t("server_unreachable") : foreign(error.message)));
    }
  }

  async readiness() {
    try {
      return await (await fetchRaw("/readyz")).text();
    } catch (error) {
      return error.message;
    }
  }

  draw() {
    const wanted = this.filter.value.trim();
    const rows = [...this.series].filter(([name]) => name.includes(wanted) && !LEFT_OUT.test(name)).slice(0, SHOWN);
    fill(this.figures, table(t("figures"), [t("series"), t("value")],
      rows.map(([name, value]) => [foreign(name), new Intl.NumberFormat(undefined, { maximumFractionDigits: 6 }).format(value)])));
  }
}
