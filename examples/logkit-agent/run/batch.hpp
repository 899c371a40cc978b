// Batch: the records that go to the senders together, and what they were made of.
//
// It owns all that its records' views lead to. Once it is complete nobody changes it, and any thread may read
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "examples/logkit-agent/parse/arena.hpp"
#include "examples/logkit-agent/parse/record.hpp"
#include "examples/logkit-agent/read/checkpoint.hpp"
#include "examples/logkit-agent/read/line_splitter.hpp"

namespace logkit {

class TailedFile;

struct Batch {
  // Every sender gets the record.
  static constexpr std::uint16_t kAllSenders = 0xFFFF;

  struct Item {
    std::uint32_t first = 0;  // of its fields
    std::uint32_t count = 0;
    std::uint16_t sender = kAllSenders;
  };
  // Up to where a file has gone into this batch and those before.
  struct Reached {
    std::shared_ptr<TailedFile> file;
    std::uint64_t generation = 0;
    std::uint64_t offset = 0;
  };

  Fields record(std::size_t index) const {
    const Item& item = items[index];
    return {fields.data() + item.first, item.count};
  }

  // Makes it empty; its memory stays.
  void clear() {
    items.clear();
    fields.clear();
    arena.clear();
    blocks.clear();
    reached.clear();
    positions.clear();
    spooled = 0;
    bytes = 0;
    lines = 0;
  }

  std::uint64_t number = 0;  // 1, 2, 3 … for a runner
  std::vector<Item> items;
  std::vector<Field> fields;
  Arena arena;
  std::vector<std::shared_ptr<Block>> blocks;
  std::vector<Reached> reached;
  std::vector<FilePosition> positions;  // the same for the checkpoint, once it is complete
  std::uint64_t spooled = 0;            // number of the last line that came from a spool; 0: none
  std::size_t bytes = 0;                // that were read
  std::size_t lines = 0;
};

}  // namespace logkit
