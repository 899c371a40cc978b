// LayoutStore: layouts that outlive this process. Each has a record, and so has each of its nodes: there may
// be thousands, of which one changes at a time. Thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "commands/layout_status.hpp"
#include "store/record_store.hpp"

namespace server {

class LayoutStore {
 public:
  // `directory`/layouts.db. Throws Errc::io.
  explicit LayoutStore(const std::string& directory) : records_(directory + "/layouts.db") {}

  // By id, as they were when the last process ended. Once, before anything is saved.
  std::map<std::string, LayoutStatus> load();

  // All but its nodes.
  void save(const std::string& id, const LayoutStatus& status);
  void save_node(const std::string& id, std::size_t index, const LayoutNode& node);
  void remove(const std::string& id, std::size_t nodes);

 private:
  RecordStore records_;
};

}  // namespace server
