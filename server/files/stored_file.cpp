#include "files/stored_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "agent/error.hpp"

namespace server {
namespace {

// Without a name nobody else can open it, and it is gone when we are.
agent::FileHandle open_unlinked(const std::string& directory) {
  agent::FileHandle file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.is_open()) return file;
  std::string name = directory + "/stored-XXXXXX";  // file systems without O_TMPFILE
  file = agent::FileHandle(::mkostemp(name.data(), O_CLOEXEC));
  if (!file.is_open()) throw agent::system_error("create " + name, errno);
  ::unlink(name.c_str());
  return file;
}

}  // namespace

StoredFile::StoredFile(const std::string& directory) : file_(open_unlinked(directory)) {}

void StoredFile::write(std::uint64_t offset, std::string_view bytes) {
  const bool is_whole = file_.write_some_at(offset, bytes) == bytes.size();
  if (!is_whole) throw agent::system_error("write to the cache", errno);
}

std::string StoredFile::read(std::uint64_t offset, std::size_t count) const {
  std::string bytes(count, '\0');
  const bool is_whole = file_.read_some_at(offset, bytes) == count;
  if (!is_whole && errno != 0) throw agent::system_error("read from the cache", errno);
  if (!is_whole) throw agent::Error(agent::Errc::io, "read from the cache: unexpected end");
  return bytes;
}

void StoredSink::append(std::string_view bytes) {
  if (!file_) file_ = std::make_shared<StoredFile>(directory_);
  file_->write(size_, bytes);
  md5_.update(bytes);
  size_ += bytes.size();
}

agent::Task<> StoredSink::open() {
  std::string nothing;
  return write(std::move(nothing));
}

agent::Task<> StoredSink::write(std::string bytes) {
  auto work = [self = shared_from_this(), bytes = std::move(bytes)] { return self->append(bytes), true; };
  co_await pool_.run(std::move(work));
}

agent::Task<std::string> StoredSource::read() {
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kStoredBatch, end_ - begin_));
  if (count == 0) co_return std::string();
  auto work = [file = file_, from = begin_, count] { return file->read(from, count); };
  std::string bytes = co_await pool_.run(work);
  begin_ += count;
  co_return bytes;
}

}  // namespace server
