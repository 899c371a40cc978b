#include <catch2/catch.hpp>
#include <string>

#include "http/body_writer.hpp"
#include "http/event_form.hpp"

namespace {

class Recorder final : public server::BodyWriter {
 public:
  void write(std::string_view piece) override { text += piece; }
  agent::Task<> room() override { co_return; }
  bool client_gone() const override { return false; }
  std::string text;
};

}  // namespace

TEST_CASE("An event has its name, its id and one data line per line", "[server]") {
  Recorder recorder;
  server::write_event(recorder, "change", "a\nb", "7");
  CHECK(recorder.text == "id: 7\nevent: change\ndata: a\ndata: b\n\n");
}

TEST_CASE("An event may be empty data alone", "[server]") {
  Recorder recorder;
  server::write_event(recorder, "", "");
  server::write_event_comment(recorder);
  CHECK(recorder.text == "data: \n\n:\n\n");
}

TEST_CASE("A thing is told as an event or as a line of JSON", "[server]") {
  using server::EventForm;
  Recorder recorder;
  server::write_event_in(recorder, EventForm::events, "reply", R"({"a":1})");
  server::write_wait_in(recorder, EventForm::events);
  CHECK(recorder.text == "event: reply\ndata: {\"a\":1}\n\n:\n\n");
  recorder.text.clear();
  server::write_event_in(recorder, EventForm::lines, "reply", R"({"a":1})");
  server::write_wait_in(recorder, EventForm::lines);
  server::write_error_in(recorder, EventForm::lines, {agent::Errc::timeout, "timeout"});
  CHECK(recorder.text ==
        "{\"event\":\"reply\",\"data\":{\"a\":1}}\n{\"event\":\"wait\"}\n"
        "{\"event\":\"error\",\"data\":{\"code\":504,\"msg\":\"timeout\"}}\n");
}
