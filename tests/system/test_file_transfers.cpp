// Files from client to agent and back through the real server, between our own programs and as with
// originals.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <future>
#include <random>

#include "base/digest.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/system/programs.hpp"

using namespace test;
namespace fs = std::filesystem;

namespace {

std::string some_bytes(std::size_t size, unsigned seed = 7) {
  std::minstd_rand random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string field(const std::string& name, const std::string& value) {
  return "--xyz\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
}

std::string file_part(const std::string& name, const std::string& content) {
  return "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
         "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + content + "\r\n";
}

const Headers kForm{{"Content-Type", "multipart/form-data; boundary=xyz"}};

struct Transfers {
  explicit Transfers(const std::string& settings = {})
      : server(settings), agent(server.address(), "files-1", "", kExecAgentProgram) {
    server.wait_for_agent("files-1");
  }

  HttpReply download(const std::string& path) {
    return server.client().get("/api/file/files-1/download?dir=" + path);
  }
  HttpReply upload(const std::string& body) {
    return server.client().request("POST", "/api/file/files-1/upload", kForm, body);
  }
  HttpReply upload(const std::string& directory, const std::string& name, const std::string& content) {
    return upload(field("dir", directory) + file_part(name, content) + "--xyz--\r\n");
  }
  bool answers() { return json_at(server.get("/api/file/files-1/ls?dir=" + dir.path()), "code") == "200"; }

  TempDir dir;
  ServerProgram server;
  AgentProgram agent;
};

// What transfers cost both sides from here on.
struct TransferMemory {
  explicit TransferMemory(Transfers& transfers)
      : server(transfers.server.program().pid()), agent(transfers.agent.program().pid()) {}
  void check(std::size_t bytes = 8 * 1024 * 1024) const {
    check_extra_memory(server, bytes);
    check_extra_memory(agent, bytes);
  }
  const ExtraMemory server;
  const ExtraMemory agent;
};

// With streams, and with blocks and fetches as originals have them.
std::string mode() { return GENERATE(as<std::string>{}, "", "capabilities = none\n"); }

std::size_t entries_in(const std::string& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("Files of every size go to an agent and come back", "[system]") {
  Transfers transfers(mode());
  for (const std::size_t size : {0u, 1u, 32'768u, 1'048'576u, 1'048'577u, 9'000'000u}) {
    INFO(size);
    const std::string content = some_bytes(size);
    CHECK(json_at(transfers.upload(transfers.dir.file("new"), "x", content).body, "code") == "200");
    CHECK(read_file(transfers.dir.file("new/x")) == content);
    const HttpReply reply = transfers.download(transfers.dir.file("new/x"));
    CHECK(reply.status == 200);
    CHECK(reply.header("Content-Length") == std::to_string(size));
    CHECK(reply.body == content);
  }
  CHECK(entries_in(transfers.dir.file("new")) == 1);
}

TEST_CASE("A large upload's mode and digest are heeded", "[system]") {
  Transfers transfers(mode());
  const std::string content = some_bytes(3'000'000);
  const auto send = [&](const std::string& md5, bool behind) {
    const std::string digest = field("md5", md5);
    return transfers.upload(field("dir", transfers.dir.path()) + field("mod", "0600") +
                            (behind ? "" : digest) + file_part("x", content) + (behind ? digest : "") +
                            "--xyz--\r\n");
  };
  const bool behind = GENERATE(false, true);
  CHECK(json_at(send(std::string(32, '0'), behind).body, "msg") == "bad param: md5:invalid checksum");
  CHECK_FALSE(fs::exists(transfers.dir.file("x")));
  CHECK(json_at(send(agent::hex(agent::Md5::of(content)), behind).body, "code") == "200");
  CHECK(read_file(transfers.dir.file("x")) == content);
  CHECK((fs::status(transfers.dir.file("x")).permissions() & fs::perms::mask) ==
        (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("A file that comes before the field that says where it goes is uploaded, too", "[system]") {
  Transfers transfers(mode());
  const std::string content = some_bytes(3'000'000);
  const HttpReply reply =
      transfers.upload(file_part("x", content) + field("dir", transfers.dir.path()) + "--xyz--\r\n");
  CHECK(json_at(reply.body, "code") == "200");
  CHECK(read_file(transfers.dir.file("x")) == content);
}

TEST_CASE("One of two uploads to one file at once is there, whole", "[system]") {
  Transfers transfers(mode());
  const std::string first = some_bytes(5'000'000, 1);
  const std::string second = some_bytes(5'000'000, 2);
  auto other = std::async(std::launch::async,
                          [&] { return transfers.upload(transfers.dir.path(), "x", first).status; });
  CHECK(transfers.upload(transfers.dir.path(), "x", second).status == 200);
  CHECK(other.get() == 200);
  const std::string content = read_file(transfers.dir.file("x"));
  CHECK((content == first || content == second));
  CHECK(entries_in(transfers.dir.path()) == 1);
}

TEST_CASE("What cannot be downloaded is refused at once", "[system]") {
  Transfers transfers(mode());
  REQUIRE(::mkfifo(transfers.dir.file("fifo").c_str(), 0600) == 0);
  for (const std::string& path : {transfers.dir.path(), transfers.dir.file("fifo"), std::string("/dev/zero"),
                                  transfers.dir.file("missing")}) {
    INFO(path);
    const HttpReply reply = transfers.download(path);
    CHECK(reply.status == 503);
    CHECK(reply.body.find(path) != std::string::npos);
  }
  CHECK(transfers.answers());
}

TEST_CASE("An upload that the agent refuses says why, and stops early", "[system]") {
  Transfers transfers(mode());
  transfers.dir.write("file", "");
  const std::string content = some_bytes(9'000'000);
  CHECK(json_at(transfers.upload(transfers.dir.file("file/sub"), "x", content).body, "msg")
            .find("Not a directory") != std::string::npos);
  const HttpReply reply =
      transfers.upload(field("dir", transfers.dir.path()) + field("own_user", "no-such-user") +
                       file_part("x", content) + "--xyz--\r\n");
  CHECK(json_at(reply.body, "code") == "503");
  CHECK(json_at(reply.body, "msg") == "unknown user no-such-user");
  CHECK(entries_in(transfers.dir.path()) == 1);
}

TEST_CASE("A disk that is full at the agent is told, and the old file stays", "[system]") {
  Transfers transfers(mode());
  SmallDisk disk(transfers.dir.file("small"));
  if (!disk.is_mounted()) return;
  transfers.dir.write("small/x", "old");
  const HttpReply reply = transfers.upload(transfers.dir.file("small"), "x", some_bytes(8'000'000));
  CHECK(json_at(reply.body, "code") == "503");
  CHECK(json_at(reply.body, "msg").find("No space left on device") != std::string::npos);
  CHECK(read_file(transfers.dir.file("small/x")) == "old");
  CHECK(entries_in(transfers.dir.file("small")) == 1);
}

TEST_CASE("A disk that is full at the server is told, and stays usable", "[system]") {
  TempDir cache;
  SmallDisk disk(cache.file("small"));
  if (!disk.is_mounted()) return;
  Transfers transfers("capabilities = none\ncache_dir = " + cache.file("small/cache") + "\n");
  const HttpReply reply = transfers.upload(transfers.dir.path(), "x", some_bytes(8'000'000));
  CHECK(json_at(reply.body, "code") == "500");
  CHECK(json_at(reply.body, "msg").find("No space left on device") != std::string::npos);
  CHECK(entries_in(transfers.dir.path()) == 0);
  CHECK(json_at(transfers.upload(transfers.dir.path(), "x", some_bytes(1'500'000)).body, "code") == "200");
}

TEST_CASE("An upload without its end leaves nothing", "[system]") {
  Transfers transfers(mode());
  transfers.dir.write("x", "old");
  const std::string body = field("dir", transfers.dir.path()) + file_part("x", some_bytes(4'000'000));
  CHECK(json_at(transfers.upload(body).body, "code") == "400");
  HttpClient client = transfers.server.client();
  client.send_bytes(
      "POST /api/file/files-1/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 90000000\r\n"
      "Content-Type: multipart/form-data; boundary=xyz\r\n\r\n" +
      body);
  client.close();
  CHECK(transfers.answers());
  wait_until("nothing is left", [&] { return entries_in(transfers.dir.path()) == 1; });
  CHECK(read_file(transfers.dir.file("x")) == "old");
}

TEST_CASE("An agent that dies during a transfer ends it with 410", "[system]") {
  Transfers transfers(mode());
  HttpClient client = transfers.server.client();
  const std::string body =
      field("dir", transfers.dir.path()) + file_part("x", some_bytes(12'000'000)) + "--xyz--\r\n";
  client.send_bytes(
      "POST /api/file/files-1/upload HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\nExpect: 100-continue\r\nContent-Type: multipart/form-data; boundary=xyz\r\n\r\n");
  CHECK(client.socket().receive() == "HTTP/1.1 100 Continue\r\n\r\n");  // the agent has been found
  client.send_bytes(body.substr(0, 4'000'000));
  transfers.agent.program().signal(SIGKILL);
  transfers.server.wait_for_loss("files-1");
  client.socket().try_send(body.substr(4'000'000));
  CHECK(client.read_reply().status == 410);
}

TEST_CASE("A client that does not read holds up nothing but its own download", "[system]") {
  Transfers transfers(mode());
  const std::string path = transfers.dir.file("big");
  transfers.dir.write("big", "");
  fs::resize_file(path, 300'000'000);
  const TransferMemory memory(transfers);
  HttpClient slow = transfers.server.client();
  slow.send_request("GET", "/api/file/files-1/download?dir=" + path);
  CHECK_FALSE(slow.socket().receive(kPatience, 1).empty());
  for (int i = 0; i < 20; ++i) CHECK(transfers.answers());
  const std::string small = transfers.dir.write("small", "content");
  CHECK(transfers.download(small).body == "content");
  memory.check();
}

TEST_CASE("A transfer takes no more memory when the file is large", "[system]") {
  Transfers transfers(mode());
  // The first transfer starts threads and maps code, about 4 MB in the server, whatever the size.
  CHECK(json_at(transfers.upload(transfers.dir.path(), "small", "content").body, "code") == "200");
  CHECK(transfers.download(transfers.dir.file("small")).body == "content");
  const TransferMemory memory(transfers);
  const std::string path = transfers.dir.file("big");
  transfers.dir.write("big", "");
  fs::resize_file(path, 64 * 1024 * 1024);
  const std::string content = transfers.download(path).body;
  CHECK(content.size() == 64 * 1024 * 1024);
  CHECK(json_at(transfers.upload(transfers.dir.path(), "x", content).body, "code") == "200");
  memory.check(5 * 1024 * 1024);
}

TEST_CASE("Many files travel at once, each to its place", "[system]") {
  Transfers transfers(mode());
  std::vector<std::future<bool>> all;
  for (unsigned i = 0; i < 8; ++i) {
    all.push_back(std::async(std::launch::async, [&transfers, i] {
      const std::string name = "f" + std::to_string(i);
      const std::string content = some_bytes(2'000'000 + i, i + 1);
      if (json_at(transfers.upload(transfers.dir.path(), name, content).body, "code") != "200") return false;
      return transfers.download(transfers.dir.file(name)).body == content;
    }));
  }
  for (auto& one : all) CHECK(one.get());
}

// All have begun before the first can end, because the end of each is still with its client.
TEST_CASE("Sixty-four uploads at once all arrive, those beyond the agent's limit in their turn", "[system]") {
  Transfers transfers(mode());
  const std::string content = some_bytes(1'200'000);
  const std::string end = "\r\n--xyz--\r\n";
  std::vector<HttpClient> clients;
  for (int i = 0; i < 64; ++i) {
    const std::string body = field("dir", transfers.dir.path()) + file_part("f" + std::to_string(i), content);
    const std::string text = body.substr(0, body.size() - 2);
    clients.push_back(transfers.server.client());
    clients.back().send_bytes("POST /api/file/files-1/upload HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                              std::to_string(text.size() + end.size()) +
                              "\r\nContent-Type: multipart/form-data; boundary=xyz\r\n\r\n" + text);
  }
  CHECK(transfers.answers());
  for (HttpClient& client : clients) client.send_bytes(end);
  for (HttpClient& client : clients) CHECK(json_at(client.read_reply().body, "code") == "200");
  CHECK(entries_in(transfers.dir.path()) == 64);
  for (int i = 0; i < 64; ++i) CHECK((read_file(transfers.dir.file("f" + std::to_string(i))) == content));
}

TEST_CASE("Sixty-four downloads at once all arrive", "[system]") {
  Transfers transfers(mode());
  const std::string content = some_bytes(300'000);
  transfers.dir.write("x", content);
  std::vector<HttpClient> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(transfers.server.client());
    clients.back().send_request("GET", "/api/file/files-1/download?dir=" + transfers.dir.file("x"));
  }
  for (HttpClient& client : clients) CHECK((client.read_reply().body == content));
}
