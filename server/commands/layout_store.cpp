#include "commands/layout_store.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "agent/log.hpp"

namespace server {
namespace {

// No layout has as many nodes: what says so is damaged.
constexpr std::size_t kMostNodes = 1'000'000;

std::string node_key(const std::string& id, std::size_t index) { return fmt::format("{}/{}", id, index); }

void read(std::map<std::string, LayoutStatus>& layouts, const RecordStore::Row& row) {
  const std::size_t slash = row.id.find('/');
  LayoutStatus& layout = layouts[row.id.substr(0, slash)];
  if (slash == std::string::npos) {  // comes first: its key is the beginning of the others
    layout = agent::json::decode<LayoutStatus>(row.text);
    return;
  }
  std::size_t index = kMostNodes;
  const std::string_view digits = std::string_view(row.id).substr(slash + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (index >= kMostNodes) throw agent::Error(agent::Errc::bad_message, "not a node's number");
  if (layout.nodes.size() <= index) layout.nodes.resize(index + 1);
  layout.nodes[index] = agent::json::decode<LayoutNode>(row.text);
}

}  // namespace

std::map<std::string, LayoutStatus> LayoutStore::load() {
  std::map<std::string, LayoutStatus> layouts;
  for (const RecordStore::Row& row : records_.load()) {
    try {
      read(layouts, row);
    } catch (const agent::Error& error) {
      agent::log::error("layout {}: {}", row.id, error.what());
      records_.remove(row.id);
    }
  }
  std::erase_if(layouts, [this](const auto& layout) {
    const bool is_headless = layout.second.begin == kNoTime;
    if (is_headless) remove(layout.first, layout.second.nodes.size());
    return is_headless;
  });
  return layouts;
}

void LayoutStore::save(const std::string& id, const LayoutStatus& status) {
  const LayoutStatus head{.begin = status.begin,
                          .end = status.end,
                          .done = status.done,
                          .index = status.index,
                          .nodes = {},
                          .ended = status.ended};
  records_.save({.id = id, .expires = 0, .text = agent::json::encode(head)});
}

void LayoutStore::save_node(const std::string& id, std::size_t index, const LayoutNode& node) {
  records_.save({.id = node_key(id, index), .expires = 0, .text = agent::json::encode(node)});
}

void LayoutStore::remove(const std::string& id, std::size_t nodes) {
  records_.remove(id);
  for (std::size_t index = 0; index < nodes; ++index) records_.remove(node_key(id, index));
}

}  // namespace server
