#include "manifest_value.hpp"

#include <algorithm>

namespace manifest {

const ManifestValue* ManifestValue::find(std::string_view name) const {
  const auto found = std::find_if(members.rbegin(), members.rend(),
                                  [name](const ManifestMember& member) { return member.name == name; });
  return found == members.rend() ? nullptr : &found->value;
}

std::string_view name_of(ManifestValue::Form form) {
  using Form = ManifestValue::Form;
  switch (form) {
    case Form::none: return "nothing";
    case Form::text: return "a text";
    case Form::whole: return "a whole number";
    case Form::number: return "a number";
    case Form::flag: return "true or false";
    case Form::list: return "a list";
    case Form::map: break;
  }
  return "a map";
}

}  // namespace manifest
