#include "core/log_service.hpp"

#include <catch2/catch.hpp>

#include "agent/data_codec.hpp"
#include "agent/log.hpp"
#include "base/digest.hpp"
#include "tests/core/stage.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using test::Socket;
using test::Stage;

namespace {

// The process's log goes to files of a directory for the time of a test.
struct OpenLog {
  explicit OpenLog(const std::string& dir) {
    log::Options options;
    options.to_stdout = false;
    options.to_file = true;
    options.dir = dir;
    options.name = "test-agent";
    log::open(options);
  }
  ~OpenLog() {
    log::Options options;
    options.to_stdout = true;
    log::open(options);
  }
};

std::string ask(const std::vector<std::string>& files) {
  return encode_message(wire::LogDownloadRequest{files}, "t-2");
}

}  // namespace

TEST_CASE("The agent lists its log files", "[core]") {
  test::TempDir dir;
  OpenLog open(dir.path());
  dir.write("test-agent.log.1", "older lines\n");
  dir.write("secret.txt", "not a log");
  Stage stage;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(encode_message(wire::LogListRequest(), "t-1"));
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.tid() == "t-1");
    auto list = reply.payload<wire::LogList>();
    REQUIRE(list.files.size() == 2);
    CHECK(list.files[0].name == "test-agent.log");
    CHECK(list.files[1].name == "test-agent.log.1");
    CHECK(list.files[1].size == 12);
    CHECK(list.files[1].mod.seconds > 1'700'000'000);
  });
}

TEST_CASE("Log files come as one zip in blocks of 32000 bytes, all at offset 0", "[core]") {
  test::TempDir dir;
  OpenLog open(dir.path());
  dir.write("test-agent.log.1", std::string(100'000, 'x'));
  Stage stage;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(ask({"test-agent.log", "test-agent.log.1"}));
    Envelope first = co_await test::receive(socket.get());
    CHECK(first.tid() == "t-2");
    auto info = first.payload<wire::LogDownloadInfo>();
    CHECK(info.ok);
    CHECK(info.block_size == 32000);
    CHECK(info.size > 100'000);

    std::string zip;
    while (zip.size() < info.size) {
      Envelope next = co_await test::receive(socket.get());
      CHECK(next.tid() == "t-2");
      auto block = next.payload<wire::LogDownloadData>();
      CHECK(block.offset == 0);
      CHECK_THAT(block.data, Catch::StartsWith("$0$"));
      std::string raw = decode_data(block.data, 32000);
      CHECK((raw.size() == 32000 || zip.size() + raw.size() == info.size));
      zip += raw;
    }
    CHECK(zip.size() == info.size);
    CHECK(Md5::of(zip) == info.md5);
    CHECK_THAT(zip, Catch::StartsWith("PK"));
  });
}

TEST_CASE("Names that are not in the list are refused", "[core]") {
  test::TempDir dir;
  OpenLog open(dir.path());
  dir.write("secret.txt", "not a log");
  Stage stage;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    for (const char* name : {"../../../../etc/hostname", "secret.txt", "test-agent.log.9"}) {
      socket->send(ask({name}));
      Envelope reply = co_await test::receive(socket.get());
      auto info = reply.payload<wire::LogDownloadInfo>();
      CHECK_FALSE(info.ok);
      CHECK_THAT(info.msg, Catch::Contains(name));
    }
    socket->send(ask({}));
    Envelope reply = co_await test::receive(socket.get());
    CHECK_FALSE(reply.payload<wire::LogDownloadInfo>().ok);
  });
}

TEST_CASE("An agent that logs to no file has no files", "[core]") {
  log::open({});
  Stage stage;
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    socket->send(encode_message(wire::LogListRequest(), "t-1"));
    Envelope reply = co_await test::receive(socket.get());
    CHECK(reply.root().find("ls_log").find("files").is_null());
  });
}
