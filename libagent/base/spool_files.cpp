#include "base/spool_files.hpp"

#include <algorithm>

namespace agent::spool {

void SpoolFiles::begin(const Position& position, std::vector<RecordFile> files,
                       std::vector<RecordFile>& spare) {
  position_ = position;
  next_ = position.gone + 1;
  for (RecordFile& file : files) {
    next_ = std::max({next_, file.first, file.last + 1});
    files_.push_back(file);
    bytes_ += file.size;
  }
  while (!files_.empty() && files_.front().last <= position.gone) spare.push_back(take_front());
  if (files_.empty() || files_.front().after <= position.gone) return;
  position_.dropped += files_.front().after - position.gone;  // a file that nobody has removed for us
  position_.gone = files_.front().after;
}

void SpoolFiles::add_file() {
  RecordFile file;
  file.first = next_;
  file.after = std::max(position_.gone, files_.empty() ? 0 : files_.back().last);
  file.last = next_ - 1;
  file.size = kFileHeadSize;
  files_.push_back(file);
  bytes_ += file.size;
}

void SpoolFiles::add_records(std::uint64_t count, std::uint64_t bytes) {
  next_ += count;
  files_.back().last = next_ - 1;
  files_.back().size += bytes;
  bytes_ += bytes;
}

void SpoolFiles::forget_last() {
  bytes_ -= files_.back().size;
  files_.pop_back();
}

RecordFile SpoolFiles::take_front() {
  const RecordFile file = files_.front();
  files_.pop_front();
  bytes_ -= file.size;
  return file;
}

RecordFile SpoolFiles::drop_oldest() {
  const RecordFile file = take_front();
  const std::uint64_t before = std::max(position_.gone, file.first - 1);
  if (file.last > before) {
    const std::uint64_t wanted = file.last - before;
    position_.dropped += wanted - std::min(wanted, file.damaged);
  }
  position_.gone = std::max(position_.gone, file.last);
  return file;
}

std::vector<RecordFile> SpoolFiles::release(std::uint64_t up_to, std::uint64_t worn) {
  std::vector<RecordFile> spare;
  position_.gone = std::max(position_.gone, std::min(up_to, next_ - 1));
  while (!files_.empty() && files_.front().last <= position_.gone) {
    if (files_.size() == 1 && files_.front().size < worn) break;
    spare.push_back(take_front());
  }
  return spare;
}

const RecordFile* SpoolFiles::find(std::uint64_t number) const {
  for (const RecordFile& file : files_) {
    if (file.last >= number) return &file;
  }
  return nullptr;
}

void SpoolFiles::judge(std::uint64_t first, std::uint64_t from, std::uint64_t to) {
  from = std::max({from, position_.judged + 1, position_.gone + 1});
  if (from > to) return;
  const auto file = std::find_if(files_.begin(), files_.end(),
                                 [first](const RecordFile& one) { return one.first == first; });
  if (file == files_.end()) return;  // it was dropped meanwhile, and they have been counted
  file->damaged += to - from + 1;
  position_.dropped += to - from + 1;
  position_.judged = to;
}

}  // namespace agent::spool
