# SPDX-License-Identifier: GPL-2.0-only
#
# matrix.sh: what every host of the matrix must do: a tiny guest, a stock guest.
. /runs.sh

tiny() {
	lodge create tiny --kernel /kselftest/lodge/sanity.elf --memory 32M --console >$tmp/tiny.console 2>&1
}

tiny_clean() {
	sed 's/\r$//' $tmp/tiny.console | tee $tmp/tiny.ktap
	grep -q '^# end of tests' $tmp/tiny.ktap && ! grep -q '^not ok' $tmp/tiny.ktap
}

host_begin
expect 'a tiny guest powers off' 0 tiny
check 'with every test of its own passed' tiny_clean
check 'a stock guest runs and powers off' stock_poweroff stock cloud-amd64 256M \
	'workload lodge.seconds=3'
check 'and computed right' said stock 'guest: workload status 0'
host_end
finish
