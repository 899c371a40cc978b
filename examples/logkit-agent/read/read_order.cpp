#include "read_order.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

namespace logkit {

void ReadOrder::arrange(const std::vector<std::shared_ptr<TailedFile>>& files, bool by_directory) {
  if (!streams_.empty()) return;
  std::map<std::string, std::size_t> places;
  for (const auto& file : files) {
    const std::string key =
        by_directory ? std::filesystem::path(file->path()).parent_path().string() : file->id();
    const auto [place, is_new] = places.try_emplace(key, streams_.size());
    if (is_new) streams_.emplace_back();
    streams_[place->second].push_back(file.get());
  }
}

bool ReadOrder::read(const std::function<bool(TailedFile&)>& read) {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const std::size_t index = (turn_ + i) % streams_.size();
    const auto& stream = streams_[index];
    if (std::none_of(stream.begin(), stream.end(), [&](TailedFile* file) { return read(*file); })) continue;
    turn_ = index + 1;
    return true;
  }
  return false;
}

}  // namespace logkit
