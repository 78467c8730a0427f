# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 2048
# limit: 300
#
# The creation of a large domain: a line that tells how far it is, where there
# is a terminal; ^C at any moment leaves nothing behind.
. /runs.sh
on_tty=/kselftest/lodge/on_tty
large() { # large OPTION...: a domain of more than 1 GB, never run
	lodge create large --kernel /guest/vmlinuz-cloud-amd64 --initrd /guest/initrd --memory 1280M \
		--no-store --paused "$@"
}
interrupted() { # interrupted MS: ^C then
	code=0
	$on_tty -c "$1" lodge create large --kernel /guest/vmlinuz-cloud-amd64 \
		--initrd /guest/initrd --memory 1280M --no-store --paused >$tmp/out || code=$?
	lodge destroy large >/dev/null 2>&1 && [ $code -eq 0 ] && echo "# created before $1 ms"
	[ $code -eq 0 ] || [ $code -eq 130 ] && no_domains
}
host_begin
check 'on a terminal' $on_tty lodge create large --kernel /guest/vmlinuz-cloud-amd64 \
	--initrd /guest/initrd --memory 1280M --no-store --paused
tr '\r' '\n' <$tmp/expect | sed -n 's/.\[K//; s/^lodge: large: .* of memory/# &/p' | sed -n '1p;$p'
lines=$(tr '\r' '\n' <$tmp/expect | grep -c 'lodge: large: [0-9]*[KMG] of 1280M of memory')
check 'a line told how far it was' [ "$lines" -ge 2 ]
check 'destroy' lodge destroy large
large >$tmp/out 2>&1
check 'nothing is printed where there is no terminal' [ ! -s $tmp/out ]
check 'destroy again' lodge destroy large
for ms in 5 30 60 100 150 220 300 400 550 700 900 1200 1600 2200; do
	check "^C after $ms ms" interrupted $ms
done
host_end
finish
