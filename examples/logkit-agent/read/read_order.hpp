// ReadOrder: the turns of open files. Streams take turns, and in each the first file that has lines goes on
// until it has none. Belongs to its reader's thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tailed_file.hpp"

namespace logkit {

class ReadOrder {
 public:
  // The files have changed; none of them is used before arrange().
  void clear() { streams_.clear(); }
  // `by_directory`: the files of a directory are one stream, in their order; otherwise each is one.
  void arrange(const std::vector<std::shared_ptr<TailedFile>>& files, bool by_directory);
  // Reads of the first file in turn of which `read` says that it had lines. False: none had.
  bool read(const std::function<bool(TailedFile&)>& read);

 private:
  std::vector<std::vector<TailedFile*>> streams_;
  std::size_t turn_ = 0;
};

}  // namespace logkit
