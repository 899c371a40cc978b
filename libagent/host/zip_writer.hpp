// ZipWriter: writes a zip archive (APPNOTE 6.3) in one pass, entries stored and not compressed, sizes in
// data descriptors behind the data, as the originals' log archives are. At most 4 GiB (no zip64), which
// every reader understands. Not thread-safe.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace agent::host {

class ZipWriter {
 public:
  // Takes the next bytes of the archive. What it throws comes out of the call that caused it; after
  // that the writer is of no further use.
  using Sink = std::function<void(std::string_view bytes)>;

  explicit ZipWriter(Sink sink);
  ~ZipWriter();  // without finish() the archive is broken off: the sink hears nothing more
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
