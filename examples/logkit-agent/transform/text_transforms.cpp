#include "text_transforms.hpp"

#include <agent/error.hpp>
#include <agent/json_value.hpp>
#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <optional>

#include "examples/logkit-agent/parse/text_pattern.hpp"
#include "examples/logkit-agent/parse/typed_value.hpp"
#include "field_path.hpp"

namespace logkit {
namespace {

using enum TransformResult;

// Makes another value of a text. Nothing: it cannot be done.
using TextChange = std::function<std::optional<Value>(std::string_view, Arena&)>;

class TextTransform final : public Transform {
 public:
  TextTransform(FieldPath from, FieldPath to, bool is_before, TextChange change)
      : from_(std::move(from)), to_(std::move(to)), is_before_(is_before), change_(std::move(change)) {}

  bool is_before_parser() const override { return is_before_; }

  TransformResult apply(Record& record, std::string& why) override {
    const auto value = from_.get(record);
    why = "there is no field " + from_.text();
    if (!value) return failed;
    const auto changed = change_(value->text, record.arena());
    why = "the field " + from_.text() + " has another form, or " + to_.text() + " cannot be made";
    return changed && to_.set(record, *changed) ? done : failed;
  }

  TransformResult apply_line(std::string_view& line, Arena& arena, std::string& why) override {
    const auto changed = change_(line, arena);
    if (changed) line = changed->text;
    if (!changed) why = "the line has another form";
    return changed ? done : failed;
  }

 private:
  FieldPath from_, to_;
  bool is_before_;
  TextChange change_;
};

// Without `stage`, or after the parser, `key` must be there.
std::unique_ptr<Transform> make_text_transform(const PartOptions& options, bool is_before,
                                               TextChange change) {
  const std::string key = is_before ? options.text("key") : options.required("key");
  const std::string to = options.text("new", key);
  return std::make_unique<TextTransform>(FieldPath(key), FieldPath(to), is_before, std::move(change));
}

Value kept(std::string_view text, Arena& arena) { return {arena.keep(text), false}; }

std::string replaced(std::string_view text, const std::string& old, const std::string& with) {
  std::string out;
  for (;;) {
    const std::size_t at = text.find(old);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += with;
    text.remove_prefix(at + old.size());
  }
}

// Places of characters, not of bytes.
std::string_view characters(std::string_view text, std::uint64_t start, std::optional<std::uint64_t> end) {
  std::size_t begin_at = text.size();
  std::size_t end_at = text.size();
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    if (count == start) begin_at = i;
    if (end && count == *end) end_at = i;
    ++count;
  }
  return begin_at < end_at ? text.substr(begin_at, end_at - begin_at) : std::string_view();
}

std::string array_of(std::string_view text, const std::string& separator) {
  std::string out = "[";
  for (;;) {
    const std::size_t at = text.find(separator);
    append_json_string(out, text.substr(0, at));
    if (at == std::string_view::npos) return out + "]";
    out += ',';
    text.remove_prefix(at + separator.size());
  }
}

using Words = std::map<std::string, std::string, std::less<>>;

// "abc 123, xyz nihao"
void read_map(const PartOptions& options, Words& words) {
  for (const std::string& part : options.list("map")) {
    const std::size_t blank = part.find(' ');
    if (blank == std::string::npos) options.fail("map: '" + part + "' is no value and new value");
    words[part.substr(0, blank)] = trimmed(std::string_view(part).substr(blank));
  }
}

void read_map_file(const PartOptions& options, Words& words) {
  const std::string path = options.text("map_file");
  if (path.empty()) return;
  std::ifstream file(path, std::ios::binary);
  if (!file) options.fail("map_file: '" + path + "' cannot be read");
  try {
    const auto document = agent::json::Document::parse(std::string{std::istreambuf_iterator<char>(file), {}});
    for (std::size_t i = 0; i < document.root().size(); ++i) {
      const auto [name, value] = document.root().member(i);
      words[std::string(name)] = value.is_string() ? std::string(value.as_string()) : value.text();
    }
  } catch (const agent::Error& error) {
    options.fail("map_file: " + path + ": " + error.what());
  }
}

}  // namespace

std::unique_ptr<Transform> make_replace(const PartOptions& options) {
  const std::string old = options.text("old_string", options.text("old"));
  const std::string with = options.text("new_string", options.has("new_string") ? "" : options.text("new"));
  if (old.empty()) options.fail("old_string is missing");
  const bool is_before = read_stage(options, true);
  const std::string key = is_before ? options.text("key") : options.required("key");
  TextChange change = [old, with](std::string_view text, Arena& arena) {
    return std::optional(text.find(old) == std::string_view::npos ? Value{text, false}
                                                                  : kept(replaced(text, old, with), arena));
  };
  if (options.flag("regex", false)) {
    try {
      change = [pattern = std::make_shared<TextPattern>(old), with](std::string_view text, Arena& arena) {
        return std::optional(pattern->finds(text) ? kept(pattern->replace(text, with), arena)
                                                  : Value{text, false});
      };
    } catch (const agent::Error& error) {
      options.fail(std::string("old_string: ") + error.what());
    }
  }
  return std::make_unique<TextTransform>(FieldPath(key), FieldPath(key), is_before, std::move(change));
}

std::unique_ptr<Transform> make_trim(const PartOptions& options) {
  const std::string characters = options.text("characters", " \t\r\n");
  const std::string place = options.one_of("place", "both", {"both", "prefix", "suffix"});
  return make_text_transform(options, false, [characters, place](std::string_view text, Arena&) {
    if (place != "suffix") text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
    if (place != "prefix") text = text.substr(0, text.find_last_not_of(characters) + 1);
    return std::optional(Value{text, false});
  });
}

std::unique_ptr<Transform> make_case(const PartOptions& options) {
  const bool is_upper = options.one_of("mode", "upper", {"lower", "upper"}) == "upper";
  return make_text_transform(options, read_stage(options, false),
                             [is_upper](std::string_view text, Arena& arena) {
                               std::string out(text);
                               for (char& c : out) {
                                 if (is_upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
                                 if (!is_upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
                               }
                               return std::optional(kept(out, arena));
                             });
}

std::unique_ptr<Transform> make_substring(const PartOptions& options) {
  constexpr std::uint64_t kMost = 1'000'000'000;
  const std::uint64_t start = options.number("start", 0, 0, kMost);
  std::optional<std::uint64_t> end;
  if (options.has("end")) end = options.number("end", kMost, 0, kMost);
  return make_text_transform(options, read_stage(options, false),
                             [start, end](std::string_view text, Arena&) {
                               return std::optional(Value{characters(text, start, end), false});
                             });
}

std::unique_ptr<Transform> make_split(const PartOptions& options) {
  const std::string separator = options.required("sep");
  options.required("new");
  return make_text_transform(options, false, [separator](std::string_view text, Arena& arena) {
    return std::optional(Value{arena.keep(array_of(text, separator)), true});
  });
}

std::unique_ptr<Transform> make_mapreplace(const PartOptions& options) {
  Words words;
  read_map_file(options, words);
  read_map(options, words);
  if (words.empty()) options.fail("map or map_file is missing");
  return make_text_transform(options, false,
                             [words](std::string_view text, Arena& arena) -> std::optional<Value> {
                               const auto found = words.find(text);
                               if (found == words.end()) return std::nullopt;
                               return kept(found->second, arena);
                             });
}

}  // namespace logkit
