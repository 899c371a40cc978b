// The data helper of the wire: binary data as text within JSON (docs/wire.md, "Rules for JSON").
//
// "$0$" + base64(raw), "$1$" + base64(gzip(raw)), "$2$" + base64(zstd(raw)). Used by upload.data,
// download_data.data and log_ddata.data. Plain functions, usable from any thread.
#pragma once

#include <string>
#include <string_view>

#include "agent/error.hpp"

namespace agent {

enum class DataForm {
  plain,  // "$0$"
  gzip,   // "$1$": the only compressed form that classic servers read
  zstd,   // "$2$"
};

// zstd for what looks like text, plain for the rest, as originals choose.
DataForm choose_data_form(std::string_view raw);

std::string encode_data(std::string_view raw, DataForm form);

// Throws Errc::bad_message for an unknown tag or damaged data, Errc::too_large when it expands beyond
// `max_raw` bytes.
std::string decode_data(std::string_view text, std::size_t max_raw);

}  // namespace agent
