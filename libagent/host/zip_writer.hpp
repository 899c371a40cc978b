// ZipWriter: writes a zip archive (APPNOTE 6.3) into a temporary file, entries stored and not compressed, as
// the originals' log archives are. At most 4 GiB (no zip64), which every reader understands. Not
// thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace agent::host {

class TempFile;

class ZipWriter {
 public:
  // The archive may have `max_bytes`; the call that would exceed them throws Errc::too_large. After a
  // failure the archive is of no further use. `file` must outlive the writer.
  ZipWriter(TempFile& file, std::uint64_t max_bytes);
  ~ZipWriter();  // without finish() the archive is broken off
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  // The calls below throw Errc::io when the archive cannot be written.
  // Ends the entry before, if any.
  void begin_entry(const std::string& name, std::chrono::system_clock::time_point modified);
  // More bytes of the entry.
  void write(std::string_view bytes);
  // Writes the directory at the end. Once.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent::host
