# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 2048
# limit: 300
#
# Two loads side by side while a third domain spins: everyone gets on.
. /runs.sh
host_begin
lodge create spin --kernel /guest/vmlinuz-cloud-amd64 --initrd /guest/initrd --memory 128M \
	--cmdline 'console=hvc0 quiet lodge.run=spin' || not_ok 'a domain that spins'
stock_poweroff a amd64 256M 'workload lodge.seconds=20' >$tmp/a.why 2>&1 &
a=$!
stock_poweroff b cloud-amd64 256M 'workload lodge.seconds=20' >$tmp/b.why 2>&1 &
b=$!
check 'the first load' wait $a
sed 's/^/# /' $tmp/a.why
check 'the second load' wait $b
sed 's/^/# /' $tmp/b.why
check 'the first load found nothing wrong' said a 'guest: workload status 0'
check 'the second load found nothing wrong' said b 'guest: workload status 0'
start=$(cut -d ' ' -f 1 /proc/uptime | tr -d .)
n=0
while [ $n -lt 100 ]; do busybox true; n=$((n + 1)); done
took_cs=$(($(cut -d ' ' -f 1 /proc/uptime | tr -d .) - start))
echo "# 100 processes of domain 0 beside a domain that spins: $took_cs cs"
check 'domain 0 stays responsive beside a domain that spins' [ $took_cs -lt 1000 ]
check 'the spinning domain is still there' lodge show spin
check 'and goes when it is told to' lodge destroy spin
host_end
finish
