// EventForm: the two forms in which a reply without an end tells one thing after the other.
//
//   events   text/event-stream, as browsers and curl -N read it: "event: <name>", "data: <JSON>"
//   lines    application/x-ndjson, for programs: {"event":"<name>","data":<JSON>}, one a line
#pragma once

#include <string_view>

#include "agent/error.hpp"
#include "http/body_writer.hpp"
#include "http/reply.hpp"
#include "net/http.hpp"

namespace server {

enum class EventForm { events, lines };

// lines for clients whose Accept names application/x-ndjson, events for all others.
EventForm event_form(const agent::net::HttpHead& head);
std::string_view content_type_of(EventForm form);

// `data`: one JSON text without line ends.
void write_event_in(BodyWriter& writer, EventForm form, std::string_view event, std::string_view data);
// That nothing has happened, for proxies: a comment, or the event "wait" without data.
void write_wait_in(BodyWriter& writer, EventForm form);
// The event "error": {"code":500,"msg":"..."} with the code that the envelope would have.
void write_error_in(BodyWriter& writer, EventForm form, const agent::Error& error);

}  // namespace server
