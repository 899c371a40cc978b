// DeadLetters: records that a receiver refuses for good, with its answer, in a file of JSON lines:
//
//   {"time":"2026-03-01T00:30:00.250000000Z","answer":"HTTP 400: bad date","record":{…}}
//
// At 16 MiB the file is put aside as <path>.old, in the place of the one before. Belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "examples/logkit-agent/parse/record.hpp"
#include "output_file.hpp"

namespace logkit {

class DeadLetters {
 public:
  static constexpr std::uint64_t kMaxSize = 16 * 1024 * 1024;

  // The file is made with the first letter. "": nothing is kept.
  explicit DeadLetters(std::string path, std::uint64_t max_size = kMaxSize)
      : path_(std::move(path)), max_size_(max_size) {}

  // Throws Errc::io: the record is not there then.
  void put(Fields record, const std::string& answer);

 private:
  std::string path_;
  std::uint64_t max_size_;
  std::unique_ptr<OutputFile> file_;
};

}  // namespace logkit
