# The tool chain of another machine, for `make portable ARCH=arm64`: Debian's cross compiler CROSS_TOOLS (aarch64-linux-gnu) and
# the libraries of make_sysroot.sh in CROSS_ROOT.
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES CROSS_TOOLS CROSS_ROOT)
string(REGEX MATCH "^[^-]+" CMAKE_SYSTEM_PROCESSOR ${CROSS_TOOLS})
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${CROSS_TOOLS}-gcc)
set(CMAKE_CXX_COMPILER ${CROSS_TOOLS}-g++)
set(CMAKE_SYSROOT ${CROSS_ROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# Debian's folder for that machine's libraries. Its libc has today's fixes; the one that comes with the compiler would be found first.
string(REPLACE "i686" "i386" CMAKE_LIBRARY_ARCHITECTURE ${CROSS_TOOLS})
set(_libraries ${CROSS_ROOT}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE})
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${_libraries} -B${_libraries}")
set(ENV{PKG_CONFIG_LIBDIR} ${_libraries}/pkgconfig)
