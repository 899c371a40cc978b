#include <sys/stat.h>

#include <system_error>
#include <utility>

#include "file_lines.hpp"
#include "socket_diag.hpp"
#include "socket_source.hpp"

namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, kSocketTypes.size()> kFiles{"tcp", "tcp6", "udp", "udp6", "unix"};

bool same_namespace(const fs::path& one, const fs::path& other) {
  struct stat a {};
  struct stat b {};
  return ::stat(one.c_str(), &a) == 0 && ::stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

// Netlink tells of this process's own network, which need not be that of the host whose root is given.
bool has_own_network(const fs::path& root) {
  return root == "/" || same_namespace(root / "proc/1/ns/net", "/proc/self/ns/net");
}

// <root>/proc/net leads to this process, whose network may be another one than the host's.
fs::path net_directory(const fs::path& root) {
  std::error_code failed;
  if (root != "/" && fs::exists(root / "proc/1/net", failed)) return root / "proc/1/net";
  return root / "proc/net";
}

}  // namespace

SocketSource::SocketSource(std::filesystem::path root, Way way) : net_(net_directory(root)) {
  asks_.fill(way == Way::best && has_own_network(root));
}

bool SocketSource::read(SocketType type, bool listening, const UseSocketRow& use) {
  bool& asks = asks_[static_cast<std::size_t>(type)];
  by_netlink_ = false;
  if (asks) {
    const DumpOutcome outcome = dump_sockets(type, listening, use);
    by_netlink_ = outcome != DumpOutcome::missing;
    if (by_netlink_) return outcome == DumpOutcome::done;
    asks = false;
  }
  return read_text(type, listening, use);
}

bool SocketSource::read_text(SocketType type, bool listening, const UseSocketRow& use) const {
  const fs::path file = net_ / kFiles[static_cast<std::size_t>(type)];
  std::error_code failed;
  if (is_ipv6(type) && !fs::exists(file, failed)) return true;
  return for_each_line(file, [&](std::string_view line) {
    std::optional<SocketRow> row =
        type == SocketType::unix_domain ? parse_unix_line(line) : parse_inet_line(type, line);
    if (row && (!listening || row->state == kListen)) use(std::move(*row));
  });
}
