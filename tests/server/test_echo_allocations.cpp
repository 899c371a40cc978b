// What a short command costs the server's loop in allocations. They do not depend on the machine, and are a
// good part of what a command costs.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <future>
#include <new>

#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/sanitized.hpp"

namespace {

thread_local std::uint64_t allocations = 0;

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace {

// By the loop's thread, so far.
std::uint64_t allocations_of(agent::net::Loop& loop) {
  std::promise<std::uint64_t> count;
  loop.post([&count] { count.set_value(allocations); });
  return count.get_future().get();
}

void ask(test::RawClient& client, std::string_view request, std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) {
    client.send(request);
    REQUIRE_THAT(client.read_response(), Catch::Contains(R"("code":200)"));
  }
}

double allocations_per(test::ApiServer& server, std::string_view request) {
  constexpr std::size_t kTimes = 200;
  test::RawClient client(server.port);
  ask(client, request, kTimes);  // what grows once has grown then
  const std::uint64_t before = allocations_of(server.loop());
  ask(client, request, kTimes);
  return static_cast<double>(allocations_of(server.loop()) - before) / kTimes;
}

}  // namespace

// 46.3 with Debian 12's libraries; 70 when its order went through eight coroutines and its record had lists
// and paths that it did not need. What goes in batches makes the fraction.
TEST_CASE("A short command takes the server's loop few allocations", "[server]") {
  if (test::kSanitized) return;
  test::ApiServer server(100, 1);
  test::FakeExecAgent::Options options;
  options.is_brief = true;
  test::FakeExecAgent agent(server.port, options, [](const test::ExecCall& call, test::FakeExecAgent& self) {
    self.whole(call.tid, "hi\r\n", 0);
  });
  const double echo =
      allocations_per(server,
                      "POST /api/exec/x-1/run HTTP/1.1\r\nHost: x\r\nContent-Length: 28\r\n\r\n"
                      R"({"cmd":"echo","args":["hi"]})");
  CHECK(echo < 52);
}
