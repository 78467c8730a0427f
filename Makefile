# SPDX-License-Identifier: GPL-2.0-only
#
# lodge: what people type.  The module itself is described in Kbuild.

KDIR ?= $(shell selftests/boot/kdir)
export KDIR

PKGS_BUILD := gcc libc6-dev make pkg-config libnl-genl-3-dev libnl-route-3-dev libelf-dev zlib1g-dev \
	liblzma-dev libzstd-dev liblz4-dev libncurses-dev libcjson-dev libxen-dev libtracefs-dev libtraceevent-dev
PKGS_MACHINE := qemu-system-x86 busybox-static cpio
PKGS_CHECK := linux-source-6.1 xz-utils rsync gcc-multilib xen-utils-4.17 xenstore-utils gdb \
	binutils rt-tests tmux
PKGS_KERNELS := debian-archive-keyring debootstrap

all: module cli

help:
	@echo 'make          build lodge.ko and userctl/lodge'
	@echo 'make demo     boot a machine in QEMU, load lodge there, and give you a shell in'
	@echo '              a domain (without a terminal: a short session instead of the shell)'
	@echo 'make check    build, run the unit tests, then the tests in such machines'
	@echo 'make check-guests   stock kernels 6.1, 6.1-cloud, 6.12 and 7.3 with 1, 2 and 4 vCPUs;'
	@echo '              stress-ng in a guest'
	@echo 'make check-hosts    the module on hosts 6.1, 6.12 and 7.3 (HOSTS="6.12 7.3" RUNS=all)'
	@echo 'make soak     the same guests under load for ten minutes each, and other long runs'
	@echo 'make sim      the scheduler in simulated time, its invariants checked at every step'
	@echo 'make bench    what a domain costs against a native boot and Xen: instructions'
	@echo 'make x86-selftests  the kernel tree'"'"'s x86 selftests in a guest: a table of native, xen'
	@echo '              (needs xen-run) and lodge; PEER="native lodge" for some of them'
	@echo 'make pictures the pictures of Documentation/, by lodge trace in such a machine'
	@echo 'make clean    remove what was built; make distclean also removes build/ (kernels'
	@echo '              that were downloaded, logs)'
	@echo ''
	@echo 'KDIR=DIR      kernel headers to build against; now: $(or $(KDIR),none yet)'
	@echo 'RUNS="A B"    check: only these of selftests/boot/runs/'
	@echo 'BENCH=--json  bench: JSON; other options are in the head of selftests/bench/bench'
	@echo ''
	@echo 'Debian packages that are missing are installed with apt-get (as root or with sudo).'

module: deps-build
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

cli: deps-build
	$(MAKE) -C userctl

demo: all deps-machine
	selftests/boot/demo

check: all deps-machine deps-check
	selftests/boot/check $(RUNS)

GUEST_RUNS := $(patsubst selftests/boot/%.sh,%,$(wildcard selftests/boot/guests/*.sh))
SOAK_RUNS := $(patsubst selftests/boot/%.sh,%,$(wildcard selftests/boot/soak/*.sh))

check-guests: all deps-machine deps-check deps-kernels
	LODGE_LOGS=$(CURDIR)/build/check-guests selftests/boot/check $(or $(RUNS),$(GUEST_RUNS))

check-hosts: all deps-machine deps-check deps-kernels
	selftests/boot/check_hosts "$(HOSTS)" $(RUNS)

soak: all deps-machine deps-check deps-kernels
	GUEST_SECONDS=$(or $(GUEST_SECONDS),600) LODGE_LOGS=$(CURDIR)/build/soak \
		selftests/boot/check $(or $(RUNS),$(GUEST_RUNS) $(SOAK_RUNS))

bench: all deps-machine
	selftests/bench/bench $(BENCH)

sim: deps-build
	$(MAKE) -C selftests/sim check scale

x86-selftests: all deps-machine deps-check
	selftests/x86/table $(PEER)

pictures: all deps-machine
	selftests/boot/pictures

clean:
	-[ -z "$(KDIR)" ] || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
	-$(MAKE) -C userctl clean
	-$(MAKE) -C selftests clean

distclean: clean
	rm -rf build

# The release that lodge.ko is built for, as "uname -r" would say.
kernelrelease:
	@sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' $(KDIR)/include/generated/utsrelease.h

deps-build:
	@selftests/boot/need $(PKGS_BUILD) $(if $(KDIR),,linux-headers-amd64)

deps-machine:
	@selftests/boot/need $(PKGS_MACHINE)

deps-check:
	@selftests/boot/need $(PKGS_CHECK)

deps-kernels:
	@selftests/boot/need $(PKGS_KERNELS)

PEER := native xen lodge

.PHONY: sim x86-selftests all help module cli demo pictures check check-guests check-hosts soak bench clean \
	distclean kernelrelease deps-build deps-machine deps-check deps-kernels
