#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bad_input.sh: every mistake gets one line that says what, why and what to do,
# a status that is not 0, and leaves nothing behind.
# machine: --memory 1024
# limit: 240
cd "$(dirname "$0")" || exit 1
. ./ksft.sh
need_lodge
need_kernel

K=$LODGE_KERNEL I=$LODGE_INITRD
size=$(stat -c %s "$K")

create() { # create KERNEL [OPTION...]: with what is usual otherwise
	create_kernel=$1
	shift
	lodge create bad --kernel "$create_kernel" "$@"
}

: >"$tmp/empty"
echo 'this is no kernel' >"$tmp/text"
head -c 1000 "$K" >"$tmp/short"
head -c $((size / 2)) "$K" >"$tmp/half"
head -c $((size - 100)) "$K" >"$tmp/almost"
# The payload is damaged in its middle.
{ head -c $((size / 2)) "$K"; head -c 4096 /dev/zero; tail -c +$((size / 2 + 4097)) "$K"; } >"$tmp/corrupt"
head -c 65536 /dev/urandom >"$tmp/random"
# An ELF that is no Xen kernel, one for another machine (EM_AARCH64), a 32-bit one.
cp "$(command -v busybox)" "$tmp/elf"
{ head -c 18 sanity.elf; printf '\267\000'; tail -c +21 sanity.elf; } >"$tmp/arm"
{ head -c 4 sanity.elf; printf '\001'; tail -c +6 sanity.elf; } >"$tmp/elf32"
head -c 200 sanity.elf >"$tmp/cut"

refused 'no such kernel' 'nowhere' create "$tmp/nowhere"
refused 'a directory for a kernel' "$tmp" create "$tmp"
refused 'an empty kernel' 'empty' create "$tmp/empty"
refused 'a text for a kernel' 'text' create "$tmp/text"
refused 'a bzImage of 1000 bytes' 'short' create "$tmp/short"
refused 'half a bzImage' 'half' create "$tmp/half"
refused 'almost all of a bzImage' 'almost' create "$tmp/almost"
refused 'a bzImage with zeros in its middle' 'corrupt' create "$tmp/corrupt"
refused 'random bytes' 'random' create "$tmp/random"
refused 'an ELF without Xen notes' 'elf' create "$tmp/elf"
refused 'an ELF for another machine' 'arm' create "$tmp/arm"
refused 'a 32-bit ELF' 'elf32' create "$tmp/elf32"
refused 'an ELF cut short' 'cut' create "$tmp/cut"
refused 'no such initrd' 'nowhere' create "$K" --initrd "$tmp/nowhere"
refused 'a directory for an initrd' "$tmp" create "$K" --initrd "$tmp"

refused 'memory: nothing' 'memory' create "$K" --memory ''
refused 'memory: zero' 'memory' create "$K" --memory 0
refused 'memory: negative' 'memory' create "$K" --memory -1M
refused 'memory: no number' 'memory' create "$K" --memory lots
refused 'memory: unknown unit' 'memory' create "$K" --memory 96X
refused 'memory: overflow' 'memory' create "$K" --memory 99999999999999999999G
refused 'memory: too little for the kernel' 'memory|small|need' create "$K" --memory 8M
refused 'memory: too little for the kernel and its initrd' 'memory|small|need' create "$K" --initrd "$I" --memory 24M
refused 'memory: more than there is' 'memory' create "$K" --memory 100G
refused 'vcpus: zero' 'vcpus' create "$K" --memory 128M --vcpus 0
refused 'vcpus: too many' 'vcpus' create "$K" --memory 128M --vcpus 65
refused 'vcpus: no number' 'vcpus' create "$K" --memory 128M --vcpus two
refused 'weight: zero' 'weight' create "$K" --memory 128M --weight 0
refused 'weight: too much' 'weight' create "$K" --memory 128M --weight 65536
refused 'command line: too long' 'cmdline|command line' create "$K" --memory 128M \
	--cmdline "$(head -c 2000 /dev/zero | tr '\0' x)"
refused 'unknown option' 'frobnicate' create "$K" --frobnicate
refused 'an option without its value' 'memory' create "$K" --memory
refused 'no kernel at all' 'kernel' lodge create bad
refused 'no name' 'name|domain' lodge create --kernel "$K"
for name in '' '-' '.x' 'a b' 'a/b' "$(head -c 64 /dev/zero | tr '\0' x)"; do
	refused "a malformed name: '$name'" '.' lodge create "$name" --kernel "$K" --memory 128M
done

refused 'unknown command' 'frobnicate' lodge frobnicate
for command in show pause unpause destroy wait console stat sched; do
	refused "$command: no such domain" 'nobody' lodge $command nobody
	[ $command = sched ] || refused "$command: no name" 'name|domain' lodge $command
done
refused 'a word too many' 'more' lodge show a more

# Nobody but root; and a module of another version.
for command in 'list' 'show a' 'pause a' 'destroy a' "create a --kernel $K --memory 128M"; do
	# shellcheck disable=SC2086 # words on purpose
	refused "not root: $command" 'root|permission' ./as_nobody lodge $command
done
refused 'a module of another version' 'version' env LD_PRELOAD="$PWD/other_abi.so" \
	lodge create bad --kernel "$K" --memory 128M

check 'nothing of all this is left' no_domains
check 'and nothing is listed' sh -c '[ -z "$(lodge list -j | tr -d "[] \n")" ]'
check 'what is right still works' start good poweroff
expect 'to its end' 0 lodge wait good
finish
