# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --cpu max,vendor=GenuineIntel,-smap --append noreplace-smp --append no_timer_check
# limit: 300
# needs: x86
#
# Part of the kernel tree's own x86 selftests in a stock guest, on a CPU whose vendor
# lets 32-bit programs use SYSENTER.  "make x86-selftests" runs all of them, and
# Documentation/x86-selftests.rst has the table and tells why noreplace-smp.
. /runs.sh
tests='check_initial_reg_state_64 fsgsbase_64 fsgsbase_restore_32 iopl_64 ioperm_32
ptrace_syscall_64 ptrace_syscall_32 sigreturn_64 single_step_syscall_64
single_step_syscall_32 syscall_arg_fault_64 syscall_arg_fault_32 syscall_nt_64
syscall_nt_32 sysret_rip_64 sysret_ss_attrs_64 sysret_ss_attrs_32
test_syscall_vdso_32 test_vsyscall_64 unwind_vdso_32 mov_ss_trap_32'
host_begin
status=0
lodge create x86 --kernel /guest/vmlinuz-amd64 --initrd /x86/initrd --memory 256M --console \
	--cmdline "console=hvc0 quiet noreplace-smp lodge.run=x86 lodge.tests=$(echo $tests | tr ' ' ,)" \
	>$tmp/x86.console 2>&1 || status=$?
check 'the guest comes to its end' [ $status -eq 0 ]
for t in $tests; do
	check "$t" grep -q "^x86: $t pass" $tmp/x86.console
done
check 'its kernel log is clean' said x86 'guest: kernel log clean'
grep -E '^x86[|>]' $tmp/x86.console | sed 's/^/# /'
host_end
finish
