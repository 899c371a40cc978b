#!/bin/sh
# Usage: embed_page.sh <lib folder of xterm> <folder to write to> <files of the page...>
#
# Writes page_files.cpp, a source with all files of the page, plain and compressed, and what it includes. `@digest@` in
# index.html becomes the digest of all files. The emulator comes as CommonJS modules: they become one module for browsers,
# emulator.js.
set -eu

xterm=$1 out=$2
shift 2
export LC_ALL=C
rm -rf "$out/page"
mkdir -p "$out/page"

# emulator: one ES module out of the CommonJS modules, with the few lines that join them.
emulator() {
  echo 'const modules = {'
  (cd "$xterm" && find -L . -name '*.js' ! -name '*.test.js' ! -name xterm.js \( -path './addons/fit/*' -o ! -path './addons/*' \) | sort) |
    while read -r file; do
      echo "'${file#./}'(exports, require, module) {"
      # Its one text that becomes markup is a blank; no markup is written on our page.
      sed "/^\/\/# sourceMappingURL/d; s/innerHTML += '&nbsp;'/textContent += '\\\\u00a0'/" "$xterm/$file"
      echo '},'
    done
  cat <<'END'
};
const made = {};
function load(name) {
  if (made[name]) return made[name].exports;
  const module = (made[name] = { exports: {} });
  const folder = name.split('/').slice(0, -1);
  const require = (path) => {
    const parts = [...folder];
    for (const part of path.split('/')) part === '..' ? parts.pop() : part !== '.' && parts.push(part);
    return load(`${parts.join('/')}.js`);
  };
  modules[name].call(module.exports, module.exports, require, module);
  return module.exports;
}
export const Terminal = load('public/Terminal.js').Terminal;
export const fit = load('addons/fit/fit.js').fit;
END
}

cp "$@" "$out/page/"
emulator >"$out/page/emulator.js"
cp "$xterm/xterm.css" "$out/page/emulator.css"
chmod u+w "$out/page"/*

digest=$(cd "$out/page" && cat -- * | sha256sum | cut -c 1-16)
sed -i "s/@digest@/$digest/g" "$out/page/index.html"

type_of() {
  case $1 in
    *.html) echo 'text/html; charset=utf-8' ;;
    *.js) echo 'text/javascript; charset=utf-8' ;;
    *.css) echo 'text/css; charset=utf-8' ;;
    *.svg) echo 'image/svg+xml' ;;
    *) echo "embed_page.sh: $1 has no content type" >&2 && exit 1 ;;
  esac
}

# embed <symbol> <file>: the bytes of a file between two symbols.
embed() {
  cat <<END
asm(R"(.section .rodata
.global $1
$1:
.incbin "$2"
.global $1_end
$1_end:
.byte 0
.previous)");
extern "C" const char $1[], $1_end[];
END
}

{
  echo '#include "console/page_file.hpp"'
  echo
  number=0 entries=
  for path in "$out/page"/*; do
    name=${path##*/} type=$(type_of "$path")
    gzip -9 -n -c "$path" >"$path.gz"
    number=$((number + 1))
    embed "page_plain_$number" "$path"
    embed "page_packed_$number" "$path.gz"
    entries="$entries      {\"$name\", \"$type\", {page_plain_$number, page_plain_${number}_end}, {page_packed_$number, page_packed_${number}_end}},
"
  done
  cat <<END

namespace server {

std::span<const PageFile> page_files() {
  static const PageFile kFiles[] = {
$entries  };
  return kFiles;
}

std::string_view page_digest() { return "$digest"; }

}  // namespace server
END
} >"$out/page_files.cpp"
