// call: a message of a custom agent, and its replies as they come.
#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <utility>

#include "agentctl/ctl_verbs.hpp"
#include "agentctl/event_parser.hpp"
#include "agentctl/view.hpp"

namespace agentctl {

using agent::Errc;
using agent::Error;
using agent::Task;
using agent::json::Document;
using agent::json::Value;

namespace {

// A stream says something every 10 s.
constexpr std::chrono::seconds kQuietLimit{40};

std::string given_text(const CtlOptions& options) {
  if (options.words.size() < 2) return "{}";
  if (options.words[1] != "-") return options.words[1];
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

// The message, with the type and the time-out of the flags where it has none of its own.
std::string message_of(const CtlOptions& options) {
  const Document given = Document::parse(given_text(options));
  const Value root = given.root();
  if (!root.is_object())
    throw Error(Errc::bad_config, "the message is no JSON object, as in '{\"foo\":{\"name\":\"world\"}}'");
  agent::json::Writer out;
  out.begin_object();
  if (root.find("type").is_null()) {
    if (options.message_type == 0)
      throw Error(Errc::bad_config, "the message has no type: --type N, from 1000 to 9999");
    out.key("type").integer(options.message_type);
  }
  if (root.find("timeout").is_null()) out.key("timeout").integer(options.call_timeout.count());
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto [key, value] = root.member(i);
    out.key(key).raw(value.text());
  }
  return out.end_object().take();
}

void print_reply(Console& console, Format format, const std::string& data) {
  if (format != Format::yaml) return console.print(data + "\n");
  const Document reply = Document::parse(data);
  console.print("---\n" + yaml_text(reply.root()));
}

[[noreturn]] void fail_call(const std::string& data) {
  const Document error = Document::parse(data);
  throw ApiError(static_cast<int>(error.root().find("code").as_int(0, 100000)),
                 cell_text(error.root().find("msg")));
}

}  // namespace

Task<int> call_agent(Tools tools) {
  agent::net::HttpRequest request;
  request.method = "POST";
  request.target = fmt::format("/api/agents/{}/call?stream=1", url_part(tools.options.words[0]));
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "text/event-stream"}};
  request.body = message_of(tools.options);
  const ApiClient::Lease lease = tools.api.lease();
  lease->set_idle_limit(kQuietLimit);
  co_await tools.api.open(lease, std::move(request));
  EventParser parser;
  for (;;) {
    const std::string piece = co_await lease->read();
    if (piece.empty()) throw Error(Errc::disconnected, "the stream of replies was cut off");
    for (const StreamEvent& event : parser.feed(piece)) {
      if (event.name == "reply") print_reply(tools.console, tools.options.format, event.data);
      if (event.name == "error") fail_call(event.data);
      if (event.name == "end") co_return kOk;
    }
  }
}

}  // namespace agentctl
