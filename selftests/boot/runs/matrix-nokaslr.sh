# SPDX-License-Identifier: GPL-2.0-only
# machine: --memory 1024 --append nokaslr
# limit: 240
. /matrix.sh
