# SPDX-License-Identifier: GPL-2.0-only
#
# runs.sh: sourced by every runs/*.sh inside the machine: the functions of the
# kselftest scripts, and what only a machine of our own may do.
KSFT_DIR=/kselftest/lodge
. /kselftest/lodge/ksft.sh

# One reading of mem_available_kb
mem_reading_kb() {
	sync
	sleep 1 # work queues, RCU
	echo 3 >/proc/sys/vm/drop_caches
	echo 1 >/proc/sys/vm/stat_refresh # what each CPU has counted for itself
	# Free pages on a CPU's own list are not in MemAvailable; since 6.7 that can be many MB.
	awk '/^MemAvailable:/ { kb += $2 } /^ *count:/ { kb += 4 * $2 } END { print kb }' \
		/proc/meminfo /proc/zoneinfo
}

# Kilobytes that could be had, with caches dropped: what leaks shows here.  The first
# reading after a load can be 3 MB low; so read until two of them agree.
mem_available_kb() {
	mem_kb=$(mem_reading_kb)
	for mem_try in 1 2 3 4 5 6 7 8; do
		mem_last_kb=$mem_kb
		mem_kb=$(mem_reading_kb)
		[ $((mem_kb - mem_last_kb)) -gt 64 ] || [ $((mem_last_kb - mem_kb)) -gt 64 ] || break
	done
	echo "$mem_kb"
}

# unload: rmmod, when the last reference is gone: a domain is freed by a work item
unload() {
	for unload_try in 1 2 3 4 5; do
		rmmod lodge 2>/dev/null && return
		sleep 1
	done
	rmmod lodge
}

# host_begin, host_end: load the module; unload it, and see a healthy host.
host_begin() {
	insmod /lodge.ko && rmmod lodge # whatever is allocated once and kept
	mem_before_kb=$(mem_available_kb)
	insmod /lodge.ko || { not_ok 'insmod'; finish; }
}

host_end() {
	check 'no frame is in use' no_domains
	check 'rmmod' unload
	mem_after_kb=$(mem_available_kb)
	lost_kb=$((mem_before_kb - mem_after_kb))
	if [ $lost_kb -le 2048 ]; then
		ok 'MemAvailable is back within 2 MB'
	else
		not_ok 'MemAvailable is back within 2 MB' "$mem_before_kb kB before, $mem_after_kb kB after"
	fi
	check 'insmod again' insmod /lodge.ko
	check 'rmmod again' rmmod lodge
}

# stock NAME KERNEL MEMORY RUN [OPTION...]: a stock guest that does lodge.run=RUN,
# with its console in $tmp/NAME.console; the status is that of lodge create
stock() {
	stock_name=$1 stock_kernel=$2 stock_memory=$3 stock_run=$4
	shift 4
	lodge create "$stock_name" --kernel "/guest/vmlinuz-$stock_kernel" --initrd /guest/initrd \
		--memory "$stock_memory" --cmdline "console=hvc0 quiet lodge.run=$stock_run" \
		--console "$@" >"$tmp/$stock_name.console" 2>&1
}

# said NAME LINE: did the guest's console get a line that begins so?
said() {
	grep -q "^$2" "$tmp/$1.console"
}

# stock_poweroff NAME KERNEL MEMORY RUN [OPTION...]: the usual test of a stock guest
stock_poweroff() {
	status=0
	stock "$@" || status=$?
	[ $status -eq 0 ] && said "$1" 'guest: userspace' && said "$1" 'guest: kernel log clean' &&
		said "$1" 'guest: powering off' && return 0
	echo "lodge create ended with status $status; the guest's console:"
	tail -n 60 "$tmp/$1.console"
	return 1
}
