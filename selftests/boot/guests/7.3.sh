# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 3072 --smp 2
# limit: 300
# kernels: 7.3
. /guests.sh
one_kernel 7.3
