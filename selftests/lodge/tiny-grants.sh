#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tiny-grants.sh: grants between two domains (../guest/special/grant_pair.c), races of two
# vCPUs (smp_grants.c), then pairs that storm each other's grants (grant_storm.c) while
# they are audited and ended at random moments, either side first.
# machine: --memory 1024 --smp 2
# limit: 400
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge

# Ids go round: the next two domains get the numbers after this one's.
next_id() {
	lodge create id --kernel sanity.elf --memory 32M --console >/dev/null 2>&1
	lodge show id --json | json id
}

audits() { # audits NAME: all its counts are right, in three looks
	lodge audit "$1" && lodge audit "$1" && lodge audit "$1"
}

# results FILE PREFIX: pass on the results of a guest
results() {
	tr -d '\r' <"$1" >"$tmp/console"
	while IFS= read -r line; do
		case $line in
		'ok '*'# SKIP'*) line=${line#ok * }; skip "$2: ${line%% # SKIP*}" "${line##*# SKIP }" ;;
		'ok '*) ok "$2: ${line#ok * }" ;;
		'not ok '*) not_ok "$2: ${line#not ok * }" ;;
		'#'*) echo "$line" ;;
		esac
	done <"$tmp/console"
}

id=$(next_id)
granter=$((id + 1)) mapper=$((id + 2))
lodge create granter --kernel grant_pair.pv --memory 32M --cmdline "role=granter peer=$mapper" ||
	not_ok 'the granter starts'
status=0
timeout 120 lodge create mapper --kernel grant_pair.pv --memory 32M \
	--cmdline "role=mapper peer=$granter" --console >"$tmp/raw" 2>&1 || status=$?
results "$tmp/raw" pair
[ $status -lt 124 ] || lodge destroy mapper
check 'the mapper ran to its end' grep -q '^# end of tests' "$tmp/console"
lodge destroy granter >/dev/null 2>&1	# it ended long ago, if all went well
check 'nothing is left behind' no_domains

status=0
timeout 120 lodge create race --kernel smp_grants.pv --memory 32M --vcpus 2 --console \
	>"$tmp/raw" 2>&1 || status=$?
[ $status -lt 124 ] || lodge destroy race
results "$tmp/raw" race
check 'the race ran to its end' grep -q '^# end of tests' "$tmp/console"
check 'nothing is left behind by it' no_domains

rounds=${STORM_ROUNDS:-3} round=0 wrong=0
while [ $round -lt $rounds ]; do
	round=$((round + 1))
	id=$(next_id)
	lodge create a --kernel grant_storm.pv --memory 32M --vcpus 2 --cmdline "peer=$((id + 2))"
	lodge create b --kernel grant_storm.pv --memory 32M --cmdline "peer=$((id + 1))"
	says a '^# storm begins' 20 && says b '^# storm begins' 20 || wrong=$((wrong + 1))
	sleep 0.$((round * 7 % 10))
	audits a >>"$tmp/audits" 2>&1 || wrong=$((wrong + 1))
	audits b >>"$tmp/audits" 2>&1 || wrong=$((wrong + 1))
	first=a second=b
	[ $((round % 2)) -eq 0 ] || first=b second=a
	lodge destroy $first || wrong=$((wrong + 1))
	sleep 0.$((round * 3 % 10))
	audits $second >>"$tmp/audits" 2>&1 || wrong=$((wrong + 1))
	lodge destroy $second || wrong=$((wrong + 1))
	no_domains || wrong=$((wrong + 1))
done
tail -n 12 "$tmp/audits" | sed 's/^/# /'
check "$rounds storms, audited and ended at random: all counts are exact" [ $wrong -eq 0 ]
finish
