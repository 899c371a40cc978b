// A terminal whose client leaves and comes back at random moments, while both connections are cut at random
// bytes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <list>
#include <random>
#include <thread>

#include "tests/support/terminal_client.hpp"
#include "tests/system/terminal_scene.hpp"

using namespace test;

namespace {

// Terminals at a time, each with a server and an agent of its own: an agent waits up to 4 s before it comes
// back.
constexpr std::size_t kTerminals = 4;
// Tries for each visit: a connection may be cut before it gets to the terminal.
constexpr std::size_t kMostTries = 20;
constexpr std::size_t kTypedInVisit = 200;

// `make soak` asks for more.
bool is_whole() { return std::getenv("LIBAGENT_SOAK") != nullptr; }

std::string random_bytes(std::mt19937& random, std::size_t count) {
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// After 1 to so many bytes, in one of the two directions.
std::function<FaultPlan()> cuts(unsigned seed, std::size_t most_up, std::size_t most_down) {
  return [random = std::mt19937(seed), most_up, most_down]() mutable {
    FaultPlan plan;
    const bool is_up = random() % 2 == 0;
    (is_up ? plan.cut_up : plan.cut_down) = 1 + random() % (is_up ? most_up : most_down);
    plan.reset = random() % 2 == 0;
    return plan;
  };
}

// Somebody at a terminal of scene `number`, who comes `wanted` times.
class Visitor {
 public:
  Visitor(unsigned number, std::size_t wanted)
      : wanted_(wanted),
        random_(number),
        sent_(random_bytes(random_, wanted * kTypedInVisit)),
        to_us_(scene_.server.port()) {
    scene_.start(R"({"terminal":{"rows":24,"cols":80},"cmd":"exec python3 )" +
                 source_path("tests/system/terminal_recorder.py") + " " + scene_.dir.path() + " " +
                 std::to_string(sent_.size()) + " " + std::to_string(number) + R"("})");
    wait_until("the terminal is raw", [&] { return std::filesystem::exists(recorded("shown")); });
    to_us_.set_plans(cuts(2 * number, 1'500, 20'000));
    scene_.to_server.set_plans(cuts(2 * number + 1, 200'000, 20'000));
    scene_.to_server.cut();
  }

  // All visits, in a thread of their own.
  void come_and_go() {
    for (std::size_t tries = 0; visits_ < wanted_ || !has_seen_all(); ++tries) {
      try {
        if (tries > kMostTries * wanted_) throw TimedOut("too many visits broke before they began");
        visit(random_() % 12);
      } catch (const TimedOut& error) {
        trouble_ = error.what();
        return;
      } catch (const std::exception&) {
        ++cuts_;
      }
    }
  }

  void check() {
    REQUIRE(trouble_.empty());
    CHECK(read_file(recorded("typed")) == sent_);
    CHECK(read_file(recorded("shown")) == shown_);
    TerminalClient last(scene_.server.port(), scene_.path("?watch=1"));
    CHECK(json_at(last.wait_for_news("exit"), "code") == "7");
  }

  std::size_t cuts_of_client() const { return cuts_; }
  std::size_t cuts_of_agent() const { return scene_.agent.sessions() - 1; }

 private:
  std::string recorded(const std::string& name) const { return scene_.dir.file(name); }
  std::size_t size_of(const std::string& name) const { return std::filesystem::file_size(recorded(name)); }
  bool has_seen_all() const { return size_of("typed") == sent_.size() && size_of("shown") == shown_.size(); }

  // A part of what is to be typed for each visit, so that there is something to do in the last one.
  std::size_t typed_by_now() const { return std::min(visits_, wanted_) * kTypedInVisit; }

  // Stays for so many messages, or until none will come. What it throws is the connection's end.
  void visit(std::size_t messages) {
    TerminalClient terminal(to_us_.port(), scene_.path("?client=me&offset=" + std::to_string(shown_.size())));
    const std::string before = shown_;
    try {
      attend(terminal, messages, before);
    } catch (...) {
      shown_ = before + terminal.shown();
      throw;
    }
  }

  void attend(TerminalClient& terminal, std::size_t messages, const std::string& before) {
    const std::string typed = json_at(terminal.wait_for_news("hello"), "typed");
    ++visits_;
    std::size_t at = typed.empty() ? 0 : std::stoull(typed);
    for (; messages > 0; --messages) {
      const std::string piece =
          sent_.substr(at, std::min<std::size_t>(typed_by_now() - at, 1 + random_() % 300));
      if (!piece.empty()) terminal.type(piece);
      at += piece.size();
      if (size_of("typed") == at && size_of("shown") == before.size() + terminal.shown().size()) break;
      if (!terminal.take()) break;
    }
    shown_ = before + terminal.shown();
  }

  const std::size_t wanted_;
  std::mt19937 random_;
  const std::string sent_;
  std::string shown_;
  std::string trouble_;
  std::size_t visits_ = 0;
  std::size_t cuts_ = 0;
  TerminalScene scene_;
  FaultProxy to_us_;
};

}  // namespace

TEST_CASE("Two hundred visits over connections that are cut at random bytes lose and double nothing",
          "[system][soak]") {
  const std::size_t wanted = is_whole() ? 300 : 50;
  std::list<Visitor> visitors;
  for (unsigned number = 1; number <= kTerminals; ++number) visitors.emplace_back(number, wanted);
  {
    std::list<std::jthread> threads;
    for (Visitor& visitor : visitors) threads.emplace_back([&visitor] { visitor.come_and_go(); });
  }
  std::size_t cuts_of_clients = 0;
  std::size_t cuts_of_agents = 0;
  for (Visitor& visitor : visitors) {
    visitor.check();
    cuts_of_clients += visitor.cuts_of_client();
    cuts_of_agents += visitor.cuts_of_agent();
  }
  INFO(cuts_of_clients << " cuts of clients, " << cuts_of_agents << " of agents");
  CHECK(cuts_of_clients > kTerminals * wanted / 10);
  CHECK(cuts_of_agents >= 2 * kTerminals);
}
