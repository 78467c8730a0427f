# SPDX-License-Identifier: GPL-2.0-only
#
# guests.sh: what every stock kernel must do as a guest: three domains of it at
# once, with 1, 2 and 4 vCPUs, reach userspace and work for GUEST_SECONDS.
. /runs.sh

# one_guest KERNEL VCPUS: boot, work, power off, nothing wrong
one_guest() {
	stock_poweroff "v$2" "$1" 512M "workload lodge.seconds=$seconds" --vcpus "$2" \
		>"$tmp/v$2.why" 2>&1 && said "v$2" 'guest: workload status 0'
}

one_kernel() { # one_kernel KERNEL
	kernel=$1 seconds=${GUEST_SECONDS:-15}
	host_begin
	for vcpus in 1 2 4; do
		one_guest "$kernel" $vcpus &
		eval "pid$vcpus=$!"
	done
	for vcpus in 1 2 4; do
		eval "pid=\$pid$vcpus"
		check "$kernel, $vcpus vCPUs: $seconds s of everything, all results right" wait "$pid"
		sed 's/^/# /' "$tmp/v$vcpus.why"
		grep -E '^guest: userspace|jobs in' "$tmp/v$vcpus.console" | sed 's/^/# /'
	done
	host_end
	finish
}
