# SPDX-License-Identifier: GPL-2.0-only
#
# ksft.sh: sourced by the test scripts, those here and those of ../boot/runs.
# KTAP on standard output; a script ends with "finish", which gives the plan and
# the exit status.

# What the tests use: the command, and a stock kernel and initramfs, from the
# environment, the machine of ../boot, or this host.
LODGE_KERNEL=${LODGE_KERNEL:-/guest/vmlinuz-cloud-amd64}
LODGE_INITRD=${LODGE_INITRD:-/guest/initrd}

KSFT_DIR=${KSFT_DIR:-.}		# where the programs are
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0
nr_failed=0

ok() { # ok NAME
	nr=$((nr + 1))
	echo "ok $nr $1"
}

not_ok() { # not_ok NAME [WHY]
	nr=$((nr + 1))
	nr_failed=$((nr_failed + 1))
	[ -z "${2:-}" ] || echo "# $2"
	echo "not ok $nr $1"
}

skip() { # skip NAME WHY
	nr=$((nr + 1))
	echo "ok $nr $1 # SKIP $2"
}

# check NAME COMMAND...: ok if the command succeeds; its output is a remark
check() {
	check_name=$1
	shift
	expect "$check_name" 0 "$@"
}

# expect NAME STATUS COMMAND...: ok if the command exits with STATUS
expect() {
	expect_name=$1 expect_status=$2 status=0
	shift 2
	"$@" >"$tmp/expect" 2>&1 || status=$?
	if [ $status -eq "$expect_status" ]; then
		ok "$expect_name"
	else
		tail -n 40 "$tmp/expect" | sed 's/^/# /'
		not_ok "$expect_name" "status $status, not $expect_status, from: $*"
	fi
}

# refused NAME WORDS COMMAND...: the command must fail with one line on stderr
# that contains WORDS (a regular expression), nothing on stdout, and no signal
refused() {
	refused_name=$1 words=$2 status=0
	shift 2
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
	if [ $status -eq 0 ] || [ $status -ge 126 ]; then
		not_ok "$refused_name" "status $status from: $*"
	elif [ -s "$tmp/out" ] || [ "$(wc -l <"$tmp/err")" -ne 1 ]; then
		sed 's/^/# /' "$tmp/out" "$tmp/err"
		not_ok "$refused_name" "not one line on standard error, from: $*"
	elif ! grep -Eq "$words" "$tmp/err"; then
		sed 's/^/# /' "$tmp/err"
		not_ok "$refused_name" "the line says nothing about '$words', from: $*"
	else
		ok "$refused_name"
	fi
}

# tiny_results GUEST: a tiny guest's results, on standard input, become ours
tiny_results() {
	while IFS= read -r line; do
		case $line in
		'ok '*'# SKIP'*) line=${line#ok * }; skip "$1: ${line%% # SKIP*}" "${line##*# SKIP }" ;;
		'ok '*) ok "$1: ${line#ok * }" ;;
		'not ok '*) not_ok "$1: ${line#not ok * }" ;;
		'#'*) echo "$line" ;;
		esac
	done
}

# tiny_smp GUEST VCPUS CMDLINE: run GUEST.pv, its counts audited all the while
tiny_smp() {
	smp_guest=$1 status=0 smp_audits=0
	lodge create "tiny-$1" --kernel "$KSFT_DIR/$1.pv" --vcpus "$2" --memory 32M --console \
		--cmdline "$3 hold=1500" >"$tmp/raw" 2>&1 &
	smp_pid=$!
	smp_tries=${SMP_SECONDS:-90}
	while kill -0 $smp_pid 2>/dev/null; do
		if [ $((smp_tries -= 1)) -eq 0 ]; then
			lodge destroy "tiny-$1" # it hangs
		elif lodge audit "tiny-$1" >"$tmp/audit" 2>&1; then
			smp_audits=$((smp_audits + 1))
		elif grep -q 'counts are wrong' "$tmp/audit"; then
			not_ok "$1: all counts are right" "$(cat "$tmp/audit")"
		fi
		sleep 1
	done
	wait $smp_pid || status=$?
	tr -d '\r' <"$tmp/raw" >"$tmp/console"
	tiny_results "$1" <"$tmp/console"
	if [ $status -eq 0 ] && grep -q '^# end of tests' "$tmp/console"; then
		ok "$1: ran to its end"
	else
		tail -n 20 "$tmp/console" | sed 's/^/# /'
		not_ok "$1: ran to its end" "lodge create ended with status $status"
	fi
	check "$1: was audited" [ $smp_audits -gt 0 ]
	check "$1: left nothing behind" no_domains
}

finish() {
	echo "1..$nr"
	[ $nr_failed -eq 0 ]
	exit
}

# json KEY: the first number or string of KEY in JSON on standard input
json() {
	tr -d '\n' | grep -oE '"'"$1"'": *("[^"]*"|[-0-9]+|true|false)' | head -n 1 |
		sed -E 's/^[^:]*: *"?//; s/"$//'
}

# need_lodge: without the module and the command there is nothing to test
need_lodge() {
	[ -c /dev/lodge ] || { echo '1..0 # SKIP no /dev/lodge: the module is not loaded'; exit 4; }
	command -v lodge >/dev/null || { echo '1..0 # SKIP no lodge command in PATH'; exit 4; }
}

# need_kernel: a stock kernel and initramfs to boot
need_kernel() {
	[ -r "$LODGE_KERNEL" ] && [ -r "$LODGE_INITRD" ] && return
	echo "1..0 # SKIP no guest kernel: set LODGE_KERNEL and LODGE_INITRD"
	exit 4
}

# no_domains: is no domain alive, and no frame in use?
no_domains() {
	info=$("$KSFT_DIR/info") || return
	echo "$info" | grep -q '^domains 0$' && echo "$info" | grep -q '^frames 0$' && return
	echo "$info"
	lodge list
	return 1
}

# start NAME RUN [OPTION...]: a stock guest that does lodge.run=RUN, in the background
start() {
	start_name=$1 start_run=$2
	shift 2
	lodge create "$start_name" --kernel "$LODGE_KERNEL" --initrd "$LODGE_INITRD" --memory 128M \
		--cmdline "console=hvc0 quiet lodge.run=$start_run" "$@"
}

# says NAME LINE SECONDS: wait until the guest's console log has such a line
says() {
	says_tries=$(($3 * 5))
	while [ $says_tries -gt 0 ]; do
		lodge console "$1" --log 2>/dev/null | tr -d '\r' | grep -Eq "$2" && return 0
		sleep 0.2
		says_tries=$((says_tries - 1))
	done
	echo "no '$2' on the console of $1 in $3 s:"
	lodge console "$1" --log | tail -n 30
	return 1
}
