#include "socket_list.hpp"

#include <algorithm>
#include <utility>

#include <agent/path_text.hpp>
#include "socket_address.hpp"

namespace {

std::size_t index_of(SocketType type) { return static_cast<std::size_t>(type); }

bool is_kind(std::string_view kind, SocketType type) {
  const std::string_view name = type_name(type);
  return kind == name || (type != SocketType::unix_domain && kind == name.substr(0, 3));
}

std::size_t rank_of(const SocketRow& row) {
  if (row.is_waiting()) return 0;
  return row.inode != 0 ? 1 : 2;
}

agent::wire::Connection connection_of(SocketRow& row) {
  agent::wire::Connection connection;
  connection.type = type_name(row.type);
  connection.status = state_name(row.type, row.state);
  if (row.type == SocketType::unix_domain) {
    connection.local = agent::path_text(row.path);
  } else {
    connection.local = address_text(row.local, is_ipv6(row.type));
    connection.remote = address_text(row.remote, is_ipv6(row.type));
  }
  return connection;
}

}  // namespace

SocketKinds socket_kinds(const std::vector<std::string>& kinds) {
  SocketKinds wanted{};
  for (const SocketType type : kSocketTypes) {
    wanted[index_of(type)] =
        kinds.empty() ||
        std::any_of(kinds.begin(), kinds.end(), [type](const auto& kind) { return is_kind(kind, type); });
  }
  return wanted;
}

void SocketList::add(SocketRow row) {
  ++rows_;
  ++counts_[index_of(row.type)][row.state < kStates ? row.state : 0];
  std::vector<SocketRow>& rank = ranks_[rank_of(row)];
  if (rank.size() < bound_) rank.push_back(std::move(row));
}

void SocketList::seal() {
  for (std::vector<SocketRow>& rank : ranks_) {
    const std::size_t count = std::min(rank.size(), bound_ - listed_.size());
    for (std::size_t i = 0; i < count; ++i) listed_.push_back({std::move(rank[i])});
    rank = {};
  }
  left_out_ = rows_ - listed_.size();
  std::stable_sort(listed_.begin(), listed_.end(),
                   [](const Listed& a, const Listed& b) { return a.row.type < b.row.type; });
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    if (listed_[i].row.inode != 0) places_.push_back({listed_[i].row.inode, i});
  }
  std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) { return a.inode < b.inode; });
}

void SocketList::hold(std::uint64_t inode, int pid, int descriptor) {
  const auto place =
      std::lower_bound(places_.begin(), places_.end(), inode,
                       [](const Place& one, std::uint64_t wanted) { return one.inode < wanted; });
  if (place == places_.end() || place->inode != inode) return;
  Listed& listed = listed_[place->index];
  if (listed.pid != 0) return;
  listed.pid = pid;
  listed.descriptor = descriptor;
}

std::vector<agent::wire::Connection> SocketList::connections() {
  std::vector<agent::wire::Connection> connections;
  connections.reserve(listed_.size());
  for (Listed& listed : listed_) {
    connections.push_back(connection_of(listed.row));
    connections.back().pid = listed.pid;
    connections.back().fd = static_cast<std::uint32_t>(listed.descriptor);
  }
  listed_ = {};
  places_ = {};
  return connections;
}

std::uint64_t SocketList::left_out() const { return left_out_; }

std::vector<agent::wire::ConnectionCount> SocketList::counts() const {
  std::vector<agent::wire::ConnectionCount> counts;
  for (const SocketType type : kSocketTypes) {
    for (std::size_t state = 0; state < kStates; ++state) {
      const std::uint64_t count = counts_[index_of(type)][state];
      if (count == 0) continue;
      agent::wire::ConnectionCount& one = counts.emplace_back();
      one.type = type_name(type);
      one.status = state_name(type, static_cast<std::uint8_t>(state));
      one.count = count;
    }
  }
  return counts;
}
