// Batches that a test has made: {"n": 0}, {"n": 1} and so on, or records of given fields.
#pragma once

#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "examples/logkit-agent/run/batch.hpp"

namespace test {

using Row = std::vector<std::pair<std::string, std::string>>;

inline std::shared_ptr<logkit::Batch> make_batch(const std::vector<Row>& rows, std::uint64_t number = 1) {
  auto batch = std::make_shared<logkit::Batch>();
  batch->number = number;
  for (const Row& row : rows) {
    const auto first = static_cast<std::uint32_t>(batch->fields.size());
    batch->items.push_back({first, static_cast<std::uint32_t>(row.size()), logkit::Batch::kAllSenders});
    for (const auto& [key, text] : row)
      batch->fields.push_back({batch->arena.keep(key), {batch->arena.keep(text), false}});
  }
  return batch;
}

inline std::shared_ptr<logkit::Batch> numbered_batch(int count, std::uint64_t number = 1) {
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i) rows.push_back({{"n", std::to_string(i)}});
  return make_batch(rows, number);
}

inline std::vector<std::uint32_t> all_records(const logkit::Batch& batch) {
  std::vector<std::uint32_t> records(batch.items.size());
  std::iota(records.begin(), records.end(), 0U);
  return records;
}

}  // namespace test
