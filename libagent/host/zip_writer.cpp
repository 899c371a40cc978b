#include "host/zip_writer.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <exception>
#include <utility>

#include "agent/error.hpp"

namespace agent::host {

struct ZipWriter::State {
  Sink sink;
  std::exception_ptr sink_failure;
  bool broken_off = false;
  std::unique_ptr<archive, decltype(&archive_write_free)> zip{archive_write_new(), &archive_write_free};

  void check(int result, const char* what);
  static la_ssize_t pass_on(archive* zip, void* state, const void* bytes, std::size_t count) noexcept;
};

// Called by C code, which no exception may cross.
la_ssize_t ZipWriter::State::pass_on(archive*, void* state, const void* bytes, std::size_t count) noexcept {
  auto& self = *static_cast<State*>(state);
  if (self.sink_failure || self.broken_off) return ARCHIVE_FATAL;
  try {
    self.sink({static_cast<const char*>(bytes), count});
    return static_cast<la_ssize_t>(count);
  } catch (...) {
    self.sink_failure = std::current_exception();
    return ARCHIVE_FATAL;
  }
}

// ARCHIVE_WARN: the archive is whole, such as when a name is not in the locale's encoding.
void ZipWriter::State::check(int result, const char* what) {
  if (sink_failure) std::rethrow_exception(sink_failure);
  if (result == ARCHIVE_OK || result == ARCHIVE_WARN) return;
  const char* reason = zip ? archive_error_string(zip.get()) : nullptr;
  throw Error(Errc::io, std::string(what) + ": " + (reason == nullptr ? "out of memory" : reason));
}

ZipWriter::ZipWriter(Sink sink) : state_(std::make_unique<State>()) {
  state_->sink = std::move(sink);
  archive* zip = state_->zip.get();
  state_->check(zip == nullptr ? ARCHIVE_FATAL : ARCHIVE_OK, "start a zip archive");
  state_->check(archive_write_set_format_zip(zip), "start a zip archive");
  state_->check(archive_write_zip_set_compression_store(zip), "start a zip archive");
  // Without this every entry asks for a zip64 reader, because its size is not known beforehand.
  state_->check(archive_write_set_format_option(zip, "zip", "zip64", nullptr), "start a zip archive");
  archive_write_set_bytes_in_last_block(zip, 1);  // no padding behind the directory
  state_->check(archive_write_open(zip, state_.get(), nullptr, &State::pass_on, nullptr),
                "start a zip archive");
}

// Freeing closes first, which would write the directory of a broken archive. (archive_write_fail() is meant
// for this, but 3.6 then leaks its buffers.)
ZipWriter::~ZipWriter() { state_->broken_off = true; }

void ZipWriter::begin_entry(const std::string& name, std::chrono::system_clock::time_point modified) {
  std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry{archive_entry_new(),
                                                                      &archive_entry_free};
  if (!entry) throw Error(Errc::io, "add " + name + ": out of memory");
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  archive_entry_set_mtime(entry.get(), std::chrono::system_clock::to_time_t(modified), 0);
  state_->check(archive_write_header(state_->zip.get(), entry.get()), "write a zip archive");
}

void ZipWriter::write(std::string_view bytes) {
  la_ssize_t count = archive_write_data(state_->zip.get(), bytes.data(), bytes.size());
  state_->check(count < 0 ? static_cast<int>(count) : ARCHIVE_OK, "write a zip archive");
}

void ZipWriter::finish() { state_->check(archive_write_close(state_->zip.get()), "write a zip archive"); }

}  // namespace agent::host
