#!/usr/bin/env bash
# Usage: new_agent.sh <name> <folder>
#
# Makes a project of its own in <folder>, which must not exist or be empty: an agent of that name, its configuration, its packages,
# its test and its workflows. packaging/new-agent/README.md is its README.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=${1:-} folder=${2:-}

usage() { echo "$*; make new-agent NAME=weather-agent DIR=../weather-agent" >&2; exit 2; }
[[ $name =~ ^[a-z][a-z0-9]*(-[a-z0-9]+)*$ ]] || usage "NAME='$name': want lower-case letters, digits and '-', such as weather-agent"
[ ${#name} -le 15 ] || usage "NAME='$name': at most 15 characters, so that the kernel shows it whole"
[ -n "$folder" ] || usage "DIR is missing"
[ -z "$(ls -A "$folder" 2>/dev/null)" ] || usage "DIR='$folder' is not empty"

mkdir -p "$folder/conf" "$folder/contrib"
cp -R "$here/new-agent/." "$folder"
mv "$folder/gitignore" "$folder/.gitignore"
chmod +x "$folder/tests/answers.sh"
find "$folder" -type f -exec sed -i "s/@NAME@/$name/g" {} +

# Its configuration is that of the smallest agent, with its own settings at the end.
sed -e "s/example-agent/$name/g" -e '/^foo\.delay/d' "$here/../examples/example-agent/agent.conf" >"$folder/conf/agent.conf"
echo "own.greeting = hello" >>"$folder/conf/agent.conf"
# As `make manifest` writes it.
{
  awk '/^- key: / { on = ($3 != "foo.delay") } /^#/ || on' "$here/../examples/example-agent/manifest.yaml"
  cat <<END
- key: own.greeting
  name:
    zh: "问候语"
    en: "Greeting"
  desc:
    zh: "应答以此开头。"
    en: "How an answer begins."
  type: string
  default: "hello"
END
} >"$folder/conf/manifest.yaml"

for script in changelog_section deb man_page packaged_sample product product_tree release rpm service_steps tarballs; do
  cp "$here/$script.sh" "$folder/contrib"
done
{
  grep '^#' "$here/products.txt"
  echo "$name | conf | agent.conf | root | 8 | agent that answers questions"
} >"$folder/contrib/products.txt"

echo "$folder is an agent of your own. Next: cd $folder && make manifest test && make"
