# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1536 --icount
# limit: 600
#
# Instructions, not seconds: with --icount the clock advances 1 ns for each
# instruction of the whole machine, so the numbers repeat.
. /runs.sh
host_begin

# boot_time KERNEL: its time from "lodge create" to the first line of userspace
# against the whole time that a native boot of it takes from the reset on
boot_time() {
	native_ns=$(echo "${NATIVE_BOOT:?the driver measures it}" | tr ' ' '\n' | sed -n "s/^$1=//p")
	stock warm "$1" 512M poweroff # the files are in the page cache now
	now >"$tmp/start"
	lodge create "$1" --kernel "/guest/vmlinuz-$1" --initrd /guest/initrd --memory 512M \
		--cmdline 'console=hvc0 quiet lodge.run=bench' --console 2>&1 |
		while IFS= read -r line; do
			case $line in
			'guest: userspace'*) now >"$tmp/end" ;;
			esac
			echo "$line"
		done >"$tmp/$1.console"
	took_ns=$(($(cat "$tmp/end") - $(cat "$tmp/start")))
	grep '^guest:' "$tmp/$1.console" | sed 's/^/# /'
	echo "# $1: create to userspace $took_ns ns, native $native_ns ns"
	[ $took_ns -gt 0 ] && [ $((took_ns * 10)) -le $((native_ns * 25)) ]
}

now() {
	/kselftest/lodge/info --tsc
}

getppid_ticks() {
	sed -n 's/^guest: getppid \([0-9]*\).*/\1/p' "$tmp/$1.console"
}

for kernel in cloud-amd64 amd64; do
	if boot_time $kernel >"$tmp/report"; then
		ok "$kernel boots in at most 2.5 times the native time"
	else
		not_ok "$kernel boots in at most 2.5 times the native time"
	fi
	cat "$tmp/report"
	ticks=$(getppid_ticks $kernel)
	echo "# getppid() in the guest: $ticks instructions"
	check "getppid() takes at most 997 instructions ($kernel)" test "${ticks:-9999}" -le 997
done
host_end
finish
