// The names and descriptions of the settings that every agent has. The source is made at build time out of
// manifest/*.yaml (manifest/texts.cmake).
#pragma once

#include <span>

#include "agent/manifest.hpp"

namespace agent::core {

extern const std::span<const LanguageFile> kLibraryTexts;

}  // namespace agent::core
