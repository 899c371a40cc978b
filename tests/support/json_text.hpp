// json_text: one value out of a JSON text, by its path, as text; enough to look at replies.
#pragma once

#include <string>
#include <string_view>

namespace test {

// json_at(text, "payload.0.id"): the members and indices on the way, joined by dots. A string without its
// quotes, anything else as it is written; "" when there is no such value. Throws when the text is no JSON.
std::string json_at(const std::string& json, std::string_view path);

}  // namespace test
