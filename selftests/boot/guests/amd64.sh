# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 3072 --smp 2
# limit: 300
. /guests.sh
one_kernel amd64
