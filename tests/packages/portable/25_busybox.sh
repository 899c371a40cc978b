#!/bin/bash
# An agent works in a root as Alpine has it, with busybox, without nsswitch.conf and without glibc: TLS, commands, files.
. /tests/portable.sh
root=/run/small
mkdir -p $root/{bin,proc,dev,tmp,root,etc/ssl}
cp /tests/busybox /opt/exec-agent/bin/exec-agent $root/bin/
for applet in sh cat id; do ln -s busybox $root/bin/$applet; done
echo root:x:0:0:root:/root:/bin/sh >$root/etc/passwd
echo root:x:0: >$root/etc/group
echo 127.0.0.1 server.test | tee -a /etc/hosts >$root/etc/hosts
cp /tests/certificates/ca.pem $root/etc/ssl/cert.pem
mknod -m 666 $root/dev/null c 1 3
mount -t proc proc $root/proc
serve 'listen = 127.0.0.1:13443' 'tls.cert = /tests/certificates/server.pem' 'tls.key = /tests/certificates/server.key' \
  'server_names = server.test'
HOME=/root chroot $root /bin/exec-agent --server wss://server.test:13443 --id small >/run/agent.log 2>&1 &
ctl() { SSL_CERT_FILE=/tests/certificates/ca.pem agentctl --url https://server.test:13443 "$@"; }
# shellcheck disable=SC2016  # for the shell there
answer() { ctl run -a small -- 'cat /etc/passwd; id -un; echo $((6 * 7))'; }
wait_until "a command runs in it" answer
equal "its output" "$(answer)" "root:x:0:0:root:/root:/bin/sh
root
42"
ctl cp small:/etc/group /run/group
equal "a file of it" "$(cat /run/group)" root:x:0:
kill %1 %2
wait
umount $root/proc
