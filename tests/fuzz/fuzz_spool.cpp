// A file of a spool (agent/spool.hpp) that is damaged in any way.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "agent/spool.hpp"
#include "base/spool_format.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace agent;
namespace fs = std::filesystem;

// Steps through the bytes: it ends, and numbers only grow.
void walk(std::string_view bytes) {
  std::uint64_t number = 0;
  while (!bytes.empty()) {
    const spool::Step step = spool::read_step(bytes, number);
    fuzz::require(step.size > 0, "a step leads nowhere");
    if (step.kind == spool::Step::Kind::cut_off) {
      fuzz::require(step.size > bytes.size(), "bytes that are there are asked for");
      break;
    }
    fuzz::require(step.size <= bytes.size(), "a step leads beyond the end");
    if (step.kind == spool::Step::Kind::record) {
      fuzz::require(step.number > number, "a number comes twice");
      std::string again;
      spool::append_record(again, step.number, step.data);
      fuzz::require(again == bytes.substr(0, step.size), "a record does not come back");
      number = step.number;
    }
    bytes.remove_prefix(step.size);
  }
}

void write(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<long>(bytes.size()));
}

// Opens a spool over the bytes: numbers grow, and what is appended comes back behind them.
void open(const fs::path& directory) {
  Spool spool({.directory = directory.string()});
  std::uint64_t from = spool.first();
  std::uint64_t records = 0;
  for (auto found = spool.read(from, 8, 4096); !found.empty(); found = spool.read(from, 8, 4096)) {
    for (const SpoolRecord& record : found) {
      fuzz::require(record.number >= from && record.number < spool.next(), "a number out of order");
      from = record.number + 1;
      ++records;
    }
  }
  const std::uint64_t number = spool.append("the next one");
  fuzz::require(number >= from, "a number is used again");
  fuzz::require(spool.read(number, 1, 1).at(0).data == "the next one", "what was appended is not read");
}

}  // namespace

// The first byte: 1 the input is the position, otherwise it is a file of records, whose head is right with 2.
void fuzz::spool(std::string_view input) {
  if (input.empty()) return;
  const char how = input.front();
  input.remove_prefix(1);
  walk(input);
  const fs::path directory = fs::temp_directory_path() /
                             ("fuzz-spool-" + std::to_string(::getpid()) + "-" + std::to_string(how & 3));
  fs::create_directories(directory);
  std::string bytes(input);
  if (how == 2) bytes.insert(0, agent::spool::encode_head({0x1234, 1, 0}));
  write(directory / (how == 1 ? "position" : "0000000000000001.records"), bytes);
  open(directory);
  fs::remove_all(directory);
}
