# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 3072 --smp 2
# limit: 300
# kernels: 6.12
. /guests.sh
one_kernel 6.12
