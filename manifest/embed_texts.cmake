# Writes OUTPUT, a C++ source with the parts of FOLDER/<language>.yaml whose keys begin with one of KEYS ("exec.|file."):
#   cmake -D FOLDER=<dir> -D OUTPUT=<file> -D NAMESPACE=<name or ""> -D NAME=<variable> -D KEYS=<keys> -P embed_texts.cmake
# A text may have any character that a CMake list would trip over, so no line ever becomes a part of a list.
cmake_minimum_required(VERSION 3.25)
string(REPLACE "." "\\." pattern "^(${KEYS})")

# The lines of `text` that belong to a wanted key: its own and the indented ones below, without comments.
function(select_texts text result)
  set(selected "")
  set(is_wanted FALSE)
  while(NOT text STREQUAL "")
    string(FIND "${text}" "\n" end)
    if(end EQUAL -1)
      string(APPEND text "\n")
      string(FIND "${text}" "\n" end)
    endif()
    string(SUBSTRING "${text}" 0 ${end} line)
    math(EXPR next "${end} + 1")
    string(SUBSTRING "${text}" ${next} -1 text)
    if(line MATCHES "^[^ #]")
      set(is_wanted FALSE)
      if(line MATCHES "${pattern}")
        set(is_wanted TRUE)
      endif()
    endif()
    if(is_wanted AND NOT line MATCHES "^#")
      string(APPEND selected "${line}\n")
    endif()
  endwhile()
  set(${result} "${selected}" PARENT_SCOPE)
endfunction()

set(entries "")
foreach(language IN ITEMS zh en)
  file(READ ${FOLDER}/${language}.yaml text)
  select_texts("${text}" selected)
  string(APPEND entries "    {\"${language}\", R\"yaml(${selected})yaml\"},\n")
endforeach()

set(before "")
set(after "")
if(NAMESPACE)
  set(before "namespace ${NAMESPACE} {\n")
  set(after "}  // namespace ${NAMESPACE}\n")
endif()
file(WRITE ${OUTPUT} "#include <span>

#include \"agent/manifest.hpp\"

${before}extern const std::span<const agent::LanguageFile> ${NAME};
namespace {
constexpr agent::LanguageFile kFiles[] = {
${entries}};
}  // namespace
constinit const std::span<const agent::LanguageFile> ${NAME}(kFiles);
${after}")
