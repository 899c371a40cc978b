// Whatever stands in the files and tables: nothing reads beyond it. Sanitizers see what the checks do not.
#include <agent/arguments.hpp>
#include <agent/processes.hpp>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "examples/metrics-agent/process/socket_address.hpp"
#include "examples/metrics-agent/process/socket_list.hpp"

using namespace std::string_literals;

namespace {

constexpr int kRounds = 20'000;

// `text` with some bytes changed, cut or doubled; the same ones in each run.
class Spoiler {
 public:
  std::string spoil(std::string text) {
    for (auto times = random_() % 4; times > 0 && !text.empty(); --times) {
      const std::size_t at = random_() % text.size();
      switch (random_() % 4) {
        case 0: text[at] = static_cast<char>(random_()); break;
        case 1: text.resize(at); break;
        case 2: text.insert(at, text.substr(at / 2)); break;
        default: text[at] = " :()-=\n\0"[random_() % 8];
      }
    }
    return text;
  }

 private:
  std::mt19937 random_{1};
};

}  // namespace

TEST_CASE("Spoiled files of processes are read, or are none", "[examples]") {
  Spoiler spoiler;
  const std::string stat =
      "1423 (ss (h)d) S 1 1423 1423 0 -1 4202816 1093 53622 3 41 12 34 56 78 20 0 1 0 2417 67743744 302 1 2 3\n";
  const std::string status = "Name:\tx\nUid:\t1000\t0\t0\t0\nVmRSS:\t100 kB\nVmSwap:\t     124 kB\n";
  int read = 0;
  for (int i = 0; i < kRounds; ++i) {
    if (const auto found = agent::parse_process_stat(spoiler.spoil(stat)))
      read += found->name.size() <= stat.size() * 9;
    if (agent::parse_process_status(spoiler.spoil(status))) ++read;
  }
  CHECK(read > kRounds / 2);
  CHECK(read < 2 * kRounds);
}

TEST_CASE("Spoiled tables of sockets are read, or are none", "[examples]") {
  Spoiler spoiler;
  SocketList list(100);
  int read = 0;
  for (int i = 0; i < kRounds; ++i) {
    const auto inet = parse_inet_line(
        SocketType::tcp4, spoiler.spoil("   0: 0100007F:0CEA 00000000:0000 0A 0:0 00:0 0 999 0 4711 1 ffff"));
    const auto inet6 = parse_inet_line(
        SocketType::tcp6, spoiler.spoil("   0: B80D0120000000000000000001000000:0050 "
                                        "0000000000000000FFFF00000A0000C0:D431 01 0:0 0:0 0 0 0 77"));
    const auto of_unix =
        parse_unix_line(spoiler.spoil("f6c7d200: 00000003 00000000 00000000 0002 01 8312 /run/x"));
    for (const auto& row : {inet, inet6, of_unix}) {
      if (!row) continue;
      ++read;
      list.add(*row);
    }
  }
  list.seal();
  CHECK(list.connections().size() == 100);
  CHECK(read > kRounds);
  CHECK(read < 3 * kRounds);
}

TEST_CASE("Spoiled command lines keep their number of arguments when they are masked", "[examples]") {
  Spoiler spoiler;
  const std::string line =
      "/usr/bin/mysql\0-psecret\0--password\0x y\0https://a:b@c/?key=1&pwd=2\0-u\0bob:x\0X-Token: z\0"s;
  for (int i = 0; i < kRounds; ++i) {
    std::vector<std::string> arguments = agent::split_arguments(spoiler.spoil(line));
    const std::size_t count = arguments.size();
    agent::mask_arguments(arguments);
    if (arguments.size() != count) FAIL("an argument is gone");
  }
  SUCCEED();
}
