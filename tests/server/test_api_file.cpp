#include <catch2/catch.hpp>
#include <mutex>

#include "tests/server/file_script.hpp"
#include "tests/support/stable.hpp"

using namespace test;
namespace wire = agent::wire;
using namespace std::string_literals;

TEST_CASE("A directory is listed as the original lists it", "[server]") {
  FileFixture fixture;
  CHECK(stable(fixture.server.get("/api/file/f-1/ls?dir=/srv").body) ==
        R"({"code":200,"payload":[{"name":"www","auth":2147484141,"user":"root","group":"root","size":4096,)"
        R"("mod_time":1769904000,"is_dir":true,"is_link":false},)"
        R"({"name":"x<y","auth":134218239,"size":3,"mod_time":1769904001,"is_dir":false,"is_link":true,)"
        R"("link_dir":"/etc/x"}]})");
  CHECK(stable(fixture.server.get("/api/file/f-1/ls?dir=/empty").body) == R"({"code":200,"payload":[]})");
  CHECK(stable(fixture.server.get("/api/file/f-1/ls").body) == R"({"code":400,"msg":"Missing [dir]"})");
}

TEST_CASE("An agent's refusal to list is enveloped, an unknown agent is not", "[server]") {
  FileFixture fixture;
  fixture.script.refusal = "open /x: no such file or directory";
  CHECK(stable(fixture.server.get("/api/file/f-1/ls?dir=/x").body) ==
        R"({"code":503,"msg":"open /x: no such file or directory"})");
  fixture.script.refusal = "open /a\0b: invalid argument"s;
  CHECK(stable(fixture.server.get("/api/file/f-1/ls?dir=/a%00b").body) ==
        R"({"code":503,"msg":"open /a\u0000b: invalid argument"})");
  for (const char* target : {"/api/file/nobody/ls?dir=/x", "/api/file/nobody/download?dir=/x"}) {
    HttpReply reply = fixture.server.get(target);
    CHECK(reply.status == 404);
    CHECK(reply.body == "agent not found");
  }
  CHECK(fixture.upload(form_field("dir", "/x") + form_file("a", "1") + kFormEnd, "nobody").body ==
        "agent not found");
}

TEST_CASE("An agent that has no room for a transfer makes 429", "[server]") {
  FileFixture fixture;
  fixture.script.refusal = "all are busy";
  fixture.script.too_many = true;
  CHECK(fixture.download().status == 429);
  const HttpReply reply = fixture.upload(form_field("dir", "/srv") + form_file("a", "1") + kFormEnd);
  CHECK(reply.status == 429);
  CHECK_THAT(reply.head, Catch::Contains("Retry-After: 1\r\n"));
}

TEST_CASE("Files are served by exec-agents only", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("m-1", "metrics-agent"), test::stay_silent);
  CHECK(stable(server.get("/api/file/m-1/ls?dir=/x").body) ==
        R"({"code":424,"msg":"invalid agent type want [exec-agent] got [metrics-agent]"})");
}

TEST_CASE("A file is downloaded with its length and a guess at its type", "[server]") {
  FileFixture fixture;
  HttpReply reply = fixture.download();
  CHECK(reply.status == 200);
  CHECK_THAT(reply.head, Catch::Contains("Content-Length: 110000\r\n"));
  CHECK_THAT(reply.head, Catch::Contains("Content-Type: text/plain; charset=utf-8\r\n"));
  CHECK_THAT(reply.head, Catch::Contains("Last-Modified: "));
  CHECK(reply.body == fixture.script.content);
}

TEST_CASE("A large file is passed on while it arrives", "[server]") {
  FileFixture fixture;
  for (int i = 0; i < 200'000; ++i) fixture.script.content += std::to_string(i) + '\0';
  fixture.script.announced = fixture.script.content.size();
  HttpReply reply = fixture.download();
  CHECK(reply.status == 200);
  CHECK(reply.body.size() == fixture.script.content.size());
  CHECK(reply.body == fixture.script.content);
}

TEST_CASE("A large file that turns out wrong does not arrive whole", "[server]") {
  FileFixture fixture;
  fixture.script.content.resize(3'000'000, 'x');
  fixture.script.announced = fixture.script.content.size();
  fixture.script.damage = true;
  HttpReply reply = fixture.download();
  CHECK_THAT(reply.head, Catch::Contains("Content-Length: 3000000\r\n"));
  CHECK(reply.body.size() < 3'000'000);
}

TEST_CASE("An empty file is downloaded at once, with a block or without", "[server]") {
  FileFixture fixture;
  fixture.script.content = "";
  fixture.script.announced = 0;
  HttpReply reply = fixture.download();
  CHECK(reply.status == 200);
  CHECK_THAT(reply.head, Catch::Contains("Content-Length: 0\r\n"));
}

TEST_CASE("What the agent does wrong with a file is told raw", "[server]") {
  FileFixture fixture;
  int status = 500;
  std::string text;
  SECTION("refused") { fixture.script.refusal = "no such file", text = "no such file", status = 503; }
  SECTION("damaged") { fixture.script.damage = true, text = "invalid checksum"; }
  SECTION("offset") { fixture.script.wrong_offset = true, text = "invalid offset"; }
  SECTION("too long") { fixture.script.announced = 100, text = "more data than the announced 100 bytes"; }
  SECTION("broken off") { fixture.script.break_off = "read /x: bad", text = "read /x: bad", status = 503; }
  SECTION("leaves") { fixture.script.hang_up = true, text = "agent is gone", status = 410; }
  HttpReply reply = fixture.download();
  CHECK(reply.status == status);
  CHECK(reply.body == text);
}

TEST_CASE("An agent that does not answer in time is told in the envelope", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("f-1", "exec-agent"), test::stay_silent);
  CHECK(stable(server.get("/api/file/f-1/download?dir=/x&timeout=1").body) ==
        R"({"code":504,"msg":"timeout"})");
  CHECK_THAT(server.get("/api/file/f-1/download?dir=/x&timeout=0").body, Catch::Contains("\"code\":400"));
}

TEST_CASE("A small file is uploaded within the message", "[server]") {
  FileFixture fixture;
  HttpReply reply =
      fixture.upload(form_field("dir", "/srv") + form_field("mod", "4755") + form_field("own_user", "www") +
                     form_field("own_group", "adm") + form_file("a.txt", "content") + kFormEnd);
  CHECK(stable(reply.body) == kUploaded);
  REQUIRE(fixture.script.uploads.size() == 1);
  const wire::Upload& upload = fixture.script.uploads.front();
  CHECK(upload.dir == "/srv");
  CHECK(upload.name == "a.txt");
  CHECK(upload.mod == ((1u << 23) | 0755));
  CHECK(upload.own_user == "www");
  CHECK(upload.own_group == "adm");
  CHECK(upload.size == 7);
  CHECK(upload.md5 == agent::Md5::of("content"));
  CHECK(agent::decode_data(upload.data, 100) == "content");
  CHECK(upload.uri.empty());
  CHECK(upload.token.empty());
}

TEST_CASE("Fields may come behind the file", "[server]") {
  FileFixture fixture;
  CHECK(stable(fixture
                   .upload(form_file("a.txt", "content") + form_field("dir", "/srv") +
                           form_field("mod", "600") + kFormEnd)
                   .body) == kUploaded);
  CHECK(fixture.script.uploads.at(0).dir == "/srv");
  CHECK(fixture.script.uploads.at(0).mod == 0600);
}

TEST_CASE("An empty file is uploaded without data", "[server]") {
  FileFixture fixture;
  CHECK(stable(fixture.upload(form_field("dir", "/srv") + form_file("empty", "") + kFormEnd).body) ==
        kUploaded);
  CHECK(fixture.script.uploads.at(0).size == 0);
  CHECK(fixture.script.uploads.at(0).data.empty());
}

TEST_CASE("A large file is offered for fetching, as often and in such parts as the agent likes", "[server]") {
  FileFixture fixture;
  std::string content(1'100'000, 'x');
  for (std::size_t i = 0; i < content.size(); i += 7) content[i] = static_cast<char>(i);
  std::string first, again, part, by_name;
  int without = 0, wrong = 0;
  fixture.script.on_upload = [&](const wire::Upload& upload) {
    const std::string token = "X-Token: " + upload.token + "\r\n";
    first = fixture.server.get(upload.uri, token).body;
    again = fixture.server.get(upload.uri, token).body;
    part = fixture.server.get(upload.uri, token + "Range: bytes=1000000-\r\n").body;
    test::RawClient original(fixture.server.port);  // is configured with a name that the server does not know
    original.send("GET " + upload.uri +
                  " HTTP/1.1\r\nHost: agents.corp.example:13081\r\nConnection: close\r\n" +
                  "User-Agent: Go-http-client/1.1\r\n" + token + "\r\n");
    by_name = original.read_all();
    without = fixture.server.get(upload.uri).status;
    wrong = fixture.server.get(upload.uri, "X-Token: " + std::string(32, '0') + "\r\n").status;
  };
  CHECK(stable(fixture.upload(form_field("dir", "/srv") + form_file("big", content) + kFormEnd).body) ==
        kUploaded);
  const wire::Upload& upload = fixture.script.uploads.at(0);
  CHECK(upload.data.empty());
  CHECK(upload.token.size() == 32);
  CHECK(upload.size == content.size());
  CHECK(upload.md5 == agent::Md5::of(content));
  CHECK(upload.uri.starts_with("/api/file/upload/"));
  CHECK(first == content);
  CHECK(again == content);
  CHECK(part == content.substr(1'000'000));
  CHECK(by_name.ends_with("\r\n\r\n" + content));
  CHECK(without == 403);
  CHECK(wrong == 403);
  HttpReply late = fixture.server.get(upload.uri, "X-Token: " + upload.token + "\r\n");
  CHECK(late.status == 404);
  CHECK(late.body == "not found");
}

TEST_CASE("An upload's bad parameters are named", "[server]") {
  FileFixture fixture;
  const auto message_of = [&](const std::string& body) { return stable(fixture.upload(body).body); };
  const std::string dir = form_field("dir", "/srv");
  const std::string content = form_file("a", "content");
  CHECK(message_of(content + kFormEnd) == R"({"code":400,"msg":"Missing [dir]"})");
  CHECK(message_of(dir + kFormEnd) == R"({"code":400,"msg":"bad param: file:http: no such file"})");
  CHECK(message_of(dir + form_field("file", "x") + kFormEnd) ==
        R"({"code":400,"msg":"bad param: file:http: no such file"})");
  CHECK(message_of(dir + form_field("md5", std::string(32, '0')) + content + kFormEnd) ==
        R"({"code":400,"msg":"bad param: md5:invalid checksum"})");
  CHECK(message_of(dir + content + form_field("md5", std::string(32, '0')) + kFormEnd) ==
        R"({"code":400,"msg":"bad param: md5:invalid checksum"})");
  CHECK_THAT(message_of(dir + form_field("md5", "xyz") + content + kFormEnd),
             Catch::Contains("bad param: md5:"));
  CHECK_THAT(message_of(dir + form_field("mod", "0999") + content + kFormEnd),
             Catch::Contains("bad param: mod:"));
  CHECK_THAT(message_of(dir + form_field("timeout", "soon") + content + kFormEnd),
             Catch::Contains("bad param: timeout:"));
  CHECK_THAT(message_of(dir + form_file("..", "x") + kFormEnd), Catch::Contains("bad param: file:"));
  CHECK_THAT(message_of(dir + content), Catch::Contains("without the final boundary"));
  CHECK_THAT(message_of("{}"), Catch::Contains("\"code\":400"));
  CHECK(fixture.script.uploads.empty());
}

TEST_CASE("A form that is not multipart is refused as the originals refuse it", "[server]") {
  FileFixture fixture;
  const auto message_of = [&](const std::string& type, const std::string& body) {
    return stable(fixture.server.request("POST", "/api/file/f-1/upload", type, body).body);
  };
  const std::string missing_dir = R"({"code":400,"msg":"Missing [dir]"})";
  const std::string not_multipart =
      R"({"code":400,"msg":"bad param: file:request Content-Type isn't multipart/form-data"})";
  CHECK(message_of("", "") == missing_dir);
  CHECK(message_of("Content-Type: application/json\r\n", "{}") == missing_dir);
  CHECK(message_of("Content-Type: multipart/form-data\r\n", "x") == missing_dir);
  const std::string urlencoded = "Content-Type: Application/x-www-form-urlencoded ; charset=utf-8\r\n";
  CHECK(message_of(urlencoded, "mod=0644") == missing_dir);
  CHECK(message_of(urlencoded, "mod=0644&dir=%2Fsrv") == not_multipart);
  CHECK_THAT(message_of(urlencoded, std::string(1024 * 1024 + 1, 'x')), Catch::Contains("\"code\":413"));
  CHECK(fixture.script.uploads.empty());
}

TEST_CASE("A right digest is accepted in any case", "[server]") {
  FileFixture fixture;
  CHECK(stable(fixture
                   .upload(form_field("dir", "/srv") + form_field("md5", "9A0364B9E99BB480DD25E1F0284C8555") +
                           form_file("a", "content") + kFormEnd)
                   .body) == kUploaded);
}

TEST_CASE("An upload that fails says why", "[server]") {
  FileFixture fixture;
  const std::string body = form_field("dir", "/srv") + form_file("a", "content") + kFormEnd;
  SECTION("the agent refuses") {
    fixture.script.refusal = "write /srv/a: no space left on device";
    CHECK(stable(fixture.upload(body).body) ==
          R"({"code":503,"msg":"write /srv/a: no space left on device"})");
  }
  SECTION("the agent leaves") {
    fixture.script.hang_up = true;
    HttpReply reply = fixture.upload(body);
    CHECK(reply.status == 410);
    CHECK(reply.body == "agent is gone");
  }
}

TEST_CASE("Every upload is recorded, with what became of it", "[server]") {
  FileFixture fixture;
  std::mutex mutex;
  std::vector<server::UploadRecord> records;
  fixture.server.api().files().set_audit([&](const server::UploadRecord& record) {
    std::lock_guard lock(mutex);
    records.push_back(record);
  });
  fixture.upload(form_field("dir", "/srv") + form_file("a", "content") + kFormEnd);
  fixture.upload(form_field("dir", "/srv") + form_field("md5", std::string(32, '0')) +
                 form_file("b", "content") + kFormEnd);
  std::lock_guard lock(mutex);
  REQUIRE(records.size() == 2);
  CHECK(records[0].agent == "f-1");
  CHECK(records[0].from == "127.0.0.1");
  CHECK(records[0].path == "/srv/a");
  CHECK(records[0].size == 7);
  CHECK(records[0].error.empty());
  CHECK(records[1].path == "/srv/b");
  CHECK(records[1].error == "bad param: md5:invalid checksum");
}

TEST_CASE("The audit log says who looked at which files, and how it went", "[server]") {
  FileFixture fixture;
  const auto expect = [&](const std::string& action, const std::string& what, const std::string& result) {
    fixture.server.wait_for_audit(R"("action":")" + action +
                                  R"(","who":"","from":"127.0.0.1","agent":"f-1","what":")" + what +
                                  R"(","result":")" + result + "\"}");
  };
  fixture.server.get("/api/file/f-1/ls?dir=/srv");
  expect("ls", "/srv", "ok");
  fixture.download();
  expect("download", "/x", "110000 bytes");
  fixture.server.request("HEAD", "/api/file/f-1/download?dir=/head");
  expect("download", "/head", "not sent");
  fixture.script.content.resize(3'000'000, 'x');
  fixture.script.announced = fixture.script.content.size();
  fixture.script.damage = true;
  fixture.server.get("/api/file/f-1/download?dir=/damaged");
  fixture.server.wait_for_audit(R"("what":"/damaged","result":"broken off after )");
  fixture.script.refusal = "open /y: Permission denied";
  fixture.server.get("/api/file/f-1/ls?dir=/y");
  expect("ls", "/y", "open /y: Permission denied");
  fixture.server.get("/api/file/f-1/download?dir=/z");
  expect("download", "/z", "503 open /y: Permission denied");
}

TEST_CASE("An agent that fetches an upload with a wrong token is in the audit log", "[server]") {
  FileFixture fixture;
  std::string task;
  fixture.script.on_upload = [&](const wire::Upload& upload) {
    const std::string path = upload.uri.substr(upload.uri.find("/api/file/"));
    CHECK(fixture.server.get(path, "X-Token: wrong\r\n").status == 403);
    task = path;
  };
  fixture.upload(form_field("dir", "/srv") + form_file("a", std::string(2'000'000, 'x')) + kFormEnd);
  REQUIRE(!task.empty());
  fixture.server.wait_for_audit(R"("action":"refused_token","who":"","from":"127.0.0.1","what":"GET )" +
                                task + R"(","result":"unknown upload token"})");
}
