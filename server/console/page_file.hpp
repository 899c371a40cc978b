// page_files: the files of the web page, which the build puts into the program (embed_page.sh), each as it is
// and compressed with gzip.
#pragma once

#include <span>
#include <string_view>

namespace server {

struct PageFile {
  std::string_view name;  // "fleet_view.js"
  std::string_view type;  // its Content-Type
  std::string_view plain;
  std::string_view packed;  // gzip
};

// index.html is the document; the others have addresses below it.
std::span<const PageFile> page_files();
// A digest of all of them: a page and its modules are of one build, and no browser keeps one of another.
std::string_view page_digest();

}  // namespace server
