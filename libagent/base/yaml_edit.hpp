// yaml_edit: a new value on one line of a YAML file.
#pragma once

#include <string>
#include <string_view>

namespace agent {

// The value of the key that begins at `column` of this line, replaced; comments and blanks stay. Throws
// Errc::bad_config when the value does not stand on this line alone (block scalars, lists, maps,
// anchors, aliases, tags).
std::string replace_yaml_value(std::string_view line, int column, std::string_view value);

// Plain where that is safe, else in double quotes.
std::string quote_yaml(std::string_view value);

}  // namespace agent
