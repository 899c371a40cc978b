#include "host/zip_writer.hpp"

#include <fmt/chrono.h>
#include <minizip/zip.h>

#include <cstdio>
#include <ctime>
#include <exception>
#include <utility>

#include "agent/error.hpp"
#include "host/temp_file.hpp"

namespace agent::host {
namespace {

constexpr unsigned long kRegularFile0644 = 0100644UL << 16;
constexpr unsigned long kMadeByUnix = 3UL << 8;
constexpr int kStored = 0;

zip_fileinfo info_of(std::chrono::system_clock::time_point modified) {
  const std::tm time = fmt::localtime(std::chrono::system_clock::to_time_t(modified));
  zip_fileinfo info{};
  info.tmz_date.tm_sec = static_cast<decltype(info.tmz_date.tm_sec)>(time.tm_sec);
  info.tmz_date.tm_min = static_cast<decltype(info.tmz_date.tm_min)>(time.tm_min);
  info.tmz_date.tm_hour = static_cast<decltype(info.tmz_date.tm_hour)>(time.tm_hour);
  info.tmz_date.tm_mday = static_cast<decltype(info.tmz_date.tm_mday)>(time.tm_mday);
  info.tmz_date.tm_mon = static_cast<decltype(info.tmz_date.tm_mon)>(time.tm_mon);
  info.tmz_date.tm_year = static_cast<decltype(info.tmz_date.tm_year)>(time.tm_year + 1900);
  info.external_fa = kRegularFile0644;
  return info;
}

}  // namespace

// minizip's view of the file: a position, and what went wrong. Its callbacks are called by C code, which no
// exception may cross.
struct ZipWriter::State {
  State(TempFile& the_file, std::uint64_t the_limit) : file(the_file), limit(the_limit) {
    zlib_filefunc64_def calls{};
    calls.opaque = this;
    calls.zopen64_file = [](voidpf self, const void*, int) { return self; };
    calls.zread_file = [](voidpf, voidpf self, void* to, uLong n) { return of(self).read(to, n); };
    calls.zwrite_file = [](voidpf, voidpf self, const void* from, uLong n) {
      return of(self).write(from, n);
    };
    calls.ztell64_file = [](voidpf, voidpf self) { return ZPOS64_T{of(self).position}; };
    calls.zseek64_file = [](voidpf, voidpf self, ZPOS64_T offset, int origin) {
      return of(self).seek(offset, origin);
    };
    calls.zclose_file = [](voidpf, voidpf) { return 0; };
    calls.zerror_file = [](voidpf, voidpf) { return 0; };
    zip = zipOpen2_64("archive", APPEND_STATUS_CREATE, nullptr, &calls);
    if (zip == nullptr) throw Error(Errc::io, "start a zip archive");
  }

  ~State() {
    broken_off = true;
    if (zip != nullptr) zipClose(zip, nullptr);
  }

  static State& of(voidpf self) { return *static_cast<State*>(self); }

  uLong read(void* to, uLong count) {
    std::string bytes = file.read(position, count);
    bytes.copy(static_cast<char*>(to), bytes.size());
    position += bytes.size();
    return static_cast<uLong>(bytes.size());
  }

  // Failures are kept for check() and minizip is told nothing of them: told, it leaks what it holds for the
  // entry.
  uLong write(const void* from, uLong count) {
    if (!failure && !broken_off) {
      try {
        store({static_cast<const char*>(from), count});
      } catch (...) {
        failure = std::current_exception();
      }
    }
    position += count;
    return count;
  }

  void store(std::string_view bytes) {
    if (position > limit || bytes.size() > limit - position) {
      throw Error(Errc::too_large,
                  "log archive: more than " + std::to_string(limit) + " bytes; ask for fewer files");
    }
    file.write(position, bytes);
  }

  long seek(ZPOS64_T offset, int origin) {
    std::uint64_t base = origin == SEEK_CUR ? position : origin == SEEK_END ? file.size() : 0;
    position = base + offset;
    return 0;
  }

  void check(int result) {
    if (failure) std::rethrow_exception(failure);
    if (result != ZIP_OK) throw Error(Errc::io, "write a zip archive: error " + std::to_string(result));
  }

  void end_entry() {
    if (std::exchange(entry_open, false)) check(zipCloseFileInZip(zip));
  }

  TempFile& file;
  const std::uint64_t limit;
  std::uint64_t position = 0;
  std::exception_ptr failure;
  bool broken_off = false;
  bool entry_open = false;
  zipFile zip = nullptr;
};

ZipWriter::ZipWriter(TempFile& file, std::uint64_t max_bytes)
    : state_(std::make_unique<State>(file, max_bytes)) {}
ZipWriter::~ZipWriter() = default;

void ZipWriter::begin_entry(const std::string& name, std::chrono::system_clock::time_point modified) {
  state_->end_entry();
  zip_fileinfo info = info_of(modified);
  int result = zipOpenNewFileInZip4_64(state_->zip, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr,
                                       kStored, 0, 0, -MAX_WBITS, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY, nullptr,
                                       0, kMadeByUnix, 0, 0);
  state_->check(result);
  state_->entry_open = true;
}

void ZipWriter::write(std::string_view bytes) {
  state_->check(zipWriteInFileInZip(state_->zip, bytes.data(), static_cast<unsigned>(bytes.size())));
}

void ZipWriter::finish() {
  state_->end_entry();
  state_->check(zipClose(std::exchange(state_->zip, nullptr), nullptr));
}

}  // namespace agent::host
