#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <catch2/catch.hpp>
#include <future>

#include "agent/data_codec.hpp"
#include "agent/wire/logs.hpp"
#include "base/digest.hpp"
#include "tests/server/api_server.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::come_as;
using test::HttpReply;
using test::ScriptedAgent;
using test::stable;

namespace {

// What an agent does with 10000 and 10002.
struct LogScript {
  std::string archive = std::string(100'000, 'a') + std::string(50'000, 'b');
  std::size_t announced = archive.size();
  std::size_t block = 32'000;
  std::string refusal{};
  bool damage = false;
  bool hang_up = false;
  std::vector<std::string> asked{};

  bool operator()(const agent::Envelope& message, const ScriptedAgent::Send& send) {
    if (message.type() == 10000) {
      agent::wire::LogList list;
      list.files.push_back({"exec-agent.log", 3443, {.seconds = 1772352000}});
      send(agent::encode_message(list, message.tid()));
    }
    if (message.type() != 10002) return true;
    asked = message.payload<agent::wire::LogDownloadRequest>().files;
    agent::wire::LogDownloadInfo info;
    info.ok = refusal.empty();
    info.msg = refusal;
    info.size = announced;
    info.block_size = 32000;
    info.md5 = agent::Md5::of(archive);
    send(agent::encode_message(info, message.tid()));
    if (!info.ok) return true;
    if (damage) archive[7] = '!';
    for (std::size_t at = 0; at < archive.size(); at += block) {
      agent::wire::LogDownloadData data;
      data.data = agent::encode_data(std::string_view(archive).substr(at, block), agent::DataForm::zstd);
      send(agent::encode_message(data, message.tid()));
      if (hang_up) return false;
    }
    return true;
  }
};

struct Fixture {
  explicit Fixture(LogScript with = {}) : script(std::move(with)) {}
  HttpReply download(std::string_view headers = {}) {
    return server.get("/api/agents/l-1/log/download?files=exec-agent.log&files=exec-agent.log.3", headers);
  }

  // Work on the server's disk waits until the promise is kept.
  void hold_disk(std::promise<void>& go_on) {
    constexpr int kMoreThanThreads = 16;
    const std::shared_future<void> gone_on = go_on.get_future();
    for (int i = 0; i < kMoreThanThreads; ++i) {
      auto wait = [gone_on] { return gone_on.wait(), true; };
      asio::co_spawn(server.loop().io(), server.api().pool().run(wait), asio::detached);
    }
  }

  LogScript script;
  ApiServer server;
  ScriptedAgent agent{server.port, come_as("l-1", "exec-agent"),
                      [this](const auto& message, const auto& send) { return script(message, send); }};
};

}  // namespace

TEST_CASE("An agent's log files are listed with Unix times", "[server]") {
  Fixture fixture;
  CHECK(stable(fixture.server.get("/api/agents/l-1/logs").body) ==
        R"({"code":200,"payload":[{"name":"exec-agent.log","size":3443,"mod_time":1772352000}]})");
}

TEST_CASE("An agent without log files has the list null", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("l-1", "exec-agent"), [](const auto& message, const auto& send) {
    send(agent::encode_message(agent::wire::LogList{}, message.tid()));
    return true;
  });
  CHECK(stable(server.get("/api/agents/l-1/logs").body) == R"({"code":200,"payload":null})");
}

TEST_CASE("Log files arrive as one checked archive whatever the blocks' offsets say", "[server]") {
  Fixture fixture;
  HttpReply reply = fixture.download();
  CHECK(reply.status == 200);
  CHECK_THAT(reply.head, Catch::Contains("Content-Disposition: attachment; filename=\"log.zip\"\r\n"));
  CHECK_THAT(reply.head, Catch::Contains("Content-Type: application/zip\r\n"));
  CHECK_THAT(reply.head, Catch::Contains("Content-Length: 150000\r\n"));
  CHECK(reply.body == fixture.script.archive);
  CHECK(fixture.script.asked == std::vector<std::string>{"exec-agent.log", "exec-agent.log.3"});
}

TEST_CASE("An agent that sends its logs faster than the disk takes them is held back", "[server]") {
  // 5000 blocks that wait at the server were more than there was room for.
  Fixture fixture({.archive = std::string(5000, 'x'), .block = 1});
  std::promise<void> go_on;
  fixture.hold_disk(go_on);
  auto reply = std::async(std::launch::async, [&] { return fixture.download(); });
  fixture.agent.after(std::chrono::milliseconds(200), [&] { go_on.set_value(); });
  CHECK(reply.get().body == fixture.script.archive);
}

TEST_CASE("A range of the archive is served, also after If-Range", "[server]") {
  Fixture fixture;
  HttpReply part = fixture.download("Range: bytes=99998-100001\r\n");
  CHECK(part.status == 206);
  CHECK(part.body == "aabb");
  CHECK_THAT(part.head, Catch::Contains("Content-Range: bytes 99998-100001/150000\r\n"));

  std::size_t at = part.head.find("ETag: ") + 6;
  std::string etag = part.head.substr(at, part.head.find("\r\n", at) - at);
  CHECK(fixture.download("Range: bytes=-1\r\nIf-Range: " + etag + "\r\n").status == 206);
  CHECK(fixture.download("Range: bytes=-1\r\nIf-Range: \"other\"\r\n").body.size() == 150'000);

  HttpReply outside = fixture.download("Range: bytes=150000-\r\n");
  CHECK(outside.status == 416);
  CHECK_THAT(outside.head, Catch::Contains("Content-Range: bytes */150000\r\n"));
}

TEST_CASE("An empty archive needs no block", "[server]") {
  Fixture fixture({.archive = "", .announced = 0});
  HttpReply reply = fixture.download();
  CHECK(reply.status == 200);
  CHECK(reply.body.empty());
}

TEST_CASE("What the agent does wrong with an archive is told raw", "[server]") {
  SECTION("it refuses") {
    Fixture fixture({.refusal = "no such file"});
    HttpReply reply = fixture.download();
    CHECK(reply.status == 503);
    CHECK(reply.body == "no such file");
  }
  SECTION("the digest is wrong") {
    Fixture fixture({.damage = true});
    HttpReply reply = fixture.download();
    CHECK(reply.status == 500);
    CHECK(reply.body == "invalid checksum");
  }
  SECTION("it sends more than it announced") {
    Fixture fixture({.announced = 100'000});
    HttpReply reply = fixture.download();
    CHECK(reply.status == 500);
    CHECK_THAT(reply.body, Catch::Contains("more data than the announced 100000 bytes"));
  }
  SECTION("it announces more than we keep") {
    Fixture fixture({.announced = std::size_t{1} << 40});
    CHECK(fixture.download().status == 500);
  }
  SECTION("it goes away") {
    Fixture fixture({.hang_up = true});
    HttpReply reply = fixture.download();
    CHECK(reply.status == 410);
    CHECK(reply.body == "agent is gone");
  }
}

TEST_CASE("An archive shorter than announced ends in the time-out", "[server]") {
  Fixture fixture({.announced = 200'000});
  HttpReply reply = fixture.server.get("/api/agents/l-1/log/download?files=a&timeout=1");
  CHECK(reply.status == 200);
  CHECK(stable(reply.body) == R"({"code":504,"msg":"timeout"})");
}

TEST_CASE("A download that cannot begin is refused in the envelope", "[server]") {
  ApiServer server;
  CHECK(stable(server.get("/api/agents/x/log/download").body) == R"({"code":400,"msg":"Missing [files]"})");
  CHECK(stable(server.get("/api/agents/x/log/download?files=a&timeout=0").body) ==
        R"({"code":400,"msg":"bad param: timeout: 0 is less than 1"})");
  CHECK(stable(server.get("/api/agents/x/log/download?files=a").body) ==
        R"({"code":404,"msg":"not found: agent"})");
}

TEST_CASE("The audit log says who fetched an agent's logs", "[server]") {
  Fixture fixture;
  fixture.download();
  fixture.server.wait_for_audit(
      R"("action":"log_download","who":"","from":"127.0.0.1","agent":"l-1","what":"exec-agent.log, exec-agent.log.3","result":"150000 bytes"})");
}
