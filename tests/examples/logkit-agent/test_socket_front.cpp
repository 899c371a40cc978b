#include "examples/logkit-agent/read/socket_front.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <utility>

#include "stream_scene.hpp"
#include "stream_sender.hpp"

using namespace logkit;

namespace {

using Texts = std::vector<std::string>;

struct Scene : test::StreamScene {
  explicit Scene(const std::string& address, const std::string& more = "",
                 const agent::AllowedDirectories& roots = {})
      : StreamScene(R"("mode": "socket", "socket_service_address": ")" + address + "\"" + more,
                    [&](const StreamSource& from, LineSpool& to) {
                      return std::make_unique<SocketFront>(from, to, roots);
                    }) {}
  // The address, once it is listened on.
  std::string address() {
    const auto status = [&] { return front->status(); };
    test::wait_until("it is listened on", [&] {
      return status().problem.empty() && !status().name.ends_with(":0") &&
             (!source.socket.address.is_unix() || std::filesystem::exists(source.socket.address.path));
    });
    return status().name;
  }
};

unsigned mode_of(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

}  // namespace

TEST_CASE("Lines of several connections arrive with the addresses of their senders", "[examples]") {
  Scene scene("tcp://:0");
  test::StreamSender one = test::connect_sender(scene.address());
  test::StreamSender two = test::connect_sender(scene.address());
  one.send("a\nb");
  two.send("c\r\n");
  scene.wait_for(2);
  CHECK(std::set(scene.lines.begin(), scene.lines.end()) == std::set<std::string>{"a", "c"});
  CHECK(std::set(scene.sources.begin(), scene.sources.end()).size() == 2);
  CHECK(scene.sources.front().starts_with("127.0.0.1:"));
  CHECK(scene.front->status().connections == 2);
  one.socket.close();
  scene.wait_for(3);
  CHECK(scene.lines.back() == "b");
}

TEST_CASE("Counted messages of syslog arrive whole whatever pieces they come in", "[examples]") {
  Scene scene("tcp://127.0.0.1:0", R"(, "socket_rule": "syslog")");
  test::StreamSender sender = test::connect_sender(scene.address());
  const std::string stream = "6 <1>a\nb7 <2>last<3>line\n";
  for (const char c : stream) sender.send({&c, 1});
  scene.wait_for(3);
  CHECK(scene.lines == Texts{"<1>a\nb", "<2>last", "<3>line"});
}

TEST_CASE("A line beyond the limit is cut and the connection goes on", "[examples]") {
  Scene scene("tcp://:0");
  test::StreamSender sender = test::connect_sender(scene.address());
  sender.send(std::string(1'000'000, 'x') + "\nnext\n");
  scene.wait_for(2);
  CHECK(scene.lines[0].size() == 256 * 1024);
  CHECK(scene.lines[1] == "next");
  CHECK(scene.cut == 1'000'000 - 256 * 1024);
}

TEST_CASE("A sender over a connection waits while there is no room and loses nothing", "[examples]") {
  Scene scene("tcp://:0", R"(, "spool_size": 1048576)");
  constexpr int kLines = 40'000;
  std::atomic<int> sent = 0;
  std::thread thread([&, address = scene.address()] {
    test::StreamSender sender = test::connect_sender(address);
    const std::string rest(990, 'x');
    for (int i = 0; i < kLines; ++i, ++sent) sender.send(std::to_string(100'000 + i) + rest + "\n");
  });
  test::wait_until("the spool is full", [&] { return scene.spool.bytes() >= 1 << 20; });
  CHECK(sent < kLines);
  scene.wait_for(kLines);
  thread.join();
  for (int i = 0; i < kLines; ++i)
    REQUIRE(scene.lines[static_cast<std::size_t>(i)].starts_with(std::to_string(100'000 + i)));
  CHECK(scene.lines.size() == kLines);
  CHECK(scene.spool.lost_lines() == 0);
}

TEST_CASE("Datagrams that find no room are counted", "[examples]") {
  for (const bool is_unix : {false, true}) {
    const test::TempDir dir;
    Scene scene(is_unix ? "unixgram://" + dir.file("s") : "udp://:0", R"(, "spool_size": 1048576)");
    test::StreamSender sender = test::connect_sender(scene.address());
    std::size_t sent = 0;
    for (; sent < 5000; ++sent) sender.send(std::to_string(sent) + std::string(1000, 'x'));
    test::wait_until("some are lost", [&] { return scene.spool.lost_lines() > 0; });
    CHECK(scene.spool.lost_bytes() > 0);
    // What the system had no memory for is told with the next datagram.
    std::size_t known = 0;
    test::wait_until("each of them has arrived or was counted", [&] {
      scene.take();
      const std::size_t before = std::exchange(known, scene.lines.size() + scene.spool.lost_lines());
      if (known == before && known < sent) {
        sender.send("one more");
        ++sent;
      }
      return known == sent;
    });
    CHECK(scene.lines.size() > 500);
  }
}

TEST_CASE("A unix socket is for its owner and group and goes at the end", "[examples]") {
  for (const std::string scheme : {"unix://", "unixgram://"}) {
    const test::TempDir dir;
    const std::string path = dir.file("s");
    {
      Scene scene(scheme + path);
      test::StreamSender sender = test::connect_sender(scene.address());
      // A datagram has somewhere to go before the mode is whole.
      test::wait_until("the mode is right", [&] { return mode_of(path) == 0660; });
      sender.send("a\n");
      scene.wait_for(1);
      CHECK(scene.sources.front() == path);
    }
    CHECK_FALSE(std::filesystem::exists(path));
    Scene open(scheme + path, R"(, "socket_permissions": "0666")");
    CHECK(open.address() == scheme + path);
    CHECK(mode_of(path) == 0666);
  }
}

TEST_CASE("A unix socket that a kill has left is replaced and one in use is not", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.file("s");
  const auto bind_there = [&] {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un file{};
    file.sun_family = AF_UNIX;
    path.copy(file.sun_path, sizeof file.sun_path - 1);
    REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&file), sizeof file) == 0);
    REQUIRE(::listen(descriptor, 1) == 0);
    return test::TcpSocket(descriptor);
  };
  test::TcpSocket other = bind_there();
  Scene scene("unix://" + path);
  scene.wait_for_problem("Address already in use");
  other.close();
  test::StreamSender sender = test::connect_sender(scene.address());
  CHECK(sender.is_connected);
  sender.send("a\n");
  scene.wait_for(1);
}

TEST_CASE("A unix socket whose file somebody removes is made again", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.file("s");
  Scene scene("unix://" + path);
  test::StreamSender first = test::connect_sender(scene.address());
  std::filesystem::remove(path);
  test::StreamSender second = test::connect_sender(scene.address());
  first.send("a\n");
  scene.wait_for(1);
  second.send("b\n");
  scene.wait_for(2);
}

TEST_CASE("What is no socket stays as it is", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.write("s", "precious");
  {
    Scene scene("unix://" + path);
    scene.wait_for_problem("there is something that is no socket");
  }
  CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("A unix socket outside of the roots is not made", "[examples]") {
  const test::TempDir dir;
  std::filesystem::create_directories(dir.file("in"));
  std::filesystem::create_directories(dir.file("out"));
  std::filesystem::create_symlink(dir.file("out"), dir.file("in/link"));
  Scene scene("unix://" + dir.file("in/link/s"), "", agent::AllowedDirectories({dir.file("in")}));
  scene.wait_for_problem("in/link/s");
  CHECK_FALSE(std::filesystem::exists(dir.file("out/s")));
}

TEST_CASE("An address in use is told and tried again until it is free", "[examples]") {
  auto other = std::make_unique<test::TcpListener>();
  Scene scene("tcp://127.0.0.1:" + std::to_string(other->port()));
  scene.wait_for_problem("Address already in use");
  other.reset();
  test::StreamSender sender = test::connect_sender(scene.address());
  sender.send("a\n");
  scene.wait_for(1);
}

TEST_CASE("Connections beyond the limit wait until another one ends", "[examples]") {
  Scene scene("tcp://:0", R"(, "socket_max_connections": 1)");
  test::StreamSender first = test::connect_sender(scene.address());
  first.send("a\n");
  scene.wait_for(1);
  test::StreamSender second = test::connect_sender(scene.address());
  second.send("b\n");
  first.send("c\n");
  scene.wait_for(2);
  CHECK(scene.lines == Texts{"a", "c"});
  first.socket.close();
  scene.wait_for(3);
  CHECK(scene.lines.back() == "b");
}

TEST_CASE("A connection that is silent for too long is closed with what it has sent", "[examples]") {
  Scene scene("tcp://:0", R"(, "socket_read_timeout": "50ms")");
  test::StreamSender sender = test::connect_sender(scene.address());
  sender.send("half");
  CHECK(sender.socket.is_closed_within(test::kPatience));
  scene.wait_for(1);
  CHECK(scene.lines == Texts{"half"});
}

TEST_CASE("What was received and finds no room at the end is counted", "[examples]") {
  Scene scene("tcp://:0", R"(, "spool_size": 1048576)");
  test::StreamSender sender = test::connect_sender(scene.address());
  const std::string line(999, 'x');
  for (int i = 0; i < 1500; ++i) sender.send(line + "\n");
  test::wait_until("the spool is full", [&] { return scene.spool.bytes() >= 1 << 20; });
  scene.stop();
  scene.take();
  CHECK(scene.spool.lost_bytes() > 0);
  CHECK(scene.lines.size() * 1000 + scene.spool.lost_bytes() < 1'500'000 + 1000);
}

TEST_CASE("What connections have sent that wait for their turn at the end is counted", "[examples]") {
  Scene scene("tcp://:0", R"(, "socket_max_connections": 1)");
  test::StreamSender first = test::connect_sender(scene.address());
  first.send("a\n");
  scene.wait_for(1);
  test::StreamSender second = test::connect_sender(scene.address());
  second.send("b\n");
  scene.stop();
  scene.take();
  CHECK(scene.lines == Texts{"a"});
  CHECK(scene.spool.lost_bytes() == 2);
}

TEST_CASE("What was received before the end is kept", "[examples]") {
  for (const std::string address : {"tcp://:0", "udp://:0"}) {
    Scene scene(address);
    const std::string name = scene.address();
    test::StreamSender sender = test::connect_sender(name);
    for (int i = 0; i < 100; ++i) sender.send(std::to_string(i) + "\n");
    scene.stop();
    scene.take();
    CHECK(scene.lines.size() == 100);
    CHECK(scene.spool.lost_bytes() == 0);
  }
}
