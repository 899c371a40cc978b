// Downloads in parts, on conditions and of odd files, through the real programs.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <limits>

#include "agent/wire/file.hpp"
#include "base/digest.hpp"
#include "net/bulk.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/wire_agent.hpp"
#include "tests/system/programs.hpp"

using namespace test;
using agent::net::BulkKind;
namespace fs = std::filesystem;
namespace wire = agent::wire;

namespace {

std::string numbers(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  return text.substr(0, size);
}

struct Downloads {
  explicit Downloads(const std::string& settings = {})
      : server(settings), agent(server.address(), "files-1", "", kExecAgentProgram) {
    server.wait_for_agent("files-1");
  }

  HttpReply get(const std::string& path, const Headers& headers = {}, const std::string& method = "GET") {
    HttpClient client = server.client();
    client.send_request(method, "/api/file/files-1/download?dir=" + path, headers);
    return client.read_reply(kPatience, method);
  }
  // Its tag, once it has settled to a strong one.
  std::string tag_of(const std::string& path) {
    std::string tag;
    wait_until("a strong tag", [&] {
      tag = get(path, {}, "HEAD").header("ETag");
      return tag.starts_with('"');
    });
    return tag;
  }

  TempDir dir;
  ServerProgram server;
  AgentProgram agent;
};

}  // namespace

TEST_CASE("A range of a file is sent, and no other byte", "[system]") {
  Downloads downloads;
  const std::string content = numbers(5'000'000);
  const std::string path = downloads.dir.write("x", content);
  struct Case {
    std::string range;
    std::size_t begin, end;
  };
  for (const auto& [range, begin, end] :
       {Case{"bytes=0-0", 0, 1}, Case{"bytes=100-199", 100, 200},
        Case{"bytes=4999999-", 4'999'999, 5'000'000}, Case{"bytes=-1000", 4'999'000, 5'000'000},
        Case{"bytes=0-", 0, 5'000'000}, Case{"bytes=1000000-9999999999", 1'000'000, 5'000'000},
        Case{"bytes=-9999999", 0, 5'000'000}, Case{"bytes=0-18446744073709551615", 0, 5'000'000}}) {
    INFO(range);
    const HttpReply reply = downloads.get(path, {{"Range", range}});
    CHECK(reply.status == 206);
    CHECK(reply.header("Content-Range") ==
          "bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/5000000");
    CHECK(reply.header("Content-Length") == std::to_string(end - begin));
    CHECK((reply.body == content.substr(begin, end - begin)));
  }
}

TEST_CASE("A range behind the end is 416 with the size", "[system]") {
  Downloads downloads;
  const std::string path = downloads.dir.write("x", "0123456789");
  const std::string empty = downloads.dir.write("empty", "");
  for (const char* range : {"bytes=10-", "bytes=10-20", "bytes=-0"}) {
    const HttpReply reply = downloads.get(path, {{"Range", range}});
    CHECK(reply.status == 416);
    CHECK(reply.header("Content-Range") == "bytes */10");
  }
  CHECK(downloads.get(empty, {{"Range", "bytes=0-"}}).status == 416);
  CHECK(downloads.get(path, {{"Range", "bytes=2-1"}}).body == "0123456789");
  CHECK(downloads.get(path, {{"Range", "bytes=0-1,4-5"}}).status == 200);
}

TEST_CASE("A part has the type of its file", "[system]") {
  Downloads downloads;
  const std::string path = downloads.dir.write("x", "%PDF-1.7\n" + std::string(2000, 'a'));
  CHECK(downloads.get(path).header("Content-Type") == "application/pdf");
  CHECK(downloads.get(path, {{"Range", "bytes=1500-"}}).header("Content-Type") == "application/pdf");
  CHECK(downloads.get(path, {}, "HEAD").header("Content-Type") == "application/pdf");
}

TEST_CASE("A download that broke off goes on only while the file is the same", "[system]") {
  Downloads downloads;
  const std::string path = downloads.dir.write("x", std::string(3000, 'a'));
  const std::string tag = downloads.tag_of(path);
  const Headers resume{{"Range", "bytes=1000-"}, {"If-Range", tag}};
  HttpReply reply = downloads.get(path, resume);
  CHECK(reply.status == 206);
  CHECK(reply.body == std::string(2000, 'a'));
  const std::string date(reply.header("Last-Modified"));
  CHECK(downloads.get(path, {{"Range", "bytes=0-"}, {"If-Range", date}}).status == 200);
  CHECK(downloads.get(path, {{"Range", "bytes=0-"}, {"If-Range", "W/" + tag}}).status == 200);
  downloads.dir.write("x", std::string(3000, 'b'));
  reply = downloads.get(path, resume);
  CHECK(reply.status == 200);
  CHECK(reply.body == std::string(3000, 'b'));
}

TEST_CASE("A file that the client has is not sent again", "[system]") {
  Downloads downloads;
  const std::string path = downloads.dir.write("x", std::string(3000, 'a'));
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(1));
  const std::string tag = downloads.tag_of(path);
  const std::string date(downloads.get(path).header("Last-Modified"));
  for (const Headers& condition : {Headers{{"If-None-Match", tag}}, Headers{{"If-Modified-Since", date}}}) {
    for (const char* method : {"GET", "HEAD"}) {
      const HttpReply reply = downloads.get(path, condition, method);
      CHECK(reply.status == 304);
      CHECK(reply.header("ETag") == tag);
      CHECK(reply.header("Content-Length").empty());
    }
  }
  CHECK(downloads.get(path, {{"If-Match", "\"other\""}}).status == 412);
  downloads.dir.write("x", std::string(3000, 'b'));
  CHECK(downloads.get(path, {{"If-None-Match", tag}}).body == std::string(3000, 'b'));
  CHECK(downloads.get(path, {{"If-Modified-Since", date}}).status == 200);
}

TEST_CASE("A look at a file tells what a download would", "[system]") {
  Downloads downloads;
  const std::string path = downloads.dir.write("x", std::string(3'000'000, 'a'));
  const std::string tag = downloads.tag_of(path);
  const HttpReply look = downloads.get(path, {{"Range", "bytes=5-9"}}, "HEAD");
  const HttpReply whole = downloads.get(path);
  CHECK(look.status == 200);
  for (const char* name : {"Content-Length", "Content-Type", "ETag", "Last-Modified", "Accept-Ranges"}) {
    CHECK(look.header(name) == whole.header(name));
  }
  CHECK(whole.header("Content-Length") == "3000000");
  CHECK(whole.header("ETag") == tag);
}

TEST_CASE("Files of /proc and /sys come whole, in every way to send them", "[system]") {
  Downloads downloads(GENERATE(as<std::string>{}, "", "capabilities = none\n"));
  for (const std::string& path : {std::string("/proc/version"), std::string("/proc/filesystems"),
                                  std::string("/sys/kernel/mm/transparent_hugepage/enabled")}) {
    INFO(path);
    const HttpReply reply = downloads.get(path, {{"Range", "bytes=0-1"}});
    CHECK(reply.status == 200);
    CHECK(reply.body == read_file(path));
    CHECK_FALSE(reply.body.empty());
    CHECK(reply.header("ETag").empty());
  }
}

TEST_CASE("A log that is written to comes as far as it went", "[system]") {
  Downloads downloads(GENERATE(as<std::string>{}, "", "capabilities = none\n"));
  const std::string content = numbers(60'000'000);
  const std::string path = downloads.dir.write("log", content);
  HttpClient client = downloads.server.client();
  client.send_request("GET", "/api/file/files-1/download?dir=" + path);
  const std::string first = client.socket().receive(kPatience, 100'000);
  std::ofstream(path, std::ios::app) << "one line more\n";
  std::string all = first;
  const std::size_t head = all.find("\r\n\r\n") + 4;
  while (all.size() < head + content.size()) {
    const std::string piece = client.socket().receive();
    if (piece.empty()) break;
    all += piece;
  }
  CHECK((all.substr(head) == content));
}

TEST_CASE("A file that shrinks or is replaced on the way does not arrive whole", "[system]") {
  Downloads downloads;
  const std::string content = numbers(60'000'000);
  const std::string path = downloads.dir.write("x", content);
  HttpClient client = downloads.server.client();
  client.send_request("GET", "/api/file/files-1/download?dir=" + path);
  std::string all = client.socket().receive(kPatience, 1000);
  SECTION("shrinks") { fs::resize_file(path, 10'000'000); }
  SECTION("is replaced") { fs::rename(downloads.dir.write("new", content), path); }
  for (std::string piece = "x"; !piece.empty(); all += piece) {
    try {
      piece = client.socket().receive();
    } catch (const std::runtime_error&) {
      break;  // reset
    }
  }
  CHECK(all.size() > 1000);
  CHECK(all.size() < content.size());
}

TEST_CASE("A name of any bytes is listed, and fetched as it is listed", "[system]") {
  Downloads downloads;
  fs::create_directory(downloads.dir.file("d\xE9"));
  const auto percent = [](const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '%' ? std::string("%25") : c == '\\' ? "%5C" : std::string(1, c);
    return out;
  };
  for (const std::string& name : {std::string("caf\xE9"), std::string("50%\xFF"), std::string("a\\b")}) {
    downloads.dir.write("d\xE9/" + name, name);
  }
  const std::string listed = downloads.server.get("/api/file/files-1/ls?dir=" + downloads.dir.path());
  CHECK(json_at(listed, "payload.0.name") == "d%E9");
  const std::string inside = downloads.dir.file("d%E9");
  std::vector<std::string> names;
  for (const char* index : {"0", "1", "2"}) {
    // as text out of the list, and as the bytes that it stands for
    for (const std::string& dir : {percent(inside), inside}) {
      const std::string list = downloads.server.get("/api/file/files-1/ls?dir=" + dir);
      const std::string name = json_at(list, std::string("payload.") + index + ".name");
      names.push_back(name);
      const HttpReply reply = downloads.get(percent(inside) + "/" + percent(name));
      CHECK(reply.status == 200);
      CHECK(fs::exists(downloads.dir.file("d\xE9/" + reply.body)));
    }
  }
  CHECK(names == std::vector<std::string>{"50%25%FF", "50%25%FF", "a\\b", "a\\b", "caf%E9", "caf%E9"});
  CHECK(downloads.get(inside + "/caf%E9").body == "caf\xE9");
  CHECK(downloads.get(inside + "/50%25%FF").body == "50%\xFF");
  CHECK(downloads.get(downloads.dir.file("missing%E9")).status == 503);
}

TEST_CASE("An agent of ours that knows no parts sends all of a file, which is seen", "[system]") {
  ServerProgram server;
  WireAgentOptions options{.id = "old-1", .type = "exec-agent"};
  WireAgent agent(server.port(), options);
  REQUIRE(agent.upgrade() == 101);
  wire::Come come = make_come(options);
  come.caps = {"stream"};
  REQUIRE(agent.handshake(come).ok);
  HttpClient client = server.client();
  client.send_request("GET", "/api/file/old-1/download?dir=/x", {{"Range", "bytes=2-3"}});
  const agent::Envelope message = agent::Envelope::parse(agent.peer().receive_type(24));
  const auto request = message.payload<wire::DownloadRequest>();
  CHECK(request.offset == 2);
  CHECK(request.length == 2);
  const std::string content = "0123456789";
  wire::DownloadReply reply;
  reply.ok = true;
  reply.size = content.size();
  agent.peer().send(reply, message.tid());
  const auto send = [&](BulkKind kind, std::string_view bytes) {
    agent.peer().send_frame(
        {.opcode = Opcode::binary, .payload = agent::net::encode_bulk(kind, request.stream, bytes)});
  };
  for (Frame frame; frame.opcode != Opcode::binary;) frame = agent.peer().receive_frame();  // the credit
  send(BulkKind::data, content);
  const auto md5 = agent::Md5::of(content);
  send(BulkKind::end, std::string(md5.begin(), md5.end()));
  const HttpReply answer = client.read_reply();
  CHECK(answer.status == 200);
  CHECK(answer.body == content);
  CHECK(answer.header("Accept-Ranges") == "none");
}

TEST_CASE("An agent cannot put a header into a reply", "[system]") {
  ServerProgram server;
  WireAgentOptions options{.id = "evil-1", .type = "exec-agent"};
  WireAgent agent(server.port(), options);
  REQUIRE(agent.upgrade() == 101);
  wire::Come come = make_come(options);
  come.caps = {"stream"};
  REQUIRE(agent.handshake(come).ok);
  HttpClient client = server.client();
  client.send_request("GET", "/api/file/evil-1/download?dir=/x", {{"Range", "bytes=2-3"}});
  const agent::Envelope message = agent::Envelope::parse(agent.peer().receive_type(24));
  wire::DownloadReply reply;
  reply.ok = true;
  reply.size = 10;
  reply.etag = "\"x\"";
  SECTION("in a tag") { reply.etag = "\"x\"\r\nSet-Cookie: a=b"; }
  SECTION("or send another part than was asked for") {
    reply.part = true;
    reply.offset = 3;
    reply.length = 2;
  }
  SECTION("or one beyond the end") {
    reply.part = true;
    reply.offset = 2;
    reply.length = std::numeric_limits<std::uint64_t>::max();
  }
  agent.peer().send(reply, message.tid());
  const HttpReply answer = client.read_reply();
  CHECK(answer.status == 500);
  CHECK(answer.header("Set-Cookie").empty());
}
