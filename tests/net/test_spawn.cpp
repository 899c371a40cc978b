#include "net/spawn.hpp"

#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <system_error>
#include <thread>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/read_file.hpp"
#include "tests/support/on_loop.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;

namespace {

// A second loop with a thread of its own.
class OtherLoop {
 public:
  OtherLoop() : guard_(asio::make_work_guard(loop.io())), thread_([this] { loop.run(); }) {}
  ~OtherLoop() { end(); }

  // Waits for what it still does. To be called before a loop ends to which it has handed something back.
  void end() {
    loop.stop();
    if (thread_.joinable()) thread_.join();
  }

  std::thread::id id() const { return thread_.get_id(); }

  net::Loop loop;

 private:
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;
};

Task<std::thread::id> where_am_i() { co_return std::this_thread::get_id(); }

Task<> fail(std::exception_ptr why) {
  std::rethrow_exception(why);
  co_return;
}

template <class E>
Task<> failing(E error) {
  return fail(std::make_exception_ptr(std::move(error)));
}

Task<std::string> failing_word() {
  throw Error(Errc::refused, "no word");
  co_return "";
}

Task<> go_there(OtherLoop* other) {
  Task<std::thread::id> question = where_am_i();
  const std::thread::id there = co_await net::on(other->loop, std::move(question));
  CHECK(there == other->id());
  CHECK(std::this_thread::get_id() != other->id());
  other->end();
}

Task<> fail_there(OtherLoop* other) {
  std::string thrown;
  try {
    Task<std::string> step = failing_word();
    co_await net::on(other->loop, std::move(step));
  } catch (const Error& error) {
    thrown = error.what();
  }
  CHECK(thrown == "no word");
  other->end();
}

// The log's text after `work`.
template <class Work>
std::string logged(Work work) {
  test::TempDir dir;
  log::Options options;
  options.to_stdout = false;
  options.to_file = true;
  options.dir = dir.path();
  options.name = "spawn";
  log::open(options);
  work();
  log::flush();
  std::string text = read_file(dir.file("spawn.log"), 100000);
  log::open(log::Options{});
  return text;
}

}  // namespace

TEST_CASE("A step on another loop runs there and comes back", "[net][spawn]") {
  OtherLoop other;
  test::on_loop([&](net::Loop&) { return go_there(&other); });
}

TEST_CASE("A step on another loop throws at the caller", "[net][spawn]") {
  OtherLoop other;
  test::on_loop([&](net::Loop&) { return fail_there(&other); });
}

TEST_CASE("What a spawned task throws is logged, ends that are no news are not", "[net][spawn]") {
  const std::string text = logged([] {
    net::Loop loop;
    net::spawn(loop, failing(Error(Errc::io, "disk full")), "keep");
    net::spawn(loop, failing(std::runtime_error("odd")), "odd one");
    net::spawn(loop, failing(Error(Errc::disconnected, "gone")), "quiet");
    net::spawn(loop, failing(Error(Errc::cancelled, "given up")), "quiet");
    net::spawn(loop, failing(std::system_error(asio::error::make_error_code(asio::error::operation_aborted))),
               "quiet");
    net::log_failure("direct", std::make_exception_ptr(7));
    net::log_failure("quiet", nullptr);
    loop.io().run();
  });
  CHECK(text.find("keep: disk full") != std::string::npos);
  CHECK(text.find("odd one: odd") != std::string::npos);
  CHECK(text.find("direct: something that is no exception was thrown") != std::string::npos);
  CHECK(text.find("quiet") == std::string::npos);
}
