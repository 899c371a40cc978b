#!/usr/bin/env bash
# Usage: packaged_sample.sh <program> <sample>
#
# Prints the configuration that a package begins with: the sample with absolute directories, because a relative
# one would be below /usr, and without a server, because an agent that nobody has configured connects to none.
# Fails when the sample does not say any more what is changed here.
set -euo pipefail
program=$1 sample=$2
text=$(cat "$sample")

# change <from> <to>
change() {
  [[ $text == *"$1"* ]] || { echo "$sample does not say '$1': packaged_sample.sh must follow it" >&2; exit 1; }
  text=${text/"$1"/"$2"}
}

case $sample in
  *server.conf)
    change $'\n# Relative directories start at the parent of the program\'s directory: /opt/agent-server for /opt/agent-server/bin.' ""
    change $'\nid = server-01\n' $'\nid =\n'
    change $'\ndata_dir = data\n' $'\ndata_dir = /var/lib/'"$program"$'\n'
    change $'\ncache_dir = cache\n' $'\ncache_dir = /var/lib/'"$program"$'/cache\n'
    change $'\nlog_dir = logs\n' $'\nlog_dir = /var/log/'"$program"$'\n'
    ;;
  *)
    change $'\nbasic.server = 127.0.0.1:13081\n' $'\nbasic.server =\n'
    change "logs/ beside the program" "/var/log/$program"
    change $'\nbasic.log.dir = logs\n' $'\nbasic.log.dir = /var/log/'"$program"$'\n'
    ;;
esac
printf '%s\n' "$text"
