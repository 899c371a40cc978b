#include "host/work_thread.hpp"

#include <unistd.h>

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <string>

#include "host/limits/cgroup_values.hpp"
#include "tests/host/limits/group_scene.hpp"

using namespace agent::host;
using namespace test;

TEST_CASE("A thread for work does all jobs in order before it is finished", "[host]") {
  asio::io_context io;
  WorkThread thread(io.get_executor());
  std::string order;
  for (const char name : {'a', 'b', 'c'})
    thread.run([&order, name] { order += name; },
               [&thread, &order, name] {
                 if (name == 'a') thread.run([&order] { order += 'd'; }, [&order] { order += 'e'; });
               });
  thread.finish();
  CHECK(order == "abcde");
  CHECK(io.run() > 0);  // there is nothing left to tell
  CHECK(order == "abcde");
}

TEST_CASE("Where the system refuses a thread its work is done all the same", "[group]") {
  NEEDS_TEST_GROUPS();
  const TestGroup group("thread");
  group.set(Controller::pids, pids_writes(1));
  const int pid = ::fork();
  if (pid == 0) {
    group.add(::getpid());
    asio::io_context io;
    WorkThread thread(io.get_executor());
    std::string done;
    thread.run([&done] { done += "work "; }, [&done] { done += "told"; });
    io.run();
    ::_exit(done == "work told" ? 0 : 1);
  }
  CHECK(wait_for(pid) == 0);
}
