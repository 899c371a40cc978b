#include "agent/agent.hpp"

#include <algorithm>
#include <utility>

#include "base/event.hpp"
#include "base/manual_clock.hpp"
#include "core/agent_settings.hpp"
#include "core/agent_state.hpp"
#include "core/runtime.hpp"

namespace agent {
namespace {

constexpr std::chrono::nanoseconds kShortestInterval = std::chrono::milliseconds(1);

}  // namespace

Agent::Agent(std::string name, std::string version)
    : state_(std::make_unique<core::AgentState>(std::move(name), std::move(version))) {}

Agent::~Agent() = default;

core::AgentState& core::state_of(Agent& agent) { return *agent.state_; }

void Agent::add_route(int type, detail::Route route) {
  if (core::is_reserved(type)) {
    throw Error(Errc::bad_config, "messages of type " + std::to_string(type) + " are served by libagent");
  }
  if (!state_->routes.emplace(type, std::move(route)).second) {
    throw Error(Errc::bad_config, "messages of type " + std::to_string(type) + " have a handler already");
  }
}

void Agent::on_other(std::function<void(const Envelope&, Call)> handler) {
  state_->other = [handler = std::move(handler)](const Envelope& message, const Call& call) {
    handler(message, call);
    return Task<>();
  };
}

void Agent::on_connect(std::function<void()> hook) { state_->on_connect.push_back(std::move(hook)); }
void Agent::on_disconnect(std::function<void()> hook) { state_->on_disconnect.push_back(std::move(hook)); }
void Agent::on_report(std::function<void()> hook) { state_->on_report.push_back(std::move(hook)); }
void Agent::on_new_id(std::function<void()> hook) { state_->on_new_id.push_back(std::move(hook)); }
void Agent::add_start_hook(detail::Action hook) { state_->on_start.push_back(std::move(hook)); }
void Agent::add_before_stop_hook(detail::Action hook) { state_->before_stop.push_back(std::move(hook)); }
void Agent::add_stop_hook(detail::Action hook) { state_->on_stop.push_back(std::move(hook)); }

void Agent::add_action(std::chrono::nanoseconds interval, detail::Action action) {
  state_->timed.push_back({std::max(interval, kShortestInterval), std::move(action)});
}

void Agent::add_settings(std::vector<SettingInfo> infos, std::function<void(Settings&)> read) {
  state_->own_settings.push_back({std::move(infos), std::move(read)});
}

void Agent::setting_texts(std::span<const LanguageFile> files) {
  state_->texts.insert(state_->texts.end(), files.begin(), files.end());
}

void Agent::send_text(std::string text) { core::send_report(*state_, std::move(text)); }

void Agent::report_text(std::string text) { core::spool_report(*state_, std::move(text)); }

void Agent::spool_reports() {
  if (!state_->spool) config(state_->spool.emplace(), kConfigPrefixes);
}

std::shared_ptr<void> Agent::repeat_action(std::chrono::nanoseconds first, std::chrono::nanoseconds interval,
                                           detail::Action action) {
  if (state_->runtime == nullptr) throw Error(Errc::cancelled, "repeat: the agent does not run");
  return state_->runtime->repeat(first, std::max(interval, kShortestInterval), action);
}

void Agent::first_report_at(Clock::time_point time) { state_->first_report = time; }

void Agent::keep_setting(std::string_view key, std::string_view value) const {
  if (state_->config_path.empty()) throw Error(Errc::not_found, "there is no configuration file");
  set_key(state_->config_path, kConfigPrefixes, key, value);
}

void Agent::post(std::function<void()> work) { state_->loop.post(std::move(work)); }

Task<> Agent::offload_work(std::function<void()> work) {
  if (state_->runtime == nullptr) throw Error(Errc::cancelled, "offload: the agent does not run");
  const ManualClock::Busy busy;  // a test's clock stands still meanwhile
  std::function<void()> timed = busy.with_time(std::move(work));
  co_await state_->runtime->offload().run(std::move(timed));
}

Task<> Agent::pause(std::chrono::nanoseconds duration) { return agent::pause(duration); }

metrics::Registry& Agent::metrics() { return state_->registry; }

metrics::Counter& Agent::counter(std::string_view name, std::string_view help) {
  return state_->registry.counter(name, help);
}

metrics::Gauge& Agent::gauge(std::string_view name, std::string_view help) {
  return state_->registry.gauge(name, help);
}

std::shared_ptr<Limits> Agent::limits() { return state_->limits; }

const std::string& Agent::name() const { return state_->name; }
const std::string& Agent::version() const { return state_->version; }
const Config& Agent::config() const { return state_->config; }
const std::string& Agent::id() const { return state_->id; }
bool Agent::connected() const { return state_->connected; }

void Agent::load(const std::string& path) {
  core::SettingsSource source;
  source.path = path;
  Settings settings = core::read_settings(*state_, source);
  settings.check();
}

void Agent::run() { core::run(*state_, false); }

void Agent::stop() {
  core::AgentState* state = state_.get();
  post([state] {
    if (state->runtime != nullptr) state->runtime->stop();
  });
}

}  // namespace agent
