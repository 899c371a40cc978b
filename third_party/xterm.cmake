# xterm.js 3.8, MIT. The terminal emulator of the web page. Debian's node-xterm is files alone and needs no Node; the build
# joins its modules into one (server/console/embed_page.sh, docs/decisions/console.md).
# Headers: xterm.js
# May appear in: server/console/CMakeLists.txt
find_path(XTERM_FOLDER Terminal.js PATHS /usr/share/nodejs/xterm/lib REQUIRED NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
