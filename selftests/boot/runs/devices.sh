# SPDX-License-Identifier: GPL-2.0-only
# machine: --store --module xen-blkfront --module xen-netfront
# limit: 300
#
# Disks of a stock guest, from the command line to its driver and back: what is
# in the file, what the guest writes, hot-plug and unplug, a daemon that is
# killed, suspend and resume, and nothing left of it all.
. /runs.sh

field() { # field NAME KEY
	lodge show "$1" -j | json "$2"
}

gone() { # gone PATH: is that node gone?
	for i in 1 2 3 4 5; do
		xenstore-read "$1" >/dev/null 2>&1 || return 0
		sleep 1
	done
	return 1
}

sum() { # sum FILE SKIP
	dd if="$1" bs=1M skip="$2" count=1 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

daemon() { # daemon: the process that connects devices
	for process in /proc/[0-9]*; do
		[ "$(tr '\0' ' ' 2>/dev/null <"$process/cmdline")" != 'lodge devices ' ] ||
			{ echo "${process#/proc/}"; return; }
	done
	return 1
}

(cd /guest/modules && mkdir -p "$tmp/lib" && cp xen-blkfront.ko xen-netfront.ko "$tmp/lib/")
(cd "$tmp" && find lib | cpio -o -H newc 2>/dev/null) >"$tmp/extra.cpio"
cat "$tmp/extra.cpio" /guest/initrd >"$tmp/initrd"
for name in a b c; do
	dd if=/dev/urandom of="$tmp/$name.img" bs=1M count=4 2>/dev/null
done
host_begin

cat >"$tmp/guest.conf" <<END
name = "one"
kernel = "/guest/vmlinuz-amd64"
ramdisk = "$tmp/initrd"
memory = 192
extra = "console=hvc0 quiet lodge.run=devices"
disk = [ '$tmp/a.img,raw,xvda,rw', '$tmp/b.img,,xvdb,ro' ]
END
refused 'a disk that is not there' 'No such file' lodge create two -f "$tmp/guest.conf" --disk /no/such
check 'nothing is left of it' sh -c '! lodge show two 2>/dev/null'
check 'a guest with two disks' lodge create -f "$tmp/guest.conf"
check 'it reads the first' says one "guest: disk xvda 8192 ro=0 sum=$(sum "$tmp/a.img" 0)" 100
check 'it writes it' says one 'guest: disk xvda written' 20
wrote=$(lodge console one --log | tr -d '\r' | sed -n 's/guest: disk xvda written sum=//p')
check 'what it wrote is in the file' test "$wrote" = "$(sum "$tmp/a.img" 1)"
check 'it reads the second, which it cannot write' says one "guest: disk xvdb 8192 ro=1 sum=$(sum "$tmp/b.img" 0)" 20
check 'both are connected' test "$(lodge disk list one | grep -c ' connected ')" = 2
check 'the list says where they come from' sh -c "lodge disk list one | grep -q 'xvdb.*ro .*/b.img'"

check 'one more, while it runs' lodge disk attach one "$tmp/c.img,limit-iops=1000" --timeout 30
check 'it gets the next name' says one "guest: disk xvdc 8192 ro=0 sum=$(sum "$tmp/c.img" 0)" 20
check 'and writes it' says one 'guest: disk xvdc written' 20
refused 'the same name again' 'already' lodge disk attach one "$tmp/c.img,name=xvdc"
check 'one less' lodge disk detach one xvdc --timeout 30
check 'the guest sees it go' says one 'guest: gone xvdc' 20
id=$(field one id)
check 'its nodes are gone' gone "/local/domain/0/backend/vbd/$id/51744/state"
check 'and the front end'"'"'s' gone "/local/domain/$id/device/vbd/51744/state"
refused 'one that is not there' 'no device' lodge disk detach one xvdc

check 'the daemon runs' daemon
kill -9 "$(daemon)"
lodge disk attach one "$tmp/c.img,name=xvdd" --timeout 30 >/dev/null
check 'a command starts it again, and a disk connects' says one 'guest: disk xvdd written' 30
kill -9 "$(daemon)"
lodge disk detach one xvdd --timeout 0 >/dev/null 2>&1
check 'killed again, and one goes' gone "/local/domain/0/backend/vbd/$id/51760/state"
check 'the guest sees it go' says one 'guest: gone xvdd' 20

check 'suspend' lodge suspend one
check 'resume' lodge resume one
check 'a disk after that' lodge disk attach one "$tmp/c.img,name=xvde" --timeout 30
check 'is written' says one 'guest: disk xvde written' 30
for i in $(seq 30); do
	[ "$(lodge disk list one | grep -c ' connected ')" -lt 3 ] || break
	sleep 1
done
check 'and the old ones are connected' test "$(lodge disk list one | grep -c ' connected ')" = 3
check 'audit: all counts are right' lodge audit one
expect 'it powers off' 0 lodge shutdown one --wait --timeout 60
check 'its kernel log is clean' says one 'guest: kernel log clean' 1
check 'no device is left' test "$(lodge disk list | wc -l)" = 1
check 'nor any node' gone "/local/domain/0/backend/vbd/$id/51712/state"
check 'xenstored stops' lodge store stop
rm -f "$tmp"/*.img
host_end
finish
