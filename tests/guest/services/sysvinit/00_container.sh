#!/bin/bash
# A script that somebody wrote by hand runs at the boot, and again after a reboot.
. /tests/common.sh
cat >/etc/init.d/by-hand <<'END'
#!/bin/sh
### BEGIN INIT INFO
# Provides: by-hand
# Required-Start: $remote_fs
# Required-Stop: $remote_fs
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
[ "$1" != start ] || echo start >>/var/log/by-hand
END
chmod +x /etc/init.d/by-hand
if ! rebooted; then
  update-rc.d by-hand defaults
  ls /etc/rc2.d/S*by-hand
  reboot_now
fi
equal "what ran" "$(cat /var/log/by-hand)" start
