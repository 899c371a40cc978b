#include "kv_parser.hpp"

#include "typed_value.hpp"

namespace logkit {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// The place behind the quote that closes the value at the beginning of `text`; kNone: there is none that a
// blank or the end follows.
std::size_t end_of_quotes(std::string_view text) {
  for (std::size_t at = text.find('"', 1); at != kNone; at = text.find('"', at + 1)) {
    const bool is_escaped = text[at - 1] == '\\';
    if (!is_escaped && (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\t')) return at + 1;
  }
  return kNone;
}

// Where the value ends that begins at `begin` and has no quotes.
std::size_t end_of_plain(std::string_view text, std::size_t begin, std::string_view splitter) {
  for (std::size_t next = text.find(splitter, begin); next != kNone; next = text.find(splitter, next + 1)) {
    const std::size_t blank = next == 0 ? kNone : text.find_last_of(" \t", next - 1);
    // A splitter with no key before it belongs to the value.
    if (blank != kNone && blank >= begin && blank + 1 < next) return blank;
  }
  return text.size();
}

Value value_of(std::string_view text, bool keeps_text, Arena& arena) {
  if (keeps_text) return {text, false};
  if (const std::optional<Value> number = number_value(text, arena)) return *number;
  if (text == "true" || text == "t") return {"true", true};
  if (text == "false" || text == "f") return {"false", true};
  return {text, false};
}

class KvParser final : public Parser {
 public:
  KvParser(std::string splitter, bool keeps_text) : splitter_(std::move(splitter)), keeps_text_(keeps_text) {}

  bool parse(std::string_view line, RecordSink& sink, std::string& why) override {
    if (!add_pairs(line, splitter_, keeps_text_, sink.record())) {
      why = "has no pairs, or one without a key";
      return false;
    }
    sink.done();
    return true;
  }

 private:
  std::string splitter_;
  bool keeps_text_;
};

}  // namespace

bool add_pairs(std::string_view text, std::string_view splitter, bool keeps_text, Record& record) {
  bool any = false;
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    const std::size_t split = text.find(splitter);
    if (split == kNone) return any;
    const std::string_view key = trimmed(text.substr(0, split));
    if (key.empty()) return false;
    const std::size_t begin = split + splitter.size();
    const std::size_t quoted =
        text.substr(begin).starts_with('"') ? end_of_quotes(text.substr(begin)) : kNone;
    if (quoted != kNone) {
      record.set(key, {text.substr(begin + 1, quoted - 2), false});
      text.remove_prefix(begin + quoted);
    } else {
      const std::size_t end = end_of_plain(text, begin, splitter);
      record.set(key, value_of(trimmed(text.substr(begin, end - begin)), keeps_text, record.arena()));
      text.remove_prefix(end);
    }
    any = true;
  }
  return any;
}

std::unique_ptr<Parser> make_kv_parser(const PartOptions& options) {
  return std::make_unique<KvParser>(options.text("splitter", "="), options.flag("keep_string", false));
}

}  // namespace logkit
