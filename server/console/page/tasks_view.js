// The commands of a machine: those that run, and results that are kept; what one has written; ending one.
import { button, fill, foreign, make, table } from "./dom.js";
import { time } from "./quantities.js";
import { call, part } from "./server_calls.js";
import { TaskOutput, stateText } from "./task_output.js";
import { t } from "./text.js";

const PERIOD_MS = 3000;

export class TasksView {
  constructor({ id, go }) {
    this.id = id;
    this.go = go;
    this.problem = make("p", { role: "alert", className: "warning", hidden: true });
    this.list = make("div");
    this.output = make("div");
    this.element = make("section", {}, button(t("run_here"), () => go(`#/run/${part(id)}`), { className: "main" }), this.problem,
      this.list, this.output);
    this.timer = setInterval(() => this.load(), PERIOD_MS);
    this.load();
  }

  end() {
    clearInterval(this.timer);
    this.shown?.end();
  }

  async load() {
    try {
      const tasks = (await call("GET", `/api/exec/${part(this.id)}/tasks`)) ?? [];
      this.problem.hidden = true;
      this.draw(tasks);
    } catch (error) {
      this.problem.hidden = false;
      fill(this.problem, foreign(error.message));
    }
  }

  draw(tasks) {
    const text = JSON.stringify(tasks);
    if (text === this.drawn) return;
    this.drawn = text;
    const rows = tasks.sort((a, b) => (b.begin ?? 0) - (a.begin ?? 0)).map((task) => [foreign(task.command), stateText(task),
      time(task.begin), foreign(task.owner || task.from || ""), this.actions(task)]);
    fill(this.list, rows.length === 0 ? make("p", {}, t("no_commands"))
      : table(t("commands"), [t("command"), t("state"), t("begun"), t("who"), t("actions")], rows));
  }

  actions(task) {
    const runs = task.state === "running" || task.state === "away" || task.state === "starting";
    const actions = [button(t("show_output"), () => this.show(task.id))];
    if (runs && (task.terminal || task.input))
      actions.push(button(t("sit_down"), () => this.go(`#/agent/${part(this.id)}/terminal/${part(task.id)}`)));
    if (runs && task.pid) actions.push(button(t("kill"), () => this.kill(task), { className: "danger" }));
    return make("span", { className: "actions" }, actions);
  }

  show(task) {
    this.shown?.end();
    this.shown = new TaskOutput(this.id);
    fill(this.output, this.shown.element);
    this.shown.follow(task);
  }

  async kill(task) {
    if (!confirm(t("kill_question", { command: task.command }))) return;
    try {
      await call("DELETE", `/api/exec/${part(this.id)}/kill/${task.pid}`);
    } catch (error) {
      this.problem.hidden = false;
      fill(this.problem, foreign(error.message));
    }
    this.load();
  }
}
