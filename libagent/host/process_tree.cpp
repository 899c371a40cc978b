#include "host/process_tree.hpp"

#include <algorithm>
#include <unordered_set>

namespace agent::host {
namespace {

using Table = std::vector<ProcessEntry>;

// The entries that fulfil `is_first`, and everything below them. A table is sorted by no means, so it is
// gone through until nothing is found any more: once per generation.
template <class IsFirst>
Table with_descendants(const Table& table, IsFirst is_first) {
  std::unordered_set<int> found;
  Table members;
  for (bool grown = true; grown;) {
    grown = false;
    for (const ProcessEntry& entry : table) {
      if (found.contains(entry.pid) || !(found.contains(entry.parent) || is_first(entry))) continue;
      found.insert(entry.pid);
      members.push_back(entry);
      grown = true;
    }
  }
  return members;
}

int session_of(const Table& table, int pid) {
  const auto self =
      std::find_if(table.begin(), table.end(), [pid](const auto& entry) { return entry.pid == pid; });
  return self == table.end() ? 0 : self->session;
}

}  // namespace

Table descendants_of(const Table& table, int pid) {
  return with_descendants(table, [pid](const ProcessEntry& entry) { return entry.parent == pid; });
}

Table all_commands(const Table& table, int own_pid) {
  const int own_session = session_of(table, own_pid);
  Table found = descendants_of(table, own_pid);
  std::erase_if(found, [own_session](const ProcessEntry& entry) { return entry.session == own_session; });
  return found;
}

Table members_of(const ProcessTree& tree, const Table& table, int own_pid, const HasMark& has_mark) {
  return with_descendants(all_commands(table, own_pid), [&](const ProcessEntry& entry) {
    if (entry.pid == tree.root || entry.session == tree.session) return true;
    return entry.parent == own_pid && !entry.ended && has_mark(entry.pid, tree.mark);
  });
}

}  // namespace agent::host
