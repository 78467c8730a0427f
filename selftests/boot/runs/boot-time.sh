# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1536 --icount
# limit: 400
#
# Instructions, not seconds: with --icount the clock advances 1 ns for each
# instruction of the whole machine, so the numbers repeat.
. /runs.sh
native_s=${NATIVE_BOOT_S:?the driver measures it}
host_begin
stamp() { cut -d ' ' -f 1 /proc/uptime; }
lodge create warm --kernel /guest/vmlinuz-amd64 --initrd /guest/initrd --memory 512M \
	--cmdline 'console=hvc0 quiet lodge.run=idle' >/dev/null
lodge destroy warm
start_s=$(stamp)
lodge create a --kernel /guest/vmlinuz-amd64 --initrd /guest/initrd --memory 512M \
	--cmdline 'console=hvc0 quiet lodge.run=bench' --console 2>&1 |
	while IFS= read -r line; do
		case $line in
		'guest: userspace'*) stamp >$tmp/userspace_s ;;
		esac
		echo "$line"
	done >$tmp/a.console
end_s=$(cat $tmp/userspace_s 2>/dev/null)
took_s=$(echo "$start_s $end_s" | awk '{ print $2 - $1 }')
echo "# create to the first line of userspace: $took_s s; native boot: $native_s s"
check 'at most 2.5 times a native boot' \
	awk "BEGIN { exit !(\"$end_s\" != \"\" && $took_s <= 2.5 * $native_s) }"
getppid=$(sed -n 's/^guest: getppid \([0-9]*\).*/\1/p' $tmp/a.console)
echo "# getppid() in the guest: $getppid instructions"
check 'getppid() takes at most 997 instructions' [ "${getppid:-9999}" -le 997 ]
host_end
finish
