#!/bin/bash
# A portable agent finds the authorities of Debian, RHEL, SUSE and Alpine, and says where it looked when there are none.
. /tests/portable.sh
serve 'listen = 127.0.0.1:13443' 'tls.cert = /tests/certificates/server.pem' 'tls.key = /tests/certificates/server.key'
echo 127.0.0.1 server.test >>/etc/hosts
chmod 600 /tests/certificates/server.key 2>/dev/null || true

# connect <file of the agent's output>: until it is connected or says why it is not.
connect() {
  rm -f "$1"  # what the agent before has said
  env HOME=/root "${@:2}" exec-agent --server wss://server.test:13443 --id exec-1 >"$1" 2>&1 &
  local agent=$!
  settled() { grep -q -e 'connected to' -e certificate "$1"; }
  wait_until "$1 says something" settled "$1"
  kill "$agent"
  wait "$agent" || true
}

rm -rf /etc/ssl /etc/pki /usr/lib/ssl
connect /run/none
for place in /usr/lib/ssl/certs /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
  contains "what it says without authorities" "$(cat /run/none)" "$place"
done
for place in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem \
  /etc/ssl/ca-bundle.pem /etc/ssl/cert.pem /usr/lib/ssl/cert.pem; do
  mkdir -p "${place%/*}"
  cp /tests/certificates/ca.pem "$place"
  connect /run/said
  contains "what it says with $place" "$(cat /run/said)" "connected to"
  rm -r "$place"
done
connect /run/said SSL_CERT_FILE=/tests/certificates/ca.pem
contains "what it says with SSL_CERT_FILE" "$(cat /run/said)" "connected to"
mkdir -p /etc/ssl/certs /run/empty
cp /tests/certificates/ca.pem /etc/ssl/certs/ca-certificates.crt
connect /run/said SSL_CERT_DIR=/run/empty SSL_CERT_FILE=/run/empty/none
contains "what it says when SSL_CERT_DIR has none" "$(cat /run/said)" "certificate"
kill %1
wait
