#include "http/body_writer.hpp"

#include <algorithm>
#include <string>

namespace server {

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
