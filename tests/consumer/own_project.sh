#!/usr/bin/env bash
# Usage: own_project.sh <folder of the programs> <prefix of libagent> <folder>
#
# The project that `make new-agent` makes, as its owner meets it: built on the installed library, checked, started against a
# server, packaged. The folder is made anew.
set -euo pipefail
programs=$1 prefix=$2 folder=$3
here=$(cd "$(dirname "$0")" && pwd)
unset MAKEFLAGS MAKELEVEL
export CMAKE_PREFIX_PATH=$prefix PATH=$programs:$PATH COMPRESSION=none

fail() { echo "failed: $*" >&2; exit 1; }
# equal <what> <is> <should be>
equal() { [ "$2" = "$3" ] || fail "$1 is '$2', should be '$3'"; }

rm -rf "$folder"
"$here/../../packaging/new_agent.sh" weather-agent "$folder"
cd "$folder"
# A repository of its own, as its owner has one: its tags are not ours.
git init -q
git add .
git -c user.name=a -c user.email=a@example.org commit -q -m one

make build
agent=$folder/build/weather-agent
equal "its version" "$("$agent" --version | head -n 1)" "weather-agent 0.1.0"

# What it comes with describes it, before and after `make manifest`.
make manifest
equal "what make manifest has changed" "$(git status --porcelain)" ""
manifest-lint --conf conf/agent.conf conf/manifest.yaml
"$agent" validate --conf conf/agent.conf
sed -e 's/^own.greeting.*/own.greetin = x/' -e 's/^basic.log.size.*/basic.log.size = much/' conf/agent.conf >build/wrong.conf
said=$("$agent" validate --conf build/wrong.conf 2>&1) && fail "a wrong configuration is valid: $said"
[[ $said == *"did you mean 'own.greeting'"* && $said == *basic.log.size* ]] || fail "validate does not say what is wrong: $said"

make test  # it is started with a configuration, against a server, and asked

make
release=$folder/release/0.1.0
deb=$(echo "$release"/weather-agent_0.1.0_linux_*.deb)
dpkg-deb -x "$deb" build/package
equal "the packaged version" "$(build/package/usr/bin/weather-agent --version | head -n 1)" "weather-agent 0.1.0"
cmp conf/manifest.yaml build/package/usr/share/weather-agent/manifest.yaml
sed 's/^basic.server =$/basic.server = a.example:1/' build/package/usr/share/weather-agent/agent.conf >build/packaged.conf
build/package/usr/bin/weather-agent validate --conf build/packaged.conf
zgrep -q own.greeting build/package/usr/share/man/man8/weather-agent.8.gz || fail "its manual lacks its setting"
equal "what rpm says" "$(rpm -qp --queryformat '%{NAME} %{VERSION}' "$release"/*.rpm)" "weather-agent 0.1.0"
(cd "$release" && sha256sum --check --strict --quiet SHA256SUMS)
