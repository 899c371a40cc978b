#include "dead_letters.hpp"

#include <agent/error.hpp>
#include <chrono>
#include <filesystem>

#include "examples/logkit-agent/parse/time_text.hpp"

namespace logkit {

void DeadLetters::put(Fields record, const std::string& answer) {
  if (path_.empty()) return;
  std::string text = "{\"time\":";
  append_json_string(text, rfc3339(std::chrono::system_clock::now()));
  text += ",\"answer\":";
  append_json_string(text, answer);
  text += ",\"record\":";
  append_json(text, record);
  text += "}\n";
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path_, error);
  if (!error && size > 0 && size + text.size() > max_size_) {
    file_.reset();
    std::filesystem::rename(path_, path_ + ".old", error);
    if (error) throw agent::system_error("rename " + path_, error.value());
  }
  if (!file_ || !file_->is_in_place()) file_ = std::make_unique<OutputFile>(path_);
  file_->append(text);
}

}  // namespace logkit
