# SPDX-License-Identifier: GPL-2.0-only
# machine: --guest-modules
# limit: 400
#
# Two stock guests share memory through the drivers of their own kernels,
# gntalloc and gntdev; the second maps it twice, and does not unmap it the second time.
. /runs.sh

grants() { # grants NAME WHAT,DOMID[,REF...] [OPTION...]
	grants_name=$1 grants_do=$2
	shift 2
	lodge create "$grants_name" --no-store --kernel /guest/vmlinuz-amd64 --initrd $tmp/initrd \
		--memory 192M --cmdline "console=hvc0 quiet lodge.run=grants lodge.grants=$grants_do" "$@"
}

if [ ! -s /guest/modules/xen-gntdev.ko ]; then
	echo '1..0 # SKIP the modules of the guest kernel could not be had'
	exit 0
fi
mkdir -p $tmp/more/lib
cp /guest/modules/*.ko $tmp/more/lib/
(cat /guest/initrd; cd $tmp/more && find . | cpio -o -H newc 2>/dev/null | gzip) >$tmp/initrd

host_begin
check 'the granter starts' grants offer offer,2
check 'it grants its pages' says offer '^guest: refs' 100
refs=$(lodge console offer --log | tr -d '\r' | sed -n 's/^guest: refs //p' | tr ' ' ,)
grants take "take,$(lodge show offer --json | json id),$refs" --console >$tmp/take.raw 2>&1
tr -d '\r' <$tmp/take.raw >$tmp/take.console
check 'the other guest took them' said take 'guest: grants status 0'
check 'all pages were right, twice' [ "$(grep -c '^guest: 16 pages, 0 wrong' $tmp/take.console)" -eq 2 ]
check 'its kernel read one' said take 'guest: page 0'
check 'its kernel has nothing to complain of' said take 'guest: kernel log clean'
check 'the granter saw the answers' says offer '^guest: all pages were answered' 20
check 'its kernel has nothing to complain of, either' says offer '^guest: kernel log clean' 20
lodge console offer --log | tail -n 5 | sed 's/^/# /'
lodge destroy offer >/dev/null 2>&1	# or forget it
host_end
finish
