// FleetFeed: the connected agents, live, and whether what it knows is still true.
//
// `state`: "connecting" (nothing known yet), "live", "old" (the stream broke or is silent: what is shown may be wrong) or
// "refused" (`reason`). Tells `onChange` after each change.
import { CallError, call, events, part } from "./server_calls.js";

// The server says something every 10 s; a stream that says nothing for longer is broken, or a proxy holds it back.
const SILENCE_MS = 25_000;
const RETRY_MS = [1000, 2000, 4000, 8000];
// A stream that brings nothing at all, although the server can be reached, is gathered by a proxy: the list is polled then.
const POLL_MS = 10_000;
const FIRST_MS = 8000;

export class FleetFeed {
  agents = new Map();
  state = "connecting";
  reason = "";
  heardAt = 0;

  constructor(where, onChange, silenceMs = SILENCE_MS) {
    this.where = where;
    this.onChange = onChange;
    this.silenceMs = silenceMs;
    this.ended = new AbortController();
    this.attempts = 0;
    // A browser that slept wakes with a clock that has moved on: timers alone would not notice.
    this.watch = setInterval(() => this.look(), 1000);
    this.run();
  }

  end() {
    this.ended.abort();
    this.stream?.abort();
    clearInterval(this.watch);
  }

  look() {
    if (this.state === "live" && Date.now() - this.heardAt > this.silenceMs) this.lose();
  }

  lose() {
    this.stream?.abort();
    this.set(this.agents.size > 0 || this.heardAt > 0 ? "old" : "connecting");
  }

  set(state, reason = "") {
    this.state = state;
    this.reason = reason;
    this.onChange(this);
  }

  async run() {
    while (!this.ended.signal.aborted) {
      let polls = false;
      try {
        await this.follow();
      } catch (error) {
        if (error instanceof CallError && error.code === 401) return;
        if (error instanceof CallError && error.code === 400) return this.set("refused", error.message);
        polls = error.name === "AbortError" && this.heardNothing;
      }
      if (this.ended.signal.aborted) return;
      if (polls) await this.poll();
      else this.lose();
      await this.pause(polls ? POLL_MS : RETRY_MS[Math.min(this.attempts++, RETRY_MS.length - 1)] * (0.5 + Math.random() / 2));
    }
  }

  pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.ended.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }

  async follow() {
    this.stream = new AbortController();
    this.heardNothing = true;
    const first = setTimeout(() => this.heardNothing && this.stream.abort(), FIRST_MS);
    const fresh = new Map();
    let whole = false;
    try {
      for await (const { event, data } of events(`/api/fleet/events?where=${part(this.where)}`, this.stream.signal)) {
        this.heardNothing = false;
        this.heardAt = Date.now();
        const agents = whole ? this.agents : fresh;
        if (event === "come") for (const agent of data ?? []) agents.set(agent.id, agent);
        if (event === "gone") for (const id of data) agents.delete(id);
        if (event === "whole") {
          this.agents = agents;
          whole = true;
          this.attempts = 0;
          this.set("live");
        } else if (event === "wait" && this.state !== "live" && whole) this.set("live");
      }
    } finally {
      clearTimeout(first);
    }
  }

  async poll() {
    try {
      const list = await call("GET", `/api/agents?size=100000&where=${part(this.where)}`, { signal: this.ended.signal });
      this.agents = new Map((list ?? []).map((agent) => [agent.id, agent]));
      this.heardAt = Date.now();
      this.set("live");
    } catch {
      this.lose();
    }
  }
}
