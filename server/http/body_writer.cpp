#include "http/body_writer.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace server {
namespace {

// BodySink: the body of a reply as a place where contents go.
class BodySink final : public agent::ByteSink {
 public:
  explicit BodySink(BodyWriter& writer) : writer_(writer) {}
  agent::Task<> write(std::string bytes) override {
    writer_.write(bytes);
    return writer_.room();
  }

 private:
  BodyWriter& writer_;
};

agent::Task<> send(std::shared_ptr<agent::ByteSource> content, BodyWriter* writer) {
  std::shared_ptr<agent::ByteSink> body = std::make_shared<BodySink>(*writer);
  co_await agent::pump(std::move(content), std::move(body));
}

}  // namespace

std::function<agent::Task<>(BodyWriter*)> stream_of(std::shared_ptr<agent::ByteSource> content) {
  return [content = std::move(content)](BodyWriter* writer) { return send(content, writer); };
}

void write_event(BodyWriter& writer, std::string_view event, std::string_view data, std::string_view id) {
  std::string text;
  text.reserve(data.size() + 32);
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  if (!event.empty()) text.append("event: ").append(event).append("\n");
  for (bool more = true; more;) {
    std::size_t end = data.find('\n');
    more = end != std::string_view::npos;
    text.append("data: ").append(data.substr(0, end)).append("\n");
    if (more) data.remove_prefix(end + 1);
  }
  text.append("\n");
  writer.write(text);
}

void write_event_comment(BodyWriter& writer) { writer.write(":\n\n"); }

}  // namespace server
