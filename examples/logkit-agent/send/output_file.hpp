// OutputFile: a file of lines that is appended to, whole or not at all. Functions block.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "examples/logkit-agent/read/input_file.hpp"

namespace logkit {

class OutputFile {
 public:
  // Opens the file, or makes it and the directories above it. A JSON text behind the last
  // line end is cut off; anything else there gets a line end. Throws Errc::io, denied, and wrong_type for
  // what is no regular file.
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // All of it, or nothing is left behind. Throws Errc::io: "write /data/x: No space left on device".
  void append(std::string_view text);
  // The file under its name is still this one.
  bool is_in_place() const;
  const FileKey& key() const { return key_; }
  // Where it is, links resolved.
  const std::string& resolved() const { return resolved_; }

 private:
  void cut_torn_line();
  void end_torn_line(std::int64_t begin);

  std::string path_;
  std::string resolved_;
  int descriptor_ = -1;
  FileKey key_;
};

}  // namespace logkit
