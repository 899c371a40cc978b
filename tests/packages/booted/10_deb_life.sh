#!/bin/bash
# A deb's service is started, upgraded while commands run and by one of them, left off, removed and purged.
. /tests/life.sh
live deb
