#!/bin/bash
# Packages of arm64 are refused here; their program, emulated, is connected over TLS, runs a command and takes a file.
. /tests/portable.sh
packages=/tests/packages-arm64
url=https://server.test:13443
equal "the deb's architecture" "$(dpkg-deb --field $packages/exec-agent_2.0.0_linux_arm64.deb Architecture)" arm64
equal "the rpm's architecture" "$(rpm -qp --qf '%{ARCH}' $packages/exec-agent_2.0.0_linux_arm64.rpm)" aarch64
said=$(! dpkg -i $packages/exec-agent_2.0.0_linux_arm64.deb 2>&1 </dev/null)
contains "what dpkg says" "$said" "does not match system"
said=$(! rpm -U --nodeps $packages/exec-agent_2.0.0_linux_arm64.rpm 2>&1 </dev/null)
contains "what rpm says" "$said" "different architecture"
[ ! -e /etc/exec-agent ] || fail "a script of a refused package has run"

# All that were made: the suite makes exec-agent alone, a release all of them.
mkdir /run/arm64
for file in $packages/*.tar.gz; do tar -C /run/arm64 -xzf "$file"; done
emulated() { HOME=/root SSL_CERT_FILE=/tests/certificates/ca.pem /tests/qemu-aarch64-static "$@"; }
for program in /run/arm64/opt/*/bin/*; do
  equal "the processor of $program" "$(od -An -tx1 -j 18 -N 2 "$program")" " b7 00"
  emulated "$program" --help >/dev/null
done
size=$(stat -c %s /run/arm64/opt/exec-agent/bin/exec-agent)
[ "$size" -le 10485760 ] || fail "exec-agent has $size bytes"
dpkg-deb -x $packages/exec-agent_2.0.0_linux_arm64.deb /run/deb
cmp /run/deb/usr/bin/exec-agent /run/arm64/opt/exec-agent/bin/exec-agent
[ -s /run/deb/usr/share/man/man8/exec-agent.8.gz ] || fail "it has no manual"

echo 127.0.0.1 server.test >>/etc/hosts
serve 'listen = 127.0.0.1:13443' 'tls.cert = /tests/certificates/server.pem' 'tls.key = /tests/certificates/server.key' \
  'server_names = server.test'
printf '%s\n' "basic.server = wss://server.test:13443" 'basic.id = exec-1' 'log.target = file' 'log.dir = /run/logs' \
  'log.size = 10K' 'log.rotate = 2' 'log.level = debug' >/run/agent.conf
emulated /run/arm64/opt/exec-agent/bin/exec-agent run --conf /run/agent.conf >/run/agent.log 2>&1 &
ctl() { SSL_CERT_FILE=/tests/certificates/ca.pem agentctl --url $url "$@"; }
answers() { ctl run -a exec-1 -- cat /etc/debian_version; }
wait_until "a command runs through the emulated agent" answers
contains "its output" "$(answers)" "12."
ctl cp /run/agent.conf exec-1:/run/copied
cmp /run/agent.conf /run/copied
rotated() { answers && [ "$(find /run/logs -type f | wc -l)" -gt 1 ]; }
wait_until "the agent's log is rotated" rotated
kill %1 %2
wait
