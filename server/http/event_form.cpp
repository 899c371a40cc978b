#include "http/event_form.hpp"

#include <string>

#include "agent/json.hpp"

namespace server {
namespace {

constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kLines = "application/x-ndjson";

}  // namespace

EventForm event_form(const agent::net::HttpHead& head) {
  const bool wants_lines = head.header("Accept").find(kLines) != std::string_view::npos;
  return wants_lines ? EventForm::lines : EventForm::events;
}

std::string_view content_type_of(EventForm form) { return form == EventForm::lines ? kLines : kEvents; }

void write_event_in(BodyWriter& writer, EventForm form, std::string_view event, std::string_view data) {
  if (form == EventForm::events) return write_event(writer, event, data);
  agent::json::Writer line;
  line.begin_object().key("event").string(event).key("data").raw(data);
  std::string text = line.end_object().take();
  text += '\n';
  writer.write(text);
}

void write_wait_in(BodyWriter& writer, EventForm form) {
  if (form == EventForm::events) return write_event_comment(writer);
  writer.write("{\"event\":\"wait\"}\n");
}

void write_error_in(BodyWriter& writer, EventForm form, const agent::Error& error) {
  agent::json::Writer data;
  data.begin_object().key("code").integer(failure_of(error).envelope);
  data.key("msg").string(failure_text(error, true));
  write_event_in(writer, form, "error", data.end_object().take());
}

}  // namespace server
