// What the machine is and does, where a metrics-agent runs there.
import { facts, fill, foreign, make, table } from "./dom.js";
import { spark } from "./own_report.js";
import { duration, percent, size } from "./quantities.js";
import { call, part } from "./server_calls.js";
import { t } from "./text.js";

const PERIOD_MS = 5000;
const KEPT = 60;
const WRONG_TYPE = 424;

export class HostView {
  past = [];

  constructor({ id }) {
    this.id = id;
    this.usage = make("div", {}, t("loading"));
    this.machine = make("div");
    this.element = make("section", {}, this.usage, this.machine);
    this.timer = setInterval(() => this.load(), PERIOD_MS);
    this.load();
    this.loadMachine();
  }

  end() {
    clearInterval(this.timer);
  }

  async load() {
    try {
      this.draw(await call("GET", `/api/metrics/${part(this.id)}/dynamic/usage`));
    } catch (error) {
      if (error.code === WRONG_TYPE) this.end();
      fill(this.usage, make("p", { role: "status" }, error.code === WRONG_TYPE ? t("no_metrics") : foreign(error.message)));
    }
  }

  draw({ cpu, memory, partitions, interface: interfaces }) {
    this.past = [...this.past, cpu.usage].slice(-KEPT);
    fill(this.usage,
      facts([[t("cpu"), make("span", {}, percent(cpu.usage), " ", spark(this.past))],
        [t("load"), `${cpu.load1} ${cpu.load5} ${cpu.load15}`], [t("memory"), `${size(memory.used)} (${percent(memory.usage)})`],
        [t("swap"), size(memory.swap_used)]]),
      table(t("file_systems"), [t("name"), t("used"), t("free"), "%"],
        (partitions ?? []).map((one) => [foreign(one.name), size(one.used), size(one.free), percent(one.usage)])),
      table(t("interfaces"), [t("name"), t("received"), t("sent")],
        (interfaces ?? []).map((one) => [foreign(one.name), size(one.bytes_recv), size(one.bytes_sent)])));
  }

  async loadMachine() {
    try {
      const { host, os, kernel, cpu, memory } = await call("GET", `/api/metrics/${part(this.id)}/static`);
      fill(this.machine, facts([[t("host"), host.name], [t("uptime"), duration(host.uptime)],
        [t("platform"), `${os.platform_name} ${os.platform_version}`], [t("kernel"), kernel.version],
        [t("processors"), `${cpu.logical} × ${cpu.cores?.[0]?.model ?? ""}`], [t("memory"), size(memory.physical)]]));
    } catch { /* load() says why */ }
  }
}
