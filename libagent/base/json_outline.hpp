// outline: the members of a JSON object, found without making a Document of it.
//
// For texts that are kept as they are: a look at a few members takes a fifth of the time that parsing takes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace agent::json {

// A member of the root object (depth 1), or of an object that is one of those (depth 2). `key` and `value`
// are the text as it is written, escapes and all, the key without its quotes.
struct OutlinedMember {
  int depth = 1;
  std::string_view key;
  std::string_view value;
};

// Walks the whole text once and calls `visit` for each of these members at its end, the inner ones first.
// False: the text is not one JSON object as Document::parse() reads it; some members may have been visited.
// What parse() repairs, bytes that are not UTF-8 and half surrogate pairs, is passed over. Any thread.
bool outline(const std::string& text, const std::function<void(const OutlinedMember&)>& visit);

}  // namespace agent::json
