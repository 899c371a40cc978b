#!/bin/bash
# A killed agent is back within three seconds.
. /tests/systemd.sh
install_both
for round in 1 2 3; do
  before=$(show exec-agent MainPID)
  kill -KILL "$before"
  killed=$(uptime_us)
  wait_until "another agent runs" is_another exec-agent "$before"
  back=$(between "$killed" "$(show exec-agent ExecMainStartTimestampMonotonic)")
  echo "round $round: back after $back ms"
  [ "$back" -le 3000 ] || fail "it took $back ms"
  wait_connected
done
equal "starts" "$(show exec-agent NRestarts)" 3
