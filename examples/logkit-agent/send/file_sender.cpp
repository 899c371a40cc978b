#include "file_sender.hpp"

#include <agent/error.hpp>
#include <agent/log.hpp>
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <list>

#include "output_file.hpp"
#include "path_time.hpp"
#include "write_rights.hpp"

namespace logkit {
namespace {

namespace fs = std::filesystem;

class FileSender final : public RecordSender {
 public:
  FileSender(std::string path, std::size_t max_open, bool is_array, WriteRights rights, std::string where,
             std::function<std::time_t()> clock)
      : path_(std::move(path)),
        max_open_(max_open),
        is_array_(is_array),
        rights_(std::move(rights)),
        where_(std::move(where)),
        clock_(std::move(clock)),
        own_paths_(rights_.own->add_paths(paths_of(fs::weakly_canonical(path_).string()), where_)) {}

  ~FileSender() override {
    rights_.own->remove_paths(own_paths_);
    for (Entry& entry : files_) rights_.own->remove_file(entry.file->key());
  }

  SendResult send(const Selection& selection) override {
    text_.clear();
    if (is_array_)
      append_array(selection);
    else
      append_lines(selection);
    try {
      file(path_at(path_, clock_())).append(text_);
      return {};
    } catch (const agent::Error& error) {
      files_.clear();
      return {SendResult::Kind::again, error.what(), {}};
    }
  }

 private:
  struct Entry {
    std::string path;
    std::unique_ptr<OutputFile> file;
  };

  void append_lines(const Selection& selection) {
    for (const std::uint32_t index : selection.records) {
      append_json(text_, selection.batch.record(index));
      text_ += '\n';
    }
  }

  void append_array(const Selection& selection) {
    const char* separator = "[";
    for (const std::uint32_t index : selection.records) {
      text_ += separator;
      append_json(text_, selection.batch.record(index));
      separator = ",";
    }
    text_ += "]\n";
  }

  // The one that was used last is in front.
  OutputFile& file(const std::string& path) {
    const auto found =
        std::find_if(files_.begin(), files_.end(), [&](const Entry& entry) { return entry.path == path; });
    if (found != files_.end() && found->file->is_in_place()) {
      files_.splice(files_.begin(), files_, found);
      return *files_.front().file;
    }
    if (found != files_.end()) drop(found);
    check(path);
    files_.push_front({path, std::make_unique<OutputFile>(path)});
    rights_.own->add_file(files_.front().file->key(), where_);
    if (files_.size() > max_open_) drop(std::prev(files_.end()));
    return *files_.front().file;
  }

  void drop(std::list<Entry>::iterator entry) {
    rights_.own->remove_file(entry->file->key());
    files_.erase(entry);
  }

  // Before it is made: where the nearest directory that exists leads to.
  void check(const std::string& path) const {
    if (rights_.roots.is_everywhere()) return;
    rights_.roots.check(fs::weakly_canonical(path).string(), path);
  }

  std::string path_;
  std::size_t max_open_;
  bool is_array_;
  WriteRights rights_;
  std::string where_;
  std::function<std::time_t()> clock_;
  std::uint64_t own_paths_;
  std::list<Entry> files_;
  std::string text_;
};

}  // namespace

std::unique_ptr<RecordSender> make_file_sender(const PartOptions& options, const WriteRights& rights) {
  return make_file_sender(options, rights, [] { return std::time(nullptr); });
}

std::unique_ptr<RecordSender> make_file_sender(const PartOptions& options, const WriteRights& rights,
                                               std::function<std::time_t()> clock) {
  const std::string path = options.required("file_send_path");
  if (!fs::path(path).is_absolute()) options.fail("file_send_path: '" + path + "' is no absolute path");
  check_path_time(path, options);
  options.refuse("file_send_timestamp_key");
  options.refuse("file_write_raw", "false");
  options.refuse("file_partition", "0");
  const std::size_t most = options.number("file_send_max_open_files", 10, 1, 10'000);
  const bool is_array = options.one_of("file_format", "lines", {"lines", "array"}) == "array";
  return std::make_unique<FileSender>(path, most, is_array, rights, "the output of " + options.where(),
                                      std::move(clock));
}

}  // namespace logkit
