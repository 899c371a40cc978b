#include "views/view_watch.hpp"

#include <algorithm>
#include <utility>

namespace server::views {

std::string ViewEvent::encode() const {
  std::string out;
  out.reserve(64 + (version ? version->answer.text.size() : text.size()));
  out.append("id: ").append(std::to_string(id)).append("\nevent: ").append(name);
  if (version) {
    out.append("\ndata: ").append(version->answer.text);  // JSON of ours has no line ends
  } else if (!text.empty()) {
    std::string line = text;
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    out.append("\ndata: ").append(line);
  }
  return out.append("\n\n");
}

ViewWatch::ViewWatch(WatchOptions options, Time now)
    : options_(options),
      next_beat_(options.heartbeat.count() > 0 ? now + std::min(options.heartbeat, kMostHeartbeat)
                                               : Time::max()) {}

bool ViewWatch::is_told(const ViewVersion& version) const {
  const ViewAnswer& answer = version.answer;
  if (answer.is_refusal) return view_fault_ == answer.text;
  return sent_ && view_fault_.empty() && (sent_.get() == &version || sent_->answer.text == answer.text);
}

void ViewWatch::see(const Version& version, Time now) {
  if (!version || version == latest_) return;
  const bool is_first = !std::exchange(latest_, version);
  if (is_first && options_.last_seen != 0 && version->index == options_.last_seen &&
      !version->answer.is_refusal)
    sent_ = version;
  if (is_told(*version)) {
    is_pending_ = false;
    return;
  }
  if (!std::exchange(is_pending_, true)) first_change_ = now;
  const std::chrono::milliseconds settle =
      sent_ ? std::min<std::chrono::milliseconds>(options_.settle, kMostSettle)
            : std::chrono::milliseconds(0);
  due_ = std::min(now + settle, first_change_ + 2 * settle);
}

void ViewWatch::see_trouble(const std::string& why) {
  if (trouble_.empty() != why.empty()) is_trouble_told_ = false;
  trouble_ = why;
}

ViewEvent ViewWatch::tell_error(std::string text) {
  is_over_ = options_.close_on_error;
  return {.name = "error", .text = std::move(text)};
}

std::optional<ViewEvent> ViewWatch::next(Time now) {
  if (is_over_) return std::nullopt;
  // Before the first list nothing is known, neither good nor bad.
  if (latest_ && !trouble_.empty() && !std::exchange(is_trouble_told_, true)) return tell_error(trouble_);
  if (is_pending_ && now >= due_) return next_state();
  if (now < next_beat_) return std::nullopt;
  const auto beat = std::min(options_.heartbeat, kMostHeartbeat);
  next_beat_ += beat * ((now - next_beat_) / beat + 1);  // those that a slow reader missed are gone
  return ViewEvent{.name = "heartbeat"};
}

std::optional<ViewEvent> ViewWatch::next_state() {
  is_pending_ = false;
  if (latest_->answer.is_refusal) {
    view_fault_ = latest_->answer.text;
    return tell_error(view_fault_);
  }
  view_fault_.clear();
  const Version before = std::exchange(sent_, latest_);
  std::string_view name = "init";
  if (before) name = latest_->removed > before->removed ? "delete" : "update";
  ++count_;
  return ViewEvent{
      .name = name, .id = options_.ids_are_revisions ? latest_->index : count_, .version = latest_};
}

ViewWatch::Time ViewWatch::wake_at() const {
  if (is_over_) return Time::max();
  return is_pending_ ? std::min(due_, next_beat_) : next_beat_;
}

}  // namespace server::views
