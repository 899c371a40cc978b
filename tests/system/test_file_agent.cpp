// The exec-agent's files, asked for by an original server: messages 20 to 27 as they are on the wire.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <system_error>

#include "agent/data_codec.hpp"
#include "agent/wire/file.hpp"
#include "base/digest.hpp"
#include "tests/support/wire_server.hpp"
#include "tests/system/programs.hpp"

using namespace test;
namespace wire = agent::wire;
namespace fs = std::filesystem;
using agent::Envelope;

namespace {

constexpr std::string_view kTid = "20260301-00005-00000000000000aa";

std::string some_bytes(std::size_t size) {
  std::minstd_rand random(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

struct Stage {
  explicit Stage(const std::string& settings = {})
      : agent(server.address(), "files-1", settings, kExecAgentProgram), peer(server.connected()) {}

  template <agent::Message Reply>
  Reply receive() {
    const Envelope reply = Envelope::parse(peer.receive_type(Reply::message.type));
    CHECK(reply.tid() == kTid);
    return reply.payload<Reply>();
  }
  template <agent::Message Reply, agent::Message Request>
  Reply ask(const Request& request) {
    peer.send(request, kTid);
    return receive<Reply>();
  }

  wire::LsReply list(const std::string& path) { return ask<wire::LsReply>(wire::LsRequest{.dir = path}); }
  wire::UploadReply upload(const wire::Upload& upload) { return ask<wire::UploadReply>(upload); }
  wire::DownloadReply download(const std::string& path) {
    return ask<wire::DownloadReply>(wire::DownloadRequest{.dir = path});
  }

  // The blocks of a download that was agreed to.
  std::string receive_blocks(std::uint64_t size) {
    std::string content;
    do {
      const auto block = receive<wire::DownloadData>();
      CHECK(block.offset == content.size());
      const std::string raw = agent::decode_data(block.data, 32768);
      content += raw;
    } while (content.size() < size);
    return content;
  }

  // Answers the agent's GET.
  void serve(const std::string& head, const std::string& body, std::string* request = nullptr) {
    WireServer::Visit visit = server.accept();
    if (request != nullptr) {
      *request = visit.request.method + " " + visit.request.target + " " +
                 std::string(visit.request.header("X-Token"));
    }
    visit.socket.try_send("HTTP/1.1 " + head + "\r\n\r\n" + body);
  }

  TempDir dir;
  WireServer server;
  AgentProgram agent;
  WirePeer peer;
};

wire::Upload inline_upload(const std::string& dir, const std::string& name, const std::string& content) {
  wire::Upload upload;
  upload.dir = dir;
  upload.name = name;
  upload.mod = 0644;
  upload.size = content.size();
  upload.md5 = agent::Md5::of(content);
  if (!content.empty()) upload.data = agent::encode_data(content, agent::DataForm::zstd);
  return upload;
}

wire::Upload offered_upload(const std::string& dir, const std::string& name, const std::string& content) {
  wire::Upload upload = inline_upload(dir, name, content);
  upload.data.clear();
  upload.token = "6b1f0c5d9e2a7788";
  upload.uri = "/api/file/upload/20260301-00007-00000000000000ac";
  return upload;
}

// A directory for temporary files of the test's own programs.
struct TempPlace {
  TempPlace() { ::setenv("TMPDIR", dir.path().c_str(), 1); }
  ~TempPlace() { ::unsetenv("TMPDIR"); }
  TempPlace(const TempPlace&) = delete;
  TempPlace& operator=(const TempPlace&) = delete;

  // Files and directories that agents keep for uploads, at least one if there is any: what is removed
  // meanwhile ends the count.
  std::size_t uploads() const {
    std::size_t count = 0;
    std::error_code gone;
    fs::recursive_directory_iterator entry(dir.path(), gone);
    for (; !gone && entry != fs::end(entry); entry.increment(gone))
      count += entry->path().native().find("/exec-agent-uploads-") != std::string::npos ? 1 : 0;
    return gone ? std::max<std::size_t>(count, 1) : count;
  }
  TempDir dir;
};

std::string number_of(const WireServer::Visit& visit) { return visit.request.target.substr(1); }

// An agent whose turns are all taken, by uploads that it fetches from a server which does not answer.
struct BusyStage : Stage {
  BusyStage() {
    for (int i = 0; i < 32; ++i) send_offer(i);
    for (int i = 0; i < 32; ++i) visits.push_back(server.accept());
  }
  void send_offer(int number) {
    wire::Upload upload = offered_upload(dir.path(), "f" + std::to_string(number), "content");
    upload.uri = "/" + std::to_string(number);
    peer.send(upload, "busy-" + std::to_string(number));
  }
  wire::UploadReply next_reply(std::string* tid) {
    const Envelope reply = Envelope::parse(peer.receive_type(wire::UploadReply::message.type));
    *tid = reply.tid();
    return reply.payload<wire::UploadReply>();
  }

  std::vector<WireServer::Visit> visits;
};

std::size_t entries_in(const std::string& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("A directory is listed to an original server", "[system]") {
  Stage stage;
  stage.dir.write("b", "12");
  fs::create_directory(stage.dir.file("a"));
  const wire::LsReply reply = stage.list(stage.dir.path());
  CHECK(reply.ok);
  CHECK(reply.dir == stage.dir.path());
  REQUIRE(reply.files.size() == 2);
  CHECK(reply.files[0].name == "a");
  CHECK((reply.files[0].mod & 2147483648) != 0);
  CHECK(reply.files[1].size == 2);
  const wire::LsReply missing = stage.list(stage.dir.file("missing"));
  CHECK_FALSE(missing.ok);
  CHECK_THAT(missing.msg, Catch::Contains("No such file or directory"));
}

TEST_CASE("A file is downloaded in blocks with running offsets", "[system]") {
  Stage stage;
  const std::string content = GENERATE(some_bytes(700'000), std::string(100'000, 'x'), std::string("abc"));
  const std::string path = stage.dir.write("x", content);
  const wire::DownloadReply reply = stage.download(path);
  CHECK(reply.ok);
  CHECK(reply.size == content.size());
  CHECK(reply.block_size == 32768);
  CHECK(reply.md5 == agent::Md5::of(content));
  CHECK(stage.receive_blocks(reply.size) == content);
}

TEST_CASE("An empty file is downloaded as one empty block", "[system]") {
  Stage stage;
  const wire::DownloadReply reply = stage.download(stage.dir.write("empty", ""));
  CHECK(reply.ok);
  CHECK(reply.size == 0);
  CHECK(stage.receive_blocks(0).empty());
}

TEST_CASE("What is no regular file is refused at once", "[system]") {
  Stage stage;
  REQUIRE(::mkfifo(stage.dir.file("fifo").c_str(), 0600) == 0);
  for (const std::string& path : {stage.dir.path(), stage.dir.file("fifo"), std::string("/dev/zero"),
                                  stage.dir.file("missing"), std::string()}) {
    INFO(path);
    const wire::DownloadReply reply = stage.download(path);
    CHECK_FALSE(reply.ok);
    CHECK(reply.msg != "");
    CHECK(reply.md5 == agent::wire::Md5{});
  }
}

TEST_CASE("A file that changes while it is downloaded ends in an error", "[system]") {
  Stage stage;
  const std::string path = stage.dir.write("x", some_bytes(64 * 1024 * 1024));
  CHECK(stage.download(path).ok);
  // The agent is held back as long as nothing is read here, far from the end of the file.
  fs::resize_file(path, 1000);
  CHECK_THAT(stage.receive<wire::DownloadError>().msg, Catch::Contains("changed while it was read"));
}

TEST_CASE("A small file is received from the message itself", "[system]") {
  Stage stage;
  const wire::UploadReply reply = stage.upload(inline_upload(stage.dir.file("new/sub"), "x", "content"));
  CHECK(reply.msg == "");
  CHECK(reply.ok);
  CHECK(reply.dir == stage.dir.file("new/sub/x"));
  CHECK(read_file(reply.dir) == "content");
}

TEST_CASE("An empty file is created", "[system]") {
  Stage stage;
  CHECK(stage.upload(inline_upload(stage.dir.path(), "empty", "")).ok);
  CHECK(fs::file_size(stage.dir.file("empty")) == 0);
}

TEST_CASE("A large file is fetched from the server with its token", "[system]") {
  Stage stage;
  const std::string content = some_bytes(3'000'000);
  stage.peer.send(offered_upload(stage.dir.path(), "x", content), kTid);
  std::string request;
  stage.serve("200 OK\r\nContent-Length: " + std::to_string(content.size()), content, &request);
  const auto reply = stage.receive<wire::UploadReply>();
  CHECK(reply.msg == "");
  CHECK(request == "GET /api/file/upload/20260301-00007-00000000000000ac 6b1f0c5d9e2a7788");
  CHECK(read_file(stage.dir.file("x")) == content);
}

TEST_CASE("A fetch that fails leaves the old file as it was", "[system]") {
  Stage stage;
  stage.dir.write("x", "old");
  const std::string content = some_bytes(2'000'000);
  wire::Upload upload = offered_upload(stage.dir.path(), "x", content);
  struct Answer {
    std::string head;
    std::string body;
    std::string why;
  };
  const Answer answer = GENERATE_COPY(values<Answer>({
      {"404 Not Found\r\nContent-Length: 9", "not found", "http_code=404, data=not found"},
      {"403 Forbidden\r\nContent-Length: 13", "access denied", "http_code=403, data=access denied"},
      {"302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0", "", "http_code=302, data="},
      {"200 OK\r\nContent-Length: 2000000", content.substr(0, 1'000'000), "closed the connection"},
      {"200 OK\r\nContent-Length: 2000001", content + "x", "2000001 bytes are offered"},
      {"200 OK\r\nConnection: close", content + "x", "more than the announced 2000000 bytes"},
      {"200 OK\r\nConnection: close", content.substr(1), "1999999 bytes instead of the announced 2000000"},
      {"200 OK\r\nContent-Length: 2000000", some_bytes(2'000'001).substr(1), "invalid checksum"},
  }));
  INFO(answer.head);
  stage.peer.send(upload, kTid);
  stage.serve(answer.head, answer.body);
  const auto reply = stage.receive<wire::UploadReply>();
  CHECK_FALSE(reply.ok);
  CHECK_THAT(reply.msg, Catch::Contains(answer.why));
  CHECK(read_file(stage.dir.file("x")) == "old");
  CHECK(entries_in(stage.dir.path()) == 1);
}

TEST_CASE("An upload that is wrong leaves the old file as it was", "[system]") {
  Stage stage;
  stage.dir.write("x", "old");
  wire::Upload upload = inline_upload(stage.dir.path(), "x", "content");
  std::string why;
  SECTION("checksum") { upload.md5[0] ^= 1, why = "invalid checksum"; }
  SECTION("too short") { upload.size = 8, why = "7 bytes instead of the announced 8"; }
  SECTION("too long") { upload.size = 6, why = "more than the announced 6 bytes"; }
  SECTION("no content") { upload.data.clear(), why = "0 bytes instead"; }
  SECTION("not data") { upload.data = "$9$xx", why = "data: "; }
  SECTION("unknown owner") { upload.own_user = "no-such-user", why = "unknown user no-such-user"; }
  SECTION("a bomb") {
    upload = inline_upload(stage.dir.path(), "x", std::string(50'000'000, '\0'));
    why = "data: expands beyond";
  }
  SECTION("a header in the token") {
    upload.data.clear();
    upload.uri = "/x";
    upload.token = "a\r\nX-Evil: 1";
    why = "not a header";
  }
  SECTION("another server") {
    upload.data.clear();
    upload.uri = "http://192.0.2.1/x";
    why = "not a path on the server";
  }
  const wire::UploadReply reply = stage.upload(upload);
  CHECK_FALSE(reply.ok);
  CHECK_THAT(reply.msg, Catch::Contains(why));
  CHECK(read_file(stage.dir.file("x")) == "old");
  CHECK(entries_in(stage.dir.path()) == 1);
}

TEST_CASE("Names that lead elsewhere are refused", "[system]") {
  Stage stage;
  fs::create_directory(stage.dir.file("in"));
  for (const std::string& name : {std::string("../x"), std::string("/tmp/x"), std::string("a/b"),
                                  std::string(".."), std::string(""), std::string("x\0y", 3)}) {
    INFO(name);
    const wire::UploadReply reply = stage.upload(inline_upload(stage.dir.file("in"), name, "content"));
    CHECK_FALSE(reply.ok);
    CHECK_THAT(reply.msg, Catch::StartsWith("name: "));
  }
  CHECK(entries_in(stage.dir.path()) == 1);
  CHECK(entries_in(stage.dir.file("in")) == 0);
}

TEST_CASE("$$TMP$$ is a directory that only the agent can enter", "[system]") {
  Stage stage;
  const wire::UploadReply reply = stage.upload(inline_upload("$$TMP$$", "script.sh", "echo"));
  REQUIRE(reply.ok);
  CHECK(read_file(reply.dir) == "echo");
  const fs::path directory = fs::path(reply.dir).parent_path();
  CHECK((fs::status(directory).permissions() & fs::perms::mask) == fs::perms::owner_all);
  fs::remove_all(directory);
}

TEST_CASE("An upload to $$TMP$$ that fails leaves nothing", "[system]") {
  TempPlace place;
  Stage stage;
  CHECK(stage.upload(inline_upload("$$TMP$$", "script.sh", "echo")).ok);
  wire::Upload broken = inline_upload("$$TMP$$", "script.sh", "echo");
  SECTION("its content is wrong") { broken.md5[0] ^= 1; }
  SECTION("its name is none") { broken.name = "../script.sh"; }
  CHECK_FALSE(stage.upload(broken).ok);
  CHECK(place.uploads() == 3);  // the agent's directory, and the first upload's with its file
}

TEST_CASE("Uploads of an agent that is killed go when it starts again", "[system]") {
  TempPlace place;
  Stage stage;
  REQUIRE(stage.upload(inline_upload("$$TMP$$", "script.sh", "echo")).ok);
  stage.agent.program().signal(SIGKILL);
  REQUIRE(place.uploads() == 3);
  stage.agent.restart();
  wait_until("nothing is left", [&] { return place.uploads() == 0; });
}

TEST_CASE("Outside of the configured directories nothing is listed, read or written", "[system]") {
  TempDir open;
  Stage stage("file.directories = " + open.path() + ", /nowhere\n");
  const std::string inside = open.write("x", "content");
  const std::string outside = stage.dir.write("secret", "not for you");
  const std::string why = "outside of the directories that this agent serves";
  fs::create_symlink(outside, open.file("link"));
  CHECK(stage.list(open.path()).ok);
  CHECK_THAT(stage.list(stage.dir.path()).msg, Catch::Contains(why));
  CHECK(stage.download(inside).ok);
  CHECK(stage.receive_blocks(7) == "content");
  CHECK_THAT(stage.download(outside).msg, Catch::Contains(why));
  CHECK_THAT(stage.download(open.file("link")).msg, Catch::Contains(why));
  CHECK(stage.upload(inline_upload(open.file("sub"), "y", "1")).ok);
  CHECK_THAT(stage.upload(inline_upload(stage.dir.file("sub"), "y", "1")).msg, Catch::Contains(why));
  CHECK(entries_in(stage.dir.path()) == 1);
}

TEST_CASE("Transfers beyond those at once wait in their order, and who would wait behind too many is told",
          "[system]") {
  BusyStage stage;
  for (int i = 32; i <= 1032; ++i) stage.send_offer(i);
  std::string tid;
  const wire::UploadReply refused = stage.next_reply(&tid);
  CHECK(tid == "busy-1032");
  CHECK_FALSE(refused.ok);
  CHECK(refused.msg == "too many files are being transferred (limit 32): too many wait for their turn");
  CHECK(refused.too_many);
  for (int i = 0; i < 3; ++i) {
    WireServer::Visit visit = std::move(stage.visits[static_cast<std::size_t>(i)]);
    const std::string number = number_of(visit);
    visit.socket.try_send("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\ncontent");
    CHECK(stage.next_reply(&tid).ok);
    CHECK(tid == "busy-" + number);
    stage.visits.push_back(stage.server.accept());
    CHECK(number_of(stage.visits.back()) == std::to_string(32 + i));
  }
  CHECK(stage.list(stage.dir.path()).files.size() >= 3);
}

TEST_CASE("Uploads that wait with their content do not fill the memory", "[system]") {
  BusyStage stage;
  wire::Upload upload = inline_upload(stage.dir.path(), "x", "content");
  upload.data = std::string(15'000'000, 'x');
  for (int i = 0; i < 5; ++i) stage.peer.send(upload, "large-" + std::to_string(i));
  std::string tid;
  const wire::UploadReply refused = stage.next_reply(&tid);
  CHECK(tid == "large-4");
  CHECK(refused.msg == "too many files are being transferred (limit 32): too much content waits");
  CHECK(refused.too_many);
}
