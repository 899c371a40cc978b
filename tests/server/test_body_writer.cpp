#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "agent/error.hpp"
#include "http/body_writer.hpp"
#include "http/event_form.hpp"
#include "tests/support/on_loop.hpp"

namespace {

class Recorder final : public server::BodyWriter {
 public:
  void write(std::string_view piece) override { text += piece; }
  agent::Task<> room() override {
    text += '|';
    if (text.size() >= leaves_at) throw agent::Error(agent::Errc::disconnected, "the client left");
    co_return;
  }
  bool client_gone() const override { return false; }
  std::string text;
  std::size_t leaves_at = 100;
};

// "1", "2", "3", and the end.
class Count final : public agent::ByteSource {
 public:
  agent::Task<std::string> read() override { co_return ++last == 4 ? std::string() : std::to_string(last); }
  int last = 0;
};

void send(std::shared_ptr<Count> content, Recorder& recorder) {
  const auto stream = server::stream_of(std::move(content));
  test::on_loop([&](agent::net::Loop&) { return stream(&recorder); });
}

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

TEST_CASE("A content becomes a body, each piece when there is room", "[server]") {
  Recorder recorder;
  send(std::make_shared<Count>(), recorder);
  CHECK(recorder.text == "1|2|3|");
}

TEST_CASE("A content is read no further when its client leaves", "[server]") {
  Recorder recorder;
  recorder.leaves_at = 4;
  auto content = std::make_shared<Count>();
  CHECK_THROWS_WITH(send(content, recorder), "the client left");
  CHECK(recorder.text == "1|2|");
  CHECK(content->last == 2);
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
