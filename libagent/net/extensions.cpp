#include "net/extensions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/error.hpp"

namespace agent::net {
namespace {

constexpr std::string_view kDeflate = "permessage-deflate";
constexpr std::string_view kServerNoTakeover = "server_no_context_takeover";
constexpr std::string_view kClientNoTakeover = "client_no_context_takeover";
constexpr std::string_view kServerWindow = "server_max_window_bits";
constexpr std::string_view kClientWindow = "client_max_window_bits";
constexpr std::string_view kTerms =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
constexpr int kOurWindow = 15;

bool is_token_char(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alphanumeric || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

// Reader: the header's text from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }

  // Whether `c` comes next; it is taken.
  bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string token() {
    skip_blanks();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_token_char(text_[at_])) ++at_;
    if (at_ == begin) fail("a name or a value is missing");
    return std::string(text_.substr(begin, at_ - begin));
  }

  // Starts behind the opening quote. The content must be a token, too.
  std::string quoted_token() {
    std::string value;
    for (;; ++at_) {
      if (at_ < text_.size() && text_[at_] == '"') break;
      if (at_ < text_.size() && text_[at_] == '\\') ++at_;
      if (at_ >= text_.size()) fail("a quote is not closed");
      if (!is_token_char(text_[at_])) fail("a quoted value has characters that are not allowed");
      value.push_back(text_[at_]);
    }
    ++at_;
    if (value.empty()) fail("a quoted value is empty");
    return value;
  }

  [[noreturn]] void fail(std::string_view why) const {
    throw Error(Errc::bad_message,
                "Sec-WebSocket-Extensions: offset " + std::to_string(at_) + ": " + std::string(why));
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Extension read_extension(Reader& reader) {
  Extension extension{.name = reader.token(), .parameters = {}};
  while (reader.take(';')) {
    ExtensionParameter parameter{.name = reader.token(), .value = {}};
    if (reader.take('=')) parameter.value = reader.take('"') ? reader.quoted_token() : reader.token();
    extension.parameters.push_back(std::move(parameter));
  }
  return extension;
}

// What one "permessage-deflate; ..." says.
struct Terms {
  bool server_no_takeover = false;
  bool client_no_takeover = false;
  std::optional<int> server_window;
  bool has_client_window = false;
};

// 8 to 15, without leading zeros.
std::optional<int> window_bits(std::string_view text) {
  constexpr std::string_view kAllowed[] = {"8", "9", "10", "11", "12", "13", "14", "15"};
  const auto* found = std::find(std::begin(kAllowed), std::end(kAllowed), text);
  if (found == std::end(kAllowed)) return std::nullopt;
  return 8 + static_cast<int>(found - std::begin(kAllowed));
}

// False: a parameter that is unknown, repeated, or has a value that it may not have.
bool read_flag(const ExtensionParameter& parameter, bool& flag) {
  return !parameter.value && !std::exchange(flag, true);
}

bool read_parameter(const ExtensionParameter& parameter, Terms& terms) {
  if (parameter.name == kServerNoTakeover) return read_flag(parameter, terms.server_no_takeover);
  if (parameter.name == kClientNoTakeover) return read_flag(parameter, terms.client_no_takeover);
  if (parameter.name == kClientWindow) {
    const bool in_range = !parameter.value || window_bits(*parameter.value);
    return in_range && !std::exchange(terms.has_client_window, true);
  }
  if (parameter.name != kServerWindow || !parameter.value || terms.server_window) return false;
  terms.server_window = window_bits(*parameter.value);
  return terms.server_window.has_value();
}

std::optional<Terms> terms_of(const Extension& extension) {
  Terms terms;
  if (extension.name != kDeflate) return std::nullopt;
  for (const ExtensionParameter& parameter : extension.parameters) {
    if (!read_parameter(parameter, terms)) return std::nullopt;
  }
  return terms;
}

}  // namespace

std::vector<Extension> parse_extensions(std::string_view text) {
  std::vector<Extension> extensions;
  Reader reader(text);
  while (!reader.at_end()) {
    if (reader.take(',')) continue;
    extensions.push_back(read_extension(reader));
    if (!reader.at_end() && !reader.take(',')) reader.fail("a comma or a semicolon is missing");
  }
  return extensions;
}

std::vector<Extension> extensions_of(const HttpHead& head) {
  std::string all;
  for (const auto& [name, value] : head.headers) {
    constexpr std::string_view kName = "sec-websocket-extensions";
    const bool same = std::equal(name.begin(), name.end(), kName.begin(), kName.end(), [](char x, char y) {
      return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
    });
    if (same) all.append(all.empty() ? "" : ",").append(value);
  }
  return parse_extensions(all);
}

std::string deflate_offer() { return std::string(kTerms); }

std::string answer_offers(const std::vector<Extension>& offers) {
  for (const Extension& offer : offers) {
    const std::optional<Terms> terms = terms_of(offer);
    if (!terms) continue;
    if (!terms->server_window) return std::string(kTerms);
    if (*terms->server_window == kOurWindow) return std::string(kTerms).append("; server_max_window_bits=15");
  }
  return {};
}

bool check_answer(const std::vector<Extension>& answer, bool offered) {
  if (answer.empty()) return false;
  const std::optional<Terms> terms = terms_of(answer.front());
  const bool fits = offered && answer.size() == 1 && terms && terms->server_no_takeover &&
                    terms->client_no_takeover && !terms->has_client_window;
  if (!fits) throw Error(Errc::bad_message, "the server chose an extension that was not offered");
  return true;
}

}  // namespace agent::net
