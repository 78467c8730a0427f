# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 768
# limit: 300
#
# What a domain leaves in its memory is nowhere in the machine when it has given
# the memory up, or has ended: not in another domain, not in the host's free
# memory.  (XSA-100, XSA-313)
. /runs.sh
find_pages() { # find_pages N: pages full of pattern N in the whole machine
	/kselftest/lodge/findpattern "$1" 2>>$tmp/find.err || echo failed
}
pattern() { # pattern N: a domain that fills its memory, gives half up and waits
	lodge create p$1 --kernel /kselftest/lodge/pattern.pv --memory 64M --no-store --cmdline "pattern=$1" &&
		says p$1 '^# pattern: ' 60
}
host_begin
check 'a domain fills its memory with a pattern' pattern 1
lodge console p1 --log | tr -d '\r' | grep '^# pattern'
kept=$(lodge console p1 --log | sed -n 's/^# pattern: \([0-9]*\) pages kept.*/\1/p')
sleep 1
check 'what it has kept is found, what it has given up is not' [ "$(find_pages 1)" = "$kept" ]
check 'another domain sees nothing of it' lodge create look --kernel /kselftest/lodge/pattern.pv \
	--memory 64M --no-store --cmdline look=1 --console
check 'a domain with another pattern' pattern 2
check 'destroy' lodge destroy p1
check 'after it was destroyed nothing is found' [ "$(find_pages 1)" = 0 ]
check 'the other is all there' [ "$(find_pages 2)" = "$kept" ]
check 'destroy the other' lodge destroy p2
check 'nothing is found of it either' [ "$(find_pages 2)" = 0 ]
tail -n 1 $tmp/find.err | sed 's/^/# /'
host_end
finish
