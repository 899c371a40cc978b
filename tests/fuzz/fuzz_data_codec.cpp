// Data within JSON, as upload.data and download_data.data have it.
#include "agent/data_codec.hpp"

#include "agent/base64.hpp"
#include "agent/password.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using agent::DataForm;
using agent::Errc;
using agent::Error;

constexpr std::size_t kLimit = 64 * 1024;

void check_again(std::string_view raw) {
  for (const DataForm form : {DataForm::plain, DataForm::gzip, DataForm::zstd, agent::choose_data_form(raw)})
    fuzz::require(agent::decode_data(agent::encode_data(raw, form), kLimit) == raw,
                  "data does not come back");
}

void decode(std::string_view text) {
  try {
    const std::string raw = agent::decode_data(text, kLimit);
    fuzz::require(raw.size() <= kLimit, "data beyond the limit");
    check_again(raw);
  } catch (const Error& error) {
    fuzz::require(error.code() == Errc::bad_message || error.code() == Errc::too_large, "another error");
  }
}

}  // namespace

// The text as a peer sends it, and its bytes in each form, so that what is compressed is damaged too.
void fuzz::data_codec(std::string_view input) {
  decode(input);
  for (const char* tag : {"$0$", "$1$", "$2$"}) decode(tag + agent::encode_base64(input));
  check_again(input.substr(0, kLimit));
  try {
    agent::decode_password(input);
  } catch (const Error& error) {
    require(error.code() == Errc::bad_message, "another error");
  }
}
