// SpoolWalk: reads a file of records from one to the next and passes over what is damaged. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_handle.hpp"

namespace agent::spool {

class SpoolWalk {
 public:
  // Between these offsets of `file`, which must live as long; `after`: the number of the record before.
  SpoolWalk(const FileHandle& file, std::uint64_t offset, std::uint64_t end, std::uint64_t after)
      : file_(file), offset_(offset), end_(end), number_(after), record_end_(offset) {}

  struct Record {
    std::uint64_t number;
    std::string_view data;  // valid until the next call
  };
  // nullopt at the end. Throws Errc::io.
  std::optional<Record> next();

  // Behind the record that next() gave last, at first where the walk began.
  std::uint64_t record_end() const { return record_end_; }

 private:
  bool fill(std::size_t needed);

  const FileHandle& file_;
  std::uint64_t offset_;  // of what is looked at next
  const std::uint64_t end_;
  std::uint64_t number_;
  std::uint64_t record_end_;
  std::string buffer_;  // of the file, from offset_ - at_ on
  std::size_t at_ = 0;
};

}  // namespace agent::spool
