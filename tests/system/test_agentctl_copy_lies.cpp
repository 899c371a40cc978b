// agentctl cp from a machine that lies about its files.
#include <catch2/catch.hpp>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agent/data_codec.hpp"
#include "agent/wire/file.hpp"
#include "base/digest.hpp"
#include "tests/support/wire_agent.hpp"
#include "tests/system/ctl_scene.hpp"

using namespace test;
namespace fs = std::filesystem;
namespace wire = agent::wire;

namespace {

constexpr std::uint32_t kDirectory = 1U << 31;
constexpr std::uint32_t kLink = 1U << 27;

// It lists the same entries in every directory, and "x" is the content of each file.
class Liar : public CtlScene {
 public:
  // `refusal`: it lists nothing, and says why.
  explicit Liar(std::vector<wire::LsEntry> entries, std::string refusal = {})
      : entries_(std::move(entries)),
        refusal_(std::move(refusal)),
        agent_(WireAgent::connected(server.port(), {.id = "liar-1", .type = "exec-agent"})) {
    server.wait_for_agent("liar-1");
    fs::create_directory(dir.file("target"));
    thread_ = std::thread([this] { serve(); });
  }
  ~Liar() {
    server.kill();  // which ends the connection
    thread_.join();
  }
  Liar(const Liar&) = delete;
  Liar& operator=(const Liar&) = delete;

  // What is below the target, sorted.
  std::vector<std::string> copied() const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(dir.file("target")))
      names.push_back(fs::relative(entry.path(), dir.file("target")).string());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  void serve() {
    try {
      for (;;) answer(agent::Envelope::parse(agent_.peer().receive(10 * kPatience)));
    } catch (const std::exception&) {
    }
  }

  void answer(const agent::Envelope& message) {
    if (message.type() == wire::LsRequest::message.type) {
      wire::LsReply reply;
      reply.ok = refusal_.empty();
      reply.msg = refusal_;
      reply.files = entries_;
      agent_.peer().send(reply, message.tid());
    }
    if (message.type() != wire::DownloadRequest::message.type) return;
    wire::DownloadReply info;
    info.ok = refusal_.empty();
    info.msg = "open /srv: is a directory";
    if (!info.ok) return agent_.peer().send(info, message.tid());
    info.size = 1;
    info.block_size = 32768;
    info.md5 = agent::Md5::of("x");
    agent_.peer().send(info, message.tid());
    wire::DownloadData data;
    data.data = agent::encode_data("x", agent::DataForm::plain);
    agent_.peer().send(data, message.tid());
  }

  const std::vector<wire::LsEntry> entries_;
  const std::string refusal_;
  WireAgent agent_;
  std::thread thread_;
};

wire::LsEntry entry(std::string name, std::uint32_t mode) {
  wire::LsEntry entry;
  entry.name = std::move(name);
  entry.mod = mode;
  return entry;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("agentctl cp writes no file whose name leads elsewhere", "[system]") {
  Liar liar({entry("..", kDirectory | 0755), entry("../up", 0644), entry("/tmp/agentctl-absolute", 0644),
             entry("%2e%2e%2Fup", 0644), entry("", 0644), entry(".", 0644), entry("a%00b", 0644),
             entry("a/b", 0644), entry(std::string(5000, 'n'), 0644), entry("good", 04755)});
  const CtlRun run = liar.run("agentctl cp -r liar-1:/srv $DIR/target");
  INFO(run.err);
  CHECK(run.code == 1);
  CHECK(count(run.err, "no name of a single file") == 9);
  CHECK(liar.copied() == std::vector<std::string>{"srv", "srv/good"});
  CHECK_FALSE(fs::exists(liar.dir.file("up")));
  CHECK_FALSE(fs::exists("/tmp/agentctl-absolute"));
  const fs::perms mode = fs::status(liar.dir.file("target/srv/good")).permissions();
  CHECK((mode & (fs::perms::set_uid | fs::perms::set_gid)) == fs::perms::none);
}

TEST_CASE("agentctl cp prints what a machine says without its control sequences", "[system]") {
  Liar liar({entry("\x1b]0;title\x07", kLink | 0777), entry("line\r\nline\x1b[2J", 0644)});
  const CtlRun run = liar.run("agentctl cp -r liar-1:/srv $DIR/target");
  CHECK(run.code == 1);
  for (const char c : run.err) CHECK((c == '\n' || c >= ' ' || c < 0));
  CHECK(run.err.find("\\x1b]0;title\\x07") != std::string::npos);
  CHECK(count(run.err, "\n") == 1);
}

TEST_CASE("agentctl cp takes a name once, and a link that a file replaces leads nowhere", "[system]") {
  Liar liar({entry("a", kLink | 0777), entry("a", 0644), entry("b", 0644), entry("b", kDirectory | 0755)});
  const CtlRun run = liar.run("agentctl cp -r liar-1:/srv $DIR/target");
  INFO(run.err);
  CHECK(run.code == 1);
  CHECK(count(run.err, "the machine lists it twice") == 2);
  CHECK(liar.copied() == std::vector<std::string>{"srv", "srv/b"});
}

TEST_CASE("agentctl cp leaves a tree that has no end", "[system]") {
  Liar liar({entry("d", kDirectory | 0755), entry("f", 0644)});
  const CtlRun run = liar.run("agentctl cp -r liar-1:/srv $DIR/target");
  CHECK(run.code == 1);
  CHECK(run.err.find("more than 64 directories deep") != std::string::npos);
}

TEST_CASE("agentctl cp says why a directory cannot be listed", "[system]") {
  Liar liar({}, "/srv: too many entries to list");
  const CtlRun tree = liar.run("agentctl cp -r liar-1:/srv $DIR/target");
  CHECK(tree.code == 1);
  CHECK(tree.err == "agentctl: /srv: too many entries to list\n");
  const CtlRun file = liar.run("agentctl cp liar-1:/srv $DIR/target");
  CHECK(file.err == "agentctl: open /srv: is a directory; copy it with -r\n");
}
