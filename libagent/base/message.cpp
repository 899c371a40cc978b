#include "agent/message.hpp"

#include <limits>
#include <utility>

namespace agent {
namespace {

std::string_view text_member(json::Value root, std::string_view key) {
  json::Value value = root.find(key);
  if (value.is_null()) return {};
  try {
    return value.as_string();
  } catch (const Error& error) {
    throw error.within(key);
  }
}

int type_member(json::Value root) {
  try {
    using Limits = std::numeric_limits<int>;
    return static_cast<int>(root.find("type").as_int(Limits::min(), Limits::max()));
  } catch (const Error& error) {
    throw error.within("type");
  }
}

std::uint64_t seq_member(json::Value root) {
  json::Value value = root.find("seq");
  if (value.is_null()) return 0;
  try {
    return value.as_uint(std::numeric_limits<std::uint64_t>::max());
  } catch (const Error& error) {
    throw error.within("seq");
  }
}

}  // namespace

Envelope Envelope::parse(std::string text) {
  Envelope out;
  out.document_ = json::Document::parse(std::move(text));
  json::Value root = out.document_.root();
  if (!root.is_object()) json::detail::throw_expected("an object", root);
  out.type_ = type_member(root);
  out.tid_ = text_member(root, "tid");
  out.errmsg_ = text_member(root, "errmsg");
  out.seq_ = seq_member(root);
  return out;
}

std::string encode_error(std::string_view errmsg, std::string_view tid, std::uint64_t seq) {
  json::Writer out;
  out.begin_object().key("type").integer(0);
  if (!tid.empty()) out.key("tid").string(tid);
  if (seq != 0) out.key("seq").unsigned_integer(seq);
  out.key("errmsg").string(errmsg);
  out.end_object();
  return out.take();
}

}  // namespace agent
