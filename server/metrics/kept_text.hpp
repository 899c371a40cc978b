// KeptText: a text that is kept for minutes among thousands of others that come and go.
//
// It lies in blocks of one size, so that the place of one is as good for the next: in one piece each, texts
// of a hundred different lengths left a quarter of the heap between them unused.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace server {

class KeptText {
 public:
  explicit KeptText(std::string_view text);

  std::string text() const;
  // What it takes of the heap, with malloc's own.
  std::size_t memory() const;

 private:
  std::size_t size_;
  std::vector<std::unique_ptr<char[]>> blocks_;  // the last one is as long as it has to be
};

}  // namespace server
