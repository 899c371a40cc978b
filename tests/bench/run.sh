#!/usr/bin/env bash
# Runs every benchmark once: tests/bench/run.sh <directory of the programs>
set -eu
bin=$1
server=$bin/agent-server

"$bin/bench-echo" --size 128
"$bin/bench-echo" --size 4096
"$bin/bench-rpc" --server "$server" --agent "$bin/example-agent"
# At one rate nobody gains by answering many at once.
"$bin/bench-rpc" --server "$server" --agent "$bin/example-agent" --rate 10000
"$bin/bench-rpc" --server "$server" --agent fake --agents 1000 --clients 1 --rate 1000
"$bin/agent-swarm" --server "$server" --agents 10000 --reports 100000
"$bin/agent-swarm" --server "$server" --agents 10000 --outage 5 --connect-limit 1000
"$bin/agent-swarm" --server "$server" --agents 5000 --tls 1 --ramp 1000
"$bin/bench-metrics" --server "$server"
"$bin/bench-files" --server "$server" --agent "$bin/exec-agent"
"$bin/bench-exec" --server "$server" --agent "$bin/exec-agent"
"$bin/bench-terminals" --server "$server" --agent "$bin/exec-agent"
"$bin/bench-spool" --directory /var/tmp
"$bin/bench-spool" --directory /var/tmp --record 2000 --batch 1
"$bin/bench-processes"
"$bin/bench-host"
python3 -B "$(dirname "$0")/bench_logkit_agent.py" --agent "$bin/logkit-agent"
if [ "$(id -u)" -eq 0 ]; then
  python3 -B "$(dirname "$0")/bench_metrics_agent.py" --agent "$bin/metrics-agent" --server "$server"
fi
