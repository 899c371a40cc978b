#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "socket_diag.hpp"

namespace {

// The kernel fills 32 KiB at a time when there is room.
constexpr std::size_t kBuffer = 64 * 1024;
// A dump that brings nothing for so long never will.
constexpr timeval kPatience{2, 0};
// All states but 0, and those of connections that are not made yet, which are told as SYN_RECV.
constexpr std::uint32_t kAllStates = 0xFFE;

class NetlinkSocket {
 public:
  NetlinkSocket() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {
    if (socket_ >= 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  }
  ~NetlinkSocket() {
    if (socket_ >= 0) ::close(socket_);
  }
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;

  template <class Request>
  bool ask(const Request& request) const {
    struct {
      nlmsghdr head;
      Request request;
    } message{{sizeof message, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, request};
    return ::send(socket_, &message, sizeof message, 0) == static_cast<ssize_t>(sizeof message);
  }

  // -1 when nothing comes.
  ssize_t receive(std::vector<char>& buffer) const {
    for (;;) {
      const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (size >= 0 || errno != EINTR) return size;
    }
  }

 private:
  int socket_;
};

SocketAddress address_of(const __be32 (&ip)[4], __be16 port) {
  SocketAddress address;
  std::memcpy(address.ip.data(), ip, address.ip.size());
  address.port = ntohs(port);
  return address;
}

void use_inet(SocketType type, const nlmsghdr& head, const UseSocketRow& use) {
  if (head.nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) return;
  inet_diag_msg found;
  std::memcpy(&found, NLMSG_DATA(&head), sizeof found);
  SocketRow row{.type = type, .path = {}};
  if (is_tcp(type)) row.state = found.idiag_state;
  row.inode = found.idiag_inode;
  row.local = address_of(found.id.idiag_src, found.id.idiag_sport);
  row.remote = address_of(found.id.idiag_dst, found.id.idiag_dport);
  use(std::move(row));
}

// As /proc/net/unix writes it: '@' for a zero byte.
std::string path_of(const char* name, std::size_t size) {
  std::string path(name, size);
  if (!path.starts_with('\0')) path.resize(std::min(path.find('\0'), path.size()));
  std::replace(path.begin(), path.end(), '\0', '@');
  return path;
}

void use_unix(const nlmsghdr& head, const UseSocketRow& use) {
  if (head.nlmsg_len < NLMSG_LENGTH(sizeof(unix_diag_msg))) return;
  const char* data = static_cast<const char*>(NLMSG_DATA(&head));
  unix_diag_msg found;
  std::memcpy(&found, data, sizeof found);
  SocketRow row{.type = SocketType::unix_domain, .path = {}};
  row.inode = found.udiag_ino;
  const std::size_t size = head.nlmsg_len - NLMSG_HDRLEN;
  for (std::size_t at = NLMSG_ALIGN(sizeof found); at + NLA_HDRLEN <= size;) {
    nlattr attribute;
    std::memcpy(&attribute, data + at, sizeof attribute);
    if (attribute.nla_len < NLA_HDRLEN || attribute.nla_len > size - at) break;
    if (attribute.nla_type == UNIX_DIAG_NAME)
      row.path = path_of(data + at + NLA_HDRLEN, attribute.nla_len - NLA_HDRLEN);
    at += NLA_ALIGN(attribute.nla_len);
  }
  use(std::move(row));
}

bool ask(const NetlinkSocket& socket, SocketType type, bool listening) {
  if (type == SocketType::unix_domain) {
    unix_diag_req request{};
    request.sdiag_family = AF_UNIX;
    request.udiag_states = ~0U;
    request.udiag_show = UDIAG_SHOW_NAME;
    return socket.ask(request);
  }
  inet_diag_req_v2 request{};
  request.sdiag_family = is_ipv6(type) ? AF_INET6 : AF_INET;
  request.sdiag_protocol = is_tcp(type) ? IPPROTO_TCP : IPPROTO_UDP;
  request.idiag_states = listening && is_tcp(type) ? 1U << kListen : kAllStates;
  return socket.ask(request);
}

}  // namespace

std::optional<DumpOutcome> DiagAnswer::add(std::string_view datagram) {
  const auto* head = reinterpret_cast<const nlmsghdr*>(datagram.data());
  for (auto left = static_cast<unsigned>(datagram.size()); NLMSG_OK(head, left);
       head = NLMSG_NEXT(head, left)) {
    if (head->nlmsg_type == NLMSG_DONE) return DumpOutcome::done;
    if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY) return give_up();  // NLMSG_ERROR
    used_ = true;
    if (type_ == SocketType::unix_domain) {
      use_unix(*head, use_);
    } else {
      use_inet(type_, *head, use_);
    }
  }
  return std::nullopt;
}

DumpOutcome dump_sockets(SocketType type, bool listening, const UseSocketRow& use) {
  const NetlinkSocket socket;
  if (!ask(socket, type, listening)) return DumpOutcome::missing;
  std::vector<char> buffer(kBuffer);
  DiagAnswer answer(type, use);
  for (;;) {
    const ssize_t size = socket.receive(buffer);
    if (size <= 0) return answer.give_up();
    if (const auto outcome = answer.add({buffer.data(), static_cast<std::size_t>(size)})) return *outcome;
  }
}
