#include "agentctl/follow_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "agent/base64.hpp"
#include "agentctl/event_parser.hpp"
#include "agentctl/view.hpp"
#include "base/event.hpp"

namespace agentctl {

using agent::Clock;
using agent::Errc;
using agent::Error;
using agent::Task;
using agent::json::Document;

namespace {

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{2000};

bool is_loss(const Error& error) {
  const auto* api = dynamic_cast<const ApiError*>(&error);
  if (api != nullptr)
    return api->code == 502 || api->code == 503 || api->code == 429;  // a proxy, or a server that starts
  return error.code() == Errc::disconnected || error.code() == Errc::timeout ||
         error.code() == Errc::bad_message;
}

// Follower: one following, over all of its connections.
class Follower {
 public:
  Follower(ApiClient& api, TaskName name, FollowOptions options, OutputTaker take)
      : api_(api), name_(std::move(name)), options_(std::move(options)), take_(std::move(take)) {}

  Task<TaskEnd> run() {
    Clock::time_point alive = Clock::now();
    std::chrono::milliseconds pause = kFirstPause;
    for (;;) {
      const std::uint64_t before = options_.offset;
      std::string why;
      try {
        co_await follow_once();
      } catch (const Error& error) {
        if (!is_loss(error)) throw;
        why = error.text();
        if (has_answered_ || options_.offset != before) alive = Clock::now();
        if (Clock::now() - alive > options_.patience) throw;
      }
      if (end_) co_return *end_;
      pause = options_.offset != before ? kFirstPause : std::min(pause * 2, kLongestPause);
      tell_break(why);
      co_await agent::pause(pause);
    }
  }

 private:
  Task<> follow_once() {
    agent::net::HttpRequest request;
    request.target = fmt::format("{}/output?offset={}", name_.path(), options_.offset);
    request.headers.emplace_back("Accept", "text/event-stream");
    const ApiClient::Lease lease = api_.lease();
    lease->set_idle_limit(options_.quiet_limit);
    lease->set_answer_limit(options_.quiet_limit);
    has_answered_ = false;
    co_await api_.open(lease, std::move(request));
    has_answered_ = true;
    has_told_ = false;
    EventParser parser;
    while (!end_) {
      const std::string piece = co_await lease->read();
      if (piece.empty()) throw Error(Errc::disconnected, "the stream ended early");
      for (const StreamEvent& event : parser.feed(piece)) take(event);
    }
  }

  void take(const StreamEvent& event) {
    if (event.name != "output" && event.name != "end") return;
    const Document document = Document::parse(event.data);
    if (event.name == "end") {
      end_ = end_of(document.root());
      return;
    }
    const std::uint64_t offset = document.root().find("offset").as_uint(~std::uint64_t{0});
    const std::string bytes = agent::decode_base64(document.root().find("data").as_string());
    if (offset != options_.offset)
      throw Error(Errc::io,
                  fmt::format("the output goes on at byte {} instead of {}", offset, options_.offset));
    options_.offset += bytes.size();
    take_(bytes);
  }

  void tell_break(const std::string& why) {
    if (has_told_ || !options_.on_break) return;
    has_told_ = true;
    options_.on_break(why);
  }

  ApiClient& api_;
  const TaskName name_;
  FollowOptions options_;
  const OutputTaker take_;
  std::optional<TaskEnd> end_;
  bool has_answered_ = false;
  bool has_told_ = false;
};

}  // namespace

Task<TaskEnd> follow_task(ApiClient* api, TaskName name, FollowOptions options, OutputTaker take) {
  Follower follower(*api, std::move(name), std::move(options), std::move(take));
  TaskEnd end = co_await follower.run();
  co_return end;
}

}  // namespace agentctl
