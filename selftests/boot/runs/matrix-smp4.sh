# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --smp 4
# limit: 240
. /matrix.sh
