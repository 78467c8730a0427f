# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 2048
# limit: 300
#
# What a domain costs beside its memory: by the module's account, and by what
# the host misses.  Documentation/performance.rst has the bounds.
. /runs.sh
# overhead NAME MB VCPUS: create it, and put both into account_kb and missed_kb
overhead() {
	before_kb=$(mem_available_kb)
	lodge create $1 --kernel /guest/vmlinuz-cloud-amd64 --initrd /guest/initrd --memory $2M \
		--vcpus $3 --no-store --paused || return
	missed_kb=$((before_kb - $(mem_available_kb) - $2 * 1024))
	account_kb=$(($(lodge stat $1 -j | json overhead_bytes) / 1024))
	lodge destroy $1
}
# bounded NAME MB VCPUS: 80 kB for the domain, 12 kB a vCPU, 1 % of its memory
bounded() {
	check "$1: a domain of $2 MB and $3 vCPUs" overhead $1 $2 $3
	bound_kb=$((80 + 12 * $3 + $2 * 1024 / 100))
	echo "# $1: $2 MB, $3 vCPUs: account $account_kb kB, missed $missed_kb kB, bound $bound_kb kB"
	check "$1: its account is within the bound" [ $account_kb -le $bound_kb ]
	# Lists of single pages of the allocator's make the host's own figure jump.
	check "$1: the host misses no more than that, and 256 kB" [ $missed_kb -le $((bound_kb + 256)) ]
	check "$1: the account is no more than 256 kB short" [ $((missed_kb - account_kb)) -le 256 ]
}
host_begin
overhead warm-up 96 1 >/dev/null
bounded small 96 1
bounded vcpus 96 32
bounded large 1280 1
host_end
finish
