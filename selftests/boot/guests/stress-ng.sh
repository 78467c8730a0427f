# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 2048 --smp 2
# limit: 400
# stress: yes
#
# Debian's stress-ng in a guest of 2 vCPUs: each stressor for GUEST_SECONDS / 30,
# at least 2 seconds.  One that verified wrong, or did nothing, is a failure.
. /runs.sh

stressors="cpu vm fork vfork clone switch signal sigfpe sigsegv timer itimer hrtimers futex fault"
stressors="$stressors mmap mprotect mremap context tlb-shootdown cpu-online"
seconds=$((${GUEST_SECONDS:-0} / 30))
[ $seconds -ge 2 ] || seconds=2

host_begin
status=0
lodge create stress --kernel /guest/vmlinuz-amd64 --initrd /guest/stress --memory 768M --vcpus 2 \
	--cmdline "console=hvc0 quiet lodge.run=stress lodge.seconds=$seconds lodge.stress=$(echo "$stressors" | tr ' ' ,)" \
	--console >"$tmp/stress.console" 2>&1 || status=$?
for stressor in $stressors; do
	check "$stressor" grep -Eq "^guest: stress $stressor status 0, [1-9]" "$tmp/stress.console"
done
check 'no stressor failed' grep -q '^guest: stress failures 0' "$tmp/stress.console"
check 'the guest kernel has no complaint' said stress 'guest: kernel log clean'
check 'it powered off' [ $status -eq 0 ]
grep '^guest: stress' "$tmp/stress.console" | sed 's/^/# /'
said stress 'guest: stress failures 0' || tail -n 100 "$tmp/stress.console" | sed 's/^/# /'
host_end
finish
