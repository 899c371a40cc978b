#!/bin/bash
# An rpm's service is started, upgraded while commands run and by one of them, left off and removed.
. /tests/life.sh
live rpm
