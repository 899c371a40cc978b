# Writes OUTPUT, the source of build_info.hpp, if the commit of the project in DIRECTORY has changed:
#   cmake -D DIRECTORY=<dir> -D OUTPUT=<file> -P build_info.cmake
function(git result)
  execute_process(COMMAND git -C ${DIRECTORY} ${ARGN}
    OUTPUT_VARIABLE text RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed)
    set(text "")
  endif()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

git(branch rev-parse --abbrev-ref HEAD)
git(commit rev-parse --short HEAD)
git(count rev-list --count HEAD)
if(commit)
  set(version "${branch}.${commit}.${count}")
else()
  set(version "unknown")
endif()

if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} old)
  string(FIND "${old}" "\"${version}\"" found)
  if(NOT found EQUAL -1)
    return()
  endif()
endif()

string(TIMESTAMP now "%Y-%m-%dT%H:%M:%SZ" UTC)  # honours SOURCE_DATE_EPOCH
file(WRITE ${OUTPUT} "#include \"core/build_info.hpp\"

namespace agent::core {

const std::string_view kCodeVersion = \"${version}\";
const std::string_view kBuildTime = \"${now}\";

}  // namespace agent::core
")
