#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tiny-leak.sh: three domains at once on as many or fewer pCPUs, each with a pattern of
# its own in every register (../guest/special/leak.c): no one sees another's.
# machine: --memory 1024 --smp 2
# limit: 300
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge

for n in 1 2 3; do
	timeout 200 lodge create leak-$n --kernel leak.pv --memory 32M --cmdline "pattern=$n" \
		--console >"$tmp/leak-$n" 2>&1 &
done
wait
for n in 1 2 3; do
	tr -d '\r' <"$tmp/leak-$n" >"$tmp/console"
	while IFS= read -r line; do
		case $line in
		'ok '*'# SKIP'*) line=${line#ok * }; skip "domain $n: ${line%% # SKIP*}" "${line##*# SKIP }" ;;
		'ok '*) ok "domain $n: ${line#ok * }" ;;
		'not ok '*) not_ok "domain $n: ${line#not ok * }" ;;
		'#'*) echo "$line" ;;
		esac
	done <"$tmp/console"
	check "domain $n: ran to its end" grep -q '^# end of tests' "$tmp/console"
done
check 'nothing is left behind' no_domains
finish
